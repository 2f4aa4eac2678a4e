/* SPDX-License-Identifier: MIT */

/* Signatures, asymmetric encryption, key derivation, key agreement and J-PAKE: vectors of the
 * standards, with the program's own keys and with keys that it never sees; and what has to be
 * refused. */

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
    }
    SAME_BYTES(signatures[0].data, signatures[1].data, 128); /* PKCS #1 v1.5 has no chance in it */
}

/* ---- key derivation ---- */

/* RFC 5869 A.1 and A.3, the TLS 1.2 PRF as it was told on the IETF's list, RFC 7914 11. */
static const struct derivation {
    const char *name;
    psa_algorithm_t alg;
    psa_key_type_t type;
    psa_key_derivation_step_t steps[3]; /* in the order in which they come; 0: none */
    const char *inputs[3];              /* of the secret: the key; of the cost: nothing */
    uint64_t cost;
    const char *output;
} DERIVATIONS[] = {
    {"HKDF",
     PSA_ALG_HKDF(PSA_ALG_SHA_256),
     PSA_KEY_TYPE_DERIVE,
     {PSA_KEY_DERIVATION_INPUT_SALT, PSA_KEY_DERIVATION_INPUT_SECRET,
      PSA_KEY_DERIVATION_INPUT_INFO},
     {"000102030405060708090a0b0c", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
      "f0f1f2f3f4f5f6f7f8f9"},
     0,
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"HKDF without salt",
     PSA_ALG_HKDF(PSA_ALG_SHA_256),
     PSA_KEY_TYPE_DERIVE,
     {PSA_KEY_DERIVATION_INPUT_SECRET, PSA_KEY_DERIVATION_INPUT_INFO, 0},
     {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", NULL},
     0,
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
    {"HKDF, the first half",
     PSA_ALG_HKDF_EXTRACT(PSA_ALG_SHA_256),
     PSA_KEY_TYPE_DERIVE,
     {PSA_KEY_DERIVATION_INPUT_SALT, PSA_KEY_DERIVATION_INPUT_SECRET, 0},
     {"000102030405060708090a0b0c", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", NULL},
     0,
     "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"},
    {"HKDF, the second half",
     PSA_ALG_HKDF_EXPAND(PSA_ALG_SHA_256),
     PSA_KEY_TYPE_DERIVE,
     {PSA_KEY_DERIVATION_INPUT_SECRET, PSA_KEY_DERIVATION_INPUT_INFO, 0},
     {"077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", "f0f1f2f3f4f5f6f7f8f9",
      NULL},
     0,
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"TLS 1.2 PRF",
     PSA_ALG_TLS12_PRF(PSA_ALG_SHA_256),
     PSA_KEY_TYPE_DERIVE,
     {PSA_KEY_DERIVATION_INPUT_SEED, PSA_KEY_DERIVATION_INPUT_SECRET,
      PSA_KEY_DERIVATION_INPUT_LABEL},
     {"a0ba9f936cda311827a6f796ffd5198c", "9bbe436ba940f017b17652849a71db35",
      "74657374206c6162656c"},
     0,
     "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"},
    {"PBKDF2",
     PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_256),
     PSA_KEY_TYPE_PASSWORD,
     {PSA_KEY_DERIVATION_INPUT_COST, PSA_KEY_DERIVATION_INPUT_SALT,
      PSA_KEY_DERIVATION_INPUT_PASSWORD},
     {"", "73616c74", "706173737764"},
     1,
     "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
     "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"},
};

static const struct bytes *secret_of(const struct derivation *row)
{
    static struct bytes secret;

    for (size_t i = 0; i < 3; i++) {
        if ((row->steps[i] & 0xff00) == 0x0100)
            secret = hex(row->inputs[i]);
    }
    return &secret;
}

static void feed(const struct derivation *row, psa_key_id_t key,
                 psa_key_derivation_operation_t *operation)
{
    GOOD(psa_key_derivation_setup, operation, row->alg);
    for (size_t i = 0; i < 3 && row->steps[i] != 0; i++) {
        struct bytes input = hex(row->inputs[i]);

        if (row->steps[i] == PSA_KEY_DERIVATION_INPUT_COST) {
            GOOD(psa_key_derivation_input_integer, operation, row->steps[i], row->cost);
        } else if ((row->steps[i] & 0xff00) == 0x0100) {
            GOOD(psa_key_derivation_input_key, operation, row->steps[i], key);
        } else {
            GOOD(psa_key_derivation_input_bytes, operation, row->steps[i], input.data, input.size);
        }
    }
}

static void derive_bytes(const struct derivation *row, psa_key_id_t key)
{
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    struct bytes wanted = hex(row->output);
    uint8_t found[64];
    size_t capacity = 0;

    feed(row, key, &operation);
    GOOD(psa_key_derivation_get_capacity, &operation, &capacity);
    SAME(capacity >= wanted.size, 1);
    GOOD(psa_key_derivation_set_capacity, &operation, wanted.size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_set_capacity, &operation, wanted.size + 1);
    GOOD(psa_key_derivation_output_bytes, &operation, found, 5);
    GOOD(psa_key_derivation_output_bytes, &operation, found + 5, 0);
    GOOD(psa_key_derivation_output_bytes, &operation, found + 5, wanted.size - 5);
    SAME_BYTES(found, wanted.data, wanted.size);
    GOOD(psa_key_derivation_get_capacity, &operation, &capacity);
    SAME(capacity, 0);
    WANT(PSA_ERROR_INSUFFICIENT_DATA, psa_key_derivation_output_bytes, &operation, found, 1);
    GOOD(psa_key_derivation_abort, &operation);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_output_bytes, &operation, found, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_get_capacity, &operation, &capacity);
    feed(row, key, &operation);
    GOOD(psa_key_derivation_set_capacity, &operation, 3);
    WANT(PSA_ERROR_INSUFFICIENT_DATA, psa_key_derivation_output_bytes, &operation, found, 4);
    GOOD(psa_key_derivation_get_capacity, &operation, &capacity);
    SAME(capacity, 0); /* and not 3 */
    GOOD(psa_key_derivation_abort, &operation);
}

static void derive_keys(const struct derivation *row, psa_key_id_t key)
{
    psa_key_attributes_t attributes = attributes_of(PSA_KEY_TYPE_AES, 128, EXPORT, PSA_ALG_CTR);
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    struct bytes wanted = hex(row->output);
    psa_key_id_t made = 77;
    uint8_t found[16];
    size_t size = 0;

    feed(row, key, &operation);
    GOOD(psa_key_derivation_output_key, &attributes, &operation, &made);
    GOOD(psa_export_key, made, found, sizeof(found), &size);
    SAME(size, 16);
    SAME_BYTES(found, wanted.data, 16);
    GOOD(psa_destroy_key, made);
    psa_set_key_bits(&attributes, 0);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_output_key, &attributes, &operation, &made);
    SAME(made, 0);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    GOOD(psa_key_derivation_set_capacity, &operation, 15);
    psa_set_key_bits(&attributes, 128);
    WANT(PSA_ERROR_INSUFFICIENT_DATA, psa_key_derivation_output_key, &attributes, &operation,
         &made);
    GOOD(psa_key_derivation_abort, &operation);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_output_key, &attributes, &operation, &made);
}

