/* SPDX-License-Identifier: MIT */

/* What is left of secrets in this process's memory when keys are destroyed and operations are over:
 * nothing, in either byte order (numbers have their low bytes first). Secrets are made at run time,
 * and the test has them only masked while it looks. */

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/random.h"
#include "psa/fixture.h"

static constexpr size_t NEEDLE = 16; /* bytes that are looked for */
static constexpr size_t ROOM = 2048;
static constexpr uint8_t MASK = 0xa5;
static constexpr psa_key_type_t PAIR = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);

/* A secret that is masked but for the calls that need it. */
struct secret {
    uint8_t *bytes;
    size_t size;
};

static void mask(const struct secret *secret)
{
    for (size_t i = 0; i < secret->size; i++)
        secret->bytes[i] ^= MASK;
}

static struct secret new_secret(size_t size)
{
    struct secret secret = {malloc(ROOM), size};

    assert_non_null(secret.bytes);
    assert_int_equal(vc_random(secret.bytes, size, nullptr), VC_OK);
    secret.bytes[0] &= 0x7f; /* below the order of P-256 */
    mask(&secret);
    return secret;
}

static uint32_t import(struct vc_psa *psa, struct vc_fixture_key form, const struct secret *secret)
{
    uint32_t key;

    mask(secret);
    key = vc_fixture_import(psa, form, (struct vc_bytes){secret->bytes, secret->size});
    mask(secret);
    return key;
}

/* ---- looking ---- */

struct needle {
    uint8_t masked[NEEDLE];
};

static bool is_at(const uint8_t *at, const struct needle *needle, bool reversed)
{
    for (size_t i = 0; i < NEEDLE; i++) {
        if ((at[reversed ? NEEDLE - 1 - i : i] ^ MASK) != needle->masked[i])
            return false;
    }
    return true;
}

static size_t count_in(const uint8_t *from, const uint8_t *to, const struct needle *needle)
{
    size_t found = 0;

    for (const uint8_t *at = from; at + NEEDLE <= to; at++) {
        if (is_at(at, needle, false) || is_at(at, needle, true))
            found++;
    }
    return found;
}

/* How often the end of a secret is in memory that this process can write. */
static size_t count(const struct secret *secret)
{
    struct needle needle;
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    size_t found = 0;

    assert_non_null(maps);
    memcpy(needle.masked, secret->bytes + secret->size - NEEDLE, NEEDLE);
    while (fgets(line, sizeof(line), maps) != nullptr) {
        char rights[5] = "", *rest;
        uintptr_t from = strtoumax(line, &rest, 16), to;

        to = strtoumax(*rest == '-' ? rest + 1 : rest, &rest, 16);
        if (sscanf(rest, " %4s", rights) == 1 && strncmp(rights, "rw", 2) == 0)
            found += count_in((const uint8_t *)from, (const uint8_t *)to, &needle);
    }
    assert_int_equal(fclose(maps), 0);
    return found;
}

static void expect_gone(const char *what, struct secret *secret)
{
    size_t found = count(secret);

    if (found > 0)
        fail_msg("%s: %zu times in memory", what, found);
    free(secret->bytes);
}

/* The look sees what is there: a key that lives. */
static void test_it_finds(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    struct secret secret = new_secret(32);
    uint32_t key =
        import(psa, (struct vc_fixture_key){PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, 0}, &secret);

    assert_true(count(&secret) > 0);
    vc_fixture_destroy(psa, key);
    expect_gone("a destroyed key", &secret);
    vc_psa_free(psa);
}

/* ---- what leaves nothing ---- */

static void test_signing(void **)
{
    static const psa_algorithm_t algorithms[] = {PSA_ALG_ECDSA(PSA_ALG_SHA_256),
                                                 PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256)};
    static const uint8_t message[] = {1, 2, 3};

    for (size_t i = 0; i < VC_COUNT(algorithms); i++) {
        struct vc_psa *psa = vc_fixture_service(true);
        struct secret secret = new_secret(32);
        const struct vc_fixture_key form = {PAIR, PSA_KEY_USAGE_SIGN_MESSAGE, algorithms[i]};
        uint32_t key = import(psa, form, &secret);
        struct vc_fixture_bytes signature;

        for (size_t round = 0; round < 3; round++) {
            const struct vc_fixture_two given = {.values = {key, algorithms[i]},
                                                 .first = VC_BYTES(message)};

            assert_int_equal(vc_fixture_do(psa, VC_PSA_sign_message, &given, &signature),
                             PSA_SUCCESS);
        }
        vc_fixture_destroy(psa, key);
        expect_gone(i == 0 ? "ECDSA" : "ECDSA, deterministic", &secret);
        vc_psa_free(psa);
    }
}

