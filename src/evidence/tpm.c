/* SPDX-License-Identifier: MIT */

#include "evidence/tpm.h"

#include <stdio.h>
#include <string.h>

#include "evidence/event_log.h"
#include "evidence/tpm_trust.h"

static constexpr size_t CURVE_SIZE_MAX = 66; /* bytes of r or s: P-521 */

/* A bundle whose parts are parsed. */
struct quote {
    struct vc_tpm_bundle bundle;
    struct vc_tpm_attest attest;
    struct vc_tpm_signature signature;
    struct vc_tpm_public ak; /* if bundle.ak_public is given */
    struct vc_public_key *key;
    struct vc_octets id; /* of the AK: its name, or SHA-256 of its SubjectPublicKeyInfo */
    const struct vc_tpm_selection *bank; /* the one that is quoted */
    enum vc_hash bank_hash;
    struct vc_octets values[VC_TPM_PCRS]; /* by number; size 0: not known */
};

static void quote_done(struct quote *quote)
{
    vc_public_key_free(quote->key);
}

static struct vc_octets id_of_key(struct vc_bytes spki)
{
    return vc_hash_of(VC_HASH_SHA256, spki);
}

static enum vc_code parse_ak(struct quote *quote, struct vc_err *err)
{
    enum vc_code code;

    if (quote->bundle.ak_public.size == 0) {
        quote->id = id_of_key(quote->bundle.ak_key);
        code = vc_public_key_parse_der(quote->bundle.ak_key, &quote->key, err);
        return code == VC_OK ? VC_OK : vc_fail_in(err, code, "AK");
    }
    code = vc_tpm_parse_public(quote->bundle.ak_public, &quote->ak, err);
    if (code == VC_OK)
        code = vc_tpm_name(&quote->ak, &quote->id, err);
    if (code == VC_OK)
        code = vc_tpm_public_key(&quote->ak, &quote->key, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "AK");
}

static enum vc_code parse(struct vc_bytes bytes, struct quote *quote, struct vc_err *err)
{
    enum vc_code code = vc_tpm_bundle_parse(bytes, &quote->bundle, err);

    if (code == VC_OK)
        code = vc_tpm_parse_attest(quote->bundle.attest, &quote->attest, err);
    if (code == VC_OK)
        code = vc_tpm_parse_signature(quote->bundle.signature, &quote->signature, err);
    return code == VC_OK ? parse_ak(quote, err) : code;
}

enum vc_code vc_tpm_quoting_key(struct vc_bytes bundle, struct vc_public_key **key,
                                struct vc_err *err)
{
    vc_cleanup(quote_done) struct quote quote = {};
    enum vc_code code = parse(bundle, &quote, err);

    if (code == VC_OK)
        *key = vc_take(quote.key);
    return code;
}

/* Exactly one bank with PCRs in it. */
static enum vc_code find_bank(struct quote *quote, struct vc_err *err)
{
    for (size_t i = 0; i < quote->attest.bank_count; i++) {
        const struct vc_tpm_selection *each = &quote->attest.banks[i];

        if (each->pcrs == 0)
            continue;
        if (quote->bank != nullptr)
            return vc_fail(err, VC_UNTRUSTED, "quote over two banks, %s and %s; one is wanted",
                           vc_tpm_algorithm_name(quote->bank->hash),
                           vc_tpm_algorithm_name(each->hash));
        quote->bank = each;
    }
    if (quote->bank == nullptr)
        return vc_fail(err, VC_UNTRUSTED, "quote over no PCR");
    if (!vc_tpm_hash(quote->bank->hash, &quote->bank_hash))
        return vc_fail(err, VC_UNTRUSTED,
                       "quote over the bank of %s (0x%x); SHA-256, SHA-384 and SHA-512 are trusted",
                       vc_tpm_algorithm_name(quote->bank->hash), quote->bank->hash);
    return VC_OK;
}

/* Claims. */

