/* SPDX-License-Identifier: MIT */

/* One connection of a server, from accept to close: its phases and deadlines. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "net/http_server_internal.h"
#include "net/tcp_internal.h"

static constexpr uint32_t LINGER_MS = 1000;   /* for the peer to read our last word */
static constexpr uint64_t LOOK_MS = 60000;    /* between two looks at an open connection */
static constexpr int UNSENT_MAX = 128 * 1024; /* bytes that the kernel holds for a slow reader */

enum phase {
    HANDSHAKE,
    OPEN,
    FLUSH,  /* no exchange any more; the last word waits for the socket */
    LINGER, /* it is said; reads what the peer still sends, lest a reset overtake it */
};

struct vc_http_connection {
    struct vc_http_server *server;
    TAILQ_ENTRY(vc_http_connection) entry;
    TAILQ_ENTRY(vc_http_connection) soon_entry;
    bool soon;
    enum phase phase;
    struct vc_origin origin;
    int fd;
    struct vc_watch *watch;
    uint32_t events; /* that are watched for */
    struct vc_timer *timer;
    uint64_t opened_ms; /* when the handshake was over */
    uint64_t moved_ms;  /* when bytes last moved */
    uint64_t traffic;   /* up to then */
    struct vc_tls_session *tls;
    struct vc_exchanges *exchanges; /* only in OPEN */
};

static void expire(void *user);
static void turn_ready(void *user, uint32_t ready);

static void set_options(int fd)
{
    vc_tcp_prepare(fd);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &(int){UNSENT_MAX}, sizeof(int));
}

static enum vc_code set_timer(struct vc_http_connection *connection, uint64_t delay_ms,
                              struct vc_err *err)
{
    vc_timer_cancel(connection->timer);
    connection->timer = nullptr;
    return vc_loop_after(connection->server->loop, delay_ms, expire, connection, &connection->timer,
                         err);
}

enum vc_code vc_http_connection_new(struct vc_http_server *server, int fd,
                                    const struct vc_origin *origin, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int owned = fd;
    struct vc_http_connection *fresh = calloc(1, sizeof(*fresh));
    enum vc_code code;

    if (fresh == nullptr)
        return vc_fail_memory(err);
    fresh->server = server;
    fresh->origin = *origin;
    fresh->fd = vc_take_fd(owned);
    fresh->moved_ms = vc_loop_now_ms();
    TAILQ_INSERT_TAIL(&server->connections, fresh, entry);
    server->connection_count++;
    server->unsent_count++;
    set_options(fd);
    code = vc_tls_session_new(server->tls, fd, nullptr, &server->pool, &fresh->tls, err);
    fresh->events = EPOLLIN;
    if (code == VC_OK)
        code = vc_loop_watch(server->loop, fd, EPOLLIN, turn_ready, fresh, &fresh->watch, err);
    if (code == VC_OK)
        code = set_timer(fresh, server->limits.handshake_ms, err);
    if (code != VC_OK)
        vc_http_connection_free(fresh);
    return code;
}

void vc_http_connection_free(struct vc_http_connection *connection)
{
    struct vc_http_server *server;

    if (connection == nullptr)
        return;
    server = connection->server;
    if (connection->phase == OPEN)
        connection->phase = FLUSH; /* a handler's last word may drain the server */
    vc_exchanges_free(vc_take(connection->exchanges));
    if (connection->soon) {
        TAILQ_REMOVE(&server->soon, connection, soon_entry);
        server->soon_count--;
    }
    TAILQ_REMOVE(&server->connections, connection, entry);
    server->connection_count--;
    if (connection->phase != LINGER)
        server->unsent_count--;
    vc_timer_cancel(connection->timer);
    vc_loop_unwatch(connection->watch);
    vc_tls_session_free(connection->tls);
    (void)close(connection->fd);
    free(connection);
    vc_http_server_check_drained(server);
}

bool vc_http_connection_is_open(const struct vc_http_connection *connection)
{
    return connection->phase == OPEN;
}

const struct vc_origin *vc_http_connection_origin(const struct vc_http_connection *connection)
{
    return &connection->origin;
}

struct vc_http_connection *vc_http_connection_next(struct vc_http_connection *connection)
{
    return TAILQ_NEXT(connection, entry);
}

struct vc_http_connection *vc_http_connection_pop_soon(struct vc_http_server *server)
{
    struct vc_http_connection *first = TAILQ_FIRST(&server->soon);

