/* SPDX-License-Identifier: MIT */

/* Bodies that nobody knows the end of, between our client and our server over loopback. */

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "net/net_fixture.h"

static constexpr uint64_t TICK_MS = 10;

/* The server's side; what the test's thread reads of it is atomic. */
struct host {
    struct net_fixture fixture;
    atomic_uint opened, closed;
    atomic_ullong taken, granted, credited;
    atomic_bool differs;      /* a body is not the pattern */
    atomic_bool overrun;      /* more came than was granted */
    atomic_bool miscredited;  /* credit went back, or beyond what was sent */
    uint64_t piece, silences; /* a feed: bytes at a time, and ticks without any before each */
};

struct visit {
    struct host *host;
    struct vc_http_exchange *exchange;
    struct vc_timer *timer;
    uint64_t taken, granted;
    uint64_t size, sent, ready, credited; /* of a feed */
    uint64_t silences;
    char sum[24];
};

static bool targets(const struct vc_http_exchange *exchange, const char *target)
{
    return strcmp(vc_http_target(exchange), target) == 0;
}

static void answer(struct vc_http_exchange *exchange, unsigned status, const char *text)
{
    const struct vc_http_body body = {.bytes = {(const uint8_t *)text, strlen(text)}};

    assert_int_equal(vc_http_respond(exchange, status, nullptr, 0, body, nullptr), VC_OK);
}

static size_t feed_ready(void *user, bool *ended)
{
    struct visit *visit = user;

    /* The last byte's credit is the word to end. */
    *ended = visit->credited == visit->size;
    return visit->ready;
}

static size_t feed_pull(void *user, uint8_t *data, size_t size, bool *)
{
    struct visit *visit = user;

    for (size_t i = 0; i < size; i++)
        data[i] = net_pattern(visit->sent + i);
    visit->sent += size;
    visit->ready -= size;
    return size;
}

static size_t feed_trailers(void *user, struct vc_http_field *fields, size_t)
{
    struct visit *visit = user;

    (void)snprintf(visit->sum, sizeof(visit->sum), "%ju", (uintmax_t)visit->sent);
    fields[0] = (struct vc_http_field){"x-sum", visit->sum};
    return 1;
}

static void tick(void *user);

static void tick_later(struct visit *visit)
{
    assert_int_equal(
        vc_loop_after(visit->host->fixture.loop, TICK_MS, tick, visit, &visit->timer, nullptr),
        VC_OK);
}

static void tick(void *user)
{
    struct visit *visit = user;
    uint64_t left = visit->size - visit->sent - visit->ready;

    visit->timer = nullptr;
    if (targets(visit->exchange, "/conflict")) {
        answer(visit->exchange, 409, "no");
        return;
    }
    if (targets(visit->exchange, "/broken") && visit->sent > 0) {
        vc_http_abort(visit->exchange);
        return;
    }
    if (visit->silences++ == visit->host->silences) {
        visit->silences = 0;
        visit->ready += left < visit->host->piece ? left : visit->host->piece;
        vc_http_resume(visit->exchange);
    }
    if (visit->sent + visit->ready < visit->size || targets(visit->exchange, "/broken"))
        tick_later(visit);
}

static void open_feed(struct visit *visit, uint64_t size)
{
    const struct vc_http_feed feed = {
        .pull = feed_pull, .user = visit, .ready = feed_ready, .trailers = feed_trailers};

    visit->size = size;
    assert_int_equal(vc_http_respond_feed(visit->exchange, 200, nullptr, 0, &feed, nullptr), VC_OK);
    tick_later(visit);
}

static void on_request(void *user, struct vc_http_exchange *exchange)
{
    struct host *host = user;
    struct visit *visit = calloc(1, sizeof(*visit));

    assert_non_null(visit);
    host->opened++;
    *visit = (struct visit){.host = host, .exchange = exchange, .granted = VC_HTTP_FIRST_WINDOW};
    vc_http_set_context(exchange, visit);
    if (strncmp(vc_http_target(exchange), "/feed/", 6) == 0)
        open_feed(visit, strtoull(vc_http_target(exchange) + 6, nullptr, 10));
    else if (targets(exchange, "/broken"))
        open_feed(visit, UINT64_MAX / 2);
    else if (targets(exchange, "/ping"))
        answer(exchange, 200, "pong");
    else
        vc_http_hold(exchange);
    if (targets(exchange, "/conflict"))
        tick_later(visit);
}

