/* SPDX-License-Identifier: MIT */

/* HTTP/2 over TLS, the client's side: one connection, one call at a time, blocking with deadlines.
 * A client belongs to one thread at a time; clients of several threads may share a struct vc_tls.
 * No SIGPIPE is raised, whatever its disposition. */

#ifndef VC_NET_HTTP_CLIENT_H
#define VC_NET_HTTP_CLIENT_H

#include "base/buffer.h"
#include "net/http.h"
#include "net/tls.h"

struct vc_http_client;

/* Connects to "host:port" (or "[v6]:port"), shakes hands, exchanges SETTINGS. `server_name` goes
 * into SNI and :authority. VC_HOST: no connection. VC_UNTRUSTED: the verify function refused; *err
 * is what it said. VC_CLOSED: the peer ended the handshake; err says with which alert. */
enum vc_code vc_http_client_connect(const char *address, const char *server_name,
                                    struct vc_tls *tls, uint32_t timeout_ms,
                                    struct vc_http_client **client, struct vc_err *err);
void vc_http_client_free(struct vc_http_client *client);
VC_DEFINE_CLEANUP(struct vc_http_client, vc_http_client_free);

enum vc_code vc_http_client_exporter(const struct vc_http_client *client, const char *label,
                                     uint8_t *out, size_t size, struct vc_err *err);
/* The same with a context. */
enum vc_code vc_http_client_exporter_for(const struct vc_http_client *client, const char *label,
                                         struct vc_bytes context, uint8_t out[VC_EXPORTER_SIZE],
                                         struct vc_err *err);
/* The certificate that the server showed, and the verify function accepted; borrowed. */
const struct vc_cert *vc_http_client_peer(const struct vc_http_client *client);

/* Where a request's body comes from: fills up to `size` bytes at `offset` (always ascending),
 * returns the count, or -1 with *err filled to abort. Null read: `bytes` is the body, sent without
 * a copy. */
struct vc_http_source {
    struct vc_bytes bytes;
    ptrdiff_t (*read)(void *user, uint64_t offset, uint8_t *data, size_t size, struct vc_err *err);
    void *user;
    uint64_t size; /* content-length; of `read` only */
    /* A body of unknown size, instead of both: as `pull` of struct vc_http_feed, *ended to end it
     * whole; -1 with *err filled aborts. 0 without *ended: nothing now; it is asked again when
     * `ready_fd` can be read (-1: at each turn of the call). An answer that arrives whole before
     * such a body has ended ends the call. */
    ptrdiff_t (*pull)(void *user, uint8_t *data, size_t size, bool *ended, struct vc_err *err);
    int ready_fd;
    /* Null, or as in struct vc_http_feed; of a body of any kind. */
    size_t (*trailers)(void *user, struct vc_http_field *fields, size_t max);
    /* Null, or where answer.sent_credited is kept up to date during the call. */
    uint64_t *credited;
};

/* Where a response's body goes, piece by piece; anything but VC_OK aborts the call with it. `head`
 * and then `begin` (each may be null) are called once before, when the header is complete. None is
 * called for a status of 400 and above. */
struct vc_http_sink {
    enum vc_code (*begin)(void *user, unsigned status, uint64_t size, bool size_known,
                          struct vc_err *err);
    enum vc_code (*write)(void *user, struct vc_bytes piece, struct vc_err *err);
    void *user;
    enum vc_code (*head)(void *user, unsigned status, struct vc_bytes fields, struct vc_err *err);
    /* 0, or: what `write` has taken is granted to the server anew in steps of so many bytes, and
     * the rest whenever nothing more is there. Then the server knows what was taken
     * (vc_http_credited). Otherwise it is granted when that serves speed. */
    uint32_t credit_bytes;
};

struct vc_http_call {
    const char *method;
    const char *target; /* percent-encoded path and query */
    const struct vc_http_field *fields;
    size_t field_count;
    const struct vc_http_source *source; /* null: no body */
    const struct vc_http_sink *sink;     /* null: the body is collected in answer.body */
    /* Without any byte in either direction, but while a `pull` has nothing: waiting for that is no
     * silence of the server. 0: none; a server that is gone is noticed all the same: by the kernel
     * if nothing is to be sent, else at a pulse after VC_TCP_GONE_MS. */
    uint32_t idle_timeout_ms;
    void (*progress)(void *user, uint64_t sent, uint64_t received); /* null or after each step */
    void *progress_user;
    /* Null, or asked again and again: before more of the call is sent, and before what arrived for
     * it is handed on. It may make calls of this client; meanwhile this one rests: of its source at
     * most one frame that was begun is sent, of its answer nothing reaches the sink. Anything but
     * VC_OK aborts the call with it. */
    enum vc_code (*pulse)(void *user, struct vc_err *err);
    void *pulse_user;
    uint32_t pulse_ms; /* at the latest after so long, though nothing happens; 0: whenever */
};

constexpr size_t VC_HTTP_ANSWER_MAX = 1 << 20; /* collected body bytes; VC_LIMIT beyond */

struct vc_http_answer {
    unsigned status;
    struct vc_buffer body;     /* with no sink, and always for a status of 400 and above */
    struct vc_buffer fields;   /* "name: value\n" lines, as `head` gets them */
    struct vc_buffer trailers; /* the same of the trailer section */
    uint64_t sent_credited;    /* bytes for the request's body that the server granted anew, beside
                                  the window that its SETTINGS gave to begin with */
};

/* VC_OK: an answer arrived whole, whatever its status. VC_CLOSED: the connection, or the server's
 * will, ended before the answer did, or idle_timeout_ms passed. VC_MALFORMED: the call is, and was
 * not sent. A truncated body is never reported as complete. After a failure of the source or the
 * sink, whose code and err are returned, further calls are possible; after VC_CLOSED of the
 * connection they return VC_CLOSED at once. */
enum vc_code vc_http_client_call(struct vc_http_client *client, const struct vc_http_call *call,
                                 struct vc_http_answer *answer, struct vc_err *err);
/* Copies the value of a field of the answer; false if absent or longer. */
[[nodiscard]] bool vc_http_answer_field(const struct vc_http_answer *answer, const char *name,
                                        char *value, size_t size);
void vc_http_answer_done(struct vc_http_answer *answer);

#endif
