/* SPDX-License-Identifier: MIT */

/* Target: what the attestation service answers to an application. Properties: what a session shows
 * of it is within the bounds that clients keep. */

#include <stdlib.h>

#include "attest/session.h"
#include "runtime/enrol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    vc_cleanup(vc_enrolment_done) struct vc_enrolment enrolment = {};
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;

    if (vc_json_parse((struct vc_bytes){data, size}, &json, nullptr) != VC_OK ||
        vc_enrolment_parse(json, &enrolment, nullptr) != VC_OK)
        return 0;
    if (enrolment.certificate == nullptr || enrolment.needed.size > VC_NEEDED_SIZE_MAX ||
        vc_collateral_extend(nullptr, vc_buffer_bytes(&enrolment.needed),
                             VC_SESSION_CERTIFICATES_MAX, &collateral, nullptr) != VC_OK)
        abort();
    return 0;
}
