/* SPDX-License-Identifier: MIT */

/* What happens to one run: its message to the worker, the worker's calls, limits, the end. */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "abi/worker.h"
#include "base/utf8.h"
#include "runtime/clock.h"
#include "runtime/run_internal.h"

static constexpr uint32_t FILES_OPEN_MAX = 128; /* descriptors of the program at once */

static const struct vc_policy_program *program_of(const struct vc_run *run)
{
    return &vc_runs_policy(run->runs)->programs[run->status.program];
}

void vc_run_release(struct vc_run *run)
{
    vc_timer_cancel(run->deadline);
    run->deadline = nullptr;
    vc_child_abandon(run->worker);
    run->worker = nullptr;
    vc_view_free(run->view);
    run->view = nullptr;
    vc_blob_unref(run->code);
    run->code = nullptr;
    vc_blob_unref(run->module);
    run->module = nullptr;
}

static void finish(struct vc_run *run, enum vc_run_state state, const char *reason)
{
    uint64_t written = run->view != nullptr ? vc_view_output_bytes(run->view) : 0;

    if (vc_run_is_over(run->status.state))
        return;
    if (written > 0) /* after a commit nothing is left to be counted */
        run->status.output_bytes = written;
    if (run->worker != nullptr && run->status.cpu_us == 0)
        run->status.cpu_us = vc_child_cpu_us(run->worker);
    run->status.state = state;
    (void)snprintf(run->status.reason, sizeof(run->status.reason), "%s", reason);
    run->status.wall_us = vc_clock_us() - run->started_us;
    vc_run_release(run);
    vc_runs_over(run->runs, run);
}

void vc_run_fail(struct vc_run *run, enum vc_run_state state, const char *reason)
{
    finish(run, state, reason);
}

/* The program ended by itself: publish what it wrote, if it ended well. */
static void conclude(struct vc_run *run)
{
    struct vc_err err = {};

    run->status.output_bytes = vc_view_output_bytes(run->view);
    if (run->status.exit_code == 0 &&
        vc_view_commit(run->view, vc_runs_tree(run->runs), &err) != VC_OK) {
        finish(run, VC_RUN_FAILED, err.text);
        return;
    }
    finish(run, VC_RUN_EXITED, "");
}

static void on_worker_end(struct vc_run *run, struct vc_bytes packet)
{
    static const char *const words[] = {[VC_END_EXITED] = "",
                                        [VC_END_TRAPPED] = "trap",
                                        [VC_END_REFUSED] = "module refused",
                                        [VC_END_FAILED] = "engine failed"};
    struct vc_worker_end end;
    char reason[VC_RUN_REASON_MAX];
    struct vc_bytes text;

    if (packet.size < sizeof(end)) {
        finish(run, VC_RUN_FAILED, "worker: end out of form");
        return;
    }
    memcpy(&end, packet.data, sizeof(end));
    text = (struct vc_bytes){packet.data + sizeof(end), packet.size - sizeof(end)};
    run->status.memory_bytes = end.memory_bytes;
    if (end.reason == VC_END_EXITED) {
        run->ended = true;
        run->status.exit_code = end.exit_code;
        if (!vc_view_has_outputs(run->view)) {
            conclude(run); /* nothing that a worker still alive could change */
            return;
        }
        vc_child_kill(run->worker); /* its death lets us seal what it wrote */
        return;
    }
    if (end.reason >= VC_COUNT(words) || words[end.reason] == nullptr || !vc_utf8_valid(text) ||
        text.size > 200) {
        finish(run, VC_RUN_FAILED, "worker: end out of form");
        return;
    }
    (void)snprintf(reason, sizeof(reason), "%s: %.*s", words[end.reason], (int)text.size,
                   (const char *)text.data);
    finish(run, VC_RUN_FAILED, reason);
}

static void on_worker_call(struct vc_run *run, struct vc_bytes packet)
{
    struct vc_buffer answer = {};
    struct vc_err err = {};
    int fd = -1;
    enum vc_code code = vc_view_call(run->view, packet, &answer, &fd, &err);

    if (code == VC_OK) {
        struct vc_parcel parcel = {
            .head = vc_buffer_bytes(&answer), .fds = &fd, .fd_count = fd >= 0 ? 1 : 0};

        code = vc_child_send(run->worker, &parcel, &err);
    }
    vc_buffer_done(&answer);
    if (code != VC_OK && code != VC_CLOSED) /* a dead worker is told by its death */
        finish(run, VC_RUN_FAILED, err.text);
}

static void on_packet(void *user, struct vc_bytes packet)
{
    struct vc_run *run = user;
    uint32_t kind = 0;

    if (vc_run_is_over(run->status.state) || run->ended)
        return; /* whatever it still says */
    if (packet.size >= sizeof(kind))
        memcpy(&kind, packet.data, sizeof(kind));
    if (kind == VC_WORKER_END) {
        on_worker_end(run, packet);
    } else {
        on_worker_call(run, packet);
    }
}

