/* SPDX-License-Identifier: MIT */

/* The server's HTTP/2 session against a client session in the same memory: limits, abuse, and what
 * the handler is told. No sockets, no TLS. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/http_exchange_internal.h"

static constexpr uint32_t STREAMS_MAX = 10;
static constexpr int32_t LAST_STREAM_MAX = 2000;

struct rig {
    struct vc_chunk_pool pool;
    struct vc_exchanges *all;
    nghttp2_session *client;
    bool fatal; /* the server's session gave up */
    /* what the handler saw */
    unsigned requests, ends, closes, releases;
    uint64_t body_size;
    bool stingy; /* the client gives no window back */
    bool keep;   /* on_end does not respond */
    struct vc_http_exchange *kept;
    size_t response_size;
    unsigned pulls;
    size_t fed;     /* bytes that the feed has */
    bool feed_ends; /* after them */
    /* what the client saw */
    unsigned status[LAST_STREAM_MAX]; /* by stream */
    uint32_t error[LAST_STREAM_MAX];
    bool closed[LAST_STREAM_MAX];
    uint64_t received;
    bool has_length; /* of the last response */
    uint32_t goaway; /* its error code; UINT32_MAX before */
};

static uint8_t lent[1 << 20];

static void give_back(void *owner)
{
    struct rig *rig = owner;

    rig->releases++;
}

static enum vc_code respond(struct rig *rig, struct vc_http_exchange *exchange, unsigned status)
{
    return vc_http_respond(exchange, status, nullptr, 0,
                           (struct vc_http_body){{lent, rig->response_size}, give_back, rig},
                           nullptr);
}

static void on_request(void *user, struct vc_http_exchange *exchange)
{
    struct rig *rig = user;

    rig->requests++;
    if (strcmp(vc_http_target(exchange), "/refuse") == 0)
        assert_int_equal(respond(rig, exchange, 413), VC_OK);
}

static void on_body(void *user, struct vc_http_exchange *, struct vc_bytes piece)
{
    struct rig *rig = user;

    rig->body_size += piece.size;
}

static void on_end(void *user, struct vc_http_exchange *exchange)
{
    struct rig *rig = user;

    rig->ends++;
    if (rig->keep) {
        rig->kept = exchange;
        return;
    }
    assert_int_equal(respond(rig, exchange, 200), VC_OK);
    assert_int_equal(respond(rig, exchange, 200), VC_STATE); /* releases its body, too */
}

static void on_close(void *user, struct vc_http_exchange *)
{
    struct rig *rig = user;

    rig->closes++;
}

static enum vc_code wake(void *, struct vc_err *)
{
    return VC_OK;
}

static int client_header(nghttp2_session *, const nghttp2_frame *frame, const uint8_t *name,
                         size_t name_size, const uint8_t *value, size_t, uint8_t, void *user)
{
    struct rig *rig = user;

    if (name_size == 7 && memcmp(name, ":status", 7) == 0) {
        rig->status[frame->hd.stream_id] = (unsigned)strtoul((const char *)value, nullptr, 10);
        rig->has_length = false;
    }
    rig->has_length =
        rig->has_length || (name_size == 14 && memcmp(name, "content-length", 14) == 0);
    return 0;
}

static int client_data(nghttp2_session *session, uint8_t, int32_t stream, const uint8_t *,
                       size_t size, void *user)
{
    struct rig *rig = user;

    rig->received += size;
    return rig->stingy ? 0 : nghttp2_session_consume(session, stream, size);
}

static int client_close(nghttp2_session *, int32_t stream, uint32_t error, void *user)
{
    struct rig *rig = user;

    rig->closed[stream] = true;
    rig->error[stream] = error;
    return 0;
}

static int client_frame(nghttp2_session *, const nghttp2_frame *frame, void *user)
{
    struct rig *rig = user;

    if (frame->hd.type == NGHTTP2_GOAWAY)
        rig->goaway = frame->goaway.error_code;
    return 0;
}

