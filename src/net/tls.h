/* SPDX-License-Identifier: MIT */

/* TLS 1.3 as this project speaks it: X25519MLKEM768 or X25519, AES-128-GCM first, ALPN "h2", no
 * resumption, no tickets, no early data, no renegotiation; sending keys are renewed long before
 * their limit (RFC 8446 §5.5). OpenSSL's configuration file is not read. */

#ifndef VC_NET_TLS_H
#define VC_NET_TLS_H

#include "crypto/certificate.h"
#include "crypto/key.h"

constexpr size_t VC_EXPORTER_SIZE = 32; /* bytes of keying material, where nobody says otherwise */

/* Settings of one side, shared by its connections. Holds references, not copies of policy. */
struct vc_tls;

/* Decides about the peer's leaf certificate: the whole decision, no chain is built before it.
 * Called within the handshake; VC_OK accepts. */
typedef enum vc_code vc_tls_verify_fn(void *user, const struct vc_cert *peer, struct vc_err *err);

/* A server that shows `cert`. With `verify` every client must present a certificate that it
 * accepts; with null, clients are anonymous (the attestation service). */
enum vc_code vc_tls_new_server(const struct vc_cert *cert, const struct vc_key *key,
                               vc_tls_verify_fn *verify, void *user, struct vc_tls **tls,
                               struct vc_err *err);
/* Shows another certificate from the next handshake on (renewal). */
enum vc_code vc_tls_replace_certificate(struct vc_tls *tls, const struct vc_cert *cert,
                                        const struct vc_key *key, struct vc_err *err);
/* A client; `cert` and `key` may be null together: then it is anonymous. `verify` is never null. */
enum vc_code vc_tls_new_client(const struct vc_cert *cert, const struct vc_key *key,
                               vc_tls_verify_fn *verify, void *user, struct vc_tls **tls,
                               struct vc_err *err);
/* Connections made from it keep what they need. */
void vc_tls_free(struct vc_tls *tls);
VC_DEFINE_CLEANUP(struct vc_tls, vc_tls_free);

#endif
