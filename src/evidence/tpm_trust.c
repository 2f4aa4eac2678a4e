/* SPDX-License-Identifier: MIT */

#include "evidence/tpm_trust.h"

#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "codec/der.h"
#include "crypto/chain.h"

static const char EXTENDED_KEY_USAGE[] = "2.5.29.37";
static constexpr uint8_t DER_OID = 0x06;

/* TCG Credential Profile EK, §3.2.16: what a certificate is for. */
struct purpose {
    const char *text; /* for messages */
    uint8_t oid[5];
};
static const struct purpose PURPOSE_EK = {"2.23.133.8.1 (endorsement key)",
                                          {0x67, 0x81, 0x05, 0x08, 0x01}};
static const struct purpose PURPOSE_AK = {"2.23.133.8.3 (attestation key)",
                                          {0x67, 0x81, 0x05, 0x08, 0x03}};

/* Certificates of a chain in the bundle, parsed. */
struct parsed {
    struct vc_cert *certs[VC_TPM_CHAIN_MAX];
    size_t count;
};

static void parsed_done(struct parsed *parsed)
{
    for (size_t i = 0; i < parsed->count; i++)
        vc_cert_free(parsed->certs[i]);
}

static enum vc_code parse_chain(const struct vc_tpm_chain *chain, const char *whose,
                                struct parsed *parsed, struct vc_err *err)
{
    for (size_t i = 0; i < chain->count; i++) {
        enum vc_code code = vc_cert_parse_der(chain->certs[i], &parsed->certs[i], err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "%s chain, certificate %zu", whose, i);
        parsed->count++;
    }
    return VC_OK;
}

static bool same_key(const struct vc_public_key *a, const struct vc_public_key *b)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer left = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer right = {};

    return vc_public_key_encode_der(a, &left, nullptr) == VC_OK &&
           vc_public_key_encode_der(b, &right, nullptr) == VC_OK && left.size == right.size &&
           memcmp(left.data, right.data, left.size) == 0;
}

bool vc_tpm_is_cert_of(const struct vc_cert *cert, const struct vc_public_key *key)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *certified = nullptr;

    return vc_public_key_of_cert(cert, &certified, nullptr) == VC_OK && same_key(certified, key);
}

static enum vc_code check_cert_key(const struct vc_cert *cert, const struct vc_public_key *key,
                                   const char *what, struct vc_err *err)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *certified = nullptr;
    enum vc_code code = vc_public_key_of_cert(cert, &certified, err);

    if (code != VC_OK)
        return vc_fail_in(err, code, "%s certificate", what);
    if (!same_key(certified, key))
        return vc_fail(err, VC_UNTRUSTED, "%s certificate: it is of another key than the %s's",
                       what, what);
    return VC_OK;
}

static bool has_purpose(struct vc_bytes usage, const struct purpose *purpose)
{
    struct vc_reader outer = vc_reader_over(usage);
    struct vc_reader list = vc_der_read_sequence(&outer);
    bool found = false;

    while (vc_reader_left(&list) > 0) {
        struct vc_bytes oid = vc_der_read_value(&list, DER_OID);

        found = found ||
                (oid.size == sizeof(purpose->oid) && memcmp(oid.data, purpose->oid, oid.size) == 0);
    }
    return found && vc_reader_done(&list) && vc_reader_done(&outer);
}

bool vc_tpm_is_ek_cert(const struct vc_cert *cert)
{
    struct vc_bytes usage;

    return vc_cert_extension(cert, EXTENDED_KEY_USAGE, &usage, nullptr) == VC_OK &&
           has_purpose(usage, &PURPOSE_EK);
}

/* A CA for TPMs may issue for other purposes too; a certificate that names none may be for this
 * one (Google's AK certificates name none). */
static enum vc_code check_purpose(const struct vc_cert *cert, const struct purpose *purpose,
                                  struct vc_err *err)
{
    struct vc_bytes usage;
    enum vc_code code = vc_cert_extension(cert, EXTENDED_KEY_USAGE, &usage, err);

