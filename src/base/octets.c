/* SPDX-License-Identifier: MIT */

#include "base/octets.h"

#include <assert.h>
#include <string.h>

#include "base/hex.h"

struct vc_octets vc_octets_of(struct vc_bytes bytes)
{
    struct vc_octets octets = {.size = bytes.size};

    assert(bytes.size <= VC_OCTETS_MAX);
    if (bytes.size > 0)
        memcpy(octets.bytes, bytes.data, bytes.size);
    return octets;
}

struct vc_bytes vc_octets_bytes(const struct vc_octets *octets)
{
    return (struct vc_bytes){octets->bytes, octets->size};
}

bool vc_octets_equal(const struct vc_octets *a, const struct vc_octets *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

bool vc_octets_is_zero(const struct vc_octets *octets)
{
    for (size_t i = 0; i < octets->size; i++) {
        if (octets->bytes[i] != 0)
            return false;
    }
    return true;
}

void vc_octets_hex(const struct vc_octets *octets, char hex[VC_OCTETS_HEX_MAX])
{
    vc_hex_encode(vc_octets_bytes(octets), hex);
}

enum vc_code vc_octets_parse(const char *hex, struct vc_octets *octets, struct vc_err *err)
{
    struct vc_octets made = {.size = strlen(hex) / 2};
    enum vc_code code;

    if (made.size == 0 || made.size > VC_OCTETS_MAX)
        return vc_fail(err, VC_MALFORMED, "lower-case hex of 1 to %zu bytes wanted", VC_OCTETS_MAX);
    code = vc_hex_parse(hex, made.bytes, made.size, err);
    if (code == VC_OK)
        *octets = made;
    return code;
}
