/* SPDX-License-Identifier: MIT */

/* Target: evidence of a TPM. The first byte chooses what the rest is: a bundle to verify and show,
 * one of the structures, or a file (or two, cut at the second byte's place) to import. Properties:
 * without an anchor nothing is trusted; what parses as a bundle is what encoding it gives; what
 * verification calls well formed can be shown as far as its event log; what import makes parses. */

#include <stdlib.h>
#include <string.h>

#include "evidence/tpm.h"
#include "evidence/tpm_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum vc_code take_row(void *, const struct vc_field *field, struct vc_err *)
{
    if (field->name[0] == '\0' || field->meaning[0] == '\0')
        abort();
    return VC_OK;
}

static void check_bundle(struct vc_bytes bytes)
{
    static const struct vc_anchors nobody = {};
    const struct vc_evidence evidence = {.platform = VC_PLATFORM_TPM, .bytes = bytes};
    const struct vc_verification verification = {.anchors = &nobody, .now = 1795000000};
    vc_cleanup(vc_buffer_done) struct vc_buffer again = {};
    struct vc_tpm_bundle bundle;
    struct vc_claims claims;

    if (vc_tpm_verify(&evidence, &verification, &claims, nullptr) == VC_OK)
        abort();
    (void)!vc_tpm_show(&evidence, &(struct vc_field_sink){take_row, nullptr}, nullptr);
    if (vc_tpm_bundle_parse(bytes, &bundle, nullptr) != VC_OK) {
        if (claims.passed != VC_STAGE_NOTHING)
            abort();
        return;
    }
    if (vc_tpm_bundle_encode(&bundle, &again, nullptr) == VC_OK &&
        (again.size != bytes.size || memcmp(again.data, bytes.data, bytes.size) != 0))
        abort();
}

static void check_structures(struct vc_bytes bytes)
{
    struct vc_tpm_attest attest;
    struct vc_tpm_signature signature;
    struct vc_tpm_public area;
    struct vc_octets name;
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;

    (void)!vc_tpm_parse_attest(bytes, &attest, nullptr);
    (void)!vc_tpm_parse_signature(bytes, &signature, nullptr);
    if (vc_tpm_parse_public(bytes, &area, nullptr) != VC_OK)
        return;
    (void)!vc_tpm_public_key(&area, &key, nullptr);
    if (vc_tpm_name(&area, &name, nullptr) == VC_OK && name.size > VC_TPM_NAME_MAX)
        abort();
}

static void check_import(struct vc_bytes bytes)
{
    size_t cut = bytes.size == 0 ? 0 : bytes.data[0] * bytes.size / 256;
    const struct vc_tpm_blob blobs[] = {
        {"q.msg", {bytes.data, cut}},
        {"q.sig", {bytes.data + cut, bytes.size - cut}},
    };
    vc_cleanup(vc_buffer_done) struct vc_buffer made = {};
    struct vc_tpm_bundle bundle;

    if (vc_tpm_import(blobs + 1, 1, &made, nullptr) == VC_OK &&
        vc_tpm_bundle_parse(vc_buffer_bytes(&made), &bundle, nullptr) != VC_OK)
        abort();
    made.size = 0;
    if (vc_tpm_import(blobs, 2, &made, nullptr) == VC_OK &&
        vc_tpm_bundle_parse(vc_buffer_bytes(&made), &bundle, nullptr) != VC_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_bytes rest = {data + 1, size - 1};

    if (size < 2)
        return 0;
    if (data[0] % 3 == 0)
        check_bundle(rest);
    else if (data[0] % 3 == 1)
        check_structures(rest);
    else
        check_import(rest);
    return 0;
}
