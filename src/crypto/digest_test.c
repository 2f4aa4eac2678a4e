/* SPDX-License-Identifier: MIT */

#include "crypto/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/random.h"

/* FIPS 180-4 examples. */
static const struct row {
    const char *text;
    const char *sha256;
    const char *sha512;
} rows[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
     "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

static void test_known_answers(void **)
{
    char hex[2 * VC_SHA512_SIZE + 1];
    uint8_t digest[VC_SHA512_SIZE];

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_bytes text = {(const uint8_t *)rows[i].text, strlen(rows[i].text)};

        vc_sha256(text, digest);
        vc_hex_encode((struct vc_bytes){digest, VC_SHA256_SIZE}, hex);
        assert_string_equal(hex, rows[i].sha256);
        vc_sha512(text, digest);
        vc_hex_encode(VC_BYTES(digest), hex);
        assert_string_equal(hex, rows[i].sha512);
    }
}

/* FIPS 180-4, "abc". */
static void test_hash_by_name(void **)
{
    static const struct {
        enum vc_hash hash;
        const char *name;
        const char *digest;
    } table[] = {
        {VC_HASH_SHA256, "SHA-256",
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {VC_HASH_SHA384, "SHA-384",
         "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
         "8086072ba1e7cc2358baeca134c825a7"},
        {VC_HASH_SHA512, "SHA-512",
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    };

    for (size_t i = 0; i < VC_COUNT(table); i++) {
        struct vc_octets digest =
            vc_hash_of(table[i].hash, (struct vc_bytes){(const uint8_t *)"abc", 3});
        char hex[VC_OCTETS_HEX_MAX];

        vc_octets_hex(&digest, hex);
        assert_string_equal(hex, table[i].digest);
        assert_int_equal(digest.size, vc_hash_size(table[i].hash));
        assert_string_equal(vc_hash_name(table[i].hash), table[i].name);
    }
}

static void test_stream_equals_whole(void **)
{
    uint8_t data[1000];
    uint8_t whole[VC_SHA256_SIZE];
    uint8_t pieces[VC_SHA256_SIZE];

    memset(data, 7, sizeof(data));
    vc_sha256(VC_BYTES(data), whole);
    for (size_t cut = 0; cut <= sizeof(data); cut += 37) {
        vc_cleanup(vc_sha256_stream_freep) struct vc_sha256_stream *stream = nullptr;

        assert_int_equal(vc_sha256_stream_new(&stream, nullptr), VC_OK);
        vc_sha256_stream_add(stream, (struct vc_bytes){data, cut});
        assert_int_equal(vc_sha256_stream_so_far(stream, pieces, nullptr), VC_OK);
        assert_int_equal(memcmp(whole, pieces, sizeof(whole)) == 0, cut == sizeof(data));
        vc_sha256_stream_add(stream, (struct vc_bytes){data + cut, sizeof(data) - cut});
        assert_int_equal(vc_sha256_stream_so_far(stream, pieces, nullptr), VC_OK);
        assert_memory_equal(whole, pieces, sizeof(whole));
        vc_sha256_stream_end(stream, pieces);
        assert_memory_equal(whole, pieces, sizeof(whole));
    }
    vc_sha256_stream_free(nullptr);
}

static void test_random_differs(void **)
{
    uint8_t a[32] = {};
    uint8_t b[32] = {};

    assert_int_equal(vc_random(a, sizeof(a), nullptr), VC_OK);
    assert_int_equal(vc_random(b, sizeof(b), nullptr), VC_OK);
    assert_memory_not_equal(a, b, sizeof(a));
    assert_int_equal(vc_random(a, SIZE_MAX, nullptr), VC_LIMIT);
    assert_int_equal(vc_random(a, 0, nullptr), VC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_hash_by_name),
        cmocka_unit_test(test_stream_equals_whole),
        cmocka_unit_test(test_random_differs),
    };

    return cmocka_run_group_tests_name("digest", tests, nullptr, nullptr);
}
