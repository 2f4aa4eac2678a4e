/* SPDX-License-Identifier: MIT */

/* Names that the PSA Certified Crypto API 1.2 and Mbed TLS's headers both have. */

#ifndef VC_GUEST_PSA_NAMES_H
#define VC_GUEST_PSA_NAMES_H

#define PSA_NAMES(X)                                                                \
    X(PSA_KEY_LIFETIME_VOLATILE)                                                    \
    X(PSA_KEY_LIFETIME_PERSISTENT)                                                  \
    X(PSA_KEY_PERSISTENCE_VOLATILE)                                                 \
    X(PSA_KEY_PERSISTENCE_DEFAULT)                                                  \
    X(PSA_KEY_PERSISTENCE_READ_ONLY)                                                \
    X(PSA_KEY_LOCATION_LOCAL_STORAGE)                                               \
    X(PSA_KEY_ID_NULL)                                                              \
    X(PSA_KEY_ID_USER_MIN)                                                          \
    X(PSA_KEY_ID_USER_MAX)                                                          \
    X(PSA_KEY_ID_VENDOR_MIN)                                                        \
    X(PSA_KEY_ID_VENDOR_MAX)                                                        \
    X(PSA_KEY_USAGE_EXPORT)                                                         \
    X(PSA_KEY_USAGE_COPY)                                                           \
    X(PSA_KEY_USAGE_ENCRYPT)                                                        \
    X(PSA_KEY_USAGE_DECRYPT)                                                        \
    X(PSA_KEY_USAGE_SIGN_MESSAGE)                                                   \
    X(PSA_KEY_USAGE_VERIFY_MESSAGE)                                                 \
    X(PSA_KEY_USAGE_SIGN_HASH)                                                      \
    X(PSA_KEY_USAGE_VERIFY_HASH)                                                    \
    X(PSA_KEY_USAGE_DERIVE)                                                         \
    X(PSA_KEY_USAGE_VERIFY_DERIVATION)                                              \
    X(PSA_KEY_TYPE_NONE)                                                            \
    X(PSA_KEY_TYPE_RAW_DATA)                                                        \
    X(PSA_KEY_TYPE_HMAC)                                                            \
    X(PSA_KEY_TYPE_DERIVE)                                                          \
    X(PSA_KEY_TYPE_PASSWORD)                                                        \
    X(PSA_KEY_TYPE_PASSWORD_HASH)                                                   \
    X(PSA_KEY_TYPE_PEPPER)                                                          \
    X(PSA_KEY_TYPE_CHACHA20)                                                        \
    X(PSA_KEY_TYPE_DES)                                                             \
    X(PSA_KEY_TYPE_AES)                                                             \
    X(PSA_KEY_TYPE_CAMELLIA)                                                        \
    X(PSA_KEY_TYPE_ARIA)                                                            \
    X(PSA_KEY_TYPE_RSA_PUBLIC_KEY)                                                  \
    X(PSA_KEY_TYPE_RSA_KEY_PAIR)                                                    \
    X(PSA_ECC_FAMILY_SECP_R1)                                                       \
    X(PSA_ECC_FAMILY_SECP_K1)                                                       \
    X(PSA_ECC_FAMILY_SECP_R2)                                                       \
    X(PSA_ECC_FAMILY_SECT_R1)                                                       \
    X(PSA_ECC_FAMILY_SECT_K1)                                                       \
    X(PSA_ECC_FAMILY_SECT_R2)                                                       \
    X(PSA_ECC_FAMILY_BRAINPOOL_P_R1)                                                \
    X(PSA_ECC_FAMILY_MONTGOMERY)                                                    \
    X(PSA_ECC_FAMILY_TWISTED_EDWARDS)                                               \
    X(PSA_DH_FAMILY_RFC7919)                                                        \
    X(PSA_ALG_NONE)                                                                 \
    X(PSA_ALG_MD5)                                                                  \
    X(PSA_ALG_RIPEMD160)                                                            \
    X(PSA_ALG_SHA_1)                                                                \
    X(PSA_ALG_SHA_224)                                                              \
    X(PSA_ALG_SHA_256)                                                              \
    X(PSA_ALG_SHA_384)                                                              \
    X(PSA_ALG_SHA_512)                                                              \
    X(PSA_ALG_SHA_512_224)                                                          \
    X(PSA_ALG_SHA_512_256)                                                          \
    X(PSA_ALG_SHA3_224)                                                             \
    X(PSA_ALG_SHA3_256)                                                             \
    X(PSA_ALG_SHA3_384)                                                             \
    X(PSA_ALG_SHA3_512)                                                             \
    X(PSA_ALG_SHAKE256_512)                                                         \
    X(PSA_ALG_ANY_HASH)                                                             \
    X(PSA_ALG_CBC_MAC)                                                              \
    X(PSA_ALG_CMAC)                                                                 \
    X(PSA_ALG_CBC_NO_PADDING)                                                       \
    X(PSA_ALG_CBC_PKCS7)                                                            \
    X(PSA_ALG_ECB_NO_PADDING)                                                       \
    X(PSA_ALG_XTS)                                                                  \
    X(PSA_ALG_STREAM_CIPHER)                                                        \
    X(PSA_ALG_CTR)                                                                  \
    X(PSA_ALG_CFB)                                                                  \
    X(PSA_ALG_OFB)                                                                  \
    X(PSA_ALG_CCM_STAR_NO_TAG)                                                      \
    X(PSA_ALG_CHACHA20_POLY1305)                                                    \
    X(PSA_ALG_CCM)                                                                  \
    X(PSA_ALG_GCM)                                                                  \
    X(PSA_ALG_RSA_PKCS1V15_SIGN_RAW)                                                \
    X(PSA_ALG_ECDSA_ANY)                                                            \
    X(PSA_ALG_PURE_EDDSA)                                                           \
    X(PSA_ALG_ED25519PH)                                                            \
    X(PSA_ALG_ED448PH)                                                              \
    X(PSA_ALG_RSA_PKCS1V15_CRYPT)                                                   \
    X(PSA_ALG_TLS12_ECJPAKE_TO_PMS)                                                 \
    X(PSA_ALG_PBKDF2_AES_CMAC_PRF_128)                                              \
    X(PSA_KEY_DERIVATION_INPUT_SECRET)                                              \
    X(PSA_KEY_DERIVATION_INPUT_PASSWORD)                                            \
    X(PSA_KEY_DERIVATION_INPUT_OTHER_SECRET)                                        \
    X(PSA_KEY_DERIVATION_INPUT_LABEL)                                               \
    X(PSA_KEY_DERIVATION_INPUT_SALT)                                                \
    X(PSA_KEY_DERIVATION_INPUT_INFO)                                                \
    X(PSA_KEY_DERIVATION_INPUT_SEED)                                                \
    X(PSA_KEY_DERIVATION_INPUT_COST)                                                \
    X(PSA_KEY_DERIVATION_UNLIMITED_CAPACITY)                                        \
    X(PSA_ALG_FFDH)                                                                 \
    X(PSA_ALG_ECDH)                                                                 \
    X(PSA_PAKE_PRIMITIVE_TYPE_ECC)                                                  \
    X(PSA_PAKE_PRIMITIVE_TYPE_DH)                                                   \
    X(PSA_PAKE_ROLE_NONE)                                                           \
    X(PSA_PAKE_ROLE_FIRST)                                                          \
    X(PSA_PAKE_ROLE_SECOND)                                                         \
    X(PSA_PAKE_ROLE_CLIENT)                                                         \
    X(PSA_PAKE_ROLE_SERVER)                                                         \
    X(PSA_PAKE_STEP_KEY_SHARE)                                                      \
    X(PSA_PAKE_STEP_ZK_PUBLIC)                                                      \
    X(PSA_PAKE_STEP_ZK_PROOF)                                                       \
    X(PSA_SUCCESS)                                                                  \
    X(PSA_ERROR_GENERIC_ERROR)                                                      \
    X(PSA_ERROR_NOT_PERMITTED)                                                      \
    X(PSA_ERROR_NOT_SUPPORTED)                                                      \
    X(PSA_ERROR_INVALID_ARGUMENT)                                                   \
    X(PSA_ERROR_INVALID_HANDLE)                                                     \
    X(PSA_ERROR_BAD_STATE)                                                          \
    X(PSA_ERROR_BUFFER_TOO_SMALL)                                                   \
    X(PSA_ERROR_ALREADY_EXISTS)                                                     \
    X(PSA_ERROR_DOES_NOT_EXIST)                                                     \
    X(PSA_ERROR_INSUFFICIENT_MEMORY)                                                \
    X(PSA_ERROR_INSUFFICIENT_STORAGE)                                               \
    X(PSA_ERROR_INSUFFICIENT_DATA)                                                  \
    X(PSA_ERROR_SERVICE_FAILURE)                                                    \
    X(PSA_ERROR_COMMUNICATION_FAILURE)                                              \
    X(PSA_ERROR_STORAGE_FAILURE)                                                    \
    X(PSA_ERROR_HARDWARE_FAILURE)                                                   \
    X(PSA_ERROR_INSUFFICIENT_ENTROPY)                                               \
    X(PSA_ERROR_INVALID_SIGNATURE)                                                  \
    X(PSA_ERROR_INVALID_PADDING)                                                    \
    X(PSA_ERROR_CORRUPTION_DETECTED)                                                \
    X(PSA_ERROR_DATA_CORRUPT)                                                       \
    X(PSA_ERROR_DATA_INVALID)                                                       \
    X(PSA_HASH_MAX_SIZE)                                                            \
    X(PSA_MAC_MAX_SIZE)                                                             \
    X(PSA_BLOCK_CIPHER_BLOCK_MAX_SIZE)                                              \
    X(PSA_CIPHER_IV_MAX_SIZE)                                                       \
    X(PSA_CIPHER_FINISH_OUTPUT_MAX_SIZE)                                            \
    X(PSA_AEAD_NONCE_MAX_SIZE)                                                      \
    X(PSA_AEAD_TAG_MAX_SIZE)                                                        \
    X(PSA_AEAD_FINISH_OUTPUT_MAX_SIZE)                                              \
    X(PSA_AEAD_VERIFY_OUTPUT_MAX_SIZE)                                              \
    X(PSA_SIGNATURE_MAX_SIZE)                                                       \
    X(PSA_ASYMMETRIC_ENCRYPT_OUTPUT_MAX_SIZE)                                       \
    X(PSA_ASYMMETRIC_DECRYPT_OUTPUT_MAX_SIZE)                                       \
    X(PSA_EXPORT_KEY_PAIR_MAX_SIZE)                                                 \
    X(PSA_EXPORT_PUBLIC_KEY_MAX_SIZE)                                               \
    X(PSA_EXPORT_ASYMMETRIC_KEY_MAX_SIZE)                                           \
    X(PSA_RAW_KEY_AGREEMENT_OUTPUT_MAX_SIZE)                                        \
    X(PSA_TLS12_PSK_TO_MS_PSK_MAX_SIZE)                                             \
    X(PSA_PAKE_OUTPUT_MAX_SIZE)                                                     \
    X(PSA_PAKE_INPUT_MAX_SIZE)                                                      \
    X(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1))                            \
    X(PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1))                          \
    X(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_K1))                            \
    X(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_BRAINPOOL_P_R1))                     \
    X(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY))                         \
    X(PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_MONTGOMERY))                       \
    X(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_TWISTED_EDWARDS))                    \
    X(PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_TWISTED_EDWARDS))                  \
    X(PSA_KEY_TYPE_DH_KEY_PAIR(PSA_DH_FAMILY_RFC7919))                              \
    X(PSA_KEY_TYPE_DH_PUBLIC_KEY(PSA_DH_FAMILY_RFC7919))                            \
    X(PSA_ALG_HMAC(PSA_ALG_MD5))                                                    \
    X(PSA_ALG_HMAC(PSA_ALG_SHA_256))                                                \
    X(PSA_ALG_HMAC(PSA_ALG_SHA_384))                                                \
    X(PSA_ALG_HMAC(PSA_ALG_SHA3_512))                                               \
    X(PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(PSA_ALG_SHA_256), 16))                     \
    X(PSA_ALG_TRUNCATED_MAC(PSA_ALG_CMAC, 8))                                       \
    X(PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(PSA_ALG_CMAC, 12))                           \
    X(PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(PSA_ALG_HMAC(PSA_ALG_SHA_512), 63))          \
    X(PSA_ALG_TRUNCATED_MAC(PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(PSA_ALG_CMAC, 12), 4)) \
    X(PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 12))                             \
    X(PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 4))                              \
    X(PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CHACHA20_POLY1305, 15))               \
    X(PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 8))                   \
    X(PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_CCM, 16))                  \
    X(PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256))                                   \
    X(PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_ANY_HASH))                                  \
    X(PSA_ALG_RSA_PSS(PSA_ALG_SHA_384))                                             \
    X(PSA_ALG_RSA_PSS(PSA_ALG_ANY_HASH))                                            \
    X(PSA_ALG_RSA_PSS_ANY_SALT(PSA_ALG_SHA_512))                                    \
    X(PSA_ALG_ECDSA(PSA_ALG_SHA_256))                                               \
    X(PSA_ALG_ECDSA(PSA_ALG_ANY_HASH))                                              \
    X(PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256))                                 \
    X(PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_ANY_HASH))                                \
    X(PSA_ALG_RSA_OAEP(PSA_ALG_SHA_1))                                              \
    X(PSA_ALG_RSA_OAEP(PSA_ALG_SHA_256))                                            \
    X(PSA_ALG_RSA_OAEP(PSA_ALG_SHA3_384))                                           \
    X(PSA_ALG_HKDF(PSA_ALG_SHA_256))                                                \
    X(PSA_ALG_TLS12_PRF(PSA_ALG_SHA_384))                                           \
    X(PSA_ALG_TLS12_PSK_TO_MS(PSA_ALG_SHA_256))                                     \
    X(PSA_ALG_HKDF_EXTRACT(PSA_ALG_SHA_512))                                        \
    X(PSA_ALG_HKDF_EXPAND(PSA_ALG_SHA_512))                                         \
    X(PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_256))                                         \
    X(PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, PSA_ALG_HKDF(PSA_ALG_SHA_256)))           \
    X(PSA_ALG_KEY_AGREEMENT(PSA_ALG_FFDH, PSA_ALG_TLS12_PRF(PSA_ALG_SHA_384)))      \
    X(PSA_PAKE_PRIMITIVE(PSA_PAKE_PRIMITIVE_TYPE_ECC, PSA_ECC_FAMILY_SECP_R1, 256)) \
    X(PSA_PAKE_PRIMITIVE(PSA_PAKE_PRIMITIVE_TYPE_DH, PSA_DH_FAMILY_RFC7919, 65536)) \
    X(PSA_KEY_LIFETIME_GET_PERSISTENCE(0x123456ff))                                 \
    X(PSA_KEY_LIFETIME_GET_LOCATION(0x123456ff))                                    \
    X(PSA_KEY_LIFETIME_IS_VOLATILE(0x12345600))                                     \
    X(PSA_KEY_LIFETIME_IS_VOLATILE(0x12345601))                                     \
    X(PSA_KEY_LIFETIME_FROM_PERSISTENCE_AND_LOCATION(0x12, 0x345678))

