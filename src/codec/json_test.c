/* SPDX-License-Identifier: MIT */

#include "codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct vc_bytes bytes_of(const char *text)
{
    return (struct vc_bytes){(const uint8_t *)text, strlen(text)};
}

static const struct refusal {
    const char *name;
    struct vc_bytes text;
    const char *err; /* how the error begins */
} refusals[] = {
#define ROW(name, text, err) {name, {(const uint8_t *)(text), sizeof(text) - 1}, err}
    ROW("empty", "", "line 1, column"),
    ROW("white space", " \n ", "line 2, column"),
    ROW("array at the top", "[]", "line 1, column 1: not an object"),
    ROW("string at the top", "\"a\"", "line 1, column"),
    ROW("byte order mark", "\xef\xbb\xbf{}", "line 1, column 1: byte order mark"),
    ROW("trailing byte", "{}x", "line 1, column"),
    ROW("second value", "{} {}", "line 1, column"),
    ROW("trailing NUL", "{}\0", "line 1, column 3: NUL"),
    ROW("NUL after a number", "{\"a\":1\0}", "line 1, column 7: NUL"),
    ROW("NUL in a string", "{\"a\":\"\0\"}", "line 1, column 7: NUL"),
    ROW("NUL after a backslash", "{\"a\":\"\\\0\"}", "line 1, column 8: NUL"),
    ROW("escaped NUL", "{\"a\":\"\\u0000\"}", "line 1, column"),
    ROW("escaped NUL in a key", "{\"\\u0000\":1}", "line 1, column"),
    ROW("duplicate key", "{\"a\":1,\n\"a\":1}", "line 2, column"),
    ROW("duplicate key, escaped", "{\"a\":1,\"\\u0061\":1}", "line 1, column"),
    ROW("duplicate key below", "{\"x\":{\"a\":1,\"a\":1}}", "line 1, column"),
    ROW("not UTF-8", "{\"a\":\"\xff\"}", "not UTF-8"),
    ROW("overlong", "{\"a\":\"\xc0\xaf\"}", "not UTF-8"),
    ROW("lone surrogate", "{\"a\":\"\\ud800\"}", "line 1, column"),
    ROW("minus zero", "{\"a\":-0}", "line 1, column 6: -0"),
    ROW("minus zero, in a list", "{\"a\":[\n1,-0,2]}", "line 2, column 3: -0"),
    ROW("leading zero", "{\"a\":01}", "line 1, column"),
    ROW("plus", "{\"a\":+1}", "line 1, column"),
    ROW("hexadecimal", "{\"a\":0x1}", "line 1, column"),
    ROW("infinity", "{\"a\":1e999}", "line 1, column"),
    ROW("NaN", "{\"a\":NaN}", "line 1, column"),
    ROW("integer past 63 bits", "{\"a\":9223372036854775808}", "line 1, column"),
    ROW("comma at the end", "{\"a\":1,}", "line 1, column"),
    ROW("comment", "{/* */}", "line 1, column"),
    ROW("single quotes", "{'a':1}", "line 1, column"),
    ROW("control character in a string", "{\"a\":\"\n\"}", "line 1, column"),
    ROW("form feed as white space", "{\f}", "line 1, column"),
#undef ROW
};

static void test_refusals(void **)
{
    for (size_t i = 0; i < VC_COUNT(refusals); i++) {
        struct vc_json *json = nullptr;
        struct vc_err err = {};
        enum vc_code code = vc_json_parse(refusals[i].text, &json, &err);

        if (code != VC_MALFORMED || json != nullptr)
            fail_msg("%s: code %d", refusals[i].name, code);
        if (strncmp(err.text, refusals[i].err, strlen(refusals[i].err)) != 0)
            fail_msg("%s: %s", refusals[i].name, err.text);
        for (const char *at = err.text; *at != '\0'; at++)
            assert_true(*at >= 0x20 && *at < 0x7f);
    }
}