static vc_psa_status step(struct vc_psa *psa, struct vc_psa_call call, uint32_t *operation)
{
    vc_psa_status status;

    call.operation = *operation;
    status = vc_fixture_ask(psa, &call);
    *operation = call.operation;
    return status;
}

/* From a key, to a key and to bytes. */
static void derive(struct vc_psa *psa, psa_algorithm_t algorithm, uint32_t key,
                   const struct secret *derived)
{
    bool own = PSA_ALG_IS_PBKDF2(algorithm);
    static const uint8_t salt[] = {1, 2, 3};
    const struct vc_psa_call calls[] = {
        {.function = VC_PSA_key_derivation_setup, .values = {algorithm}},
        {.function = own ? VC_PSA_key_derivation_input_integer : VC_PSA_key_derivation_get_capacity,
         .values = {PSA_KEY_DERIVATION_INPUT_COST},
         .wide = 10},
        {.function = VC_PSA_key_derivation_input_bytes,
         .values = {PSA_KEY_DERIVATION_INPUT_SALT},
         .inputs = {VC_BYTES(salt)}},
        {.function = VC_PSA_key_derivation_input_key,
         .values = {own ? PSA_KEY_DERIVATION_INPUT_PASSWORD : PSA_KEY_DERIVATION_INPUT_SECRET,
                    key}},
        {.function = own ? VC_PSA_key_derivation_get_capacity : VC_PSA_key_derivation_input_bytes,
         .values = {PSA_KEY_DERIVATION_INPUT_INFO}},
        {.function = VC_PSA_key_derivation_output_key,
         .attributes = {.type = PSA_KEY_TYPE_AES, .bits = 128}},
        {.function = VC_PSA_key_derivation_output_bytes,
         .outputs = {{.data = derived->bytes, .room = derived->size}}},
        {.function = VC_PSA_key_derivation_verify_bytes, .inputs = {VC_BYTES(salt)}},
    };
    uint32_t operation = 0;

    for (size_t i = 0; i < VC_COUNT(calls); i++) {
        vc_psa_status status = step(psa, calls[i], &operation);

        assert_int_equal(status,
                         i + 1 < VC_COUNT(calls) ? PSA_SUCCESS : PSA_ERROR_INVALID_SIGNATURE);
    }
    mask(derived);
}

static void test_derivation(void **)
{
    const struct row {
        const char *name;
        psa_key_type_t type;
        psa_algorithm_t algorithm;
    } rows[] = {
        {"HKDF", PSA_KEY_TYPE_DERIVE, PSA_ALG_HKDF(PSA_ALG_SHA_256)},
        {"PBKDF2, HMAC", PSA_KEY_TYPE_PASSWORD, PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_256)},
        {"PBKDF2, CMAC", PSA_KEY_TYPE_PASSWORD, PSA_ALG_PBKDF2_AES_CMAC_PRF_128},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_psa *psa = vc_fixture_service(true);
        struct secret secret = new_secret(i == 2 ? 16 : 40), derived = {malloc(ROOM), 64};
        uint32_t key = import(
            psa, (struct vc_fixture_key){rows[i].type, PSA_KEY_USAGE_DERIVE, rows[i].algorithm},
            &secret);

        assert_non_null(derived.bytes);
        derive(psa, rows[i].algorithm, key, &derived);
        vc_psa_free(psa); /* wipes all keys */
        expect_gone(rows[i].name, &secret);
        expect_gone(rows[i].name, &derived);
    }
}

