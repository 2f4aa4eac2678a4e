/* SPDX-License-Identifier: MIT */

/* The real worker with streams, against a thread that plays the runtime's half of them. Arguments:
 * the worker, the compiler, the folder of compiled guests, the stand-in for libLLVM; a number of
 * MiB: then it only measures, and prints. */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/sanitized.h"
#include "worker/fake_runtime.h"

static const char *worker_path;
static const char *compiler_path;
static const char *guest_folder;
static const char *stub_path;

enum strategy { AOT = 0, INTERPRET = 1 };

static constexpr uint64_t MIB = 1 << 20;
static constexpr uint64_t WASI_CONNRESET = 15;
static constexpr uint64_t WASI_PIPE = 64;

static int module_of(const char *guest, enum strategy strategy)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};
    char path[1024];
    struct fake_end end;
    int native = -1;

    (void)snprintf(path, sizeof(path), "%s/%s.wasm", guest_folder, guest);
    assert_int_equal(vc_file_load(path, 64 << 20, &wasm, nullptr), VC_OK);
    vc_cleanup(vc_fd_closep) int fd = fake_sealed(vc_buffer_bytes(&wasm));

    if (strategy == INTERPRET)
        return vc_take_fd(fd);
    fake_compile(compiler_path, fd, 64, &native, &end);
    assert_true(end.said && end.end.reason == VC_END_EXITED);
    return native;
}

struct row {
    const char *name;
    const char *guest;
    const char *arguments[3];
    enum strategy strategy;
    struct fake_streams streams; /* what is wanted of them */
    struct vc_worker_run limits;
    uint32_t exit_code;
    bool killed;
};

static const struct row ROWS[] = {
    {.name = "64 MiB from standard input to standard output",
     .guest = "filter",
     .arguments = {"filter"},
     .streams = {.total = 64 * MIB, .standard = true}},
    {.name = "the same through the smallest windows",
     .guest = "filter",
     .arguments = {"filter"},
     .streams = {.total = 64 * MIB, .window_bytes = VC_STREAM_WINDOW_MIN, .standard = true}},
    {.name = "the largest windows, blocks of no round number",
     .guest = "filter",
     .arguments = {"filter", "65521"},
     .streams = {.total = 64 * MIB + 1, .window_bytes = VC_STREAM_WINDOW_MAX, .standard = true}},
    {.name = "interpreted",
     .guest = "filter",
     .arguments = {"filter"},
     .strategy = INTERPRET,
     .streams = {.total = 512 << 10, .window_bytes = VC_STREAM_WINDOW_MIN, .standard = true}},
    {.name = "byte by byte",
     .guest = "filter",
     .arguments = {"filter", "1"},
     .streams = {.total = 300000, .window_bytes = VC_STREAM_WINDOW_MIN, .standard = true}},
    {.name = "one byte in all",
     .guest = "filter",
     .arguments = {"filter"},
     .streams = {.total = 1, .standard = true}},
    {.name = "by name, opened while it runs",
     .guest = "streams",
     .arguments = {"streams", "copy"},
     .streams = {.total = 8 * MIB + 11}},
    {.name = "by name, more than any of its files may have",
     .guest = "streams",
     .arguments = {"streams", "copy"},
     .streams = {.total = 8 * MIB},
     .limits = {.output_bytes = 1, .written_bytes = 1, .file_bytes = 1, .files_open_max = 6}},
    {.name = "the producer is lost",
     .guest = "filter",
     .arguments = {"filter"},
     .streams = {.total = 3 * MIB + 5, .standard = true, .end = FAKE_LOSES_INPUT},
     .exit_code = WASI_CONNRESET},
    {.name = "the consumer is lost",
     .guest = "filter",
     .arguments = {"filter"},
     .streams = {.total = 64 * MIB, .standard = true, .end = FAKE_LOSES_OUTPUT},
     .exit_code = WASI_PIPE},
    {.name = "killed in the middle",
     .guest = "filter",
     .arguments = {"filter"},
     .streams = {.total = 64 * MIB, .standard = true, .end = FAKE_KILLS},
     .killed = true},
    {.name = "waiting for a while, and then as long as it takes",
     .guest = "streams",
     .arguments = {"streams", "wait"},
     .streams = {.total = 5, .standard = true, .end = FAKE_ANSWERS_BYTES},
     .limits = {.clock = 1}},
    {.name = "what a stream is",
     .guest = "streams",
     .arguments = {"streams", "look"},
     .streams = {.total = 1, .standard = true, .end = FAKE_ANSWERS_BYTES}},
};

