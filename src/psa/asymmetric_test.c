/* SPDX-License-Identifier: MIT */

/* RSA encryption: round trips and every refusal. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "psa/fixture.h"

static constexpr psa_key_type_t PAIR = PSA_KEY_TYPE_RSA_KEY_PAIR;
static constexpr psa_key_type_t PUBLIC = PSA_KEY_TYPE_RSA_PUBLIC_KEY;
static constexpr psa_key_usage_t BOTH = PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT;
static constexpr psa_algorithm_t OAEP = PSA_ALG_RSA_OAEP(PSA_ALG_SHA_256);
static constexpr psa_algorithm_t PKCS1 = PSA_ALG_RSA_PKCS1V15_CRYPT;
static constexpr uint32_t BITS = 1024;
static constexpr size_t SIZE = BITS / 8;

static const uint8_t MESSAGE[] = {'m', 'e', 's', 's', 'a', 'g', 'e'};
static const uint8_t LABEL[] = {'l', 'a', 'b', 'e', 'l'};

struct setting {
    struct vc_psa *psa;
    uint32_t oaep, pkcs1; /* of one pair */
};

static int begin(void **state)
{
    static struct setting setting;

    setting.psa = vc_fixture_service(true);
    setting.oaep =
        vc_fixture_generate(setting.psa, (struct vc_fixture_key){PAIR, BOTH, OAEP}, BITS);
    setting.pkcs1 =
        vc_fixture_again(setting.psa, setting.oaep, (struct vc_fixture_key){PAIR, BOTH, PKCS1});
    *state = &setting;
    return 0;
}

static int end(void **state)
{
    struct setting *setting = *state;

    vc_psa_free(setting->psa);
    return 0;
}

struct text {
    struct vc_bytes bytes, label;
};

static vc_psa_status apply(struct vc_psa *psa, enum vc_psa_function function, uint32_t key,
                           psa_algorithm_t algorithm, struct text text,
                           struct vc_fixture_bytes *output)
{
    const struct vc_fixture_two given = {
        .values = {key, algorithm}, .first = text.bytes, .second = text.label};

    return vc_fixture_do(psa, function, &given, output);
}

static void test_round_trips(void **state)
{
    struct setting *setting = *state;
    const struct row {
        uint32_t key;
        psa_algorithm_t algorithm;
        struct vc_bytes label;
        size_t most; /* bytes of a message */
    } rows[] = {
        {setting->oaep, OAEP, {}, SIZE - 2 * 32 - 2},
        {setting->oaep, OAEP, VC_BYTES(LABEL), SIZE - 2 * 32 - 2},
        {setting->pkcs1, PKCS1, {}, SIZE - 11},
    };
    static const uint8_t long_message[SIZE] = {1, 2, 3};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        for (size_t size = 0; size <= rows[i].most + 1; size++) {
            struct vc_fixture_bytes secret = {}, again = {}, plain = {};
            const struct text text = {{long_message, size}, rows[i].label};
            vc_psa_status status = apply(setting->psa, VC_PSA_asymmetric_encrypt, rows[i].key,
                                         rows[i].algorithm, text, &secret);

            assert_int_equal(status,
                             size <= rows[i].most ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT);
            if (status != PSA_SUCCESS)
                continue;
            assert_int_equal(secret.size, SIZE);
            assert_int_equal(apply(setting->psa, VC_PSA_asymmetric_encrypt, rows[i].key,
                                   rows[i].algorithm, text, &again),
                             PSA_SUCCESS);
            assert_memory_not_equal(secret.data, again.data, SIZE);
            assert_int_equal(apply(setting->psa, VC_PSA_asymmetric_decrypt, rows[i].key,
                                   rows[i].algorithm,
                                   (struct text){vc_fixture_view(&secret), rows[i].label}, &plain),
                             PSA_SUCCESS);
            assert_int_equal(plain.size, size);
            assert_memory_equal(plain.data, long_message, size);
        }
    }
}

static void test_altered(void **state)
{
    struct setting *setting = *state;
    struct vc_fixture_bytes secret = {}, plain = {};

    assert_int_equal(apply(setting->psa, VC_PSA_asymmetric_encrypt, setting->oaep, OAEP,
                           (struct text){VC_BYTES(MESSAGE), VC_BYTES(LABEL)}, &secret),
                     PSA_SUCCESS);
    for (size_t bit = 0; bit < 8 * secret.size; bit++) {
        vc_psa_status status;

        secret.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        status = apply(setting->psa, VC_PSA_asymmetric_decrypt, setting->oaep, OAEP,
                       (struct text){vc_fixture_view(&secret), VC_BYTES(LABEL)}, &plain);
        secret.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (status != PSA_ERROR_INVALID_PADDING && status != PSA_ERROR_INVALID_ARGUMENT)
            fail_msg("bit %zu: %d", bit, status);
    }
    for (size_t size = 0; size <= SIZE + 1; size++) {
        assert_int_equal(apply(setting->psa, VC_PSA_asymmetric_decrypt, setting->oaep, OAEP,
                               (struct text){{secret.data, size}, VC_BYTES(LABEL)}, &plain),
                         size == SIZE ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT);
    }
    assert_int_equal(apply(setting->psa, VC_PSA_asymmetric_decrypt, setting->oaep, OAEP,
                           (struct text){vc_fixture_view(&secret), {}}, &plain),
                     PSA_ERROR_INVALID_PADDING);
}

