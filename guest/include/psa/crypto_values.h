/* SPDX-License-Identifier: MIT */

/* Numbers of the PSA Certified Crypto API 1.2: how keys, algorithms and steps are encoded
 * (appendix B of the specification). Part of psa/crypto.h.
 *
 * Names that are here need not work: what the container cannot do is PSA_ERROR_NOT_SUPPORTED. */

#ifndef PSA_CRYPTO_VALUES_H
#define PSA_CRYPTO_VALUES_H

#include "crypto_types.h"

/* ---- lifetimes and ids of keys ---- */

#define PSA_KEY_LIFETIME_VOLATILE   ((psa_key_lifetime_t)0x00000000)
#define PSA_KEY_LIFETIME_PERSISTENT ((psa_key_lifetime_t)0x00000001)

#define PSA_KEY_PERSISTENCE_VOLATILE  ((psa_key_persistence_t)0x00)
#define PSA_KEY_PERSISTENCE_DEFAULT   ((psa_key_persistence_t)0x01)
#define PSA_KEY_PERSISTENCE_READ_ONLY ((psa_key_persistence_t)0xff)

#define PSA_KEY_LOCATION_LOCAL_STORAGE          ((psa_key_location_t)0x000000)
#define PSA_KEY_LOCATION_PRIMARY_SECURE_ELEMENT ((psa_key_location_t)0x000001)

#define PSA_KEY_LIFETIME_GET_PERSISTENCE(lifetime) \
    ((psa_key_persistence_t)((lifetime) & UINT32_C(0x000000ff)))
#define PSA_KEY_LIFETIME_GET_LOCATION(lifetime) ((psa_key_location_t)((lifetime) >> 8))
#define PSA_KEY_LIFETIME_IS_VOLATILE(lifetime) \
    (PSA_KEY_LIFETIME_GET_PERSISTENCE(lifetime) == PSA_KEY_PERSISTENCE_VOLATILE)
#define PSA_KEY_LIFETIME_FROM_PERSISTENCE_AND_LOCATION(persistence, location) \
    ((psa_key_lifetime_t)(((psa_key_location_t)(location) << 8) | (persistence)))

#define PSA_KEY_ID_NULL       ((psa_key_id_t)0)
#define PSA_KEY_ID_USER_MIN   ((psa_key_id_t)0x00000001)
#define PSA_KEY_ID_USER_MAX   ((psa_key_id_t)0x3fffffff)
#define PSA_KEY_ID_VENDOR_MIN ((psa_key_id_t)0x40000000)
#define PSA_KEY_ID_VENDOR_MAX ((psa_key_id_t)0x7fffffff)

/* ---- what keys may be used for ---- */

#define PSA_KEY_USAGE_EXPORT            ((psa_key_usage_t)0x00000001)
#define PSA_KEY_USAGE_COPY              ((psa_key_usage_t)0x00000002)
#define PSA_KEY_USAGE_CACHE             ((psa_key_usage_t)0x00000004)
#define PSA_KEY_USAGE_ENCRYPT           ((psa_key_usage_t)0x00000100)
#define PSA_KEY_USAGE_DECRYPT           ((psa_key_usage_t)0x00000200)
#define PSA_KEY_USAGE_SIGN_MESSAGE      ((psa_key_usage_t)0x00000400)
#define PSA_KEY_USAGE_VERIFY_MESSAGE    ((psa_key_usage_t)0x00000800)
#define PSA_KEY_USAGE_SIGN_HASH         ((psa_key_usage_t)0x00001000)
#define PSA_KEY_USAGE_VERIFY_HASH       ((psa_key_usage_t)0x00002000)
#define PSA_KEY_USAGE_DERIVE            ((psa_key_usage_t)0x00004000)
#define PSA_KEY_USAGE_VERIFY_DERIVATION ((psa_key_usage_t)0x00008000)

/* ---- types of keys ---- */