#ifdef __wasm__ /* 1.1 and 1.2 of the specification, which Mbed TLS 3.6 has not */

static void verify_derived(const struct derivation *row, psa_key_id_t key)
{
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    struct bytes wanted = hex(row->output);
    const psa_key_usage_t usage = PSA_KEY_USAGE_VERIFY_DERIVATION;
    psa_key_id_t expected =
        import_as(MINE, PSA_KEY_TYPE_PASSWORD_HASH, usage, row->alg, wanted.data, 20);
    psa_key_id_t no_hash = import_as(MINE, PSA_KEY_TYPE_RAW_DATA, usage, row->alg, wanted.data, 20);

    feed(row, key, &operation);
    GOOD(psa_key_derivation_verify_bytes, &operation, wanted.data, 7);
    GOOD(psa_key_derivation_verify_bytes, &operation, wanted.data + 7, 9);
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_key_derivation_verify_bytes, &operation, wanted.data, 9);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_verify_bytes, &operation, wanted.data, 9);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    GOOD(psa_key_derivation_verify_key, &operation, expected);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    GOOD(psa_key_derivation_verify_bytes, &operation, wanted.data, 1);
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_key_derivation_verify_key, &operation, expected);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_verify_key, &operation, no_hash);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_key_derivation_verify_key, &operation, 0xdead);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    GOOD(psa_key_derivation_set_capacity, &operation, 4);
    WANT(PSA_ERROR_INSUFFICIENT_DATA, psa_key_derivation_verify_bytes, &operation, wanted.data, 5);
    GOOD(psa_key_derivation_abort, &operation);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_verify_key, &operation, expected);
    GOOD(psa_destroy_key, expected);
    GOOD(psa_destroy_key, no_hash);
}

