/* SPDX-License-Identifier: MIT */

#include "net/net_fixture.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* One request as the test's handler keeps it. */
struct visit {
    struct vc_buffer body;
    bool ended;
};

static struct net_fixture *lock(void *user)
{
    struct net_fixture *fixture = user;

    (void)pthread_mutex_lock(&fixture->lock);
    return fixture;
}

static void unlock(struct net_fixture *fixture)
{
    (void)pthread_cond_broadcast(&fixture->changed);
    (void)pthread_mutex_unlock(&fixture->lock);
}

uint8_t net_pattern(uint64_t index)
{
    return (uint8_t)(index * 31 + (index >> 8) * 7 + (index >> 16));
}

uint8_t *net_pattern_new(size_t size)
{
    uint8_t *bytes = malloc(size > 0 ? size : 1);

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = net_pattern(i);
    return bytes;
}

struct loan {
    struct net_fixture *fixture;
    void *memory;
};

static void release(void *owner)
{
    struct loan *loan = owner;
    struct net_fixture *fixture = lock(loan->fixture);

    fixture->seen.releases++;
    unlock(fixture);
    free(loan->memory);
    free(loan);
}

static void answer(struct net_fixture *fixture, struct vc_http_exchange *exchange, unsigned status,
                   void *memory, size_t size)
{
    struct loan *loan = malloc(sizeof(*loan));
    const struct vc_http_field field = {"x-test", "yes"};

    *loan = (struct loan){fixture, memory};
    (void)vc_http_respond(exchange, status, &field, 1,
                          (struct vc_http_body){{memory, size}, release, loan}, nullptr);
}

static void answer_text(struct net_fixture *fixture, struct vc_http_exchange *exchange,
                        unsigned status, const char *text)
{
    answer(fixture, exchange, status, strdup(text), strlen(text));
}

static bool targets(const struct vc_http_exchange *exchange, const char *prefix)
{
    return strncmp(vc_http_target(exchange), prefix, strlen(prefix)) == 0;
}

static void answer_exporter(struct net_fixture *fixture, struct vc_http_exchange *exchange)
{
    uint8_t *out = malloc(32);

    enum vc_code code = targets(exchange, "/exporter-for")
                            ? vc_http_exporter_for(exchange, "EXPORTER-test",
                                                   VC_BYTES(((const uint8_t[]){1})), out, nullptr)
                            : vc_http_exporter(exchange, "EXPORTER-test", out, 32, nullptr);

    if (code != VC_OK)
        memset(out, 0, 32);
    answer(fixture, exchange, 200, out, 32);
}

static void on_request(void *user, struct vc_http_exchange *exchange)
{
    struct net_fixture *fixture = lock(user);
    struct visit *visit = calloc(1, sizeof(*visit));

    fixture->seen.requests++;
    unlock(fixture);
    vc_http_set_context(exchange, visit);
    if (targets(exchange, "/refuse"))
        answer_text(fixture, exchange, 413, "too much");
    else if (targets(exchange, "/peer"))
        answer_text(
            fixture, exchange, 200,
            vc_http_peer(exchange) == nullptr ? "" : vc_cert_common_name(vc_http_peer(exchange)));
    else if (targets(exchange, "/exporter"))
        answer_exporter(fixture, exchange);
    else if (targets(exchange, "/empty"))
        (void)vc_http_respond(exchange, 204, nullptr, 0, (struct vc_http_body){}, nullptr);
}

static void on_body(void *user, struct vc_http_exchange *exchange, struct vc_bytes piece)
{
    struct net_fixture *fixture = lock(user);
    struct visit *visit = vc_http_context(exchange);

    fixture->seen.body_size += piece.size;
    unlock(fixture);
    if (targets(exchange, "/echo"))
        (void)vc_buffer_append(&visit->body, piece, nullptr);
}

static void answer_bytes(struct net_fixture *fixture, struct vc_http_exchange *exchange)
{
    size_t size = strtoull(vc_http_target(exchange) + strlen("/bytes/"), nullptr, 10);

    answer(fixture, exchange, 200, net_pattern_new(size), size);
}

