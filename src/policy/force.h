/* SPDX-License-Identifier: MIT */

/* The policy in force: the policy of the container and what was narrowed since. What it allows now
 * it allowed before, and whatever it refuses it will always refuse: base and narrowings meet in a
 * lattice, where order and repetition make no difference.
 *
 * A run may have less than its program: a force within the container's, which restricts nobody
 * else, so that nothing widens when the run is over.
 *
 * Not for several threads at once. Contracts of the questions, where they say nothing else, are
 * those of policy/decide.h. */

#ifndef VC_POLICY_FORCE_H
#define VC_POLICY_FORCE_H

#include "policy/decide.h"
#include "policy/narrowing.h"

/* Paths about which something was narrowed: all that have rights, and thrice as many. */
constexpr size_t VC_FORCE_PLACES_MAX = 4 * VC_POLICY_RIGHTS_MAX;
/* Of a force within another: nobody pays for what a run takes of itself alone. */
constexpr size_t VC_FORCE_OF_RUN_PLACES_MAX = 2048;

struct vc_force;

/* Nothing is narrowed yet. `policy` is borrowed. */
enum vc_code vc_force_new(const struct vc_policy *policy, struct vc_force **force,
                          struct vc_err *err);
/* Within `outer`, which is borrowed: allows what both allow. With a stage that has rights of its
 * own, its program has no others (null: no stage; borrowed from the policy). */
enum vc_code vc_force_new_within(const struct vc_force *outer, const struct vc_policy_stage *stage,
                                 struct vc_force **force, struct vc_err *err);
void vc_force_free(struct vc_force *force); /* accepts null */
VC_DEFINE_CLEANUP(struct vc_force, vc_force_free);

const struct vc_policy *vc_force_policy(const struct vc_force *force);
/* Larger after every change, of it or of what it is within. */
uint64_t vc_force_version(const struct vc_force *force);
/* SHA-256 of all that was narrowed, in one order: equal if and only if the same is in force,
 * however it came to be so. Of what it is within nothing. */
enum vc_code vc_force_digest(const struct vc_force *force, uint8_t digest[VC_SHA256_SIZE],
                             struct vc_err *err);

/* From now on. *changed: something that was allowed is not any more. VC_LIMIT, VC_MEMORY: nothing
 * has changed. Whether who asks may narrow so is decided before (vc_policy_decide_narrow). */
enum vc_code vc_force_narrow(struct vc_force *force, const struct vc_narrowing *narrowing,
                             bool *changed, struct vc_err *err);

/* As vc_policy_decide and so on, and not narrowed away: VC_REFUSED with "narrowed: alice may not
 * read /output/2 any more". Allocates nothing. */
enum vc_code vc_force_decide(const struct vc_force *force, struct vc_subject who,
                             enum vc_right what, const char *path, struct vc_err *err);
/* What the policy gives by name stays visible as such, narrowed or not: vc_policy_may_see and
 * vc_policy_leads_to_right of the policy, but for a stage with rights of its own, of those. */
[[nodiscard]] bool vc_force_may_see(const struct vc_force *force, struct vc_subject who,
                                    const char *directory);
enum vc_code vc_force_decide_produce(const struct vc_force *force, struct vc_subject who,
                                     size_t stream, struct vc_err *err);
enum vc_code vc_force_decide_consume(const struct vc_force *force, struct vc_subject who,
                                     size_t stream, size_t *consumer, struct vc_err *err);
/* May a principal start this program, of which `count` runs were started before? */
enum vc_code vc_force_decide_run(const struct vc_force *force, size_t principal, size_t program,
                                 uint32_t count, struct vc_err *err);
/* The same without the right to execute: VC_LIMIT (lifecycle.runs, or narrowed), VC_REFUSED (it was
 * withdrawn). For stages of pipelines. */
enum vc_code vc_force_decide_start(const struct vc_force *force, size_t program, uint32_t count,
                                   struct vc_err *err);
/* May a run that was started go on? VC_REFUSED: its program was withdrawn. */
enum vc_code vc_force_decide_go_on(const struct vc_force *force, size_t program,
                                   struct vc_err *err);
/* How often a program may still be started, `count` runs having been; UINT32_MAX: no rule. */
uint32_t vc_force_runs_left(const struct vc_force *force, size_t program, uint32_t count);
enum vc_code vc_force_decide_change(const struct vc_force *force, uint32_t runs,
                                    struct vc_err *err);
[[nodiscard]] bool vc_force_key_is_for(const struct vc_force *force, size_t key, size_t program);
/* Seconds since 1970. */
int64_t vc_force_expires(const struct vc_force *force);
/* Each the least of policy and narrowings. */
struct vc_limits vc_force_limits(const struct vc_force *force, size_t program);
/* Is this a place that each principal reads once? */
[[nodiscard]] bool vc_force_reads_once(const struct vc_force *force, const char *path);

/* Who may do `what` to `path` now. */
void vc_force_who_may(const struct vc_force *force, enum vc_right what, const char *path,
                      struct vc_subjects *subjects);

#endif
