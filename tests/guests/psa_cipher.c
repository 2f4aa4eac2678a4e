/* SPDX-License-Identifier: MIT */

/* Ciphers without authentication: vectors of the standards, in one call and in many, with the
 * program's own keys and with kept ones; and what has to be refused. */

#include "psa_check.h"

static const uint8_t TEXT[64] = "sixty-four bytes that some calls below get for their input, here";

/* ---- ciphers ---- */

/* SP 800-38A F.1.1, F.2.1, F.2.5, F.5.1, F.3.13, F.4.1; RFC 3713 appendix A, RFC 5794 appendix
 * A.1, RFC 8439 A.1 vector 1. */
static const struct cipher {
    const char *name;
    psa_key_type_t type;
    psa_algorithm_t alg;
    const char *key, *iv, *plain, *sealed;
} CIPHERS[] = {
    {"AES-128-ECB", PSA_KEY_TYPE_AES, PSA_ALG_ECB_NO_PADDING, "2b7e151628aed2a6abf7158809cf4f3c",
     "", "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
     "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"},
    {"AES-128-CBC", PSA_KEY_TYPE_AES, PSA_ALG_CBC_NO_PADDING, "2b7e151628aed2a6abf7158809cf4f3c",
     "000102030405060708090a0b0c0d0e0f",
     "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
     "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"},
    {"AES-256-CBC", PSA_KEY_TYPE_AES, PSA_ALG_CBC_NO_PADDING,
     "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
     "000102030405060708090a0b0c0d0e0f", "6bc1bee22e409f96e93d7e117393172a",
     "f58c4c04d6e5f1ba779eabfb5f7bfbd6"},
    {"AES-128-CTR", PSA_KEY_TYPE_AES, PSA_ALG_CTR, "2b7e151628aed2a6abf7158809cf4f3c",
     "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
     "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"},
    {"AES-128-CTR, not whole blocks", PSA_KEY_TYPE_AES, PSA_ALG_CTR,
     "2b7e151628aed2a6abf7158809cf4f3c", "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "6bc1bee22e409f96e93d7e117393172aae2d8a", "874d6191b620e3261bef6864990db6ce9806f6"},
    {"AES-128-CFB", PSA_KEY_TYPE_AES, PSA_ALG_CFB, "2b7e151628aed2a6abf7158809cf4f3c",
     "000102030405060708090a0b0c0d0e0f",
     "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
     "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"},
    {"AES-128-OFB", PSA_KEY_TYPE_AES, PSA_ALG_OFB, "2b7e151628aed2a6abf7158809cf4f3c",
     "000102030405060708090a0b0c0d0e0f",
     "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
     "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825"},
    {"Camellia-128-ECB", PSA_KEY_TYPE_CAMELLIA, PSA_ALG_ECB_NO_PADDING,
     "0123456789abcdeffedcba9876543210", "", "0123456789abcdeffedcba9876543210",
     "67673138549669730857065648eabe43"},
    {"ARIA-128-ECB", PSA_KEY_TYPE_ARIA, PSA_ALG_ECB_NO_PADDING, "000102030405060708090a0b0c0d0e0f",
     "", "00112233445566778899aabbccddeeff", "d718fbd6ab644c739da95f3be6451778"},
    {"ChaCha20", PSA_KEY_TYPE_CHACHA20, PSA_ALG_STREAM_CIPHER,
     "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "00000000000000000000000000000000", "76b8e0ada0f13d90405d6ae55386bd28"},
};

static const psa_key_usage_t CIPHER_USE = PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT;

/* Both ways, `step` bytes at once. */
static void cipher_in_pieces(const struct cipher *row, psa_key_id_t key, bool encrypt, size_t step)
{
    struct bytes iv = hex(row->iv), input = hex(encrypt ? row->plain : row->sealed),
                 wanted = hex(encrypt ? row->sealed : row->plain);
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    uint8_t output[128];
    size_t used = 0, size;

    if (encrypt) {
        GOOD(psa_cipher_encrypt_setup, &operation, key, row->alg);
    } else {
        GOOD(psa_cipher_decrypt_setup, &operation, key, row->alg);
    }
    if (iv.size > 0)
        GOOD(psa_cipher_set_iv, &operation, iv.data, iv.size);
    for (size_t at = 0; at < input.size; at += step) {
        size_t piece = at + step < input.size ? step : input.size - at;

        GOOD(psa_cipher_update, &operation, input.data + at, piece, output + used,
             sizeof(output) - used, &size);
        used += size;
    }
    GOOD(psa_cipher_finish, &operation, output + used, sizeof(output) - used, &size);
    SAME(used + size, wanted.size);
    SAME_BYTES(output, wanted.data, wanted.size);
    WANT(PSA_ERROR_BAD_STATE, psa_cipher_finish, &operation, output, sizeof(output), &size);
    GOOD(psa_cipher_abort, &operation);
}

/* In one call the IV is made for the program, and comes before the rest. */
static void cipher_at_once(const struct cipher *row, psa_key_id_t key)
{
    struct bytes plain = hex(row->plain), iv = hex(row->iv), sealed = hex(row->sealed);
    uint8_t output[2][128], back[128];
    size_t size[2], back_size,
        room = PSA_CIPHER_ENCRYPT_OUTPUT_SIZE(row->type, row->alg, plain.size);

    for (size_t i = 0; i < 2; i++) {
        GOOD(psa_cipher_encrypt, key, row->alg, plain.data, plain.size, output[i], room, &size[i]);
        SAME(size[i], iv.size + plain.size);
        GOOD(psa_cipher_decrypt, key, row->alg, output[i], size[i], back, sizeof(back), &back_size);
        SAME(back_size, plain.size);
        SAME_BYTES(back, plain.data, plain.size);
    }
    if (iv.size > 0)
        SAME(memcmp(output[0], output[1], iv.size) != 0, 1);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_cipher_encrypt, key, row->alg, plain.data, plain.size,
         output[0], size[0] - 1, &size[0]);
    memcpy(iv.data + iv.size, sealed.data, sealed.size);
    GOOD(psa_cipher_decrypt, key, row->alg, iv.data, iv.size + sealed.size, back, sizeof(back),
         &back_size);
    SAME_BYTES(back, plain.data, plain.size);
}

static void ciphers(enum side side)
{
    for (size_t i = 0; i < COUNT(CIPHERS); i++) {
        const struct cipher *row = &CIPHERS[i];
        struct bytes material = hex(row->key);
        psa_key_id_t key;
        uint8_t output[64];
        size_t size;

        book.what = row->name;
        key = import_as(side, row->type, CIPHER_USE, row->alg, material.data, material.size);
        for (size_t step = 1; step <= 32; step += 5) {
            cipher_in_pieces(row, key, true, step);
            cipher_in_pieces(row, key, false, step);
        }
        cipher_at_once(row, key);
        GOOD(psa_destroy_key, key);
        WANT(PSA_ERROR_INVALID_HANDLE, psa_cipher_encrypt, key, row->alg, TEXT, 16, output,
             sizeof(output), &size);
    }
    book.what = NULL;
}

/* PKCS #7 (RFC 5652, 6.3): each length of padding, and padding that is none. */
static void padding(enum side side)
{
    psa_key_id_t key = import_as(side, PSA_KEY_TYPE_AES, CIPHER_USE, PSA_ALG_CBC_PKCS7, TEXT, 16);
    uint8_t sealed[128], back[128];
    size_t size, back_size;

    for (size_t length = 0; length <= 33; length++) {
        GOOD(psa_cipher_encrypt, key, PSA_ALG_CBC_PKCS7, TEXT, length, sealed,
             PSA_CIPHER_ENCRYPT_OUTPUT_SIZE(PSA_KEY_TYPE_AES, PSA_ALG_CBC_PKCS7, length), &size);
        SAME(size, 16 + length / 16 * 16 + 16);
        GOOD(psa_cipher_decrypt, key, PSA_ALG_CBC_PKCS7, sealed, size, back, sizeof(back),
             &back_size);
        SAME(back_size, length);
        SAME_BYTES(back, TEXT, length);
    }
    sealed[size - 17] ^= 0x80; /* the last byte of the padding */
    WANT(PSA_ERROR_INVALID_PADDING, psa_cipher_decrypt, key, PSA_ALG_CBC_PKCS7, sealed, size, back,
         sizeof(back), &back_size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_cipher_decrypt, key, PSA_ALG_CBC_PKCS7, sealed, size - 1,
         back, sizeof(back), &back_size);
    GOOD(psa_destroy_key, key);
}

static void cipher_refusals(enum side side)
{
    psa_key_id_t key =
        import_as(side, PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CTR, TEXT, 16);
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    uint8_t output[64];
    size_t size;

    WANT(PSA_ERROR_NOT_PERMITTED, psa_cipher_decrypt, key, PSA_ALG_CTR, TEXT, 32, output, 64,
         &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_cipher_decrypt_setup, &operation, key, PSA_ALG_CTR);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_cipher_encrypt_setup, &operation, key, PSA_ALG_OFB);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_cipher_encrypt_setup, &operation, key, PSA_ALG_GCM);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_cipher_encrypt_setup, &operation, 0, PSA_ALG_CTR);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_cipher_decrypt_setup, &operation, 0xdead, PSA_ALG_CTR);
    WANT(PSA_ERROR_BAD_STATE, psa_cipher_set_iv, &operation, TEXT, 16);
    WANT(PSA_ERROR_BAD_STATE, psa_cipher_generate_iv, &operation, output, 16, &size);
    WANT(PSA_ERROR_BAD_STATE, psa_cipher_update, &operation, TEXT, 16, output, 64, &size);
    WANT(PSA_ERROR_BAD_STATE, psa_cipher_finish, &operation, output, 64, &size);
    GOOD(psa_cipher_encrypt_setup, &operation, key, PSA_ALG_CTR);
    WANT(PSA_ERROR_BAD_STATE, psa_cipher_encrypt_setup, &operation, key, PSA_ALG_CTR);
    GOOD(psa_cipher_abort, &operation);
    GOOD(psa_cipher_encrypt_setup, &operation, key, PSA_ALG_CTR);
    WANT(PSA_ERROR_BAD_STATE, psa_cipher_update, &operation, TEXT, 16, output, 64,
         &size); /* no IV */
    GOOD(psa_cipher_abort, &operation);
    GOOD(psa_cipher_encrypt_setup, &operation, key, PSA_ALG_CTR);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_cipher_set_iv, &operation, TEXT, 17);
    GOOD(psa_cipher_abort, &operation);
    GOOD(psa_cipher_encrypt_setup, &operation, key, PSA_ALG_CTR);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_cipher_generate_iv, &operation, output, 15, &size);
    GOOD(psa_cipher_abort, &operation);
    /* an IV is there once: it cannot be set, or made, again */
    GOOD(psa_cipher_encrypt_setup, &operation, key, PSA_ALG_CTR);
    GOOD(psa_cipher_generate_iv, &operation, output, sizeof(output), &size);
    SAME(size, 16);
    WANT(PSA_ERROR_BAD_STATE, psa_cipher_set_iv, &operation, output, 16);
    GOOD(psa_cipher_abort, &operation);
    GOOD(psa_cipher_encrypt_setup, &operation, key, PSA_ALG_CTR);
    GOOD(psa_cipher_set_iv, &operation, TEXT, 16);
    WANT(PSA_ERROR_BAD_STATE, psa_cipher_generate_iv, &operation, output, sizeof(output), &size);
    GOOD(psa_cipher_abort, &operation);
    GOOD(psa_cipher_encrypt_setup, &operation, key, PSA_ALG_CTR);
    GOOD(psa_cipher_set_iv, &operation, TEXT, 16);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_cipher_update, &operation, TEXT, 17, output, 16, &size);
    SAME(size, 0);
    GOOD(psa_cipher_abort, &operation);
    GOOD(psa_destroy_key, key);
    key = import_as(side, PSA_KEY_TYPE_AES, CIPHER_USE, PSA_ALG_CBC_NO_PADDING, TEXT, 16);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_cipher_encrypt, key, PSA_ALG_CBC_NO_PADDING, TEXT, 17,
         output, sizeof(output), &size);
    GOOD(psa_cipher_encrypt_setup, &operation, key, PSA_ALG_CBC_NO_PADDING);
    GOOD(psa_cipher_set_iv, &operation, TEXT, 16);
    GOOD(psa_cipher_update, &operation, TEXT, 17, output, sizeof(output), &size);
    SAME(size, 16);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_cipher_finish, &operation, output, sizeof(output), &size);
    GOOD(psa_cipher_abort, &operation);
    GOOD(psa_destroy_key, key);
}

