/* SPDX-License-Identifier: MIT */

#include "evidence/psa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "codec/cbor.h"
#include "crypto/pki_fixture.h"
#include "evidence/psa_claims.h"

static constexpr size_t KINDS = 3; /* P-256, P-384, P-521 */

static const struct {
    enum vc_key_kind kind;
    int64_t algorithm;
    enum vc_scheme scheme;
} kinds[KINDS] = {
    {VC_KEY_P256, VC_COSE_ES256, VC_SCHEME_ES256},
    {VC_KEY_P384, VC_COSE_ES384, VC_SCHEME_ES384},
    {VC_KEY_P521, VC_COSE_ES512, VC_SCHEME_ES512},
};

struct set {
    struct vc_pki_key *keys[KINDS];
    struct vc_public_key *public_keys[KINDS];
    struct vc_buffer payloads[2]; /* by profile */
};

static struct vc_bytes text_of(const char *text)
{
    return (struct vc_bytes){(const uint8_t *)text, strlen(text)};
}

static struct vc_octets filled(uint8_t byte, size_t size)
{
    struct vc_octets octets = {.size = size};

    memset(octets.bytes, byte, size);
    return octets;
}

static struct vc_psa_claims good_claims(void)
{
    struct vc_psa_claims claims = {
        .profile = VC_PSA_PROFILE_2,
        .profile_name = text_of("http://arm.com/psa/2.0.0"),
        .nonce = filled(0x11, 32),
        .instance_id = filled(0x01, 33),
        .implementation_id = filled(0x22, 32),
        .boot_seed = filled(0x33, 8),
        .client_id = -1,
        .lifecycle = 0x3003,
        .certification = text_of("1234567890123-12345"),
        .verification_service = text_of("https://verifier.example"),
        .component_count = 2,
    };

    claims.components[0] = (struct vc_psa_component){.type = text_of("BL"),
                                                     .version = text_of("3.4.2"),
                                                     .description = text_of("SHA256"),
                                                     .measurement = filled(0x44, 32),
                                                     .signer_id = filled(0x55, 32)};
    claims.components[1] =
        (struct vc_psa_component){.measurement = filled(0x66, 64), .signer_id = filled(0x77, 48)};
    return claims;
}

static const struct pair {
    int64_t p1, p2;
} labels[] = {
    {-75000, 265},  {-75001, 2394}, {-75002, 2395}, {-75003, 2396}, {-75004, 2397},
    {-75005, 2398}, {-75006, 2399}, {-75008, 10},   {-75009, 256},  {-75010, 2400},
};

static void append(struct vc_buffer *out, struct vc_bytes bytes)
{
    assert_int_equal(vc_buffer_append(out, bytes, nullptr), VC_OK);
}

static void append_hex(struct vc_buffer *out, const char *hex, size_t fill)
{
    uint8_t room[64];
    const uint8_t byte = 0x01;

    assert_true(strlen(hex) / 2 <= sizeof(room));
    assert_int_equal(vc_hex_parse(hex, room, strlen(hex) / 2, nullptr), VC_OK);
    append(out, (struct vc_bytes){room, strlen(hex) / 2});
    for (size_t i = 0; i < fill; i++)
        append(out, (struct vc_bytes){&byte, 1});
}

/* The same claims as profile 1: other labels, its name, a seed of 32 bytes. */
static void to_profile_1(struct vc_bytes payload, struct vc_buffer *out)
{
    struct vc_reader reader = vc_reader_over(payload);
    struct vc_cbor_map map = vc_cbor_read_any_map(&reader);
    struct vc_cbor_writer writer = vc_cbor_writer_over(out);

    vc_cbor_open_map(&writer, map.left);
    while (vc_cbor_next_key(&reader, &map)) {
        int64_t key = vc_cbor_read_int(&reader);
        size_t begin = reader.offset;

        vc_cbor_skip_any(&reader);
        for (size_t i = 0; i < VC_COUNT(labels); i++) {
            if (labels[i].p2 == key)
                vc_cbor_put_int(&writer, labels[i].p1);
        }
        if (key == 265)
            vc_cbor_put_text(&writer, "PSA_IOT_PROFILE_1");
        else if (key == 2397)
            append_hex(out, "5820", 32);
        else
            append(out, (struct vc_bytes){payload.data + begin, reader.offset - begin});
    }
    assert_true(vc_reader_done(&reader));
}

