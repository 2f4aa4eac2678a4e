/* SPDX-License-Identifier: MIT */

/* A local client's connected, blocking socket, and what arrived on it. */

#ifndef VC_PROXY_LOCAL_H
#define VC_PROXY_LOCAL_H

#include "proxy/request.h"

struct vc_proxy_local {
    int fd;
    uint8_t input[VC_PROXY_HEAD_SIZE_MAX]; /* arrived, and not used yet */
    size_t input_size;
};

constexpr uint32_t VC_PROXY_SILENCE_MS = 60000; /* of a local client that is to send, or to take,
                                                   more */

/* How long the client may take nothing: VC_PROXY_SILENCE_MS, or for ever. */
[[nodiscard]] bool vc_proxy_local_be_patient(const struct vc_proxy_local *local, bool for_ever);
/* False: it is gone, or took nothing for too long. */
[[nodiscard]] bool vc_proxy_local_send(const struct vc_proxy_local *local, const void *data,
                                       size_t size);
/* Waits for more input, and adds it. False: the end, silence, a failure, or no room. */
[[nodiscard]] bool vc_proxy_local_await(struct vc_proxy_local *local);
/* What is there, at most `size` bytes: of the input first. 0: nothing now. -1: nothing any more. */
ptrdiff_t vc_proxy_local_take(struct vc_proxy_local *local, uint8_t *data, size_t size);
/* Adds what is there to the input if that is empty. As vc_proxy_local_take. */
ptrdiff_t vc_proxy_local_fill(struct vc_proxy_local *local);
void vc_proxy_local_use(struct vc_proxy_local *local, size_t size);

#endif
