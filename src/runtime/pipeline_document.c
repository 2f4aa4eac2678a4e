/* SPDX-License-Identifier: MIT */

#include "runtime/pipeline_document.h"

#include <stdio.h>

#include "runtime/pipeline_plan.h"

static void write_id(struct vc_json_writer *writer, const char *key, uint64_t id)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%ju", (uintmax_t)id);
    vc_json_put_string(writer, key, text);
}

static void write_stage(struct vc_json_writer *writer, const struct vc_policy *policy,
                        const struct vc_policy_stage *stage, const struct vc_stage_status *status)
{
    vc_json_open_object(writer, nullptr);
    vc_json_put_string(writer, "name", stage->name);
    vc_json_put_string(writer, "program", policy->programs[stage->program].name);
    vc_json_put_string(writer, "state", vc_stage_state_name(status->state));
    if (status->run != 0)
        write_id(writer, "run", status->run);
    if (status->state == VC_STAGE_EXITED)
        vc_json_put_integer(writer, "exit_code", status->exit_code);
    if (status->reason[0] != '\0')
        vc_json_put_string(writer, "reason", status->reason);
    vc_json_close_object(writer);
}

void vc_pipeline_write(struct vc_json_writer *writer, const struct vc_policy *policy,
                       const struct vc_pipeline_status *status)
{
    const struct vc_policy_pipeline *pipeline = &policy->pipelines[status->pipeline];

    vc_json_open_object(writer, nullptr);
    write_id(writer, "id", status->id);
    vc_json_put_string(writer, "pipeline", pipeline->name);
    vc_json_put_string(writer, "principal", policy->principals[status->principal].name);
    vc_json_put_string(writer, "state", vc_pipeline_state_name(status->state));
    vc_json_open_array(writer, "stages");
    for (size_t i = 0; i < pipeline->stage_count; i++)
        write_stage(writer, policy, &pipeline->stages[i], &status->stages[i]);
    vc_json_close_array(writer);
    vc_json_close_object(writer);
}