/* What may only be verified gives no bytes and no keys. */
static void only_verified(const struct derivation *row)
{
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    const struct bytes *secret = secret_of(row);
    psa_key_id_t key = import_as(MINE, row->type, PSA_KEY_USAGE_VERIFY_DERIVATION, row->alg,
                                 secret->data, secret->size);
    psa_key_attributes_t attributes = attributes_of(PSA_KEY_TYPE_AES, 128, EXPORT, PSA_ALG_CTR);
    struct bytes wanted = hex(row->output);
    uint8_t found[16];
    psa_key_id_t made;

    feed(row, key, &operation);
    GOOD(psa_key_derivation_verify_bytes, &operation, wanted.data, wanted.size);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_key_derivation_output_bytes, &operation, found, 16);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_key_derivation_output_key, &attributes, &operation, &made);
    GOOD(psa_key_derivation_abort, &operation);
    GOOD(psa_destroy_key, key);
}

#endif

static void derivations(enum side side)
{
    for (size_t i = 0; i < COUNT(DERIVATIONS); i++) {
        const struct derivation *row = &DERIVATIONS[i];
        const struct bytes *secret = secret_of(row);
        psa_key_id_t key;

        book.what = row->name;
        key =
            import_as(side, row->type, PSA_KEY_USAGE_DERIVE, row->alg, secret->data, secret->size);
        derive_bytes(row, key);
        derive_keys(row, key);
#ifdef __wasm__
        verify_derived(row, key);
        only_verified(row);
#endif
        GOOD(psa_destroy_key, key);
    }
    book.what = NULL;
}

static void derivation_refusals(enum side side)
{
    const psa_algorithm_t alg = PSA_ALG_HKDF(PSA_ALG_SHA_256);
    psa_key_id_t key = import_as(side, PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, alg, TEXT, 32);
    psa_key_id_t no_use = import_as(MINE, PSA_KEY_TYPE_DERIVE, EXPORT, alg, TEXT, 32);
    psa_key_id_t no_secret =
        import_as(MINE, PSA_KEY_TYPE_RAW_DATA, PSA_KEY_USAGE_DERIVE, alg, TEXT, 32);
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    const psa_key_derivation_step_t secret = PSA_KEY_DERIVATION_INPUT_SECRET;
    psa_key_attributes_t attributes = attributes_of(PSA_KEY_TYPE_AES, 128, EXPORT, PSA_ALG_CTR);
    uint8_t bytes[16];
    psa_key_id_t made;

    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_set_capacity, &operation, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_input_bytes, &operation,
         PSA_KEY_DERIVATION_INPUT_INFO, TEXT, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_input_integer, &operation,
         PSA_KEY_DERIVATION_INPUT_COST, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_input_key, &operation, secret, key);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_key_agreement, &operation, secret, key, TEXT, 32);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_setup, &operation, PSA_ALG_SHA_256);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_key_derivation_setup, &operation,
         PSA_ALG_HKDF(PSA_ALG_SHA3_224 + 9));

