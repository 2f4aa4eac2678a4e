/* SPDX-License-Identifier: MIT */

/* Captured PSA tokens against what MANIFEST.json knows of them, and published sets of claims, each
 * with one fault that its name tells. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/cbor.h"
#include "evidence/psa.h"
#include "evidence/psa_claims.h"
#include "evidence/samples_test.h"

/* Endorses this key for whatever device asks, so that only the rest can refuse. */
static const struct vc_public_key *anybody(void *user, enum vc_platform_kind, struct vc_bytes)
{
    return user;
}

static enum vc_code verify(struct vc_bytes token, struct vc_public_key *key,
                           struct vc_claims *claims, struct vc_err *err)
{
    struct vc_evidence evidence = {.platform = VC_PLATFORM_PSA, .bytes = token};
    struct vc_anchors anchors = {.endorsed = anybody, .user = key};
    struct vc_verification verification = {.anchors = &anchors, .depth = VC_DEPTH_JUDGED};

    return vc_evidence_verify(&evidence, &verification, claims, err);
}

static struct vc_public_key *load_key(const char *name)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    struct vc_public_key *key = nullptr;

    vc_samples_load(name, &pem);
    assert_int_equal(vc_public_key_parse_pem(vc_buffer_bytes(&pem), &key, nullptr), VC_OK);
    return key;
}

static bool is_psa(const struct vc_json_place *entry)
{
    return strcmp(vc_samples_text(entry, "platform"), "psa") == 0;
}

static void expect_hex(const char *what, const struct vc_octets *value, const char *hex)
{
    char text[VC_OCTETS_HEX_MAX];

    assert_non_null(value);
    assert_non_null(hex);
    vc_octets_hex(value, text);
    if (strcmp(text, hex) != 0)
        fail_msg("%s: %s, the manifest says %s", what, text, hex);
}

/* Labels by profile. */
static const struct labels {
    const char *nonce, *instance_id, *implementation_id, *boot_seed, *components;
} labels[] = {
    {"-75008", "-75009", "-75003", "-75004", "-75006"},
    {"10", "256", "2396", "2397", "2399"},
};

static void check_components(const struct vc_json_place *said, const struct vc_claims *claims,
                             const char *label)
{
    struct vc_json_place list;
    size_t count;

    assert_int_equal(vc_json_member(said, label, &list, nullptr), VC_OK);
    count = vc_json_count(&list);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        struct vc_json_place component = vc_json_element(&list, i);
        char name[24];

        (void)snprintf(name, sizeof(name), "component%u", (uint8_t)i);
        expect_hex(name, vc_claims_register(claims, name), vc_samples_text(&component, "2"));
        (void)snprintf(name, sizeof(name), "signer%u", (uint8_t)i);
        expect_hex(name, vc_claims_register(claims, name), vc_samples_text(&component, "5"));
    }
}

static void check_claims(const struct vc_json_place *entry, const struct vc_claims *claims)
{
    struct vc_json_place said;
    const struct labels *label;

    assert_int_equal(vc_json_member(entry, "claims", &said, nullptr), VC_OK);
    label = &labels[vc_json_has(&said, "10")];
    expect_hex("nonce", &claims->report_data, vc_samples_text(&said, label->nonce));
    expect_hex("instance id", &claims->machine, vc_samples_text(&said, label->instance_id));
    expect_hex("implementation id", vc_claims_register(claims, "implementation_id"),
               vc_samples_text(&said, label->implementation_id));
    expect_hex("boot seed", vc_claims_register(claims, "boot_seed"),
               vc_samples_text(&said, label->boot_seed));
    check_components(&said, claims, label->components);
    assert_true(vc_octets_equal(&claims->measurement, vc_claims_register(claims, "component0")));
    assert_false(claims->debug);
}

/* TF-M's convention, which these tokens follow: 01 || SHA-256(04 || X || Y). */
static void check_instance_id(const struct vc_claims *claims, const struct vc_public_key *key)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer point = {};
    const uint8_t uncompressed = 0x04;
    uint8_t id[VC_INSTANCE_ID_SIZE] = {0x01};

    assert_int_equal(vc_buffer_append(&point, (struct vc_bytes){&uncompressed, 1}, nullptr), VC_OK);
    assert_int_equal(vc_public_key_point(key, &point, nullptr), VC_OK);
    vc_sha256(vc_buffer_bytes(&point), id + 1);
    assert_int_equal(claims->machine.size, sizeof(id));
    assert_memory_equal(claims->machine.bytes, id, sizeof(id));
}

