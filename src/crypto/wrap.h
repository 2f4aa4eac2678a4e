/* SPDX-License-Identifier: MIT */

/* What it takes to encrypt to a key of a TPM in its own way (TCG TPM 2.0 Library Part 1 §11.4.10,
 * §24, annexes B.4 and C.6): seeds by OAEP or ECDH, keys derived from them, CFB, HMAC. */

#ifndef VC_CRYPTO_WRAP_H
#define VC_CRYPTO_WRAP_H

#include "crypto/digest.h"
#include "crypto/public_key.h"

constexpr size_t VC_WRAP_KEY_MAX = 64; /* bytes of a derived key */

struct vc_wrap_padding {
    enum vc_hash hash; /* of OAEP, and of its MGF1 */
    struct vc_bytes label;
};

/* Appends `seed` encrypted to an RSA key by OAEP. VC_REFUSED: no RSA key. */
enum vc_code vc_wrap_oaep(const struct vc_public_key *key, const struct vc_wrap_padding *padding,
                          struct vc_bytes seed, struct vc_buffer *out, struct vc_err *err);

/* Agrees with an ECC key by a key pair made for this one time: appends X || Y of its point, and the
 * x coordinate of the shared point. VC_REFUSED: an RSA key. */
enum vc_code vc_wrap_ecdh(const struct vc_public_key *key, struct vc_buffer *point,
                          struct vc_buffer *shared, struct vc_err *err);

struct vc_wrap_context {
    const char *label; /* its NUL counts */
    struct vc_bytes u, v;
    size_t size; /* of the key to derive: 1 to VC_WRAP_KEY_MAX bytes */
};
/* KDFa: SP 800-108 in counter mode. VC_LIMIT, VC_MEMORY. */
enum vc_code vc_wrap_kdfa(enum vc_hash hash, struct vc_bytes key,
                          const struct vc_wrap_context *context, struct vc_octets *derived,
                          struct vc_err *err);
/* KDFe: SP 800-56A, one step of the hash after another. */
enum vc_code vc_wrap_kdfe(enum vc_hash hash, struct vc_bytes shared,
                          const struct vc_wrap_context *context, struct vc_octets *derived,
                          struct vc_err *err);

/* AES in CFB mode with an IV of zeros, in place; the key has 16, 24 or 32 bytes. */
enum vc_code vc_wrap_cfb(struct vc_bytes key, uint8_t *data, size_t size, struct vc_err *err);

enum vc_code vc_wrap_hmac(enum vc_hash hash, struct vc_bytes key, struct vc_bytes message,
                          struct vc_octets *mac, struct vc_err *err);

#endif
