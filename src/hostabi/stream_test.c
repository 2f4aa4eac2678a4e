/* SPDX-License-Identifier: MIT */

#include "hostabi/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hostabi/stream_fixture.h"

static void feed_seven(struct world *world)
{
    feed(world, 7);
    world->turn = nullptr;
}

static void end_input(struct world *world)
{
    in_slot(world)->state = VC_SLOT_ENDED;
    world->turn = nullptr;
}

static void lose_input(struct world *world)
{
    in_slot(world)->state = VC_SLOT_LOST;
    world->turn = nullptr;
}

static void lose_output(struct world *world)
{
    out_slot(world)->state = VC_SLOT_LOST;
    world->turn = nullptr;
}

static void test_read_takes_what_is_there(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    feed(&world, 10);
    assert_int_equal(read_at(&world, 0, 4), VC_WASI_SUCCESS);
    expect_bytes(&world, 0, 4);
    assert_int_equal(in_slot(&world)->position, 4);
    assert_int_equal(read_at(&world, 0, 100), VC_WASI_SUCCESS);
    expect_bytes(&world, 4, 6);
    assert_int_equal(world.sleeps, 0);
    assert_int_equal(world.wakes, 0); /* nobody has asked for it */
    world_done(&world);
}

static void test_read_waits(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    world.turn = feed_seven;
    assert_int_equal(read_at(&world, 0, 100), VC_WASI_SUCCESS);
    expect_bytes(&world, 0, 7);
    assert_int_equal(world.sleeps, 1);
    assert_true(world.timeout_ns == VC_STREAM_UNTIL_WOKEN);
    assert_int_equal(in_slot(&world)->waits, 0);
    world.turn = end_input;
    assert_int_equal(read_at(&world, 0, 100), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&world.fixture), 0);
    assert_int_equal(read_at(&world, 0, 100), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&world.fixture), 0);
    assert_int_equal(world.sleeps, 2);
    world_done(&world);
}

static void test_what_came_before_the_end_or_the_loss_is_read(void **state)
{
    static const struct {
        enum vc_stream_slot_state state;
        uint32_t then;
    } rows[] = {{VC_SLOT_ENDED, VC_WASI_SUCCESS}, {VC_SLOT_LOST, VC_WASI_CONNRESET}};

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct world world;

        world_init(&world);
        feed(&world, 5);
        in_slot(&world)->state = rows[i].state;
        assert_int_equal(read_at(&world, 0, 100), VC_WASI_SUCCESS);
        expect_bytes(&world, 0, 5);
        assert_int_equal(read_at(&world, 0, 100), rows[i].then);
        assert_int_equal(read_at(&world, 0, 0), VC_WASI_SUCCESS);
        world_done(&world);
    }
}

static void test_a_loss_ends_waiting(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    world.turn = lose_input;
    assert_int_equal(read_at(&world, 0, 1), VC_WASI_CONNRESET);
    out_slot(&world)->limit = 3;
    world.turn = lose_output;
    assert_int_equal(write_at(&world, 1, 10), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&world.fixture), 3);
    assert_int_equal(write_at(&world, 1, 10), VC_WASI_PIPE);
    assert_int_equal(write_at(&world, 1, 0), VC_WASI_SUCCESS);
    world_done(&world);
}

/* Every byte of a window and a half by reads of each of these sizes, where the window's edge is in
 * every place. */
static void test_reads_around_the_edge(void **state)
{
    static const uint32_t sizes[] = {1, 3, 4095, 4096, 4097, 50000};

    (void)state;
    for (size_t i = 0; i < VC_COUNT(sizes); i++) {
        uint64_t begin =
            UINT64_MAX / 4 - sizes[i] / 2; /* far from 0, across a multiple of WINDOW */
        struct world world;

        world_init_at(&world, begin, false);
        for (uint64_t at = begin; at - begin < WINDOW + WINDOW / 2;) {
            if (world.fed == at)
                feed(&world, WINDOW - i);
            assert_int_equal(read_at(&world, 0, sizes[i]), VC_WASI_SUCCESS);
            expect_bytes(&world, at, fixture_out(&world.fixture));
            assert_true(fixture_out(&world.fixture) > 0);
            at += fixture_out(&world.fixture);
            assert_true(in_slot(&world)->position == at);
        }
        world_done(&world);
    }
}

