/* SPDX-License-Identifier: MIT */

/* The real worker and compiler, with hostile and ordinary programs. Arguments: the two executables,
 * the folder of compiled guests, and the stand-in for libLLVM. */

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/sanitized.h"
#include "worker/fake_runtime.h"

/* Where things are; set once by main, before any test. */
static const char *worker_path;
static const char *compiler_path;
static const char *guest_folder;
static const char *stub_path;

enum strategy { AOT = 0, INTERPRET = 1 };

static void load_guest(const char *name, struct vc_buffer *wasm)
{
    char path[1024];

    (void)snprintf(path, sizeof(path), "%s/%s.wasm", guest_folder, name);
    assert_int_equal(vc_file_load(path, 64 << 20, wasm, nullptr), VC_OK);
}

static int module_of(struct vc_bytes wasm, enum strategy strategy)
{
    vc_cleanup(vc_fd_closep) int fd = fake_sealed(wasm);
    struct fake_end end;
    int native = -1;

    if (strategy == INTERPRET)
        return vc_take_fd(fd);
    fake_compile(compiler_path, fd, 64, &native, &end);
    if (!end.said || end.end.reason != VC_END_EXITED)
        print_message("# compiler: reason %u, %s, status %x\n", end.end.reason, end.text,
                      (unsigned)end.status);
    assert_true(end.said);
    assert_int_equal(end.end.reason, VC_END_EXITED);
    return native;
}

static void run_bytes(struct fake_runtime *runtime, struct vc_bytes wasm, enum strategy strategy,
                      struct fake_order *order, struct fake_end *end)
{
    const char *argv[] = {worker_path, nullptr};
    struct vc_worker_ready ready;
    int control = -1;
    vc_cleanup(vc_fd_closep) int module = module_of(wasm, strategy);
    pid_t worker = fake_start(argv, &control);

    assert_true(fake_ready(control, &ready));
    order->limits.strategy = strategy;
    fake_run(runtime, control, worker, module, order, end);
}

static void run_guest(struct fake_runtime *runtime, const char *name, enum strategy strategy,
                      struct fake_order *order, struct fake_end *end)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};

    load_guest(name, &wasm);
    run_bytes(runtime, vc_buffer_bytes(&wasm), strategy, order, end);
}

static void expect_file(const struct fake_runtime *runtime, const char *path, const char *text)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};

    assert_true(fake_get(runtime, path, &content));
    assert_int_equal(vc_buffer_append(&content, VC_BYTES(""), nullptr), VC_OK);
    assert_string_equal((const char *)content.data, text);
}

struct row {
    const char *name;
    const char *guest;
    const char *arguments[4];
    struct vc_worker_run limits;
    enum vc_worker_end_reason reason;
    uint32_t exit_code;
    const char *output; /* null: not looked at */
    const char *text;   /* part of the end's text, or null */
    uint32_t met;       /* of the limits, enum vc_worker_limit */
};

