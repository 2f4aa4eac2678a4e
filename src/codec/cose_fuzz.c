/* SPDX-License-Identifier: MIT */

/* Target: vc_cose_sign1_parse. Property: encoding what was accepted gives the same bytes. */

#include <stdlib.h>
#include <string.h>

#include "codec/cose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_cose_sign1 parsed;
    vc_cleanup(vc_buffer_done) struct vc_buffer out = {};

    if (vc_cose_sign1_parse((struct vc_bytes){data, size}, &parsed, nullptr) != VC_OK)
        return 0;
    if (vc_cose_sign1_encode(&parsed, &out, nullptr) != VC_OK || out.size != size ||
        memcmp(out.data, data, size) != 0)
        abort();
    return 0;
}
