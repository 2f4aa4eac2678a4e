/* SPDX-License-Identifier: MIT */

/* For tests: a host whose standard input and output are streams, and a test that plays the runtime.
 * When the host sleeps, what the test has prepared happens; a sleep without anything would be one
 * for ever, and fails. */

#ifndef VC_HOSTABI_STREAM_FIXTURE_H
#define VC_HOSTABI_STREAM_FIXTURE_H

#include "hostabi/host_fixture.h"

static constexpr uint32_t WINDOW = VC_STREAM_WINDOW_MIN;
static constexpr uint32_t IN = 5; /* slots */
static constexpr uint32_t OUT_SLOT = VC_STREAM_SLOTS_MAX - 1;

struct world;
typedef void turn_fn(struct world *world);

struct world {
    struct fixture fixture;
    struct vc_stream_slot *slots;
    struct vc_window window[2];   /* of input and output, as the runtime has them */
    struct fixture_stream opened; /* what opening "stream" gives */
    turn_fn *turn;                /* what happens in the next sleep */
    unsigned sleeps;
    unsigned wakes;
    uint64_t timeout_ns; /* of the last sleep */
    uint64_t fed, drained;
    bool mute; /* the runtime cannot be woken */
};

/* Both streams stand at `begin`. */
void world_init_at(struct world *world, uint64_t begin, bool clock);
void world_init(struct world *world);
void world_done(struct world *world);
/* Of what is left when the host is gone. */
void world_forget(struct world *world);

struct vc_stream_slot *in_slot(const struct world *world);
struct vc_stream_slot *out_slot(const struct world *world);
void open_slot(struct vc_stream_slot *slot, uint64_t position, uint64_t limit);

/* A new window; the descriptor is as a producer has it, or to read only. */
int window_for(struct vc_window *window, bool to_read);

/* What stands at each place of every stream here. */
uint8_t byte_at(uint64_t position);

/* The runtime's half: so many bytes more to read; what was written compared and taken. */
void feed(struct world *world, uint64_t size);
void drain(struct world *world);

/* fd_read and fd_write of one piece at TEXT. */
uint32_t read_at(struct world *world, uint32_t fd, uint32_t size);
uint32_t write_at(struct world *world, uint32_t fd, uint32_t size);

/* So many bytes were read, from there on. */
void expect_bytes(const struct world *world, uint64_t position, uint32_t size);

void set_nonblock(struct world *world, uint32_t fd);

#endif
