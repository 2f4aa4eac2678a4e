/* SPDX-License-Identifier: MIT */

/* How large what the PSA Certified Crypto API 1.2 writes can be. Part of psa/crypto.h.
 *
 * Each is enough for any container, and constant where its arguments are. 0 is the answer to what
 * does not fit together. */

#ifndef PSA_CRYPTO_SIZES_H
#define PSA_CRYPTO_SIZES_H

#include "crypto_values.h"

#define VZ_PSA_BYTES(bits)           (((bits) + 7u) / 8u)
#define VZ_PSA_ROUND_UP(size, block) (((size) + (block) - 1u) / (block) * (block))

/* 0: an argument that nothing depends on. */
#define VZ_PSA_UNUSED(argument) (0u * (unsigned)(argument))

/* The largest keys that are to be expected. */
#define VZ_PSA_RSA_BITS_MAX 4096u
#define VZ_PSA_ECC_BITS_MAX 521u
#define VZ_PSA_DH_BITS_MAX  8192u

/* ---- hashes ---- */

#define VZ_PSA_HASH_NUMBER(alg) \
    (PSA_ALG_IS_HASH(alg) || PSA_ALG_IS_HMAC(alg) ? (alg) & UINT32_C(0x000000ff) : UINT32_C(0))
#define VZ_PSA_HASH_IS(number, hash_alg) ((number) == ((hash_alg) & UINT32_C(0x000000ff)))
#define VZ_PSA_HASH_IN(number, first, last) \
    ((number) >= ((first) & UINT32_C(0xff)) && (number) <= ((last) & UINT32_C(0xff)))

#define VZ_PSA_HASH_LENGTH_OF(number)                                 \
    (VZ_PSA_HASH_IN(number, PSA_ALG_MD2, PSA_ALG_MD5)           ? 16u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_AES_MMO_ZIGBEE)           ? 16u \
     : VZ_PSA_HASH_IN(number, PSA_ALG_RIPEMD160, PSA_ALG_SHA_1) ? 20u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA_224)                  ? 28u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA_512_224)              ? 28u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA3_224)                 ? 28u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA_256)                  ? 32u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA_512_256)              ? 32u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA3_256)                 ? 32u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SM3)                      ? 32u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA_384)                  ? 48u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA3_384)                 ? 48u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA_512)                  ? 64u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA3_512)                 ? 64u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHAKE256_512)             ? 64u \
                                                                : 0u)

#define VZ_PSA_HASH_BLOCK_OF(number)                                       \
    (VZ_PSA_HASH_IS(number, PSA_ALG_MD2)                            ? 16u  \
     : VZ_PSA_HASH_IS(number, PSA_ALG_AES_MMO_ZIGBEE)               ? 16u  \
     : VZ_PSA_HASH_IN(number, PSA_ALG_MD4, PSA_ALG_SHA_1)           ? 64u  \
     : VZ_PSA_HASH_IN(number, PSA_ALG_SHA_224, PSA_ALG_SHA_256)     ? 64u  \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SM3)                          ? 64u  \
     : VZ_PSA_HASH_IN(number, PSA_ALG_SHA_384, PSA_ALG_SHA_512_256) ? 128u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA3_224)                     ? 144u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA3_256)                     ? 136u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA3_384)                     ? 104u \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHA3_512)                     ? 72u  \
     : VZ_PSA_HASH_IS(number, PSA_ALG_SHAKE256_512)                 ? 136u \
                                                                    : 0u)

#define PSA_HASH_LENGTH(alg)       VZ_PSA_HASH_LENGTH_OF(VZ_PSA_HASH_NUMBER(alg))
#define PSA_HASH_BLOCK_LENGTH(alg) VZ_PSA_HASH_BLOCK_OF(VZ_PSA_HASH_NUMBER(alg))
#define PSA_HASH_MAX_SIZE          64u

#define VZ_PSA_HASH_OF(alg) VZ_PSA_HASH_LENGTH_OF((alg) & UINT32_C(0x000000ff))

/* A suspended hash: algorithm, length of the input, state, what does not fill a block. 0: there is
 * no such form of the hash. */