static int make_set(void **state)
{
    static struct set set;
    struct vc_psa_claims claims = good_claims();

    set = (struct set){};
    for (size_t i = 0; i < KINDS; i++) {
        set.keys[i] = vc_pki_key_new(kinds[i].kind, 0);
        set.public_keys[i] = vc_pki_key_public(set.keys[i]);
    }
    assert_int_equal(vc_psa_claims_encode(&claims, &set.payloads[1], nullptr), VC_OK);
    to_profile_1(vc_buffer_bytes(&set.payloads[1]), &set.payloads[0]);
    *state = &set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;

    for (size_t i = 0; i < KINDS; i++) {
        vc_pki_key_free(set->keys[i]);
        vc_public_key_free(set->public_keys[i]);
    }
    vc_buffer_done(&set->payloads[0]);
    vc_buffer_done(&set->payloads[1]);
    return 0;
}

/* Endorses this key for whatever device asks, so that only the rest can refuse. */
static const struct vc_public_key *anybody(void *user, enum vc_platform_kind platform,
                                           struct vc_bytes id)
{
    assert_int_equal(platform, VC_PLATFORM_PSA);
    assert_int_equal(id.size, VC_INSTANCE_ID_SIZE);
    return user;
}

static enum vc_code verify_by(struct vc_bytes token, struct vc_public_key *key,
                              struct vc_claims *claims, struct vc_err *err)
{
    struct vc_evidence evidence = {.platform = VC_PLATFORM_PSA, .bytes = token};
    struct vc_anchors anchors = {.endorsed = anybody, .user = key};
    struct vc_verification verification = {.anchors = &anchors, .depth = VC_DEPTH_JUDGED};

    return vc_evidence_verify(&evidence, &verification, claims, err);
}

static enum vc_code verify(const struct set *set, struct vc_bytes token, struct vc_err *err)
{
    struct vc_claims claims;

    return verify_by(token, set->public_keys[0], &claims, err);
}

static void sign_as(const struct set *set, size_t kind, struct vc_bytes payload,
                    struct vc_buffer *token)
{
    struct vc_cose_sign1 sign1 = {.algorithm = kinds[kind].algorithm, .payload = payload};
    vc_cleanup(vc_buffer_done) struct vc_buffer message = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};

    assert_int_equal(vc_cose_sign1_message(&sign1, &message, nullptr), VC_OK);
    vc_pki_sign(set->keys[kind], kinds[kind].scheme, vc_buffer_bytes(&message), &signature);
    sign1.signature = vc_buffer_bytes(&signature);
    assert_int_equal(vc_cose_sign1_encode(&sign1, token, nullptr), VC_OK);
}

static void expect_octets(const struct vc_octets *value, struct vc_octets wanted)
{
    assert_non_null(value);
    assert_true(vc_octets_equal(value, &wanted));
}