static size_t flip_all(struct vc_buffer *token, struct vc_public_key *key)
{
    struct vc_claims claims;

    for (size_t bit = 0; bit < 8 * token->size; bit++) {
        token->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (verify(vc_buffer_bytes(token), key, &claims, nullptr) == VC_OK ||
            claims.passed >= VC_STAGE_AUTHENTIC)
            fail_msg("bit %zu", bit);
        token->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    return 8 * token->size;
}

static size_t cut_all(const struct vc_buffer *token, struct vc_public_key *key)
{
    struct vc_claims claims;

    for (size_t size = 0; size < token->size; size++) {
        if (verify((struct vc_bytes){token->data, size}, key, &claims, nullptr) != VC_MALFORMED)
            fail_msg("%zu bytes", size);
    }
    return token->size;
}

static void test_samples(void **)
{
    struct vc_samples samples = {};
    size_t count = 0;
    size_t flips = 0;
    size_t cuts = 0;

    vc_samples_open(&samples);
    for (size_t i = 0; i < samples.count; i++) {
        struct vc_json_place entry = vc_samples_entry(&samples, i);
        vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
        vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
        struct vc_claims claims;
        struct vc_err err = {};

        if (!is_psa(&entry))
            continue;
        key = load_key(vc_samples_text(&entry, "key"));
        vc_samples_load(vc_samples_text(&entry, "evidence"), &token);
        assert_string_equal(vc_samples_text(&entry, "verdict"), "accept");
        if (verify(vc_buffer_bytes(&token), key, &claims, &err) != VC_OK)
            fail_msg("%s: %s", vc_samples_text(&entry, "name"), err.text);
        check_claims(&entry, &claims);
        check_instance_id(&claims, key);
        flips += flip_all(&token, key);
        cuts += cut_all(&token, key);
        count++;
    }
    vc_samples_done(&samples);
    assert_true(count >= 2);
    print_message("# %zu tokens: %zu bit flips, %zu truncations\n", count, flips, cuts);
}

static void test_refused_tokens(void **)
{
    static const struct {
        const char *name;
        enum vc_code code;
        const char *words;
    } rows[] = {
        {"veraison_tfm/psa-2_0_0_mac0.bin", VC_UNTRUSTED, "COSE_Mac0"},
        {"veraison_tfm/psa-iot-1_mac0.bin", VC_UNTRUSTED, "COSE_Mac0"},
        {"tfm_iat/iat-hmac.cbor", VC_UNTRUSTED, "COSE_Mac0"},
        {"tfm_iat/iat.cbor", VC_MALFORMED, "profile"},
        {"tfm_iat/invalid-profile-id.cbor", VC_MALFORMED, "no algorithm"},
        {"tfm_iat/malformed.cbor", VC_MALFORMED, "no algorithm"},
        {"tfm_iat/missing-claim.cbor", VC_MALFORMED, "no algorithm"},
        {"tfm_iat/missing-sw-comps.cbor", VC_MALFORMED, "no algorithm"},
        {"tfm_iat/no-sw-measurements.cbor", VC_MALFORMED, "no algorithm"},
        {"tfm_iat/psa-2_0_0_sign1-token.cbor", VC_MALFORMED, "no algorithm"},
        {"tfm_iat/submod-missing-claim.cbor", VC_MALFORMED, "no algorithm"},
    };
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key =
        load_key("psa/veraison_tfm/public.pem");

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
        char name[128];
        struct vc_claims claims;
        struct vc_err err = {};

        (void)snprintf(name, sizeof(name), "psa/%s", rows[i].name);
        vc_samples_load(name, &token);
        if (verify(vc_buffer_bytes(&token), key, &claims, &err) != rows[i].code ||
            strstr(err.text, rows[i].words) == nullptr)
            fail_msg("%s: %s", rows[i].name, err.text);
    }
    print_message("# %zu tokens refused\n", VC_COUNT(rows));
}

/* Sets of claims in JSON become the CBOR of either profile. */

static void append_sextet(struct vc_buffer *out, unsigned *held, unsigned *bits, unsigned sextet)
{
    uint8_t byte;

    *held = *held << 6 | sextet;
    *bits += 6;
    if (*bits < 8)
        return;
    *bits -= 8;
    byte = (uint8_t)(*held >> *bits);
    assert_int_equal(vc_buffer_append(out, (struct vc_bytes){&byte, 1}, nullptr), VC_OK);
}

