/* SPDX-License-Identifier: MIT */

/* Addresses that people write, "127.0.0.1:3000" or "[::1]:3000", and listening on them. */

#ifndef VC_NET_ADDRESS_H
#define VC_NET_ADDRESS_H

#include "base/err.h"

constexpr size_t VC_ADDRESS_MAX = 300; /* bytes of the text with its NUL */

struct vc_address {
    char host[256]; /* a name or a numeric address, without brackets; "" is any */
    char port[8];   /* decimal, 0 to 65535 */
};

/* VC_MALFORMED: no "host:port". Does not resolve anything. */
enum vc_code vc_address_parse(const char *text, struct vc_address *address, struct vc_err *err);

/* A listening, non-blocking, close-on-exec socket; port 0 takes any free one. `real` gets the
 * address with the port that it has. VC_MALFORMED, VC_HOST. */
enum vc_code vc_listen(const char *text, int *fd, char real[VC_ADDRESS_MAX], struct vc_err *err);

#endif
