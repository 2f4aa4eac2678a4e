/* SPDX-License-Identifier: MIT */

#include "crypto/material.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static const struct row {
    const char *name;
    enum vc_material_kind kind;
    uint32_t bits;
    size_t private_size, public_size; /* 0: DER */
} rows[] = {
    {"RSA", VC_MATERIAL_RSA, 2048, 0, 0},      {"RSA", VC_MATERIAL_RSA, 1024, 0, 0},
    {"P-256", VC_MATERIAL_P256, 256, 32, 65},  {"P-384", VC_MATERIAL_P384, 384, 48, 97},
    {"P-521", VC_MATERIAL_P521, 521, 66, 133}, {"X25519", VC_MATERIAL_X25519, 255, 32, 32},
};

/* The text of a PEM block that the library wrote. */
static void take_text(BIO *bio, struct vc_buffer *out)
{
    char *data;
    long size = BIO_get_mem_data(bio, &data);

    assert_true(size > 0);
    assert_int_equal(
        vc_buffer_append(out, (struct vc_bytes){(const uint8_t *)data, (size_t)size}, nullptr),
        VC_OK);
    BIO_free(bio);
}

static EVP_PKEY *make_key(const struct row *row)
{
    EVP_PKEY *key =
        row->kind == VC_MATERIAL_RSA ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", (size_t)row->bits)
        : row->kind == VC_MATERIAL_X25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")
                                          : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", row->name);

    assert_non_null(key);
    return key;
}

/* What the library says of the same key. */
static void expect_material(EVP_PKEY *key, const struct row *row, bool pair,
                            const struct vc_buffer *material)
{
    unsigned char *expect = nullptr;
    size_t size = 0;

    if (row->kind == VC_MATERIAL_RSA) {
        size = (size_t)(pair ? i2d_PrivateKey(key, &expect) : i2d_PublicKey(key, &expect));
    } else if (!pair) {
        size = EVP_PKEY_get1_encoded_public_key(key, &expect);
        assert_int_equal(size, row->public_size);
    } else {
        assert_int_equal(material->size, row->private_size);
        if (row->kind != VC_MATERIAL_X25519)
            return; /* shown below, by the public key that belongs to it */
        size = 32;
        expect = OPENSSL_malloc(size);
        assert_int_equal(EVP_PKEY_get_raw_private_key(key, expect, &size), 1);
    }
    assert_int_equal(material->size, size);
    assert_memory_equal(material->data, expect, size);
    OPENSSL_free(expect);
}

static void read_and_compare(EVP_PKEY *key, const struct row *row, bool pair, struct vc_buffer *pem)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer material = {};
    struct vc_material_form form = {};
    struct vc_err err = {};

    if (vc_material_parse_pem(vc_buffer_bytes(pem), &form, &material, &err) != VC_OK)
        fail_msg("%s: %s", row->name, err.text);
    assert_int_equal(form.kind, row->kind);
    assert_int_equal(form.bits, row->bits);
    assert_true(form.pair == pair);
    expect_material(key, row, pair, &material);
}

/* As PKCS#8, as the public half, and in the form of its algorithm alone, which X25519 has not. */
static bool write_form(EVP_PKEY *key, size_t form, BIO *bio)
{
    if (form == 0)
        return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
    if (form == 1)
        return PEM_write_bio_PUBKEY(bio, key) == 1;
    return PEM_write_bio_PrivateKey_traditional(bio, key, nullptr, nullptr, 0, nullptr, nullptr) ==
           1;
}

static void test_every_form_of_pem(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        EVP_PKEY *key = make_key(&rows[i]);
        size_t count = rows[i].kind == VC_MATERIAL_X25519 ? 2 : 3;

        for (size_t form = 0; form < count; form++) {
            vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
            BIO *bio = BIO_new(BIO_s_mem());

            assert_true(write_form(key, form, bio));
            take_text(bio, &pem);
            read_and_compare(key, &rows[i], form != 1, &pem);
        }
        EVP_PKEY_free(key);
    }
}

