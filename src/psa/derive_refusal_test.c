/* SPDX-License-Identifier: MIT */

/* Key derivation: what is refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "psa/derive_fixture.h"

/* Before any input, after each but the last, and with all: what can be done then. */
static void test_order(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);
    const struct vc_derive_input rows[][INPUTS_MAX] = {
        {{INFO, "00", 0}},                                       /* no secret */
        {{SALT, "00", 0}, {INFO, "00", 0}},                      /* no secret */
        {{SECRET, "00", 0}},                                     /* no info */
        {{SECRET, "00", 0}, {INFO, "00", 0}, {INFO, "00", 0}},   /* twice */
        {{SECRET, "00", 0}, {SECRET, "00", 0}, {INFO, "00", 0}}, /* twice */
        {{SECRET, "00", 0}, {SALT, "00", 0}, {INFO, "00", 0}},   /* late */
        {{COST, nullptr, 1}},                                    /* none has that */
        {{PASS, "00", 0}},
        {{SEED, "00", 0}},
    };
    const struct vc_derive_input own[][INPUTS_MAX] = {
        {{SALT, "00", 0}},
        {{PASS, "00", 0}},
        {{COST, nullptr, 1}, {COST, nullptr, 1}},
        {{COST, nullptr, 1}, {PASS, "00", 0}},
        {{COST, nullptr, 1}, {SALT, "00", 0}},
        {{COST, nullptr, 1}, {SALT, "00", 0}, {PASS, "00", 0}, {PASS, "00", 0}},
        {{COST, nullptr, 1}, {SALT, "00", 0}, {PASS, "00", 0}, {SALT, "00", 0}},
        {{COST, nullptr, 0}},
        {{COST, nullptr, UINT64_C(1) << 32}},
        {{COST, nullptr, UINT64_MAX}},
        {{COST, "01", 0}},
        {{SALT, nullptr, 1}},
        {{COST, nullptr, 1}, {SECRET, "00", 0}},
        {{COST, nullptr, 1}, {INFO, "00", 0}},
        {{COST + 0x10000, nullptr, 1}},
    };

    for (size_t i = 0; i < VC_COUNT(rows) + VC_COUNT(own); i++) {
        const struct vc_derive_input *inputs =
            i < VC_COUNT(rows) ? rows[i] : own[i - VC_COUNT(rows)];
        uint32_t operation = vc_derive_setup(psa, i < VC_COUNT(rows) ? HKDF : PBKDF2);
        vc_psa_status status = PSA_SUCCESS;
        uint8_t byte;

        for (size_t j = 0; j < INPUTS_MAX && inputs[j].step != 0 && status == PSA_SUCCESS; j++) {
            const struct vc_fixture_bytes bytes =
                vc_fixture_hex(inputs[j].hex == nullptr ? "" : inputs[j].hex);

            status = inputs[j].hex == nullptr
                         ? vc_derive_input_number(psa, &operation, inputs[j].step, inputs[j].number)
                         : vc_derive_input_bytes(psa, &operation, inputs[j].step,
                                                 vc_fixture_view(&bytes));
        }
        if (status == PSA_SUCCESS)
            status = vc_derive_output(psa, &operation, &byte, 1);
        if (status != PSA_ERROR_BAD_STATE && status != PSA_ERROR_INVALID_ARGUMENT &&
            status != PSA_ERROR_NOT_SUPPORTED)
            fail_msg("row %zu: %d", i, status);
        assert_int_equal(operation, 0);
    }
    vc_psa_free(psa);
}

static void test_no_input_after_output(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);
    uint8_t byte;

    for (size_t i = 0; i < VC_DERIVE_VECTOR_COUNT; i++) {
        for (const struct vc_derive_input *input = VC_DERIVE_VECTORS[i].inputs;
             input < VC_DERIVE_VECTORS[i].inputs + INPUTS_MAX && input->step != 0; input++) {
            uint32_t operation = vc_derive_feed(psa, &VC_DERIVE_VECTORS[i], 0);

            if (VC_DERIVE_VECTORS[i].inputs[0].number > 1000)
                continue;
            assert_int_equal(vc_derive_output(psa, &operation, &byte, 1), PSA_SUCCESS);
            assert_int_equal(input->hex == nullptr
                                 ? vc_derive_input_number(psa, &operation, input->step, 1)
                                 : vc_derive_input_bytes(psa, &operation, input->step,
                                                         (struct vc_bytes){&byte, 1}),
                             PSA_ERROR_BAD_STATE);
            assert_int_equal(operation, 0);
        }
    }
    vc_psa_free(psa);
}