static void test_cut_at_every_byte(void **)
{
    const char *text = "{\"a\": [1, -2.5e3, true, null, \"\\u00e9\\\"\"], \"b\": {\"c\": {}}}";

    for (size_t size = 0; size <= strlen(text); size++) {
        vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
        uint8_t *exact = malloc(size + 1);
        enum vc_code code;

        assert_non_null(exact);
        memcpy(exact, text, size);
        code = vc_json_parse((struct vc_bytes){exact, size}, &json, nullptr);
        assert_int_equal(code, size == strlen(text) ? VC_OK : VC_MALFORMED);
        free(exact);
    }
}

static enum vc_code parse_nested(size_t depth)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    assert_int_equal(vc_buffer_append_text(&text, "{\"a\":", nullptr), VC_OK);
    for (size_t i = 1; i < depth; i++)
        assert_int_equal(vc_buffer_append_text(&text, "[", nullptr), VC_OK);
    if (depth == 1)
        assert_int_equal(vc_buffer_append_text(&text, "0", nullptr), VC_OK);
    for (size_t i = 1; i < depth; i++)
        assert_int_equal(vc_buffer_append_text(&text, "]", nullptr), VC_OK);
    assert_int_equal(vc_buffer_append_text(&text, "}", nullptr), VC_OK);
    return vc_json_parse(vc_buffer_bytes(&text), &json, nullptr);
}

static void test_depth(void **)
{
    assert_int_equal(parse_nested(1), VC_OK);
    assert_int_equal(parse_nested(VC_JSON_DEPTH_MAX), VC_OK);
    assert_int_equal(parse_nested(VC_JSON_DEPTH_MAX + 1), VC_MALFORMED);
    assert_int_equal(parse_nested(100000), VC_MALFORMED);
}

/* A text of exactly `count` values: the object, the array, and its elements. */
static enum vc_code parse_values(size_t count)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    assert_int_equal(vc_buffer_append_text(&text, "{\"[,{\":[0", nullptr), VC_OK);
    for (size_t i = 2; i < count; i++)
        assert_int_equal(vc_buffer_append_text(&text, ",0", nullptr), VC_OK);
    assert_int_equal(vc_buffer_append_text(&text, "]}", nullptr), VC_OK);
    return vc_json_parse(vc_buffer_bytes(&text), &json, nullptr);
}

static void test_value_count(void **)
{
    assert_int_equal(parse_values(VC_JSON_VALUES_MAX), VC_OK);
    assert_int_equal(parse_values(VC_JSON_VALUES_MAX + 1), VC_LIMIT);
}

/* One text for everything that reads. */
struct fixture {
    struct vc_json *json;
    struct vc_json_place root;
};

static int setup(void **state)
{
    static struct fixture fixture;
    const char *text = "{\"zeta\": {\"one\": 1, \"two\": \"2\", \"mu\\u0007\\u00b5\": 3},"
                       " \"alpha\": [true, -5, 1e3, 1.0, {\"deep\": null}], \"empty\": {}}";

    if (vc_json_parse(bytes_of(text), &fixture.json, nullptr) != VC_OK)
        return -1;
    fixture.root = vc_json_root(fixture.json);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    vc_json_free(fixture->json);
    return 0;
}

static struct vc_json_place member(const struct vc_json_place *place, const char *name)
{
    struct vc_json_place made;

    assert_int_equal(vc_json_member(place, name, &made, nullptr), VC_OK);
    return made;
}

static void test_order_and_places(void **state)
{
    const struct fixture *fixture = *state;
    static const char *const order[] = {"zeta", "alpha", "empty"};
    struct vc_json_place alpha = member(&fixture->root, "alpha");
    struct vc_json_place last = vc_json_element(&alpha, 4);
    struct vc_json_place zeta = member(&fixture->root, "zeta");
    struct vc_json_place place;
    const char *key;

    assert_string_equal(fixture->root.text, "");
    assert_int_equal(vc_json_count(&fixture->root), VC_COUNT(order));
    for (size_t i = 0; i < VC_COUNT(order); i++) {
        place = vc_json_entry(&fixture->root, i, &key);
        assert_string_equal(key, order[i]);
        assert_string_equal(place.text, order[i]);
    }
    assert_int_equal(vc_json_count(&alpha), 5);
    assert_string_equal(last.text, "alpha[4]");
    assert_string_equal(member(&last, "deep").text, "alpha[4].deep");
    place = vc_json_entry(&zeta, 2, &key);
    assert_string_equal(key, "mu\a\xc2\xb5");
    assert_string_equal(place.text, "zeta.mu??");
    assert_int_equal(vc_json_count(&place), 0);
}