/* What is asked, of what: psa_values.c. */
#define PSA_MACROS(X)                                 \
    X(TYPE, PSA_KEY_TYPE_KEY_PAIR_OF_PUBLIC_KEY)      \
    X(TYPE, PSA_KEY_TYPE_PUBLIC_KEY_OF_KEY_PAIR)      \
    X(TYPE, PSA_KEY_TYPE_IS_UNSTRUCTURED)             \
    X(TYPE, PSA_KEY_TYPE_IS_ASYMMETRIC)               \
    X(TYPE, PSA_KEY_TYPE_IS_PUBLIC_KEY)               \
    X(TYPE, PSA_KEY_TYPE_IS_KEY_PAIR)                 \
    X(TYPE, PSA_KEY_TYPE_IS_RSA)                      \
    X(TYPE, PSA_KEY_TYPE_IS_ECC)                      \
    X(TYPE, PSA_KEY_TYPE_IS_ECC_KEY_PAIR)             \
    X(TYPE, PSA_KEY_TYPE_IS_ECC_PUBLIC_KEY)           \
    X(TYPE, PSA_KEY_TYPE_IS_DH)                       \
    X(TYPE, PSA_KEY_TYPE_IS_DH_KEY_PAIR)              \
    X(TYPE, PSA_KEY_TYPE_IS_DH_PUBLIC_KEY)            \
    X(TYPE, PSA_BLOCK_CIPHER_BLOCK_LENGTH)            \
    X(ECC, PSA_KEY_TYPE_ECC_GET_FAMILY)               \
    X(DH, PSA_KEY_TYPE_DH_GET_FAMILY)                 \
    X(ALG, PSA_ALG_GET_HASH)                          \
    X(ALG, PSA_ALG_IS_HASH)                           \
    X(ALG, PSA_ALG_FULL_LENGTH_MAC)                   \
    X(ALG, PSA_ALG_IS_MAC)                            \
    X(ALG, PSA_ALG_IS_HMAC)                           \
    X(ALG, PSA_ALG_IS_BLOCK_CIPHER_MAC)               \
    X(ALG, PSA_ALG_IS_CIPHER)                         \
    X(ALG, PSA_ALG_IS_STREAM_CIPHER)                  \
    X(ALG, PSA_ALG_AEAD_WITH_DEFAULT_LENGTH_TAG)      \
    X(ALG, PSA_ALG_IS_AEAD)                           \
    X(ALG, PSA_ALG_IS_AEAD_ON_BLOCK_CIPHER)           \
    X(ALG, PSA_ALG_IS_SIGN)                           \
    X(ALG, PSA_ALG_IS_RSA_PKCS1V15_SIGN)              \
    X(ALG, PSA_ALG_IS_RSA_PSS)                        \
    X(ALG, PSA_ALG_IS_RSA_PSS_STANDARD_SALT)          \
    X(ALG, PSA_ALG_IS_RSA_PSS_ANY_SALT)               \
    X(ALG, PSA_ALG_IS_ECDSA)                          \
    X(ALG, PSA_ALG_IS_RANDOMIZED_ECDSA)               \
    X(ALG, PSA_ALG_IS_DETERMINISTIC_ECDSA)            \
    X(ALG, PSA_ALG_IS_HASH_EDDSA)                     \
    X(ALG, PSA_ALG_IS_HASH_AND_SIGN)                  \
    X(ALG, PSA_ALG_IS_SIGN_HASH)                      \
    X(ALG, PSA_ALG_IS_SIGN_MESSAGE)                   \
    X(ALG, PSA_ALG_IS_ASYMMETRIC_ENCRYPTION)          \
    X(ALG, PSA_ALG_IS_RSA_OAEP)                       \
    X(ALG, PSA_ALG_IS_KEY_DERIVATION)                 \
    X(ALG, PSA_ALG_IS_KEY_DERIVATION_STRETCHING)      \
    X(ALG, PSA_ALG_IS_HKDF)                           \
    X(ALG, PSA_ALG_IS_TLS12_PRF)                      \
    X(ALG, PSA_ALG_IS_TLS12_PSK_TO_MS)                \
    X(ALG, PSA_ALG_IS_HKDF_EXTRACT)                   \
    X(ALG, PSA_ALG_IS_HKDF_EXPAND)                    \
    X(ALG, PSA_ALG_IS_PBKDF2_HMAC)                    \
    X(ALG, PSA_ALG_IS_KEY_AGREEMENT)                  \
    X(ALG, PSA_ALG_IS_RAW_KEY_AGREEMENT)              \
    X(ALG, PSA_ALG_IS_FFDH)                           \
    X(ALG, PSA_ALG_IS_ECDH)                           \
    X(ALG, PSA_ALG_IS_PAKE)                           \
    X(ALG, PSA_ALG_IS_WILDCARD)                       \
    X(AGREEMENT, PSA_ALG_KEY_AGREEMENT_GET_BASE)      \
    X(AGREEMENT, PSA_ALG_KEY_AGREEMENT_GET_KDF)       \
    X(HASH, PSA_HASH_LENGTH)                          \
    X(HASH, PSA_HASH_BLOCK_LENGTH)                    \
    X(LENGTH, PSA_CIPHER_DECRYPT_OUTPUT_MAX_SIZE)     \
    X(LENGTH, PSA_CIPHER_UPDATE_OUTPUT_MAX_SIZE)      \
    X(LENGTH, PSA_AEAD_ENCRYPT_OUTPUT_MAX_SIZE)       \
    X(LENGTH, PSA_AEAD_DECRYPT_OUTPUT_MAX_SIZE)       \
    X(LENGTH, PSA_AEAD_UPDATE_OUTPUT_MAX_SIZE)        \
    X(MAC, PSA_MAC_LENGTH)                            \
    X(AEAD_TAG, PSA_AEAD_TAG_LENGTH)                  \
    X(CIPHER, PSA_CIPHER_IV_LENGTH)                   \
    X(CIPHER, PSA_CIPHER_FINISH_OUTPUT_SIZE)          \
    X(CIPHER_LENGTH, PSA_CIPHER_ENCRYPT_OUTPUT_SIZE)  \
    X(CIPHER_LENGTH, PSA_CIPHER_DECRYPT_OUTPUT_SIZE)  \
    X(CIPHER_LENGTH, PSA_CIPHER_UPDATE_OUTPUT_SIZE)   \
    X(AEAD, PSA_AEAD_NONCE_LENGTH)                    \
    X(AEAD, PSA_AEAD_FINISH_OUTPUT_SIZE)              \
    X(AEAD, PSA_AEAD_VERIFY_OUTPUT_SIZE)              \
    X(AEAD_LENGTH, PSA_AEAD_ENCRYPT_OUTPUT_SIZE)      \
    X(AEAD_LENGTH, PSA_AEAD_DECRYPT_OUTPUT_SIZE)      \
    X(AEAD_LENGTH, PSA_AEAD_UPDATE_OUTPUT_SIZE)       \
    X(SIGN, PSA_SIGN_OUTPUT_SIZE)                     \
    X(ASYMMETRIC, PSA_ASYMMETRIC_ENCRYPT_OUTPUT_SIZE) \
    X(ASYMMETRIC, PSA_ASYMMETRIC_DECRYPT_OUTPUT_SIZE) \
    X(BITS, PSA_EXPORT_KEY_OUTPUT_SIZE)               \
    X(BITS, PSA_EXPORT_PUBLIC_KEY_OUTPUT_SIZE)        \
    X(BITS, PSA_RAW_KEY_AGREEMENT_OUTPUT_SIZE)

#endif
