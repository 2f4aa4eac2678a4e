/* SPDX-License-Identifier: MIT */

/* A key in PEM says nothing of its attributes; its name, which is a digest of them, does: the
 * public area that has this name is found among the few that tools ask TPMs for. */

#include "base/reader.h"
#include "codec/der.h"
#include "evidence/tpm_import_internal.h"

static constexpr uint8_t DER_BITS = 0x03;
static constexpr uint8_t DER_INTEGER = 0x02;

static const uint32_t attribute_sets[] = {0x00050072, 0x00050472, 0x00050032, 0x00050432,
                                          0x00050076};
static const uint16_t rsa_schemes[] = {VC_TPM_RSASSA, VC_TPM_RSAPSS};
static const uint16_t ecc_schemes[] = {VC_TPM_ECDSA};
static const uint16_t hashes[] = {VC_TPM_SHA256, VC_TPM_SHA384, VC_TPM_SHA512};

struct template
{
    const struct vc_public_key *key;
    struct vc_bytes spki;
    uint16_t name_hash;
    uint32_t attributes;
    uint16_t scheme, hash;
};

static struct vc_bytes without_zero(struct vc_bytes number)
{
    if (number.size > 1 && number.data[0] == 0)
        return (struct vc_bytes){number.data + 1, number.size - 1};
    return number;
}

/* RSAPublicKey inside SubjectPublicKeyInfo (RFC 8017 §A.1.1). */
static struct vc_bytes modulus_of(struct vc_bytes spki)
{
    struct vc_reader reader = vc_reader_over(spki);
    struct vc_reader outer = vc_der_read_sequence(&reader);
    struct vc_reader bits, inner;

    (void)vc_der_read_sequence(&outer);
    bits = vc_reader_over(vc_der_read_value(&outer, DER_BITS));
    (void)vc_read_u8(&bits); /* unused bits: 0 */
    inner = vc_der_read_sequence(&bits);
    return without_zero(vc_der_read_value(&inner, DER_INTEGER));
}

static enum vc_code put_unique(const struct template *shape, struct vc_buffer *area)
{
    static const uint16_t curves[] = {[VC_KEY_P256] = 3, [VC_KEY_P384] = 4, [VC_KEY_P521] = 5};
    vc_cleanup(vc_buffer_done) struct vc_buffer point = {};
    enum vc_key_kind kind = vc_public_key_kind(shape->key);
    enum vc_code code;

    if (kind == VC_KEY_RSA) {
        code = vc_tpm_put_number(area, vc_public_key_bits(shape->key), 2, nullptr);
        if (code == VC_OK)
            code = vc_tpm_put_number(area, 0, 4, nullptr); /* the exponent: 65537 */
        return code == VC_OK ? vc_tpm_put_sized(area, modulus_of(shape->spki), nullptr) : code;
    }
    code = vc_public_key_point(shape->key, &point, nullptr);
    if (code == VC_OK)
        code = vc_tpm_put_number(area, curves[kind], 2, nullptr);
    if (code == VC_OK)
        code = vc_tpm_put_number(area, VC_TPM_NULL, 2, nullptr);
    if (code == VC_OK)
        code = vc_tpm_put_sized(area, (struct vc_bytes){point.data, point.size / 2}, nullptr);
    if (code == VC_OK)
        code = vc_tpm_put_sized(
            area, (struct vc_bytes){point.data + point.size / 2, point.size / 2}, nullptr);
    return code;
}

static bool build(const struct template *shape, struct vc_buffer *area)
{
    const struct {
        uint64_t value;
        size_t size;
    } head[] = {
        {vc_public_key_kind(shape->key) == VC_KEY_RSA ? VC_TPM_RSA : VC_TPM_ECC, 2},
        {shape->name_hash, 2},
        {shape->attributes, 4},
        {0, 2}, /* no policy */
        {VC_TPM_NULL, 2},
        {shape->scheme, 2},
        {shape->hash, 2},
    };

    area->size = 0;
    for (size_t i = 0; i < VC_COUNT(head); i++) {
        if (vc_tpm_put_number(area, head[i].value, head[i].size, nullptr) != VC_OK)
            return false;
    }
    return put_unique(shape, area) == VC_OK;
}

static bool has_name(const struct vc_buffer *area, const struct vc_octets *wanted)
{
    struct vc_tpm_public key;
    struct vc_octets name;

    return vc_tpm_parse_public(vc_buffer_bytes(area), &key, nullptr) == VC_OK &&
           vc_tpm_name(&key, &name, nullptr) == VC_OK && vc_octets_equal(&name, wanted);
}

static bool try_schemes(struct template *shape, const struct vc_octets *wanted,
                        struct vc_buffer *area)
{
    bool rsa = vc_public_key_kind(shape->key) == VC_KEY_RSA;
    const uint16_t *schemes = rsa ? rsa_schemes : ecc_schemes;
    size_t count = rsa ? VC_COUNT(rsa_schemes) : VC_COUNT(ecc_schemes);

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < VC_COUNT(hashes); k++) {
            shape->scheme = schemes[i];
            shape->hash = hashes[k];
            if (build(shape, area) && has_name(area, wanted))
                return true;
        }
    }
    return false;
}

bool vc_tpm_rebuild(struct vc_bytes spki, struct vc_bytes name, struct vc_buffer *area)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    struct vc_octets wanted;

    if (name.size < 2 || name.size > VC_TPM_NAME_MAX ||
        vc_public_key_parse_der(spki, &key, nullptr) != VC_OK)
        return false;
    wanted = vc_octets_of(name);
    for (size_t i = 0; i < VC_COUNT(attribute_sets); i++) {
        struct template shape = {.key = key,
                                 .spki = spki,
                                 .name_hash = (uint16_t)(name.data[0] << 8 | name.data[1]),
                                 .attributes = attribute_sets[i]};

        if (try_schemes(&shape, &wanted, area))
            return true;
    }
    area->size = 0;
    return false;
}
