/* SPDX-License-Identifier: MIT */

/* Ciphers at the speed of the hardware, for programs: AES-GCM (NIST SP 800-38D), ChaCha20-Poly1305
 * (RFC 8439), AES-CTR. Who may use which key for what is not decided here. */

#ifndef VC_CRYPTO_CIPHER_H
#define VC_CRYPTO_CIPHER_H

#include "base/err.h"

enum vc_cipher_algorithm { VC_CIPHER_AES_GCM, VC_CIPHER_CHACHA20_POLY1305, VC_CIPHER_AES_CTR };

/* One key, ready for any number of messages, one after another. */
struct vc_cipher;

/* VC_MALFORMED: not a key size of the algorithm. */
enum vc_code vc_cipher_new(enum vc_cipher_algorithm algorithm, struct vc_bytes key, bool encrypts,
                           struct vc_cipher **cipher, struct vc_err *err);
/* Another one with the same key, for messages beside those of the first. */
enum vc_code vc_cipher_copy(const struct vc_cipher *cipher, struct vc_cipher **copy,
                            struct vc_err *err);
void vc_cipher_free(struct vc_cipher *cipher); /* wipes; accepts null */
VC_DEFINE_CLEANUP(struct vc_cipher, vc_cipher_free);

/* Begins a message. AES-GCM takes nonces of 1 to 128 bytes, ChaCha20-Poly1305 of 12, AES-CTR
 * counters of 16. VC_MALFORMED. */
enum vc_code vc_cipher_begin(struct vc_cipher *cipher, struct vc_bytes nonce, struct vc_err *err);
/* Additional data, in any number of pieces, before the content. */
enum vc_code vc_cipher_add_data(struct vc_cipher *cipher, struct vc_bytes data, struct vc_err *err);
/* As many bytes out as in; `out` may be in.data, or lie apart from it. */
enum vc_code vc_cipher_update(struct vc_cipher *cipher, struct vc_bytes in, uint8_t *out,
                              struct vc_err *err);
/* The tag, 16 bytes, of an encryption. */
enum vc_code vc_cipher_tag(struct vc_cipher *cipher, uint8_t tag[16], struct vc_err *err);
/* Of a decryption: 4 to 16 bytes of a tag. VC_UNTRUSTED. */
enum vc_code vc_cipher_verify(struct vc_cipher *cipher, struct vc_bytes tag, struct vc_err *err);

#endif
