/* SPDX-License-Identifier: MIT */

/* For tests: a stream into a worker and one out of it, and a thread that plays the runtime's half
 * of abi/stream.h for both. */

#ifndef VC_WORKER_FAKE_STREAMS_H
#define VC_WORKER_FAKE_STREAMS_H

#include <pthread.h>

#include "flow/window.h"

enum { FAKE_IN_SLOT = 0, FAKE_OUT_SLOT = 1 };

/* What the thread does at its end. */
enum fake_streams_end {
    FAKE_ENDS,          /* all bytes are given, and then the end is */
    FAKE_LOSES_INPUT,   /* after them, the stream is lost */
    FAKE_LOSES_OUTPUT,  /* when half of them came back, nobody takes more */
    FAKE_KILLS,         /* when half of them came back, the worker is killed */
    FAKE_ANSWERS_BYTES, /* nothing is given before the first byte comes */
};

struct fake_streams {
    /* wanted */
    uint64_t total; /* bytes */
    uint32_t window_bytes;
    enum fake_streams_end end;
    bool standard;  /* standard input and output; else only by name */
    bool unchecked; /* the same bytes over and over, for speed */
    pid_t worker;   /* of FAKE_KILLS */
    /* made by fake_streams_init */
    int slots_fd, worker_counter, runtime_counter;
    int in_fd, out_fd; /* windows, as the worker is given them */
    struct vc_stream_slot *slots;
    struct vc_window in, out;
    uint8_t *pattern; /* of bytes that are not checked: a window */
    /* of the thread */
    pthread_t thread;
    uint64_t fed, drained;
    uint64_t wakes, sleeps; /* of the worker; of this thread */
    double began, ended;    /* when the first byte was given, and the last taken; seconds */
    uint64_t wrong;         /* bytes that were not as they had to be */
    bool closed;            /* the worker has closed its output */
};

/* Of what is wanted, zeros mean: a window of 1 MiB. */
void fake_streams_init(struct fake_streams *streams);
void fake_streams_start(struct fake_streams *streams);
/* The worker is gone: waits for the thread. */
void fake_streams_stop(struct fake_streams *streams);
void fake_streams_done(struct fake_streams *streams);

#endif
