/* SPDX-License-Identifier: MIT */

#include "attest/ear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "codec/json.h"

static constexpr int64_t NOW = 1800000000;

struct set {
    struct vc_key *key, *other_key;
    struct vc_cert *ca, *other_ca;
    struct vc_ear ear;
};

static int make_set(void **state)
{
    static struct set set;

    set = (struct set){
        .ear = {.issued_at = NOW,
                .expires = NOW + 300,
                .platform = VC_PLATFORM_TDX,
                .passed = VC_STAGE_JUDGED,
                .measurement = {.bytes = {1, 2}, .size = 48},
                .machine = {.bytes = {3}, .size = 32},
                .report_data = {.bytes = {0xff, 0xfe}, .size = 64},
                .tcb_status = VC_TCB_UP_TO_DATE,
                .policy_hash = {5, 6},
                .certificate = {.bytes = {8}, .size = 32}},
    };
    assert_int_equal(vc_key_new(&set.key, nullptr), VC_OK);
    assert_int_equal(vc_key_new(&set.other_key, nullptr), VC_OK);
    assert_int_equal(vc_cert_new_ca(set.key, "CA", NOW - 60, NOW + 600, &set.ca, nullptr), VC_OK);
    assert_int_equal(
        vc_cert_new_ca(set.other_key, "CA", NOW - 60, NOW + 600, &set.other_ca, nullptr), VC_OK);
    *state = &set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;

    vc_key_free(set->key);
    vc_key_free(set->other_key);
    vc_cert_free(set->ca);
    vc_cert_free(set->other_ca);
    return 0;
}

static void encode(const struct set *set, struct vc_buffer *token)
{
    assert_int_equal(vc_ear_encode(&set->ear, set->ca, set->key, token, nullptr), VC_OK);
}

/* Field by field: what lies between them is nobody's. */
static bool same_ear(const struct vc_ear *a, const struct vc_ear *b)
{
    return a->status == b->status && a->issued_at == b->issued_at && a->expires == b->expires &&
           a->platform == b->platform && a->passed == b->passed && a->tcb_status == b->tcb_status &&
           vc_octets_equal(&a->measurement, &b->measurement) &&
           vc_octets_equal(&a->machine, &b->machine) &&
           vc_octets_equal(&a->report_data, &b->report_data) &&
           vc_octets_equal(&a->certificate, &b->certificate) &&
           memcmp(a->policy_hash, b->policy_hash, VC_SHA256_SIZE) == 0 &&
           strcmp(a->reason, b->reason) == 0;
}

static void test_round_trip(void **state)
{
    struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
    struct vc_ear back;
    struct vc_err err = {};

    encode(set, &token);
    if (vc_ear_verify(vc_buffer_bytes(&token), set->ca, NOW, &back, &err) != VC_OK)
        fail_msg("%s", err.text);
    set->ear.status = VC_EAR_AFFIRMING;
    assert_true(same_ear(&back, &set->ear));
    set->ear = (struct vc_ear){.issued_at = NOW,
                               .expires = NOW + 1,
                               .platform = VC_PLATFORM_PROCESS,
                               .passed = VC_STAGE_FORM,
                               .reason = "measurement differs: \"x\" \xc3\xa9"};
    token.size = 0;
    encode(set, &token);
    if (vc_ear_verify(vc_buffer_bytes(&token), set->ca, NOW, &back, &err) != VC_OK)
        fail_msg("%s", err.text);
    set->ear.status = VC_EAR_CONTRAINDICATED;
    assert_true(same_ear(&back, &set->ear));
}

static void test_statuses(void **)
{
    static const struct {
        enum vc_platform_kind platform;
        enum vc_tcb_status tcb;
        const char *reason;
        enum vc_ear_status status;
    } rows[] = {
        {VC_PLATFORM_SNP, VC_TCB_AT_LEAST, "", VC_EAR_AFFIRMING},
        {VC_PLATFORM_SNP, VC_TCB_NOT_APPLICABLE, "", VC_EAR_AFFIRMING},
        {VC_PLATFORM_TDX, VC_TCB_UP_TO_DATE, "", VC_EAR_AFFIRMING},
        {VC_PLATFORM_TDX, VC_TCB_OUT_OF_DATE, "", VC_EAR_WARNING},
        {VC_PLATFORM_SGX, VC_TCB_SW_HARDENING_NEEDED, "", VC_EAR_WARNING},
        {VC_PLATFORM_TDX, VC_TCB_UP_TO_DATE, "no", VC_EAR_CONTRAINDICATED},
        {VC_PLATFORM_NITRO, VC_TCB_NOT_APPLICABLE, "", VC_EAR_WARNING},
        {VC_PLATFORM_PSA, VC_TCB_NOT_APPLICABLE, "", VC_EAR_WARNING},
        {VC_PLATFORM_TPM, VC_TCB_NOT_APPLICABLE, "", VC_EAR_WARNING},
        {VC_PLATFORM_PROCESS, VC_TCB_NOT_APPLICABLE, "", VC_EAR_WARNING},
        {VC_PLATFORM_PROCESS, VC_TCB_NOT_APPLICABLE, "no", VC_EAR_CONTRAINDICATED},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_ear ear = {.platform = rows[i].platform, .tcb_status = rows[i].tcb};

        strcpy(ear.reason, rows[i].reason);
        if (vc_ear_status_of(&ear) != rows[i].status)
            fail_msg("row %zu: %s", i, vc_ear_status_name(vc_ear_status_of(&ear)));
    }
}

