/* SPDX-License-Identifier: MIT */

#include "attest/session.h"

#include <string.h>

#include "attest/reference.h"
#include "crypto/public_key.h"
#include "evidence/tpm.h"

/* Both keys: the one that the handshake proved, and the one that the certificate of today is for.
 */
static void hash_keys(const struct vc_session_scene *scene, uint8_t hash[VC_SHA256_SIZE])
{
    uint8_t keys[2][VC_SHA256_SIZE];

    vc_cert_spki_hash(scene->shown, keys[0]);
    vc_cert_spki_hash(scene->current, keys[1]);
    vc_sha256((struct vc_bytes){keys[0], sizeof(keys)}, hash);
}

void vc_session_report_data(const struct vc_session_scene *scene,
                            uint8_t report_data[VC_BINDER_SIZE])
{
    struct vc_binder_parts parts = {
        .role = VC_SESSION_ROLE, .node = scene->node, .incarnation = scene->incarnation};

    memcpy(parts.nonce, scene->nonce, sizeof(parts.nonce));
    memcpy(parts.policy_hash, scene->policy_hash, sizeof(parts.policy_hash));
    memcpy(parts.exporter, scene->exporter, sizeof(parts.exporter));
    hash_keys(scene, parts.spki_hash);
    vc_binder(&parts, report_data);
}

/* ---- the certificates ---- */

/* Both are this one container's: it renewed, and nobody else took its place. */
static enum vc_code check_same(const struct vc_cert *shown, const struct vc_attested *current,
                               struct vc_err *err)
{
    struct vc_attested first;
    struct vc_bytes extension;
    const char *differs = nullptr;
    enum vc_code code = vc_cert_extension(shown, VC_ATTESTED_OID, &extension, err);

    if (code == VC_OK)
        code = vc_attested_parse(extension, &first, err);
    if (code != VC_OK)
        return code;
    if (first.platform != current->platform)
        differs = "platform";
    else if (strcmp(first.node, current->node) != 0)
        differs = "node";
    else if (first.incarnation != current->incarnation)
        differs = "incarnation";
    else if (!vc_octets_equal(&first.machine, &current->machine))
        differs = "machine";
    else if (!vc_octets_equal(&first.measurement, &current->measurement))
        differs = "measurement";
    if (differs == nullptr)
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED,
                   "certificate of today: its %s is not that of the container which this session "
                   "began with",
                   differs);
}

static enum vc_code check_certificates(const struct vc_session_peer *peer,
                                       const struct vc_cert *current, struct vc_attested *attested,
                                       struct vc_err *err)
{
    enum vc_code code = vc_attested_check(current, &peer->expectations, peer->now, attested, err);

    return code == VC_OK ? check_same(peer->shown, attested, err) : code;
}

/* ---- the evidence ---- */

/* The one key that counts as endorsed: that of the machine which the service named. */
struct endorsed {
    const struct vc_octets *machine;
    const struct vc_public_key *key; /* null: none came */
};

/* Is the machine named after this key, by TF-M's rule? */
static bool is_named_after(const struct vc_octets *machine, const struct vc_public_key *key)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer point = {};
    uint8_t identity[VC_INSTANCE_ID_SIZE] = {0x01};
    struct vc_octets made;

    if (vc_buffer_append(&point, VC_BYTES((const uint8_t[]){0x04}), nullptr) != VC_OK ||
        vc_public_key_point(key, &point, nullptr) != VC_OK)
        return false;
    vc_sha256(vc_buffer_bytes(&point), identity + 1);
    made = vc_octets_of(VC_BYTES(identity));
    return vc_octets_equal(&made, machine);
}

static const struct vc_public_key *find_endorsed(void *user, enum vc_platform_kind platform,
                                                 struct vc_bytes id)
{
    const struct endorsed *endorsed = user;
    struct vc_octets asked;

    if (endorsed->key == nullptr || id.size > VC_OCTETS_MAX)
        return nullptr;
    asked = vc_octets_of(id);
    if (!vc_octets_equal(&asked, endorsed->machine))
        return nullptr;
    switch (platform) {
    case VC_PLATFORM_PROCESS:
    case VC_PLATFORM_PSA:
        return is_named_after(endorsed->machine, endorsed->key) ? endorsed->key : nullptr;
    case VC_PLATFORM_TPM: /* the verifier made the name out of the AK, and compares it with the key
                           */
        return endorsed->key;
    case VC_PLATFORM_NITRO:
    case VC_PLATFORM_SNP:
    case VC_PLATFORM_TDX:
    case VC_PLATFORM_SGX:
        break;
    }
    return nullptr;
}

static enum vc_code verify(const struct vc_session_peer *peer,
                           const struct vc_session_answer *answer, const struct endorsed *endorsed,
                           struct vc_claims *claims, struct vc_err *err)
{
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
    struct vc_anchors anchors = *peer->vendors;
    struct vc_evidence evidence = {.platform = answer->platform,
                                   .bytes = vc_buffer_bytes(&answer->evidence)};
    struct vc_verification verification = {
        .anchors = &anchors, .now = peer->now, .depth = VC_DEPTH_AUTHENTIC};
    /* nothing of them is trusted */
    enum vc_code code = vc_collateral_extend(nullptr, vc_buffer_bytes(&answer->certificates),
                                             VC_SESSION_CERTIFICATES_MAX, &collateral, err);