/* start: nonce, IV, first of the message */
static const struct symmetric {
    const char *name;
    size_t key_size, start_size;
    struct vc_fixture_key form;
    enum vc_psa_function whole, setup, start;
} symmetric[] = {
    {"GCM",
     32,
     12,
     {PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM},
     VC_PSA_aead_encrypt,
     VC_PSA_aead_encrypt_setup,
     VC_PSA_aead_set_nonce},
    {"ChaCha20-Poly1305",
     32,
     12,
     {PSA_KEY_TYPE_CHACHA20, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CHACHA20_POLY1305},
     VC_PSA_aead_encrypt,
     VC_PSA_aead_encrypt_setup,
     VC_PSA_aead_set_nonce},
    {"CCM",
     16,
     13,
     {PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CCM},
     VC_PSA_aead_encrypt,
     VC_PSA_aead_encrypt_setup,
     VC_PSA_aead_set_nonce},
    {"CTR",
     16,
     16,
     {PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CTR},
     VC_PSA_cipher_encrypt,
     VC_PSA_cipher_encrypt_setup,
     VC_PSA_cipher_set_iv},
    {"CBC",
     32,
     16,
     {PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CBC_NO_PADDING},
     VC_PSA_cipher_encrypt,
     VC_PSA_cipher_encrypt_setup,
     VC_PSA_cipher_set_iv},
    {"HMAC",
     40,
     64,
     {PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_SIGN_MESSAGE, PSA_ALG_HMAC(PSA_ALG_SHA_256)},
     VC_PSA_mac_compute,
     VC_PSA_mac_sign_setup,
     VC_PSA_mac_update},
    {"CMAC",
     16,
     64,
     {PSA_KEY_TYPE_AES, PSA_KEY_USAGE_SIGN_MESSAGE, PSA_ALG_CMAC},
     VC_PSA_mac_compute,
     VC_PSA_mac_sign_setup,
     VC_PSA_mac_update},
};

/* In one call, and in one that is under way when the key is destroyed. */
static void use_and_destroy(const struct symmetric *row)
{
    static const uint8_t zeros[64] = {};
    const struct vc_bytes start = {zeros, row->start_size};
    const bool sealed = row->whole == VC_PSA_aead_encrypt;
    struct vc_psa *psa = vc_fixture_service(true);
    struct secret secret = new_secret(row->key_size);
    uint32_t key = import(psa, row->form, &secret), none = 0, under_way = 0;
    uint8_t out[128];
    const struct vc_psa_call calls[] = {
        {.function = row->whole,
         .values = {key, row->form.algorithm},
         .inputs = {sealed ? start : VC_BYTES(zeros), {}, VC_BYTES(zeros)},
         .outputs = {{out, sizeof(out), 0}}},
        {.function = row->setup, .values = {key, row->form.algorithm}},
        {.function = row->start, .inputs = {start}},
    };

    assert_int_equal(step(psa, calls[0], &none), PSA_SUCCESS);
    assert_int_equal(step(psa, calls[1], &under_way), PSA_SUCCESS);
    assert_int_equal(step(psa, calls[2], &under_way), PSA_SUCCESS);
    assert_true(count(&secret) > 0);
    vc_fixture_destroy(psa, key);
    expect_gone(row->name, &secret);
    assert_int_equal(step(psa, calls[2], &under_way), PSA_ERROR_BAD_STATE);
    vc_psa_free(psa);
}

static void test_symmetric(void **)
{
    for (size_t i = 0; i < VC_COUNT(symmetric); i++)
        use_and_destroy(&symmetric[i]);
}

/* The private numbers of a key that was made here, one after another in its DER. */
static void test_rsa(void **)
{
    static constexpr uint32_t bits = 1024;
    static constexpr size_t public_size = 150; /* bytes at the start, at most */
    const psa_key_type_t type = PSA_KEY_TYPE_RSA_KEY_PAIR;
    const psa_algorithm_t pss = PSA_ALG_RSA_PSS(PSA_ALG_SHA_256);
    const psa_algorithm_t oaep = PSA_ALG_RSA_OAEP(PSA_ALG_SHA_256);
    struct vc_psa *psa = vc_fixture_service(true);
    uint32_t signs = vc_fixture_generate(
        psa, (struct vc_fixture_key){type, PSA_KEY_USAGE_SIGN_MESSAGE, pss}, bits);
    uint32_t decrypts = vc_fixture_again(
        psa, signs,
        (struct vc_fixture_key){type, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT, oaep});
    static const uint8_t message[] = {1, 2, 3};
    struct vc_fixture_two given = {.values = {signs, pss}, .first = VC_BYTES(message)};
    struct vc_fixture_bytes made = {}, plain = {};
    struct vc_buffer material = {};
    struct secret der;

    assert_int_equal(vc_psa_key_material(vc_psa_key_find(psa, signs), &material), PSA_SUCCESS);
    der = (struct secret){material.data, material.size}; /* its own from here on */
    mask(&der);
    assert_int_equal(vc_fixture_do(psa, VC_PSA_sign_message, &given, &made), PSA_SUCCESS);
    given.values[0] = decrypts;
    given.values[1] = oaep;
    assert_int_equal(vc_fixture_do(psa, VC_PSA_asymmetric_encrypt, &given, &made), PSA_SUCCESS);
    given.first = vc_fixture_view(&made);
    assert_int_equal(vc_fixture_do(psa, VC_PSA_asymmetric_decrypt, &given, &plain), PSA_SUCCESS);
    assert_true(count(&der) > 0);
    vc_fixture_destroy(psa, signs);
    vc_fixture_destroy(psa, decrypts);
    for (size_t end = public_size + NEEDLE; end < der.size; end += NEEDLE) {
        size_t found = count(&(struct secret){der.bytes, end});

        if (found > 0)
            fail_msg("RSA, up to byte %zu of %zu: %zu times", end, der.size, found);
    }
    expect_gone("RSA", &der);
    vc_psa_free(psa);
}

