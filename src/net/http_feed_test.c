/* SPDX-License-Identifier: MIT */

/* Fed responses: what comes, what ends it, what the client says it took, and what is broken off. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/stream_rig.h"

static size_t feed_ready(void *user, bool *ended)
{
    struct side *side = user;

    *ended = side->last;
    return side->ready;
}

static size_t feed_pull(void *user, uint8_t *data, size_t size, bool *ended)
{
    struct side *side = user;
    size_t count = side->ready < size ? side->ready : size;

    side->pulls++;
    memset(data, 'f', count);
    side->ready -= count;
    *ended = side->last && side->ready == 0;
    if (side->aborts == IN_PULL)
        vc_http_abort(side->exchange);
    return count - (side->short_pull ? 1 : 0);
}

static size_t feed_trailers(void *user, struct vc_http_field *fields, size_t max)
{
    struct side *side = user;

    for (unsigned i = 0; i < side->trailers && i < max; i++)
        fields[i] = (struct vc_http_field){
            i == 0 && side->bad_trailer != nullptr ? side->bad_trailer : "x-sum", "43"};
    if (side->aborts == IN_TRAILERS)
        vc_http_abort(side->exchange);
    return side->trailers;
}

static int32_t ask_feed(struct rig *rig, bool ready, bool trailers)
{
    int32_t get = stream_rig_ask(rig, "GET", nullptr);
    struct vc_http_feed feed = {.pull = feed_pull,
                                .user = &rig->of[get],
                                .ready = ready ? feed_ready : nullptr,
                                .trailers = trailers ? feed_trailers : nullptr};

    stream_rig_client_speaks(rig);
    assert_int_equal(vc_http_respond_feed(rig->of[get].exchange, 200, nullptr, 0, &feed, nullptr),
                     VC_OK);
    return get;
}

static void test_feed(void **)
{
    static const size_t pieces[] = {1, 0, 9, 65527, 65528, 200000, 3, 16384, 1000000};

    for (unsigned i = 0; i < 8; i++) {
        struct rig *rig = stream_rig_new();
        int32_t get = ask_feed(rig, (i & 1) != 0, (i & 2) != 0);
        struct side *side = &rig->of[get];
        uint64_t total = 0;

        side->trailers = 1;
        stream_rig_converse(rig);
        assert_int_equal(side->status, 200);
        for (size_t j = 0; j < VC_COUNT(pieces); j++) {
            side->ready = pieces[j];
            total += pieces[j];
            vc_http_resume(side->exchange);
            stream_rig_converse(rig);
            assert_int_equal(side->got, total);
        }
        side->ready = (i & 4) != 0 ? 10 : 0; /* the end comes with bytes, or alone */
        total += side->ready;
        side->last = true;
        vc_http_resume(side->exchange);
        stream_rig_converse(rig);
        assert_int_equal(side->got, total);
        assert_true(side->closed && side->gone);
        assert_int_equal(side->error, NGHTTP2_NO_ERROR);
        assert_string_equal(side->told, (i & 2) != 0 ? "43" : "");
        stream_rig_free(rig);
    }
}

/* A feed that does not keep its word, or has no word to end with, is no whole response. */
static void test_feeds_without_end(void **)
{
    const struct {
        bool ready;
        unsigned trailers;
        const char *bad;
        bool short_pull;
        enum aborts aborts;
    } rows[] = {{true, 0, nullptr, true, CALMLY},       {true, 1, ":status", false, CALMLY},
                {true, 1, "Upper", false, CALMLY},      {false, 9, nullptr, false, CALMLY},
                {true, 1, nullptr, false, IN_PULL},     {false, 1, nullptr, false, IN_PULL},
                {true, 0, nullptr, false, IN_TRAILERS}, {false, 1, nullptr, false, IN_TRAILERS}};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct rig *rig = stream_rig_new();
        int32_t get = ask_feed(rig, rows[i].ready, true);
        struct side *side = &rig->of[get];

        side->trailers = rows[i].trailers;
        side->bad_trailer = rows[i].bad;
        side->short_pull = rows[i].short_pull;
        side->aborts = rows[i].aborts;
        side->ready = 1000;
        side->last = true;
        stream_rig_converse(rig);
        if (!side->closed || side->error != NGHTTP2_INTERNAL_ERROR)
            fail_msg("row %zu: closed %d, error %u", i, side->closed, side->error);
        assert_int_equal(side->pulls, 1);
        assert_true(side->gone);
        stream_rig_free(rig);
    }
}