static nghttp2_session *new_client(struct rig *rig)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    nghttp2_session *client;

    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    assert_int_equal(nghttp2_option_new(&option), 0);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_max_send_header_block_length(option, 1 << 20);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, client_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, client_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, client_close);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, client_frame);
    assert_int_equal(nghttp2_session_client_new2(&client, callbacks, rig, option), 0);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    assert_int_equal(nghttp2_submit_settings(client, 0, nullptr, 0), 0);
    return client;
}

static struct rig *rig_for(uint32_t streams_max)
{
    static const struct vc_http_handler handler = {
        .on_request = on_request, .on_body = on_body, .on_end = on_end, .on_close = on_close};
    struct rig *rig = calloc(1, sizeof(*rig));
    const struct vc_exchanges_host host = {.wake = wake, .pool = &rig->pool};

    rig->goaway = UINT32_MAX;
    rig->response_size = 5;
    rig->client = new_client(rig);
    assert_int_equal(vc_exchanges_new(&host, streams_max, &handler, rig, &rig->all, nullptr),
                     VC_OK);
    return rig;
}

static struct rig *rig_new(void)
{
    return rig_for(STREAMS_MAX);
}

static void rig_free(struct rig *rig)
{
    vc_exchanges_free(rig->all);
    assert_int_equal(rig->requests, rig->closes);
    vc_chunk_pool_done(&rig->pool);
    nghttp2_session_del(rig->client);
    free(rig);
}

static void send_to_client(struct rig *rig)
{
    struct vc_h2 *h2 = vc_exchanges_h2(rig->all);

    for (;;) {
        if (vc_h2_fill(h2, nullptr) != VC_OK)
            rig->fatal = true;
        if (h2->out.end == 0)
            break;
        assert_int_equal(nghttp2_session_mem_recv2(rig->client, h2->out.data, h2->out.end),
                         h2->out.end);
        vc_chunk_close(&rig->pool, &h2->out);
    }
    vc_chunk_close(&rig->pool, &h2->out);
}

static void give(struct rig *rig, const uint8_t *data, size_t size)
{
    if (!rig->fatal &&
        vc_h2_receive(vc_exchanges_h2(rig->all), (struct vc_bytes){data, size}, nullptr) != VC_OK)
        rig->fatal = true;
}

/* Carries bytes both ways until both sides are silent. */
static void converse(struct rig *rig)
{
    const uint8_t *data;
    nghttp2_ssize size;

    do {
        while ((size = nghttp2_session_mem_send2(rig->client, &data)) > 0)
            give(rig, data, (size_t)size);
        send_to_client(rig);
    } while (nghttp2_session_want_write(rig->client) != 0);
}