#define BEGUN()                                          \
    do {                                                 \
        GOOD(psa_key_derivation_abort, &operation);      \
        GOOD(psa_key_derivation_setup, &operation, alg); \
    } while (0)
    BEGUN();
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_setup, &operation, alg);
    BEGUN();
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_output_bytes, &operation, bytes, 1);
    BEGUN();
    WANT(PSA_ERROR_INVALID_HANDLE, psa_key_derivation_input_key, &operation, secret, 0xdead);
    BEGUN();
    WANT(PSA_ERROR_NOT_PERMITTED, psa_key_derivation_input_key, &operation, secret, no_use);
    BEGUN();
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_input_key, &operation, secret, no_secret);
    BEGUN();
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_input_bytes, &operation,
         PSA_KEY_DERIVATION_INPUT_SEED, TEXT, 1);
    BEGUN();
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_input_integer, &operation,
         PSA_KEY_DERIVATION_INPUT_COST, 1);
    BEGUN(); /* bytes are good for bytes, not for keys */
    GOOD(psa_key_derivation_input_bytes, &operation, secret, TEXT, 32);
    GOOD(psa_key_derivation_input_bytes, &operation, PSA_KEY_DERIVATION_INPUT_INFO, TEXT, 0);
    GOOD(psa_key_derivation_output_bytes, &operation, bytes, 16);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_key_derivation_output_key, &attributes, &operation, &made);
    BEGUN();
    GOOD(psa_key_derivation_input_key, &operation, secret, key);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_input_bytes, &operation,
         PSA_KEY_DERIVATION_INPUT_SALT, TEXT, 1); /* too late */
    GOOD(psa_key_derivation_abort, &operation);
#undef BEGUN
    GOOD(psa_destroy_key, key);
    GOOD(psa_destroy_key, no_use);
    GOOD(psa_destroy_key, no_secret);
}

/* ---- key agreement ---- */

/* RFC 7748 6.1. */
static const char ALICE[] = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
static const char ALICE_PUBLIC[] =
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
static const char BOB[] = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
static const char BOB_PUBLIC[] = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
static const char SHARED[] = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

static const psa_key_type_t X25519 = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY);

static void x25519(enum side side)
{
    struct bytes mine = hex(ALICE), point = hex(ALICE_PUBLIC), peer = hex(BOB_PUBLIC),
                 shared = hex(SHARED);
    psa_key_id_t key = import_as(side, X25519, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, mine.data, 32);
    psa_key_id_t other = import(X25519, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, BOB);
    uint8_t found[32];
    size_t size = 0;

    GOOD(psa_export_public_key, key, found, sizeof(found), &size);
    SAME_BYTES(found, point.data, 32);
    GOOD(psa_raw_key_agreement, PSA_ALG_ECDH, key, peer.data, peer.size, found, 32, &size);
    SAME(size, 32);
    SAME_BYTES(found, shared.data, 32);
    GOOD(psa_raw_key_agreement, PSA_ALG_ECDH, other, point.data, point.size, found, 32, &size);
    SAME_BYTES(found, shared.data, 32);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_raw_key_agreement, PSA_ALG_ECDH, key, peer.data, 32, found,
         31, &size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_raw_key_agreement, PSA_ALG_ECDH, key, peer.data, 31, found,
         32, &size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_raw_key_agreement, PSA_ALG_ECDSA_ANY, key, peer.data, 32,
         found, 32, &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_raw_key_agreement, PSA_ALG_FFDH, key, peer.data, 32, found,
         32, &size);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_raw_key_agreement, PSA_ALG_ECDH, 0xdead, peer.data, 32,
         found, 32, &size);
    GOOD(psa_destroy_key, other);
    other = import(X25519, EXPORT, PSA_ALG_ECDH, BOB);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_raw_key_agreement, PSA_ALG_ECDH, other, point.data, 32, found,
         32, &size);
    GOOD(psa_destroy_key, other);
    GOOD(psa_destroy_key, key);
}

#ifdef __wasm__
static void agreed_key(enum side side)
{
    struct bytes mine = hex(ALICE), peer = hex(BOB_PUBLIC), shared = hex(SHARED);
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_DERIVE, 0, EXPORT | PSA_KEY_USAGE_DERIVE, PSA_ALG_NONE);
    psa_key_id_t key = import_as(side, X25519, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, mine.data, 32);
    psa_key_id_t made = 77;
    uint8_t found[32];
    size_t size;

    GOOD(psa_key_agreement, key, peer.data, peer.size, PSA_ALG_ECDH, &attributes, &made);
    GOOD(psa_export_key, made, found, sizeof(found), &size);
    SAME(size, 32);
    SAME_BYTES(found, shared.data, 32);
    GOOD(psa_destroy_key, made);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_agreement, key, peer.data, 31, PSA_ALG_ECDH,
         &attributes, &made);
    SAME(made, 0);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_key_agreement, key, peer.data, 32, PSA_ALG_FFDH, &attributes,
         &made);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_RSA_KEY_PAIR);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_agreement, key, peer.data, 32, PSA_ALG_ECDH,
         &attributes, &made);
    GOOD(psa_destroy_key, key);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_DERIVE);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_key_agreement, key, peer.data, 32, PSA_ALG_ECDH, &attributes,
         &made);
}
#endif

