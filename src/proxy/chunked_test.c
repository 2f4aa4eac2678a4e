/* SPDX-License-Identifier: MIT */

#include "proxy/chunked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct outcome {
    enum vc_code code;
    bool ended;
    size_t used;
    char body[512];
    char trailers[512];
};

static void add_trailers(const struct vc_proxy_chunked *chunked, struct outcome *outcome)
{
    struct vc_http_field fields[VC_HTTP_TRAILERS_MAX];
    size_t count = vc_proxy_chunked_trailers(chunked, fields, VC_COUNT(fields));

    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(outcome->trailers);

        (void)snprintf(outcome->trailers + size, sizeof(outcome->trailers) - size, "%s=%s;",
                       fields[i].name, fields[i].value);
    }
}

/* In steps of so many bytes. */
static struct outcome take(const char *text, size_t step)
{
    vc_cleanup(vc_proxy_chunked_freep) struct vc_proxy_chunked *chunked = nullptr;
    struct outcome outcome = {};
    size_t size = strlen(text);
    size_t body = 0;

    assert_int_equal(vc_proxy_chunked_new(&chunked, nullptr), VC_OK);
    while (outcome.code == VC_OK && outcome.used < size && !outcome.ended) {
        size_t left = size - outcome.used;
        struct vc_proxy_piece piece;

        outcome.code = vc_proxy_chunked_take(
            chunked,
            (struct vc_bytes){(const uint8_t *)text + outcome.used, left < step ? left : step},
            (uint8_t *)outcome.body + body, &piece, nullptr);
        if (outcome.code != VC_OK)
            break;
        assert_true(piece.made <= piece.used && piece.used <= step);
        outcome.used += piece.used;
        outcome.ended = piece.ended;
        body += piece.made;
    }
    if (outcome.ended)
        add_trailers(chunked, &outcome);
    return outcome;
}

static void test_taken(void **)
{
    static const struct {
        const char *name, *text, *body, *trailers, *rest;
    } rows[] = {
        {"nothing", "0\r\n\r\n", "", "", ""},
        {"one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello", "", ""},
        {"two chunks", "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", "hello!", "", ""},
        {"what looks like an end", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n", "", ""},
        {"a size with zeros", "0005\r\nhello\r\n000\r\n\r\n", "hello", "", ""},
        {"an extension", "5;a=b\r\nhello\r\n0;c\r\n\r\n", "hello", "", ""},
        {"another request behind it", "1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n", "a", "",
         "GET / HTTP/1.1\r\n"},
        {"trailers", "1\r\na\r\n0\r\nStream-Length: 1\r\nRepr-Digest: sha-256=:x:\r\n\r\nrest", "a",
         "stream-length=1;repr-digest=sha-256=:x:;", "rest"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        for (size_t step = 1; step <= strlen(rows[i].text); step++) {
            struct outcome outcome = take(rows[i].text, step);

            if (outcome.code != VC_OK || !outcome.ended)
                fail_msg("%s, by %zu: code %d, ended %d", rows[i].name, step, outcome.code,
                         outcome.ended);
            assert_string_equal(outcome.body, rows[i].body);
            assert_string_equal(outcome.trailers, rows[i].trailers);
            assert_string_equal(rows[i].text + outcome.used, rows[i].rest);
        }
    }
}

static void test_malformed(void **)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"no size", "\r\na\r\n0\r\n\r\n"},
        {"a size that is none", "x\r\na\r\n0\r\n\r\n"},
        {"a size below zero", "-1\r\na\r\n0\r\n\r\n"},
        {"a size with its base", "0x1\r\na\r\n0\r\n\r\n"},
        {"a size past 64 bits", "10000000000000001\r\na\r\n0\r\n\r\n"},
        {"a space before the size", " 1\r\na\r\n0\r\n\r\n"},
        {"a bare LF", "1\na\r\n0\r\n\r\n"},
        {"a chunk longer than its size", "1\r\nab\r\n0\r\n\r\n"},
        {"a bare LF behind a chunk", "1\r\na\n0\r\n\r\n"},
        {"a trailer that sets the length", "0\r\ncontent-length: 5\r\n\r\n"},
        {"a trailer that sets the coding", "0\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {"a trailer that names the host", "0\r\nHost: a\r\n\r\n"},
        {"a trailer of one connection", "0\r\nKeep-Alive: 1\r\n\r\n"},
        {"a folded trailer", "0\r\na: b\r\n c\r\n\r\n"},
        {"a trailer without a name", "0\r\n: b\r\n\r\n"},
        {"nine trailers", "0\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: "
                          "b\r\n\r\n"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        for (size_t step = 1; step <= strlen(rows[i].text); step++) {
            struct outcome outcome = take(rows[i].text, step);

            if (outcome.code == VC_OK)
                fail_msg("%s, by %zu: accepted", rows[i].name, step);
        }
    }
}

/* Cut anywhere, it has not ended. */
static void test_cut(void **)
{
    static const char text[] = "5;a=b\r\nhello\r\n0\r\na: b\r\n\r\n";
    char part[sizeof(text)];

    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        (void)snprintf(part, sizeof(part), "%.*s", (int)size, text);
        struct outcome outcome = take(part, sizeof(part));

        assert_int_equal(outcome.code, VC_OK);
        assert_false(outcome.ended);
    }
}

/* An extension without an end is not read for ever. */
static void test_overhead(void **)
{
    vc_cleanup(vc_proxy_chunked_freep) struct vc_proxy_chunked *chunked = nullptr;
    uint8_t text[1024] = "1;";
    uint8_t data[sizeof(text)];
    struct vc_proxy_piece piece;
    struct vc_err err = {};
    size_t sent = 0;

    assert_int_equal(vc_proxy_chunked_new(&chunked, nullptr), VC_OK);
    memset(text + 2, 'a', sizeof(text) - 2);
    while (vc_proxy_chunked_take(chunked, (struct vc_bytes){text, sizeof(text)}, data, &piece,
                                 &err) == VC_OK) {
        sent += sizeof(text);
        memset(text, 'a', 2);
        assert_true(sent <= VC_HTTP_HEADER_SIZE_MAX);
    }
    assert_int_equal(err.code, VC_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_overhead),
    };

    return cmocka_run_group_tests_name("proxy chunked", tests, nullptr, nullptr);
}
