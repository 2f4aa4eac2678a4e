/* SPDX-License-Identifier: MIT */

#include "worker/takeover.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sanitized.h"

enum { STUCK_MS = 20000 }; /* nothing here waits: what is not over by then hangs */
enum { MEMORY_MIB = 64 };  /* of the program's limits */

static const char *worker_path;
static const char *compiler_path;
static const char *guest_folder;
static const char *stub_path;

/* The compiler's output, and where its dull code begins. */
static struct vc_buffer native;
static size_t code_start;

/* ---- preparation ---- */

/* The 8 bytes of a constant of guests/dull.c as an instruction's operand: `mov $constant, %reg`. */
static const uint8_t *find_constant(const struct vc_buffer *code, uint64_t number)
{
    uint64_t constant = UINT64_C(0x9e3779b97f4a7c15) * number;
    const uint8_t *at = memmem(code->data, code->size, &constant, sizeof(constant));

    if (at == nullptr || at - code->data < 2 || (at[-2] & 0xfe) != 0x48 || (at[-1] & 0xf8) != 0xb8)
        return nullptr;
    return at + sizeof(constant); /* of the next instruction */
}

static int compile_dull(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};
    char path[1024];
    struct fake_end end;
    int fd = -1;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/dull.wasm", guest_folder);
    if (vc_file_load(path, 1 << 20, &wasm, nullptr) != VC_OK)
        return -1;
    vc_cleanup(vc_fd_closep) int module = fake_sealed(vc_buffer_bytes(&wasm));

    fake_compile(compiler_path, module, MEMORY_MIB, &fd, &end);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (!end.said || end.end.reason != VC_END_EXITED ||
        vc_file_load(path, 64 << 20, &native, nullptr) != VC_OK)
        return -1;
    (void)close(fd);
    const uint8_t *first = find_constant(&native, 1);
    const uint8_t *last = find_constant(&native, 500);
    size_t needed = payload_code().size + sizeof(struct payload_order);

    if (first == nullptr || last == nullptr || last < first || (size_t)(last - first) < needed)
        return -1;
    code_start = (size_t)(first - native.data);
    return 0;
}

static int forget_dull(void **state)
{
    (void)state;
    vc_buffer_done(&native);
    return 0;
}

/* ---- one run ---- */

/* The module with the payload and its order in the place of the program. */
static int module_with(const struct payload_order *order)
{
    struct vc_bytes code = payload_code();

    memcpy(native.data + code_start, code.data, code.size);
    memcpy(native.data + code_start + code.size, order, sizeof(*order));
    return fake_sealed(vc_buffer_bytes(&native));
}

void takeover_ask(struct payload_order *order, const char *path, uint32_t flags)
{
    struct vc_worker_call call = {.kind = VC_WORKER_CALL,
                                  .call = VC_CALL_OPEN,
                                  .flags = flags,
                                  .name_size = (uint32_t)strlen(path)};

    assert_true(sizeof(call) + call.name_size <= PAYLOAD_QUESTION_MAX);
    memcpy(order->question, &call, sizeof(call));
    memcpy(order->question + sizeof(call), path, call.name_size);
    order->question_size = (uint32_t)sizeof(call) + call.name_size;
}

static void expect_input_unchanged(const struct fake_runtime *runtime)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};

    assert_true(fake_get(runtime, "/input/a.txt", &content));
    assert_int_equal(content.size, 23);
    assert_memory_equal(content.data, "first line\nsecond line\n", content.size);
}

void takeover_play(const struct payload_order *order, struct vc_worker_run limits, bool streams,
                   struct takeover_outcome *outcome)
{
    struct fake_streams given = {.window_bytes = VC_STREAM_WINDOW_MIN, .standard = true};
    static const char loader[] = "/lib64/ld-linux-x86-64.so.2";
    const char *argv[] = {loader, "--preload", stub_path, worker_path, nullptr};
    struct fake_order run = {.limits = limits};
    vc_cleanup(vc_fd_closep) int module = module_with(order);
    struct vc_worker_ready ready;
    struct fake_runtime runtime;
    int control = -1;
    pid_t worker = fake_start(argv, &control);

