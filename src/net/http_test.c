/* SPDX-License-Identifier: MIT */

/* Percent encoding, request targets, byte ranges. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "net/http.h"

static void test_encode(void **)
{
    static const struct {
        const char *path, *target;
    } rows[] = {
        {"/", "/"},
        {"/input/a.csv", "/input/a.csv"},
        {"/a b", "/a%20b"},
        {"/100%", "/100%25"},
        {"/?#[]", "/%3F%23%5B%5D"},
        {"/-._~!$&'()*+,;=:@", "/-._~!$&'()*+,;=:@"},
        {"/\xc3\xa4\x01\x7f", "/%C3%A4%01%7F"},
        {"/\"<>\\^`{|}", "/%22%3C%3E%5C%5E%60%7B%7C%7D"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_buffer target = {};

        assert_int_equal(vc_http_encode_path(rows[i].path, &target, nullptr), VC_OK);
        assert_int_equal(target.size, strlen(rows[i].target));
        assert_memory_equal(target.data, rows[i].target, target.size);
        vc_buffer_done(&target);
    }
}

static void test_target(void **)
{
    static const struct {
        const char *target;
        enum vc_code code;
        const char *path, *query;
    } rows[] = {
        {"/", VC_OK, "/", ""},
        {"/?", VC_OK, "/", ""},
        {"/a?b=c&d=%20?e", VC_OK, "/a", "b=c&d=%20?e"},
        {"/a%20b%2Fc%2e", VC_OK, "/a b/c.", ""},
        {"/%c3%A4%ff", VC_OK, "/\xc3\xa4\xff", ""},
        {"//a//../b", VC_OK, "//a//../b", ""}, /* what it means is the path's business */
        {"", VC_MALFORMED, nullptr, nullptr},
        {"*", VC_MALFORMED, nullptr, nullptr},
        {"a/b", VC_MALFORMED, nullptr, nullptr},
        {"https://x/", VC_MALFORMED, nullptr, nullptr},
        {"/%", VC_MALFORMED, nullptr, nullptr},
        {"/%2", VC_MALFORMED, nullptr, nullptr},
        {"/%2?", VC_MALFORMED, nullptr, nullptr},
        {"/%g0", VC_MALFORMED, nullptr, nullptr},
        {"/%0g", VC_MALFORMED, nullptr, nullptr},
        {"/a%00b", VC_MALFORMED, nullptr, nullptr},
        {"/a b", VC_MALFORMED, nullptr, nullptr},
        {"/a#b", VC_MALFORMED, nullptr, nullptr},
        {"/a?b#c", VC_MALFORMED, nullptr, nullptr},
        {"/a?b c", VC_MALFORMED, nullptr, nullptr},
        {"/\xc3\xa4", VC_MALFORMED, nullptr, nullptr},
        {"/a?\xc3\xa4", VC_MALFORMED, nullptr, nullptr},
        {"/0123456789abcde", VC_LIMIT, nullptr, nullptr}, /* 16 bytes and a NUL into 16 */
        {"/0123456789abcd", VC_OK, "/0123456789abcd", ""},
        {"/%30%31%32%33%34%35%36%37%38%39abcd", VC_OK, "/0123456789abcd", ""},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        char path[16] = "before";
        const char *query = "before";

        assert_int_equal(vc_http_parse_target(rows[i].target, path, sizeof(path), &query, nullptr),
                         rows[i].code);
        assert_string_equal(path, rows[i].code == VC_OK ? rows[i].path : "before");
        assert_string_equal(query, rows[i].code == VC_OK ? rows[i].query : "before");
    }
}

static void test_target_length(void **)
{
    char *target = malloc(VC_HTTP_TARGET_MAX + 1);
    char path[VC_HTTP_TARGET_MAX];
    const char *query;

    memset(target, 'a', VC_HTTP_TARGET_MAX);
    target[0] = '/';
    target[VC_HTTP_TARGET_MAX] = '\0';
    assert_int_equal(vc_http_parse_target(target, path, sizeof(path), &query, nullptr), VC_LIMIT);
    target[VC_HTTP_TARGET_MAX - 1] = '\0';
    assert_int_equal(vc_http_parse_target(target, path, sizeof(path), &query, nullptr), VC_OK);
    assert_int_equal(strlen(path), VC_HTTP_TARGET_MAX - 1);
    free(target);
}

static void test_range(void **)
{
    static const struct {
        const char *value;
        uint64_t size;
        enum vc_code code;
        uint64_t first, count;
    } rows[] = {
        {"bytes=0-0", 10, VC_OK, 0, 1},
        {"bytes=0-9", 10, VC_OK, 0, 10},
        {"bytes=0-10", 10, VC_OK, 0, 10},
        {"bytes=9-9", 10, VC_OK, 9, 1},
        {"bytes=3-", 10, VC_OK, 3, 7},
        {"bytes=-3", 10, VC_OK, 7, 3},
        {"bytes=-30", 10, VC_OK, 0, 10},
        {"bytes=0-18446744073709551615", 10, VC_OK, 0, 10},
        {"bytes=0-18446744073709551615", UINT64_MAX, VC_OK, 0, UINT64_MAX},
        {"bytes=10-", 10, VC_LIMIT, 0, 0},
        {"bytes=10-12", 10, VC_LIMIT, 0, 0},
        {"bytes=0-", 0, VC_LIMIT, 0, 0},
        {"bytes=-0", 10, VC_LIMIT, 0, 0},
        {"bytes=-1", 0, VC_LIMIT, 0, 0},
        {"bytes=5-4", 10, VC_MALFORMED, 0, 0},
        {"bytes=", 10, VC_MALFORMED, 0, 0},
        {"bytes=-", 10, VC_MALFORMED, 0, 0},
        {"bytes=1", 10, VC_MALFORMED, 0, 0},
        {"bytes=1-2,4-5", 10, VC_MALFORMED, 0, 0},
        {"bytes= 1-2", 10, VC_MALFORMED, 0, 0},
        {"bytes=1-2 ", 10, VC_MALFORMED, 0, 0},
        {"bytes=--2", 10, VC_MALFORMED, 0, 0},
        {"bytes=+1-2", 10, VC_MALFORMED, 0, 0},
        {"bytes=0-18446744073709551616", 10, VC_MALFORMED, 0, 0},
        {"lines=1-2", 10, VC_MALFORMED, 0, 0},
        {"byte", 10, VC_MALFORMED, 0, 0},
        {"", 10, VC_MALFORMED, 0, 0},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        uint64_t first = 77;
        uint64_t count = 77;

        if (vc_http_parse_range(rows[i].value, rows[i].size, &first, &count, nullptr) !=
            rows[i].code)
            fail_msg("%s", rows[i].value);
        assert_int_equal(first, rows[i].code == VC_OK ? rows[i].first : 77);
        assert_int_equal(count, rows[i].code == VC_OK ? rows[i].count : 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_target),
        cmocka_unit_test(test_target_length),
        cmocka_unit_test(test_range),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
