/* SPDX-License-Identifier: MIT */

#include "evidence/process.h"

#include <string.h>

#include "evidence/field.h"
#include "evidence/psa.h"
#include "evidence/psa_claims.h"

/* What evidence of this platform says about itself, so that nobody can take it for hardware's. Its
 * digest is the implementation id: the sentence is public on purpose. */
static const char IMPLEMENTATION[] =
    "Veracruz process platform: an emulated root of trust in software, operated by whoever runs "
    "this machine; it protects nothing from that operator.";
static constexpr char COMPONENT_TEXT[] = "veracruz-runtime (emulated process platform)";
static const struct vc_bytes COMPONENT = {(const uint8_t *)COMPONENT_TEXT,
                                          sizeof(COMPONENT_TEXT) - 1};

static constexpr uint16_t LIFECYCLE = VC_PSA_SECURED << 8;
static constexpr int32_t CLIENT_ID = 1;

static struct vc_octets implementation_id(void)
{
    uint8_t id[VC_SHA256_SIZE];

    vc_sha256((struct vc_bytes){(const uint8_t *)IMPLEMENTATION, strlen(IMPLEMENTATION)}, id);
    return vc_octets_of(VC_BYTES(id));
}

static void instance_id_of(struct vc_bytes point, uint8_t instance_id[VC_INSTANCE_ID_SIZE])
{
    instance_id[0] = 0x01;
    vc_sha256(point, instance_id + 1);
}

enum vc_code vc_process_instance_id(const struct vc_key *machine_key,
                                    uint8_t instance_id[VC_INSTANCE_ID_SIZE], struct vc_err *err)
{
    uint8_t point[65];
    enum vc_code code = vc_key_point(machine_key, point, err);

    if (code == VC_OK)
        instance_id_of(VC_BYTES(point), instance_id);
    return code;
}

static enum vc_code signer_id(const struct vc_key *machine_key, uint8_t id[VC_SHA256_SIZE],
                              struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer spki = {};
    enum vc_code code = vc_key_encode_public_der(machine_key, &spki, err);

    if (code == VC_OK)
        vc_sha256(vc_buffer_bytes(&spki), id);
    return code;
}

static enum vc_code sign(const struct vc_key *machine_key, struct vc_bytes payload,
                         struct vc_buffer *evidence, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer message = {};
    uint8_t signature[VC_ES256_SIZE];
    struct vc_cose_sign1 sign1 = {
        .algorithm = VC_COSE_ES256, .payload = payload, .signature = VC_BYTES(signature)};
    enum vc_code code = vc_cose_sign1_message(&sign1, &message, err);

    if (code == VC_OK)
        code = vc_key_sign(machine_key, vc_buffer_bytes(&message), signature, err);
    return code == VC_OK ? vc_cose_sign1_encode(&sign1, evidence, err) : code;
}

enum vc_code vc_process_produce(const struct vc_key *machine_key,
                                const struct vc_process_statement *statement,
                                struct vc_buffer *evidence, struct vc_err *err)
{
    struct vc_psa_claims claims = {.profile = VC_PSA_PROFILE_2,
                                   .profile_name = vc_psa_own_profile,
                                   .client_id = CLIENT_ID,
                                   .lifecycle = LIFECYCLE,
                                   .component_count = 1};
    struct vc_psa_component *component = &claims.components[0];
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
    uint8_t instance[VC_INSTANCE_ID_SIZE];
    uint8_t signer[VC_SHA256_SIZE];
    enum vc_code code = vc_process_instance_id(machine_key, instance, err);

    if (code == VC_OK)
        code = signer_id(machine_key, signer, err);
    if (code != VC_OK)
        return code;
    claims.nonce = vc_octets_of((struct vc_bytes){statement->report_data, VC_SHA512_SIZE});
    claims.instance_id = vc_octets_of(VC_BYTES(instance));
    claims.implementation_id = implementation_id();
    claims.boot_seed =
        vc_octets_of((struct vc_bytes){statement->boot_seed, VC_PROCESS_BOOT_SEED_SIZE});
    component->type = COMPONENT;
    component->measurement =
        vc_octets_of((struct vc_bytes){statement->measurement, VC_SHA256_SIZE});
    component->signer_id = vc_octets_of(VC_BYTES(signer));
    code = vc_psa_claims_encode(&claims, &payload, err);
    return code == VC_OK ? sign(machine_key, vc_buffer_bytes(&payload), evidence, err) : code;
}

