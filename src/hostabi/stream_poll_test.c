/* SPDX-License-Identifier: MIT */

/* Waiting for several streams and for clocks; and that nobody ever sleeps too long. */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "hostabi/counters.h"
#include "hostabi/stream_fixture.h"

static constexpr uint64_t SUBSCRIPTIONS = 512; /* where they lie in the program's memory */
static constexpr uint64_t EVENTS = 3072;

static void put_subscription(struct world *world, size_t index, uint8_t tag, uint32_t subject)
{
    uint8_t *at = world->fixture.memory + SUBSCRIPTIONS + index * VC_WASI_SUBSCRIPTION_SIZE;

    memset(at, 0, VC_WASI_SUBSCRIPTION_SIZE);
    vc_guest_put_u64(at, 100 + index);
    at[8] = tag;
    vc_guest_put_u32(at + 16, subject);
}

static void put_clock(struct world *world, size_t index, uint64_t timeout_ns)
{
    uint8_t *at = world->fixture.memory + SUBSCRIPTIONS + index * VC_WASI_SUBSCRIPTION_SIZE;

    put_subscription(world, index, VC_WASI_EVENT_CLOCK, VC_WASI_CLOCK_MONOTONIC);
    vc_guest_put_u64(at + 24, timeout_ns);
}

/* Input, output. */
static void put_both(struct world *world)
{
    put_subscription(world, 0, VC_WASI_EVENT_READ, 0);
    put_subscription(world, 1, VC_WASI_EVENT_WRITE, 1);
}

static uint32_t poll_for(struct world *world, uint32_t count)
{
    memset(world->fixture.memory + EVENTS, 0xee, (size_t)count * VC_WASI_EVENT_SIZE);
    return CALL(&world->fixture, "poll_oneoff", SUBSCRIPTIONS, EVENTS, count, OUT);
}

struct event {
    uint64_t user_data;
    uint32_t failure;
    uint64_t size;
    uint32_t flags;
};

static void expect_event(const struct world *world, size_t index, struct event wanted)
{
    const uint8_t *at = world->fixture.memory + EVENTS + index * VC_WASI_EVENT_SIZE;

    assert_int_equal(vc_guest_get_u64(at), wanted.user_data);
    assert_int_equal(at[8] | at[9] << 8, wanted.failure);
    assert_int_equal(vc_guest_get_u64(at + 16), wanted.size);
    assert_int_equal(at[24] | at[25] << 8, wanted.flags);
}

static void fill_output(struct world *world)
{
    out_slot(world)->limit = 0;
}

static void feed_four(struct world *world)
{
    assert_int_equal(in_slot(world)->waits, 1);
    assert_int_equal(out_slot(world)->waits, 1);
    feed(world, 4);
    world->turn = nullptr;
}

static void make_room(struct world *world)
{
    out_slot(world)->limit = 11;
    world->turn = nullptr;
}

static void lose_output(struct world *world)
{
    out_slot(world)->state = VC_SLOT_LOST;
    world->turn = nullptr;
}

static void wake_in_vain_first(struct world *world)
{
    world->turn = feed_four;
}

static void test_ready_at_once(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    put_both(&world);
    feed(&world, 9);
    assert_int_equal(poll_for(&world, 2), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&world.fixture), 2);
    expect_event(&world, 0, (struct event){.user_data = 100, .size = 9});
    expect_event(&world, 1, (struct event){.user_data = 101, .size = WINDOW});
    in_slot(&world)->state = VC_SLOT_ENDED;
    assert_int_equal(poll_for(&world, 1), VC_WASI_SUCCESS);
    expect_event(&world, 0,
                 (struct event){.user_data = 100, .size = 9, .flags = VC_WASI_EVENT_HANGUP});
    assert_int_equal(world.sleeps, 0);
    world_done(&world);
}

