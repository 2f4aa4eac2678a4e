/* SPDX-License-Identifier: MIT */

/* A child of the runtime, worker or compiler: its socket, its death, what it cost. */

#ifndef VC_RUNTIME_CHILD_H
#define VC_RUNTIME_CHILD_H

#include "base/packet.h"
#include "net/loop.h"
#include "platform/image.h"

struct vc_child;

/* How a child ended. */
struct vc_child_end {
    bool signalled;
    int status; /* exit status, or signal number */
    uint64_t cpu_us;
    uint64_t memory_bytes; /* high-water mark of its resident memory */
};

struct vc_child_events {
    /* A packet came. Untrusted bytes. */
    void (*on_packet)(void *user, struct vc_bytes packet);
    /* It is dead and reaped; called once, and last. The child can then only be freed. */
    void (*on_end)(void *user, const struct vc_child_end *end);
};

/* All children of the runtime: those that were let go are reaped here. */
struct vc_children {
    struct vc_loop *loop;
    struct vc_child *abandoned;
};

struct vc_child_order {
    struct vc_children *siblings;
    const struct vc_image *image;
    const char *name;
    const struct vc_child_events *events; /* borrowed for the child's life */
    void *user;
};

enum vc_code vc_child_start(const struct vc_child_order *order, struct vc_child **child,
                            struct vc_err *err);

/* Hands the child's events to somebody else. */
void vc_child_redirect(struct vc_child *child, const struct vc_child_events *events, void *user);

/* VC_LIMIT: the child does not read what it is sent; kill it. VC_CLOSED: it is gone. */
enum vc_code vc_child_send(struct vc_child *child, const struct vc_parcel *parcel,
                           struct vc_err *err);

/* Takes in now what the child has already sent, packet by packet; it may be abandoned by what it
 * says. False: it sends faster than it is heard, and more than it could have sent before. */
[[nodiscard]] bool vc_child_drain(struct vc_child *child);

/* SIGKILL; on_end follows. */
void vc_child_kill(struct vc_child *child);

/* Processor time that it has used so far. */
uint64_t vc_child_cpu_us(const struct vc_child *child);

/* Resident memory of its own, without what it shares with files; 0 if the system does not tell. */
uint64_t vc_child_memory_bytes(const struct vc_child *child);

/* Kills it, if it still lives, and forgets it: no event follows, and nobody waits for its death.
 * Null is allowed. */
void vc_child_abandon(struct vc_child *child);

/* Reaps all that were abandoned. */
void vc_children_done(struct vc_children *children);

#endif
