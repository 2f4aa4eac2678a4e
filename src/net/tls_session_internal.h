/* SPDX-License-Identifier: MIT */

/* One TLS connection over a non-blocking socket, for the server and the client alike. No call
 * blocks; whoever drives it waits for the socket. */

#ifndef VC_NET_TLS_SESSION_INTERNAL_H
#define VC_NET_TLS_SESSION_INTERNAL_H

#include <openssl/bio.h>

#include "net/chunk_internal.h"
#include "net/tls.h"

/* RFC 8446 §5.5: AES-GCM keys serve 2^24.5 full records; a new one comes well before. */
constexpr uint64_t VC_TLS_RECORDS_PER_KEY = UINT64_C(1) << 22;
constexpr size_t VC_TLS_RECORD_SIZE = 16384; /* plaintext bytes of a full record */

struct vc_tls_session;

/* Which keying material; no context is the same as an empty one (RFC 8446 §7.5). */
struct vc_tls_exporter {
    const char *label;
    struct vc_bytes context;
};

/* `fd` and `pool` are borrowed; so is `server_name`, which goes into SNI unless it is an IP
 * address, and is null on a server. The session holds a reference to `tls`. */
enum vc_code vc_tls_session_new(struct vc_tls *tls, int fd, const char *server_name,
                                struct vc_chunk_pool *pool, struct vc_tls_session **session,
                                struct vc_err *err);
void vc_tls_session_free(struct vc_tls_session *session);
VC_DEFINE_CLEANUP(struct vc_tls_session, vc_tls_session_free);

/* One step of the handshake. VC_OK: as far as the socket lets it; ask vc_tls_session_ready.
 * VC_UNTRUSTED: the verify function refused, err is its own. VC_CLOSED: the peer ended it; err
 * says with which alert. VC_HOST. An alert of ours may be waiting to be flushed after a failure. */
enum vc_code vc_tls_session_handshake(struct vc_tls_session *session, struct vc_err *err);
[[nodiscard]] bool vc_tls_session_ready(const struct vc_tls_session *session);

/* Reads what is there, up to `size` bytes; *got = 0 means nothing now. VC_CLOSED: the peer ended
 * the session, orderly or not, and nothing was read. */
enum vc_code vc_tls_session_read(struct vc_tls_session *session, uint8_t *data, size_t size,
                                 size_t *got, struct vc_err *err);
/* True if bytes were taken off the socket that vc_tls_session_read has not yet handed out: the
 * socket will not show them again. Perhaps a part of a record only, and a read gives nothing: a
 * reason to read once more, not to read until it changes. */
[[nodiscard]] bool vc_tls_session_pending(const struct vc_tls_session *session);

/* True if the last read met the session's end behind the bytes that it gave: the socket may say no
 * more, and the next read reports it. */
[[nodiscard]] bool vc_tls_session_ending(const struct vc_tls_session *session);

/* Encrypts into the wire buffer, sending when that is full; moves chunk->begin. What is left over
 * did not fit, because the socket does not take more now. */
enum vc_code vc_tls_session_write(struct vc_tls_session *session, struct vc_chunk *chunk,
                                  struct vc_err *err);
/* Sends the wire buffer as far as the socket takes it. */
enum vc_code vc_tls_session_flush(struct vc_tls_session *session, struct vc_err *err);
/* True if bytes wait in the wire buffer until the socket takes them. */
[[nodiscard]] bool vc_tls_session_blocked(const struct vc_tls_session *session);
/* Says close_notify, if the session is in a state to, and flushes as far as the socket takes it. */
void vc_tls_session_close(struct vc_tls_session *session);

/* Bytes that moved over the socket so far, both ways together. */
uint64_t vc_tls_session_traffic(const struct vc_tls_session *session);
/* For tests: how many records one sending key serves. */
void vc_tls_session_set_records_per_key(struct vc_tls_session *session, uint64_t records);

/* The peer's certificate as accepted; null: it showed none. Borrowed from the session. */
const struct vc_cert *vc_tls_session_peer(const struct vc_tls_session *session);
/* The certificate that this side shows in this session, whatever others show by now. VC_STATE:
 * none.
 */
enum vc_code vc_tls_session_own(const struct vc_tls_session *session, struct vc_cert **cert,
                                struct vc_err *err);
enum vc_code vc_tls_session_exporter(const struct vc_tls_session *session,
                                     const struct vc_tls_exporter *which, uint8_t *out, size_t size,
                                     struct vc_err *err);

/* What tls.c keeps for its sessions. */
SSL *vc_tls_open(struct vc_tls *tls); /* null: out of memory */
struct vc_tls *vc_tls_ref(struct vc_tls *tls);
const BIO_METHOD *vc_tls_socket_method(const struct vc_tls *tls);
/* Called by tls.c within the handshake: keeps the certificate if the decision is to accept. */
enum vc_code vc_tls_session_judge(struct vc_tls_session *session, vc_tls_verify_fn *verify,
                                  void *user, X509 *leaf);
/* The BIO's functions, in tls_session.c; tls.c makes one method of them per context. */
int vc_tls_socket_write(BIO *bio, const char *data, size_t size, size_t *written);
int vc_tls_socket_read(BIO *bio, char *data, size_t size, size_t *got);
long vc_tls_socket_control(BIO *bio, int command, long number, void *pointer);

#endif
