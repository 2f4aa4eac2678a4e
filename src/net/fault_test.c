/* SPDX-License-Identifier: MIT */

/* F1, at the network: what the kernel answers when a loop waits and a session moves bytes is not
 * trusted to make sense. Every byte in its order, or an end of the session. */

#include <errno.h>
#include <limits.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "net/loop.h"
#include "net/net_fixture.h"
#include "net/tcp_internal.h"
#include "net/tls_session_internal.h"

enum fault { NONE, INTERRUPTED, SHORT, LATER, NOTHING, TOO_MUCH, HUGE_COUNT, BROKEN };

static constexpr unsigned ROUNDS_MAX = 100000; /* that a handshake byte by byte may take */

/* What the next calls of the thread do; set by each row. The server of the fixture has its own. */
static thread_local enum fault fault;
static thread_local unsigned turns;
static thread_local int events_told; /* by epoll_wait; 0: the right count, -1: interrupted */

ssize_t __real_recv(int fd, void *data, size_t size, int flags);
ssize_t __real_send(int fd, const void *data, size_t size, int flags);
int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int __real_epoll_wait(int fd, struct epoll_event *events, int count, int timeout);
ssize_t __wrap_recv(int fd, void *data, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
int __wrap_epoll_wait(int fd, struct epoll_event *events, int count, int timeout);

/* What the kernel says of a TCP socket, where a row says so; its size 0: the truth. */
static thread_local struct tcp_info told;
static thread_local socklen_t told_size;

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
    if (name != TCP_INFO || told_size == 0)
        return __real_getsockopt(fd, level, name, value, size);
    memcpy(value, &told, told_size < *size ? told_size : *size);
    *size = told_size;
    return 0;
}

/* True if the fault is the whole answer. */
static bool lies(size_t size, ssize_t *answer)
{
    bool now = ++turns * 2654435761U >> 29 != 0; /* out of step with who calls */

    *answer = -1;
    errno = fault == INTERRUPTED ? EINTR : fault == LATER ? EAGAIN : EIO;
    if (fault == INTERRUPTED || fault == LATER)
        return now;
    if (fault == NOTHING)
        *answer = 0;
    if (fault == TOO_MUCH)
        *answer = (ssize_t)size + 1;
    if (fault == HUGE_COUNT)
        *answer = SSIZE_MAX;
    return fault >= NOTHING;
}

ssize_t __wrap_recv(int fd, void *data, size_t size, int flags)
{
    ssize_t answer;

    return lies(size, &answer) ? answer : __real_recv(fd, data, fault == SHORT ? 1 : size, flags);
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
    ssize_t answer;

    return lies(size, &answer) ? answer : __real_send(fd, data, fault == SHORT ? 1 : size, flags);
}

int __wrap_epoll_wait(int fd, struct epoll_event *events, int count, int timeout)
{
    errno = EINTR;
    if (events_told < 0)
        return ++turns % 1000 != 0 ? -1 : __real_epoll_wait(fd, events, count, timeout);
    int answer = __real_epoll_wait(fd, events, count, timeout);

    return events_told > 0 ? events_told : answer;
}

/* Two ends of a connection. */
struct pair {
    struct net_fixture fixture;
    struct vc_chunk_pool pool;
    int fds[2];
    struct vc_tls_session *client, *server;
};

static void open_pair(struct pair *pair)
{
    *pair = (struct pair){};
    net_fixture_start(&pair->fixture, false, nullptr);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair->fds), 0);
    assert_int_equal(vc_tls_session_new(pair->fixture.client_tls, pair->fds[0], "x", &pair->pool,
                                        &pair->client, nullptr),
                     VC_OK);
    assert_int_equal(vc_tls_session_new(pair->fixture.server_tls, pair->fds[1], nullptr,
                                        &pair->pool, &pair->server, nullptr),
                     VC_OK);
}

