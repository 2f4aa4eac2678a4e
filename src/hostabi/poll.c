/* SPDX-License-Identifier: MIT */

/* poll_oneoff: files are always ready, so waiting is sleeping. */

#include <string.h>
#include <time.h>

#include "hostabi/clock_internal.h"

static constexpr uint32_t SUBSCRIPTIONS_MAX = 1024;
static constexpr uint64_t SECOND_NS = 1000000000;
static constexpr uint64_t SLEEP_MAX_NS =
    UINT64_C(365) * 86400 * SECOND_NS; /* the run ends long before */

/* One thing to wait for: copied from the program's memory. */
struct subscription {
    uint64_t user_data;
    uint8_t tag;         /* enum vc_wasi_event */
    uint32_t descriptor; /* READ, WRITE */
    uint32_t clock;
    uint64_t timeout_ns;
    uint16_t flags; /* enum vc_wasi_clock_flag */
};

struct poll {
    uint8_t *subscriptions;
    uint8_t *events;
    uint32_t count;
    uint32_t happened;
};

static struct subscription subscription_at(const struct poll *poll, uint32_t index)
{
    const uint8_t *bytes = poll->subscriptions + (size_t)index * VC_WASI_SUBSCRIPTION_SIZE;

    return (struct subscription){
        .user_data = vc_guest_get_u64(bytes),
        .tag = bytes[8],
        .descriptor = vc_guest_get_u32(bytes + 16),
        .clock = vc_guest_get_u32(bytes + 16),
        .timeout_ns = vc_guest_get_u64(bytes + 24),
        .flags = (uint16_t)(bytes[40] | bytes[41] << 8),
    };
}

static void put_event(struct poll *poll, const struct subscription *subscription, uint32_t failure,
                      uint64_t size)
{
    uint8_t *bytes = poll->events + (size_t)poll->happened++ * VC_WASI_EVENT_SIZE;

    memset(bytes, 0, VC_WASI_EVENT_SIZE);
    vc_guest_put_u64(bytes, subscription->user_data);
    vc_guest_put_u16(bytes + 8, (uint16_t)failure);
    bytes[10] = subscription->tag;
    vc_guest_put_u64(bytes + 16, size);
}

static void poll_file(struct vc_host *host, struct poll *poll,
                      const struct subscription *subscription)
{
    struct vc_descriptor *file;
    uint64_t size = 0;
    uint32_t failure = vc_descriptors_find_file(&host->descriptors, subscription->descriptor,
                                                VC_WASI_RIGHT_POLL_FD_READWRITE, &file);

    if (failure == VC_WASI_SUCCESS && subscription->tag == VC_WASI_EVENT_READ) {
        failure = vc_host_file_size(file, &size);
        size = size > file->offset ? size - file->offset : 0;
    }
    put_event(poll, subscription, failure, size);
}

/* To whole steps of the clock, so that the program does not wake before its clock shows the time
 * that it waited for. */
static uint64_t round_up(uint64_t ns)
{
    uint64_t rest = ns % VC_CLOCK_GRAIN_NS;

    return rest == 0 || ns > SLEEP_MAX_NS ? ns : ns + VC_CLOCK_GRAIN_NS - rest;
}

/* How long this clock subscription still has to wait. */
static uint32_t clock_left(const struct vc_host *host, const struct subscription *subscription,
                           uint64_t *left_ns)
{
    uint64_t now_ns;
    uint32_t failure = vc_clock_now(host, subscription->clock, &now_ns);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if ((subscription->flags & ~VC_WASI_CLOCK_ABSOLUTE) != 0)
        return VC_WASI_INVAL;
    uint64_t left = subscription->timeout_ns;

    if ((subscription->flags & VC_WASI_CLOCK_ABSOLUTE) != 0)
        left = left > now_ns ? left - now_ns : 0;
    *left_ns = round_up(left);
    return VC_WASI_SUCCESS;
}

