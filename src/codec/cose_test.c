/* SPDX-License-Identifier: MIT */

#include "codec/cose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

static const char PAYLOAD[] = "payload";

/* Tag 18, [h'a10126', {}, "payload", h'0102']. */
#define GOOD "d28443a10126a0477061796c6f6164420102"

static const struct row {
    const char *name;
    const char *hex;
} rows[] = {
    {"no tag", "8443a10126a0477061796c6f6164420102"},
    {"tag 17", "d18443a10126a0477061796c6f6164420102"},
    {"tag in two bytes", "d8128443a10126a0477061796c6f6164420102"},
    {"three elements", "d28343a10126a0477061796c6f6164"},
    {"five elements", "d28543a10126a0477061796c6f616442010200"},
    {"trailing byte", "d28443a10126a0477061796c6f616442010200"},
    {"empty protected header", "d28440a0477061796c6f6164420102"},
    {"protected header an empty map", "d28441a0a0477061796c6f6164420102"},
    {"algorithm only unprotected", "d28440a10126477061796c6f6164420102"},
    {"algorithm in both", "d28443a10126a10126477061796c6f6164420102"},
    {"unprotected key id", "d28443a10126a1044101477061796c6f6164420102"},
    {"protected key id", "d28446a20126044101a0477061796c6f6164420102"},
    {"another protected header", "d28443a10326a0477061796c6f6164420102"},
    {"algorithm as text", "d28444a1016126a0477061796c6f6164420102"},
    {"algorithm twice", "d28445a201260126a0477061796c6f6164420102"},
    {"bytes after the protected map", "d28444a1012600a0477061796c6f6164420102"},
    {"protected map not in bytes", "d284a10126a0477061796c6f6164420102"},
    {"detached payload", "d28443a10126a0f6420102"},
    {"payload as text", "d28443a10126a0677061796c6f6164420102"},
    {"signature as text", "d28443a10126a0477061796c6f6164620102"},
    {"indefinite array", "d29f43a10126a0477061796c6f6164420102ff"},
    {"indefinite map", "d28443a10126bfff477061796c6f6164420102"},
};

/* The rule for formats of others. */
static const struct any_row {
    const char *name;
    const char *hex;
    enum vc_code code;
    const char *words; /* in the refusal */
} any_rows[] = {
    {"our own form", GOOD, VC_OK, ""},
    {"no tag", "8443a10126a0477061796c6f6164420102", VC_OK, ""},
    {"unprotected key id", "d28443a10126a1044101477061796c6f6164420102", VC_OK, ""},
    {"protected key id", "d28446a20126044101a0477061796c6f6164420102", VC_OK, ""},
    {"protected, descending", "d28446a20441010126a0477061796c6f6164420102", VC_OK, ""},
    {"protected text label", "d28446a26178000126a0477061796c6f6164420102", VC_OK, ""},
    {"two text labels in two headers", "d28446a26178000126a1617900477061796c6f6164420102", VC_OK,
     ""},
    {"tag 17", "d18443a10105a0477061796c6f6164420102", VC_UNTRUSTED, "COSE_Mac0"},
    {"tag 61 around it", "d83dd28443a10126a0477061796c6f6164420102", VC_MALFORMED, "tag 61"},
    {"tag twice", "d2d28443a10126a0477061796c6f6164420102", VC_MALFORMED, "four elements"},
    {"tag in two bytes", "d8128443a10126a0477061796c6f6164420102", VC_MALFORMED, ""},
    {"three elements", "d28343a10126a0477061796c6f6164", VC_MALFORMED, "four elements"},
    {"five elements", "d28543a10126a0477061796c6f616442010200", VC_MALFORMED, "four elements"},
    {"trailing byte", "d28443a10126a0477061796c6f616442010200", VC_MALFORMED, "out of form"},
    {"empty protected header", "d28440a0477061796c6f6164420102", VC_MALFORMED, "no algorithm"},
    {"protected header an empty map", "d28441a0a0477061796c6f6164420102", VC_MALFORMED,
     "no algorithm"},
    {"protected key id alone", "d28444a1044101a0477061796c6f6164420102", VC_MALFORMED,
     "no algorithm"},
    {"algorithm only unprotected", "d28440a10126477061796c6f6164420102", VC_MALFORMED,
     "no algorithm"},
    {"algorithm in both", "d28443a10126a10126477061796c6f6164420102", VC_MALFORMED, "nobody signs"},
    {"key id in both", "d28446a20126044101a1044101477061796c6f6164420102", VC_MALFORMED,
     "both headers"},
    {"key id twice", "d28443a10126a2044101044101477061796c6f6164420102", VC_MALFORMED, ""},
    {"critical", "d28446a20126028104a0477061796c6f6164420102", VC_MALFORMED, "critical"},
    {"critical unprotected", "d28443a10126a1028104477061796c6f6164420102", VC_MALFORMED,
     "nobody signs"},
    {"algorithm as text", "d28444a1016126a0477061796c6f6164420102", VC_MALFORMED, "not a number"},
    {"algorithm twice", "d28445a201260126a0477061796c6f6164420102", VC_MALFORMED, ""},
    {"label is bytes", "d28445a241000126a0477061796c6f6164420102", VC_MALFORMED, ""},
    {"bytes after the protected map", "d28444a1012600a0477061796c6f6164420102", VC_MALFORMED, ""},
    {"protected map not in bytes", "d284a10126a0477061796c6f6164420102", VC_MALFORMED, ""},
    {"detached payload", "d28443a10126a0f6420102", VC_MALFORMED, ""},
    {"payload as text", "d28443a10126a0677061796c6f6164420102", VC_MALFORMED, ""},
    {"signature as text", "d28443a10126a0477061796c6f6164620102", VC_MALFORMED, ""},
    {"indefinite array", "d29f43a10126a0477061796c6f6164420102ff", VC_MALFORMED, ""},
    {"indefinite map", "d28443a10126bfff477061796c6f6164420102", VC_MALFORMED, ""},
    {"indefinite protected map", "d28445bf0126ffa0477061796c6f6164420102", VC_MALFORMED, ""},
    {"algorithm in two bytes", "d28444a1013806a0477061796c6f6164420102", VC_MALFORMED, ""},
};