static void on_end(void *user, struct vc_http_exchange *exchange)
{
    struct net_fixture *fixture = lock(user);
    struct visit *visit = vc_http_context(exchange);

    fixture->seen.ends++;
    unlock(fixture);
    visit->ended = true;
    if (targets(exchange, "/bytes/")) {
        answer_bytes(fixture, exchange);
    } else if (targets(exchange, "/echo")) {
        answer(fixture, exchange, 200, visit->body.data, visit->body.size);
        visit->body = (struct vc_buffer){};
    } else if (!targets(exchange, "/silent")) {
        answer_text(fixture, exchange, 404, "no such thing");
    }
}

static void on_close(void *user, struct vc_http_exchange *exchange)
{
    struct net_fixture *fixture = lock(user);
    struct visit *visit = vc_http_context(exchange);

    fixture->seen.closes++;
    fixture->seen.closes_without_end += visit->ended ? 0 : 1;
    unlock(fixture);
    vc_buffer_done(&visit->body);
    free(visit);
}

static const struct vc_http_handler handler = {
    .on_request = on_request, .on_body = on_body, .on_end = on_end, .on_close = on_close};

static void note_drained(void *user)
{
    struct net_fixture *fixture = lock(user);

    fixture->seen.drained++;
    unlock(fixture);
}

static void replace(struct net_fixture *fixture)
{
    enum vc_code code = vc_tls_replace_certificate(fixture->server_tls, fixture->stranger.cert,
                                                   fixture->stranger.key, nullptr);

    (void)lock(fixture);
    fixture->seen.replaced += code == VC_OK ? 1 : 0;
    unlock(fixture);
}

static void obey(void *user, uint32_t)
{
    struct net_fixture *fixture = user;
    uint64_t command = 0;

    if (read(fixture->command, &command, sizeof(command)) != sizeof(command))
        return;
    if (command == 2)
        vc_http_server_drain(fixture->http, 5000, note_drained, fixture);
    else if (command == 3)
        replace(fixture);
    else
        vc_loop_stop(fixture->loop);
}

static void *serve(void *user)
{
    struct net_fixture *fixture = user;

    (void)vc_loop_run(fixture->loop, nullptr);
    return nullptr;
}

static void make_identity(struct net_identity *identity, const char *name)
{
    assert_int_equal(vc_key_new(&identity->key, nullptr), VC_OK);
    assert_int_equal(
        vc_cert_new_identity(identity->key, name, 1600000000, 4000000000, &identity->cert, nullptr),
        VC_OK);
}

static void free_identity(struct net_identity *identity)
{
    vc_cert_free(identity->cert);
    vc_key_free(identity->key);
}

enum vc_code net_accept_one(void *user, const struct vc_cert *peer, struct vc_err *err)
{
    const struct net_identity *identity = user;
    struct vc_bytes wanted = vc_cert_der(identity->cert);
    struct vc_bytes shown = vc_cert_der(peer);

    if (wanted.size != shown.size || memcmp(wanted.data, shown.data, wanted.size) != 0)
        return vc_fail(err, VC_REFUSED, "certificate of %s: not the one",
                       vc_cert_common_name(peer));
    return VC_OK;
}

static void listen_on_loopback(struct net_fixture *fixture)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(place);

    fixture->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(fixture->listener >= 0);
    assert_int_equal(bind(fixture->listener, (struct sockaddr *)&place, size), 0);
    assert_int_equal(listen(fixture->listener, 64), 0);
    assert_int_equal(getsockname(fixture->listener, (struct sockaddr *)&place, &size), 0);
    (void)snprintf(fixture->address, sizeof(fixture->address), "127.0.0.1:%u",
                   ntohs(place.sin_port));
}