static const struct row ROWS[] = {
    {.name = "hello", .guest = "hello", .reason = VC_END_EXITED, .output = "hello\n"},
    {.name = "exit code", .guest = "exit_code", .reason = VC_END_EXITED, .exit_code = 7},
    {.name = "copy",
     .guest = "copy",
     .arguments = {"copy", "/input/a.txt", "-"},
     .reason = VC_END_EXITED,
     .output = "first line\nsecond line\n"},
    {.name = "copy of nothing",
     .guest = "copy",
     .arguments = {"copy", "/input/b", "-"},
     .reason = VC_END_EXITED,
     .exit_code = 1,
     .output = "errno 44\n"},
    {.name = "empty standard input", .guest = "copy", .reason = VC_END_EXITED, .output = ""},
    {.name = "list",
     .guest = "list",
     .arguments = {"list", "/"},
     .reason = VC_END_EXITED,
     .output = "input d 0\noutput d 0\nstdout f 10\nstderr f 0\n"},
    {.name = "arguments and environment",
     .guest = "surroundings",
     .arguments = {"one", "", "t\xc3\xbc"},
     .reason = VC_END_EXITED,
     .output = "[one][][t\xc3\xbc]{A=1}{B=}\n"},
    {.name = "files",
     .guest = "files",
     .reason = VC_END_EXITED,
     .output = "",
     .met = VC_MET_FILES_OPEN},
    {.name = "SIMD, bulk memory, sign extension, saturating conversion",
     .guest = "features",
     .reason = VC_END_EXITED,
     .exit_code = 42},
    {.name = "trap", .guest = "trap", .reason = VC_END_TRAPPED, .text = "unreachable"},
    {.name = "wild read",
     .guest = "wild",
     .reason = VC_END_TRAPPED,
     .text = "out of bounds memory access"},
    {.name = "indirect calls", .guest = "indirect", .reason = VC_END_EXITED, .output = "29 42 5\n"},
    {.name = "indirect call of nothing",
     .guest = "indirect",
     .arguments = {"indirect", "0", "one"},
     .reason = VC_END_TRAPPED,
     .text = "uninitialized element"},
    {.name = "indirect call of nothing, a type that no function has",
     .guest = "indirect",
     .arguments = {"indirect", "0", "other"},
     .reason = VC_END_TRAPPED,
     .text = "uninitialized element"},
    {.name = "indirect call beyond the table",
     .guest = "indirect",
     .arguments = {"indirect", "99999", "none"},
     .reason = VC_END_TRAPPED,
     .text = "undefined element"},
    {.name = "indirect call of another type",
     .guest = "indirect",
     .arguments = {"indirect", "two", "one"},
     .reason = VC_END_TRAPPED,
     .text = "indirect call type mismatch"},
    {.name = "indirect call of a type that no function has",
     .guest = "indirect",
     .arguments = {"indirect", "two", "other"},
     .reason = VC_END_TRAPPED,
     .text = "indirect call type mismatch"},
    {.name = "memory bomb",
     .guest = "bomb",
     .limits = {.memory_mib = 8},
     .reason = VC_END_EXITED,
     .output = "7 MiB\n",
     .met = VC_MET_MEMORY},
    {.name = "memory bomb, wider",
     .guest = "bomb",
     .limits = {.memory_mib = 32},
     .reason = VC_END_EXITED,
     .output = "30 MiB\n",
     .met = VC_MET_MEMORY},
    {.name = "memory in steps, within its limit",
     .guest = "grow",
     .arguments = {"grow", "0", "60", "50"},
     .limits = {.memory_mib = 8},
     .reason = VC_END_EXITED,
     .output = "got\ngot\ngot\n"},
    {.name = "one step beyond it, from far below",
     .guest = "grow",
     .arguments = {"grow", "129", "1"},
     .limits = {.memory_mib = 8},
     .reason = VC_END_EXITED,
     .output = "refused\ngot\n",
     .met = VC_MET_MEMORY},
    {.name = "more pages than 32 bits can count",
     .guest = "grow",
     .arguments = {"grow", "0xffffffff"},
     .limits = {.memory_mib = 8},
     .reason = VC_END_EXITED,
     .output = "refused\n",
     .met = VC_MET_MEMORY},
    {.name = "more memory at its start than it may have",
     .guest = "large",
     .limits = {.memory_mib = 1},
     .reason = VC_END_REFUSED,
     .text = "pages of memory"},
    {.name = "no clock",
     .guest = "clock",
     .reason = VC_END_EXITED,
     .exit_code = 1,
     .output = "clock: errno 2\n"},
    {.name = "clock",
     .guest = "clock",
     .limits = {.clock = 1},
     .reason = VC_END_EXITED,
     .output = "time\n"},
    {.name = "no randomness",
     .guest = "random",
     .reason = VC_END_EXITED,
     .exit_code = 1,
     .output = "errno 2\n"},
    {.name = "randomness",
     .guest = "random",
     .limits = {.randomness = 1},
     .reason = VC_END_EXITED,
     .output = "random\n"},
    {.name = "missing import",
     .guest = "socket",
     .reason = VC_END_REFUSED,
     .text = "import wasi_snapshot_preview1.sock_open: not provided"},
    {.name = "output limit",
     .guest = "fill",
     .limits = {.output_bytes = 25000},
     .reason = VC_END_EXITED,
     .exit_code = 25,
     .met = VC_MET_OUTPUT | VC_MET_WRITTEN}, /* as many bytes where none are named */
};

