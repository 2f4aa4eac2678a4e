/* SPDX-License-Identifier: MIT */

/* Target: vc_nitro_verify and vc_nitro_show, with the vendor's root. Properties: nothing is
 * authentic in 1970, genuine documents included; what is well formed can be shown, and what is not
 * cannot. */

#include <stdlib.h>

#include "evidence/nitro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum vc_code check_row(void *, const struct vc_field *field, struct vc_err *)
{
    if (field->name[0] == '\0' || field->value[0] == '\0' || field->meaning[0] == '\0')
        abort();
    return VC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct vc_evidence evidence = {.platform = VC_PLATFORM_NITRO, .bytes = {data, size}};
    const struct vc_verification verification = {.anchors = vc_vendor_anchors(), .now = 0};
    const struct vc_field_sink sink = {.put = check_row};
    struct vc_claims claims;
    bool well_formed;

    if (vc_evidence_verify(&evidence, &verification, &claims, nullptr) == VC_OK ||
        claims.passed >= VC_STAGE_AUTHENTIC)
        abort();
    well_formed = claims.passed == VC_STAGE_FORM;
    if ((vc_evidence_show(&evidence, &sink, nullptr) == VC_OK) != well_formed)
        abort();
    return 0;
}