#define PSA_KEY_TYPE_NONE           ((psa_key_type_t)0x0000)
#define PSA_KEY_TYPE_RAW_DATA       ((psa_key_type_t)0x1001)
#define PSA_KEY_TYPE_HMAC           ((psa_key_type_t)0x1100)
#define PSA_KEY_TYPE_DERIVE         ((psa_key_type_t)0x1200)
#define PSA_KEY_TYPE_PASSWORD       ((psa_key_type_t)0x1203)
#define PSA_KEY_TYPE_PASSWORD_HASH  ((psa_key_type_t)0x1205)
#define PSA_KEY_TYPE_PEPPER         ((psa_key_type_t)0x1206)
#define PSA_KEY_TYPE_ARC4           ((psa_key_type_t)0x2002)
#define PSA_KEY_TYPE_CHACHA20       ((psa_key_type_t)0x2004)
#define PSA_KEY_TYPE_XCHACHA20      ((psa_key_type_t)0x2007)
#define PSA_KEY_TYPE_DES            ((psa_key_type_t)0x2301)
#define PSA_KEY_TYPE_AES            ((psa_key_type_t)0x2400)
#define PSA_KEY_TYPE_CAMELLIA       ((psa_key_type_t)0x2403)
#define PSA_KEY_TYPE_SM4            ((psa_key_type_t)0x2405)
#define PSA_KEY_TYPE_ARIA           ((psa_key_type_t)0x2406)
#define PSA_KEY_TYPE_RSA_PUBLIC_KEY ((psa_key_type_t)0x4001)
#define PSA_KEY_TYPE_RSA_KEY_PAIR   ((psa_key_type_t)0x7001)

#define PSA_ECC_FAMILY_SECP_R1         ((psa_ecc_family_t)0x12)
#define PSA_ECC_FAMILY_SECP_K1         ((psa_ecc_family_t)0x17)
#define PSA_ECC_FAMILY_SECP_R2         ((psa_ecc_family_t)0x1b)
#define PSA_ECC_FAMILY_SECT_R1         ((psa_ecc_family_t)0x22)
#define PSA_ECC_FAMILY_SECT_K1         ((psa_ecc_family_t)0x27)
#define PSA_ECC_FAMILY_SECT_R2         ((psa_ecc_family_t)0x2b)
#define PSA_ECC_FAMILY_BRAINPOOL_P_R1  ((psa_ecc_family_t)0x30)
#define PSA_ECC_FAMILY_FRP             ((psa_ecc_family_t)0x33)
#define PSA_ECC_FAMILY_MONTGOMERY      ((psa_ecc_family_t)0x41)
#define PSA_ECC_FAMILY_TWISTED_EDWARDS ((psa_ecc_family_t)0x42)
#define PSA_DH_FAMILY_RFC7919          ((psa_dh_family_t)0x03)

/* A type with a family: the kind above, the family in the low 7 bits. */
#define VZ_PSA_TYPE(kind, family)  ((psa_key_type_t)((kind) | ((family) & 0x007f)))
#define VZ_PSA_TYPE_IS(type, kind) (((type) & 0xff80) == (kind))

#define PSA_KEY_TYPE_ECC_KEY_PAIR(curve)       VZ_PSA_TYPE(0x7100, curve)
#define PSA_KEY_TYPE_ECC_PUBLIC_KEY(curve)     VZ_PSA_TYPE(0x4100, curve)
#define PSA_KEY_TYPE_ECC_GET_FAMILY(type)      ((psa_ecc_family_t)((type) & 0x007f))
#define PSA_KEY_TYPE_DH_KEY_PAIR(group)        VZ_PSA_TYPE(0x7200, group)
#define PSA_KEY_TYPE_DH_PUBLIC_KEY(group)      VZ_PSA_TYPE(0x4200, group)
#define PSA_KEY_TYPE_DH_GET_FAMILY(type)       ((psa_dh_family_t)((type) & 0x007f))
#define PSA_KEY_TYPE_SPAKE2P_KEY_PAIR(curve)   VZ_PSA_TYPE(0x7400, curve)
#define PSA_KEY_TYPE_SPAKE2P_PUBLIC_KEY(curve) VZ_PSA_TYPE(0x4400, curve)
#define PSA_KEY_TYPE_SPAKE2P_GET_FAMILY(type)  ((psa_ecc_family_t)((type) & 0x007f))