static void on_body(void *user, struct vc_http_exchange *exchange, struct vc_bytes piece)
{
    struct host *host = user;
    struct visit *visit = vc_http_context(exchange);

    for (size_t i = 0; i < piece.size; i++) {
        if (piece.data[i] != net_pattern(visit->taken + i))
            host->differs = true;
    }
    visit->taken += piece.size;
    host->taken = visit->taken;
    if (visit->taken > visit->granted)
        host->overrun = true;
    if (targets(exchange, "/stall"))
        return;
    visit->granted += piece.size;
    host->granted = visit->granted;
    vc_http_grant(exchange, (uint32_t)piece.size);
}

static void on_end(void *, struct vc_http_exchange *exchange)
{
    const char *sum = vc_http_trailer(exchange, "x-sum");

    if (targets(exchange, "/held") || targets(exchange, "/stall"))
        answer(exchange, 200, sum == nullptr ? "no sum" : sum);
}

static void on_credit(void *user, struct vc_http_exchange *exchange)
{
    struct host *host = user;
    struct visit *visit = vc_http_context(exchange);
    uint64_t credited = vc_http_credited(exchange);

    if (credited <= visit->credited || credited > visit->sent)
        host->miscredited = true;
    visit->credited = credited;
    host->credited = credited;
    if (credited == visit->size)
        vc_http_resume(exchange);
}

static void on_close(void *user, struct vc_http_exchange *exchange)
{
    struct host *host = user;
    struct visit *visit = vc_http_context(exchange);

    host->closed++;
    vc_timer_cancel(visit->timer);
    free(visit);
}

static struct host *host_new(const struct vc_http_server_limits *limits)
{
    static const struct vc_http_handler handler = {.on_request = on_request,
                                                   .on_body = on_body,
                                                   .on_end = on_end,
                                                   .on_close = on_close,
                                                   .on_credit = on_credit};
    struct host *host = calloc(1, sizeof(*host));

    assert_non_null(host);
    host->piece = 100000;
    net_fixture_start_with(&host->fixture, limits, &handler, host);
    return host;
}

static void host_free(struct host *host)
{
    net_fixture_stop(&host->fixture);
    assert_int_equal(host->opened, host->closed);
    assert_false(host->differs);
    assert_false(host->overrun);
    assert_false(host->miscredited);
    free(host);
}

/* The client's side: a pipe that a thread of its own fills with the pattern, piece by piece. */
struct spring {
    int read_fd, write_fd;
    uint64_t size, given, sent;
    unsigned pause_ms; /* before each piece */
    uint64_t piece;
    uint64_t credited, credited_before;
    bool moved_back;
    char sum[24];
    pthread_t thread;
};

static void *flow(void *user)
{
    struct spring *spring = user;
    uint8_t *bytes = malloc(spring->piece);

    while (spring->given < spring->size) {
        uint64_t left = spring->size - spring->given;
        size_t count = (size_t)(left < spring->piece ? left : spring->piece);
        ssize_t written;

        if (spring->pause_ms > 0)
            (void)usleep(spring->pause_ms * 1000);
        for (size_t i = 0; i < count; i++)
            bytes[i] = net_pattern(spring->given + i);
        written = write(spring->write_fd, bytes, count);
        if (written <= 0)
            break;
        spring->given += (uint64_t)written;
    }
    vc_fd_closep(&spring->write_fd);
    free(bytes);
    return nullptr;
}

static void spring_start(struct spring *spring)
{
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    spring->read_fd = fds[0];
    spring->write_fd = fds[1];
    assert_int_equal(pthread_create(&spring->thread, nullptr, flow, spring), 0);
}

static void spring_stop(struct spring *spring)
{
    vc_fd_closep(&spring->read_fd);
    assert_int_equal(pthread_join(spring->thread, nullptr), 0);
}

static ptrdiff_t draw(void *user, uint8_t *data, size_t size, bool *ended, struct vc_err *err)
{
    struct spring *spring = user;
    struct pollfd poller = {.fd = spring->read_fd, .events = POLLIN};
    ssize_t count;

    spring->moved_back = spring->moved_back || spring->credited < spring->credited_before;
    spring->credited_before = spring->credited;
    if (poll(&poller, 1, 0) == 0)
        return 0;
    count = read(spring->read_fd, data, size);
    if (count < 0) {
        (void)vc_fail_host(err, "the pipe");
        return -1;
    }
    *ended = count == 0;
    spring->sent += (uint64_t)count;
    return count;
}

