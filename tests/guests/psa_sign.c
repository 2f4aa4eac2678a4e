/* SPDX-License-Identifier: MIT */

/* Signatures and asymmetric encryption: vectors of the standards, with the program's own keys and
 * with keys that it never sees; and what has to be refused. */

#include "psa_check.h"

static const uint8_t TEXT[64] = "sixty-four bytes that some calls below get for their input, here";

/* ---- signatures ---- */

static const psa_key_type_t P256 = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);
static const psa_key_type_t P256_PUBLIC = PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1);
static const psa_key_usage_t SIGNS = PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_SIGN_MESSAGE,
                             VERIFIES = PSA_KEY_USAGE_VERIFY_HASH | PSA_KEY_USAGE_VERIFY_MESSAGE,
                             EXPORT = PSA_KEY_USAGE_EXPORT;

/* RFC 6979 A.2.5, "sample". */
static const struct ecdsa {
    const char *name;
    psa_algorithm_t hash;
    const char *signature;
} ECDSA[] = {
    {"SHA-256", PSA_ALG_SHA_256,
     "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
     "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
    {"SHA-384", PSA_ALG_SHA_384,
     "0eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef7719"
     "4861f0491e6998b9455193e34e7b0d284ddd7149a74b95b9261f13abde940954"},
    {"SHA-512", PSA_ALG_SHA_512,
     "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00"
     "2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe"},
};
static const char ECDSA_KEY[] = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
static const char ECDSA_PUBLIC[] =
    "04"
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
static const uint8_t SAMPLE[] = {'s', 'a', 'm', 'p', 'l', 'e'};

static void check_signature(psa_key_id_t key, psa_algorithm_t alg, struct bytes *signature)
{
    uint8_t hash[PSA_HASH_MAX_SIZE];
    size_t size;

    GOOD(psa_hash_compute, PSA_ALG_GET_HASH(alg), SAMPLE, 6, hash, sizeof(hash), &size);
    GOOD(psa_verify_message, key, alg, SAMPLE, 6, signature->data, signature->size);
    GOOD(psa_verify_hash, key, alg, hash, size, signature->data, signature->size);
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_verify_message, key, alg, SAMPLE, 5, signature->data,
         signature->size);
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_verify_message, key, alg, SAMPLE, 6, signature->data,
         signature->size - 1);
    signature->data[7] ^= 1;
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_verify_message, key, alg, SAMPLE, 6, signature->data,
         signature->size);
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_verify_hash, key, alg, hash, size, signature->data,
         signature->size);
    signature->data[7] ^= 1;
}

static void deterministic_ecdsa(enum side side)
{
    struct bytes material = hex(ECDSA_KEY), point = hex(ECDSA_PUBLIC);

    for (size_t i = 0; i < COUNT(ECDSA); i++) {
        psa_algorithm_t alg = PSA_ALG_DETERMINISTIC_ECDSA(ECDSA[i].hash);
        struct bytes signature = hex(ECDSA[i].signature);
        uint8_t found[80], hash[PSA_HASH_MAX_SIZE];
        psa_key_id_t key;
        size_t size = 0, hash_size;

        book.what = ECDSA[i].name;
        key = import_as(side, P256, SIGNS | VERIFIES, alg, material.data, material.size);
        GOOD(psa_export_public_key, key, found, sizeof(found), &size);
        SAME(size, point.size);
        SAME_BYTES(found, point.data, point.size);
        GOOD(psa_sign_message, key, alg, SAMPLE, 6, found, 64, &size);
        SAME(size, 64);
        SAME_BYTES(found, signature.data, 64);
        GOOD(psa_hash_compute, ECDSA[i].hash, SAMPLE, 6, hash, sizeof(hash), &hash_size);
        memset(found, 0, sizeof(found));
        GOOD(psa_sign_hash, key, alg, hash, hash_size, found, sizeof(found), &size);
        SAME_BYTES(found, signature.data, 64);
        WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_sign_hash, key, alg, hash, hash_size, found, 63,
             &size);
        WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_sign_message, key, alg, SAMPLE, 6, found, 63, &size);
        SAME(size, 0);
        check_signature(key, alg, &signature);
        GOOD(psa_destroy_key, key);
    }
    book.what = NULL;
}

