/* SPDX-License-Identifier: MIT */

/* The server against clients that are not ours: TLS that it must refuse, silence, too many at once,
 * and curl. */

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include <cmocka.h>

#include "base/file.h"
#include "crypto/native.h"
#include "net/net_fixture.h"
#include "net/tls_session_internal.h"

/* From this address of the machine's own. */
static int dial_from(const struct net_fixture *fixture, const char *source)
{
    struct sockaddr_in own = {.sin_family = AF_INET};
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {.tv_sec = 10};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    place.sin_port = htons((uint16_t)strtoul(strchr(fixture->address, ':') + 1, nullptr, 10));
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(inet_pton(AF_INET, source, &own.sin_addr), 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&place, sizeof(place)), 0);
    return fd;
}

static int dial(const struct net_fixture *fixture)
{
    return dial_from(fixture, "127.0.0.1");
}

/* OpenSSL as a stranger would set it up, over a blocking socket. */
struct stranger {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
    int alert; /* received; -1 before */
};

static void note_alert(const SSL *ssl, int where, int value)
{
    struct stranger *stranger = SSL_get_app_data(ssl);

    if (where == SSL_CB_READ_ALERT)
        stranger->alert = value & 0xff;
}

static struct stranger stranger_from(const struct net_fixture *fixture, const char *source)
{
    struct stranger stranger = {.fd = dial_from(fixture, source), .alert = -1};

    stranger.context = SSL_CTX_new(TLS_client_method());
    stranger.ssl = SSL_new(stranger.context);
    assert_non_null(stranger.ssl);
    assert_int_equal(SSL_set_fd(stranger.ssl, stranger.fd), 1);
    assert_int_equal(SSL_use_certificate(stranger.ssl, vc_cert_native(fixture->client.cert)), 1);
    assert_int_equal(SSL_use_PrivateKey(stranger.ssl, vc_key_native(fixture->client.key)), 1);
    assert_int_equal(SSL_set_alpn_protos(stranger.ssl, (const uint8_t *)"\x02h2", 3), 0);
    SSL_set_info_callback(stranger.ssl, note_alert);
    return stranger;
}

static struct stranger stranger_new(const struct net_fixture *fixture)
{
    return stranger_from(fixture, "127.0.0.1");
}

static void stranger_done(struct stranger *stranger)
{
    SSL_free(stranger->ssl);
    SSL_CTX_free(stranger->context);
    (void)close(stranger->fd);
}

static void make_tls12(SSL *ssl)
{
    assert_int_equal(SSL_set_max_proto_version(ssl, TLS1_2_VERSION), 1);
}

static void make_http1(SSL *ssl)
{
    assert_int_equal(SSL_set_alpn_protos(ssl, (const uint8_t *)"\x08http/1.1", 9), 0);
}

static void make_no_alpn(SSL *ssl)
{
    assert_int_equal(SSL_set_alpn_protos(ssl, nullptr, 0), 0);
}

static void make_other_group(SSL *ssl)
{
    char groups[] = "P-256";

    assert_int_equal(SSL_set1_groups_list(ssl, groups), 1);
}

static void make_plain_group(SSL *ssl)
{
    char groups[] = "X25519";

    assert_int_equal(SSL_set1_groups_list(ssl, groups), 1);
}

static void make_nothing_special(SSL *)
{
}

static void test_handshakes(void **)
{
    static const struct {
        void (*make)(SSL *ssl);
        int alert; /* -1: accepted */
    } rows[] = {{make_nothing_special, -1},
                {make_plain_group, -1},
                {make_tls12, SSL_AD_PROTOCOL_VERSION},
                {make_http1, SSL_AD_NO_APPLICATION_PROTOCOL},
                {make_no_alpn, SSL_AD_NO_APPLICATION_PROTOCOL},
                {make_other_group, SSL_AD_HANDSHAKE_FAILURE}};
    struct net_fixture fixture;

    net_fixture_start(&fixture, false, nullptr);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct stranger stranger = stranger_new(&fixture);

        SSL_set_app_data(stranger.ssl, &stranger);
        rows[i].make(stranger.ssl);
        assert_int_equal(SSL_connect(stranger.ssl) == 1, rows[i].alert < 0);
        assert_int_equal(stranger.alert, rows[i].alert);
        if (rows[i].alert < 0)
            assert_string_equal(SSL_get_cipher_name(stranger.ssl), "TLS_AES_128_GCM_SHA256");
        stranger_done(&stranger);
    }
    net_fixture_stop(&fixture);
    assert_int_equal(fixture.seen.requests, 0);
}

