/* SPDX-License-Identifier: MIT */

/* The event loop: order of timers, and callbacks that take others away. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "net/loop.h"

static constexpr unsigned TIMER_COUNT = 200;

struct timers {
    struct vc_loop *loop;
    struct vc_timer *timers[TIMER_COUNT];
    unsigned delays[TIMER_COUNT];
    unsigned fired;
    unsigned last_delay;
    bool disorder;
};

struct ticket {
    struct timers *all;
    unsigned index;
};

static void note(void *user)
{
    struct ticket *ticket = user;
    struct timers *all = ticket->all;

    all->timers[ticket->index] = nullptr;
    all->disorder = all->disorder || all->delays[ticket->index] < all->last_delay;
    all->last_delay = all->delays[ticket->index];
    all->fired++;
}

static void stop(void *user)
{
    vc_loop_stop(user);
}

static void test_timers(void **)
{
    struct timers all = {};
    struct ticket tickets[TIMER_COUNT];
    struct vc_timer *last;
    unsigned cancelled = 0;

    assert_int_equal(vc_loop_new(&all.loop, nullptr), VC_OK);
    for (unsigned i = 0; i < TIMER_COUNT; i++) {
        tickets[i] = (struct ticket){&all, i};
        all.delays[i] = i * 7919 % 7 * 20; /* far apart: making them takes time, too */
        assert_int_equal(
            vc_loop_after(all.loop, all.delays[i], note, &tickets[i], &all.timers[i], nullptr),
            VC_OK);
    }
    for (unsigned i = 0; i < TIMER_COUNT; i += 3, cancelled++)
        vc_timer_cancel(all.timers[i]);
    assert_int_equal(vc_loop_after(all.loop, 200, stop, all.loop, &last, nullptr), VC_OK);
    assert_int_equal(vc_loop_run(all.loop, nullptr), VC_OK);
    assert_int_equal(all.fired, TIMER_COUNT - cancelled);
    assert_false(all.disorder);
    vc_loop_free(all.loop);
}

static void count(void *user)
{
    (*(unsigned *)user)++;
}

