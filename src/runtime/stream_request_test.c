/* SPDX-License-Identifier: MIT */

#include "runtime/stream_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Texts that are no number in the one form. */
static const char *const no_numbers[] = {
    "",
    " ",
    "-1",
    "+1",
    "00",
    "01",
    "1 ",
    " 1",
    "1.0",
    "1e3",
    "0x1",
    "1,2",
    "abc",
    "1\n",
    "½",
    "--1",
    "1-",
    "1000000000000000000",
    "18446744073709551615",
    "99999999999999999999999999999999",
};

static void test_numbers(void **)
{
    static const struct {
        const char *text;
        uint64_t value;
    } rows[] = {
        {"0", 0}, {"1", 1}, {"10", 10}, {"999999999999999999", UINT64_C(999999999999999999)}};
    uint64_t value;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        assert_int_equal(vc_stream_number_parse("x", rows[i].text, &value, nullptr), VC_OK);
        assert_int_equal(value, rows[i].value);
    }
    for (size_t i = 0; i < VC_COUNT(no_numbers); i++) {
        struct vc_err err = {};

        value = 7;
        if (vc_stream_number_parse("x", no_numbers[i], &value, &err) != VC_MALFORMED)
            fail_msg("\"%s\" passed", no_numbers[i]);
        assert_int_equal(value, 7);
        assert_non_null(strstr(err.text, "x: "));
    }
}

static void test_puts(void **)
{
    static const struct {
        const char *name, *offset, *complete, *use;
        enum vc_code expect;
        struct vc_stream_put_fields fields;
    } rows[] = {
        {"nothing said", nullptr, nullptr, nullptr, VC_OK, {0, true, 0}},
        {"all said", "17", "?0", "3", VC_OK, {17, false, 3}},
        {"complete", "0", "?1", nullptr, VC_OK, {0, true, 0}},
        {"no boolean", nullptr, "1", nullptr, VC_MALFORMED, {}},
        {"a boolean and more", nullptr, "?1;a", nullptr, VC_MALFORMED, {}},
        {"an empty boolean", nullptr, "", nullptr, VC_MALFORMED, {}},
        {"another boolean", nullptr, "?2", nullptr, VC_MALFORMED, {}},
        {"use 0", nullptr, nullptr, "0", VC_MALFORMED, {}},
        {"no use", nullptr, nullptr, "x", VC_MALFORMED, {}},
        {"a signed offset", "+5", nullptr, nullptr, VC_MALFORMED, {}},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_stream_put_fields fields = {99, false, 99};
        enum vc_code code =
            vc_stream_put_parse(rows[i].offset, rows[i].complete, rows[i].use, &fields, nullptr);

        if (code != rows[i].expect)
            fail_msg("%s: code %d", rows[i].name, code);
        if (code != VC_OK) {
            assert_int_equal(fields.offset, 99);
            continue;
        }
        assert_int_equal(fields.offset, rows[i].fields.offset);
        assert_int_equal(fields.complete, rows[i].fields.complete);
        assert_int_equal(fields.use, rows[i].fields.use);
    }
}

static void test_gets(void **)
{
    static const struct {
        const char *name, *range, *prefer, *use;
        enum vc_code expect;
        struct vc_stream_get_fields fields;
    } rows[] = {
        {"nothing said", nullptr, nullptr, nullptr, VC_OK, {false, 0, false, 0}},
        {"from the start", "bytes=0-", nullptr, nullptr, VC_OK, {true, 0, false, 0}},
        {"all said", "bytes=17-", "resumable", "2", VC_OK, {true, 17, true, 2}},
        {"first of several preferences",
         nullptr,
         "resumable, wait=5",
         nullptr,
         VC_OK,
         {false, 0, true, 0}},
        {"last of several preferences",
         nullptr,
         "wait=5,resumable",
         nullptr,
         VC_OK,
         {false, 0, true, 0}},
        {"another preference", nullptr, "resumable2", nullptr, VC_OK, {false, 0, false, 0}},
        {"part of a preference", nullptr, "resum", nullptr, VC_OK, {false, 0, false, 0}},
        {"a range with an end", "bytes=1-2", nullptr, nullptr, VC_MALFORMED, {}},
        {"a range from the end", "bytes=-2", nullptr, nullptr, VC_MALFORMED, {}},
        {"several ranges", "bytes=1-,3-", nullptr, nullptr, VC_MALFORMED, {}},
        {"another unit", "lines=1-", nullptr, nullptr, VC_MALFORMED, {}},
        {"no number", "bytes=x-", nullptr, nullptr, VC_MALFORMED, {}},
        {"zeros before", "bytes=01-", nullptr, nullptr, VC_MALFORMED, {}},
        {"a space", "bytes= 1-", nullptr, nullptr, VC_MALFORMED, {}},
        {"no dash", "bytes=1", nullptr, nullptr, VC_MALFORMED, {}},
        {"an empty range", "", nullptr, nullptr, VC_MALFORMED, {}},
        {"use 0", nullptr, nullptr, "0", VC_MALFORMED, {}},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_stream_get_fields fields = {false, 99, false, 99};
        enum vc_code code =
            vc_stream_get_parse(rows[i].range, rows[i].prefer, rows[i].use, &fields, nullptr);

        if (code != rows[i].expect)
            fail_msg("%s: code %d", rows[i].name, code);
        if (code != VC_OK) {
            assert_int_equal(fields.first, 99);
            continue;
        }
        assert_int_equal(fields.has_first, rows[i].fields.has_first);
        assert_int_equal(fields.first, rows[i].fields.first);
        assert_int_equal(fields.resumable, rows[i].fields.resumable);
        assert_int_equal(fields.use, rows[i].fields.use);
    }
}

static void test_ends(void **)
{
    char longest[VC_MARK_TEXT_MAX] = "";
    char longer[VC_MARK_TEXT_MAX + 1] = "";
    struct vc_stream_end_fields fields = {.length = 99};

    memset(longest, 'x', sizeof(longest) - 1);
    memset(longer, 'x', sizeof(longer) - 1);
    assert_int_equal(vc_stream_end_parse("12", longer, &fields, nullptr), VC_MALFORMED);
    assert_int_equal(vc_stream_end_parse("12", "", &fields, nullptr), VC_MALFORMED);
    assert_int_equal(vc_stream_end_parse("012", "sha-256=:x:", &fields, nullptr), VC_MALFORMED);
    assert_int_equal(fields.length, 99);
    assert_int_equal(vc_stream_end_parse("12", longest, &fields, nullptr), VC_OK);
    assert_true(fields.has_length);
    assert_int_equal(fields.length, 12);
    assert_string_equal(fields.mark, longest);
    assert_int_equal(vc_stream_end_parse(nullptr, nullptr, &fields, nullptr), VC_OK);
    assert_false(fields.has_length);
    assert_string_equal(fields.mark, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_puts),
        cmocka_unit_test(test_gets),
        cmocka_unit_test(test_ends),
    };

    return cmocka_run_group_tests_name("stream_request", tests, nullptr, nullptr);
}
