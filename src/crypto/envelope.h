/* SPDX-License-Identifier: MIT */

/* Bytes that only the holder of a certificate's private key can read: CMS AuthEnvelopedData with
 * AES-256-GCM (RFC 5652, RFC 5083, RFC 5084), DER. `openssl cms -decrypt` reads it, too. */

#ifndef VC_CRYPTO_ENVELOPE_H
#define VC_CRYPTO_ENVELOPE_H

#include "base/buffer.h"
#include "crypto/certificate.h"

constexpr size_t VC_ENVELOPE_CONTENT_MAX = 65536; /* bytes */
/* The rest is the receiver's issuer, by its name, and the key of the content. */
constexpr size_t VC_ENVELOPE_SIZE_MAX = VC_ENVELOPE_CONTENT_MAX + VC_CERT_SIZE_MAX + 4096;

/* Appends. ECDH with P-256 and P-384 and a key derivation by SHA-256 and SHA-384 (RFC 5753), OAEP
 * with SHA-256 for RSA. What the certificate says of its key's use is not asked: identities have
 * digitalSignature alone. VC_REFUSED: a key that nothing can be encrypted to (Ed25519). VC_LIMIT;
 * VC_HOST: no randomness. Tells no time: it can be called where no clock is. */
enum vc_code vc_envelope_seal(const struct vc_cert *receiver, struct vc_bytes content,
                              struct vc_buffer *envelope, struct vc_err *err);

/* Appends the content. `private_key` is PEM, not encrypted. Opens what vc_envelope_seal makes, and
 * no other form: DER, one receiver, a tag of 16 bytes, no attributes. VC_MALFORMED (also: the key
 * is not the certificate's), VC_LIMIT; VC_UNTRUSTED: altered, or for somebody else. */
enum vc_code vc_envelope_open(const struct vc_cert *receiver, struct vc_bytes private_key,
                              struct vc_bytes envelope, struct vc_buffer *content,
                              struct vc_err *err);

#endif
