/* SPDX-License-Identifier: MIT */

#include "crypto/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/library_internal.h"
#include "crypto/pem_internal.h"

static const uint8_t MESSAGE[] = "a message";

static struct vc_key *new_key(void)
{
    struct vc_key *key = nullptr;

    assert_int_equal(vc_key_new(&key, nullptr), VC_OK);
    return key;
}

static void test_forms_round_trip(void **)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = new_key();
    vc_cleanup(vc_key_freep) struct vc_key *private = nullptr;
    vc_cleanup(vc_key_freep) struct vc_key *public = nullptr;
    vc_cleanup(vc_key_freep) struct vc_key *der = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer a = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer b = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer c = {};
    uint8_t points[2][65];

    assert_int_equal(vc_key_encode_private_pem(key, &a, nullptr), VC_OK);
    assert_int_equal(vc_key_parse_private_pem(vc_buffer_bytes(&a), &private, nullptr), VC_OK);
    assert_int_equal(vc_key_encode_public_pem(private, &b, nullptr), VC_OK);
    assert_int_equal(vc_key_parse_public_pem(vc_buffer_bytes(&b), &public, nullptr), VC_OK);
    assert_int_equal(vc_key_encode_public_der(public, &c, nullptr), VC_OK);
    assert_int_equal(vc_key_parse_public_der(vc_buffer_bytes(&c), &der, nullptr), VC_OK);
    assert_int_equal(vc_key_point(key, points[0], nullptr), VC_OK);
    assert_int_equal(vc_key_point(der, points[1], nullptr), VC_OK);
    assert_memory_equal(points[0], points[1], 65);
    assert_int_equal(points[0][0], 4);
    assert_int_equal(vc_key_encode_private_pem(der, &a, nullptr), VC_STATE);
}

static void test_signatures(void **)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = new_key();
    vc_cleanup(vc_key_freep) struct vc_key *other = new_key();
    uint8_t good[VC_ES256_SIZE];
    uint8_t bad[VC_ES256_SIZE + 1];

    assert_int_equal(vc_key_sign(key, VC_BYTES(MESSAGE), good, nullptr), VC_OK);
    assert_int_equal(vc_key_verify(key, VC_BYTES(MESSAGE), VC_BYTES(good), nullptr), VC_OK);
    assert_int_equal(vc_key_verify(other, VC_BYTES(MESSAGE), VC_BYTES(good), nullptr),
                     VC_UNTRUSTED);
    assert_int_equal(vc_key_verify(key, (struct vc_bytes){MESSAGE, 3}, VC_BYTES(good), nullptr),
                     VC_UNTRUSTED);
    for (size_t bit = 0; bit < 8 * VC_ES256_SIZE; bit++) {
        memcpy(bad, good, sizeof(good));
        bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(
            vc_key_verify(key, VC_BYTES(MESSAGE), (struct vc_bytes){bad, VC_ES256_SIZE}, nullptr),
            VC_UNTRUSTED);
    }
    for (size_t size = 0; size <= sizeof(bad); size++) {
        memcpy(bad, good, sizeof(good));
        if (size != VC_ES256_SIZE) {
            assert_int_equal(
                vc_key_verify(key, VC_BYTES(MESSAGE), (struct vc_bytes){bad, size}, nullptr),
                VC_UNTRUSTED);
        }
    }
}

/* The order of P-256's base point, FIPS 186-5. */
static const uint8_t ORDER[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,    0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                  0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

static void test_signature_range(void **)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = new_key();
    uint8_t good[VC_ES256_SIZE];
    uint8_t bad[VC_ES256_SIZE];

    assert_int_equal(vc_key_sign(key, VC_BYTES(MESSAGE), good, nullptr), VC_OK);
    for (size_t half = 0; half < 2; half++) {
        for (size_t kind = 0; kind < 3; kind++) { /* zero, the order, all ones */
            memcpy(bad, good, sizeof(bad));
            memset(bad + 32 * half, kind == 2 ? 0xff : 0, 32);
            if (kind == 1)
                memcpy(bad + 32 * half, ORDER, 32);
            assert_int_equal(vc_key_verify(key, VC_BYTES(MESSAGE), VC_BYTES(bad), nullptr),
                             VC_UNTRUSTED);
        }
    }
}

static void test_public_key_cannot_sign(void **)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = new_key();
    vc_cleanup(vc_key_freep) struct vc_key *public = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    uint8_t signature[VC_ES256_SIZE];

    assert_int_equal(vc_key_encode_public_der(key, &der, nullptr), VC_OK);
    assert_int_equal(vc_key_parse_public_der(vc_buffer_bytes(&der), &public, nullptr), VC_OK);
    assert_int_equal(vc_key_sign(public, VC_BYTES(MESSAGE), signature, nullptr), VC_STATE);
}

