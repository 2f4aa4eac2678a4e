/* SPDX-License-Identifier: MIT */

/* Target: vc_attested_parse. Property: a value that parses is written as the bytes that were read.
 */

#include <stdlib.h>
#include <string.h>

#include "attest/attested.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_attested attested;
    vc_cleanup(vc_buffer_done) struct vc_buffer again = {};

    if (vc_attested_parse((struct vc_bytes){data, size}, &attested, nullptr) != VC_OK)
        return 0;
    if (vc_attested_encode(&attested, &again, nullptr) != VC_OK || again.size != size ||
        memcmp(again.data, data, size) != 0)
        abort();
    return 0;
}
