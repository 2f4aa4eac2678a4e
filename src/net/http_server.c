/* SPDX-License-Identifier: MIT */

#include "net/http_server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/http_server_internal.h"

static constexpr unsigned ACCEPTS_MAX = 16;     /* connections taken in one turn */
static constexpr uint64_t ACCEPT_REST_MS = 100; /* when the process is out of descriptors */

static void resume_accept(void *user)
{
    struct vc_http_server *server = user;

    server->accept_rest = nullptr;
    if (server->accepting != nullptr)
        (void)vc_loop_rewatch(server->accepting, EPOLLIN, nullptr);
}

/* A listener that cannot be accepted from stays ready: without a rest the loop would spin. */
static void rest(struct vc_http_server *server)
{
    if (server->accept_rest == nullptr &&
        vc_loop_after(server->loop, ACCEPT_REST_MS, resume_accept, server, &server->accept_rest,
                      nullptr) == VC_OK)
        (void)vc_loop_rewatch(server->accepting, 0, nullptr);
}

/* The next from there on that comes from `origin` (null: from anywhere). */
static struct vc_http_connection *find_from(struct vc_http_connection *connection,
                                            const struct vc_origin *origin)
{
    while (connection != nullptr && origin != nullptr &&
           !vc_origin_equal(vc_http_connection_origin(connection), origin))
        connection = vc_http_connection_next(connection);
    return connection;
}

/* Of those from `origin` the first that has not shown who it is, or has said its last word, yields
 * if they are `most`. False: none may yield. */
static bool make_place_among(struct vc_http_server *server, const struct vc_origin *origin,
                             uint32_t most)
{
    struct vc_http_connection *at = find_from(TAILQ_FIRST(&server->connections), origin);
    struct vc_http_connection *yields = nullptr;
    uint32_t count = 0;

    for (; at != nullptr; at = find_from(vc_http_connection_next(at), origin)) {
        count++;
        if (yields == nullptr && !vc_http_connection_is_open(at))
            yields = at;
    }
    if (count < most)
        return true;
    vc_http_connection_free(yields);
    return yields != nullptr;
}

/* One address may take its own places only, however many others are free. */
static bool make_place(struct vc_http_server *server, const struct vc_origin *origin)
{
    uint32_t most = server->limits.connections_per_origin;

    return (most == 0 || make_place_among(server, origin, most)) &&
           (server->connection_count < server->limits.connections ||
            make_place_among(server, nullptr, server->limits.connections));
}

static void accept_ready(void *user, uint32_t)
{
    struct vc_http_server *server = user;

    for (unsigned i = 0; i < ACCEPTS_MAX; i++) {
        struct sockaddr_storage from = {};
        socklen_t from_size = sizeof(from);
        int fd = accept4(server->listener, (struct sockaddr *)&from, &from_size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct vc_origin origin = vc_origin_of(&from);

        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
            rest(server);
        if (fd < 0)
            return;
        if (make_place(server, &origin))
            (void)vc_http_connection_new(server, fd, &origin, nullptr);
        else
            (void)close(fd);
    }
}

enum vc_code vc_http_server_new(struct vc_loop *loop, int listener, struct vc_tls *tls,
                                const struct vc_http_server_limits *limits,
                                const struct vc_http_handler *handler, void *user,
                                struct vc_http_server **server, struct vc_err *err)
{
    vc_cleanup(vc_http_server_freep) struct vc_http_server *fresh = nullptr;
    enum vc_code code;

    if (limits->connections == 0 || limits->streams_per_connection == 0 ||
        limits->handshake_ms == 0 || limits->idle_ms == 0)
        return vc_fail(err, VC_STATE, "HTTP server: every limit must be above 0");
    fresh = calloc(1, sizeof(*fresh));
    if (fresh == nullptr)
        return vc_fail_memory(err);
    *fresh = (struct vc_http_server){.loop = loop,
                                     .tls = tls,
                                     .limits = *limits,
                                     .handler = handler,
                                     .user = user,
                                     .listener = listener};
    TAILQ_INIT(&fresh->connections);
    TAILQ_INIT(&fresh->soon);
    fresh->batch = malloc(VC_H2_BATCH_SIZE);
    if (fresh->batch == nullptr)
        return vc_fail_memory(err);
    code = vc_loop_watch(loop, listener, EPOLLIN, accept_ready, fresh, &fresh->accepting, err);
    if (code == VC_OK)
        *server = vc_take(fresh);
    return code;
}

void vc_http_server_free(struct vc_http_server *server)
{
    struct vc_http_connection *connection;

    if (server == nullptr)
        return;
    server->drained = nullptr;
    server->draining = true; /* nothing is left to do for a handler that asks for it now */
    while ((connection = TAILQ_FIRST(&server->connections)) != nullptr)
        vc_http_connection_free(connection);
    vc_loop_unwatch(server->accepting);
    vc_timer_cancel(server->accept_rest);
    vc_timer_cancel(server->soon_timer);
    vc_timer_cancel(server->drain_timer);
    vc_chunk_pool_done(&server->pool);
    free(server->batch);
    free(server);
}

/* Only those that were waiting when it began: one that asks again comes in the next turn. */
static void turn_soon(void *user)
{
    struct vc_http_server *server = user;
    uint32_t count = server->soon_count;

    server->soon_timer = nullptr;
    for (; count > 0; count--) {
        struct vc_http_connection *connection = vc_http_connection_pop_soon(server);

        if (connection == nullptr)
            return;
        vc_http_connection_turn(connection);
    }
}

enum vc_code vc_http_server_hurry(struct vc_http_server *server, struct vc_err *err)
{
    if (server->soon_timer != nullptr)
        return VC_OK;
    return vc_loop_after(server->loop, 0, turn_soon, server, &server->soon_timer, err);
}

static void finish_drain(void *user)
{
    struct vc_http_server *server = user;
    void (*drained)(void *user) = server->drained;

    server->drain_timer = nullptr;
    server->drained = nullptr;
    if (drained != nullptr)
        drained(server->drained_user); /* which may free the server */
}

static void set_drain_timer(struct vc_http_server *server, uint64_t delay_ms)
{
    struct vc_timer *timer;

    if (vc_loop_after(server->loop, delay_ms, finish_drain, server, &timer, nullptr) != VC_OK)
        return; /* the old one, if any, still stands */
    vc_timer_cancel(server->drain_timer);
    server->drain_timer = timer;
}

void vc_http_server_check_drained(struct vc_http_server *server)
{
    if (server->drained != nullptr && server->unsent_count == 0)
        set_drain_timer(server, 0);
}

void vc_http_server_drain(struct vc_http_server *server, uint64_t deadline_ms,
                          void (*drained)(void *user), void *user)
{
    struct vc_http_connection *connection;

    if (server->draining)
        return;
    server->draining = true;
    server->drained = drained;
    server->drained_user = user;
    vc_loop_unwatch(server->accepting);
    server->accepting = nullptr;
    set_drain_timer(server, deadline_ms);
    for (connection = TAILQ_FIRST(&server->connections); connection != nullptr;
         connection = vc_http_connection_next(connection))
        vc_http_connection_stop(connection);
    vc_http_server_check_drained(server);
}