static void test_good(void **state)
{
    const struct set *set = *state;

    for (size_t profile = 0; profile < 2; profile++) {
        for (size_t kind = 0; kind < KINDS; kind++) {
            vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
            struct vc_claims claims;
            struct vc_err err = {};

            sign_as(set, kind, vc_buffer_bytes(&set->payloads[profile]), &token);
            if (verify_by(vc_buffer_bytes(&token), set->public_keys[kind], &claims, &err) != VC_OK)
                fail_msg("profile %zu, kind %zu: %s", profile + 1, kind, err.text);
            assert_int_equal(claims.passed, VC_STAGE_JUDGED);
            assert_int_equal(claims.tcb_status, VC_TCB_NOT_APPLICABLE);
            assert_false(claims.debug);
            expect_octets(&claims.measurement, filled(0x44, 32));
            expect_octets(&claims.report_data, filled(0x11, 32));
            expect_octets(&claims.machine, filled(0x01, 33));
            expect_octets(vc_claims_register(&claims, "implementation_id"), filled(0x22, 32));
            expect_octets(vc_claims_register(&claims, "boot_seed"),
                          profile == 0 ? filled(0x01, 32) : filled(0x33, 8));
            expect_octets(vc_claims_register(&claims, "component0"), filled(0x44, 32));
            expect_octets(vc_claims_register(&claims, "signer0"), filled(0x55, 32));
            expect_octets(vc_claims_register(&claims, "component1"), filled(0x66, 64));
            expect_octets(vc_claims_register(&claims, "signer1"), filled(0x77, 48));
            assert_int_equal(claims.register_count, 6);
        }
    }
}

