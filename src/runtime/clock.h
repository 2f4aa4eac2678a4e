/* SPDX-License-Identifier: MIT */

/* The runtime's clocks, read where a value enters and handed on from there. */

#ifndef VC_RUNTIME_CLOCK_H
#define VC_RUNTIME_CLOCK_H

#include <stdint.h>
#include <time.h>

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
static inline int64_t vc_clock_now(void)
{
    return (int64_t)time(nullptr);
}

#endif
