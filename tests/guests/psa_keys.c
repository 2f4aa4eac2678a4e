/* SPDX-License-Identifier: MIT */

/* Keys, from their making to their end: what each function of key management does and refuses. */

#include "psa_check.h"

static const uint8_t KEY[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const psa_key_usage_t BOTH = PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT;

/* ---- import and export ---- */

static const struct import {
    const char *name;
    psa_key_type_t type;
    size_t bits; /* that the attributes say */
    size_t size;
    psa_status_t status;
    size_t bits_then;
} IMPORTS[] = {
    {"AES-128", PSA_KEY_TYPE_AES, 0, 16, PSA_SUCCESS, 128},
    {"AES-192 with its size", PSA_KEY_TYPE_AES, 192, 24, PSA_SUCCESS, 192},
    {"AES-256", PSA_KEY_TYPE_AES, 0, 32, PSA_SUCCESS, 256},
    {"AES of 18 bytes", PSA_KEY_TYPE_AES, 0, 18, PSA_ERROR_INVALID_ARGUMENT, 0},
    {"AES of no bytes", PSA_KEY_TYPE_AES, 0, 0, PSA_ERROR_INVALID_ARGUMENT, 0},
    {"AES of another size", PSA_KEY_TYPE_AES, 256, 16, PSA_ERROR_INVALID_ARGUMENT, 0},
    {"ARIA-128", PSA_KEY_TYPE_ARIA, 0, 16, PSA_SUCCESS, 128},
    {"Camellia-256", PSA_KEY_TYPE_CAMELLIA, 0, 32, PSA_SUCCESS, 256},
    {"DES", PSA_KEY_TYPE_DES, 0, 8, PSA_SUCCESS, 64},
    {"DES of 7 bytes", PSA_KEY_TYPE_DES, 0, 7, PSA_ERROR_INVALID_ARGUMENT, 0},
    {"3DES", PSA_KEY_TYPE_DES, 0, 24, PSA_SUCCESS, 192},
    {"ChaCha20", PSA_KEY_TYPE_CHACHA20, 0, 32, PSA_SUCCESS, 256},
    {"ChaCha20 of 16 bytes", PSA_KEY_TYPE_CHACHA20, 0, 16, PSA_ERROR_INVALID_ARGUMENT, 0},
    {"raw data", PSA_KEY_TYPE_RAW_DATA, 0, 5, PSA_SUCCESS, 40},
    {"raw data, bits that are no bytes", PSA_KEY_TYPE_RAW_DATA, 39, 5, PSA_ERROR_INVALID_ARGUMENT,
     0},
    {"HMAC", PSA_KEY_TYPE_HMAC, 0, 100, PSA_SUCCESS, 800},
    {"derivation", PSA_KEY_TYPE_DERIVE, 0, 33, PSA_SUCCESS, 264},
    {"password", PSA_KEY_TYPE_PASSWORD, 0, 8, PSA_SUCCESS, 64},
    {"no type", PSA_KEY_TYPE_NONE, 0, 16, PSA_ERROR_NOT_SUPPORTED, 0},
    {"a type of nobody", 0x7fff, 0, 16, PSA_ERROR_NOT_SUPPORTED, 0},
    {"P-256", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 256, 32, PSA_SUCCESS, 256},
    {"P-256 of 31 bytes", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 256, 31,
     PSA_ERROR_INVALID_ARGUMENT, 0},
    {"X25519", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY), 255, 32, PSA_SUCCESS, 255},
    {"a point that is none", PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1), 256, 65,
     PSA_ERROR_INVALID_ARGUMENT, 0},
    {"RSA that is no DER", PSA_KEY_TYPE_RSA_KEY_PAIR, 0, 100, PSA_ERROR_INVALID_ARGUMENT, 0},
};

static void check_imported(const struct import *row, psa_key_id_t key, const uint8_t *material)
{
    psa_key_attributes_t found = PSA_KEY_ATTRIBUTES_INIT;
    uint8_t bytes[128];
    size_t size = 7;

    GOOD(psa_get_key_attributes, key, &found);
    SAME(psa_get_key_type(&found), row->type);
    SAME(psa_get_key_bits(&found), row->bits_then);
    SAME(psa_get_key_lifetime(&found), PSA_KEY_LIFETIME_VOLATILE);
    SAME(psa_get_key_usage_flags(&found), PSA_KEY_USAGE_EXPORT);
    GOOD(psa_export_key, key, bytes, sizeof(bytes), &size);
    SAME(size, row->size);
    SAME(size <= PSA_EXPORT_KEY_OUTPUT_SIZE(row->type, row->bits_then), 1);
    if (row->type != PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY)) /* bits are set */
        SAME_BYTES(bytes, material, row->size);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_export_key, key, bytes, row->size - 1, &size);
    GOOD(psa_destroy_key, key);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_export_key, key, bytes, sizeof(bytes), &size);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_get_key_attributes, key, &found);
    SAME(psa_get_key_type(&found), PSA_KEY_TYPE_NONE);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_destroy_key, key);
}