static void test_setup(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);
    const struct row {
        const char *name;
        psa_algorithm_t algorithm;
        vc_psa_status status;
    } rows[] = {
        {"no algorithm", 0, PSA_ERROR_INVALID_ARGUMENT},
        {"a hash", PSA_ALG_SHA_256, PSA_ERROR_INVALID_ARGUMENT},
        {"a cipher", PSA_ALG_CTR, PSA_ERROR_INVALID_ARGUMENT},
        {"a raw agreement", PSA_ALG_ECDH, PSA_ERROR_INVALID_ARGUMENT},
        {"PBKDF2 of no hash", PSA_ALG_PBKDF2_HMAC(0), PSA_ERROR_NOT_SUPPORTED},
        {"PBKDF2 of any hash", PSA_ALG_PBKDF2_HMAC(PSA_ALG_ANY_HASH), PSA_ERROR_NOT_SUPPORTED},
        {"HKDF of no hash", PSA_ALG_HKDF(0), PSA_ERROR_NOT_SUPPORTED},
        {"agreement and PBKDF2", PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, PBKDF2),
         PSA_ERROR_NOT_SUPPORTED},
        {"SP 800-108", 0x08000709, PSA_ERROR_NOT_SUPPORTED},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_psa_call call = {.function = VC_PSA_key_derivation_setup,
                                   .values = {rows[i].algorithm}};
        vc_psa_status status = vc_fixture_ask(psa, &call);

        if (status != rows[i].status)
            fail_msg("%s: %d", rows[i].name, status);
        assert_int_equal(call.operation, 0);
    }
    assert_int_equal(psa->operation_count, 0);
    vc_psa_free(psa);
}

/* Handles that are none: unknown, of another family, over, of an operation that is active. */
static void test_handles(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);
    uint32_t over = vc_derive_setup(psa, HKDF), active = vc_derive_setup(psa, PBKDF2), hash;
    struct vc_psa_call other = {.function = VC_PSA_hash_setup, .values = {PSA_ALG_SHA_256}};
    uint8_t byte = 0;
    const struct vc_bytes one = {&byte, 1};
    uint32_t rows[6], key;

    rows[0] = 0;
    rows[1] = over;
    rows[2] = 12345;
    rows[3] = UINT32_MAX;
    rows[4] = active & ~VC_PSA_HANDLE_STORED;
    vc_derive_abort(psa, &over);
    assert_int_equal(vc_fixture_ask(psa, &other), PSA_SUCCESS);
    hash = rows[5] = other.operation;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        uint32_t at = rows[i];

        assert_int_equal(vc_derive_input_bytes(psa, &at, SALT, one), PSA_ERROR_BAD_STATE);
        assert_int_equal(vc_derive_input_number(psa, &at, COST, 1), PSA_ERROR_BAD_STATE);
        assert_int_equal(vc_derive_input_key(psa, &at, SECRET, 1), PSA_ERROR_BAD_STATE);
        assert_int_equal(vc_derive_output(psa, &at, &byte, 1), PSA_ERROR_BAD_STATE);
        assert_int_equal(vc_derive_verify(psa, &at, one), PSA_ERROR_BAD_STATE);
        assert_int_equal(vc_derive_verify_key(psa, &at, 1), PSA_ERROR_BAD_STATE);
        assert_int_equal(vc_derive_set_capacity(psa, &at, 1), PSA_ERROR_BAD_STATE);
        assert_int_equal(vc_derive_output_key(psa, &at, (struct vc_psa_attributes){}, &key),
                         PSA_ERROR_BAD_STATE);
        assert_int_equal(
            vc_derive_step(
                psa, (struct vc_psa_call){.function = VC_PSA_key_derivation_get_capacity}, &at),
            PSA_ERROR_BAD_STATE);
        assert_int_equal(
            vc_derive_step(
                psa, (struct vc_psa_call){.function = VC_PSA_key_derivation_key_agreement}, &at),
            PSA_ERROR_BAD_STATE);
        vc_derive_abort(psa, &at);
    }
    over = active;
    assert_int_equal(vc_derive_step(psa,
                                    (struct vc_psa_call){.function = VC_PSA_key_derivation_setup,
                                                         .values = {HKDF}},
                                    &over),
                     PSA_ERROR_BAD_STATE);
    assert_int_equal(vc_derive_input_number(psa, &active, COST, 1),
                     PSA_SUCCESS); /* nothing befell it */
    assert_int_not_equal(hash, 0);
    assert_int_equal(psa->operation_count, 2);
    vc_psa_free(psa);
}