/* Neither a ticket nor anything else to resume from, in all that the server says. */
static void test_no_resumption(void **)
{
    struct net_fixture fixture;
    struct stranger stranger;
    uint8_t bytes[64];

    net_fixture_start(&fixture, false, nullptr);
    stranger = stranger_new(&fixture);
    SSL_set_app_data(stranger.ssl, &stranger);
    assert_int_equal(SSL_connect(stranger.ssl), 1);
    assert_true(SSL_read(stranger.ssl, bytes, sizeof(bytes)) > 0); /* the server's SETTINGS */
    assert_false(SSL_SESSION_is_resumable(SSL_get0_session(stranger.ssl)));
    stranger_done(&stranger);
    net_fixture_stop(&fixture);
}

/* Reads until the peer closes; false: it did not within the socket's patience. */
static bool closes(int fd)
{
    uint8_t bytes[256];
    ssize_t count;

    do {
        count = recv(fd, bytes, sizeof(bytes), 0);
    } while (count > 0);
    return count == 0;
}

static void test_garbage(void **)
{
    static const char text[] = "GET / HTTP/1.1\r\n\r\n";
    struct net_fixture fixture;
    int fd;

    net_fixture_start(&fixture, false, nullptr);
    fd = dial(&fixture);
    assert_int_equal(send(fd, text, sizeof(text), MSG_NOSIGNAL), sizeof(text));
    assert_true(closes(fd));
    (void)close(fd);
    net_fixture_stop(&fixture);
}

static void test_deadlines(void **)
{
    const struct vc_http_server_limits limits = {
        .connections = 16, .streams_per_connection = 4, .handshake_ms = 400, .idle_ms = 200};
    struct net_fixture fixture;
    struct vc_http_client *client;
    const struct vc_http_call silent = {
        .method = "GET", .target = "/silent", .idle_timeout_ms = 600};
    struct vc_http_answer answer = {};
    struct stranger stranger;
    int fd;

    net_fixture_start(&fixture, false, &limits);
    fd = dial(&fixture);
    assert_true(closes(fd)); /* it never says hello */
    (void)close(fd);
    stranger = stranger_new(&fixture);
    SSL_set_app_data(stranger.ssl, &stranger);
    assert_int_equal(SSL_connect(stranger.ssl), 1);
    assert_true(closes(stranger.fd)); /* it asks for nothing */
    stranger_done(&stranger);
    client = net_connect(&fixture); /* its request waits for the handler: not idle */
    assert_int_equal(vc_http_client_call(client, &silent, &answer, nullptr), VC_CLOSED);
    assert_int_equal(fixture.seen.closes, 0);
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
}

static bool closed_once(const struct net_seen *seen)
{
    return seen->closes == 1;
}

/* A connection has an end, even one that is never idle. */
static void test_life_of_a_connection(void **)
{
    const struct vc_http_server_limits limits = {.connections = 16,
                                                 .streams_per_connection = 4,
                                                 .handshake_ms = 20000,
                                                 .idle_ms = 20000,
                                                 .life_ms = 300};
    const struct vc_http_call silent = {
        .method = "GET", .target = "/silent", .idle_timeout_ms = 15000};
    struct vc_http_answer answer = {};
    struct net_fixture fixture;
    struct vc_http_client *client;

    net_fixture_start(&fixture, false, &limits);
    client = net_connect(&fixture);
    assert_int_equal(vc_http_client_call(client, &silent, &answer, nullptr), VC_CLOSED);
    assert_true(net_fixture_wait(&fixture, closed_once)); /* and not because the client gave up */
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
}

static bool closed_without_end(const struct net_seen *seen)
{
    return seen->closes_without_end == 1;
}

