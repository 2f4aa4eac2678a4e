/* SPDX-License-Identifier: MIT */

#include "evidence/tpm_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "evidence/event_log.h"

static constexpr uint32_t AK_ATTRIBUTES = VC_TPM_FIXED_TPM | VC_TPM_FIXED_PARENT |
                                          VC_TPM_SENSITIVE_DATA_ORIGIN | VC_TPM_USER_WITH_AUTH |
                                          VC_TPM_RESTRICTED | VC_TPM_SIGN;
static constexpr unsigned EVENTS = 3; /* of the log, for PCR 0, 4 and 7 */
static const unsigned event_pcrs[] = {0, 4, 7};

static void must(bool right)
{
    if (!right)
        abort();
}

static void put(struct vc_buffer *out, const void *data, size_t size)
{
    must(vc_buffer_append(out, (struct vc_bytes){data, size}, nullptr) == VC_OK);
}

static void put_number(struct vc_buffer *out, uint64_t value, size_t size)
{
    must(vc_tpm_put_number(out, value, size, nullptr) == VC_OK);
}

static void put_number_le(struct vc_buffer *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        put(out, &(uint8_t){(uint8_t)(value >> (8 * i))}, 1);
}

static void put_sized(struct vc_buffer *out, struct vc_bytes bytes)
{
    must(vc_tpm_put_sized(out, bytes, nullptr) == VC_OK);
}

struct vc_tpm_fixture_order vc_tpm_fixture_order_of(const struct vc_pki_key *ak,
                                                    struct vc_bytes nonce)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = vc_pki_key_public(ak);

    return (struct vc_tpm_fixture_order){
        .ak = ak,
        .magic = VC_TPM_MAGIC,
        .type = VC_TPM_ATTEST_QUOTE,
        .nonce = nonce,
        .bank = VC_TPM_SHA256,
        .pcrs = 0x3ff,
        .scheme = vc_public_key_kind(key) == VC_KEY_RSA ? VC_TPM_RSASSA : VC_TPM_ECDSA,
        .hash = VC_TPM_SHA256,
        .attributes = AK_ATTRIBUTES,
        .name_hash = VC_TPM_SHA256,
        .values = true,
        .log = true,
        .wrong_value = VC_TPM_PCRS,
        .wrong_event = VC_TPM_PCRS,
    };
}

/* The digest of the event of this PCR. */
static struct vc_octets event_digest(enum vc_hash hash, unsigned index)
{
    const uint8_t text[] = {'e', 'v', 'e', 'n', 't', (uint8_t)index};

    return vc_hash_of(hash, VC_BYTES(text));
}

static struct vc_octets extended(enum vc_hash hash, struct vc_octets value, unsigned index)
{
    struct vc_octets digest = event_digest(hash, index);
    uint8_t both[2 * VC_HASH_SIZE_MAX];

    memcpy(both, value.bytes, value.size);
    memcpy(both + value.size, digest.bytes, digest.size);
    return vc_hash_of(hash, (struct vc_bytes){both, 2 * digest.size});
}

struct vc_octets vc_tpm_fixture_pcr(enum vc_hash hash, unsigned index)
{
    struct vc_octets value = {.size = vc_hash_size(hash)};

    for (unsigned i = 0; i < EVENTS; i++) {
        if (event_pcrs[i] == index)
            return extended(hash, value, index);
    }
    if (index >= 17 && index <= 22)
        memset(value.bytes, 0xff, value.size);
    return value;
}

void vc_tpm_fixture_area(const struct vc_tpm_fixture_order *order, struct vc_buffer *area)
{
    static const uint16_t curves[] = {[VC_KEY_P256] = 3, [VC_KEY_P384] = 4, [VC_KEY_P521] = 5};
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = vc_pki_key_public(order->ak);
    vc_cleanup(vc_buffer_done) struct vc_buffer raw = {};
    enum vc_key_kind kind = vc_public_key_kind(key);

    put_number(area, kind == VC_KEY_RSA ? VC_TPM_RSA : VC_TPM_ECC, 2);
    put_number(area, order->name_hash, 2);
    put_number(area, order->attributes, 4);
    put_number(area, 0, 2);
    put_number(area, VC_TPM_NULL, 2);
    put_number(area, order->area_scheme != 0 ? order->area_scheme : order->scheme, 2);
    put_number(area, order->hash, 2);
    if (kind ==
        VC_KEY_RSA) { /* the modulus stands 33 bytes into the key's DER, if it has 2048 bits */
        must(vc_public_key_encode_der(key, &raw, nullptr) == VC_OK && raw.size == 294);
        put_number(area, 2048, 2);
        put_number(area, 0, 4);
        put_sized(area, (struct vc_bytes){raw.data + 33, 256});
        return;
    }
    must(vc_public_key_point(key, &raw, nullptr) == VC_OK);
    put_number(area, curves[kind], 2);
    put_number(area, VC_TPM_NULL, 2);
    put_sized(area, (struct vc_bytes){raw.data, raw.size / 2});
    put_sized(area, (struct vc_bytes){raw.data + raw.size / 2, raw.size / 2});
}

