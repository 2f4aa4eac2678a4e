/* SPDX-License-Identifier: MIT */

/* sock_*: no program is ever given a socket, so that none of its descriptors is one. */

#include "hostabi/host_internal.h"

static uint32_t refuse(const struct vc_host *host, const struct vc_engine_frame *frame)
{
    struct vc_descriptor *descriptor;
    uint32_t failure = vc_descriptors_find(&host->descriptors, frame->arguments[0], 0, &descriptor);

    return failure == VC_WASI_SUCCESS ? VC_WASI_NOTSOCK : failure;
}

/* Arguments: descriptor, flags, where the new descriptor goes. */
uint32_t vc_wasi_sock_accept(struct vc_host *host, struct vc_engine_frame *frame)
{
    return refuse(host, frame);
}

/* Arguments: descriptor, iovecs, count, flags, where the size goes, where flags go. */
uint32_t vc_wasi_sock_recv(struct vc_host *host, struct vc_engine_frame *frame)
{
    return refuse(host, frame);
}

/* Arguments: descriptor, iovecs, count, flags, where the size goes. */
uint32_t vc_wasi_sock_send(struct vc_host *host, struct vc_engine_frame *frame)
{
    return refuse(host, frame);
}

/* Arguments: descriptor, which directions. */
uint32_t vc_wasi_sock_shutdown(struct vc_host *host, struct vc_engine_frame *frame)
{
    return refuse(host, frame);
}
