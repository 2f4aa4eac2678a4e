/* SPDX-License-Identifier: MIT */

#include "evidence/tpm_structures.h"

#include <string.h>

#include "base/reader.h"

static constexpr size_t SELECT_SIZE_MAX = 4; /* PCR_SELECT_MAX of any implementation */
static constexpr uint32_t RSA_EXPONENT_DEFAULT = 65537;
static constexpr size_t CURVE_SIZE_MAX = 66; /* P-521 */

static const struct {
    uint16_t number;
    const char *name;
} algorithms[] = {
    {VC_TPM_RSA, "RSA"},
    {VC_TPM_SHA1, "SHA-1"},
    {VC_TPM_AES, "AES"},
    {VC_TPM_SHA256, "SHA-256"},
    {VC_TPM_SHA384, "SHA-384"},
    {VC_TPM_SHA512, "SHA-512"},
    {VC_TPM_NULL, "none"},
    {0x12, "SM3-256"},
    {VC_TPM_RSASSA, "RSASSA"},
    {0x15, "RSAES"},
    {VC_TPM_RSAPSS, "RSAPSS"},
    {0x17, "OAEP"},
    {VC_TPM_ECDSA, "ECDSA"},
    {0x19, "ECDH"},
    {0x1a, "ECDAA"},
    {0x1b, "SM2"},
    {0x1c, "EC-Schnorr"},
    {VC_TPM_ECC, "ECC"},
    {VC_TPM_CFB, "CFB"},
    {0x27, "SHA3-256"},
    {0x28, "SHA3-384"},
    {0x29, "SHA3-512"},
};

static const struct curve {
    uint16_t number;
    enum vc_key_kind kind;
    size_t size; /* of a coordinate, bytes */
} curves[] = {
    {3, VC_KEY_P256, 32},
    {4, VC_KEY_P384, 48},
    {5, VC_KEY_P521, CURVE_SIZE_MAX},
};

const char *vc_tpm_algorithm_name(uint16_t algorithm)
{
    for (size_t i = 0; i < VC_COUNT(algorithms); i++) {
        if (algorithms[i].number == algorithm)
            return algorithms[i].name;
    }
    return "unknown";
}

bool vc_tpm_hash(uint16_t algorithm, enum vc_hash *hash)
{
    for (enum vc_hash each = VC_HASH_SHA256; each <= VC_HASH_SHA512; each++) {
        if (vc_tpm_algorithm_of(each) == algorithm) {
            *hash = each;
            return true;
        }
    }
    return false;
}

uint16_t vc_tpm_algorithm_of(enum vc_hash hash)
{
    static const uint16_t numbers[] = {
        [VC_HASH_SHA256] = VC_TPM_SHA256,
        [VC_HASH_SHA384] = VC_TPM_SHA384,
        [VC_HASH_SHA512] = VC_TPM_SHA512,
    };

    return numbers[hash];
}

/* A TPM2B. */
static struct vc_bytes read_sized(struct vc_reader *reader)
{
    return vc_read_run(reader, vc_read_u16(reader));
}

/* TPMS_PCR_SELECTION. PCRs beyond the 24 of a PC are out of form here. */
static void read_selection(struct vc_reader *reader, struct vc_tpm_selection *selection)
{
    struct vc_bytes bits;

    selection->hash = vc_read_u16(reader);
    bits = vc_read_run(reader, vc_read_u8(reader));
    selection->pcrs = 0;
    if (bits.size > SELECT_SIZE_MAX)
        vc_reader_fail(reader);
    for (size_t i = 0; i < bits.size && i < SELECT_SIZE_MAX; i++)
        selection->pcrs |= (uint32_t)bits.data[i] << (8 * i);
    if (selection->pcrs >> VC_TPM_PCRS != 0)
        vc_reader_fail(reader);
}

static void read_quote_info(struct vc_reader *reader, struct vc_tpm_attest *attest)
{
    uint32_t count = vc_read_u32(reader);

    if (count > VC_TPM_BANKS_MAX)
        vc_reader_fail(reader);
    for (size_t i = 0; i < count && !reader->failed; i++)
        read_selection(reader, &attest->banks[attest->bank_count++]);
    attest->pcr_digest = read_sized(reader);
}

