/* SPDX-License-Identifier: MIT */

/* The runtime's one order to a worker, taken apart. */

#ifndef VC_WORKER_RUN_H
#define VC_WORKER_RUN_H

#include "abi/worker.h"
#include "base/packet.h"

constexpr uint32_t VC_RUN_TEXTS_MAX = 256;   /* arguments and environment together */
constexpr uint32_t VC_RUN_PREOPENS_MAX = 60; /* what fits in a packet */

struct vc_run {
    struct vc_worker_run head;
    const char *texts[VC_RUN_TEXTS_MAX]; /* arguments, then environment; borrow the packet */
    const char *preopens[VC_RUN_PREOPENS_MAX];
    int module_fd;
    int standard_fds[3]; /* -1: not given */
};

/* `bytes` are the packet's. Descriptors are taken from it on success. VC_MALFORMED. */
enum vc_code vc_run_parse(struct vc_bytes bytes, struct vc_packet *packet, struct vc_run *run,
                          struct vc_err *err);

#endif
