/* SPDX-License-Identifier: MIT */

/* A run's streams against a worker that is played here: an honest one, and ones that are not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/run_streams.h"

static constexpr uint32_t WINDOW = 65536;
enum { PRICES, SUM, LINES };

/* The program consumes prices, and produces sum and lines; the bank has the other ends. */
static const struct vc_policy *the_policy(void)
{
    static char bank[] = "bank", macd[] = "macd", prices[] = "prices", sum[] = "sum",
                lines[] = "lines", in[] = "/stream/prices", out[] = "/stream/sum";
    static struct vc_policy_principal principal = {.name = bank};
    static struct vc_policy_program program = {.name = macd, .stdin_path = in, .stdout_path = out};
    static struct vc_subject to_bank = {VC_SUBJECT_PRINCIPAL, 0};
    static struct vc_subject to_macd = {VC_SUBJECT_PROGRAM, 0};
    static struct vc_policy_stream streams[] = {
        {.name = prices,
         .producer = {VC_SUBJECT_PRINCIPAL, 0},
         .consumers = &to_macd,
         .consumer_count = 1,
         .window_bytes = WINDOW,
         .record_bytes = WINDOW / 2,
         .partial = true,
         .uses = 2},
        {.name = sum,
         .producer = {VC_SUBJECT_PROGRAM, 0},
         .consumers = &to_bank,
         .consumer_count = 1,
         .window_bytes = WINDOW,
         .record_bytes = WINDOW / 2,
         .partial = true,
         .uses = 300},
        {.name = lines,
         .producer = {VC_SUBJECT_PROGRAM, 0},
         .consumers = &to_bank,
         .consumer_count = 1,
         .window_bytes = WINDOW,
         .records = VC_RECORDS_LINES,
         .record_bytes = 16,
         .partial = true,
         .uses = 1},
    };
    static const struct vc_policy policy = {.principals = &principal,
                                            .principal_count = 1,
                                            .programs = &program,
                                            .program_count = 1,
                                            .streams = streams,
                                            .stream_count = VC_COUNT(streams)};

    return &policy;
}

struct scene {
    struct vc_loop *loop;
    struct vc_streams *streams;
    struct vc_run_streams *run;
    struct vc_stream_slot *slots; /* the worker's */
    int fds[VC_RUN_STREAMS_FDS];
    char broken[100];
    struct vc_port *feeder, *drain; /* the bank's */
    unsigned told;
};

static const struct vc_subject the_bank = {VC_SUBJECT_PRINCIPAL, 0};

/* With nothing narrowed; lives as long as the policy. */
static const struct vc_force *the_force(void)
{
    static struct vc_force *force;

    if (force == nullptr)
        assert_int_equal(vc_force_new(the_policy(), &force, nullptr), VC_OK);
    return force;
}

static void on_broken(void *user, const char *reason)
{
    struct scene *scene = user;

    (void)snprintf(scene->broken, sizeof(scene->broken), "%s", reason);
}

static void on_bank(void *user)
{
    ((struct scene *)user)->told++;
}

static int set_up(void **state)
{
    static struct scene made;
    struct vc_run_streams_order order = {.force = the_force(), .broken = on_broken, .user = &made};

    made = (struct scene){};
    assert_int_equal(vc_loop_new(&made.loop, nullptr), VC_OK);
    assert_int_equal(vc_streams_new(made.loop, the_force(), &made.streams, nullptr), VC_OK);
    order.loop = made.loop;
    order.streams = made.streams;
    assert_int_equal(vc_run_streams_new(&order, &made.run, nullptr), VC_OK);
    vc_run_streams_fds(made.run, made.fds);
    assert_int_equal(vc_slots_map(made.fds[0], &made.slots, nullptr), VC_OK);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    vc_run_streams_free(scene->run);
    vc_streams_release(scene->streams, PRICES, scene->feeder);
    vc_streams_release(scene->streams, SUM, scene->drain);
    vc_slots_unmap(scene->slots);
    vc_streams_free(scene->streams);
    vc_loop_free(scene->loop);
    return 0;
}

/* ---- the other ends ---- */

static void come(struct scene *scene)
{
    assert_int_equal(vc_streams_produce(scene->streams, (struct vc_stream_claim){PRICES, the_bank},
                                        (struct vc_port_holder){on_bank, scene}, &scene->feeder,
                                        nullptr),
                     VC_OK);
    assert_int_equal(vc_streams_consume(scene->streams, (struct vc_stream_claim){SUM, the_bank},
                                        (struct vc_port_holder){on_bank, scene}, &scene->drain,
                                        nullptr),
                     VC_OK);
}

