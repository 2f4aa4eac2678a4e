/* SPDX-License-Identifier: MIT */

/* J-PAKE against the core's implementation of it, and between parties of other names; every lie. */

#include "psa/jpake.h"

#include <psa/crypto.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "psa/fixture.h"

static constexpr size_t SIZES[] = {65, 65, 32};

static struct vc_bytes text(const char *words)
{
    return (struct vc_bytes){(const uint8_t *)words, strlen(words)};
}

static struct vc_jpake *party(const char *password, const char *user, const char *peer)
{
    struct vc_jpake *jpake = nullptr;

    assert_int_equal(vc_jpake_new(text(password), &jpake), PSA_SUCCESS);
    assert_int_equal(vc_jpake_set_user(jpake, text(user)), PSA_SUCCESS);
    assert_int_equal(vc_jpake_set_peer(jpake, text(peer)), PSA_SUCCESS);
    return jpake;
}

static void say(struct vc_jpake *jpake, size_t step, uint8_t bytes[65])
{
    struct vc_psa_output output = {.data = bytes, .room = 65};

    assert_int_equal(vc_jpake_output(jpake, (uint32_t)step % 3 + 1, &output), PSA_SUCCESS);
    assert_int_equal(output.size, SIZES[step % 3]);
}

static vc_psa_status hear_some(struct vc_jpake *jpake, size_t step, const uint8_t *bytes,
                               size_t size)
{
    return vc_jpake_input(jpake, (uint32_t)step % 3 + 1, (struct vc_bytes){bytes, size});
}

static vc_psa_status hear(struct vc_jpake *jpake, size_t step, const uint8_t *bytes)
{
    return hear_some(jpake, step, bytes, SIZES[step % 3]);
}

/* `count` steps of one, told to the other. */
static vc_psa_status tell(struct vc_jpake *from, struct vc_jpake *to, size_t first, size_t count)
{
    vc_psa_status status = PSA_SUCCESS;
    uint8_t bytes[65];

    for (size_t i = first; i < first + count && status == PSA_SUCCESS; i++) {
        say(from, i, bytes);
        status = hear(to, i, bytes);
    }
    return status;
}

/* ---- the core's ---- */

static psa_pake_operation_t core_party(bool client)
{
    psa_pake_operation_t operation = psa_pake_operation_init();
    psa_pake_cipher_suite_t suite = psa_pake_cipher_suite_init();
    psa_key_attributes_t attributes = psa_key_attributes_init();
    mbedtls_svc_key_id_t key;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_PASSWORD);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DERIVE);
    psa_set_key_algorithm(&attributes, PSA_ALG_JPAKE);
    assert_int_equal(psa_import_key(&attributes, (const uint8_t *)"sesame", 6, &key), PSA_SUCCESS);
    psa_pake_cs_set_algorithm(&suite, PSA_ALG_JPAKE);
    psa_pake_cs_set_primitive(&suite, 0x01120100);
    psa_pake_cs_set_hash(&suite, PSA_ALG_SHA_256);
    assert_int_equal(psa_pake_setup(&operation, &suite), PSA_SUCCESS);
    assert_int_equal(psa_pake_set_password_key(&operation, key), PSA_SUCCESS);
    assert_int_equal(
        psa_pake_set_user(&operation, (const uint8_t *)(client ? "client" : "server"), 6),
        PSA_SUCCESS);
    assert_int_equal(
        psa_pake_set_peer(&operation, (const uint8_t *)(client ? "server" : "client"), 6),
        PSA_SUCCESS);
    assert_int_equal(psa_destroy_key(key), PSA_SUCCESS);
    return operation;
}

/* What the core says with each bit of it changed, then as it is. A lie leaves no trace here;
 * whoever calls this ends the exchange. */
static size_t hear_lies(struct vc_jpake *jpake, size_t step, uint8_t *bytes, size_t size)
{
    const vc_psa_status wanted =
        step % 3 == 2 ? PSA_ERROR_INVALID_SIGNATURE : PSA_ERROR_INVALID_ARGUMENT;
    size_t bits = 8 * size;

    for (size_t bit = 0; bit < bits; bit++) {
        vc_psa_status status;

        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        status = hear_some(jpake, step, bytes, size);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (status != wanted)
            fail_msg("step %zu, bit %zu: %d", step, bit, status);
    }
    return bits;
}

