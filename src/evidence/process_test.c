/* SPDX-License-Identifier: MIT */

#include "evidence/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "codec/cbor.h"
#include "codec/cose.h"
#include "evidence/psa_claims.h"

static constexpr size_t TOKEN_MAX = 1024;

struct set {
    struct vc_key *machine, *other;
    struct vc_buffer token;
    uint8_t measurement[VC_SHA256_SIZE];
    uint8_t report_data[VC_SHA512_SIZE];
};

/* Who is endorsed: `first` by its instance id, or, to test a lookup that errs, anybody. */
struct endorsed {
    const struct vc_key *first;
    bool careless;
    struct vc_public_key *found;
};

static const struct vc_public_key *look_up(void *user, enum vc_platform_kind platform,
                                           struct vc_bytes id)
{
    struct endorsed *endorsed = user;
    uint8_t own[VC_INSTANCE_ID_SIZE];

    assert_int_equal(platform, VC_PLATFORM_PROCESS);
    assert_int_equal(id.size, sizeof(own));
    if (endorsed->first == nullptr ||
        vc_process_instance_id(endorsed->first, own, nullptr) != VC_OK ||
        (!endorsed->careless && memcmp(own, id.data, sizeof(own)) != 0))
        return nullptr;
    vc_public_key_free(endorsed->found);
    assert_int_equal(vc_public_key_of_key(endorsed->first, &endorsed->found, nullptr), VC_OK);
    return endorsed->found;
}

static enum vc_code verify_by(struct vc_bytes token, struct endorsed user, struct vc_claims *claims,
                              struct vc_err *err)
{
    struct vc_evidence evidence = {.platform = VC_PLATFORM_PROCESS, .bytes = token};
    struct vc_anchors anchors = {.endorsed = look_up, .user = &user};
    struct vc_verification verification = {.anchors = &anchors, .depth = VC_DEPTH_JUDGED};
    enum vc_code code = vc_evidence_verify(&evidence, &verification, claims, err);

    vc_public_key_free(user.found);
    return code;
}

static enum vc_code verify(struct vc_bytes token, const struct vc_key *endorsed, struct vc_err *err)
{
    struct vc_claims claims;

    return verify_by(token, (struct endorsed){.first = endorsed}, &claims, err);
}

static int make_set(void **state)
{
    static struct set set;
    uint8_t seed[32] = {9};

    set = (struct set){};
    memset(set.measurement, 0x71, sizeof(set.measurement));
    memset(set.report_data, 0xb1, sizeof(set.report_data));
    assert_int_equal(vc_key_new(&set.machine, nullptr), VC_OK);
    assert_int_equal(vc_key_new(&set.other, nullptr), VC_OK);
    assert_int_equal(
        vc_process_produce(set.machine,
                           &(struct vc_process_statement){set.measurement, set.report_data, seed},
                           &set.token, nullptr),
        VC_OK);
    assert_true(set.token.size < TOKEN_MAX);
    *state = &set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;

    vc_key_free(set->machine);
    vc_key_free(set->other);
    vc_buffer_done(&set->token);
    return 0;
}