static void test_pieces_are_filled_one_after_another(void **state)
{
    struct world world;
    struct fixture *fixture = &world.fixture;

    (void)state;
    world_init(&world);
    feed(&world, 9);
    fixture_iovec(fixture, 0, TEXT, 2);
    fixture_iovec(fixture, 1, TEXT + 2, 0);
    fixture_iovec(fixture, 2, TEXT + 2, 4);
    fixture_iovec(fixture, 3, TEXT + 6, 0);
    fixture_iovec(fixture, 4, TEXT + 6, 100);
    fixture_iovec(fixture, 5, TEXT, 0);
    assert_int_equal(CALL(fixture, "fd_read", 0, IOVS, 6, OUT), VC_WASI_SUCCESS);
    expect_bytes(&world, 0, 9);
    fixture_iovec(fixture, 4, TEXT + 6, 3);
    assert_int_equal(CALL(fixture, "fd_write", 1, IOVS, 6, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(fixture), 9);
    drain(&world);
    assert_int_equal(world.drained, 9);
    world_done(&world);
}

/* More than the window in one call. */
static void test_a_write_larger_than_the_window_without_waiting(void **state)
{
    static constexpr uint32_t COUNT = 5;
    static constexpr uint32_t SIZE = 60000;
    struct world world;

    (void)state;
    world_init(&world);
    for (uint32_t i = 0; i < COUNT; i++)
        fixture_iovec(&world.fixture, i, TEXT, SIZE);
    set_nonblock(&world, 1);
    assert_int_equal(CALL(&world.fixture, "fd_write", 1, IOVS, COUNT, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&world.fixture), WINDOW);
    assert_int_equal(CALL(&world.fixture, "fd_write", 1, IOVS, COUNT, OUT), VC_WASI_AGAIN);
    assert_int_equal(out_slot(&world)->position, WINDOW);
    world_done(&world);
}

static void drain_a_bit(struct world *world)
{
    out_slot(world)->limit += 777;
    out_slot(world)->waits = 0;
}

static void test_a_write_waits_until_all_is_written(void **state)
{
    static constexpr uint32_t COUNT = 5;
    static constexpr uint32_t SIZE = 60000;
    struct world world;

    (void)state;
    world_init(&world);
    for (uint32_t i = 0; i < COUNT; i++)
        fixture_iovec(&world.fixture, i, TEXT, SIZE);
    world.turn = drain_a_bit;
    assert_int_equal(CALL(&world.fixture, "fd_write", 1, IOVS, COUNT, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&world.fixture), COUNT * SIZE);
    assert_int_equal(world.sleeps, (COUNT * SIZE - WINDOW + 776) / 777);
    assert_int_equal(out_slot(&world)->position, COUNT * SIZE);
    world_done(&world);
}

static void test_without_waiting(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    set_nonblock(&world, 0);
    set_nonblock(&world, 1);
    assert_int_equal(read_at(&world, 0, 8), VC_WASI_AGAIN);
    feed(&world, 3);
    assert_int_equal(read_at(&world, 0, 8), VC_WASI_SUCCESS);
    expect_bytes(&world, 0, 3);
    in_slot(&world)->state = VC_SLOT_ENDED;
    assert_int_equal(read_at(&world, 0, 8), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&world.fixture), 0);
    out_slot(&world)->limit = 5;
    assert_int_equal(write_at(&world, 1, 8), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&world.fixture), 5);
    assert_int_equal(write_at(&world, 1, 8), VC_WASI_AGAIN);
    assert_int_equal(world.sleeps, 0);
    world_done(&world);
}

/* The runtime hears of a position as often as it has asked, and no more. */
static void test_waking_the_runtime(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    feed(&world, 100);
    in_slot(&world)->wake_at = 20;
    assert_int_equal(read_at(&world, 0, 19), VC_WASI_SUCCESS);
    assert_int_equal(world.wakes, 0);
    assert_int_equal(read_at(&world, 0, 1), VC_WASI_SUCCESS);
    assert_int_equal(world.wakes, 1);
    assert_true(in_slot(&world)->wake_at == VC_STREAM_NEVER);
    assert_int_equal(read_at(&world, 0, 50), VC_WASI_SUCCESS);
    assert_int_equal(world.wakes, 1);
    out_slot(&world)->wake_at = 1;
    assert_int_equal(write_at(&world, 1, 10), VC_WASI_SUCCESS);
    assert_int_equal(world.wakes, 2);
    world.mute = true;
    out_slot(&world)->wake_at = 0;
    assert_int_equal(write_at(&world, 1, 10), VC_WASI_IO);
    world_done(&world);
}

