/* SPDX-License-Identifier: MIT */

/* The one place that says what the policy allows. Pure: everything else asks here. */

#ifndef VC_POLICY_DECIDE_H
#define VC_POLICY_DECIDE_H

#include "policy/policy.h"

/* May `who` do `what` to the canonical `path`? VC_OK, or VC_REFUSED with a sentence that names the
 * rule: "rights: the bank has no right to read /output/sum.txt". A program's module (any path that
 * vc_policy_program_at knows) and a pinned file (vc_policy_pin_at) can never be written, appended
 * to or deleted by a program, and nothing can be written above or below one by anybody, whatever
 * the rights say. Nor is there anything to do where only streams can be, as if it were a file. */
enum vc_code vc_policy_decide(const struct vc_policy *policy, struct vc_subject who,
                              enum vc_right what, const char *path, struct vc_err *err);

/* True if `who` may see that canonical `directory` exists, because some right of its own lies at,
 * above or below it. The directory of streams is seen by who produces or consumes one. */
[[nodiscard]] bool vc_policy_may_see(const struct vc_policy *policy, struct vc_subject who,
                                     const char *directory);

/* True if a right of `who` names canonical `directory` itself or something below it: then the
 * policy already tells `who` that there is to be such a directory, and it need not be there to be
 * written in. */
[[nodiscard]] bool vc_policy_leads_to_right(const struct vc_policy *policy, struct vc_subject who,
                                            const char *directory);

/* May this principal start this program, which was started `count` times before? Needs `execute` on
 * the program's path (VC_REFUSED), and lifecycle.runs may cap it (VC_LIMIT). */
enum vc_code vc_policy_decide_run(const struct vc_policy *policy, size_t principal, size_t program,
                                  uint32_t count, struct vc_err *err);
/* The same without the right to execute, as for a stage of a pipeline: VC_LIMIT alone, or
 * VC_REFUSED: no such program. */
enum vc_code vc_policy_decide_start(const struct vc_policy *policy, size_t program, uint32_t count,
                                    struct vc_err *err);
/* May this principal start this pipeline, end it, and know of it? VC_REFUSED:
 * "pipelines.nightly.principals: bob is not among them". */
enum vc_code vc_policy_decide_pipeline(const struct vc_policy *policy, size_t principal,
                                       size_t pipeline, struct vc_err *err);

/* May `who` produce this stream? VC_REFUSED, with the rule: "streams.prices.producer: only the
 * exchange may produce it". */
enum vc_code vc_policy_decide_produce(const struct vc_policy *policy, struct vc_subject who,
                                      size_t stream, struct vc_err *err);
/* May `who` consume this stream, and as which of its consumers? VC_REFUSED. */
enum vc_code vc_policy_decide_consume(const struct vc_policy *policy, struct vc_subject who,
                                      size_t stream, size_t *consumer, struct vc_err *err);

/* May principals change files and keys now, `runs` runs having been started? VC_REFUSED: inputs are
 * frozen.
 */
enum vc_code vc_policy_decide_change(const struct vc_policy *policy, uint32_t runs,
                                     struct vc_err *err);

/* May this principal give the key of this name, or take it back? VC_REFUSED: it has no such key,
 * whether or not another principal has; then *key is not set. */
enum vc_code vc_policy_decide_key(const struct vc_policy *policy, size_t principal,
                                  const char *name, size_t *key, struct vc_err *err);

/* May this principal end the container? VC_REFUSED. */
enum vc_code vc_policy_decide_shutdown(const struct vc_policy *policy, size_t principal,
                                       struct vc_err *err);

[[nodiscard]] bool vc_policy_same_subject(struct vc_subject a, struct vc_subject b);
/* The name of who asks, borrowed from the policy. */
const char *vc_policy_subject_name(const struct vc_policy *policy, struct vc_subject who);

#endif