static void test_times(void **state)
{
    static const struct {
        int64_t at;
        enum vc_code code;
    } rows[] = {{NOW, VC_OK},      {NOW + 299, VC_OK},       {NOW + 300, VC_UNTRUSTED},
                {NOW - 60, VC_OK}, {NOW - 61, VC_UNTRUSTED}, {NOW + 100000, VC_UNTRUSTED}};
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};

    encode(set, &token);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_ear back;

        assert_int_equal(
            vc_ear_verify(vc_buffer_bytes(&token), set->ca, rows[i].at, &back, nullptr),
            rows[i].code);
    }
}

/* Every bit of the token, every length of it, and another service's key. */
static void test_changes(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
    struct vc_ear back;

    encode(set, &token);
    for (size_t bit = 0; bit < token.size * 8; bit++) {
        token.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(vc_ear_verify(vc_buffer_bytes(&token), set->ca, NOW, &back, nullptr),
                             VC_OK);
        token.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t size = 0; size < token.size; size++) {
        assert_int_not_equal(
            vc_ear_verify((struct vc_bytes){token.data, size}, set->ca, NOW, &back, nullptr),
            VC_OK);
    }
    print_message("# %zu flipped bits, %zu lengths refused\n", token.size * 8, token.size);
    assert_int_equal(vc_ear_verify(vc_buffer_bytes(&token), set->other_ca, NOW, &back, nullptr),
                     VC_UNTRUSTED);
    assert_int_equal(vc_buffer_append_text(&token, ".", nullptr), VC_OK);
    assert_int_not_equal(vc_ear_verify(vc_buffer_bytes(&token), set->ca, NOW, &back, nullptr),
                         VC_OK);
}

/* A token with this header and these claims, signed by the CA's key all the same. */
static void forge(const struct set *set, const char *header, struct vc_bytes claims,
                  struct vc_buffer *token)
{
    uint8_t signature[VC_ES256_SIZE];

    token->size = 0;
    assert_int_equal(vc_base64url_encode((struct vc_bytes){(const uint8_t *)header, strlen(header)},
                                         token, nullptr),
                     VC_OK);
    assert_int_equal(vc_buffer_append_text(token, ".", nullptr), VC_OK);
    assert_int_equal(vc_base64url_encode(claims, token, nullptr), VC_OK);
    assert_int_equal(vc_key_sign(set->key, vc_buffer_bytes(token), signature, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append_text(token, ".", nullptr), VC_OK);
    assert_int_equal(vc_base64url_encode(VC_BYTES(signature), token, nullptr), VC_OK);
}

static void claims_of(const struct set *set, struct vc_buffer *claims)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};

    encode(set, &token);
    const uint8_t *first = memchr(token.data, '.', token.size);
    const uint8_t *second = memchr(first + 1, '.', token.size - (size_t)(first + 1 - token.data));

    assert_int_equal(vc_base64url_parse((struct vc_bytes){first + 1, (size_t)(second - first - 1)},
                                        claims, nullptr),
                     VC_OK);
}

