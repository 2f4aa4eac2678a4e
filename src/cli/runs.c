/* SPDX-License-Identifier: MIT */

/* The verbs about runs, and about the container's end: run, status, kill, shutdown. */

#include <string.h>

#include "cli/pipeline.h"
#include "cli/progress.h"
#include "cli/run_report.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/watch.h"
#include "client/run_object.h"
#include "codec/json.h"

static constexpr unsigned STEP_MS = 1000;          /* between two turns of the spinner */
static constexpr unsigned SILENT_STEP_MS = 600000; /* the longest wait of one request */

static enum vcc_status wait_for_end(struct vc_command *command, vcc_client *client,
                                    struct vcc_run *run, struct vcc_error *error)
{
    struct vc_progress progress = vc_progress_begin(command, run->program);
    unsigned step_ms = progress.err != nullptr ? STEP_MS : SILENT_STEP_MS;
    enum vcc_status status = VCC_OK;

    while (status == VCC_OK && !vc_run_ended(run)) {
        vc_progress_spin(&progress, run->state);
        status = vcc_run_status(client, run->id, step_ms, run, error);
    }
    vc_progress_clear(&progress);
    return status;
}

/* Waits for the end, as the options say. */
static enum vcc_status follow(struct vc_command *command, vcc_client *client, struct vcc_run *run,
                              struct vcc_error *error)
{
    if (vc_option_given(&command->arguments, "no-wait"))
        return VCC_OK;
    if (vc_option_given(&command->arguments, "watch"))
        return vc_watch_follow(command, client, run->id, run, error);
    return wait_for_end(command, client, run, error);
}

static int run_run(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    bool waits = !vc_option_given(&command->arguments, "no-wait");
    bool watches = vc_option_given(&command->arguments, "watch");
    struct vcc_error error;
    struct vcc_run run;
    int exit_code;

    if (vc_option_given(&command->arguments, "pipeline"))
        return vc_pipeline_run(command);
    if (command->arguments.operand_count == 0)
        return vc_command_fail_usage(command, "no program: give PROGRAM, or --pipeline NAME");
    if (watches && !waits)
        return vc_command_fail_usage(command, "--watch waits for the end, --no-wait does not");
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    enum vcc_status status = vcc_run_start(client, command->arguments.operands[0],
                                           waits && !watches ? STEP_MS : 0, &run, &error);

    if (status == VCC_OK)
        status = follow(command, client, &run, &error);
    if (status != VCC_OK)
        return vc_command_fail(command, &error);
    exit_code = watches && command->json ? VCC_OK : vc_run_report_print(command, &run);
    if (exit_code != VCC_OK || !waits || vc_run_report_succeeded(&run))
        return exit_code;
    vc_run_report_failure(command, &run);
    return VCC_RUN_FAILED;
}

static int status_of_one(struct vc_command *command, vcc_client *client, const char *id)
{
    struct vcc_error error;
    struct vcc_run run;

    if (vcc_run_status(client, id, 0, &run, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return vc_run_report_print(command, &run);
}

/* Each run of a list that the client library has checked. */
static enum vc_code format_runs(const char *list, struct vc_buffer *text, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place runs = {};
    enum vc_code code =
        vc_json_parse((struct vc_bytes){(const uint8_t *)list, strlen(list)}, &json, err);

    if (code == VC_OK) {
        struct vc_json_place root = vc_json_root(json);

        code = vc_json_member(&root, "runs", &runs, err);
    }
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&runs); i++) {
        struct vc_json_place element = vc_json_element(&runs, i);
        struct vcc_run run;

        code = vc_run_object_read(&element, &run, err);
        if (code == VC_OK)
            code = vc_run_report_format(&run, text, err);
    }
    return code;
}

/* What the container has told. */
struct lists {
    char *runs, *pipelines;
};

static void lists_done(struct lists *lists)
{
    vc_session_freep(&lists->runs);
    vc_session_freep(&lists->pipelines);
}

static enum vcc_status ask_lists(vcc_client *client, struct lists *lists, struct vcc_error *error)
{
    enum vcc_status status = vcc_runs(client, &lists->runs, error);

    return status == VCC_OK ? vcc_pipelines(client, &lists->pipelines, error) : status;
}

/* The members of the second object after those of the first, of which each has some. */
static enum vc_code append_members(const char *first, const char *second, struct vc_buffer *text,
                                   struct vc_err *err)
{
    const char *members = strchr(first, '{') + 1;
    struct vc_bytes without_brace = {(const uint8_t *)members,
                                     (size_t)(strrchr(members, '}') - members)};
    enum vc_code code = vc_buffer_append(text, without_brace, err);

    if (code == VC_OK)
        code = vc_buffer_append_text(text, ",", err);
    return code == VC_OK ? vc_buffer_append_text(text, strchr(second, '{') + 1, err) : code;
}

/* {"container":{…},"runs":[…],"pipelines":[…]}: what the check established, before the container's
 * own lists. */
static enum vc_code write_status(vcc_client *client, const struct lists *lists,
                                 struct vc_buffer *text, struct vc_err *err)
{
    struct vcc_attestation attestation;

