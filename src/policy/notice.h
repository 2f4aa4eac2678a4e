/* SPDX-License-Identifier: MIT */

/* What people should notice before they agree to a policy: well formed, and perhaps not meant so.
 */

#ifndef VC_POLICY_NOTICE_H
#define VC_POLICY_NOTICE_H

#include "policy/policy.h"
#include "policy/prose.h"
#include "policy/spot.h"

constexpr size_t VC_NOTICES_MAX = 200; /* sentences */

/* Says one sentence in a line of its own for each; their number. */
size_t vc_notice_say(const struct vc_policy *policy, struct vc_prose *prose);

/* "/input/a.csv", or "everything under /input/". */
void vc_notice_spot(struct vc_prose *prose, struct vc_spot spot);

#endif