static void check_row(const struct row *row, enum strategy strategy)
{
    static const char *const environment[] = {"A=1", "B=", nullptr};
    struct fake_order order = {
        .limits = row->limits, .arguments = row->arguments, .environment = environment};
    struct fake_runtime runtime;
    struct fake_end end;

    fake_init(&runtime);
    run_guest(&runtime, row->guest, strategy, &order, &end);
    if (!end.said || end.end.reason != row->reason || end.end.exit_code != row->exit_code ||
        end.end.limits != row->met) {
        vc_cleanup(vc_buffer_done) struct vc_buffer output = {};

        (void)fake_get(&runtime, "/stdout", &output);
        print_message("# %s: said %d, reason %u, exit code %u, limits %x, \"%s\", status %x, "
                      "output: %.*s\n",
                      row->name, end.said, end.end.reason, end.end.exit_code, end.end.limits,
                      end.text, (unsigned)end.status, (int)output.size, (const char *)output.data);
    }
    assert_true(end.said);
    assert_int_equal(end.end.reason, row->reason);
    assert_int_equal(end.end.exit_code, row->exit_code);
    assert_int_equal(end.end.limits, row->met);
    if (row->text != nullptr)
        assert_non_null(strstr(end.text, row->text));
    if (row->output != nullptr)
        expect_file(&runtime, "/stdout", row->output);
    fake_done(&runtime);
}

static void test_interpreted(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++)
        check_row(&ROWS[i], INTERPRET);
}

static void test_native(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++)
        check_row(&ROWS[i], AOT);
}

static void test_copy_of_a_large_file(void **state)
{
    static uint8_t content[3 << 20];
    static const char *const arguments[] = {"copy", "/input/big", "/output/big", nullptr};
    struct fake_order order = {.arguments = arguments, .limits = {.output_bytes = 4 << 20}};
    vc_cleanup(vc_buffer_done) struct vc_buffer copied = {};
    struct fake_runtime runtime;
    struct fake_end end;

    (void)state;
    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (uint8_t)(i * 2654435761U >> 11);
    fake_init(&runtime);
    fake_put(&runtime, "/input/big", (struct vc_bytes){content, sizeof(content)}, false);
    run_guest(&runtime, "copy", AOT, &order, &end);
    assert_int_equal(end.end.reason, VC_END_EXITED);
    assert_int_equal(end.end.exit_code, 0);
    assert_true(fake_get(&runtime, "/output/big", &copied));
    assert_int_equal(copied.size, sizeof(content));
    assert_memory_equal(copied.data, content, sizeof(content));
    fake_done(&runtime);
}

/* A trap of its own, however the calls are kept: on the process's stack, or in its memory. */
static void test_stack_overflow(void **state)
{
    (void)state;
    for (enum strategy strategy = AOT; strategy <= INTERPRET; strategy++) {
        struct fake_order order = {.limits = {.memory_mib = 8}};
        struct fake_runtime runtime;
        struct fake_end end;

        fake_init(&runtime);
        run_guest(&runtime, "overflow", strategy, &order, &end);
        if (!VC_SANITIZED) {
            assert_true(end.said);
            assert_int_equal(end.end.reason, VC_END_TRAPPED);
            assert_string_equal(end.text, "stack overflow");
            assert_int_equal(end.end.limits, VC_MET_STACK);
        } else if (end.said) {
            assert_int_not_equal(end.end.reason, VC_END_EXITED);
        } else {
            assert_true(WIFSIGNALED(end.status));
        }
        fake_done(&runtime);
    }
}