    if (first == nullptr)
        return nullptr;
    TAILQ_REMOVE(&server->soon, first, soon_entry);
    server->soon_count--;
    first->soon = false;
    return first;
}

static enum vc_code wake(void *user, struct vc_err *err)
{
    struct vc_http_connection *connection = user;
    struct vc_http_server *server = connection->server;
    enum vc_code code = connection->soon ? VC_OK : vc_http_server_hurry(server, err);

    if (code != VC_OK || connection->soon)
        return code;
    connection->soon = true;
    TAILQ_INSERT_TAIL(&server->soon, connection, soon_entry);
    server->soon_count++;
    return VC_OK;
}

/* Watches for writing only while bytes wait for it. False: the kernel refused. */
static bool watch_for(struct vc_http_connection *connection, bool writing)
{
    uint32_t events = writing ? EPOLLIN | EPOLLOUT : EPOLLIN;

    if (events == connection->events)
        return true;
    connection->events = events;
    return vc_loop_rewatch(connection->watch, events, nullptr) == VC_OK;
}

static void note_traffic(struct vc_http_connection *connection)
{
    uint64_t traffic = vc_tls_session_traffic(connection->tls);

    if (traffic == connection->traffic)
        return;
    connection->traffic = traffic;
    connection->moved_ms = vc_loop_now_ms();
}

/* Reads and forgets what the peer sends until it closes, too. */
static void turn_linger(struct vc_http_connection *connection)
{
    for (unsigned round = 0; round < VC_H2_ROUNDS_MAX; round++) {
        ssize_t count = recv(connection->fd, connection->server->batch, VC_H2_BATCH_SIZE, 0);

        if (count > 0 || (count < 0 && errno == EINTR))
            continue;
        if (count == 0 || errno != EAGAIN)
            vc_http_connection_free(connection);
        return;
    }
}

static void turn_flush(struct vc_http_connection *connection)
{
    if (vc_tls_session_flush(connection->tls, nullptr) != VC_OK ||
        !watch_for(connection, vc_tls_session_blocked(connection->tls))) {
        vc_http_connection_free(connection);
        return;
    }
    if (vc_tls_session_blocked(connection->tls))
        return;
    (void)shutdown(connection->fd, SHUT_WR);
    connection->phase = LINGER;
    connection->server->unsent_count--;
    vc_http_server_check_drained(connection->server);
    turn_linger(connection);
}

/* Ends all exchanges, says close_notify or the alert that is waiting, and closes after that. */
static void finish(struct vc_http_connection *connection)
{
    connection->phase = FLUSH;
    vc_exchanges_free(vc_take(connection->exchanges));
    vc_tls_session_close(connection->tls);
    if (set_timer(connection, LINGER_MS, nullptr) != VC_OK) {
        vc_http_connection_free(connection);
        return;
    }
    turn_flush(connection);
}

/* Until it was silent for too long, or is too old; 0: now. */
static uint64_t time_left(const struct vc_http_connection *connection, uint64_t silent_ms)
{
    const struct vc_http_server_limits *limits = &connection->server->limits;
    uint64_t age_ms = vc_loop_now_ms() - connection->opened_ms;
    uint64_t left_ms = silent_ms < limits->idle_ms ? limits->idle_ms - silent_ms : 0;

    if (limits->life_ms == 0)
        return left_ms;
    if (age_ms >= limits->life_ms)
        return 0;
    return left_ms < limits->life_ms - age_ms ? left_ms : limits->life_ms - age_ms;
}

static enum vc_code set_look(struct vc_http_connection *connection, uint64_t left_ms,
                             struct vc_err *err)
{
    return set_timer(connection, left_ms < LOOK_MS ? left_ms : LOOK_MS, err);
}

static enum vc_code open_exchanges(struct vc_http_connection *connection, struct vc_err *err)
{
    struct vc_http_server *server = connection->server;
    const struct vc_exchanges_host host = {
        .wake = wake, .user = connection, .tls = connection->tls, .pool = &server->pool};
    enum vc_code code =
        vc_exchanges_new(&host, server->limits.streams_per_connection, server->handler,
                         server->user, &connection->exchanges, err);

    connection->opened_ms = vc_loop_now_ms();
    if (code == VC_OK)
        code = set_look(connection, time_left(connection, 0), err);
    if (code == VC_OK)
        connection->phase = OPEN;
    return code;
}