static void test_cut_and_extended(void **)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = new_key();
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer public = {};
    struct vc_key *parsed = nullptr;

    assert_int_equal(vc_key_encode_public_der(key, &der, nullptr), VC_OK);
    assert_int_equal(vc_key_encode_public_pem(key, &public, nullptr), VC_OK);
    assert_int_equal(vc_key_encode_private_pem(key, &pem, nullptr), VC_OK);
    for (size_t size = 0; size < der.size; size++) {
        assert_int_equal(
            vc_key_parse_public_der((struct vc_bytes){der.data, size}, &parsed, nullptr),
            VC_MALFORMED);
    }
    for (size_t size = 0; size < pem.size - 1; size++) { /* the last byte is white space */
        assert_int_equal(
            vc_key_parse_private_pem((struct vc_bytes){pem.data, size}, &parsed, nullptr),
            VC_MALFORMED);
    }
    for (size_t size = 0; size < public.size - 1; size++) {
        assert_int_equal(
            vc_key_parse_public_pem((struct vc_bytes){public.data, size}, &parsed, nullptr),
            VC_MALFORMED);
    }
    assert_int_equal(vc_buffer_append_text(&pem, "x", nullptr), VC_OK);
    assert_int_equal(vc_key_parse_private_pem(vc_buffer_bytes(&pem), &parsed, nullptr),
                     VC_MALFORMED);
    assert_int_equal(vc_buffer_append_text(&der, "x", nullptr), VC_OK);
    assert_int_equal(vc_key_parse_public_der(vc_buffer_bytes(&der), &parsed, nullptr),
                     VC_MALFORMED);
    assert_null(parsed);
}

static void append_pem(EVP_PKEY *native, struct vc_buffer *public, struct vc_buffer *private)
{
    unsigned char *der = nullptr;
    int size = i2d_PUBKEY(native, &der);

    assert_int_equal(
        vc_pem_encode((struct vc_bytes){der, (size_t)size}, "PUBLIC KEY", public, nullptr), VC_OK);
    OPENSSL_free(der);
    der = nullptr;
    size = i2d_PrivateKey(native, &der);
    assert_int_equal(
        vc_pem_encode((struct vc_bytes){der, (size_t)size}, "PRIVATE KEY", private, nullptr),
        VC_OK);
    OPENSSL_free(der);
}

static void test_other_kinds_are_refused(void **)
{
    static const char *const kinds[] = {"P-384", "RSA", "ED25519", "compressed", "off the curve"};

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        vc_cleanup(EVP_PKEY_freep) EVP_PKEY *native = nullptr;
        vc_cleanup(vc_buffer_done) struct vc_buffer public = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer private = {};
        struct vc_key *key = nullptr;

        if (strcmp(kinds[i], "RSA") == 0) {
            native = EVP_RSA_gen(2048);
        } else if (strcmp(kinds[i], "ED25519") == 0) {
            native = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
        } else {
            native = EVP_EC_gen(i == 0 ? "P-384" : "P-256");
        }
        if (strcmp(kinds[i], "compressed") == 0) {
            assert_int_equal(EVP_PKEY_set_utf8_string_param(native, "point-format", "compressed"),
                             1);
        }
        append_pem(native, &public, &private);
        if (strcmp(kinds[i], "off the curve") == 0) {
            public.size = 0;
            unsigned char *der = nullptr;
            int size = i2d_PUBKEY(native, &der);
            der[size - 1] ^= 1;
            assert_int_equal(
                vc_pem_encode((struct vc_bytes){der, (size_t)size}, "PUBLIC KEY", &public, nullptr),
                VC_OK);
            OPENSSL_free(der);
        } else if (vc_key_parse_private_pem(vc_buffer_bytes(&private), &key, nullptr) == VC_OK &&
                   strcmp(kinds[i], "compressed") != 0) {
            fail_msg("private %s was accepted", kinds[i]);
        }
        vc_key_free(vc_take(key));
        if (vc_key_parse_public_pem(vc_buffer_bytes(&public), &key, nullptr) != VC_MALFORMED)
            fail_msg("public %s was accepted", kinds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_round_trip), cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_signature_range),  cmocka_unit_test(test_public_key_cannot_sign),
        cmocka_unit_test(test_cut_and_extended), cmocka_unit_test(test_other_kinds_are_refused),
    };

    return cmocka_run_group_tests_name("key", tests, nullptr, nullptr);
}