static void imports(void)
{
    uint8_t material[128];

    for (size_t i = 0; i < sizeof(material); i++)
        material[i] = (uint8_t)(i + 1);
    for (size_t i = 0; i < COUNT(IMPORTS); i++) {
        const struct import *row = &IMPORTS[i];
        psa_key_attributes_t attributes =
            attributes_of(row->type, row->bits, PSA_KEY_USAGE_EXPORT, PSA_ALG_NONE);
        psa_key_id_t key = 77;

        book.what = row->name;
        WANT(row->status, psa_import_key, &attributes, material, row->size, &key);
        if (row->status == PSA_SUCCESS) {
            check_imported(row, key, material);
        } else {
            SAME(key, PSA_KEY_ID_NULL);
        }
    }
    book.what = NULL;
}

static void attributes_that_are_none(void)
{
    psa_key_attributes_t attributes = attributes_of(PSA_KEY_TYPE_AES, 128, BOTH, PSA_ALG_CTR);
    psa_key_id_t key = 77;

    psa_set_key_lifetime(&attributes, PSA_KEY_LIFETIME_PERSISTENT); /* and no id */
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_import_key, &attributes, KEY, sizeof(KEY), &key);
    SAME(key, 0);
    psa_set_key_id(&attributes, PSA_KEY_ID_VENDOR_MIN);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_generate_key, &attributes, &key);
    psa_set_key_id(&attributes, 5);
    psa_set_key_lifetime(&attributes, PSA_KEY_LIFETIME_FROM_PERSISTENCE_AND_LOCATION(
                                          PSA_KEY_PERSISTENCE_DEFAULT, 0x123456));
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_import_key, &attributes, KEY, sizeof(KEY), &key);
    attributes = attributes_of(PSA_KEY_TYPE_AES, 128, UINT32_C(0x80000000) | BOTH, PSA_ALG_CTR);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_import_key, &attributes, KEY, sizeof(KEY), &key);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_generate_key, &attributes, &key);
    SAME(key, 0);
}

static void no_export(void)
{
    psa_key_id_t key = import_as(MINE, PSA_KEY_TYPE_AES, BOTH, PSA_ALG_CTR, KEY, sizeof(KEY));
    uint8_t bytes[16] = {0};
    static const uint8_t nothing[16];
    size_t size = 9;

    WANT(PSA_ERROR_NOT_PERMITTED, psa_export_key, key, bytes, sizeof(bytes), &size);
    SAME_BYTES(bytes, nothing, sizeof(bytes));
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_export_public_key, key, bytes, sizeof(bytes), &size);
    GOOD(psa_destroy_key, key);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_export_public_key, key, bytes, sizeof(bytes), &size);
}

/* ---- generated ---- */

static const struct generated {
    const char *name;
    psa_key_type_t type;
    size_t bits;
    psa_status_t status;
} GENERATED[] = {
    {"AES-128", PSA_KEY_TYPE_AES, 128, PSA_SUCCESS},
    {"AES-256", PSA_KEY_TYPE_AES, 256, PSA_SUCCESS},
    {"AES-127", PSA_KEY_TYPE_AES, 127, PSA_ERROR_INVALID_ARGUMENT},
    {"AES-0", PSA_KEY_TYPE_AES, 0, PSA_ERROR_INVALID_ARGUMENT},
    {"HMAC", PSA_KEY_TYPE_HMAC, 256, PSA_SUCCESS},
    {"raw data", PSA_KEY_TYPE_RAW_DATA, 8000, PSA_SUCCESS},
    {"raw data, 3 bits", PSA_KEY_TYPE_RAW_DATA, 3, PSA_ERROR_INVALID_ARGUMENT},
    {"P-256", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 256, PSA_SUCCESS},
    {"P-384", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 384, PSA_SUCCESS},
    {"P-521", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 521, PSA_SUCCESS},
    {"P-256, public", PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1), 256,
     PSA_ERROR_INVALID_ARGUMENT},
    {"P-257", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 257, PSA_ERROR_NOT_SUPPORTED},
    {"X25519", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY), 255, PSA_SUCCESS},
    {"RSA-1024", PSA_KEY_TYPE_RSA_KEY_PAIR, 1024, PSA_SUCCESS},
    {"RSA, public", PSA_KEY_TYPE_RSA_PUBLIC_KEY, 1024, PSA_ERROR_INVALID_ARGUMENT},
    {"a type of nobody", 0x7fff, 128, PSA_ERROR_NOT_SUPPORTED},
};

