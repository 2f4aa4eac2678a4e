/* SPDX-License-Identifier: MIT */

/* The native ways to bring bytes from a producer through a filter to a receiver, to compare with:
 *
 *     relay in   PORT        TLS from a producer to standard output
 *     relay out  PORT        standard input to a receiver, by TLS
 *     relay both PORT PORT   one process, the filter within, and its transport tuned
 *     relay feed PORT BYTES [RATE]   a producer; with RATE: stamped records of 1 KiB, so many a
 * second relay drain PORT       a receiver
 *
 * Mutual TLS 1.3 with one cipher; certificate, key and the other side's certificate come from the
 * environment (RELAY_CERT, RELAY_KEY, RELAY_PEER). RELAY_TUNED=1 gives feed and drain the same
 * buffers as `both`. A server prints a line when it listens. feed and drain print one line of JSON.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/flow_data.h"
#include "bench/kernels/flip.h"

enum { BLOCK = 65536, WRITE_BUFFER = 65536 + 4096 };

static void die(const char *what)
{
    (void)fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
    ERR_print_errors_fp(stderr);
    exit(1);
}

static const char *must_get(const char *name)
{
    const char *value = getenv(name);

    if (value == nullptr) {
        errno = EINVAL;
        die(name);
    }
    return value;
}

/* ---- TLS ---- */

static SSL_CTX *new_context(const SSL_METHOD *method, bool tuned)
{
    SSL_CTX *context = SSL_CTX_new(method);
    char groups[] = "X25519MLKEM768:X25519";

    if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") != 1 ||
        SSL_CTX_set1_groups_list(context, groups) != 1 ||
        SSL_CTX_use_certificate_file(context, must_get("RELAY_CERT"), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, must_get("RELAY_KEY"), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_load_verify_locations(context, must_get("RELAY_PEER"), nullptr) != 1)
        die("TLS");
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_num_tickets(context, 0);
    if (tuned) {
        SSL_CTX_set_read_ahead(context, 1);
        SSL_CTX_set_default_read_buffer_len(context, BLOCK);
    }
    return context;
}

static void set_no_delay(int fd)
{
    int one = 1;

    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0)
        die("TCP_NODELAY");
}

/* A tuned session gathers its records before it writes. */
static SSL *session_over(SSL_CTX *context, int fd, bool tuned)
{
    SSL *ssl = SSL_new(context);
    BIO *buffer, *socket;

    if (ssl == nullptr || SSL_set_fd(ssl, fd) != 1)
        die("TLS session");
    if (!tuned)
        return ssl;
    buffer = BIO_new(BIO_f_buffer());
    socket = BIO_new_socket(fd, BIO_NOCLOSE);
    if (buffer == nullptr || socket == nullptr ||
        BIO_set_write_buffer_size(buffer, WRITE_BUFFER) != 1)
        die("TLS buffer");
    SSL_set0_wbio(ssl, BIO_push(buffer, socket));
    return ssl;
}

static void flush(SSL *ssl)
{
    if (BIO_flush(SSL_get_wbio(ssl)) != 1)
        die("flush");
}

static int listen_on(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 1) != 0)
        die("listen");
    (void)fprintf(stderr, "listening\n");
    return fd;
}

static SSL *accept_one(int listener, bool tuned)
{
    SSL_CTX *context = new_context(TLS_server_method(), tuned);
    int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);

    if (fd < 0)
        die("accept");
    set_no_delay(fd);
    SSL *ssl = session_over(context, fd, tuned);

    if (SSL_accept(ssl) != 1)
        die("handshake");
    flush(ssl);
    return ssl;
}

static SSL *connect_to(const char *port, bool tuned)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        die("connect");
    set_no_delay(fd);
    SSL *ssl = session_over(new_context(TLS_client_method(), tuned), fd, tuned);

    if (SSL_connect(ssl) != 1)
        die("handshake");
    flush(ssl);
    return ssl;
}