/* A worker that died without a word: in words. */
static void describe_death(const struct vc_run *run, const struct vc_child_end *end, char *reason)
{
    const struct vc_limits *limits = &program_of(run)->limits;
    bool cpu_spent = end->cpu_us >= (uint64_t)limits->cpu_seconds * 1000000;

    if (end->signalled && (end->status == SIGXCPU || (end->status == SIGKILL && cpu_spent))) {
        (void)snprintf(reason, VC_RUN_REASON_MAX, "limits.cpu_seconds: more than %u",
                       limits->cpu_seconds);
    } else if (end->signalled && end->status == SIGSEGV) {
        (void)snprintf(reason, VC_RUN_REASON_MAX,
                       "crashed: stack overflow (limits.stack_kib: %u), or a fault",
                       limits->stack_kib);
    } else if (end->signalled && end->status == SIGSYS) {
        (void)snprintf(reason, VC_RUN_REASON_MAX, "the worker tried a forbidden system call");
    } else if (end->signalled) {
        (void)snprintf(reason, VC_RUN_REASON_MAX, "the worker was ended by signal %d", end->status);
    } else {
        (void)snprintf(reason, VC_RUN_REASON_MAX, "the worker ended with status %d", end->status);
    }
}

static void on_end(void *user, const struct vc_child_end *end)
{
    struct vc_run *run = user;
    char reason[VC_RUN_REASON_MAX];

    run->status.cpu_us = end->cpu_us;
    if (run->ended) {
        conclude(run);
        return;
    }
    describe_death(run, end, reason);
    finish(run, VC_RUN_FAILED, reason);
}

static const struct vc_child_events worker_events = {.on_packet = on_packet, .on_end = on_end};

static void on_deadline(void *user)
{
    struct vc_run *run = user;
    char reason[VC_RUN_REASON_MAX];

    run->deadline = nullptr;
    (void)snprintf(reason, sizeof(reason), "limits.wall_seconds: more than %u",
                   program_of(run)->limits.wall_seconds);
    finish(run, VC_RUN_FAILED, reason);
}

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

/* The descriptors that go with a run message: the code and the standard streams. */
struct attached {
    int fds[4];
    size_t count;
};

static enum vc_code attach_streams(struct vc_run *run, struct vc_worker_run *message,
                                   struct attached *attached, struct vc_err *err)
{
    const struct vc_policy_program *program = program_of(run);
    enum vc_code code = VC_OK;

    attached->fds[attached->count++] = vc_blob_fd(run->code);
    if (program->stdin_path != nullptr) {
        code = vc_view_open_input(run->view, program->stdin_path, &attached->fds[attached->count++],
                                  err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "stdin");
        message->has_stdin = 1;
    }
    if (program->stdout_path != nullptr) {
        code = vc_view_open_output(run->view, program->stdout_path,
                                   &attached->fds[attached->count++], err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "stdout");
        message->has_stdout = 1;
    }
    if (program->stderr_path != nullptr) {
        code = vc_view_open_output(run->view, program->stderr_path,
                                   &attached->fds[attached->count++], err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "stderr");
        message->has_stderr = 1;
    }
    return VC_OK;
}

static enum vc_code send_run(struct vc_run *run, struct vc_err *err)
{
    const struct vc_policy *policy = vc_runs_policy(run->runs);
    const struct vc_policy_program *program = program_of(run);
    struct vc_worker_preopen root = {.path = "/"};
    struct vc_worker_run message = {.kind = VC_WORKER_RUN,
                                    .strategy = program->strategy == VC_STRATEGY_AOT ? 0 : 1,
                                    .memory_mib = program->limits.memory_mib,
                                    .stack_kib = program->limits.stack_kib,
                                    .cpu_seconds = program->limits.cpu_seconds,
                                    .files_open_max = FILES_OPEN_MAX,
                                    .output_bytes = program->limits.output_bytes,
                                    .file_bytes = policy->storage.file_bytes,
                                    .clock = program->clock,
                                    .randomness = program->randomness,
                                    .argument_count = (uint32_t)program->argument_count,
                                    .environment_count = (uint32_t)program->environment_count,
                                    .preopen_count = 1};
    struct attached attached = {};
    struct vc_buffer text = {};
    enum vc_code code = append_strings(&text, program->arguments, program->argument_count, err);

    if (code == VC_OK)
        code = append_strings(&text, program->environment, program->environment_count, err);
    message.text_size = (uint32_t)text.size;
    if (code == VC_OK)
        code = vc_buffer_append(&text, VC_BYTES_OF(root), err);
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

void vc_run_begin(struct vc_run *run, struct vc_child *worker)
{
    const struct vc_limits *limits = &program_of(run)->limits;
    struct vc_err err = {};
    enum vc_code code;

    run->started = true;
    run->worker = worker;
    vc_child_redirect(worker, &worker_events, run);
    code = send_run(run, &err);
    if (code == VC_OK) {
        code = vc_loop_after(vc_runs_loop(run->runs), (uint64_t)limits->wall_seconds * 1000,
                             on_deadline, run, &run->deadline, &err);
    }
    if (code != VC_OK) {
        finish(run, VC_RUN_FAILED, err.text);
        return;
    }
    run->status.state = VC_RUN_RUNNING;
}
