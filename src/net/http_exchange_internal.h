/* SPDX-License-Identifier: MIT */

/* The exchanges of one connection of a server: HTTP/2 frames on one side, the handler on the other,
 * and no I/O between them. */

#ifndef VC_NET_HTTP_EXCHANGE_INTERNAL_H
#define VC_NET_HTTP_EXCHANGE_INTERNAL_H

#include "net/h2_internal.h"
#include "net/http_server.h"

/* A request body that is no longer wanted is read and dropped up to here; beyond, it is reset. */
constexpr uint64_t VC_HTTP_DROP_MAX = 65536;
/* How many exchanges a connection may break off before one was completed for each. */
constexpr unsigned VC_HTTP_BREAKS_MAX = 100;

struct vc_exchanges;

/* What an exchange needs from its connection. */
struct vc_exchanges_host {
    /* Asks that frames be sent soon, though nothing arrives; never within the call. */
    enum vc_code (*wake)(void *user, struct vc_err *err);
    void *user;
    struct vc_tls_session *tls; /* borrowed; null in tests: no peer, no exporter */
    struct vc_chunk_pool *pool; /* borrowed */
};

enum vc_code vc_exchanges_new(const struct vc_exchanges_host *host, uint32_t streams_max,
                              const struct vc_http_handler *handler, void *user,
                              struct vc_exchanges **exchanges, struct vc_err *err);
/* Calls on_close for each open exchange. */
void vc_exchanges_free(struct vc_exchanges *exchanges);
VC_DEFINE_CLEANUP(struct vc_exchanges, vc_exchanges_free);

struct vc_h2 *vc_exchanges_h2(struct vc_exchanges *exchanges);
/* Accepts no further exchange, and says so to the client. */
void vc_exchanges_stop(struct vc_exchanges *exchanges);
/* True if there is nothing more to send or to receive: close. */
[[nodiscard]] bool vc_exchanges_ended(const struct vc_exchanges *exchanges);
/* True if some complete request waits for the handler, or a body for more to come: the client is
 * right to be silent. */
[[nodiscard]] bool vc_exchanges_busy(const struct vc_exchanges *exchanges);

#endif