#define PSA_KEY_TYPE_KEY_PAIR_OF_PUBLIC_KEY(type) ((psa_key_type_t)((type) | 0x3000))
#define PSA_KEY_TYPE_PUBLIC_KEY_OF_KEY_PAIR(type) ((psa_key_type_t)((type) & 0xcfff))

#define PSA_KEY_TYPE_IS_UNSTRUCTURED(type) \
    (((type) & 0x7000) == 0x1000 || ((type) & 0x7000) == 0x2000)
#define PSA_KEY_TYPE_IS_ASYMMETRIC(type)         (((type) & 0x4000) == 0x4000)
#define PSA_KEY_TYPE_IS_PUBLIC_KEY(type)         (((type) & 0x7000) == 0x4000)
#define PSA_KEY_TYPE_IS_KEY_PAIR(type)           (((type) & 0x7000) == 0x7000)
#define PSA_KEY_TYPE_IS_RSA(type)                (((type) & 0xcfff) == 0x4001)
#define PSA_KEY_TYPE_IS_ECC(type)                (((type) & 0xcf80) == 0x4100)
#define PSA_KEY_TYPE_IS_ECC_KEY_PAIR(type)       VZ_PSA_TYPE_IS(type, 0x7100)
#define PSA_KEY_TYPE_IS_ECC_PUBLIC_KEY(type)     VZ_PSA_TYPE_IS(type, 0x4100)
#define PSA_KEY_TYPE_IS_DH(type)                 (((type) & 0xcf80) == 0x4200)
#define PSA_KEY_TYPE_IS_DH_KEY_PAIR(type)        VZ_PSA_TYPE_IS(type, 0x7200)
#define PSA_KEY_TYPE_IS_DH_PUBLIC_KEY(type)      VZ_PSA_TYPE_IS(type, 0x4200)
#define PSA_KEY_TYPE_IS_SPAKE2P(type)            (((type) & 0xcf80) == 0x4400)
#define PSA_KEY_TYPE_IS_SPAKE2P_KEY_PAIR(type)   VZ_PSA_TYPE_IS(type, 0x7400)
#define PSA_KEY_TYPE_IS_SPAKE2P_PUBLIC_KEY(type) VZ_PSA_TYPE_IS(type, 0x4400)

/* Of a symmetric type: 1 for a stream cipher; of any other: 0. */
#define PSA_BLOCK_CIPHER_BLOCK_LENGTH(type) \
    (((type) & 0x7000) == 0x2000 ? 1u << (((type) >> 8) & 7) : 0u)

/* ---- algorithms: hashes ---- */

#define PSA_ALG_NONE           ((psa_algorithm_t)0)
#define PSA_ALG_MD2            ((psa_algorithm_t)0x02000001)
#define PSA_ALG_MD4            ((psa_algorithm_t)0x02000002)
#define PSA_ALG_MD5            ((psa_algorithm_t)0x02000003)
#define PSA_ALG_RIPEMD160      ((psa_algorithm_t)0x02000004)
#define PSA_ALG_SHA_1          ((psa_algorithm_t)0x02000005)
#define PSA_ALG_AES_MMO_ZIGBEE ((psa_algorithm_t)0x02000007)
#define PSA_ALG_SHA_224        ((psa_algorithm_t)0x02000008)
#define PSA_ALG_SHA_256        ((psa_algorithm_t)0x02000009)
#define PSA_ALG_SHA_384        ((psa_algorithm_t)0x0200000a)
#define PSA_ALG_SHA_512        ((psa_algorithm_t)0x0200000b)
#define PSA_ALG_SHA_512_224    ((psa_algorithm_t)0x0200000c)
#define PSA_ALG_SHA_512_256    ((psa_algorithm_t)0x0200000d)
#define PSA_ALG_SHA3_224       ((psa_algorithm_t)0x02000010)
#define PSA_ALG_SHA3_256       ((psa_algorithm_t)0x02000011)
#define PSA_ALG_SHA3_384       ((psa_algorithm_t)0x02000012)
#define PSA_ALG_SHA3_512       ((psa_algorithm_t)0x02000013)
#define PSA_ALG_SM3            ((psa_algorithm_t)0x02000014)
#define PSA_ALG_SHAKE256_512   ((psa_algorithm_t)0x02000015)
#define PSA_ALG_ANY_HASH       ((psa_algorithm_t)0x020000ff)

