/* SPDX-License-Identifier: MIT */

#include "crypto/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

enum { DIGEST_MAX = 64 };

/* Digests of nothing and of "abc": RFC 1321, the page of RIPEMD-160, the examples that NIST has for
 * FIPS 180-4 and FIPS 202. */
static const struct row {
    enum vc_hash_algorithm algorithm;
    size_t size;
    const char *empty, *abc;
} rows[] = {
    {VC_HASH_ALG_MD5, 16, "d41d8cd98f00b204e9800998ecf8427e", "900150983cd24fb0d6963f7d28e17f72"},
    {VC_HASH_ALG_RIPEMD160, 20, "9c1185a5c5e9fc54612808977ee8f548b2258d31",
     "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
    {VC_HASH_ALG_SHA1, 20, "da39a3ee5e6b4b0d3255bfef95601890afd80709",
     "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {VC_HASH_ALG_SHA224, 28, "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
     "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
    {VC_HASH_ALG_SHA256, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {VC_HASH_ALG_SHA384, 48,
     "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebf"
     "e76f65fbd51ad2f14898b95b",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072b"
     "a1e7cc2358baeca134c825a7"},
    {VC_HASH_ALG_SHA512, 64,
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c"
     "5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a"
     "274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {VC_HASH_ALG_SHA512_224, 28, "6ed0dd02806fa89e25de060c19d3ac86cabb87d6a0ddd05c333b84f4",
     "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"},
    {VC_HASH_ALG_SHA512_256, 32, "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a",
     "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"},
    {VC_HASH_ALG_SHA3_224, 28, "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7",
     "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"},
    {VC_HASH_ALG_SHA3_256, 32, "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
     "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
    {VC_HASH_ALG_SHA3_384, 48,
     "0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a2ac3713831"
     "264adb47fb6bd1e058d5f004",
     "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea"
     "927ac7f539f1edf228376d25"},
    {VC_HASH_ALG_SHA3_512, 64,
     "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a615b2123a"
     "f1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26",
     "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9"
     "192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
    {VC_HASH_ALG_SHAKE256_512, 64,
     "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762fd75dc4dd"
     "d8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be",
     "483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739d5a15bef"
     "186a5386c75744c0527e1faa9f8726e462a12a4feb06bd8801e751e4"},
};

static_assert(VC_COUNT(rows) == VC_HASH_ALG_COUNT);

static const struct vc_bytes ABC = {(const uint8_t *)"abc", 3};

static void assert_ends(struct vc_hasher *hasher, const struct row *row, const char *expected)
{
    uint8_t digest[DIGEST_MAX + 1];
    char hex[2 * DIGEST_MAX + 1];

    memset(digest, 0x5a, sizeof(digest));
    assert_int_equal(vc_hasher_end(hasher, digest, nullptr), VC_OK);
    vc_hex_encode((struct vc_bytes){digest, row->size}, hex);
    assert_string_equal(hex, expected);
    for (size_t i = row->size; i < sizeof(digest); i++)
        assert_int_equal(digest[i], 0x5a);
}

static void test_known_answers_by_one_hasher(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_hasher_freep) struct vc_hasher *hasher = nullptr;

        assert_int_equal(rows[i].algorithm, i);
        assert_int_equal(vc_hash_algorithm_size(rows[i].algorithm), rows[i].size);
        assert_int_equal(vc_hasher_new(rows[i].algorithm, &hasher, nullptr), VC_OK);
        for (unsigned again = 0; again < 3; again++) {
            assert_int_equal(vc_hasher_begin(hasher, nullptr), VC_OK);
            assert_int_equal(vc_hasher_add(hasher, ABC, nullptr), VC_OK);
            assert_ends(hasher, &rows[i], rows[i].abc);
            assert_int_equal(vc_hasher_begin(hasher, nullptr), VC_OK);
            assert_int_equal(vc_hasher_add(hasher, (struct vc_bytes){}, nullptr), VC_OK);
            assert_ends(hasher, &rows[i], rows[i].empty);
        }
        /* what was begun and not ended leaves nothing behind */
        assert_int_equal(vc_hasher_begin(hasher, nullptr), VC_OK);
        assert_int_equal(vc_hasher_add(hasher, ABC, nullptr), VC_OK);
        assert_int_equal(vc_hasher_begin(hasher, nullptr), VC_OK);
        assert_ends(hasher, &rows[i], rows[i].empty);
    }
}

/* FIPS 180-4: a million times "a", in pieces of every size there is up to 1413. */
static void test_pieces(void **)
{
    static constexpr size_t TOTAL = 1000000;
    static const struct row million = {VC_HASH_ALG_SHA256, 32, "",
                                       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39cc"
                                       "c7112cd0"};
    vc_cleanup(vc_hasher_freep) struct vc_hasher *hasher = nullptr;
    uint8_t *piece = malloc(TOTAL);
    size_t done = 0;

    assert_non_null(piece);
    memset(piece, 'a', TOTAL);
    assert_int_equal(vc_hasher_new(million.algorithm, &hasher, nullptr), VC_OK);
    assert_int_equal(vc_hasher_begin(hasher, nullptr), VC_OK);
    for (size_t size = 0; done < TOTAL; size++) {
        size_t now = size < TOTAL - done ? size : TOTAL - done;

        assert_int_equal(vc_hasher_add(hasher, (struct vc_bytes){piece, now}, nullptr), VC_OK);
        done += now;
    }
    assert_ends(hasher, &million, million.abc);
    free(piece);
}

static void test_copies_go_their_own_ways(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_hasher_freep) struct vc_hasher *hasher = nullptr, *copy = nullptr,
                                                     *fresh = nullptr;

        assert_int_equal(vc_hasher_new(rows[i].algorithm, &hasher, nullptr), VC_OK);
        assert_int_equal(vc_hasher_copy(hasher, &fresh, nullptr), VC_OK);
        assert_int_equal(vc_hasher_begin(hasher, nullptr), VC_OK);
        assert_int_equal(vc_hasher_add(hasher, (struct vc_bytes){ABC.data, 1}, nullptr), VC_OK);
        assert_int_equal(vc_hasher_copy(hasher, &copy, nullptr), VC_OK);
        assert_int_equal(vc_hasher_add(hasher, ABC, nullptr), VC_OK);
        vc_hasher_freep(&hasher);
        assert_int_equal(vc_hasher_add(copy, (struct vc_bytes){ABC.data + 1, 2}, nullptr), VC_OK);
        assert_ends(copy, &rows[i], rows[i].abc);
        assert_int_equal(vc_hasher_begin(fresh, nullptr), VC_OK);
        assert_ends(fresh, &rows[i], rows[i].empty);
    }
}

static void test_order(void **)
{
    vc_cleanup(vc_hasher_freep) struct vc_hasher *hasher = nullptr, *copy = nullptr;
    uint8_t digest[DIGEST_MAX];

    assert_int_equal(vc_hasher_new(VC_HASH_ALG_SHA256, &hasher, nullptr), VC_OK);
    assert_int_equal(vc_hasher_add(hasher, ABC, nullptr), VC_STATE);
    assert_int_equal(vc_hasher_end(hasher, digest, nullptr), VC_STATE);
    assert_int_equal(vc_hasher_copy(hasher, &copy, nullptr), VC_OK);
    assert_int_equal(vc_hasher_end(copy, digest, nullptr), VC_STATE);
    assert_int_equal(vc_hasher_begin(hasher, nullptr), VC_OK);
    assert_int_equal(vc_hasher_end(hasher, digest, nullptr), VC_OK);
    assert_int_equal(vc_hasher_end(hasher, digest, nullptr), VC_STATE);
    vc_hasher_free(nullptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers_by_one_hasher),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_copies_go_their_own_ways),
        cmocka_unit_test(test_order),
    };

    return cmocka_run_group_tests_name("hash", tests, nullptr, nullptr);
}
