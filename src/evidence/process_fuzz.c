/* SPDX-License-Identifier: MIT */

/* Target: vc_process_verify and vc_psa_parse. Properties: no token verifies when nobody is
 * endorsed; claims that parse are written as the bytes that were read. */

#include <stdlib.h>
#include <string.h>

#include "evidence/process.h"
#include "evidence/psa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_bytes input = {data, size};
    struct vc_evidence evidence = {.platform = VC_PLATFORM_PROCESS, .bytes = input};
    struct vc_anchors anchors = {};
    struct vc_verification verification = {.anchors = &anchors, .depth = VC_DEPTH_JUDGED};
    struct vc_claims claims;
    struct vc_psa_claims psa;
    vc_cleanup(vc_buffer_done) struct vc_buffer again = {};

    if (vc_evidence_verify(&evidence, &verification, &claims, nullptr) == VC_OK)
        abort();
    if (vc_psa_parse(input, &psa, nullptr) != VC_OK)
        return 0;
    if (vc_psa_encode(&psa, &again, nullptr) != VC_OK || again.size != size ||
        memcmp(again.data, data, size) != 0)
        abort();
    return 0;
}