#define PSA_HASH_SUSPEND_ALGORITHM_FIELD_LENGTH ((size_t)4)
#define PSA_HASH_SUSPEND_INPUT_LENGTH_FIELD_LENGTH(alg)                           \
    ((size_t)((alg) == PSA_ALG_MD2                                           ? 1  \
              : (alg) == PSA_ALG_MD4 || (alg) == PSA_ALG_MD5                 ? 8  \
              : (alg) == PSA_ALG_RIPEMD160 || (alg) == PSA_ALG_SHA_1         ? 8  \
              : (alg) == PSA_ALG_SHA_224 || (alg) == PSA_ALG_SHA_256         ? 8  \
              : (alg) == PSA_ALG_SHA_384 || (alg) == PSA_ALG_SHA_512         ? 16 \
              : (alg) == PSA_ALG_SHA_512_224 || (alg) == PSA_ALG_SHA_512_256 ? 16 \
                                                                             : 0))
#define PSA_HASH_SUSPEND_HASH_STATE_FIELD_LENGTH(alg)                             \
    ((size_t)((alg) == PSA_ALG_MD2                                           ? 64 \
              : (alg) == PSA_ALG_MD4 || (alg) == PSA_ALG_MD5                 ? 16 \
              : (alg) == PSA_ALG_RIPEMD160 || (alg) == PSA_ALG_SHA_1         ? 20 \
              : (alg) == PSA_ALG_SHA_224 || (alg) == PSA_ALG_SHA_256         ? 32 \
              : (alg) == PSA_ALG_SHA_384 || (alg) == PSA_ALG_SHA_512         ? 64 \
              : (alg) == PSA_ALG_SHA_512_224 || (alg) == PSA_ALG_SHA_512_256 ? 64 \
                                                                             : 0))
#define PSA_HASH_SUSPEND_OUTPUT_SIZE(alg)                        \
    (PSA_HASH_SUSPEND_INPUT_LENGTH_FIELD_LENGTH(alg) == 0        \
         ? (size_t)0                                             \
         : PSA_HASH_SUSPEND_ALGORITHM_FIELD_LENGTH +             \
               PSA_HASH_SUSPEND_INPUT_LENGTH_FIELD_LENGTH(alg) + \
               PSA_HASH_SUSPEND_HASH_STATE_FIELD_LENGTH(alg) + PSA_HASH_BLOCK_LENGTH(alg) - 1u)
#define PSA_HASH_SUSPEND_OUTPUT_MAX_SIZE ((size_t)(4 + 16 + 64 + 128 - 1))

/* ---- MACs ---- */

#define PSA_MAC_LENGTH(key_type, key_bits, alg)                                   \
    (!PSA_ALG_IS_MAC(alg)               ? VZ_PSA_UNUSED((key_type) + (key_bits))  \
     : VZ_PSA_LENGTH(alg) != 0          ? (unsigned)VZ_PSA_LENGTH(alg)            \
     : PSA_ALG_IS_HMAC(alg)             ? VZ_PSA_HASH_OF(alg)                     \
     : PSA_ALG_IS_BLOCK_CIPHER_MAC(alg) ? PSA_BLOCK_CIPHER_BLOCK_LENGTH(key_type) \
                                        : 0u)
#define PSA_MAC_MAX_SIZE PSA_HASH_MAX_SIZE

/* ---- ciphers ---- */

#define PSA_BLOCK_CIPHER_BLOCK_MAX_SIZE 16u

#define VZ_PSA_IS_BLOCK_CIPHER(key_type) (PSA_BLOCK_CIPHER_BLOCK_LENGTH(key_type) > 1u)
#define VZ_PSA_CHAINS_BLOCKS(alg)        ((alg) == PSA_ALG_CBC_NO_PADDING || (alg) == PSA_ALG_CBC_PKCS7)
#define VZ_PSA_WHOLE_BLOCKS(alg)         (VZ_PSA_CHAINS_BLOCKS(alg) || (alg) == PSA_ALG_ECB_NO_PADDING)

