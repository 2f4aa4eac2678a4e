/* SPDX-License-Identifier: MIT */

#include "attest/attested.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static constexpr int64_t NOW = 1800000000; /* 2027-01-15 */
static constexpr int64_t DAY = 86400;
static constexpr uint32_t MAX_AGE_S = 3600;

struct set {
    struct vc_key *ca_key, *key;
    struct vc_cert *ca;
    uint8_t policy_hash[VC_SHA256_SIZE];
    struct vc_octets measurements[3];
    struct vc_octets machines[2];
};

static int make_set(void **state)
{
    static struct set set;

    assert_int_equal(vc_key_new(&set.ca_key, nullptr), VC_OK);
    assert_int_equal(vc_key_new(&set.key, nullptr), VC_OK);
    assert_int_equal(
        vc_cert_new_ca(set.ca_key, "CA", NOW - 10 * DAY, NOW + 10 * DAY, &set.ca, nullptr), VC_OK);
    memset(set.policy_hash, 0x9f, sizeof(set.policy_hash));
    for (size_t i = 0; i < 3; i++) {
        set.measurements[i].size = VC_SHA256_SIZE;
        memset(set.measurements[i].bytes, (int)(0x10 + i), VC_SHA256_SIZE);
    }
    for (size_t i = 0; i < 2; i++) {
        set.machines[i].size = VC_INSTANCE_ID_SIZE;
        memset(set.machines[i].bytes, (int)(0x40 + i), VC_INSTANCE_ID_SIZE);
    }
    *state = &set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;

    vc_key_free(set->ca_key);
    vc_key_free(set->key);
    vc_cert_free(set->ca);
    return 0;
}

static struct vc_attested good(const struct set *set)
{
    struct vc_attested attested = {.platform = VC_PLATFORM_PROCESS,
                                   .measurement = set->measurements[1],
                                   .machine = set->machines[1],
                                   .tcb_status = VC_TCB_NOT_APPLICABLE,
                                   .node = "mapper",
                                   .incarnation = 7,
                                   .verified_at = NOW - 60};

    memcpy(attested.policy_hash, set->policy_hash, VC_SHA256_SIZE);
    memset(attested.evidence_hash, 0xee, VC_SHA256_SIZE);
    return attested;
}

static struct vc_expectations expected(const struct set *set, struct vc_policy_platform *platform)
{
    *platform = (struct vc_policy_platform){.kind = VC_PLATFORM_PROCESS,
                                            .measurements =
                                                (struct vc_octets *)(uintptr_t)set->measurements,
                                            .measurement_count = 2,
                                            .tcb_accepted = 1u << VC_TCB_UP_TO_DATE};
    return (struct vc_expectations){
        .ca = set->ca,
        .policy_hash = set->policy_hash,
        .platforms = platform,
        .platform_count = 1,
        .max_age_s = MAX_AGE_S,
    };
}

/* A certificate with this extension value (none if empty) and the policy's name (unless null). */
static struct vc_cert *issue(const struct set *set, struct vc_bytes value, const char *name)
{
    struct vc_cert_order order = {
        .subject_key = set->key,
        .common_name = "veracruz container",
        .dns_names = &name,
        .dns_name_count = name != nullptr,
        .not_before = NOW - 60,
        .not_after = NOW + 1800,
        .extension_oid = value.size > 0 ? VC_ATTESTED_OID : nullptr,
        .extension_value = value,
    };
    struct vc_cert *cert = nullptr;

    assert_int_equal(vc_cert_issue(set->ca, set->ca_key, &order, &cert, nullptr), VC_OK);
    return cert;
}

static struct vc_cert *issue_good(const struct set *set, const struct vc_attested *attested)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer value = {};
    char name[VC_ATTESTED_NAME_MAX];

    vc_attested_name(set->policy_hash, name);
    assert_int_equal(vc_attested_encode(attested, &value, nullptr), VC_OK);
    return issue(set, vc_buffer_bytes(&value), name);
}

