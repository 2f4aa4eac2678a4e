/* SPDX-License-Identifier: MIT */

/* Exchanges whose bodies come as they may: held uploads, fed downloads, what each side says at
 * their end, and how they are broken off. Against a client session in the same memory. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/http_exchange_internal.h"

static constexpr uint32_t STREAMS_MAX = 10;
static constexpr int32_t LAST_STREAM_MAX = 2000;

/* What a stream's handler does, and what was seen of it on either side. */
struct side {
    /* the server */
    struct vc_http_exchange *exchange;
    uint64_t taken;
    bool ended, gone;
    char trailer[64]; /* "x-sum" of the request */
    size_t ready;     /* bytes that the feed has */
    bool last;        /* and no more */
    size_t pulls;
    unsigned trailers;       /* that the feed gives */
    const char *bad_trailer; /* name of the first of them, instead */
    bool short_pull;         /* gives less than was ready */
    enum { CALMLY, IN_PULL, IN_TRAILERS } aborts;
    unsigned credits;
    /* the client */
    unsigned status;
    uint64_t got;
    bool closed;
    uint32_t error;
    char told[64]; /* "x-sum" of the response */
};

struct rig {
    struct vc_chunk_pool pool;
    struct vc_exchanges *all;
    nghttp2_session *client;
    bool hold;
    bool generous; /* grants what it takes */
    bool stingy;   /* the client gives no window back */
    bool padded;   /* the client pads its frames */
    bool fatal;
    uint32_t goaway; /* its error code; UINT32_MAX before */
    unsigned closes;
    struct side of[LAST_STREAM_MAX];
};

static struct side *side_of(struct vc_http_exchange *exchange)
{
    return vc_http_context(exchange);
}

static void on_request(void *user, struct vc_http_exchange *exchange)
{
    struct rig *rig = user;
    struct side *side = &rig->of[exchange->stream];

    side->exchange = exchange;
    vc_http_set_context(exchange, side);
    if (rig->hold)
        vc_http_hold(exchange);
}

static void on_body(void *user, struct vc_http_exchange *exchange, struct vc_bytes piece)
{
    struct rig *rig = user;

    side_of(exchange)->taken += piece.size;
    if (rig->generous)
        vc_http_grant(exchange, (uint32_t)piece.size);
}

static void on_end(void *, struct vc_http_exchange *exchange)
{
    struct side *side = side_of(exchange);
    const char *sum = vc_http_trailer(exchange, "x-sum");

    side->ended = true;
    if (sum != nullptr && strlen(sum) < sizeof(side->trailer))
        strcpy(side->trailer, sum);
}

static void on_close(void *user, struct vc_http_exchange *exchange)
{
    struct rig *rig = user;

    rig->closes++;
    side_of(exchange)->gone = true;
}

static void on_credit(void *, struct vc_http_exchange *exchange)
{
    side_of(exchange)->credits++;
}

static enum vc_code wake(void *, struct vc_err *)
{
    return VC_OK;
}

static int client_header(nghttp2_session *, const nghttp2_frame *frame, const uint8_t *name,
                         size_t name_size, const uint8_t *value, size_t value_size, uint8_t,
                         void *user)
{
    struct rig *rig = user;
    struct side *side = &rig->of[frame->hd.stream_id];

    if (name_size == 7 && memcmp(name, ":status", 7) == 0)
        side->status = (unsigned)strtoul((const char *)value, nullptr, 10);
    if (name_size == 5 && memcmp(name, "x-sum", 5) == 0 && value_size < sizeof(side->told))
        memcpy(side->told, value, value_size);
    return 0;
}

static int client_data(nghttp2_session *session, uint8_t, int32_t stream, const uint8_t *,
                       size_t size, void *user)
{
    struct rig *rig = user;

    rig->of[stream].got += size;
    return rig->stingy ? nghttp2_session_consume_connection(session, size)
                       : nghttp2_session_consume(session, stream, size);
}