/* Runs it; the descriptors of `streams` are made and closed here. */
static void run_row(const struct row *row, struct fake_streams *streams, struct fake_end *end)
{
    static const char loader[] = "/lib64/ld-linux-x86-64.so.2";
    const char *stubbed[] = {loader, "--preload", stub_path, worker_path, nullptr};
    const char *plain[] = {worker_path, nullptr};
    vc_cleanup(vc_fd_closep) int module = module_of(row->guest, row->strategy);
    struct fake_runtime runtime;
    struct fake_order order = {.limits = row->limits, .arguments = row->arguments};
    struct vc_worker_ready ready;
    int control = -1;
    pid_t worker = fake_start(VC_SANITIZED ? plain : stubbed, &control);

    assert_true(fake_ready(control, &ready));
    fake_init(&runtime);
    *streams = row->streams;
    streams->worker = worker;
    fake_streams_init(streams);
    runtime.streams = streams;
    order.limits.strategy = row->strategy;
    fake_streams_start(streams);
    fake_run(&runtime, control, worker, module, &order, end);
    fake_streams_stop(streams);
    fake_streams_done(streams);
    fake_done(&runtime);
}

/* All of it came through, as far as the row does not say otherwise. */
static bool came_through(const struct row *row, const struct fake_streams *streams)
{
    switch (row->streams.end) {
    case FAKE_ENDS:
    case FAKE_LOSES_INPUT:
        return streams->drained == streams->total;
    case FAKE_LOSES_OUTPUT:
    case FAKE_KILLS:
        return streams->drained >= streams->total / 2;
    case FAKE_ANSWERS_BYTES:
        break;
    }
    return true;
}

static bool check_row(const struct row *row)
{
    struct fake_streams streams;
    struct fake_end end;

    run_row(row, &streams, &end);
    bool ended = row->killed ? !end.said && WIFSIGNALED(end.status)
                             : end.said && end.end.reason == VC_END_EXITED &&
                                   end.end.exit_code == row->exit_code && end.end.limits == 0;

    if (ended && streams.wrong == 0 && came_through(row, &streams) &&
        streams.closed == (strcmp(row->guest, "streams") == 0 && !row->streams.standard))
        return true;
    print_message("# %s: said %d, reason %u, exit code %u, \"%s\", status %x; %llu of %llu bytes, "
                  "%llu wrong, closed %d\n",
                  row->name, end.said, end.end.reason, end.end.exit_code, end.text,
                  (unsigned)end.status, (unsigned long long)streams.drained,
                  (unsigned long long)streams.total, (unsigned long long)streams.wrong,
                  streams.closed);
    return false;
}

static void test_streams(void **state)
{
    unsigned failed = 0;

    (void)state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        if (!check_row(&ROWS[i]))
            failed++;
    }
    assert_int_equal(failed, 0);
}

/* Measuring. */

static double seconds_of(clockid_t clock)
{
    struct timespec now = {};

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* From the first byte given to the last that came back. */
static int measure(uint64_t mib)
{
    static const uint32_t windows[] = {256 << 10, 1 << 20, 4 << 20};

    for (size_t i = 0; i < VC_COUNT(windows); i++) {
        struct row row = {.guest = "filter",
                          .arguments = {"filter"},
                          .streams = {.total = mib * MIB,
                                      .window_bytes = windows[i],
                                      .standard = true,
                                      .unchecked = true}};
        struct fake_streams streams;
        struct fake_end end;
        double processor = seconds_of(CLOCK_PROCESS_CPUTIME_ID);

        run_row(&row, &streams, &end);
        if (!end.said || streams.drained != streams.total)
            return 1;
        (void)printf("window %u KiB: %.2f GB/s; runtime's thread %.3f s of the processor; wakes of "
                     "the worker %llu, of the runtime %llu\n",
                     windows[i] >> 10,
                     (double)streams.total / 1e9 / (streams.ended - streams.began),
                     seconds_of(CLOCK_PROCESS_CPUTIME_ID) - processor,
                     (unsigned long long)streams.wakes, (unsigned long long)streams.sleeps);
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
    };

    if (argc < 5)
        return 2;
    worker_path = argv[1];
    compiler_path = argv[2];
    guest_folder = argv[3];
    stub_path = argv[4];
    if (argc > 5)
        return measure(strtoull(argv[5], nullptr, 10));
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
