/* SPDX-License-Identifier: MIT */

/* Target: attestation reports of SEV-SNP in all their forms. Property: nothing that no vendor
 * signed is believed; what is shown is complete; nothing crashes. */

#include <stdlib.h>
#include <string.h>

#include "evidence/snp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum vc_code look(void *user, const struct vc_field *field, struct vc_err *err)
{
    size_t *count = user;

    (void)err;
    if (field->section == nullptr || field->name[0] == '\0' || field->value == nullptr ||
        field->meaning[0] == '\0')
        abort();
    (*count)++;
    return VC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t count = 0;
    const struct vc_field_sink sink = {look, &count};
    const struct vc_evidence evidence = {.platform = VC_PLATFORM_SNP, .bytes = {data, size}};
    const struct vc_verification verification = {
        .anchors = vc_vendor_anchors(), .now = 1800000000, .depth = VC_DEPTH_JUDGED};
    struct vc_claims claims;
    struct vc_err err = {};
    enum vc_code code = vc_snp_verify(&evidence, &verification, &claims, &err);

    if (code == VC_OK || err.text[0] == '\0' || claims.passed > VC_STAGE_FORM)
        abort();
    code = vc_snp_show(&evidence, &sink, nullptr);
    if (code == VC_OK ? count < 50 : code != VC_MALFORMED)
        abort();
    return 0;
}
