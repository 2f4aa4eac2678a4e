/* SPDX-License-Identifier: MIT */

/* What a run's worker is told and given: the order, the code, the standard streams. */

#include <string.h>

#include "abi/worker.h"
#include "runtime/run_internal.h"

static_assert(VC_POLICY_PREOPENS_MAX <= VC_WORKER_PREOPENS_MAX);

static enum vc_code append_strings(struct vc_buffer *text, char *const *strings, size_t count,
                                   struct vc_err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct vc_bytes with_nul = {(const uint8_t *)strings[i], strlen(strings[i]) + 1};
        enum vc_code code = vc_buffer_append(text, with_nul, err);

        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}

static enum vc_code append_preopens(struct vc_buffer *text, const struct vc_policy_program *program,
                                    struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < program->preopen_count; i++) {
        char *const both[] = {program->preopens[i].name, program->preopens[i].path};

        code = append_strings(text, both, VC_COUNT(both), err);
    }
    return code;
}

static constexpr size_t STANDARD_COUNT = 3;

/* The descriptors that go with a run message: the code, what streams need, the standard streams. */
struct attached {
    int fds[1 + VC_RUN_STREAMS_FDS + STANDARD_COUNT];
    size_t count;
};

/* One of the standard streams: nothing, a file, or a stream of the policy. */
static enum vc_code attach_standard(struct vc_run *run, size_t number,
                                    struct vc_worker_run *message, struct attached *attached,
                                    struct vc_err *err)
{
    const struct vc_policy_program *program = vc_run_program(run);
    const char *const paths[] = {program->stdin_path, program->stdout_path, program->stderr_path};
    const struct vc_view_stream *stream =
        run->streams != nullptr ? vc_run_streams_standard(run->streams, number) : nullptr;
    int *fd = &attached->fds[attached->count];
    enum vc_code code = VC_OK;

    static_assert(VC_COUNT(paths) == STANDARD_COUNT);
    if (paths[number] == nullptr)
        return VC_OK;
    if (stream != nullptr) {
        *fd = stream->fd;
        message->standard_slot[number] = stream->slot;
        message->standard_window[number] = stream->window_bytes;
    } else if (number == 0) {
        code = vc_view_open_input(run->view, paths[number], fd, err);
    } else {
        code = vc_view_open_output(run->view, paths[number], fd, err);
    }
    if (code != VC_OK)
        return code;
    message->standard[number] = stream != nullptr ? VC_STANDARD_STREAM : VC_STANDARD_FILE;
    attached->count++;
    run->told = run->told || number == 0;
    return VC_OK;
}

static enum vc_code attach(struct vc_run *run, struct vc_worker_run *message,
                           struct attached *attached, struct vc_err *err)
{
    static const char *const names[] = {"stdin", "stdout", "stderr"};

    attached->fds[attached->count++] = vc_blob_fd(run->code);
    message->streams = run->streams != nullptr;
    if (run->streams != nullptr) {
        vc_run_streams_fds(run->streams, attached->fds + attached->count);
        attached->count += VC_RUN_STREAMS_FDS;
    }
    for (size_t i = 0; i < STANDARD_COUNT; i++) {
        enum vc_code code = attach_standard(run, i, message, attached, err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "%s", names[i]);
    }
    return VC_OK;
}

/* The arguments of the program, or of the stage that the run is. */
struct run_arguments {
    char *const *items;
    size_t count;
};

static struct run_arguments arguments_of(const struct vc_run *run)
{
    const struct vc_policy_program *program = vc_run_program(run);
    const struct vc_policy_stage *stage = run->status.stage;

    if (stage != nullptr && stage->arguments != nullptr)
        return (struct run_arguments){stage->arguments, stage->argument_count};
    return (struct run_arguments){program->arguments, program->argument_count};
}

enum vc_code vc_run_order(struct vc_run *run, struct vc_err *err)
{
    const struct vc_policy *policy = vc_runs_policy(run->runs);
    const struct vc_policy_program *program = vc_run_program(run);
    const struct run_arguments arguments = arguments_of(run);
    struct vc_limits limits = vc_run_limits(run);
    struct vc_worker_run message = {.kind = VC_WORKER_RUN,
                                    .strategy = program->strategy == VC_STRATEGY_AOT ? 0 : 1,
                                    .memory_mib = limits.memory_mib,
                                    .stack_kib = limits.stack_kib,
                                    .cpu_seconds = limits.cpu_seconds,
                                    .files_open_max = limits.open_files,
                                    .output_bytes = limits.output_bytes,
                                    .written_bytes = limits.written_bytes,
                                    .file_bytes = policy->storage.file_bytes,
                                    .clock = program->clock,
                                    .randomness = program->randomness,
                                    .progress = program->progress,
                                    .trace = vc_runs_traces(run->runs),
                                    .argument_count = (uint32_t)arguments.count,
                                    .environment_count = (uint32_t)program->environment_count,
                                    .preopen_count = (uint32_t)program->preopen_count};
    struct attached attached = {};
    struct vc_buffer text = {};
    enum vc_code code = append_strings(&text, arguments.items, arguments.count, err);

    if (code == VC_OK)
        code = append_strings(&text, program->environment, program->environment_count, err);
    if (code == VC_OK)
        code = append_preopens(&text, program, err);
    message.text_size = (uint32_t)text.size;
    if (code == VC_OK)
        code = attach(run, &message, &attached, err);
    if (code == VC_OK) {
        struct vc_parcel parcel = {.head = VC_BYTES_OF(message),
                                   .tail = vc_buffer_bytes(&text),
                                   .fds = attached.fds,
                                   .fd_count = attached.count};

        code = vc_child_send(run->worker, &parcel, err);
    }
    vc_buffer_done(&text);
    return code;
}
