/* SPDX-License-Identifier: MIT */

#include "cli/pipeline_report.h"

#include <string.h>

bool vc_pipeline_report_succeeded(const struct vcc_pipeline *pipeline)
{
    return strcmp(pipeline->state, "done") == 0;
}

static void write_stage(struct vc_json_writer *writer, const struct vcc_stage *stage)
{
    vc_json_open_object(writer, nullptr);
    vc_json_put_string(writer, "name", stage->name);
    vc_json_put_string(writer, "program", stage->program);
    vc_json_put_string(writer, "state", stage->state);
    if (stage->run[0] != '\0')
        vc_json_put_string(writer, "run", stage->run);
    if (strcmp(stage->state, "exited") == 0)
        vc_json_put_integer(writer, "exit_code", stage->exit_code);
    if (stage->reason[0] != '\0')
        vc_json_put_string(writer, "reason", stage->reason);
    vc_json_close_object(writer);
}

void vc_pipeline_report_write(struct vc_json_writer *writer, const char *key,
                              const struct vcc_pipeline *pipeline)
{
    vc_json_open_object(writer, key);
    vc_json_put_string(writer, "id", pipeline->id);
    vc_json_put_string(writer, "pipeline", pipeline->pipeline);
    vc_json_put_string(writer, "principal", pipeline->principal);
    vc_json_put_string(writer, "state", pipeline->state);
    vc_json_open_array(writer, "stages");
    for (size_t i = 0; i < pipeline->stage_count; i++)
        write_stage(writer, &pipeline->stages[i]);
    vc_json_close_array(writer);
    vc_json_close_object(writer);
}

void vc_pipeline_report_stage(const struct vcc_stage *stage, char line[VC_STAGE_LINE_MAX])
{
    const char *colon = stage->reason[0] != '\0' ? ": " : "";

    if (strcmp(stage->state, "exited") == 0) {
        (void)snprintf(line, VC_STAGE_LINE_MAX, "exited with code %d%s%s", stage->exit_code, colon,
                       stage->reason);
    } else {
        (void)snprintf(line, VC_STAGE_LINE_MAX, "%s%s%s", stage->state, colon, stage->reason);
    }
}

/* Of names and programs: as wide as the longest. */
static void measure(const struct vcc_pipeline *pipeline, int widths[2])
{
    widths[0] = widths[1] = 0;
    for (size_t i = 0; i < pipeline->stage_count; i++) {
        const int sizes[] = {(int)strlen(pipeline->stages[i].name),
                             (int)strlen(pipeline->stages[i].program)};

        for (size_t w = 0; w < VC_COUNT(sizes); w++)
            widths[w] = sizes[w] > widths[w] ? sizes[w] : widths[w];
    }
}

static enum vc_code format_stage(const struct vcc_stage *stage, const int widths[2],
                                 struct vc_buffer *text, struct vc_err *err)
{
    char line[VC_STAGE_LINE_MAX];
    char run[sizeof(stage->run) + 4] = "-";

    if (stage->run[0] != '\0')
        (void)snprintf(run, sizeof(run), "run %s", stage->run);
    vc_pipeline_report_stage(stage, line);
    return vc_buffer_printf(text, err, "  %-*s  %-*s  %-7s  %s\n", widths[0], stage->name,
                            widths[1], stage->program, run, line);
}

enum vc_code vc_pipeline_report_format(const struct vcc_pipeline *pipeline, struct vc_buffer *text,
                                       struct vc_err *err)
{
    int widths[2];
    enum vc_code code = vc_buffer_printf(text, err, "pipeline %s of %s: %s\n", pipeline->id,
                                         pipeline->pipeline, pipeline->state);

    measure(pipeline, widths);
    for (size_t i = 0; code == VC_OK && i < pipeline->stage_count; i++)
        code = format_stage(&pipeline->stages[i], widths, text, err);
    return code;
}

int vc_pipeline_report_print(struct vc_command *command, const struct vcc_pipeline *pipeline)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};

    if (command->json) {
        vc_pipeline_report_write(&writer, nullptr, pipeline);
        return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
    }
    if (vc_pipeline_report_format(pipeline, &text, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    return vc_command_print(command, vc_buffer_bytes(&text));
}

/* The first that is at fault: what was cancelled is not. */
void vc_pipeline_report_failure(struct vc_command *command, const struct vcc_pipeline *pipeline)
{
    char line[VC_STAGE_LINE_MAX];

    for (size_t i = 0; i < pipeline->stage_count; i++) {
        const struct vcc_stage *stage = &pipeline->stages[i];

        if (strcmp(stage->state, "failed") != 0 &&
            (strcmp(stage->state, "exited") != 0 || stage->exit_code == 0))
            continue;
        vc_pipeline_report_stage(stage, line);
        (void)fprintf(command->err, "veracruz: pipeline %s did not succeed: stage %s %s\n",
                      pipeline->id, stage->name, line);
        return;
    }
    (void)fprintf(command->err, "veracruz: pipeline %s did not succeed: %s\n", pipeline->id,
                  pipeline->state);
}