/* One claim's value replaced, left out, or one more; for one profile or both. */
static const struct row {
    const char *name;
    int64_t key;     /* of profile 2; 0: append `hex`, a key and a value */
    const char *hex; /* of the value; null: leave the claim out */
    size_t fill;
    enum vc_code codes[2]; /* by profile */
    const char *words;
} rows[] = {
#define BOTH(code) {code, code}
    {"nothing but order", 10, "5820", 32, BOTH(VC_OK), ""},
    {"profile unknown", 265, "6178", 0, BOTH(VC_MALFORMED), "profile"},
    {"profile bytes", 265, "4178", 0, BOTH(VC_MALFORMED), "profile"},
    {"profile a number", 265, "01", 0, BOTH(VC_MALFORMED), "profile"},
    {"profile empty", 265, "60", 0, BOTH(VC_MALFORMED), "profile"},
    {"no profile", 265, nullptr, 0, {VC_OK, VC_MALFORMED}, "profile"},
    {"nonce of 31", 10, "581f", 31, BOTH(VC_MALFORMED), "nonce"},
    {"nonce of 33", 10, "5821", 33, BOTH(VC_MALFORMED), "nonce"},
    {"nonce of 48", 10, "5830", 48, BOTH(VC_OK), ""},
    {"nonce of 64", 10, "5840", 64, BOTH(VC_OK), ""},
    {"nonce of 65", 10, "5841", 65, BOTH(VC_MALFORMED), "nonce"},
    {"nonce empty", 10, "40", 0, BOTH(VC_MALFORMED), "nonce"},
    {"nonce text", 10, "7820", 32, BOTH(VC_MALFORMED), "nonce"},
    {"two nonces", 10, "824100", 1, BOTH(VC_MALFORMED), "nonce"},
    {"an array of one nonce", 10, "815820", 32, BOTH(VC_MALFORMED), "nonce"},
    {"nonce of 2^64-1 bytes", 10, "5bffffffffffffffff", 0, BOTH(VC_MALFORMED), "nonce"},
    {"nonce indefinite", 10, "5f4100ff", 0, BOTH(VC_MALFORMED), "nonce"},
    {"nonce with a long head", 10, "590020", 32, BOTH(VC_MALFORMED), "nonce"},
    {"no nonce", 10, nullptr, 0, BOTH(VC_MALFORMED), "nonce"},
    {"instance-id of 32", 256, "5820", 32, BOTH(VC_MALFORMED), "instance-id"},
    {"instance-id of 34", 256, "5822", 34, BOTH(VC_MALFORMED), "instance-id"},
    {"instance-id of another kind", 256, "582102", 32, BOTH(VC_MALFORMED), "instance-id"},
    {"no instance-id", 256, nullptr, 0, BOTH(VC_MALFORMED), "instance-id"},
    {"implementation-id of 31", 2396, "581f", 31, BOTH(VC_MALFORMED), "implementation-id"},
    {"implementation-id of 33", 2396, "5821", 33, BOTH(VC_MALFORMED), "implementation-id"},
    {"no implementation-id", 2396, nullptr, 0, BOTH(VC_MALFORMED), "implementation-id"},
    {"client-id 2^31-1", 2394, "1a7fffffff", 0, BOTH(VC_OK), ""},
    {"client-id 2^31", 2394, "1a80000000", 0, BOTH(VC_MALFORMED), "client-id"},
    {"client-id -2^31", 2394, "3a7fffffff", 0, BOTH(VC_OK), ""},
    {"client-id -2^31-1", 2394, "3a80000000", 0, BOTH(VC_MALFORMED), "client-id"},
    {"client-id -2^64", 2394, "3bffffffffffffffff", 0, BOTH(VC_MALFORMED), "client-id"},
    {"client-id text", 2394, "6131", 0, BOTH(VC_MALFORMED), "client-id"},
    {"no client-id", 2394, nullptr, 0, BOTH(VC_MALFORMED), "client-id"},
    {"lifecycle 0x2fff", 2395, "192fff", 0, BOTH(VC_MALFORMED), "no such state"},
    {"lifecycle 0x3000", 2395, "193000", 0, BOTH(VC_OK), ""},
    {"lifecycle 0x30ff", 2395, "1930ff", 0, BOTH(VC_OK), ""},
    {"lifecycle 0x3100", 2395, "193100", 0, BOTH(VC_MALFORMED), "no such state"},
    {"lifecycle 0x0000", 2395, "00", 0, BOTH(VC_UNTRUSTED), "0x0000 (unknown)"},
    {"lifecycle 0x1000", 2395, "191000", 0, BOTH(VC_UNTRUSTED), "assembly"},
    {"lifecycle 0x2000", 2395, "192000", 0, BOTH(VC_UNTRUSTED), "provisioning"},
    {"lifecycle 0x4000", 2395, "194000", 0, BOTH(VC_UNTRUSTED), "debug"},
    {"lifecycle 0x5000", 2395, "195000", 0, BOTH(VC_UNTRUSTED), "debug"},
    {"lifecycle 0x6000", 2395, "196000", 0, BOTH(VC_UNTRUSTED), "decommissioned"},
    {"lifecycle 0x13000", 2395, "1a00013000", 0, BOTH(VC_MALFORMED), "lifecycle"},
    {"lifecycle -1", 2395, "20", 0, BOTH(VC_MALFORMED), "lifecycle"},
    {"lifecycle with a long head", 2395, "1a00003000", 0, BOTH(VC_MALFORMED), "lifecycle"},
    {"no lifecycle", 2395, nullptr, 0, BOTH(VC_MALFORMED), "lifecycle"},
    {"boot-seed of 7", 2397, "47", 7, BOTH(VC_MALFORMED), "boot-seed"},
    {"boot-seed of 8", 2397, "48", 8, {VC_MALFORMED, VC_OK}, "boot-seed"},
    {"boot-seed of 32", 2397, "5820", 32, BOTH(VC_OK), ""},
    {"boot-seed of 33", 2397, "5821", 33, BOTH(VC_MALFORMED), "boot-seed"},
    {"no boot-seed", 2397, nullptr, 0, {VC_MALFORMED, VC_OK}, "boot-seed"},
    {"certification 13 digits",
     2398,
     "6d31323334353637383930313233",
     0,
     {VC_OK, VC_MALFORMED},
     "certification"},
    {"certification 12 digits", 2398, "6c313233343536373839303132", 0, BOTH(VC_MALFORMED),
     "certification"},
    {"certification with a letter", 2398, "6d61323334353637383930313233", 0, BOTH(VC_MALFORMED),
     "certification"},
    {"certification 13-4", 2398, "72313233343536373839303132332d31323334", 0, BOTH(VC_MALFORMED),
     "certification"},
    {"certification 13+5", 2398, "73313233343536373839303132332b3132333435", 0, BOTH(VC_MALFORMED),
     "certification"},
    {"certification 13-6", 2398, "74313233343536373839303132332d313233343536", 0,
     BOTH(VC_MALFORMED), "certification"},
    {"no certification", 2398, nullptr, 0, BOTH(VC_OK), ""},
    {"components empty", 2399, "80", 0, BOTH(VC_MALFORMED), "components"},
    {"components a map", 2399, "a0", 0, BOTH(VC_MALFORMED), "components"},
    {"components null", 2399, "f6", 0, BOTH(VC_MALFORMED), "components"},
    {"components indefinite", 2399, "9fff", 0, BOTH(VC_MALFORMED), "components"},
    {"components of 17", 2399, "91a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0", 0, BOTH(VC_MALFORMED),
     "1 to 16"},
    {"components of 2^32", 2399, "9b0000000100000000", 0, BOTH(VC_MALFORMED), "components"},
    {"a component empty", 2399, "81a0", 0, BOTH(VC_MALFORMED), "measurement"},
    {"a component not a map", 2399, "8100", 0, BOTH(VC_MALFORMED), "not a map"},
    {"a component without signer", 2399, "81a1025820", 32, BOTH(VC_MALFORMED), "signer"},
    {"a component without measurement", 2399, "81a1055820", 32, BOTH(VC_MALFORMED), "measurement"},
    {"a measurement of 31", 2399, "81a102581f", 31, BOTH(VC_MALFORMED), "measurement"},
    {"a measurement text", 2399, "81a1027820", 32, BOTH(VC_MALFORMED), "not a map"},
    {"a measurement of 65", 2399, "81a1025841", 65, BOTH(VC_MALFORMED), "not a map"},
    {"no components", 2399, nullptr, 0, BOTH(VC_MALFORMED), "software"},
    {"service empty", 2400, "60", 0, BOTH(VC_MALFORMED), "verification-service"},
    {"service bytes", 2400, "4178", 0, BOTH(VC_MALFORMED), "verification-service"},
    {"service not UTF-8", 2400, "61ff", 0, BOTH(VC_MALFORMED), "verification-service"},
    {"no service", 2400, nullptr, 0, BOTH(VC_OK), ""},
    {"unknown claim", 0, "19270f00", 0, BOTH(VC_OK), ""},
    {"unknown claim of text", 0, "6178a0", 0, BOTH(VC_OK), ""},
    {"unknown claim, a float", 0, "190108f93c00", 0, BOTH(VC_OK), ""},
    {"unknown claim, a long float", 0, "190108fa3f800000", 0, BOTH(VC_MALFORMED), ""},
    {"unknown claim, unsorted map", 0, "6178a202000100", 0, BOTH(VC_OK), ""},
    {"unknown claim, duplicate inside", 0, "6178a201000100", 0, BOTH(VC_MALFORMED), ""},
    {"unknown claim, 16 deep", 0, "61788181818181818181818181818181818100", 0, BOTH(VC_OK), ""},
    {"unknown claim, 17 deep", 0, "6178818181818181818181818181818181818100", 0, BOTH(VC_MALFORMED),
     ""},
    {"unknown claim, indefinite", 0, "61789fff", 0, BOTH(VC_MALFORMED), ""},
    {"unknown claim, huge", 0, "61785b7fffffffffffffff", 0, BOTH(VC_MALFORMED), ""},
    {"key a map", 0, "a000", 0, BOTH(VC_MALFORMED), ""},
    {"key with a long head", 0, "1800f6", 0, BOTH(VC_MALFORMED), ""},
    {"nonce of both profiles", 0, "0a5820", 32, {VC_MALFORMED, VC_MALFORMED}, ""},
    {"profile 1's nonce too", 0, "3a000124ff5820", 32, {VC_MALFORMED, VC_MALFORMED}, ""},
    {"no-measurement beside components", 0, "3a000124fe01", 0, BOTH(VC_MALFORMED), ""},
};

