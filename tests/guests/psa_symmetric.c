/* SPDX-License-Identifier: MIT */

/* Hashes, MACs, ciphers and authenticated encryption: vectors of the standards, in one call and in
 * many, with the program's own keys and with kept ones; and what has to be refused. */

#include "psa_check.h"

enum { OPERATIONS = 128 }; /* VC_PSA_OPERATIONS_MAX */

static const uint8_t TEXT[64] = "sixty-four bytes that some calls below get for their input, here";

/* ---- hashes ---- */

/* Of "abc": FIPS 180-4 and 202 (NIST's examples), RFC 1321, and RIPEMD-160's own page. */
static const struct hash {
    const char *name;
    psa_algorithm_t alg;
    const char *digest;
} HASHES[] = {
    {"MD5", PSA_ALG_MD5, "900150983cd24fb0d6963f7d28e17f72"},
    {"RIPEMD-160", PSA_ALG_RIPEMD160, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
    {"SHA-1", PSA_ALG_SHA_1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {"SHA-224", PSA_ALG_SHA_224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
    {"SHA-256", PSA_ALG_SHA_256,
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"SHA-384", PSA_ALG_SHA_384,
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
     "8086072ba1e7cc2358baeca134c825a7"},
    {"SHA-512", PSA_ALG_SHA_512,
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {"SHA3-224", PSA_ALG_SHA3_224, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"},
    {"SHA3-256", PSA_ALG_SHA3_256,
     "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
    {"SHA3-512", PSA_ALG_SHA3_512,
     "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
     "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
};

static void hash_in_pieces(const struct hash *row, const struct bytes *digest)
{
    psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT, copy = PSA_HASH_OPERATION_INIT;
    uint8_t found[PSA_HASH_MAX_SIZE];
    size_t size;

    GOOD(psa_hash_setup, &operation, row->alg);
    GOOD(psa_hash_update, &operation, TEXT, 0);
    GOOD(psa_hash_update, &operation, (const uint8_t *)"a", 1);
    GOOD(psa_hash_clone, &operation, &copy);
    WANT(PSA_ERROR_BAD_STATE, psa_hash_clone, &operation, &copy);
    GOOD(psa_hash_update, &operation, (const uint8_t *)"bc", 2);
    GOOD(psa_hash_finish, &operation, found, sizeof(found), &size);
    SAME(size, digest->size);
    SAME_BYTES(found, digest->data, digest->size);
    WANT(PSA_ERROR_BAD_STATE, psa_hash_finish, &operation, found, sizeof(found), &size);
    GOOD(psa_hash_update, &copy, (const uint8_t *)"bc", 2);
    GOOD(psa_hash_verify, &copy, digest->data, digest->size);
    WANT(PSA_ERROR_BAD_STATE, psa_hash_verify, &copy, digest->data, digest->size);
    GOOD(psa_hash_abort, &operation);
    GOOD(psa_hash_abort, &copy);
}

static void hashes(void)
{
    const uint8_t *abc = (const uint8_t *)"abc";

    for (size_t i = 0; i < COUNT(HASHES); i++) {
        const struct hash *row = &HASHES[i];
        struct bytes digest = hex(row->digest);
        uint8_t found[PSA_HASH_MAX_SIZE];
        size_t size = 0;

        book.what = row->name;
        SAME(digest.size, PSA_HASH_LENGTH(row->alg));
        GOOD(psa_hash_compute, row->alg, abc, 3, found, digest.size, &size);
        SAME(size, digest.size);
        SAME_BYTES(found, digest.data, digest.size);
        WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_hash_compute, row->alg, abc, 3, found, digest.size - 1,
             &size);
        GOOD(psa_hash_compare, row->alg, abc, 3, digest.data, digest.size);
        WANT(PSA_ERROR_INVALID_SIGNATURE, psa_hash_compare, row->alg, abc, 2, digest.data,
             digest.size);
        WANT(PSA_ERROR_INVALID_SIGNATURE, psa_hash_compare, row->alg, abc, 3, digest.data,
             digest.size - 1);
        hash_in_pieces(row, &digest);
    }
    book.what = NULL;
}

static void hash_states(void)
{
    psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT, other = PSA_HASH_OPERATION_INIT;
    uint8_t digest[PSA_HASH_MAX_SIZE];
    size_t size;

    WANT(PSA_ERROR_BAD_STATE, psa_hash_update, &operation, TEXT, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_hash_finish, &operation, digest, sizeof(digest), &size);
    WANT(PSA_ERROR_BAD_STATE, psa_hash_verify, &operation, digest, 32);
    WANT(PSA_ERROR_BAD_STATE, psa_hash_clone, &operation, &other);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_hash_setup, &operation, PSA_ALG_HMAC(PSA_ALG_SHA_256));
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_hash_setup, &operation, PSA_ALG_MD4);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_hash_compute, PSA_ALG_CTR, TEXT, 1, digest, sizeof(digest),
         &size);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_hash_compare, PSA_ALG_SM3, TEXT, 1, digest, 32);
    GOOD(psa_hash_setup, &operation, PSA_ALG_SHA_256);
    WANT(PSA_ERROR_BAD_STATE, psa_hash_setup, &operation, PSA_ALG_SHA_256);
    GOOD(psa_hash_abort, &operation);
    GOOD(psa_hash_setup, &operation, PSA_ALG_SHA_256);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_hash_finish, &operation, digest, 31, &size);
    GOOD(psa_hash_abort, &operation);
    GOOD(psa_hash_setup, &operation, PSA_ALG_SHA_256);
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_hash_verify, &operation, digest, 32);
    GOOD(psa_hash_abort, &operation);
}

