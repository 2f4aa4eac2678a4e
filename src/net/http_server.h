/* SPDX-License-Identifier: MIT */

/* HTTP/2 over TLS, the server's side: requests in, responses out, on one event loop. No SIGPIPE is
 * raised, whatever its disposition.
 *
 * The handler is called for each exchange in this order: on_request once, on_body for each piece of
 * the request's body as it arrives, on_end once if the body arrived whole, on_close always and
 * last. A handler may respond at any point once; when it responds before on_end, the rest of the
 * body is read and dropped without further on_body and on_end calls (small), or the stream is reset
 * without an error after the response (large, RFC 9113 §8.1).
 *
 * A handler may respond to any open exchange from any callback of the loop, and may drain the
 * server; freeing the server from within a handler's callback is not allowed. What is malformed, or
 * over the limits of net/http.h (400, 414, 431), never reaches the handler. A client that breaks
 * off many exchanges without completing as many loses its connection.
 */

#ifndef VC_NET_HTTP_SERVER_H
#define VC_NET_HTTP_SERVER_H

#include "net/http.h"
#include "net/loop.h"
#include "net/tls.h"

struct vc_http_server;
struct vc_http_exchange; /* one request and its response; valid from on_request to on_close */

struct vc_http_handler {
    void (*on_request)(void *user, struct vc_http_exchange *exchange);
    void (*on_body)(void *user, struct vc_http_exchange *exchange, struct vc_bytes piece);
    void (*on_end)(void *user, struct vc_http_exchange *exchange);
    void (*on_close)(void *user, struct vc_http_exchange *exchange);
    /* Null, or called when vc_http_credited has grown for an exchange that is fed. */
    void (*on_credit)(void *user, struct vc_http_exchange *exchange);
};

/* All above 0 but where 0 has a meaning, else VC_STATE. */
struct vc_http_server_limits {
    uint32_t connections;            /* more are refused, or replace those still in handshake */
    uint32_t connections_per_peer;   /* with one certificate; 0: no limit of its own */
    uint32_t connections_per_origin; /* from one address (net/origin.h); more are refused, or
                                        replace its own that are not open; 0: no limit of its own */
    uint32_t streams_per_connection; /* SETTINGS_MAX_CONCURRENT_STREAMS */
    uint32_t handshake_ms;           /* from accept to the end of the TLS handshake */
    uint32_t idle_ms; /* without bytes, while no complete request waits for the handler, no
                         response is fed and no request held */
    uint32_t life_ms; /* of a connection, busy or not, from the end of its handshake; 0: no end */
};

/* Serves on a listening, non-blocking stream socket, which stays the caller's; so does `tls`.
 * `handler` is borrowed until the server is freed. */
enum vc_code vc_http_server_new(struct vc_loop *loop, int listener, struct vc_tls *tls,
                                const struct vc_http_server_limits *limits,
                                const struct vc_http_handler *handler, void *user,
                                struct vc_http_server **server, struct vc_err *err);
/* Closes every connection at once; on_close is called for each open exchange. */
void vc_http_server_free(struct vc_http_server *server);
VC_DEFINE_CLEANUP(struct vc_http_server, vc_http_server_free);
/* Stops accepting, sends GOAWAY, calls `drained` once when the last open exchange has been answered
 * and its bytes handed to the kernel, or after `deadline_ms`. */
void vc_http_server_drain(struct vc_http_server *server, uint64_t deadline_ms,
                          void (*drained)(void *user), void *user);

/* All borrowed until on_close. */
const char *vc_http_method(const struct vc_http_exchange *exchange);
const char *vc_http_target(const struct vc_http_exchange *exchange); /* :path, as sent */
/* Value of the header field with this lower-case name, or null. A repeated field yields the first.
 */
const char *vc_http_field(const struct vc_http_exchange *exchange, const char *name);
/* False: no content-length. nghttp2 resets a stream whose body does not have this length. */
[[nodiscard]] bool vc_http_content_length(const struct vc_http_exchange *exchange, uint64_t *size);
/* Within on_request: what this connection brings, from the body of this exchange on, is secret. It
 * is wiped from the server's memory as soon as the handler has had it (TLS wipes its own in any
 * case). */
void vc_http_wipe_body(struct vc_http_exchange *exchange);
/* The client's certificate as accepted by the verify function; null if the server asks for none. */
const struct vc_cert *vc_http_peer(const struct vc_http_exchange *exchange);
/* The certificate that the server showed to this client, perhaps before vc_tls_replace_certificate.
 */
