/* SPDX-License-Identifier: MIT */

/* What a server and its connections know of each other. */

#ifndef VC_NET_HTTP_SERVER_INTERNAL_H
#define VC_NET_HTTP_SERVER_INTERNAL_H

#include <sys/queue.h>

#include "net/http_exchange_internal.h"
#include "net/origin.h"

struct vc_http_connection;

TAILQ_HEAD(vc_http_connection_list, vc_http_connection);

struct vc_http_server {
    struct vc_loop *loop;
    struct vc_tls *tls;
    struct vc_http_server_limits limits;
    const struct vc_http_handler *handler;
    void *user;
    int listener;
    struct vc_watch *accepting;   /* null once draining */
    struct vc_timer *accept_rest; /* while descriptors are short */
    struct vc_chunk_pool pool;
    uint8_t *batch; /* VC_H2_BATCH_SIZE bytes, in use within one turn of one connection */
    struct vc_http_connection_list connections;
    uint32_t connection_count;
    uint32_t unsent_count;               /* of those, which have not yet said their last word */
    struct vc_http_connection_list soon; /* those to be turned without an event */
    uint32_t soon_count;
    struct vc_timer *soon_timer;
    bool draining;
    struct vc_timer *drain_timer;
    void (*drained)(void *user);
    void *drained_user;
};

/* Takes the descriptor, even on failure. */
enum vc_code vc_http_connection_new(struct vc_http_server *server, int fd,
                                    const struct vc_origin *origin, struct vc_err *err);
/* Does what can be done now; may free the connection. */
void vc_http_connection_turn(struct vc_http_connection *connection);
/* Refuses new exchanges; takes effect in the turn that it asks for. */
void vc_http_connection_stop(struct vc_http_connection *connection);
/* Closes at once. */
void vc_http_connection_free(struct vc_http_connection *connection);
/* True while it has exchanges: its peer, if it must be known, is known. */
[[nodiscard]] bool vc_http_connection_is_open(const struct vc_http_connection *connection);
const struct vc_origin *vc_http_connection_origin(const struct vc_http_connection *connection);
/* For the server's lists. */
struct vc_http_connection *vc_http_connection_next(struct vc_http_connection *connection);
/* Takes the first off the list of those to be turned. */
struct vc_http_connection *vc_http_connection_pop_soon(struct vc_http_server *server);

/* Has the server turn its `soon` list in the loop's next turn. */
enum vc_code vc_http_server_hurry(struct vc_http_server *server, struct vc_err *err);
/* Notices that the last word may have been said. */
void vc_http_server_check_drained(struct vc_http_server *server);

#endif