/* ---- MACs ---- */

/* RFC 4231 test cases 1 and 4, RFC 4493 examples 2 and 3, RFC 2202 test case 1. */
static const struct mac {
    const char *name;
    psa_key_type_t type;
    psa_algorithm_t alg;
    const char *key, *input, *mac;
} MACS[] = {
    {"HMAC-SHA-256", PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_256),
     "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"HMAC-SHA-512", PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_512),
     "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
     "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
    {"HMAC-SHA-224", PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_224),
     "0102030405060708090a0b0c0d0e0f10111213141516171819",
     "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
     "cdcdcdcdcd",
     "6c11506874013cac6a2abc1bb382627cec6a90d86efc012de7afec5a"},
    {"HMAC-MD5", PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_MD5), "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
     "4869205468657265", "9294727a3638bb1c13f48ef8158bfc9d"},
    {"HMAC-SHA-256, 16 bytes", PSA_KEY_TYPE_HMAC,
     PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(PSA_ALG_SHA_256), 16),
     "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "b0344c61d8db38535ca8afceaf0bf12b"},
    {"CMAC-AES-128", PSA_KEY_TYPE_AES, PSA_ALG_CMAC, "2b7e151628aed2a6abf7158809cf4f3c",
     "6bc1bee22e409f96e93d7e117393172a", "070a16b46b4d4144f79bdd9dd04a287c"},
    {"CMAC-AES-128, not whole blocks", PSA_KEY_TYPE_AES, PSA_ALG_CMAC,
     "2b7e151628aed2a6abf7158809cf4f3c",
     "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411",
     "dfa66747de9ae63030ca32611497c827"},
};

static const psa_key_usage_t MAC_USE = PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE;

static void mac_in_pieces(const struct mac *row, psa_key_id_t key, const struct bytes *input,
                          struct bytes *mac)
{
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    uint8_t found[PSA_MAC_MAX_SIZE];
    size_t size;

    GOOD(psa_mac_sign_setup, &operation, key, row->alg);
    GOOD(psa_mac_update, &operation, input->data, 3);
    GOOD(psa_mac_update, &operation, input->data + 3, input->size - 3);
    GOOD(psa_mac_sign_finish, &operation, found, sizeof(found), &size);
    SAME(size, mac->size);
    SAME_BYTES(found, mac->data, mac->size);
    WANT(PSA_ERROR_BAD_STATE, psa_mac_update, &operation, input->data, 1);
    GOOD(psa_mac_abort, &operation);
    GOOD(psa_mac_verify_setup, &operation, key, row->alg);
    GOOD(psa_mac_update, &operation, input->data, input->size);
    GOOD(psa_mac_verify_finish, &operation, mac->data, mac->size);
    GOOD(psa_mac_verify_setup, &operation, key, row->alg);
    GOOD(psa_mac_update, &operation, input->data, input->size);
    mac->data[0] ^= 1;
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_mac_verify_finish, &operation, mac->data, mac->size);
    mac->data[0] ^= 1;
    GOOD(psa_mac_abort, &operation);
}