static void close_pair(struct pair *pair)
{
    vc_tls_session_free(pair->client);
    vc_tls_session_free(pair->server);
    (void)close(pair->fds[0]);
    (void)close(pair->fds[1]);
    vc_chunk_pool_done(&pair->pool);
    net_fixture_stop(&pair->fixture);
}

static enum vc_code step(struct vc_tls_session *session)
{
    enum vc_code code = vc_tls_session_handshake(session, nullptr);

    return code == VC_OK ? vc_tls_session_flush(session, nullptr) : code;
}

static enum vc_code shake_hands(struct pair *pair)
{
    enum vc_code code = VC_OK;

    for (unsigned i = 0; code == VC_OK && i < ROUNDS_MAX; i++) {
        if (vc_tls_session_ready(pair->client) && vc_tls_session_ready(pair->server))
            return VC_OK;
        code = step(pair->client);
        if (code == VC_OK)
            code = step(pair->server);
    }
    return code == VC_OK ? VC_STATE : code;
}

/* One message from client to server, whole. */
static enum vc_code say(struct pair *pair, struct vc_bytes text, uint8_t *heard)
{
    struct vc_chunk chunk = {};
    size_t all = 0;
    enum vc_code code;

    assert_true(vc_chunk_open(&pair->pool, &chunk));
    assert_int_equal(vc_chunk_fill(&chunk, text), text.size);
    code = vc_tls_session_write(pair->client, &chunk, nullptr);
    vc_chunk_close(&pair->pool, &chunk);
    for (unsigned i = 0; code == VC_OK && all < text.size && i < ROUNDS_MAX; i++) {
        size_t got = 0;

        code = vc_tls_session_flush(pair->client, nullptr);
        if (code == VC_OK)
            code = vc_tls_session_read(pair->server, heard + all, text.size - all, &got, nullptr);
        all += got;
    }
    return code == VC_OK && all < text.size ? VC_STATE : code;
}

static const struct row {
    const char *name;
    enum fault fault;
    bool works; /* or ends as closed, or by the host */
} ROWS[] = {
    {"as it should be", NONE, true},
    {"interrupted, seven times in eight", INTERRUPTED, true},
    {"byte by byte", SHORT, true},
    {"later, seven times in eight", LATER, true},
    {"nothing", NOTHING, false},
    {"a byte too much", TOO_MUCH, false},
    {"beyond all measure", HUGE_COUNT, false},
    {"broken", BROKEN, false},
};

static void judge(const struct row *row, const char *what, enum vc_code code)
{
    bool right = row->works ? code == VC_OK : code == VC_HOST || code == VC_CLOSED;

    if (!right)
        fail_msg("%s, %s: %s", what, row->name, vc_code_name(code));
}

static void test_handshakes(void **)
{
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        struct pair pair;

        open_pair(&pair);
        fault = ROWS[i].fault;
        enum vc_code code = shake_hands(&pair);

        fault = NONE;
        judge(&ROWS[i], "handshake", code);
        close_pair(&pair);
    }
}

static void test_messages(void **)
{
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        uint8_t *text = net_pattern_new(10000);
        uint8_t heard[10000] = {};
        struct pair pair;

        open_pair(&pair);
        assert_int_equal(shake_hands(&pair), VC_OK);
        fault = ROWS[i].fault;
        enum vc_code code = say(&pair, (struct vc_bytes){text, sizeof(heard)}, heard);

        fault = NONE;
        judge(&ROWS[i], "message", code);
        if (code == VC_OK)
            assert_memory_equal(heard, text, sizeof(heard));
        close_pair(&pair);
        free(text);
    }
}