/* Base 64, padded or not: one of the faults is a value without padding. */
static void read_base64(const char *text, struct vc_buffer *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned held = 0;
    unsigned bits = 0;

    for (; *text != '\0' && *text != '='; text++) {
        const char *digit = strchr(digits, *text);

        assert_non_null(digit);
        append_sextet(out, &held, &bits, (unsigned)(digit - digits));
    }
}

enum value { INTEGER, BYTES, TEXT, COMPONENTS };

static const struct member {
    const char *name;
    int64_t keys[2]; /* by profile; 0: it is not for this profile */
    enum value value;
} members[] = {
    {"eat-profile", {0, 265}, TEXT},
    {"psa-profile", {-75000, 0}, TEXT},
    {"psa-client-id", {-75001, 2394}, INTEGER},
    {"psa-security-lifecycle", {-75002, 2395}, INTEGER},
    {"psa-implementation-id", {-75003, 2396}, BYTES},
    {"psa-boot-seed", {-75004, 2397}, BYTES},
    {"psa-hwver", {-75005, 0}, TEXT},
    {"psa-certification-reference", {0, 2398}, TEXT},
    {"psa-software-components", {-75006, 2399}, COMPONENTS},
    {"psa-no-software-measurements", {-75007, 0}, INTEGER},
    {"psa-nonce", {-75008, 10}, BYTES},
    {"psa-instance-id", {-75009, 256}, BYTES},
    {"psa-verification-service-indicator", {-75010, 2400}, TEXT},
};
static const struct member component_members[] = {
    {"measurement-type", {1, 1}, TEXT},
    {"measurement-value", {2, 2}, BYTES},
    {"version", {4, 4}, TEXT},
    {"signer-id", {5, 5}, BYTES},
    {"measurement-description", {6, 6}, TEXT},
};

static void put_scalar(struct vc_cbor_writer *writer, const struct vc_json_place *place,
                       enum value value)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    const char *text = "";
    int64_t number = 0;

    if (value == INTEGER) {
        assert_int_equal(vc_json_integer(place, INT64_MIN, INT64_MAX, &number, nullptr), VC_OK);
        vc_cbor_put_int(writer, number);
        return;
    }
    assert_int_equal(vc_json_string(place, &text, nullptr), VC_OK);
    if (value == TEXT) {
        vc_cbor_put_text(writer, text);
    } else {
        read_base64(text, &bytes);
        vc_cbor_put_bytes(writer, vc_buffer_bytes(&bytes));
    }
}

static void put_component(struct vc_cbor_writer *writer, const struct vc_json_place *component)
{
    size_t count = 0;

    for (size_t i = 0; i < VC_COUNT(component_members); i++)
        count += vc_json_has(component, component_members[i].name);
    assert_int_equal(count, vc_json_count(component)); /* the table knows all of them */
    vc_cbor_open_map(writer, count);
    for (size_t i = 0; i < VC_COUNT(component_members); i++) {
        struct vc_json_place value;

        if (vc_json_member(component, component_members[i].name, &value, nullptr) != VC_OK)
            continue;
        vc_cbor_put_int(writer, component_members[i].keys[0]);
        put_scalar(writer, &value, component_members[i].value);
    }
}

static void put_components(struct vc_cbor_writer *writer, const struct vc_json_place *list)
{
    vc_cbor_open_array(writer, vc_json_count(list));
    for (size_t i = 0; i < vc_json_count(list); i++) {
        struct vc_json_place component = vc_json_element(list, i);

        put_component(writer, &component);
    }
}

static void to_cbor(const struct vc_json_place *root, size_t profile, struct vc_buffer *out)
{
    struct vc_cbor_writer writer = vc_cbor_writer_over(out);
    size_t known = 0;
    size_t count = 0;

    for (size_t i = 0; i < VC_COUNT(members); i++) {
        known += vc_json_has(root, members[i].name);
        count += members[i].keys[profile] != 0 && vc_json_has(root, members[i].name);
    }
    assert_int_equal(known, vc_json_count(root));
    vc_cbor_open_map(&writer, count);
    for (size_t i = 0; i < VC_COUNT(members); i++) {
        struct vc_json_place value;

        if (members[i].keys[profile] == 0 ||
            vc_json_member(root, members[i].name, &value, nullptr) != VC_OK)
            continue;
        vc_cbor_put_int(&writer, members[i].keys[profile]);
        if (members[i].value == COMPONENTS)
            put_components(&writer, &value);
        else
            put_scalar(&writer, &value, members[i].value);
    }
    assert_int_equal(vc_cbor_write_end(&writer, nullptr), VC_OK);
}