/* What a key is for does not make another family of it. */
static void other_family(enum side side)
{
    psa_key_id_t gcm = import_as(MINE, PSA_KEY_TYPE_AES, CIPHER_USE, PSA_ALG_GCM, TEXT, 16);
    psa_key_id_t ctr = import_as(side, PSA_KEY_TYPE_AES, CIPHER_USE, PSA_ALG_CTR, TEXT, 16);
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    uint8_t output[64];
    size_t size;

    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_cipher_encrypt_setup, &operation, gcm, PSA_ALG_GCM);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_cipher_decrypt_setup, &operation, gcm, PSA_ALG_GCM);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_cipher_encrypt, gcm, PSA_ALG_GCM, TEXT, 16, output, 64,
         &size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_cipher_decrypt, gcm, PSA_ALG_GCM, TEXT, 48, output, 64,
         &size);
    GOOD(psa_destroy_key, gcm);
    GOOD(psa_destroy_key, ctr);
    ctr = import_as(side, PSA_KEY_TYPE_RAW_DATA, CIPHER_USE, PSA_ALG_CTR, TEXT, 16);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_cipher_encrypt_setup, &operation, ctr, PSA_ALG_CTR);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_cipher_decrypt_setup, &operation, ctr, PSA_ALG_CTR);
    GOOD(psa_destroy_key, ctr);
    ctr = import_as(side, PSA_KEY_TYPE_AES, CIPHER_USE, PSA_ALG_CMAC, TEXT, 16);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_cipher_encrypt_setup, &operation, ctr, PSA_ALG_CMAC);
    GOOD(psa_destroy_key, ctr);
}

/* The key of an operation that goes on may be destroyed: then the operation is over, or has a copy;
 * nothing else. */
static void destroyed_meanwhile(enum side side)
{
    psa_key_id_t key = import_as(side, PSA_KEY_TYPE_AES, CIPHER_USE, PSA_ALG_CTR, TEXT, 16);
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    uint8_t output[64];
    psa_status_t status;
    size_t size;

    GOOD(psa_cipher_encrypt_setup, &operation, key, PSA_ALG_CTR);
    GOOD(psa_cipher_set_iv, &operation, TEXT, 16);
    GOOD(psa_destroy_key, key);
    status = psa_cipher_update(&operation, TEXT, 16, output, sizeof(output), &size);
    SAME(status == PSA_SUCCESS || status == PSA_ERROR_BAD_STATE ||
             status == PSA_ERROR_INVALID_HANDLE,
         1);
    GOOD(psa_cipher_abort, &operation);
}

int main(void)
{
    GOOD(psa_crypto_init);
    for (enum side side = MINE; side <= KEPT; side++) {
        printf("side %s\n", SIDES[side]);
        ciphers(side);
        padding(side);
        cipher_refusals(side);
        other_family(side);
        destroyed_meanwhile(side);
    }
    return end_of_book();
}
