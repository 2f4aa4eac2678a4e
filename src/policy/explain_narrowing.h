/* SPDX-License-Identifier: MIT */

/* Who may make less of what a policy allows, in sentences. */

#ifndef VC_POLICY_EXPLAIN_NARROWING_H
#define VC_POLICY_EXPLAIN_NARROWING_H

#include "policy/policy.h"
#include "policy/prose.h"

/* A section. */
void vc_explain_narrowing(struct vc_prose *prose, const struct vc_policy *policy);

#endif
