/* SPDX-License-Identifier: MIT */

/* P-256 key pairs and public keys, and ECDSA with SHA-256 (ES256, FIPS 186-5). */

#ifndef VC_CRYPTO_KEY_H
#define VC_CRYPTO_KEY_H

#include "base/buffer.h"

constexpr size_t VC_ES256_SIZE = 64; /* r || s, big endian */

struct vc_key; /* a key pair or a public key alone; immutable */

enum vc_code vc_key_new(struct vc_key **key, struct vc_err *err);

/* Parses one unencrypted private key in PEM (PKCS#8 or SEC 1) on P-256; nothing but white space may
 * follow. VC_MALFORMED. */
enum vc_code vc_key_parse_private_pem(struct vc_bytes pem, struct vc_key **key, struct vc_err *err);
/* Parses one SubjectPublicKeyInfo, PEM or DER, on P-256. VC_MALFORMED. */
enum vc_code vc_key_parse_public_pem(struct vc_bytes pem, struct vc_key **key, struct vc_err *err);
enum vc_code vc_key_parse_public_der(struct vc_bytes der, struct vc_key **key, struct vc_err *err);

/* Appends; the private form is PKCS#8. VC_STATE: a public key has no private form. */
enum vc_code vc_key_encode_private_pem(const struct vc_key *key, struct vc_buffer *pem,
                                       struct vc_err *err);
enum vc_code vc_key_encode_public_pem(const struct vc_key *key, struct vc_buffer *pem,
                                      struct vc_err *err);
enum vc_code vc_key_encode_public_der(const struct vc_key *key, struct vc_buffer *der,
                                      struct vc_err *err);

/* The uncompressed point 04 || X || Y (SEC 1 §2.3.3). */
enum vc_code vc_key_point(const struct vc_key *key, uint8_t point[65], struct vc_err *err);

enum vc_code vc_key_sign(const struct vc_key *key, struct vc_bytes message,
                         uint8_t signature[VC_ES256_SIZE], struct vc_err *err);
/* VC_UNTRUSTED: the signature is not this key's over this message, or is not 64 bytes, or r or s is
 * out of range. */
enum vc_code vc_key_verify(const struct vc_key *key, struct vc_bytes message,
                           struct vc_bytes signature, struct vc_err *err);

void vc_key_free(struct vc_key *key);
VC_DEFINE_CLEANUP(struct vc_key, vc_key_free);

#endif
