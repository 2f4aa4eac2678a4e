/* SPDX-License-Identifier: MIT */

/* Bytes that only the holder of a certificate's private key can read: CMS AuthEnvelopedData with
 * AES-256-GCM (RFC 5652, RFC 5083, RFC 5084), DER. `openssl cms -decrypt` reads it, too. */

#ifndef VC_CRYPTO_ENVELOPE_H
#define VC_CRYPTO_ENVELOPE_H

#include "base/buffer.h"
#include "crypto/certificate.h"

/* Appends. ECDH with P-256 and P-384 (RFC 5753), OAEP with SHA-256 for RSA. VC_REFUSED: a key that
 * nothing can be encrypted to (Ed25519). */
enum vc_code vc_envelope_seal(const struct vc_cert *receiver, struct vc_bytes content,
                              struct vc_buffer *envelope, struct vc_err *err);

/* Appends the content. `private_key` is PEM, not encrypted. VC_MALFORMED, VC_LIMIT; VC_UNTRUSTED:
 * altered, or for somebody else. */
enum vc_code vc_envelope_open(const struct vc_cert *receiver, struct vc_bytes private_key,
                              struct vc_bytes envelope, struct vc_buffer *content,
                              struct vc_err *err);

#endif
