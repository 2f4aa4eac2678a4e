/* SPDX-License-Identifier: MIT */

/* Key derivation: published vectors by every way out of an operation. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "psa/derive_fixture.h"

static void test_bytes(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);

    for (size_t i = 0; i < VC_DERIVE_VECTOR_COUNT; i++) {
        const struct vc_fixture_bytes wanted = vc_fixture_hex(VC_DERIVE_VECTORS[i].output);

        /* in one piece, in pieces of 7, by keys and by bytes */
        for (size_t way = 0; way < 4; way++) {
            uint32_t operation =
                vc_derive_feed(psa, &VC_DERIVE_VECTORS[i], way % 2 == 0 ? 0 : PSA_KEY_USAGE_DERIVE);
            size_t piece = way < 2 ? wanted.size : 7;
            uint8_t got[1024];

            for (size_t at = 0; at < wanted.size; at += piece) {
                if (piece > wanted.size - at)
                    piece = wanted.size - at;
                assert_int_equal(vc_derive_output(psa, &operation, got + at, piece), PSA_SUCCESS);
            }
            if (memcmp(got, wanted.data, wanted.size) != 0)
                fail_msg("%s, way %zu", VC_DERIVE_VECTORS[i].name, way);
            vc_derive_abort(psa, &operation);
        }
    }
    vc_psa_free(psa);
}

static void test_verify_bytes(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);

    for (size_t i = 0; i < VC_DERIVE_VECTOR_COUNT; i++) {
        struct vc_fixture_bytes wanted = vc_fixture_hex(VC_DERIVE_VECTORS[i].output);
        uint32_t operation =
            vc_derive_feed(psa, &VC_DERIVE_VECTORS[i], PSA_KEY_USAGE_VERIFY_DERIVATION);
        uint8_t byte;

        /* what it verifies it has passed */
        assert_int_equal(vc_derive_verify(psa, &operation, (struct vc_bytes){wanted.data, 3}),
                         PSA_SUCCESS);
        assert_int_equal(vc_derive_verify(psa, &operation, (struct vc_bytes){wanted.data + 3, 1}),
                         PSA_SUCCESS);
        assert_int_equal(
            vc_derive_verify(psa, &operation, (struct vc_bytes){wanted.data + 4, wanted.size - 4}),
            PSA_SUCCESS);
        vc_derive_abort(psa, &operation);
        if (VC_DERIVE_VECTORS[i].inputs[0].number > 1000)
            continue; /* not fast, and no different */
        for (size_t bit = 0; bit < 8 * wanted.size; bit += bit % 8 == 0 ? 7 : 1) {
            operation =
                vc_derive_feed(psa, &VC_DERIVE_VECTORS[i], bit % 16 < 8 ? 0 : PSA_KEY_USAGE_DERIVE);
            wanted.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(vc_derive_verify(psa, &operation, vc_fixture_view(&wanted)),
                             PSA_ERROR_INVALID_SIGNATURE);
            wanted.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(operation, 0);
        }
        operation = vc_derive_feed(psa, &VC_DERIVE_VECTORS[i], PSA_KEY_USAGE_VERIFY_DERIVATION);
        assert_int_equal(vc_derive_output(psa, &operation, &byte, 1), PSA_ERROR_NOT_PERMITTED);
        assert_int_equal(operation, 0);
    }
    vc_psa_free(psa);
}