static void check_generated(const struct generated *row, psa_key_id_t key)
{
    static uint8_t bytes[2][PSA_EXPORT_KEY_PAIR_MAX_SIZE];
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    size_t size[2] = {0};
    psa_key_id_t other = 0;

    GOOD(psa_get_key_attributes, key, &attributes);
    SAME(psa_get_key_bits(&attributes), row->bits);
    SAME(psa_get_key_type(&attributes), row->type);
    GOOD(psa_export_key, key, bytes[0], sizeof(bytes[0]), &size[0]);
    SAME(size[0] > 0 && size[0] <= PSA_EXPORT_KEY_OUTPUT_SIZE(row->type, row->bits), 1);
    if (PSA_KEY_TYPE_IS_KEY_PAIR(row->type)) {
        GOOD(psa_export_public_key, key, bytes[1], sizeof(bytes[1]), &size[1]);
        SAME(size[1] <= PSA_EXPORT_PUBLIC_KEY_OUTPUT_SIZE(row->type, row->bits), 1);
        WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_export_public_key, key, bytes[1], size[1] - 1,
             &size[1]);
    } else {
        attributes = attributes_of(row->type, row->bits, PSA_KEY_USAGE_EXPORT, PSA_ALG_NONE);
        GOOD(psa_generate_key, &attributes, &other);
        GOOD(psa_export_key, other, bytes[1], sizeof(bytes[1]), &size[1]);
        SAME(size[1], size[0]);
        SAME(memcmp(bytes[0], bytes[1], size[0]) != 0, 1);
        GOOD(psa_destroy_key, other);
    }
    GOOD(psa_destroy_key, key);
}

static void generates(void)
{
    for (size_t i = 0; i < COUNT(GENERATED); i++) {
        const struct generated *row = &GENERATED[i];
        psa_key_attributes_t attributes =
            attributes_of(row->type, row->bits, PSA_KEY_USAGE_EXPORT, PSA_ALG_NONE);
        psa_key_id_t key = 77;

        book.what = row->name;
        WANT(row->status, psa_generate_key, &attributes, &key);
        if (row->status == PSA_SUCCESS) {
            check_generated(row, key);
        } else {
            SAME(key, 0);
        }
    }
    book.what = NULL;
}

static void random_bytes(void)
{
    static const uint8_t nothing[64];
    uint8_t bytes[2][64] = {{0}};

    GOOD(psa_generate_random, bytes[0], sizeof(bytes[0]));
    GOOD(psa_generate_random, bytes[1], sizeof(bytes[1]));
    GOOD(psa_generate_random, bytes[0], 0);
    SAME(memcmp(bytes[0], nothing, 64) != 0 && memcmp(bytes[1], nothing, 64) != 0, 1);
    SAME(memcmp(bytes[0], bytes[1], 64) != 0, 1);
}

/* ---- copies ---- */

static const psa_key_usage_t COPY = PSA_KEY_USAGE_COPY, EXPORT = PSA_KEY_USAGE_EXPORT;