static void macs(enum side side)
{
    for (size_t i = 0; i < COUNT(MACS); i++) {
        const struct mac *row = &MACS[i];
        struct bytes material = hex(row->key), input = hex(row->input), mac = hex(row->mac);
        uint8_t found[PSA_MAC_MAX_SIZE];
        psa_key_id_t key;
        size_t size = 0;

        book.what = row->name;
        key = import_as(side, row->type, MAC_USE, row->alg, material.data, material.size);
        SAME(mac.size, PSA_MAC_LENGTH(row->type, 128, row->alg));
        GOOD(psa_mac_compute, key, row->alg, input.data, input.size, found, mac.size, &size);
        SAME(size, mac.size);
        SAME_BYTES(found, mac.data, mac.size);
        WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_mac_compute, key, row->alg, input.data, input.size,
             found, mac.size - 1, &size);
        GOOD(psa_mac_verify, key, row->alg, input.data, input.size, mac.data, mac.size);
        WANT(PSA_ERROR_INVALID_SIGNATURE, psa_mac_verify, key, row->alg, input.data, input.size - 1,
             mac.data, mac.size);
        WANT(PSA_ERROR_INVALID_SIGNATURE, psa_mac_verify, key, row->alg, input.data, input.size,
             mac.data, mac.size - 1);
        mac_in_pieces(row, key, &input, &mac);
        GOOD(psa_destroy_key, key);
        WANT(PSA_ERROR_INVALID_HANDLE, psa_mac_compute, key, row->alg, input.data, input.size,
             found, mac.size, &size);
    }
    book.what = NULL;
}

static void mac_refusals(enum side side)
{
    const psa_algorithm_t alg = PSA_ALG_HMAC(PSA_ALG_SHA_256);
    psa_key_id_t signs =
        import_as(MINE, PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_SIGN_MESSAGE, alg, TEXT, 32);
    psa_key_id_t verifies =
        import_as(side, PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_VERIFY_MESSAGE, alg, TEXT, 32);
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    uint8_t mac[PSA_MAC_MAX_SIZE];
    size_t size;

    WANT(PSA_ERROR_NOT_PERMITTED, psa_mac_compute, verifies, alg, TEXT, 9, mac, 64, &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_mac_verify, signs, alg, TEXT, 9, mac, 32);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_mac_sign_setup, &operation, verifies, alg);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_mac_verify_setup, &operation, signs, alg);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_mac_compute, signs, PSA_ALG_HMAC(PSA_ALG_SHA_512), TEXT, 9,
         mac, 64, &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_mac_compute, signs, PSA_ALG_TRUNCATED_MAC(alg, 8), TEXT, 9,
         mac, 64, &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_mac_compute, signs, PSA_ALG_SHA_256, TEXT, 9, mac, 64, &size);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_mac_sign_setup, &operation, 0, alg);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_mac_verify_setup, &operation, 0x12345678, alg);
    WANT(PSA_ERROR_BAD_STATE, psa_mac_update, &operation, TEXT, 9);
    WANT(PSA_ERROR_BAD_STATE, psa_mac_sign_finish, &operation, mac, 64, &size);
    WANT(PSA_ERROR_BAD_STATE, psa_mac_verify_finish, &operation, mac, 32);
    GOOD(psa_mac_sign_setup, &operation, signs, alg);
    WANT(PSA_ERROR_BAD_STATE, psa_mac_sign_setup, &operation, signs, alg);
    GOOD(psa_mac_abort, &operation);
    GOOD(psa_mac_sign_setup, &operation, signs, alg);
    WANT(PSA_ERROR_BAD_STATE, psa_mac_verify_finish, &operation, mac, 32);
    GOOD(psa_mac_abort, &operation);
    GOOD(psa_mac_verify_setup, &operation, verifies, alg);
    WANT(PSA_ERROR_BAD_STATE, psa_mac_sign_finish, &operation, mac, 64, &size);
    GOOD(psa_mac_abort, &operation);
    GOOD(psa_mac_sign_setup, &operation, signs, alg);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_mac_sign_finish, &operation, mac, 31, &size);
    GOOD(psa_mac_abort, &operation);
    GOOD(psa_destroy_key, signs);
    GOOD(psa_destroy_key, verifies);
}

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