static void put_selection(struct vc_buffer *out, uint16_t bank, uint32_t pcrs)
{
    put_number(out, bank, 2);
    put_number(out, 3, 1);
    put_number_le(out, pcrs, 3);
}

/* The digest that a TPM makes; of SHA-1, which we do not have, zeros of its size. */
static void put_digest(struct vc_buffer *out, const struct vc_tpm_fixture_order *order)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer all = {};
    enum vc_hash bank, hash;
    struct vc_octets digest;

    if (order->digest.size > 0) {
        put_sized(out, order->digest);
        return;
    }
    if (!vc_tpm_hash(order->bank, &bank) || !vc_tpm_hash(order->hash, &hash)) {
        put_sized(out, (struct vc_bytes){(const uint8_t[20]){}, 20});
        return;
    }
    for (unsigned i = 0; i < VC_TPM_PCRS; i++) {
        struct vc_octets value = vc_tpm_fixture_pcr(bank, i);

        if ((order->pcrs >> i & 1) != 0)
            put(&all, value.bytes, value.size);
    }
    digest = vc_hash_of(hash, vc_buffer_bytes(&all));
    put_sized(out, vc_octets_bytes(&digest));
}

void vc_tpm_fixture_attest(const struct vc_tpm_fixture_order *order, struct vc_buffer *attest)
{
    static const uint8_t signer[34] = {0, VC_TPM_SHA256, 0x51};
    static const uint8_t zeros[255] = {};

    put_number(attest, order->magic, 4);
    put_number(attest, order->type, 2);
    put_sized(attest, VC_BYTES(signer));
    put_sized(attest, order->nonce);
    put_number(attest, 0x3b21e4, 8); /* clock */
    put_number(attest, 7, 4);        /* resetCount */
    put_number(attest, 2, 4);        /* restartCount */
    put_number(attest, 1, 1);        /* safe */
    put_number(attest, 0x2019102300163636, 8);
    put_number(attest, order->second_bank != 0 ? 2 : 1, 4);
    put_selection(attest, order->bank, order->pcrs);
    if (order->second_bank != 0)
        put_selection(attest, order->second_bank, 1);
    put_digest(attest, order);
    put(attest, zeros, order->trailing);
}

static struct vc_bytes digits(const struct vc_tpm_fixture_order *order, struct vc_bytes number)
{
    while (order->raw_digits && number.size > 1 && number.data[0] == 0)
        number = (struct vc_bytes){number.data + 1, number.size - 1};
    return number;
}

void vc_tpm_fixture_sign(const struct vc_tpm_fixture_order *order, struct vc_bytes attest,
                         struct vc_buffer *signature)
{
    static const enum vc_scheme schemes[][3] = {
        {VC_SCHEME_RS256, VC_SCHEME_PS256, VC_SCHEME_ES256},
        {VC_SCHEME_RS384, VC_SCHEME_PS384, VC_SCHEME_ES384},
        {VC_SCHEME_RS512, VC_SCHEME_PS512, VC_SCHEME_ES512},
    };
    vc_cleanup(vc_buffer_done) struct vc_buffer raw = {};
    enum vc_hash hash = VC_HASH_SHA256; /* of a quote with SHA-1, which is refused before */
    size_t kind = order->scheme == VC_TPM_ECDSA ? 2 : order->scheme == VC_TPM_RSAPSS;

