/* SPDX-License-Identifier: MIT */

/* F4, at the worker's end: whatever is said to it, in whatever order, the worker ends; it runs a
 * program only if the first message is a right order, once, and says that it did well only then.
 * Arguments: the worker, the folder of compiled guests, the stand-in for libLLVM, and if wanted
 * the seed of the longer orders. */

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/packet.h"
#include "base/sanitized.h"
#include "worker/fake_runtime.h"
#include "worker/key_fixture.h"

static constexpr size_t EVERY_ORDER_OF = 3;   /* messages: each order up to here is tried */
static constexpr size_t LENGTH_MAX = 6;       /* of the orders that are drawn */
static constexpr size_t DRAWN = 120;          /* how many of those */
static constexpr int PATIENCE_MS = 20000;     /* with a worker; far beyond what it ever needs */
static constexpr unsigned RANDOM_STEP = 4096; /* bits of a draw that are thrown away */

/* Where things are; set once by main, before any test. */
static const char *worker_path;
static const char *guest_folder;
static const char *stub_path;
static unsigned seed;

enum message {
    RUN,
    COMPILE,
    ANSWER,
    GARBAGE,
    EMPTY,
    SHORT_RUN,
    NO_PROGRAM,
    KEYS,
    NO_KEYS,
    CLOSE,
    MESSAGES
};

static const char *const NAMES[MESSAGES] = {"run",
                                            "compile",
                                            "answer",
                                            "garbage",
                                            "empty",
                                            "half a run",
                                            "a run without descriptors",
                                            "keys",
                                            "keys without descriptors",
                                            "close"};

struct order {
    size_t length;
    enum message messages[LENGTH_MAX];
};

/* A worker, what it is told, and what each of its runs would leave. */
struct scene {
    int module;
    int control;
    pid_t worker;
    size_t run_count;
    struct fake_runtime runs[LENGTH_MAX];
    struct order order;
    bool said_end;
    struct vc_worker_end end;
    unsigned calls;
};

[[noreturn]] static void blame(const struct scene *scene, const char *what)
{
    char text[256] = "";

    for (size_t i = 0; i < scene->order.length; i++) {
        strcat(text, i > 0 ? ", " : "");
        strcat(text, NAMES[scene->order.messages[i]]);
    }
    fail_msg("%s: %s (reason %u, exit code %u)", text, what, scene->end.reason,
             scene->end.exit_code);
    abort();
}

/* A worker that has ended may be gone before the last of them: that is no failure. */
static void send_bytes(const struct scene *scene, struct vc_bytes bytes)
{
    (void)!send(scene->control, bytes.data, bytes.size, MSG_NOSIGNAL);
}

static void send_run(struct scene *scene)
{
    static const char *const arguments[] = {"list", "/", nullptr};
    struct fake_order order = {.arguments = arguments, .limits = {.strategy = 1}};

    (void)!fake_give(&scene->runs[scene->run_count++], scene->control, scene->module, &order);
}

/* To hold keys for a worker that is gone already. */
static void send_keys(const struct scene *scene)
{
    struct vc_keystore_order order = {.kind = VC_WORKER_KEYSTORE, .cpu_seconds = 1};
    int mine = -1;
    int theirs = -1;

    assert_int_equal(vc_packet_pair(&mine, &theirs, nullptr), VC_OK);
    const int fds[] = {theirs, key_fixture_window(), key_fixture_file((struct vc_bytes){})};

    (void)!vc_packet_send(
        scene->control,
        &(struct vc_parcel){.head = VC_BYTES_OF(order), .fds = fds, .fd_count = VC_COUNT(fds)},
        nullptr);
    (void)close(mine);
    for (size_t i = 0; i < VC_COUNT(fds); i++)
        (void)close(fds[i]);
}