/* An algorithm over a hash has that hash in its low byte. */
#define VZ_PSA_WITH_HASH(base, hash_alg) \
    ((psa_algorithm_t)(UINT32_C(base) | ((hash_alg) & UINT32_C(0x000000ff))))
#define VZ_PSA_IS(alg, mask, base) (((alg) & UINT32_C(mask)) == UINT32_C(base))

#define PSA_ALG_GET_HASH(alg) \
    (((alg) & UINT32_C(0x000000ff)) == 0 ? PSA_ALG_NONE : VZ_PSA_WITH_HASH(0x02000000, alg))

#define PSA_ALG_IS_HASH(alg) VZ_PSA_IS(alg, 0x7f000000, 0x02000000)

/* ---- algorithms: MACs ---- */

#define PSA_ALG_HMAC(hash_alg) VZ_PSA_WITH_HASH(0x03800000, hash_alg)
#define PSA_ALG_CBC_MAC        ((psa_algorithm_t)0x03c00100)
#define PSA_ALG_CMAC           ((psa_algorithm_t)0x03c00200)

/* A length in bits 16 to 21, 0 for the whole of it; bit 15: that length at least. */
#define VZ_PSA_WHOLE(alg) ((alg) & UINT32_C(0xffc07fff))
#define VZ_PSA_SHORTENED(alg, length) \
    ((psa_algorithm_t)(VZ_PSA_WHOLE(alg) | (((psa_algorithm_t)(length) & UINT32_C(0x3f)) << 16)))
#define VZ_PSA_LENGTH(alg) (((alg) >> 16) & UINT32_C(0x3f))
#define VZ_PSA_AT_LEAST(alg, length) \
    ((psa_algorithm_t)(VZ_PSA_SHORTENED(alg, length) | UINT32_C(0x00008000)))

#define PSA_ALG_TRUNCATED_MAC(mac_alg, mac_length) VZ_PSA_SHORTENED(mac_alg, mac_length)
#define PSA_ALG_FULL_LENGTH_MAC(mac_alg)           ((psa_algorithm_t)VZ_PSA_WHOLE(mac_alg))
#define PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(mac_alg, min_mac_length) \
    VZ_PSA_AT_LEAST(mac_alg, min_mac_length)

#define PSA_ALG_IS_MAC(alg)              VZ_PSA_IS(alg, 0x7f000000, 0x03000000)
#define PSA_ALG_IS_HMAC(alg)             VZ_PSA_IS(alg, 0x7fc07f00, 0x03800000)
#define PSA_ALG_IS_BLOCK_CIPHER_MAC(alg) VZ_PSA_IS(alg, 0x7fc00000, 0x03c00000)

/* ---- algorithms: ciphers ---- */

#define PSA_ALG_CBC_NO_PADDING   ((psa_algorithm_t)0x04404000)
#define PSA_ALG_CBC_PKCS7        ((psa_algorithm_t)0x04404100)
#define PSA_ALG_ECB_NO_PADDING   ((psa_algorithm_t)0x04404400)
#define PSA_ALG_XTS              ((psa_algorithm_t)0x0440ff00)
#define PSA_ALG_STREAM_CIPHER    ((psa_algorithm_t)0x04800100)
#define PSA_ALG_CTR              ((psa_algorithm_t)0x04c01000)
#define PSA_ALG_CFB              ((psa_algorithm_t)0x04c01100)
#define PSA_ALG_OFB              ((psa_algorithm_t)0x04c01200)
#define PSA_ALG_CCM_STAR_NO_TAG  ((psa_algorithm_t)0x04c01300)
#define PSA_ALG_CCM_STAR_ANY_TAG ((psa_algorithm_t)0x04c09300)

