/* SPDX-License-Identifier: MIT */

/* For tests: a server in a thread of its own on a loopback port, and identities for both sides. */

#ifndef VC_NET_NET_FIXTURE_H
#define VC_NET_NET_FIXTURE_H

#include <pthread.h>

#include "net/http_client.h"
#include "net/http_server.h"

struct net_identity {
    struct vc_key *key;
    struct vc_cert *cert;
};

/* What the server's thread saw; under `lock`. */
struct net_seen {
    unsigned requests, ends, closes, releases, drained, replaced;
    uint64_t body_size;
    unsigned closes_without_end;
};

struct net_fixture {
    struct net_identity server, client, stranger;
    struct vc_http_server_limits limits;
    struct vc_loop *loop;
    struct vc_tls *server_tls;
    struct vc_http_server *http;
    int listener;
    int command; /* eventfd: 1 stop, 2 drain, 3 show the stranger's certificate */
    struct vc_watch *command_watch;
    pthread_t thread;
    char address[32];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct net_seen seen;
    struct vc_tls *client_tls; /* shows `client`, accepts `server` */
};

/* `anonymous`: the server asks for no client certificate. limits: null for generous ones. */
void net_fixture_start(struct net_fixture *fixture, bool anonymous,
                       const struct vc_http_server_limits *limits);
/* The same with a handler of the test's own, which runs in the server's thread. */
void net_fixture_start_with(struct net_fixture *fixture, const struct vc_http_server_limits *limits,
                            const struct vc_http_handler *handler, void *user);
void net_fixture_stop(struct net_fixture *fixture);
void net_fixture_drain(struct net_fixture *fixture);
/* The server shows the stranger's certificate from now on. */
void net_fixture_replace(struct net_fixture *fixture);
/* Blocks until `reached` holds of what was seen, 10 s at most; false: it never did. */
bool net_fixture_wait(struct net_fixture *fixture, bool (*reached)(const struct net_seen *seen));

struct vc_http_client *net_connect(struct net_fixture *fixture);
/* Byte `index` of every generated body. */
uint8_t net_pattern(uint64_t index);
/* `size` bytes of it, to be freed. */
uint8_t *net_pattern_new(size_t size);
/* A verify function whose user is the one struct net_identity that it accepts. */
enum vc_code net_accept_one(void *user, const struct vc_cert *peer, struct vc_err *err);

#endif
