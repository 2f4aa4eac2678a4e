/* SPDX-License-Identifier: MIT */

/* The event loop: descriptors and timers, one thread, epoll underneath. */

#ifndef VC_NET_LOOP_H
#define VC_NET_LOOP_H

#include <sys/queue.h>

#include "base/err.h"

struct vc_loop;

enum vc_code vc_loop_new(struct vc_loop **loop, struct vc_err *err);
/* Watches and timers that are left go with it. Not from within a callback of the loop. */
void vc_loop_free(struct vc_loop *loop);
VC_DEFINE_CLEANUP(struct vc_loop, vc_loop_free);

/* A descriptor being watched; owned by the loop until vc_loop_unwatch. */
struct vc_watch;

/* `events` and `ready` are sets of EPOLLIN, EPOLLOUT, EPOLLHUP ...; level-triggered. A callback may
 * unwatch anything, itself included, and change events of anything. */
typedef void vc_watch_fn(void *user, uint32_t ready);

enum vc_code vc_loop_watch(struct vc_loop *loop, int fd, uint32_t events, vc_watch_fn *fn,
                           void *user, struct vc_watch **watch, struct vc_err *err);
enum vc_code vc_loop_rewatch(struct vc_watch *watch, uint32_t events, struct vc_err *err);
/* Null is allowed. The descriptor stays open: it is the caller's. */
void vc_loop_unwatch(struct vc_watch *watch);

/* A timer that fires once, `delay_ms` from now, on CLOCK_MONOTONIC. Gone when its function is
 * called. One made within a callback fires in a later turn, even with no delay. */
struct vc_timer;
typedef void vc_timer_fn(void *user);

enum vc_code vc_loop_after(struct vc_loop *loop, uint64_t delay_ms, vc_timer_fn *fn, void *user,
                           struct vc_timer **timer, struct vc_err *err);
/* Cancels a timer that has not fired. Null is allowed. */
void vc_timer_cancel(struct vc_timer *timer);

/* What is to be done once, when all that is ready in this turn has had its callback: so that what
 * many callbacks ask for costs one system call. The struct is the caller's, and must live until its
 * function was called or it was taken back. */
struct vc_closing {
    void (*fn)(void *user);
    void *user;
    TAILQ_ENTRY(vc_closing) entry; /* the loop's own, */
    bool waiting;                  /* as this */
};
/* Asked for twice, it is done once; asked for within such a function, in the next turn, which comes
 * at once. */
void vc_loop_close_with(struct vc_loop *loop, struct vc_closing *closing);
void vc_loop_take_back(struct vc_loop *loop, struct vc_closing *closing);

/* Turns until vc_loop_stop; VC_HOST if epoll fails. */
enum vc_code vc_loop_run(struct vc_loop *loop, struct vc_err *err);
void vc_loop_stop(struct vc_loop *loop);

/* Now, by the loop's clock, in milliseconds. */
uint64_t vc_loop_now_ms(void);

#endif