#define PSA_ALG_IS_CIPHER(alg)        VZ_PSA_IS(alg, 0x7f000000, 0x04000000)
#define PSA_ALG_IS_STREAM_CIPHER(alg) VZ_PSA_IS(alg, 0x7f800000, 0x04800000)

/* ---- algorithms: authenticated encryption ---- */

#define PSA_ALG_CHACHA20_POLY1305  ((psa_algorithm_t)0x05100500)
#define PSA_ALG_XCHACHA20_POLY1305 ((psa_algorithm_t)0x05100600)
#define PSA_ALG_CCM                ((psa_algorithm_t)0x05500100)
#define PSA_ALG_GCM                ((psa_algorithm_t)0x05500200)

#define VZ_PSA_SAME_AEAD(alg, other) (VZ_PSA_WHOLE(alg) == VZ_PSA_WHOLE(other))

#define PSA_ALG_AEAD_WITH_SHORTENED_TAG(aead_alg, tag_length) VZ_PSA_SHORTENED(aead_alg, tag_length)
#define PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(aead_alg, min_tag_length) \
    VZ_PSA_AT_LEAST(aead_alg, min_tag_length)
#define PSA_ALG_AEAD_WITH_DEFAULT_LENGTH_TAG(aead_alg)                                     \
    (VZ_PSA_SAME_AEAD(aead_alg, PSA_ALG_CCM)                  ? PSA_ALG_CCM                \
     : VZ_PSA_SAME_AEAD(aead_alg, PSA_ALG_GCM)                ? PSA_ALG_GCM                \
     : VZ_PSA_SAME_AEAD(aead_alg, PSA_ALG_CHACHA20_POLY1305)  ? PSA_ALG_CHACHA20_POLY1305  \
     : VZ_PSA_SAME_AEAD(aead_alg, PSA_ALG_XCHACHA20_POLY1305) ? PSA_ALG_XCHACHA20_POLY1305 \
                                                              : PSA_ALG_NONE)

#define PSA_ALG_IS_AEAD(alg)                 VZ_PSA_IS(alg, 0x7f000000, 0x05000000)
#define PSA_ALG_IS_AEAD_ON_BLOCK_CIPHER(alg) VZ_PSA_IS(alg, 0x7f400000, 0x05400000)

/* ---- algorithms: signatures ---- */

#define PSA_ALG_RSA_PKCS1V15_SIGN(hash_alg)   VZ_PSA_WITH_HASH(0x06000200, hash_alg)
#define PSA_ALG_RSA_PKCS1V15_SIGN_RAW         ((psa_algorithm_t)0x06000200)
#define PSA_ALG_RSA_PSS(hash_alg)             VZ_PSA_WITH_HASH(0x06000300, hash_alg)
#define PSA_ALG_RSA_PSS_ANY_SALT(hash_alg)    VZ_PSA_WITH_HASH(0x06001300, hash_alg)
#define PSA_ALG_ECDSA(hash_alg)               VZ_PSA_WITH_HASH(0x06000600, hash_alg)
#define PSA_ALG_ECDSA_ANY                     ((psa_algorithm_t)0x06000600)
#define PSA_ALG_DETERMINISTIC_ECDSA(hash_alg) VZ_PSA_WITH_HASH(0x06000700, hash_alg)
#define PSA_ALG_PURE_EDDSA                    ((psa_algorithm_t)0x06000800)
#define PSA_ALG_ED25519PH                     ((psa_algorithm_t)0x0600090b)
#define PSA_ALG_ED448PH                       ((psa_algorithm_t)0x06000915)

