/* SPDX-License-Identifier: MIT */

/* Public keys of the algorithms that platforms sign with, and their signatures. Our own keys are
 * crypto/key.h's. */

#ifndef VC_CRYPTO_PUBLIC_KEY_H
#define VC_CRYPTO_PUBLIC_KEY_H

#include "base/buffer.h"
#include "crypto/certificate.h"
#include "crypto/digest.h"
#include "crypto/key.h"

enum vc_key_kind {
    VC_KEY_P256,
    VC_KEY_P384,
    VC_KEY_P521,
    VC_KEY_RSA,
};

/* ECDSA signatures are r || s, each as long as the curve's order, big endian (RFC 9053 §2.1). */
enum vc_scheme {
    VC_SCHEME_ES256, /* ECDSA with SHA-256, and so on */
    VC_SCHEME_ES384,
    VC_SCHEME_ES512,
    VC_SCHEME_RS256, /* RSASSA-PKCS1-v1_5 */
    VC_SCHEME_RS384,
    VC_SCHEME_RS512,
    VC_SCHEME_PS256, /* RSASSA-PSS, MGF1 of the same hash, salt as long as the hash */
    VC_SCHEME_PS384,
    VC_SCHEME_PS512,
};

struct vc_public_key; /* immutable */

/* One SubjectPublicKeyInfo, nothing after it. RSA: 2048 to 8192 bits. VC_MALFORMED; VC_REFUSED:
 * another kind of key. */
enum vc_code vc_public_key_parse_der(struct vc_bytes spki, struct vc_public_key **key,
                                     struct vc_err *err);
enum vc_code vc_public_key_parse_pem(struct vc_bytes pem, struct vc_public_key **key,
                                     struct vc_err *err);
/* X || Y, big endian, each as long as the curve's field. VC_MALFORMED: not on the curve. */
enum vc_code vc_public_key_of_point(enum vc_key_kind curve, struct vc_bytes point,
                                    struct vc_public_key **key, struct vc_err *err);
/* Both big endian. */
enum vc_code vc_public_key_of_rsa(struct vc_bytes modulus, struct vc_bytes exponent,
                                  struct vc_public_key **key, struct vc_err *err);
enum vc_code vc_public_key_of_cert(const struct vc_cert *cert, struct vc_public_key **key,
                                   struct vc_err *err);
/* The public half. */
enum vc_code vc_public_key_of_key(const struct vc_key *pair, struct vc_public_key **key,
                                  struct vc_err *err);

enum vc_key_kind vc_public_key_kind(const struct vc_public_key *key);
unsigned vc_public_key_bits(const struct vc_public_key *key);
/* The DER SubjectPublicKeyInfo; appends. */
enum vc_code vc_public_key_encode_der(const struct vc_public_key *key, struct vc_buffer *spki,
                                      struct vc_err *err);
/* X || Y. VC_STATE: an RSA key has none. */
enum vc_code vc_public_key_point(const struct vc_public_key *key, struct vc_buffer *point,
                                 struct vc_err *err);

/* VC_UNTRUSTED: not this key's over this message, of another length, or out of range (r or s zero
 * or not below the order). VC_REFUSED: the scheme is not for this kind of key. ECDSA with a hash of
 * another size than the curve's is fine: curve and hash are two choices. */
enum vc_code vc_public_key_verify(const struct vc_public_key *key, enum vc_scheme scheme,
                                  struct vc_bytes message, struct vc_bytes signature,
                                  struct vc_err *err);

void vc_public_key_free(struct vc_public_key *key);
VC_DEFINE_CLEANUP(struct vc_public_key, vc_public_key_free);

#endif