static void test_objects(void **state)
{
    const struct fixture *fixture = *state;
    static const char *const all[] = {"one", "two", "mu\a\xc2\xb5", "more", nullptr};
    static const char *const some[] = {"one", "two", nullptr};
    static const char *const none[] = {nullptr};
    struct vc_json_place zeta = member(&fixture->root, "zeta");
    struct vc_json_place alpha = member(&fixture->root, "alpha");
    struct vc_json_place empty = member(&fixture->root, "empty");
    struct vc_json_place place = {.text = "untouched"};
    struct vc_err err;

    assert_int_equal(vc_json_check_object(&zeta, all, &err), VC_OK);
    assert_int_equal(vc_json_check_object(&zeta, nullptr, &err), VC_OK);
    assert_int_equal(vc_json_check_object(&empty, none, &err), VC_OK);
    assert_int_equal(vc_json_check_object(&zeta, some, &err), VC_MALFORMED);
    assert_string_equal(err.text, "zeta: unknown key \"mu??\"");
    assert_int_equal(vc_json_check_object(&fixture->root, none, &err), VC_MALFORMED);
    assert_string_equal(err.text, "unknown key \"zeta\"");
    assert_int_equal(vc_json_check_object(&alpha, all, &err), VC_MALFORMED);
    assert_string_equal(err.text, "alpha: an array, an object wanted");
    assert_int_equal(vc_json_member(&zeta, "three", &place, &err), VC_NOT_FOUND);
    assert_string_equal(err.text, "zeta: no \"three\"");
    assert_int_equal(vc_json_member(&alpha, "one", &place, &err), VC_MALFORMED);
    assert_string_equal(place.text, "untouched");
    assert_true(vc_json_has(&zeta, "one"));
    assert_false(vc_json_has(&zeta, "three"));
    assert_false(vc_json_has(&alpha, "one"));
}

static void test_arrays(void **state)
{
    const struct fixture *fixture = *state;
    struct vc_json_place alpha = member(&fixture->root, "alpha");
    struct vc_json_place zeta = member(&fixture->root, "zeta");
    struct vc_err err;

    assert_int_equal(vc_json_check_array(&alpha, 5, &err), VC_OK);
    assert_int_equal(vc_json_check_array(&alpha, 4, &err), VC_LIMIT);
    assert_string_equal(err.text, "alpha: 5 elements, at most 4");
    assert_int_equal(vc_json_check_array(&zeta, 5, &err), VC_MALFORMED);
    assert_string_equal(err.text, "zeta: an object, an array wanted");
}

static void test_scalars(void **state)
{
    const struct fixture *fixture = *state;
    struct vc_json_place zeta = member(&fixture->root, "zeta");
    struct vc_json_place alpha = member(&fixture->root, "alpha");
    struct vc_json_place two = member(&zeta, "two");
    struct vc_json_place minus = vc_json_element(&alpha, 1);
    struct vc_json_place yes = vc_json_element(&alpha, 0);
    struct vc_err err;
    const char *text = nullptr;
    int64_t number = 77;
    bool boolean = false;

    assert_int_equal(vc_json_string(&two, &text, &err), VC_OK);
    assert_string_equal(text, "2");
    assert_int_equal(vc_json_boolean(&yes, &boolean, &err), VC_OK);
    assert_true(boolean);
    assert_int_equal(vc_json_boolean(&two, &boolean, &err), VC_MALFORMED);
    assert_string_equal(err.text, "zeta.two: a string, true or false wanted");
    assert_int_equal(vc_json_string(&minus, &text, &err), VC_MALFORMED);
    assert_int_equal(vc_json_integer(&two, 0, 9, &number, &err), VC_MALFORMED);
    assert_int_equal(vc_json_integer(&minus, -4, 9, &number, &err), VC_LIMIT);
    assert_string_equal(err.text, "alpha[1]: -5, at least -4");
    assert_int_equal(vc_json_integer(&minus, -9, -6, &number, &err), VC_LIMIT);
    assert_string_equal(err.text, "alpha[1]: -5, at most -6");
    for (size_t i = 2; i < 4; i++) {
        struct vc_json_place real = vc_json_element(&alpha, i);

        assert_int_equal(vc_json_integer(&real, 0, 2000, &number, &err), VC_MALFORMED);
    }
    assert_int_equal(number, 77);
    assert_int_equal(vc_json_integer(&minus, -5, -5, &number, &err), VC_OK);
    assert_int_equal(number, -5);
}