static ptrdiff_t stall(void *user, uint64_t offset, uint8_t *data, size_t size, struct vc_err *err)
{
    if (offset >= 100000 && !net_fixture_wait(user, closed_without_end)) {
        (void)vc_fail(err, VC_STATE, "the server waited for ever");
        return -1;
    }
    memset(data, 's', size);
    return (ptrdiff_t)size;
}

/* An upload that stops half-way does not hold its stream for ever. */
static void test_stalled_upload(void **)
{
    const struct vc_http_server_limits limits = {
        .connections = 16, .streams_per_connection = 4, .handshake_ms = 5000, .idle_ms = 300};
    struct net_fixture fixture;
    const struct vc_http_source source = {.read = stall, .user = &fixture, .size = 1 << 20};
    const struct vc_http_call call = {.method = "PUT", .target = "/echo", .source = &source};
    struct vc_http_answer answer = {};
    struct vc_http_client *client;

    net_fixture_start(&fixture, false, &limits);
    client = net_connect(&fixture);
    assert_int_equal(vc_http_client_call(client, &call, &answer, nullptr), VC_CLOSED);
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
    assert_int_equal(fixture.seen.ends, 0);
}

static void test_connection_limit(void **)
{
    const struct vc_http_server_limits limits = {
        .connections = 2, .streams_per_connection = 4, .handshake_ms = 5000, .idle_ms = 20000};
    struct net_fixture fixture;
    struct vc_http_client *clients[2];
    int fd;

    net_fixture_start(&fixture, false, &limits);
    for (size_t i = 0; i < VC_COUNT(clients); i++)
        clients[i] = net_connect(&fixture);
    fd = dial(&fixture);
    assert_true(closes(fd));
    (void)close(fd);
    for (size_t i = 0; i < VC_COUNT(clients); i++)
        vc_http_client_free(clients[i]);
    net_fixture_stop(&fixture);
}

/* One address takes its own places and nobody else's; of its own, those that are not open yield. */
static void test_origin_limit(void **)
{
    static const struct {
        const char *source;
        bool is_silent, served;
    } rows[] = {
        {"127.0.0.1", false, true},  {"127.0.0.1", true, true},   {"127.0.0.1", false, true},
        {"127.0.0.1", false, false}, {"127.0.0.2", false, true},  {"127.0.0.2", false, true},
        {"127.0.0.2", false, false}, {"127.0.0.1", false, false}, {"127.0.0.3", false, true},
    };
    const struct vc_http_server_limits limits = {.connections = 16,
                                                 .connections_per_origin = 2,
                                                 .streams_per_connection = 4,
                                                 .handshake_ms = 60000,
                                                 .idle_ms = 60000};
    struct net_fixture fixture;
    struct stranger strangers[VC_COUNT(rows)];

    net_fixture_start(&fixture, false, &limits);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        strangers[i] = stranger_from(&fixture, rows[i].source);
        SSL_set_app_data(strangers[i].ssl, &strangers[i]);
        if (!rows[i].served && !closes(strangers[i].fd))
            fail_msg("row %zu, from %s: served", i, rows[i].source);
        if (rows[i].served && !rows[i].is_silent && SSL_connect(strangers[i].ssl) != 1)
            fail_msg("row %zu, from %s: not served", i, rows[i].source);
    }
    assert_true(closes(strangers[1].fd)); /* the silent one made place for the third */
    for (size_t i = 0; i < VC_COUNT(rows); i++)
        stranger_done(&strangers[i]);
    net_fixture_stop(&fixture);
}

static void test_bad_limits(void **)
{
    struct net_fixture fixture;
    const struct vc_http_handler handler = {};
    struct vc_http_server *server = nullptr;

    net_fixture_start(&fixture, false, nullptr);
    assert_int_equal(vc_http_server_new(fixture.loop, fixture.listener, fixture.server_tls,
                                        &(struct vc_http_server_limits){.connections = 1}, &handler,
                                        nullptr, &server, nullptr),
                     VC_STATE);
    net_fixture_stop(&fixture);
}

/* Moves what one session has to send into the other, over a socket pair. */
static void exchange_keys(struct vc_tls_session *a, struct vc_tls_session *b)
{
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(vc_tls_session_handshake(a, nullptr), VC_OK);
        assert_int_equal(vc_tls_session_handshake(b, nullptr), VC_OK);
    }
    assert_true(vc_tls_session_ready(a) && vc_tls_session_ready(b));
}

