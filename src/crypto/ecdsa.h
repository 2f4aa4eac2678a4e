/* SPDX-License-Identifier: MIT */

/* ECDSA over digests with keys of programs (FIPS 186-5), at the speed of the hardware. */

#ifndef VC_CRYPTO_ECDSA_H
#define VC_CRYPTO_ECDSA_H

#include "base/err.h"

enum vc_curve { VC_CURVE_P256, VC_CURVE_P384, VC_CURVE_P521 };

struct vc_ecdsa; /* a key, ready for any number of signatures */

/* The private value, big endian, as long as the order. VC_MALFORMED: 0 or not below the order. */
enum vc_code vc_ecdsa_new_private(enum vc_curve curve, struct vc_bytes value, struct vc_ecdsa **key,
                                  struct vc_err *err);
/* The point, uncompressed (SEC 1 §2.3.3). VC_MALFORMED: not on the curve. */
enum vc_code vc_ecdsa_new_public(enum vc_curve curve, struct vc_bytes point, struct vc_ecdsa **key,
                                 struct vc_err *err);
void vc_ecdsa_free(struct vc_ecdsa *key); /* wipes; accepts null */
VC_DEFINE_CLEANUP(struct vc_ecdsa, vc_ecdsa_free);

size_t vc_ecdsa_size(enum vc_curve curve); /* bytes of a signature: r || s */
/* With a random nonce. */
enum vc_code vc_ecdsa_sign(struct vc_ecdsa *key, struct vc_bytes digest, uint8_t *signature,
                           struct vc_err *err);
/* VC_UNTRUSTED. */
enum vc_code vc_ecdsa_verify(struct vc_ecdsa *key, struct vc_bytes digest,
                             struct vc_bytes signature, struct vc_err *err);

#endif