static void test_agreement(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    const struct vc_fixture_key form = {PAIR, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH};
    uint32_t other = vc_fixture_generate(psa, form, 256);
    const struct vc_fixture_bytes peer = vc_fixture_public(psa, other);
    struct secret secret = new_secret(32), agreed = {malloc(ROOM), 32};
    uint32_t key = import(psa, form, &secret);
    struct vc_psa_call calls[] = {
        {.function = VC_PSA_key_agreement,
         .values = {key, PSA_ALG_ECDH},
         .inputs = {vc_fixture_view(&peer)},
         .attributes = {.type = PSA_KEY_TYPE_DERIVE}},
        {.function = VC_PSA_raw_key_agreement,
         .values = {PSA_ALG_ECDH, key},
         .inputs = {vc_fixture_view(&peer)},
         .outputs = {{.data = agreed.bytes, .room = agreed.size}}},
    };

    assert_non_null(agreed.bytes);
    assert_int_equal(vc_fixture_ask(psa, &calls[0]), PSA_SUCCESS);
    assert_int_equal(vc_fixture_ask(psa, &calls[1]), PSA_SUCCESS);
    mask(&agreed);
    vc_fixture_destroy(psa, key);
    vc_fixture_destroy(psa, calls[0].key);
    expect_gone("the private value", &secret);
    expect_gone("the agreed secret", &agreed);
    vc_psa_free(psa);
}

static void test_password(void **)
{
    static constexpr psa_algorithm_t jpake = 0x0a000109; /* PSA_ALG_JPAKE(PSA_ALG_SHA_256) */
    struct vc_psa *psa = vc_fixture_service(true);
    struct secret secret = new_secret(24);
    uint32_t key = import(
        psa, (struct vc_fixture_key){PSA_KEY_TYPE_PASSWORD, PSA_KEY_USAGE_DERIVE, jpake}, &secret);
    static const uint8_t client[] = {'c', 'l', 'i', 'e', 'n', 't'};
    static const uint8_t server[] = {'s', 'e', 'r', 'v', 'e', 'r'};
    uint8_t share[65];
    const struct vc_psa_call calls[] = {
        {.function = VC_PSA_pake_setup, .values = {key, jpake, 0x01120100, 1}},
        {.function = VC_PSA_pake_set_user, .inputs = {VC_BYTES(client)}},
        {.function = VC_PSA_pake_set_peer, .inputs = {VC_BYTES(server)}},
        {.function = VC_PSA_pake_output,
         .values = {PSA_PAKE_STEP_KEY_SHARE},
         .outputs = {{.data = share, .room = sizeof(share)}}},
        {.function = VC_PSA_pake_abort},
    };
    uint32_t operation = 0;

    for (size_t i = 0; i < VC_COUNT(calls); i++)
        assert_int_equal(step(psa, calls[i], &operation), PSA_SUCCESS);
    vc_fixture_destroy(psa, key);
    expect_gone("J-PAKE", &secret);
    vc_psa_free(psa);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_finds),   cmocka_unit_test(test_signing),
        cmocka_unit_test(test_derivation), cmocka_unit_test(test_symmetric),
        cmocka_unit_test(test_agreement),  cmocka_unit_test(test_rsa),
        cmocka_unit_test(test_password),
    };

    return cmocka_run_group_tests_name("psa-wipe", tests, nullptr, nullptr);
}
