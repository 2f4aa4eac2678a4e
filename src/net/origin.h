/* SPDX-License-Identifier: MIT */

/* Where a connection comes from, as far as it tells one neighbour from another. */

#ifndef VC_NET_ORIGIN_H
#define VC_NET_ORIGIN_H

#include <sys/socket.h>

#include "base/err.h"

/* Of IPv4 the address, also where it is written as IPv6; of IPv6 the first 64 bits, since one
 * customer has all the rest. */
struct vc_origin {
    bool known; /* false: of a socket without network addresses (Unix, vsock) */
    uint8_t bytes[8];
};

struct vc_origin vc_origin_of(const struct sockaddr_storage *address);
/* Never true of unknown ones. */
[[nodiscard]] bool vc_origin_equal(const struct vc_origin *a, const struct vc_origin *b);

#endif