static const struct misfit {
    const char *name;
    psa_algorithm_t algorithm; /* of the operation */
    uint32_t step;
    struct vc_fixture_key key;
    vc_psa_status status;
} MISFITS[] = {
    {"no right to derive",
     HKDF,
     SECRET,
     {PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_EXPORT, HKDF},
     PSA_ERROR_NOT_PERMITTED},
    {"another hash",
     HKDF,
     SECRET,
     {PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, PSA_ALG_HKDF(PSA_ALG_SHA_384)},
     PSA_ERROR_NOT_PERMITTED},
    {"verification by another algorithm",
     HKDF,
     SECRET,
     {PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_VERIFY_DERIVATION, PBKDF2},
     PSA_ERROR_NOT_PERMITTED},
    {"no algorithm",
     HKDF,
     SECRET,
     {PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, 0},
     PSA_ERROR_NOT_PERMITTED},
    {"another type",
     HKDF,
     SECRET,
     {PSA_KEY_TYPE_RAW_DATA, PSA_KEY_USAGE_DERIVE, HKDF},
     PSA_ERROR_INVALID_ARGUMENT},
    {"another type, to verify",
     HKDF,
     SECRET,
     {PSA_KEY_TYPE_RAW_DATA, PSA_KEY_USAGE_VERIFY_DERIVATION, HKDF},
     PSA_ERROR_INVALID_ARGUMENT},
    {"a secret as salt",
     HKDF,
     SALT,
     {PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, HKDF},
     PSA_ERROR_INVALID_ARGUMENT},
    {"no right, PBKDF2",
     PBKDF2,
     PASS,
     {PSA_KEY_TYPE_PASSWORD, PSA_KEY_USAGE_EXPORT, PBKDF2},
     PSA_ERROR_NOT_PERMITTED},
    {"another algorithm, PBKDF2",
     PBKDF2,
     PASS,
     {PSA_KEY_TYPE_PASSWORD, PSA_KEY_USAGE_DERIVE, HKDF},
     PSA_ERROR_NOT_PERMITTED},
    {"raw data as password",
     PBKDF2,
     PASS,
     {PSA_KEY_TYPE_RAW_DATA, PSA_KEY_USAGE_DERIVE, PBKDF2},
     PSA_ERROR_INVALID_ARGUMENT},
    {"a password as salt",
     PBKDF2,
     SALT,
     {PSA_KEY_TYPE_PASSWORD, PSA_KEY_USAGE_DERIVE, PBKDF2},
     PSA_ERROR_INVALID_ARGUMENT},
    {"a key as cost",
     PBKDF2,
     COST,
     {PSA_KEY_TYPE_RAW_DATA, PSA_KEY_USAGE_DERIVE, PBKDF2},
     PSA_ERROR_INVALID_ARGUMENT},
    {"a step that is cut",
     PBKDF2,
     SALT + 0x10000,
     {PSA_KEY_TYPE_RAW_DATA, PSA_KEY_USAGE_DERIVE, PBKDF2},
     PSA_ERROR_INVALID_ARGUMENT},
    {"a step that is cut, HKDF",
     HKDF,
     SECRET + 0x10000,
     {PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, HKDF},
     PSA_ERROR_INVALID_ARGUMENT},
    {"raw data as salt",
     PBKDF2,
     SALT,
     {PSA_KEY_TYPE_RAW_DATA, PSA_KEY_USAGE_DERIVE, PBKDF2},
     PSA_SUCCESS},
};