/* The lies that were heard. */
static size_t core_says(psa_pake_operation_t *core, struct vc_jpake *jpake, size_t first,
                        size_t count, bool lies)
{
    uint8_t bytes[65];
    size_t size, heard = 0;

    for (size_t i = first; i < first + count; i++) {
        assert_int_equal(
            psa_pake_output(core, (psa_pake_step_t)(i % 3 + 1), bytes, sizeof(bytes), &size),
            PSA_SUCCESS);
        /* one proof of 256 begins with a zero, which the core does not say */
        assert_true(size == SIZES[i % 3] || (i % 3 == 2 && size < SIZES[2]));
        if (lies)
            heard += hear_lies(jpake, i, bytes, size);
        assert_int_equal(hear_some(jpake, i, bytes, size), PSA_SUCCESS);
    }
    return heard;
}

static void core_hears(psa_pake_operation_t *core, struct vc_jpake *jpake, size_t first,
                       size_t count)
{
    uint8_t bytes[65];

    for (size_t i = first; i < first + count; i++) {
        say(jpake, i, bytes);
        assert_int_equal(psa_pake_input(core, (psa_pake_step_t)(i % 3 + 1), bytes, SIZES[i % 3]),
                         PSA_SUCCESS);
    }
}

/* What the core makes of the secret: SHA-256 of its first coordinate (as in TLS). */
static void core_secret(psa_pake_operation_t *core, uint8_t hash[32])
{
    psa_key_derivation_operation_t derivation = psa_key_derivation_operation_init();

    assert_int_equal(psa_key_derivation_setup(&derivation, PSA_ALG_TLS12_ECJPAKE_TO_PMS),
                     PSA_SUCCESS);
    assert_int_equal(psa_pake_get_implicit_key(core, &derivation), PSA_SUCCESS);
    assert_int_equal(psa_key_derivation_output_bytes(&derivation, hash, 32), PSA_SUCCESS);
    assert_int_equal(psa_key_derivation_abort(&derivation), PSA_SUCCESS);
}

/* Both ways round, either beginning; the first two with every lie that differs by a bit. */
static void test_with_the_core(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    size_t lies = 0;

    for (size_t i = 0; i < 8; i++) {
        bool client = i % 2 == 0, first = i % 4 < 2;
        struct vc_jpake *jpake =
            party("sesame", client ? "client" : "server", client ? "server" : "client");
        psa_pake_operation_t core = core_party(!client);
        uint8_t secret[VC_JPAKE_POINT_SIZE], hashes[2][32];
        size_t size;

        for (size_t round = 0; round < 2; round++) {
            size_t at = 6 * round, count = round == 0 ? 6 : 3;

            if (first)
                core_hears(&core, jpake, at, count);
            lies += core_says(&core, jpake, at, count, i < 2);
            if (!first)
                core_hears(&core, jpake, at, count);
        }
        assert_int_equal(vc_jpake_secret(jpake, secret), PSA_SUCCESS);
        assert_int_equal(secret[0], 4);
        assert_int_equal(psa_hash_compute(PSA_ALG_SHA_256, secret + 1, 32, hashes[0], 32, &size),
                         PSA_SUCCESS);
        core_secret(&core, hashes[1]);
        assert_memory_equal(hashes[0], hashes[1], 32);
        assert_int_equal(psa_pake_abort(&core), PSA_SUCCESS);
        vc_jpake_free(jpake);
    }
    assert_in_range(lies, 2 * 3 * 8 * (65 + 65 + 24), 2 * 3 * 8 * (65 + 65 + 32));
    vc_psa_free(psa);
}

/* ---- names ---- */

static vc_psa_status exchange(struct vc_jpake *a, struct vc_jpake *b)
{
    vc_psa_status status = tell(a, b, 0, 3); /* in turns */

    if (status == PSA_SUCCESS)
        status = tell(b, a, 0, 6);
    if (status == PSA_SUCCESS)
        status = tell(a, b, 3, 6);
    return status == PSA_SUCCESS ? tell(b, a, 6, 3) : status;
}

