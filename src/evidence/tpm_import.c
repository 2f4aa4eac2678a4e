/* SPDX-License-Identifier: MIT */

#include "evidence/tpm_import.h"

#include <string.h>

#include "base/reader.h"
#include "codec/der.h"
#include "evidence/event_log.h"
#include "evidence/tpm_import_internal.h"
#include "evidence/tpm_trust.h"

static constexpr size_t VALUES_BANKS = 16;      /* TPML_PCR_SELECTION of tpm2-tools */
static constexpr size_t VALUES_PER_LIST = 8;    /* TPML_DIGEST */
static constexpr size_t VALUES_DIGEST_MAX = 64; /* TPM2B_DIGEST, its room */
static constexpr uint8_t DER_INTEGER = 0x02;
static constexpr uint8_t DER_SEQUENCE = 0x30;

static const char *const part_names[] = {
    [VC_TPM_PART_ATTEST] = "quote (TPMS_ATTEST)",
    [VC_TPM_PART_SIGNATURE] = "signature (TPMT_SIGNATURE)",
    [VC_TPM_PART_RAW] = "signature",
    [VC_TPM_PART_AK_PUBLIC] = "AK (TPMT_PUBLIC)",
    [VC_TPM_PART_AK_KEY] = "AK (public key)",
    [VC_TPM_PART_AK_NAME] = "AK name",
    [VC_TPM_PART_EK_PUBLIC] = "EK (TPMT_PUBLIC)",
    [VC_TPM_PART_EVENT_LOG] = "event log",
};
static_assert(VC_COUNT(part_names) == VC_TPM_PART_COUNT);

static void gathering_done(struct vc_tpm_gathering *all)
{
    for (size_t i = 0; i < VC_TPM_PART_COUNT; i++)
        vc_buffer_done(&all->parts[i]);
    for (size_t i = 0; i < all->cert_count; i++)
        vc_cert_free(all->certs[i]);
}

enum vc_code vc_tpm_gather(struct vc_tpm_gathering *all, enum vc_tpm_part part,
                           struct vc_bytes bytes, struct vc_err *err)
{
    struct vc_buffer *there = &all->parts[part];

    if (there->size == 0)
        return vc_buffer_append(there, bytes, err);
    if (there->size == bytes.size && memcmp(there->data, bytes.data, bytes.size) == 0)
        return VC_OK;
    return vc_fail(err, VC_MALFORMED, "two different parts that are each a %s", part_names[part]);
}

enum vc_code vc_tpm_gather_cert(struct vc_tpm_gathering *all, struct vc_cert *cert,
                                struct vc_err *err)
{
    if (all->cert_count == VC_TPM_IMPORT_CERTS_MAX) {
        vc_cert_free(cert);
        return vc_fail(err, VC_LIMIT, "more than %zu certificates", VC_TPM_IMPORT_CERTS_MAX);
    }
    all->certs[all->cert_count++] = cert;
    return VC_OK;
}

enum vc_code vc_tpm_gather_public(struct vc_tpm_gathering *all, const struct vc_tpm_public *key,
                                  struct vc_err *err)
{
    bool signs = (key->attributes & VC_TPM_SIGN) != 0;

    return vc_tpm_gather(all, signs ? VC_TPM_PART_AK_PUBLIC : VC_TPM_PART_EK_PUBLIC, key->whole,
                         err);
}

/* What a blob is. Each says whether it was its kind, and then what came of it. */

typedef bool gatherer(struct vc_tpm_gathering *all, const struct vc_tpm_blob *blob,
                      enum vc_code *code, struct vc_err *err);

static bool begins(struct vc_bytes bytes, const char *text)
{
    return bytes.size >= strlen(text) && memcmp(bytes.data, text, strlen(text)) == 0;
}

static bool contains(struct vc_bytes bytes, const char *text)
{
    return bytes.size > 0 && memmem(bytes.data, bytes.size, text, strlen(text)) != nullptr;
}

static bool gather_attest(struct vc_tpm_gathering *all, const struct vc_tpm_blob *blob,
                          enum vc_code *code, struct vc_err *err)
{
    struct vc_tpm_attest attest;