/* Another signature each time; the public half alone verifies. */
static void random_ecdsa(enum side side, size_t bits, psa_algorithm_t hash)
{
    psa_algorithm_t alg = PSA_ALG_ECDSA(hash);
    psa_key_attributes_t attributes = attributes_of(P256, bits, SIGNS | VERIFIES | EXPORT, alg);
    struct bytes signature[2] = {{0}}, material, public;
    psa_key_id_t key = 0, verifier;

    GOOD(psa_generate_key, &attributes, &key);
    if (side == MINE) { /* the same key, as the program's own */
        GOOD(psa_export_key, key, material.data, sizeof(material.data), &material.size);
        GOOD(psa_destroy_key, key);
        key = import_as(MINE, P256, SIGNS | VERIFIES, alg, material.data, material.size);
    }
    for (size_t i = 0; i < 2; i++) {
        GOOD(psa_sign_message, key, alg, SAMPLE, 6, signature[i].data, BYTES_MAX,
             &signature[i].size);
        SAME(signature[i].size, PSA_SIGN_OUTPUT_SIZE(P256, bits, alg));
        check_signature(key, alg, &signature[i]);
    }
    SAME(memcmp(signature[0].data, signature[1].data, signature[0].size) != 0, 1);
    GOOD(psa_export_public_key, key, public.data, sizeof(public.data), &public.size);
    verifier = import_as(side, P256_PUBLIC, VERIFIES, alg, public.data, public.size);
    check_signature(verifier, alg, &signature[0]);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_sign_message, verifier, alg, SAMPLE, 6, signature[1].data,
         BYTES_MAX, &signature[1].size);
    GOOD(psa_export_key, verifier, material.data, sizeof(material.data), &material.size);
    SAME_BYTES(material.data, public.data, public.size);
    GOOD(psa_destroy_key, verifier);
    GOOD(psa_destroy_key, key);
}

static void signature_refusals(enum side side)
{
    psa_algorithm_t alg = PSA_ALG_ECDSA(PSA_ALG_SHA_256), other = PSA_ALG_ECDSA(PSA_ALG_SHA_512);
    struct bytes material = hex(ECDSA_KEY);
    psa_key_id_t signs = import_as(side, P256, PSA_KEY_USAGE_SIGN_MESSAGE, alg, material.data, 32);
    psa_key_id_t aes = import_as(MINE, PSA_KEY_TYPE_AES, SIGNS | VERIFIES, alg, TEXT, 16);
    uint8_t signature[64];
    size_t size;

    WANT(PSA_ERROR_NOT_PERMITTED, psa_sign_hash, signs, alg, TEXT, 32, signature, 64, &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_verify_hash, signs, alg, TEXT, 32, TEXT, 64);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_verify_message, signs, alg, TEXT, 32, TEXT, 64);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_sign_message, signs, other, TEXT, 32, signature, 64, &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_sign_message, signs,
         PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256), TEXT, 32, signature, 64, &size);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_sign_hash, 0, alg, TEXT, 32, signature, 64, &size);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_sign_message, 0xdead, alg, TEXT, 9, signature, 64, &size);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_verify_hash, 0x60001234, alg, TEXT, 32, TEXT, 64);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_verify_message, 0x40001234, alg, TEXT, 32, TEXT, 64);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_sign_hash, aes, alg, TEXT, 32, signature, 64, &size);
    GOOD(psa_destroy_key, aes);
    GOOD(psa_destroy_key, signs);
    signs = import_as(side, P256, SIGNS | VERIFIES, alg, material.data, 32);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_sign_hash, signs, alg, TEXT, 31, signature, 64, &size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_verify_hash, signs, alg, TEXT, 31, TEXT, 64);
    GOOD(psa_destroy_key, signs);
}

/* A wildcard is for any hash, and for none of another kind of signature. */
static void any_hash(enum side side)
{
    struct bytes material = hex(ECDSA_KEY);
    psa_key_id_t key = import_as(side, P256, SIGNS | VERIFIES, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH),
                                 material.data, material.size);
    struct bytes signature = {0};

    GOOD(psa_sign_message, key, PSA_ALG_ECDSA(PSA_ALG_SHA_384), SAMPLE, 6, signature.data,
         BYTES_MAX, &signature.size);
    check_signature(key, PSA_ALG_ECDSA(PSA_ALG_SHA_384), &signature);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_sign_message, key, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH), SAMPLE,
         6, signature.data, BYTES_MAX, &signature.size);
    GOOD(psa_destroy_key, key);
}

/* ---- RSA ---- */

static psa_key_id_t rsa_as(enum side side, psa_key_usage_t usage, psa_algorithm_t alg,
                           const uint8_t *der, size_t size)
{
    return import_as(side, PSA_KEY_TYPE_RSA_KEY_PAIR, usage, alg, der, size);
}

static void rsa_signs(enum side side, psa_algorithm_t alg, const uint8_t *der, size_t der_size,
                      struct bytes *signature)
{
    psa_key_id_t key = rsa_as(side, SIGNS | VERIFIES, alg, der, der_size);

    GOOD(psa_sign_message, key, alg, SAMPLE, 6, signature->data, BYTES_MAX, &signature->size);
    SAME(signature->size, 128);
    check_signature(key, alg, signature);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_sign_message, key, alg, SAMPLE, 6, signature->data, 127,
         &signature->size);
    GOOD(psa_sign_message, key, alg, SAMPLE, 6, signature->data, BYTES_MAX, &signature->size);
    GOOD(psa_destroy_key, key);
}