#define PSA_CIPHER_IV_LENGTH(key_type, alg)                                               \
    (VZ_PSA_IS_BLOCK_CIPHER(key_type)                                                     \
         ? ((alg) == PSA_ALG_CTR || (alg) == PSA_ALG_CFB || (alg) == PSA_ALG_OFB ||       \
                    (alg) == PSA_ALG_XTS || VZ_PSA_CHAINS_BLOCKS(alg)                     \
                ? PSA_BLOCK_CIPHER_BLOCK_LENGTH(key_type)                                 \
            : (alg) == PSA_ALG_CCM_STAR_NO_TAG || (alg) == PSA_ALG_CCM_STAR_ANY_TAG ? 13u \
                                                                                    : 0u) \
     : (alg) != PSA_ALG_STREAM_CIPHER       ? 0u                                          \
     : (key_type) == PSA_KEY_TYPE_CHACHA20  ? 12u                                         \
     : (key_type) == PSA_KEY_TYPE_XCHACHA20 ? 24u                                         \
                                            : 0u)
#define PSA_CIPHER_IV_MAX_SIZE 24u

#define PSA_CIPHER_ENCRYPT_OUTPUT_SIZE(key_type, alg, input_length)                     \
    (!PSA_ALG_IS_CIPHER(alg) || PSA_BLOCK_CIPHER_BLOCK_LENGTH(key_type) == 0u           \
         ? 0u                                                                           \
         : PSA_CIPHER_IV_LENGTH(key_type, alg) +                                        \
               ((alg) == PSA_ALG_CBC_PKCS7                                              \
                    ? VZ_PSA_ROUND_UP((input_length) + 1u, VZ_PSA_BLOCK_OR_1(key_type)) \
                    : (input_length)))
#define PSA_CIPHER_ENCRYPT_OUTPUT_MAX_SIZE(input_length) \
    (VZ_PSA_ROUND_UP((input_length) + 1u, PSA_BLOCK_CIPHER_BLOCK_MAX_SIZE) + PSA_CIPHER_IV_MAX_SIZE)

#define PSA_CIPHER_DECRYPT_OUTPUT_SIZE(key_type, alg, input_length) \
    (PSA_ALG_IS_CIPHER(alg) && PSA_BLOCK_CIPHER_BLOCK_LENGTH(key_type) != 0u ? (input_length) : 0u)
#define PSA_CIPHER_DECRYPT_OUTPUT_MAX_SIZE(input_length) (input_length)

#define PSA_CIPHER_UPDATE_OUTPUT_SIZE(key_type, alg, input_length)                             \
    (!PSA_ALG_IS_CIPHER(alg) || PSA_BLOCK_CIPHER_BLOCK_LENGTH(key_type) == 0u ? 0u             \
     : VZ_PSA_WHOLE_BLOCKS(alg) ? VZ_PSA_ROUND_UP((input_length), VZ_PSA_BLOCK_OR_1(key_type)) \
                                : (input_length))
#define PSA_CIPHER_UPDATE_OUTPUT_MAX_SIZE(input_length) \
    VZ_PSA_ROUND_UP((input_length), PSA_BLOCK_CIPHER_BLOCK_MAX_SIZE)

#define PSA_CIPHER_FINISH_OUTPUT_SIZE(key_type, alg) \
    ((alg) == PSA_ALG_CBC_PKCS7 ? PSA_BLOCK_CIPHER_BLOCK_LENGTH(key_type) : 0u)
#define PSA_CIPHER_FINISH_OUTPUT_MAX_SIZE PSA_BLOCK_CIPHER_BLOCK_MAX_SIZE

/* No divisor is 0, even where it is not asked. */
#define VZ_PSA_BLOCK_OR_1(key_type) (1u << (((key_type) >> 8) & 7))

/* ---- authenticated encryption ---- */

