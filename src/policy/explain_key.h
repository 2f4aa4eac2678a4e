/* SPDX-License-Identifier: MIT */

/* The keys of a policy, in sentences. */

#ifndef VC_POLICY_EXPLAIN_KEY_H
#define VC_POLICY_EXPLAIN_KEY_H

#include "policy/policy.h"
#include "policy/prose.h"

/* The parts of "may A, and B" that keys make for `who`; *said counts them. */
void vc_explain_key_parts(struct vc_prose *prose, const struct vc_policy *policy,
                          struct vc_subject who, size_t *said);

/* Of a program: what keys its runs leave to later ones; nothing if none. */
void vc_explain_kept_keys(struct vc_prose *prose, const struct vc_policy_program *program);

/* A section with who gives each key, which programs may do what with it, and who can ever see it;
 * nothing if there are none. */
void vc_explain_keys(struct vc_prose *prose, const struct vc_policy *policy);

#endif