static void test_good_token(void **state)
{
    const struct set *set = *state;
    struct endorsed user = {.first = set->machine};
    struct vc_claims claims = {};
    uint8_t instance[VC_INSTANCE_ID_SIZE];
    struct vc_err err = {};

    if (verify_by(vc_buffer_bytes(&set->token), user, &claims, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(claims.platform, VC_PLATFORM_PROCESS);
    assert_int_equal(claims.passed, VC_STAGE_JUDGED);
    assert_int_equal(claims.tcb_status, VC_TCB_NOT_APPLICABLE);
    assert_int_equal(claims.measurement.size, sizeof(set->measurement));
    assert_memory_equal(claims.measurement.bytes, set->measurement, sizeof(set->measurement));
    assert_int_equal(claims.report_data.size, sizeof(set->report_data));
    assert_memory_equal(claims.report_data.bytes, set->report_data, sizeof(set->report_data));
    assert_int_equal(vc_process_instance_id(set->machine, instance, nullptr), VC_OK);
    assert_int_equal(claims.machine.size, sizeof(instance));
    assert_memory_equal(claims.machine.bytes, instance, sizeof(instance));
    assert_int_equal(instance[0], 1);
}

static void test_unendorsed(void **state)
{
    const struct set *set = *state;
    struct endorsed careless = {.first = set->other, .careless = true};
    struct vc_claims claims = {};
    struct vc_err err = {};

    assert_int_equal(verify(vc_buffer_bytes(&set->token), nullptr, &err), VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "not endorsed"));
    assert_int_equal(verify(vc_buffer_bytes(&set->token), set->other, nullptr), VC_UNTRUSTED);
    assert_int_equal(verify_by(vc_buffer_bytes(&set->token), careless, &claims, nullptr),
                     VC_UNTRUSTED);
    assert_int_equal(claims.passed, VC_STAGE_FORM);
}

static void test_every_bit_flip(void **state)
{
    const struct set *set = *state;
    uint8_t copy[TOKEN_MAX];

    for (size_t bit = 0; bit < 8 * set->token.size; bit++) {
        enum vc_code code;

        memcpy(copy, set->token.data, set->token.size);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        code = verify((struct vc_bytes){copy, set->token.size}, set->machine, nullptr);
        if (code != VC_MALFORMED && code != VC_UNTRUSTED)
            fail_msg("bit %zu: %d", bit, code);
    }
    print_message("# %zu bit flips, %zu truncations\n", 8 * set->token.size, set->token.size);
}

static void test_cut_and_extended(void **state)
{
    const struct set *set = *state;
    uint8_t copy[TOKEN_MAX + 1] = {};

    memcpy(copy, set->token.data, set->token.size);
    for (size_t size = 0; size < set->token.size; size++) {
        assert_int_equal(verify((struct vc_bytes){copy, size}, set->machine, nullptr),
                         VC_MALFORMED);
    }
    assert_int_equal(verify((struct vc_bytes){copy, set->token.size + 1}, set->machine, nullptr),
                     VC_MALFORMED);
}

static void test_too_large(void **state)
{
    const struct set *set = *state;
    static const uint8_t big[VC_EVIDENCE_SIZE_MAX + 1];

    assert_int_equal(verify(VC_BYTES(big), set->machine, nullptr), VC_MALFORMED);
}

static struct vc_psa_claims good_claims(const struct set *set)
{
    struct vc_cose_sign1 sign1;
    struct vc_psa_claims claims;

    assert_int_equal(vc_cose_sign1_parse(vc_buffer_bytes(&set->token), &sign1, nullptr), VC_OK);
    assert_int_equal(vc_psa_claims_parse(sign1.payload, &claims, nullptr), VC_OK);
    return claims;
}

/* Signs any payload: the attacker holds an endorsed key, or the launcher has a bug. */
static void sign(const struct vc_key *key, int64_t algorithm, struct vc_bytes payload,
                 struct vc_buffer *token)
{
    uint8_t signature[VC_ES256_SIZE];
    struct vc_cose_sign1 sign1 = {
        .algorithm = algorithm, .payload = payload, .signature = VC_BYTES(signature)};
    vc_cleanup(vc_buffer_done) struct vc_buffer message = {};

    assert_int_equal(vc_cose_sign1_message(&sign1, &message, nullptr), VC_OK);
    assert_int_equal(vc_key_sign(key, vc_buffer_bytes(&message), signature, nullptr), VC_OK);
    assert_int_equal(vc_cose_sign1_encode(&sign1, token, nullptr), VC_OK);
}

static void nothing(struct vc_psa_claims *)
{
}

static void debug(struct vc_psa_claims *claims)
{
    claims->lifecycle = 0x4000;
}

static void unknown(struct vc_psa_claims *claims)
{
    claims->lifecycle = 0x0000;
}

static void before_secured(struct vc_psa_claims *claims)
{
    claims->lifecycle = 0x2fff;
}

static void provisioning(struct vc_psa_claims *claims)
{
    claims->lifecycle = 0x20ff;
}

static void last_secured(struct vc_psa_claims *claims)
{
    claims->lifecycle = 0x30ff;
}

static void after_secured(struct vc_psa_claims *claims)
{
    claims->lifecycle = 0x3100;
}

static void decommissioned(struct vc_psa_claims *claims)
{
    claims->lifecycle = 0x6000;
}

static void negative_client(struct vc_psa_claims *claims)
{
    claims->client_id = -1;
}

static void no_client(struct vc_psa_claims *claims)
{
    claims->client_id = 0;
}

static void another_implementation(struct vc_psa_claims *claims)
{
    claims->implementation_id.bytes[0] ^= 1;
}

static void another_instance(struct vc_psa_claims *claims)
{
    claims->instance_id.bytes[32] ^= 1;
}

static void another_signer(struct vc_psa_claims *claims)
{
    claims->components[0].signer_id.bytes[0] ^= 1;
}

static void hardware(struct vc_psa_claims *claims)
{
    claims->components[0].type = (struct vc_bytes){(const uint8_t *)"veracruz-runtime", 16};
}

static void older_profile(struct vc_psa_claims *claims)
{
    static const char NAME[] = "http://arm.com/psa/2.0.0";

    claims->profile_name = (struct vc_bytes){(const uint8_t *)NAME, sizeof(NAME) - 1};
}

static void two_components(struct vc_psa_claims *claims)
{
    claims->components[1] = claims->components[0];
    claims->component_count = 2;
}

static void short_nonce(struct vc_psa_claims *claims)
{
    claims->nonce.size = 32;
}

static void long_measurement(struct vc_psa_claims *claims)
{
    claims->components[0].measurement.size = 48;
}

static void no_seed(struct vc_psa_claims *claims)
{
    claims->boot_seed.size = 0;
}

static void with_service(struct vc_psa_claims *claims)
{
    claims->verification_service = (struct vc_bytes){(const uint8_t *)"x", 1};
}

static void with_version(struct vc_psa_claims *claims)
{
    claims->components[0].version = (struct vc_bytes){(const uint8_t *)"1", 1};
}

static const struct row {
    const char *name;
    void (*change)(struct vc_psa_claims *claims);
    enum vc_code expect;
} rows[] = {
    {"nothing", nothing, VC_OK},
    {"life cycle 0x4000", debug, VC_UNTRUSTED},
    {"life cycle 0x0000", unknown, VC_UNTRUSTED},
    {"life cycle 0x2fff, which is no state", before_secured, VC_MALFORMED},
    {"life cycle 0x20ff", provisioning, VC_UNTRUSTED},
    {"life cycle 0x30ff", last_secured, VC_OK},
    {"life cycle 0x3100, which is no state", after_secured, VC_MALFORMED},
    {"life cycle 0x6000", decommissioned, VC_UNTRUSTED},
    {"client id -1", negative_client, VC_UNTRUSTED},
    {"client id 0", no_client, VC_UNTRUSTED},
    {"another implementation", another_implementation, VC_UNTRUSTED},
    {"another instance", another_instance, VC_UNTRUSTED},
    {"another signer", another_signer, VC_UNTRUSTED},
    {"emulation left out of the type", hardware, VC_UNTRUSTED},
    {"an older profile", older_profile, VC_MALFORMED},
    {"two components", two_components, VC_MALFORMED},
    {"nonce of 32 bytes", short_nonce, VC_MALFORMED},
    {"measurement of 48 bytes", long_measurement, VC_MALFORMED},
    {"no boot seed", no_seed, VC_MALFORMED},
    {"a verification service", with_service, VC_MALFORMED},
    {"a version", with_version, VC_MALFORMED},
};

static void test_signed_but_wrong_claims(void **state)
{
    const struct set *set = *state;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_psa_claims claims = good_claims(set);
        vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
        enum vc_code code;

        rows[i].change(&claims);
        assert_int_equal(vc_psa_claims_encode(&claims, &payload, nullptr), VC_OK);
        sign(set->machine, VC_COSE_ES256, vc_buffer_bytes(&payload), &token);
        code = verify(vc_buffer_bytes(&token), set->machine, nullptr);
        if (code != rows[i].expect)
            fail_msg("%s: %d, wanted %d", rows[i].name, code, rows[i].expect);
    }
}