    if (!begins(blob->bytes, "\xff"
                             "TCG"))
        return false;
    *code = VC_OK; /* of creations and certified keys, nothing is wanted */
    (void)!vc_tpm_parse_attest(blob->bytes, &attest, nullptr);
    if (attest.type == VC_TPM_ATTEST_QUOTE)
        *code = vc_tpm_gather(all, VC_TPM_PART_ATTEST, blob->bytes, err);
    return true;
}

static bool gather_signature(struct vc_tpm_gathering *all, const struct vc_tpm_blob *blob,
                             enum vc_code *code, struct vc_err *err)
{
    struct vc_tpm_signature signature;

    if (vc_tpm_parse_signature(blob->bytes, &signature, nullptr) != VC_OK)
        return false;
    *code = vc_tpm_gather(all, VC_TPM_PART_SIGNATURE, blob->bytes, err);
    return true;
}

static bool gather_public(struct vc_tpm_gathering *all, const struct vc_tpm_blob *blob,
                          enum vc_code *code, struct vc_err *err)
{
    struct vc_tpm_public key;

    if (vc_tpm_parse_public(blob->bytes, &key, nullptr) != VC_OK)
        return false;
    *code = vc_tpm_gather_public(all, &key, err);
    return true;
}

static bool gather_key(struct vc_tpm_gathering *all, const struct vc_tpm_blob *blob,
                       enum vc_code *code, struct vc_err *err)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer spki = {};

    if (!contains(blob->bytes, "-----BEGIN PUBLIC KEY-----"))
        return false;
    *code = VC_OK;
    if (strncmp(blob->name, "ek", 2) == 0) /* an EK in PEM adds nothing to its certificate */
        return true;
    *code = vc_public_key_parse_pem(blob->bytes, &key, err);
    if (*code == VC_OK)
        *code = vc_public_key_encode_der(key, &spki, err);
    if (*code == VC_OK)
        *code = vc_tpm_gather(all, VC_TPM_PART_AK_KEY, vc_buffer_bytes(&spki), err);
    return true;
}

static bool gather_name(struct vc_tpm_gathering *all, const struct vc_tpm_blob *blob,
                        enum vc_code *code, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(blob->bytes);
    uint16_t hash = vc_read_u16(&reader);
    bool sha256 = hash == VC_TPM_SHA256 && vc_reader_left(&reader) == VC_SHA256_SIZE;
    bool sha384 = hash == VC_TPM_SHA384 && vc_reader_left(&reader) == VC_SHA384_SIZE;

    if (!sha256 && !sha384)
        return false;
    *code = vc_tpm_gather(all, VC_TPM_PART_AK_NAME, blob->bytes, err);
    return true;
}

static bool gather_log(struct vc_tpm_gathering *all, const struct vc_tpm_blob *blob,
                       enum vc_code *code, struct vc_err *err)
{
    if (blob->bytes.size < 48 ||
        !contains((struct vc_bytes){blob->bytes.data, 48}, "Spec ID Event"))
        return false;
    *code = vc_tpm_gather(all, VC_TPM_PART_EVENT_LOG, blob->bytes, err);
    return true;
}

static enum vc_code take_cert(void *user, struct vc_cert *cert, struct vc_err *err)
{
    return vc_tpm_gather_cert(user, cert, err);
}

static bool gather_cert(struct vc_tpm_gathering *all, const struct vc_tpm_blob *blob,
                        enum vc_code *code, struct vc_err *err)
{
    struct vc_cert *cert = nullptr;

    if (contains(blob->bytes, "-----BEGIN CERTIFICATE-----")) {
        *code = vc_cert_parse_bundle(blob->bytes, VC_TPM_IMPORT_CERTS_MAX, take_cert, all, err);
        return true;
    }
    if (blob->bytes.size == 0 || blob->bytes.data[0] != DER_SEQUENCE ||
        vc_cert_parse_der(blob->bytes, &cert, nullptr) != VC_OK)
        return false;
    *code = vc_tpm_gather_cert(all, cert, err);
    return true;
}

static bool gather_json(struct vc_tpm_gathering *all, const struct vc_tpm_blob *blob,
                        enum vc_code *code, struct vc_err *err)
{
    if (!begins(blob->bytes, "{"))
        return false;
    *code = vc_tpm_gather_json(all, blob->bytes, err);
    return *code != VC_NOT_FOUND;
}