static struct vc_bytes from_hex(const char *hex, uint8_t *room)
{
    assert_int_equal(vc_hex_parse(hex, room, strlen(hex) / 2, nullptr), VC_OK);
    return (struct vc_bytes){room, strlen(hex) / 2};
}

static void test_both_ways(void **)
{
    uint8_t room[64];
    struct vc_bytes good = from_hex(GOOD, room);
    vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
    struct vc_cose_sign1 parsed = {};

    assert_int_equal(vc_cose_sign1_parse(good, &parsed, nullptr), VC_OK);
    assert_int_equal(parsed.algorithm, VC_COSE_ES256);
    assert_int_equal(parsed.payload.size, strlen(PAYLOAD));
    assert_memory_equal(parsed.payload.data, PAYLOAD, strlen(PAYLOAD));
    assert_int_equal(parsed.signature.size, 2);
    assert_int_equal(vc_cose_sign1_encode(&parsed, &out, nullptr), VC_OK);
    assert_int_equal(out.size, good.size);
    assert_memory_equal(out.data, good.data, good.size);
}

static void test_refused(void **)
{
    uint8_t room[64];

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_cose_sign1 parsed = {};

        if (vc_cose_sign1_parse(from_hex(rows[i].hex, room), &parsed, nullptr) != VC_MALFORMED)
            fail_msg("%s was accepted", rows[i].name);
        assert_null(parsed.payload.data);
    }
}

static void test_any(void **)
{
    uint8_t room[64];

    for (size_t i = 0; i < VC_COUNT(any_rows); i++) {
        const struct any_row *row = &any_rows[i];
        struct vc_cose_sign1 parsed = {};
        struct vc_err err = {};

        if (vc_cose_sign1_parse_any(from_hex(row->hex, room), &parsed, &err) != row->code)
            fail_msg("%s: %s", row->name, err.text);
        if (strstr(err.text, row->words) == nullptr)
            fail_msg("%s: %s", row->name, err.text);
        assert_true((parsed.payload.data != nullptr) == (row->code == VC_OK));
        if (row->code == VC_OK)
            assert_int_equal(parsed.algorithm, VC_COSE_ES256);
    }
}

/* The signature covers the protected header as it was read. */
static void test_any_is_signed_as_read(void **)
{
    static const char hex[] = "8446a20441010126a101f6477061796c6f6164420102";
    vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
    struct vc_cose_sign1 parsed = {};
    uint8_t room[64];
    struct vc_bytes expect;

    assert_int_equal(vc_cose_sign1_parse_any(from_hex(hex, room), &parsed, nullptr), VC_MALFORMED);
    room[9] = 0x05; /* another label than the algorithm's, where nobody signs it */
    assert_int_equal(
        vc_cose_sign1_parse_any((struct vc_bytes){room, strlen(hex) / 2}, &parsed, nullptr), VC_OK);
    assert_false(parsed.tagged);
    assert_int_equal(parsed.unprotected_count, 1);
    assert_int_equal(vc_cose_sign1_message(&parsed, &out, nullptr), VC_OK);
    expect = from_hex("846a5369676e61747572653146a20441010126"
                      "40477061796c6f6164",
                      room);
    assert_int_equal(out.size, expect.size);
    assert_memory_equal(out.data, expect.data, expect.size);
}

static void test_cut(void **)
{
    uint8_t room[64];
    struct vc_bytes good = from_hex(GOOD, room);
    struct vc_cose_sign1 parsed;

    for (size_t size = 0; size < good.size; size++) {
        assert_int_equal(vc_cose_sign1_parse((struct vc_bytes){room, size}, &parsed, nullptr),
                         VC_MALFORMED);
        assert_int_equal(vc_cose_sign1_parse_any((struct vc_bytes){room, size}, &parsed, nullptr),
                         VC_MALFORMED);
    }
}

static void test_what_is_signed(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
    struct vc_cose_sign1 sign1 = {.algorithm = VC_COSE_ES256,
                                  .payload = {(const uint8_t *)PAYLOAD, strlen(PAYLOAD)}};
    uint8_t room[64];
    struct vc_bytes expect = from_hex("846a5369676e61747572653143a1012640477061796c6f6164", room);

    assert_int_equal(vc_cose_sign1_message(&sign1, &out, nullptr), VC_OK);
    assert_int_equal(out.size, expect.size);
    assert_memory_equal(out.data, expect.data, expect.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_any),       cmocka_unit_test(test_any_is_signed_as_read),
        cmocka_unit_test(test_cut),       cmocka_unit_test(test_what_is_signed),
    };

    return cmocka_run_group_tests_name("cose", tests, nullptr, nullptr);
}