#define PSA_AEAD_NONCE_LENGTH(key_type, alg)                                                      \
    (PSA_BLOCK_CIPHER_BLOCK_LENGTH(key_type) == 16u ? (VZ_PSA_SAME_AEAD(alg, PSA_ALG_CCM)   ? 13u \
                                                       : VZ_PSA_SAME_AEAD(alg, PSA_ALG_GCM) ? 12u \
                                                                                            : 0u) \
     : (key_type) == PSA_KEY_TYPE_CHACHA20                                                        \
         ? (VZ_PSA_SAME_AEAD(alg, PSA_ALG_CHACHA20_POLY1305) ? 12u : 0u)                          \
     : (key_type) == PSA_KEY_TYPE_XCHACHA20                                                       \
         ? (VZ_PSA_SAME_AEAD(alg, PSA_ALG_XCHACHA20_POLY1305) ? 24u : 0u)                         \
         : 0u)
#define PSA_AEAD_NONCE_MAX_SIZE 24u

#define VZ_PSA_IS_AEAD_OF(key_type, alg) (PSA_AEAD_NONCE_LENGTH(key_type, alg) != 0u)

#define PSA_AEAD_TAG_LENGTH(key_type, key_bits, alg) \
    (VZ_PSA_IS_AEAD_OF(key_type, alg) ? (unsigned)VZ_PSA_LENGTH(alg) : VZ_PSA_UNUSED(key_bits))
#define PSA_AEAD_TAG_MAX_SIZE 16u

#define PSA_AEAD_ENCRYPT_OUTPUT_SIZE(key_type, alg, plaintext_length) \
    (VZ_PSA_IS_AEAD_OF(key_type, alg) ? (plaintext_length) + VZ_PSA_LENGTH(alg) : 0u)
#define PSA_AEAD_ENCRYPT_OUTPUT_MAX_SIZE(plaintext_length) \
    ((plaintext_length) + PSA_AEAD_TAG_MAX_SIZE)

#define PSA_AEAD_DECRYPT_OUTPUT_SIZE(key_type, alg, ciphertext_length)            \
    (VZ_PSA_IS_AEAD_OF(key_type, alg) && (ciphertext_length) > VZ_PSA_LENGTH(alg) \
         ? (ciphertext_length) - VZ_PSA_LENGTH(alg)                               \
         : 0u)
#define PSA_AEAD_DECRYPT_OUTPUT_MAX_SIZE(ciphertext_length) (ciphertext_length)

#define PSA_AEAD_UPDATE_OUTPUT_SIZE(key_type, alg, input_length)        \
    (!VZ_PSA_IS_AEAD_OF(key_type, alg) ? 0u                             \
     : PSA_ALG_IS_AEAD_ON_BLOCK_CIPHER(alg)                             \
         ? VZ_PSA_ROUND_UP((input_length), VZ_PSA_BLOCK_OR_1(key_type)) \
         : (input_length))
#define PSA_AEAD_UPDATE_OUTPUT_MAX_SIZE(input_length) \
    VZ_PSA_ROUND_UP((input_length), PSA_BLOCK_CIPHER_BLOCK_MAX_SIZE)

#define PSA_AEAD_FINISH_OUTPUT_SIZE(key_type, alg)                            \
    (VZ_PSA_IS_AEAD_OF(key_type, alg) && PSA_ALG_IS_AEAD_ON_BLOCK_CIPHER(alg) \
         ? PSA_BLOCK_CIPHER_BLOCK_LENGTH(key_type)                            \
         : 0u)
#define PSA_AEAD_FINISH_OUTPUT_MAX_SIZE            PSA_BLOCK_CIPHER_BLOCK_MAX_SIZE
#define PSA_AEAD_VERIFY_OUTPUT_SIZE(key_type, alg) PSA_AEAD_FINISH_OUTPUT_SIZE(key_type, alg)
#define PSA_AEAD_VERIFY_OUTPUT_MAX_SIZE            PSA_BLOCK_CIPHER_BLOCK_MAX_SIZE

/* ---- signatures ---- */

#define VZ_PSA_IS_EDWARDS(key_type) \
    (PSA_KEY_TYPE_ECC_GET_FAMILY(key_type) == PSA_ECC_FAMILY_TWISTED_EDWARDS)

/* A number of a curve; those of Ed448 have 57 bytes. */
#define VZ_PSA_ECC_BYTES(key_type, key_bits) \
    (VZ_PSA_IS_EDWARDS(key_type) ? (key_bits) / 8u + 1u : VZ_PSA_BYTES(key_bits))