    if (code == VC_NOT_FOUND)
        return VC_OK;
    if (code != VC_OK)
        return code;
    if (!has_purpose(usage, purpose))
        return vc_fail(err, VC_UNTRUSTED, "certificate %s: its extended key usage has no %s",
                       vc_cert_common_name(cert), purpose->text);
    return VC_OK;
}

/* Those of the bundle first, then the collateral's; free() it. */
static const struct vc_cert **gather(const struct parsed *parsed,
                                     const struct vc_collateral *collateral, size_t *count)
{
    const struct vc_cert *const *more = nullptr;
    size_t more_count = collateral == nullptr ? 0 : vc_collateral_certs(collateral, &more);
    const struct vc_cert **all =
        calloc(parsed->count + more_count, sizeof(*all)); /* count >= 1: the leaf */

    if (all == nullptr)
        return nullptr;
    *count = 0;
    for (size_t i = 1; i < parsed->count; i++)
        all[(*count)++] = parsed->certs[i];
    for (size_t i = 0; i < more_count; i++)
        all[(*count)++] = more[i];
    return all;
}

static void free_gathered(const struct vc_cert ***all)
{
    free(*all);
}

/* Any of the operator's anchors. The reason told is of an anchor that the chain leads to, if it
 * leads to one. */
static enum vc_code check_chain(const struct parsed *parsed,
                                const struct vc_verification *verification, struct vc_err *err)
{
    size_t count = 0;
    vc_cleanup(free_gathered) const struct vc_cert **others =
        gather(parsed, verification->collateral, &count);
    struct vc_chain chain = {.others = others, .other_count = count, .now = verification->now};
    enum vc_code told = VC_NOT_FOUND;

    if (others == nullptr)
        return vc_fail_memory(err);
    if (verification->collateral != nullptr)
        chain.crl_count = vc_collateral_crls(verification->collateral, &chain.crls);
    (void)!vc_fail(err, told, "there is no trust anchor for TPMs: name its maker's");
    for (size_t i = 0; i < verification->anchors->root_count; i++) {
        struct vc_err reason = {};
        enum vc_code code;

        if (verification->anchors->roots[i].platform != VC_PLATFORM_TPM)
            continue;
        chain.anchor = verification->anchors->roots[i].cert;
        code = vc_chain_check(&chain, parsed->certs[0], &reason);
        if (code == VC_OK)
            return VC_OK;
        if (told == VC_NOT_FOUND)
            told = vc_fail(err, code, "%s", reason.text);
    }
    return told;
}

static bool is_endorsed(const struct vc_verification *verification, const struct vc_octets *id,
                        const struct vc_public_key *key)
{
    const struct vc_public_key *endorsed =
        vc_anchors_endorsed(verification->anchors, VC_PLATFORM_TPM, vc_octets_bytes(id));

    return endorsed != nullptr && same_key(endorsed, key);
}

/* Whoever knows the key alone (Azure's report binds it) endorses that. */
static bool is_endorsed_by_key(const struct vc_verification *verification,
                               const struct vc_public_key *key)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer spki = {};
    struct vc_octets id;

    if (vc_public_key_encode_der(key, &spki, nullptr) != VC_OK)
        return false;
    id = vc_hash_of(VC_HASH_SHA256, vc_buffer_bytes(&spki));
    return is_endorsed(verification, &id, key);
}

static enum vc_code check_ek_public(const struct vc_tpm_bundle *bundle, const struct vc_cert *cert,
                                    struct vc_err *err)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    struct vc_tpm_public area;
    enum vc_code code;

    if (bundle->ek_public.size == 0)
        return VC_OK;
    code = vc_tpm_parse_public(bundle->ek_public, &area, err);
    if (code == VC_OK)
        code = vc_tpm_public_key(&area, &key, err);
    return code == VC_OK ? check_cert_key(cert, key, "EK", err) : code;
}