/* Numbers that are none of a stream's: an error, and nothing is touched. */
struct odd_slot {
    const char *name;
    uint64_t position, limit;
    uint32_t state;
};

static void refuses(struct world *world, const struct odd_slot *row, bool produces)
{
    struct vc_stream_slot *slot = produces ? out_slot(world) : in_slot(world);

    slot->limit = row->limit;
    slot->state = row->state;
    uint32_t failure = produces ? write_at(world, 1, 10) : read_at(world, 0, 10);

    if (failure != VC_WASI_IO || slot->position != row->position)
        fail_msg("%s: errno %u", row->name, failure);
}

static void test_limits_that_cannot_be(void **state)
{
    static const struct odd_slot rows[] = {
        {"behind the position", 1000, 999, VC_SLOT_OPEN},
        {"far behind it", 1000, 0, VC_SLOT_OPEN},
        {"a byte beyond the window", 1000, 1000 + WINDOW + 1, VC_SLOT_OPEN},
        {"as far as it goes", 1000, UINT64_MAX, VC_SLOT_OPEN},
        {"an end behind the position", 1000, 999, VC_SLOT_ENDED},
        {"a loss behind it", 1000, 999, VC_SLOT_LOST},
        {"a free slot", 1000, 1001, VC_SLOT_FREE},
        {"a state that is none", 1000, 1001, VC_SLOT_LOST + 1},
        {"none at all", 1000, 1001, UINT32_MAX},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct world world;

        world_init_at(&world, rows[i].position, false);
        refuses(&world, &rows[i], false);
        refuses(&world, &rows[i], true);
        world_done(&world);
    }
}

static void test_a_runtime_that_is_gone(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    assert_int_equal(read_at(&world, 0, 1), VC_WASI_IO);
    assert_int_equal(world.sleeps, 1);
    out_slot(&world)->limit = 0;
    assert_int_equal(write_at(&world, 1, 1), VC_WASI_IO);
    world_done(&world);
}

static void test_what_a_stream_cannot_do(void **state)
{
    struct world world;
    struct fixture *fixture = &world.fixture;

    (void)state;
    world_init(&world);
    fixture_iovec(fixture, 0, TEXT, 8);
    for (uint32_t fd = 0; fd < 2; fd++) {
        assert_int_equal(CALL(fixture, "fd_pread", fd, IOVS, 1, 0, OUT), VC_WASI_SPIPE);
        assert_int_equal(CALL(fixture, "fd_pwrite", fd, IOVS, 1, 0, OUT), VC_WASI_SPIPE);
        for (uint32_t whence = 0; whence < 4; whence++)
            assert_int_equal(CALL(fixture, "fd_seek", fd, 0, whence, OUT), VC_WASI_SPIPE);
        assert_int_equal(CALL(fixture, "fd_tell", fd, OUT), VC_WASI_SPIPE);
        assert_int_equal(CALL(fixture, "fd_allocate", fd, 0, 8), VC_WASI_SPIPE);
        assert_int_equal(CALL(fixture, "fd_filestat_set_size", fd, 8), VC_WASI_SPIPE);
        assert_int_equal(CALL(fixture, "fd_filestat_set_times", fd, 0, 0, 0), VC_WASI_NOTCAPABLE);
        assert_int_equal(CALL(fixture, "fd_readdir", fd, TEXT, 64, 0, OUT), VC_WASI_NOTDIR);
        assert_int_equal(CALL(fixture, "sock_recv", fd, IOVS, 1, 0, OUT, OUT), VC_WASI_NOTSOCK);
        assert_int_equal(CALL(fixture, "fd_prestat_get", fd, OUT), VC_WASI_BADF);
    }
    assert_int_equal(read_at(&world, 1, 8), VC_WASI_NOTCAPABLE);
    assert_int_equal(write_at(&world, 0, 8), VC_WASI_NOTCAPABLE);
    world_done(&world);
}