static void rewrite(struct vc_bytes payload, const struct row *row, size_t profile,
                    struct vc_buffer *out)
{
    struct vc_reader reader = vc_reader_over(payload);
    struct vc_cbor_map map = vc_cbor_read_any_map(&reader);
    struct vc_cbor_writer writer = vc_cbor_writer_over(out);
    int64_t wanted = row->key;

    for (size_t i = 0; profile == 0 && i < VC_COUNT(labels); i++) {
        if (labels[i].p2 == row->key)
            wanted = labels[i].p1;
    }
    vc_cbor_open_map(&writer, map.left + (row->key == 0) - (row->hex == nullptr));
    while (vc_cbor_next_key(&reader, &map)) {
        size_t begin = reader.offset;
        int64_t key = vc_cbor_read_int(&reader);

        vc_cbor_skip_any(&reader);
        if (key != wanted)
            append(out, (struct vc_bytes){payload.data + begin, reader.offset - begin});
    }
    if (row->hex != nullptr && row->key != 0) /* at the end: any order will do */
        vc_cbor_put_int(&writer, wanted);
    if (row->hex != nullptr)
        append_hex(out, row->hex, row->fill);
}

/* Whatever the claims say, the endorsed key has signed them. */
static void test_a9_signed_claims(void **state)
{
    const struct set *set = *state;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        for (size_t profile = 0; profile < 2; profile++) {
            vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
            vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
            struct vc_err err = {};
            enum vc_code code;

            rewrite(vc_buffer_bytes(&set->payloads[profile]), &rows[i], profile, &payload);
            sign_as(set, 0, vc_buffer_bytes(&payload), &token);
            code = verify(set, vc_buffer_bytes(&token), &err);
            if (code != rows[i].codes[profile] ||
                (code != VC_OK && strstr(err.text, rows[i].words) == nullptr))
                fail_msg("profile %zu, %s: %s", profile + 1, rows[i].name, err.text);
        }
    }
    print_message("# %zu rows, for both profiles\n", VC_COUNT(rows));
}

