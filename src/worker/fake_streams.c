/* SPDX-License-Identifier: MIT */

#include "worker/fake_streams.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

static constexpr uint32_t WINDOW_DEFAULT = 1 << 20;
static constexpr uint8_t CHANGE = 0x20; /* what the guests do to every byte */
static constexpr uint64_t WORDS_FACTOR = 0x9e3779b97f4a7c15;

static void need(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "fake streams: %s\n", what);
        abort();
    }
}

static void open_slot(struct vc_stream_slot *slot, uint64_t limit)
{
    atomic_store(&slot->limit, limit);
    atomic_store(&slot->wake_at, VC_STREAM_NEVER);
    atomic_store(&slot->state, VC_SLOT_OPEN);
}

void fake_streams_init(struct fake_streams *streams)
{
    vc_cleanup(vc_fd_closep) int in = -1;

    if (streams->window_bytes == 0)
        streams->window_bytes = WINDOW_DEFAULT;
    size_t size = streams->window_bytes;

    need(vc_slots_create(&streams->slots_fd, nullptr) == VC_OK &&
             vc_slots_map(streams->slots_fd, &streams->slots, nullptr) == VC_OK,
         "slots");
    need(vc_window_create(size, &in, nullptr) == VC_OK &&
             vc_window_map(in, size, true, &streams->in, nullptr) == VC_OK &&
             vc_window_reopen(in, &streams->in_fd, nullptr) == VC_OK &&
             vc_window_create(size, &streams->out_fd, nullptr) == VC_OK &&
             vc_window_map(streams->out_fd, size, false, &streams->out, nullptr) == VC_OK,
         "windows");
    streams->worker_counter = eventfd(0, EFD_CLOEXEC);
    streams->runtime_counter = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    need(streams->worker_counter >= 0 && streams->runtime_counter >= 0, "counters");
    streams->pattern = calloc(1, size);
    need(streams->pattern != nullptr, "memory");
    open_slot(&streams->slots[FAKE_IN_SLOT], 0);
    open_slot(&streams->slots[FAKE_OUT_SLOT], size);
}

void fake_streams_done(struct fake_streams *streams)
{
    const int fds[] = {streams->slots_fd, streams->worker_counter, streams->runtime_counter,
                       streams->in_fd, streams->out_fd};

    for (size_t i = 0; i < VC_COUNT(fds); i++)
        (void)close(fds[i]);
    vc_window_unmap(&streams->in);
    vc_window_unmap(&streams->out);
    vc_slots_unmap(streams->slots);
    free(streams->pattern);
}

static uint8_t byte_at(uint64_t position)
{
    return (uint8_t)(((position >> 3) * WORDS_FACTOR) >> (8 * (position & 7)));
}

static void signal_worker(struct fake_streams *streams, struct vc_stream_slot *slot)
{
    if (atomic_load(&slot->waits) == 0)
        return;
    atomic_store(&slot->waits, 0);
    streams->wakes++;
    need(eventfd_write(streams->worker_counter, 1) == 0, "counter");
}

static void set_state(struct fake_streams *streams, size_t slot, enum vc_stream_slot_state state)
{
    atomic_store(&streams->slots[slot].state, state);
    signal_worker(streams, &streams->slots[slot]);
}