/* With a key that serves 3 records, 1,000 messages each arrive under one of many keys. */
static void test_key_update(void **)
{
    struct net_fixture fixture;
    struct vc_chunk_pool pool = {};
    struct vc_chunk chunk = {};
    vc_cleanup(vc_tls_session_freep) struct vc_tls_session *client = nullptr;
    vc_cleanup(vc_tls_session_freep) struct vc_tls_session *server = nullptr;
    uint8_t back[64];
    size_t got;
    int fds[2];

    net_fixture_start(&fixture, false, nullptr);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    assert_int_equal(vc_tls_session_new(fixture.client_tls, fds[0], "x", &pool, &client, nullptr),
                     VC_OK);
    assert_int_equal(
        vc_tls_session_new(fixture.server_tls, fds[1], nullptr, &pool, &server, nullptr), VC_OK);
    exchange_keys(client, server);
    vc_tls_session_set_records_per_key(client, 3);
    for (unsigned i = 0; i < 1000; i++) {
        assert_true(vc_chunk_open(&pool, &chunk));
        assert_int_equal(vc_chunk_fill(&chunk, VC_BYTES("message")), 8);
        assert_int_equal(vc_tls_session_write(client, &chunk, nullptr), VC_OK);
        assert_int_equal(vc_tls_session_flush(client, nullptr), VC_OK);
        vc_chunk_close(&pool, &chunk);
        assert_int_equal(vc_tls_session_read(server, back, sizeof(back), &got, nullptr), VC_OK);
        assert_int_equal(got, 8);
        assert_string_equal((const char *)back, "message");
    }
    vc_tls_session_free(vc_take(client));
    vc_tls_session_free(vc_take(server));
    (void)close(fds[0]);
    (void)close(fds[1]);
    vc_chunk_pool_done(&pool);
    net_fixture_stop(&fixture);
}

/* Writes as much of the pattern as goes now. */
static void write_some(struct vc_tls_session *session, struct vc_chunk_pool *pool,
                       struct vc_chunk *chunk, uint64_t *at, uint64_t size)
{
    assert_true(vc_chunk_open(pool, chunk));
    if (chunk->begin == chunk->end)
        chunk->begin = chunk->end = 0;
    for (; *at < size && chunk->end < VC_CHUNK_SIZE; ++*at)
        chunk->data[chunk->end++] = net_pattern(*at);
    assert_int_equal(vc_tls_session_write(session, chunk, nullptr), VC_OK);
    assert_int_equal(vc_tls_session_flush(session, nullptr), VC_OK);
}

static void read_some(struct vc_tls_session *session, uint64_t *at)
{
    uint8_t bytes[20000];
    size_t got;

    assert_int_equal(vc_tls_session_read(session, bytes, sizeof(bytes), &got, nullptr), VC_OK);
    for (size_t i = 0; i < got; i++, ++*at) {
        if (bytes[i] != net_pattern(*at))
            fail_msg("byte %ju differs", (uintmax_t)*at);
    }
}

/* Long streams both ways at once over a socket that is full most of the time, with keys that serve
 * 3 and 5 records: nothing is lost where a key ends. */
