/* SPDX-License-Identifier: MIT */

#include "runtime/clock.h"

#include <stdckdint.h>

/* In whole seconds; a part of one counts at the start and not later, so that what passed is never
 * more than it was. */
static bool read_running(bool start, int64_t *running)
{
    struct timespec now;

    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
        return false;
    *running = (int64_t)now.tv_sec + (start && now.tv_nsec > 0 ? 1 : 0);
    return true;
}

enum vc_code vc_clock_start(struct vc_clock *clock, struct vc_err *err)
{
    struct vc_clock made = {.start_wall = vc_clock_wall()};

    if (!read_running(true, &made.start_running))
        return vc_fail_host(err, "clock");
    if (made.start_wall < 0 || made.start_running < 0)
        return vc_fail(err, VC_HOST, "clock: before its own beginning");
    *clock = made;
    return VC_OK;
}

int64_t vc_clock_later(const struct vc_clock *clock, int64_t wall, int64_t running)
{
    int64_t passed;
    int64_t reckoned;

    /* A host that gives such readings wants something to expire; so it does. */
    if (ckd_sub(&passed, running, clock->start_running) ||
        ckd_add(&reckoned, clock->start_wall, passed))
        return INT64_MAX;
    if (passed < 0)
        reckoned = clock->start_wall;
    return wall > reckoned ? wall : reckoned;
}

int64_t vc_clock_now(const struct vc_clock *clock)
{
    int64_t running;

    /* It could be read at the start; a host that then takes it away ends what it may. */
    if (!read_running(false, &running))
        return INT64_MAX;
    return vc_clock_later(clock, vc_clock_wall(), running);
}
