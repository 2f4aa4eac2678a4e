/* SPDX-License-Identifier: MIT */

/* What a digest is made of half-way: taken out, looked at, put in again. */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/hash.h"

enum { DIGEST_MAX = 64, TEXT_SIZE = 3 * 128 + 5, BLOCK_MAX = 128 };

/* Where each begins: RFC 1321, the page of RIPEMD-160, FIPS 180-4 (5.3). */
static const struct row {
    enum vc_hash_algorithm algorithm;
    size_t length, words, block; /* bytes */
    bool little;
    const char *beginning;
} rows[] = {
    {VC_HASH_ALG_MD5, 8, 16, 64, true, "0123456789abcdeffedcba9876543210"},
    {VC_HASH_ALG_RIPEMD160, 8, 20, 64, true, "0123456789abcdeffedcba9876543210f0e1d2c3"},
    {VC_HASH_ALG_SHA1, 8, 20, 64, false, "67452301efcdab8998badcfe10325476c3d2e1f0"},
    {VC_HASH_ALG_SHA224, 8, 32, 64, false,
     "c1059ed8367cd5073070dd17f70e5939ffc00b316858151164f98fa7befa4fa4"},
    {VC_HASH_ALG_SHA256, 8, 32, 64, false,
     "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19"},
    {VC_HASH_ALG_SHA384, 16, 64, 128, false,
     "cbbb9d5dc1059ed8629a292a367cd5079159015a3070dd17152fecd8f70e5939"
     "67332667ffc00b318eb44a8768581511db0c2e0d64f98fa747b5481dbefa4fa4"},
    {VC_HASH_ALG_SHA512, 16, 64, 128, false,
     "6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1"
     "510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b5be0cd19137e2179"},
    {VC_HASH_ALG_SHA512_224, 16, 64, 128, false,
     "8c3d37c819544da273e1996689dcd4d61dfab7ae32ff9c82679dd514582f9fcf"
     "0f6d2b697bd44da877e36f7304c489423f9d85a86a1d36c81112e6ad91d692a1"},
    {VC_HASH_ALG_SHA512_256, 16, 64, 128, false,
     "22312194fc2bf72c9f555fa3c84c64c22393b86b6f53b151963877195940eabd"
     "96283ee2a88effe3be5e1e25538639922b0199fc2c85b8aa0eb72ddc81c52ca2"},
};

static uint8_t text[TEXT_SIZE];

static int set_up(void **)
{
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * 167 + i / 7);
    return 0;
}

static struct vc_hasher *begun(enum vc_hash_algorithm algorithm, struct vc_bytes bytes)
{
    struct vc_hasher *hasher = nullptr;

    assert_int_equal(vc_hasher_new(algorithm, &hasher, nullptr), VC_OK);
    assert_int_equal(vc_hasher_begin(hasher, nullptr), VC_OK);
    assert_int_equal(vc_hasher_add(hasher, bytes, nullptr), VC_OK);
    return hasher;
}

static size_t save(const struct vc_hasher *hasher, uint8_t state[VC_HASH_STATE_MAX])
{
    size_t size = 0;

    memset(state, 0x5a, VC_HASH_STATE_MAX);
    assert_int_equal(vc_hasher_save(hasher, state, &size, nullptr), VC_OK);
    for (size_t i = size; i < VC_HASH_STATE_MAX; i++)
        assert_int_equal(state[i], 0x5a);
    return size;
}

static void put_number(uint8_t *place, size_t size, unsigned __int128 number, bool little)
{
    for (size_t i = 0; i < size; i++)
        place[little ? i : size - 1 - i] = (uint8_t)(number >> (8 * i));
}

static void test_beginnings(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        vc_cleanup(vc_hasher_freep) struct vc_hasher *hasher =
            begun(row->algorithm, (struct vc_bytes){});
        uint8_t state[VC_HASH_STATE_MAX], zeros[16] = {};
        char hex[2 * VC_HASH_STATE_MAX + 1];

        assert_int_equal(save(hasher, state), row->length + row->words);
        assert_memory_equal(state, zeros, row->length);
        vc_hex_encode((struct vc_bytes){state + row->length, row->words}, hex);
        assert_string_equal(hex, row->beginning);
    }
}