/* What a worker says beside its answers: progress, calls in words, the signal that it raised. */
static void test_news(void **state)
{
    (void)state;
    for (enum strategy strategy = AOT; strategy <= INTERPRET; strategy++) {
        struct fake_order order = {.limits = {.progress = 1, .trace = 1}};
        struct fake_runtime runtime;
        struct fake_end end;

        fake_init(&runtime);
        run_guest(&runtime, "news", strategy, &order, &end);
        assert_true(end.said);
        assert_int_equal(end.end.reason, VC_END_RAISED);
        assert_int_equal(end.end.exit_code, 15); /* SIGTERM in WASI */
        assert_int_equal(runtime.percent, 70);
        assert_int_equal(vc_buffer_append(&runtime.traces, VC_BYTES(""), nullptr), VC_OK);
        assert_non_null(strstr((const char *)runtime.traces.data, "progress(70) = 0\n"));
        assert_non_null(strstr((const char *)runtime.traces.data, "proc_raise("));
        fake_done(&runtime);
    }
}

/* Neither is sent unless the order says so. */
static void test_no_news(void **state)
{
    struct fake_order order = {};
    struct fake_runtime runtime;
    struct fake_end end;

    (void)state;
    fake_init(&runtime);
    run_guest(&runtime, "news", INTERPRET, &order, &end);
    assert_int_equal(end.end.reason, VC_END_EXITED);
    assert_int_equal(end.end.exit_code, 2); /* ACCES */
    assert_int_equal(runtime.percent, 0);
    assert_int_equal(runtime.traces.size, 0);
    fake_done(&runtime);
}

/* Questions and narrowings of every size go to the runtime, and answers come back. */
static void test_policy(void **state)
{
    (void)state;
    for (enum strategy strategy = AOT; strategy <= INTERPRET; strategy++) {
        struct fake_order order = {};
        struct fake_runtime runtime;
        struct fake_end end;

        fake_init(&runtime);
        run_guest(&runtime, "policy", strategy, &order, &end);
        assert_int_equal(end.end.reason, VC_END_EXITED);
        assert_int_equal(end.end.exit_code, 0);
        fake_done(&runtime);
    }
}

static void test_endless_loop_is_killed(void **state)
{
    struct fake_order order = {};
    struct fake_runtime runtime;
    struct fake_end end;

    (void)state;
    fake_init(&runtime);
    runtime.kill_ms = 300;
    run_guest(&runtime, "endless", AOT, &order, &end);
    assert_false(end.said);
    assert_true(WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGKILL);
    fake_done(&runtime);
}

static void test_processor_time_ends(void **state)
{
    struct fake_order order = {.limits = {.cpu_seconds = 1}};
    struct fake_runtime runtime;
    struct fake_end end;

    (void)state;
    fake_init(&runtime);
    run_guest(&runtime, "endless", AOT, &order, &end);
    assert_false(end.said);
    assert_true(WIFSIGNALED(end.status));
    assert_true(WTERMSIG(end.status) == SIGXCPU || WTERMSIG(end.status) == SIGKILL);
    fake_done(&runtime);
}

/* The native code of another program in a custom section: the engine would run it. */
static void smuggle(struct vc_buffer *wasm)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer other = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer plain = {};
    vc_cleanup(vc_fd_closep) int native = -1;
    uint8_t block[4096];
    off_t offset = 0;

    load_guest("exit_code", &plain);
    native = module_of(vc_buffer_bytes(&plain), AOT);
    for (ssize_t got; (got = pread(native, block, sizeof(block), offset)) > 0; offset += got)
        assert_int_equal(vc_buffer_append(&other, (struct vc_bytes){block, (size_t)got}, nullptr),
                         VC_OK);
    assert_true(other.size > plain.size);
    /* Where the sections that it has in common end, its own begins. */
    const uint8_t *name = memmem(other.data, other.size, "wasmedge", 8);

    assert_non_null(name);
    size_t start = (size_t)(name - other.data) - 1;

    while (start > 0 && other.data[start] != 0)
        start--;
    assert_int_equal(
        vc_buffer_append(wasm, (struct vc_bytes){other.data + start, other.size - start}, nullptr),
        VC_OK);
}