static void test_key_update_of_streams(void **)
{
    static constexpr uint64_t SIZE = 30000000;
    struct net_fixture fixture;
    struct vc_chunk_pool pool = {};
    struct vc_chunk chunks[2] = {};
    struct vc_tls_session *sessions[2] = {};
    uint64_t written[2] = {};
    uint64_t got[2] = {};
    int fds[2];

    net_fixture_start(&fixture, false, nullptr);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(vc_tls_session_new(i == 0 ? fixture.client_tls : fixture.server_tls,
                                            fds[i], i == 0 ? "x" : nullptr, &pool, &sessions[i],
                                            nullptr),
                         VC_OK);
    exchange_keys(sessions[0], sessions[1]);
    vc_tls_session_set_records_per_key(sessions[0], 3);
    vc_tls_session_set_records_per_key(sessions[1], 5);
    while (got[0] < SIZE || got[1] < SIZE) {
        for (unsigned i = 0; i < 2; i++) {
            write_some(sessions[i], &pool, &chunks[i], &written[i], SIZE);
            read_some(sessions[i], &got[i]);
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(got[i], SIZE);
        vc_chunk_close(&pool, &chunks[i]);
        vc_tls_session_free(sessions[i]);
        (void)close(fds[i]);
    }
    vc_chunk_pool_done(&pool);
    net_fixture_stop(&fixture);
}

static void store_pem(const struct net_fixture *fixture, const char *directory)
{
    struct vc_buffer pem = {};
    char path[64];

    assert_int_equal(vc_cert_encode_pem(fixture->client.cert, &pem, nullptr), VC_OK);
    (void)snprintf(path, sizeof(path), "%s/crt", directory);
    assert_int_equal(vc_file_store(path, vc_buffer_bytes(&pem), 0600, nullptr), VC_OK);
    vc_buffer_done(&pem);
    assert_int_equal(vc_key_encode_private_pem(fixture->client.key, &pem, nullptr), VC_OK);
    (void)snprintf(path, sizeof(path), "%s/key", directory);
    assert_int_equal(vc_file_store(path, vc_buffer_bytes(&pem), 0600, nullptr), VC_OK);
    vc_buffer_done(&pem);
}

/* Runs curl with these arguments in `directory`; `printed` is its status, size and exit code. */
static void run_curl(const char *directory, const char *arguments, char *printed, size_t size)
{
    char command[512];
    FILE *curl;

    (void)snprintf(command, sizeof(command),
                   "cd %s && curl -sk --max-time 20 --cert crt --key key -o /dev/null -w "
                   "'%%{http_code} %%{size_download} %%{exitcode}' %s",
                   directory, arguments);
    curl = popen(command, "r");
    assert_non_null(curl);
    printed[fread(printed, 1, size - 1, curl)] = '\0';
    (void)pclose(curl);
}

static void test_curl(void **)
{
    static const struct {
        const char *arguments, *target, *printed;
    } rows[] = {
        {"", "/bytes/1000001", "200 1000001 0"}, {"-I", "/bytes/1000001", "200 0 0"},
        {"-T big", "/echo", "200 5000000 0"},    {"-T big", "/refuse", "413 8 0"},
        {"-T - < big", "/refuse", "413 8 0"},    {"-X POST -d x=y", "/refuse", "413 8 0"},
        {"--http1.1", "/peer", "000 0 35"},      {"--tls-max 1.2", "/peer", "000 0 35"},
    };
    struct net_fixture fixture;
    char directory[] = "/tmp/vc-net-XXXXXX";
    char path[64];
    uint8_t *big = net_pattern_new(5000000);

    if (system("curl --version > /dev/null 2>&1") != 0)
        skip();
    net_fixture_start(&fixture, false, nullptr);
    assert_non_null(mkdtemp(directory));
    store_pem(&fixture, directory);
    (void)snprintf(path, sizeof(path), "%s/big", directory);
    assert_int_equal(vc_file_store(path, (struct vc_bytes){big, 5000000}, 0600, nullptr), VC_OK);
    free(big);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        char arguments[128];
        char printed[64];

        (void)snprintf(arguments, sizeof(arguments), "https://%s%s %s", fixture.address,
                       rows[i].target, rows[i].arguments);
        run_curl(directory, arguments, printed, sizeof(printed));
        if (strcmp(printed, rows[i].printed) != 0)
            fail_msg("%s: %s, not %s", arguments, printed, rows[i].printed);
    }
    net_fixture_stop(&fixture);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", directory,
                       (const char *[]){"big", "crt", "key"}[i]);
        (void)unlink(path);
    }
    (void)rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshakes),
        cmocka_unit_test(test_no_resumption),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_life_of_a_connection),
        cmocka_unit_test(test_stalled_upload),
        cmocka_unit_test(test_connection_limit),
        cmocka_unit_test(test_origin_limit),
        cmocka_unit_test(test_bad_limits),
        cmocka_unit_test(test_key_update),
        cmocka_unit_test(test_key_update_of_streams),
        cmocka_unit_test(test_curl),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
