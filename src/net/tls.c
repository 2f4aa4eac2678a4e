/* SPDX-License-Identifier: MIT */

#include "net/tls.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "crypto/native.h"
#include "net/tls_session_internal.h"

/* Bytes that one recv may bring: two of the chunks that our own side sends, with their records'
 * overhead, so that none is cut by a few bytes. */
static constexpr size_t READ_AHEAD = 2 * VC_CHUNK_SIZE;
static constexpr long CHAIN_SIZE_MAX = 4 * 16384; /* bytes of the peer's Certificate message */
static const uint8_t alpn_h2[] = {2, 'h', '2'};   /* as in RFC 7301 §3.1 */
static const char cipher_suites[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

struct vc_tls {
    atomic_uint references; /* sessions of several threads may share it */
    SSL_CTX *context;
    BIO_METHOD *method;
    vc_tls_verify_fn *verify;
    void *user;
};

static enum vc_code fail_library(struct vc_err *err, const char *doing)
{
    unsigned long error = ERR_get_error();
    const char *reason = error == 0 ? nullptr : ERR_reason_error_string(error);

    ERR_clear_error();
    return vc_fail(err, VC_HOST, "TLS: %s: %s", doing, reason == nullptr ? "failed" : reason);
}

/* The whole decision about the peer: no chain was built and none will be. */
static int decide(X509_STORE_CTX *store, void *argument)
{
    struct vc_tls *tls = argument;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    enum vc_code code = vc_tls_session_judge(SSL_get_app_data(ssl), tls->verify, tls->user,
                                             X509_STORE_CTX_get0_cert(store));

    X509_STORE_CTX_set_error(store, code == VC_OK ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return code == VC_OK;
}

static int select_h2(SSL *, const unsigned char **out, unsigned char *out_size,
                     const unsigned char *in, unsigned int in_size, void *)
{
    unsigned char *chosen;

    if (SSL_select_next_proto(&chosen, out_size, alpn_h2, sizeof(alpn_h2), in, in_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* A client that offers no protocol at all never reaches select_h2. */
static int demand_alpn(SSL *ssl, int *alert, void *)
{
    const unsigned char *value;
    size_t size;

    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &value,
                                  &size) == 1)
        return SSL_CLIENT_HELLO_SUCCESS;
    *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
    return SSL_CLIENT_HELLO_ERROR;
}

static bool set_protocol(SSL_CTX *context)
{
    char groups[] = "X25519MLKEM768:X25519"; /* an array, since the macro casts const away */

    SSL_CTX_set_options(
        context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                     SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT |
                     SSL_OP_NO_RX_CERTIFICATE_COMPRESSION | SSL_OP_NO_TX_CERTIFICATE_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, READ_AHEAD);
    SSL_CTX_set_max_cert_list(context, CHAIN_SIZE_MAX);
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_ciphersuites(context, cipher_suites) == 1 &&
           SSL_CTX_set1_groups_list(context, groups) == 1 &&
           SSL_CTX_set_num_tickets(context, 0) == 1 && SSL_CTX_set_max_early_data(context, 0) == 1;
}

/* send() with MSG_NOSIGNAL instead of OpenSSL's write(), and a buffer in front of it. */
static BIO_METHOD *new_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "veracruz socket");

    if (method == nullptr)
        return nullptr;
    if (BIO_meth_set_write_ex(method, vc_tls_socket_write) == 1 &&
        BIO_meth_set_read_ex(method, vc_tls_socket_read) == 1 &&
        BIO_meth_set_ctrl(method, vc_tls_socket_control) == 1)
        return method;
    BIO_meth_free(method);
    return nullptr;
}

static enum vc_code new_tls(const SSL_METHOD *side, vc_tls_verify_fn *verify, void *user,
                            struct vc_tls **tls, struct vc_err *err)
{
    vc_cleanup(vc_tls_freep) struct vc_tls *fresh = calloc(1, sizeof(*fresh));

    if (fresh == nullptr)
        return vc_fail_memory(err);
    atomic_init(&fresh->references, 1);
    fresh->verify = verify;
    fresh->user = user;
    /* No openssl.cnf: a file must not be able to change what we speak. */
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) != 1)
        return fail_library(err, "starting the library");
    fresh->method = new_method();
    fresh->context = SSL_CTX_new(side);
    if (fresh->method == nullptr || fresh->context == nullptr || !set_protocol(fresh->context))
        return fail_library(err, "making a context");
    if (verify != nullptr)
        SSL_CTX_set_cert_verify_callback(fresh->context, decide, fresh);
    *tls = vc_take(fresh);
    return VC_OK;
}