static const struct copy {
    const char *name;
    psa_key_usage_t usage, wanted;
    psa_key_type_t type; /* that the copy is to have */
    size_t bits;
    psa_algorithm_t alg, wanted_alg;
    psa_status_t status;
    psa_key_usage_t usage_then;
    psa_algorithm_t alg_then;
} COPIES[] = {
    {"all", COPY | EXPORT, COPY | EXPORT, PSA_KEY_TYPE_AES, 128, PSA_ALG_CTR, PSA_ALG_CTR,
     PSA_SUCCESS, COPY | EXPORT, PSA_ALG_CTR},
    {"type and size left out", COPY | EXPORT, COPY | EXPORT, 0, 0, PSA_ALG_CTR, PSA_ALG_CTR,
     PSA_SUCCESS, COPY | EXPORT, PSA_ALG_CTR},
    {"uses that both allow", COPY | PSA_KEY_USAGE_DECRYPT,
     COPY | PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT, PSA_KEY_TYPE_AES, 128, PSA_ALG_CTR,
     PSA_ALG_CTR, PSA_SUCCESS, COPY | PSA_KEY_USAGE_DECRYPT, PSA_ALG_CTR},
    {"no export gained", COPY, COPY | EXPORT, PSA_KEY_TYPE_AES, 128, PSA_ALG_CTR, PSA_ALG_CTR,
     PSA_SUCCESS, COPY, PSA_ALG_CTR},
    {"not to be copied", EXPORT, COPY | EXPORT, PSA_KEY_TYPE_AES, 128, PSA_ALG_CTR, PSA_ALG_CTR,
     PSA_ERROR_NOT_PERMITTED, 0, 0},
    {"another type", COPY | EXPORT, COPY | EXPORT, PSA_KEY_TYPE_DES, 128, PSA_ALG_CTR, PSA_ALG_CTR,
     PSA_ERROR_INVALID_ARGUMENT, 0, 0},
    {"another size", COPY | EXPORT, COPY | EXPORT, PSA_KEY_TYPE_AES, 127, PSA_ALG_CTR, PSA_ALG_CTR,
     PSA_ERROR_INVALID_ARGUMENT, 0, 0},
    {"another algorithm", COPY, COPY, PSA_KEY_TYPE_AES, 128, PSA_ALG_CTR, PSA_ALG_GCM,
     PSA_ERROR_INVALID_ARGUMENT, 0, 0},
    {"a tag of less wildness", COPY, COPY, PSA_KEY_TYPE_AES, 128,
     PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 8),
     PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 12), PSA_SUCCESS, COPY,
     PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 12)},
    {"a tag that the wildcard allows", COPY, COPY, PSA_KEY_TYPE_AES, 128,
     PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 8), PSA_ALG_GCM, PSA_SUCCESS, COPY,
     PSA_ALG_GCM},
};

static void copies(void)
{
    for (size_t i = 0; i < COUNT(COPIES); i++) {
        const struct copy *row = &COPIES[i];
        psa_key_attributes_t attributes =
            attributes_of(row->type, row->bits, row->wanted, row->wanted_alg);
        psa_key_id_t key, copy = 77;
        uint8_t bytes[16];
        size_t size;

        book.what = row->name;
        key = import_as(MINE, PSA_KEY_TYPE_AES, row->usage, row->alg, KEY, sizeof(KEY));
        WANT(row->status, psa_copy_key, key, &attributes, &copy);
        GOOD(psa_destroy_key, key);
        if (row->status != PSA_SUCCESS) {
            SAME(copy, 0);
            continue;
        }
        psa_reset_key_attributes(&attributes);
        GOOD(psa_get_key_attributes, copy, &attributes);
        SAME(psa_get_key_usage_flags(&attributes), row->usage_then);
        SAME(psa_get_key_algorithm(&attributes), row->alg_then);
        SAME(psa_get_key_bits(&attributes), 128);
        SAME(psa_get_key_type(&attributes), PSA_KEY_TYPE_AES);
        if ((row->usage_then & EXPORT) != 0) {
            GOOD(psa_export_key, copy, bytes, sizeof(bytes), &size);
            SAME_BYTES(bytes, KEY, 16);
        } else {
            WANT(PSA_ERROR_NOT_PERMITTED, psa_export_key, copy, bytes, sizeof(bytes), &size);
        }
        GOOD(psa_destroy_key, copy);
        WANT(PSA_ERROR_INVALID_HANDLE, psa_copy_key, key, &attributes, &copy);
    }
    book.what = NULL;
}

/* Whoever signs hashes signs messages, and attributes say so. */
static void implied_uses(void)
{
    psa_key_attributes_t attributes = attributes_of(
        PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 256,
        PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    psa_key_id_t key = 0;

    GOOD(psa_generate_key, &attributes, &key);
    psa_reset_key_attributes(&attributes);
    GOOD(psa_get_key_attributes, key, &attributes);
    SAME(psa_get_key_usage_flags(&attributes), PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH |
                                                   PSA_KEY_USAGE_SIGN_MESSAGE |
                                                   PSA_KEY_USAGE_VERIFY_MESSAGE);
    GOOD(psa_destroy_key, key);
}

/* A use that is for other implementations to act on: attributes have it, a copy if its source has.
 */
static void caches(void)
{
    static const psa_key_usage_t USAGE = PSA_KEY_USAGE_CACHE | PSA_KEY_USAGE_COPY;
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_AES, 128, USAGE | PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CTR);
    psa_key_attributes_t found = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = 0, copy = 0, plain = 0;

    GOOD(psa_generate_key, &attributes, &key);
    GOOD(psa_copy_key, key, &attributes, &copy);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_COPY);
    GOOD(psa_copy_key, key, &attributes, &plain);
    GOOD(psa_get_key_attributes, copy, &found);
    SAME(psa_get_key_usage_flags(&found), USAGE | PSA_KEY_USAGE_ENCRYPT);
    GOOD(psa_purge_key, copy);
    GOOD(psa_destroy_key, copy);
    psa_set_key_usage_flags(&attributes, USAGE);
    GOOD(psa_copy_key, plain, &attributes, &copy);
    GOOD(psa_get_key_attributes, copy, &found);
    SAME(psa_get_key_usage_flags(&found), PSA_KEY_USAGE_COPY);
    GOOD(psa_destroy_key, copy);
    GOOD(psa_destroy_key, plain);
    GOOD(psa_destroy_key, key);
}