static void test_long_place_is_cut(void **)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    char text[2048] = "{\"";
    struct vc_json_place root;
    struct vc_json_place place;
    struct vc_err err;
    const char *key;

    memset(text + 2, 'k', 1000);
    memcpy(text + 1002, "\":[[1]]}", sizeof("\":[[1]]}"));
    assert_int_equal(vc_json_parse(bytes_of(text), &json, nullptr), VC_OK);
    root = vc_json_root(json);
    place = vc_json_entry(&root, 0, &key);
    place = vc_json_element(&place, 0);
    assert_int_equal(strlen(place.text), VC_JSON_PLACE_MAX - 1);
    assert_int_equal(vc_json_string(&place, &key, &err), VC_MALFORMED);
    assert_true(strlen(err.text) < VC_ERR_TEXT_MAX);
}

static void write_sample(struct vc_json_writer *writer)
{
    vc_json_open_object(writer, nullptr);
    vc_json_put_string(writer, "s", "q\"\\\n\x01\x7f\xc3\xa9");
    vc_json_put_bytes(writer, "b", (struct vc_bytes){(const uint8_t *)"\xff\0x\xe2\x82", 5});
    vc_json_open_array(writer, "list");
    vc_json_put_integer(writer, nullptr, INT64_MIN);
    vc_json_put_thousandths(writer, nullptr, 12003);
    vc_json_put_boolean(writer, nullptr, false);
    vc_json_close_array(writer);
    vc_json_open_object(writer, "none");
    vc_json_close_object(writer);
    vc_json_put_value(writer, "value", bytes_of("[1]"));
    vc_json_close_object(writer);
}

static void check_written(bool indent, const char *expect)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_writer writer;

    assert_int_equal(vc_buffer_append_text(&out, "before", nullptr), VC_OK);
    writer = vc_json_writer_over(&out);
    writer.indent = indent;
    write_sample(&writer);
    assert_int_equal(vc_json_write_end(&writer, nullptr), VC_OK);
    assert_int_equal(out.size, 6 + strlen(expect));
    assert_memory_equal(out.data + 6, expect, strlen(expect));
    assert_int_equal(vc_json_parse(bytes_of(expect), &json, nullptr), VC_OK);
}

#define FFFD "\xef\xbf\xbd"

static void test_writer(void **)
{
    check_written(false,
                  "{\"s\":\"q\\\"\\\\\\n\\u0001\x7f\xc3\xa9\",\"b\":\"" FFFD FFFD "x" FFFD FFFD
                  "\",\"list\":[-9223372036854775808,12.003,false],\"none\":{},\"value\":[1]}");
    check_written(true, "{\n  \"s\": \"q\\\"\\\\\\n\\u0001\x7f\xc3\xa9\",\n  \"b\": \"" FFFD FFFD
                        "x" FFFD FFFD "\",\n  \"list\": [\n    -9223372036854775808,\n    12.003,\n"
                        "    false\n"
                        "  ],\n  \"none\": {},\n  \"value\": [1]\n}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_value_count),
        cmocka_unit_test_setup_teardown(test_order_and_places, setup, teardown),
        cmocka_unit_test_setup_teardown(test_objects, setup, teardown),
        cmocka_unit_test_setup_teardown(test_arrays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scalars, setup, teardown),
        cmocka_unit_test(test_long_place_is_cut),
        cmocka_unit_test(test_writer),
    };

    return cmocka_run_group_tests_name("json", tests, nullptr, nullptr);
}
