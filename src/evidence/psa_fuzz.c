/* SPDX-License-Identifier: MIT */

/* Target: vc_psa_verify, vc_psa_show and vc_psa_claims_parse. Properties: no token verifies when
 * nobody is endorsed; what is well formed can be shown, and what is not cannot; claims of profile 2
 * that parse are written in one form, which parses and is written the same. */

#include <stdlib.h>
#include <string.h>

#include "evidence/psa.h"
#include "evidence/psa_claims.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum vc_code check_row(void *, const struct vc_field *field, struct vc_err *)
{
    if (field->name[0] == '\0' || field->value[0] == '\0' || field->meaning[0] == '\0')
        abort();
    return VC_OK;
}

static void check_claims(struct vc_bytes payload)
{
    struct vc_psa_claims claims;
    vc_cleanup(vc_buffer_done) struct vc_buffer once = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer twice = {};

    if (vc_psa_claims_parse(payload, &claims, nullptr) != VC_OK ||
        claims.profile != VC_PSA_PROFILE_2)
        return;
    if (vc_psa_claims_encode(&claims, &once, nullptr) != VC_OK ||
        vc_psa_claims_parse(vc_buffer_bytes(&once), &claims, nullptr) != VC_OK ||
        vc_psa_claims_encode(&claims, &twice, nullptr) != VC_OK)
        abort();
    if (once.size != twice.size || memcmp(once.data, twice.data, once.size) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct vc_evidence evidence = {.platform = VC_PLATFORM_PSA, .bytes = {data, size}};
    const struct vc_anchors nobody = {};
    const struct vc_verification verification = {.anchors = &nobody};
    const struct vc_field_sink sink = {.put = check_row};
    struct vc_claims claims;
    bool well_formed;

    check_claims(evidence.bytes);
    if (vc_evidence_verify(&evidence, &verification, &claims, nullptr) == VC_OK)
        abort();
    well_formed = claims.passed == VC_STAGE_FORM;
    if ((vc_evidence_show(&evidence, &sink, nullptr) == VC_OK) != well_formed)
        abort();
    return 0;
}