static void credit(struct rig *rig, int32_t stream, int32_t bytes)
{
    assert_int_equal(nghttp2_submit_window_update(rig->client, 0, stream, bytes), 0);
    stream_rig_converse(rig);
}

static void set_initial_window(struct rig *rig, uint32_t size)
{
    const nghttp2_settings_entry setting = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, size};

    assert_int_equal(nghttp2_submit_settings(rig->client, 0, &setting, 1), 0);
    stream_rig_converse(rig);
}

/* What the client says it has consumed, byte by byte, whatever else it does to its windows. */
static void test_credit(void **)
{
    struct rig *rig = stream_rig_new();
    struct side *side;
    int32_t get;

    rig->stingy = true;
    get = ask_feed(rig, true, false);
    side = &rig->of[get];
    credit(rig, get, 1000); /* before anything was sent: room, no credit */
    assert_int_equal(vc_http_credited(side->exchange), 0);
    side->ready = 10000000;
    vc_http_resume(side->exchange);
    stream_rig_converse(rig);
    assert_int_equal(side->got, 66535);
    credit(rig, get, 1);
    assert_int_equal(vc_http_credited(side->exchange), 1);
    assert_int_equal(side->got, 66536);
    credit(rig, get, 30000);
    assert_int_equal(vc_http_credited(side->exchange), 30001);
    set_initial_window(rig, 1000000); /* room for more, which nobody consumed */
    assert_int_equal(vc_http_credited(side->exchange), 30001);
    assert_int_equal(side->got, 66536 + 30000 + 1000000 - 65535);
    set_initial_window(rig, 0);
    assert_int_equal(vc_http_credited(side->exchange), 30001);
    assert_int_equal(side->credits, 2);
    credit(rig, get, 5);
    assert_int_equal(vc_http_credited(side->exchange), 30006);
    credit(rig, get, 2000000000); /* it cannot have consumed more than there was */
    assert_true(vc_http_credited(side->exchange) <= 66536 + 30000 + 1000000 - 65535);
    assert_int_equal(side->got, 10000000);
    credit(rig, get, 2000000);
    assert_true(vc_http_credited(side->exchange) <= side->got);
    stream_rig_free(rig);
}

static void expect_aborted(struct rig *rig, int32_t stream)
{
    struct side *side = &rig->of[stream];

    assert_false(side->gone); /* not within the call */
    stream_rig_converse(rig);
    assert_true(side->gone);
    assert_true(side->closed);
    assert_int_equal(side->error, NGHTTP2_INTERNAL_ERROR);
}

static void test_abort(void **)
{
    struct rig *rig = stream_rig_new();
    struct upload upload = {.left = 1000000};
    int32_t get;
    int32_t put;
    size_t pulls;

    get = ask_feed(rig, true, true);
    rig->of[get].ready = 100;
    stream_rig_converse(rig);
    pulls = rig->of[get].pulls;
    rig->of[get].ready = 100;
    rig->of[get].last = true;
    vc_http_resume(rig->of[get].exchange);
    vc_http_abort(rig->of[get].exchange);
    vc_http_abort(rig->of[get].exchange);
    vc_http_resume(rig->of[get].exchange);
    expect_aborted(rig, get);
    assert_int_equal(rig->of[get].pulls, pulls);
    assert_int_equal(rig->of[get].got, 100);
    rig->hold = true;
    put = stream_rig_ask(rig, "PUT", &upload);
    stream_rig_client_speaks(rig);
    vc_http_abort(rig->of[put].exchange);
    vc_http_grant(rig->of[put].exchange, 1000);
    assert_int_equal(
        vc_http_respond(rig->of[put].exchange, 200, nullptr, 0, (struct vc_http_body){}, nullptr),
        VC_STATE);
    assert_false(vc_exchanges_busy(rig->all));
    expect_aborted(rig, put);
    assert_false(rig->of[put].ended);
    stream_rig_free(rig);
}

/* What the server breaks off is not the client's fault. */
static void test_abort_often(void **)
{
    struct rig *rig = stream_rig_new();

    for (unsigned i = 0; i < 3 * VC_HTTP_BREAKS_MAX; i++) {
        int32_t get = ask_feed(rig, true, false);

        stream_rig_converse(rig);
        vc_http_abort(rig->of[get].exchange);
        expect_aborted(rig, get);
    }
    assert_int_equal(rig->goaway, UINT32_MAX);
    stream_rig_free(rig);
}