static nghttp2_nv nv(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

/* A body of `left` bytes that never ends if `open`. */
struct upload {
    size_t left;
    bool open;
};

static nghttp2_ssize read_upload(nghttp2_session *, int32_t, uint8_t *data, size_t size,
                                 uint32_t *flags, nghttp2_data_source *source, void *)
{
    struct upload *upload = source->ptr;
    size_t count = size < upload->left ? size : upload->left;

    if (count == 0 && upload->open)
        return NGHTTP2_ERR_DEFERRED;
    memset(data, 'u', count);
    upload->left -= count;
    if (upload->left == 0 && !upload->open)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (nghttp2_ssize)count;
}

/* Four pseudo fields, then the given ones. */
static int32_t ask(struct rig *rig, const char *method, const char *path, const nghttp2_nv *more,
                   size_t more_count, struct upload *upload)
{
    nghttp2_nv headers[200] = {nv(":method", method), nv(":scheme", "https"),
                               nv(":authority", "test"), nv(":path", path)};
    nghttp2_data_provider2 provider = {.source.ptr = upload, .read_callback = read_upload};

    for (size_t i = 0; i < more_count; i++)
        headers[4 + i] = more[i];
    return nghttp2_submit_request2(rig->client, nullptr, headers, 4 + more_count,
                                   upload == nullptr ? nullptr : &provider, nullptr);
}

static void test_plain(void **)
{
    struct rig *rig = rig_new();
    int32_t get = ask(rig, "GET", "/", nullptr, 0, nullptr);
    int32_t head = ask(rig, "HEAD", "/", nullptr, 0, nullptr);
    struct upload upload = {.left = 300000};
    int32_t put = ask(rig, "PUT", "/", nullptr, 0, &upload);

    rig->response_size = 100000;
    converse(rig);
    assert_int_equal(rig->status[get], 200);
    assert_int_equal(rig->status[head], 200);
    assert_int_equal(rig->status[put], 200);
    assert_int_equal(rig->received, 200000);
    assert_int_equal(rig->body_size, 300000);
    assert_int_equal(rig->closes, 3);
    assert_int_equal(rig->releases, 6); /* each second response was refused and released */
    rig_free(rig);
}

static void test_header_limits(void **)
{
    static char path[VC_HTTP_TARGET_MAX + 1];
    static char value[VC_HTTP_HEADER_SIZE_MAX];
    struct rig *rig = rig_new();
    nghttp2_nv fields[VC_HTTP_FIELDS_MAX];
    nghttp2_nv large = nv("x", value);
    /* The list counts 32 bytes for each field beside its text. */
    size_t pseudo = strlen(":methodGET:schemehttps:authoritytest:path/") + 4 * 32;
    int32_t stream;

    for (size_t i = 0; i < VC_COUNT(fields); i++)
        fields[i] = nv("x", "y");
    stream = ask(rig, "GET", "/", fields, VC_HTTP_FIELDS_MAX - 4, nullptr);
    converse(rig);
    assert_int_equal(rig->status[stream], 200);
    stream = ask(rig, "GET", "/", fields, VC_HTTP_FIELDS_MAX - 3, nullptr);
    converse(rig);
    assert_int_equal(rig->status[stream], 431);
    memset(path, 'p', sizeof(path) - 1);
    path[0] = '/';
    stream = ask(rig, "GET", path, nullptr, 0, nullptr);
    converse(rig);
    assert_int_equal(rig->status[stream], 414);
    path[VC_HTTP_TARGET_MAX - 1] = '\0';
    stream = ask(rig, "GET", path, nullptr, 0, nullptr);
    converse(rig);
    assert_int_equal(rig->status[stream], 200);
    memset(value, 'v', sizeof(value));
    large.valuelen = VC_HTTP_HEADER_SIZE_MAX - pseudo - 33;
    stream = ask(rig, "GET", "/", &large, 1, nullptr);
    converse(rig);
    assert_int_equal(rig->status[stream], 200);
    large.valuelen++;
    stream = ask(rig, "GET", "/", &large, 1, nullptr);
    converse(rig);
    assert_int_equal(rig->status[stream], 431);
    assert_int_equal(rig->requests, 3);
    rig_free(rig);
}

/* Each is within its bounds, and all together are not: as long as they are open. */
static void test_fields_of_all(void **)
{
    static char value[VC_HTTP_HEADER_SIZE_MAX - 1024];
    static constexpr unsigned MANY = VC_HTTP_FIELDS_HELD_MAX / sizeof(value) + 10;
    struct rig *rig = rig_for(MANY + 1);
    nghttp2_nv large = nv("x", value);
    struct upload open = {.open = true};
    unsigned refused = 0;
    int32_t stream;

    memset(value, 'v', sizeof(value));
    large.valuelen = sizeof(value);
    for (unsigned i = 0; i < MANY; i++) {
        stream = ask(rig, "PUT", "/", &large, 1, &open);
        converse(rig);
        refused += rig->status[stream] == 431;
    }
    assert_in_range(refused, 5, MANY - 15);
    assert_int_equal(rig->requests + refused, MANY);
    stream = 1; /* the first of them ends, and makes place */
    assert_int_equal(nghttp2_submit_rst_stream(rig->client, 0, stream, NGHTTP2_CANCEL), 0);
    converse(rig);
    stream = ask(rig, "GET", "/", &large, 1, nullptr);
    converse(rig);
    assert_int_equal(rig->status[stream], 200);
    rig_free(rig);
}

static size_t pull(void *user, uint8_t *data, size_t size, bool *ended)
{
    struct rig *rig = user;
    size_t count = rig->fed < size ? rig->fed : size;

    rig->pulls++;
    memset(data, 'f', count);
    rig->fed -= count;
    *ended = rig->feed_ends && rig->fed == 0;
    return count;
}

/* Pieces come when the handler says so, and the end when it ends. */
static void test_feed(void **)
{
    struct rig *rig = rig_new();
    const struct vc_http_feed feed = {.pull = pull, .user = rig};
    int32_t get;

    rig->keep = true;
    get = ask(rig, "GET", "/", nullptr, 0, nullptr);
    converse(rig);
    assert_int_equal(vc_http_respond_feed(rig->kept, 200, nullptr, 0, &feed, nullptr), VC_OK);
    assert_int_equal(vc_http_respond_feed(rig->kept, 200, nullptr, 0, &feed, nullptr), VC_STATE);
    converse(rig);
    assert_int_equal(rig->status[get], 200);
    assert_false(rig->has_length);
    assert_int_equal(rig->received, 0);
    assert_true(vc_exchanges_busy(rig->all)); /* the client is right to wait */
    for (unsigned i = 1; i <= 3; i++) {
        rig->fed = 10;
        vc_http_resume(rig->kept);
        assert_int_equal(rig->received, 10 * (i - 1)); /* not within the call */
        converse(rig);
        assert_int_equal(rig->received, 10 * i);
    }
    assert_false(rig->closed[get]);
    rig->fed = 5;
    rig->feed_ends = true;
    vc_http_resume(rig->kept);
    converse(rig);
    assert_int_equal(rig->received, 35);
    assert_true(rig->closed[get]);
    assert_int_equal(rig->error[get], NGHTTP2_NO_ERROR);
    rig_free(rig);
}

/* From a client that takes nothing, nothing is pulled; when it breaks off, the feed is let go. */
static void test_feed_of_a_slow_client(void **)
{
    struct rig *rig = rig_new();
    const struct vc_http_feed feed = {.pull = pull, .user = rig};
    unsigned pulls;
    int32_t get;

    rig->keep = true;
    rig->stingy = true;
    rig->fed = SIZE_MAX / 2;
    get = ask(rig, "GET", "/", nullptr, 0, nullptr);
    converse(rig);
    assert_int_equal(vc_http_respond_feed(rig->kept, 200, nullptr, 0, &feed, nullptr), VC_OK);
    converse(rig);
    assert_int_equal(rig->received, 65535); /* the window of RFC 9113 §6.9.2 */
    pulls = rig->pulls;
    vc_http_resume(rig->kept);
    converse(rig);
    assert_int_equal(rig->pulls, pulls);
    assert_true(vc_exchanges_busy(rig->all)); /* a client may take its time */
    assert_int_equal(nghttp2_submit_rst_stream(rig->client, 0, get, NGHTTP2_CANCEL), 0);
    converse(rig);
    assert_int_equal(rig->closes, 1);
    assert_int_equal(rig->pulls, pulls);
    rig_free(rig);
}

static void test_feed_of_nothing(void **)
{
    struct rig *rig = rig_new();
    const struct vc_http_feed feed = {.pull = pull, .user = rig};
    int32_t head;

    rig->keep = true;
    head = ask(rig, "HEAD", "/", nullptr, 0, nullptr);
    converse(rig);
    assert_int_equal(vc_http_respond_feed(rig->kept, 200, nullptr, 0, &feed, nullptr), VC_OK);
    converse(rig);
    assert_true(rig->closed[head]);
    assert_int_equal(rig->pulls, 0);
    rig_free(rig);
}

static void test_content_length(void **)
{
    static const struct {
        const char *length;
        size_t size;
        bool whole;
    } rows[] = {{"5", 5, true},  {"0", 0, true},  {"5", 4, false},
                {"5", 6, false}, {"5", 0, false}, {"0", 1, false}};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct rig *rig = rig_new();
        nghttp2_nv length = nv("content-length", rows[i].length);
        struct upload upload = {.left = rows[i].size};
        int32_t stream = ask(rig, "PUT", "/", &length, 1, &upload);

        converse(rig);
        assert_int_equal(rig->ends, rows[i].whole ? 1 : 0);
        assert_int_equal(rig->closes, rig->requests);
        assert_int_equal(rig->error[stream],
                         rows[i].whole ? NGHTTP2_NO_ERROR : NGHTTP2_PROTOCOL_ERROR);
        rig_free(rig);
    }
}

