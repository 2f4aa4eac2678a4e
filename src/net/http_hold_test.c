/* SPDX-License-Identifier: MIT */

/* Held requests: what the client may send, and what it says at the end of its body. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/stream_rig.h"

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Exactly what was granted comes, in whatever steps, and a grant moves nobody else. */
static void test_hold(void **)
{
    static const uint32_t grants[] = {1,      0, 2,     65535,   70000,   1,
                                      300000, 7, 16384, 5000000, 20000000};
    static constexpr uint64_t SIZE = 30000000;
    struct rig *rig = stream_rig_new();
    struct upload upload = {.left = SIZE};
    struct upload other = {.left = 9000000};
    uint64_t allowed = VC_HTTP_FIRST_WINDOW;
    int32_t put;

    rig->hold = true;
    put = stream_rig_ask(rig, "PUT", &upload);
    stream_rig_converse(rig);
    assert_int_equal(rig->of[put].taken, allowed);
    assert_true(vc_exchanges_busy(rig->all)); /* however long it takes */
    for (size_t i = 0; i < VC_COUNT(grants); i++) {
        vc_http_grant(rig->of[put].exchange, grants[i]);
        allowed += grants[i];
        stream_rig_converse(rig);
        assert_int_equal(rig->of[put].taken, least(allowed, SIZE));
    }
    rig->hold = false; /* one that nobody holds passes it by, and more than the first window */
    put = stream_rig_ask(rig, "PUT", &other);
    stream_rig_converse(rig);
    assert_int_equal(rig->of[put].taken, 9000000);
    assert_true(rig->of[put].ended);
    stream_rig_free(rig);
}

/* What nobody holds may have its whole window in flight: one round is enough. */
static void test_no_hold(void **)
{
    struct rig *rig = stream_rig_new();
    struct upload upload = {.left = VC_H2_STREAM_WINDOW};
    int32_t put;

    stream_rig_converse(rig);
    put = stream_rig_ask(rig, "PUT", &upload);
    stream_rig_client_speaks(rig);
    assert_int_equal(rig->of[put].taken, VC_HTTP_FIRST_WINDOW);
    while (stream_rig_send_chunk(rig))
        ;
    stream_rig_client_speaks(rig);
    assert_int_equal(rig->of[put].taken, VC_H2_STREAM_WINDOW);
    assert_true(rig->of[put].ended);
    vc_http_hold(rig->of[put].exchange); /* too late: does nothing */
    vc_http_grant(rig->of[put].exchange, 5);
    stream_rig_free(rig);
}

/* Padding counts against the window, and is not the handler's to grant. */
static void test_hold_of_a_padding_client(void **)
{
    struct rig *rig = stream_rig_new();
    struct upload upload = {.left = 3000000};
    int32_t put;

    rig->hold = true;
    rig->generous = true;
    rig->padded = true;
    put = stream_rig_ask(rig, "PUT", &upload);
    stream_rig_converse(rig);
    assert_int_equal(rig->of[put].taken, 3000000);
    assert_true(rig->of[put].ended);
    stream_rig_free(rig);
}

/* No count of grants overflows, and whoever reads none of them makes none pile up. */
static void test_grants_without_measure(void **)
{
    struct rig *rig = stream_rig_new();
    struct upload upload = {.left = 10000000};
    int32_t put;

    rig->hold = true;
    put = stream_rig_ask(rig, "PUT", &upload);
    stream_rig_converse(rig);
    for (unsigned i = 0; i < 100000; i++)
        vc_http_grant(rig->of[put].exchange, i < 50000 ? 1 : UINT32_MAX);
    assert_true(nghttp2_session_get_outbound_queue_size(vc_exchanges_h2(rig->all)->session) <= 1);
    stream_rig_converse(rig);
    assert_int_equal(rig->goaway, UINT32_MAX);
    assert_int_equal(rig->of[put].taken, 10000000);
    assert_true(rig->of[put].ended);
    vc_http_grant(rig->of[put].exchange, 1);
    assert_int_equal(
        vc_http_respond(rig->of[put].exchange, 200, nullptr, 0, (struct vc_http_body){}, nullptr),
        VC_OK);
    vc_http_grant(rig->of[put].exchange, 1);
    stream_rig_converse(rig);
    assert_true(rig->of[put].closed);
    assert_int_equal(rig->of[put].error, NGHTTP2_NO_ERROR);
    stream_rig_free(rig);
}