static void send_message(struct scene *scene, enum message message)
{
    static const uint8_t garbage[200] = {0xff, 0xfe, 2, 0, 0, 0};
    struct vc_worker_run run = {.kind = VC_WORKER_RUN, .strategy = 1, .memory_mib = 64};
    struct vc_worker_compile compile = {.kind = VC_WORKER_COMPILE, .memory_mib = 64};
    struct vc_worker_answer answer = {.kind = VC_WORKER_ANSWER};
    struct vc_keystore_order keys = {.kind = VC_WORKER_KEYSTORE, .cpu_seconds = 1};

    switch (message) {
    case RUN:
        send_run(scene);
        break;
    case COMPILE:
        send_bytes(scene, VC_BYTES_OF(compile));
        break;
    case ANSWER:
        send_bytes(scene, VC_BYTES_OF(answer));
        break;
    case GARBAGE:
        send_bytes(scene, VC_BYTES(garbage));
        break;
    case EMPTY:
        send_bytes(scene, (struct vc_bytes){garbage, 0});
        break;
    case SHORT_RUN:
        send_bytes(scene, (struct vc_bytes){(const uint8_t *)&run, sizeof(run) / 2});
        break;
    case NO_PROGRAM:
        send_bytes(scene, VC_BYTES_OF(run));
        break;
    case KEYS:
        send_keys(scene);
        break;
    case NO_KEYS:
        send_bytes(scene, VC_BYTES_OF(keys));
        break;
    case CLOSE:
    case MESSAGES:
        (void)shutdown(scene->control, SHUT_WR);
        break;
    }
}

/* All that the worker says until it is gone. */
static void hear_out(struct scene *scene)
{
    uint8_t bytes[VC_WORKER_MESSAGE_MAX];
    struct pollfd readable = {.fd = scene->control, .events = POLLIN};
    ssize_t got;

    for (;;) {
        uint32_t kind = 0;

        if (poll(&readable, 1, PATIENCE_MS) == 0)
            blame(scene, "it hangs");
        got = recv(scene->control, bytes, sizeof(bytes), 0);
        if (got < 0 && errno == ECONNRESET)
            continue; /* said once if it ended with messages unread; its own come after that */
        if (got <= 0)
            return;
        if (scene->said_end)
            blame(scene, "it goes on after its end");
        memcpy(&kind, bytes, sizeof(kind));
        if (kind == VC_WORKER_END && (size_t)got >= sizeof(scene->end)) {
            memcpy(&scene->end, bytes, sizeof(scene->end));
            scene->said_end = true;
        } else if (kind == VC_WORKER_CALL) {
            scene->calls++;
        } else {
            blame(scene, "it says what it has no reason to say");
        }
    }
}

static size_t output_size(const struct fake_runtime *runtime)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer output = {};

    (void)fake_get(runtime, "/stdout", &output);
    return output.size;
}

/* What only a program that ran leaves: its output, its calls, its exit. */
static void check(const struct scene *scene, const char *guest, int status)
{
    bool may_run = scene->order.length > 0 && scene->order.messages[0] == RUN;
    bool calls = strcmp(guest, "list") == 0;
    bool well = scene->said_end && scene->end.reason == VC_END_EXITED && scene->end.exit_code == 0;

    if (!WIFEXITED(status))
        blame(scene, "it did not exit");
    if (scene->said_end && scene->end.reason == VC_END_EXITED && !may_run)
        blame(scene, "it says that a program ended");
    if (well != (may_run && !calls))
        blame(scene, "success, or none, is not what it was");
    if (!may_run && scene->calls > 0)
        blame(scene, "it called without a program");
    for (size_t i = 0; i < scene->run_count; i++) {
        if ((output_size(&scene->runs[i]) > 0) != (may_run && i == 0))
            blame(scene, i == 0 ? "the first run's output" : "a further run's output");
    }
}