static void feed(struct scene *scene, uint64_t size)
{
    assert_int_equal(
        vc_port_advance(scene->feeder, vc_port_position(scene->feeder) + size, nullptr), VC_OK);
}

static struct vc_stream_status status_of(struct scene *scene, size_t stream)
{
    struct vc_stream_status status;

    vc_stream_status(vc_streams_at(scene->streams, stream), &status);
    return status;
}

/* ---- the worker ---- */

static struct vc_view_stream open_one(struct scene *scene, size_t stream)
{
    struct vc_view_stream opened = {.fd = -1};

    assert_int_equal(vc_run_streams_open(scene->run, stream, stream != PRICES, &opened, nullptr),
                     VC_OK);
    return opened;
}

/* What was added; waits until something is. */
static uint64_t take_count(int fd)
{
    uint64_t count = 0;

    assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
    return count;
}

/* As abi/stream.h says that an honest one moves. True: it woke the runtime. */
static bool move(struct scene *scene, uint32_t slot, uint64_t position)
{
    static const uint64_t one = 1;

    atomic_store(&scene->slots[slot].position, position);
    if (position < atomic_load(&scene->slots[slot].wake_at))
        return false;
    atomic_store(&scene->slots[slot].wake_at, VC_STREAM_NEVER);
    assert_int_equal(write(scene->fds[2], &one, sizeof(one)), sizeof(one));
    return true;
}

static void stop_loop(void *user)
{
    vc_loop_stop(user);
}

/* One turn of the loop, and what comes at once. */
static void turn(struct scene *scene)
{
    struct vc_timer *timer;

    assert_int_equal(vc_loop_after(scene->loop, 0, stop_loop, scene->loop, &timer, nullptr), VC_OK);
    assert_int_equal(vc_loop_run(scene->loop, nullptr), VC_OK);
}

/* ---- what goes well ---- */

static void test_bytes_both_ways(void **state)
{
    struct scene *scene = *state;
    struct vc_view_stream in;
    struct vc_view_stream out;
    struct vc_window window;
    struct vc_err err = {};

    come(scene);
    in = open_one(scene, PRICES);
    out = open_one(scene, SUM);
    assert_int_equal(in.slot, 0);
    assert_int_equal(out.slot, 1);
    assert_int_equal(vc_window_map(in.fd, WINDOW, true, &window, nullptr), VC_HOST);
    assert_int_equal(vc_window_map(out.fd, WINDOW, true, &window, nullptr), VC_OK);
    assert_int_equal(atomic_load(&scene->slots[0].state), VC_SLOT_OPEN);
    assert_int_equal(atomic_load(&scene->slots[0].limit), 0);
    assert_int_equal(atomic_load(&scene->slots[1].limit), WINDOW);
    atomic_store(&scene->slots[0].waits, 1);
    feed(scene, 7);
    feed(scene, 3);
    assert_int_equal(atomic_load(&scene->slots[0].limit), 10);
    assert_int_equal(atomic_load(&scene->slots[0].waits), 1); /* until the turn ends */
    turn(scene);
    assert_int_equal(atomic_load(&scene->slots[0].waits), 0);
    assert_int_equal(take_count(scene->fds[1]), 1);
    assert_false(move(scene, 0, 10)); /* nobody waits for room so soon */
    memcpy(vc_window_at(&window, 0), "sum=5", 5);
    assert_true(move(scene, 1, 5));
    assert_false(move(scene, 1, 5)); /* it is told already */
    turn(scene);
    assert_int_equal(vc_port_limit(scene->drain), 5);
    assert_memory_equal(vc_port_at(scene->drain, 0), "sum=5", 5);
    assert_int_equal(vc_port_end(scene->feeder, 10, nullptr, nullptr), VC_OK);
    assert_int_equal(atomic_load(&scene->slots[0].state), VC_SLOT_ENDED);
    assert_int_equal(vc_run_streams_finish(scene->run, &err), VC_OK);
    assert_int_equal(vc_run_streams_end(scene->run, "run 1 of macd: exited with 0", &err), VC_OK);
    assert_int_equal(status_of(scene, SUM).state, VC_STREAM_ENDED);
    assert_true(status_of(scene, PRICES).over);
    vc_window_unmap(&window);
}

/* A producer with a full window hears of room before its consumer has taken all, and of the end of
 * all when it has. */