/* A token in another machine's name, signed by an endorsed key that a lookup gives for any name. */
static void test_another_name(void **state)
{
    const struct set *set = *state;
    struct vc_psa_claims psa = good_claims(set);
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
    struct vc_claims claims;
    struct vc_err err = {};

    psa.instance_id.bytes[32] ^= 1;
    assert_int_equal(vc_psa_claims_encode(&psa, &payload, nullptr), VC_OK);
    sign(set->machine, VC_COSE_ES256, vc_buffer_bytes(&payload), &token);
    assert_int_equal(verify_by(vc_buffer_bytes(&token),
                               (struct endorsed){.first = set->machine, .careless = true}, &claims,
                               &err),
                     VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "instance id is another key's"));
}

/* A token in the name of the endorsed machine, signed by another key. */
static void test_another_key_signed(void **state)
{
    const struct set *set = *state;
    struct vc_psa_claims claims = good_claims(set);
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
    struct vc_err err = {};

    assert_int_equal(vc_psa_claims_encode(&claims, &payload, nullptr), VC_OK);
    sign(set->other, VC_COSE_ES256, vc_buffer_bytes(&payload), &token);
    assert_int_equal(verify(vc_buffer_bytes(&token), set->machine, &err), VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "signature"));
}

static void test_another_algorithm(void **state)
{
    const struct set *set = *state;
    struct vc_psa_claims claims = good_claims(set);
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};

    assert_int_equal(vc_psa_claims_encode(&claims, &payload, nullptr), VC_OK);
    for (int64_t algorithm = -50; algorithm < 10; algorithm++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer token = {};

        sign(set->machine, algorithm, vc_buffer_bytes(&payload), &token);
        assert_int_equal(verify(vc_buffer_bytes(&token), set->machine, nullptr),
                         algorithm == VC_COSE_ES256 ? VC_OK : VC_MALFORMED);
    }
}

