/* SPDX-License-Identifier: MIT */

/* The verb `doctor`: prints what src/cli/probe.c found out about this machine. */

#include "cli/probe.h"
#include "cli/verbs.h"
#include "codec/json.h"

static bool can_run(const struct vc_probe *probes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (probes[i].needed && !probes[i].good)
            return false;
    }
    return true;
}

static enum vc_code write_text(const struct vc_probe *probes, size_t count, struct vc_buffer *text,
                               struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; i < count && code == VC_OK; i++) {
        const struct vc_probe *probe = &probes[i];

        code = vc_buffer_printf(text, err, "%-4s %-18s %s\n",
                                probe->good     ? "ok"
                                : probe->needed ? "NO"
                                                : "no",
                                probe->name, probe->detail);
        if (code == VC_OK && !probe->good && probe->advice[0] != '\0')
            code = vc_buffer_printf(text, err, "     %-18s -> %s\n", "", probe->advice);
    }
    if (code != VC_OK)
        return code;
    return vc_buffer_append_text(text,
                                 can_run(probes, count)
                                     ? "a process container can run here\n"
                                     : "no container can run here: see the lines with NO\n",
                                 err);
}

static enum vc_code write_json(const struct vc_probe *probes, size_t count, struct vc_buffer *text,
                               struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(text);

    vc_json_open_object(&writer, nullptr);
    vc_json_put_boolean(&writer, "ok", can_run(probes, count));
    vc_json_open_array(&writer, "checks");
    for (size_t i = 0; i < count; i++) {
        vc_json_open_object(&writer, nullptr);
        vc_json_put_string(&writer, "name", probes[i].name);
        vc_json_put_boolean(&writer, "ok", probes[i].good);
        vc_json_put_boolean(&writer, "needed", probes[i].needed);
        vc_json_put_string(&writer, "detail", probes[i].detail);
        vc_json_put_string(&writer, "advice", probes[i].good ? "" : probes[i].advice);
        vc_json_close_object(&writer);
    }
    vc_json_close_array(&writer);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

static int run_doctor(struct vc_command *command)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_probe probes[VC_PROBES_MAX] = {};
    size_t count = vc_probe_machine(probes);
    struct vc_err err = {};
    int exit_code;

    if (command->json) {
        exit_code =
            vc_command_print_json(command, write_json(probes, count, &text, &err), &text, &err);
    } else if (write_text(probes, count, &text, &err) == VC_OK) {
        exit_code = vc_command_print(command, vc_buffer_bytes(&text));
    } else {
        exit_code = vc_command_fail_in(command, &err);
    }
    return exit_code == VCC_OK && !can_run(probes, count) ? VCC_FAILED : exit_code;
}

const struct vc_verb vc_verb_doctor = {
    .name = "doctor",
    .operands = "",
    .operand_count = {0, 0},
    .summary = "what this machine can do, and why not; done if a container can run",
    .examples = "  veracruz doctor\n"
                "  veracruz doctor --json\n",
    .run = run_doctor,
};