static void encode_selection(const struct vc_tpm_selection *bank,
                             uint8_t encoded[VC_TPM_SELECTION_SIZE])
{
    const uint8_t bytes[VC_TPM_SELECTION_SIZE] = {
        (uint8_t)(bank->hash >> 8),  (uint8_t)bank->hash,        (uint8_t)(bank->pcrs >> 24),
        (uint8_t)(bank->pcrs >> 16), (uint8_t)(bank->pcrs >> 8), (uint8_t)bank->pcrs};

    memcpy(encoded, bytes, sizeof(bytes));
}

static struct vc_octets measurement_of(const struct vc_tpm_selection *bank, struct vc_bytes digest)
{
    uint8_t all[VC_TPM_SELECTION_SIZE + VC_HASH_SIZE_MAX];

    encode_selection(bank, all);
    memcpy(all + VC_TPM_SELECTION_SIZE, digest.data, digest.size);
    return vc_hash_of(VC_HASH_SHA256, (struct vc_bytes){all, VC_TPM_SELECTION_SIZE + digest.size});
}

/* What the quote itself says. */
static void claim_quote(const struct quote *quote, struct vc_claims *claims)
{
    uint8_t selection[VC_TPM_SELECTION_SIZE];

    claims->machine = quote->id;
    if (quote->attest.extra_data.size <= VC_OCTETS_MAX)
        claims->report_data = vc_octets_of(quote->attest.extra_data);
    if (quote->bundle.ak_public.size > 0)
        vc_claims_add_register(claims, "ak_name", vc_octets_bytes(&quote->id));
    vc_claims_add_svn(claims, "", "reset_count", quote->attest.reset_count);
    vc_claims_add_svn(claims, "", "restart_count", quote->attest.restart_count);
    vc_claims_add_svn(claims, "", "firmware", quote->attest.firmware_version);
    if (quote->bank == nullptr || quote->attest.pcr_digest.size > VC_HASH_SIZE_MAX)
        return;
    encode_selection(quote->bank, selection);
    claims->measurement = measurement_of(quote->bank, quote->attest.pcr_digest);
    vc_claims_add_register(claims, "pcr_digest", quote->attest.pcr_digest);
    vc_claims_add_register(claims, "pcr_selection", VC_BYTES(selection));
}

static void claim_pcrs(const struct quote *quote, struct vc_claims *claims)
{
    for (unsigned i = 0; i < VC_TPM_PCRS; i++) {
        char name[8];

        if (quote->values[i].size == 0)
            continue;
        (void)snprintf(name, sizeof(name), "pcr%u", i);
        vc_claims_add_register(claims, name, vc_octets_bytes(&quote->values[i]));
    }
}

/* Checks. */

static enum vc_code check_nonce(const struct vc_tpm_attest *attest, struct vc_err *err)
{
    if (attest->extra_data.size == 0)
        return vc_fail(err, VC_UNTRUSTED, "extraData is empty: the quote is bound to nothing");
    if (attest->extra_data.size > VC_OCTETS_MAX)
        return vc_fail(err, VC_UNTRUSTED, "extraData has %zu bytes, at most %zu",
                       attest->extra_data.size, VC_OCTETS_MAX);
    return VC_OK;
}

enum vc_code vc_tpm_check_ak(const struct vc_tpm_public *ak, struct vc_err *err)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } wanted[] = {
        {VC_TPM_FIXED_TPM, "fixedTPM (1)"},
        {VC_TPM_FIXED_PARENT, "fixedParent (4)"},
        {VC_TPM_SENSITIVE_DATA_ORIGIN, "sensitiveDataOrigin (5)"},
        {VC_TPM_RESTRICTED, "restricted (16)"},
        {VC_TPM_SIGN, "sign (18)"},
    };

    for (size_t i = 0; i < VC_COUNT(wanted); i++) {
        if ((ak->attributes & wanted[i].bit) == 0)
            return vc_fail(err, VC_UNTRUSTED, "AK: attribute %s is not set (0x%08x)",
                           wanted[i].name, ak->attributes);
    }
    if ((ak->attributes & VC_TPM_DECRYPT) != 0)
        return vc_fail(err, VC_UNTRUSTED, "AK: attribute decrypt (17) is set (0x%08x)",
                       ak->attributes);
    return VC_OK;
}