static int client_close(nghttp2_session *, int32_t stream, uint32_t error, void *user)
{
    struct rig *rig = user;

    rig->of[stream].closed = true;
    rig->of[stream].error = error;
    return 0;
}

static int client_frame(nghttp2_session *, const nghttp2_frame *frame, void *user)
{
    struct rig *rig = user;

    if (frame->hd.type == NGHTTP2_GOAWAY)
        rig->goaway = frame->goaway.error_code;
    return 0;
}

static nghttp2_ssize client_pads(nghttp2_session *, const nghttp2_frame *frame, size_t most,
                                 void *user)
{
    struct rig *rig = user;
    size_t size = frame->hd.length + (rig->padded ? 200 : 0);

    return (nghttp2_ssize)(size < most ? size : most);
}

static nghttp2_session *new_client(struct rig *rig)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    nghttp2_session *client;

    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    assert_int_equal(nghttp2_option_new(&option), 0);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_http_messaging(option, 1);
    nghttp2_option_set_max_send_header_block_length(option, 1 << 20);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, client_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, client_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, client_close);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, client_frame);
    nghttp2_session_callbacks_set_select_padding_callback2(callbacks, client_pads);
    assert_int_equal(nghttp2_session_client_new2(&client, callbacks, rig, option), 0);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    assert_int_equal(nghttp2_submit_settings(client, 0, nullptr, 0), 0);
    return client;
}

static struct rig *rig_new(void)
{
    static const struct vc_http_handler handler = {.on_request = on_request,
                                                   .on_body = on_body,
                                                   .on_end = on_end,
                                                   .on_close = on_close,
                                                   .on_credit = on_credit};
    struct rig *rig = calloc(1, sizeof(*rig));
    const struct vc_exchanges_host host = {.wake = wake, .pool = &rig->pool};

    assert_non_null(rig);
    rig->goaway = UINT32_MAX;
    rig->client = new_client(rig);
    assert_int_equal(vc_exchanges_new(&host, STREAMS_MAX, &handler, rig, &rig->all, nullptr),
                     VC_OK);
    return rig;
}

static void rig_free(struct rig *rig)
{
    vc_exchanges_free(rig->all);
    for (int32_t i = 1; i < LAST_STREAM_MAX; i += 2)
        assert_int_equal(rig->of[i].exchange != nullptr, rig->of[i].gone);
    vc_chunk_pool_done(&rig->pool);
    nghttp2_session_del(rig->client);
    free(rig);
}

/* One chunk of the server's frames; false: there are none. */
static bool send_chunk(struct rig *rig)
{
    struct vc_h2 *h2 = vc_exchanges_h2(rig->all);
    bool some;

    rig->fatal = rig->fatal || vc_h2_fill(h2, nullptr) != VC_OK;
    some = h2->out.end > 0;
    if (some)
        assert_int_equal(nghttp2_session_mem_recv2(rig->client, h2->out.data, h2->out.end),
                         h2->out.end);
    vc_chunk_close(&rig->pool, &h2->out);
    return some;
}

static void give(struct rig *rig, const uint8_t *data, size_t size)
{
    if (!rig->fatal &&
        vc_h2_receive(vc_exchanges_h2(rig->all), (struct vc_bytes){data, size}, nullptr) != VC_OK)
        rig->fatal = true;
}

static void client_speaks(struct rig *rig)
{
    const uint8_t *data;
    nghttp2_ssize size;

    while ((size = nghttp2_session_mem_send2(rig->client, &data)) > 0)
        give(rig, data, (size_t)size);
}

/* Carries bytes both ways until both sides are silent. */
static void converse(struct rig *rig)
{
    do {
        client_speaks(rig);
        while (send_chunk(rig))
            ;
    } while (nghttp2_session_want_write(rig->client) != 0);
}

struct upload {
    uint64_t left;
    bool open;         /* never ends */
    unsigned trailers; /* fields behind it */
    nghttp2_nv first;  /* instead of the first of them, if it has a name */
};

static nghttp2_nv nv(const char *name, const char *value)
{
    return vc_h2_pair(name, value);
}

