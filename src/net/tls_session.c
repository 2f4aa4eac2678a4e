/* SPDX-License-Identifier: MIT */

#include "net/tls_session_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

struct vc_tls_session {
    struct vc_tls *tls;
    SSL *ssl;
    int fd; /* borrowed */
    struct vc_chunk_pool *pool;
    struct vc_chunk wire; /* TLS records on their way to the socket */
    struct vc_cert *peer;
    struct vc_err verdict; /* of the verify function; code is VC_OK unless it refused */
    int host_errno;        /* of the last failed send or recv */
    int alert;             /* that the peer sent, -1 before */
    bool broken;           /* no TLS call is allowed any more */
    bool ending;           /* the next read will fail */
    uint64_t traffic;
    uint64_t records; /* sent with the present key */
    uint64_t records_per_key;
};

static void note_alert(const SSL *ssl, int where, int value)
{
    struct vc_tls_session *session = SSL_get_app_data(ssl);

    if (where == SSL_CB_READ_ALERT)
        session->alert = value & 0xff;
}

/* RFC 6066 §3: an address is no server name. */
static bool is_address(const char *name)
{
    uint8_t address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

static enum vc_code set_up(struct vc_tls_session *session, const char *server_name,
                           struct vc_err *err)
{
    BIO *bio;

    session->ssl = vc_tls_open(session->tls);
    bio = session->ssl == nullptr ? nullptr : BIO_new(vc_tls_socket_method(session->tls));
    if (bio == nullptr)
        return vc_fail_memory(err);
    BIO_set_data(bio, session);
    BIO_set_init(bio, 1);
    SSL_set_bio(session->ssl, bio, bio);
    SSL_set_app_data(session->ssl, session);
    SSL_set_info_callback(session->ssl, note_alert);
    if (server_name == nullptr) {
        SSL_set_accept_state(session->ssl);
        return VC_OK;
    }
    SSL_set_connect_state(session->ssl);
    if (!is_address(server_name) &&
        SSL_ctrl(session->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 (void *)(uintptr_t)server_name) != 1)
        return vc_fail(err, VC_MALFORMED, "TLS: \"%.64s\" cannot be a server name", server_name);
    return VC_OK;
}

enum vc_code vc_tls_session_new(struct vc_tls *tls, int fd, const char *server_name,
                                struct vc_chunk_pool *pool, struct vc_tls_session **session,
                                struct vc_err *err)
{
    vc_cleanup(vc_tls_session_freep) struct vc_tls_session *fresh = calloc(1, sizeof(*fresh));
    enum vc_code code;

    if (fresh == nullptr)
        return vc_fail_memory(err);
    fresh->tls = vc_tls_ref(tls);
    fresh->fd = fd;
    fresh->pool = pool;
    fresh->alert = -1;
    fresh->records_per_key = VC_TLS_RECORDS_PER_KEY;
    ERR_clear_error();
    code = set_up(fresh, server_name, err);
    if (code == VC_OK)
        *session = vc_take(fresh);
    ERR_clear_error();
    return code;
}

void vc_tls_session_free(struct vc_tls_session *session)
{
    if (session == nullptr)
        return;
    SSL_free(session->ssl);
    vc_chunk_close(session->pool, &session->wire);
    vc_cert_free(session->peer);
    vc_tls_free(session->tls);
    free(session);
}

/* Sends from the wire buffer. False: the socket failed, host_errno says how. */
static bool drain_wire(struct vc_tls_session *session)
{
    struct vc_chunk *wire = &session->wire;

    while (wire->begin < wire->end) {
        ssize_t sent =
            send(session->fd, wire->data + wire->begin, wire->end - wire->begin, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN)
            return true;
        if (sent <= 0 || (size_t)sent > wire->end - wire->begin) {
            session->host_errno = sent < 0 ? errno : EIO;
            return false;
        }
        wire->begin += (size_t)sent;
        session->traffic += (uint64_t)sent;
    }
    wire->begin = 0;
    wire->end = 0;
    return true;
}

int vc_tls_socket_write(BIO *bio, const char *data, size_t size, size_t *written)
{
    struct vc_tls_session *session = BIO_get_data(bio);
    struct vc_bytes bytes = {(const uint8_t *)data, size};

    *written = 0;
    BIO_clear_retry_flags(bio);
    if (!vc_chunk_open(session->pool, &session->wire)) {
        session->host_errno = ENOMEM;
        return 0;
    }
    if (size > VC_CHUNK_SIZE - session->wire.end && !drain_wire(session))
        return 0;
    *written = vc_chunk_fill(&session->wire, bytes);
    if (*written == 0)
        BIO_set_retry_write(bio);
    return *written > 0;
}

int vc_tls_socket_read(BIO *bio, char *data, size_t size, size_t *got)
{
    struct vc_tls_session *session = BIO_get_data(bio);
    ssize_t count;

    *got = 0;
    BIO_clear_retry_flags(bio);
    do {
        count = recv(session->fd, data, size, 0);
    } while (count < 0 && errno == EINTR);
    if (count > 0 && (size_t)count > size) {
        session->host_errno = EIO;
        return 0;
    }
    if (count > 0) {
        *got = (size_t)count;
        session->traffic += (uint64_t)count;
        return 1;
    }
    if (count == 0)
        BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    else if (errno == EAGAIN)
        BIO_set_retry_read(bio);
    else
        session->host_errno = errno;
    return 0;
}

long vc_tls_socket_control(BIO *bio, int command, long, void *)
{
    switch (command) {
    case BIO_CTRL_FLUSH: /* whoever drives the session flushes, once per turn */
        return 1;
    case BIO_CTRL_EOF:
        return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    default:
        return 0;
    }
}

enum vc_code vc_tls_session_judge(struct vc_tls_session *session, vc_tls_verify_fn *verify,
                                  void *user, X509 *leaf)
{
    uint8_t *der = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    struct vc_err *err = &session->verdict;
    int size = leaf == nullptr ? -1 : i2d_X509(leaf, &der);
    enum vc_code code;

    if (size < 0)
        return vc_fail(err, VC_MALFORMED, "TLS: the peer's certificate cannot be read");
    code = vc_cert_parse_der((struct vc_bytes){der, (size_t)size}, &cert, err);
    OPENSSL_free(der);
    if (code == VC_OK)
        code = verify(user, cert, err);
    if (code != VC_OK) {
        if (err->code == VC_OK) /* a verify function may have left it empty */
            (void)vc_fail(err, code, "the peer's certificate is refused");
        return code;
    }
    vc_cert_free(session->peer);
    session->peer = vc_take(cert);
    return VC_OK;
}

/* SSL_alert_desc_string_long does not know those that came with TLS 1.3 and ALPN. */
static const char *alert_text(int alert)
{
    switch (alert) {
    case SSL_AD_MISSING_EXTENSION:
        return "missing extension";
    case SSL_AD_CERTIFICATE_REQUIRED:
        return "certificate required";
    case SSL_AD_NO_APPLICATION_PROTOCOL:
        return "no application protocol";
    default:
        return SSL_alert_desc_string_long(alert);
    }
}

/* What the library last complained about, without the file and line. */
static const char *library_reason(void)
{
    unsigned long error = ERR_peek_last_error();
    const char *reason = error == 0 ? nullptr : ERR_reason_error_string(error);

    return reason == nullptr ? "protocol error" : reason;
}

/* Turns a failed TLS call into an error: our refusal first, then the peer's alert, then the socket,
 * then the library. */
static enum vc_code fail_session(struct vc_tls_session *session, int reason, struct vc_err *err)
{
    session->broken = true;
    if (session->verdict.code != VC_OK)
        return vc_fail(err, VC_UNTRUSTED, "%s", session->verdict.text);
    if (session->alert > 0)
        return vc_fail(err, VC_CLOSED, "the peer ended the TLS session: %s",
                       alert_text(session->alert));
    if (reason == SSL_ERROR_ZERO_RETURN)
        return vc_fail(err, VC_CLOSED, "the peer closed the TLS session");
    if (session->host_errno != 0) {
        errno = session->host_errno;
        (void)vc_fail_host(err, "the connection broke");
        if (err != nullptr)
            err->code = VC_CLOSED;
        return VC_CLOSED;
    }
    if (BIO_eof(SSL_get_rbio(session->ssl)))
        return vc_fail(err, VC_CLOSED, "the peer closed the connection without a word");
    return vc_fail(err, VC_CLOSED, "TLS: %s", library_reason());
}

enum vc_code vc_tls_session_handshake(struct vc_tls_session *session, struct vc_err *err)
{
    int result;
    int reason;
    enum vc_code code;

    if (session->broken)
        return vc_fail(err, VC_STATE, "the TLS session failed before");
    ERR_clear_error();
    result = SSL_do_handshake(session->ssl);
    reason = SSL_get_error(session->ssl, result);
    if (result != 1 && reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE) {
        code = fail_session(session, reason, err);
        ERR_clear_error();
        return code;
    }
    return vc_tls_session_flush(session, err);
}

bool vc_tls_session_ready(const struct vc_tls_session *session)
{
    return !session->broken && SSL_is_init_finished(session->ssl);
}

enum vc_code vc_tls_session_read(struct vc_tls_session *session, uint8_t *data, size_t size,
                                 size_t *got, struct vc_err *err)
{
    size_t total = 0;
    int reason = SSL_ERROR_NONE;

    if (session->broken)
        return vc_fail(err, VC_CLOSED, "the TLS session has ended");
    ERR_clear_error();
    while (total < size) {
        size_t count = 0;
        int result = SSL_read_ex(session->ssl, data + total, size - total, &count);

        if (result != 1) {
            reason = SSL_get_error(session->ssl, result);
            break;
        }
        total += count;
    }
    session->ending =
        reason != SSL_ERROR_NONE && reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE;
    if (total == 0 && session->ending) {
        enum vc_code code = fail_session(session, reason, err);

        ERR_clear_error();
        return code;
    }
    *got = total;
    return VC_OK;
}

bool vc_tls_session_pending(const struct vc_tls_session *session)
{
    return !session->broken && SSL_has_pending(session->ssl) == 1;
}

bool vc_tls_session_ending(const struct vc_tls_session *session)
{
    return session->ending;
}

/* Only between two writes: in the middle of one, OpenSSL refuses it as a bad retry. */
static void renew_key(struct vc_tls_session *session)
{
    if (session->records < session->records_per_key)
        return;
    if (SSL_key_update(session->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1)
        session->records = 0;
}

enum vc_code vc_tls_session_write(struct vc_tls_session *session, struct vc_chunk *chunk,
                                  struct vc_err *err)
{
    if (session->broken)
        return vc_fail(err, VC_CLOSED, "the TLS session has ended");
    ERR_clear_error();
    while (chunk->begin < chunk->end) {
        size_t count = 0;
        int result = SSL_write_ex(session->ssl, chunk->data + chunk->begin,
                                  chunk->end - chunk->begin, &count);
        int reason = SSL_get_error(session->ssl, result);

        if (reason == SSL_ERROR_WANT_WRITE || reason == SSL_ERROR_WANT_READ)
            return VC_OK;
        if (result != 1) {
            enum vc_code code = fail_session(session, reason, err);

            ERR_clear_error();
            return code;
        }
        chunk->begin += count;
        session->records += count / VC_TLS_RECORD_SIZE + 1;
    }
    renew_key(session);
    return VC_OK;
}

enum vc_code vc_tls_session_flush(struct vc_tls_session *session, struct vc_err *err)
{
    if (!drain_wire(session))
        return fail_session(session, SSL_ERROR_SYSCALL, err);
    if (session->wire.begin == session->wire.end)
        vc_chunk_close(session->pool, &session->wire);
    return VC_OK;
}

bool vc_tls_session_blocked(const struct vc_tls_session *session)
{
    return session->wire.begin < session->wire.end;
}

void vc_tls_session_close(struct vc_tls_session *session)
{
    ERR_clear_error();
    if (vc_tls_session_ready(session))
        (void)SSL_shutdown(session->ssl);
    session->broken = true;
    (void)drain_wire(session);
    ERR_clear_error();
}

uint64_t vc_tls_session_traffic(const struct vc_tls_session *session)
{
    return session->traffic;
}

void vc_tls_session_set_records_per_key(struct vc_tls_session *session, uint64_t records)
{
    session->records_per_key = records;
}

const struct vc_cert *vc_tls_session_peer(const struct vc_tls_session *session)
{
    return session->peer;
}

enum vc_code vc_tls_session_own(const struct vc_tls_session *session, struct vc_cert **cert,
                                struct vc_err *err)
{
    const X509 *own = SSL_get_certificate(session->ssl);
    uint8_t *der = nullptr;
    int size = own == nullptr ? -1 : i2d_X509(own, &der);
    enum vc_code code;

    if (size < 0)
        return vc_fail(err, VC_STATE, "the TLS session shows no certificate");
    code = vc_cert_parse_der((struct vc_bytes){der, (size_t)size}, cert, err);
    OPENSSL_free(der);
    return code;
}

enum vc_code vc_tls_session_exporter(const struct vc_tls_session *session,
                                     const struct vc_tls_exporter *which, uint8_t *out, size_t size,
                                     struct vc_err *err)
{
    if (!vc_tls_session_ready(session) ||
        SSL_export_keying_material(session->ssl, out, size, which->label, strlen(which->label),
                                   which->context.data, which->context.size,
                                   which->context.size > 0) != 1) {
        ERR_clear_error();
        return vc_fail(err, VC_STATE, "the TLS session has no keys to export");
    }
    return VC_OK;
}