/* A restricted key signs by its own scheme only. */
static enum vc_code check_ak_scheme(const struct quote *quote, struct vc_err *err)
{
    enum vc_code code;

    if (quote->bundle.ak_public.size == 0) /* whoever endorses or certifies it vouches for that */
        return VC_OK;
    code = vc_tpm_check_ak(&quote->ak, err);
    if (code != VC_OK)
        return code;
    if (quote->ak.scheme != quote->signature.scheme ||
        quote->ak.scheme_hash != quote->signature.hash)
        return vc_fail(err, VC_UNTRUSTED, "signed by %s with %s, and the AK's scheme is %s with %s",
                       vc_tpm_algorithm_name(quote->signature.scheme),
                       vc_tpm_algorithm_name(quote->signature.hash),
                       vc_tpm_algorithm_name(quote->ak.scheme),
                       vc_tpm_algorithm_name(quote->ak.scheme_hash));
    return VC_OK;
}

static enum vc_code check_ecdsa(const struct quote *quote, enum vc_hash hash, struct vc_err *err)
{
    static const enum vc_scheme schemes[] = {
        [VC_HASH_SHA256] = VC_SCHEME_ES256,
        [VC_HASH_SHA384] = VC_SCHEME_ES384,
        [VC_HASH_SHA512] = VC_SCHEME_ES512,
    };
    const struct vc_tpm_signature *signature = &quote->signature;
    size_t size = (vc_public_key_bits(quote->key) + 7) / 8;
    uint8_t both[2 * CURVE_SIZE_MAX] = {};

    if (vc_public_key_kind(quote->key) == VC_KEY_RSA || size > CURVE_SIZE_MAX)
        return vc_fail(err, VC_UNTRUSTED, "signed by ECDSA, and the AK is of another kind");
    if (signature->r.size == 0 || signature->r.size > size || signature->s.size == 0 ||
        signature->s.size > size)
        return vc_fail(err, VC_UNTRUSTED, "signature: r of %zu and s of %zu bytes, %zu wanted",
                       signature->r.size, signature->s.size, size);
    memcpy(both + size - signature->r.size, signature->r.data, signature->r.size);
    memcpy(both + 2 * size - signature->s.size, signature->s.data, signature->s.size);
    return vc_public_key_verify(quote->key, schemes[hash], quote->bundle.attest,
                                (struct vc_bytes){both, 2 * size}, err);
}

static enum vc_code check_rsa(const struct quote *quote, enum vc_hash hash, struct vc_err *err)
{
    static const enum vc_scheme schemes[][2] = {
        [VC_HASH_SHA256] = {VC_SCHEME_RS256, VC_SCHEME_PS256},
        [VC_HASH_SHA384] = {VC_SCHEME_RS384, VC_SCHEME_PS384},
        [VC_HASH_SHA512] = {VC_SCHEME_RS512, VC_SCHEME_PS512},
    };

    if (vc_public_key_kind(quote->key) != VC_KEY_RSA)
        return vc_fail(err, VC_UNTRUSTED, "signed by RSA, and the AK is of another kind");
    return vc_public_key_verify(quote->key, schemes[hash][quote->signature.scheme == VC_TPM_RSAPSS],
                                quote->bundle.attest, quote->signature.rsa, err);
}

static enum vc_code check_signature(const struct quote *quote, struct vc_err *err)
{
    enum vc_hash hash;
    enum vc_code code;

    if (!vc_tpm_hash(quote->signature.hash, &hash))
        return vc_fail(err, VC_UNTRUSTED,
                       "signed with %s (0x%x); SHA-256, SHA-384 and SHA-512 are trusted",
                       vc_tpm_algorithm_name(quote->signature.hash), quote->signature.hash);
    code = check_ak_scheme(quote, err);
    if (code != VC_OK)
        return code;
    code = quote->signature.scheme == VC_TPM_ECDSA ? check_ecdsa(quote, hash, err)
                                                   : check_rsa(quote, hash, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "quote");
}

