/* SPDX-License-Identifier: MIT */

/* What a policy says of the life of its container, in sentences. */

#ifndef VC_POLICY_EXPLAIN_LIFE_H
#define VC_POLICY_EXPLAIN_LIFE_H

#include "policy/policy.h"
#include "policy/prose.h"

/* A section with what ends the container, what runs have to wait for, and how much it keeps. */
void vc_explain_life(struct vc_prose *prose, const struct vc_policy *policy);

#endif