static void test_smuggled_native_code(void **state)
{
    (void)state;
    for (enum strategy strategy = AOT; strategy <= INTERPRET; strategy++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};
        struct fake_order order = {};
        struct fake_runtime runtime;
        struct fake_end end;

        load_guest("hello", &wasm);
        smuggle(&wasm);
        fake_init(&runtime);
        run_bytes(&runtime, vc_buffer_bytes(&wasm), strategy, &order, &end);
        assert_true(end.said);
        assert_int_equal(end.end.reason, VC_END_EXITED);
        assert_int_equal(end.end.exit_code, 0);
        expect_file(&runtime, "/stdout", "hello\n");
        fake_done(&runtime);
    }
}

static void test_bytes_after_the_module(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};
    vc_cleanup(vc_fd_closep) int native = -1;
    struct fake_order order = {};
    struct fake_runtime runtime;
    struct fake_end end;

    (void)state;
    load_guest("hello", &wasm);
    assert_int_equal(vc_buffer_append(&wasm, VC_BYTES("data"), nullptr), VC_OK);
    vc_cleanup(vc_fd_closep) int module = fake_sealed(vc_buffer_bytes(&wasm));

    fake_compile(compiler_path, module, 64, &native, &end);
    assert_true(end.said);
    assert_int_equal(end.end.reason, VC_END_REFUSED);
    fake_init(&runtime);
    run_bytes(&runtime, vc_buffer_bytes(&wasm), INTERPRET, &order, &end);
    assert_true(end.said);
    assert_int_equal(end.end.reason, VC_END_REFUSED);
    fake_done(&runtime);
}

/* A module that no compiler of ours made is not run as native code, nor quietly interpreted. */
static void test_plain_module_as_native(void **state)
{
    const char *argv[] = {worker_path, nullptr};
    vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};
    struct fake_order order = {};
    struct fake_runtime runtime;
    struct vc_worker_ready ready;
    struct fake_end end;
    int control = -1;
    pid_t worker = fake_start(argv, &control);

    (void)state;
    load_guest("hello", &wasm);
    vc_cleanup(vc_fd_closep) int module = fake_sealed(vc_buffer_bytes(&wasm));

    assert_true(fake_ready(control, &ready));
    fake_init(&runtime);
    fake_run(&runtime, control, worker, module, &order, &end);
    assert_true(end.said);
    assert_int_equal(end.end.reason, VC_END_REFUSED);
    assert_non_null(strstr(end.text, "no native code"));
    fake_done(&runtime);
}

/* A valid import with other types than ours. */
static void test_import_of_another_type(void **state)
{
    static const char wasm[] = "\0asm\1\0\0\0"
                               "\x01\x08\x02\x60\x00\x00\x60\x01\x7e\x00"
                               "\x02\x24\x01\x16wasi_snapshot_preview1\x09proc_exit\x00\x01"
                               "\x03\x02\x01\x00"
                               "\x05\x03\x01\x00\x01"
                               "\x07\x13\x02\x06memory\x02\x00\x06_start\x00\x01"
                               "\x0a\x04\x01\x02\x00\x0b";
    struct fake_order order = {};
    struct fake_runtime runtime;
    struct fake_end end;

    (void)state;
    fake_init(&runtime);
    run_bytes(&runtime, (struct vc_bytes){(const uint8_t *)wasm, sizeof(wasm) - 1}, INTERPRET,
              &order, &end);
    assert_true(end.said);
    assert_int_equal(end.end.reason, VC_END_REFUSED);
    assert_non_null(strstr(end.text, "incompatible import type"));
    fake_done(&runtime);
}

#define PROC_EXIT     "\x02\x24\x01\x16wasi_snapshot_preview1\x09proc_exit\x00\x01"
#define TEXT(literal) .wasm = {(const uint8_t *)(literal), sizeof(literal) - 1}