static void test_room(void **state)
{
    struct scene *scene = *state;
    unsigned told;

    come(scene);
    (void)open_one(scene, PRICES);
    feed(scene, WINDOW);
    assert_int_equal(vc_port_limit(scene->feeder), WINDOW);
    assert_false(move(scene, 0, WINDOW / 4 - 1));
    assert_true(move(scene, 0, WINDOW / 4));
    turn(scene);
    assert_int_equal(vc_port_limit(scene->feeder), WINDOW + WINDOW / 4);
    assert_int_equal(vc_port_end(scene->feeder, WINDOW, nullptr, nullptr), VC_OK);
    assert_false(move(scene, 0, WINDOW - 1));
    told = scene->told;
    assert_true(move(scene, 0, WINDOW));
    turn(scene);
    assert_int_equal(scene->told, told + 1);
    assert_true(status_of(scene, PRICES).over);
}

/* A worker that moved while nobody had said when to wake is seen all the same. */
static void test_a_move_unseen(void **state)
{
    struct scene *scene = *state;

    come(scene);
    (void)open_one(scene, SUM);
    assert_true(move(scene, 0, 1));
    assert_false(move(scene, 0, 2));
    turn(scene);
    assert_int_equal(vc_port_limit(scene->drain), 2);
    atomic_store(&scene->slots[0].wake_at, VC_STREAM_NEVER);
    assert_false(move(scene, 0, 3));
    vc_run_streams_look(scene->run); /* as several times a second */
    assert_int_equal(vc_port_limit(scene->drain), 3);
}

static void test_closing(void **state)
{
    static const uint64_t one = 1;
    struct scene *scene = *state;
    struct vc_view_stream opened;

    come(scene);
    (void)open_one(scene, PRICES);
    (void)open_one(scene, SUM);
    (void)move(scene, 1, 3);
    atomic_store(&scene->slots[1].closed, 1);
    atomic_store(&scene->slots[0].closed, 1);
    assert_int_equal(write(scene->fds[2], &one, sizeof(one)), sizeof(one));
    turn(scene);
    assert_int_equal(status_of(scene, SUM).state, VC_STREAM_ENDED);
    assert_int_equal(status_of(scene, SUM).position, 3);
    assert_int_equal(status_of(scene, PRICES).state, VC_STREAM_LOST);
    assert_string_equal(status_of(scene, PRICES).reason,
                        "its last consumer left: it was closed before its end");
    /* What it says there from now on is nothing. */
    atomic_store(&scene->slots[1].position, UINT64_MAX);
    vc_run_streams_look(scene->run);
    assert_string_equal(scene->broken, "");
    assert_int_equal(vc_run_streams_open(scene->run, SUM, true, &opened, nullptr), VC_STATE);
    assert_int_equal(vc_port_advance(scene->drain, 3, nullptr), VC_OK);
    vc_streams_release(scene->streams, SUM, scene->drain);
    scene->drain = nullptr;
    assert_int_equal(vc_run_streams_open(scene->run, SUM, true, &opened, nullptr), VC_OK);
    assert_int_equal(opened.slot, 2);
    assert_int_equal(status_of(scene, SUM).use, 2);
}

/* ---- what does not ---- */

static void test_refusals_of_opening(void **state)
{
    struct scene *scene = *state;
    struct vc_view_stream opened = {.slot = 99};
    enum vc_code code = VC_OK;

    (void)open_one(scene, SUM);
    assert_int_equal(vc_run_streams_open(scene->run, SUM, true, &opened, nullptr), VC_STATE);
    assert_int_equal(vc_run_streams_open(scene->run, SUM, false, &opened, nullptr), VC_REFUSED);
    assert_int_equal(vc_run_streams_open(scene->run, PRICES, true, &opened, nullptr), VC_REFUSED);
    assert_int_equal(opened.slot, 99);
    vc_run_streams_lose(scene->run, "over");
    for (unsigned i = 1; i < VC_STREAM_SLOTS_MAX && code == VC_OK; i++) {
        code = vc_run_streams_open(scene->run, SUM, true, &opened, nullptr);
        assert_int_equal(opened.slot, i);
        vc_run_streams_lose(scene->run, "over");
    }
    assert_int_equal(code, VC_OK);
    assert_int_equal(vc_run_streams_open(scene->run, SUM, true, &opened, nullptr), VC_LIMIT);
    assert_int_equal(vc_run_streams_open(scene->run, LINES, true, &opened, nullptr), VC_LIMIT);
}