enum vc_code vc_tpm_trust_ek(const struct vc_tpm_bundle *bundle,
                             const struct vc_verification *verification, struct vc_octets *ek_hash,
                             struct vc_err *err)
{
    vc_cleanup(parsed_done) struct parsed parsed = {};
    enum vc_code code;

    if (bundle->ek_chain.count == 0)
        return vc_fail(err, VC_NOT_FOUND, "EK: there is no certificate of it");
    code = parse_chain(&bundle->ek_chain, "EK", &parsed, err);
    if (code == VC_OK)
        code = check_purpose(parsed.certs[0], &PURPOSE_EK, err);
    if (code == VC_OK)
        code = check_ek_public(bundle, parsed.certs[0], err);
    if (code == VC_OK)
        code = check_chain(&parsed, verification, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "EK");
    ek_hash->size = VC_SHA256_SIZE;
    vc_cert_spki_hash(parsed.certs[0], ek_hash->bytes);
    return VC_OK;
}

static enum vc_code check_ak_cert(const struct vc_tpm_subject *subject,
                                  const struct vc_verification *verification, struct vc_err *err)
{
    vc_cleanup(parsed_done) struct parsed parsed = {};
    enum vc_code code = parse_chain(&subject->bundle->ak_chain, "AK", &parsed, err);

    if (code == VC_OK)
        code = check_cert_key(parsed.certs[0], subject->key, "AK", err);
    if (code == VC_OK)
        code = check_purpose(parsed.certs[0], &PURPOSE_AK, err);
    if (code == VC_OK)
        code = check_chain(&parsed, verification, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "AK");
}

/* Whether an activation tied this AK to the EK whose certificate is in the bundle: only whoever
 * made the challenge knows, and he says so by the endorsement. */
static bool is_tied(const struct vc_tpm_subject *subject,
                    const struct vc_verification *verification)
{
    vc_cleanup(parsed_done) struct parsed parsed = {};
    uint8_t hash[VC_SHA256_SIZE];
    struct vc_octets pair;

    if (!subject->named || subject->bundle->ek_chain.count == 0 ||
        parse_chain(&subject->bundle->ek_chain, "EK", &parsed, nullptr) != VC_OK)
        return false;
    vc_cert_spki_hash(parsed.certs[0], hash);
    pair = vc_tpm_pair_id(&subject->id, VC_BYTES(hash));
    return is_endorsed(verification, &pair, subject->key);
}

static enum vc_code refuse(const struct vc_tpm_subject *subject,
                           const struct vc_verification *verification, struct vc_err *err)
{
    char hex[VC_OCTETS_HEX_MAX];
    struct vc_octets ek_hash;

    vc_octets_hex(&subject->id, hex);
    if (subject->bundle->ek_chain.count == 0)
        return vc_fail(err, VC_UNTRUSTED, "AK %s is not endorsed, and has no certificate", hex);
    if (vc_tpm_trust_ek(subject->bundle, verification, &ek_hash, err) != VC_OK)
        return vc_fail_in(err, VC_UNTRUSTED, "AK %s is not endorsed", hex);
    return vc_fail(err, VC_UNTRUSTED,
                   "AK %s is not endorsed: the EK's certificate leads to an anchor, and nothing "
                   "shows that the two are of one TPM (activate a credential)",
                   hex);
}

enum vc_code vc_tpm_trust(const struct vc_tpm_subject *subject,
                          const struct vc_verification *verification, struct vc_octets *ek_hash,
                          struct vc_err *err)
{
    *ek_hash = (struct vc_octets){};
    if (is_tied(subject, verification))
        return vc_tpm_trust_ek(subject->bundle, verification, ek_hash, err);
    if (is_endorsed(verification, &subject->id, subject->key) ||
        is_endorsed_by_key(verification, subject->key))
        return VC_OK;
    if (subject->bundle->ak_chain.count > 0)
        return check_ak_cert(subject, verification, err);
    return refuse(subject, verification, err);
}
