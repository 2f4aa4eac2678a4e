/* SPDX-License-Identifier: MIT */

/* Target: vc_process_verify and vc_process_show. Properties: no token verifies when nobody is
 * endorsed; what is well formed can be shown, and what is not cannot. */

#include <stdlib.h>

#include "evidence/process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum vc_code check_row(void *, const struct vc_field *field, struct vc_err *)
{
    if (field->name[0] == '\0' || field->value[0] == '\0' || field->meaning[0] == '\0')
        abort();
    return VC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct vc_evidence evidence = {.platform = VC_PLATFORM_PROCESS, .bytes = {data, size}};
    const struct vc_anchors nobody = {};
    const struct vc_verification verification = {.anchors = &nobody};
    const struct vc_field_sink sink = {.put = check_row};
    struct vc_claims claims;
    bool well_formed;

    if (vc_evidence_verify(&evidence, &verification, &claims, nullptr) == VC_OK)
        abort();
    well_formed = claims.passed == VC_STAGE_FORM;
    if ((vc_evidence_show(&evidence, &sink, nullptr) == VC_OK) != well_formed)
        abort();
    return 0;
}