/* ---- ids ---- */

static void ids(void)
{
    static const psa_key_id_t NOBODYS[] = {1,          0x3fffffff, 0x40000000, 0x400003e7,
                                           0x60000000, 0x600003e7, 0x7fffffff, 0x80000000,
                                           0xdead,     0xffffffff};
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key;
    uint8_t bytes[16];
    size_t size;

    GOOD(psa_destroy_key, PSA_KEY_ID_NULL);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_purge_key, PSA_KEY_ID_NULL);
    for (size_t i = 0; i < COUNT(NOBODYS); i++) {
        WANT(PSA_ERROR_INVALID_HANDLE, psa_get_key_attributes, NOBODYS[i], &attributes);
        WANT(PSA_ERROR_INVALID_HANDLE, psa_export_key, NOBODYS[i], bytes, sizeof(bytes), &size);
        WANT(PSA_ERROR_INVALID_HANDLE, psa_destroy_key, NOBODYS[i]);
        WANT(PSA_ERROR_INVALID_HANDLE, psa_purge_key, NOBODYS[i]);
        WANT(PSA_ERROR_INVALID_HANDLE, psa_copy_key, NOBODYS[i], &attributes, &key);
        SAME(key, 0);
    }
    key = import_as(MINE, PSA_KEY_TYPE_AES, EXPORT, PSA_ALG_CTR, KEY, sizeof(KEY));
    GOOD(psa_purge_key, key);
    GOOD(psa_export_key, key, bytes, sizeof(bytes), &size);
    GOOD(psa_destroy_key, key);
}

/* ---- kept keys ---- */

static void kept(void)
{
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_AES, 128, EXPORT | COPY, PSA_ALG_CTR);
    psa_key_id_t key =
        import_as(KEPT, PSA_KEY_TYPE_AES, EXPORT | COPY, PSA_ALG_CTR, KEY, sizeof(KEY));
    psa_key_id_t other = 77;
    uint8_t bytes[16];
    size_t size;

    GOOD(psa_purge_key, key);
    psa_set_key_id(&attributes, KEPT_ID);
    WANT(PSA_ERROR_ALREADY_EXISTS, psa_import_key, &attributes, KEY, sizeof(KEY), &other);
    WANT(PSA_ERROR_ALREADY_EXISTS, psa_generate_key, &attributes, &other);
    WANT(PSA_ERROR_ALREADY_EXISTS, psa_copy_key, key, &attributes, &other);
    psa_set_key_id(&attributes, KEPT_ID + 1);
    GOOD(psa_copy_key, key, &attributes, &other);
    SAME(other, KEPT_ID + 1);
    psa_reset_key_attributes(&attributes);
    GOOD(psa_get_key_attributes, other, &attributes);
    SAME(psa_get_key_lifetime(&attributes), PSA_KEY_LIFETIME_PERSISTENT);
    SAME(psa_get_key_id(&attributes), KEPT_ID + 1);
    GOOD(psa_destroy_key, key);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_export_key, key, bytes, sizeof(bytes), &size);
    GOOD(psa_export_key, other, bytes, sizeof(bytes), &size);
    SAME_BYTES(bytes, KEY, 16);
    GOOD(psa_destroy_key, other);
    psa_set_key_id(&attributes, KEPT_ID);
    GOOD(psa_generate_key, &attributes, &key);
    GOOD(psa_destroy_key, key);
}

int main(void)
{
    GOOD(psa_crypto_init);
    GOOD(psa_crypto_init);
    imports();
    attributes_that_are_none();
    no_export();
    generates();
    random_bytes();
    copies();
    implied_uses();
    caches();
    ids();
    kept();
    return end_of_book();
}