/* Writes the claims again, without `missing` or with `twice` repeated (indexes; -1 for none), or
 * with an unknown claim at the end. */
static void rewrite(struct vc_bytes payload, int missing, int twice, struct vc_buffer *out)
{
    struct vc_reader reader = vc_reader_over(payload);
    struct vc_cbor_map map = vc_cbor_read_map(&reader);
    struct vc_cbor_writer writer = vc_cbor_writer_over(out);
    size_t count = map.left - (missing >= 0) + (twice >= 0) + (missing < 0 && twice < 0);

    vc_cbor_open_map(&writer, count);
    for (int index = 0; vc_cbor_next_key(&reader, &map); index++) {
        size_t begin = reader.offset;
        struct vc_bytes entry;

        vc_cbor_skip(&reader);
        vc_cbor_skip(&reader);
        entry = (struct vc_bytes){payload.data + begin, reader.offset - begin};
        if (index != missing)
            assert_int_equal(vc_buffer_append(out, entry, nullptr), VC_OK);
        if (index == twice)
            assert_int_equal(vc_buffer_append(out, entry, nullptr), VC_OK);
    }
    if (missing < 0 && twice < 0) {
        vc_cbor_put_int(&writer, 9999);
        vc_cbor_put_int(&writer, 0);
    }
}

static void expect_malformed(const struct set *set, int missing, int twice)
{
    struct vc_cose_sign1 sign1;
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};

    assert_int_equal(vc_cose_sign1_parse(vc_buffer_bytes(&set->token), &sign1, nullptr), VC_OK);
    rewrite(sign1.payload, missing, twice, &payload);
    sign(set->machine, VC_COSE_ES256, vc_buffer_bytes(&payload), &token);
    if (verify(vc_buffer_bytes(&token), set->machine, nullptr) != VC_MALFORMED)
        fail_msg("missing %d, twice %d", missing, twice);
}

static void test_missing_and_duplicate_claims(void **state)
{
    for (int i = 0; i < 8; i++) {
        expect_malformed(*state, i, -1);
        expect_malformed(*state, -1, i);
        expect_malformed(*state, i, (i + 1) % 8);
    }
    expect_malformed(*state, -1, -1);
}