static void test_malformed_requests(void **)
{
    static const struct {
        const char *name, *value;
    } rows[] = {{"connection", "close"},  {"transfer-encoding", "chunked"},
                {"upgrade", "x"},         {"keep-alive", "1"},
                {"te", "gzip"},           {"x-control", "a\x01"},
                {"x-line", "a\nb"},       {"content-length", "-1"},
                {"content-length", "1x"}, {":path", "/twice"},
                {":unknown", "1"},        {"content-length", "99999999999999999999"}};
    struct rig *rig = rig_new();

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        nghttp2_nv field = nv(rows[i].name, rows[i].value);
        int32_t stream = ask(rig, "GET", "/", &field, 1, nullptr);

        converse(rig);
        if (!rig->closed[stream] || rig->status[stream] != 0)
            fail_msg("%s: %s went through", rows[i].name, rows[i].value);
        assert_int_not_equal(rig->error[stream], NGHTTP2_NO_ERROR);
    }
    assert_int_equal(rig->requests, 0);
    rig_free(rig);
}

static void test_connect(void **)
{
    struct rig *rig = rig_new();
    const nghttp2_nv headers[] = {nv(":method", "CONNECT"), nv(":authority", "test")};
    int32_t stream = nghttp2_submit_request2(rig->client, nullptr, headers, 2, nullptr, nullptr);

    converse(rig);
    assert_int_equal(rig->status[stream], 400);
    assert_int_equal(rig->requests, 0);
    rig_free(rig);
}

