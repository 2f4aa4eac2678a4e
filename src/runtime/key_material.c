/* SPDX-License-Identifier: MIT */

#include "runtime/key_material.h"

#include "abi/psa.h"
#include "policy/key_names.h"

/* Of the DER around numbers (RFC 8017 §A.1): tags, lengths, a version, leading zeros. */
static constexpr size_t RSA_FRAME_MAX = 64;
/* A pair has the modulus and the private exponent, two primes and three more numbers of their size:
 * 4.5 times the modulus, and the public exponent, which may be as long. An exponent of few bytes
 * leaves 2.5 for what a pair must have. */
static constexpr size_t RSA_PAIR_LEAST = 3;
static constexpr size_t RSA_PAIR_MOST = 6;
static constexpr size_t RSA_PUBLIC_MOST = 2;

struct span {
    size_t least, most; /* bytes */
};

static struct span exactly(size_t size)
{
    return (struct span){size, size};
}

static struct span span_of(const struct vc_key_type *type, uint32_t bits)
{
    size_t size = ((size_t)bits + 7) / 8;

    switch (type->family) {
    case VC_KEY_FAMILY_RSA_PAIR:
        return (struct span){RSA_PAIR_LEAST * size, RSA_PAIR_MOST * size + RSA_FRAME_MAX};
    case VC_KEY_FAMILY_RSA_PUBLIC:
        return (struct span){size, RSA_PUBLIC_MOST * size + RSA_FRAME_MAX};
    case VC_KEY_FAMILY_CURVE_PUBLIC: /* SEC 1 §2.3.3, not compressed */
        return exactly(1 + 2 * size);
    case VC_KEY_FAMILY_BLOCK:
    case VC_KEY_FAMILY_CHACHA:
    case VC_KEY_FAMILY_HMAC:
    case VC_KEY_FAMILY_DERIVE:
    case VC_KEY_FAMILY_PASSWORD:
    case VC_KEY_FAMILY_RAW:
    case VC_KEY_FAMILY_CURVE_PAIR:
    case VC_KEY_FAMILY_X_PAIR:
    case VC_KEY_FAMILY_X_PUBLIC:
        break;
    }
    return exactly(size);
}

enum vc_code vc_key_material_check(const struct vc_policy_key *key, size_t size, struct vc_err *err)
{
    const struct vc_key_type *type = vc_key_type_of(key->type, key->bits);
    struct span span;

    if (type == nullptr) /* no policy that was parsed has such a key */
        return vc_fail(err, VC_MALFORMED, "a key of a type that policies do not have");
    span = span_of(type, key->bits);
    if (size >= span.least && size <= span.most && size <= VC_PSA_KEY_BYTES_MAX)
        return VC_OK;
    if (span.least == span.most)
        return vc_fail(err, VC_MALFORMED, "%zu bytes, %zu wanted of %s of %u bits", size,
                       span.least, type->words, key->bits);
    return vc_fail(err, VC_MALFORMED, "%zu bytes, %zu to %zu wanted of %s of %u bits", size,
                   span.least, span.most, type->words, key->bits);
}