/* Each on fresh streams, 100 bytes having gone in and out. */
static const struct {
    const char *name;
    size_t slot; /* 0: consumes, 1: produces */
    uint64_t position;
    uint32_t closed;
    bool honest;
} values[] = {
    {"as it was", 0, 100, 0, true},
    {"a byte further", 1, 101, 0, true},
    {"all of the window", 1, WINDOW, 0, true},
    {"all that there is to read", 0, 200, 0, true},
    {"closed there", 0, 200, 1, true},
    {"closed where it was", 1, 100, 1, true},
    {"back by one, reading", 0, 99, 0, false},
    {"back by one, writing", 1, 99, 0, false},
    {"back to the start, reading", 0, 0, 0, false},
    {"back to the start, writing", 1, 0, 0, false},
    {"past what there is to read", 0, 201, 0, false},
    {"past the window", 1, WINDOW + 1, 0, false},
    {"a window past what there is to read", 0, 200 + WINDOW, 0, false},
    {"the largest, reading", 0, UINT64_MAX, 0, false},
    {"the largest, writing", 1, UINT64_MAX, 0, false},
    {"the largest and a sign, writing", 1, UINT64_C(1) << 63, 0, false},
    {"32 bits around, writing", 1, (UINT64_C(1) << 32) + 100, 0, false},
    {"past what there is, and closed", 0, 201, 1, false},
    {"back, and closed", 1, 99, 1, false},
    {"closed twice", 0, 100, 2, false},
    {"closed for ever", 1, 100, UINT32_MAX, false},
};

static void test_values_of_a_worker(void **state)
{
    for (size_t i = 0; i < VC_COUNT(values); i++) {
        struct scene *scene;

        (void)set_up(state);
        scene = *state;
        come(scene);
        (void)open_one(scene, PRICES);
        (void)open_one(scene, SUM);
        feed(scene, 200);
        (void)move(scene, 0, 100);
        (void)move(scene, 1, 100);
        vc_run_streams_look(scene->run);
        assert_string_equal(scene->broken, "");
        /* What the worker writes of ours is nothing to us. */
        atomic_store(&scene->slots[values[i].slot].limit, UINT64_MAX);
        atomic_store(&scene->slots[values[i].slot].state, UINT32_MAX);
        atomic_store(&scene->slots[values[i].slot].wake_at, 0);
        atomic_store(&scene->slots[values[i].slot].waits, UINT32_MAX);
        atomic_store(&scene->slots[values[i].slot].position, values[i].position);
        atomic_store(&scene->slots[values[i].slot].closed, values[i].closed);
        vc_run_streams_look(scene->run);
        if (strcmp(scene->broken, values[i].honest ? "" : "worker: stream position out of form") !=
            0)
            fail_msg("%s: \"%s\"", values[i].name, scene->broken);
        if (!values[i].honest) { /* and the last look finds it, too */
            assert_int_equal(vc_run_streams_finish(scene->run, nullptr), VC_MALFORMED);
        }
        (void)tear_down(state);
    }
    (void)set_up(state);
}

/* Slots that nobody gave away, and counters that never rest. */
static void test_noise(void **state)
{
    static const uint64_t most = UINT64_MAX - 1;
    struct scene *scene = *state;

    come(scene);
    (void)open_one(scene, SUM);
    for (size_t i = 1; i < VC_STREAM_SLOTS_MAX; i++) {
        atomic_store(&scene->slots[i].position, UINT64_MAX - i);
        atomic_store(&scene->slots[i].closed, 77);
        atomic_store(&scene->slots[i].waits, 1);
        atomic_store(&scene->slots[i].state, VC_SLOT_LOST);
    }
    for (uint64_t i = 1; i <= 1000; i++) { /* others get their turn each time */
        assert_int_equal(write(scene->fds[2], &most, sizeof(most)), sizeof(most));
        atomic_store(&scene->slots[0].position, i);
        turn(scene);
        assert_int_equal(vc_port_limit(scene->drain), i);
    }
    assert_string_equal(scene->broken, "");
    (void)open_one(scene, LINES); /* a slot begins where we say */
    assert_int_equal(atomic_load(&scene->slots[1].position), 0);
    assert_int_equal(atomic_load(&scene->slots[1].state), VC_SLOT_OPEN);
}

/* ---- ends that are not good ---- */