static size_t sum_up(void *user, struct vc_http_field *fields, size_t)
{
    struct spring *spring = user;

    (void)snprintf(spring->sum, sizeof(spring->sum), "%ju", (uintmax_t)spring->sent);
    fields[0] = (struct vc_http_field){"x-sum", spring->sum};
    return 1;
}

static struct vc_http_source source_of(struct spring *spring)
{
    return (struct vc_http_source){.pull = draw,
                                   .ready_fd = spring->read_fd,
                                   .user = spring,
                                   .trailers = sum_up,
                                   .credited = &spring->credited};
}

/* A sink that compares with the pattern. */
static enum vc_code compare(void *user, struct vc_bytes piece, struct vc_err *err)
{
    uint64_t *at = user;

    for (size_t i = 0; i < piece.size; i++) {
        if (piece.data[i] != net_pattern(*at + i))
            return vc_fail(err, VC_MALFORMED, "byte %ju differs", (uintmax_t)(*at + i));
    }
    *at += piece.size;
    return VC_OK;
}

static void expect_ping(struct vc_http_client *client)
{
    const struct vc_http_call call = {.method = "GET", .target = "/ping", .idle_timeout_ms = 10000};
    struct vc_http_answer got = {};

    assert_int_equal(vc_http_client_call(client, &call, &got, nullptr), VC_OK);
    assert_int_equal(got.status, 200);
    vc_http_answer_done(&got);
}

static enum vc_code ping_within(void *user, struct vc_err *)
{
    expect_ping(user);
    return VC_OK;
}

static void expect_body(struct vc_http_answer *got, unsigned status, const char *text)
{
    assert_int_equal(got->status, status);
    assert_int_equal(got->body.size, strlen(text));
    assert_memory_equal(got->body.data, text, strlen(text));
    vc_http_answer_done(got);
}

static void test_upload(void **)
{
    static const struct {
        uint64_t size, piece;
        unsigned pause_ms;
        bool descriptor, pulse;
        uint32_t pulse_ms;
    } rows[] = {{0, 1, 0, true, false, 0},
                {1, 1, 0, true, false, 0},
                {20000000, 65536, 0, true, false, 0},
                {20000000, 65536, 0, true, true, 0},
                {300, 10, 10, true, false, 0},
                {300, 10, 10, false, true, 3},
                {3000000, 100000, 5, true, true, 20}};
    struct host *host = host_new(nullptr);
    struct vc_http_client *client = net_connect(&host->fixture);

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct spring spring = {
            .size = rows[i].size, .piece = rows[i].piece, .pause_ms = rows[i].pause_ms};
        struct vc_http_source source;
        struct vc_http_call call = {.method = "PUT",
                                    .target = "/held",
                                    .source = &source,
                                    .pulse = rows[i].pulse ? ping_within : nullptr,
                                    .pulse_user = client,
                                    .pulse_ms = rows[i].pulse_ms,
                                    .idle_timeout_ms = 10000};
        struct vc_http_answer got = {};
        struct vc_err err = {};
        char sum[24];

        host->taken = 0;
        spring_start(&spring);
        source = source_of(&spring);
        source.ready_fd = rows[i].descriptor ? spring.read_fd : -1;
        if (vc_http_client_call(client, &call, &got, &err) != VC_OK)
            fail_msg("row %zu: %s", i, err.text);
        spring_stop(&spring);
        assert_int_equal(host->taken, rows[i].size);
        /* Each byte was granted anew but those that came with the end of the body. */
        assert_int_equal(spring.credited, got.sent_credited);
        assert_true(got.sent_credited <= rows[i].size);
        assert_true(got.sent_credited + VC_HTTP_FIRST_WINDOW >= rows[i].size);
        assert_false(spring.moved_back);
        (void)snprintf(sum, sizeof(sum), "%ju", (uintmax_t)rows[i].size);
        expect_body(&got, 200, sum);
    }
    vc_http_client_free(client);
    host_free(host);
}

