/* SPDX-License-Identifier: MIT */

#include "evidence/process.h"

#include <string.h>

#include "base/hex.h"
#include "codec/cose.h"
#include "evidence/psa.h"

/* What evidence of this platform says about itself, so that nobody can take it for hardware's. Its
 * digest is the implementation id: the sentence is public on purpose. */
static const char IMPLEMENTATION[] =
    "Veracruz process platform: an emulated root of trust in software, operated by whoever runs "
    "this machine; it protects nothing from that operator.";
static const char COMPONENT[] = "veracruz-runtime (emulated process platform)";

static constexpr uint16_t LIFECYCLE = VC_PSA_SECURED << 8;
static constexpr int32_t CLIENT_ID = 1;

static void implementation_id(uint8_t id[VC_SHA256_SIZE])
{
    vc_sha256((struct vc_bytes){(const uint8_t *)IMPLEMENTATION, strlen(IMPLEMENTATION)}, id);
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
                                const uint8_t measurement[VC_SHA256_SIZE],
                                const uint8_t report_data[VC_SHA512_SIZE],
                                const uint8_t boot_seed[32], struct vc_buffer *evidence,
                                struct vc_err *err)
{
    struct vc_psa_claims claims = {.client_id = CLIENT_ID, .lifecycle = LIFECYCLE};
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
    enum vc_code code = vc_process_instance_id(machine_key, claims.instance_id, err);

    if (code == VC_OK)
        code = signer_id(machine_key, claims.component.signer_id, err);
    if (code != VC_OK)
        return code;
    memcpy(claims.nonce, report_data, sizeof(claims.nonce));
    memcpy(claims.boot_seed, boot_seed, sizeof(claims.boot_seed));
    memcpy(claims.component.type, COMPONENT, sizeof(COMPONENT));
    memcpy(claims.component.measurement, measurement, sizeof(claims.component.measurement));
    implementation_id(claims.implementation_id);
    code = vc_psa_encode(&claims, &payload, err);
    return code == VC_OK ? sign(machine_key, vc_buffer_bytes(&payload), evidence, err) : code;
}

/* What the claims must say, whoever signed them. */
static enum vc_code check_claims(const struct vc_psa_claims *claims, struct vc_err *err)
{
    uint8_t implementation[VC_SHA256_SIZE];

    if (claims->lifecycle >> 8 != VC_PSA_SECURED) {
        return vc_fail(err, VC_UNTRUSTED, "evidence: life cycle 0x%04x is not secured (0x30xx)",
                       claims->lifecycle);
    }
    if (claims->client_id <= 0) {
        return vc_fail(err, VC_UNTRUSTED, "evidence: client id %d, a positive one wanted",
                       claims->client_id);
    }
    implementation_id(implementation);
    if (memcmp(implementation, claims->implementation_id, sizeof(implementation)) != 0)
        return vc_fail(err, VC_UNTRUSTED, "evidence: of another implementation than this one");
    if (strcmp(claims->component.type, COMPONENT) != 0)
        return vc_fail(err, VC_UNTRUSTED, "evidence: software component is not \"%s\"", COMPONENT);
    return VC_OK;
}

/* Is this anchor the key that the claims name? A lookup may be wrong. */
static enum vc_code check_anchor(const struct vc_public_key *anchor,
                                 const struct vc_psa_claims *claims, struct vc_err *err)
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
    if (memcmp(instance, claims->instance_id, sizeof(instance)) != 0)
        return vc_fail(err, VC_UNTRUSTED, "evidence: instance id is another key's");
    vc_sha256(vc_buffer_bytes(&spki), signer);
    if (memcmp(signer, claims->component.signer_id, sizeof(signer)) != 0)
        return vc_fail(err, VC_UNTRUSTED, "evidence: signer id is another key's");
    return VC_OK;
}

static enum vc_code check_signature(const struct vc_public_key *anchor,
                                    const struct vc_cose_sign1 *sign1, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer message = {};
    enum vc_code code = vc_cose_sign1_message(sign1, &message, err);

    if (code == VC_OK) {
        code = vc_public_key_verify(anchor, VC_SCHEME_ES256, vc_buffer_bytes(&message),
                                    sign1->signature, err);
    }
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "evidence");
}

static enum vc_code not_endorsed(const uint8_t instance_id[VC_INSTANCE_ID_SIZE], struct vc_err *err)
{
    char hex[2 * VC_INSTANCE_ID_SIZE + 1];

