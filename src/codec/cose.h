/* SPDX-License-Identifier: MIT */

/* COSE_Sign1 (RFC 9052 §4.2), payload attached. This room has no keys: it gives the bytes that are
 * signed, and carries the signature. Two rules, as in codec/cbor.h: this project's own form, and
 * that of others. */

#ifndef VC_CODEC_COSE_H
#define VC_CODEC_COSE_H

#include "base/buffer.h"

constexpr int64_t VC_COSE_ES256 = -7; /* RFC 9053 §2.1 */
constexpr int64_t VC_COSE_ES384 = -35;
constexpr int64_t VC_COSE_ES512 = -36;

struct vc_cose_sign1 {
    int64_t algorithm;
    struct vc_bytes payload;
    struct vc_bytes signature; /* as it stands; nobody has looked at it */
    /* What a parser read; to encode or sign, empty stands for {1: algorithm}. */
    struct vc_bytes protected_header;
    bool tagged;
    size_t unprotected_count; /* entries of the header that nobody signs */
};

/* Our own form, deterministic: tagged 18, the protected header exactly {1: algorithm}, the
 * unprotected header empty. VC_MALFORMED: any other form, or anything after it. The runs borrow the
 * input. */
enum vc_code vc_cose_sign1_parse(struct vc_bytes bytes, struct vc_cose_sign1 *sign1,
                                 struct vc_err *err);
/* That of others: tagged 18 or not at all; headers as vc_cbor_read_any_map reads them; the
 * protected one has an algorithm that is a number, and nothing that it calls critical (RFC 9052
 * §3.1); no parameter is in both. VC_MALFORMED. VC_UNTRUSTED: a COSE_Mac0 (tag 17), which is made
 * with a key that its maker shares, and nobody here shares one. */
enum vc_code vc_cose_sign1_parse_any(struct vc_bytes bytes, struct vc_cose_sign1 *sign1,
                                     struct vc_err *err);
/* Tagged, the unprotected header empty. */
enum vc_code vc_cose_sign1_encode(const struct vc_cose_sign1 *sign1, struct vc_buffer *out,
                                  struct vc_err *err);

/* Appends what the signature covers: Sig_structure (RFC 9052 §4.4) of this protected header and
 * payload, without external data. The signature is not looked at. */
enum vc_code vc_cose_sign1_message(const struct vc_cose_sign1 *sign1, struct vc_buffer *out,
                                   struct vc_err *err);

#endif