    anchors.endorsed = find_endorsed;
    anchors.user = (void *)(uintptr_t)endorsed; /* find_endorsed only reads it */
    verification.collateral = collateral;
    return code == VC_OK ? vc_evidence_verify(&evidence, &verification, claims, err) : code;
}

/* The key that the container gives, if its platform has one; the AK of a TPM is in the evidence. */
static enum vc_code take_key(const struct vc_session_answer *answer, struct vc_public_key **key,
                             struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (answer->endorsement.size > 0) {
        code = vc_public_key_parse_der(vc_buffer_bytes(&answer->endorsement), key, err);
        return code == VC_OK ? VC_OK : vc_fail_in(err, code, "endorsement");
    }
    if (answer->platform == VC_PLATFORM_TPM)
        code = vc_tpm_quoting_key(vc_buffer_bytes(&answer->evidence), key, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "evidence");
}

static enum vc_code check_evidence(const struct vc_session_peer *peer,
                                   const struct vc_session_answer *answer,
                                   const struct vc_attested *attested, struct vc_claims *claims,
                                   struct vc_err *err)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    struct endorsed endorsed = {.machine = &attested->machine};
    enum vc_code code;

    if (answer->platform != attested->platform) {
        return vc_fail(err, VC_UNTRUSTED, "evidence: of platform `%s`, the certificate says `%s`",
                       vc_platform_name(answer->platform), vc_platform_name(attested->platform));
    }
    code = take_key(answer, &key, err);
    if (code != VC_OK)
        return code;
    endorsed.key = key;
    code = verify(peer, answer, &endorsed, claims, err);
    if (code == VC_OK && claims->passed < VC_STAGE_AUTHENTIC)
        code = vc_fail(err, VC_UNTRUSTED, "evidence: not authentic");
    return code;
}

/* ---- what it is bound to, and what it says ---- */

static enum vc_code check_binding(const struct vc_session_peer *peer,
                                  const struct vc_session_answer *answer,
                                  const struct vc_attested *attested,
                                  const struct vc_claims *claims, struct vc_err *err)
{
    struct vc_session_scene scene = {.nonce = peer->nonce,
                                     .exporter = peer->exporter,
                                     .shown = peer->shown,
                                     .current = answer->certificate,
                                     .policy_hash = peer->expectations.policy_hash,
                                     .node = attested->node,
                                     .incarnation = attested->incarnation};
    uint8_t binder[VC_BINDER_SIZE];
    struct vc_octets wanted;

    vc_session_report_data(&scene, binder);
    wanted = vc_report_data_of(attested->platform, binder);
    if (vc_octets_equal(&wanted, &claims->report_data))
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED,
                   "evidence: not made for this session; somebody stands between, or it is old");
}

static enum vc_code check_claims(const struct vc_expectations *expectations,
                                 const struct vc_attested *attested, const struct vc_claims *claims,
                                 struct vc_err *err)
{
    enum vc_tcb_status status;

    if (!vc_octets_equal(&claims->measurement, &attested->measurement))
        return vc_fail(err, VC_UNTRUSTED,
                       "evidence: of another measurement than the certificate's");
    if (!vc_octets_equal(&claims->machine, &attested->machine))
        return vc_fail(err, VC_UNTRUSTED, "evidence: of another machine than the certificate's");
    for (size_t i = 0; i < expectations->platform_count; i++) {
        if (expectations->platforms[i].kind == attested->platform)
            return vc_reference_check(&expectations->platforms[i], claims, false, &status, err);
    }
    return vc_fail(err, VC_UNTRUSTED, "platform: the policy does not name it");
}

static enum vc_code check(const struct vc_session_peer *peer,
                          const struct vc_session_answer *answer, struct vc_attested *attested,
                          struct vc_err *err)
{
    struct vc_claims claims;
    enum vc_code code = check_certificates(peer, answer->certificate, attested, err);

    if (code == VC_OK)
        code = check_evidence(peer, answer, attested, &claims, err);
    if (code == VC_OK)
        code = check_binding(peer, answer, attested, &claims, err);
    if (code == VC_OK)
        code = check_claims(&peer->expectations, attested, &claims, err);
    if (code == VC_OK) {
        code = vc_log_receipt_check(&answer->receipt, answer->certificate, peer->expectations.ca,
                                    peer->log, err);
    }
    return code;
}

enum vc_code vc_session_check(const struct vc_session_peer *peer,
                              const struct vc_session_answer *answer, struct vc_attested *attested,
                              struct vc_log_head *head, struct vc_err *err)
{
    struct vc_attested found;
    enum vc_code code = check(peer, answer, &found, err);

    if (code == VC_MEMORY)
        return code;
    if (code != VC_OK) { /* a refusal, whatever the part that found the reason calls it */
        if (err != nullptr)
            err->code = VC_UNTRUSTED;
        return VC_UNTRUSTED;
    }
    *attested = found;
    /* A container with an older receipt takes nothing back. */
    *head = peer->log != nullptr && peer->log->head.size >= answer->receipt.head.size
                ? peer->log->head
                : answer->receipt.head;
    return VC_OK;
}