static void test_both_ways(void **state)
{
    struct vc_attested attested = good(*state);
    struct vc_attested parsed = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer again = {};

    assert_int_equal(vc_attested_encode(&attested, &der, nullptr), VC_OK);
    assert_int_equal(vc_attested_parse(vc_buffer_bytes(&der), &parsed, nullptr), VC_OK);
    assert_int_equal(parsed.platform, attested.platform);
    assert_int_equal(parsed.tcb_status, attested.tcb_status);
    assert_true(vc_octets_equal(&parsed.measurement, &attested.measurement));
    assert_true(vc_octets_equal(&parsed.machine, &attested.machine));
    assert_string_equal(parsed.node, attested.node);
    assert_int_equal(parsed.incarnation, attested.incarnation);
    assert_int_equal(parsed.verified_at, attested.verified_at);
    assert_int_equal(vc_attested_encode(&parsed, &again, nullptr), VC_OK);
    assert_int_equal(again.size, der.size);
    assert_memory_equal(again.data, der.data, der.size);
    attested.verified_at = -1;
    assert_int_equal(vc_attested_encode(&attested, &again, nullptr), VC_MALFORMED);
}

/* Cut, extended, and every bit flipped: refused, or another value that is written as it was read.
 */
static void test_one_form(void **state)
{
    struct vc_attested attested = good(*state);
    struct vc_attested parsed = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};

    assert_int_equal(vc_attested_encode(&attested, &der, nullptr), VC_OK);
    for (size_t size = 0; size < der.size; size++) {
        assert_int_equal(vc_attested_parse((struct vc_bytes){der.data, size}, &parsed, nullptr),
                         VC_MALFORMED);
    }
    for (size_t bit = 0; bit < 8 * der.size; bit++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer again = {};

        der.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (vc_attested_parse(vc_buffer_bytes(&der), &parsed, nullptr) == VC_OK) {
            assert_int_equal(vc_attested_encode(&parsed, &again, nullptr), VC_OK);
            assert_int_equal(again.size, der.size);
            assert_memory_equal(again.data, der.data, der.size);
        }
        der.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(vc_buffer_append_text(&der, "x", nullptr), VC_OK);
    assert_int_equal(vc_attested_parse(vc_buffer_bytes(&der), &parsed, nullptr), VC_MALFORMED);
}