/* A program with this memory section, which takes one step of so many pages; 64 MiB are 1024. */
#define GROWING(memory, pages)                                                          \
    TEXT("\0asm\1\0\0\0"                                                                \
         "\x01\x08\x02\x60\x00\x00\x60\x01\x7f\x00" PROC_EXIT "\x03\x02\x01\x00" memory \
         "\x07\x13\x02\x06memory\x02\x00\x06_start\x00\x01"                             \
         "\x0a\x0e\x01\x0c\x00\x41" pages "\x40\x00\x1a\x41\x2a\x10\x00\x0b")

/* Programs that no compiler of C makes. */
static const struct {
    const char *name;
    struct vc_bytes wasm;
    uint32_t met;
} MADE[] = {
    /* a function with two results, called by a reference that was put into a table */
    {"multi-value and reference types",
     TEXT("\0asm\1\0\0\0"
          "\x01\x0d\x03\x60\x00\x00\x60\x01\x7f\x00\x60\x00\x02\x7f\x7f" PROC_EXIT
          "\x03\x03\x02\x02\x00"
          "\x04\x04\x01\x70\x00\x02"
          "\x05\x03\x01\x00\x01"
          "\x07\x13\x02\x06memory\x02\x00\x06_start\x00\x02"
          "\x09\x05\x01\x03\x00\x01\x01"
          "\x0a\x1f\x02\x06\x00\x41\x28\x41\x02\x0b"
          "\x16\x00\x41\x00\xd2\x01\x26\x00\x41\x00\x11\x02\x00\x6a"
          "\x41\x00\x25\x00\xd1\x6a\x10\x00\x0b")},
    /* its start section puts 42 into a variable; it has no memory, and exports none */
    {"start section",
     TEXT("\0asm\1\0\0\0"
          "\x01\x08\x02\x60\x00\x00\x60\x01\x7f\x00" PROC_EXIT "\x03\x03\x02\x00\x00"
          "\x06\x06\x01\x7f\x01\x41\x07\x0b"
          "\x07\x0a\x01\x06_start\x00\x02"
          "\x08\x01\x01"
          "\x0a\x0f\x02\x06\x00\x41\x2a\x24\x00\x0b"
          "\x06\x00\x23\x00\x10\x00\x0b")},
    {"a page more than its own maximum", GROWING("\x05\x04\x01\x01\x01\x02", "\x82\x00")},
    {"up to its limit", GROWING("\x05\x03\x01\x00\x01", "\xff\x07")},
    {"a page more than its limit", GROWING("\x05\x03\x01\x00\x01", "\x80\x08"),
     .met = VC_MET_MEMORY},
    {"a page more than a limit below its own maximum",
     GROWING("\x05\x05\x01\x01\x01\x81\x08", "\x80\x08"), .met = VC_MET_MEMORY},
};

static void test_made_programs(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * VC_COUNT(MADE); i++) {
        struct fake_order order = {};
        struct fake_runtime runtime;
        struct fake_end end;

        fake_init(&runtime);
        run_bytes(&runtime, MADE[i / 2].wasm, i % 2 == 0 ? AOT : INTERPRET, &order, &end);
        if (end.end.reason != VC_END_EXITED || end.end.exit_code != 42 ||
            end.end.limits != MADE[i / 2].met) {
            fail_msg("%s: reason %u, exit code %u, limits %x, %s", MADE[i / 2].name, end.end.reason,
                     end.end.exit_code, end.end.limits, end.text);
        }
        fake_done(&runtime);
    }
}

