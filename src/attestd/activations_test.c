/* SPDX-License-Identifier: MIT */

#include "attestd/activations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/random.h"
#include "evidence/tpm_fixture.h"

static const uint8_t SESSION[VC_SHA256_SIZE] = {1};
static const uint8_t OTHER_SESSION[VC_SHA256_SIZE] = {2};

/* Only the TPM with the EK can open a credential: the test looks over the service's shoulder. */
static uint8_t drawn[VC_ACTIVATION_SECRET_SIZE];
static bool secret_comes;

enum vc_code __real_vc_random(uint8_t *bytes, size_t size, struct vc_err *err);
enum vc_code __wrap_vc_random(uint8_t *bytes, size_t size, struct vc_err *err);

enum vc_code __wrap_vc_random(uint8_t *bytes, size_t size, struct vc_err *err)
{
    enum vc_code code = __real_vc_random(bytes, size, err);

    if (secret_comes && size == sizeof(drawn))
        memcpy(drawn, bytes, size);
    secret_comes = false; /* the first draw of a challenge is its secret */
    return code;
}

struct set {
    struct vc_pki_key *ak, *ek;
    struct vc_buffer ak_area, ek_area;
    struct vc_octets ek_hash;
    struct vc_activations *activations;
};

static void put(struct vc_buffer *out, uint64_t number, size_t size)
{
    assert_int_equal(vc_tpm_put_number(out, number, size, nullptr), VC_OK);
}

/* TPMT_PUBLIC of an EK on P-256 (TCG EK Credential Profile, template L-2). */
static void make_ek_area(const struct vc_pki_key *key, struct vc_buffer *area)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *public_key = vc_pki_key_public(key);
    vc_cleanup(vc_buffer_done) struct vc_buffer point = {};
    static const uint8_t policy[32] = {0x83};

    assert_int_equal(vc_public_key_point(public_key, &point, nullptr), VC_OK);
    put(area, VC_TPM_ECC, 2);
    put(area, VC_TPM_SHA256, 2);
    put(area,
        VC_TPM_FIXED_TPM | VC_TPM_FIXED_PARENT | VC_TPM_SENSITIVE_DATA_ORIGIN |
            VC_TPM_ADMIN_WITH_POLICY | VC_TPM_RESTRICTED | VC_TPM_DECRYPT,
        4);
    assert_int_equal(vc_tpm_put_sized(area, VC_BYTES(policy), nullptr), VC_OK);
    put(area, VC_TPM_AES, 2);
    put(area, 128, 2);
    put(area, VC_TPM_CFB, 2);
    put(area, VC_TPM_NULL, 2);
    put(area, 3, 2);
    put(area, VC_TPM_NULL, 2);
    assert_int_equal(vc_tpm_put_sized(area, (struct vc_bytes){point.data, 32}, nullptr), VC_OK);
    assert_int_equal(vc_tpm_put_sized(area, (struct vc_bytes){point.data + 32, 32}, nullptr),
                     VC_OK);
}

static int make_set(void **state)
{
    static struct set set;
    struct vc_tpm_fixture_order order;
    static const uint8_t nonce[32] = {};

    set = (struct set){.ek_hash = {.bytes = {7}, .size = VC_SHA256_SIZE}};
    set.ak = vc_pki_key_new(VC_KEY_P256, 0);
    set.ek = vc_pki_key_new(VC_KEY_P256, 0);
    order = vc_tpm_fixture_order_of(set.ak, VC_BYTES(nonce));
    vc_tpm_fixture_area(&order, &set.ak_area);
    make_ek_area(set.ek, &set.ek_area);
    assert_int_equal(vc_activations_new(&set.activations, nullptr), VC_OK);
    *state = &set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;

    vc_pki_key_free(set->ak);
    vc_pki_key_free(set->ek);
    vc_buffer_done(&set->ak_area);
    vc_buffer_done(&set->ek_area);
    vc_activations_free(set->activations);
    return 0;
}

static enum vc_code challenge(struct set *set, const uint8_t *exporter, uint64_t now_ms,
                              struct vc_err *err)
{
    struct vc_activation_session session = {exporter, now_ms};
    struct vc_tpm_bundle bundle = {.ak_public = vc_buffer_bytes(&set->ak_area),
                                   .ek_public = vc_buffer_bytes(&set->ek_area)};
    const struct vc_activation_claim claim = {&bundle, &set->ek_hash};
    struct vc_tpm_credential credential = {};
    enum vc_code code;

    secret_comes = true;
    code = vc_activations_challenge(set->activations, &session, &claim, &credential, err);
    if (code == VC_OK)
        assert_true(credential.blob.size > 32 && credential.secret.size > 32);
    vc_tpm_credential_done(&credential);
    return code;
}

static enum vc_code redeem(struct set *set, const uint8_t *exporter, uint64_t now_ms,
                           struct vc_bytes secret)
{
    struct vc_activation_session session = {exporter, now_ms};

    return vc_activations_redeem(set->activations, &session, secret, nullptr);
}