/* Reports what is ready or wrong now, and finds the next clock to wait for. */
static uint32_t poll_ready(struct vc_host *host, struct poll *poll, uint64_t *wait_ns)
{
    for (uint32_t i = 0; i < poll->count; i++) {
        struct subscription subscription = subscription_at(poll, i);
        uint64_t left_ns = 0;

        if (subscription.tag > VC_WASI_EVENT_WRITE)
            return VC_WASI_INVAL;
        if (subscription.tag != VC_WASI_EVENT_CLOCK) {
            poll_file(host, poll, &subscription);
            continue;
        }
        uint32_t failure = clock_left(host, &subscription, &left_ns);

        if (failure != VC_WASI_SUCCESS || left_ns == 0) {
            put_event(poll, &subscription, failure, 0);
        } else if (left_ns < *wait_ns) {
            *wait_ns = left_ns;
        }
    }
    return VC_WASI_SUCCESS;
}

static void sleep_for(uint64_t ns)
{
    struct timespec left = {.tv_sec = (time_t)(ns / SECOND_NS), .tv_nsec = (long)(ns % SECOND_NS)};

    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) != 0) {
        /* interrupted: on with what is left */
    }
}

static bool is_due(const struct vc_host *host, const struct subscription *subscription,
                   uint64_t slept_ns)
{
    uint64_t left_ns = 0;

    if (subscription->tag != VC_WASI_EVENT_CLOCK ||
        clock_left(host, subscription, &left_ns) != VC_WASI_SUCCESS)
        return false;
    return (subscription->flags & VC_WASI_CLOCK_ABSOLUTE) != 0 ? left_ns == 0 : left_ns <= slept_ns;
}

/* After sleeping the shortest wait: reports the clocks that asked for no more than it. */
static void report_slept(const struct vc_host *host, struct poll *poll, uint64_t slept_ns)
{
    for (uint32_t i = 0; i < poll->count; i++) {
        struct subscription subscription = subscription_at(poll, i);

        if (is_due(host, &subscription, slept_ns))
            put_event(poll, &subscription, VC_WASI_SUCCESS, 0);
    }
}

static bool overlap(const struct poll *poll)
{
    const uint8_t *subscriptions_end =
        poll->subscriptions + (size_t)poll->count * VC_WASI_SUBSCRIPTION_SIZE;
    const uint8_t *events_end = poll->events + (size_t)poll->count * VC_WASI_EVENT_SIZE;

    return poll->events < subscriptions_end && poll->subscriptions < events_end;
}

/* Arguments: subscriptions, where events go, their number, where the number of events goes. */
uint32_t vc_wasi_poll_oneoff(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct poll poll = {.count = (uint32_t)frame->arguments[2]};
    uint64_t wait_ns = SLEEP_MAX_NS;
    uint8_t *result;

    if (poll.count == 0 || poll.count > SUBSCRIPTIONS_MAX)
        return VC_WASI_INVAL;
    uint32_t failure =
        vc_guest_range(&frame->memory, frame->arguments[0],
                       (uint64_t)poll.count * VC_WASI_SUBSCRIPTION_SIZE, &poll.subscriptions);

    if (failure == VC_WASI_SUCCESS) {
        failure = vc_guest_range(&frame->memory, frame->arguments[1],
                                 (uint64_t)poll.count * VC_WASI_EVENT_SIZE, &poll.events);
    }
    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_range(&frame->memory, frame->arguments[3], sizeof(uint32_t), &result);
    /* Events written over subscriptions not yet read would be a program's bug, or its trick. */
    if (failure == VC_WASI_SUCCESS && overlap(&poll))
        failure = VC_WASI_INVAL;
    if (failure == VC_WASI_SUCCESS)
        failure = poll_ready(host, &poll, &wait_ns);
    while (failure == VC_WASI_SUCCESS && poll.happened == 0) {
        sleep_for(wait_ns);
        report_slept(host, &poll, wait_ns);
        wait_ns = SLEEP_MAX_NS;
        if (poll.happened == 0) /* somebody put real time back */
            failure = poll_ready(host, &poll, &wait_ns);
    }
    if (failure == VC_WASI_SUCCESS)
        vc_guest_put_u32(result, poll.happened);
    return failure;
}
