/* SPDX-License-Identifier: MIT */

/* Hashes and MACs: vectors of the standards, in one call and in many, with the program's own keys
 * and with kept ones; and what has to be refused. */

#include "psa_check.h"

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

/* ---- hashes that are suspended ---- */

#ifdef PSA_HASH_SUSPEND_OUTPUT_SIZE /* not every implementation has it */
static void hash_at_every_cut(psa_algorithm_t alg)
{
    const size_t head = PSA_HASH_SUSPEND_ALGORITHM_FIELD_LENGTH,
                 count = PSA_HASH_SUSPEND_INPUT_LENGTH_FIELD_LENGTH(alg),
                 words = PSA_HASH_SUSPEND_HASH_STATE_FIELD_LENGTH(alg),
                 block = PSA_HASH_BLOCK_LENGTH(alg);
    psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT;
    uint8_t text[300], wanted[PSA_HASH_MAX_SIZE], state[PSA_HASH_SUSPEND_OUTPUT_MAX_SIZE];
    size_t size;

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(TEXT[i % sizeof(TEXT)] + i / sizeof(TEXT));
    GOOD(psa_hash_compute, alg, text, sizeof(text), wanted, sizeof(wanted), &size);
    for (size_t cut = 0; cut <= sizeof(text); cut += cut % 37 == 0 ? 1 : 9) {
        GOOD(psa_hash_setup, &operation, alg);
        GOOD(psa_hash_update, &operation, text, cut);
        GOOD(psa_hash_suspend, &operation, state, sizeof(state), &size);
        SAME(size, head + count + words + cut % block);
        SAME(state[0] << 24 | state[1] << 16 | state[2] << 8 | state[3], alg);
        SAME(state[head + count - 2] << 8 | state[head + count - 1], cut);
        SAME_BYTES(state + head + count + words, text + cut - cut % block, cut % block);
        WANT(PSA_ERROR_BAD_STATE, psa_hash_update, &operation, text, 1);
        GOOD(psa_hash_abort, &operation);
        GOOD(psa_hash_resume, &operation, state, size);
        GOOD(psa_hash_update, &operation, text + cut, sizeof(text) - cut);
        GOOD(psa_hash_verify, &operation, wanted, PSA_HASH_LENGTH(alg));
        WANT(PSA_ERROR_INVALID_ARGUMENT, psa_hash_resume, &operation, state, size - 1);
    }
}

/* SHA-256 of "abc": FIPS 180-4 says what it begins with, 5.3.3. */
static void known_state(void)
{
    const struct bytes known =
        hex("0200000900000000000000036a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab"
            "5be0cd19616263");
    struct bytes digest = hex(HASHES[4].digest);
    psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT, other = PSA_HASH_OPERATION_INIT;
    uint8_t state[PSA_HASH_SUSPEND_OUTPUT_MAX_SIZE];
    size_t size = 0;

    SAME(HASHES[4].alg, PSA_ALG_SHA_256);
    GOOD(psa_hash_setup, &operation, PSA_ALG_SHA_256);
    GOOD(psa_hash_update, &operation, (const uint8_t *)"abc", 3);
    GOOD(psa_hash_clone, &operation, &other);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_hash_suspend, &other, state, known.size - 1, &size);
    GOOD(psa_hash_abort, &other);
    GOOD(psa_hash_suspend, &operation, state, known.size, &size);
    SAME(size, known.size);
    SAME_BYTES(state, known.data, known.size);
    WANT(PSA_ERROR_BAD_STATE, psa_hash_suspend, &operation, state, sizeof(state), &size);
    GOOD(psa_hash_resume, &operation, known.data, known.size);
    WANT(PSA_ERROR_BAD_STATE, psa_hash_resume, &operation, known.data, known.size);
    GOOD(psa_hash_abort, &operation);
    GOOD(psa_hash_resume, &operation, known.data, known.size);
    GOOD(psa_hash_verify, &operation, digest.data, digest.size);
}

static void hostile_states(void)
{
    struct bytes state = {44, {0x02, 0, 0, 0x09, 0x20}}; /* SHA-256; of 2^61 bytes */
    psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT;
    uint8_t room[PSA_HASH_SUSPEND_OUTPUT_MAX_SIZE];
    size_t size;

    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_hash_resume, &operation, state.data, state.size);
    memset(state.data + 4, 0xff, 8);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_hash_resume, &operation, state.data, state.size + 63);
    state.data[4] = 0x1f;
    state.data[11] = 0xc0;
    GOOD(psa_hash_resume, &operation, state.data, state.size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_hash_update, &operation, TEXT, 64);
    GOOD(psa_hash_abort, &operation);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_hash_resume, &operation, state.data, 3);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_hash_resume, &operation, TEXT, sizeof(TEXT));
    state.data[3] = (uint8_t)PSA_ALG_MD4;
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_hash_resume, &operation, state.data, state.size);
    state.data[3] = (uint8_t)PSA_ALG_SHA3_256;
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_hash_resume, &operation, state.data, state.size);
    GOOD(psa_hash_setup, &operation, PSA_ALG_SHA3_256);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_hash_suspend, &operation, room, sizeof(room), &size);
    GOOD(psa_hash_abort, &operation);
}

static void suspended_hashes(void)
{
    for (size_t i = 0; i < COUNT(HASHES); i++) {
        book.what = HASHES[i].name;
        if (PSA_HASH_SUSPEND_OUTPUT_SIZE(HASHES[i].alg) > 0)
            hash_at_every_cut(HASHES[i].alg);
    }
    book.what = NULL;
    hash_at_every_cut(PSA_ALG_SHA_512_224);
    hash_at_every_cut(PSA_ALG_SHA_512_256);
    known_state();
    hostile_states();
}
#else
static void suspended_hashes(void)
{
}
#endif

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

int main(void)
{
    GOOD(psa_crypto_init);
    hashes();
    hash_states();
    suspended_hashes();
    for (enum side side = MINE; side <= KEPT; side++) {
        printf("side %s\n", SIDES[side]);
        macs(side);
        mac_refusals(side);
    }
    return end_of_book();
}