static void test_a_lost_input(void **state)
{
    struct scene *scene = *state;
    struct vc_err err = {};

    come(scene);
    (void)open_one(scene, PRICES);
    feed(scene, 10);
    atomic_store(&scene->slots[0].waits, 1);
    vc_stream_lose(vc_streams_at(scene->streams, PRICES), "the bank gave it up");
    assert_int_equal(atomic_load(&scene->slots[0].state), VC_SLOT_LOST);
    assert_int_equal(atomic_load(&scene->slots[0].limit), 10);
    turn(scene);
    assert_int_equal(take_count(scene->fds[1]), 1);
    (void)move(scene, 0, 10); /* what was there may still be read */
    atomic_store(&scene->slots[0].closed, 1);
    vc_run_streams_look(scene->run);
    assert_int_equal(vc_run_streams_finish(scene->run, &err), VC_CLOSED);
    assert_string_equal(err.text, "stream prices was lost: the bank gave it up");
}

/* One that was lost before the program opened it: whoever takes it for empty is wrong. */
static void test_an_input_that_was_lost_before(void **state)
{
    struct scene *scene = *state;
    struct vc_view_stream opened;
    struct vc_err err = {};

    come(scene);
    vc_stream_lose(vc_streams_at(scene->streams, PRICES), "the bank gave it up");
    assert_int_equal(vc_run_streams_open(scene->run, PRICES, false, &opened, nullptr), VC_CLOSED);
    assert_int_equal(vc_run_streams_finish(scene->run, &err), VC_CLOSED);
    assert_string_equal(err.text, "stream prices was lost: the bank gave it up");
}

static void test_a_lost_output(void **state)
{
    struct scene *scene = *state;

    come(scene);
    (void)open_one(scene, SUM);
    (void)move(scene, 0, 7);
    vc_run_streams_look(scene->run);
    vc_port_leave(scene->drain, "the bank left");
    assert_int_equal(atomic_load(&scene->slots[0].state), VC_SLOT_LOST);
    assert_int_equal(atomic_load(&scene->slots[0].limit), WINDOW);
    (void)move(scene, 0, 9);
    vc_run_streams_look(scene->run);
    assert_string_equal(scene->broken, "");
    assert_int_equal(vc_run_streams_finish(scene->run, nullptr), VC_OK); /* as with a pipe */
}

static void test_records(void **state)
{
    static const struct {
        const char *name, *text;
        bool closes;
        enum vc_code code;
        const char *reason;
        enum vc_stream_state after;
    } rows[] = {
        {"whole lines", "a\nbc\n", false, VC_OK, "", VC_STREAM_ENDED},
        {"nothing", "", false, VC_OK, "", VC_STREAM_ENDED},
        {"in the middle", "a\nbc", false, VC_STATE,
         "stream lines: it ends in the middle of the record at byte 2", VC_STREAM_OPEN},
        {"closed in the middle", "a\nbc", true, VC_STATE,
         "stream lines: it ends in the middle of the record at byte 2", VC_STREAM_LOST},
        {"too long", "a\n0123456789abcdefg\n", false, VC_STATE, nullptr, VC_STREAM_LOST},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_view_stream opened;
        struct vc_window window;
        struct vc_err err = {};
        struct scene *scene;
        enum vc_code code;

        (void)set_up(state);
        scene = *state;
        opened = open_one(scene, LINES);
        assert_int_equal(vc_window_map(opened.fd, WINDOW, true, &window, nullptr), VC_OK);
        memcpy(vc_window_at(&window, 0), rows[i].text, strlen(rows[i].text));
        vc_window_unmap(&window);
        atomic_store(&scene->slots[0].position, strlen(rows[i].text));
        atomic_store(&scene->slots[0].closed, rows[i].closes);
        code = vc_run_streams_finish(scene->run, &err);
        if (code != rows[i].code || (rows[i].reason != nullptr && rows[i].reason[0] != '\0' &&
                                     strcmp(err.text, rows[i].reason) != 0))
            fail_msg("%s: %d, %s", rows[i].name, code, err.text);
        if (code == VC_OK)
            assert_int_equal(vc_run_streams_end(scene->run, "", nullptr), VC_OK);
        assert_int_equal(status_of(scene, LINES).state, rows[i].after);
        (void)tear_down(state);
    }
    (void)set_up(state);
}

static void test_losing(void **state)
{
    static const char why[] = "run 1 of macd: exited with 1";
    struct scene *scene = *state;
    char text[VC_STREAM_REASON_MAX];

    come(scene);
    (void)open_one(scene, PRICES);
    (void)open_one(scene, SUM);
    (void)move(scene, 1, 7);
    vc_run_streams_lose(scene->run, why);
    assert_int_equal(status_of(scene, SUM).state, VC_STREAM_LOST);
    assert_int_equal(status_of(scene, SUM).position, 0); /* nobody looked any more */
    assert_string_equal(status_of(scene, SUM).reason, why);
    (void)snprintf(text, sizeof(text), "its last consumer left: %s", why);
    assert_string_equal(status_of(scene, PRICES).reason, text);
}