/* The digest of the quoted PCRs as the signing scheme's hash makes it. */
static enum vc_code check_digest(const struct quote *quote, const struct vc_octets *values,
                                 const char *whose, struct vc_err *err)
{
    uint8_t all[VC_TPM_PCRS * VC_HASH_SIZE_MAX];
    char hex[2][VC_OCTETS_HEX_MAX];
    struct vc_octets computed, quoted;
    enum vc_hash hash;
    size_t size = 0;

    for (size_t i = 0; i < VC_TPM_PCRS; i++) {
        if ((quote->bank->pcrs >> i & 1) == 0)
            continue;
        memcpy(all + size, values[i].bytes, values[i].size);
        size += values[i].size;
    }
    if (!vc_tpm_hash(quote->signature.hash, &hash) ||
        quote->attest.pcr_digest.size != vc_hash_size(hash))
        return vc_fail(err, VC_UNTRUSTED,
                       "pcrDigest has %zu bytes, and the quote is signed with %s",
                       quote->attest.pcr_digest.size, vc_tpm_algorithm_name(quote->signature.hash));
    computed = vc_hash_of(hash, (struct vc_bytes){all, size});
    quoted = vc_octets_of(quote->attest.pcr_digest);
    if (vc_octets_equal(&computed, &quoted))
        return VC_OK;
    vc_octets_hex(&computed, hex[0]);
    vc_octets_hex(&quoted, hex[1]);
    return vc_fail(err, VC_UNTRUSTED, "%s give the digest %.64s, the quote says %.64s", whose,
                   hex[0], hex[1]);
}

/* The values that came with the quote, if any did. */
static enum vc_code take_values(struct quote *quote, struct vc_err *err)
{
    size_t size = vc_hash_size(quote->bank_hash);
    struct vc_octets values[VC_TPM_PCRS] = {};
    size_t next = 0;
    enum vc_code code;

    if (quote->bundle.pcr_count == 0)
        return VC_OK;
    if (quote->bundle.pcr_count != vc_tpm_pcr_count(quote->bank->pcrs))
        return vc_fail(err, VC_UNTRUSTED, "%zu PCR values, and %zu PCRs are quoted",
                       quote->bundle.pcr_count, vc_tpm_pcr_count(quote->bank->pcrs));
    for (size_t i = 0; i < VC_TPM_PCRS; i++) {
        struct vc_bytes value;

        if ((quote->bank->pcrs >> i & 1) == 0)
            continue;
        value = quote->bundle.pcrs[next++];
        if (value.size != size)
            return vc_fail(err, VC_UNTRUSTED, "PCR %zu has %zu bytes, %zu wanted", i, value.size,
                           size);
        values[i] = vc_octets_of(value);
    }
    code = check_digest(quote, values, "the PCR values", err);
    if (code == VC_OK)
        memcpy(quote->values, values, sizeof(values));
    return code;
}

/* A log without values beside it must yield all of them. */
static enum vc_code take_replay(struct quote *quote, const struct vc_replay *replay,
                                struct vc_err *err)
{
    enum vc_code code = check_digest(quote, replay->values, "the registers of the event log", err);

    for (size_t i = 0; i < VC_TPM_PCRS && code == VC_OK; i++) {
        if ((quote->bank->pcrs >> i & 1) != 0)
            quote->values[i] = replay->values[i];
    }
    return code;
}

/* Quoted PCRs that the log extends, and those of the firmware, hold what it yields; those that the
 * running system extends by itself (8 and up, without an event) are not the log's. */
static enum vc_code compare_replay(const struct quote *quote, const struct vc_replay *replay,
                                   struct vc_err *err)
{
    static constexpr size_t FIRMWARE_PCRS = 8;

    for (size_t i = 0; i < VC_TPM_PCRS; i++) {
        char hex[2][VC_OCTETS_HEX_MAX];

        if ((quote->bank->pcrs >> i & 1) == 0 || (replay->counts[i] == 0 && i >= FIRMWARE_PCRS) ||
            vc_octets_equal(&quote->values[i], &replay->values[i]))
            continue;
        vc_octets_hex(&quote->values[i], hex[0]);
        vc_octets_hex(&replay->values[i], hex[1]);
        return vc_fail(err, VC_UNTRUSTED, "PCR %zu is %.64s, and the event log yields %.64s", i,
                       hex[0], hex[1]);
    }
    return VC_OK;
}