/* The bytes as the material of a key that can be exported, and as what another is compared with. */
static void test_keys(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);

    for (size_t i = 0; i < VC_DERIVE_VECTOR_COUNT; i++) {
        const struct vc_fixture_bytes wanted = vc_fixture_hex(VC_DERIVE_VECTORS[i].output);
        const psa_algorithm_t algorithm = VC_DERIVE_VECTORS[i].algorithm;
        struct vc_psa_attributes form = {.type = PSA_KEY_TYPE_PASSWORD_HASH,
                                         .bits = (uint32_t)(8 * wanted.size),
                                         .usage =
                                             PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_VERIFY_DERIVATION,
                                         .algorithm = algorithm};
        uint32_t operation = vc_derive_feed(psa, &VC_DERIVE_VECTORS[i], PSA_KEY_USAGE_DERIVE);
        struct vc_fixture_bytes exported = {};
        uint32_t key = 0, none;

        assert_int_equal(vc_derive_output_key(psa, &operation, form, &key), PSA_SUCCESS);
        assert_int_equal(vc_fixture_do(psa, VC_PSA_export_key,
                                       &(struct vc_fixture_two){.values = {key}}, &exported),
                         PSA_SUCCESS);
        assert_int_equal(exported.size, wanted.size);
        assert_memory_equal(exported.data, wanted.data, wanted.size);
        vc_derive_abort(psa, &operation);

        operation = vc_derive_feed(psa, &VC_DERIVE_VECTORS[i], PSA_KEY_USAGE_VERIFY_DERIVATION);
        assert_int_equal(vc_derive_verify_key(psa, &operation, key), PSA_SUCCESS);
        vc_derive_abort(psa, &operation);

        /* from bytes, and from keys that only verify, no keys are derived */
        for (size_t way = 0; way < 2; way++) {
            operation = vc_derive_feed(psa, &VC_DERIVE_VECTORS[i],
                                       way == 0 ? 0 : PSA_KEY_USAGE_VERIFY_DERIVATION);
            assert_int_equal(vc_derive_output_key(psa, &operation, form, &none),
                             PSA_ERROR_NOT_PERMITTED);
            assert_int_equal(operation, 0);
        }
        vc_fixture_destroy(psa, key);
    }
    vc_psa_free(psa);
}

/* ---- capacity ---- */

static void test_capacity(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);
    uint8_t bytes[64];

    for (size_t i = 0; i < VC_DERIVE_VECTOR_COUNT; i++) {
        uint32_t operation = vc_derive_feed(psa, &VC_DERIVE_VECTORS[i], PSA_KEY_USAGE_DERIVE);
        uint32_t before = vc_derive_capacity(psa, operation);
        uint32_t key = 0;
        struct vc_psa_attributes form = {
            .type = PSA_KEY_TYPE_AES, .bits = 128, .usage = PSA_KEY_USAGE_ENCRYPT};

        print_message("# %s: %u bytes\n", VC_DERIVE_VECTORS[i].name, before);
        if (before < UINT32_MAX) {
            assert_int_equal(vc_derive_set_capacity(psa, &operation, before + 1),
                             PSA_ERROR_INVALID_ARGUMENT);
        }
        assert_int_equal(vc_derive_set_capacity(psa, &operation, 10), PSA_SUCCESS);
        assert_int_equal(vc_derive_set_capacity(psa, &operation, 11), PSA_ERROR_INVALID_ARGUMENT);
        assert_int_equal(vc_derive_capacity(psa, operation), 10);
        assert_int_equal(vc_derive_output(psa, &operation, bytes, 4), PSA_SUCCESS);
        assert_int_equal(vc_derive_capacity(psa, operation), 6);
        if (i % 3 == 0) {
            assert_int_equal(vc_derive_output(psa, &operation, bytes, 7),
                             PSA_ERROR_INSUFFICIENT_DATA);
        } else if (i % 3 == 1) {
            assert_int_equal(vc_derive_verify(psa, &operation, (struct vc_bytes){bytes, 7}),
                             PSA_ERROR_INSUFFICIENT_DATA);
        } else {
            assert_int_equal(vc_derive_output_key(psa, &operation, form, &key),
                             PSA_ERROR_INSUFFICIENT_DATA);
        }
        assert_int_not_equal(operation, 0); /* it is still there, and empty */
        assert_int_equal(vc_derive_capacity(psa, operation), 0);
        assert_int_equal(vc_derive_output(psa, &operation, bytes, 1), PSA_ERROR_INSUFFICIENT_DATA);
        vc_derive_abort(psa, &operation);
    }
    vc_psa_free(psa);
}