    vc_hex_encode((struct vc_bytes){instance_id, VC_INSTANCE_ID_SIZE}, hex);
    return vc_fail(err, VC_UNTRUSTED,
                   "evidence: machine %s is not endorsed here; `veracruz attestation endorse`",
                   hex);
}

static enum vc_code parse(struct vc_bytes evidence, struct vc_cose_sign1 *sign1,
                          struct vc_psa_claims *psa, struct vc_err *err)
{
    enum vc_code code = vc_cose_sign1_parse(evidence, sign1, err);

    if (code == VC_OK && sign1->algorithm != VC_COSE_ES256) {
        code = vc_fail(err, VC_MALFORMED, "algorithm %lld, ES256 (-7) wanted",
                       (long long)sign1->algorithm);
    }
    if (code == VC_OK)
        code = vc_psa_parse(sign1->payload, psa, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "evidence");
}

static void take_claims(const struct vc_psa_claims *psa, struct vc_claims *claims)
{
    claims->passed = VC_STAGE_FORM;
    claims->measurement = vc_octets_of(VC_BYTES(psa->component.measurement));
    claims->report_data = vc_octets_of(VC_BYTES(psa->nonce));
    claims->machine = vc_octets_of(VC_BYTES(psa->instance_id));
    vc_claims_add_register(claims, "implementation_id", VC_BYTES(psa->implementation_id));
    vc_claims_add_register(claims, "signer_id", VC_BYTES(psa->component.signer_id));
    vc_claims_add_register(claims, "boot_seed", VC_BYTES(psa->boot_seed));
}

enum vc_code vc_process_verify(const struct vc_evidence *evidence,
                               const struct vc_verification *verification, struct vc_claims *claims,
                               struct vc_err *err)
{
    const struct vc_anchors *anchors = verification->anchors;
    const struct vc_public_key *anchor = nullptr;
    struct vc_cose_sign1 sign1;
    struct vc_psa_claims psa;
    enum vc_code code = parse(evidence->bytes, &sign1, &psa, err);

    if (code != VC_OK)
        return code;
    take_claims(&psa, claims);
    code = check_claims(&psa, err);
    if (code != VC_OK)
        return code;
    if (anchors->endorsed != nullptr)
        anchor = anchors->endorsed(anchors->user, VC_PLATFORM_PROCESS, VC_BYTES(psa.instance_id));
    if (anchor == nullptr)
        return not_endorsed(psa.instance_id, err);
    code = check_anchor(anchor, &psa, err);
    if (code == VC_OK)
        code = check_signature(anchor, &sign1, err);
    if (code != VC_OK)
        return code;
    claims->passed = verification->depth == VC_DEPTH_JUDGED ? VC_STAGE_JUDGED : VC_STAGE_AUTHENTIC;
    claims->tcb_status = VC_TCB_NOT_APPLICABLE; /* there is no vendor who could say */
    return VC_OK;
}

static enum vc_code put(const struct vc_field_sink *sink, const struct vc_field *field,
                        struct vc_bytes value, struct vc_err *err)
{
    struct vc_octets octets = vc_octets_of(value);
    char hex[VC_OCTETS_HEX_MAX];
    struct vc_field shown = *field;

    vc_octets_hex(&octets, hex);
    shown.section = "token";
    shown.value = hex;
    return sink->put(sink->user, &shown, err);
}

enum vc_code vc_process_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                             struct vc_err *err)
{
    struct vc_cose_sign1 sign1;
    struct vc_psa_claims psa;
    enum vc_code code = parse(evidence->bytes, &sign1, &psa, err);

    if (code != VC_OK)
        return code;
    const struct {
        struct vc_field field;
        struct vc_bytes value;
    } rows[] = {
        {{.name = "psa-nonce", .meaning = "what the evidence is bound to"}, VC_BYTES(psa.nonce)},
        {{.name = "psa-instance-id",
          .meaning = "the machine's key: 01 and the digest of its point"},
         VC_BYTES(psa.instance_id)},
        {{.name = "psa-implementation-id",
          .meaning = "digest of what this platform says of itself"},
         VC_BYTES(psa.implementation_id)},
        {{.name = "psa-boot-seed", .meaning = "drawn anew by each launcher"},
         VC_BYTES(psa.boot_seed)},
        {{.name = "measurement-value", .meaning = "digest of the manifest of what runs"},
         VC_BYTES(psa.component.measurement)},
        {{.name = "signer-id", .meaning = "digest of the machine's public key"},
         VC_BYTES(psa.component.signer_id)},
    };

    for (size_t i = 0; code == VC_OK && i < VC_COUNT(rows); i++)
        code = put(sink, &rows[i].field, rows[i].value, err);
    return code;
}