#define PSA_ALG_IS_SIGN(alg)                  VZ_PSA_IS(alg, 0x7f000000, 0x06000000)
#define PSA_ALG_IS_RSA_PKCS1V15_SIGN(alg)     VZ_PSA_IS(alg, 0xffffff00, 0x06000200)
#define PSA_ALG_IS_RSA_PSS(alg)               VZ_PSA_IS(alg, 0xffffef00, 0x06000300)
#define PSA_ALG_IS_RSA_PSS_STANDARD_SALT(alg) VZ_PSA_IS(alg, 0xffffff00, 0x06000300)
#define PSA_ALG_IS_RSA_PSS_ANY_SALT(alg)      VZ_PSA_IS(alg, 0xffffff00, 0x06001300)
#define PSA_ALG_IS_ECDSA(alg)                 VZ_PSA_IS(alg, 0xfffffe00, 0x06000600)
#define PSA_ALG_IS_RANDOMIZED_ECDSA(alg)      VZ_PSA_IS(alg, 0xffffff00, 0x06000600)
#define PSA_ALG_IS_DETERMINISTIC_ECDSA(alg)   VZ_PSA_IS(alg, 0xffffff00, 0x06000700)
#define PSA_ALG_IS_HASH_EDDSA(alg)            VZ_PSA_IS(alg, 0xffffff00, 0x06000900)
/* With a hash that is named, or any: a signature of a message is one of its hash. */
#define PSA_ALG_IS_HASH_AND_SIGN(alg)                                                          \
    (((alg) & UINT32_C(0x000000ff)) != 0 &&                                                    \
     (PSA_ALG_IS_RSA_PSS(alg) || PSA_ALG_IS_RSA_PKCS1V15_SIGN(alg) || PSA_ALG_IS_ECDSA(alg) || \
      PSA_ALG_IS_HASH_EDDSA(alg)))
#define PSA_ALG_IS_SIGN_HASH(alg) (PSA_ALG_IS_SIGN(alg) && (alg) != PSA_ALG_PURE_EDDSA)
#define PSA_ALG_IS_SIGN_MESSAGE(alg) \
    (PSA_ALG_IS_SIGN(alg) && (alg) != PSA_ALG_ECDSA_ANY && (alg) != PSA_ALG_RSA_PKCS1V15_SIGN_RAW)

/* ---- algorithms: asymmetric encryption ---- */

#define PSA_ALG_RSA_PKCS1V15_CRYPT ((psa_algorithm_t)0x07000200)
#define PSA_ALG_RSA_OAEP(hash_alg) VZ_PSA_WITH_HASH(0x07000300, hash_alg)

#define PSA_ALG_IS_ASYMMETRIC_ENCRYPTION(alg) VZ_PSA_IS(alg, 0x7f000000, 0x07000000)
#define PSA_ALG_IS_RSA_OAEP(alg)              VZ_PSA_IS(alg, 0xffffff00, 0x07000300)

/* ---- algorithms: key derivation ---- */

#define PSA_ALG_HKDF(hash_alg)                   VZ_PSA_WITH_HASH(0x08000100, hash_alg)
#define PSA_ALG_TLS12_PRF(hash_alg)              VZ_PSA_WITH_HASH(0x08000200, hash_alg)
#define PSA_ALG_TLS12_PSK_TO_MS(hash_alg)        VZ_PSA_WITH_HASH(0x08000300, hash_alg)
#define PSA_ALG_HKDF_EXTRACT(hash_alg)           VZ_PSA_WITH_HASH(0x08000400, hash_alg)
#define PSA_ALG_HKDF_EXPAND(hash_alg)            VZ_PSA_WITH_HASH(0x08000500, hash_alg)
#define PSA_ALG_TLS12_ECJPAKE_TO_PMS             ((psa_algorithm_t)0x08000609)
#define PSA_ALG_SP800_108_COUNTER_HMAC(hash_alg) VZ_PSA_WITH_HASH(0x08000700, hash_alg)
#define PSA_ALG_SP800_108_COUNTER_CMAC           ((psa_algorithm_t)0x08000800)
#define PSA_ALG_PBKDF2_HMAC(hash_alg)            VZ_PSA_WITH_HASH(0x08800100, hash_alg)
#define PSA_ALG_PBKDF2_AES_CMAC_PRF_128          ((psa_algorithm_t)0x08800200)