#define PSA_SIGN_OUTPUT_SIZE(key_type, key_bits, alg)                             \
    (VZ_PSA_UNUSED(alg) + (PSA_KEY_TYPE_IS_RSA(key_type) ? VZ_PSA_BYTES(key_bits) \
                           : PSA_KEY_TYPE_IS_ECC(key_type)                        \
                               ? 2u * VZ_PSA_ECC_BYTES(key_type, key_bits)        \
                               : 0u))
#define PSA_SIGNATURE_MAX_SIZE VZ_PSA_BYTES(VZ_PSA_RSA_BITS_MAX)

/* ---- asymmetric encryption ---- */

#define VZ_PSA_RSA_PADDING(alg) (PSA_ALG_IS_RSA_OAEP(alg) ? 2u * VZ_PSA_HASH_OF(alg) + 2u : 11u)

#define PSA_ASYMMETRIC_ENCRYPT_OUTPUT_SIZE(key_type, key_bits, alg) \
    (VZ_PSA_UNUSED(alg) + (PSA_KEY_TYPE_IS_RSA(key_type) ? VZ_PSA_BYTES(key_bits) : 0u))
#define PSA_ASYMMETRIC_ENCRYPT_OUTPUT_MAX_SIZE VZ_PSA_BYTES(VZ_PSA_RSA_BITS_MAX)
#define PSA_ASYMMETRIC_DECRYPT_OUTPUT_SIZE(key_type, key_bits, alg)                    \
    (PSA_KEY_TYPE_IS_RSA(key_type) && VZ_PSA_BYTES(key_bits) > VZ_PSA_RSA_PADDING(alg) \
         ? VZ_PSA_BYTES(key_bits) - VZ_PSA_RSA_PADDING(alg)                            \
         : 0u)
#define PSA_ASYMMETRIC_DECRYPT_OUTPUT_MAX_SIZE VZ_PSA_BYTES(VZ_PSA_RSA_BITS_MAX)

/* ---- export ---- */

/* DER of RFC 8017: an INTEGER with its header and the 0 before a high bit; modulus and exponent
 * of a public key; of a private one 2 numbers as large as the modulus and 5 of half of it. */
#define VZ_PSA_DER_INTEGER(bits) ((bits) / 8u + 5u)
#define VZ_PSA_RSA_PUBLIC(bits)  (VZ_PSA_DER_INTEGER(bits) + 11u)
#define VZ_PSA_RSA_PAIR(bits)    (9u * VZ_PSA_DER_INTEGER((bits) / 2u + 1u) + 14u)
#define VZ_PSA_POINT(bits)       (2u * VZ_PSA_BYTES(bits) + 1u)

#define PSA_EXPORT_KEY_OUTPUT_SIZE(key_type, key_bits)                                   \
    ((key_type) == PSA_KEY_TYPE_RSA_KEY_PAIR      ? VZ_PSA_RSA_PAIR(key_bits)            \
     : (key_type) == PSA_KEY_TYPE_RSA_PUBLIC_KEY  ? VZ_PSA_RSA_PUBLIC(key_bits)          \
     : PSA_KEY_TYPE_IS_ECC_KEY_PAIR(key_type)     ? VZ_PSA_ECC_BYTES(key_type, key_bits) \
     : PSA_KEY_TYPE_IS_ECC_PUBLIC_KEY(key_type)   ? VZ_PSA_POINT(key_bits)               \
     : PSA_KEY_TYPE_IS_SPAKE2P_KEY_PAIR(key_type) ? 2u * VZ_PSA_BYTES(key_bits)          \
     : PSA_KEY_TYPE_IS_SPAKE2P_PUBLIC_KEY(key_type)                                      \
         ? VZ_PSA_BYTES(key_bits) + VZ_PSA_POINT(key_bits)                               \
         : VZ_PSA_BYTES(key_bits))

