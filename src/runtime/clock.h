/* SPDX-License-Identifier: MIT */

/* The runtime's clocks, read where a value enters and handed on from there. */

#ifndef VC_RUNTIME_CLOCK_H
#define VC_RUNTIME_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "base/err.h"

/* Microseconds on CLOCK_MONOTONIC. */
static inline uint64_t vc_clock_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Nanoseconds since 1970, as the host's clock has it. */
static inline uint64_t vc_clock_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Seconds since 1970, as the host's clock has it. */
static inline int64_t vc_clock_wall(void)
{
    return (int64_t)time(nullptr);
}

/* A clock that the host's, set back, does not set back: what has expired stays so. Constant once it
 * is started, so any thread may look at it. */
struct vc_clock {
    int64_t start_wall;    /* seconds since 1970 at the start */
    int64_t start_running; /* CLOCK_BOOTTIME then, in seconds: it goes on while machines sleep */
};

/* VC_HOST: the machine has no such clocks. */
enum vc_code vc_clock_start(struct vc_clock *clock, struct vc_err *err);

/* Seconds since 1970: the host's clock, and if that is behind, the start and what has passed. */
int64_t vc_clock_now(const struct vc_clock *clock);

/* The same of given readings of both clocks. */
int64_t vc_clock_later(const struct vc_clock *clock, int64_t wall, int64_t running);

#endif
