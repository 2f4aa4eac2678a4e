/* SPDX-License-Identifier: MIT */

#include "policy/key_form.h"

#include "codec/der.h"
#include "policy/key_names.h"

static constexpr uint8_t DER_INTEGER = 0x02;
static constexpr uint8_t POINT_UNCOMPRESSED = 0x04;
static constexpr size_t PRIVATE_NUMBERS = 6; /* behind modulus and public exponent */

/* Of an INTEGER's content; 0 for what is negative, or not written in the shortest way. */
static size_t bits_of(struct vc_bytes number)
{
    if (number.size > 1 && number.data[0] == 0 && (number.data[1] & 0x80) != 0)
        return 8 * (number.size - 1);
    if (number.size == 0 || number.data[0] == 0 || (number.data[0] & 0x80) != 0)
        return 0;
    return 8 * number.size - (size_t)(__builtin_clz(number.data[0]) - 24);
}

static enum vc_code check_rsa(const struct vc_policy_key *key, bool pair, struct vc_bytes material,
                              struct vc_err *err)
{
    struct vc_reader outer = vc_reader_over(material);
    struct vc_reader inner = vc_der_read_sequence(&outer);
    struct vc_bytes modulus;

    if (pair && vc_der_read_uint(&inner) != 0) /* a key of two primes */
        vc_reader_fail(&inner);
    modulus = vc_der_read_value(&inner, DER_INTEGER);
    for (size_t i = 0; i < 1 + (pair ? PRIVATE_NUMBERS : 0); i++)
        (void)vc_der_read_value(&inner, DER_INTEGER);
    if (!vc_reader_done(&inner) || !vc_reader_done(&outer)) {
        return vc_fail(err, VC_MALFORMED, "keys.%s: DER of PKCS#1's %s wanted", key->name,
                       pair ? "RSAPrivateKey" : "RSAPublicKey");
    }
    if (bits_of(modulus) != key->bits) {
        return vc_fail(err, VC_MALFORMED, "keys.%s: a modulus of %zu bits, %u wanted", key->name,
                       bits_of(modulus), key->bits);
    }
    return VC_OK;
}

static enum vc_code check_point(const struct vc_policy_key *key, struct vc_bytes material,
                                struct vc_err *err)
{
    size_t size = 1 + 2 * (((size_t)key->bits + 7) / 8);

    if (material.size == size && material.data[0] == POINT_UNCOMPRESSED)
        return VC_OK;
    return vc_fail(err, VC_MALFORMED,
                   "keys.%s: an uncompressed point wanted, %zu bytes that begin "
                   "with 04",
                   key->name, size);
}

enum vc_code vc_policy_key_check_form(const struct vc_policy_key *key, struct vc_bytes material,
                                      struct vc_err *err)
{
    const struct vc_key_type *type = vc_key_type_of(key->type, key->bits);
    size_t size = ((size_t)key->bits + 7) / 8;

    if (type == nullptr) /* no policy that was parsed has such a key */
        return vc_fail(err, VC_MALFORMED, "keys.%s: of a type that policies do not have",
                       key->name);
    if (material.size > VC_KEY_MATERIAL_MAX) {
        return vc_fail(err, VC_MALFORMED, "keys.%s: %zu bytes, at most %zu", key->name,
                       material.size, VC_KEY_MATERIAL_MAX);
    }
    if (type->family == VC_KEY_FAMILY_RSA_PAIR || type->family == VC_KEY_FAMILY_RSA_PUBLIC)
        return check_rsa(key, type->family == VC_KEY_FAMILY_RSA_PAIR, material, err);
    if (type->family == VC_KEY_FAMILY_CURVE_PUBLIC)
        return check_point(key, material, err);
    if (material.size == size)
        return VC_OK;
    return vc_fail(err, VC_MALFORMED, "keys.%s: %zu bytes, %zu wanted of %s of %u bits", key->name,
                   material.size, size, type->words, key->bits);
}