#define PSA_ALG_IS_KEY_DERIVATION(alg)            VZ_PSA_IS(alg, 0x7f000000, 0x08000000)
#define PSA_ALG_IS_KEY_DERIVATION_STRETCHING(alg) VZ_PSA_IS(alg, 0x7f800000, 0x08800000)
#define PSA_ALG_IS_HKDF(alg)                      VZ_PSA_IS(alg, 0xffffff00, 0x08000100)
#define PSA_ALG_IS_TLS12_PRF(alg)                 VZ_PSA_IS(alg, 0xffffff00, 0x08000200)
#define PSA_ALG_IS_TLS12_PSK_TO_MS(alg)           VZ_PSA_IS(alg, 0xffffff00, 0x08000300)
#define PSA_ALG_IS_HKDF_EXTRACT(alg)              VZ_PSA_IS(alg, 0xffffff00, 0x08000400)
#define PSA_ALG_IS_HKDF_EXPAND(alg)               VZ_PSA_IS(alg, 0xffffff00, 0x08000500)
#define PSA_ALG_IS_SP800_108_COUNTER_HMAC(alg)    VZ_PSA_IS(alg, 0xffffff00, 0x08000700)
#define PSA_ALG_IS_PBKDF2_HMAC(alg)               VZ_PSA_IS(alg, 0xffffff00, 0x08800100)

/* Steps; where a secret goes in is 0x01.., what may be known 0x02... */
#define PSA_KEY_DERIVATION_INPUT_SECRET       ((psa_key_derivation_step_t)0x0101)
#define PSA_KEY_DERIVATION_INPUT_PASSWORD     ((psa_key_derivation_step_t)0x0102)
#define PSA_KEY_DERIVATION_INPUT_OTHER_SECRET ((psa_key_derivation_step_t)0x0103)
#define PSA_KEY_DERIVATION_INPUT_LABEL        ((psa_key_derivation_step_t)0x0201)
#define PSA_KEY_DERIVATION_INPUT_SALT         ((psa_key_derivation_step_t)0x0202)
#define PSA_KEY_DERIVATION_INPUT_INFO         ((psa_key_derivation_step_t)0x0203)
#define PSA_KEY_DERIVATION_INPUT_SEED         ((psa_key_derivation_step_t)0x0204)
#define PSA_KEY_DERIVATION_INPUT_COST         ((psa_key_derivation_step_t)0x0205)
#define PSA_KEY_DERIVATION_INPUT_CONTEXT      ((psa_key_derivation_step_t)0x0206)

#define PSA_KEY_DERIVATION_UNLIMITED_CAPACITY ((size_t)-1)

/* ---- algorithms: key agreement, with or without a key derivation behind it ---- */

#define PSA_ALG_FFDH                           ((psa_algorithm_t)0x09010000)
#define PSA_ALG_ECDH                           ((psa_algorithm_t)0x09020000)
#define PSA_ALG_KEY_AGREEMENT(ka_alg, kdf_alg) ((psa_algorithm_t)((ka_alg) | (kdf_alg)))
#define PSA_ALG_KEY_AGREEMENT_GET_BASE(alg)    ((psa_algorithm_t)((alg) & UINT32_C(0xff7f0000)))
#define PSA_ALG_KEY_AGREEMENT_GET_KDF(alg)     ((psa_algorithm_t)((alg) & UINT32_C(0xfe80ffff)))

#define PSA_ALG_IS_KEY_AGREEMENT(alg)            VZ_PSA_IS(alg, 0x7f000000, 0x09000000)
#define PSA_ALG_IS_STANDALONE_KEY_AGREEMENT(alg) VZ_PSA_IS(alg, 0x7f00ffff, 0x09000000)
#define PSA_ALG_IS_RAW_KEY_AGREEMENT(alg)        PSA_ALG_IS_STANDALONE_KEY_AGREEMENT(alg)
#define PSA_ALG_IS_FFDH(alg)                     VZ_PSA_IS(alg, 0x7f7f0000, 0x09010000)
#define PSA_ALG_IS_ECDH(alg)                     VZ_PSA_IS(alg, 0x7f7f0000, 0x09020000)

