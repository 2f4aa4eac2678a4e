/* SPDX-License-Identifier: MIT */

#include "runtime/pipeline_plan.h"

#include <stdio.h>
#include <string.h>

const char *vc_stage_state_name(enum vc_stage_state state)
{
    static const char *const names[] = {
        [VC_STAGE_WAITING] = "waiting", [VC_STAGE_RUNNING] = "running",
        [VC_STAGE_EXITED] = "exited",   [VC_STAGE_FAILED] = "failed",
        [VC_STAGE_SKIPPED] = "skipped", [VC_STAGE_CANCELLED] = "cancelled",
    };

    return names[state];
}

const char *vc_pipeline_state_name(enum vc_pipeline_state state)
{
    static const char *const names[] = {
        [VC_PIPELINE_RUNNING] = "running",
        [VC_PIPELINE_DONE] = "done",
        [VC_PIPELINE_FAILED] = "failed",
        [VC_PIPELINE_KILLED] = "killed",
    };

    return names[state];
}

bool vc_stage_is_over(enum vc_stage_state state)
{
    return state >= VC_STAGE_EXITED;
}

bool vc_pipeline_is_over(enum vc_pipeline_state state)
{
    return state >= VC_PIPELINE_DONE;
}

static bool is_among(const struct vc_policy_condition *condition, uint32_t exit_code)
{
    for (size_t i = 0; i < condition->exit_count; i++) {
        if (condition->exits[i] == exit_code)
            return true;
    }
    return false;
}

static bool asks_about(const struct vc_policy_condition *condition, size_t stage)
{
    return condition->kind == VC_IF_EXIT && condition->stage == stage;
}

/* Does any condition of the pipeline ask whether the stage exited with this? Then it is no
 * accident. */
static bool is_foreseen(const struct vc_policy_pipeline *pipeline, size_t stage, uint32_t exit_code)
{
    for (size_t i = stage + 1; i < pipeline->stage_count; i++) {
        const struct vc_policy_stage *later = &pipeline->stages[i];

        for (size_t c = 0; c < later->condition_count; c++) {
            if (asks_about(&later->conditions[c], stage) &&
                is_among(&later->conditions[c], exit_code))
                return true;
        }
    }
    return false;
}

static bool ended_well(const struct vc_policy_pipeline *pipeline,
                       const struct vc_stage_status *stages, size_t stage)
{
    const struct vc_stage_status *status = &stages[stage];

    if (status->state == VC_STAGE_SKIPPED)
        return true;
    return status->state == VC_STAGE_EXITED &&
           (status->exit_code == 0 || is_foreseen(pipeline, stage, status->exit_code));
}

static bool has_exit_condition(const struct vc_policy_stage *stage, size_t earlier)
{
    for (size_t i = 0; i < stage->condition_count; i++) {
        if (asks_about(&stage->conditions[i], earlier))
            return true;
    }
    return false;
}

/* Lets this earlier stage the later one begin? One that exited with another status than 0 only
 * where the later one has a condition for that. */
static bool lets_begin(const struct vc_policy_pipeline *pipeline,
                       const struct vc_stage_status *stages, size_t earlier, size_t stage)
{
    const struct vc_stage_status *status = &stages[earlier];

    if (!ended_well(pipeline, stages, earlier))
        return false;
    return status->state != VC_STAGE_EXITED || status->exit_code == 0 ||
           has_exit_condition(&pipeline->stages[stage], earlier);
}

static bool comes_after(const struct vc_policy_stage *stage, size_t earlier)
{
    for (size_t i = 0; i < stage->after_count; i++) {
        if (stage->after[i] == earlier)
            return true;
    }
    return has_exit_condition(stage, earlier);
}

/* ---- conditions ---- */

static bool hold_exit(const struct vc_policy_pipeline *pipeline,
                      const struct vc_stage_status *stages,
                      const struct vc_policy_condition *condition, char reason[VC_RUN_REASON_MAX])
{
    const struct vc_stage_status *status = &stages[condition->stage];
    const char *name = pipeline->stages[condition->stage].name;

    if (status->state != VC_STAGE_EXITED) {
        (void)snprintf(reason, VC_RUN_REASON_MAX, "stage %s was %s", name,
                       vc_stage_state_name(status->state));
        return false;
    }
    if (!is_among(condition, status->exit_code)) {
        (void)snprintf(reason, VC_RUN_REASON_MAX, "stage %s exited with %u", name,
                       status->exit_code);
        return false;
    }
    return true;
}

static bool hold_file(const struct vc_policy_condition *condition,
                      const struct vc_pipeline_files *files, char reason[VC_RUN_REASON_MAX])
{
    bool exists = files->exists(files->user, condition->path);

    if (exists == (condition->kind == VC_IF_EXISTS))
        return true;
    (void)snprintf(reason, VC_RUN_REASON_MAX, "%.200s is %s", condition->path,
                   exists ? "there" : "not there");
    return false;
}

static bool all_hold(const struct vc_policy_pipeline *pipeline,
                     const struct vc_stage_status *stages, size_t stage,
                     const struct vc_pipeline_files *files, char reason[VC_RUN_REASON_MAX])
{
    const struct vc_policy_stage *planned = &pipeline->stages[stage];

    for (size_t i = 0; i < planned->condition_count; i++) {
        const struct vc_policy_condition *condition = &planned->conditions[i];

        if (!(condition->kind == VC_IF_EXIT ? hold_exit(pipeline, stages, condition, reason)
                                            : hold_file(condition, files, reason)))
            return false;
    }
    return true;
}

/* ---- the decision ---- */

static void tell_bad(const struct vc_policy_pipeline *pipeline,
                     const struct vc_stage_status *stages, size_t stage,
                     char reason[VC_RUN_REASON_MAX])
{
    const struct vc_stage_status *status = &stages[stage];
    const char *name = pipeline->stages[stage].name;

    if (status->state == VC_STAGE_EXITED) {
        (void)snprintf(reason, VC_RUN_REASON_MAX, "stage %s exited with %u", name,
                       status->exit_code);
    } else {
        (void)snprintf(reason, VC_RUN_REASON_MAX, "stage %s %s", name,
                       status->state == VC_STAGE_FAILED ? "failed" : "was cancelled");
    }
}

enum vc_stage_state vc_pipeline_plan(const struct vc_policy_pipeline *pipeline,
                                     const struct vc_stage_status *stages, size_t stage,
                                     const struct vc_pipeline_files *files,
                                     char reason[VC_RUN_REASON_MAX])
{
    bool waits = false;

    for (size_t i = 0; i < stage; i++) {
        if (!comes_after(&pipeline->stages[stage], i))
            continue;
        if (!vc_stage_is_over(stages[i].state)) {
            waits = true;
        } else if (!lets_begin(pipeline, stages, i, stage)) {
            tell_bad(pipeline, stages, i, reason);
            return VC_STAGE_CANCELLED;
        }
    }
    if (waits)
        return VC_STAGE_WAITING;
    return all_hold(pipeline, stages, stage, files, reason) ? VC_STAGE_RUNNING : VC_STAGE_SKIPPED;
}

enum vc_pipeline_state vc_pipeline_judge(const struct vc_policy_pipeline *pipeline,
                                         const struct vc_stage_status *stages)
{
    enum vc_pipeline_state state = VC_PIPELINE_DONE;

    for (size_t i = 0; i < pipeline->stage_count; i++) {
        if (!vc_stage_is_over(stages[i].state))
            return VC_PIPELINE_RUNNING;
        if (!ended_well(pipeline, stages, i))
            state = VC_PIPELINE_FAILED;
    }
    return state;
}