#define PSA_EXPORT_PUBLIC_KEY_OUTPUT_SIZE(key_type, key_bits)                              \
    (PSA_KEY_TYPE_IS_RSA(key_type)       ? VZ_PSA_RSA_PUBLIC(key_bits)                     \
     : PSA_KEY_TYPE_IS_ECC(key_type)     ? VZ_PSA_POINT(key_bits)                          \
     : PSA_KEY_TYPE_IS_DH(key_type)      ? VZ_PSA_BYTES(key_bits)                          \
     : PSA_KEY_TYPE_IS_SPAKE2P(key_type) ? VZ_PSA_BYTES(key_bits) + VZ_PSA_POINT(key_bits) \
                                         : 0u)

#define PSA_EXPORT_KEY_PAIR_MAX_SIZE       VZ_PSA_RSA_PAIR(VZ_PSA_RSA_BITS_MAX)
#define PSA_EXPORT_PUBLIC_KEY_MAX_SIZE     VZ_PSA_BYTES(VZ_PSA_DH_BITS_MAX)
#define PSA_EXPORT_ASYMMETRIC_KEY_MAX_SIZE PSA_EXPORT_KEY_PAIR_MAX_SIZE

/* ---- key agreement and derivation ---- */

#define PSA_RAW_KEY_AGREEMENT_OUTPUT_SIZE(key_type, key_bits)                        \
    (PSA_KEY_TYPE_IS_ECC_KEY_PAIR(key_type) || PSA_KEY_TYPE_IS_DH_KEY_PAIR(key_type) \
         ? VZ_PSA_BYTES(key_bits)                                                    \
         : 0u)
#define PSA_RAW_KEY_AGREEMENT_OUTPUT_MAX_SIZE VZ_PSA_BYTES(VZ_PSA_DH_BITS_MAX)

#define PSA_TLS12_PSK_TO_MS_PSK_MAX_SIZE     128u
#define PSA_TLS12_ECJPAKE_TO_PMS_OUTPUT_SIZE 32u

/* ---- password-authenticated key exchange ---- */

#define VZ_PSA_PAKE_POINT(primitive)  VZ_PSA_POINT((unsigned)PSA_PAKE_PRIMITIVE_GET_BITS(primitive))
#define VZ_PSA_PAKE_NUMBER(primitive) VZ_PSA_BYTES((unsigned)PSA_PAKE_PRIMITIVE_GET_BITS(primitive))
#define VZ_PSA_PAKE_CONFIRM(alg) \
    (PSA_ALG_IS_SPAKE2P_CMAC(alg) ? 16u : PSA_ALG_IS_SPAKE2P(alg) ? VZ_PSA_HASH_OF(alg) : 0u)

#define PSA_PAKE_OUTPUT_SIZE(alg, primitive, output_step)                       \
    (PSA_PAKE_PRIMITIVE_GET_TYPE(primitive) != PSA_PAKE_PRIMITIVE_TYPE_ECC ||   \
             !(PSA_ALG_IS_JPAKE(alg) || PSA_ALG_IS_SPAKE2P(alg))                \
         ? 0u                                                                   \
     : (output_step) == PSA_PAKE_STEP_KEY_SHARE ? VZ_PSA_PAKE_POINT(primitive)  \
     : (output_step) == PSA_PAKE_STEP_CONFIRM   ? VZ_PSA_PAKE_CONFIRM(alg)      \
     : !PSA_ALG_IS_JPAKE(alg)                   ? 0u                            \
     : (output_step) == PSA_PAKE_STEP_ZK_PUBLIC ? VZ_PSA_PAKE_POINT(primitive)  \
     : (output_step) == PSA_PAKE_STEP_ZK_PROOF  ? VZ_PSA_PAKE_NUMBER(primitive) \
                                                : 0u)
#define PSA_PAKE_INPUT_SIZE(alg, primitive, input_step) \
    PSA_PAKE_OUTPUT_SIZE(alg, primitive, input_step)
#define PSA_PAKE_OUTPUT_MAX_SIZE VZ_PSA_POINT(VZ_PSA_ECC_BITS_MAX)
#define PSA_PAKE_INPUT_MAX_SIZE  VZ_PSA_POINT(VZ_PSA_ECC_BITS_MAX)

#endif