static double now_seconds(void)
{
    struct timespec now = {};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t room_to_feed(const struct fake_streams *streams)
{
    uint64_t position = atomic_load(&streams->slots[FAKE_IN_SLOT].position);
    uint64_t room = position + streams->window_bytes - streams->fed;
    uint64_t left = streams->total - streams->fed;

    need(position <= streams->fed, "a position beyond the limit");
    if (streams->end == FAKE_ANSWERS_BYTES && streams->drained == 0)
        return 0;
    return room < left ? room : left;
}

/* Half a window at once at most, so that the worker has something while this copies on. */
static bool feed(struct fake_streams *streams)
{
    uint64_t size = room_to_feed(streams);
    uint8_t *at = vc_window_at(&streams->in, streams->fed);

    size = size < streams->window_bytes / 4 ? size : streams->window_bytes / 4;
    if (size == 0)
        return false;
    if (streams->fed == 0)
        streams->began = now_seconds();
    if (streams->unchecked) {
        memcpy(at, streams->pattern, size);
    } else {
        for (uint64_t i = 0; i < size; i++)
            at[i] = byte_at(streams->fed + i);
    }
    streams->fed += size;
    atomic_store(&streams->slots[FAKE_IN_SLOT].limit, streams->fed);
    signal_worker(streams, &streams->slots[FAKE_IN_SLOT]);
    if (streams->fed == streams->total)
        set_state(streams, FAKE_IN_SLOT,
                  streams->end == FAKE_LOSES_INPUT ? VC_SLOT_LOST : VC_SLOT_ENDED);
    return true;
}

static void take(struct fake_streams *streams, uint64_t position)
{
    const uint8_t *at = vc_window_at(&streams->out, streams->drained);
    uint64_t size = position - streams->drained;

    need(size <= streams->window_bytes, "a position beyond the limit");
    if (streams->unchecked) {
        memcpy(streams->pattern, at, size);
    } else {
        for (uint64_t i = 0; i < size; i++)
            streams->wrong += at[i] != (byte_at(streams->drained + i) ^ CHANGE);
    }
    streams->drained = position;
    if (position == streams->total)
        streams->ended = now_seconds();
}

static bool drain(struct fake_streams *streams)
{
    struct vc_stream_slot *slot = &streams->slots[FAKE_OUT_SLOT];
    uint64_t position = atomic_load(&slot->position);

    if (position == streams->drained)
        return false;
    if (streams->end == FAKE_ANSWERS_BYTES) {
        streams->drained = position;
        return true;
    }
    take(streams, position);
    if (streams->drained >= streams->total / 2 && streams->end == FAKE_LOSES_OUTPUT) {
        set_state(streams, FAKE_OUT_SLOT, VC_SLOT_LOST);
        return true;
    }
    if (streams->drained >= streams->total / 2 && streams->end == FAKE_KILLS)
        (void)kill(streams->worker, SIGKILL);
    atomic_store(&slot->limit, streams->drained + streams->window_bytes);
    signal_worker(streams, slot);
    return true;
}

/* Until the worker has gone a quarter of a window further, or has closed its output. */
static void rest(struct fake_streams *streams)
{
    struct vc_stream_slot *in = &streams->slots[FAKE_IN_SLOT];
    struct vc_stream_slot *out = &streams->slots[FAKE_OUT_SLOT];
    uint64_t quarter = streams->window_bytes / 4;
    struct pollfd readable = {.fd = streams->runtime_counter, .events = POLLIN};
    uint64_t in_at = streams->fed - streams->window_bytes + quarter;
    uint64_t out_at = streams->drained + (streams->unchecked ? quarter : 1);
    uint64_t count;

    if (streams->fed >= streams->window_bytes && streams->fed < streams->total)
        atomic_store(&in->wake_at, in_at);
    atomic_store(&out->wake_at, out_at);
    if ((streams->fed < streams->total && streams->fed >= streams->window_bytes &&
         atomic_load(&in->position) >= in_at) ||
        atomic_load(&out->position) >= out_at)
        return;
    streams->sleeps++;
    need(poll(&readable, 1, -1) == 1 && read(streams->runtime_counter, &count, sizeof(count)) > 0,
         "counter");
}

static void *play(void *argument)
{
    struct fake_streams *streams = argument;

    while (!streams->closed) {
        bool fed = feed(streams);
        bool drained = drain(streams);

        if (fed || drained)
            continue;
        streams->closed = atomic_load(&streams->slots[FAKE_OUT_SLOT].closed) != 0 &&
                          atomic_load(&streams->slots[FAKE_OUT_SLOT].position) == streams->drained;
        if (!streams->closed)
            rest(streams);
    }
    return nullptr;
}

void fake_streams_start(struct fake_streams *streams)
{
    need(pthread_create(&streams->thread, nullptr, play, streams) == 0, "thread");
}

/* As if its output had been closed by the worker, which cannot any more. */
void fake_streams_stop(struct fake_streams *streams)
{
    bool was_closed = atomic_exchange(&streams->slots[FAKE_OUT_SLOT].closed, 1) != 0;

    need(eventfd_write(streams->runtime_counter, 1) == 0, "counter");
    need(pthread_join(streams->thread, nullptr) == 0, "thread");
    streams->closed = was_closed;
}
