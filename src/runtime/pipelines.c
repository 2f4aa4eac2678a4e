/* SPDX-License-Identifier: MIT */

#include "runtime/pipelines.h"

#include <stdio.h>
#include <stdlib.h>

#include "policy/decide.h"
#include "runtime/pipeline_plan.h"

/* A stage whose run is under way waits for its end. */
struct stage {
    struct pipeline *pipeline;
    struct vc_run_waiter waiter;
};

struct pipeline {
    struct vc_pipelines *pipelines;
    uint64_t id;
    size_t number; /* in the policy */
    size_t principal;
    enum vc_pipeline_state state;
    bool killed;                     /* nothing is started any more */
    struct stage *stages;            /* as many as the policy has, */
    struct vc_stage_status *results; /* as of these */
    struct vc_pipeline_waiter *waiters;
    struct pipeline *next;
};

struct vc_pipelines {
    const struct vc_policy *policy;
    struct vc_loop *loop;
    struct vc_runs *runs;
    const struct vc_tree *tree;
    struct pipeline *first, *last; /* all that are kept, oldest first */
    size_t kept_count;
    size_t active_count; /* of them not over */
    uint64_t next_id;
    unsigned advancing;      /* who is told meanwhile may start another: none is forgotten */
    struct vc_closing again; /* some stage has ended */
};

static const struct vc_policy_pipeline *plan_of(const struct pipeline *pipeline)
{
    return &pipeline->pipelines->policy->pipelines[pipeline->number];
}

static size_t stage_index(const struct stage *stage)
{
    return (size_t)(stage - stage->pipeline->stages);
}

static void free_pipeline(struct pipeline *pipeline)
{
    if (pipeline == nullptr)
        return;
    free(pipeline->stages);
    free(pipeline->results);
    free(pipeline);
}

/* ---- stages ---- */

static void fail_stage(struct vc_stage_status *result, const char *reason)
{
    result->state = VC_STAGE_FAILED;
    (void)snprintf(result->reason, sizeof(result->reason), "%.*s", (int)VC_RUN_REASON_MAX - 1,
                   reason);
}

static void take_result(struct vc_stage_status *result, const struct vc_run_status *run)
{
    if (run->state != VC_RUN_EXITED) {
        fail_stage(result, run->reason);
        return;
    }
    result->state = VC_STAGE_EXITED;
    result->exit_code = run->exit_code;
    (void)snprintf(result->reason, sizeof(result->reason), "%s", run->reason);
}

/* What follows is started when the run's own affairs are settled, in this turn of the loop. */
static void on_run_ended(void *user, const struct vc_run_status *run)
{
    struct stage *stage = user;
    struct vc_pipelines *pipelines = stage->pipeline->pipelines;

    take_result(&stage->pipeline->results[stage_index(stage)], run);
    vc_loop_close_with(pipelines->loop, &pipelines->again);
}

static void start_stage(struct pipeline *pipeline, size_t index)
{
    struct vc_runs *runs = pipeline->pipelines->runs;
    const struct vc_policy_pipeline *plan = plan_of(pipeline);
    const struct vc_run_start start = {.principal = pipeline->principal,
                                       .program = plan->stages[index].program,
                                       .pipeline = plan,
                                       .stage = &plan->stages[index]};
    struct vc_stage_status *result = &pipeline->results[index];
    struct vc_run_status run;
    struct vc_err err = {};

    if (vc_runs_start(runs, &start, &result->run, &err) != VC_OK) {
        fail_stage(result, err.text);
        return;
    }
    result->state = VC_STAGE_RUNNING;
    if (!vc_runs_status(runs, result->run, &run)) {
        fail_stage(result, "its run is not known any more");
    } else if (vc_run_is_over(run.state)) {
        take_result(result, &run);
    } else {
        vc_runs_await(runs, result->run, &pipeline->stages[index].waiter);
    }
}

static bool exists(const void *user, const char *path)
{
    return vc_tree_find(user, path) != nullptr;
}

/* Does with a stage that waits what is to be done now; false: nothing. */
static bool look_at(struct pipeline *pipeline, size_t index)
{
    const struct vc_pipeline_files files = {.exists = exists, .user = pipeline->pipelines->tree};
    struct vc_stage_status *result = &pipeline->results[index];
    enum vc_stage_state next;

    if (result->state != VC_STAGE_WAITING)
        return false;
    if (pipeline->killed) {
        result->state = VC_STAGE_CANCELLED;
        (void)snprintf(result->reason, sizeof(result->reason), "the pipeline was killed");
        return true;
    }
    next = vc_pipeline_plan(plan_of(pipeline), pipeline->results, index, &files, result->reason);
    if (next == VC_STAGE_RUNNING) {
        start_stage(pipeline, index);
    } else {
        result->state = next;
    }
    return next != VC_STAGE_WAITING;
}

