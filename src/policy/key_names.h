/* SPDX-License-Identifier: MIT */

/* What policies call the types, usages and algorithms of keys, and which go together. The numbers
 * are those of the PSA Certified Crypto API 1.2 (Arm IHI 0086, appendix B). */

#ifndef VC_POLICY_KEY_NAMES_H
#define VC_POLICY_KEY_NAMES_H

#include "base/defs.h"

enum vc_key_usage {
    VC_KEY_USAGE_EXPORT = 0x00000001,
    VC_KEY_USAGE_COPY = 0x00000002,
    VC_KEY_USAGE_CACHE = 0x00000004,
    VC_KEY_USAGE_ENCRYPT = 0x00000100,
    VC_KEY_USAGE_DECRYPT = 0x00000200,
    VC_KEY_USAGE_SIGN_MESSAGE = 0x00000400,
    VC_KEY_USAGE_VERIFY_MESSAGE = 0x00000800,
    VC_KEY_USAGE_SIGN_HASH = 0x00001000,
    VC_KEY_USAGE_VERIFY_HASH = 0x00002000,
    VC_KEY_USAGE_DERIVE = 0x00004000,
    VC_KEY_USAGE_VERIFY_DERIVATION = 0x00008000,
};
/* What says nothing of an algorithm. */
constexpr uint32_t VC_KEY_USAGES_PLAIN =
    VC_KEY_USAGE_EXPORT | VC_KEY_USAGE_COPY | VC_KEY_USAGE_CACHE;

/* Types that are used alike. */
enum vc_key_family {
    VC_KEY_FAMILY_AES = 1 << 0,
    VC_KEY_FAMILY_BLOCK = 1 << 1, /* other block ciphers */
    VC_KEY_FAMILY_CHACHA = 1 << 2,
    VC_KEY_FAMILY_HMAC = 1 << 3,
    VC_KEY_FAMILY_DERIVE = 1 << 4,
    VC_KEY_FAMILY_PASSWORD = 1 << 5,
    VC_KEY_FAMILY_RAW = 1 << 6,
    VC_KEY_FAMILY_RSA_PAIR = 1 << 7, /* this one and those behind it are asymmetric */
    VC_KEY_FAMILY_RSA_PUBLIC = 1 << 8,
    VC_KEY_FAMILY_CURVE_PAIR = 1 << 9, /* of short Weierstrass curves: ECDSA and ECDH */
    VC_KEY_FAMILY_CURVE_PUBLIC = 1 << 10,
    VC_KEY_FAMILY_X_PAIR = 1 << 11, /* of Montgomery curves: ECDH alone */
    VC_KEY_FAMILY_X_PUBLIC = 1 << 12,
};

/* A type is known by its number and its bits: those of two curves have one number. */
struct vc_key_type {
    const char *name;
    const char *words; /* "an AES key" */
    enum vc_key_family family;
    uint16_t number;                       /* psa_key_type_t */
    uint32_t bits_least, bits_most, steps; /* bits: least, least + steps, ...; one size if equal */
};

struct vc_key_algorithm {
    const char *name;
    uint32_t number;   /* psa_algorithm_t */
    unsigned families; /* set of enum vc_key_family */
    uint32_t usages;   /* that it knows */
    uint32_t random;   /* those of them that take random bytes */
};

struct vc_key_usage_name {
    const char *name;
    enum vc_key_usage usage;
};

/* Tables, in the order in which they are listed; null behind the last. Export has no name here: a
 * policy says it by a key of its own. */
const struct vc_key_type *vc_key_type_at(size_t index);
const struct vc_key_algorithm *vc_key_algorithm_at(size_t index);
const struct vc_key_usage_name *vc_key_usage_at(size_t index);

/* Null: no such name, or number. */
const struct vc_key_type *vc_key_type_named(const char *name);
const struct vc_key_type *vc_key_type_of(uint16_t number, uint32_t bits);
const struct vc_key_algorithm *vc_key_algorithm_named(const char *name);
const struct vc_key_algorithm *vc_key_algorithm_of(uint32_t number);
const struct vc_key_usage_name *vc_key_usage_named(const char *name);

[[nodiscard]] bool vc_key_type_has_bits(const struct vc_key_type *type, uint32_t bits);
[[nodiscard]] bool vc_key_type_is_public(const struct vc_key_type *type);
/* Is it a secret that one could try to guess bit by bit? */
[[nodiscard]] bool vc_key_type_is_symmetric(const struct vc_key_type *type);
/* The usages that keys of the type can have under the algorithm, besides VC_KEY_USAGES_PLAIN; 0 if
 * it is not for them. */
uint32_t vc_key_usages_of(const struct vc_key_type *type, const struct vc_key_algorithm *algorithm);

#endif