/* What the refusal names, by profile; null: it is accepted. */
static const struct set_row {
    const char *name;
    const char *words[2];
} sets[] = {
    {"boot-seed-invalid-long", {"boot-seed", "boot-seed"}},
    {"boot-seed-invalid-missing", {"boot-seed", nullptr}}, /* optional since */
    {"boot-seed-invalid-short", {"boot-seed", "boot-seed"}},
    {"client-id-invalid-missing", {"client-id", "client-id"}},
    {"hardware-version-invalid", {"certification", "certification"}},
    {"implementation-id-invalid-long", {"implementation-id", "implementation-id"}},
    {"implementation-id-invalid-missing", {"implementation-id", "implementation-id"}},
    {"implementation-id-invalid-short", {"implementation-id", "implementation-id"}},
    {"instance-id-invalid-euid-type", {"instance-id", "instance-id"}},
    {"instance-id-invalid-long", {"instance-id", "instance-id"}},
    {"instance-id-invalid-missing", {"instance-id", "instance-id"}},
    {"instance-id-invalid-short", {"instance-id", "instance-id"}},
    {"nonce-invalid-long", {"nonce", "nonce"}},
    {"nonce-invalid-missing", {"nonce", "nonce"}},
    {"nonce-invalid-short", {"nonce", "nonce"}},
    {"profile-invalid-missing", {nullptr, "profile"}}, /* profile 1 may leave it out */
    {"profile-invalid-unknown", {"profile", "profile"}},
    {"profile-valid-missing", {nullptr, "profile"}},
    {"security-lifecycle-invalid-missing", {"security-lifecycle", "security-lifecycle"}},
    {"security-lifecycle-invalid-state", {"security-lifecycle", "security-lifecycle"}},
    {"sw-component-and-no-sw-measurements-missing", {"software", "software"}},
    {"sw-component-measurement-value-invalid-missing", {"measurement", "measurement"}},
    {"sw-component-measurement-value-invalid-short", {"measurement", "measurement"}},
    {"sw-component-signer-id-invalid-missing", {"signer", "signer"}},
    {"sw-component-signer-id-invalid-short", {"signer", "signer"}},
    {"sw-components-empty", {"software-components", "software-components"}},
    {"sw-components-invalid-combo", {"software", "profile"}},
    {"sw-components-invalid-missing", {"software", "software"}},
    {"token-valid-full", {nullptr, nullptr}},
    {"token-valid-minimalist-no-sw-measurements", {nullptr, "profile"}},
    {"token-valid-minimalist-p1", {nullptr, "profile"}},
    {"token-valid-minimalist-p2", {"boot-seed", nullptr}},
    {"vsi-invalid-empty", {"verification-service", "verification-service"}},
};

static void check_set(const struct set_row *row, const struct vc_json_place *root, size_t profile)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
    struct vc_psa_claims claims = {};
    struct vc_err err = {};
    enum vc_code code;

    to_cbor(root, profile, &payload);
    code = vc_psa_claims_parse(vc_buffer_bytes(&payload), &claims, &err);
    if (row->words[profile] == nullptr) {
        if (code != VC_OK || (size_t)claims.profile != profile)
            fail_msg("%s, profile %zu: %s", row->name, profile + 1, err.text);
    } else if (code != VC_MALFORMED || strstr(err.text, row->words[profile]) == nullptr) {
        fail_msg("%s, profile %zu: %s", row->name, profile + 1, err.text);
    }
}

static void test_sets_of_claims(void **)
{
    for (size_t i = 0; i < VC_COUNT(sets); i++) {
        vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        struct vc_json_place root;
        char name[128];

        (void)snprintf(name, sizeof(name), "psa/veraison_json/test-%s.json", sets[i].name);
        vc_samples_load(name, &text);
        assert_int_equal(vc_json_parse(vc_buffer_bytes(&text), &json, nullptr), VC_OK);
        root = vc_json_root(json);
        for (size_t profile = 0; profile < 2; profile++)
            check_set(&sets[i], &root, profile);
    }
    print_message("# %zu sets of claims, as both profiles\n", VC_COUNT(sets));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_refused_tokens),
        cmocka_unit_test(test_sets_of_claims),
    };

    return cmocka_run_group_tests_name("psa_samples", tests, nullptr, nullptr);
}
