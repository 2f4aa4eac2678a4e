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
static constexpr uint32_t EXIT_CODE_MAX = 255;  /* what is above is told as this */
static constexpr uint64_t MEMORY_GRAIN = 65536; /* a page of WebAssembly */
static constexpr uint64_t OUTPUT_LOOK_MS =
    100; /* between looks at how much a program has written */

static const struct vc_policy_program *program_of(const struct vc_run *run)
{
    return &vc_runs_policy(run->runs)->programs[run->status.program];
}

void vc_run_release(struct vc_run *run)
{
    vc_timer_cancel(run->deadline);
    run->deadline = nullptr;
    vc_timer_cancel(run->look);
    run->look = nullptr;
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
    enum vc_code code = VC_OK;

    run->status.output_bytes = vc_view_output_bytes(run->view);
    if (run->status.exit_code == 0)
        code = vc_view_commit(run->view, vc_runs_tree(run->runs), &err);
    if (code != VC_OK) { /* VC_STATE speaks of paths, which are the program's words */
        finish(run, VC_RUN_FAILED,
               code == VC_STATE ? "outputs: not where files or directories stand by now"
                                : err.text);
        return;
    }
    finish(run, VC_RUN_EXITED, "");
}

/* A worker that the program has taken over says what it likes, and who may execute the program
 * hears it: so a number is within its limit, and no finer than it has to be. */
static uint64_t believable_memory(const struct vc_run *run, uint64_t said)
{
    uint64_t most = (uint64_t)program_of(run)->limits.memory_mib << 20;

    return (said < most ? said : most) & ~(MEMORY_GRAIN - 1);
}

/* Who may execute a program hears why it failed, and need not be allowed to read what it read. So a
 * trap is one of those that exist, and other words count only from a worker that has seen nothing
 * but the program: while it loads that, which is when honest ones have something to say. */
static bool may_quote(const struct vc_run *run, const struct vc_worker_end *end,
                      struct vc_bytes text)
{
    static const char *const traps[] = {
        "memory access out of bounds, or stack overflow",
        "cast failure",
        "expected shared memory",
        "function signature mismatch",
        "host function failed",
        "indirect call type mismatch",
        "instruction type mismatch",
        "integer divide by zero",
        "integer overflow",
        "invalid conversion to integer",
        "null reference",
        "out of bounds array access",
        "out of bounds memory access",
        "out of bounds table access",
        "reference type mismatch",
        "unaligned atomic",
        "undefined element",
        "uninitialized element",
        "unreachable",
        "wrong instance address",
        "wrong instance index",
    };

    if (end->reason != VC_END_TRAPPED)
        return !run->told;
    for (size_t i = 0; i < VC_COUNT(traps); i++) {
        if (text.size == strlen(traps[i]) && memcmp(text.data, traps[i], text.size) == 0)
            return true;
    }
    return false;
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
    run->status.memory_bytes = believable_memory(run, end.memory_bytes);
    if (end.reason == VC_END_EXITED) {
        run->ended = true;
        run->status.exit_code = end.exit_code < EXIT_CODE_MAX ? end.exit_code : EXIT_CODE_MAX;
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
    if (may_quote(run, &end, text)) {
        (void)snprintf(reason, sizeof(reason), "%s: %.*s", words[end.reason], (int)text.size,
                       (const char *)text.data);
    } else {
        (void)snprintf(reason, sizeof(reason), "%s", words[end.reason]);
    }
    finish(run, VC_RUN_FAILED, reason);
}

static void on_worker_call(struct vc_run *run, struct vc_bytes packet)
{
    struct vc_buffer answer = {};
    struct vc_err err = {};
    int fd = -1;
    enum vc_code code = vc_view_call(run->view, packet, &answer, &fd, &err);

    run->told = true;
    if (code == VC_MALFORMED) /* without the numbers that it chose */
        code = vc_fail(&err, VC_MALFORMED, "worker: call out of form");
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

/* A worker keeps to limits.output_bytes by itself, unless the program has taken it over: then only
 * this stands between it and the machine's memory. An honest one may hold copies of what was
 * stored, too. */
static void on_look(void *user)
{
    struct vc_run *run = user;
    uint64_t most = program_of(run)->limits.output_bytes + vc_runs_policy(run->runs)->storage.bytes;
    struct vc_err err = {};

    run->look = nullptr;
    if (vc_view_output_bytes(run->view) > most) {
        finish(run, VC_RUN_FAILED, "limits.output_bytes: far more than that");
        return;
    }
    if (vc_loop_after(vc_runs_loop(run->runs), OUTPUT_LOOK_MS, on_look, run, &run->look, &err) !=
        VC_OK)
        finish(run, VC_RUN_FAILED, err.text);
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
        run->told = true;
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
    static char root[] = "/"; /* name and path */
    char *const preopen[] = {root, root};
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
    if (code == VC_OK)
        code = append_strings(&text, preopen, VC_COUNT(preopen), err);
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
    if (code == VC_OK) {
        code =
            vc_loop_after(vc_runs_loop(run->runs), OUTPUT_LOOK_MS, on_look, run, &run->look, &err);
    }
    if (code != VC_OK) {
        finish(run, VC_RUN_FAILED, err.text);
        return;
    }
    run->status.state = VC_RUN_RUNNING;
}