/* Agreement, and HKDF behind it. */
static void agreement_and_derivation(enum side side)
{
    const psa_algorithm_t hkdf = PSA_ALG_HKDF(PSA_ALG_SHA_256),
                          alg = PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, hkdf);
    const psa_key_derivation_step_t secret = PSA_KEY_DERIVATION_INPUT_SECRET;
    struct bytes mine = hex(ALICE), peer = hex(BOB_PUBLIC), shared = hex(SHARED);
    psa_key_id_t key = import_as(side, X25519, PSA_KEY_USAGE_DERIVE, alg, mine.data, 32);
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    uint8_t found[2][16];

    GOOD(psa_key_derivation_setup, &operation, alg);
    GOOD(psa_key_derivation_key_agreement, &operation, secret, key, peer.data, peer.size);
    GOOD(psa_key_derivation_input_bytes, &operation, PSA_KEY_DERIVATION_INPUT_INFO, TEXT, 9);
    GOOD(psa_key_derivation_output_bytes, &operation, found[0], 16);
    GOOD(psa_key_derivation_abort, &operation);
    GOOD(psa_key_derivation_setup, &operation, hkdf);
    GOOD(psa_key_derivation_input_bytes, &operation, secret, shared.data, shared.size);
    GOOD(psa_key_derivation_input_bytes, &operation, PSA_KEY_DERIVATION_INPUT_INFO, TEXT, 9);
    GOOD(psa_key_derivation_output_bytes, &operation, found[1], 16);
    GOOD(psa_key_derivation_abort, &operation);
    SAME_BYTES(found[0], found[1], 16);
    GOOD(psa_key_derivation_setup, &operation, alg);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_key_agreement, &operation, secret, key,
         peer.data, 31);
    GOOD(psa_key_derivation_abort, &operation);
    GOOD(psa_key_derivation_setup, &operation, hkdf); /* no agreement in it */
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_key_agreement, &operation, secret, key,
         peer.data, 32);
    GOOD(psa_key_derivation_abort, &operation);
    GOOD(psa_destroy_key, key);
}

/* Both ends, of a curve and of a group. */
static void both_ends(psa_key_type_t type, size_t bits, psa_algorithm_t alg)
{
    psa_key_attributes_t attributes = attributes_of(type, bits, PSA_KEY_USAGE_DERIVE, alg);
    static struct bytes public[2], shared[2];
    psa_key_id_t keys[2] = {0};

    for (size_t i = 0; i < 2; i++) {
        GOOD(psa_generate_key, &attributes, &keys[i]);
        GOOD(psa_export_public_key, keys[i], public[i].data, BYTES_MAX, &public[i].size);
    }
    for (size_t i = 0; i < 2; i++) {
        GOOD(psa_raw_key_agreement, alg, keys[i], public[1 - i].data, public[1 - i].size,
             shared[i].data, BYTES_MAX, &shared[i].size);
        SAME(shared[i].size, PSA_RAW_KEY_AGREEMENT_OUTPUT_SIZE(type, bits));
    }
    SAME_BYTES(shared[0].data, shared[1].data, shared[0].size);
    for (size_t i = 0; i < 2; i++)
        GOOD(psa_destroy_key, keys[i]);
}

/* ---- J-PAKE ---- */

#ifdef __wasm__

static const psa_algorithm_t JPAKE = PSA_ALG_JPAKE(PSA_ALG_SHA_256);

static psa_pake_cipher_suite_t suite_of(psa_algorithm_t alg, size_t bits, uint32_t confirmation)
{
    psa_pake_cipher_suite_t suite = PSA_PAKE_CIPHER_SUITE_INIT;

    psa_pake_cs_set_algorithm(&suite, alg);
    psa_pake_cs_set_primitive(
        &suite, PSA_PAKE_PRIMITIVE(PSA_PAKE_PRIMITIVE_TYPE_ECC, PSA_ECC_FAMILY_SECP_R1, bits));
    psa_pake_cs_set_key_confirmation(&suite, confirmation);
    return suite;
}