static void test_what_a_stream_is(void **state)
{
    struct world world;
    struct fixture *fixture = &world.fixture;

    (void)state;
    world_init(&world);
    for (uint32_t fd = 0; fd < 2; fd++) {
        uint64_t direction = fd == 0 ? VC_WASI_RIGHT_FD_READ : VC_WASI_RIGHT_FD_WRITE;

        assert_int_equal(CALL(fixture, "fd_fdstat_get", fd, OUT), VC_WASI_SUCCESS);
        assert_int_equal(fixture->memory[OUT], VC_WASI_TYPE_SOCKET_STREAM);
        uint64_t rights = vc_guest_get_u64(fixture->memory + OUT + 8);

        assert_int_equal(rights & (VC_WASI_RIGHT_FD_READ | VC_WASI_RIGHT_FD_WRITE), direction);
        assert_int_equal(rights & (VC_WASI_RIGHT_FD_SEEK | VC_WASI_RIGHT_FD_TELL), 0);
        assert_int_equal(CALL(fixture, "fd_filestat_get", fd, OUT), VC_WASI_SUCCESS);
        assert_int_equal(fixture->memory[OUT + 16], VC_WASI_TYPE_SOCKET_STREAM);
        assert_int_equal(vc_guest_get_u64(fixture->memory + OUT + 32), 0); /* its size */
        assert_int_equal(CALL(fixture, "fd_sync", fd), VC_WASI_SUCCESS);
        assert_int_equal(CALL(fixture, "fd_datasync", fd), VC_WASI_SUCCESS);
        assert_int_equal(CALL(fixture, "fd_advise", fd, 0, 0, 1), VC_WASI_SUCCESS);
    }
    assert_int_equal(fixture->asked, 0);
    world_done(&world);
}

static void test_closing(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    assert_int_equal(CALL(&world.fixture, "fd_close", 1), VC_WASI_SUCCESS);
    assert_int_equal(out_slot(&world)->closed, 1);
    assert_int_equal(world.wakes, 1);
    assert_int_equal(write_at(&world, 1, 1), VC_WASI_BADF);
    assert_int_equal(in_slot(&world)->closed, 0);
    /* what is closed by another number's coming; what only changes its own is not */
    assert_int_equal(CALL(&world.fixture, "fd_renumber", 0, 4), VC_WASI_SUCCESS);
    assert_int_equal(in_slot(&world)->closed, 0);
    feed(&world, 3);
    assert_int_equal(read_at(&world, 4, 9), VC_WASI_SUCCESS);
    expect_bytes(&world, 0, 3);
    assert_int_equal(CALL(&world.fixture, "fd_renumber", 3, 4), VC_WASI_SUCCESS);
    assert_int_equal(in_slot(&world)->closed, 1);
    assert_int_equal(world.wakes, 2);
    world_done(&world);
}

/* What is open when the host goes, is for the runtime to judge. */
static void test_the_end_of_a_host_closes_nothing(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    fixture_done(&world.fixture);
    assert_int_equal(in_slot(&world)->closed, 0);
    assert_int_equal(out_slot(&world)->closed, 0);
    assert_int_equal(world.wakes, 0);
    world_forget(&world);
}

/* Opening one. */

static uint32_t open_stream(struct world *world, uint64_t flags, uint64_t rights)
{
    return fixture_open(&world->fixture, "stream", flags, rights, 0);
}