static void test_payload_cut_and_extended(void **state)
{
    const struct set *set = *state;
    struct vc_cose_sign1 sign1;
    vc_cleanup(vc_buffer_done) struct vc_buffer more = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
    struct vc_psa_claims claims;

    assert_int_equal(vc_cose_sign1_parse(vc_buffer_bytes(&set->token), &sign1, nullptr), VC_OK);
    for (size_t size = 0; size < sign1.payload.size; size++) {
        assert_int_equal(
            vc_psa_claims_parse((struct vc_bytes){sign1.payload.data, size}, &claims, nullptr),
            VC_MALFORMED);
    }
    assert_int_equal(vc_buffer_append(&more, sign1.payload, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append_text(&more, "x", nullptr), VC_OK);
    sign(set->machine, VC_COSE_ES256, vc_buffer_bytes(&more), &token);
    assert_int_equal(verify(vc_buffer_bytes(&token), set->machine, nullptr), VC_MALFORMED);
    token.size = 0;
    sign(set->machine, VC_COSE_ES256, (struct vc_bytes){}, &token);
    assert_int_equal(verify(vc_buffer_bytes(&token), set->machine, nullptr), VC_MALFORMED);
}

/* Claims of another size or type, each signed by the endorsed machine. */
static void test_claims_out_of_form(void **state)
{
    const struct set *set = *state;
    struct vc_cose_sign1 sign1;
    /* The place of a head byte inside the payload, what stands there, and what to put. */
    static const struct {
        size_t offset;
        uint8_t was, becomes;
    } changes[] = {
        {0, 0xa8, 0xa7}, /* one claim fewer */
        {0, 0xa8, 0xa9}, /* one more */
        {0, 0xa8, 0x88}, /* an array */
        {1, 0x0a, 0x0b}, /* another key than the nonce's */
        {2, 0x58, 0x78}, /* nonce as text */
        {3, 0x40, 0x30}, /* nonce of 48 bytes */
        {3, 0x40, 0x41}, /* of 65 */
    };
    uint8_t copy[TOKEN_MAX];

    assert_int_equal(vc_cose_sign1_parse(vc_buffer_bytes(&set->token), &sign1, nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(changes); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer token = {};

        memcpy(copy, sign1.payload.data, sign1.payload.size);
        assert_int_equal(copy[changes[i].offset], changes[i].was);
        copy[changes[i].offset] = changes[i].becomes;
        sign(set->machine, VC_COSE_ES256, (struct vc_bytes){copy, sign1.payload.size}, &token);
        if (verify(vc_buffer_bytes(&token), set->machine, nullptr) != VC_MALFORMED)
            fail_msg("change %zu", i);
    }
}

static void test_signatures_out_of_form(void **state)
{
    const struct set *set = *state;
    struct vc_cose_sign1 sign1;
    uint8_t raw[VC_ES256_SIZE];
    uint8_t der[70] = {0x30, 0x44, 0x02, 0x20};
    struct vc_bytes forms[] = {{der, sizeof(der)}, {raw, 0}, {raw, 63}, {raw, 64}};

    assert_int_equal(vc_cose_sign1_parse(vc_buffer_bytes(&set->token), &sign1, nullptr), VC_OK);
    memcpy(der + 4, sign1.signature.data, 32);
    der[36] = 0x02;
    der[37] = 0x20;
    memcpy(der + 38, sign1.signature.data + 32, 32);
    for (size_t zeroed = 0; zeroed < 2; zeroed++) { /* r = 0, then s = 0 */
        memcpy(raw, sign1.signature.data, sizeof(raw));
        memset(raw + 32 * zeroed, 0, 32);
        for (size_t i = 0; i < VC_COUNT(forms); i++) {
            vc_cleanup(vc_buffer_done) struct vc_buffer token = {};

            sign1.signature = forms[i];
            assert_int_equal(vc_cose_sign1_encode(&sign1, &token, nullptr), VC_OK);
            assert_int_equal(verify(vc_buffer_bytes(&token), set->machine, nullptr), VC_UNTRUSTED);
        }
    }
}

/* The algorithm moved to the unprotected header, where nobody has signed it. */
static void test_algorithm_unprotected(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
    struct vc_cbor_writer writer = vc_cbor_writer_over(&token);
    struct vc_cose_sign1 sign1;

    assert_int_equal(vc_cose_sign1_parse(vc_buffer_bytes(&set->token), &sign1, nullptr), VC_OK);
    vc_cbor_put_tag(&writer, 18);
    vc_cbor_open_array(&writer, 4);
    vc_cbor_put_bytes(&writer, (struct vc_bytes){});
    vc_cbor_open_map(&writer, 1);
    vc_cbor_put_int(&writer, 1);
    vc_cbor_put_int(&writer, VC_COSE_ES256);
    vc_cbor_put_bytes(&writer, sign1.payload);
    vc_cbor_put_bytes(&writer, sign1.signature);
    assert_int_equal(verify(vc_buffer_bytes(&token), set->machine, nullptr), VC_MALFORMED);
}

static void test_platform_words(void **)
{
    enum vc_platform_kind kind = 0;

    assert_true(vc_platform_find("process", &kind));
    assert_int_equal(kind, VC_PLATFORM_PROCESS);
    assert_false(vc_platform_find("Process", &kind));
    assert_false(vc_platform_find("", &kind));
    assert_string_equal(vc_platform_name(VC_PLATFORM_PROCESS), "process");
    assert_non_null(strstr(vc_platform_label(VC_PLATFORM_PROCESS), "emulated"));
    assert_string_equal(vc_platform_name((enum vc_platform_kind)77), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_token),
        cmocka_unit_test(test_unendorsed),
        cmocka_unit_test(test_every_bit_flip),
        cmocka_unit_test(test_cut_and_extended),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_signed_but_wrong_claims),
        cmocka_unit_test(test_another_name),
        cmocka_unit_test(test_another_key_signed),
        cmocka_unit_test(test_another_algorithm),
        cmocka_unit_test(test_missing_and_duplicate_claims),
        cmocka_unit_test(test_payload_cut_and_extended),
        cmocka_unit_test(test_claims_out_of_form),
        cmocka_unit_test(test_signatures_out_of_form),
        cmocka_unit_test(test_algorithm_unprotected),
        cmocka_unit_test(test_platform_words),
    };

    return cmocka_run_group_tests_name("process", tests, make_set, free_set);
}
