/* SPDX-License-Identifier: MIT */

/* What a run with streams adds to what native code can do in a worker (escape_test.c): sleeping,
 * waking, and a window; and that a run without streams has none of it. */

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "worker/takeover.h"

enum {
    ASKED = 4,
    WORKER_COUNTER = 6,
    RUNTIME_COUNTER = 7,
    STREAM_ERRORS = 10
}; /* descriptors; slots and the standard streams' windows are closed */

static constexpr uint64_t HERE = (uint64_t)AT_FDCWD;

#define IN_STREAM      "/stream/in"
#define OUT_STREAM     "/stream/out"
#define COUNTER_BYTES  sizeof(uint64_t)
#define COUNTER_FILLED "\xfe\xff\xff\xff\xff\xff\xff\xff"

static const struct takeover_row STREAM_ROWS[] = {
    {.name = "the worker's counter written",
     .steps = {CALL(write, WORKER_COUNTER, ROOM(0), COUNTER_BYTES)},
     .stream = IN_STREAM},
    {.name = "the worker's counter written at a place",
     .steps = {CALL(pwrite64, WORKER_COUNTER, ROOM(0), COUNTER_BYTES, 0)},
     .stream = IN_STREAM,
     .verdict = GIVES,
     .result = -ESPIPE},
    {.name = "flags of the worker's counter",
     .steps = {CALL(fcntl, WORKER_COUNTER, F_SETFL, O_NONBLOCK)},
     .stream = IN_STREAM},
    {.name = "flags of the runtime's counter",
     .steps = {CALL(fcntl, RUNTIME_COUNTER, F_SETFL, 0)},
     .stream = IN_STREAM},
    {.name = "ioctl of a counter",
     .steps = {CALL(ioctl, RUNTIME_COUNTER, FIONBIO, ROOM(0))},
     .stream = IN_STREAM},
    {.name = "the runtime's counter read",
     .steps = {CALL(read, RUNTIME_COUNTER, ROOM(0), COUNTER_BYTES)},
     .stream = IN_STREAM},
    {.name = "waking the runtime",
     .steps = {CALL(write, RUNTIME_COUNTER, ROOM(0), COUNTER_BYTES)},
     .stream = IN_STREAM,
     .verdict = GIVES,
     .result = COUNTER_BYTES},
    {.name = "more than one number for the runtime's counter",
     .steps = {CALL(write, RUNTIME_COUNTER, ROOM(0), 2 * COUNTER_BYTES)},
     .stream = IN_STREAM},
    {.name = "the runtime's counter filled: nobody waits",
     .steps = {CALL(write, RUNTIME_COUNTER, ROOM(0), COUNTER_BYTES),
               CALL(write, RUNTIME_COUNTER, ROOM(0), COUNTER_BYTES)},
     .data = COUNTER_FILLED,
     .stream = IN_STREAM,
     .verdict = GIVES,
     .step = 1,
     .result = -EAGAIN},
    {.name = "read of a window", .steps = {CALL(read, ASKED, ROOM(0), 8)}, .stream = IN_STREAM},
    {.name = "read of the control socket",
     .steps = {CALL(read, CONTROL, ROOM(0), 8)},
     .stream = IN_STREAM},
    {.name = "write to a window",
     .steps = {CALL(write, ASKED, ROOM(0), COUNTER_BYTES)},
     .stream = OUT_STREAM,
     .writes = true},
    {.name = "write to a file",
     .steps = {CALL(write, STREAM_ERRORS, ROOM(0), COUNTER_BYTES)},
     .stream = OUT_STREAM,
     .writes = true},
    /* windows */
    {.name = "a consumer's window mapped to be changed",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, MAP_SHARED, ASKED, 0)},
     .stream = IN_STREAM,
     .verdict = GIVES,
     .result = -EACCES},
    {.name = "a consumer's window mapped to be written only",
     .steps = {CALL(mmap, 0, PAGE, PROT_WRITE, MAP_SHARED, ASKED, 0)},
     .stream = IN_STREAM},
    {.name = "a consumer's window mapped, then made writable",
     .steps = {CALL(mmap, 0, PAGE, PROT_READ, MAP_SHARED, ASKED, 0),
               CALL(mprotect, RESULT(0), PAGE, READ_WRITE)},
     .stream = IN_STREAM},
    {.name = "a consumer's window written",
     .steps = {CALL(pwrite64, ASKED, ROOM(0), 8, 0)},
     .stream = IN_STREAM,
     .verdict = GIVES,
     .result = -EBADF},
    {.name = "a consumer's window shortened",
     .steps = {CALL(ftruncate, ASKED, 0)},
     .stream = IN_STREAM,
     .verdict = GIVES,
     .result = -EINVAL},
    {.name = "a hole in a consumer's window",
     .steps = {CALL(mmap, 0, PAGE, PROT_READ, MAP_SHARED, ASKED, 0),
               CALL(madvise, RESULT(0), PAGE, MADV_REMOVE)},
     .stream = IN_STREAM,
     .verdict = GIVES,
     .step = 1,
     .result = -EACCES},
    {.name = "a consumer's window opened anew",
     .steps = {CALL(openat, HERE, ROOM(0), O_RDWR)},
     .data = "/proc/self/fd/4",
     .stream = IN_STREAM},
    {.name = "a producer's window mapped to be changed",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, MAP_SHARED, ASKED, 0),
               TOUCH(RESULT(0), PAGE, 'x', 1)},
     .stream = OUT_STREAM,
     .writes = true,
     .verdict = GIVES,
     .step = 1,
     .result = 0},
    {.name = "a producer's window shortened",
     .steps = {CALL(ftruncate, ASKED, 0)},
     .stream = OUT_STREAM,
     .writes = true,
     .verdict = GIVES,
     .result = -EPERM},
    {.name = "a producer's window lengthened",
     .steps = {CALL(ftruncate, ASKED, VC_STREAM_WINDOW_MIN + PAGE)},
     .stream = OUT_STREAM,
     .writes = true,
     .verdict = GIVES,
     .result = -EPERM},
    {.name = "a producer's window written behind its end",
     .steps = {CALL(pwrite64, ASKED, ROOM(0), 8, VC_STREAM_WINDOW_MIN)},
     .stream = OUT_STREAM,
     .writes = true,
     .verdict = GIVES,
     .result = -EPERM},
    {.name = "a producer's window sealed",
     .steps = {CALL(fcntl, ASKED, F_ADD_SEALS, F_SEAL_WRITE)},
     .stream = OUT_STREAM,
     .writes = true},
    {.name = "a producer's window to execute",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE | PROT_EXEC, MAP_SHARED, ASKED, 0)},
     .stream = OUT_STREAM,
     .writes = true},
    {.name = "a producer's window over something else",
     .steps = {CALL(mmap, PAGE, PAGE, READ_WRITE, MAP_SHARED | MAP_FIXED, ASKED, 0)},
     .stream = OUT_STREAM,
     .writes = true},
    {.name = "a producer's window, validated",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, MAP_SHARED_VALIDATE, ASKED, 0)},
     .stream = OUT_STREAM,
     .writes = true},
    {.name = "shared memory without a file",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, MAP_SHARED | MAP_ANONYMOUS, NO_FILE, 0)},
     .stream = OUT_STREAM,
     .writes = true},
    {.name = "an input mapped to be changed, with streams",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, MAP_SHARED, ASKED, 0)},
     .stream = INPUT_PATH,
     .verdict = GIVES,
     .result = -EPERM},
    /* sleeping for a while is for who has a clock */
    {.name = "ppoll", .steps = {CALL(ppoll, ROOM(0), 1, ROOM(64), 0, 8)}, .stream = IN_STREAM},
    {.name = "ppoll, with a clock",
     .steps = {CALL(ppoll, ROOM(0), 1, ROOM(64), 0, 8)},
     .grants = {.clock = 1},
     .stream = IN_STREAM,
     .verdict = GIVES,
     .result = 0},
    {.name = "ppoll of many",
     .steps = {CALL(ppoll, ROOM(0), 2, ROOM(64), 0, 8)},
     .grants = {.clock = 1},
     .stream = IN_STREAM},
    {.name = "ppoll with signals",
     .steps = {CALL(ppoll, ROOM(0), 1, ROOM(64), ROOM(128), 8)},
     .grants = {.clock = 1},
     .stream = IN_STREAM},
    {.name = "poll",
     .steps = {CALL(poll, ROOM(0), 1, 0)},
     .grants = {.clock = 1},
     .stream = IN_STREAM},
    {.name = "eventfd2, with streams", .steps = {CALL(eventfd2, 0, 0)}, .stream = IN_STREAM},
};

