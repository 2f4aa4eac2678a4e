/* SPDX-License-Identifier: MIT */

#include "net/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdckdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

static constexpr int READY_MAX = 64; /* events taken from the kernel in one turn */

struct vc_watch {
    struct vc_loop *loop;
    int fd;
    vc_watch_fn *fn;
    void *user;
    bool dead; /* unwatched, and perhaps still named by an event of this turn */
    TAILQ_ENTRY(vc_watch) entry;
};

TAILQ_HEAD(watch_list, vc_watch);

struct vc_timer {
    struct vc_loop *loop;
    uint64_t due_ms;
    uint64_t serial; /* orders timers of one millisecond */
    size_t index;    /* of itself in the heap */
    vc_timer_fn *fn;
    void *user;
};

struct vc_loop {
    int epoll;
    bool stopping;
    bool dispatching; /* dead watches must stay until the turn ends */
    struct watch_list watches;
    struct watch_list dead;
    struct vc_timer **timers; /* binary heap, the earliest first */
    size_t timer_count;
    size_t timer_capacity;
    uint64_t next_serial;
    TAILQ_HEAD(, vc_closing) closings; /* of this turn */
};

uint64_t vc_loop_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail with these arguments */
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

enum vc_code vc_loop_new(struct vc_loop **loop, struct vc_err *err)
{
    struct vc_loop *fresh = calloc(1, sizeof(*fresh));

    if (fresh == nullptr)
        return vc_fail_memory(err);
    fresh->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (fresh->epoll < 0) {
        free(fresh);
        return vc_fail_host(err, "epoll_create1");
    }
    TAILQ_INIT(&fresh->watches);
    TAILQ_INIT(&fresh->dead);
    TAILQ_INIT(&fresh->closings);
    *loop = fresh;
    return VC_OK;
}

static void free_watches(struct watch_list *list)
{
    struct vc_watch *watch;

    while ((watch = TAILQ_FIRST(list)) != nullptr) {
        TAILQ_REMOVE(list, watch, entry);
        free(watch);
    }
}

void vc_loop_free(struct vc_loop *loop)
{
    if (loop == nullptr)
        return;
    free_watches(&loop->watches);
    free_watches(&loop->dead);
    for (size_t i = 0; i < loop->timer_count; i++)
        free(loop->timers[i]);
    free(loop->timers);
    (void)close(loop->epoll);
    free(loop);
}

enum vc_code vc_loop_watch(struct vc_loop *loop, int fd, uint32_t events, vc_watch_fn *fn,
                           void *user, struct vc_watch **watch, struct vc_err *err)
{
    struct vc_watch *fresh = malloc(sizeof(*fresh));
    struct epoll_event event = {.events = events, .data.ptr = fresh};

    if (fresh == nullptr)
        return vc_fail_memory(err);
    *fresh = (struct vc_watch){.loop = loop, .fd = fd, .fn = fn, .user = user};
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        free(fresh);
        return vc_fail_host(err, "epoll: adding descriptor %d", fd);
    }
    TAILQ_INSERT_TAIL(&loop->watches, fresh, entry);
    *watch = fresh;
    return VC_OK;
}

enum vc_code vc_loop_rewatch(struct vc_watch *watch, uint32_t events, struct vc_err *err)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};

    if (epoll_ctl(watch->loop->epoll, EPOLL_CTL_MOD, watch->fd, &event) != 0)
        return vc_fail_host(err, "epoll: changing descriptor %d", watch->fd);
    return VC_OK;
}

void vc_loop_unwatch(struct vc_watch *watch)
{
    if (watch == nullptr)
        return;
    (void)epoll_ctl(watch->loop->epoll, EPOLL_CTL_DEL, watch->fd, nullptr);
    TAILQ_REMOVE(&watch->loop->watches, watch, entry);
    watch->dead = true;
    if (watch->loop->dispatching)
        TAILQ_INSERT_TAIL(&watch->loop->dead, watch, entry);
    else
        free(watch);
}

static bool earlier(const struct vc_timer *a, const struct vc_timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->serial < b->serial;
}

static void place(struct vc_loop *loop, struct vc_timer *timer, size_t index)
{
    loop->timers[index] = timer;
    timer->index = index;
}

static void sift_up(struct vc_loop *loop, struct vc_timer *timer, size_t index)
{
    while (index > 0 && earlier(timer, loop->timers[(index - 1) / 2])) {
        place(loop, loop->timers[(index - 1) / 2], index);
        index = (index - 1) / 2;
    }
    place(loop, timer, index);
}

static void sift_down(struct vc_loop *loop, struct vc_timer *timer, size_t index)
{
    for (;;) {
        size_t child = 2 * index + 1;

        if (child + 1 < loop->timer_count && earlier(loop->timers[child + 1], loop->timers[child]))
            child++;
        if (child >= loop->timer_count || !earlier(loop->timers[child], timer))
            break;
        place(loop, loop->timers[child], index);
        index = child;
    }
    place(loop, timer, index);
}