/* Profile 1 may say that nothing was measured: well formed, and no use. */
static void test_nothing_measured(void **state)
{
    static const struct row without = {"", 2399, nullptr, 0, BOTH(VC_OK), ""};
    static const struct row no_measurement = {"", 0, "3a000124fe01", 0, BOTH(VC_OK), ""};
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer half = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
    struct vc_psa_claims claims;
    struct vc_err err = {};

    rewrite(vc_buffer_bytes(&set->payloads[0]), &without, 0, &half);
    rewrite(vc_buffer_bytes(&half), &no_measurement, 0, &payload);
    assert_int_equal(vc_psa_claims_parse(vc_buffer_bytes(&payload), &claims, nullptr), VC_OK);
    assert_int_equal(claims.component_count, 0);
    sign_as(set, 0, vc_buffer_bytes(&payload), &token);
    assert_int_equal(verify(set, vc_buffer_bytes(&token), &err), VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "no software"));
}

static void test_debug_is_told(void **state)
{
    static const struct row debug = {"", 2395, "194000", 0, BOTH(VC_OK), ""};
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
    struct vc_claims claims;

    rewrite(vc_buffer_bytes(&set->payloads[1]), &debug, 1, &payload);
    sign_as(set, 0, vc_buffer_bytes(&payload), &token);
    assert_int_equal(verify_by(vc_buffer_bytes(&token), set->public_keys[0], &claims, nullptr),
                     VC_UNTRUSTED);
    assert_true(claims.debug);
    assert_int_equal(claims.passed, VC_STAGE_AUTHENTIC);
}