/* Register values as tpm2_quote dumps them: structures of its memory, little endian. */
static bool read_values(struct vc_bytes bytes, struct vc_octets values[VC_TPM_PCRS])
{
    struct vc_reader reader = vc_reader_over(bytes);
    uint32_t banks = vc_read_u32_le(&reader);
    struct vc_reader selections = vc_reader_over(vc_read_run(&reader, 8 * VALUES_BANKS));
    uint32_t lists = vc_read_u32_le(&reader);
    uint32_t pcrs = 0;
    struct vc_octets all[VC_TPM_PCRS] = {};
    size_t count = 0;
    size_t next = 0;

    if (banks != 1 || lists == 0 || lists > VC_TPM_PCRS)
        return false;
    vc_read_u32_le(&selections); /* bank, and bytes of the selection */
    selections.offset--;         /* of which the last is the first of the PCRs */
    pcrs = vc_read_u32_le(&selections) & ((1u << VC_TPM_PCRS) - 1);
    for (uint32_t i = 0; i < lists; i++) {
        uint32_t used = vc_read_u32_le(&reader);

        for (size_t k = 0; k < VALUES_PER_LIST; k++) {
            size_t size = vc_read_u16_le(&reader);
            struct vc_bytes room = vc_read_run(&reader, VALUES_DIGEST_MAX);

            if (k < used && count < VC_TPM_PCRS && size <= room.size)
                all[count++] = vc_octets_of((struct vc_bytes){room.data, size});
        }
    }
    if (!vc_reader_done(&reader) || count != vc_tpm_pcr_count(pcrs))
        return false;
    for (size_t i = 0; i < VC_TPM_PCRS; i++) {
        if ((pcrs >> i & 1) != 0)
            values[i] = all[next++];
    }
    return true;
}

static bool gather_values(struct vc_tpm_gathering *all, const struct vc_tpm_blob *blob,
                          enum vc_code *code, struct vc_err *)
{
    *code = VC_OK;
    return read_values(blob->bytes, all->pcrs);
}

static bool gather_raw(struct vc_tpm_gathering *all, const struct vc_tpm_blob *blob,
                       enum vc_code *code, struct vc_err *err)
{
    if (strstr(blob->name, "sig") == nullptr || blob->bytes.size == 0 ||
        blob->bytes.size > VC_TPM_STRUCT_MAX)
        return false;
    *code = vc_tpm_gather(all, VC_TPM_PART_RAW, blob->bytes, err);
    return true;
}

/* In this order: what can be told surely comes first. */
static gatherer *const gatherers[] = {
    gather_attest, gather_log,  gather_cert,      gather_key,    gather_json,
    gather_values, gather_name, gather_signature, gather_public, gather_raw,
};

static enum vc_code gather_blob(struct vc_tpm_gathering *all, const struct vc_tpm_blob *blob,
                                struct vc_err *err)
{
    for (size_t i = 0; i < VC_COUNT(gatherers); i++) {
        enum vc_code code = VC_OK;

        if (gatherers[i](all, blob, &code, err))
            return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", blob->name);
    }
    return VC_OK; /* a nonce, a text to read, and the like */
}

/* Making one of the parts. */

/* r and s out of the DER that ECDSA signatures of other libraries have. */
static bool put_der_signature(struct vc_bytes raw, struct vc_buffer *out)
{
    struct vc_reader outer = vc_reader_over(raw);
    struct vc_reader inner = vc_der_read_sequence(&outer);
    struct vc_bytes numbers[] = {vc_der_read_value(&inner, DER_INTEGER),
                                 vc_der_read_value(&inner, DER_INTEGER)};

    if (!vc_reader_done(&inner) || !vc_reader_done(&outer))
        return false;
    for (size_t i = 0; i < VC_COUNT(numbers); i++) {
        while (numbers[i].size > 1 && numbers[i].data[0] == 0)
            numbers[i] = (struct vc_bytes){numbers[i].data + 1, numbers[i].size - 1};
        if (vc_tpm_put_sized(out, numbers[i], nullptr) != VC_OK)
            return false;
    }
    return true;
}

