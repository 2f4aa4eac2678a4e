/* SPDX-License-Identifier: MIT */

/* Not a program: every kind of macro of psa/crypto.h in the hands of a compiler that is told to
 * complain, in C11 and in C++. What they are worth is psa_values_test.c's to say. */

#include "psa/crypto.h"

size_t vz_psa_room_for(const psa_key_attributes_t *key, size_t size);
psa_status_t vz_psa_seal(psa_algorithm_t alg, const uint8_t *data, size_t size);
psa_status_t vz_psa_shake(psa_key_id_t password, psa_pake_operation_t *operation);

size_t vz_psa_room_for(const psa_key_attributes_t *key, size_t size)
{
    psa_key_type_t type = psa_get_key_type(key);
    psa_algorithm_t alg = psa_get_key_algorithm(key);
    size_t bits = psa_get_key_bits(key);
    size_t room = 0;

    if (PSA_ALG_IS_WILDCARD(alg) || PSA_KEY_LIFETIME_IS_VOLATILE(psa_get_key_lifetime(key)))
        return 0;
    room += PSA_MAC_LENGTH(type, bits, alg) + PSA_HASH_LENGTH(PSA_ALG_GET_HASH(alg));
    room += PSA_CIPHER_IV_LENGTH(type, alg) + PSA_CIPHER_ENCRYPT_OUTPUT_SIZE(type, alg, size);
    room += PSA_CIPHER_DECRYPT_OUTPUT_SIZE(type, alg, size);
    room += PSA_CIPHER_UPDATE_OUTPUT_SIZE(type, alg, size);
    room += PSA_CIPHER_FINISH_OUTPUT_SIZE(type, alg);
    room += PSA_AEAD_NONCE_LENGTH(type, alg) + PSA_AEAD_TAG_LENGTH(type, bits, alg);
    room += PSA_AEAD_ENCRYPT_OUTPUT_SIZE(type, alg, size);
    room += PSA_AEAD_DECRYPT_OUTPUT_SIZE(type, alg, size);
    room += PSA_AEAD_UPDATE_OUTPUT_SIZE(type, alg, size) + PSA_AEAD_FINISH_OUTPUT_SIZE(type, alg);
    room += PSA_SIGN_OUTPUT_SIZE(type, bits, alg);
    room += PSA_ASYMMETRIC_ENCRYPT_OUTPUT_SIZE(type, bits, alg);
    room += PSA_ASYMMETRIC_DECRYPT_OUTPUT_SIZE(type, bits, alg);
    room += PSA_EXPORT_KEY_OUTPUT_SIZE(type, bits) + PSA_EXPORT_PUBLIC_KEY_OUTPUT_SIZE(type, bits);
    room += PSA_RAW_KEY_AGREEMENT_OUTPUT_SIZE(type, bits) + PSA_HASH_SUSPEND_OUTPUT_SIZE(alg);
    return room;
}

psa_status_t vz_psa_seal(psa_algorithm_t alg, const uint8_t *data, size_t size)
{
    static uint8_t room[PSA_SIGNATURE_MAX_SIZE + PSA_EXPORT_ASYMMETRIC_KEY_MAX_SIZE +
                        PSA_AEAD_ENCRYPT_OUTPUT_MAX_SIZE(64) + PSA_MAC_MAX_SIZE];
    uint8_t hash[PSA_HASH_LENGTH(PSA_ALG_SHA_256)];
    psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT;
    psa_key_attributes_t key = psa_key_attributes_init();
    psa_key_id_t id = PSA_KEY_ID_NULL;
    psa_status_t status = psa_hash_setup(&operation, PSA_ALG_SHA_256);
    size_t length = 0;

    if (status == PSA_SUCCESS)
        status = psa_hash_update(&operation, data, size);
    if (status == PSA_SUCCESS)
        status = psa_hash_finish(&operation, hash, sizeof(hash), &length);
    psa_set_key_type(&key, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&key, 256);
    psa_set_key_algorithm(&key, PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, PSA_ALG_HKDF(alg)));
    psa_set_key_usage_flags(&key, PSA_KEY_USAGE_DERIVE | PSA_KEY_USAGE_EXPORT);
    if (status == PSA_SUCCESS)
        status = psa_generate_key(&key, &id);
    if (status == PSA_SUCCESS)
        status = psa_export_key(id, room, sizeof(room), &length);
    return status;
}

psa_status_t vz_psa_shake(psa_key_id_t password, psa_pake_operation_t *operation)
{
    psa_pake_cipher_suite_t suite = PSA_PAKE_CIPHER_SUITE_INIT;
    uint8_t share[PSA_PAKE_OUTPUT_MAX_SIZE];
    size_t size = 0;

    psa_pake_cs_set_algorithm(&suite, PSA_ALG_JPAKE(PSA_ALG_SHA_256));
    psa_pake_cs_set_primitive(
        &suite, PSA_PAKE_PRIMITIVE(PSA_PAKE_PRIMITIVE_TYPE_ECC, PSA_ECC_FAMILY_SECP_R1, 256));
    if (PSA_PAKE_OUTPUT_SIZE(psa_pake_cs_get_algorithm(&suite), psa_pake_cs_get_primitive(&suite),
                             PSA_PAKE_STEP_ZK_PROOF) > sizeof(share))
        return PSA_ERROR_BUFFER_TOO_SMALL;
    if (psa_pake_setup(operation, password, &suite) != PSA_SUCCESS)
        return PSA_ERROR_NOT_SUPPORTED;
    return psa_pake_output(operation, PSA_PAKE_STEP_KEY_SHARE, share, sizeof(share), &size);
}
