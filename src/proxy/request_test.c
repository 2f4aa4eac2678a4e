/* SPDX-License-Identifier: MIT */

#include "proxy/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct vc_proxy_guard guard = {.port = "3080", .name = "abc.veracruz"};

#define HOST "host: 127.0.0.1:3080\r\n"

static enum vc_code parse(const char *text, struct vc_proxy_request *request, struct vc_err *err)
{
    return vc_proxy_request_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, request,
                                  err);
}

static void test_what_goes_on(void **)
{
    static const char text[] = "PUT /v1/files/a%20b?x HTTP/1.1\r\n"
                               "Host: localhost:3080\r\n"
                               "Content-Length: 5\r\n"
                               "Expect: 100-continue\r\n"
                               "Connection: keep-alive, X-Mine\r\n"
                               "X-Mine: 1\r\n"
                               "Keep-Alive: 5\r\n"
                               "TE: trailers\r\n"
                               "Range: bytes=0-1\r\n"
                               "Accept: a\r\n\r\n";
    struct vc_proxy_request request;
    struct vc_err err = {};
    unsigned status;

    if (parse(text, &request, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_string_equal(request.method, "PUT");
    assert_string_equal(request.target, "/v1/files/a%20b?x");
    assert_true(request.has_length);
    assert_int_equal(request.length, 5);
    assert_true(request.expects);
    assert_true(request.keep_alive);
    assert_int_equal(request.field_count, 2); /* the rest is one connection's matter */
    assert_string_equal(request.fields[0].name, "range");
    assert_string_equal(request.fields[0].value, "bytes=0-1");
    assert_string_equal(request.fields[1].name, "accept");
    assert_int_equal(vc_proxy_request_check(&request, &guard, &status, &err), VC_OK);
    vc_proxy_request_done(&request);
}

/* Request smuggling, and what else two readers could take for two things. */
static void test_malformed(void **)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"two lengths", "PUT / HTTP/1.1\r\n" HOST "content-length: 5\r\ncontent-length: 6\r\n\r\n"},
        {"the same length twice",
         "PUT / HTTP/1.1\r\n" HOST "content-length: 5\r\ncontent-length: 5\r\n\r\n"},
        {"length and coding",
         "PUT / HTTP/1.1\r\n" HOST "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n"},
        {"coding and length",
         "PUT / HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n"},
        {"a coding of two", "PUT / HTTP/1.1\r\n" HOST "transfer-encoding: chunked, x\r\n\r\n"},
        {"a length with a sign", "PUT / HTTP/1.1\r\n" HOST "content-length: +5\r\n\r\n"},
        {"a length below zero", "PUT / HTTP/1.1\r\n" HOST "content-length: -5\r\n\r\n"},
        {"a list of lengths", "PUT / HTTP/1.1\r\n" HOST "content-length: 5, 5\r\n\r\n"},
        {"a length past 64 bits",
         "PUT / HTTP/1.1\r\n" HOST "content-length: 18446744073709551616\r\n\r\n"},
        {"an empty length", "PUT / HTTP/1.1\r\n" HOST "content-length:\r\n\r\n"},
        {"a space before the colon", "PUT / HTTP/1.1\r\n" HOST "content-length : 5\r\n\r\n"},
        {"a folded field", "GET / HTTP/1.1\r\n" HOST "a: b\r\n c\r\n\r\n"},
        {"a field that begins with a space", "GET / HTTP/1.1\r\n a: b\r\n" HOST "\r\n"},
        {"a bare LF", "GET / HTTP/1.1\n" HOST "\r\n"},
        {"a bare LF between fields", "GET / HTTP/1.1\r\nhost: 127.0.0.1:3080\na: b\r\n\r\n"},
        {"a bare CR", "GET / HTTP/1.1\r\n" HOST "a: b\rc: d\r\n\r\n"},
        {"no host", "GET / HTTP/1.1\r\na: b\r\n\r\n"},
        {"two hosts", "GET / HTTP/1.1\r\n" HOST HOST "\r\n"},
        {"an empty host", "GET / HTTP/1.1\r\nhost:\r\n\r\n"},
        {"HTTP/1.0", "GET / HTTP/1.0\r\n" HOST "\r\n"},
        {"HTTP/0.9", "GET /\r\n\r\n"},
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\n"},
        {"another protocol",
         "GET / HTTP/1.1\r\n" HOST "connection: upgrade\r\nupgrade: h2c\r\n\r\n"},
        {"a tunnel", "CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n"},
        {"an unknown method", "BREW / HTTP/1.1\r\n" HOST "\r\n"},
        {"a method in lower case", "get / HTTP/1.1\r\n" HOST "\r\n"},
        {"two requests", "GET / HTTP/1.1\r\n" HOST "\r\nGET / HTTP/1.1\r\n" HOST "\r\n"},
        {"a request and the beginning of another",
         "GET / HTTP/1.1\r\n" HOST "\r\nGET /b HTTP/1.1\r\na: b"},
        {"a head and some of its body", "PUT / HTTP/1.1\r\n" HOST "content-length: 5\r\n\r\nab"},
        {"a head and pieces", "PUT / HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\n\r\n1\r\n"},
        {"trailers",
         "PUT / HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\n\r\n0\r\na: b\r\n\r\n"},
        {"an empty head", "\r\n\r\n"},
        {"no name", "GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n"},
        {"a control character", "GET / HTTP/1.1\r\n" HOST "a: \x01\r\n\r\n"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_proxy_request request;
        struct vc_err err = {};

        if (parse(rows[i].text, &request, &err) == VC_OK)
            fail_msg("%s: accepted", rows[i].name);
        assert_int_equal(err.code, VC_MALFORMED);
        assert_int_equal(request.field_count, 0);
    }
}