static void test_keys_that_do_not_fit(void **)
{
    static const uint8_t material[32] = {1, 2, 3};
    struct vc_psa *psa = vc_fixture_service(false);

    for (size_t i = 0; i < VC_COUNT(MISFITS); i++) {
        uint32_t operation = vc_derive_setup(psa, MISFITS[i].algorithm);
        uint32_t key = vc_fixture_import(psa, MISFITS[i].key, VC_BYTES(material));
        vc_psa_status status = PSA_SUCCESS;

        if (MISFITS[i].algorithm == PBKDF2 && MISFITS[i].step != COST)
            assert_int_equal(vc_derive_input_number(psa, &operation, COST, 1), PSA_SUCCESS);
        status = vc_derive_input_key(psa, &operation, MISFITS[i].step, key);
        if (status != MISFITS[i].status)
            fail_msg("%s: %d", MISFITS[i].name, status);
        assert_int_equal(operation != 0, status == PSA_SUCCESS);
        vc_fixture_destroy(psa, key);
        operation = vc_derive_setup(psa, MISFITS[i].algorithm);
        assert_int_equal(vc_derive_input_key(psa, &operation, MISFITS[i].step, key),
                         PSA_ERROR_INVALID_HANDLE);
        assert_int_equal(operation, 0);
    }
    vc_psa_free(psa);
}

static void test_keys_that_are_no_hashes(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);
    const struct vc_derive_vector *vector = &VC_DERIVE_VECTORS[15];
    const struct vc_fixture_bytes right = vc_fixture_hex(vector->output);
    struct vc_fixture_bytes wrong = right;
    const psa_key_usage_t usage = PSA_KEY_USAGE_VERIFY_DERIVATION;

    wrong.data[0] ^= 1;
    const struct row {
        const char *name;
        struct vc_fixture_key key;
        const struct vc_fixture_bytes *material;
        vc_psa_status status;
    } rows[] = {
        {"as it should be", {PSA_KEY_TYPE_PASSWORD_HASH, usage, PBKDF2}, &right, PSA_SUCCESS},
        {"another hash",
         {PSA_KEY_TYPE_PASSWORD_HASH, usage, PBKDF2},
         &wrong,
         PSA_ERROR_INVALID_SIGNATURE},
        {"no right",
         {PSA_KEY_TYPE_PASSWORD_HASH, PSA_KEY_USAGE_DERIVE, PBKDF2},
         &right,
         PSA_ERROR_NOT_PERMITTED},
        {"another algorithm",
         {PSA_KEY_TYPE_PASSWORD_HASH, usage, HKDF},
         &right,
         PSA_ERROR_NOT_PERMITTED},
        {"another type",
         {PSA_KEY_TYPE_PASSWORD, usage, PBKDF2},
         &right,
         PSA_ERROR_INVALID_ARGUMENT},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        uint32_t key = vc_fixture_import(psa, rows[i].key, vc_fixture_view(rows[i].material));
        uint32_t operation = vc_derive_feed(psa, vector, 0);
        vc_psa_status status = vc_derive_verify_key(psa, &operation, key);

        if (status != rows[i].status)
            fail_msg("%s: %d", rows[i].name, status);
        vc_derive_abort(psa, &operation);
        vc_fixture_destroy(psa, key);
        operation = vc_derive_feed(psa, vector, 0);
        assert_int_equal(vc_derive_verify_key(psa, &operation, key), PSA_ERROR_INVALID_HANDLE);
        assert_int_equal(operation, 0);
    }
    vc_psa_free(psa);
}

static constexpr psa_key_type_t P256_PAIR = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);