/* Agreement as an input, RFC 7748 §6.1: the two sides derive the same key. */
static void test_agreement_as_input(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    const psa_key_type_t type = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY);
    const psa_algorithm_t both = PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, HKDF);
    const struct vc_fixture_key form = {type, PSA_KEY_USAGE_DERIVE, both};
    uint32_t pair[2] = {vc_fixture_generate(psa, form, 255), vc_fixture_generate(psa, form, 255)};
    uint8_t got[2][32];

    for (size_t i = 0; i < 2; i++) {
        const struct vc_fixture_bytes peer = vc_fixture_public(psa, pair[1 - i]);
        uint32_t operation = vc_derive_setup(psa, both);

        assert_int_equal(
            vc_derive_step(psa,
                           (struct vc_psa_call){.function = VC_PSA_key_derivation_key_agreement,
                                                .values = {SECRET, pair[i]},
                                                .inputs = {vc_fixture_view(&peer)}},
                           &operation),
            PSA_SUCCESS);
        assert_int_equal(vc_derive_input_bytes(psa, &operation, INFO, (struct vc_bytes){}),
                         PSA_SUCCESS);
        assert_int_equal(vc_derive_output(psa, &operation, got[i], 32), PSA_SUCCESS);
        vc_derive_abort(psa, &operation);
    }
    assert_memory_equal(got[0], got[1], 32);

    const struct vc_fixture_bytes peer = vc_fixture_public(psa, pair[0]);
    const struct row {
        const char *name;
        psa_algorithm_t algorithm;
        uint32_t step, key;
        size_t size;
        vc_psa_status status;
    } rows[] = {
        {"no agreement", HKDF, SECRET, pair[1], 32, PSA_ERROR_INVALID_ARGUMENT},
        {"PBKDF2", PBKDF2, PASS, pair[1], 32, PSA_ERROR_INVALID_ARGUMENT},
        {"as salt", both, SALT, pair[1], 32, PSA_ERROR_INVALID_ARGUMENT},
        {"a step that is cut", both, SECRET + 0x10000, pair[1], 32, PSA_ERROR_INVALID_ARGUMENT},
        {"no key", both, SECRET, 1, 32, PSA_ERROR_INVALID_HANDLE},
        {"a byte short", both, SECRET, pair[1], 31, PSA_ERROR_INVALID_ARGUMENT},
        {"a byte too long", both, SECRET, pair[1], 33, PSA_ERROR_INVALID_ARGUMENT},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        uint32_t operation = vc_derive_setup(psa, rows[i].algorithm);
        vc_psa_status status =
            vc_derive_step(psa,
                           (struct vc_psa_call){.function = VC_PSA_key_derivation_key_agreement,
                                                .values = {rows[i].step, rows[i].key},
                                                .inputs = {{peer.data, rows[i].size}}},
                           &operation);

        if (status != rows[i].status)
            fail_msg("%s: %d", rows[i].name, status);
        assert_int_equal(operation, 0);
    }
    vc_psa_free(psa);
}

/* ---- what TLS makes of the secret of J-PAKE ---- */

static constexpr psa_algorithm_t TO_PMS = PSA_ALG_TLS12_ECJPAKE_TO_PMS;

/* The generator of P-256 (SEC 2, 2.4.2), and SHA-256 of its first coordinate. */
static struct vc_fixture_bytes point(void)
{
    return vc_fixture_hex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                          "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
}

static struct vc_fixture_bytes hash_of(struct vc_psa *psa, struct vc_bytes bytes)
{
    struct vc_fixture_bytes hash = {};

    assert_int_equal(
        vc_fixture_do(psa, VC_PSA_hash_compute,
                      &(struct vc_fixture_two){.values = {PSA_ALG_SHA_256}, .first = bytes}, &hash),
        PSA_SUCCESS);
    return hash;
}

static uint32_t secret_key(struct vc_psa *psa, psa_key_type_t type, psa_key_usage_t usage)
{
    const struct vc_fixture_bytes secret = point();

    return vc_fixture_import(psa, (struct vc_fixture_key){type, usage, TO_PMS},
                             vc_fixture_view(&secret));
}

static uint32_t feed_secret(struct vc_psa *psa, psa_key_usage_t usage)
{
    const struct vc_fixture_bytes secret = point();
    uint32_t operation = vc_derive_setup(psa, TO_PMS), key;

    assert_int_equal(vc_derive_capacity(psa, operation), 32);
    if (usage == 0) {
        assert_int_equal(vc_derive_input_bytes(psa, &operation, SECRET, vc_fixture_view(&secret)),
                         PSA_SUCCESS);
        return operation;
    }
    key = secret_key(psa, PSA_KEY_TYPE_DERIVE, usage);
    assert_int_equal(vc_derive_input_key(psa, &operation, SECRET, key), PSA_SUCCESS);
    vc_fixture_destroy(psa, key);
    return operation;
}