/* ---- authenticated encryption ---- */

/* GCM: McGrew and Viega, test cases 3, 4 and 13; RFC 3610 packet vector 1; RFC 8439 2.8.2. */
static const struct aead {
    const char *name;
    psa_key_type_t type;
    psa_algorithm_t alg;
    const char *key, *nonce, *more, *plain, *sealed;
} AEADS[] = {
    {"AES-128-GCM", PSA_KEY_TYPE_AES, PSA_ALG_GCM, "feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
     "4d5c2af327cd64a62cf35abd2ba6fab4"},
    {"AES-128-GCM with more", PSA_KEY_TYPE_AES, PSA_ALG_GCM, "feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"AES-256-GCM of nothing", PSA_KEY_TYPE_AES, PSA_ALG_GCM,
     "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"AES-128-GCM, 12 bytes of tag", PSA_KEY_TYPE_AES,
     PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 12), "feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
     "5bc94fbc3221a5db94fae95a"},
    {"AES-128-CCM", PSA_KEY_TYPE_AES, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 8),
     "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf", "00000003020100a0a1a2a3a4a5", "0001020304050607",
     "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
     "588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0"},
    {"ChaCha20-Poly1305", PSA_KEY_TYPE_CHACHA20, PSA_ALG_CHACHA20_POLY1305,
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "070000004041424344454647",
     "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a2049662049"
     "20636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c20"
     "73756e73637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92"
     "728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b"
     "4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"},
};

struct packet {
    struct bytes nonce, more, plain, sealed;
};

static struct packet packet_of(const struct aead *row)
{
    return (struct packet){hex(row->nonce), hex(row->more), hex(row->plain), hex(row->sealed)};
}

static void aead_at_once(const struct aead *row, psa_key_id_t key, struct packet *packet)
{
    uint8_t output[256];
    size_t size = 0;

    GOOD(psa_aead_encrypt, key, row->alg, packet->nonce.data, packet->nonce.size, packet->more.data,
         packet->more.size, packet->plain.data, packet->plain.size, output, packet->sealed.size,
         &size);
    SAME(size, packet->sealed.size);
    SAME(size, PSA_AEAD_ENCRYPT_OUTPUT_SIZE(row->type, row->alg, packet->plain.size));
    SAME_BYTES(output, packet->sealed.data, size);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_aead_encrypt, key, row->alg, packet->nonce.data,
         packet->nonce.size, packet->more.data, packet->more.size, packet->plain.data,
         packet->plain.size, output, packet->sealed.size - 1, &size);
    GOOD(psa_aead_decrypt, key, row->alg, packet->nonce.data, packet->nonce.size, packet->more.data,
         packet->more.size, packet->sealed.data, packet->sealed.size, output, sizeof(output),
         &size);
    SAME(size, packet->plain.size);
    SAME_BYTES(output, packet->plain.data, size);
    /* in place */
    memcpy(output, packet->plain.data, packet->plain.size);
    GOOD(psa_aead_encrypt, key, row->alg, packet->nonce.data, packet->nonce.size, packet->more.data,
         packet->more.size, output, packet->plain.size, output, sizeof(output), &size);
    SAME_BYTES(output, packet->sealed.data, size);
    for (size_t at = 0; at < packet->sealed.size; at += 7) {
        packet->sealed.data[at] ^= 4;
        WANT(PSA_ERROR_INVALID_SIGNATURE, psa_aead_decrypt, key, row->alg, packet->nonce.data,
             packet->nonce.size, packet->more.data, packet->more.size, packet->sealed.data,
             packet->sealed.size, output, sizeof(output), &size);
        SAME(size, 0);
        packet->sealed.data[at] ^= 4;
    }
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_aead_decrypt, key, row->alg, packet->nonce.data,
         packet->nonce.size, TEXT, 1, packet->sealed.data, packet->sealed.size, output,
         sizeof(output), &size);
}

/* Needs lengths before anything else. */
static bool wants_lengths(const struct aead *row)
{
    return PSA_ALG_AEAD_WITH_DEFAULT_LENGTH_TAG(row->alg) == PSA_ALG_CCM;
}

