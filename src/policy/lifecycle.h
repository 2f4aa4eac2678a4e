/* SPDX-License-Identifier: MIT */

/* What the rules of the block `lifecycle` come to, as far as the policy alone tells. Pure. */

#ifndef VC_POLICY_LIFECYCLE_H
#define VC_POLICY_LIFECYCLE_H

#include "policy/policy.h"
#include "policy/spot.h"

/* Has `who` one of these rights (set of enum vc_right) to anything in this place, whether or not
 * there is something now? */
[[nodiscard]] bool vc_policy_may_somewhere(const struct vc_policy *policy, struct vc_subject who,
                                           unsigned rights, struct vc_spot place);

/* May a run of this program read anything there? One of a stage with rights of its own (null: of
 * none) reads only what is among those, too. */
[[nodiscard]] bool vc_policy_may_read_in(const struct vc_policy *policy, size_t program,
                                         const struct vc_policy_stage *stage, struct vc_spot place);

/* The place of a budget: borrowed. */
struct vc_spot vc_budget_spot(const struct vc_policy_budget *budget);

/* Is this principal asked whether it consents to programs? VC_REFUSED: "lifecycle.consent: dave is
 * not among those who are asked". */
enum vc_code vc_policy_decide_consent(const struct vc_policy *policy, size_t principal,
                                      struct vc_err *err);

/* May this principal start this program, alone or in a pipeline? */
[[nodiscard]] bool vc_policy_may_start(const struct vc_policy *policy, size_t principal,
                                       size_t program);

/* When a container that started then ends by itself: the least of the policy's expiry, its deadline
 * and what is in force (vc_force_expires). All are seconds since 1970. */
int64_t vc_policy_ends(const struct vc_policy *policy, int64_t started, int64_t expires);
/* Is that still to come? VC_REFUSED: "lifecycle.deadline_seconds: 3600 since the container's
 * start, and so it ends", "expires: the policy has expired", "expires: narrowed, and over". */
enum vc_code vc_policy_check_ends(const struct vc_policy *policy, int64_t started, int64_t expires,
                                  int64_t now, struct vc_err *err);

#endif