/* A peer is gone when it leaves bytes unacknowledged for long, not when it is silent or full. */
static void test_gone_peer(void **)
{
    static constexpr socklen_t WHOLE = sizeof(struct tcp_info);
    static const struct {
        uint32_t unacked, notsent, silent_ms;
        socklen_t size;
        bool gone;
    } rows[] = {{0, 0, UINT32_MAX, WHOLE, false},
                {1, 0, VC_TCP_GONE_MS - 1, WHOLE, false},
                {1, 0, VC_TCP_GONE_MS, WHOLE, true},
                {0, 1, VC_TCP_GONE_MS, WHOLE, true},
                {0, 1, 0, WHOLE, false},
                {1, 1, VC_TCP_GONE_MS, offsetof(struct tcp_info, tcpi_notsent_bytes), false}};
    vc_cleanup(vc_fd_closep) int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    vc_cleanup(vc_fd_closep) int other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_false(vc_tcp_is_gone(tcp));
    assert_false(vc_tcp_is_gone(other));
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        told = (struct tcp_info){.tcpi_unacked = rows[i].unacked,
                                 .tcpi_notsent_bytes = rows[i].notsent,
                                 .tcpi_last_ack_recv = rows[i].silent_ms};
        told_size = rows[i].size;
        bool gone = vc_tcp_is_gone(tcp);

        told_size = 0;
        if (gone != rows[i].gone)
            fail_msg("row %zu", i);
    }
}

static enum vc_code go_on(void *user, struct vc_err *err)
{
    unsigned *pulses = user;

    /* Else it would be waited for without end: this is what the row is about. */
    return ++*pulses < 1000 ? VC_OK : vc_fail(err, VC_STATE, "nobody noticed");
}

/* A call that has no limit of silence ends when its server is gone, and not before. */
static void test_gone_server(void **)
{
    static const struct {
        uint32_t unacked, silent_ms;
        enum vc_code code;
    } rows[] = {{1, VC_TCP_GONE_MS, VC_CLOSED},
                {0, VC_TCP_GONE_MS, VC_STATE},
                {1, VC_TCP_GONE_MS - 1, VC_STATE}};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct net_fixture fixture;
        struct vc_http_answer answer = {};
        struct vc_err err = {};
        unsigned pulses = 0;
        const struct vc_http_call call = {.method = "GET",
                                          .target = "/silent",
                                          .pulse = go_on,
                                          .pulse_user = &pulses,
                                          .pulse_ms = 1};

        net_fixture_start(&fixture, false, nullptr);
        vc_cleanup(vc_http_client_freep) struct vc_http_client *client = net_connect(&fixture);

        told = (struct tcp_info){.tcpi_unacked = rows[i].unacked,
                                 .tcpi_last_ack_recv = rows[i].silent_ms};
        told_size = sizeof(told);
        enum vc_code code = vc_http_client_call(client, &call, &answer, &err);

        told_size = 0;
        if (code != rows[i].code)
            fail_msg("row %zu: code %d, %s", i, code, err.text);
        assert_true(code != VC_CLOSED || strstr(err.text, "not been heard of") != nullptr);
        vc_http_answer_done(&answer);
        vc_http_client_free(vc_take(client));
        net_fixture_stop(&fixture);
    }
}

static void stop(void *user, uint32_t)
{
    vc_loop_stop(user);
}

static void test_loop(void **)
{
    static const struct {
        int told;
        enum vc_code code;
    } rows[] = {{0, VC_OK}, {-1, VC_OK}, {1000000, VC_HOST}, {INT_MAX, VC_HOST}};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_fd_closep) int event = eventfd(1, EFD_CLOEXEC);
        struct vc_loop *loop = nullptr;
        struct vc_watch *watch;

        assert_int_equal(vc_loop_new(&loop, nullptr), VC_OK);
        assert_int_equal(vc_loop_watch(loop, event, EPOLLIN, stop, loop, &watch, nullptr), VC_OK);
        events_told = rows[i].told;
        enum vc_code code = vc_loop_run(loop, nullptr);

        events_told = 0;
        assert_int_equal(code, rows[i].code);
        vc_loop_free(loop);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshakes), cmocka_unit_test(test_messages),
        cmocka_unit_test(test_gone_peer),  cmocka_unit_test(test_gone_server),
        cmocka_unit_test(test_loop),
    };

    return cmocka_run_group_tests_name("net-fault", tests, nullptr, nullptr);
}
