/* SPDX-License-Identifier: MIT */

/* The verbs about a container's streams: stream put, stream get, stream leave. */

#include <string.h>

#include "cli/progress.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "codec/json.h"
#include "net/loop.h"

static constexpr uint64_t EVENT_MS = 500; /* between two of --json, at least */
static constexpr uint64_t PATIENCE_MAX_S = 86400;

/* One transfer, as it is shown. */
struct transfer {
    struct vc_command *command;
    const char *stream;
    struct vc_progress progress;
    struct vcc_stream_result result;
    struct vcc_stream_options options;
    struct vcc_stream_progress told; /* in the last event */
    uint64_t told_ms;                /* 0: none yet */
};

/* ---- while it goes on ---- */

static void print_event(struct transfer *transfer, const struct vcc_stream_progress *now)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};

    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "event", "progress");
    vc_json_put_string(&writer, "stream", transfer->stream);
    vc_json_put_integer(&writer, "done", (int64_t)now->done);
    if (now->total != 0)
        vc_json_put_integer(&writer, "total", (int64_t)now->total);
    vc_json_put_integer(&writer, "ahead", (int64_t)now->ahead);
    vc_json_put_integer(&writer, "reconnects", now->reconnects);
    vc_json_put_boolean(&writer, "waiting", now->waiting != 0);
    vc_json_close_object(&writer);
    /* Whoever does not read events any more is told of it by the last line. */
    (void)!vc_command_print_json(transfer->command, vc_json_write_end(&writer, &err), &text, &err);
}

static void on_progress(void *user, const struct vcc_stream_progress *now)
{
    struct transfer *transfer = user;
    uint64_t now_ms = vc_loop_now_ms();
    bool news = transfer->told_ms == 0 || now->reconnects != transfer->told.reconnects ||
                now_ms - transfer->told_ms >= EVENT_MS;

    vc_progress_stream(&transfer->progress, now);
    if (!transfer->command->json || !news)
        return;
    transfer->told = *now;
    transfer->told_ms = now_ms;
    print_event(transfer, now);
}

/* ---- in the end ---- */

static int print_result(struct transfer *transfer)
{
    const struct vcc_stream_result *result = &transfer->result;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    uint64_t elapsed_ms = vc_loop_now_ms() - transfer->progress.started_ms;
    struct vc_err err = {};

    if (!transfer->command->json)
        return VCC_OK;
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "stream", transfer->stream);
    vc_json_put_integer(&writer, "use", (int64_t)result->use);
    vc_json_put_integer(&writer, "bytes", (int64_t)result->bytes);
    vc_json_put_thousandths(&writer, "seconds", elapsed_ms);
    vc_json_put_string(&writer, "digest", result->digest);
    vc_json_put_integer(&writer, "reconnects", result->reconnects);
    vc_json_close_object(&writer);
    return vc_command_print_json(transfer->command, vc_json_write_end(&writer, &err), &text, &err);
}

/* What put and get share: before. */
static int begin(struct transfer *transfer, struct vc_command *command)
{
    const uint64_t bounds[] = {1, PATIENCE_MAX_S};
    uint64_t patience_s = 0;
    struct vc_err err = {};

    if (vc_option_number(&command->arguments, "patience", bounds, &patience_s, &err) != VC_OK)
        return vc_command_fail_input(command, &err);
    *transfer =
        (struct transfer){.command = command,
                          .stream = command->arguments.operands[0],
                          .progress = vc_progress_begin(command, command->arguments.operands[0])};
    transfer->options = (struct vcc_stream_options){.watcher = on_progress,
                                                    .user = transfer,
                                                    .patience_ms = (unsigned)(patience_s * 1000),
                                                    .result = &transfer->result};
    return VCC_OK;
}

/* And after. */
static int end(struct transfer *transfer, enum vcc_status status, const struct vcc_error *error)
{
    vc_progress_clear(&transfer->progress);
    if (status != VCC_OK)
        return vc_command_fail(transfer->command, error);
    vc_progress_end(&transfer->progress, transfer->result.bytes);
    return print_result(transfer);
}

static const char *local_of(const struct vc_command *command)
{
    const struct vc_arguments *arguments = &command->arguments;

    return arguments->operand_count > 1 ? arguments->operands[1] : "-";
}

typedef enum vcc_status transfer_fn(vcc_client *client, const char *stream, const char *local_path,
                                    const struct vcc_stream_options *options,
                                    struct vcc_error *error);

static int carry(struct vc_command *command, transfer_fn *fn)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    struct transfer transfer;
    struct vcc_error error;
    int exit_code = begin(&transfer, command);

    if (exit_code != VCC_OK)
        return exit_code;
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    return end(&transfer, fn(client, transfer.stream, local_of(command), &transfer.options, &error),
               &error);
}

static int run_put(struct vc_command *command)
{
    return carry(command, vcc_stream_put_file);
}

static int run_get(struct vc_command *command)
{
    if (command->json && strcmp(local_of(command), "-") == 0)
        return vc_command_fail_usage(command, "--json and the stream cannot share standard output: "
                                              "name a file behind STREAM");
    return carry(command, vcc_stream_get_file);
}

static int run_leave(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    const char *stream = command->arguments.operands[0];
    struct vcc_error error;
    int exit_code;

    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_stream_leave(client, stream, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return vc_command_print_done(command, "left", stream);
}

static const struct vc_option transfer_options[] = {
    {.name = "patience",
     .value = "SECONDS",
     .help = "how long to try to connect anew; without: the policy's resume_seconds"},
    {},
};

const struct vc_verb vc_verb_stream_put = {
    .name = "stream put",
    .operands = "STREAM [LOCAL]",
    .operand_count = {1, 2},
    .options = transfer_options,
    .container = true,
    .summary = "produce a stream from standard input (or -), or a file",
    .examples = "  tail -f prices.csv | veracruz stream put prices      for as long as it goes on\n"
                "  veracruz stream put prices prices.csv                a file; goes on where it "
                "stopped\n"
                "  veracruz stream put --json prices prices.csv | tail -1\n",
    .run = run_put,
};

const struct vc_verb vc_verb_stream_get = {
    .name = "stream get",
    .operands = "STREAM [LOCAL]",
    .operand_count = {1, 2},
    .options = transfer_options,
    .container = true,
    .summary = "consume a stream to standard output (or -), or a file; 0 only if whole",
    .examples = "  veracruz stream get averages | while read -r line; do echo \"$line\"; done\n"
                "  veracruz stream get averages averages.csv            a file; goes on where it "
                "stopped\n"
                "  veracruz stream get --json averages averages.csv     lines of progress, and the "
                "digest at last\n",
    .run = run_get,
};

const struct vc_verb vc_verb_stream_leave = {
    .name = "stream leave",
    .operands = "STREAM",
    .operand_count = {1, 1},
    .container = true,
    .summary = "give a stream up: its producer loses it, a consumer leaves",
    .examples = "  veracruz stream leave prices\n",
    .run = run_leave,
};
