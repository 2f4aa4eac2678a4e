/* SPDX-License-Identifier: MIT */

/* poll_oneoff: files are always ready; streams and clocks are waited for together. */

#include <string.h>
#include <time.h>

#include "hostabi/clock_internal.h"

static constexpr uint32_t SUBSCRIPTIONS_MAX = 1024;
static constexpr uint64_t SECOND_NS = 1000000000;
static constexpr uint64_t SLEEP_MAX_NS =
    UINT64_C(400) * 86400 * SECOND_NS; /* the run ends long before */

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
    uint32_t streams;    /* among the subscriptions that are not ready */
    uint64_t wait_ns;    /* until the next clock; SLEEP_MAX_NS: none */
    uint64_t elapsed_ns; /* since the call began, for programs with a clock */
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

/* What happened with one subscription. */
struct happening {
    uint32_t failure;
    uint16_t flags; /* enum vc_wasi_event_flag */
    uint64_t size;
};

static void put_event(struct poll *poll, const struct subscription *subscription,
                      struct happening happening)
{
    uint8_t *bytes = poll->events + (size_t)poll->happened++ * VC_WASI_EVENT_SIZE;

    memset(bytes, 0, VC_WASI_EVENT_SIZE);
    vc_guest_put_u64(bytes, subscription->user_data);
    vc_guest_put_u16(bytes + 8, (uint16_t)happening.failure);
    bytes[10] = subscription->tag;
    vc_guest_put_u64(bytes + 16, happening.size);
    vc_guest_put_u16(bytes + 24, happening.flags);
}

static void poll_file(struct poll *poll, const struct subscription *subscription,
                      const struct vc_descriptor *file)
{
    struct happening happening = {};

    if (subscription->tag == VC_WASI_EVENT_READ) {
        happening.failure = vc_host_file_size(file, &happening.size);
        happening.size = happening.size > file->offset ? happening.size - file->offset : 0;
    }
    put_event(poll, subscription, happening);
}

static void poll_stream(struct poll *poll, const struct subscription *subscription,
                        const struct vc_stream_end *end)
{
    struct vc_stream_look look = {};
    struct happening happening = {};

    /* the other direction is not there to wait for */
    happening.failure = end->produces == (subscription->tag == VC_WASI_EVENT_WRITE)
                            ? vc_stream_end_look(end, &look)
                            : VC_WASI_NOTCAPABLE;
    if (happening.failure == VC_WASI_SUCCESS && !look.ready) {
        poll->streams++;
        return;
    }
    happening.size = look.size;
    happening.flags = look.over ? VC_WASI_EVENT_HANGUP : 0;
    put_event(poll, subscription, happening);
}

static void poll_descriptor(const struct vc_host *host, struct poll *poll,
                            const struct subscription *subscription)
{
    struct vc_descriptor *descriptor;
    uint32_t failure = vc_descriptors_find_bytes(&host->descriptors, subscription->descriptor,
                                                 VC_WASI_RIGHT_POLL_FD_READWRITE, &descriptor);

    if (failure != VC_WASI_SUCCESS) {
        put_event(poll, subscription, (struct happening){.failure = failure});
    } else if (descriptor->kind == VC_DESCRIPTOR_STREAM) {
        poll_stream(poll, subscription, &descriptor->stream);
    } else {
        poll_file(poll, subscription, descriptor);
    }
}

/* To whole steps of the clock, so that the program does not wake before its clock shows the time
 * that it waited for. */
static uint64_t round_up(uint64_t ns)
{
    uint64_t rest = ns % VC_CLOCK_GRAIN_NS;

    return rest == 0 || ns > SLEEP_MAX_NS ? ns : ns + VC_CLOCK_GRAIN_NS - rest;
}

/* How long this clock subscription still has to wait. */
static uint32_t clock_left(const struct vc_host *host, const struct poll *poll,
                           const struct subscription *subscription, uint64_t *left_ns)
{
    uint64_t now_ns;
    uint32_t failure = vc_clock_now(host, subscription->clock, &now_ns);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if ((subscription->flags & ~VC_WASI_CLOCK_ABSOLUTE) != 0)
        return VC_WASI_INVAL;
    uint64_t until = subscription->timeout_ns;

    if ((subscription->flags & VC_WASI_CLOCK_ABSOLUTE) != 0) {
        *left_ns = until > now_ns ? round_up(until - now_ns) : 0;
    } else {
        until = round_up(until);
        *left_ns = until > poll->elapsed_ns ? until - poll->elapsed_ns : 0;
    }
    return VC_WASI_SUCCESS;
}

