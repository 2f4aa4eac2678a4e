/* SPDX-License-Identifier: MIT */

/* Up to 64 bytes by value: a digest of any size, a register, an identity. */

#ifndef VC_BASE_OCTETS_H
#define VC_BASE_OCTETS_H

#include "base/err.h"

constexpr size_t VC_OCTETS_MAX = 64;
constexpr size_t VC_OCTETS_HEX_MAX = 2 * VC_OCTETS_MAX + 1; /* as hex, with the NUL */

struct vc_octets {
    uint8_t bytes[VC_OCTETS_MAX]; /* zero beyond `size` */
    size_t size;
};

/* A run of at most VC_OCTETS_MAX bytes; asserts that it fits. */
struct vc_octets vc_octets_of(struct vc_bytes bytes);
/* Borrowed. */
struct vc_bytes vc_octets_bytes(const struct vc_octets *octets);
/* Same size, same bytes. Nothing (size 0) equals nothing only. */
[[nodiscard]] bool vc_octets_equal(const struct vc_octets *a, const struct vc_octets *b);
[[nodiscard]] bool vc_octets_is_zero(const struct vc_octets *octets);
/* Lower-case hex, with a NUL. */
void vc_octets_hex(const struct vc_octets *octets, char hex[VC_OCTETS_HEX_MAX]);
/* Lower-case hex of 1 to VC_OCTETS_MAX bytes, and nothing else. VC_MALFORMED. */
enum vc_code vc_octets_parse(const char *hex, struct vc_octets *octets, struct vc_err *err);

#endif
