/* SPDX-License-Identifier: MIT */

/* What is next in a pipeline, decided from what became of its stages so far, and nothing else. */

#ifndef VC_RUNTIME_PIPELINE_PLAN_H
#define VC_RUNTIME_PIPELINE_PLAN_H

#include "runtime/pipelines.h"

/* "waiting", "running", ... */
const char *vc_stage_state_name(enum vc_stage_state state);
const char *vc_pipeline_state_name(enum vc_pipeline_state state);
[[nodiscard]] bool vc_stage_is_over(enum vc_stage_state state);
[[nodiscard]] bool vc_pipeline_is_over(enum vc_pipeline_state state);

/* The files that conditions ask about. */
struct vc_pipeline_files {
    bool (*exists)(const void *user, const char *path);
    const void *user;
};

/* What is to become of a stage that waits: VC_STAGE_WAITING still; VC_STAGE_RUNNING: it is to be
 * started now; VC_STAGE_SKIPPED or VC_STAGE_CANCELLED, with a reason. Files are asked about only
 * once nothing else is in the way. */
enum vc_stage_state vc_pipeline_plan(const struct vc_policy_pipeline *pipeline,
                                     const struct vc_stage_status *stages, size_t stage,
                                     const struct vc_pipeline_files *files,
                                     char reason[VC_RUN_REASON_MAX]);

/* VC_PIPELINE_RUNNING while a stage is not over; then VC_PIPELINE_DONE or VC_PIPELINE_FAILED. */
enum vc_pipeline_state vc_pipeline_judge(const struct vc_policy_pipeline *pipeline,
                                         const struct vc_stage_status *stages);

#endif