static void test_early_response(void **)
{
    static const struct {
        const char *length; /* null: none */
        size_t sent;
        bool open; /* and then silent: the server must end it */
    } rows[] = {{"1000", 1000, false},
                {"66536", 66536, false},
                {"66537", 1000, true},
                {"10000000", 1000, true},
                {nullptr, 10, true}};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct rig *rig = rig_new();
        nghttp2_nv length = nv("content-length", rows[i].length == nullptr ? "" : rows[i].length);
        struct upload upload = {.left = rows[i].sent, .open = rows[i].open};
        int32_t stream = ask(rig, "PUT", "/refuse", &length, rows[i].length != nullptr, &upload);

        converse(rig);
        assert_int_equal(rig->status[stream], 413);
        assert_int_equal(rig->received, 5);
        if (!rig->closed[stream])
            fail_msg("row %zu: still open", i);
        assert_int_equal(rig->error[stream], NGHTTP2_NO_ERROR);
        assert_int_equal(rig->body_size, 0);
        assert_int_equal(rig->ends, 0);
        assert_int_equal(rig->closes, 1);
        assert_int_equal(rig->releases, 1);
        rig_free(rig);
    }
}

static void test_bodiless_status(void **)
{
    struct rig *rig = rig_new();
    int32_t stream = ask(rig, "GET", "/", nullptr, 0, nullptr);
    const struct vc_http_field bad[] = {{"x", "a\r\nb"}, {"Bad", "x"}};

    rig->keep = true;
    converse(rig);
    assert_int_equal(respond(rig, rig->kept, 199), VC_MALFORMED);
    assert_int_equal(respond(rig, rig->kept, 600), VC_MALFORMED);
    for (size_t i = 0; i < VC_COUNT(bad); i++)
        assert_int_equal(
            vc_http_respond(rig->kept, 200, &bad[i], 1, (struct vc_http_body){}, nullptr),
            VC_MALFORMED);
    assert_int_equal(vc_http_respond(rig->kept, 200, bad, VC_HTTP_FIELDS_MAX + 1,
                                     (struct vc_http_body){}, nullptr),
                     VC_LIMIT);
    assert_int_equal(respond(rig, rig->kept, 204), VC_OK);
    converse(rig);
    assert_int_equal(rig->status[stream], 204);
    assert_false(rig->has_length);
    assert_int_equal(rig->received, 0);
    assert_int_equal(rig->releases, 3);
    rig_free(rig);
}