static const struct takeover_row NO_STREAM_ROWS[] = {
    {.name = "sleeping", .steps = {CALL(read, WORKER_COUNTER, ROOM(0), COUNTER_BYTES)}},
    {.name = "waking", .steps = {CALL(write, RUNTIME_COUNTER, ROOM(0), COUNTER_BYTES)}},
    {.name = "ppoll, with a clock and without streams",
     .steps = {CALL(ppoll, ROOM(0), 1, ROOM(64), 0, 8)},
     .grants = {.clock = 1}},
};

static void test_calls(void **state)
{
    (void)state;
    takeover_check_rows(STREAM_ROWS, VC_COUNT(STREAM_ROWS));
}

static void test_calls_without_streams(void **state)
{
    (void)state;
    takeover_check_rows(NO_STREAM_ROWS, VC_COUNT(NO_STREAM_ROWS));
}

/* Both counters, and what it asked for; not the slots, nor any window that it has mapped. */
static void test_descriptors(void **state)
{
    static const uint8_t wanted[] = {1U << 0 | 1U << 1 | 1U << 2 | 1U << CONTROL | 1U << ASKED |
                                         1U << WORKER_COUNTER | 1U << RUNTIME_COUNTER,
                                     1U << (STREAM_ERRORS - 8)};
    struct payload_order order = {.steps = {{PAYLOAD_LIST, 0, {1024}}}};
    struct takeover_outcome outcome;

    (void)state;
    takeover_ask(&order, OUT_STREAM, VC_OPEN_WRITE);
    takeover_play(&order, (struct vc_worker_run){}, true, &outcome);
    assert_true(outcome.survived);
    assert_int_equal(outcome.report.results[0], 8);
    assert_memory_equal(outcome.report.data, wanted, sizeof(wanted));
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_calls_without_streams),
    };

    return takeover_main(argc, argv, tests, VC_COUNT(tests));
}
