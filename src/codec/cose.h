/* SPDX-License-Identifier: MIT */

/* COSE_Sign1 (RFC 9052 §4.2), tagged 18, in the one form that this project speaks: the protected
 * header is exactly {1: algorithm}, the unprotected header is empty, the payload is attached. This
 * room has no keys: it gives the bytes that are signed, and carries the signature. */

#ifndef VC_CODEC_COSE_H
#define VC_CODEC_COSE_H

#include "base/buffer.h"

constexpr int64_t VC_COSE_ES256 = -7; /* RFC 9053 §2.1 */

struct vc_cose_sign1 {
    int64_t algorithm;
    struct vc_bytes payload;
    struct vc_bytes signature; /* as it stands; nobody has looked at it */
};

/* VC_MALFORMED: any other form, or anything after it. The runs borrow the input. */
enum vc_code vc_cose_sign1_parse(struct vc_bytes bytes, struct vc_cose_sign1 *sign1,
                                 struct vc_err *err);
enum vc_code vc_cose_sign1_encode(const struct vc_cose_sign1 *sign1, struct vc_buffer *out,
                                  struct vc_err *err);

/* Appends what the signature covers: Sig_structure (RFC 9052 §4.4) of this algorithm and payload,
 * without external data. The signature is not looked at. */
enum vc_code vc_cose_sign1_message(const struct vc_cose_sign1 *sign1, struct vc_buffer *out,
                                   struct vc_err *err);

#endif