static bool are_equal(struct vc_bytes a, struct vc_bytes b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* Are these the claims that vc_process_produce makes, and is the payload what it makes of them? So
 * there is one form, and nothing in it that nobody looks at. */
static enum vc_code check_form(const struct vc_cose_sign1 *token, const struct vc_psa_claims *psa,
                               struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer again = {};
    enum vc_code code;

    if (psa->profile != VC_PSA_PROFILE_2 || !are_equal(psa->profile_name, vc_psa_own_profile)) {
        return vc_fail(err, VC_MALFORMED, "PSA token: profile \"%.*s\" wanted",
                       (int)vc_psa_own_profile.size, (const char *)vc_psa_own_profile.data);
    }
    if (psa->component_count != 1) {
        return vc_fail(err, VC_MALFORMED, "PSA token: %zu software components, 1 wanted",
                       psa->component_count);
    }
    if (psa->nonce.size != VC_SHA512_SIZE || psa->boot_seed.size != VC_PROCESS_BOOT_SEED_SIZE ||
        psa->components[0].measurement.size != VC_SHA256_SIZE ||
        psa->components[0].signer_id.size != VC_SHA256_SIZE) {
        return vc_fail(err, VC_MALFORMED,
                       "PSA token: a nonce of 64 bytes, a boot seed, a measurement and a signer id "
                       "of 32 wanted");
    }
    if (psa->certification.data != nullptr || psa->verification_service.data != nullptr ||
        psa->components[0].version.data != nullptr ||
        psa->components[0].description.data != nullptr)
        return vc_fail(err, VC_MALFORMED, "PSA token: claims that this platform does not make");
    code = vc_psa_claims_encode(psa, &again, err);
    if (code == VC_OK && !are_equal(vc_buffer_bytes(&again), token->payload))
        code = vc_fail(err, VC_MALFORMED, "PSA token: claims out of the one form and order");
    return code;
}

/* What the claims must say, whoever signed them. */
static enum vc_code check_claims(const struct vc_psa_claims *psa, struct vc_err *err)
{
    struct vc_octets implementation = implementation_id();

    if (psa->lifecycle >> 8 != VC_PSA_SECURED) {
        return vc_fail(err, VC_UNTRUSTED, "evidence: life cycle 0x%04x is not secured (0x30xx)",
                       psa->lifecycle);
    }
    if (psa->client_id <= 0) {
        return vc_fail(err, VC_UNTRUSTED, "evidence: client id %d, a positive one wanted",
                       psa->client_id);
    }
    if (!vc_octets_equal(&implementation, &psa->implementation_id))
        return vc_fail(err, VC_UNTRUSTED, "evidence: of another implementation than this one");
    if (!are_equal(psa->components[0].type, COMPONENT)) {
        return vc_fail(err, VC_UNTRUSTED, "evidence: software component is not \"%s\"",
                       COMPONENT_TEXT);
    }
    return VC_OK;
}

/* Is this anchor the key that the claims name? A lookup may be wrong. */
static enum vc_code check_anchor(const struct vc_public_key *anchor,
                                 const struct vc_psa_claims *psa, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer point = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer spki = {};
    uint8_t instance[VC_INSTANCE_ID_SIZE];
    uint8_t signer[VC_SHA256_SIZE];
    enum vc_code code = vc_buffer_append(&point, VC_BYTES((const uint8_t[]){0x04}), err);

    if (code == VC_OK)
        code = vc_public_key_point(anchor, &point, err);
    if (code == VC_OK)
        code = vc_public_key_encode_der(anchor, &spki, err);
    if (code != VC_OK)
        return code;
    instance_id_of(vc_buffer_bytes(&point), instance);
    if (!are_equal(VC_BYTES(instance), vc_octets_bytes(&psa->instance_id)))
        return vc_fail(err, VC_UNTRUSTED, "evidence: instance id is another key's");
    vc_sha256(vc_buffer_bytes(&spki), signer);
    if (!are_equal(VC_BYTES(signer), vc_octets_bytes(&psa->components[0].signer_id)))
        return vc_fail(err, VC_UNTRUSTED, "evidence: signer id is another key's");
    return VC_OK;
}

static enum vc_code find_key(const struct vc_anchors *anchors, const struct vc_octets *instance_id,
                             const struct vc_public_key **key, struct vc_err *err)
{
    char hex[VC_OCTETS_HEX_MAX];

    *key = vc_anchors_endorsed(anchors, VC_PLATFORM_PROCESS, vc_octets_bytes(instance_id));
    if (*key != nullptr)
        return VC_OK;
    vc_octets_hex(instance_id, hex);
    return vc_fail(err, VC_UNTRUSTED,
                   "evidence: machine %s is not endorsed here; `veracruz attestation endorse`",
                   hex);
}

static enum vc_code parse(struct vc_bytes evidence, struct vc_cose_sign1 *token,
                          struct vc_psa_claims *psa, struct vc_err *err)
{
    enum vc_code code = vc_cose_sign1_parse(evidence, token, err);

    if (code == VC_OK && token->algorithm != VC_COSE_ES256) {
        code = vc_fail(err, VC_MALFORMED, "algorithm %lld, ES256 (-7) wanted",
                       (long long)token->algorithm);
    }
    if (code == VC_OK)
        code = vc_psa_claims_parse(token->payload, psa, err);
    if (code == VC_OK)
        code = check_form(token, psa, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "evidence");
}

static void take_claims(const struct vc_psa_claims *psa, struct vc_claims *claims)
{
    claims->passed = VC_STAGE_FORM;
    claims->measurement = psa->components[0].measurement;
    claims->report_data = psa->nonce;
    claims->machine = psa->instance_id;
    vc_claims_add_register(claims, "implementation_id", vc_octets_bytes(&psa->implementation_id));
    vc_claims_add_register(claims, "signer_id", vc_octets_bytes(&psa->components[0].signer_id));
    vc_claims_add_register(claims, "boot_seed", vc_octets_bytes(&psa->boot_seed));
}

enum vc_code vc_process_verify(const struct vc_evidence *evidence,
                               const struct vc_verification *verification, struct vc_claims *claims,
                               struct vc_err *err)
{
    const struct vc_public_key *anchor;
    struct vc_cose_sign1 token;
    struct vc_psa_claims psa;
    enum vc_code code = parse(evidence->bytes, &token, &psa, err);

    if (code != VC_OK)
        return code;
    take_claims(&psa, claims);
    code = check_claims(&psa, err);
    if (code == VC_OK)
        code = find_key(verification->anchors, &psa.instance_id, &anchor, err);
    if (code == VC_OK)
        code = check_anchor(anchor, &psa, err);
    if (code != VC_OK)
        return code;
    code = vc_psa_check_signature(&token, anchor, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "evidence");
    claims->passed = verification->depth == VC_DEPTH_JUDGED ? VC_STAGE_JUDGED : VC_STAGE_AUTHENTIC;
    claims->tcb_status = VC_TCB_NOT_APPLICABLE; /* there is no vendor who could say */
    return VC_OK;
}

enum vc_code vc_process_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                             struct vc_err *err)
{
    struct vc_fields fields = vc_fields_over(sink, err);
    struct vc_cose_sign1 token;
    struct vc_psa_claims psa;
    enum vc_code code = parse(evidence->bytes, &token, &psa, err);

    if (code != VC_OK)
        return code;
    fields.section = "platform";
    vc_field_put(&fields, "process",
                 "the token is a PSA token, by a key in software: its \"device\" is this machine's "
                 "launcher, its one component the manifest of what runs",
                 "%s", vc_platform_label(VC_PLATFORM_PROCESS));
    code = vc_field_end(&fields);
    return code == VC_OK ? vc_psa_show(evidence, sink, err) : code;
}