static void test_keys(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_pki_key_freep) struct vc_pki_key *other = vc_pki_key_new(VC_KEY_P256, 0);
    vc_cleanup(vc_public_key_freep) struct vc_public_key *another = vc_pki_key_public(other);
    vc_cleanup(vc_pki_key_freep) struct vc_pki_key *rsa = vc_pki_key_new(VC_KEY_RSA, 2048);
    vc_cleanup(vc_public_key_freep) struct vc_public_key *rsa_key = vc_pki_key_public(rsa);
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
    struct vc_claims claims;
    struct vc_err err = {};
    const struct {
        const char *name;
        struct vc_public_key *key;
        const char *words;
    } cases[] = {
        {"nobody's", nullptr, "no key is endorsed for the device with instance id 0101"},
        {"another's", another, "signature"},
        {"on another curve", set->public_keys[1], "signature"},
        {"RSA", rsa_key, "another kind"},
    };

    sign_as(set, 0, vc_buffer_bytes(&set->payloads[1]), &token);
    for (size_t i = 0; i < VC_COUNT(cases); i++) {
        if (verify_by(vc_buffer_bytes(&token), cases[i].key, &claims, &err) != VC_UNTRUSTED ||
            strstr(err.text, cases[i].words) == nullptr)
            fail_msg("%s: %s", cases[i].name, err.text);
        assert_int_equal(claims.passed, VC_STAGE_FORM);
    }
}

static void test_nobody_endorses(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
    struct vc_anchors nobody = {};
    struct vc_verification verification = {.anchors = &nobody};
    struct vc_evidence evidence = {.platform = VC_PLATFORM_PSA};
    struct vc_claims claims;

    sign_as(set, 0, vc_buffer_bytes(&set->payloads[1]), &token);
    evidence.bytes = vc_buffer_bytes(&token);
    assert_int_equal(vc_evidence_verify(&evidence, &verification, &claims, nullptr), VC_UNTRUSTED);
}

