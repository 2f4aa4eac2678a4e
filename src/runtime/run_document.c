/* SPDX-License-Identifier: MIT */

#include "runtime/run_document.h"

#include <stdio.h>

/* The limits of the policy that the run met, by their keys. */
static void write_limits(struct vc_json_writer *writer, uint32_t limits)
{
    vc_json_open_array(writer, "limits");
    for (uint32_t limit = 1; limit <= VC_RUN_LIMIT_PROCESSES; limit <<= 1) {
        if ((limits & limit) != 0)
            vc_json_put_string(writer, nullptr, vc_run_limit_name((enum vc_run_limit)limit));
    }
    vc_json_close_array(writer);
}

void vc_run_write(struct vc_json_writer *writer, const struct vc_policy *policy,
                  const struct vc_run_status *status)
{
    bool over = vc_run_is_over(status->state);
    char id[24];

    (void)snprintf(id, sizeof(id), "%ju", (uintmax_t)status->id);
    vc_json_open_object(writer, nullptr);
    vc_json_put_string(writer, "id", id);
    vc_json_put_string(writer, "program", policy->programs[status->program].name);
    if (status->stage != nullptr) {
        vc_json_put_string(writer, "pipeline", status->pipeline->name);
        vc_json_put_string(writer, "stage", status->stage->name);
    }
    vc_json_put_string(writer, "state", vc_run_state_name(status->state));
    if (status->state == VC_RUN_EXITED)
        vc_json_put_integer(writer, "exit_code", status->exit_code);
    if (over && status->reason[0] != '\0')
        vc_json_put_string(writer, "reason", status->reason);
    write_limits(writer, status->limits);
    if (over)
        vc_json_put_boolean(writer, "published", status->published);
    if (policy->programs[status->program].progress)
        vc_json_put_integer(writer, "percent", status->percent);
    vc_json_put_integer(writer, "wall_us", (int64_t)status->wall_us);
    vc_json_put_integer(writer, "cpu_us", (int64_t)status->cpu_us);
    vc_json_put_integer(writer, "memory_bytes", (int64_t)status->memory_bytes);
    vc_json_put_integer(writer, "output_bytes", (int64_t)status->output_bytes);
    vc_json_close_object(writer);
}