/* Cut anywhere, and saved again and again on the way: the same digest, and the first saved state
 * is what the second gives out. */
static void test_every_cut(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows) * (TEXT_SIZE + 1); i++) {
        const struct row *row = &rows[i / (TEXT_SIZE + 1)];
        size_t cut = i % (TEXT_SIZE + 1), size = vc_hash_algorithm_size(row->algorithm);
        vc_cleanup(vc_hasher_freep) struct vc_hasher *whole = begun(row->algorithm, VC_BYTES(text));
        vc_cleanup(vc_hasher_freep) struct vc_hasher *first =
            begun(row->algorithm, (struct vc_bytes){text, cut});
        vc_cleanup(vc_hasher_freep) struct vc_hasher *second =
            begun(row->algorithm, (struct vc_bytes){text, 1});
        uint8_t state[VC_HASH_STATE_MAX], again[VC_HASH_STATE_MAX];
        uint8_t wanted[DIGEST_MAX], digest[DIGEST_MAX];
        size_t saved = save(first, state);

        assert_int_equal(saved, row->length + row->words + cut % row->block);
        assert_memory_equal(state + row->length + row->words, text + cut - cut % row->block,
                            cut % row->block);
        assert_int_equal(vc_hasher_load(second, (struct vc_bytes){state, saved}, nullptr), VC_OK);
        assert_int_equal(save(second, again), saved);
        assert_memory_equal(again, state, saved);
        assert_int_equal(
            vc_hasher_add(second, (struct vc_bytes){text + cut, sizeof(text) - cut}, nullptr),
            VC_OK);
        assert_int_equal(vc_hasher_end(second, digest, nullptr), VC_OK);
        assert_int_equal(vc_hasher_end(whole, wanted, nullptr), VC_OK);
        assert_memory_equal(digest, wanted, size);
    }
}

/* The block that a hash of so many bytes would end with, which fill no part of it. */
static size_t pad(const struct row *row, unsigned __int128 length, uint8_t block[BLOCK_MAX])
{
    memset(block, 0, BLOCK_MAX);
    block[0] = 0x80;
    put_number(block + row->block - row->length, row->length, length * 8, row->little);
    return row->block;
}

static size_t make(const struct row *row, unsigned __int128 length, uint8_t *state)
{
    put_number(state, row->length, length, false);
    memcpy(state + row->length, text, row->words);
    return row->length + row->words;
}

/* After its padding, as plain input, a hash carries what else would have been its digest. So words
 * and length are what the standards mean by them, whoever wrote them. */
static void check_length(const struct row *row, unsigned __int128 length)
{
    vc_cleanup(vc_hasher_freep) struct vc_hasher *one = begun(row->algorithm, VC_BYTES(text));
    vc_cleanup(vc_hasher_freep) struct vc_hasher *two = begun(row->algorithm, VC_BYTES(text));
    uint8_t state[VC_HASH_STATE_MAX], digest[DIGEST_MAX], block[BLOCK_MAX];
    size_t size = make(row, length, state);

    assert_int_equal(vc_hasher_load(one, (struct vc_bytes){state, size}, nullptr), VC_OK);
    assert_int_equal(vc_hasher_end(one, digest, nullptr), VC_OK);
    size = make(row, 0, state);
    assert_int_equal(vc_hasher_load(two, (struct vc_bytes){state, size}, nullptr), VC_OK);
    size = pad(row, length, block);
    assert_int_equal(vc_hasher_add(two, (struct vc_bytes){block, size}, nullptr), VC_OK);
    (void)save(two, state);
    assert_memory_equal(state + row->length, digest, vc_hash_algorithm_size(row->algorithm));
}

static void test_lengths(void **)
{
    const unsigned __int128 one = 1;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct row *row = &rows[i];

        for (unsigned bit = 7; bit < (row->length == 16 ? 125 : 61); bit++) {
            check_length(row, one << bit);
            check_length(row, (one << bit) - row->block);
        }
        check_length(row, (one << (row->length == 16 ? 125 : 61)) - row->block);
    }
}