struct end {
    psa_pake_operation_t operation;
    psa_key_id_t password, shared;
};

static void open_end(struct end *end, enum side side, const char *password, const char *user,
                     const char *peer)
{
    psa_pake_cipher_suite_t suite = suite_of(JPAKE, 256, PSA_PAKE_UNCONFIRMED_KEY);

    end->operation = psa_pake_operation_init();
    end->password = import_as(side, PSA_KEY_TYPE_PASSWORD, PSA_KEY_USAGE_DERIVE, JPAKE,
                              (const uint8_t *)password, strlen(password));
    GOOD(psa_pake_setup, &end->operation, end->password, &suite);
    GOOD(psa_pake_set_role, &end->operation, PSA_PAKE_ROLE_NONE);
    GOOD(psa_pake_set_user, &end->operation, (const uint8_t *)user, strlen(user));
    GOOD(psa_pake_set_peer, &end->operation, (const uint8_t *)peer, strlen(peer));
}

static const psa_pake_step_t STEPS[] = {PSA_PAKE_STEP_KEY_SHARE, PSA_PAKE_STEP_ZK_PUBLIC,
                                        PSA_PAKE_STEP_ZK_PROOF};

/* One end's shares and their proofs, to the other. A bit of a proof is changed: then one of the
 * inputs is refused, and whatever comes later. */
static void exchange(struct end *from, struct end *to, size_t shares, bool spoil)
{
    uint8_t part[6][PSA_PAKE_OUTPUT_MAX_SIZE];
    psa_status_t status = PSA_SUCCESS;
    size_t size[6];

    for (size_t i = 0; i < 3 * shares; i++) {
        GOOD(psa_pake_output, &from->operation, STEPS[i % 3], part[i], sizeof(part[i]), &size[i]);
        SAME(size[i], PSA_PAKE_OUTPUT_SIZE(JPAKE, UINT32_C(0x01120100), STEPS[i % 3]));
    }
    part[2][9] ^= spoil;
    for (size_t i = 0; i < 3 * shares && status == PSA_SUCCESS; i++)
        status = psa_pake_input(&to->operation, STEPS[i % 3], part[i], size[i]);
    SAME(status == PSA_SUCCESS, !spoil);
    remember("psa_pake_input", status == PSA_SUCCESS);
    if (spoil)
        WANT(PSA_ERROR_BAD_STATE, psa_pake_input, &to->operation, STEPS[0], part[0], size[0]);
}

static void close_end(struct end *end)
{
    GOOD(psa_pake_abort, &end->operation);
    GOOD(psa_destroy_key, end->password);
}

/* HKDF of what an end has, for comparison: the key itself is nobody's to see. */
static void fingerprint(psa_key_id_t key, uint8_t found[32])
{
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;

    GOOD(psa_key_derivation_setup, &operation, PSA_ALG_HKDF(PSA_ALG_SHA_256));
    GOOD(psa_key_derivation_input_key, &operation, PSA_KEY_DERIVATION_INPUT_SECRET, key);
    GOOD(psa_key_derivation_input_bytes, &operation, PSA_KEY_DERIVATION_INPUT_INFO, TEXT, 5);
    GOOD(psa_key_derivation_output_bytes, &operation, found, 32);
    GOOD(psa_key_derivation_abort, &operation);
    GOOD(psa_destroy_key, key);
}

static void jpake(enum side side, const char *password, bool alike)
{
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_DERIVE, 0, PSA_KEY_USAGE_DERIVE, PSA_ALG_HKDF(PSA_ALG_SHA_256));
    struct end client, server;
    uint8_t found[2][32];
    psa_key_id_t early = 77;

    open_end(&client, side, "sesame", "client", "server");
    open_end(&server, MINE, password, "server", "client");
    exchange(&client, &server, 2, false);
    exchange(&server, &client, 2, false);
    exchange(&server, &client, 1, false);
    exchange(&client, &server, 1, false);
    GOOD(psa_pake_get_shared_key, &client.operation, &attributes, &client.shared);
    GOOD(psa_pake_get_shared_key, &server.operation, &attributes, &server.shared);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_get_shared_key, &server.operation, &attributes, &early);
    SAME(early, 0);
    fingerprint(client.shared, found[0]);
    fingerprint(server.shared, found[1]);
    SAME(memcmp(found[0], found[1], 32) == 0, alike);
    close_end(&client);
    close_end(&server);
}

