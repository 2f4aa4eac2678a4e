/* SPDX-License-Identifier: MIT */

#include "attest/process.h"

#include <string.h>

#include "attest/psa.h"
#include "base/hex.h"
#include "codec/cose.h"

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

enum vc_code vc_process_instance_id(const struct vc_key *machine_key,
                                    uint8_t instance_id[VC_INSTANCE_ID_SIZE], struct vc_err *err)
{
    uint8_t point[65];
    enum vc_code code = vc_key_point(machine_key, point, err);

    if (code != VC_OK)
        return code;
    instance_id[0] = 0x01;
    vc_sha256(VC_BYTES(point), instance_id + 1);
    return VC_OK;
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
    struct vc_cose_sign1 sign1 = {VC_COSE_ES256, payload, VC_BYTES(signature)};
    enum vc_code code = vc_cose_sign1_message(&sign1, &message, err);

    if (code == VC_OK)
        code = vc_key_sign(machine_key, vc_buffer_bytes(&message), signature, err);
    return code == VC_OK ? vc_cose_sign1_encode(&sign1, evidence, err) : code;
}

enum vc_code vc_process_produce(const struct vc_key *machine_key,
                                const uint8_t measurement[VC_SHA256_SIZE],
                                const uint8_t binder[VC_BINDER_SIZE], const uint8_t boot_seed[32],
                                struct vc_buffer *evidence, struct vc_err *err)
{
    struct vc_psa_claims claims = {.client_id = CLIENT_ID, .lifecycle = LIFECYCLE};
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
    enum vc_code code = vc_process_instance_id(machine_key, claims.instance_id, err);

    if (code == VC_OK)
        code = signer_id(machine_key, claims.component.signer_id, err);
    if (code != VC_OK)
        return code;
    memcpy(claims.nonce, binder, sizeof(claims.nonce));
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
static enum vc_code check_anchor(const struct vc_key *anchor, const struct vc_psa_claims *claims,
                                 struct vc_err *err)
{
    uint8_t instance[VC_INSTANCE_ID_SIZE];
    uint8_t signer[VC_SHA256_SIZE];
    enum vc_code code = vc_process_instance_id(anchor, instance, err);

    if (code == VC_OK)
        code = signer_id(anchor, signer, err);
    if (code != VC_OK)
        return code;
    if (memcmp(instance, claims->instance_id, sizeof(instance)) != 0)
        return vc_fail(err, VC_UNTRUSTED, "evidence: instance id is another key's");
    if (memcmp(signer, claims->component.signer_id, sizeof(signer)) != 0)
        return vc_fail(err, VC_UNTRUSTED, "evidence: signer id is another key's");
    return VC_OK;
}

static enum vc_code check_signature(const struct vc_key *anchor, const struct vc_cose_sign1 *sign1,
                                    struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer message = {};
    enum vc_code code = vc_cose_sign1_message(sign1, &message, err);

    if (code == VC_OK)
        code = vc_key_verify(anchor, vc_buffer_bytes(&message), sign1->signature, err);
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

enum vc_code vc_process_verify(struct vc_bytes evidence, vc_endorsement_lookup *lookup, void *user,
                               struct vc_claims *claims, struct vc_err *err)
{
    struct vc_cose_sign1 sign1;
    struct vc_psa_claims psa;
    const struct vc_key *anchor;
    enum vc_code code;

    if (evidence.size > VC_EVIDENCE_SIZE_MAX) {
        return vc_fail(err, VC_MALFORMED, "evidence: %zu bytes, at most %zu", evidence.size,
                       VC_EVIDENCE_SIZE_MAX);
    }
    code = vc_cose_sign1_parse(evidence, &sign1, err);
    if (code == VC_OK && sign1.algorithm != VC_COSE_ES256) {
        code = vc_fail(err, VC_MALFORMED, "algorithm %lld, ES256 (-7) wanted",
                       (long long)sign1.algorithm);
    }
    if (code == VC_OK)
        code = vc_psa_parse(sign1.payload, &psa, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "evidence");
    code = check_claims(&psa, err);
    if (code != VC_OK)
        return code;
    anchor = lookup(user, psa.instance_id);
    if (anchor == nullptr)
        return not_endorsed(psa.instance_id, err);
    code = check_anchor(anchor, &psa, err);
    if (code == VC_OK)
        code = check_signature(anchor, &sign1, err);
    if (code != VC_OK)
        return code;
    *claims = (struct vc_claims){.platform = VC_PLATFORM_PROCESS};
    memcpy(claims->measurement, psa.component.measurement, sizeof(claims->measurement));
    memcpy(claims->binder, psa.nonce, sizeof(claims->binder));
    memcpy(claims->instance_id, psa.instance_id, sizeof(claims->instance_id));
    return VC_OK;
}