static void test_names(void **)
{
    static const struct row {
        const char *what, *passwords[2], *names[2], *called[2];
        vc_psa_status status;
        bool same;
    } rows[] = {
        {"as it should be", {"x", "x"}, {"alice", "bob"}, {"alice", "bob"}, 0, true},
        {"another password", {"x", "y"}, {"alice", "bob"}, {"alice", "bob"}, 0, false},
        {"one is not who the other thinks",
         {"x", "x"},
         {"alice", "bob"},
         {"mallory", "bob"},
         PSA_ERROR_INVALID_SIGNATURE,
         false},
        {"names that run together", /* lengths are in the proofs */
         {"x", "x"},
         {"alice", "bob"},
         {"alic", "bob"},
         PSA_ERROR_INVALID_SIGNATURE,
         false},
    };
    struct vc_psa *psa = vc_fixture_service(true);

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct vc_jpake *a = party(row->passwords[0], row->names[0], row->names[1]);
        struct vc_jpake *b = party(row->passwords[1], row->called[1], row->called[0]);
        uint8_t secrets[2][VC_JPAKE_POINT_SIZE] = {};
        vc_psa_status status = exchange(a, b);

        if (status != row->status)
            fail_msg("%s: %d", row->what, status);
        assert_int_equal(vc_jpake_is_over(a) && vc_jpake_is_over(b), status == PSA_SUCCESS);
        if (status == PSA_SUCCESS) {
            assert_int_equal(vc_jpake_secret(a, secrets[0]), PSA_SUCCESS);
            assert_int_equal(vc_jpake_secret(b, secrets[1]), PSA_SUCCESS);
            assert_int_equal(memcmp(secrets[0], secrets[1], sizeof(secrets[0])) == 0, row->same);
        } else {
            assert_int_equal(vc_jpake_secret(b, secrets[1]), PSA_ERROR_BAD_STATE);
        }
        vc_jpake_free(a);
        vc_jpake_free(b);
    }
    vc_psa_free(psa);
}

static void test_names_that_are_none(void **)
{
    static const uint8_t LONG[VC_JPAKE_NAME_MAX + 1] = "long";
    struct vc_psa *psa = vc_fixture_service(true);
    struct vc_jpake *jpake = nullptr;
    uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,    0xff, 0xff, 0xff,
                         0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                         0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

    assert_int_equal(vc_jpake_new(VC_BYTES(order), &jpake), PSA_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vc_jpake_new((struct vc_bytes){}, &jpake), PSA_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vc_jpake_new(text("x"), &jpake), PSA_SUCCESS);
    assert_int_equal(vc_jpake_set_user(jpake, text("")), PSA_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vc_jpake_set_user(jpake, VC_BYTES(LONG)), PSA_ERROR_NOT_SUPPORTED);
    assert_int_equal(vc_jpake_set_user(jpake, (struct vc_bytes){LONG, VC_JPAKE_NAME_MAX}),
                     PSA_SUCCESS);
    assert_int_equal(vc_jpake_set_user(jpake, text("alice")), PSA_ERROR_BAD_STATE);
    assert_int_equal(vc_jpake_set_peer(jpake, (struct vc_bytes){LONG, VC_JPAKE_NAME_MAX}),
                     PSA_ERROR_INVALID_ARGUMENT); /* oneself */
    vc_jpake_free(jpake);
    vc_psa_free(psa);
}

/* ---- steps ---- */

/* At each step: the others are refused, of both directions, and so is a step too many. */
static void test_order(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    struct vc_jpake *a = party("x", "alice", "bob"), *b = party("x", "bob", "alice");
    uint8_t bytes[65] = {4};

    for (size_t i = 0; i < 9; i++) {
        for (uint32_t step = 1; step <= 3; step++) {
            struct vc_psa_output output = {.data = bytes, .room = sizeof(bytes)};
            struct vc_bytes input = {bytes, SIZES[step - 1]};
            bool next = step == i % 3 + 1;

            if (!next)
                assert_int_equal(vc_jpake_output(a, step, &output), PSA_ERROR_BAD_STATE);
            if (i % 3 != 0 || step != 1) /* in the middle of a share nothing comes in */
                assert_int_equal(vc_jpake_input(a, step, input), PSA_ERROR_BAD_STATE);
        }
        if (i == 6) { /* round two waits for the other's round one */
            struct vc_psa_output output = {.data = bytes, .room = sizeof(bytes)};

            assert_int_equal(vc_jpake_output(a, 1, &output), PSA_ERROR_BAD_STATE);
            assert_int_equal(tell(b, a, 0, 6), PSA_SUCCESS);
        }
        assert_int_equal(tell(a, b, i, 1), PSA_SUCCESS);
    }
    assert_false(vc_jpake_is_over(a));
    assert_int_equal(tell(b, a, 6, 3), PSA_SUCCESS);
    assert_true(vc_jpake_is_over(a) && vc_jpake_is_over(b));
    assert_int_equal(vc_jpake_input(a, 1, (struct vc_bytes){bytes, 65}), PSA_ERROR_BAD_STATE);
    vc_jpake_free(a);
    vc_jpake_free(b);
    vc_psa_free(psa);
}

