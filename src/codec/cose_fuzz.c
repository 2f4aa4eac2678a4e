/* SPDX-License-Identifier: MIT */

/* Target: vc_cose_sign1_parse and vc_cose_sign1_parse_any. Properties: encoding what the first
 * accepts gives the same bytes, and the second accepts it too and reads the same. */

#include <stdlib.h>
#include <string.h>

#include "codec/cose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_cose_sign1 parsed;
    struct vc_cose_sign1 any;
    vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
    enum vc_code code = vc_cose_sign1_parse_any((struct vc_bytes){data, size}, &any, nullptr);

    if (code == VC_OK && (any.protected_header.size == 0 || any.payload.size > size))
        abort();
    if (vc_cose_sign1_parse((struct vc_bytes){data, size}, &parsed, nullptr) != VC_OK)
        return 0;
    if (code != VC_OK || any.algorithm != parsed.algorithm ||
        any.payload.data != parsed.payload.data || any.payload.size != parsed.payload.size ||
        any.signature.size != parsed.signature.size || any.unprotected_count != 0 || !any.tagged)
        abort();
    if (vc_cose_sign1_encode(&parsed, &out, nullptr) != VC_OK || out.size != size ||
        memcmp(out.data, data, size) != 0)
        abort();
    return 0;
}
