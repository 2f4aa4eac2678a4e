/* SPDX-License-Identifier: MIT */

/* The exchanges of one connection of a server: HTTP/2 frames on one side, the handler on the other,
 * and no I/O between them. */

#ifndef VC_NET_HTTP_EXCHANGE_INTERNAL_H
#define VC_NET_HTTP_EXCHANGE_INTERNAL_H

#include <sys/queue.h>

#include "base/buffer.h"
#include "net/h2_internal.h"
#include "net/http_server.h"

/* A request body that is no longer wanted is read and dropped up to here; beyond, it is reset. */
constexpr uint64_t VC_HTTP_DROP_MAX = 65536;
/* How many exchanges a connection may break off before one was completed for each. */
constexpr unsigned VC_HTTP_BREAKS_MAX = 100;
/* Bytes of fields that the open exchanges of one connection may hold, as RFC 9113 §6.5.2 counts:
 * what is usual for hundreds of them, and not hundreds of the largest. */
constexpr size_t VC_HTTP_FIELDS_HELD_MAX = 262144;

struct vc_exchanges;

/* What an exchange needs from its connection. */
struct vc_exchanges_host {
    /* Asks that frames be sent soon, though nothing arrives; never within the call. */
    enum vc_code (*wake)(void *user, struct vc_err *err);
    void *user;
    struct vc_tls_session *tls; /* borrowed; null in tests: no peer, no exporter */
    struct vc_chunk_pool *pool; /* borrowed */
};

/* Where a field's texts begin in its section's text, which moves while it grows. */
struct vc_http_place {
    size_t name;
    size_t value;
};

/* The fields of a header, or of a trailer section. */
struct vc_http_section {
    struct vc_buffer text; /* names and values, each with a NUL */
    size_t list_size;      /* as RFC 9113 §6.5.2 counts */
    struct vc_http_place places[VC_HTTP_FIELDS_MAX];
    size_t count;
};

struct vc_http_exchange {
    struct vc_exchanges *all;
    TAILQ_ENTRY(vc_http_exchange) entry;
    int32_t stream;
    unsigned refusal; /* status that we answer ourselves; 0: the handler's */
    bool announced;   /* the handler knows it and gets on_close */
    bool asking;      /* within on_request */
    bool ended;       /* the request arrived whole */
    bool responded;
    bool sent;    /* the response left whole */
    bool cut;     /* the rest of the request is not waited for */
    bool aborted; /* by the handler */
    bool has_length;
    uint64_t length;   /* content-length */
    uint64_t received; /* body bytes */
    uint64_t dropped;  /* of those, since the response began */
    bool held;
    bool overrun;     /* more came than was granted: nobody hears of that */
    bool granting;    /* a WINDOW_UPDATE is on its way out */
    uint64_t granted; /* bytes from the body's begin, of a held one */
    struct vc_http_section header, trailer;
    struct vc_http_body body;
    struct vc_http_feed feed;
    struct vc_h2_source source;
    uint64_t credited; /* of source.sent, if fed */
    void *context;
};

struct vc_exchanges {
    struct vc_h2 h2;
    struct vc_exchanges_host host;
    const struct vc_http_handler *handler;
    void *user;
    TAILQ_HEAD(, vc_http_exchange) open;
    bool stopped;       /* GOAWAY is submitted: what comes after it was not processed */
    bool failed;        /* what a peer must be told cannot be told: the connection ends instead */
    unsigned breaks;    /* exchanges broken off and not yet made good by completed ones */
    bool secret;        /* what comes is wiped once it was handed on */
    size_t fields_held; /* bytes of fields of those that are open */
};

/* True while the handler wants to hear of the request: not yet answered, nor broken off. */
[[nodiscard]] bool vc_http_is_heard(const struct vc_http_exchange *exchange);
/* Gives the body back, once. */
void vc_http_release_body(struct vc_http_exchange *exchange);

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
/* True if what came, and what comes, is to be wiped once it was taken in. */
[[nodiscard]] bool vc_exchanges_secret(const struct vc_exchanges *exchanges);
/* True if some complete request waits for the handler, or some exchange is held or fed: the client
 * is right to be silent. */
[[nodiscard]] bool vc_exchanges_busy(const struct vc_exchanges *exchanges);

#endif
