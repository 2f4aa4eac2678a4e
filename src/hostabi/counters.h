/* SPDX-License-Identifier: MIT */

/* The two event counters of a run with streams: one wakes it, the other wakes the runtime. */

#ifndef VC_HOSTABI_COUNTERS_H
#define VC_HOSTABI_COUNTERS_H

#include "hostabi/stream.h"

struct vc_counters {
    int worker;  /* blocking; read here */
    int runtime; /* not blocking; written here */
};

/* The waiter is a struct vc_counters. */
extern const struct vc_stream_wait_ops vc_counters_wait_ops;

#endif