static nghttp2_ssize read_upload(nghttp2_session *session, int32_t stream, uint8_t *data,
                                 size_t size, uint32_t *flags, nghttp2_data_source *source, void *)
{
    struct upload *upload = source->ptr;
    size_t count = size < upload->left ? size : (size_t)upload->left;
    nghttp2_nv trailers[VC_HTTP_TRAILERS_MAX + 1];

    if (count == 0 && upload->open)
        return NGHTTP2_ERR_DEFERRED;
    memset(data, 'u', count);
    upload->left -= count;
    if (upload->left > 0 || upload->open)
        return (nghttp2_ssize)count;
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    for (unsigned i = 0; i < upload->trailers; i++)
        trailers[i] = i == 0 && upload->first.name != nullptr ? upload->first : nv("x-sum", "42");
    if (upload->trailers > 0) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        assert_int_equal(nghttp2_submit_trailer(session, stream, trailers, upload->trailers), 0);
    }
    return (nghttp2_ssize)count;
}

static int32_t ask(struct rig *rig, const char *method, struct upload *upload)
{
    const nghttp2_nv headers[4] = {nv(":method", method), nv(":scheme", "https"),
                                   nv(":authority", "test"), nv(":path", "/")};
    const nghttp2_data_provider2 provider = {.source.ptr = upload, .read_callback = read_upload};

    return nghttp2_submit_request2(rig->client, nullptr, headers, 4,
                                   upload == nullptr ? nullptr : &provider, nullptr);
}

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
    struct rig *rig = rig_new();
    struct upload upload = {.left = SIZE};
    struct upload other = {.left = 9000000};
    uint64_t allowed = VC_HTTP_FIRST_WINDOW;
    int32_t put;

    rig->hold = true;
    put = ask(rig, "PUT", &upload);
    converse(rig);
    assert_int_equal(rig->of[put].taken, allowed);
    assert_true(vc_exchanges_busy(rig->all)); /* however long it takes */
    for (size_t i = 0; i < VC_COUNT(grants); i++) {
        vc_http_grant(rig->of[put].exchange, grants[i]);
        allowed += grants[i];
        converse(rig);
        assert_int_equal(rig->of[put].taken, least(allowed, SIZE));
    }
    rig->hold = false; /* one that nobody holds passes it by, and more than the first window */
    put = ask(rig, "PUT", &other);
    converse(rig);
    assert_int_equal(rig->of[put].taken, 9000000);
    assert_true(rig->of[put].ended);
    rig_free(rig);
}

/* What nobody holds may have its whole window in flight: one round is enough. */
static void test_no_hold(void **)
{
    struct rig *rig = rig_new();
    struct upload upload = {.left = VC_H2_STREAM_WINDOW};
    int32_t put;

    converse(rig);
    put = ask(rig, "PUT", &upload);
    client_speaks(rig);
    assert_int_equal(rig->of[put].taken, VC_HTTP_FIRST_WINDOW);
    while (send_chunk(rig))
        ;
    client_speaks(rig);
    assert_int_equal(rig->of[put].taken, VC_H2_STREAM_WINDOW);
    assert_true(rig->of[put].ended);
    vc_http_hold(rig->of[put].exchange); /* too late: does nothing */
    vc_http_grant(rig->of[put].exchange, 5);
    rig_free(rig);
}

/* Padding counts against the window, and is not the handler's to grant. */
static void test_hold_of_a_padding_client(void **)
{
    struct rig *rig = rig_new();
    struct upload upload = {.left = 3000000};
    int32_t put;

    rig->hold = true;
    rig->generous = true;
    rig->padded = true;
    put = ask(rig, "PUT", &upload);
    converse(rig);
    assert_int_equal(rig->of[put].taken, 3000000);
    assert_true(rig->of[put].ended);
    rig_free(rig);
}