/* Responses that are always ready take turns, with each other and with one of known size. */
static void test_turns(void **)
{
    static uint8_t lent[500000];
    struct rig *rig = stream_rig_new();
    int32_t first = ask_feed(rig, true, false);
    int32_t second = ask_feed(rig, false, false);
    int32_t third = stream_rig_ask(rig, "GET", nullptr);
    struct vc_bytes bytes = VC_BYTES(lent);

    stream_rig_client_speaks(rig);
    rig->of[first].ready = rig->of[second].ready = SIZE_MAX / 2;
    assert_int_equal(vc_http_respond(rig->of[third].exchange, 200, nullptr, 0,
                                     (struct vc_http_body){.bytes = bytes}, nullptr),
                     VC_OK);
    for (unsigned i = 0; i < 60; i++) {
        (void)stream_rig_send_chunk(rig);
        stream_rig_client_speaks(rig);
    }
    assert_true(rig->of[third].closed);
    assert_int_equal(rig->of[third].got, sizeof(lent));
    assert_true(rig->of[first].got > sizeof(lent) && rig->of[second].got > sizeof(lent));
    assert_true(rig->of[first].got < 2 * rig->of[second].got);
    assert_true(rig->of[second].got < 2 * rig->of[first].got);
    stream_rig_free(rig);
}

/* One that takes nothing holds up nobody. */
static void test_stalled_feed(void **)
{
    struct rig *rig = stream_rig_new();
    int32_t stalled = ask_feed(rig, true, false);
    int32_t other;

    rig->stingy = true;
    rig->of[stalled].ready = SIZE_MAX / 2;
    stream_rig_converse(rig);
    assert_int_equal(rig->of[stalled].got, 65535);
    rig->stingy = false;
    other = ask_feed(rig, true, false);
    rig->of[other].ready = 40000000;
    rig->of[other].last = true;
    stream_rig_converse(rig);
    assert_int_equal(rig->of[other].got, 40000000);
    assert_true(rig->of[other].closed);
    assert_true(vc_exchanges_busy(rig->all));
    assert_int_equal(rig->of[stalled].got, 65535);
    stream_rig_free(rig);
}

/* Those that are open when the connection goes are told, once. */
static void test_loss(void **)
{
    struct rig *rig = stream_rig_new();
    struct upload upload = {.left = 10, .open = true};

    (void)ask_feed(rig, true, true);
    rig->hold = true;
    (void)stream_rig_ask(rig, "PUT", &upload);
    stream_rig_converse(rig);
    vc_exchanges_stop(rig->all);
    stream_rig_converse(rig);
    assert_int_equal(rig->closes, 0);
    assert_false(vc_exchanges_ended(rig->all)); /* a drain waits for them, or for its deadline */
    vc_exchanges_free(vc_take(rig->all));
    assert_int_equal(rig->closes, 2);
    stream_rig_free(rig);
}

/* A drain is over as soon as the handler has broken off what has no end. */
static void test_drain(void **)
{
    struct rig *rig = stream_rig_new();
    struct upload upload = {.left = 10, .open = true};
    int32_t get = ask_feed(rig, true, true);
    int32_t put;

    rig->hold = true;
    put = stream_rig_ask(rig, "PUT", &upload);
    stream_rig_converse(rig);
    vc_exchanges_stop(rig->all);
    vc_http_abort(rig->of[get].exchange);
    stream_rig_converse(rig);
    assert_false(vc_exchanges_ended(rig->all));
    vc_http_abort(rig->of[put].exchange);
    stream_rig_converse(rig);
    assert_int_equal(rig->closes, 2);
    assert_true(vc_exchanges_ended(rig->all));
    assert_int_equal(rig->of[put].error, NGHTTP2_INTERNAL_ERROR);
    stream_rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_feed),         cmocka_unit_test(test_feeds_without_end),
        cmocka_unit_test(test_credit),       cmocka_unit_test(test_abort),
        cmocka_unit_test(test_abort_often),  cmocka_unit_test(test_turns),
        cmocka_unit_test(test_stalled_feed), cmocka_unit_test(test_loss),
        cmocka_unit_test(test_drain),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
