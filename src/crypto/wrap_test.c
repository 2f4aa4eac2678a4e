/* SPDX-License-Identifier: MIT */

#include "crypto/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/pki_fixture.h"

static void check_hex(const struct vc_octets *octets, const char *wanted)
{
    char hex[VC_OCTETS_HEX_MAX];

    vc_octets_hex(octets, hex);
    assert_string_equal(hex, wanted);
}

/* RFC 4231, case 1. */
static void test_hmac(void **)
{
    uint8_t key[20];
    struct vc_octets mac;

    memset(key, 0x0b, sizeof(key));
    assert_int_equal(vc_wrap_hmac(VC_HASH_SHA256, VC_BYTES(key),
                                  (struct vc_bytes){(const uint8_t *)"Hi There", 8}, &mac, nullptr),
                     VC_OK);
    check_hex(&mac, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

/* SP 800-38A F.3.13 (CFB128-AES128), first block, but with our IV of zeros: what E(0) gives. */
static void test_cfb(void **)
{
    uint8_t key[16] = {0};
    uint8_t data[32] = {0};
    struct vc_octets out;

    assert_int_equal(vc_wrap_cfb(VC_BYTES(key), data, sizeof(data), nullptr), VC_OK);
    out = vc_octets_of(VC_BYTES(data));
    /* E(0), and E(E(0)): FIPS 197 with a key of zeros */
    check_hex(&out, "66e94bd4ef8a2c3b884cfa59ca342b2ef795bd4a52e29ed713d313fa20e98dbc");
    assert_int_equal(vc_wrap_cfb((struct vc_bytes){key, 15}, data, sizeof(data), nullptr),
                     VC_LIMIT);
}

/* The definitions, written out by hand for one block and for more than one. */
static void test_derivations(void **)
{
    const uint8_t key[32] = {7};
    const uint8_t u[] = {1, 2};
    const uint8_t v[] = {3};
    struct vc_wrap_context context = {"STORAGE", VC_BYTES(u), VC_BYTES(v), 16};
    uint8_t message[4 + 8 + 2 + 1 + 4] = {0,   0, 0, 1, 'S', 'T', 'O', 'R', 'A', 'G',
                                          'E', 0, 1, 2, 3,   0,   0,   0,   128};
    struct vc_octets derived;
    struct vc_octets wanted;

    assert_int_equal(vc_wrap_kdfa(VC_HASH_SHA256, VC_BYTES(key), &context, &derived, nullptr),
                     VC_OK);
    assert_int_equal(
        vc_wrap_hmac(VC_HASH_SHA256, VC_BYTES(key), VC_BYTES(message), &wanted, nullptr), VC_OK);
    assert_int_equal(derived.size, 16);
    assert_memory_equal(derived.bytes, wanted.bytes, 16);
    context.size = 48;
    assert_int_equal(vc_wrap_kdfa(VC_HASH_SHA256, VC_BYTES(key), &context, &derived, nullptr),
                     VC_OK);
    message[3] = 2;
    message[17] = 1;
    message[18] = 0x80;
    assert_int_equal(
        vc_wrap_hmac(VC_HASH_SHA256, VC_BYTES(key), VC_BYTES(message), &wanted, nullptr), VC_OK);
    assert_memory_equal(derived.bytes + 32, wanted.bytes, 16);
    context.size = 65;
    assert_int_equal(vc_wrap_kdfa(VC_HASH_SHA256, VC_BYTES(key), &context, &derived, nullptr),
                     VC_LIMIT);
    context.size = 32;
    assert_int_equal(vc_wrap_kdfe(VC_HASH_SHA256, VC_BYTES(u), &context, &derived, nullptr), VC_OK);
    wanted = vc_hash_of(VC_HASH_SHA256,
                        (struct vc_bytes){(const uint8_t *)"\0\0\0\1\1\2STORAGE\0\1\2\3", 17});
    assert_true(vc_octets_equal(&derived, &wanted));
}

static void test_kinds(void **)
{
    vc_cleanup(vc_pki_key_freep) struct vc_pki_key *pair = vc_pki_key_new(VC_KEY_P384, 0);
    vc_cleanup(vc_pki_key_freep) struct vc_pki_key *rsa = vc_pki_key_new(VC_KEY_RSA, 2048);
    vc_cleanup(vc_public_key_freep) struct vc_public_key *p384 = vc_pki_key_public(pair);
    vc_cleanup(vc_public_key_freep) struct vc_public_key *modulus = vc_pki_key_public(rsa);
    vc_cleanup(vc_buffer_done) struct vc_buffer point = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer shared = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer sealed = {};
    const uint8_t seed[300] = {1};
    const struct vc_wrap_padding padding = {VC_HASH_SHA256, VC_BYTES("IDENTITY")};
    struct vc_err err;

    assert_int_equal(vc_wrap_ecdh(p384, &point, &shared, nullptr), VC_OK);
    assert_int_equal(point.size, 96);
    assert_int_equal(shared.size, 48);
    assert_int_equal(vc_wrap_ecdh(modulus, &point, &shared, &err), VC_REFUSED);
    assert_int_equal(vc_wrap_oaep(modulus, &padding, (struct vc_bytes){seed, 32}, &sealed, nullptr),
                     VC_OK);
    assert_int_equal(sealed.size, 256);
    assert_int_equal(vc_wrap_oaep(modulus, &padding, VC_BYTES(seed), &sealed, &err), VC_LIMIT);
    assert_int_equal(vc_wrap_oaep(p384, &padding, (struct vc_bytes){seed, 32}, &sealed, &err),
                     VC_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_cfb),
        cmocka_unit_test(test_derivations),
        cmocka_unit_test(test_kinds),
    };

    return cmocka_run_group_tests_name("wrap", tests, nullptr, nullptr);
}