static enum vc_code check_log(struct quote *quote, struct vc_bytes log, struct vc_err *err)
{
    struct vc_replay replay;
    enum vc_code code;

    if (log.size == 0)
        return VC_OK;
    code = vc_event_log_replay(log, VC_EVENT_TPM, quote->bank_hash, &replay, err);
    if (code != VC_OK) /* not "not found", which is of collateral */
        return code == VC_NOT_FOUND ? VC_UNTRUSTED : code;
    for (size_t i = 0; i < VC_TPM_PCRS; i++) {
        if (quote->values[i].size > 0)
            return compare_replay(quote, &replay, err);
    }
    return take_replay(quote, &replay, err);
}

static enum vc_code check_quote(struct quote *quote, struct vc_bytes log, struct vc_err *err)
{
    enum vc_code code = check_signature(quote, err);

    if (code == VC_OK)
        code = check_nonce(&quote->attest, err);
    if (code == VC_OK)
        code = take_values(quote, err);
    if (code == VC_OK)
        code = check_log(quote, quote->bundle.event_log, err);
    return code == VC_OK ? check_log(quote, log, err) : code;
}

struct vc_octets vc_tpm_pair_id(const struct vc_octets *ak_name, struct vc_bytes ek_hash)
{
    uint8_t both[VC_OCTETS_MAX + VC_SHA256_SIZE];
    size_t size = ek_hash.size < VC_SHA256_SIZE ? ek_hash.size : VC_SHA256_SIZE;

    memcpy(both, ak_name->bytes, ak_name->size);
    memcpy(both + ak_name->size, ek_hash.data, size);
    return vc_hash_of(VC_HASH_SHA256, (struct vc_bytes){both, ak_name->size + size});
}

static enum vc_code check_trust(const struct quote *quote,
                                const struct vc_verification *verification,
                                struct vc_claims *claims, struct vc_err *err)
{
    const struct vc_tpm_subject subject = {.bundle = &quote->bundle,
                                           .key = quote->key,
                                           .id = quote->id,
                                           .named = quote->bundle.ak_public.size > 0};
    struct vc_octets ek_hash;
    enum vc_code code = vc_tpm_trust(&subject, verification, &ek_hash, err);

    if (code != VC_OK || ek_hash.size == 0)
        return code;
    vc_claims_add_register(claims, "ek", vc_octets_bytes(&ek_hash));
    claims->machine = ek_hash;
    return VC_OK;
}

static enum vc_code verify(struct quote *quote, const struct vc_evidence *evidence,
                           const struct vc_verification *verification, struct vc_claims *claims,
                           struct vc_err *err)
{
    enum vc_code code = parse(evidence->bytes, quote, err);

    if (code != VC_OK)
        return code;
    claims->passed = VC_STAGE_FORM;
    code = find_bank(quote, err);
    claim_quote(quote, claims);
    if (code == VC_OK)
        code = check_quote(quote, evidence->event_log, err);
    if (code != VC_OK)
        return code;
    claim_pcrs(quote, claims);
    return check_trust(quote, verification, claims, err);
}

enum vc_code vc_tpm_verify(const struct vc_evidence *evidence,
                           const struct vc_verification *verification, struct vc_claims *claims,
                           struct vc_err *err)
{
    vc_cleanup(quote_done) struct quote quote = {};
    enum vc_code code;

    *claims = (struct vc_claims){.platform = VC_PLATFORM_TPM, .tcb_status = VC_TCB_NOT_APPLICABLE};
    code = verify(&quote, evidence, verification, claims, err);
    if (code == VC_REFUSED) /* a key or certificate; here it is the evidence that is refused */
        code = VC_UNTRUSTED;
    if (code == VC_LIMIT)
        code = VC_MALFORMED;
    if (code != VC_OK && err != nullptr)
        err->code = code;
    if (code == VC_OK)
        claims->passed =
            verification->depth == VC_DEPTH_JUDGED ? VC_STAGE_JUDGED : VC_STAGE_AUTHENTIC;
    return code;
}