/* To wait for one's own source is not to wait for the server; to wait for a window is. */
static void test_silence(void **)
{
    struct host *host = host_new(nullptr);
    struct vc_http_client *client = net_connect(&host->fixture);
    struct spring slow = {.size = 20, .piece = 10, .pause_ms = 300};
    struct spring fast = {.size = 10000000, .piece = 65536};
    struct vc_http_source source;
    struct vc_http_call call = {
        .method = "PUT", .target = "/held", .source = &source, .idle_timeout_ms = 100};
    struct vc_http_answer got = {};
    struct vc_err err = {};

    spring_start(&slow);
    source = source_of(&slow);
    if (vc_http_client_call(client, &call, &got, &err) != VC_OK)
        fail_msg("%s", err.text);
    spring_stop(&slow);
    expect_body(&got, 200, "20");
    spring_start(&fast);
    source = source_of(&fast);
    call.target = "/stall";
    assert_int_equal(vc_http_client_call(client, &call, &got, nullptr), VC_CLOSED);
    spring_stop(&fast);
    assert_int_equal(host->taken, VC_HTTP_FIRST_WINDOW);
    vc_http_client_free(client);
    host_free(host);
}

/* A refusal in the middle of the body is the answer, whether the source has something or not. */
static void test_early_answer(void **)
{
    static const struct {
        uint64_t size;
        unsigned pause_ms;
    } rows[] = {{1000000000000, 0}, {1000, 400}};
    struct host *host = host_new(nullptr);
    struct vc_http_client *client = net_connect(&host->fixture);

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct spring spring = {.size = rows[i].size, .piece = 65536, .pause_ms = rows[i].pause_ms};
        struct vc_http_source source;
        const struct vc_http_call call = {
            .method = "PUT", .target = "/conflict", .source = &source, .idle_timeout_ms = 10000};
        struct vc_http_answer got = {};
        uint64_t begun_ms = vc_loop_now_ms();

        spring_start(&spring);
        source = source_of(&spring);
        assert_int_equal(vc_http_client_call(client, &call, &got, nullptr), VC_OK);
        assert_true(rows[i].pause_ms == 0 || spring.sent == 0); /* not waited for */
        print_message("# the answer came after %ju ms\n", (uintmax_t)(vc_loop_now_ms() - begun_ms));
        spring_stop(&spring);
        expect_body(&got, 409, "no");
        expect_ping(client);
    }
    vc_http_client_free(client);
    host_free(host);
}

/* The server ends the stream when the client has said of the last byte that it took it. */
static void test_download(void **)
{
    static const struct {
        uint64_t size, piece, silences;
        uint32_t credit;
        bool pulse;
    } rows[] = {{1, 1, 0, 1, false},
                {100, 7, 1, 1000000000, false},
                {1000000, 1000, 0, 1, false},
                {50000000, 10000000, 0, 65536, false},
                {50000000, 10000000, 0, 65536, true},
                {20000000, 20000000, 0, 1 << 30, true}};
    struct host *host = host_new(nullptr);
    struct vc_http_client *client = net_connect(&host->fixture);

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        uint64_t at = 0;
        char target[40];
        char trailer[40];
        const struct vc_http_sink sink = {
            .write = compare, .user = &at, .credit_bytes = rows[i].credit};
        const struct vc_http_call call = {.method = "GET",
                                          .target = target,
                                          .sink = &sink,
                                          .pulse = rows[i].pulse ? ping_within : nullptr,
                                          .pulse_user = client,
                                          .idle_timeout_ms = 10000};
        struct vc_http_answer got = {};
        struct vc_err err = {};

        host->piece = rows[i].piece;
        host->silences = rows[i].silences;
        (void)snprintf(target, sizeof(target), "/feed/%ju", (uintmax_t)rows[i].size);
        if (vc_http_client_call(client, &call, &got, &err) != VC_OK)
            fail_msg("row %zu: %s", i, err.text);
        assert_int_equal(at, rows[i].size);
        assert_int_equal(host->credited, rows[i].size);
        (void)snprintf(trailer, sizeof(trailer), "x-sum: %ju\n", (uintmax_t)rows[i].size);
        assert_int_equal(got.trailers.size, strlen(trailer));
        assert_memory_equal(got.trailers.data, trailer, strlen(trailer));
        vc_http_answer_done(&got);
    }
    vc_http_client_free(client);
    host_free(host);
}

