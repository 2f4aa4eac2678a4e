/* SPDX-License-Identifier: MIT */

#include "crypto/public_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/pki_fixture.h"

static const uint8_t MESSAGE[] = "what was signed";

static const struct row {
    const char *name;
    enum vc_key_kind kind;
    unsigned bits;
    size_t point_size;
} KINDS[] = {
    {"P-256", VC_KEY_P256, 256, 64},   {"P-384", VC_KEY_P384, 384, 96},
    {"P-521", VC_KEY_P521, 521, 132},  {"RSA 2048", VC_KEY_RSA, 2048, 0},
    {"RSA 3072", VC_KEY_RSA, 3072, 0},
};

static struct vc_pki_key *pairs[VC_COUNT(KINDS)];
static struct vc_public_key *keys[VC_COUNT(KINDS)];

static int make_keys(void **state)
{
    for (size_t i = 0; i < VC_COUNT(KINDS); i++) {
        pairs[i] = vc_pki_key_new(KINDS[i].kind, KINDS[i].bits);
        keys[i] = vc_pki_key_public(pairs[i]);
    }
    (void)state;
    return 0;
}

static int free_keys(void **state)
{
    for (size_t i = 0; i < VC_COUNT(KINDS); i++) {
        vc_pki_key_free(pairs[i]);
        vc_public_key_free(keys[i]);
    }
    (void)state;
    return 0;
}

static bool fits(size_t kind, enum vc_scheme scheme)
{
    return (KINDS[kind].kind == VC_KEY_RSA) == (scheme >= VC_SCHEME_RS256);
}

/* Every single bit of the signature, and every length. */
static void check_signature(size_t kind, enum vc_scheme scheme)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};
    struct vc_bytes message = VC_BYTES(MESSAGE);

    vc_pki_sign(pairs[kind], scheme, message, &signature);
    assert_int_equal(
        vc_public_key_verify(keys[kind], scheme, message, vc_buffer_bytes(&signature), nullptr),
        VC_OK);
    for (size_t bit = 0; bit < 8 * signature.size; bit += KINDS[kind].kind == VC_KEY_RSA ? 7 : 1) {
        signature.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(
            vc_public_key_verify(keys[kind], scheme, message, vc_buffer_bytes(&signature), nullptr),
            VC_UNTRUSTED);
        signature.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t size = 0; size < signature.size; size++) {
        assert_int_equal(vc_public_key_verify(keys[kind], scheme, message,
                                              (struct vc_bytes){signature.data, size}, nullptr),
                         VC_UNTRUSTED);
    }
    message.size--;
    assert_int_equal(
        vc_public_key_verify(keys[kind], scheme, message, vc_buffer_bytes(&signature), nullptr),
        VC_UNTRUSTED);
}

static void test_every_scheme(void **state)
{
    static const uint8_t nothing[384];

    for (size_t kind = 0; kind < VC_COUNT(KINDS); kind++) {
        for (enum vc_scheme scheme = VC_SCHEME_ES256; scheme <= VC_SCHEME_PS512; scheme++) {
            if (fits(kind, scheme))
                check_signature(kind, scheme);
            else
                assert_int_equal(vc_public_key_verify(keys[kind], scheme, VC_BYTES(MESSAGE),
                                                      VC_BYTES(nothing), nullptr),
                                 VC_REFUSED);
        }
    }
    (void)state;
}

static void test_schemes_do_not_mix(void **state)
{
    for (size_t kind = 0; kind < VC_COUNT(KINDS); kind++) {
        for (enum vc_scheme made = VC_SCHEME_ES256; made <= VC_SCHEME_PS512; made++) {
            vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};

            if (!fits(kind, made))
                continue;
            vc_pki_sign(pairs[kind], made, VC_BYTES(MESSAGE), &signature);
            for (enum vc_scheme as = VC_SCHEME_ES256; as <= VC_SCHEME_PS512; as++) {
                if (fits(kind, as))
                    assert_int_equal(vc_public_key_verify(keys[kind], as, VC_BYTES(MESSAGE),
                                                          vc_buffer_bytes(&signature), nullptr),
                                     as == made ? VC_OK : VC_UNTRUSTED);
            }
        }
    }
    (void)state;
}

/* The orders of the curves (FIPS 186-5, SP 800-186 §3.2.1), 66 bytes at the most. */
static const char *const ORDERS[] = {
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc529"
    "73",
    "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148"
    "f709a5d03"
    "bb5c9b8899c47aebb6fb71e91386409",
};

static void put_hex(const char *hex, uint8_t *out)
{
    for (size_t i = 0; hex[2 * i] != '\0'; i++) {
        unsigned byte = 0;

        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
}

static void test_numbers_out_of_range(void **state)
{
    for (size_t kind = 0; kind < 3; kind++) {
        size_t half = KINDS[kind].point_size / 2;

        for (unsigned mask = 1; mask < 9; mask++) { /* r and s: as signed, 0, the order */
            vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};
            unsigned choice[2] = {mask % 3, mask / 3};

            vc_pki_sign(pairs[kind], VC_SCHEME_ES256, VC_BYTES(MESSAGE), &signature);
            for (size_t i = 0; i < 2; i++) {
                if (choice[i] == 1)
                    memset(signature.data + i * half, 0, half);
                else if (choice[i] == 2)
                    put_hex(ORDERS[kind], signature.data + i * half);
            }
            assert_int_equal(vc_public_key_verify(keys[kind], VC_SCHEME_ES256, VC_BYTES(MESSAGE),
                                                  vc_buffer_bytes(&signature), nullptr),
                             VC_UNTRUSTED);
        }
    }
    (void)state;
}

