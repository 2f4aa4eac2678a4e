/* SPDX-License-Identifier: MIT */

/* Host names and addresses that may go into a certificate. */

#ifndef VC_ATTESTD_HOST_H
#define VC_ATTESTD_HOST_H

#include "base/err.h"

constexpr size_t VC_HOST_MAX = 254; /* bytes of a name, with the NUL (RFC 1035 §2.3.4) */

struct vc_host {
    char name[VC_HOST_MAX]; /* lower case; "" for an address */
    uint8_t address[16];
    size_t address_size; /* 4 or 16; 0 for a name */
};

/* A DNS name (RFC 1123 §2.1: letters, digits and hyphens, the last label not all digits) or an IP
 * address as text without brackets. VC_MALFORMED: neither. VC_REFUSED: a name under .veracruz,
 * which only this service gives out. */
enum vc_code vc_host_parse(const char *text, struct vc_host *host, struct vc_err *err);

#endif
