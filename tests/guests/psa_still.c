/* SPDX-License-Identifier: MIT */

/* A program to which the policy gives no randomness: whatever would draw lots is not permitted, and
 * all else works. Argument 1 is an RSA key (PKCS #1). */

#include "psa_check.h"

static const uint8_t TEXT[64] = "sixty-four bytes that some calls below get for their input, here";
static const psa_key_usage_t SEALS = PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT;
static const psa_key_usage_t SIGNS = PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_SIGN_MESSAGE |
                                     PSA_KEY_USAGE_VERIFY_HASH | PSA_KEY_USAGE_VERIFY_MESSAGE;
static const psa_key_type_t P256 = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);

static void bytes_and_keys(void)
{
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_AES, 128, PSA_KEY_USAGE_EXPORT, PSA_ALG_CTR);
    static const uint8_t nothing[16];
    uint8_t bytes[16] = {0};
    psa_key_id_t key = 77;

    WANT(PSA_ERROR_NOT_PERMITTED, psa_generate_random, bytes, sizeof(bytes));
    SAME_BYTES(bytes, nothing, sizeof(bytes));
    WANT(PSA_ERROR_NOT_PERMITTED, psa_generate_key, &attributes, &key);
    SAME(key, 0);
}

static void ciphers(enum side side)
{
    psa_key_id_t key = import_as(side, PSA_KEY_TYPE_AES, SEALS, PSA_ALG_CTR, TEXT, 16);
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    uint8_t output[64], back[64];
    size_t size, back_size;

    WANT(PSA_ERROR_NOT_PERMITTED, psa_cipher_encrypt, key, PSA_ALG_CTR, TEXT, 32, output, 64,
         &size);
    GOOD(psa_cipher_encrypt_setup, &operation, key, PSA_ALG_CTR);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_cipher_generate_iv, &operation, output, 16, &size);
    GOOD(psa_cipher_abort, &operation);
    GOOD(psa_cipher_encrypt_setup, &operation, key, PSA_ALG_CTR);
    GOOD(psa_cipher_set_iv, &operation, TEXT, 16);
    memcpy(output, TEXT, 16);
    GOOD(psa_cipher_update, &operation, TEXT, 32, output + 16, 48, &size);
    GOOD(psa_cipher_finish, &operation, output + 48, 16, &back_size);
    GOOD(psa_cipher_decrypt, key, PSA_ALG_CTR, output, 16 + size, back, 64, &back_size);
    SAME(back_size, 32);
    SAME_BYTES(back, TEXT, 32);
    GOOD(psa_destroy_key, key);
    key = import_as(side, PSA_KEY_TYPE_AES, SEALS, PSA_ALG_ECB_NO_PADDING, TEXT, 16);
    GOOD(psa_cipher_encrypt, key, PSA_ALG_ECB_NO_PADDING, TEXT, 32, output, 64, &size); /* no IV */
    GOOD(psa_destroy_key, key);
}

static void aead(enum side side)
{
    psa_key_id_t key = import_as(side, PSA_KEY_TYPE_AES, SEALS, PSA_ALG_GCM, TEXT, 16);
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    uint8_t output[64];
    size_t size;

    GOOD(psa_aead_encrypt_setup, &operation, key, PSA_ALG_GCM);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_aead_generate_nonce, &operation, output, 12, &size);
    GOOD(psa_aead_abort, &operation);
    GOOD(psa_aead_encrypt, key, PSA_ALG_GCM, TEXT, 12, TEXT, 5, TEXT, 32, output, 64, &size);
    GOOD(psa_destroy_key, key);
}

static void ecdsa(enum side side)
{
    psa_algorithm_t lots = PSA_ALG_ECDSA(PSA_ALG_SHA_256),
                    none = PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256);
    uint8_t signature[2][64];
    psa_key_id_t key;
    size_t size;

    key = import_as(side, P256, SIGNS, none, TEXT, 32);
    for (size_t i = 0; i < 2; i++)
        GOOD(psa_sign_message, key, none, TEXT, 9, signature[i], 64, &size);
    SAME_BYTES(signature[0], signature[1], 64);
    GOOD(psa_destroy_key, key);
    key = import_as(side, P256, SIGNS, lots, TEXT, 32);
    GOOD(psa_verify_message, key, lots, TEXT, 9, signature[0], 64);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_sign_message, key, lots, TEXT, 9, signature[0], 64, &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_sign_hash, key, lots, TEXT, 32, signature[0], 64, &size);
    GOOD(psa_destroy_key, key);
}

