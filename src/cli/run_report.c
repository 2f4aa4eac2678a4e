/* SPDX-License-Identifier: MIT */

#include "cli/run_report.h"

#include <string.h>

#include "cli/amount.h"
#include "client/run_object.h"

bool vc_run_report_succeeded(const struct vcc_run *run)
{
    return strcmp(run->state, "exited") == 0 && run->exit_code == 0;
}

static void write_limits(struct vc_json_writer *writer, const char *limits)
{
    vc_json_open_array(writer, "limits");
    while (*limits != '\0') {
        char key[sizeof(((struct vcc_run *)nullptr)->limits)];
        size_t size = strcspn(limits, " ");

        (void)snprintf(key, sizeof(key), "%.*s", (int)size, limits);
        vc_json_put_string(writer, nullptr, key);
        limits += size + (limits[size] == ' ');
    }
    vc_json_close_array(writer);
}

void vc_run_report_write(struct vc_json_writer *writer, const char *key, const struct vcc_run *run)
{
    vc_json_open_object(writer, key);
    vc_json_put_string(writer, "id", run->id);
    vc_json_put_string(writer, "program", run->program);
    if (run->stage[0] != '\0') {
        vc_json_put_string(writer, "pipeline", run->pipeline);
        vc_json_put_string(writer, "stage", run->stage);
    }
    vc_json_put_string(writer, "state", run->state);
    if (strcmp(run->state, "exited") == 0)
        vc_json_put_integer(writer, "exit_code", run->exit_code);
    if (run->reason[0] != '\0')
        vc_json_put_string(writer, "reason", run->reason);
    write_limits(writer, run->limits);
    if (vc_run_ended(run))
        vc_json_put_boolean(writer, "published", run->published != 0);
    if (run->percent >= 0)
        vc_json_put_integer(writer, "percent", run->percent);
    vc_json_put_integer(writer, "wall_us", (int64_t)run->wall_us);
    vc_json_put_integer(writer, "cpu_us", (int64_t)run->cpu_us);
    vc_json_put_integer(writer, "memory_bytes", (int64_t)run->memory_bytes);
    vc_json_put_integer(writer, "output_bytes", (int64_t)run->output_bytes);
    vc_json_close_object(writer);
}

enum vc_code vc_run_report_format(const struct vcc_run *run, struct vc_buffer *text,
                                  struct vc_err *err)
{
    char wall[VC_AMOUNT_MAX];
    char cpu[VC_AMOUNT_MAX];
    char memory[VC_AMOUNT_MAX];
    char output[VC_AMOUNT_MAX];
    enum vc_code code = vc_buffer_printf(text, err, "run %s of %s", run->id, run->program);

    if (code == VC_OK && run->stage[0] != '\0')
        code = vc_buffer_printf(text, err, " as stage %s of %s", run->stage, run->pipeline);
    if (code == VC_OK)
        code = vc_buffer_printf(text, err, ": %s", run->state);
    if (code == VC_OK && strcmp(run->state, "exited") == 0)
        code = vc_buffer_printf(text, err, " with code %d", run->exit_code);
    if (code == VC_OK && run->reason[0] != '\0')
        code = vc_buffer_printf(text, err, ": %s", run->reason);
    if (code != VC_OK || !vc_run_ended(run))
        return code == VC_OK ? vc_buffer_append_text(text, "\n", err) : code;
    vc_amount_duration(run->wall_us, wall);
    vc_amount_duration(run->cpu_us, cpu);
    vc_amount_bytes(run->memory_bytes, memory);
    vc_amount_bytes(run->output_bytes, output);
    return vc_buffer_printf(text, err, " (%s, cpu %s, memory %s, output %s)\n", wall, cpu, memory,
                            output);
}

int vc_run_report_print(struct vc_command *command, const struct vcc_run *run)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};

    if (command->json) {
        vc_run_report_write(&writer, nullptr, run);
        return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
    }
    if (vc_run_report_format(run, &text, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    return vc_command_print(command, vc_buffer_bytes(&text));
}

/* Standard output has the run already, with --json as its one document. */
void vc_run_report_failure(struct vc_command *command, const struct vcc_run *run)
{
    if (strcmp(run->state, "exited") == 0) {
        (void)fprintf(command->err, "veracruz: run %s did not succeed: exit code %d\n", run->id,
                      run->exit_code);
    } else {
        (void)fprintf(command->err, "veracruz: run %s did not succeed: %s\n", run->id,
                      run->reason[0] != '\0' ? run->reason : run->state);
    }
}