enum vc_code vc_tpm_parse_attest(struct vc_bytes bytes, struct vc_tpm_attest *attest,
                                 struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(bytes);
    struct vc_tpm_attest made = {.magic = vc_read_u32(&reader)};

    made.type = vc_read_u16(&reader);
    *attest = (struct vc_tpm_attest){.magic = made.magic, .type = made.type};
    if (reader.failed)
        return vc_fail(err, VC_MALFORMED, "TPMS_ATTEST: cut in its first six bytes");
    if (made.magic != VC_TPM_MAGIC)
        return vc_fail(err, VC_MALFORMED,
                       "TPMS_ATTEST: magic 0x%08x, 0x%08x wanted: no TPM made this", made.magic,
                       VC_TPM_MAGIC);
    if (made.type != VC_TPM_ATTEST_QUOTE)
        return vc_fail(err, VC_MALFORMED, "TPMS_ATTEST: type 0x%04x, 0x%04x (a quote) wanted",
                       made.type, VC_TPM_ATTEST_QUOTE);
    made.qualified_signer = read_sized(&reader);
    made.extra_data = read_sized(&reader);
    made.clock = vc_read_u64(&reader);
    made.reset_count = vc_read_u32(&reader);
    made.restart_count = vc_read_u32(&reader);
    made.safe = vc_read_u8(&reader);
    if (made.safe > 1)
        vc_reader_fail(&reader);
    made.firmware_version = vc_read_u64(&reader);
    read_quote_info(&reader, &made);
    if (!vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED,
                       "TPMS_ATTEST: cut, out of form, or longer than it says (offset %zu of %zu)",
                       reader.offset, bytes.size);
    *attest = made;
    return VC_OK;
}

enum vc_code vc_tpm_parse_signature(struct vc_bytes bytes, struct vc_tpm_signature *signature,
                                    struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(bytes);
    struct vc_tpm_signature made = {.scheme = vc_read_u16(&reader)};

    made.hash = vc_read_u16(&reader);
    switch (made.scheme) {
    case VC_TPM_RSASSA:
    case VC_TPM_RSAPSS:
        made.rsa = read_sized(&reader);
        break;
    case VC_TPM_ECDSA:
        made.r = read_sized(&reader);
        made.s = read_sized(&reader);
        break;
    default:
        return vc_fail(err, VC_MALFORMED,
                       "TPMT_SIGNATURE: scheme 0x%04x (%s); RSASSA, RSAPSS and ECDSA are known",
                       made.scheme, vc_tpm_algorithm_name(made.scheme));
    }
    if (!vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "TPMT_SIGNATURE: cut, or longer than it says");
    *signature = made;
    return VC_OK;
}

/* TPMT_SYM_DEF_OBJECT; of other ciphers than none and AES nothing is known. */
static void read_symmetric(struct vc_reader *reader, struct vc_tpm_public *key)
{
    key->symmetric = vc_read_u16(reader);
    if (key->symmetric == VC_TPM_NULL)
        return;
    if (key->symmetric != VC_TPM_AES)
        vc_reader_fail(reader);
    key->symmetric_bits = vc_read_u16(reader);
    key->symmetric_mode = vc_read_u16(reader);
}

/* TPMT_RSA_SCHEME or TPMT_ECC_SCHEME: the ones that sign have a hash, as OAEP and ECDH do. */
static void read_scheme(struct vc_reader *reader, struct vc_tpm_public *key)
{
    key->scheme = vc_read_u16(reader);
    if (key->scheme == VC_TPM_NULL || key->scheme == 0x15 /* RSAES */)
        return;
    key->scheme_hash = vc_read_u16(reader);
    if (key->scheme == 0x1a /* ECDAA: also a count */)
        vc_read_u16(reader);
}

static void read_rsa(struct vc_reader *reader, struct vc_tpm_public *key)
{
    key->bits = vc_read_u16(reader);
    key->exponent = vc_read_u32(reader);
    key->modulus = read_sized(reader);
    if (key->exponent == 0)
        key->exponent = RSA_EXPONENT_DEFAULT;
    if (key->modulus.size != key->bits / 8u || key->bits % 8 != 0)
        vc_reader_fail(reader);
}

static void read_ecc(struct vc_reader *reader, struct vc_tpm_public *key)
{
    key->curve = vc_read_u16(reader);
    if (vc_read_u16(reader) != VC_TPM_NULL) /* key derivation: none but of schemes unused here */
        vc_read_u16(reader);
    key->x = read_sized(reader);
    key->y = read_sized(reader);
}