/* ---- the end ---- */

static struct vc_pipeline_status status_of(const struct pipeline *pipeline)
{
    return (struct vc_pipeline_status){.id = pipeline->id,
                                       .pipeline = pipeline->number,
                                       .principal = pipeline->principal,
                                       .state = pipeline->state,
                                       .stages = pipeline->results};
}

static void end_pipeline(struct pipeline *pipeline, enum vc_pipeline_state state)
{
    pipeline->state = pipeline->killed ? VC_PIPELINE_KILLED : state;
    pipeline->pipelines->active_count--;
    while (pipeline->waiters != nullptr) {
        struct vc_pipeline_waiter *waiter = pipeline->waiters;
        struct vc_pipeline_status status = status_of(pipeline);

        pipeline->waiters = waiter->next;
        waiter->ended(waiter->user, &status);
    }
}

/* A stage that ends as it is started may let another begin. */
static void advance(struct pipeline *pipeline)
{
    size_t count = plan_of(pipeline)->stage_count;
    enum vc_pipeline_state state;
    bool changed = true;

    if (vc_pipeline_is_over(pipeline->state))
        return;
    pipeline->pipelines->advancing++;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < count; i++)
            changed = look_at(pipeline, i) || changed;
    }
    state = vc_pipeline_judge(plan_of(pipeline), pipeline->results);
    if (vc_pipeline_is_over(state))
        end_pipeline(pipeline, state);
    pipeline->pipelines->advancing--;
}

static void advance_all(void *user)
{
    struct vc_pipelines *pipelines = user;

    pipelines->advancing++;
    for (struct pipeline *pipeline = pipelines->first; pipeline != nullptr;
         pipeline = pipeline->next)
        advance(pipeline);
    pipelines->advancing--;
}

/* ---- all of them ---- */

enum vc_code vc_pipelines_new(const struct vc_pipelines_context *context,
                              struct vc_pipelines **pipelines, struct vc_err *err)
{
    struct vc_pipelines *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    *made = (struct vc_pipelines){.policy = context->policy,
                                  .loop = context->loop,
                                  .runs = context->runs,
                                  .tree = context->tree,
                                  .next_id = 1,
                                  .again = {.fn = advance_all, .user = made}};
    *pipelines = made;
    return VC_OK;
}

static void leave_runs(struct pipeline *pipeline)
{
    for (size_t i = 0; i < plan_of(pipeline)->stage_count; i++) {
        if (pipeline->results[i].state == VC_STAGE_RUNNING) {
            vc_runs_leave(pipeline->pipelines->runs, pipeline->results[i].run,
                          &pipeline->stages[i].waiter);
        }
    }
}

void vc_pipelines_free(struct vc_pipelines *pipelines)
{
    if (pipelines == nullptr)
        return;
    vc_loop_take_back(pipelines->loop, &pipelines->again);
    while (pipelines->first != nullptr) {
        struct pipeline *pipeline = pipelines->first;

        pipelines->first = pipeline->next;
        leave_runs(pipeline);
        free_pipeline(pipeline);
    }
    free(pipelines);
}

static enum vc_code make(struct vc_pipelines *pipelines, size_t principal, size_t number,
                         struct pipeline **made, struct vc_err *err)
{
    size_t count = pipelines->policy->pipelines[number].stage_count;
    struct pipeline *pipeline = calloc(1, sizeof(*pipeline));

    if (pipeline == nullptr)
        return vc_fail_memory(err);
    *pipeline = (struct pipeline){.pipelines = pipelines, .number = number, .principal = principal};
    pipeline->stages = calloc(count, sizeof(*pipeline->stages));
    pipeline->results = calloc(count, sizeof(*pipeline->results));
    if (pipeline->stages == nullptr || pipeline->results == nullptr) {
        free_pipeline(pipeline);
        return vc_fail_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        struct stage *stage = &pipeline->stages[i];

        *stage = (struct stage){pipeline, {.ended = on_run_ended, .user = stage}};
    }
    *made = pipeline;
    return VC_OK;
}

/* Drops the oldest that are over, beyond the number that is kept. */
static void forget_old(struct vc_pipelines *pipelines)
{
    struct pipeline **link = &pipelines->first;
    struct pipeline *previous = nullptr;

    while (pipelines->advancing == 0 &&
           pipelines->kept_count - pipelines->active_count > VC_PIPELINES_KEPT_MAX) {
        struct pipeline *pipeline = *link;

        if (!vc_pipeline_is_over(pipeline->state)) {
            previous = pipeline;
            link = &pipeline->next;
            continue;
        }
        *link = pipeline->next;
        if (pipelines->last == pipeline)
            pipelines->last = previous;
        pipelines->kept_count--;
        free_pipeline(pipeline);
    }
}