static void test_refusals(void **state)
{
    struct setting *setting = *state;
    struct vc_psa *psa = setting->psa;
    const enum vc_psa_function encrypt = VC_PSA_asymmetric_encrypt;
    const enum vc_psa_function decrypt = VC_PSA_asymmetric_decrypt;
    struct vc_fixture_bytes secret = {};
    const struct row {
        const char *name;
        enum vc_psa_function function;
        struct vc_fixture_key key;
        psa_algorithm_t algorithm;
        struct vc_bytes label;
        vc_psa_status status;
    } rows[] = {
        {"no right to encrypt",
         encrypt,
         {PAIR, PSA_KEY_USAGE_DECRYPT, OAEP},
         OAEP,
         {},
         PSA_ERROR_NOT_PERMITTED},
        {"no right to decrypt",
         decrypt,
         {PAIR, PSA_KEY_USAGE_ENCRYPT, OAEP},
         OAEP,
         {},
         PSA_ERROR_NOT_PERMITTED},
        {"another hash",
         encrypt,
         {PAIR, BOTH, OAEP},
         PSA_ALG_RSA_OAEP(PSA_ALG_SHA_384),
         {},
         PSA_ERROR_NOT_PERMITTED},
        {"another padding", decrypt, {PAIR, BOTH, OAEP}, PKCS1, {}, PSA_ERROR_NOT_PERMITTED},
        {"a signature",
         encrypt,
         {PAIR, BOTH, OAEP},
         PSA_ALG_RSA_PSS(PSA_ALG_SHA_256),
         {},
         PSA_ERROR_NOT_PERMITTED},
        {"no algorithm", encrypt, {PAIR, BOTH, OAEP}, 0, {}, PSA_ERROR_INVALID_ARGUMENT},
        {"a hash that there is not",
         encrypt,
         {PAIR, BOTH, PSA_ALG_RSA_OAEP(PSA_ALG_SHA_512_256)},
         PSA_ALG_RSA_OAEP(PSA_ALG_SHA_512_256),
         {},
         PSA_ERROR_NOT_SUPPORTED},
        {"a hash that there is not, to decrypt",
         decrypt,
         {PAIR, BOTH, PSA_ALG_RSA_OAEP(PSA_ALG_SHA_512_224)},
         PSA_ALG_RSA_OAEP(PSA_ALG_SHA_512_224),
         {},
         PSA_ERROR_NOT_SUPPORTED},
        {"a hash that there is not, and the key is for another",
         encrypt,
         {PAIR, BOTH, OAEP},
         PSA_ALG_RSA_OAEP(PSA_ALG_SHA_512_256),
         {},
         PSA_ERROR_NOT_PERMITTED},
        {"a label where there is none",
         encrypt,
         {PAIR, BOTH, PKCS1},
         PKCS1,
         VC_BYTES(LABEL),
         PSA_ERROR_INVALID_ARGUMENT},
        {"a public key decrypts",
         decrypt,
         {PUBLIC, BOTH, OAEP},
         OAEP,
         {},
         PSA_ERROR_INVALID_ARGUMENT},
        {"a public key encrypts", encrypt, {PUBLIC, BOTH, OAEP}, OAEP, {}, PSA_SUCCESS},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct vc_fixture_bytes public = vc_fixture_public(psa, setting->oaep);
        uint32_t key = rows[i].key.type == PUBLIC
                           ? vc_fixture_import(psa, rows[i].key, vc_fixture_view(&public))
                           : vc_fixture_again(psa, setting->oaep, rows[i].key);
        static const uint8_t zeros[SIZE];
        struct vc_bytes given = rows[i].function == decrypt ? VC_BYTES(zeros) : VC_BYTES(MESSAGE);
        vc_psa_status status = apply(psa, rows[i].function, key, rows[i].algorithm,
                                     (struct text){given, rows[i].label}, &secret);

        if (status != rows[i].status)
            fail_msg("%s: %d", rows[i].name, status);
        vc_fixture_destroy(psa, key);
        assert_int_equal(apply(psa, rows[i].function, key, OAEP, (struct text){given, {}}, &secret),
                         PSA_ERROR_INVALID_HANDLE);
    }
}

static void test_room_and_randomness(void **state)
{
    struct setting *setting = *state;
    uint8_t room[SIZE + 1] = {}, plain[sizeof(MESSAGE)];
    struct vc_psa_call call = {.function = VC_PSA_asymmetric_encrypt,
                               .values = {setting->oaep, OAEP},
                               .inputs = {VC_BYTES(MESSAGE)},
                               .outputs = {{.data = room, .room = SIZE - 1}}};

    assert_int_equal(vc_fixture_ask(setting->psa, &call), PSA_ERROR_BUFFER_TOO_SMALL);
    call.outputs[0].room = SIZE;
    assert_int_equal(vc_fixture_ask(setting->psa, &call), PSA_SUCCESS);

    setting->psa->options.randomness = false;
    assert_int_equal(vc_fixture_ask(setting->psa, &call), PSA_ERROR_NOT_PERMITTED);
    call.function = VC_PSA_asymmetric_decrypt;
    call.inputs[0] = (struct vc_bytes){room, SIZE};
    call.outputs[0].data = plain;
    call.outputs[0].room = sizeof(MESSAGE) - 1;
    assert_int_equal(vc_fixture_ask(setting->psa, &call), PSA_ERROR_BUFFER_TOO_SMALL);
    call.outputs[0].room = sizeof(MESSAGE);
    assert_int_equal(vc_fixture_ask(setting->psa, &call), PSA_SUCCESS);
    assert_memory_equal(plain, MESSAGE, sizeof(MESSAGE));
    setting->psa->options.randomness = true;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_altered),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_room_and_randomness),
    };

    return cmocka_run_group_tests_name("psa-asymmetric", tests, begin, end);
}