/* More than 2^64 or 2^128 bits cannot be told, nor be added. */
static void test_too_long(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        const unsigned bits = row->length == 16 ? 125 : 61;
        const unsigned __int128 end = (unsigned __int128)1 << bits;
        vc_cleanup(vc_hasher_freep) struct vc_hasher *hasher =
            begun(row->algorithm, VC_BYTES(text));
        uint8_t state[VC_HASH_STATE_MAX], digest[DIGEST_MAX];
        struct vc_bytes made = {state, make(row, end - row->block, state)};

        assert_int_equal(vc_hasher_load(hasher, made, nullptr), VC_OK);
        assert_int_equal(vc_hasher_add(hasher, (struct vc_bytes){text, row->block - 1}, nullptr),
                         VC_OK);
        assert_int_equal(vc_hasher_add(hasher, (struct vc_bytes){text, 1}, nullptr), VC_LIMIT);
        assert_int_equal(vc_hasher_end(hasher, digest, nullptr), VC_STATE);
        assert_int_equal(vc_hasher_load(hasher, made, nullptr), VC_OK);
        assert_int_equal(vc_hasher_add(hasher, VC_BYTES(text), nullptr), VC_LIMIT);
        for (unsigned bit = bits; bit < 8 * row->length; bit++) {
            (void)make(row, end << (bit - bits), state);
            assert_int_equal(vc_hasher_load(hasher, made, nullptr), VC_LIMIT);
            assert_int_equal(vc_hasher_end(hasher, digest, nullptr), VC_STATE);
        }
    }
}

/* Every size but the one that the length asks for is wrong. */
static void test_malformed(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        vc_cleanup(vc_hasher_freep) struct vc_hasher *hasher =
            begun(row->algorithm, VC_BYTES(text));
        uint8_t state[VC_HASH_STATE_MAX + 1] = {}, digest[DIGEST_MAX];
        size_t size = save(hasher, state);

        assert_int_equal(size, row->length + row->words + 5);
        for (size_t cut = 0; cut <= sizeof(state); cut++) {
            enum vc_code code = vc_hasher_load(hasher, (struct vc_bytes){state, cut}, nullptr);

            assert_int_equal(code, cut == size ? VC_OK : VC_MALFORMED);
            assert_int_equal(vc_hasher_end(hasher, digest, nullptr),
                             cut == size ? VC_OK : VC_STATE);
        }
        for (size_t wrong = 0; wrong < row->block; wrong++) {
            state[row->length - 1] = (uint8_t)wrong;
            assert_int_equal(vc_hasher_load(hasher, (struct vc_bytes){state, size}, nullptr),
                             wrong == 5 ? VC_OK : VC_MALFORMED);
        }
    }
}

static void test_what_has_no_state(void **)
{
    uint8_t state[VC_HASH_STATE_MAX];
    vc_cleanup(vc_hasher_freep) struct vc_hasher *fresh = nullptr;
    size_t size = 0, with = 0;

    for (int i = 0; i < VC_HASH_ALG_COUNT; i++) {
        vc_cleanup(vc_hasher_freep) struct vc_hasher *hasher =
            begun((enum vc_hash_algorithm)i, VC_BYTES(text));

        if (with < VC_COUNT(rows) && rows[with].algorithm == (enum vc_hash_algorithm)i) {
            with++;
            continue;
        }
        assert_int_equal(vc_hasher_save(hasher, state, &size, nullptr), VC_NOT_FOUND);
        assert_int_equal(vc_hasher_load(hasher, VC_BYTES(state), nullptr), VC_NOT_FOUND);
    }
    assert_int_equal(with, VC_COUNT(rows));
    assert_int_equal(vc_hasher_new(VC_HASH_ALG_SHA256, &fresh, nullptr), VC_OK);
    assert_int_equal(vc_hasher_save(fresh, state, &size, nullptr), VC_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beginnings), cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_lengths),    cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_malformed),  cmocka_unit_test(test_what_has_no_state),
    };

    return cmocka_run_group_tests_name("hash-state", tests, set_up, nullptr);
}
