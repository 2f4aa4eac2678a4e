/* SPDX-License-Identifier: MIT */

/* The verb about a run that goes on: watch. */

#include "cli/watch.h"

#include "cli/progress.h"
#include "cli/run_report.h"
#include "cli/session.h"
#include "cli/verbs.h"

struct watching {
    struct vc_command *command;
    struct vc_progress progress;
    int exit_code; /* of printing */
};

static int print_event(struct watching *watching, const char *event, const struct vcc_run *run)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};

    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "event", event);
    vc_run_report_write(&writer, "run", run);
    vc_json_close_object(&writer);
    return vc_command_print_json(watching->command, vc_json_write_end(&writer, &err), &text, &err);
}

static int on_event(void *user, const char *event, const struct vcc_run *run)
{
    struct watching *watching = user;

    if (watching->command->json) {
        watching->exit_code = print_event(watching, event, run);
    } else {
        watching->progress.what = run->program;
        vc_progress_run(&watching->progress, run);
    }
    return watching->exit_code;
}

enum vcc_status vc_watch_follow(struct vc_command *command, vcc_client *client, const char *id,
                                struct vcc_run *run, struct vcc_error *error)
{
    struct watching watching = {.command = command, .progress = vc_progress_begin(command, "")};
    enum vcc_status status = vcc_run_watch(client, id, on_event, &watching, run, error);

    vc_progress_clear(&watching.progress);
    if (status == VCC_OK && watching.exit_code != VCC_OK) {
        *error = (struct vcc_error){.status = (enum vcc_status)watching.exit_code};
        (void)snprintf(error->text, sizeof(error->text), "standard output cannot be written");
        return error->status;
    }
    return status;
}

static int run_watch(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    struct vcc_error error;
    struct vcc_run run;
    int exit_code;

    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vc_watch_follow(command, client, command->arguments.operands[0], &run, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    exit_code = command->json ? VCC_OK : vc_run_report_print(command, &run);
    if (exit_code != VCC_OK || vc_run_report_succeeded(&run))
        return exit_code;
    vc_run_report_failure(command, &run);
    return VCC_RUN_FAILED;
}

const struct vc_verb vc_verb_watch = {
    .name = "watch",
    .operands = "RUN",
    .operand_count = {1, 1},
    .container = true,
    .summary = "show a run while it goes on: state, progress, what it uses",
    .examples = "  veracruz watch 1\n"
                "  veracruz watch --json 1 | jq -r .event\n",
    .run = run_watch,
};
