/* SPDX-License-Identifier: MIT */

/* Target: quotes and their PCK extensions, verified and shown. Properties: what the verifier says
 * of the form, the parser says too; nothing is authentic without a trust anchor; a quote that is
 * shown is one that was parsed. */

#include <stdlib.h>

#include "evidence/dcap.h"
#include "evidence/pck.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum vc_code look(void *user, const struct vc_field *field, struct vc_err *)
{
    (*(size_t *)user)++;
    if (field->name[0] == '\0' || field->value[0] == '\0' || field->meaning[0] == '\0')
        abort();
    return VC_OK;
}

static void check(enum vc_platform_kind platform, struct vc_bytes bytes, bool parses)
{
    const struct vc_evidence evidence = {.platform = platform, .bytes = bytes};
    const struct vc_verification verification = {
        .anchors = vc_vendor_anchors(), .now = 0, .depth = VC_DEPTH_AUTHENTIC};
    size_t shown = 0;
    const struct vc_field_sink sink = {look, &shown};
    struct vc_claims claims = {.platform = platform};

    if (vc_dcap_verify(&evidence, &verification, &claims, nullptr) == VC_OK)
        abort();
    if (claims.passed > VC_STAGE_FORM || (claims.passed == VC_STAGE_FORM && !parses))
        abort();
    if ((vc_dcap_show(&evidence, &sink, nullptr) == VC_OK && !parses) || (shown > 0) != parses)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_bytes bytes = {data, size};
    vc_cleanup(vc_buffer_done) struct vc_buffer room = {};
    struct vc_quote quote;
    struct vc_pck pck;
    bool parses;

    if (vc_pck_parse_extension(bytes, &pck, nullptr) == VC_OK)
        return 0;
    parses = vc_quote_parse(bytes, &room, &quote, nullptr) == VC_OK;
    check(VC_PLATFORM_TDX, bytes, parses);
    check(VC_PLATFORM_SGX, bytes, parses);
    return 0;
}