/* Points that are none, and proofs beyond the group's order. */
static void test_lies(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    static const uint8_t INFINITY_POINT[65] = {0}, NO_POINT[65] = {4, 1},
                         HUGE_PROOF[32] = {0xff, 0xff, 0xff, 0xff, 0xff};
    struct vc_jpake *a = party("x", "alice", "bob"), *b = party("x", "bob", "alice");

    assert_int_equal(hear(b, 0, INFINITY_POINT), PSA_ERROR_INVALID_ARGUMENT);
    assert_int_equal(hear(b, 0, NO_POINT), PSA_ERROR_INVALID_ARGUMENT);
    assert_int_equal(tell(a, b, 0, 2), PSA_SUCCESS);
    assert_int_equal(hear(b, 2, HUGE_PROOF), PSA_ERROR_INVALID_SIGNATURE);
    vc_jpake_free(a);
    vc_jpake_free(b);
    vc_psa_free(psa);
}

/* Shares that were there before: one's own, and the same twice, proofs and all. */
static void test_echoes(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    struct vc_jpake *a = party("x", "alice", "bob"), *b = party("x", "bob", "alice");
    uint8_t first[3][65], second[65];

    for (size_t i = 0; i < 3; i++) {
        say(a, i, first[i]);
        assert_int_equal(hear(b, i, first[i]), PSA_SUCCESS);
    }
    assert_int_equal(hear(b, 0, first[0]), PSA_ERROR_INVALID_ARGUMENT);
    assert_int_equal(hear(a, 0, first[0]), PSA_ERROR_INVALID_ARGUMENT);
    for (size_t i = 3; i < 6; i++) {
        say(a, i, second);
        if (i == 3)
            assert_int_equal(hear(a, 0, second), PSA_ERROR_BAD_STATE); /* in the middle */
        assert_int_equal(hear(b, i, second), PSA_SUCCESS);
    }
    assert_int_equal(tell(b, a, 0, 6), PSA_SUCCESS);
    assert_int_equal(hear(b, 6, first[0]), PSA_ERROR_INVALID_ARGUMENT);
    assert_int_equal(tell(a, b, 6, 3), PSA_SUCCESS);
    vc_jpake_free(a);
    vc_jpake_free(b);
    vc_psa_free(psa);
}

/* Proofs until one begins with a zero: it is good without, too, but not without more. */
static void test_short_proofs(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    uint8_t bytes[65] = {1};
    size_t tried = 0;

    for (; bytes[0] != 0; tried++) {
        struct vc_jpake *a = party("x", "alice", "bob"), *b = party("x", "bob", "alice");

        assert_int_equal(tell(a, b, 0, 2), PSA_SUCCESS);
        say(a, 2, bytes);
        if (bytes[0] == 0) {
            assert_int_equal(hear_some(b, 2, bytes + 1, 30), PSA_ERROR_INVALID_SIGNATURE);
            assert_int_equal(hear_some(b, 2, bytes + 1, 0), PSA_ERROR_INVALID_ARGUMENT);
            assert_int_equal(hear_some(b, 2, bytes, 33), PSA_ERROR_INVALID_ARGUMENT);
            assert_int_equal(hear_some(b, 2, bytes + 1, 31), PSA_SUCCESS);
        }
        vc_jpake_free(a);
        vc_jpake_free(b);
    }
    print_message("# %zu proofs\n", tried);
    vc_psa_free(psa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_with_the_core),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_that_are_none),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_echoes),
        cmocka_unit_test(test_short_proofs),
    };

    return cmocka_run_group_tests_name("psa-jpake", tests, nullptr, nullptr);
}