/* Without a runtime there is nothing to do, and no way to be talked into anything. */
static void test_no_runtime(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        (void)close(VC_WORKER_CONTROL_FD);
        (void)execl(worker_path, worker_path, "--help", nullptr);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static void test_walls(void **state)
{
    const char *argv[] = {worker_path, nullptr};
    struct vc_worker_ready ready = {};
    int control = -1;
    int status;
    pid_t worker = fake_start(argv, &control);

    (void)state;
    assert_true(fake_ready(control, &ready));
    print_message("# confinement %x, Landlock ABI %u\n", ready.confinement, ready.landlock_abi);
    (void)close(control);
    assert_int_equal(waitpid(worker, &status, 0), worker);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A memory file with a library in it, which a child inherits; its name in /proc goes to `path`. */
static void put_in_memory(const char *library, char path[64])
{
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
    vc_cleanup(vc_fd_closep) int fd = -1;

    assert_int_equal(vc_file_load(library, 256 << 20, &content, nullptr), VC_OK);
    assert_int_equal(vc_memfd_new("library", true, &fd, nullptr), VC_OK);
    assert_int_equal(vc_fd_write_all(fd, vc_buffer_bytes(&content), nullptr), VC_OK);
    assert_int_equal(vc_memfd_seal(fd, nullptr), VC_OK);
    int inherited = fcntl(fd, F_DUPFD, 16); /* without close-on-exec */

    assert_true(inherited >= 0);
    (void)snprintf(path, 64, "/proc/self/fd/%d", inherited);
}

/* As the runtime starts it: the dynamic loader, the executable and every library from descriptors,
 * the stand-in first; nothing is looked up in the file system. */
static void test_started_from_descriptors(void **state)
{
    static const char *const libraries[] = {
        "libwasmedge.so.0", "libspdlog.so.1.15", "libfmt.so.10",  "libz.so.1",       "libzstd.so.1",
        "libstdc++.so.6",   "libm.so.6",         "libgcc_s.so.1", "libseccomp.so.2", "libc.so.6"};
    char loader[64];
    char executable[64];
    char library[64];
    char preload[1024] = "";
    struct vc_worker_ready ready;
    struct fake_order order = {};
    struct fake_runtime runtime;
    struct fake_end end;
    vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};
    int control = -1;

    (void)state;
    if (VC_SANITIZED)
        skip(); /* its own libraries would be needed too */
    put_in_memory("/lib64/ld-linux-x86-64.so.2", loader);
    put_in_memory(worker_path, executable);
    put_in_memory(stub_path, preload);
    for (size_t i = 0; i < VC_COUNT(libraries); i++) {
        char path[128];
        size_t length = strlen(preload);

        (void)snprintf(path, sizeof(path), "/usr/lib/x86_64-linux-gnu/%s", libraries[i]);
        put_in_memory(path, library);
        (void)snprintf(preload + length, sizeof(preload) - length, ":%s", library);
    }
    const char *argv[] = {loader,      "--inhibit-cache", "--library-path", "/nowhere",
                          "--preload", preload,           executable,       nullptr};
    pid_t worker = fake_start(argv, &control);

    assert_true(fake_ready(control, &ready));
    load_guest("hello", &wasm);
    vc_cleanup(vc_fd_closep) int native = module_of(vc_buffer_bytes(&wasm), AOT);

    fake_init(&runtime);
    fake_run(&runtime, control, worker, native, &order, &end);
    assert_true(end.said);
    assert_int_equal(end.end.reason, VC_END_EXITED);
    expect_file(&runtime, "/stdout", "hello\n");
    fake_done(&runtime);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walls),
        cmocka_unit_test(test_no_runtime),
        cmocka_unit_test(test_plain_module_as_native),
        cmocka_unit_test(test_import_of_another_type),
        cmocka_unit_test(test_interpreted),
        cmocka_unit_test(test_native),
        cmocka_unit_test(test_made_programs),
        cmocka_unit_test(test_copy_of_a_large_file),
        cmocka_unit_test(test_stack_overflow),
        cmocka_unit_test(test_news),
        cmocka_unit_test(test_no_news),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_endless_loop_is_killed),
        cmocka_unit_test(test_processor_time_ends),
        cmocka_unit_test(test_smuggled_native_code),
        cmocka_unit_test(test_bytes_after_the_module),
        cmocka_unit_test(test_started_from_descriptors),
    };

    if (argc != 5)
        return 2;
    worker_path = argv[1];
    compiler_path = argv[2];
    guest_folder = argv[3];
    stub_path = argv[4];
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