static void poll_clock(const struct vc_host *host, struct poll *poll,
                       const struct subscription *subscription)
{
    uint64_t left_ns = 0;
    uint32_t failure = clock_left(host, poll, subscription, &left_ns);

    if (failure != VC_WASI_SUCCESS || left_ns == 0) {
        put_event(poll, subscription, (struct happening){.failure = failure});
    } else if (left_ns < poll->wait_ns) {
        poll->wait_ns = left_ns;
    }
}

/* Reports what is ready or wrong now, and finds what there is to wait for. */
static uint32_t look(const struct vc_host *host, struct poll *poll)
{
    poll->streams = 0;
    poll->wait_ns = SLEEP_MAX_NS;
    for (uint32_t i = 0; i < poll->count; i++) {
        struct subscription subscription = subscription_at(poll, i);

        if (subscription.tag > VC_WASI_EVENT_WRITE)
            return VC_WASI_INVAL;
        if (subscription.tag == VC_WASI_EVENT_CLOCK) {
            poll_clock(host, poll, &subscription);
        } else {
            poll_descriptor(host, poll, &subscription);
        }
    }
    return VC_WASI_SUCCESS;
}

static uint64_t steady_ns(const struct vc_host *host)
{
    struct timespec now = {};

    if (!host->clock)
        return 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static void sleep_for(uint64_t ns)
{
    struct timespec left = {.tv_sec = (time_t)(ns / SECOND_NS), .tv_nsec = (long)(ns % SECOND_NS)};

    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) != 0) {
        /* interrupted: on with what is left */
    }
}

/* Says of every stream that is waited for whether this run sleeps. */
static void arm_streams(const struct vc_host *host, const struct poll *poll, bool sleeps)
{
    for (uint32_t i = 0; i < poll->count; i++) {
        struct subscription subscription = subscription_at(poll, i);
        struct vc_descriptor *descriptor;

        if (subscription.tag != VC_WASI_EVENT_CLOCK &&
            vc_descriptors_find_bytes(&host->descriptors, subscription.descriptor, 0,
                                      &descriptor) == VC_WASI_SUCCESS &&
            descriptor->kind == VC_DESCRIPTOR_STREAM)
            vc_stream_end_arm(&descriptor->stream, sleeps);
    }
}

/* All the streams at once: each knows of the sleep before any is looked at again (stream.h says why
 * that misses nothing), and whichever it is that changes, there is one counter to be woken by. */
static uint32_t sleep_for_streams(const struct vc_host *host, struct poll *poll)
{
    bool awake = true;

    arm_streams(host, poll, true);
    uint32_t failure = look(host, poll);

    if (failure == VC_WASI_SUCCESS && poll->happened == 0) {
        awake = host->stream.ops->sleep(host->stream.waiter, poll->wait_ns < SLEEP_MAX_NS
                                                                 ? poll->wait_ns
                                                                 : VC_STREAM_UNTIL_WOKEN);
    }
    arm_streams(host, poll, false);
    return awake ? failure : VC_WASI_IO;
}

static uint32_t wait_for_events(const struct vc_host *host, struct poll *poll)
{
    uint64_t begin_ns = steady_ns(host);
    uint32_t failure = look(host, poll);

    while (failure == VC_WASI_SUCCESS && poll->happened == 0) {
        if (poll->streams > 0) {
            failure = sleep_for_streams(host, poll);
        } else {
            sleep_for(poll->wait_ns);
        }
        poll->elapsed_ns = steady_ns(host) - begin_ns;
        if (failure == VC_WASI_SUCCESS && poll->happened == 0)
            failure = look(host, poll);
    }
    return failure;
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
        failure = wait_for_events(host, &poll);
    if (failure == VC_WASI_SUCCESS)
        vc_guest_put_u32(result, poll.happened);
    return failure;
}