/* A client that sends more than it was granted is broken off. */
static void test_hold_ignored(void **)
{
    static uint8_t frame[9 + 16384] = {0, 0x40, 0, 0, 0, 0, 0, 0, 1};
    struct rig *rig = stream_rig_new();
    struct upload upload = {.left = 0, .open = true};
    int32_t put;

    rig->hold = true;
    put = stream_rig_ask(rig, "PUT", &upload);
    stream_rig_converse(rig);
    for (unsigned i = 0; i < 10; i++)
        stream_rig_give(rig, frame, sizeof(frame));
    assert_true(rig->of[put].taken <= VC_HTTP_FIRST_WINDOW);
    assert_false(vc_exchanges_busy(rig->all));
    stream_rig_converse(rig);
    assert_true(rig->of[put].closed);
    assert_int_equal(rig->of[put].error, NGHTTP2_FLOW_CONTROL_ERROR);
    assert_false(rig->of[put].ended);
    stream_rig_free(rig);
}

/* The answer to a held request that is still under way ends it. */
static void test_early_answer(void **)
{
    struct rig *rig = stream_rig_new();
    struct upload upload = {.left = 65536 + 10};
    int32_t put;

    rig->hold = true;
    put = stream_rig_ask(rig, "PUT", &upload);
    stream_rig_converse(rig);
    assert_int_equal(
        vc_http_respond(rig->of[put].exchange, 409, nullptr, 0, (struct vc_http_body){}, nullptr),
        VC_OK);
    vc_http_grant(rig->of[put].exchange, 1000);
    stream_rig_converse(rig);
    assert_int_equal(rig->of[put].status, 409);
    assert_true(rig->of[put].closed);
    assert_true(rig->of[put].gone);
    assert_int_equal(rig->of[put].error, NGHTTP2_NO_ERROR);
    assert_int_equal(rig->of[put].taken, VC_HTTP_FIRST_WINDOW);
    assert_false(rig->of[put].ended);
    assert_int_equal(rig->goaway, UINT32_MAX);
    stream_rig_free(rig);
}

static void test_request_trailers(void **)
{
    static char large[VC_HTTP_HEADER_SIZE_MAX];
    const struct {
        const char *name, *value; /* of the first */
        unsigned count;
        size_t body;
        bool good;
    } rows[] = {
        {nullptr, nullptr, 0, 5, true},
        {nullptr, nullptr, 1, 5, true},
        {nullptr, nullptr, 1, 0, true},
        {nullptr, nullptr, VC_HTTP_TRAILERS_MAX, 5, true},
        {nullptr, nullptr, VC_HTTP_TRAILERS_MAX + 1, 5, false},
        {"x-large", large, 2, 5, false},
        {":path", "/", 1, 5, false},
        {"connection", "close", 1, 5, false},
        {"x", "a\nb", 1, 5, false},
    };

    memset(large, 'l', sizeof(large) - 1);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct rig *rig = stream_rig_new();
        struct upload upload = {.left = rows[i].body, .trailers = rows[i].count};
        int32_t put = stream_rig_ask(rig, "PUT", &upload);

        if (rows[i].name != nullptr)
            upload.first = vc_h2_pair(rows[i].name, rows[i].value);
        stream_rig_converse(rig);
        if (rig->of[put].ended != rows[i].good)
            fail_msg("row %zu", i);
        assert_string_equal(rig->of[put].trailer, rows[i].good && rows[i].count > 0 ? "42" : "");
        assert_int_equal(rig->of[put].closed, !rows[i].good);
        stream_rig_free(rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hold),
        cmocka_unit_test(test_no_hold),
        cmocka_unit_test(test_hold_of_a_padding_client),
        cmocka_unit_test(test_grants_without_measure),
        cmocka_unit_test(test_hold_ignored),
        cmocka_unit_test(test_early_answer),
        cmocka_unit_test(test_request_trailers),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