/* The client asks and takes it back at once, over and over (CVE-2023-44487). */
static void test_rapid_reset(void **)
{
    struct rig *rig = rig_new();
    unsigned rounds = 0;

    rig->keep = true;
    for (; rounds < 500 && rig->goaway == UINT32_MAX; rounds++) {
        int32_t stream = ask(rig, "GET", "/", nullptr, 0, nullptr);

        converse(rig);
        (void)nghttp2_submit_rst_stream(rig->client, 0, stream, NGHTTP2_CANCEL);
        converse(rig);
    }
    assert_int_equal(rounds, VC_HTTP_BREAKS_MAX + 1);
    assert_int_equal(rig->goaway, NGHTTP2_ENHANCE_YOUR_CALM);
    assert_true(vc_exchanges_ended(rig->all));
    rig_free(rig);
}

/* The client makes the server reset its streams, over and over (CVE-2025-8671). */
static void test_provoked_reset(void **)
{
    struct rig *rig = rig_new();
    unsigned rounds = 0;

    for (; rounds < 500 && rig->goaway == UINT32_MAX; rounds++) {
        nghttp2_nv field = nv("connection", "close");

        (void)ask(rig, "GET", "/", &field, 1, nullptr);
        converse(rig);
    }
    assert_int_equal(rounds, VC_HTTP_BREAKS_MAX + 1);
    assert_int_equal(rig->goaway, NGHTTP2_ENHANCE_YOUR_CALM);
    rig_free(rig);
}

/* Who completes as many as he breaks off may go on. */
static void test_forgiven_resets(void **)
{
    struct rig *rig = rig_new();

    for (unsigned i = 0; i < 300; i++) {
        nghttp2_nv field = nv("connection", "close");

        (void)ask(rig, "GET", "/", i % 2 ? &field : nullptr, i % 2, nullptr);
        converse(rig);
    }
    assert_int_equal(rig->goaway, UINT32_MAX);
    assert_int_equal(rig->requests, 150);
    rig_free(rig);
}

static void test_too_many_streams(void **)
{
    struct rig *rig = rig_new();

    converse(rig); /* the client learns the limit and keeps to it: the rest waits */
    rig->keep = true;
    for (unsigned i = 0; i < STREAMS_MAX + 5; i++)
        (void)ask(rig, "GET", "/", nullptr, 0, nullptr);
    converse(rig);
    assert_int_equal(rig->requests, STREAMS_MAX);
    assert_true(vc_exchanges_busy(rig->all));
    rig_free(rig);
    rig = rig_new(); /* before it learns it: the rest is refused */
    rig->keep = true;
    for (unsigned i = 0; i < STREAMS_MAX + 5; i++)
        (void)ask(rig, "GET", "/", nullptr, 0, nullptr);
    converse(rig);
    assert_int_equal(rig->requests, STREAMS_MAX);
    rig_free(rig);
}