/* The longest run of a policy, and what is more than an int, 32 bits, or the clock can hold. */
static void test_far_timers(void **)
{
    static const uint64_t delays_ms[] = {UINT64_C(31622400000), UINT64_C(1) << 31,
                                         UINT64_C(1) << 32, UINT64_MAX - 1, UINT64_MAX};
    struct vc_timer *far[VC_COUNT(delays_ms)];
    struct vc_timer *last;
    struct vc_loop *loop;
    unsigned fired = 0;

    assert_int_equal(vc_loop_new(&loop, nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(delays_ms); i++)
        assert_int_equal(vc_loop_after(loop, delays_ms[i], count, &fired, &far[i], nullptr), VC_OK);
    assert_int_equal(vc_loop_after(loop, 10, stop, loop, &last, nullptr), VC_OK);
    assert_int_equal(vc_loop_run(loop, nullptr), VC_OK);
    assert_int_equal(fired, 0);
    for (size_t i = 0; i < VC_COUNT(delays_ms); i++)
        vc_timer_cancel(far[i]);
    vc_loop_free(loop);
}

struct renewing {
    struct vc_loop *loop;
    unsigned turns;
    unsigned events;
};

static void renew(void *user)
{
    struct renewing *renewing = user;
    struct vc_timer *timer;

    renewing->turns++;
    (void)vc_loop_after(renewing->loop, 0, renew, renewing, &timer, nullptr);
}

static void count_then_stop(void *user, uint32_t ready)
{
    struct renewing *renewing = user;

    assert_int_equal(ready, EPOLLIN);
    if (++renewing->events == 3)
        vc_loop_stop(renewing->loop);
}

/* A timer that renews itself at once does not keep descriptors from their turn. */
static void test_renewing_timer(void **)
{
    struct renewing renewing = {};
    struct vc_watch *watch;
    vc_cleanup(vc_fd_closep) int fd = eventfd(1, EFD_CLOEXEC);

    assert_int_equal(vc_loop_new(&renewing.loop, nullptr), VC_OK);
    renew(&renewing);
    assert_int_equal(
        vc_loop_watch(renewing.loop, fd, EPOLLIN, count_then_stop, &renewing, &watch, nullptr),
        VC_OK);
    assert_int_equal(vc_loop_run(renewing.loop, nullptr), VC_OK);
    assert_int_equal(renewing.events, 3);
    assert_in_range(renewing.turns, 2, 4);
    vc_loop_free(renewing.loop); /* with a timer and a watch still in it */
}

static constexpr unsigned WATCH_COUNT = 10;

struct watches {
    struct vc_loop *loop;
    struct vc_watch *watches[WATCH_COUNT];
    unsigned calls;
};

/* All are ready in one turn; whichever comes first takes away every one, itself included. */
static void unwatch_all(void *user, uint32_t)
{
    struct watches *all = user;

    all->calls++;
    for (unsigned i = 0; i < WATCH_COUNT; i++)
        vc_loop_unwatch(all->watches[i]);
}

static void test_unwatch_within(void **)
{
    struct watches all = {};
    struct vc_timer *timer;
    int fds[WATCH_COUNT];

    assert_int_equal(vc_loop_new(&all.loop, nullptr), VC_OK);
    for (unsigned i = 0; i < WATCH_COUNT; i++) {
        fds[i] = eventfd(1, EFD_CLOEXEC);
        assert_int_equal(
            vc_loop_watch(all.loop, fds[i], EPOLLIN, unwatch_all, &all, &all.watches[i], nullptr),
            VC_OK);
    }
    assert_int_equal(vc_loop_after(all.loop, 10, stop, all.loop, &timer, nullptr), VC_OK);
    assert_int_equal(vc_loop_run(all.loop, nullptr), VC_OK);
    assert_int_equal(all.calls, 1);
    for (unsigned i = 0; i < WATCH_COUNT; i++)
        (void)close(fds[i]);
    vc_loop_free(all.loop);
}

static void test_rewatch(void **)
{
    struct renewing renewing = {};
    struct vc_watch *watch;
    struct vc_timer *timer;
    vc_cleanup(vc_fd_closep) int fd = eventfd(1, EFD_CLOEXEC);

    assert_int_equal(vc_loop_new(&renewing.loop, nullptr), VC_OK);
    assert_int_equal(
        vc_loop_watch(renewing.loop, fd, EPOLLIN, count_then_stop, &renewing, &watch, nullptr),
        VC_OK);
    assert_int_equal(vc_loop_rewatch(watch, 0, nullptr), VC_OK);
    assert_int_equal(vc_loop_after(renewing.loop, 5, stop, renewing.loop, &timer, nullptr), VC_OK);
    assert_int_equal(vc_loop_run(renewing.loop, nullptr), VC_OK);
    assert_int_equal(renewing.events, 0);
    assert_int_equal(vc_loop_rewatch(watch, EPOLLIN, nullptr), VC_OK);
    assert_int_equal(vc_loop_run(renewing.loop, nullptr), VC_OK);
    assert_int_equal(renewing.events, 3);
    assert_int_equal(
        vc_loop_watch(renewing.loop, -1, EPOLLIN, count_then_stop, &renewing, &watch, nullptr),
        VC_HOST);
    vc_loop_free(renewing.loop);
}

struct closing_scene {
    struct vc_loop *loop;
    struct vc_closing once, again, never;
    unsigned callbacks, closed, rounds;
};

static void count_once(void *user)
{
    struct closing_scene *scene = user;

    assert_int_equal(scene->callbacks, 2); /* both timers of the turn */
    scene->closed++;
    vc_loop_take_back(scene->loop, &scene->never);
}

static void ask_again(void *user)
{
    struct closing_scene *scene = user;

    if (++scene->rounds == 3)
        vc_loop_stop(scene->loop);
    else
        vc_loop_close_with(scene->loop, &scene->again);
}

static void must_not(void *)
{
    fail();
}

static void ask(void *user)
{
    struct closing_scene *scene = user;

    scene->callbacks++;
    vc_loop_close_with(scene->loop, &scene->once);
    vc_loop_close_with(scene->loop, &scene->never);
    vc_loop_close_with(scene->loop, &scene->again);
}

static void test_closing_a_turn(void **)
{
    struct closing_scene scene = {};
    struct vc_timer *timers[2];

    scene.once = (struct vc_closing){.fn = count_once, .user = &scene};
    scene.again = (struct vc_closing){.fn = ask_again, .user = &scene};
    scene.never = (struct vc_closing){.fn = must_not};
    assert_int_equal(vc_loop_new(&scene.loop, nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(timers); i++)
        assert_int_equal(vc_loop_after(scene.loop, 0, ask, &scene, &timers[i], nullptr), VC_OK);
    assert_int_equal(vc_loop_run(scene.loop, nullptr), VC_OK);
    assert_int_equal(scene.closed, 1);
    assert_int_equal(scene.rounds, 3);
    vc_loop_take_back(scene.loop, &scene.once); /* it is not waiting */
    vc_loop_free(scene.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timers),         cmocka_unit_test(test_far_timers),
        cmocka_unit_test(test_renewing_timer), cmocka_unit_test(test_unwatch_within),
        cmocka_unit_test(test_rewatch),        cmocka_unit_test(test_closing_a_turn),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