    vcc_attestation_of(client, &attestation);
    enum vc_code code = vc_buffer_append_text(text, "{\"container\":", err);

    if (code != VC_OK)
        return code;
    struct vc_json_writer writer = vc_json_writer_over(text);

    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "platform", attestation.platform);
    vc_json_put_string(&writer, "label", attestation.label);
    vc_json_put_string(&writer, "measurement", attestation.measurement);
    vc_json_put_string(&writer, "policy_hash", attestation.policy_hash);
    vc_json_put_string(&writer, "tcb_status", attestation.tcb_status);
    vc_json_put_integer(&writer, "verified_at", attestation.verified_at);
    vc_json_put_integer(&writer, "expires_at", attestation.expires_at);
    vc_json_close_object(&writer);
    code = vc_json_write_end(&writer, err);
    if (code == VC_OK)
        code = vc_buffer_append_text(text, ",", err);
    return code == VC_OK ? append_members(lists->runs, lists->pipelines, text, err) : code;
}

static int print_attestation(struct vc_command *command, vcc_client *client)
{
    struct vcc_attestation attestation;

    vcc_attestation_of(client, &attestation);
    return fprintf(command->out, "container    %s\nmeasurement  %s\npolicy       %s\n",
                   attestation.label, attestation.measurement, attestation.policy_hash);
}

static int status_of_all(struct vc_command *command, vcc_client *client)
{
    vc_cleanup(lists_done) struct lists lists = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vcc_error error;
    struct vc_err err = {};

    if (ask_lists(client, &lists, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    if (command->json) {
        return vc_command_print_json(command, write_status(client, &lists, &text, &err), &text,
                                     &err);
    }
    (void)print_attestation(command, client); /* vc_command_print notices a broken stream */
    if (format_runs(lists.runs, &text, &err) != VC_OK ||
        vc_pipeline_format_list(lists.pipelines, &text, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    return vc_command_print(command, vc_buffer_bytes(&text));
}

/* Without a run: what the check of the container established, too. */
static int run_status(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    int exit_code;

    if (vc_option_given(&command->arguments, "pipeline"))
        return vc_pipeline_status(command);
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (command->arguments.operand_count > 0)
        return status_of_one(command, client, command->arguments.operands[0]);
    return status_of_all(command, client);
}

/* {"<what>":"<value>"} with --json, a line otherwise. */
static int print_done(struct vc_command *command, const char *what, const char *value)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};

    if (!command->json)
        return VCC_OK;
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, what, value);
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

static int run_kill(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    struct vcc_error error;
    int exit_code;

    if (vc_option_given(&command->arguments, "pipeline"))
        return vc_pipeline_kill(command);
    if (command->arguments.operand_count == 0)
        return vc_command_fail_usage(command, "no run: give RUN, or --pipeline ID");
    const char *id = command->arguments.operands[0];

    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_run_kill(client, id, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return print_done(command, "killed", id);
}

static int run_shutdown(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    struct vcc_error error;
    int exit_code;

    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_shutdown(client, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return print_done(command, "shutdown", vc_option_value(&command->arguments, "container"));
}

static const struct vc_option run_options[] = {
    {.name = "pipeline", .value = "NAME", .help = "run this pipeline of the policy"},
    {.name = "no-wait", .help = "start it and return; `status`, `watch` and `kill` take the id"},
    {.name = "watch", .help = "show what it uses and how far it is; with --json, a line an event"},
    {},
};

const struct vc_verb vc_verb_run = {
    .name = "run",
    .operands = "[PROGRAM]",
    .operand_count = {0, 1},
    .options = run_options,
    .container = true,
    .summary = "run a program or a pipeline of the policy and wait for its end",
    .examples = "  veracruz run intersect\n"
                "  veracruz run --pipeline nightly\n"
                "  veracruz run --watch intersect\n"
                "  veracruz run --no-wait --json intersect\n",
    .run = run_run,
};

static const struct vc_option pipeline_options[] = {
    {.name = "pipeline", .value = "ID", .help = "of a pipeline that was started"},
    {},
};

const struct vc_verb vc_verb_status = {
    .name = "status",
    .operands = "[RUN]",
    .operand_count = {0, 1},
    .options = pipeline_options,
    .container = true,
    .summary = "the container, its runs and pipelines, or one of them",
    .examples = "  veracruz status\n"
                "  veracruz status 1\n"
                "  veracruz status --pipeline 1\n",
    .run = run_status,
};

const struct vc_verb vc_verb_kill = {
    .name = "kill",
    .operands = "[RUN]",
    .operand_count = {0, 1},
    .options = pipeline_options,
    .container = true,
    .summary = "end a run, which leaves no output unless the policy wants partial ones, or a "
               "pipeline",
    .examples = "  veracruz kill 1\n"
                "  veracruz kill --pipeline 1\n",
    .run = run_kill,
};

const struct vc_verb vc_verb_shutdown = {
    .name = "shutdown",
    .operands = "",
    .operand_count = {0, 0},
    .container = true,
    .summary = "end the container; all that it holds is gone",
    .examples = "  veracruz shutdown\n",
    .run = run_shutdown,
};
