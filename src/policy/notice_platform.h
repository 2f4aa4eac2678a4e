/* SPDX-License-Identifier: MIT */

/* What people should notice about where a container may run. */

#ifndef VC_POLICY_NOTICE_PLATFORM_H
#define VC_POLICY_NOTICE_PLATFORM_H

#include "policy/policy.h"
#include "policy/prose.h"

/* Says one sentence in a line of its own for each; their number. */
size_t vc_notice_platforms(const struct vc_policy *policy, struct vc_prose *prose);

#endif
