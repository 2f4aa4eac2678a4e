/* SPDX-License-Identifier: MIT */

/* What was parsed and is written again says the same, in the one spelling. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/json_copy.h"

static enum vc_code copy(const char *text, unsigned deeper, struct vc_buffer *out,
                         struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_writer writer = vc_json_writer_over(out);

    assert_int_equal(
        vc_json_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, &json, nullptr),
        VC_OK);
    struct vc_json_place root = vc_json_root(json);

    for (unsigned i = 0; i < deeper; i++)
        vc_json_open_array(&writer, nullptr);
    enum vc_code code = vc_json_copy(&writer, nullptr, &root, err);

    for (unsigned i = 0; i < deeper; i++)
        vc_json_close_array(&writer);
    return code == VC_OK ? vc_json_write_end(&writer, err) : code;
}

static void test_same(void **)
{
    static const char *const rows[][2] = {
        {"{}", "{}"},
        {" { \"a\" : [ ] } ", "{\"a\":[]}"},
        {"{\"b\":1,\"a\":-7}", "{\"b\":1,\"a\":-7}"},
        {"{\"n\":9223372036854775807,\"m\":-9223372036854775808}",
         "{\"n\":9223372036854775807,\"m\":-9223372036854775808}"},
        {"{\"t\":true,\"f\":false,\"s\":\"\\u0041\\n\\\"\"}",
         "{\"t\":true,\"f\":false,\"s\":\"A\\n\\\"\"}"},
        {"{\"a\":[{\"b\":[1,[2],\"\"]},false]}", "{\"a\":[{\"b\":[1,[2],\"\"]},false]}"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
        struct vc_err err = {};

        if (copy(rows[i][0], 0, &out, &err) != VC_OK)
            fail_msg("%s: %s", rows[i][0], err.text);
        assert_int_equal(out.size, strlen(rows[i][1]));
        assert_memory_equal(out.data, rows[i][1], out.size);
    }
}

static void test_refused(void **)
{
    static const struct {
        const char *text;
        unsigned deeper;
        enum vc_code expect;
        const char *says;
    } rows[] = {
        {"{\"a\":null}", 0, VC_MALFORMED, "a: neither text, whole number nor truth value"},
        {"{\"a\":[1.5]}", 0, VC_MALFORMED, "a[0]: neither"},
        {"{\"a\":{}}", 14, VC_OK, ""},
        {"{\"a\":{}}", 15, VC_LIMIT, "a: nested more than 16 deep"},
        {"{\"a\":[]}", 15, VC_LIMIT, "a: nested"},
        {"{\"a\":1}", 15, VC_OK, ""},
        {"{}", 16, VC_LIMIT, "nested"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
        struct vc_err err = {};
        enum vc_code code = copy(rows[i].text, rows[i].deeper, &out, &err);

        if (code != rows[i].expect || strstr(err.text, rows[i].says) == nullptr)
            fail_msg("%s: %d %s", rows[i].text, code, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same), cmocka_unit_test(test_refused)};

    return cmocka_run_group_tests_name("json_copy", tests, nullptr, nullptr);
}