static void turn_open(struct vc_http_connection *connection)
{
    struct vc_h2 *h2 = vc_exchanges_h2(connection->exchanges);
    bool more_in = false;
    bool more_out = false;
    enum vc_code in =
        vc_h2_pump_in(h2, connection->tls, connection->server->batch, &more_in, nullptr);

    /* before the answer leaves: whoever has it may look */
    if (vc_exchanges_secret(connection->exchanges))
        explicit_bzero(connection->server->batch, VC_H2_BATCH_SIZE);
    enum vc_code out = vc_h2_pump_out(h2, connection->tls, &more_out, nullptr);
    bool unsent = h2->out.begin < h2->out.end;

    note_traffic(connection);
    if (in != VC_OK || out != VC_OK || (!unsent && vc_exchanges_ended(connection->exchanges))) {
        finish(connection);
        return;
    }
    if (!watch_for(connection, unsent || vc_tls_session_blocked(connection->tls)) ||
        ((more_in || more_out) && wake(connection, nullptr) != VC_OK))
        vc_http_connection_free(connection);
}

static bool same_bytes(struct vc_bytes a, struct vc_bytes b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* Has this peer as many connections as one may have, besides this one? */
static bool has_enough(const struct vc_http_connection *connection)
{
    const struct vc_http_server *server = connection->server;
    const struct vc_cert *peer = vc_tls_session_peer(connection->tls);
    const struct vc_http_connection *other;
    uint32_t count = 0;

    if (peer == nullptr || server->limits.connections_per_peer == 0)
        return false;
    TAILQ_FOREACH(other, &server->connections, entry)
    {
        const struct vc_cert *its = vc_tls_session_peer(other->tls);

        count += other->phase == OPEN && its != nullptr &&
                 same_bytes(vc_cert_der(its), vc_cert_der(peer));
    }
    return count >= server->limits.connections_per_peer;
}

static void turn_handshake(struct vc_http_connection *connection)
{
    if (vc_tls_session_handshake(connection->tls, nullptr) != VC_OK ||
        connection->server->draining) {
        finish(connection);
        return;
    }
    note_traffic(connection);
    if (!vc_tls_session_ready(connection->tls)) {
        if (!watch_for(connection, vc_tls_session_blocked(connection->tls)))
            vc_http_connection_free(connection);
        return;
    }
    if (has_enough(connection) || open_exchanges(connection, nullptr) != VC_OK)
        finish(connection);
    else
        turn_open(connection);
}

void vc_http_connection_turn(struct vc_http_connection *connection)
{
    switch (connection->phase) {
    case HANDSHAKE:
        turn_handshake(connection);
        break;
    case OPEN:
        turn_open(connection);
        break;
    case FLUSH:
        turn_flush(connection);
        break;
    case LINGER:
        turn_linger(connection);
        break;
    }
}

static void turn_ready(void *user, uint32_t)
{
    vc_http_connection_turn(user);
}

void vc_http_connection_stop(struct vc_http_connection *connection)
{
    if (connection->phase == OPEN)
        vc_exchanges_stop(connection->exchanges);
    /* Without memory it is left to the deadline of the drain. */
    (void)wake(connection, nullptr);
}

/* Says GOAWAY to a client that only kept the connection for later, or for too long. */
static void finish_idle(struct vc_http_connection *connection)
{
    bool more;

    vc_exchanges_stop(connection->exchanges);
    (void)vc_h2_pump_out(vc_exchanges_h2(connection->exchanges), connection->tls, &more, nullptr);
    finish(connection);
}

static void expire_open(struct vc_http_connection *connection)
{
    uint64_t silent_ms = vc_loop_now_ms() - connection->moved_ms;
    uint64_t left_ms;

    if (vc_exchanges_busy(connection->exchanges)) /* the silence is ours: it counts from now */
        silent_ms = 0;
    left_ms = time_left(connection, silent_ms);
    if (left_ms == 0)
        finish_idle(connection);
    else if (vc_tcp_is_gone(connection->fd) || set_look(connection, left_ms, nullptr) != VC_OK)
        vc_http_connection_free(connection);
}

static void expire(void *user)
{
    struct vc_http_connection *connection = user;

    connection->timer = nullptr;
    if (connection->phase == OPEN)
        expire_open(connection);
    else
        vc_http_connection_free(connection);
}