static void test_waiting_for_both(void **state)
{
    static const struct {
        const char *name;
        turn_fn *turn;
        unsigned sleeps;
        struct event event;
    } rows[] = {
        {"bytes", feed_four, 1, {.user_data = 100, .size = 4}},
        {"room", make_room, 1, {.user_data = 101, .size = 11}},
        {"a loss", lose_output, 1, {.user_data = 101, .flags = VC_WASI_EVENT_HANGUP}},
        {"bytes, after a wake in vain", wake_in_vain_first, 2, {.user_data = 100, .size = 4}},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct world world;

        world_init(&world);
        put_both(&world);
        fill_output(&world);
        world.turn = rows[i].turn;
        assert_int_equal(poll_for(&world, 2), VC_WASI_SUCCESS);
        if (world.sleeps != rows[i].sleeps)
            fail_msg("%s: %u sleeps", rows[i].name, world.sleeps);
        assert_int_equal(fixture_out(&world.fixture), 1);
        expect_event(&world, 0, rows[i].event);
        assert_true(world.timeout_ns == VC_STREAM_UNTIL_WOKEN);
        assert_int_equal(in_slot(&world)->waits, 0);
        assert_int_equal(out_slot(&world)->waits, 0);
        world_done(&world);
    }
}

static void test_what_cannot_be_waited_for(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    put_subscription(&world, 0, VC_WASI_EVENT_WRITE, 0);
    put_subscription(&world, 1, VC_WASI_EVENT_READ, 1);
    put_subscription(&world, 2, VC_WASI_EVENT_READ, 7);
    put_clock(&world, 3, 1);
    put_subscription(&world, 4, VC_WASI_EVENT_READ, 3);
    assert_int_equal(poll_for(&world, 5), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&world.fixture), 5);
    expect_event(&world, 0, (struct event){.user_data = 100, .failure = VC_WASI_NOTCAPABLE});
    expect_event(&world, 1, (struct event){.user_data = 101, .failure = VC_WASI_NOTCAPABLE});
    expect_event(&world, 2, (struct event){.user_data = 102, .failure = VC_WASI_BADF});
    expect_event(&world, 3, (struct event){.user_data = 103, .failure = VC_WASI_ACCES});
    expect_event(&world, 4, (struct event){.user_data = 104, .failure = VC_WASI_ISDIR});
    in_slot(&world)->limit = WINDOW + 1;
    put_both(&world);
    assert_int_equal(poll_for(&world, 1), VC_WASI_SUCCESS);
    expect_event(&world, 0, (struct event){.user_data = 100, .failure = VC_WASI_IO});
    in_slot(&world)->limit = 0;
    assert_int_equal(poll_for(&world, 1), VC_WASI_IO); /* nobody will ever wake it */
    world_done(&world);
}

/* Sleeps for as long as it is told. */
static void pass_time(struct world *world)
{
    struct timespec time = {.tv_sec = (time_t)(world->timeout_ns / 1000000000),
                            .tv_nsec = (long)(world->timeout_ns % 1000000000)};

    assert_true(world->timeout_ns <= 5000000);
    (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

static void test_a_clock_beside_a_stream(void **state)
{
    struct world world;

    (void)state;
    world_init_at(&world, 0, true);
    put_subscription(&world, 0, VC_WASI_EVENT_READ, 0);
    put_clock(&world, 1, 5000000);
    put_clock(&world, 2, UINT64_C(3600) * 1000000000);
    world.turn = pass_time;
    assert_int_equal(poll_for(&world, 3), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&world.fixture), 1);
    expect_event(&world, 0, (struct event){.user_data = 101});
    assert_true(world.sleeps >= 1);
    feed(&world, 2);
    world.sleeps = 0;
    assert_int_equal(poll_for(&world, 3), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&world.fixture), 1);
    expect_event(&world, 0, (struct event){.user_data = 100, .size = 2});
    assert_int_equal(world.sleeps, 0);
    world_done(&world);
}