/* handler: null for the fixture's own. */
static void start(struct net_fixture *fixture, bool anonymous,
                  const struct vc_http_server_limits *limits, const struct vc_http_handler *its,
                  void *user)
{
    static const struct vc_http_server_limits generous = {
        .connections = 16, .streams_per_connection = 32, .handshake_ms = 5000, .idle_ms = 20000};

    *fixture = (struct net_fixture){.limits = limits == nullptr ? generous : *limits};
    make_identity(&fixture->server, "server");
    make_identity(&fixture->client, "client");
    make_identity(&fixture->stranger, "stranger");
    (void)pthread_mutex_init(&fixture->lock, nullptr);
    (void)pthread_cond_init(&fixture->changed, nullptr);
    listen_on_loopback(fixture);
    assert_int_equal(vc_loop_new(&fixture->loop, nullptr), VC_OK);
    assert_int_equal(vc_tls_new_server(fixture->server.cert, fixture->server.key,
                                       anonymous ? nullptr : net_accept_one, &fixture->client,
                                       &fixture->server_tls, nullptr),
                     VC_OK);
    assert_int_equal(vc_tls_new_client(fixture->client.cert, fixture->client.key, net_accept_one,
                                       &fixture->server, &fixture->client_tls, nullptr),
                     VC_OK);
    assert_int_equal(vc_http_server_new(fixture->loop, fixture->listener, fixture->server_tls,
                                        &fixture->limits, its == nullptr ? &handler : its,
                                        its == nullptr ? fixture : user, &fixture->http, nullptr),
                     VC_OK);
    fixture->command = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(vc_loop_watch(fixture->loop, fixture->command, EPOLLIN, obey, fixture,
                                   &fixture->command_watch, nullptr),
                     VC_OK);
    assert_int_equal(pthread_create(&fixture->thread, nullptr, serve, fixture), 0);
}

void net_fixture_start(struct net_fixture *fixture, bool anonymous,
                       const struct vc_http_server_limits *limits)
{
    start(fixture, anonymous, limits, nullptr, nullptr);
}

void net_fixture_start_with(struct net_fixture *fixture, const struct vc_http_server_limits *limits,
                            const struct vc_http_handler *its, void *user)
{
    start(fixture, false, limits, its, user);
}

static void command(struct net_fixture *fixture, uint64_t what)
{
    assert_int_equal(write(fixture->command, &what, sizeof(what)), sizeof(what));
}

void net_fixture_drain(struct net_fixture *fixture)
{
    command(fixture, 2);
}

static bool replaced(const struct net_seen *seen)
{
    return seen->replaced == 1;
}

void net_fixture_replace(struct net_fixture *fixture)
{
    command(fixture, 3);
    assert_true(net_fixture_wait(fixture, replaced));
}

void net_fixture_stop(struct net_fixture *fixture)
{
    command(fixture, 1);
    assert_int_equal(pthread_join(fixture->thread, nullptr), 0);
    vc_http_server_free(fixture->http);
    assert_int_equal(fixture->seen.requests, fixture->seen.closes);
    vc_loop_unwatch(fixture->command_watch);
    vc_loop_free(fixture->loop);
    vc_tls_free(fixture->server_tls);
    vc_tls_free(fixture->client_tls);
    (void)close(fixture->listener);
    (void)close(fixture->command);
    free_identity(&fixture->server);
    free_identity(&fixture->client);
    free_identity(&fixture->stranger);
    (void)pthread_cond_destroy(&fixture->changed);
    (void)pthread_mutex_destroy(&fixture->lock);
}

bool net_fixture_wait(struct net_fixture *fixture, bool (*reached)(const struct net_seen *seen))
{
    struct timespec deadline;
    bool good;

    (void)clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 10;
    (void)lock(fixture);
    while (!(good = reached(&fixture->seen)) &&
           pthread_cond_timedwait(&fixture->changed, &fixture->lock, &deadline) == 0)
        ;
    unlock(fixture);
    return good;
}

struct vc_http_client *net_connect(struct net_fixture *fixture)
{
    struct vc_http_client *client = nullptr;
    struct vc_err err = {};

    if (vc_http_client_connect(fixture->address, "test.veracruz", fixture->client_tls, 10000,
                               &client, &err) != VC_OK)
        fail_msg("%s", err.text);
    return client;
}