static size_t read_key(const char *path, uint8_t *der, size_t room)
{
    FILE *file = fopen(path, "rb");
    size_t size = file != NULL ? fread(der, 1, room, file) : 0;

    if (file != NULL)
        fclose(file);
    SAME(size > 100, 1);
    return size;
}

static void rsa(enum side side, const char *path)
{
    static uint8_t der[PSA_EXPORT_KEY_PAIR_MAX_SIZE], sealed[512];
    size_t size, der_size = read_key(path, der, sizeof(der));
    psa_algorithm_t pss = PSA_ALG_RSA_PSS(PSA_ALG_SHA_256),
                    fixed = PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256),
                    oaep = PSA_ALG_RSA_OAEP(PSA_ALG_SHA_256);
    psa_key_id_t key;

    key = import_as(side, PSA_KEY_TYPE_RSA_KEY_PAIR, SIGNS, pss, der, der_size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_sign_message, key, pss, TEXT, 9, sealed, 512, &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_sign_hash, key, pss, TEXT, 32, sealed, 512, &size);
    GOOD(psa_destroy_key, key);
    key = import_as(side, PSA_KEY_TYPE_RSA_KEY_PAIR, SIGNS, fixed, der, der_size);
    GOOD(psa_sign_message, key, fixed, TEXT, 9, sealed, 512, &size);
    GOOD(psa_verify_message, key, fixed, TEXT, 9, sealed, size);
    GOOD(psa_destroy_key, key);
    key = import_as(side, PSA_KEY_TYPE_RSA_KEY_PAIR, SEALS, oaep, der, der_size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_asymmetric_encrypt, key, oaep, TEXT, 9, NULL, 0, sealed, 512,
         &size);
    GOOD(psa_destroy_key, key);
}

#ifdef __wasm__
#include "veracruz.h"

static void exchange_and_wrap(void)
{
    psa_algorithm_t alg = PSA_ALG_JPAKE(PSA_ALG_SHA_256);
    psa_key_id_t word = import_as(MINE, PSA_KEY_TYPE_PASSWORD, PSA_KEY_USAGE_DERIVE, alg, TEXT, 8);
    psa_pake_cipher_suite_t suite = PSA_PAKE_CIPHER_SUITE_INIT;
    psa_pake_operation_t operation = PSA_PAKE_OPERATION_INIT;
    static uint8_t wrapped[VZ_KEY_WRAP_BYTES + 8];
    size_t size;

    psa_pake_cs_set_algorithm(&suite, alg);
    psa_pake_cs_set_primitive(
        &suite, PSA_PAKE_PRIMITIVE(PSA_PAKE_PRIMITIVE_TYPE_ECC, PSA_ECC_FAMILY_SECP_R1, 256));
    psa_pake_cs_set_key_confirmation(&suite, PSA_PAKE_UNCONFIRMED_KEY);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_pake_setup, &operation, word, &suite);
    WANT(PSA_ERROR_NOT_PERMITTED, vz_key_wrap, word, "owner", wrapped, sizeof(wrapped), &size);
    GOOD(psa_destroy_key, word);
}
#endif

int main(int count, char **words)
{
    uint8_t digest[32];
    size_t size;

    GOOD(psa_crypto_init);
    GOOD(psa_hash_compute, PSA_ALG_SHA_256, TEXT, 64, digest, sizeof(digest), &size);
    bytes_and_keys();
    for (enum side side = MINE; side <= KEPT; side++) {
        ciphers(side);
        aead(side);
        ecdsa(side);
        if (count > 1)
            rsa(side, words[1]);
    }
#ifdef __wasm__
    exchange_and_wrap();
#endif
    return end_of_book();
}