/* No count of grants overflows, and whoever reads none of them makes none pile up. */
static void test_grants_without_measure(void **)
{
    struct rig *rig = rig_new();
    struct upload upload = {.left = 10000000};
    int32_t put;

    rig->hold = true;
    put = ask(rig, "PUT", &upload);
    converse(rig);
    for (unsigned i = 0; i < 100000; i++)
        vc_http_grant(rig->of[put].exchange, i < 50000 ? 1 : UINT32_MAX);
    assert_true(nghttp2_session_get_outbound_queue_size(vc_exchanges_h2(rig->all)->session) <= 1);
    converse(rig);
    assert_int_equal(rig->goaway, UINT32_MAX);
    assert_int_equal(rig->of[put].taken, 10000000);
    assert_true(rig->of[put].ended);
    vc_http_grant(rig->of[put].exchange, 1);
    assert_int_equal(
        vc_http_respond(rig->of[put].exchange, 200, nullptr, 0, (struct vc_http_body){}, nullptr),
        VC_OK);
    vc_http_grant(rig->of[put].exchange, 1);
    converse(rig);
    assert_true(rig->of[put].closed);
    assert_int_equal(rig->of[put].error, NGHTTP2_NO_ERROR);
    rig_free(rig);
}

/* A client that sends more than it was granted is broken off. */
static void test_hold_ignored(void **)
{
    static uint8_t frame[9 + 16384] = {0, 0x40, 0, 0, 0, 0, 0, 0, 1};
    struct rig *rig = rig_new();
    struct upload upload = {.left = 0, .open = true};
    int32_t put;

    rig->hold = true;
    put = ask(rig, "PUT", &upload);
    converse(rig);
    for (unsigned i = 0; i < 10; i++)
        give(rig, frame, sizeof(frame));
    assert_true(rig->of[put].taken <= VC_HTTP_FIRST_WINDOW);
    assert_false(vc_exchanges_busy(rig->all));
    converse(rig);
    assert_true(rig->of[put].closed);
    assert_int_equal(rig->of[put].error, NGHTTP2_FLOW_CONTROL_ERROR);
    assert_false(rig->of[put].ended);
    rig_free(rig);
}

/* The answer to a held request that is still under way ends it. */
static void test_early_answer(void **)
{
    struct rig *rig = rig_new();
    struct upload upload = {.left = 65536 + 10};
    int32_t put;

    rig->hold = true;
    put = ask(rig, "PUT", &upload);
    converse(rig);
    assert_int_equal(
        vc_http_respond(rig->of[put].exchange, 409, nullptr, 0, (struct vc_http_body){}, nullptr),
        VC_OK);
    vc_http_grant(rig->of[put].exchange, 1000);
    converse(rig);
    assert_int_equal(rig->of[put].status, 409);
    assert_true(rig->of[put].closed);
    assert_true(rig->of[put].gone);
    assert_int_equal(rig->of[put].error, NGHTTP2_NO_ERROR);
    assert_int_equal(rig->of[put].taken, VC_HTTP_FIRST_WINDOW);
    assert_false(rig->of[put].ended);
    assert_int_equal(rig->goaway, UINT32_MAX);
    rig_free(rig);
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
        struct rig *rig = rig_new();
        struct upload upload = {.left = rows[i].body, .trailers = rows[i].count};
        int32_t put = ask(rig, "PUT", &upload);

        if (rows[i].name != nullptr)
            upload.first = nv(rows[i].name, rows[i].value);
        converse(rig);
        if (rig->of[put].ended != rows[i].good)
            fail_msg("row %zu", i);
        assert_string_equal(rig->of[put].trailer, rows[i].good && rows[i].count > 0 ? "42" : "");
        assert_int_equal(rig->of[put].closed, !rows[i].good);
        rig_free(rig);
    }
}

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
    int32_t get = ask(rig, "GET", nullptr);
    struct vc_http_feed feed = {.pull = feed_pull,
                                .user = &rig->of[get],
                                .ready = ready ? feed_ready : nullptr,
                                .trailers = trailers ? feed_trailers : nullptr};

    client_speaks(rig);
    assert_int_equal(vc_http_respond_feed(rig->of[get].exchange, 200, nullptr, 0, &feed, nullptr),
                     VC_OK);
    return get;
}

