/* SPDX-License-Identifier: MIT */

/* Which system calls the process may still make; any other kills it. */

#ifndef VC_WORKER_FILTER_H
#define VC_WORKER_FILTER_H

#include "base/err.h"

/* Filters add up: each is loaded on top of those before, and none is ever taken back. */
enum vc_filter {
    VC_FILTER_WORKER_WAITING, /* until guest code runs: reads its order, loads, limits itself */
    VC_FILTER_WORKER_RUNNING, /* while guest code runs */
    VC_FILTER_KEYSTORE,       /* a worker in its other role, while it answers calls */
    VC_FILTER_COMPILER,       /* makes children that compile, and waits for them */
    VC_FILTER_COMPILING,      /* one such child */
};

/* The counters of a run with streams (abi/stream.h): the descriptors behind the control socket, the
 * module and the slots. */
enum { VC_FILTER_WORKER_COUNTER_FD = 6, VC_FILTER_RUNTIME_COUNTER_FD = 7 };

struct vc_filter_grants {
    bool clock;
    bool streams;
};

/* VC_HOST: it is not in force, and the process must not go on. */
enum vc_code vc_filter_load(enum vc_filter filter, struct vc_filter_grants grants,
                            struct vc_err *err);

#endif