static void test_refused(void **)
{
    static const struct {
        const char *name, *text;
        unsigned status;
    } rows[] = {
        {"a page's own name, rebound to this machine",
         "GET / HTTP/1.1\r\nhost: evil.example\r\n\r\n", 421},
        {"the same with the port", "GET / HTTP/1.1\r\nhost: evil.example:3080\r\n\r\n", 421},
        {"a name that begins alike", "GET / HTTP/1.1\r\nhost: localhost.evil.example:3080\r\n\r\n",
         421},
        {"another port", "GET / HTTP/1.1\r\nhost: localhost:3081\r\n\r\n", 421},
        {"a page", "GET / HTTP/1.1\r\n" HOST "origin: http://evil.example\r\n\r\n", 403},
        {"a page without a name", "GET / HTTP/1.1\r\n" HOST "origin: null\r\n\r\n", 403},
        {"an image of a page", "GET / HTTP/1.1\r\n" HOST "sec-fetch-site: cross-site\r\n\r\n", 403},
        {"a coding of two", "PUT / HTTP/1.1\r\n" HOST "transfer-encoding: gzip, chunked\r\n\r\n",
         501},
        {"another method", "OPTIONS / HTTP/1.1\r\n" HOST "\r\n", 405},
        {"a proxy's target", "GET http://127.0.0.1:3080/ HTTP/1.1\r\n" HOST "\r\n", 400},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_proxy_request request;
        struct vc_err err = {};
        unsigned status = 0;

        if (parse(rows[i].text, &request, &err) != VC_OK)
            fail_msg("%s: %s", rows[i].name, err.text);
        if (vc_proxy_request_check(&request, &guard, &status, &err) != VC_REFUSED ||
            status != rows[i].status)
            fail_msg("%s: status %u", rows[i].name, status);
        vc_proxy_request_done(&request);
    }
}

