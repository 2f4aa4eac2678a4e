/* SPDX-License-Identifier: MIT */

/* clock_*: time, if the policy gives it, and then no finer than needed: a fine clock measures what
 * others do on the machine. */

#include "hostabi/clock_internal.h"

#include <time.h>

static constexpr uint64_t GRAIN_NS = 1000000;
static constexpr uint64_t SECOND_NS = 1000000000;

uint32_t vc_clock_now(const struct vc_host *host, uint64_t id, uint64_t *now_ns)
{
    struct timespec now;

    if (!host->clock)
        return VC_WASI_ACCES;
    if (id != VC_WASI_CLOCK_REALTIME && id != VC_WASI_CLOCK_MONOTONIC)
        return VC_WASI_INVAL;
    if (clock_gettime(id == VC_WASI_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now) != 0)
        return VC_WASI_IO;
    uint64_t ns = (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;

    /* From the run's start: how long the machine is up is not the program's business. */
    if (id == VC_WASI_CLOCK_MONOTONIC)
        ns -= (uint64_t)host->clock_base_ns;
    *now_ns = ns - ns % GRAIN_NS;
    return VC_WASI_SUCCESS;
}

/* Arguments: clock, where the resolution goes. */
uint32_t vc_wasi_clock_res_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    uint64_t now_ns;
    uint32_t failure = vc_clock_now(host, frame->arguments[0], &now_ns);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_store_u64(&frame->memory, frame->arguments[1], GRAIN_NS);
    return failure;
}

/* Arguments: clock, precision (ignored), where the time goes. */
uint32_t vc_wasi_clock_time_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    uint64_t now_ns;
    uint32_t failure = vc_clock_now(host, frame->arguments[0], &now_ns);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_store_u64(&frame->memory, frame->arguments[2], now_ns);
    return failure;
}