static void append(struct vc_pipelines *pipelines, struct pipeline *pipeline)
{
    forget_old(pipelines);
    pipeline->id = pipelines->next_id++;
    if (pipelines->last != nullptr) {
        pipelines->last->next = pipeline;
    } else {
        pipelines->first = pipeline;
    }
    pipelines->last = pipeline;
    pipelines->kept_count++;
    pipelines->active_count++;
}

static size_t active_of(const struct vc_pipelines *pipelines, size_t principal)
{
    size_t count = 0;

    for (const struct pipeline *pipeline = pipelines->first; pipeline != nullptr;
         pipeline = pipeline->next)
        count += pipeline->principal == principal && !vc_pipeline_is_over(pipeline->state);
    return count;
}

enum vc_code vc_pipelines_start(struct vc_pipelines *pipelines, size_t principal, size_t number,
                                uint64_t *id, struct vc_err *err)
{
    const struct vc_policy *policy = pipelines->policy;
    struct pipeline *pipeline = nullptr;
    enum vc_code code = vc_policy_decide_pipeline(policy, principal, number, err);

    if (code == VC_OK && pipelines->active_count >= VC_PIPELINES_ACTIVE_MAX)
        return vc_fail(err, VC_LIMIT, "at most %zu pipelines at once", VC_PIPELINES_ACTIVE_MAX);
    if (code == VC_OK && active_of(pipelines, principal) >= VC_PIPELINES_ACTIVE_OF_ONE_MAX) {
        return vc_fail(err, VC_LIMIT, "at most %zu pipelines of one principal at once",
                       VC_PIPELINES_ACTIVE_OF_ONE_MAX);
    }
    if (code == VC_OK)
        code = make(pipelines, principal, number, &pipeline, err);
    if (code != VC_OK)
        return code;
    append(pipelines, pipeline);
    *id = pipeline->id;
    advance(pipeline);
    return VC_OK;
}

static struct pipeline *find(const struct vc_pipelines *pipelines, uint64_t id)
{
    struct pipeline *pipeline = pipelines->first;

    while (pipeline != nullptr && pipeline->id != id)
        pipeline = pipeline->next;
    return pipeline;
}

bool vc_pipelines_status(const struct vc_pipelines *pipelines, uint64_t id,
                         struct vc_pipeline_status *status)
{
    const struct pipeline *pipeline = find(pipelines, id);

    if (pipeline != nullptr)
        *status = status_of(pipeline);
    return pipeline != nullptr;
}

void vc_pipelines_each(const struct vc_pipelines *pipelines,
                       void (*visit)(void *user, const struct vc_pipeline_status *status),
                       void *user)
{
    for (const struct pipeline *pipeline = pipelines->first; pipeline != nullptr;
         pipeline = pipeline->next) {
        struct vc_pipeline_status status = status_of(pipeline);

        visit(user, &status);
    }
}

enum vc_code vc_pipelines_kill(struct vc_pipelines *pipelines, uint64_t id, const char *reason,
                               struct vc_err *err)
{
    struct pipeline *pipeline = find(pipelines, id);

    if (pipeline == nullptr)
        return vc_fail(err, VC_NOT_FOUND, "pipeline %ju: not known", (uintmax_t)id);
    if (pipeline->killed || vc_pipeline_is_over(pipeline->state))
        return vc_fail(err, VC_STATE, "pipeline %ju is over", (uintmax_t)id);
    pipeline->killed = true;
    for (size_t i = 0; i < plan_of(pipeline)->stage_count; i++) {
        /* one that has ended in this turn is over, and stays what it is */
        if (pipeline->results[i].state == VC_STAGE_RUNNING)
            (void)!vc_runs_kill(pipelines->runs, pipeline->results[i].run, reason, nullptr);
    }
    advance(pipeline);
    return VC_OK;
}

void vc_pipelines_await(struct vc_pipelines *pipelines, uint64_t id,
                        struct vc_pipeline_waiter *waiter)
{
    struct pipeline *pipeline = find(pipelines, id);

    waiter->next = pipeline->waiters;
    pipeline->waiters = waiter;
}

void vc_pipelines_leave(struct vc_pipelines *pipelines, uint64_t id,
                        struct vc_pipeline_waiter *waiter)
{
    struct pipeline *pipeline = find(pipelines, id);
    struct vc_pipeline_waiter **link = pipeline != nullptr ? &pipeline->waiters : nullptr;

    while (link != nullptr && *link != nullptr && *link != waiter)
        link = &(*link)->next;
    if (link != nullptr && *link == waiter)
        *link = waiter->next;
}