static void test_hosts(void **)
{
    static const struct vc_proxy_guard local = {.name = "abc.veracruz"};
    static const char *const hosts[] = {"127.0.0.1:3080", "localhost:3080", "LOCALHOST:3080",
                                        "[::1]:3080",     "abc.veracruz",   "abc.veracruz:3080"};

    for (size_t i = 0; i < VC_COUNT(hosts); i++) {
        struct vc_proxy_request request;
        char text[128];
        unsigned status;

        (void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nhost: %s\r\n\r\n", hosts[i]);
        assert_int_equal(parse(text, &request, nullptr), VC_OK);
        assert_int_equal(vc_proxy_request_check(&request, &guard, &status, nullptr), VC_OK);
        assert_int_equal(vc_proxy_request_check(&request, &local, &status, nullptr), VC_OK);
        vc_proxy_request_done(&request);
    }
}

static void test_empty_body(void **)
{
    struct vc_proxy_request request;

    assert_int_equal(
        parse("PUT /a HTTP/1.1\r\n" HOST "content-length: 0\r\n\r\n", &request, nullptr), VC_OK);
    assert_true(request.has_length);
    assert_int_equal(request.length, 0);
    vc_proxy_request_done(&request);
}

static void test_unknown_length(void **)
{
    static const struct {
        const char *name, *text;
        bool trailers;
    } rows[] = {
        {"chunks", "PUT /a HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\n\r\n", false},
        {"chunks in other letters", "PUT /a HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n",
         false},
        {"and trailers back",
         "PUT /a HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\nte: gzip, Trailers\r\n\r\n",
         true},
        {"and others",
         "PUT /a HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\nte: trailer\r\n\r\n", false},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_proxy_request request;
        struct vc_err err = {};
        unsigned status;

        if (parse(rows[i].text, &request, &err) != VC_OK)
            fail_msg("%s: %s", rows[i].name, err.text);
        assert_int_equal(vc_proxy_request_check(&request, &guard, &status, &err), VC_OK);
        assert_true(request.chunked && !request.coded && !request.has_length);
        assert_int_equal(request.trailers, rows[i].trailers);
        assert_int_equal(request.field_count, 0);
        vc_proxy_request_done(&request);
    }
}

/* Cut anywhere, it is no head. */
static void test_cut(void **)
{
    static const char text[] = "GET /v1/policy HTTP/1.1\r\n" HOST "accept: a\r\n\r\n";

    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        struct vc_bytes part = {(const uint8_t *)text, size};
        struct vc_proxy_request request;

        assert_int_equal(vc_proxy_head_size(part), 0);
        assert_int_not_equal(vc_proxy_request_parse(part, &request, nullptr), VC_OK);
    }
    assert_int_equal(vc_proxy_head_size((struct vc_bytes){(const uint8_t *)text, sizeof(text) - 1}),
                     sizeof(text) - 1);
}

static void test_too_much(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_proxy_request request;

    assert_int_equal(vc_buffer_append_text(&text, "GET / HTTP/1.1\r\n" HOST, nullptr), VC_OK);
    for (size_t i = 0; i < VC_HTTP_FIELDS_MAX; i++)
        assert_int_equal(vc_buffer_printf(&text, nullptr, "a%zu: b\r\n", i), VC_OK);
    assert_int_equal(vc_buffer_append_text(&text, "\r\n", nullptr), VC_OK);
    assert_int_equal(vc_proxy_request_parse(vc_buffer_bytes(&text), &request, nullptr), VC_LIMIT);
    text.size = 0;
    assert_int_equal(vc_buffer_append_text(&text, "GET /", nullptr), VC_OK);
    for (size_t i = 0; i < VC_HTTP_TARGET_MAX; i++)
        assert_int_equal(vc_buffer_append_text(&text, "a", nullptr), VC_OK);
    assert_int_equal(vc_buffer_append_text(&text, " HTTP/1.1\r\n" HOST "\r\n", nullptr), VC_OK);
    assert_int_equal(vc_proxy_request_parse(vc_buffer_bytes(&text), &request, nullptr), VC_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_goes_on), cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_empty_body),   cmocka_unit_test(test_cut),
        cmocka_unit_test(test_too_much),     cmocka_unit_test(test_unknown_length),
    };

    return cmocka_run_group_tests_name("proxy request", tests, nullptr, nullptr);
}