/* The counters themselves, without a worker around them. */
static void test_counters(void **state)
{
    struct vc_counters counters = {.worker = eventfd(0, EFD_CLOEXEC),
                                   .runtime = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    uint64_t count = UINT64_MAX - 1;

    (void)state;
    assert_true(counters.worker >= 0 && counters.runtime >= 0);
    assert_true(vc_counters_wait_ops.sleep(&counters, 1)); /* the time is over */
    assert_int_equal(eventfd_write(counters.worker, 3), 0);
    assert_true(vc_counters_wait_ops.sleep(&counters, VC_STREAM_UNTIL_WOKEN));
    assert_int_equal(eventfd_write(counters.worker, 1), 0);
    assert_true(vc_counters_wait_ops.sleep(&counters, UINT64_C(3600) * 1000000000));
    assert_true(vc_counters_wait_ops.wake(&counters));
    assert_int_equal(read(counters.runtime, &count, sizeof(count)), sizeof(count));
    assert_int_equal(count, 1);
    assert_int_equal(eventfd_write(counters.runtime, UINT64_MAX - 1), 0);
    assert_true(vc_counters_wait_ops.wake(&counters)); /* full: it has been woken long ago */
    (void)close(counters.worker);
    (void)close(counters.runtime);
    counters = (struct vc_counters){.worker = 1000, .runtime = 1000};
    assert_false(vc_counters_wait_ops.sleep(&counters, VC_STREAM_UNTIL_WOKEN));
    assert_false(vc_counters_wait_ops.sleep(&counters, 1000));
    assert_false(vc_counters_wait_ops.wake(&counters));
}

/* A thread that plays the runtime, with the real counters: it feeds and drains by amounts that keep
 * both sides at the edge of sleeping, and itself sleeps for ever when there is nothing to do. A
 * wake-up that is lost is a test that does not end. */

static constexpr uint64_t STRESS_BYTES = 3 << 20;

struct stress {
    struct world *world;
    struct vc_counters counters;
    uint64_t seed;
    bool failed;
};

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void signal_worker(struct stress *stress, struct vc_stream_slot *slot)
{
    if (atomic_load(&slot->waits) == 0)
        return;
    atomic_store(&slot->waits, 0);
    if (eventfd_write(stress->counters.worker, 1) != 0)
        stress->failed = true;
}

/* A little more to read, if there is room; true if there was. */
static bool feed_some(struct stress *stress)
{
    struct world *world = stress->world;
    struct vc_stream_slot *slot = in_slot(world);
    uint64_t room = atomic_load(&slot->position) + WINDOW - world->fed;
    uint64_t left = STRESS_BYTES - world->fed;
    uint64_t size = next_random(&stress->seed) % (WINDOW / 2) + 1;

    size = size < room ? size : room;
    size = size < left ? size : left;
    if (size == 0)
        return false;
    for (uint64_t i = 0; i < size; i++)
        *vc_window_at(&world->window[0], world->fed + i) = byte_at(world->fed + i);
    world->fed += size;
    atomic_store(&slot->limit, world->fed);
    if (world->fed == STRESS_BYTES)
        atomic_store(&slot->state, VC_SLOT_ENDED);
    signal_worker(stress, slot);
    return true;
}

/* Compares and takes what was written; true if there was anything. */
static bool drain_some(struct stress *stress)
{
    struct world *world = stress->world;
    struct vc_stream_slot *slot = out_slot(world);
    uint64_t position = atomic_load(&slot->position);

    if (position == world->drained)
        return false;
    for (; world->drained < position; world->drained++) {
        if (*vc_window_at(&world->window[1], world->drained) != byte_at(world->drained))
            stress->failed = true;
    }
    atomic_store(&slot->limit, world->drained + WINDOW);
    signal_worker(stress, slot);
    return true;
}

/* Before it sleeps: what would give it something to do, and then a look whether it is there. */
static void sleep_as_runtime(struct stress *stress)
{
    struct world *world = stress->world;
    struct pollfd readable = {.fd = stress->counters.runtime, .events = POLLIN};
    uint64_t count;

    if (world->fed < STRESS_BYTES)
        atomic_store(&in_slot(world)->wake_at, world->fed - WINDOW + 1);
    atomic_store(&out_slot(world)->wake_at, world->drained + 1);
    if ((world->fed < STRESS_BYTES &&
         atomic_load(&in_slot(world)->position) + WINDOW > world->fed) ||
        atomic_load(&out_slot(world)->position) > world->drained)
        return;
    if (poll(&readable, 1, -1) != 1 || read(stress->counters.runtime, &count, sizeof(count)) < 0)
        stress->failed = true;
}

static void *play_runtime(void *argument)
{
    struct stress *stress = argument;

    while (stress->world->drained < STRESS_BYTES && !stress->failed) {
        bool fed = feed_some(stress);
        bool drained = drain_some(stress);

        if (!fed && !drained)
            sleep_as_runtime(stress);
    }
    return nullptr;
}

/* Copies input to output by pieces of random sizes; `polls`: waits for either by poll_oneoff, and
 * never in a read or write. */
static void copy_through(struct world *world, uint64_t seed, bool polls)
{

    for (;;) {
        put_both(world);
        if (polls)
            assert_int_equal(poll_for(world, 1), VC_WASI_SUCCESS);
        assert_int_equal(read_at(world, 0, (uint32_t)(next_random(&seed) % 60000 + 1)),
                         VC_WASI_SUCCESS);
        uint32_t size = fixture_out(&world->fixture);

        if (size == 0)
            return;
        for (uint32_t done = 0; done < size; done += fixture_out(&world->fixture)) {
            memmove(world->fixture.memory + TEXT,
                    world->fixture.memory + TEXT + (done > 0 ? fixture_out(&world->fixture) : 0),
                    size - done);
            if (polls)
                assert_int_equal(CALL(&world->fixture, "poll_oneoff",
                                      SUBSCRIPTIONS + VC_WASI_SUBSCRIPTION_SIZE, EVENTS, 1, OUT),
                                 VC_WASI_SUCCESS);
            assert_int_equal(write_at(world, 1, size - done), VC_WASI_SUCCESS);
        }
    }
}

static void stress_once(uint64_t seed, bool polls)
{
    struct world world;
    struct stress stress = {.world = &world,
                            .counters = {.worker = eventfd(0, EFD_CLOEXEC),
                                         .runtime = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
                            .seed = seed};
    pthread_t runtime;

    assert_true(stress.counters.worker >= 0 && stress.counters.runtime >= 0);
    world_init(&world);
    world.fixture.host->stream.ops = &vc_counters_wait_ops;
    world.fixture.host->stream.waiter = &stress.counters;
    if (polls) {
        set_nonblock(&world, 0);
        set_nonblock(&world, 1);
    }
    assert_int_equal(pthread_create(&runtime, nullptr, play_runtime, &stress), 0);
    copy_through(&world, seed * 3, polls);
    assert_int_equal(pthread_join(runtime, nullptr), 0);
    assert_false(stress.failed);
    assert_int_equal(world.drained, STRESS_BYTES);
    (void)close(stress.counters.worker);
    (void)close(stress.counters.runtime);
    world_done(&world);
}

static void test_no_wake_is_lost(void **state)
{
    struct timespec now = {};

    (void)state;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    uint64_t seed = (uint64_t)now.tv_nsec | 1;

    print_message("# seed %llu\n", (unsigned long long)seed);
    for (uint64_t i = 0; i < 8; i++)
        stress_once(seed + 2 * i, i % 2 != 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ready_at_once),
        cmocka_unit_test(test_waiting_for_both),
        cmocka_unit_test(test_what_cannot_be_waited_for),
        cmocka_unit_test(test_a_clock_beside_a_stream),
        cmocka_unit_test(test_counters),
        cmocka_unit_test(test_no_wake_is_lost),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
