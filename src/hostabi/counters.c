/* SPDX-License-Identifier: MIT */

#include "hostabi/counters.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

static constexpr uint64_t SECOND_NS = 1000000000;

/* False: the time is over, or interrupted. A failure shows when the counter is read. */
static bool is_signalled(const struct vc_counters *counters, uint64_t timeout_ns)
{
    struct pollfd readable = {.fd = counters->worker, .events = POLLIN};
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / SECOND_NS),
                               .tv_nsec = (long)(timeout_ns % SECOND_NS)};
    int count = ppoll(&readable, 1, &timeout, nullptr);

    return count > 0 || (count < 0 && errno != EINTR);
}

static bool sleep_on_counter(void *waiter, uint64_t timeout_ns)
{
    const struct vc_counters *counters = waiter;
    uint64_t count;
    ssize_t got;

    if (timeout_ns != VC_STREAM_UNTIL_WOKEN && !is_signalled(counters, timeout_ns))
        return true;
    do {
        got = read(counters->worker, &count, sizeof(count));
    } while (got < 0 && errno == EINTR);
    return got == sizeof(count);
}

/* A counter that is full has woken the runtime already, which it does not know yet. */
static bool wake_by_counter(void *waiter)
{
    static constexpr uint64_t ONE = 1;
    const struct vc_counters *counters = waiter;
    ssize_t put;

    do {
        put = write(counters->runtime, &ONE, sizeof(ONE));
    } while (put < 0 && errno == EINTR);
    return put == sizeof(ONE) || (put < 0 && errno == EAGAIN);
}

const struct vc_stream_wait_ops vc_counters_wait_ops = {.sleep = sleep_on_counter,
                                                        .wake = wake_by_counter};