/* A flood whose answers would pile up ends the session. */
static void test_floods(void **)
{
    static const uint8_t ping[] = {0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t settings[] = {0, 0, 0, 4, 0, 0, 0, 0, 0};
    static const uint8_t headers[] = {0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82};
    static const uint8_t continuation[] = {0, 0, 1, 9, 0, 0, 0, 0, 1, 0x87};
    const struct {
        struct vc_bytes once, again;
    } rows[] = {{{}, VC_BYTES(ping)},
                {{}, VC_BYTES(settings)},
                {VC_BYTES(headers), VC_BYTES(continuation)}};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct rig *rig = rig_new();

        converse(rig);
        give(rig, rows[i].once.data, rows[i].once.size);
        for (unsigned j = 0; j < 5000; j++)
            give(rig, rows[i].again.data, rows[i].again.size);
        assert_true(rig->fatal);
        assert_int_equal(rig->requests, 0);
        rig_free(rig);
    }
}

static void test_no_http2(void **)
{
    static const char text[] = "GET / HTTP/1.1\r\nhost: test\r\n\r\n";
    struct rig *rig = rig_new();

    give(rig, (const uint8_t *)text, strlen(text));
    assert_true(rig->fatal);
    rig_free(rig);
}

static void test_stop(void **)
{
    struct rig *rig = rig_new();
    int32_t first = ask(rig, "GET", "/", nullptr, 0, nullptr);
    int32_t second;

    rig->keep = true;
    converse(rig);
    vc_exchanges_stop(rig->all);
    second = ask(rig, "GET", "/", nullptr, 0, nullptr);
    converse(rig);
    assert_int_equal(rig->requests, 1);
    assert_int_equal(rig->goaway, NGHTTP2_NO_ERROR);
    assert_false(vc_exchanges_ended(rig->all));
    assert_int_equal(respond(rig, rig->kept, 200), VC_OK);
    converse(rig);
    assert_int_equal(rig->status[first], 200);
    assert_int_equal(rig->status[second], 0);
    assert_true(vc_exchanges_ended(rig->all));
    rig_free(rig);
}

/* A response that the client does not take is given back when the connection goes. */
static void test_loss(void **)
{
    struct rig *rig = rig_new();
    struct upload upload = {.left = 100, .open = true};

    rig->response_size = sizeof(lent);
    (void)ask(rig, "GET", "/", nullptr, 0, nullptr);
    (void)ask(rig, "PUT", "/", nullptr, 0, &upload);
    rig->stingy = true;
    converse(rig);
    assert_int_equal(rig->requests, 2);
    assert_int_equal(rig->ends, 1);
    assert_int_equal(rig->closes + rig->releases, 1); /* of the refused second response */
    vc_exchanges_free(vc_take(rig->all));
    assert_int_equal(rig->closes, 2);
    assert_int_equal(rig->releases, 2);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_header_limits),
        cmocka_unit_test(test_fields_of_all),
        cmocka_unit_test(test_feed),
        cmocka_unit_test(test_feed_of_a_slow_client),
        cmocka_unit_test(test_feed_of_nothing),
        cmocka_unit_test(test_content_length),
        cmocka_unit_test(test_malformed_requests),
        cmocka_unit_test(test_connect),
        cmocka_unit_test(test_early_response),
        cmocka_unit_test(test_bodiless_status),
        cmocka_unit_test(test_rapid_reset),
        cmocka_unit_test(test_provoked_reset),
        cmocka_unit_test(test_forgiven_resets),
        cmocka_unit_test(test_too_many_streams),
        cmocka_unit_test(test_floods),
        cmocka_unit_test(test_no_http2),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_loss),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