/* A TPMT_SIGNATURE around a signature alone, by the AK's own scheme where that is known. */
static enum vc_code wrap_signature(struct vc_tpm_gathering *all, struct vc_err *err)
{
    struct vc_bytes raw = vc_buffer_bytes(&all->parts[VC_TPM_PART_RAW]);
    struct vc_buffer *out = &all->parts[VC_TPM_PART_SIGNATURE];
    vc_cleanup(vc_buffer_done) struct vc_buffer numbers = {};
    bool ecdsa = put_der_signature(raw, &numbers);
    struct vc_tpm_public ak = {.scheme = ecdsa ? VC_TPM_ECDSA : VC_TPM_RSASSA,
                               .scheme_hash = VC_TPM_SHA256};
    enum vc_code code;

    if (out->size > 0 || raw.size == 0)
        return VC_OK;
    if (all->parts[VC_TPM_PART_AK_PUBLIC].size > 0) {
        code = vc_tpm_parse_public(vc_buffer_bytes(&all->parts[VC_TPM_PART_AK_PUBLIC]), &ak, err);
        if (code != VC_OK)
            return code;
    }
    code = vc_tpm_put_number(out, ak.scheme, 2, err);
    if (code == VC_OK)
        code = vc_tpm_put_number(out, ak.scheme_hash, 2, err);
    if (code != VC_OK)
        return code;
    return ecdsa ? vc_buffer_append(out, vc_buffer_bytes(&numbers), err)
                 : vc_tpm_put_sized(out, raw, err);
}

static void rebuild_ak(struct vc_tpm_gathering *all)
{
    struct vc_buffer *key = &all->parts[VC_TPM_PART_AK_KEY];
    struct vc_buffer *area = &all->parts[VC_TPM_PART_AK_PUBLIC];

    if (area->size == 0 && key->size > 0)
        (void)vc_tpm_rebuild(vc_buffer_bytes(key),
                             vc_buffer_bytes(&all->parts[VC_TPM_PART_AK_NAME]), area);
    if (area->size > 0)
        key->size = 0; /* the area has it */
}

/* Putting them together. */

static void add_cert(struct vc_tpm_chain *chain, const struct vc_cert *cert)
{
    if (chain->count < VC_TPM_CHAIN_MAX)
        chain->certs[chain->count++] = vc_cert_der(cert);
}

static enum vc_code key_of(const struct vc_buffer *area, const struct vc_buffer *spki,
                           struct vc_public_key **key)
{
    struct vc_tpm_public parsed;
    enum vc_code code;

    if (spki != nullptr && spki->size > 0)
        return vc_public_key_parse_der(vc_buffer_bytes(spki), key, nullptr);
    code = vc_tpm_parse_public(vc_buffer_bytes(area), &parsed, nullptr);
    return code == VC_OK ? vc_tpm_public_key(&parsed, key, nullptr) : code;
}

/* Of several EK certificates (a TPM has one per kind of key) that of the EK at hand; else the
 * first, and the EK at hand, which has none, is left out. */
static const struct vc_cert *find_ek_cert(const struct vc_tpm_gathering *all,
                                          struct vc_tpm_bundle *bundle)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *ek = nullptr;
    const struct vc_cert *first = nullptr;

    (void)!key_of(&all->parts[VC_TPM_PART_EK_PUBLIC], nullptr, &ek);
    for (size_t i = 0; i < all->cert_count; i++) {
        if (!vc_tpm_is_ek_cert(all->certs[i]))
            continue;
        if (ek != nullptr && vc_tpm_is_cert_of(all->certs[i], ek))
            return all->certs[i];
        first = first == nullptr ? all->certs[i] : first;
    }
    if (first != nullptr)
        bundle->ek_public = (struct vc_bytes){};
    return first;
}

/* The leaves that belong to AK and EK, and behind each all CAs. */
static void bundle_certs(const struct vc_tpm_gathering *all, struct vc_tpm_bundle *bundle)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *ak = nullptr;
    const struct vc_cert *ek = find_ek_cert(all, bundle);
    bool is_leaf[VC_TPM_IMPORT_CERTS_MAX] = {};

    (void)!key_of(&all->parts[VC_TPM_PART_AK_PUBLIC], &all->parts[VC_TPM_PART_AK_KEY], &ak);
    if (ek != nullptr)
        add_cert(&bundle->ek_chain, ek);
    for (size_t i = 0; i < all->cert_count; i++) {
        const struct vc_cert *cert = all->certs[i];
        bool is_ek = vc_tpm_is_ek_cert(cert);
        bool is_ak = !is_ek && ak != nullptr && vc_tpm_is_cert_of(cert, ak);

        is_leaf[i] = is_ek || is_ak;
        if (is_ak && bundle->ak_chain.count == 0)
            add_cert(&bundle->ak_chain, cert);
    }
    for (size_t i = 0; i < all->cert_count; i++) {
        if (!is_leaf[i] && bundle->ak_chain.count > 0)
            add_cert(&bundle->ak_chain, all->certs[i]);
        if (!is_leaf[i] && bundle->ek_chain.count > 0)
            add_cert(&bundle->ek_chain, all->certs[i]);
    }
}