static void try_order(const struct order *order, const char *guest, int module)
{
    const char *argv[] = {worker_path, nullptr};
    struct scene scene = {.module = module, .order = *order};
    struct vc_worker_ready ready;
    int status;

    scene.worker = fake_start(argv, &scene.control);
    for (size_t i = 0; i < LENGTH_MAX; i++)
        fake_init(&scene.runs[i]);
    assert_true(fake_ready(scene.control, &ready));
    for (size_t i = 0; i < order->length; i++)
        send_message(&scene, order->messages[i]);
    /* A program that asks waits for its answer, and nobody for an order if none came: only those
     * need to be told that no more comes. */
    if (order->length == 0 || strcmp(guest, "list") == 0)
        (void)shutdown(scene.control, SHUT_WR);
    hear_out(&scene);
    assert_int_equal(waitpid(scene.worker, &status, 0), scene.worker);
    (void)close(scene.control);
    check(&scene, guest, status);
    for (size_t i = 0; i < LENGTH_MAX; i++)
        fake_done(&scene.runs[i]);
}

static int module_of(const char *guest)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};
    char path[1024];

    (void)snprintf(path, sizeof(path), "%s/%s.wasm", guest_folder, guest);
    assert_int_equal(vc_file_load(path, 64 << 20, &wasm, nullptr), VC_OK);
    return fake_sealed(vc_buffer_bytes(&wasm));
}

/* The next order of the same length: as a number to the base of all messages. */
static bool advance(struct order *order)
{
    for (size_t i = order->length; i > 0; i--) {
        if (++order->messages[i - 1] < MESSAGES)
            return true;
        order->messages[i - 1] = 0;
    }
    return false;
}

/* After a close there is nothing to say; and what program was not run makes no difference. */
static bool is_worth_it(const struct order *order, const char *guest)
{
    if (strcmp(guest, "list") == 0 && order->length > 0 && order->messages[0] != RUN)
        return false;
    for (size_t i = 0; i + 1 < order->length; i++) {
        if (order->messages[i] == CLOSE)
            return false;
    }
    return true;
}

static void try_every_order(const char *guest, size_t length_max)
{
    vc_cleanup(vc_fd_closep) int module = module_of(guest);
    size_t tried = 0;

    for (size_t length = 0; length <= length_max; length++) {
        struct order order = {.length = length};

        do {
            if (!is_worth_it(&order, guest))
                continue;
            try_order(&order, guest, module);
            tried++;
        } while (advance(&order));
    }
    print_message("# %s: %zu orders\n", guest, tried);
}

static void test_every_order(void **state)
{
    (void)state;
    try_every_order("hello", EVERY_ORDER_OF);
}

/* What comes after a right order is taken for the answers to what the program asks. */
static void test_every_order_while_a_program_asks(void **state)
{
    (void)state;
    try_every_order("list", EVERY_ORDER_OF);
}

static unsigned draw(unsigned *random, unsigned below)
{
    *random = *random * 1664525 + 1013904223;
    return *random / RANDOM_STEP % below;
}

/* Half of them begin with a run: all others end at their first message. */
static void test_longer_orders(void **state)
{
    vc_cleanup(vc_fd_closep) int hello = module_of("hello");
    vc_cleanup(vc_fd_closep) int list = module_of("list");
    unsigned random = seed;

    (void)state;
    print_message("# seed %u\n", seed);
    for (size_t i = 0; i < DRAWN; i++) {
        struct order order = {.length =
                                  EVERY_ORDER_OF + 1 + draw(&random, LENGTH_MAX - EVERY_ORDER_OF)};

        for (size_t at = 0; at < order.length; at++)
            order.messages[at] = draw(&random, CLOSE);
        if (draw(&random, 2) == 0)
            order.messages[0] = RUN;
        if (draw(&random, 4) == 0)
            order.messages[order.length - 1] = CLOSE;
        try_order(&order, i % 2 == 0 ? "hello" : "list", i % 2 == 0 ? hello : list);
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_order),
        cmocka_unit_test(test_every_order_while_a_program_asks),
        cmocka_unit_test(test_longer_orders),
    };

    if (argc < 4)
        return 2;
    worker_path = argv[1];
    guest_folder = argv[2];
    stub_path = argv[3];
    seed = argc > 4 ? (unsigned)strtoul(argv[4], nullptr, 10) : (unsigned)time(nullptr);
    /* A worker never compiles, and starts faster so; a sanitizer wants to be the first. */
    if (!VC_SANITIZED && setenv("LD_PRELOAD", stub_path, 1) != 0)
        return 2;
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