/* The public half that is told, read back, fits the private one: a signature, or an agreement. */
static void test_new_pairs(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer material = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer again = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer point = {};
        struct vc_material_form form = {};
        struct vc_err err = {};

        if (vc_material_new(rows[i].kind, rows[i].bits, &material, &pem, &err) != VC_OK ||
            vc_material_new(rows[i].kind, rows[i].bits, &again, nullptr, &err) != VC_OK)
            fail_msg("%s: %s", rows[i].name, err.text);
        if (rows[i].private_size != 0)
            assert_int_equal(material.size, rows[i].private_size);
        assert_true(material.size != again.size ||
                    memcmp(material.data, again.data, material.size) != 0);
        assert_int_equal(vc_material_parse_pem(vc_buffer_bytes(&pem), &form, &point, &err), VC_OK);
        assert_false(form.pair);
        assert_int_equal(form.bits, rows[i].bits);
        if (rows[i].kind == VC_MATERIAL_X25519) {
            EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(nullptr, "X25519", nullptr,
                                                            material.data, material.size);
            uint8_t expect[32];
            size_t size = sizeof(expect);

            assert_int_equal(EVP_PKEY_get_raw_public_key(key, expect, &size), 1);
            assert_memory_equal(expect, point.data, size);
            EVP_PKEY_free(key);
        }
        if (rows[i].kind == VC_MATERIAL_RSA) {
            const unsigned char *at = material.data;
            EVP_PKEY *key = d2i_AutoPrivateKey(nullptr, &at, (long)material.size);
            unsigned char *der = nullptr;

            assert_int_equal(i2d_PublicKey(key, &der), point.size);
            assert_memory_equal(der, point.data, point.size);
            OPENSSL_free(der);
            EVP_PKEY_free(key);
        }
    }
}

/* ------------------------------------------------------------------------------------- refusals */

static void expect_refusal(const char *name, struct vc_bytes pem, enum vc_code code,
                           const char *says)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer material = {};
    struct vc_material_form form = {};
    struct vc_err err = {};
    enum vc_code got = vc_material_parse_pem(pem, &form, &material, &err);

    if (got != code || strstr(err.text, says) == nullptr)
        fail_msg("%s: %s: %s", name, vc_code_name(got), err.text);
    assert_int_equal(material.size, 0);
}

static void write_pem(EVP_PKEY *key, const char *password, struct vc_buffer *pem)
{
    BIO *bio = BIO_new(BIO_s_mem());

    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(
                         bio, key, password == nullptr ? nullptr : EVP_aes_128_cbc(), password,
                         password == nullptr ? 0 : (int)strlen(password), nullptr, nullptr),
                     1);
    take_text(bio, pem);
}

static void test_other_keys(void **)
{
    static const char *const algorithms[] = {"ED25519", "X448", "ED448"};

    for (size_t i = 0; i < VC_COUNT(algorithms); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
        EVP_PKEY *key = EVP_PKEY_Q_keygen(nullptr, nullptr, algorithms[i]);

        write_pem(key, nullptr, &pem);
        expect_refusal(algorithms[i], vc_buffer_bytes(&pem), VC_REFUSED, "neither an RSA key nor");
        EVP_PKEY_free(key);
    }
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    EVP_PKEY *key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "secp256k1");

    write_pem(key, nullptr, &pem);
    expect_refusal("secp256k1", vc_buffer_bytes(&pem), VC_REFUSED, "neither an RSA key nor");
    EVP_PKEY_free(key);
}

static void test_texts(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer locked = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer twice = {};
    EVP_PKEY *key = make_key(&rows[2]);
    static const char empty[] = "-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----\n";
    static const char wrong[] = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    static uint8_t large[40000];

    write_pem(key, nullptr, &pem);
    write_pem(key, "secret", &locked);
    EVP_PKEY_free(key);
    assert_int_equal(vc_buffer_append(&twice, vc_buffer_bytes(&pem), nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(&twice, vc_buffer_bytes(&pem), nullptr), VC_OK);
    expect_refusal("encrypted", vc_buffer_bytes(&locked), VC_MALFORMED, "that is not encrypted");
    expect_refusal("two keys", vc_buffer_bytes(&twice), VC_MALFORMED, "not exactly one PEM block");
    expect_refusal("nothing", (struct vc_bytes){}, VC_MALFORMED, "not exactly one PEM block");
    expect_refusal("empty", (struct vc_bytes){(const uint8_t *)empty, strlen(empty)}, VC_MALFORMED,
                   "not exactly one PEM block");
    expect_refusal("no DER", (struct vc_bytes){(const uint8_t *)wrong, strlen(wrong)}, VC_MALFORMED,
                   "no key that can be read");
    expect_refusal("large", (struct vc_bytes){large, sizeof(large)}, VC_LIMIT, "at most 32768");
    for (size_t size = 0; size + 1 < pem.size; size++) { /* the last is white space */
        vc_cleanup(vc_buffer_done) struct vc_buffer material = {};
        struct vc_material_form form = {};

        assert_int_not_equal(
            vc_material_parse_pem((struct vc_bytes){pem.data, size}, &form, &material, nullptr),
            VC_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_of_pem),
        cmocka_unit_test(test_new_pairs),
        cmocka_unit_test(test_other_keys),
        cmocka_unit_test(test_texts),
    };

    return cmocka_run_group_tests_name("material", tests, nullptr, nullptr);
}
