/* SPDX-License-Identifier: MIT */

#include "hostabi/stream_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"

static bool sleep_in_test(void *waiter, uint64_t timeout_ns)
{
    struct world *world = waiter;
    turn_fn *turn = world->turn;

    world->sleeps++;
    world->timeout_ns = timeout_ns;
    if (turn == nullptr)
        return false;
    turn(world);
    return true;
}

static bool wake_in_test(void *waiter)
{
    struct world *world = waiter;

    world->wakes++;
    return !world->mute;
}

struct vc_stream_slot *in_slot(const struct world *world)
{
    return &world->slots[IN];
}

struct vc_stream_slot *out_slot(const struct world *world)
{
    return &world->slots[OUT_SLOT];
}

void open_slot(struct vc_stream_slot *slot, uint64_t position, uint64_t limit)
{
    slot->position = position;
    slot->limit = limit;
    slot->wake_at = VC_STREAM_NEVER;
    slot->state = VC_SLOT_OPEN;
}

int window_for(struct vc_window *window, bool to_read)
{
    vc_cleanup(vc_fd_closep) int fd = -1;
    int other = -1;

    assert_int_equal(vc_window_create(WINDOW, &fd, nullptr), VC_OK);
    assert_int_equal(vc_window_map(fd, WINDOW, true, window, nullptr), VC_OK);
    if (!to_read)
        return vc_take_fd(fd);
    assert_int_equal(vc_window_reopen(fd, &other, nullptr), VC_OK);
    return other;
}

void world_init_at(struct world *world, uint64_t begin, bool clock)
{
    static const struct vc_stream_wait_ops ops = {.sleep = sleep_in_test, .wake = wake_in_test};
    vc_cleanup(vc_fd_closep) int slots = -1;

    *world = (struct world){.fed = begin, .drained = begin};
    assert_int_equal(vc_slots_create(&slots, nullptr), VC_OK);
    assert_int_equal(vc_slots_map(slots, &world->slots, nullptr), VC_OK);
    open_slot(in_slot(world), begin, begin);
    open_slot(out_slot(world), begin, begin + WINDOW);
    struct fixture_streams streams = {
        .side = {world->slots, &ops, world},
        .fds = {window_for(&world->window[0], true), window_for(&world->window[1], false)},
        .slot = {IN, OUT_SLOT},
        .window_bytes = WINDOW};

    fixture_init_streams(&world->fixture, clock, &streams);
    world->fixture.opened = &world->opened;
}

void world_init(struct world *world)
{
    world_init_at(world, 0, false);
}

void world_done(struct world *world)
{
    fixture_done(&world->fixture);
    world_forget(world);
}

void world_forget(struct world *world)
{
    vc_window_unmap(&world->window[0]);
    vc_window_unmap(&world->window[1]);
    vc_slots_unmap(world->slots);
}

uint8_t byte_at(uint64_t position)
{
    return (uint8_t)(position * 167 + (position >> 8) * 13 + (position >> 16));
}

static void tell_worker(struct vc_stream_slot *slot)
{
    slot->waits = 0;
}

void feed(struct world *world, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++)
        *vc_window_at(&world->window[0], world->fed + i) = byte_at(world->fed + i);
    world->fed += size;
    in_slot(world)->limit = world->fed;
    tell_worker(in_slot(world));
}

void drain(struct world *world)
{
    uint64_t position = out_slot(world)->position;

    for (; world->drained < position; world->drained++)
        assert_int_equal(*vc_window_at(&world->window[1], world->drained), byte_at(world->drained));
    out_slot(world)->limit = world->drained + WINDOW;
    tell_worker(out_slot(world));
}

uint32_t read_at(struct world *world, uint32_t fd, uint32_t size)
{
    fixture_iovec(&world->fixture, 0, TEXT, size);
    return CALL(&world->fixture, "fd_read", fd, IOVS, 1, OUT);
}

uint32_t write_at(struct world *world, uint32_t fd, uint32_t size)
{
    fixture_iovec(&world->fixture, 0, TEXT, size);
    return CALL(&world->fixture, "fd_write", fd, IOVS, 1, OUT);
}

void expect_bytes(const struct world *world, uint64_t position, uint32_t size)
{
    assert_int_equal(fixture_out(&world->fixture), size);
    for (uint32_t i = 0; i < size; i++)
        assert_int_equal(world->fixture.memory[TEXT + i], byte_at(position + i));
}

void set_nonblock(struct world *world, uint32_t fd)
{
    assert_int_equal(CALL(&world->fixture, "fd_fdstat_set_flags", fd, VC_WASI_FLAG_NONBLOCK),
                     VC_WASI_SUCCESS);
}
