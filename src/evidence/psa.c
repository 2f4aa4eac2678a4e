/* SPDX-License-Identifier: MIT */

#include "evidence/psa.h"

#include <stdio.h>

#include "codec/cbor.h"
#include "evidence/field.h"
#include "evidence/psa_claims.h"

/* Tags of Arm CCA's tokens, which hold a platform's and a realm's: the draft's own, and a CMW
 * collection. */
static constexpr uint64_t TAG_CCA = 399;
static constexpr uint64_t TAG_CMW = 907;

static const struct algorithm {
    int64_t number;
    enum vc_scheme scheme;
    const char *name;
} algorithms[] = {
    {VC_COSE_ES256, VC_SCHEME_ES256, "ES256"},
    {VC_COSE_ES384, VC_SCHEME_ES384, "ES384"},
    {VC_COSE_ES512, VC_SCHEME_ES512, "ES512"},
};

static const struct algorithm *find_algorithm(int64_t number)
{
    for (size_t i = 0; i < VC_COUNT(algorithms); i++) {
        if (algorithms[i].number == number)
            return &algorithms[i];
    }
    return nullptr;
}

static enum vc_code refuse_cca(struct vc_bytes token, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(token);
    uint64_t tag = vc_cbor_read_tag(&reader);

    if (!reader.failed && (tag == TAG_CCA || tag == TAG_CMW))
        return vc_fail(err, VC_MALFORMED, "CCA token: not supported");
    return VC_OK;
}

static enum vc_code parse(struct vc_bytes bytes, struct vc_cose_sign1 *token,
                          struct vc_psa_claims *psa, struct vc_err *err)
{
    enum vc_code code = refuse_cca(bytes, err);

    if (code == VC_OK)
        code = vc_cose_sign1_parse_any(bytes, token, err);
    if (code == VC_OK && !token->tagged)
        code = vc_fail(err, VC_MALFORMED, "COSE_Sign1 without its tag, 18");
    if (code == VC_OK)
        code = vc_psa_claims_parse(token->payload, psa, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "psa evidence");
}

enum vc_code vc_psa_check_signature(const struct vc_cose_sign1 *token,
                                    const struct vc_public_key *key, struct vc_err *err)
{
    const struct algorithm *algorithm = find_algorithm(token->algorithm);
    vc_cleanup(vc_buffer_done) struct vc_buffer message = {};
    enum vc_code code;

    if (algorithm == nullptr) {
        return vc_fail(err, VC_UNTRUSTED,
                       "algorithm %lld; ES256 (-7), ES384 (-35) and ES512 (-36) are known",
                       (long long)token->algorithm);
    }
    code = vc_cose_sign1_message(token, &message, err);
    if (code == VC_OK) {
        code = vc_public_key_verify(key, algorithm->scheme, vc_buffer_bytes(&message),
                                    token->signature, err);
    }
    if (code == VC_REFUSED)
        return vc_fail(err, VC_UNTRUSTED, "%s, and the endorsed key is of another kind",
                       algorithm->name);
    return code;
}

static enum vc_code find_key(const struct vc_anchors *anchors, const struct vc_octets *instance_id,
                             const struct vc_public_key **key, struct vc_err *err)
{
    char hex[VC_OCTETS_HEX_MAX];

    *key = vc_anchors_endorsed(anchors, VC_PLATFORM_PSA, vc_octets_bytes(instance_id));
    if (*key != nullptr)
        return VC_OK;
    vc_octets_hex(instance_id, hex);
    return vc_fail(err, VC_UNTRUSTED, "no key is endorsed for the device with instance id %s", hex);
}

/* What a secured device says, once it is known that it says it. */
static enum vc_code check_claims(const struct vc_psa_claims *psa, struct vc_err *err)
{
    if (psa->lifecycle >> 8 != VC_PSA_SECURED) {
        return vc_fail(err, VC_UNTRUSTED, "life cycle 0x%04x (%s), 0x30xx (secured) wanted",
                       psa->lifecycle, vc_psa_lifecycle_name(psa->lifecycle));
    }
    if (psa->component_count == 0) {
        return vc_fail(err, VC_UNTRUSTED,
                       "the device says that it measured no software: nothing can be compared");
    }
    return VC_OK;
}

static void take_component(const struct vc_psa_component *component, size_t index,
                           struct vc_claims *claims)
{
    char name[2][24];

    (void)snprintf(name[0], sizeof(name[0]), "component%u", (uint8_t)index);
    (void)snprintf(name[1], sizeof(name[1]), "signer%u", (uint8_t)index);
    vc_claims_add_register(claims, name[0], vc_octets_bytes(&component->measurement));
    vc_claims_add_register(claims, name[1], vc_octets_bytes(&component->signer_id));
}

static void take_claims(const struct vc_psa_claims *psa, struct vc_claims *claims)
{
    unsigned state = psa->lifecycle >> 8;

    claims->passed = VC_STAGE_FORM;
    claims->measurement = psa->components[0].measurement;
    claims->report_data = psa->nonce;
    claims->machine = psa->instance_id;
    claims->debug = state == VC_PSA_NON_PSA_ROT_DEBUG || state == VC_PSA_RECOVERABLE_DEBUG;
    vc_claims_add_register(claims, "implementation_id", vc_octets_bytes(&psa->implementation_id));
    if (psa->boot_seed.size > 0)
        vc_claims_add_register(claims, "boot_seed", vc_octets_bytes(&psa->boot_seed));
    for (size_t i = 0; i < psa->component_count; i++)
        take_component(&psa->components[i], i, claims);
}

