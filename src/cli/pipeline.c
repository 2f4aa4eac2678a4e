/* SPDX-License-Identifier: MIT */

#include "cli/pipeline.h"

#include <string.h>

#include "cli/pipeline_report.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "client/pipeline_object.h"

static constexpr unsigned STEP_MS = 1000;          /* between two turns of the spinner */
static constexpr unsigned SILENT_STEP_MS = 600000; /* the longest wait of one request */

/* ---- a person looks on ---- */

static bool is_going(const struct vcc_stage *stage)
{
    return strcmp(stage->state, "waiting") == 0 || strcmp(stage->state, "running") == 0;
}

/* A line for each stage that is over now and was not before. */
static void tell_ends(struct vc_progress *progress, const struct vcc_pipeline *before,
                      const struct vcc_pipeline *now)
{
    char line[VC_STAGE_LINE_MAX];

    for (size_t i = 0; i < now->stage_count; i++) {
        if (is_going(&now->stages[i]) || (i < before->stage_count && !is_going(&before->stages[i])))
            continue;
        vc_progress_clear(progress);
        vc_pipeline_report_stage(&now->stages[i], line);
        (void)fprintf(progress->err, "%s: %s\n", now->stages[i].name, line);
    }
}

/* "sort, check": the stages that run. */
static void name_running(const struct vcc_pipeline *pipeline, char names[VC_PROGRESS_LINE_MAX / 2])
{
    size_t used = 0;

    names[0] = '\0';
    for (size_t i = 0; i < pipeline->stage_count; i++) {
        const struct vcc_stage *stage = &pipeline->stages[i];

        if (strcmp(stage->state, "running") != 0 ||
            used + strlen(stage->name) + sizeof(", ") > VC_PROGRESS_LINE_MAX / 2)
            continue;
        used += (size_t)snprintf(names + used, VC_PROGRESS_LINE_MAX / 2 - used, "%s%s",
                                 used > 0 ? ", " : "", stage->name);
    }
}

static void show(struct vc_progress *progress, const struct vcc_pipeline *before,
                 const struct vcc_pipeline *now)
{
    char names[VC_PROGRESS_LINE_MAX / 2];

    if (progress->err == nullptr)
        return;
    tell_ends(progress, before, now);
    name_running(now, names);
    if (!vc_pipeline_ended(now))
        vc_progress_spin(progress, names);
}

static enum vcc_status wait_for_end(struct vc_command *command, vcc_client *client,
                                    struct vcc_pipeline *pipeline, struct vcc_error *error)
{
    struct vc_progress progress = vc_progress_begin(command, pipeline->pipeline);
    unsigned step_ms = progress.err != nullptr ? STEP_MS : SILENT_STEP_MS;
    struct vcc_pipeline before = {};
    enum vcc_status status = VCC_OK;

    for (;;) {
        show(&progress, &before, pipeline);
        if (vc_pipeline_ended(pipeline))
            break;
        before = *pipeline;
        status = vcc_pipeline_status(client, before.id, step_ms, pipeline, error);
        if (status != VCC_OK)
            break;
    }
    vc_progress_clear(&progress);
    return status;
}

/* ---- the verbs ---- */

int vc_pipeline_run(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    const char *name = vc_option_value(&command->arguments, "pipeline");
    bool waits = !vc_option_given(&command->arguments, "no-wait");
    struct vcc_pipeline pipeline;
    struct vcc_error error;
    int exit_code;

    if (command->arguments.operand_count > 0)
        return vc_command_fail_usage(command, "--pipeline names what is run: no program besides");
    if (vc_option_given(&command->arguments, "watch"))
        return vc_command_fail_usage(command, "--watch is for one run; `status` has their ids");
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    enum vcc_status status = vcc_pipeline_start(client, name, 0, &pipeline, &error);

    if (status == VCC_OK && waits)
        status = wait_for_end(command, client, &pipeline, &error);
    if (status != VCC_OK)
        return vc_command_fail(command, &error);
    exit_code = vc_pipeline_report_print(command, &pipeline);
    if (exit_code != VCC_OK || !vc_pipeline_ended(&pipeline) ||
        vc_pipeline_report_succeeded(&pipeline))
        return exit_code;
    vc_pipeline_report_failure(command, &pipeline);
    return VCC_RUN_FAILED;
}

/* Connects, for a verb that --pipeline says all to. Null: said why; *exit_code is set. */
static vcc_client *open_for_pipeline(struct vc_command *command, int *exit_code)
{
    if (command->arguments.operand_count == 0)
        return vc_session_open(command, exit_code);
    *exit_code = vc_command_fail_usage(command, "either a run, or --pipeline ID");
    return nullptr;
}

int vc_pipeline_status(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    struct vcc_pipeline pipeline;
    struct vcc_error error;
    int exit_code;

    client = open_for_pipeline(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_pipeline_status(client, vc_option_value(&command->arguments, "pipeline"), 0, &pipeline,
                            &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return vc_pipeline_report_print(command, &pipeline);
}

int vc_pipeline_kill(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    const char *id = vc_option_value(&command->arguments, "pipeline");
    struct vcc_error error;
    int exit_code;

    client = open_for_pipeline(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_pipeline_kill(client, id, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return vc_command_print_done(command, "killed", id);
}

enum vc_code vc_pipeline_format_list(const char *list, struct vc_buffer *text, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place pipelines = {};
    enum vc_code code =
        vc_json_parse((struct vc_bytes){(const uint8_t *)list, strlen(list)}, &json, err);

    if (code == VC_OK) {
        struct vc_json_place root = vc_json_root(json);

        code = vc_json_member(&root, "pipelines", &pipelines, err);
    }
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&pipelines); i++) {
        struct vc_json_place element = vc_json_element(&pipelines, i);
        struct vcc_pipeline pipeline;

        code = vc_pipeline_object_read(&element, &pipeline, err);
        if (code == VC_OK)
            code = vc_pipeline_report_format(&pipeline, text, err);
    }
    return code;
}
