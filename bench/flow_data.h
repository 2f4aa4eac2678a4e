/* SPDX-License-Identifier: MIT */

/* What flows in bench/stream: bytes that can be checked, or stamped records at a rate; the same at
 * the ends of ours and of each baseline. */

#ifndef VC_BENCH_FLOW_DATA_H
#define VC_BENCH_FLOW_DATA_H

#include <stddef.h>
#include <stdint.h>

enum { FLOW_RECORD = 1024 }; /* bytes; begins with the time of its making, 16 hex digits */
enum { FLOW_SAMPLES_MAX = 1 << 20 };

struct flow_source {
    uint64_t bytes; /* to make in all */
    uint64_t rate;  /* records a second; 0: bytes as fast as they go */
    uint64_t made, begun_ns;
};

/* Fills `data`, and waits until it is time for the next record if there is a rate. 0: that was all.
 */
long flow_read(void *source, void *data, size_t size);
void flow_print_source(const struct flow_source *source);

struct flow_sink {
    uint64_t taken, wrong, ended_ns;
    uint8_t record[FLOW_RECORD];
    uint32_t *latencies_us; /* made when the first stamped record comes */
    size_t sample_count;
};

/* Takes all of it and returns 0. One block of 64 KiB in 16 is compared with what the filter makes
 * of the source; of stamped records the time is taken. */
int flow_write(void *sink, const void *data, size_t size);
/* One line of JSON. */
void flow_print_sink(struct flow_sink *sink);

#endif