    (void)vc_tpm_hash(order->hash, &hash);
    vc_pki_sign(order->ak, schemes[hash][kind], attest, &raw);
    put_number(signature, order->scheme, 2);
    put_number(signature, order->hash, 2);
    if (order->scheme != VC_TPM_ECDSA) {
        put_sized(signature, vc_buffer_bytes(&raw));
        return;
    }
    put_sized(signature, digits(order, (struct vc_bytes){raw.data, raw.size / 2}));
    put_sized(signature, digits(order, (struct vc_bytes){raw.data + raw.size / 2, raw.size / 2}));
}

static void put_event(struct vc_buffer *log, enum vc_hash hash, unsigned index)
{
    struct vc_octets digest = event_digest(hash, index);

    put_number_le(log, index, 4);
    put_number_le(log, 0x80000007, 4);
    put_number_le(log, 1, 4);
    put_number_le(log, vc_tpm_algorithm_of(hash), 2);
    put(log, digest.bytes, digest.size);
    put_number_le(log, 6, 4);
    put(log, (const uint8_t[]){'e', 'v', 'e', 'n', 't', (uint8_t)index}, 6);
}

void vc_tpm_fixture_log(const struct vc_tpm_fixture_order *order, struct vc_buffer *log)
{
    static const uint8_t zeros[20] = {};
    enum vc_hash hash = VC_HASH_SHA256;

    (void)vc_tpm_hash(order->bank, &hash);
    put_number_le(log, 0, 4);
    put_number_le(log, VC_EVENT_NO_ACTION, 4);
    put(log, zeros, sizeof(zeros));
    put_number_le(log, 16 + 8 + 4 + 4 + 1, 4);
    put(log, "Spec ID Event03", 16);
    put(log, zeros, 8);
    put_number_le(log, 1, 4);
    put_number_le(log, vc_tpm_algorithm_of(hash), 2);
    put_number_le(log, vc_hash_size(hash), 2);
    put(log, zeros, 1);
    for (unsigned i = 0; i < EVENTS; i++)
        put_event(log, hash, event_pcrs[i]);
    if (order->wrong_event < VC_TPM_PCRS)
        put_event(log, hash, order->wrong_event);
}

static void add_chain(struct vc_tpm_chain *chain, const struct vc_cert *const *certs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        chain->certs[chain->count++] = vc_cert_der(certs[i]);
}

static void add_values(const struct vc_tpm_fixture_order *order, struct vc_octets *values,
                       struct vc_tpm_bundle *bundle)
{
    enum vc_hash hash;

    for (unsigned i = 0; i < VC_TPM_PCRS && order->values; i++) {
        if ((order->pcrs >> i & 1) == 0)
            continue;
        values[i] = vc_tpm_hash(order->bank, &hash) ? vc_tpm_fixture_pcr(hash, i)
                                                    : (struct vc_octets){.size = 20};
        if (i == order->wrong_value)
            values[i].bytes[0] ^= 1;
        bundle->pcrs[bundle->pcr_count++] = vc_octets_bytes(&values[i]);
    }
}

void vc_tpm_fixture_bundle(const struct vc_tpm_fixture_order *order, struct vc_buffer *bundle)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = vc_pki_key_public(order->ak);
    vc_cleanup(vc_buffer_done) struct vc_buffer attest = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer ak = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer log = {};
    struct vc_octets values[VC_TPM_PCRS];
    struct vc_tpm_bundle made = {.ek_public = order->ek_public};

    vc_tpm_fixture_attest(order, &attest);
    vc_tpm_fixture_sign(order, vc_buffer_bytes(&attest), &signature);
    made.attest = vc_buffer_bytes(&attest);
    made.signature = vc_buffer_bytes(&signature);
    if (order->key_only) {
        must(vc_public_key_encode_der(key, &ak, nullptr) == VC_OK);
        made.ak_key = vc_buffer_bytes(&ak);
    } else {
        vc_tpm_fixture_area(order, &ak);
        made.ak_public = vc_buffer_bytes(&ak);
    }
    add_values(order, values, &made);
    if (order->log) {
        vc_tpm_fixture_log(order, &log);
        made.event_log = vc_buffer_bytes(&log);
    }
    add_chain(&made.ak_chain, order->ak_certs, order->ak_cert_count);
    add_chain(&made.ek_chain, order->ek_certs, order->ek_cert_count);
    must(vc_tpm_bundle_encode(&made, bundle, nullptr) == VC_OK);
}