static void aead_begin(const struct aead *row, psa_key_id_t key, const struct packet *packet,
                       bool encrypt, psa_aead_operation_t *operation)
{
    if (encrypt) {
        GOOD(psa_aead_encrypt_setup, operation, key, row->alg);
    } else {
        GOOD(psa_aead_decrypt_setup, operation, key, row->alg);
    }
    if (wants_lengths(row))
        GOOD(psa_aead_set_lengths, operation, packet->more.size, packet->plain.size);
    GOOD(psa_aead_set_nonce, operation, packet->nonce.data, packet->nonce.size);
    for (size_t at = 0; at < packet->more.size; at += 8)
        GOOD(psa_aead_update_ad, operation, packet->more.data + at,
             at + 8 < packet->more.size ? 8 : packet->more.size - at);
}

static size_t aead_feed(psa_aead_operation_t *operation, const uint8_t *input, size_t input_size,
                        size_t step, uint8_t *output)
{
    size_t used = 0, size;

    for (size_t at = 0; at < input_size; at += step) {
        GOOD(psa_aead_update, operation, input + at,
             at + step < input_size ? step : input_size - at, output + used, 256 - used, &size);
        used += size;
    }
    return used;
}

static void aead_in_pieces(const struct aead *row, psa_key_id_t key, const struct packet *packet,
                           size_t step)
{
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    size_t tag_at = packet->plain.size, tag_size = packet->sealed.size - tag_at, used, size, found;
    uint8_t output[256], tag[PSA_AEAD_TAG_MAX_SIZE];

    aead_begin(row, key, packet, true, &operation);
    used = aead_feed(&operation, packet->plain.data, packet->plain.size, step, output);
    GOOD(psa_aead_finish, &operation, output + used, sizeof(output) - used, &size, tag, sizeof(tag),
         &found);
    SAME(used + size, packet->plain.size);
    SAME(found, tag_size);
    SAME_BYTES(output, packet->sealed.data, packet->plain.size);
    SAME_BYTES(tag, packet->sealed.data + tag_at, tag_size);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_update, &operation, TEXT, 1, output, sizeof(output), &size);
    GOOD(psa_aead_abort, &operation);

    aead_begin(row, key, packet, false, &operation);
    used = aead_feed(&operation, packet->sealed.data, packet->plain.size, step, output);
    GOOD(psa_aead_verify, &operation, output + used, sizeof(output) - used, &size, tag, tag_size);
    SAME(used + size, packet->plain.size);
    SAME_BYTES(output, packet->plain.data, packet->plain.size);

    aead_begin(row, key, packet, false, &operation);
    (void)aead_feed(&operation, packet->sealed.data, packet->plain.size, 256, output);
    tag[0] ^= 1;
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_aead_verify, &operation, output, sizeof(output), &size,
         tag, tag_size);
    GOOD(psa_aead_abort, &operation);
}

static void aeads(enum side side)
{
    for (size_t i = 0; i < COUNT(AEADS); i++) {
        const struct aead *row = &AEADS[i];
        struct bytes material = hex(row->key);
        struct packet packet = packet_of(row);
        psa_key_id_t key;

        book.what = row->name;
        key = import_as(side, row->type, CIPHER_USE, row->alg, material.data, material.size);
        aead_at_once(row, key, &packet);
        for (size_t step = 1; step < 40; step += 15)
            aead_in_pieces(row, key, &packet, step);
        GOOD(psa_destroy_key, key);
    }
    book.what = NULL;
}

static void aead_refusals(enum side side)
{
    psa_key_id_t key =
        import_as(side, PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM, TEXT, 16);
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    uint8_t output[64], tag[16];
    size_t size, tag_size;

    WANT(PSA_ERROR_NOT_PERMITTED, psa_aead_decrypt, key, PSA_ALG_GCM, TEXT, 12, TEXT, 0, TEXT, 32,
         output, sizeof(output), &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_aead_decrypt_setup, &operation, key, PSA_ALG_GCM);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_aead_encrypt_setup, &operation, key, PSA_ALG_CCM);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_aead_encrypt, key,
         PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 12), TEXT, 12, TEXT, 0, TEXT, 3, output,
         sizeof(output), &size);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_aead_encrypt_setup, &operation, 0, PSA_ALG_GCM);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_aead_decrypt, 0xdead, PSA_ALG_GCM, TEXT, 12, TEXT, 0, TEXT,
         32, output, sizeof(output), &size);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_set_nonce, &operation, TEXT, 12);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_generate_nonce, &operation, output, 12, &size);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_set_lengths, &operation, 1, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_update_ad, &operation, TEXT, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_update, &operation, TEXT, 1, output, 64, &size);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_finish, &operation, output, 64, &size, tag, 16, &tag_size);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_verify, &operation, output, 64, &size, tag, 16);

