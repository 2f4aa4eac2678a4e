/* SPDX-License-Identifier: MIT */

/* What a connection's TCP socket is told, and asked. */

#ifndef VC_NET_TCP_INTERNAL_H
#define VC_NET_TCP_INTERNAL_H

#include "base/defs.h"

/* Without Nagle's delay, and with probes of a peer that is silent, as either may be for hours. Not
 * all of this exists for a Unix or vsock socket, and none of it is vital. */
void vc_tcp_prepare(int fd);
/* True if bytes wait for a peer from whom nothing, not even an acknowledgement, came for
 * VC_TCP_GONE_MS: the kernel would try for a quarter of an hour and longer. A peer that is there
 * and takes nothing acknowledges the probes of its window; one to whom nothing is to be sent, those
 * that vc_tcp_prepare asked for. False of whatever is no TCP socket. */
[[nodiscard]] bool vc_tcp_is_gone(int fd);
/* The kernel probes a closed window every two minutes at the latest. */
constexpr uint32_t VC_TCP_GONE_MS = 300000;

#endif