static void test_feed(void **)
{
    static const size_t pieces[] = {1, 0, 9, 65527, 65528, 200000, 3, 16384, 1000000};

    for (unsigned i = 0; i < 8; i++) {
        struct rig *rig = rig_new();
        int32_t get = ask_feed(rig, (i & 1) != 0, (i & 2) != 0);
        struct side *side = &rig->of[get];
        uint64_t total = 0;

        side->trailers = 1;
        converse(rig);
        assert_int_equal(side->status, 200);
        for (size_t j = 0; j < VC_COUNT(pieces); j++) {
            side->ready = pieces[j];
            total += pieces[j];
            vc_http_resume(side->exchange);
            converse(rig);
            assert_int_equal(side->got, total);
        }
        side->ready = (i & 4) != 0 ? 10 : 0; /* the end comes with bytes, or alone */
        total += side->ready;
        side->last = true;
        vc_http_resume(side->exchange);
        converse(rig);
        assert_int_equal(side->got, total);
        assert_true(side->closed && side->gone);
        assert_int_equal(side->error, NGHTTP2_NO_ERROR);
        assert_string_equal(side->told, (i & 2) != 0 ? "43" : "");
        rig_free(rig);
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
        int aborts;
    } rows[] = {{true, 0, nullptr, true, CALMLY},       {true, 1, ":status", false, CALMLY},
                {true, 1, "Upper", false, CALMLY},      {false, 9, nullptr, false, CALMLY},
                {true, 1, nullptr, false, IN_PULL},     {false, 1, nullptr, false, IN_PULL},
                {true, 0, nullptr, false, IN_TRAILERS}, {false, 1, nullptr, false, IN_TRAILERS}};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct rig *rig = rig_new();
        int32_t get = ask_feed(rig, rows[i].ready, true);
        struct side *side = &rig->of[get];

        side->trailers = rows[i].trailers;
        side->bad_trailer = rows[i].bad;
        side->short_pull = rows[i].short_pull;
        side->aborts = rows[i].aborts;
        side->ready = 1000;
        side->last = true;
        converse(rig);
        if (!side->closed || side->error != NGHTTP2_INTERNAL_ERROR)
            fail_msg("row %zu: closed %d, error %u", i, side->closed, side->error);
        assert_int_equal(side->pulls, 1);
        assert_true(side->gone);
        rig_free(rig);
    }
}

static void credit(struct rig *rig, int32_t stream, int32_t bytes)
{
    assert_int_equal(nghttp2_submit_window_update(rig->client, 0, stream, bytes), 0);
    converse(rig);
}

static void set_initial_window(struct rig *rig, uint32_t size)
{
    const nghttp2_settings_entry setting = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, size};

    assert_int_equal(nghttp2_submit_settings(rig->client, 0, &setting, 1), 0);
    converse(rig);
}

/* What the client says it has consumed, byte by byte, whatever else it does to its windows. */
static void test_credit(void **)
{
    struct rig *rig = rig_new();
    struct side *side;
    int32_t get;

    rig->stingy = true;
    get = ask_feed(rig, true, false);
    side = &rig->of[get];
    credit(rig, get, 1000); /* before anything was sent: room, no credit */
    assert_int_equal(vc_http_credited(side->exchange), 0);
    side->ready = 10000000;
    vc_http_resume(side->exchange);
    converse(rig);
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
    rig_free(rig);
}

static void expect_aborted(struct rig *rig, int32_t stream)
{
    struct side *side = &rig->of[stream];

    assert_false(side->gone); /* not within the call */
    converse(rig);
    assert_true(side->gone);
    assert_true(side->closed);
    assert_int_equal(side->error, NGHTTP2_INTERNAL_ERROR);
}