static void test_jpake_to_pms(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);
    const struct vc_fixture_bytes secret = point();
    struct vc_fixture_bytes wanted = hash_of(psa, (struct vc_bytes){secret.data + 1, 32});
    const struct vc_psa_attributes form = {.type = PSA_KEY_TYPE_DERIVE,
                                           .bits = 256,
                                           .usage = PSA_KEY_USAGE_DERIVE | PSA_KEY_USAGE_EXPORT,
                                           .algorithm = PSA_ALG_TLS12_PSK_TO_MS(PSA_ALG_SHA_256)};
    struct vc_fixture_bytes exported = {};
    uint32_t operation, key = 0;
    uint8_t got[33];

    for (size_t way = 0; way < 2; way++) {
        operation = feed_secret(psa, way == 0 ? 0 : PSA_KEY_USAGE_DERIVE);
        assert_int_equal(vc_derive_output(psa, &operation, got, 32), PSA_SUCCESS);
        assert_memory_equal(got, wanted.data, 32);
        assert_int_equal(vc_derive_capacity(psa, operation), 0);
        assert_int_equal(vc_derive_output(psa, &operation, got, 32), PSA_ERROR_INSUFFICIENT_DATA);
        vc_derive_abort(psa, &operation);
    }
    operation = feed_secret(psa, PSA_KEY_USAGE_DERIVE);
    assert_int_equal(vc_derive_output_key(psa, &operation, form, &key), PSA_SUCCESS);
    assert_int_equal(
        vc_fixture_do(psa, VC_PSA_export_key, &(struct vc_fixture_two){.values = {key}}, &exported),
        PSA_SUCCESS);
    assert_int_equal(exported.size, 32);
    assert_memory_equal(exported.data, wanted.data, 32);
    vc_derive_abort(psa, &operation);
    operation = feed_secret(psa, PSA_KEY_USAGE_VERIFY_DERIVATION);
    assert_int_equal(vc_derive_verify(psa, &operation, vc_fixture_view(&wanted)), PSA_SUCCESS);
    vc_derive_abort(psa, &operation);
    wanted.data[31] ^= 1;
    operation = feed_secret(psa, PSA_KEY_USAGE_VERIFY_DERIVATION);
    assert_int_equal(vc_derive_verify(psa, &operation, vc_fixture_view(&wanted)),
                     PSA_ERROR_INVALID_SIGNATURE);
    vc_psa_free(psa);
}