/* Other envelopes around the same payload and signature. */
static void test_envelopes(void **state)
{
    static const struct {
        const char *name, *hex;
        enum vc_code code;
        const char *words;
    } cases[] = {
        {"as it is", "d28443a10126a0", VC_OK, ""},
        {"an unsigned key id", "d28443a10126a1044100", VC_OK, ""},
        {"no tag", "8443a10126a0", VC_MALFORMED, "without its tag"},
        {"a tag too many", "d83dd28443a10126a0", VC_MALFORMED, "tag 61"},
        {"COSE_Mac0", "d18443a10105a0", VC_UNTRUSTED, "COSE_Mac0"},
        {"HMAC in a COSE_Sign1", "d28443a10105a0", VC_UNTRUSTED, "algorithm 5"},
        {"EdDSA", "d28443a10127a0", VC_UNTRUSTED, "algorithm -8"},
        {"ES384 by another key", "d28444a1013822a0", VC_UNTRUSTED, "signature"},
        {"no algorithm", "d28440a0", VC_MALFORMED, "no algorithm"},
        {"an unsigned algorithm", "d28440a10126", VC_MALFORMED, "no algorithm"},
        {"another protected header", "d28446a20126044100a0", VC_UNTRUSTED, "signature"},
        {"critical", "d28446a20126028104a0", VC_MALFORMED, "critical"},
        {"indefinite", "d29f43a10126a0", VC_MALFORMED, ""},
        {"Arm CCA", "d9018fa0", VC_MALFORMED, "CCA token: not supported"},
        {"Arm CCA in a collection", "d9038ba0", VC_MALFORMED, "CCA token: not supported"},
    };
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
    struct vc_cose_sign1 sign1;

    sign_as(set, 0, vc_buffer_bytes(&set->payloads[1]), &token);
    assert_int_equal(vc_cose_sign1_parse(vc_buffer_bytes(&token), &sign1, nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(cases); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
        struct vc_cbor_writer writer = vc_cbor_writer_over(&out);
        struct vc_err err = {};

        append_hex(&out, cases[i].hex, 0);
        vc_cbor_put_bytes(&writer, sign1.payload);
        vc_cbor_put_bytes(&writer, sign1.signature);
        if (verify(set, vc_buffer_bytes(&out), &err) != cases[i].code ||
            strstr(err.text, cases[i].words) == nullptr)
            fail_msg("%s: %s", cases[i].name, err.text);
    }
}

static void test_flips_and_cuts(void **state)
{
    const struct set *set = *state;
    size_t flips = 0;
    size_t cuts = 0;

    for (size_t profile = 0; profile < 2; profile++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer token = {};

        sign_as(set, 0, vc_buffer_bytes(&set->payloads[profile]), &token);
        for (size_t bit = 0; bit < 8 * token.size; bit++, flips++) {
            token.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (verify(set, vc_buffer_bytes(&token), nullptr) == VC_OK)
                fail_msg("profile %zu, bit %zu", profile + 1, bit);
            token.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t size = 0; size < token.size; size++, cuts++) {
            if (verify(set, (struct vc_bytes){token.data, size}, nullptr) != VC_MALFORMED)
                fail_msg("profile %zu, %zu bytes", profile + 1, size);
        }
        append_hex(&token, "00", 0);
        assert_int_equal(verify(set, vc_buffer_bytes(&token), nullptr), VC_MALFORMED);
    }
    print_message("# %zu bit flips, %zu truncations\n", flips, cuts);
}

/* Profile 2 has one deterministic form, which reads back as what was written. */
static void test_encoding(void **state)
{
    const struct set *set = *state;
    struct vc_psa_claims claims;
    vc_cleanup(vc_buffer_done) struct vc_buffer again = {};
    struct vc_reader reader;

    assert_int_equal(vc_psa_claims_parse(vc_buffer_bytes(&set->payloads[1]), &claims, nullptr),
                     VC_OK);
    assert_int_equal(vc_psa_claims_encode(&claims, &again, nullptr), VC_OK);
    assert_int_equal(again.size, set->payloads[1].size);
    assert_memory_equal(again.data, set->payloads[1].data, again.size);
    reader = vc_reader_over(vc_buffer_bytes(&again));
    vc_cbor_skip(&reader); /* ascending keys */
    assert_true(vc_reader_done(&reader));
}

static enum vc_code see(void *user, const struct vc_field *field, struct vc_err *)
{
    size_t *count = user;

    assert_true(field->section[0] != '\0' && field->name[0] != '\0');
    assert_true(field->value[0] != '\0' && field->meaning[0] != '\0');
    (*count)++;
    return VC_OK;
}

static void test_show(void **state)
{
    const struct set *set = *state;

    for (size_t profile = 0; profile < 2; profile++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
        struct vc_evidence evidence = {.platform = VC_PLATFORM_PSA};
        size_t count = 0;
        struct vc_field_sink sink = {see, &count};

        sign_as(set, 0, vc_buffer_bytes(&set->payloads[profile]), &token);
        evidence.bytes = vc_buffer_bytes(&token);
        assert_int_equal(vc_evidence_show(&evidence, &sink, nullptr), VC_OK);
        assert_int_equal(count, 3 + 5 + 4 + 5 + 2);
        evidence.bytes.size--;
        assert_int_equal(vc_evidence_show(&evidence, &sink, nullptr), VC_MALFORMED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_a9_signed_claims),
        cmocka_unit_test(test_nothing_measured),
        cmocka_unit_test(test_debug_is_told),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_nobody_endorses),
        cmocka_unit_test(test_envelopes),
        cmocka_unit_test(test_flips_and_cuts),
        cmocka_unit_test(test_encoding),
        cmocka_unit_test(test_show),
    };

    return cmocka_run_group_tests_name("psa", tests, make_set, free_set);
}
