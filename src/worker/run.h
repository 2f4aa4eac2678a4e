/* SPDX-License-Identifier: MIT */

/* The runtime's one order to a worker, taken apart. */

#ifndef VC_WORKER_RUN_H
#define VC_WORKER_RUN_H

#include "abi/worker.h"
#include "base/packet.h"
#include "hostabi/host.h"

constexpr uint32_t VC_RUN_TEXTS_MAX = 256; /* arguments and environment together */

struct vc_run {
    struct vc_worker_run head;
    const char *texts[VC_RUN_TEXTS_MAX]; /* arguments, then environment; borrow the packet */
    struct vc_host_preopen preopens[VC_WORKER_PREOPENS_MAX]; /* borrow the packet, too */
    int module_fd;
    int slots_fd;           /* -1 without streams, and so are the counters */
    int worker_counter_fd;  /* wakes this process */
    int runtime_counter_fd; /* wakes the runtime */
    int standard_fds[3];    /* -1: not given */
};

/* `bytes` are the packet's. Descriptors are taken from it on success. VC_MALFORMED. */
enum vc_code vc_run_parse(struct vc_bytes bytes, struct vc_packet *packet, struct vc_run *run,
                          struct vc_err *err);

#endif