static void test_jpake_to_pms_refused(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);
    struct vc_fixture_bytes secret = point();
    uint32_t no_secret = secret_key(psa, PSA_KEY_TYPE_RAW_DATA, PSA_KEY_USAGE_DERIVE);
    uint32_t no_use = secret_key(psa, PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_EXPORT);
    uint32_t good = secret_key(psa, PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE);
    const struct vc_psa_call combined = {.function = VC_PSA_key_derivation_setup,
                                         .values = {PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, TO_PMS)}};
    uint32_t operation, key;
    uint8_t got[33];

    for (size_t size = 0; size <= 67; size++) {
        operation = vc_derive_setup(psa, TO_PMS);
        assert_int_equal(
            vc_derive_input_bytes(psa, &operation, SECRET, (struct vc_bytes){secret.data, size}),
            size == 65 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT);
        vc_derive_abort(psa, &operation);
    }
    for (uint32_t at = SALT; at <= COST; at++) {
        operation = vc_derive_setup(psa, TO_PMS);
        assert_int_equal(vc_derive_input_bytes(psa, &operation, at, vc_fixture_view(&secret)),
                         PSA_ERROR_INVALID_ARGUMENT);
    }
    for (size_t size = 1; size <= 33; size++) {
        operation = feed_secret(psa, PSA_KEY_USAGE_DERIVE);
        assert_int_equal(vc_derive_output(psa, &operation, got, size),
                         size < 32    ? PSA_ERROR_INVALID_ARGUMENT
                         : size == 32 ? PSA_SUCCESS
                                      : PSA_ERROR_INSUFFICIENT_DATA);
        vc_derive_abort(psa, &operation);
    }
    secret.data[0] = 2;
    operation = vc_derive_setup(psa, TO_PMS);
    assert_int_equal(vc_derive_input_bytes(psa, &operation, SECRET, vc_fixture_view(&secret)),
                     PSA_ERROR_INVALID_ARGUMENT);
    operation = vc_derive_setup(psa, TO_PMS);
    assert_int_equal(vc_derive_output(psa, &operation, got, 32), PSA_ERROR_BAD_STATE);
    operation = vc_derive_setup(psa, TO_PMS);
    assert_int_equal(vc_derive_verify(psa, &operation, (struct vc_bytes){got, 32}),
                     PSA_ERROR_BAD_STATE);
    operation = 0;
    assert_int_equal(vc_derive_step(psa, combined, &operation), PSA_ERROR_INVALID_ARGUMENT);
    operation = vc_derive_setup(psa, TO_PMS);
    assert_int_equal(
        vc_derive_output_key(psa, &operation,
                             (struct vc_psa_attributes){.type = PSA_KEY_TYPE_DERIVE, .bits = 256},
                             &key),
        PSA_ERROR_BAD_STATE);
    for (size_t way = 0; way < 2; way++) { /* twice */
        secret = point();
        operation = feed_secret(psa, PSA_KEY_USAGE_DERIVE);
        assert_int_equal(
            way == 0 ? vc_derive_input_bytes(psa, &operation, SECRET, vc_fixture_view(&secret))
                     : vc_derive_input_key(psa, &operation, SECRET, good),
            PSA_ERROR_BAD_STATE);
        assert_int_equal(operation, 0);
    }
    operation = vc_derive_setup(psa, TO_PMS);
    assert_int_equal(vc_derive_input_key(psa, &operation, SECRET, no_secret),
                     PSA_ERROR_INVALID_ARGUMENT);
    operation = vc_derive_setup(psa, TO_PMS);
    assert_int_equal(vc_derive_input_key(psa, &operation, SECRET, no_use), PSA_ERROR_NOT_PERMITTED);
    vc_psa_free(psa);
}

/* ---- a key for an agreement and what is derived from it, which is no key of a pair ---- */

static void test_secret_of_a_combination(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);
    const psa_algorithm_t both = PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, HKDF);
    const struct vc_derive_vector *vector = &VC_DERIVE_VECTORS[0];
    const struct vc_fixture_bytes wanted = vc_fixture_hex(vector->output);
    struct vc_derive_vector combined = *vector;
    uint8_t got[64] = {};
    uint32_t operation;

    assert_int_equal(vector->algorithm, HKDF);
    combined.algorithm = both;
    operation = vc_derive_feed(psa, &combined, PSA_KEY_USAGE_VERIFY_DERIVATION);
    assert_int_equal(vc_derive_set_capacity(psa, &operation, 32), PSA_SUCCESS);
    assert_int_equal(vc_derive_verify(psa, &operation, (struct vc_bytes){wanted.data, 32}),
                     PSA_SUCCESS);
    vc_derive_abort(psa, &operation);
    operation = vc_derive_feed(psa, &combined, PSA_KEY_USAGE_DERIVE);
    assert_int_equal(vc_derive_output(psa, &operation, got, 32), PSA_SUCCESS);
    assert_memory_equal(got, wanted.data, 32);
    vc_derive_abort(psa, &operation);
    operation = vc_derive_setup(psa, both); /* nothing went in */
    assert_int_equal(vc_derive_verify(psa, &operation, (struct vc_bytes){got, 32}),
                     PSA_ERROR_BAD_STATE);
    assert_int_equal(operation, 0);
    vc_psa_free(psa);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_verify_bytes),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_agreement_as_input),
        cmocka_unit_test(test_jpake_to_pms),
        cmocka_unit_test(test_jpake_to_pms_refused),
        cmocka_unit_test(test_secret_of_a_combination),
    };

    return cmocka_run_group_tests_name("psa-derive", tests, nullptr, nullptr);
}
