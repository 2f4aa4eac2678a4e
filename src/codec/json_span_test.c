/* SPDX-License-Identifier: MIT */

#include "codec/json_span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct vc_bytes of_text(const char *text)
{
    return (struct vc_bytes){(const uint8_t *)text, strlen(text)};
}

static const struct find_row {
    const char *name, *text;
    enum vc_code code;
    const char *value;
} find_rows[] = {
    {"an object", "{\"a\":{\"b\" : [1, \"}\" ]},\"c\":1}", VC_OK, "{\"b\" : [1, \"}\" ]}"},
    {"a number between spaces", " { \"c\":\ttrue , \"a\" :\n-1.5e3\r} ", VC_OK, "-1.5e3"},
    {"a string with a quote", "{\"a\":\"x\\\"y\\\\\"}", VC_OK, "\"x\\\"y\\\\\""},
    {"only deeper", "{\"b\":{\"a\":1}}", VC_NOT_FOUND, nullptr},
    {"as a value", "{\"b\":\"a\"}", VC_NOT_FOUND, nullptr},
    {"no member", "{ }", VC_NOT_FOUND, nullptr},
    {"twice", "{\"a\":1,\"b\":2,\"a\":1}", VC_MALFORMED, nullptr},
    {"a second spelling", "{\"a\":1,\"\\u0061\":2}", VC_MALFORMED, nullptr},
    {"an array", "[\"a\",1]", VC_MALFORMED, nullptr},
    {"two objects", "{\"a\":1}{}", VC_MALFORMED, nullptr},
    {"a comma too many", "{\"a\":1,}", VC_MALFORMED, nullptr},
    {"a comma at the start", "{,\"a\":1}", VC_MALFORMED, nullptr},
    {"no comma", "{\"b\":1 \"a\":1}", VC_MALFORMED, nullptr},
    {"no colon", "{\"a\" 1}", VC_MALFORMED, nullptr},
    {"no value", "{\"a\":}", VC_MALFORMED, nullptr},
    {"crossed brackets", "{\"a\":[{]}}", VC_MALFORMED, nullptr},
    {"an open string", "{\"a\":\"x}", VC_MALFORMED, nullptr},
    {"an open object", "{\"a\":{}", VC_MALFORMED, nullptr},
    {"nothing", "", VC_MALFORMED, nullptr},
};

static void test_find(void **)
{
    for (size_t i = 0; i < VC_COUNT(find_rows); i++) {
        const struct find_row *row = &find_rows[i];
        struct vc_bytes value = {};

        if (vc_json_span_find(of_text(row->text), "a", &value, nullptr) != row->code)
            fail_msg("%s", row->name);
        assert_int_equal(value.size, row->value == nullptr ? 0 : strlen(row->value));
        assert_true(value.size == 0 || memcmp(value.data, row->value, value.size) == 0);
    }
}

static void test_every_cut(void **)
{
    static const char text[] = "{\"a\":{\"b\":[\"x\\\\\",1]},\"c\":\"\\u0041\"}";

    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        uint8_t *copy = malloc(size > 0 ? size : 1);
        struct vc_bytes value = {};

        assert_non_null(copy);
        memcpy(copy, text, size);
        assert_int_equal(vc_json_span_find((struct vc_bytes){copy, size}, "a", &value, nullptr),
                         VC_MALFORMED);
        free(copy);
    }
}

static void test_array(void **)
{
    static const char *const values[] = {"\"a\"", "{ }", "[1]", "2"};
    struct vc_json_spans spans = vc_json_spans_over(of_text("[\"a\", { },[1] ,2 ]"));
    struct vc_json_member_span element;

    for (size_t i = 0; i < VC_COUNT(values); i++) {
        assert_true(vc_json_spans_next(&spans, &element));
        assert_int_equal(element.key.size, 0);
        assert_int_equal(element.value.size, strlen(values[i]));
        assert_memory_equal(element.value.data, values[i], element.value.size);
    }
    assert_false(vc_json_spans_next(&spans, &element));
    assert_true(vc_json_spans_done(&spans));
    spans = vc_json_spans_over(of_text("[1}"));
    assert_true(vc_json_spans_next(&spans, &element));
    assert_false(vc_json_spans_next(&spans, &element));
    assert_false(vc_json_spans_done(&spans));
}

static void test_depth(void **)
{
    char text[2 * VC_JSON_SPAN_DEPTH_MAX + 16];

    for (size_t depth = VC_JSON_SPAN_DEPTH_MAX; depth <= VC_JSON_SPAN_DEPTH_MAX + 1; depth++) {
        struct vc_bytes value;
        size_t used = strlen(strcpy(text, "{\"a\":"));

        memset(text + used, '[', depth);
        memset(text + used + depth, ']', depth);
        strcpy(text + used + 2 * depth, "}");
        assert_int_equal(vc_json_span_find(of_text(text), "a", &value, nullptr),
                         depth > VC_JSON_SPAN_DEPTH_MAX ? VC_MALFORMED : VC_OK);
    }
}

static const struct string_row {
    const char *text;
    const char *says; /* null: refused */
} string_rows[] = {
    {"\"\"", ""},
    {"\"ab\"", "ab"},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
    {"\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"\"\\u0000\"", nullptr},
    {"\"\\ud83d\"", nullptr},
    {"\"\\ude00\\ud83d\"", nullptr},
    {"\"\\ud83d\\n\"", nullptr},
    {"\"\\u12\"", nullptr},
    {"\"\\x41\"", nullptr},
    {"\"a", nullptr},
    {"\"a\\\"", nullptr},
    {"\"a\"b\"", nullptr},
    {"\"a\nb\"", nullptr},
    {"\"\xff\"", nullptr},
    {"1", nullptr},
    {"", nullptr},
    {"\"", nullptr},
};

static void test_strings(void **)
{
    for (size_t i = 0; i < VC_COUNT(string_rows); i++) {
        const struct string_row *row = &string_rows[i];
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        enum vc_code code = vc_json_span_string(of_text(row->text), &text, nullptr);

        if (code != (row->says == nullptr ? VC_MALFORMED : VC_OK))
            fail_msg("row %zu: %s", i, row->text);
        assert_int_equal(text.size, row->says == nullptr ? 0 : strlen(row->says));
        assert_true(text.size == 0 || memcmp(text.data, row->says, text.size) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),    cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_array),   cmocka_unit_test(test_depth),
        cmocka_unit_test(test_strings),
    };

    return cmocka_run_group_tests_name("json_span", tests, nullptr, nullptr);
}