static void test_name(void **)
{
    static const uint8_t hash[VC_SHA256_SIZE] = {};
    char name[VC_ATTESTED_NAME_MAX];

    vc_attested_name(hash, name);
    assert_string_equal(name, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.veracruz");
}

static void test_good_certificate(void **state)
{
    struct set *set = *state;
    struct vc_attested attested = good(set);
    struct vc_attested out = {};
    struct vc_policy_platform platform;
    struct vc_expectations expectations = expected(set, &platform);
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = issue_good(set, &attested);
    struct vc_err err = {};

    if (vc_attested_check(leaf, &expectations, NOW, &out, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_true(vc_octets_equal(&out.measurement, &attested.measurement));
    assert_string_equal(out.node, "mapper");
}

/* Of the row alone. */
static struct vc_policy_platform *writable(struct vc_expectations *expectations)
{
    return (struct vc_policy_platform *)(uintptr_t)expectations->platforms;
}

static void as_it_is(struct vc_attested *, struct vc_expectations *)
{
}

static void other_policy(struct vc_attested *attested, struct vc_expectations *)
{
    attested->policy_hash[0] = 0x71;
}

static void other_measurement(struct vc_attested *attested, struct vc_expectations *)
{
    memset(attested->measurement.bytes, 0x12,
           VC_SHA256_SIZE); /* known, and not among the accepted */
}

static void measurement_off_by_a_bit(struct vc_attested *attested, struct vc_expectations *)
{
    attested->measurement.bytes[31] ^= 1;
}

static void empty_set(struct vc_attested *, struct vc_expectations *expectations)
{
    writable(expectations)->measurement_count = 0;
}

static void no_platform(struct vc_attested *, struct vc_expectations *expectations)
{
    expectations->platform_count = 0;
}

static void other_platform(struct vc_attested *, struct vc_expectations *expectations)
{
    writable(expectations)->kind = VC_PLATFORM_SNP;
}

static void accepted_status(struct vc_attested *attested, struct vc_expectations *)
{
    attested->tcb_status = VC_TCB_UP_TO_DATE;
}

static void poor_status(struct vc_attested *attested, struct vc_expectations *)
{
    attested->tcb_status = VC_TCB_OUT_OF_DATE;
}

static void no_status(struct vc_attested *attested, struct vc_expectations *)
{
    attested->tcb_status = VC_TCB_NOT_JUDGED;
}

static void named_machine(struct vc_attested *attested, struct vc_expectations *expectations)
{
    writable(expectations)->machines = &attested->machine;
    writable(expectations)->machine_count = 1;
}

static void another_machine(struct vc_attested *, struct vc_expectations *expectations)
{
    static struct vc_octets other = {.bytes = {0x99}, .size = VC_INSTANCE_ID_SIZE};

    writable(expectations)->machines = &other;
    writable(expectations)->machine_count = 1;
}

static void unsaid_machine(struct vc_attested *attested, struct vc_expectations *expectations)
{
    another_machine(attested, expectations);
    attested->machine = (struct vc_octets){};
}

static void oldest(struct vc_attested *attested, struct vc_expectations *)
{
    attested->verified_at = NOW - MAX_AGE_S;
}

static void too_old(struct vc_attested *attested, struct vc_expectations *)
{
    attested->verified_at = NOW - MAX_AGE_S - 1;
}

static void in_1970(struct vc_attested *attested, struct vc_expectations *)
{
    attested->verified_at = 0;
}

static void skewed(struct vc_attested *attested, struct vc_expectations *)
{
    attested->verified_at = NOW + 60;
}

static void future(struct vc_attested *attested, struct vc_expectations *)
{
    attested->verified_at = NOW + 61;
}

static void far_future(struct vc_attested *attested, struct vc_expectations *)
{
    attested->verified_at = INT64_MAX;
}

static const struct row {
    const char *name;
    void (*change)(struct vc_attested *attested, struct vc_expectations *expectations);
    const char *words; /* of the refusal; null: accepted */
} rows[] = {
    {"as it is", as_it_is, nullptr},
    {"other policy", other_policy,
     "policy differs: this copy is 9f9f9f9f9f9f9f9f…, the container runs 719f9f9f9f9f9f9f…"},
    {"other measurement", other_measurement,
     "measurement differs: the policy accepts 1010101010101010… (2 values), this container is "
     "1212121212121212…; compare with `veracruz measure`"},
    {"measurement off by a bit", measurement_off_by_a_bit, "measurement differs"},
    {"empty set", empty_set, "measurement differs: the policy accepts nothing"},
    {"no platform", no_platform, "does not name `process`"},
    {"other platform", other_platform, "does not name `process`"},
    {"TCB status that is accepted", accepted_status, nullptr},
    {"TCB status that is not", poor_status, "TCB status OutOfDate"},
    {"TCB that nobody judged", no_status, "TCB status not-judged"},
    {"the machine that is named", named_machine, nullptr},
    {"another machine than is named", another_machine, "machine 4141414141414141…"},
    {"one is named, and it says none", unsaid_machine, "none of the policy's 1"},
    {"oldest allowed", oldest, nullptr},
    {"a second too old", too_old, "too long ago"},
    {"verified in 1970", in_1970, "too long ago"},
    {"clocks a minute apart", skewed, nullptr},
    {"a second more", future, "in the future"},
    {"at the end of time", far_future, "in the future"},
};

static void test_check(void **state)
{
    const struct set *set = *state;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_attested attested = good(set);
        struct vc_attested out = {};
        struct vc_policy_platform platform;
        struct vc_expectations expectations = expected(set, &platform);
        vc_cleanup(vc_cert_freep) struct vc_cert *leaf = nullptr;
        struct vc_err err = {};
        enum vc_code code;

        rows[i].change(&attested, &expectations);
        leaf = issue_good(set, &attested);
        code = vc_attested_check(leaf, &expectations, NOW, &out, &err);
        if (code != (rows[i].words == nullptr ? VC_OK : VC_UNTRUSTED))
            fail_msg("%s: code %d: %s", rows[i].name, code, err.text);
        if (rows[i].words != nullptr && strstr(err.text, rows[i].words) == nullptr)
            fail_msg("%s: said \"%s\"", rows[i].name, err.text);
        if (code != VC_OK)
            assert_int_equal(out.platform, 0);
    }
}

static void expect_untrusted(const struct set *set, const struct vc_cert *leaf, const char *words)
{
    struct vc_policy_platform platform;
    struct vc_expectations expectations = expected(set, &platform);
    struct vc_attested out;
    struct vc_err err = {};

    assert_int_equal(vc_attested_check(leaf, &expectations, NOW, &out, &err), VC_UNTRUSTED);
    assert_int_equal(err.code, VC_UNTRUSTED);
    if (strstr(err.text, words) == nullptr)
        fail_msg("said \"%s\"", err.text);
}

static void test_extension_missing_or_malformed(void **state)
{
    const struct set *set = *state;
    struct vc_attested attested = good(set);
    vc_cleanup(vc_buffer_done) struct vc_buffer value = {};
    vc_cleanup(vc_cert_freep) struct vc_cert *without = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *malformed = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *nameless = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *misnamed = nullptr;
    char name[VC_ATTESTED_NAME_MAX];

    vc_attested_name(set->policy_hash, name);
    assert_int_equal(vc_attested_encode(&attested, &value, nullptr), VC_OK);
    without = issue(set, (struct vc_bytes){}, name);
    expect_untrusted(set, without, "no extension");
    nameless = issue(set, vc_buffer_bytes(&value), nullptr);
    expect_untrusted(set, nameless, "DNS names");
    misnamed = issue(set, vc_buffer_bytes(&value), name + 1);
    expect_untrusted(set, misnamed, "DNS names");
    assert_int_equal(vc_buffer_append_text(&value, "x", nullptr), VC_OK);
    malformed = issue(set, vc_buffer_bytes(&value), name);
    expect_untrusted(set, malformed, "out of form");
}

static void test_certificate_of_another(void **state)
{
    const struct set *set = *state;
    struct set impostor = *set;
    struct vc_attested attested = good(set);
    struct vc_policy_platform platform;
    struct vc_expectations expectations = expected(set, &platform);
    struct vc_attested out;
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *look_alike = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *genuine = issue_good(set, &attested);

    assert_int_equal(vc_key_new(&key, nullptr), VC_OK);
    assert_int_equal(
        vc_cert_new_ca(key, "CA", NOW - 10 * DAY, NOW + 10 * DAY, &look_alike, nullptr), VC_OK);
    impostor.ca_key = key;
    impostor.ca = look_alike;
    leaf = issue_good(&impostor, &attested);
    expect_untrusted(set, leaf, "CA");
    assert_int_equal(vc_attested_check(genuine, &expectations, NOW - 61, &out, nullptr),
                     VC_UNTRUSTED);
    assert_int_equal(vc_attested_check(genuine, &expectations, NOW + 1801, &out, nullptr),
                     VC_UNTRUSTED);
}

/* Appends tag, minimal length and content. */
static void put(struct vc_buffer *out, uint8_t tag, struct vc_bytes content)
{
    uint8_t head[] = {tag, 0x82, (uint8_t)(content.size >> 8), (uint8_t)content.size};
    struct vc_bytes form = VC_BYTES(head);

    if (content.size < 256) {
        head[1] = content.size < 128 ? (uint8_t)content.size : 0x81;
        head[2] = (uint8_t)content.size;
        form.size = content.size < 128 ? 2 : 3;
    }
    assert_int_equal(vc_buffer_append(out, form, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(out, content, nullptr), VC_OK);
}

/* The next value's content; *whole is head and content. */
static struct vc_bytes take(struct vc_bytes *rest, struct vc_bytes *whole)
{
    size_t head = rest->data[1] < 0x80 ? 2 : rest->data[1] == 0x81 ? 3 : 4;
    size_t size = head == 2   ? rest->data[1]
                  : head == 3 ? rest->data[2]
                              : (size_t)rest->data[2] << 8 | rest->data[3];
    struct vc_bytes content = {rest->data + head, size};

    *whole = (struct vc_bytes){rest->data, head + size};
    rest->data += head + size;
    rest->size -= head + size;
    return content;
}

/* The to-be-signed part again, its last extension (ours) repeated. */
static void repeat_extension(struct vc_bytes tbs, struct vc_buffer *out)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer list = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer wrapped = {};
    struct vc_bytes whole = {};
    struct vc_bytes last = {};
    struct vc_bytes extensions;

    for (size_t i = 0; i < 7; i++) { /* version to subjectPublicKeyInfo */
        (void)take(&tbs, &whole);
        assert_int_equal(vc_buffer_append(&content, whole, nullptr), VC_OK);
    }
    extensions = take(&tbs, &whole);        /* [3] */
    extensions = take(&extensions, &whole); /* SEQUENCE */
    assert_int_equal(vc_buffer_append(&list, extensions, nullptr), VC_OK);
    while (extensions.size > 0)
        (void)take(&extensions, &last);
    assert_int_equal(vc_buffer_append(&list, last, nullptr), VC_OK);
    put(&wrapped, 0x30, vc_buffer_bytes(&list));
    put(&content, 0xa3, vc_buffer_bytes(&wrapped));
    put(out, 0x30, vc_buffer_bytes(&content));
}

static void put_integer(struct vc_buffer *out, const uint8_t half[32])
{
    uint8_t number[33] = {};
    size_t skip = 0;

    memcpy(number + 1, half, 32);
    while (skip < 32 && number[skip] == 0 && number[skip + 1] < 0x80)
        skip++;
    put(out, 0x02, (struct vc_bytes){number + skip, 33 - skip});
}

static void sign_certificate(const struct set *set, struct vc_bytes tbs, struct vc_bytes algorithm,
                             struct vc_buffer *der)
{
    uint8_t signature[VC_ES256_SIZE];
    vc_cleanup(vc_buffer_done) struct vc_buffer numbers = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer bits = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
    static const uint8_t unused_bits[] = {0};

    assert_int_equal(vc_key_sign(set->ca_key, tbs, signature, nullptr), VC_OK);
    put_integer(&numbers, signature);
    put_integer(&numbers, signature + 32);
    assert_int_equal(vc_buffer_append(&bits, VC_BYTES(unused_bits), nullptr), VC_OK);
    put(&bits, 0x30, vc_buffer_bytes(&numbers));
    assert_int_equal(vc_buffer_append(&content, tbs, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(&content, algorithm, nullptr), VC_OK);
    put(&content, 0x03, vc_buffer_bytes(&bits));
    put(der, 0x30, vc_buffer_bytes(&content));
}

static void test_extension_twice(void **state)
{
    const struct set *set = *state;
    struct vc_attested attested = good(set);
    vc_cleanup(vc_cert_freep) struct vc_cert *once = issue_good(set, &attested);
    vc_cleanup(vc_cert_freep) struct vc_cert *twice = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer tbs = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    struct vc_bytes rest = vc_cert_der(once);
    struct vc_bytes whole;
    struct vc_bytes value;

    rest = take(&rest, &whole);
    repeat_extension(take(&rest, &whole), &tbs);
    (void)take(&rest, &whole); /* the algorithm */
    sign_certificate(set, vc_buffer_bytes(&tbs), whole, &der);
    assert_int_equal(vc_cert_parse_der(vc_buffer_bytes(&der), &twice, nullptr), VC_OK);
    assert_int_equal(vc_cert_extension(twice, VC_ATTESTED_OID, &value, nullptr), VC_MALFORMED);
    expect_untrusted(set, twice, "more than once");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_one_form),
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_good_certificate),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_extension_missing_or_malformed),
        cmocka_unit_test(test_certificate_of_another),
        cmocka_unit_test(test_extension_twice),
    };

    return cmocka_run_group_tests_name("attested", tests, make_set, free_set);
}
