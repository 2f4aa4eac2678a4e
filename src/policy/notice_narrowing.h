/* SPDX-License-Identifier: MIT */

/* What people should notice about who may narrow what. */

#ifndef VC_POLICY_NOTICE_NARROWING_H
#define VC_POLICY_NOTICE_NARROWING_H

#include "policy/policy.h"
#include "policy/prose.h"

/* As vc_notice_keys. */
size_t vc_notice_narrowing(const struct vc_policy *policy, struct vc_prose *prose, size_t most);

#endif