enum vc_code vc_tls_replace_certificate(struct vc_tls *tls, const struct vc_cert *cert,
                                        const struct vc_key *key, struct vc_err *err)
{
    ERR_clear_error();
    if (SSL_CTX_use_cert_and_key(tls->context, vc_cert_native(cert), vc_key_native(key), nullptr,
                                 1) != 1)
        return fail_library(err, "the certificate and its key");
    return VC_OK;
}

enum vc_code vc_tls_new_server(const struct vc_cert *cert, const struct vc_key *key,
                               vc_tls_verify_fn *verify, void *user, struct vc_tls **tls,
                               struct vc_err *err)
{
    vc_cleanup(vc_tls_freep) struct vc_tls *fresh = nullptr;
    enum vc_code code = new_tls(TLS_server_method(), verify, user, &fresh, err);

    if (code == VC_OK)
        code = vc_tls_replace_certificate(fresh, cert, key, err);
    if (code != VC_OK)
        return code;
    SSL_CTX_set_verify(fresh->context,
                       verify == nullptr ? SSL_VERIFY_NONE
                                         : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       nullptr);
    SSL_CTX_set_client_hello_cb(fresh->context, demand_alpn, nullptr);
    SSL_CTX_set_alpn_select_cb(fresh->context, select_h2, nullptr);
    *tls = vc_take(fresh);
    return VC_OK;
}

enum vc_code vc_tls_new_client(const struct vc_cert *cert, const struct vc_key *key,
                               vc_tls_verify_fn *verify, void *user, struct vc_tls **tls,
                               struct vc_err *err)
{
    vc_cleanup(vc_tls_freep) struct vc_tls *fresh = nullptr;
    enum vc_code code;

    if (verify == nullptr || (cert == nullptr) != (key == nullptr))
        return vc_fail(err, VC_STATE,
                       "TLS: a client needs a verify function, and both or neither "
                       "of certificate and key");
    code = new_tls(TLS_client_method(), verify, user, &fresh, err);
    if (code == VC_OK && cert != nullptr)
        code = vc_tls_replace_certificate(fresh, cert, key, err);
    if (code != VC_OK)
        return code;
    SSL_CTX_set_verify(fresh->context, SSL_VERIFY_PEER, nullptr);
    if (SSL_CTX_set_alpn_protos(fresh->context, alpn_h2, sizeof(alpn_h2)) != 0)
        return fail_library(err, "ALPN");
    *tls = vc_take(fresh);
    return VC_OK;
}

SSL *vc_tls_open(struct vc_tls *tls)
{
    return SSL_new(tls->context);
}

struct vc_tls *vc_tls_ref(struct vc_tls *tls)
{
    atomic_fetch_add_explicit(&tls->references, 1, memory_order_relaxed);
    return tls;
}

const BIO_METHOD *vc_tls_socket_method(const struct vc_tls *tls)
{
    return tls->method;
}

void vc_tls_free(struct vc_tls *tls)
{
    if (tls == nullptr || atomic_fetch_sub_explicit(&tls->references, 1, memory_order_acq_rel) != 1)
        return;
    SSL_CTX_free(tls->context);
    BIO_meth_free(tls->method);
    free(tls);
}
