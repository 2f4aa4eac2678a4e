/* SPDX-License-Identifier: MIT */

/* clock_*: time, if the policy gives it, and then no finer than needed: a fine clock measures what
 * others do on the machine. */

#include "hostabi/clock_internal.h"

#include <time.h>

static constexpr uint64_t SECOND_NS = 1000000000;

/* Of the process, one thread: what it used is what its thread used. */
static const clockid_t CLOCKS[] = {
    [VC_WASI_CLOCK_REALTIME] = CLOCK_REALTIME,
    [VC_WASI_CLOCK_MONOTONIC] = CLOCK_MONOTONIC,
    [VC_WASI_CLOCK_PROCESS_CPUTIME] = CLOCK_PROCESS_CPUTIME_ID,
    [VC_WASI_CLOCK_THREAD_CPUTIME] = CLOCK_PROCESS_CPUTIME_ID,
};

uint32_t vc_clock_now(const struct vc_host *host, uint64_t id, uint64_t *now_ns)
{
    struct timespec now;

    if (id >= VC_COUNT(CLOCKS))
        return VC_WASI_INVAL;
    if (!host->clock)
        return VC_WASI_ACCES;
    if (clock_gettime(CLOCKS[id], &now) != 0)
        return VC_WASI_IO;
    uint64_t ns = (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;

    /* From the run's start: how long the machine is up is not the program's business. */
    if (id == VC_WASI_CLOCK_MONOTONIC)
        ns -= (uint64_t)host->clock_base_ns;
    *now_ns = ns - ns % VC_CLOCK_GRAIN_NS;
    return VC_WASI_SUCCESS;
}

/* Programs expect that a clock which only goes forward does so between two looks at it. */
static uint64_t step_forward(struct vc_host *host, uint64_t now_ns)
{
    if (now_ns <= host->clock_shown_ns)
        now_ns = host->clock_shown_ns + 1;
    host->clock_shown_ns = now_ns;
    return now_ns;
}

/* Arguments: clock, where the resolution goes. */
uint32_t vc_wasi_clock_res_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    uint64_t now_ns;
    uint32_t failure = vc_clock_now(host, frame->arguments[0], &now_ns);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_store_u64(&frame->memory, frame->arguments[1], VC_CLOCK_GRAIN_NS);
    return failure;
}

/* Arguments: clock, precision (ignored), where the time goes. */
uint32_t vc_wasi_clock_time_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    uint64_t now_ns;
    uint32_t failure = vc_clock_now(host, frame->arguments[0], &now_ns);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (frame->arguments[0] == VC_WASI_CLOCK_MONOTONIC)
        now_ns = step_forward(host, now_ns);
    return vc_guest_store_u64(&frame->memory, frame->arguments[2], now_ns);
}