static void test_abort(void **)
{
    struct host *host = host_new(nullptr);
    struct vc_http_client *client = net_connect(&host->fixture);

    for (unsigned i = 0; i < 3; i++) {
        uint64_t at = 0;
        const struct vc_http_sink sink = {.write = compare, .user = &at, .credit_bytes = 1000};
        const struct vc_http_call call = {
            .method = "GET", .target = "/broken", .sink = &sink, .idle_timeout_ms = 10000};
        struct vc_http_answer got = {};
        struct vc_err err = {};

        assert_int_equal(vc_http_client_call(client, &call, &got, &err), VC_CLOSED);
        assert_non_null(strstr(err.text, "INTERNAL_ERROR"));
        assert_true(at > 0);
        expect_ping(client); /* nothing else broke */
    }
    vc_http_client_free(client);
    host_free(host);
}

/* Streams are silent for longer than a connection may idle. */
static void test_idle_server(void **)
{
    const struct vc_http_server_limits limits = {
        .connections = 4, .streams_per_connection = 4, .handshake_ms = 5000, .idle_ms = 150};
    struct host *host = host_new(&limits);
    struct vc_http_client *client = net_connect(&host->fixture);
    struct spring slow = {.size = 2, .piece = 1, .pause_ms = 500};
    struct vc_http_source source;
    uint64_t at = 0;
    const struct vc_http_sink sink = {.write = compare, .user = &at, .credit_bytes = 1};
    const struct vc_http_call put = {.method = "PUT", .target = "/held", .source = &source};
    const struct vc_http_call get = {.method = "GET", .target = "/feed/2", .sink = &sink};
    struct vc_http_answer got = {};

    host->piece = 1;
    host->silences = 50;
    spring_start(&slow);
    source = source_of(&slow);
    assert_int_equal(vc_http_client_call(client, &put, &got, nullptr), VC_OK);
    spring_stop(&slow);
    expect_body(&got, 200, "2");
    assert_int_equal(vc_http_client_call(client, &get, &got, nullptr), VC_OK);
    assert_int_equal(at, 2);
    vc_http_answer_done(&got);
    vc_http_client_free(client);
    host_free(host);
}

struct upload {
    struct vc_http_client *client;
    enum vc_code code;
};

static void *upload_for_ever(void *user)
{
    struct upload *upload = user;
    struct spring spring = {.size = 1000000000000, .piece = 65536};
    struct vc_http_source source;
    const struct vc_http_call call = {.method = "PUT", .target = "/held", .source = &source};
    struct vc_http_answer got = {};

    spring_start(&spring);
    source = source_of(&spring);
    upload->code = vc_http_client_call(upload->client, &call, &got, nullptr);
    spring_stop(&spring);
    vc_http_answer_done(&got);
    return nullptr;
}

/* One connection that never rests leaves the others their turns; the end of the server is its end.
 */
static void test_fairness(void **)
{
    struct host *host = host_new(nullptr);
    struct upload upload = {.client = net_connect(&host->fixture)};
    struct vc_http_client *other = net_connect(&host->fixture);
    pthread_t thread;
    uint64_t worst_ms = 0;

    assert_int_equal(pthread_create(&thread, nullptr, upload_for_ever, &upload), 0);
    while (host->taken < 10000000)
        (void)usleep(1000);
    for (unsigned i = 0; i < 100; i++) {
        uint64_t begun_ms = vc_loop_now_ms();

        expect_ping(other);
        if (vc_loop_now_ms() - begun_ms > worst_ms)
            worst_ms = vc_loop_now_ms() - begun_ms;
    }
    print_message("# 100 calls beside an upload: the slowest took %ju ms\n", (uintmax_t)worst_ms);
    vc_http_client_free(other);
    host_free(host);
    assert_int_equal(pthread_join(thread, nullptr), 0);
    assert_int_equal(upload.code, VC_CLOSED);
    vc_http_client_free(upload.client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upload),       cmocka_unit_test(test_silence),
        cmocka_unit_test(test_early_answer), cmocka_unit_test(test_download),
        cmocka_unit_test(test_abort),        cmocka_unit_test(test_idle_server),
        cmocka_unit_test(test_fairness),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