/* ---- algorithms: password-authenticated key exchange ---- */

#define PSA_ALG_JPAKE(hash_alg)        VZ_PSA_WITH_HASH(0x0a000100, hash_alg)
#define PSA_ALG_SPAKE2P_HMAC(hash_alg) VZ_PSA_WITH_HASH(0x0a000400, hash_alg)
#define PSA_ALG_SPAKE2P_CMAC(hash_alg) VZ_PSA_WITH_HASH(0x0a000500, hash_alg)
#define PSA_ALG_SPAKE2P_MATTER         ((psa_algorithm_t)0x0a000609)

#define PSA_ALG_IS_PAKE(alg)         VZ_PSA_IS(alg, 0x7f000000, 0x0a000000)
#define PSA_ALG_IS_JPAKE(alg)        VZ_PSA_IS(alg, 0xffffff00, 0x0a000100)
#define PSA_ALG_IS_SPAKE2P(alg)      VZ_PSA_IS(alg, 0xfffffc00, 0x0a000400)
#define PSA_ALG_IS_SPAKE2P_HMAC(alg) VZ_PSA_IS(alg, 0xffffff00, 0x0a000400)
#define PSA_ALG_IS_SPAKE2P_CMAC(alg) VZ_PSA_IS(alg, 0xffffff00, 0x0a000500)

#define PSA_PAKE_PRIMITIVE_TYPE_ECC ((psa_pake_primitive_type_t)0x01)
#define PSA_PAKE_PRIMITIVE_TYPE_DH  ((psa_pake_primitive_type_t)0x02)

/* 0: more bits than can be said. */
#define PSA_PAKE_PRIMITIVE(pake_type, pake_family, pake_bits)                                     \
    (((pake_bits) & 0xffff) != (pake_bits)                                                        \
         ? (psa_pake_primitive_t)0                                                                \
         : ((psa_pake_primitive_t)(pake_type) << 24 | (psa_pake_primitive_t)(pake_family) << 16 | \
            (psa_pake_primitive_t)(pake_bits)))
#define PSA_PAKE_PRIMITIVE_GET_TYPE(pake_primitive) \
    ((psa_pake_primitive_type_t)(((pake_primitive) >> 24) & 0xff))
#define PSA_PAKE_PRIMITIVE_GET_FAMILY(pake_primitive) \
    ((psa_pake_family_t)(((pake_primitive) >> 16) & 0xff))
#define PSA_PAKE_PRIMITIVE_GET_BITS(pake_primitive) ((size_t)((pake_primitive) & 0xffff))

#define PSA_PAKE_CONFIRMED_KEY   0
#define PSA_PAKE_UNCONFIRMED_KEY 1

#define PSA_PAKE_ROLE_NONE   ((psa_pake_role_t)0x00)
#define PSA_PAKE_ROLE_FIRST  ((psa_pake_role_t)0x01)
#define PSA_PAKE_ROLE_SECOND ((psa_pake_role_t)0x02)
#define PSA_PAKE_ROLE_CLIENT ((psa_pake_role_t)0x11)
#define PSA_PAKE_ROLE_SERVER ((psa_pake_role_t)0x12)

#define PSA_PAKE_STEP_KEY_SHARE ((psa_pake_step_t)0x01)
#define PSA_PAKE_STEP_ZK_PUBLIC ((psa_pake_step_t)0x02)
#define PSA_PAKE_STEP_ZK_PROOF  ((psa_pake_step_t)0x03)
#define PSA_PAKE_STEP_CONFIRM   ((psa_pake_step_t)0x04)

/* ---- algorithms that stand for several, in the policy of a key ---- */

#define PSA_ALG_IS_WILDCARD(alg)                                                            \
    (PSA_ALG_GET_HASH(alg) == PSA_ALG_ANY_HASH || VZ_PSA_IS(alg, 0x7f008000, 0x03008000) || \
     VZ_PSA_IS(alg, 0x7f008000, 0x05008000) || (alg) == PSA_ALG_CCM_STAR_ANY_TAG)

#endif