/* The values of what is quoted, if all of them are there. */
static void bundle_values(const struct vc_tpm_gathering *all, struct vc_tpm_bundle *bundle)
{
    struct vc_tpm_attest attest;
    uint32_t pcrs = 0;

    if (vc_tpm_parse_attest(bundle->attest, &attest, nullptr) != VC_OK)
        return;
    for (size_t i = 0; i < attest.bank_count && pcrs == 0; i++)
        pcrs = attest.banks[i].pcrs;
    for (size_t i = 0; i < VC_TPM_PCRS; i++) {
        if ((pcrs >> i & 1) == 0)
            continue;
        if (all->pcrs[i].size == 0) {
            bundle->pcr_count = 0;
            return;
        }
        bundle->pcrs[bundle->pcr_count++] = vc_octets_bytes(&all->pcrs[i]);
    }
}

static enum vc_code assemble(struct vc_tpm_gathering *all, struct vc_buffer *out,
                             struct vc_err *err)
{
    static const enum vc_tpm_part needed[] = {VC_TPM_PART_ATTEST, VC_TPM_PART_SIGNATURE};
    const struct vc_buffer *parts = all->parts;
    struct vc_tpm_bundle bundle = {};
    enum vc_code code;

    rebuild_ak(all);
    code = wrap_signature(all, err);
    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < VC_COUNT(needed); i++) {
        if (parts[needed[i]].size == 0)
            return vc_fail(err, VC_NOT_FOUND, "evidence of a TPM: no %s among the files",
                           part_names[needed[i]]);
    }
    if (parts[VC_TPM_PART_AK_PUBLIC].size == 0 && parts[VC_TPM_PART_AK_KEY].size == 0)
        return vc_fail(err, VC_NOT_FOUND, "evidence of a TPM: no AK among the files");
    bundle.attest = vc_buffer_bytes(&parts[VC_TPM_PART_ATTEST]);
    bundle.signature = vc_buffer_bytes(&parts[VC_TPM_PART_SIGNATURE]);
    bundle.ak_public = vc_buffer_bytes(&parts[VC_TPM_PART_AK_PUBLIC]);
    bundle.ak_key = vc_buffer_bytes(&parts[VC_TPM_PART_AK_KEY]);
    bundle.event_log = vc_buffer_bytes(&parts[VC_TPM_PART_EVENT_LOG]);
    bundle.ek_public = vc_buffer_bytes(&parts[VC_TPM_PART_EK_PUBLIC]);
    bundle_certs(all, &bundle);
    bundle_values(all, &bundle);
    return vc_tpm_bundle_encode(&bundle, out, err);
}

enum vc_code vc_tpm_import(const struct vc_tpm_blob *blobs, size_t count, struct vc_buffer *bundle,
                           struct vc_err *err)
{
    vc_cleanup(gathering_done) struct vc_tpm_gathering all = {};
    struct vc_tpm_bundle parsed;

    if (count > VC_TPM_IMPORT_BLOBS_MAX)
        return vc_fail(err, VC_LIMIT, "evidence of a TPM: %zu files, at most %zu", count,
                       VC_TPM_IMPORT_BLOBS_MAX);
    if (count == 1 && vc_tpm_bundle_parse(blobs[0].bytes, &parsed, nullptr) == VC_OK)
        return vc_buffer_append(bundle, blobs[0].bytes, err);
    for (size_t i = 0; i < count; i++) {
        enum vc_code code = gather_blob(&all, &blobs[i], err);

        if (code != VC_OK)
            return code;
    }
    return assemble(&all, bundle, err);
}
