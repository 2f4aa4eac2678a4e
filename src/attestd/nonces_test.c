/* SPDX-License-Identifier: MIT */

#include "attestd/nonces.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t SESSION[VC_SHA256_SIZE] = {1};
static const uint8_t OTHER[VC_SHA256_SIZE] = {2};

static int make(void **state)
{
    struct vc_nonces *nonces = nullptr;

    assert_int_equal(vc_nonces_new(&nonces, nullptr), VC_OK);
    *state = nonces;
    return 0;
}

static int unmake(void **state)
{
    vc_nonces_free(*state);
    return 0;
}

static void test_once(void **state)
{
    uint8_t nonce[VC_NONCE_SIZE];

    assert_int_equal(vc_nonces_give(*state, SESSION, 5, nonce, nullptr), VC_OK);
    assert_int_equal(vc_nonces_take(*state, SESSION, 5, nonce, nullptr), VC_OK);
    assert_int_equal(vc_nonces_take(*state, SESSION, 5, nonce, nullptr), VC_UNTRUSTED);
}

static void test_never_given(void **state)
{
    uint8_t nonce[VC_NONCE_SIZE] = {};

    assert_int_equal(vc_nonces_take(*state, SESSION, 0, nonce, nullptr), VC_UNTRUSTED);
    assert_int_equal(vc_nonces_give(*state, SESSION, 0, nonce, nullptr), VC_OK);
    nonce[31] ^= 1;
    assert_int_equal(vc_nonces_take(*state, SESSION, 0, nonce, nullptr), VC_UNTRUSTED);
    nonce[31] ^= 1;
    assert_int_equal(vc_nonces_take(*state, SESSION, 0, nonce, nullptr), VC_OK);
}

static void test_age(void **state)
{
    static const struct {
        uint64_t later_ms;
        enum vc_code expect;
    } rows[] = {{0, VC_OK}, {VC_NONCE_LIFE_MS, VC_OK}, {VC_NONCE_LIFE_MS + 1, VC_UNTRUSTED}};
    uint8_t nonce[VC_NONCE_SIZE];

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        assert_int_equal(vc_nonces_give(*state, SESSION, 1000, nonce, nullptr), VC_OK);
        assert_int_equal(vc_nonces_take(*state, SESSION, 1000 + rows[i].later_ms, nonce, nullptr),
                         rows[i].expect);
    }
    assert_int_equal(vc_nonces_give(*state, SESSION, 1000, nonce, nullptr), VC_OK);
    assert_int_equal(vc_nonces_take(*state, SESSION, 999, nonce, nullptr), VC_UNTRUSTED);
}

static void test_another_session_uses_it_up(void **state)
{
    uint8_t nonce[VC_NONCE_SIZE];

    assert_int_equal(vc_nonces_give(*state, SESSION, 0, nonce, nullptr), VC_OK);
    assert_int_equal(vc_nonces_take(*state, OTHER, 0, nonce, nullptr), VC_UNTRUSTED);
    assert_int_equal(vc_nonces_take(*state, SESSION, 0, nonce, nullptr), VC_UNTRUSTED);
}

static void test_per_session_limit(void **state)
{
    uint8_t nonce[VC_NONCE_SIZE];

    for (size_t i = 0; i < VC_NONCES_PER_SESSION_MAX; i++)
        assert_int_equal(vc_nonces_give(*state, SESSION, 0, nonce, nullptr), VC_OK);
    assert_int_equal(vc_nonces_give(*state, SESSION, 0, nonce, nullptr), VC_LIMIT);
    assert_int_equal(vc_nonces_give(*state, OTHER, 0, nonce, nullptr), VC_OK);
    assert_int_equal(vc_nonces_give(*state, SESSION, VC_NONCE_LIFE_MS, nonce, nullptr), VC_LIMIT);
    assert_int_equal(vc_nonces_give(*state, SESSION, VC_NONCE_LIFE_MS + 1, nonce, nullptr), VC_OK);
}

static void test_the_first_gives_way(void **state)
{
    uint8_t first[VC_NONCE_SIZE];
    uint8_t second[VC_NONCE_SIZE];
    uint8_t nonce[VC_NONCE_SIZE];
    uint8_t session[VC_SHA256_SIZE] = {};

    assert_int_equal(vc_nonces_give(*state, SESSION, 1, first, nullptr), VC_OK);
    assert_int_equal(vc_nonces_give(*state, SESSION, 2, second, nullptr), VC_OK);
    for (size_t i = 0; i < VC_NONCES_MAX - 1; i++) {
        session[0] = (uint8_t)(i / VC_NONCES_PER_SESSION_MAX);
        session[1] = (uint8_t)(i / VC_NONCES_PER_SESSION_MAX >> 8);
        session[2] = 1;
        assert_int_equal(vc_nonces_give(*state, session, 3, nonce, nullptr), VC_OK);
    }
    assert_int_equal(vc_nonces_take(*state, SESSION, 4, first, nullptr), VC_UNTRUSTED);
    assert_int_equal(vc_nonces_take(*state, SESSION, 4, second, nullptr), VC_OK);
    assert_int_equal(vc_nonces_take(*state, session, 4, nonce, nullptr), VC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_once, make, unmake),
        cmocka_unit_test_setup_teardown(test_never_given, make, unmake),
        cmocka_unit_test_setup_teardown(test_age, make, unmake),
        cmocka_unit_test_setup_teardown(test_another_session_uses_it_up, make, unmake),
        cmocka_unit_test_setup_teardown(test_per_session_limit, make, unmake),
        cmocka_unit_test_setup_teardown(test_the_first_gives_way, make, unmake),
    };

    return cmocka_run_group_tests_name("attestd-nonces", tests, nullptr, nullptr);
}