enum vc_code vc_psa_verify(const struct vc_evidence *evidence,
                           const struct vc_verification *verification, struct vc_claims *claims,
                           struct vc_err *err)
{
    const struct vc_public_key *key;
    struct vc_cose_sign1 token;
    struct vc_psa_claims psa;
    enum vc_code code = parse(evidence->bytes, &token, &psa, err);

    if (code != VC_OK)
        return code;
    take_claims(&psa, claims);
    code = find_key(verification->anchors, &psa.instance_id, &key, err);
    if (code == VC_OK)
        code = vc_psa_check_signature(&token, key, err);
    if (code == VC_OK) {
        claims->passed = VC_STAGE_AUTHENTIC;
        code = check_claims(&psa, err);
    }
    if (code != VC_OK)
        return vc_fail_in(err, code, "psa evidence");
    claims->tcb_status = VC_TCB_NOT_APPLICABLE; /* whoever endorses the key may withdraw it */
    if (verification->depth == VC_DEPTH_JUDGED)
        claims->passed = VC_STAGE_JUDGED;
    return VC_OK;
}

static void show_envelope(struct vc_fields *fields, const struct vc_cose_sign1 *token)
{
    const struct algorithm *algorithm = find_algorithm(token->algorithm);

    fields->section = "COSE_Sign1";
    vc_field_put(fields, "alg", "the algorithm of the signature, in the header that it covers",
                 "%lld (%s)", (long long)token->algorithm,
                 algorithm == nullptr ? "not known here" : algorithm->name);
    vc_field_put_hex(fields, "protected", token->protected_header,
                     "the header that the signature covers, as CBOR");
    if (token->unprotected_count > 0) {
        vc_field_put(fields, "unprotected", "parameters that nobody signed, and nobody here reads",
                     "%zu", token->unprotected_count);
    }
    vc_field_put_hex(fields, "signature", token->signature,
                     "by the device's initial attestation key: r, then s");
}

static void show_identity(struct vc_fields *fields, const struct vc_psa_claims *psa)
{
    fields->section = "claims";
    if (psa->profile_name.data != nullptr) {
        vc_field_put_text(fields, "profile", psa->profile_name,
                          psa->profile == VC_PSA_PROFILE_2
                              ? "which claims these are: profile 2, RFC 9783"
                              : "which claims these are: profile 1, before RFC 9783");
    }
    vc_field_put_hex(fields, "nonce", vc_octets_bytes(&psa->nonce),
                     "what the evidence is bound to: the verifier's challenge");
    vc_field_put_hex(fields, "instance-id", vc_octets_bytes(&psa->instance_id),
                     "which device: 01 and a digest of its attestation key");
    vc_field_put_hex(fields, "implementation-id", vc_octets_bytes(&psa->implementation_id),
                     "which hardware and immutable firmware the root of trust is");
    if (psa->boot_seed.size > 0) {
        vc_field_put_hex(fields, "boot-seed", vc_octets_bytes(&psa->boot_seed),
                         "drawn at each boot: equal seeds, same boot");
    }
}

static void show_state(struct vc_fields *fields, const struct vc_psa_claims *psa)
{
    vc_field_put(fields, "client-id",
                 psa->client_id > 0 ? "who asked for the token: the secure side"
                                    : "who asked for the token: the non-secure side",
                 "%d", psa->client_id);
    vc_field_put(fields, "security-lifecycle",
                 psa->lifecycle >> 8 == VC_PSA_SECURED
                     ? "nobody can debug the root of trust"
                     : "not secured: a verification refuses the token",
                 "0x%04x (%s)", psa->lifecycle, vc_psa_lifecycle_name(psa->lifecycle));
    if (psa->certification.data != nullptr) {
        vc_field_put_text(fields,
                          psa->profile == VC_PSA_PROFILE_2 ? "certification-reference"
                                                           : "hardware-version",
                          psa->certification, "the product in the list of PSA certificates");
    }
    if (psa->verification_service.data != nullptr) {
        vc_field_put_text(
            fields, "verification-service-indicator", psa->verification_service,
            "where the device's maker would have it verified; nobody here goes there");
    }
    if (psa->unknown_count > 0) {
        vc_field_put(fields, "(others)", "claims that PSA does not define, passed over", "%zu",
                     psa->unknown_count);
    }
}

static void show_component(struct vc_fields *fields, const struct vc_psa_component *component)
{
    if (component->type.data != nullptr)
        vc_field_put_text(fields, "measurement-type", component->type, "what it is");
    vc_field_put_hex(fields, "measurement-value", vc_octets_bytes(&component->measurement),
                     "digest of the component: what a policy compares");
    if (component->version.data != nullptr)
        vc_field_put_text(fields, "version", component->version, "as its maker calls it");
    vc_field_put_hex(fields, "signer-id", vc_octets_bytes(&component->signer_id),
                     "digest of the public key that signed the component");
    if (component->description.data != nullptr) {
        vc_field_put_text(fields, "measurement-desc", component->description,
                          "how the measurement is made");
    }
}

enum vc_code vc_psa_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                         struct vc_err *err)
{
    struct vc_fields fields = vc_fields_over(sink, err);
    struct vc_cose_sign1 token;
    struct vc_psa_claims psa;
    enum vc_code code = parse(evidence->bytes, &token, &psa, err);
    char section[32];

    if (code != VC_OK)
        return code;
    show_envelope(&fields, &token);
    show_identity(&fields, &psa);
    show_state(&fields, &psa);
    if (psa.component_count == 0) {
        vc_field_put(&fields, "no-software-measurement", "nothing was measured: refused", "1");
    }
    for (size_t i = 0; i < psa.component_count; i++) {
        (void)snprintf(section, sizeof(section), "software component %u", (uint8_t)i);
        fields.section = section;
        show_component(&fields, &psa.components[i]);
    }
    return vc_field_end(&fields);
}