/* Whether the pair counts in this session. */
static bool counts(const struct set *set, const uint8_t *exporter, uint64_t now_ms)
{
    struct vc_activation_session session = {exporter, now_ms};
    struct vc_tpm_public ak;
    struct vc_octets name;
    struct vc_octets pair;

    assert_int_equal(vc_tpm_parse_public(vc_buffer_bytes(&set->ak_area), &ak, nullptr), VC_OK);
    assert_int_equal(vc_tpm_name(&ak, &name, nullptr), VC_OK);
    pair = vc_tpm_pair_id(&name, vc_octets_bytes(&set->ek_hash));
    return vc_activations_find(set->activations, &session, vc_octets_bytes(&pair)) != nullptr;
}

static void test_secret_comes_back(void **state)
{
    struct set *set = *state;
    struct vc_err err = {};
    uint8_t wrong[VC_ACTIVATION_SECRET_SIZE];

    if (challenge(set, SESSION, 1000, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_false(counts(set, SESSION, 1000)); /* a challenge alone says nothing */
    memcpy(wrong, drawn, sizeof(wrong));
    wrong[31] ^= 1;
    assert_int_equal(redeem(set, SESSION, 1000, VC_BYTES(wrong)), VC_UNTRUSTED);
    assert_int_equal(redeem(set, SESSION, 1000, (struct vc_bytes){}), VC_UNTRUSTED);
    assert_int_equal(redeem(set, SESSION, 1000, (struct vc_bytes){drawn, 31}), VC_UNTRUSTED);
    assert_int_equal(redeem(set, OTHER_SESSION, 1000, VC_BYTES(drawn)), VC_UNTRUSTED);
    assert_false(counts(set, SESSION, 1000));
    assert_int_equal(redeem(set, SESSION, 1000, VC_BYTES(drawn)), VC_OK);
    assert_true(counts(set, SESSION, 1000));
    assert_true(counts(set, SESSION, 1000 + VC_ACTIVATION_LIFE_MS));
    assert_false(counts(set, SESSION, 1001 + VC_ACTIVATION_LIFE_MS));
    assert_false(counts(set, SESSION, 999)); /* a clock that went back */
    assert_false(counts(set, OTHER_SESSION, 1000));
    set->ek_hash.bytes[0] ^= 1; /* of another EK */
    assert_false(counts(set, SESSION, 1000));
}

static void test_too_late(void **state)
{
    struct set *set = *state;

    assert_int_equal(challenge(set, SESSION, 1000, nullptr), VC_OK);
    assert_int_equal(redeem(set, SESSION, 1001 + VC_ACTIVATION_LIFE_MS, VC_BYTES(drawn)),
                     VC_UNTRUSTED);
}

static void test_limits(void **state)
{
    struct set *set = *state;
    uint8_t exporter[VC_SHA256_SIZE] = {3};

    for (size_t i = 0; i < VC_ACTIVATIONS_PER_SESSION_MAX; i++)
        assert_int_equal(challenge(set, SESSION, 1000, nullptr), VC_OK);
    assert_int_equal(challenge(set, SESSION, 1000, nullptr), VC_LIMIT);
    assert_int_equal(redeem(set, SESSION, 1000, VC_BYTES(drawn)), VC_OK);
    for (size_t i = 0; i < VC_ACTIVATIONS_MAX; i++) {
        exporter[1] = (uint8_t)i;
        exporter[2] = (uint8_t)(i >> 8);
        assert_int_equal(challenge(set, exporter, 1000, nullptr), VC_OK);
    }
    assert_false(counts(set, SESSION, 1000)); /* the first gave way */
    assert_int_equal(redeem(set, exporter, 1000, VC_BYTES(drawn)), VC_OK);
    /* what is too old makes room */
    assert_int_equal(challenge(set, SESSION, 2000 + VC_ACTIVATION_LIFE_MS, nullptr), VC_OK);
}

/* The wrong key in either place, and areas cut at every byte. */
static void test_keys_that_are_none(void **state)
{
    struct set *set = *state;
    struct vc_buffer swapped = set->ak_area;
    struct vc_err err = {};
    size_t whole;

    set->ak_area = set->ek_area; /* it does not sign */
    assert_int_equal(challenge(set, SESSION, 1000, &err), VC_UNTRUSTED);
    set->ak_area = swapped;
    swapped = set->ek_area;
    set->ek_area = set->ak_area; /* it does not decrypt */
    assert_int_equal(challenge(set, SESSION, 1000, &err), VC_REFUSED);
    set->ek_area = swapped;
    whole = set->ak_area.size;
    for (set->ak_area.size = 0; set->ak_area.size < whole; set->ak_area.size++)
        assert_int_equal(challenge(set, SESSION, 1000, nullptr), VC_MALFORMED);
    whole = set->ek_area.size;
    for (set->ek_area.size = 0; set->ek_area.size < whole; set->ek_area.size++)
        assert_int_equal(challenge(set, SESSION, 1000, nullptr), VC_MALFORMED);
    assert_int_equal(challenge(set, SESSION, 1000, nullptr), VC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_secret_comes_back, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_too_late, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_limits, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_keys_that_are_none, make_set, free_set),
    };

    return cmocka_run_group_tests_name("attestd-activations", tests, nullptr, nullptr);
}