/* The header must not choose how it is verified, not even if the right key signed it. */
static void test_algorithms(void **state)
{
    static const struct {
        const char *header; /* %s: the key's id */
        bool good;
    } rows[] = {
        {"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", true},
        {"{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"%s\"}", false},
        {"{\"alg\":\"None\",\"typ\":\"JWT\",\"kid\":\"%s\"}", false},
        {"{\"alg\":\"\",\"typ\":\"JWT\",\"kid\":\"%s\"}", false},
        {"{\"typ\":\"JWT\",\"kid\":\"%s\"}", false},
        {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", false},
        {"{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", false},
        {"{\"alg\":\"ES384\",\"typ\":\"JWT\",\"kid\":\"%s\"}", false},
        {"{\"alg\":\"es256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", false},
        {"{\"alg\":[\"ES256\"],\"typ\":\"JWT\",\"kid\":\"%s\"}", false},
        {"{\"alg\":\"ES256\",\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"%s\"}", false},
        {"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\",\"jwk\":{}}", false},
        {"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\",\"crit\":[\"b64\"],\"b64\":false}",
         false},
        {"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}", false},
        {"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"x%s\"}", false},
        {"{\"alg\":\"ES256\",\"typ\":\"JWT\"}", false},
    };
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer claims = {};
    char id[VC_EAR_KEY_ID_MAX];

    vc_ear_key_id(set->ca, id);
    claims_of(set, &claims);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
        char header[256];
        struct vc_ear back;
        const char *at = strstr(rows[i].header, "%s");

        if (at == nullptr) {
            (void)snprintf(header, sizeof(header), "%s", rows[i].header);
        } else {
            (void)snprintf(header, sizeof(header), "%.*s%s%s", (int)(at - rows[i].header),
                           rows[i].header, id, at + 2);
        }
        forge(set, header, vc_buffer_bytes(&claims), &token);
        enum vc_code code = vc_ear_verify(vc_buffer_bytes(&token), set->ca, NOW, &back, nullptr);

        if ((code == VC_OK) != rows[i].good)
            fail_msg("%s: %d", rows[i].header, (int)code);
    }
}

/* Claims in another form, though signed. */
static void test_claims_out_of_form(void **state)
{
    static const struct {
        const char *from, *to;
    } rows[] = {
        {"rats/ear#04", "rats/ear#03"},
        {"\"iat\":1800000000", "\"iat\":1800000000.5"},
        {"\"exp\":1800000300", "\"exp\":\"never\"   "},
        {"\"exp\":1800000300,", ""},
        {"\"affirming\"", "\"affirmed\""},
        {"\"UpToDate\"", "\"Uptodate\""},
        {"\"veracruz.platform\":\"tdx\"", "\"veracruz.platform\":\"tdy\""},
        {"\"veracruz.isolation\":\"hardware\"", "\"veracruz.isolation\":\"none\""},
        {"urn:veracruz:policy:", "urn:veracruz:policy:0"},
        {"urn:veracruz:policy:", "urn:another:policy:"},
        {"\"container\":", "\"machine\":"},
        {"\"ear_status\"", "\"ear_state\""},
    };
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer claims = {};
    char id[VC_EAR_KEY_ID_MAX];
    char header[160];

    vc_ear_key_id(set->ca, id);
    (void)snprintf(header, sizeof(header), "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
                   id);
    claims_of(set, &claims);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer changed = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
        const uint8_t *at = memmem(claims.data, claims.size, rows[i].from, strlen(rows[i].from));
        struct vc_ear back;

        if (at == nullptr)
            fail_msg("no %s in %.*s", rows[i].from, (int)claims.size, (const char *)claims.data);
        size_t head = (size_t)(at - claims.data), tail = head + strlen(rows[i].from);

        assert_int_equal(vc_buffer_printf(&changed, nullptr, "%.*s%s%.*s", (int)head,
                                          (const char *)claims.data, rows[i].to,
                                          (int)(claims.size - tail),
                                          (const char *)claims.data + tail),
                         VC_OK);
        forge(set, header, vc_buffer_bytes(&changed), &token);
        if (vc_ear_verify(vc_buffer_bytes(&token), set->ca, NOW, &back, nullptr) == VC_OK)
            fail_msg("%s accepted", rows[i].to);
    }
}

static void test_keys(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer point = {};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root, keys, key, member;
    static const char *const coordinates[] = {"x", "y"};
    uint8_t own[65];
    const char *value = "";

    assert_int_equal(vc_ear_write_keys(set->ca, &text, nullptr), VC_OK);
    assert_int_equal(vc_json_parse(vc_buffer_bytes(&text), &json, nullptr), VC_OK);
    root = vc_json_root(json);
    assert_int_equal(vc_json_member(&root, "keys", &keys, nullptr), VC_OK);
    assert_int_equal(vc_json_count(&keys), 1);
    key = vc_json_element(&keys, 0);
    for (size_t i = 0; i < VC_COUNT(coordinates); i++) {
        assert_int_equal(vc_json_member(&key, coordinates[i], &member, nullptr), VC_OK);
        assert_int_equal(vc_json_string(&member, &value, nullptr), VC_OK);
        assert_int_equal(
            vc_base64url_parse((struct vc_bytes){(const uint8_t *)value, strlen(value)}, &point,
                               nullptr),
            VC_OK);
    }
    assert_int_equal(vc_key_point(set->key, own, nullptr), VC_OK);
    assert_int_equal(point.size, 64);
    assert_memory_equal(point.data, own + 1, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, make_set, free_set),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test_setup_teardown(test_times, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_changes, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_algorithms, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_claims_out_of_form, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_keys, make_set, free_set),
    };

    return cmocka_run_group_tests_name("ear", tests, nullptr, nullptr);
}