enum vc_code vc_http_own(const struct vc_http_exchange *exchange, struct vc_cert **cert,
                         struct vc_err *err);
/* RFC 8446 §7.5 keying material of the connection that carries this exchange. */
enum vc_code vc_http_exporter(const struct vc_http_exchange *exchange, const char *label,
                              uint8_t *out, size_t size, struct vc_err *err);
/* The same with a context. */
enum vc_code vc_http_exporter_for(const struct vc_http_exchange *exchange, const char *label,
                                  struct vc_bytes context, uint8_t out[VC_EXPORTER_SIZE],
                                  struct vc_err *err);

void vc_http_set_context(struct vc_http_exchange *exchange, void *context);
void *vc_http_context(const struct vc_http_exchange *exchange); /* null until set */

/* Sends the response. The fields are copied; the body is borrowed until body.release.
 * content-length is added from the body's size. For a HEAD request the body is released unsent and
 * content-length stays. VC_STATE: already responded. On failure the body is released. */
enum vc_code vc_http_respond(struct vc_http_exchange *exchange, unsigned status,
                             const struct vc_http_field *fields, size_t field_count,
                             struct vc_http_body body, struct vc_err *err);

/* A body that is not there yet, and whose size nobody knows. */
struct vc_http_feed {
    /* Fills up to `size` bytes whenever the client takes more, and returns how many; 0 without
     * *ended: nothing now, to be called again after vc_http_resume. So nothing waits in a queue for
     * a slow client: it gets what there is when it comes. Not called after on_close. */
    size_t (*pull)(void *user, uint8_t *data, size_t size, bool *ended);
    void *user;
    /* Null, or how many bytes there are now, and whether the body ends behind them: `pull` is then
     * called for no more than these, writes them all, straight to where they are encrypted from,
     * and its *ended is not looked at. */
    size_t (*ready)(void *user, bool *ended);
    /* Null, or called when the body has ended: up to `max` trailer fields, borrowed for the call;
     * returns their number. */
    size_t (*trailers)(void *user, struct vc_http_field *fields, size_t max);
};
/* Sends the response's header now and its body as it comes, without a content-length; otherwise as
 * vc_http_respond. For HEAD there is no body. */
enum vc_code vc_http_respond_feed(struct vc_http_exchange *exchange, unsigned status,
                                  const struct vc_http_field *fields, size_t field_count,
                                  const struct vc_http_feed *feed, struct vc_err *err);
/* The feed of this exchange, which must have one, has more, or has ended. Pulls soon, never within
 * the call. */
void vc_http_resume(struct vc_http_exchange *exchange);

/* For an exchange whose body's pace the handler sets: called within on_request (later it does
 * nothing), the client may send VC_HTTP_FIRST_WINDOW bytes and then as many as the handler grants,
 * piece by piece. All that comes is handed to on_body, within these bounds; the connection's other
 * streams are never held up. Without this call the client is granted what it can use. When the
 * request has ended or the exchange was answered, a grant does nothing. */
constexpr uint32_t VC_HTTP_FIRST_WINDOW = 65535; /* RFC 9113 §6.9.2 */
void vc_http_hold(struct vc_http_exchange *exchange);
void vc_http_grant(struct vc_http_exchange *exchange, uint32_t bytes);

/* A trailer field of the request, in on_end; null if absent. As vc_http_field. A request with more
 * than VC_HTTP_TRAILERS_MAX of them, or larger ones than a header may have, is broken off. */
const char *vc_http_trailer(const struct vc_http_exchange *exchange, const char *name);

/* Bytes of the body of a fed response that the client has said, by its flow control, that it has
 * consumed: what it granted anew. Never more than was sent. */
uint64_t vc_http_credited(const struct vc_http_exchange *exchange);

/* Breaks the exchange off: RST_STREAM (INTERNAL_ERROR), so that no client takes what it has for the
 * whole. on_close follows, in a later turn, and nothing else before: neither feed nor handler are
 * asked again. From any callback of both. */
void vc_http_abort(struct vc_http_exchange *exchange);

/* True once the response, its body included, was handed over to TLS whole: for on_close. */
[[nodiscard]] bool vc_http_sent_whole(const struct vc_http_exchange *exchange);

#endif
