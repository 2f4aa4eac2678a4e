/* SPDX-License-Identifier: MIT */

/* Enumerations of those who have names in a policy. */

#ifndef VC_POLICY_EXPLAIN_NAMES_H
#define VC_POLICY_EXPLAIN_NAMES_H

#include "policy/prose.h"
#include "policy/spot.h"

/* "the bank and the shop", "the program psi" */
void vc_explain_crowd(struct vc_prose *prose, const struct vc_policy *policy,
                      const struct vc_crowd *crowd);
/* The same of principals in a list. */
void vc_explain_principals(struct vc_prose *prose, const struct vc_policy *policy,
                           const size_t *principals, size_t count);
/* "the bank", "the program psi" */
void vc_explain_subject(struct vc_prose *prose, const struct vc_policy *policy,
                        struct vc_subject who);

#endif
