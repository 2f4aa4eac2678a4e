/* SPDX-License-Identifier: MIT */

/* Base 64 (RFC 4648 §4) with padding, for binary values inside JSON. */

#ifndef VC_BASE_BASE64_H
#define VC_BASE_BASE64_H

#include "base/buffer.h"

/* Appends the text, without a NUL. */
enum vc_code vc_base64_encode(struct vc_bytes bytes, struct vc_buffer *text, struct vc_err *err);

/* Appends the bytes. Accepts the one canonical form: padded, no white space, unused bits zero.
 * VC_MALFORMED otherwise; then *bytes is as it was. */
enum vc_code vc_base64_parse(struct vc_bytes text, struct vc_buffer *bytes, struct vc_err *err);

/* The same in the alphabet for URLs and without padding (RFC 4648 §5, RFC 7515 §2). */
enum vc_code vc_base64url_encode(struct vc_bytes bytes, struct vc_buffer *text, struct vc_err *err);
enum vc_code vc_base64url_parse(struct vc_bytes text, struct vc_buffer *bytes, struct vc_err *err);

#endif
