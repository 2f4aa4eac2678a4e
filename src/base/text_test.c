/* SPDX-License-Identifier: MIT */

/* The text forms of binary values: hex, base 32, base 64, instants; and the error record. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/base32.h"
#include "base/base64.h"
#include "base/hex.h"
#include "base/instant.h"

static void test_hex(void **)
{
    uint8_t bytes[2] = {7, 7};
    char text[5];
    struct vc_err err;

    assert_int_equal(vc_hex_parse("0aff", bytes, 2, nullptr), VC_OK);
    assert_int_equal(bytes[0], 0x0a);
    assert_int_equal(bytes[1], 0xff);
    vc_hex_encode((struct vc_bytes){bytes, 2}, text);
    assert_string_equal(text, "0aff");
    assert_int_equal(vc_hex_parse("0AFF", bytes, 2, nullptr), VC_MALFORMED);
    assert_int_equal(vc_hex_parse("0af", bytes, 2, &err), VC_MALFORMED);
    assert_string_equal(err.text, "3 hex digits, 4 wanted");
    assert_int_equal(bytes[0], 0x0a);
}

static void test_hex_decode(void **)
{
    static const struct {
        const char *text;
        enum vc_code code;
        size_t size;
    } rows[] = {
        {"0aFF", VC_OK, 2},          {" 0x0aff\n", VC_OK, 2},     {"0a ff\r\n10\n", VC_OK, 3},
        {"0X1", VC_MALFORMED, 0},    {"", VC_MALFORMED, 0},       {" \n", VC_MALFORMED, 0},
        {"0x", VC_MALFORMED, 0},     {"0a f f", VC_MALFORMED, 0}, {"0ag0", VC_MALFORMED, 0},
        {"0a0x0b", VC_MALFORMED, 0},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_bytes text = {(const uint8_t *)rows[i].text, strlen(rows[i].text)};
        vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};

        assert_int_equal(vc_hex_decode(text, &bytes, nullptr), rows[i].code);
        assert_int_equal(bytes.size, rows[i].size);
        assert_true(bytes.size == 0 || bytes.data[0] == 0x0a);
    }
}

static void test_base32(void **)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = {{"", ""},
                {"f", "my"},
                {"fo", "mzxq"},
                {"foo", "mzxw6"},
                {"foob", "mzxw6yq"},
                {"fooba", "mzxw6ytb"},
                {"foobar", "mzxw6ytboi"}}; /* RFC 4648 §10 */

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        char text[32];
        size_t size = strlen(rows[i].bytes);

        vc_base32_encode((struct vc_bytes){(const uint8_t *)rows[i].bytes, size}, text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(strlen(text), VC_BASE32_LENGTH(size));
    }
}

static void test_base64url(void **)
{
    static const struct {
        const char *text;
        size_t size; /* of bytes; SIZE_MAX: refused */
    } rows[] = {{"", 0},
                {"AA", 1},
                {"AAA", 2},
                {"-_-_", 3},
                {"A", SIZE_MAX},
                {"AB", SIZE_MAX},
                {"AA==", SIZE_MAX},
                {"+/+/", SIZE_MAX},
                {"AA A", SIZE_MAX},
                {"AAAAA", SIZE_MAX}};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        struct vc_bytes given = {(const uint8_t *)rows[i].text, strlen(rows[i].text)};
        enum vc_code code = vc_base64url_parse(given, &bytes, nullptr);

        if ((code == VC_OK) != (rows[i].size != SIZE_MAX) || (code != VC_OK && bytes.size != 0))
            fail_msg("%s: %d", rows[i].text, (int)code);
        if (code != VC_OK)
            continue;
        assert_int_equal(bytes.size, rows[i].size);
        assert_int_equal(vc_base64url_encode(vc_buffer_bytes(&bytes), &text, nullptr), VC_OK);
        assert_int_equal(text.size, given.size);
        if (given.size > 0)
            assert_memory_equal(text.data, given.data, given.size);
    }
}

static void test_base64(void **)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = {{"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"foobar", "Zm9vYmFy"}};
    static const char *const wrong[] = {
        "Z", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9 "};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_buffer text = {}, back = {};
        struct vc_bytes bytes = {(const uint8_t *)rows[i].bytes, strlen(rows[i].bytes)};

        assert_int_equal(vc_base64_encode(bytes, &text, nullptr), VC_OK);
        assert_int_equal(text.size, strlen(rows[i].text));
        if (text.size > 0)
            assert_memory_equal(text.data, rows[i].text, text.size);
        assert_int_equal(vc_base64_parse(vc_buffer_bytes(&text), &back, nullptr), VC_OK);
        assert_int_equal(back.size, bytes.size);
        if (back.size > 0)
            assert_memory_equal(back.data, bytes.data, back.size);
        vc_buffer_done(&text);
        vc_buffer_done(&back);
    }
    for (size_t i = 0; i < VC_COUNT(wrong); i++) {
        struct vc_buffer back = {};
        struct vc_bytes text = {(const uint8_t *)wrong[i], strlen(wrong[i])};

        if (vc_base64_parse(text, &back, nullptr) != VC_MALFORMED || back.size != 0)
            fail_msg("%s was accepted", wrong[i]);
        vc_buffer_done(&back);
    }
}

static void test_instant(void **)
{
    static const char *const wrong[] = {"",
                                        "2027-02-29T00:00:00Z",
                                        "2027-13-01T00:00:00Z",
                                        "2027-01-01T24:00:00Z",
                                        "2027-1-01T00:00:00Z",
                                        "2027-01-01 00:00:00Z",
                                        "2027-01-01T00:00:00+00:00",
                                        "1969-12-31T23:59:59Z"};
    int64_t seconds = 5;
    char text[VC_INSTANT_TEXT_MAX];

    assert_int_equal(vc_instant_parse("2028-02-29T12:34:56Z", &seconds, nullptr), VC_OK);
    assert_int_equal(seconds, 1835440496);
    vc_instant_format(seconds, text);
    assert_string_equal(text, "2028-02-29T12:34:56Z");
    for (size_t i = 0; i < VC_COUNT(wrong); i++) {
        if (vc_instant_parse(wrong[i], &seconds, nullptr) != VC_MALFORMED)
            fail_msg("%s was accepted", wrong[i]);
    }
    assert_int_equal(seconds, 1835440496);
}

static void test_errors(void **)
{
    struct vc_err err = {};

    errno = ENOENT;
    assert_int_equal(vc_fail_host(&err, "opening %s", "x"), VC_HOST);
    assert_string_equal(err.text, "opening x: No such file or directory");
    assert_int_equal(err.host_errno, ENOENT);
    assert_int_equal(vc_fail_in(&err, VC_HOST, "policy"), VC_HOST);
    assert_string_equal(err.text, "policy: opening x: No such file or directory");
    assert_int_equal(vc_fail(nullptr, VC_LIMIT, "nobody hears"), VC_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex),       cmocka_unit_test(test_hex_decode),
        cmocka_unit_test(test_base32),    cmocka_unit_test(test_base64),
        cmocka_unit_test(test_base64url), cmocka_unit_test(test_instant),
        cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests_name("text", tests, nullptr, nullptr);
}