static const struct wish {
    const char *name;
    struct vc_psa_attributes form;
    vc_psa_status core, own;
} WISHES[] = {
    {"AES-256", {.type = PSA_KEY_TYPE_AES, .bits = 256}, PSA_SUCCESS, PSA_SUCCESS},
    {"a pair on P-256", {.type = P256_PAIR, .bits = 256}, PSA_SUCCESS, PSA_ERROR_NOT_SUPPORTED},
    {"DES", {.type = PSA_KEY_TYPE_DES, .bits = 192}, PSA_SUCCESS, PSA_ERROR_NOT_SUPPORTED},
    {"no size", {.type = PSA_KEY_TYPE_AES}, PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_INVALID_ARGUMENT},
    {"half a byte",
     {.type = PSA_KEY_TYPE_DERIVE, .bits = 12},
     PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
    {"AES of 72 bits",
     {.type = PSA_KEY_TYPE_AES, .bits = 72},
     PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
    {"no type", {.bits = 128}, PSA_ERROR_NOT_SUPPORTED, PSA_ERROR_NOT_SUPPORTED},
    {"a public key",
     {.type = PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1), .bits = 256},
     PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
    {"RSA",
     {.type = PSA_KEY_TYPE_RSA_KEY_PAIR, .bits = 2048},
     PSA_ERROR_NOT_SUPPORTED,
     PSA_ERROR_NOT_SUPPORTED},
    {"a hash by another algorithm",
     {.type = PSA_KEY_TYPE_PASSWORD_HASH, .bits = 256, .algorithm = PSA_ALG_HKDF(PSA_ALG_MD5)},
     PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
    {"a usage that is none",
     {.type = PSA_KEY_TYPE_AES, .bits = 128, .usage = 1U << 30},
     PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
    {"an id and no lifetime",
     {.type = PSA_KEY_TYPE_AES, .bits = 128, .id = 5},
     PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
    {"persistent, and nobody keeps",
     {.type = PSA_KEY_TYPE_AES, .bits = 128, .id = 5, .lifetime = 1},
     PSA_ERROR_NOT_PERMITTED,
     PSA_ERROR_NOT_PERMITTED},
    {"more bits than a number holds",
     {.type = PSA_KEY_TYPE_DERIVE, .bits = 65536 + 128},
     PSA_ERROR_NOT_SUPPORTED,
     PSA_ERROR_NOT_SUPPORTED},
};

/* HKDF's bytes by the core, PBKDF2's by this room: the same answers. */
static void test_keys_that_cannot_be_derived(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);

    for (size_t i = 0; i < 2 * VC_COUNT(WISHES); i++) {
        const struct wish *row = &WISHES[i / 2];
        const struct vc_derive_vector *vector = &VC_DERIVE_VECTORS[i % 2 == 0 ? 0 : 15];
        vc_psa_status wanted = i % 2 == 0 ? row->core : row->own;
        uint32_t operation = vc_derive_feed(psa, vector, PSA_KEY_USAGE_DERIVE), key;
        vc_psa_status status = vc_derive_output_key(psa, &operation, row->form, &key);

        if (status != wanted)
            fail_msg("%s, %s: %d", row->name, vector->name, status);
        assert_int_equal(psa->key_count, status == PSA_SUCCESS);
        if (status == PSA_SUCCESS)
            vc_fixture_destroy(psa, key);
        vc_derive_abort(psa, &operation);
    }
    vc_psa_free(psa);
}

/* As many operations as a program may have; then others than it has. */
static void test_limit(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);
    struct vc_psa_call call = {.function = VC_PSA_key_derivation_setup, .values = {PBKDF2}};
    uint32_t first = vc_derive_setup(psa, PBKDF2);

    for (size_t i = 1; i < VC_PSA_OPERATIONS_MAX; i++)
        (void)vc_derive_setup(psa, i % 2 == 0 ? HKDF : PBKDF2);
    assert_int_equal(vc_fixture_ask(psa, &call), PSA_ERROR_INSUFFICIENT_MEMORY);
    assert_int_equal(call.operation, 0);
    vc_derive_abort(psa, &first);
    assert_int_equal(vc_fixture_ask(psa, &call), PSA_SUCCESS);
    vc_psa_free(psa);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_no_input_after_output),
        cmocka_unit_test(test_setup),
        cmocka_unit_test(test_handles),
        cmocka_unit_test(test_keys_that_do_not_fit),
        cmocka_unit_test(test_keys_that_are_no_hashes),
        cmocka_unit_test(test_keys_that_cannot_be_derived),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests_name("psa-derive-refusal", tests, nullptr, nullptr);
}
