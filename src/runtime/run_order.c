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

/* The descriptors that go with a run message: the code and the standard streams. */
struct attached {
    int fds[4];
    size_t count;
};

static enum vc_code attach_streams(struct vc_run *run, struct vc_worker_run *message,
                                   struct attached *attached, struct vc_err *err)
{
    const struct vc_policy_program *program = vc_run_program(run);
    enum vc_code code = VC_OK;

    attached->fds[attached->count++] = vc_blob_fd(run->code);
    if (program->stdin_path != nullptr) {
        code = vc_view_open_input(run->view, program->stdin_path, &attached->fds[attached->count++],
                                  err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "stdin");
        message->standard[0] = VC_STANDARD_FILE;
        run->told = true;
    }
    if (program->stdout_path != nullptr) {
        code = vc_view_open_output(run->view, program->stdout_path,
                                   &attached->fds[attached->count++], err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "stdout");
        message->standard[1] = VC_STANDARD_FILE;
    }
    if (program->stderr_path != nullptr) {
        code = vc_view_open_output(run->view, program->stderr_path,
                                   &attached->fds[attached->count++], err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "stderr");
        message->standard[2] = VC_STANDARD_FILE;
    }
    return VC_OK;
}

enum vc_code vc_run_order(struct vc_run *run, struct vc_err *err)
{
    const struct vc_policy *policy = vc_runs_policy(run->runs);
    const struct vc_policy_program *program = vc_run_program(run);
    struct vc_worker_run message = {.kind = VC_WORKER_RUN,
                                    .strategy = program->strategy == VC_STRATEGY_AOT ? 0 : 1,
                                    .memory_mib = program->limits.memory_mib,
                                    .stack_kib = program->limits.stack_kib,
                                    .cpu_seconds = program->limits.cpu_seconds,
                                    .files_open_max = program->limits.open_files,
                                    .output_bytes = program->limits.output_bytes,
                                    .written_bytes = program->limits.written_bytes,
                                    .file_bytes = policy->storage.file_bytes,
                                    .clock = program->clock,
                                    .randomness = program->randomness,
                                    .progress = program->progress,
                                    .trace = vc_runs_traces(run->runs),
                                    .argument_count = (uint32_t)program->argument_count,
                                    .environment_count = (uint32_t)program->environment_count,
                                    .preopen_count = (uint32_t)program->preopen_count};
    struct attached attached = {};
    struct vc_buffer text = {};
    enum vc_code code = append_strings(&text, program->arguments, program->argument_count, err);

    if (code == VC_OK)
        code = append_strings(&text, program->environment, program->environment_count, err);
    if (code == VC_OK)
        code = append_preopens(&text, program, err);
    message.text_size = (uint32_t)text.size;
    if (code == VC_OK)
        code = attach_streams(run, &message, &attached, err);
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