enum vc_code vc_tpm_parse_public(struct vc_bytes bytes, struct vc_tpm_public *key,
                                 struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(bytes);
    struct vc_tpm_public made = {.whole = bytes};
    uint16_t first = vc_read_u16(&reader);

    if (bytes.size > 2 && first == bytes.size - 2) { /* a TPM2B: no such size is a type */
        made.whole = (struct vc_bytes){bytes.data + 2, bytes.size - 2};
        first = vc_read_u16(&reader);
    }
    made.type = first;
    made.name_hash = vc_read_u16(&reader);
    made.attributes = vc_read_u32(&reader);
    made.policy = read_sized(&reader);
    read_symmetric(&reader, &made);
    read_scheme(&reader, &made);
    if (made.type == VC_TPM_RSA)
        read_rsa(&reader, &made);
    else if (made.type == VC_TPM_ECC)
        read_ecc(&reader, &made);
    else
        return vc_fail(err, VC_MALFORMED, "TPMT_PUBLIC: type 0x%04x; RSA and ECC are known",
                       made.type);
    if (!vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED,
                       "TPMT_PUBLIC: cut, out of form, or longer than it says (offset %zu of %zu)",
                       reader.offset, bytes.size);
    *key = made;
    return VC_OK;
}

enum vc_code vc_tpm_name(const struct vc_tpm_public *key, struct vc_octets *name,
                         struct vc_err *err)
{
    enum vc_hash hash;
    struct vc_octets digest;

    if (!vc_tpm_hash(key->name_hash, &hash) || hash == VC_HASH_SHA512)
        return vc_fail(err, VC_REFUSED, "TPMT_PUBLIC: named with %s; SHA-256 or SHA-384 wanted",
                       vc_tpm_algorithm_name(key->name_hash));
    digest = vc_hash_of(hash, key->whole);
    *name = (struct vc_octets){.bytes = {(uint8_t)(key->name_hash >> 8), (uint8_t)key->name_hash},
                               .size = 2 + digest.size};
    memcpy(name->bytes + 2, digest.bytes, digest.size);
    return VC_OK;
}

static enum vc_code make_ecc(const struct vc_tpm_public *key, struct vc_public_key **made,
                             struct vc_err *err)
{
    uint8_t point[2 * CURVE_SIZE_MAX] = {};

    for (size_t i = 0; i < VC_COUNT(curves); i++) {
        size_t size = curves[i].size;

        if (curves[i].number != key->curve)
            continue;
        if (key->x.size > size || key->y.size > size || key->x.size == 0 || key->y.size == 0)
            return vc_fail(err, VC_MALFORMED,
                           "TPMT_PUBLIC: coordinates of %zu and %zu bytes, %zu wanted", key->x.size,
                           key->y.size, size);
        memcpy(point + size - key->x.size, key->x.data, key->x.size);
        memcpy(point + 2 * size - key->y.size, key->y.data, key->y.size);
        return vc_public_key_of_point(curves[i].kind, (struct vc_bytes){point, 2 * size}, made,
                                      err);
    }
    return vc_fail(err, VC_REFUSED, "TPMT_PUBLIC: curve %u; P-256, P-384 and P-521 are known",
                   key->curve);
}

enum vc_code vc_tpm_public_key(const struct vc_tpm_public *key, struct vc_public_key **made,
                               struct vc_err *err)
{
    uint8_t exponent[4] = {(uint8_t)(key->exponent >> 24), (uint8_t)(key->exponent >> 16),
                           (uint8_t)(key->exponent >> 8), (uint8_t)key->exponent};
    enum vc_code code = key->type == VC_TPM_RSA
                            ? vc_public_key_of_rsa(key->modulus, VC_BYTES(exponent), made, err)
                            : make_ecc(key, made, err);

    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "key of the TPM");
}

size_t vc_tpm_pcr_count(uint32_t pcrs)
{
    return (size_t)__builtin_popcount(pcrs);
}

enum vc_code vc_tpm_put_number(struct vc_buffer *out, uint64_t value, size_t size,
                               struct vc_err *err)
{
    uint8_t bytes[sizeof(value)];

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    return vc_buffer_append(out, (struct vc_bytes){bytes, size}, err);
}

enum vc_code vc_tpm_put_sized(struct vc_buffer *out, struct vc_bytes bytes, struct vc_err *err)
{
    enum vc_code code = bytes.size > UINT16_MAX
                            ? vc_fail(err, VC_LIMIT, "%zu bytes, at most 65535", bytes.size)
                            : vc_tpm_put_number(out, bytes.size, 2, err);

    return code == VC_OK ? vc_buffer_append(out, bytes, err) : code;
}
