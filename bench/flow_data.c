/* SPDX-License-Identifier: MIT */

#include "bench/flow_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static constexpr uint64_t SECOND_NS = 1000000000;
static constexpr size_t STAMP = 16;        /* hex digits */
static constexpr size_t PATTERN = 1 << 20; /* bytes */
static constexpr size_t CHECKED = 65536;   /* bytes of each pattern that are compared */

static uint64_t now_ns(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        abort();
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

/* Byte n of the source, and what the filter makes of it: letters of which some change case. */
static uint8_t source_byte(uint64_t n)
{
    return (uint8_t)(' ' + (n * 2654435761U >> 7) % 95);
}

static uint8_t filtered_byte(uint64_t n)
{
    uint8_t byte = source_byte(n);
    uint8_t letter = byte | 0x20;

    return letter >= 'a' && letter <= 'z' ? byte ^ 0x20 : byte;
}

/* The first PATTERN bytes of either, over and over, are what flows. */
static uint8_t *make_pattern(uint8_t (*byte_at)(uint64_t n))
{
    uint8_t *made = malloc(PATTERN);

    if (made == nullptr)
        abort();
    for (uint64_t n = 0; n < PATTERN; n++)
        made[n] = byte_at(n);
    return made;
}

static void sleep_until(uint64_t due_ns)
{
    const struct timespec due = {(time_t)(due_ns / SECOND_NS), (long)(due_ns % SECOND_NS)};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr) != 0) {
        /* interrupted */
    }
}

static long next_record(struct flow_source *source, char *data)
{
    uint64_t due_ns = source->begun_ns + source->made / FLOW_RECORD * SECOND_NS / source->rate;

    sleep_until(due_ns);
    memset(data, '.', FLOW_RECORD - 1);
    data[FLOW_RECORD - 1] = '\n';
    (void)snprintf(data, STAMP + 1, "%016jx", (uintmax_t)now_ns());
    data[STAMP] = ' ';
    source->made += FLOW_RECORD;
    return FLOW_RECORD;
}

static const uint8_t *source_pattern(void)
{
    static uint8_t *made;

    if (made == nullptr)
        made = make_pattern(source_byte);
    return made;
}

static const uint8_t *filtered_pattern(void)
{
    static uint8_t *made;

    if (made == nullptr)
        made = make_pattern(filtered_byte);
    return made;
}

long flow_read(void *user, void *data, size_t size)
{
    struct flow_source *source = user;
    uint64_t left = source->bytes - source->made;

    if (source->begun_ns == 0) {
        (void)source_pattern();
        source->begun_ns = now_ns();
    }
    if (left == 0)
        return 0;
    if (source->rate > 0)
        return next_record(source, data);
    uint64_t at = source->made % PATTERN;
    size_t step = size < left ? size : (size_t)left;

    if (step > PATTERN - at)
        step = (size_t)(PATTERN - at);
    memcpy(data, source_pattern() + at, step);
    source->made += step;
    return (long)step;
}

void flow_print_source(const struct flow_source *source)
{
    (void)printf("{\"bytes\": %ju, \"begun_ns\": %ju}\n", (uintmax_t)source->made,
                 (uintmax_t)source->begun_ns);
}

/* Compares what lies in the first CHECKED bytes of each PATTERN. */
static void compare(struct flow_sink *sink, const uint8_t *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        size_t at = (size_t)((sink->taken + done) % PATTERN);
        size_t left = size - done < PATTERN - at ? size - done : PATTERN - at;

        if (at < CHECKED) {
            size_t checked = left < CHECKED - at ? left : CHECKED - at;

            sink->wrong += memcmp(data + done, filtered_pattern() + at, checked) != 0;
        }
        done += left;
    }
}

static void take_stamp(struct flow_sink *sink)
{
    char stamp[STAMP + 1];
    uint64_t now = now_ns();

    memcpy(stamp, sink->record, STAMP);
    stamp[STAMP] = '\0';
    if (sink->latencies_us == nullptr)
        sink->latencies_us = calloc(FLOW_SAMPLES_MAX, sizeof(*sink->latencies_us));
    if (sink->latencies_us == nullptr)
        abort();
    if (sink->sample_count < FLOW_SAMPLES_MAX)
        sink->latencies_us[sink->sample_count++] =
            (uint32_t)((now - strtoull(stamp, nullptr, 16)) / 1000);
}

/* Of a stream of stamped records the first is known by its newline: the pattern has none. */
static bool is_stamped(const struct flow_sink *sink, const uint8_t *data, size_t size)
{
    return sink->latencies_us != nullptr ||
           (sink->taken < FLOW_RECORD && memchr(data, '\n', size) != nullptr);
}

int flow_write(void *user, const void *data, size_t size)
{
    struct flow_sink *sink = user;
    const uint8_t *bytes = data;

    if (!is_stamped(sink, bytes, size)) {
        if (sink->taken < FLOW_RECORD)
            memcpy(sink->record + sink->taken, bytes,
                   size < FLOW_RECORD - sink->taken ? size : (size_t)(FLOW_RECORD - sink->taken));
        compare(sink, bytes, size);
        sink->taken += size;
    } else {
        while (size > 0) {
            size_t at = (size_t)(sink->taken % FLOW_RECORD);
            size_t step = size < FLOW_RECORD - at ? size : FLOW_RECORD - at;

            memcpy(sink->record + at, bytes, step);
            bytes += step;
            size -= step;
            sink->taken += step;
            if (sink->taken % FLOW_RECORD == 0)
                take_stamp(sink);
        }
    }
    sink->ended_ns = now_ns();
    return 0;
}

static int ascending(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;

    return left < right ? -1 : left > right;
}

void flow_print_sink(struct flow_sink *sink)
{
    size_t count = sink->sample_count;

    if (count > 0)
        qsort(sink->latencies_us, count, sizeof(*sink->latencies_us), ascending);
    (void)printf("{\"bytes\": %ju, \"wrong\": %ju, \"ended_ns\": %ju, \"records\": %zu, "
                 "\"p50_us\": %u, \"p99_us\": %u, \"p999_us\": %u}\n",
                 (uintmax_t)sink->taken, (uintmax_t)sink->wrong, (uintmax_t)sink->ended_ns, count,
                 count > 0 ? sink->latencies_us[count / 2] : 0,
                 count > 0 ? sink->latencies_us[count * 99 / 100] : 0,
                 count > 0 ? sink->latencies_us[count * 999 / 1000] : 0);
    free(sink->latencies_us);
    sink->latencies_us = nullptr;
}