static void jpake_refusals(void)
{
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_DERIVE, 0, PSA_KEY_USAGE_DERIVE, PSA_ALG_HKDF(PSA_ALG_SHA_256));
    psa_pake_cipher_suite_t suite = suite_of(JPAKE, 256, PSA_PAKE_UNCONFIRMED_KEY), wrong;
    psa_key_id_t word =
        import_as(MINE, PSA_KEY_TYPE_PASSWORD, PSA_KEY_USAGE_DERIVE, JPAKE, TEXT, 8);
    psa_key_id_t no_use = import_as(MINE, PSA_KEY_TYPE_PASSWORD, EXPORT, JPAKE, TEXT, 8);
    psa_key_id_t no_word = import_as(MINE, PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DERIVE, JPAKE, TEXT, 16);
    psa_pake_operation_t operation = PSA_PAKE_OPERATION_INIT;
    uint8_t output[PSA_PAKE_OUTPUT_MAX_SIZE];
    psa_key_id_t made;
    size_t size;

    WANT(PSA_ERROR_BAD_STATE, psa_pake_set_role, &operation, PSA_PAKE_ROLE_NONE);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_set_user, &operation, TEXT, 4);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_set_peer, &operation, TEXT, 4);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_set_context, &operation, TEXT, 4);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_output, &operation, STEPS[0], output, sizeof(output), &size);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_input, &operation, STEPS[0], output, 65);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_get_shared_key, &operation, &attributes, &made);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_pake_setup, &operation, 0xdead, &suite);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_pake_setup, &operation, no_use, &suite);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_pake_setup, &operation, no_word, &suite);
    wrong = suite_of(PSA_ALG_SHA_256, 256, PSA_PAKE_UNCONFIRMED_KEY);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_pake_setup, &operation, word, &wrong);
    wrong = suite_of(PSA_ALG_SPAKE2P_HMAC(PSA_ALG_SHA_256), 256, PSA_PAKE_CONFIRMED_KEY);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_pake_setup, &operation, word, &wrong);
    wrong = suite_of(JPAKE, 384, PSA_PAKE_UNCONFIRMED_KEY);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_pake_setup, &operation, word, &wrong);
    GOOD(psa_pake_setup, &operation, word, &suite);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_setup, &operation, word, &suite);
    GOOD(psa_pake_abort, &operation);
    GOOD(psa_pake_setup, &operation, word, &suite); /* nobody has said who is who */
    WANT(PSA_ERROR_BAD_STATE, psa_pake_output, &operation, STEPS[0], output, sizeof(output), &size);
    GOOD(psa_pake_abort, &operation);
    GOOD(psa_pake_setup, &operation, word, &suite);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_get_shared_key, &operation, &attributes, &made);
    GOOD(psa_pake_abort, &operation);
    GOOD(psa_pake_setup, &operation, word, &suite);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_set_context, &operation, TEXT, 4);
    GOOD(psa_pake_abort, &operation);
    GOOD(psa_destroy_key, word);
    GOOD(psa_destroy_key, no_use);
    GOOD(psa_destroy_key, no_word);
}

static void jpake_spoilt(void)
{
    struct end client, server;

    open_end(&client, MINE, "sesame", "client", "server");
    open_end(&server, MINE, "sesame", "server", "client");
    exchange(&client, &server, 2, true);
    close_end(&client);
    close_end(&server);
}

#endif

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
        derivations(side);
        derivation_refusals(side);
        x25519(side);
        agreement_and_derivation(side);
#ifdef __wasm__
        agreed_key(side);
        jpake(side, "sesame", true);
        jpake(side, "open it", false);
#endif
    }
    rsa();
    both_ends(P256, 256, PSA_ALG_ECDH);
    both_ends(P256, 521, PSA_ALG_ECDH);
    both_ends(PSA_KEY_TYPE_DH_KEY_PAIR(PSA_DH_FAMILY_RFC7919), 2048, PSA_ALG_FFDH);
#ifdef __wasm__
    jpake_refusals();
    jpake_spoilt();
#endif
    return end_of_book();
}
