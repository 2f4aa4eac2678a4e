/* SPDX-License-Identifier: MIT */

/* What a connection's TCP socket is told, and asked. */

#ifndef VC_NET_TCP_INTERNAL_H
#define VC_NET_TCP_INTERNAL_H

#include "base/defs.h"

/* Without Nagle's delay, and with probes of a peer that is silent, as either may be for hours. Not
 * all of this exists for a Unix or vsock socket, and none of it is vital. */
void vc_tcp_prepare(int fd);

#endif
