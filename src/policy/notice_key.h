/* SPDX-License-Identifier: MIT */

/* What people should notice about the keys of a policy. */

#ifndef VC_POLICY_NOTICE_KEY_H
#define VC_POLICY_NOTICE_KEY_H

#include "policy/policy.h"
#include "policy/prose.h"

/* Says one sentence in a line of its own for each, `most` of them, and perhaps a few more; their
 * number. */
size_t vc_notice_keys(const struct vc_policy *policy, struct vc_prose *prose, size_t most);

#endif