/* 0: the peer said that this is all. */
static size_t read_some(SSL *ssl, uint8_t *data, size_t size)
{
    size_t got = 0;

    if (SSL_read_ex(ssl, data, size, &got) == 1)
        return got;
    if (SSL_get_error(ssl, 0) != SSL_ERROR_ZERO_RETURN)
        die("the other side broke off");
    return 0;
}

static void write_whole(SSL *ssl, const uint8_t *data, size_t size)
{
    size_t put = 0;

    if (SSL_write_ex(ssl, data, size, &put) != 1 || put != size)
        die("write");
}

static void finish(SSL *ssl)
{
    (void)SSL_shutdown(ssl);
    flush(ssl);
}

/* ---- the five ---- */

static void run_in(const char *port)
{
    static uint8_t block[BLOCK];
    SSL *ssl = accept_one(listen_on(port), false);
    size_t size;

    while ((size = read_some(ssl, block, sizeof(block))) > 0) {
        for (size_t done = 0; done < size;) {
            ssize_t put = write(STDOUT_FILENO, block + done, size - done);

            if (put < 0)
                die("pipe");
            done += (size_t)put;
        }
    }
}

static void run_out(const char *port)
{
    static uint8_t block[BLOCK];
    SSL *ssl = accept_one(listen_on(port), false);
    ssize_t size;

    while ((size = read(STDIN_FILENO, block, sizeof(block))) > 0)
        write_whole(ssl, block, (size_t)size);
    if (size < 0)
        die("pipe");
    finish(ssl);
}

/* Reads until nothing is there at once or the block is full, as the container does. */
static size_t gather(SSL *ssl, uint8_t *block)
{
    size_t size = read_some(ssl, block, BLOCK);

    while (size > 0 && size < BLOCK && SSL_has_pending(ssl)) {
        size_t more = 0;

        if (SSL_read_ex(ssl, block + size, BLOCK - size, &more) != 1)
            break;
        size += more;
    }
    return size;
}

static void run_both(const char *in_port, const char *out_port)
{
    static uint8_t block[BLOCK];
    int in_listener = listen_on(in_port);
    int out_listener = listen_on(out_port);
    SSL *out = accept_one(out_listener, true);
    SSL *in = accept_one(in_listener, true);
    size_t size;

    while ((size = gather(in, block)) > 0) {
        flip(block, size);
        write_whole(out, block, size);
        flush(out);
    }
    finish(out);
}

static void run_feed(const char *port, uint64_t bytes, uint64_t rate)
{
    SSL *ssl = connect_to(port, getenv("RELAY_TUNED") != nullptr);
    struct flow_source source = {.bytes = bytes, .rate = rate};
    static uint8_t block[BLOCK];
    long size;

    while ((size = flow_read(&source, block, sizeof(block))) > 0) {
        write_whole(ssl, block, (size_t)size);
        flush(ssl);
    }
    finish(ssl);
    flow_print_source(&source);
}

static void run_drain(const char *port)
{
    static uint8_t block[BLOCK];
    SSL *ssl = connect_to(port, getenv("RELAY_TUNED") != nullptr);
    struct flow_sink sink = {};
    size_t size;

    while ((size = read_some(ssl, block, sizeof(block))) > 0)
        (void)flow_write(&sink, block, size);
    flow_print_sink(&sink);
}

int main(int count, char **words)
{
    (void)signal(SIGPIPE, SIG_IGN);
    if (count == 3 && strcmp(words[1], "in") == 0)
        run_in(words[2]);
    else if (count == 3 && strcmp(words[1], "out") == 0)
        run_out(words[2]);
    else if (count == 4 && strcmp(words[1], "both") == 0)
        run_both(words[2], words[3]);
    else if ((count == 4 || count == 5) && strcmp(words[1], "feed") == 0)
        run_feed(words[2], strtoull(words[3], nullptr, 10),
                 count == 5 ? strtoull(words[4], nullptr, 10) : 0);
    else if (count == 3 && strcmp(words[1], "drain") == 0)
        run_drain(words[2]);
    else
        return 2;
    return 0;
}