    assert_true(fake_ready(control, &ready));
    fake_init(&runtime);
    runtime.kill_ms = STUCK_MS;
    if (streams) {
        fake_streams_init(&given);
        runtime.streams = &given;
    }
    run.limits.memory_mib = MEMORY_MIB;
    *outcome = (struct takeover_outcome){};
    fake_run(&runtime, control, worker, module, &run, &outcome->end);
    expect_input_unchanged(&runtime);
    fake_done(&runtime);
    if (streams)
        fake_streams_done(&given);
    if (!outcome->end.said)
        return;
    outcome->survived = outcome->end.end.exit_code == PAYLOAD_SURVIVED &&
                        outcome->end.end.text_size == sizeof(outcome->report);
    memcpy(&outcome->report, outcome->end.text, sizeof(outcome->report));
}

bool takeover_died_of(const struct takeover_outcome *outcome, int number)
{
    return !outcome->end.said && WIFSIGNALED(outcome->end.status) &&
           WTERMSIG(outcome->end.status) == number;
}

void takeover_tell(const char *name, const struct takeover_outcome *outcome)
{
    print_message("# %s: said %d, reason %u, exit code %x, \"%s\", status %x, results %lld %lld "
                  "%lld %lld\n",
                  name, outcome->end.said, outcome->end.end.reason, outcome->end.end.exit_code,
                  outcome->survived ? "" : outcome->end.text, (unsigned)outcome->end.status,
                  (long long)outcome->report.results[0], (long long)outcome->report.results[1],
                  (long long)outcome->report.results[2], (long long)outcome->report.results[3]);
}

/* ---- rows ---- */

static bool ends_as_said(const struct takeover_row *row, const struct takeover_outcome *outcome)
{
    int64_t result = outcome->report.results[row->step];

    switch (row->verdict) {
    case KILLED:
        return takeover_died_of(outcome, SIGSYS);
    case FAULTED:
        return takeover_died_of(outcome, SIGSEGV) ||
               (outcome->end.said && outcome->end.end.reason == VC_END_TRAPPED);
    case GIVES:
        return outcome->survived && result == row->result;
    case GIVES_THE_SAME:
        return outcome->survived && result == outcome->report.results[0];
    }
    return false;
}

static bool check_row(const struct takeover_row *row)
{
    struct payload_order order = {};
    struct takeover_outcome outcome;

    memcpy(order.steps, row->steps, sizeof(row->steps));
    if (row->data != nullptr)
        memcpy(order.data, row->data, strlen(row->data));
    takeover_ask(&order, row->stream != nullptr ? row->stream : INPUT_PATH,
                 row->writes ? VC_OPEN_WRITE : VC_OPEN_READ);
    takeover_play(&order, row->grants, row->stream != nullptr, &outcome);
    if (ends_as_said(row, &outcome))
        return true;
    takeover_tell(row->name, &outcome);
    return false;
}

void takeover_check_rows(const struct takeover_row *rows, size_t count)
{
    unsigned failed = 0;

    for (size_t i = 0; i < count; i++) {
        if (!check_row(&rows[i]))
            failed++;
    }
    assert_int_equal(failed, 0);
}

/* ---- the whole ---- */

int takeover_main(int argc, char **argv, const struct CMUnitTest *tests, size_t count)
{
    if (argc != 5)
        return 2;
    worker_path = argv[1];
    compiler_path = argv[2];
    guest_folder = argv[3];
    stub_path = argv[4];
    if (VC_SANITIZED) { /* its own calls would be in the lists */
        (void)printf("1..0 # SKIP a sanitizer makes calls of its own\n");
        return 0;
    }
    return _cmocka_run_group_tests("escape", tests, count, compile_dull, forget_dull);
}