static void test_opening(void **state)
{
    struct world world;
    struct vc_window window;
    uint64_t rights = VC_WASI_RIGHT_FD_WRITE | VC_WASI_RIGHT_FD_SEEK;

    (void)state;
    world_init(&world);
    open_slot(&world.slots[9], 0, 4);
    world.opened =
        (struct fixture_stream){.fd = window_for(&window, false), .slot = 9, .window = WINDOW};
    assert_int_equal(open_stream(&world, VC_WASI_OPEN_CREATE | VC_WASI_OPEN_TRUNCATE, rights),
                     VC_WASI_SUCCESS);
    uint32_t fd = fixture_out(&world.fixture);

    assert_int_equal(world.fixture.last.flags & (VC_OPEN_WRITE | VC_OPEN_READ), VC_OPEN_WRITE);
    assert_int_equal(CALL(&world.fixture, "fd_fdstat_get", fd, OUT), VC_WASI_SUCCESS);
    assert_int_equal(vc_guest_get_u64(world.fixture.memory + OUT + 8), VC_WASI_RIGHT_FD_WRITE);
    (void)fixture_text(&world.fixture, TEXT, "abcd");
    assert_int_equal(write_at(&world, fd, 4), VC_WASI_SUCCESS);
    assert_memory_equal(window.data, "abcd", 4);
    assert_int_equal(world.slots[9].position, 4);
    assert_int_equal(CALL(&world.fixture, "fd_close", fd), VC_WASI_SUCCESS);
    assert_int_equal(world.slots[9].closed, 1);
    vc_window_unmap(&window);
    world_done(&world);
}

/* It goes on where its port stands. */
static void test_opening_in_the_middle(void **state)
{
    struct world world;
    struct vc_window window;

    (void)state;
    world_init(&world);
    open_slot(&world.slots[0], WINDOW + 3, WINDOW + 5);
    world.opened =
        (struct fixture_stream){.fd = window_for(&window, true), .slot = 0, .window = WINDOW};
    memcpy(window.data, "abcdefg", 7);
    assert_int_equal(open_stream(&world, 0, VC_WASI_RIGHT_FD_READ), VC_WASI_SUCCESS);
    assert_int_equal(read_at(&world, fixture_out(&world.fixture), 9), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&world.fixture), 2);
    assert_memory_equal(world.fixture.memory + TEXT, "de", 2);
    vc_window_unmap(&window);
    world_done(&world);
}

/* What the runtime never gives, or what cannot be mapped, ends the program: it would leave a stream
 * open that it does not have, which ends well when the program does. No window stays mapped. */
static void test_windows_that_are_none(void **state)
{
    static const struct {
        const char *name;
        uint32_t slot, window;
        bool to_read;
    } rows[] = {
        {"a slot too many", VC_STREAM_SLOTS_MAX, WINDOW, false},
        {"a slot far away", UINT32_MAX, WINDOW, false},
        {"no size", 3, 0, false},
        {"half its size", 3, WINDOW / 2, false},
        {"twice its size", 3, WINDOW * 2, false},
        {"no power of two", 3, WINDOW + 4096, false},
        {"the largest there is", 3, UINT32_MAX, false},
        {"a consumer's, to write", 3, WINDOW, true},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct world world;
        struct vc_window window;

        world_init(&world);
        open_slot(&world.slots[3], 0, 1);
        world.opened = (struct fixture_stream){.fd = window_for(&window, rows[i].to_read),
                                               .slot = rows[i].slot,
                                               .window = rows[i].window};
        if (open_stream(&world, 0, VC_WASI_RIGHT_FD_WRITE) != VC_WASI_IO)
            fail_msg("%s was taken", rows[i].name);
        if (!vc_host_failed(world.fixture.host))
            fail_msg("%s: the program goes on", rows[i].name);
        vc_window_unmap(&window);
        world_done(&world);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_takes_what_is_there),
        cmocka_unit_test(test_read_waits),
        cmocka_unit_test(test_what_came_before_the_end_or_the_loss_is_read),
        cmocka_unit_test(test_a_loss_ends_waiting),
        cmocka_unit_test(test_reads_around_the_edge),
        cmocka_unit_test(test_pieces_are_filled_one_after_another),
        cmocka_unit_test(test_a_write_larger_than_the_window_without_waiting),
        cmocka_unit_test(test_a_write_waits_until_all_is_written),
        cmocka_unit_test(test_without_waiting),
        cmocka_unit_test(test_waking_the_runtime),
        cmocka_unit_test(test_limits_that_cannot_be),
        cmocka_unit_test(test_a_runtime_that_is_gone),
        cmocka_unit_test(test_what_a_stream_cannot_do),
        cmocka_unit_test(test_what_a_stream_is),
        cmocka_unit_test(test_closing),
        cmocka_unit_test(test_the_end_of_a_host_closes_nothing),
        cmocka_unit_test(test_opening),
        cmocka_unit_test(test_opening_in_the_middle),
        cmocka_unit_test(test_windows_that_are_none),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