static void remove_timer(struct vc_timer *timer)
{
    struct vc_loop *loop = timer->loop;
    size_t hole = timer->index;
    struct vc_timer *last = loop->timers[--loop->timer_count];

    if (last == timer)
        return;
    sift_down(loop, last, hole);
    sift_up(loop, last, last->index);
}

static enum vc_code reserve_timer(struct vc_loop *loop, struct vc_err *err)
{
    size_t wanted = loop->timer_capacity == 0 ? 16 : loop->timer_capacity * 2;
    struct vc_timer **grown;

    if (loop->timer_count < loop->timer_capacity)
        return VC_OK;
    grown = reallocarray(loop->timers, wanted, sizeof(struct vc_timer *));
    if (grown == nullptr)
        return vc_fail_memory(err);
    loop->timers = grown;
    loop->timer_capacity = wanted;
    return VC_OK;
}

enum vc_code vc_loop_after(struct vc_loop *loop, uint64_t delay_ms, vc_timer_fn *fn, void *user,
                           struct vc_timer **timer, struct vc_err *err)
{
    struct vc_timer *fresh;
    enum vc_code code = reserve_timer(loop, err);

    if (code != VC_OK)
        return code;
    fresh = malloc(sizeof(*fresh));
    if (fresh == nullptr)
        return vc_fail_memory(err);
    *fresh = (struct vc_timer){.loop = loop, .serial = loop->next_serial++, .fn = fn, .user = user};
    if (ckd_add(&fresh->due_ms, vc_loop_now_ms(), delay_ms))
        fresh->due_ms = UINT64_MAX;
    sift_up(loop, fresh, loop->timer_count++);
    *timer = fresh;
    return VC_OK;
}

void vc_timer_cancel(struct vc_timer *timer)
{
    if (timer == nullptr)
        return;
    remove_timer(timer);
    free(timer);
}

/* Fires what was due when the turn began. A timer made by a callback waits for the next turn, so a
 * callback that renews itself without a delay cannot starve the descriptors. */
static void fire_timers(struct vc_loop *loop)
{
    uint64_t now_ms = vc_loop_now_ms();
    uint64_t first_new = loop->next_serial;

    while (loop->timer_count > 0 && !loop->stopping) {
        struct vc_timer due = *loop->timers[0];

        if (due.due_ms > now_ms || due.serial >= first_new)
            return;
        vc_timer_cancel(loop->timers[0]);
        due.fn(due.user);
    }
}

static int wait_ms(const struct vc_loop *loop)
{
    uint64_t now_ms = vc_loop_now_ms();

    if (!TAILQ_EMPTY(&loop->closings))
        return 0;
    if (loop->timer_count == 0)
        return -1;
    if (loop->timers[0]->due_ms <= now_ms)
        return 0;
    return loop->timers[0]->due_ms - now_ms > INT_MAX ? INT_MAX
                                                      : (int)(loop->timers[0]->due_ms - now_ms);
}

static void dispatch(struct vc_loop *loop, const struct epoll_event *ready, int count)
{
    loop->dispatching = true;
    for (int i = 0; i < count && !loop->stopping; i++) {
        struct vc_watch *watch = ready[i].data.ptr;

        if (!watch->dead)
            watch->fn(watch->user, ready[i].events);
    }
    loop->dispatching = false;
    free_watches(&loop->dead);
}

void vc_loop_close_with(struct vc_loop *loop, struct vc_closing *closing)
{
    if (closing->waiting)
        return;
    closing->waiting = true;
    TAILQ_INSERT_TAIL(&loop->closings, closing, entry);
}

void vc_loop_take_back(struct vc_loop *loop, struct vc_closing *closing)
{
    if (!closing->waiting)
        return;
    closing->waiting = false;
    TAILQ_REMOVE(&loop->closings, closing, entry);
}

/* As many as there are now: what they ask for anew waits behind them. */
static void close_turn(struct vc_loop *loop)
{
    struct vc_closing *closing;
    size_t count = 0;

    TAILQ_FOREACH(closing, &loop->closings, entry)
    {
        count++;
    }
    while (count-- > 0 && (closing = TAILQ_FIRST(&loop->closings)) != nullptr) {
        vc_loop_take_back(loop, closing);
        closing->fn(closing->user);
    }
}

enum vc_code vc_loop_run(struct vc_loop *loop, struct vc_err *err)
{
    struct epoll_event ready[READY_MAX];

    loop->stopping = false;
    while (!loop->stopping) {
        int count = epoll_wait(loop->epoll, ready, READY_MAX, wait_ms(loop));

        if (count < 0 && errno != EINTR)
            return vc_fail_host(err, "epoll_wait");
        if (count > READY_MAX)
            return vc_fail(err, VC_HOST, "epoll_wait: more events than there is room for");
        dispatch(loop, ready, count < 0 ? 0 : count);
        if (!loop->stopping)
            fire_timers(loop);
        close_turn(loop);
    }
    return VC_OK;
}

void vc_loop_stop(struct vc_loop *loop)
{
    loop->stopping = true;
}
