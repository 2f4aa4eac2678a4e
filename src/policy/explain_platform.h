/* SPDX-License-Identifier: MIT */

/* What a policy accepts of one platform, in sentences. */

#ifndef VC_POLICY_EXPLAIN_PLATFORM_H
#define VC_POLICY_EXPLAIN_PLATFORM_H

#include "policy/explain.h"
#include "policy/prose.h"

/* Measurements with the names of their releases, what else evidence must say, whom one must trust,
 * and on which machines. `names` may be null. */
void vc_explain_platform(struct vc_prose *prose, const struct vc_policy_platform *platform,
                         const struct vc_release_names *names);

#endif
