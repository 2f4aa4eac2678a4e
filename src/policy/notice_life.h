/* SPDX-License-Identifier: MIT */

/* What people should notice about what runs wait for and are counted by, and about the journal. */

#ifndef VC_POLICY_NOTICE_LIFE_H
#define VC_POLICY_NOTICE_LIFE_H

#include "policy/policy.h"
#include "policy/prose.h"

/* As vc_notice_keys. */
size_t vc_notice_life(const struct vc_policy *policy, struct vc_prose *prose, size_t most);

#endif