static void test_abort(void **)
{
    struct rig *rig = rig_new();
    struct upload upload = {.left = 1000000};
    int32_t get;
    int32_t put;
    size_t pulls;

    get = ask_feed(rig, true, true);
    rig->of[get].ready = 100;
    converse(rig);
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
    put = ask(rig, "PUT", &upload);
    client_speaks(rig);
    vc_http_abort(rig->of[put].exchange);
    vc_http_grant(rig->of[put].exchange, 1000);
    assert_int_equal(
        vc_http_respond(rig->of[put].exchange, 200, nullptr, 0, (struct vc_http_body){}, nullptr),
        VC_STATE);
    assert_false(vc_exchanges_busy(rig->all));
    expect_aborted(rig, put);
    assert_false(rig->of[put].ended);
    rig_free(rig);
}

/* What the server breaks off is not the client's fault. */
static void test_abort_often(void **)
{
    struct rig *rig = rig_new();

    for (unsigned i = 0; i < 3 * VC_HTTP_BREAKS_MAX; i++) {
        int32_t get = ask_feed(rig, true, false);

        converse(rig);
        vc_http_abort(rig->of[get].exchange);
        expect_aborted(rig, get);
    }
    assert_int_equal(rig->goaway, UINT32_MAX);
    rig_free(rig);
}

/* Responses that are always ready take turns, with each other and with one of known size. */
static void test_turns(void **)
{
    static uint8_t lent[500000];
    struct rig *rig = rig_new();
    int32_t first = ask_feed(rig, true, false);
    int32_t second = ask_feed(rig, false, false);
    int32_t third = ask(rig, "GET", nullptr);
    struct vc_bytes bytes = VC_BYTES(lent);

    client_speaks(rig);
    rig->of[first].ready = rig->of[second].ready = SIZE_MAX / 2;
    assert_int_equal(vc_http_respond(rig->of[third].exchange, 200, nullptr, 0,
                                     (struct vc_http_body){.bytes = bytes}, nullptr),
                     VC_OK);
    for (unsigned i = 0; i < 60; i++) {
        (void)send_chunk(rig);
        client_speaks(rig);
    }
    assert_true(rig->of[third].closed);
    assert_int_equal(rig->of[third].got, sizeof(lent));
    assert_true(rig->of[first].got > sizeof(lent) && rig->of[second].got > sizeof(lent));
    assert_true(rig->of[first].got < 2 * rig->of[second].got);
    assert_true(rig->of[second].got < 2 * rig->of[first].got);
    rig_free(rig);
}

/* One that takes nothing holds up nobody. */
static void test_stalled_feed(void **)
{
    struct rig *rig = rig_new();
    int32_t stalled = ask_feed(rig, true, false);
    int32_t other;

    rig->stingy = true;
    rig->of[stalled].ready = SIZE_MAX / 2;
    converse(rig);
    assert_int_equal(rig->of[stalled].got, 65535);
    rig->stingy = false;
    other = ask_feed(rig, true, false);
    rig->of[other].ready = 40000000;
    rig->of[other].last = true;
    converse(rig);
    assert_int_equal(rig->of[other].got, 40000000);
    assert_true(rig->of[other].closed);
    assert_true(vc_exchanges_busy(rig->all));
    assert_int_equal(rig->of[stalled].got, 65535);
    rig_free(rig);
}

/* Those that are open when the connection goes are told, once. */
static void test_loss(void **)
{
    struct rig *rig = rig_new();
    struct upload upload = {.left = 10, .open = true};

    (void)ask_feed(rig, true, true);
    rig->hold = true;
    (void)ask(rig, "PUT", &upload);
    converse(rig);
    vc_exchanges_stop(rig->all);
    converse(rig);
    assert_int_equal(rig->closes, 0);
    assert_false(vc_exchanges_ended(rig->all)); /* a drain waits for them, or for its deadline */
    vc_exchanges_free(vc_take(rig->all));
    assert_int_equal(rig->closes, 2);
    rig_free(rig);
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
        cmocka_unit_test(test_feed),
        cmocka_unit_test(test_feeds_without_end),
        cmocka_unit_test(test_credit),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_abort_often),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_stalled_feed),
        cmocka_unit_test(test_loss),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