#define BEGUN()                                                     \
    do {                                                            \
        GOOD(psa_aead_abort, &operation);                           \
        GOOD(psa_aead_encrypt_setup, &operation, key, PSA_ALG_GCM); \
    } while (0)
    BEGUN();
    WANT(PSA_ERROR_BAD_STATE, psa_aead_encrypt_setup, &operation, key, PSA_ALG_GCM);
    BEGUN(); /* no nonce */
    WANT(PSA_ERROR_BAD_STATE, psa_aead_update, &operation, TEXT, 1, output, 64, &size);
    BEGUN();
    WANT(PSA_ERROR_BAD_STATE, psa_aead_update_ad, &operation, TEXT, 1);
    BEGUN();
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_aead_set_nonce, &operation, TEXT, 0);
    BEGUN();
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_aead_generate_nonce, &operation, output, 11, &size);
    BEGUN();
    GOOD(psa_aead_generate_nonce, &operation, output, sizeof(output), &size);
    SAME(size, PSA_AEAD_NONCE_LENGTH(PSA_KEY_TYPE_AES, PSA_ALG_GCM));
    WANT(PSA_ERROR_BAD_STATE, psa_aead_set_nonce, &operation, output, 12); /* once */
    BEGUN();
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_generate_nonce, &operation, output, 12, &size);
    BEGUN();
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    GOOD(psa_aead_update, &operation, TEXT, 1, output, 64, &size);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_update_ad, &operation, TEXT, 1);
    BEGUN();
    GOOD(psa_aead_set_lengths, &operation, 3, 5);
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_aead_update_ad, &operation, TEXT, 4);
    BEGUN();
    GOOD(psa_aead_set_lengths, &operation, 3, 5);
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    GOOD(psa_aead_update_ad, &operation, TEXT, 3);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_aead_update, &operation, TEXT, 6, output, 64, &size);
    BEGUN();
    GOOD(psa_aead_set_lengths, &operation, 3, 5);
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    GOOD(psa_aead_update_ad, &operation, TEXT, 3);
    GOOD(psa_aead_update, &operation, TEXT, 4, output, 64, &size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_aead_finish, &operation, output, 64, &size, tag, 16,
         &tag_size);
    BEGUN();
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    GOOD(psa_aead_set_lengths, &operation, 3, 5); /* GCM takes them in either order */
    WANT(PSA_ERROR_BAD_STATE, psa_aead_set_lengths, &operation, 3, 5);
    BEGUN();
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_aead_finish, &operation, output, 64, &size, tag, 15,
         &tag_size);
    BEGUN();
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_verify, &operation, output, 64, &size, tag, 16);
    GOOD(psa_aead_abort, &operation);
#undef BEGUN
    GOOD(psa_destroy_key, key);
    key = import_as(side, PSA_KEY_TYPE_AES, CIPHER_USE, PSA_ALG_CCM, TEXT, 16);
    GOOD(psa_aead_decrypt_setup, &operation, key, PSA_ALG_CCM);
    GOOD(psa_aead_set_lengths, &operation, 0, 0);
    GOOD(psa_aead_set_nonce, &operation, TEXT, 13);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_finish, &operation, output, 64, &size, tag, 16, &tag_size);
    GOOD(psa_aead_abort, &operation);
    GOOD(psa_destroy_key, key);
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
    hashes();
    hash_states();
    for (enum side side = MINE; side <= KEPT; side++) {
        printf("side %s\n", SIDES[side]);
        macs(side);
        mac_refusals(side);
        ciphers(side);
        padding(side);
        cipher_refusals(side);
        aeads(side);
        aead_refusals(side);
        destroyed_meanwhile(side);
    }
    return end_of_book();
}
