/* SPDX-License-Identifier: MIT */

/* Target: vc_process_verify and vc_psa_parse. Properties: no token verifies when nobody is
 * endorsed; claims that parse are written as the bytes that were read. */

#include <stdlib.h>
#include <string.h>

#include "attest/process.h"
#include "attest/psa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct vc_key *nobody(void *, const uint8_t[VC_INSTANCE_ID_SIZE])
{
    return nullptr;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_bytes input = {data, size};
    struct vc_claims claims;
    struct vc_psa_claims psa;
    vc_cleanup(vc_buffer_done) struct vc_buffer again = {};

    if (vc_process_verify(input, nobody, nullptr, &claims, nullptr) == VC_OK)
        abort();
    if (vc_psa_parse(input, &psa, nullptr) != VC_OK)
        return 0;
    if (vc_psa_encode(&psa, &again, nullptr) != VC_OK || again.size != size ||
        memcmp(again.data, data, size) != 0)
        abort();
    return 0;
}