static void rsa_refusals(enum side side, const uint8_t *der, size_t der_size)
{
    psa_algorithm_t alg = PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256);
    psa_key_id_t key = rsa_as(side, SIGNS | VERIFIES, alg, der, der_size);
    psa_key_id_t odd = rsa_as(MINE, VERIFIES, PSA_ALG_SHA_256, der, der_size);
    psa_key_id_t aes = import_as(MINE, PSA_KEY_TYPE_AES, VERIFIES, alg, TEXT, 16);
    static uint8_t signature[129];
    size_t size;

    GOOD(psa_sign_hash, key, alg, TEXT, 32, signature, 128, &size);
    GOOD(psa_verify_hash, key, alg, TEXT, 32, signature, 128);
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_verify_hash, key, alg, TEXT, 32, signature, 127);
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_verify_hash, key, alg, TEXT, 32, signature, 129);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_verify_hash, key, alg, TEXT, 31, signature, 128);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_sign_hash, key, alg, TEXT, 31, signature, 128, &size);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_sign_hash, key, alg, TEXT, 32, signature, 127, &size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_verify_hash, odd, PSA_ALG_SHA_256, TEXT, 32, signature,
         128);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_verify_hash, aes, alg, TEXT, 32, signature, 128);
    GOOD(psa_destroy_key, key);
    GOOD(psa_destroy_key, odd);
    GOOD(psa_destroy_key, aes);
}

static void rsa_encrypts(enum side side, psa_algorithm_t alg, const uint8_t *der, size_t der_size)
{
    psa_key_id_t key =
        rsa_as(side, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT, alg, der, der_size);
    size_t most = PSA_ASYMMETRIC_DECRYPT_OUTPUT_SIZE(PSA_KEY_TYPE_RSA_KEY_PAIR, 1024u, alg);
    uint8_t sealed[2][128], back[128];
    size_t size, back_size;

    SAME(most <= sizeof(TEXT) || most == 117, 1);
    most = most < sizeof(TEXT) ? most : sizeof(TEXT);
    for (size_t i = 0; i < 2; i++) {
        GOOD(psa_asymmetric_encrypt, key, alg, TEXT, most, NULL, 0, sealed[i], 128, &size);
        SAME(size, 128);
        GOOD(psa_asymmetric_decrypt, key, alg, sealed[i], size, NULL, 0, back, sizeof(back),
             &back_size);
        SAME(back_size, most);
        SAME_BYTES(back, TEXT, most);
    }
    SAME(memcmp(sealed[0], sealed[1], 128) != 0, 1);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_asymmetric_encrypt, key, alg, TEXT, most, NULL, 0,
         sealed[0], 127, &size);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_asymmetric_decrypt, key, alg, sealed[1], 128, NULL, 0,
         back, most - 1, &size);
    sealed[1][127] ^= 1;
    SAME(psa_asymmetric_decrypt(key, alg, sealed[1], 128, NULL, 0, back, 128, &size) != 0, 1);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_asymmetric_decrypt, key, alg, sealed[1], 127, NULL, 0,
         back, 128, &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_asymmetric_encrypt, key, PSA_ALG_RSA_OAEP(PSA_ALG_SHA_384),
         TEXT, 1, NULL, 0, sealed[0], 128, &size);
    GOOD(psa_destroy_key, key);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_asymmetric_encrypt, key, alg, TEXT, 1, NULL, 0, sealed[0],
         128, &size);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_asymmetric_decrypt, key, alg, sealed[1], 128, NULL, 0, back,
         128, &size);
}

static void rsa(void)
{
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_RSA_KEY_PAIR, 1024, EXPORT, PSA_ALG_NONE);
    static uint8_t der[PSA_EXPORT_KEY_PAIR_MAX_SIZE];
    static struct bytes signatures[2];
    psa_algorithm_t fixed = PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256);
    psa_algorithm_t oaep = PSA_ALG_RSA_OAEP(PSA_ALG_SHA_256);
    psa_key_id_t key = 0;
    size_t size = 0;

    GOOD(psa_generate_key, &attributes, &key);
    GOOD(psa_export_key, key, der, sizeof(der), &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_sign_message, key, fixed, SAMPLE, 6, signatures[0].data,
         BYTES_MAX, &signatures[0].size);
    GOOD(psa_destroy_key, key);
    for (enum side side = MINE; side <= KEPT; side++) {
        rsa_signs(side, PSA_ALG_RSA_PSS(PSA_ALG_SHA_256), der, size, &signatures[side]);
        rsa_signs(side, fixed, der, size, &signatures[side]);
        rsa_encrypts(side, PSA_ALG_RSA_PKCS1V15_CRYPT, der, size);
        rsa_encrypts(side, oaep, der, size);
        rsa_refusals(side, der, size);
    }
    SAME_BYTES(signatures[0].data, signatures[1].data, 128); /* PKCS #1 v1.5 has no chance in it */
}

int main(void)
{
    GOOD(psa_crypto_init);
    for (enum side side = MINE; side <= KEPT; side++) {
        printf("side %s\n", SIDES[side]);
        deterministic_ecdsa(side);
        random_ecdsa(side, 256, PSA_ALG_SHA_256);
        random_ecdsa(side, 384, PSA_ALG_SHA_384);
        random_ecdsa(side, 521, PSA_ALG_SHA_512);
        signature_refusals(side);
        any_hash(side);
    }
    rsa();
    return end_of_book();
}