static void test_forms_agree(void **state)
{
    for (size_t kind = 0; kind < VC_COUNT(KINDS); kind++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer again = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer point = {};
        vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;

        assert_int_equal(vc_public_key_kind(keys[kind]), KINDS[kind].kind);
        assert_int_equal(vc_public_key_bits(keys[kind]), KINDS[kind].bits);
        assert_int_equal(vc_public_key_encode_der(keys[kind], &der, nullptr), VC_OK);
        if (KINDS[kind].point_size == 0) {
            assert_int_equal(vc_public_key_point(keys[kind], &point, nullptr), VC_STATE);
            continue;
        }
        assert_int_equal(vc_public_key_point(keys[kind], &point, nullptr), VC_OK);
        assert_int_equal(point.size, KINDS[kind].point_size);
        assert_int_equal(
            vc_public_key_of_point(KINDS[kind].kind, vc_buffer_bytes(&point), &key, nullptr),
            VC_OK);
        assert_int_equal(vc_public_key_encode_der(key, &again, nullptr), VC_OK);
        assert_int_equal(again.size, der.size);
        assert_memory_equal(again.data, der.data, der.size);
        point.data[0] ^= 1;
        vc_public_key_free(vc_take(key));
        assert_int_equal(
            vc_public_key_of_point(KINDS[kind].kind, vc_buffer_bytes(&point), &key, nullptr),
            VC_MALFORMED);
        point.size--;
        assert_int_equal(
            vc_public_key_of_point(KINDS[kind].kind, vc_buffer_bytes(&point), &key, nullptr),
            VC_MALFORMED);
    }
    (void)state;
}

static void test_cut_anywhere(void **state)
{
    for (size_t kind = 0; kind < VC_COUNT(KINDS); kind++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
        vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;

        assert_int_equal(vc_public_key_encode_der(keys[kind], &der, nullptr), VC_OK);
        for (size_t size = 0; size < der.size; size++) {
            assert_int_equal(
                vc_public_key_parse_der((struct vc_bytes){der.data, size}, &key, nullptr),
                VC_MALFORMED);
        }
        assert_int_equal(vc_buffer_append_text(&der, "x", nullptr), VC_OK);
        assert_int_equal(vc_public_key_parse_der(vc_buffer_bytes(&der), &key, nullptr),
                         VC_MALFORMED);
    }
    (void)state;
}

static void test_rsa_numbers(void **state)
{
    static uint8_t modulus[1032]; /* odd, and with its top bit set: form is all that is asked */
    static const uint8_t three[] = {3};
    static const uint8_t one[] = {1};
    static const uint8_t even[] = {1, 0, 0};
    static const uint8_t usual[] = {1, 0, 1};
    static const struct {
        const char *name;
        size_t size;
        struct vc_bytes exponent;
        enum vc_code code;
    } rows[] = {
        {"2048 bits", 256, VC_BYTES(usual), VC_OK},
        {"exponent 3", 256, VC_BYTES(three), VC_OK},
        {"8192 bits", 1024, VC_BYTES(usual), VC_OK},
        {"2040 bits", 255, VC_BYTES(usual), VC_REFUSED},
        {"8200 bits", 1025, VC_BYTES(usual), VC_REFUSED},
        {"exponent 1", 256, VC_BYTES(one), VC_REFUSED},
        {"exponent even", 256, VC_BYTES(even), VC_REFUSED},
        {"no exponent", 256, {}, VC_MALFORMED},
        {"no modulus", 0, VC_BYTES(usual), VC_MALFORMED},
        {"exponent too long", 256, {modulus, 256}, VC_REFUSED},
    };

    memset(modulus, 0xff, sizeof(modulus));
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
        struct vc_err err = {};
        enum vc_code code = vc_public_key_of_rsa((struct vc_bytes){modulus, rows[i].size},
                                                 rows[i].exponent, &key, &err);

        if (code != rows[i].code)
            fail_msg("%s: %s, %s", rows[i].name, vc_code_name(code), err.text);
    }
    (void)state;
}

static void test_from_our_own_pair(void **state)
{
    vc_cleanup(vc_key_freep) struct vc_key *pair = nullptr;
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    vc_cleanup(vc_public_key_freep) struct vc_public_key *from_pem = nullptr;
    vc_cleanup(vc_public_key_freep) struct vc_public_key *from_cert = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    uint8_t signature[VC_ES256_SIZE];
    const struct vc_public_key *all[3];

    assert_int_equal(vc_key_new(&pair, nullptr), VC_OK);
    assert_int_equal(vc_public_key_of_key(pair, &key, nullptr), VC_OK);
    assert_int_equal(vc_key_encode_public_pem(pair, &pem, nullptr), VC_OK);
    assert_int_equal(vc_public_key_parse_pem(vc_buffer_bytes(&pem), &from_pem, nullptr), VC_OK);
    assert_int_equal(vc_cert_new_identity(pair, "a", 0, 1, &cert, nullptr), VC_OK);
    assert_int_equal(vc_public_key_of_cert(cert, &from_cert, nullptr), VC_OK);
    assert_int_equal(vc_key_sign(pair, VC_BYTES(MESSAGE), signature, nullptr), VC_OK);
    all[0] = key;
    all[1] = from_pem;
    all[2] = from_cert;
    for (size_t i = 0; i < VC_COUNT(all); i++) {
        assert_int_equal(vc_public_key_verify(all[i], VC_SCHEME_ES256, VC_BYTES(MESSAGE),
                                              VC_BYTES(signature), nullptr),
                         VC_OK);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_scheme),         cmocka_unit_test(test_schemes_do_not_mix),
        cmocka_unit_test(test_numbers_out_of_range), cmocka_unit_test(test_forms_agree),
        cmocka_unit_test(test_cut_anywhere),         cmocka_unit_test(test_rsa_numbers),
        cmocka_unit_test(test_from_our_own_pair),
    };

    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
