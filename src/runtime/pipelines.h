/* SPDX-License-Identifier: MIT */

/* Pipelines: runs that follow one another, side by side where the policy lets them, as it says. */

#ifndef VC_RUNTIME_PIPELINES_H
#define VC_RUNTIME_PIPELINES_H

#include "runtime/runs.h"

constexpr size_t VC_PIPELINES_ACTIVE_MAX = 16; /* that are not over, of all principals */
/* Of those, so that others get a place, too. */
constexpr size_t VC_PIPELINES_ACTIVE_OF_ONE_MAX = 12;
constexpr size_t VC_PIPELINES_KEPT_MAX = 256; /* ended ones that can still be asked about */

enum vc_stage_state {
    VC_STAGE_WAITING,
    VC_STAGE_RUNNING,   /* its run was started */
    VC_STAGE_EXITED,    /* from here on it is over; with the status in exit_code */
    VC_STAGE_FAILED,    /* its run could not be started, failed, or was killed */
    VC_STAGE_SKIPPED,   /* a condition did not hold */
    VC_STAGE_CANCELLED, /* one that it comes after did not end well */
};

struct vc_stage_status {
    enum vc_stage_state state;
    uint64_t run; /* 0: none yet */
    uint32_t exit_code;
    char reason[VC_RUN_REASON_MAX];
};

enum vc_pipeline_state {
    VC_PIPELINE_RUNNING,
    VC_PIPELINE_DONE, /* from here on it is over: every stage exited with 0, was skipped, or
                         exited with a status that a condition asks about */
    VC_PIPELINE_FAILED,
    VC_PIPELINE_KILLED,
};

struct vc_pipeline_status {
    uint64_t id; /* 1, 2, 3 ... */
    size_t pipeline, principal;
    enum vc_pipeline_state state;
    const struct vc_stage_status *stages; /* of the policy's; borrowed until the next event */
};

struct vc_pipelines;

/* All borrowed for its life. */
struct vc_pipelines_context {
    const struct vc_policy *policy;
    struct vc_loop *loop;
    struct vc_runs *runs;
    const struct vc_tree *tree;
};
enum vc_code vc_pipelines_new(const struct vc_pipelines_context *context,
                              struct vc_pipelines **pipelines, struct vc_err *err);
/* Nobody who waits is called. To be freed before the runs. */
void vc_pipelines_free(struct vc_pipelines *pipelines); /* accepts null */
VC_DEFINE_CLEANUP(struct vc_pipelines, vc_pipelines_free);

/* VC_REFUSED: "pipelines.nightly.principals: bob is not among them". VC_LIMIT:
 * VC_PIPELINES_ACTIVE_MAX, VC_PIPELINES_ACTIVE_OF_ONE_MAX. What keeps its first stages from
 * starting is theirs to tell. */
enum vc_code vc_pipelines_start(struct vc_pipelines *pipelines, size_t principal, size_t pipeline,
                                uint64_t *id, struct vc_err *err);
[[nodiscard]] bool vc_pipelines_status(const struct vc_pipelines *pipelines, uint64_t id,
                                       struct vc_pipeline_status *status);
void vc_pipelines_each(const struct vc_pipelines *pipelines,
                       void (*visit)(void *user, const struct vc_pipeline_status *status),
                       void *user);
/* Kills the runs under way and starts no more. VC_NOT_FOUND, VC_STATE: it is over. */
enum vc_code vc_pipelines_kill(struct vc_pipelines *pipelines, uint64_t id, const char *reason,
                               struct vc_err *err);

/* As vc_run_waiter; the pipeline must not be over. */
struct vc_pipeline_waiter {
    void (*ended)(void *user, const struct vc_pipeline_status *status);
    void *user;
    struct vc_pipeline_waiter *next; /* the pipeline's own */
};
void vc_pipelines_await(struct vc_pipelines *pipelines, uint64_t id,
                        struct vc_pipeline_waiter *waiter);
void vc_pipelines_leave(struct vc_pipelines *pipelines, uint64_t id,
                        struct vc_pipeline_waiter *waiter);

#endif