/* ---- standard streams ---- */

static void test_binding(void **state)
{
    struct scene *scene = *state;
    struct vc_run_streams_order order = {.loop = scene->loop,
                                         .force = the_force(),
                                         .streams = scene->streams,
                                         .broken = on_broken,
                                         .user = scene};
    struct vc_run_streams *second;
    struct vc_err err = {};

    assert_int_equal(vc_run_streams_bind(scene->run, &err), VC_OK);
    assert_int_equal(vc_run_streams_standard(scene->run, 0)->slot, 0);
    assert_int_equal(vc_run_streams_standard(scene->run, 1)->slot, 1);
    assert_int_equal(vc_run_streams_standard(scene->run, 1)->window_bytes, WINDOW);
    assert_null(vc_run_streams_standard(scene->run, 2));
    assert_int_equal(vc_run_streams_new(&order, &second, nullptr), VC_OK);
    assert_int_equal(vc_run_streams_bind(second, &err), VC_STATE);
    assert_string_equal(err.text, "stream prices: another run holds it");
    assert_int_equal(err.code, VC_STATE);
    vc_run_streams_free(second);
    vc_run_streams_free(scene->run);
    scene->run = nullptr;
    assert_int_equal(status_of(scene, SUM).state, VC_STREAM_LOST);
    assert_string_equal(status_of(scene, SUM).reason, "the run was given up");
}

/* All or none: what was not to be had leaves the others as they were. */
static void test_binding_in_part(void **state)
{
    struct scene *scene = *state;
    struct vc_port *sum = nullptr;
    const struct vc_subject macd = {VC_SUBJECT_PROGRAM, 0};
    struct vc_err err = {};

    assert_int_equal(vc_streams_produce(scene->streams, (struct vc_stream_claim){SUM, macd},
                                        (struct vc_port_holder){on_bank, scene}, &sum, nullptr),
                     VC_OK);
    assert_int_equal(vc_run_streams_bind(scene->run, &err), VC_STATE);
    assert_false(status_of(scene, PRICES).consumers[0].held);
    assert_false(status_of(scene, PRICES).consumers[0].left);
    vc_streams_release(scene->streams, SUM, sum);
}

/* A use of PRICES begins, and is lost. */
static void lose_prices(struct scene *scene)
{
    struct vc_port *port = nullptr;

    assert_int_equal(vc_streams_produce(scene->streams, (struct vc_stream_claim){PRICES, the_bank},
                                        (struct vc_port_holder){on_bank, scene}, &port, nullptr),
                     VC_OK);
    vc_stream_lose(vc_streams_at(scene->streams, PRICES), "given up");
    vc_streams_release(scene->streams, PRICES, port);
}

/* After a use that was lost there is the next; after the last there is none, and that is told
 * apart. */
static void test_binding_when_uses_are_lost(void **state)
{
    struct scene *scene = *state;
    struct vc_err err = {};

    lose_prices(scene);
    assert_int_equal(vc_run_streams_bind(scene->run, &err), VC_STATE);
    assert_int_equal(err.code, VC_STATE);
    assert_string_equal(err.text, "stream prices was lost: given up");
    lose_prices(scene);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(vc_run_streams_bind(scene->run, &err), VC_CLOSED);
        assert_int_equal(err.code, VC_CLOSED);
        assert_string_equal(err.text,
                            "streams.prices.uses: 2, all spent; the last was lost: given up");
    }
    assert_int_equal(vc_run_streams_bind(scene->run, nullptr), VC_CLOSED);
    assert_int_equal(status_of(scene, SUM).state, VC_STREAM_IDLE);
    assert_int_equal(status_of(scene, SUM).use, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bytes_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_move_unseen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_closing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refusals_of_opening, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_values_of_a_worker, nullptr, tear_down),
        cmocka_unit_test_setup_teardown(test_noise, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_lost_input, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_input_that_was_lost_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_lost_output, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_records, nullptr, tear_down),
        cmocka_unit_test_setup_teardown(test_losing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_binding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_binding_in_part, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_binding_when_uses_are_lost, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("run_streams", tests, nullptr, nullptr);
}
