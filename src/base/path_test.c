/* SPDX-License-Identifier: MIT */

#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct row {
    const char *text;
    enum vc_code expect;
    const char *canonical;
} rows[] = {
    {"/", VC_OK, "/"},
    {"/a", VC_OK, "/a"},
    {"a", VC_OK, "/a"},
    {"/a/", VC_OK, "/a"},
    {"//a///b", VC_OK, "/a/b"},
    {"/a/./b/.", VC_OK, "/a/b"},
    {"/a/../b", VC_OK, "/b"},
    {"/../..", VC_OK, "/"},
    {"../../etc", VC_OK, "/etc"},
    {"/input/../program/x.wasm", VC_OK, "/program/x.wasm"},
    {"/a/...", VC_OK, "/a/..."},
    {"/a/.b", VC_OK, "/a/.b"},
    {"/a/..b", VC_OK, "/a/..b"},
    {"/\xc3\xa9", VC_OK, "/\xc3\xa9"},
    {"", VC_MALFORMED, nullptr},
    {"/a\n", VC_MALFORMED, nullptr},
    {"/a\x7f", VC_MALFORMED, nullptr},
    {"/\xc3", VC_MALFORMED, nullptr},
    {"/\xc0\xaf", VC_MALFORMED, nullptr},
    {"/\xed\xa0\x80", VC_MALFORMED, nullptr},
    {"/\xf4\x90\x80\x80", VC_MALFORMED, nullptr},
};

static void test_spellings(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        char out[VC_PATH_MAX] = "untouched";
        struct vc_err err = {};
        enum vc_code code = vc_path_canonical(rows[i].text, out, &err);

        if (code != rows[i].expect)
            fail_msg("%s: code %d, wanted %d", rows[i].text, code, rows[i].expect);
        assert_string_equal(out, code == VC_OK ? rows[i].canonical : "untouched");
    }
}

static void test_limits(void **)
{
    char text[2 * VC_PATH_MAX] = "/";
    char out[VC_PATH_MAX];

    memset(text + 1, 'x', VC_PATH_NAME_MAX);
    assert_int_equal(vc_path_canonical(text, out, nullptr), VC_OK);
    text[1 + VC_PATH_NAME_MAX] = 'x';
    assert_int_equal(vc_path_canonical(text, out, nullptr), VC_LIMIT);

    memset(text, 0, sizeof(text));
    for (size_t i = 0; i < VC_PATH_DEPTH_MAX; i++)
        memcpy(text + 2 * i, "/d", 2);
    assert_int_equal(vc_path_canonical(text, out, nullptr), VC_OK);
    memcpy(text + 2 * VC_PATH_DEPTH_MAX, "/d", 3);
    assert_int_equal(vc_path_canonical(text, out, nullptr), VC_LIMIT);

    memset(text, '/', VC_PATH_MAX - 1);
    text[VC_PATH_MAX - 1] = '\0';
    assert_int_equal(vc_path_canonical(text, out, nullptr), VC_OK);
    text[VC_PATH_MAX - 1] = '/';
    text[VC_PATH_MAX] = '\0';
    assert_int_equal(vc_path_canonical(text, out, nullptr), VC_LIMIT);
}

static void check_canonical(const char *text)
{
    char out[VC_PATH_MAX];
    bool is = vc_path_canonical(text, out, nullptr) == VC_OK && strcmp(text, out) == 0;

    if (vc_path_is_canonical(text) != is)
        fail_msg("%s: canonical, or not", text);
}

/* Every text of up to six pieces, and the longest names and paths, one byte more and less. */
static void test_is_canonical(void **)
{
    static const char *const pieces[] = {"/", ".", "a", "\x1f", "\x7f", "\xc3", "\xa9"};
    char text[VC_PATH_MAX + 2];

    for (size_t i = 0; i < 117649; i++) {
        size_t used = 0;

        text[0] = '\0';
        for (size_t rest = i; rest > 0; rest /= VC_COUNT(pieces))
            text[used++] = pieces[rest % VC_COUNT(pieces)][0];
        text[used] = '\0';
        check_canonical(text);
    }
    for (size_t size = VC_PATH_MAX - 3; size <= VC_PATH_MAX + 1; size++) {
        for (size_t name = 200; name <= VC_PATH_NAME_MAX + 2; name++) {
            for (size_t i = 0; i < size; i++)
                text[i] = i % (name + 1) == 0 ? '/' : 'n';
            text[size] = '\0';
            check_canonical(text);
        }
    }
    for (size_t depth = VC_PATH_DEPTH_MAX - 1; depth <= VC_PATH_DEPTH_MAX + 1; depth++) {
        for (size_t i = 0; i < depth; i++)
            memcpy(text + 2 * i, "/d", 3);
        check_canonical(text);
    }
}

static void test_within(void **)
{
    assert_true(vc_path_within("/a/b", "/a"));
    assert_true(vc_path_within("/a", "/a"));
    assert_true(vc_path_within("/a", "/"));
    assert_false(vc_path_within("/ab", "/a"));
    assert_false(vc_path_within("/", "/a"));
}

static void test_parent_and_name(void **)
{
    char out[VC_PATH_MAX];

    vc_path_parent("/a/b", out);
    assert_string_equal(out, "/a");
    vc_path_parent("/a", out);
    assert_string_equal(out, "/");
    vc_path_parent("/", out);
    assert_string_equal(out, "/");
    assert_string_equal(vc_path_name("/a/b"), "b");
    assert_string_equal(vc_path_name("/"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings),       cmocka_unit_test(test_limits),
        cmocka_unit_test(test_is_canonical),    cmocka_unit_test(test_within),
        cmocka_unit_test(test_parent_and_name),
    };

    return cmocka_run_group_tests_name("path", tests, nullptr, nullptr);
}
