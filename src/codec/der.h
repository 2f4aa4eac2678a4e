/* SPDX-License-Identifier: MIT */

/* The little DER (X.690) that our certificate extension needs: SEQUENCE, non-negative INTEGER,
 * UTF8String and OCTET STRING, with minimal lengths and values only. */

#ifndef VC_CODEC_DER_H
#define VC_CODEC_DER_H

#include "base/buffer.h"
#include "base/reader.h"

constexpr size_t VC_DER_SIZE_MAX = 0xffffff; /* bytes of one value */

/* Each fails the reader, and gives an empty run or zero, if the next value has another type or is
 * not minimal. Runs borrow the input; text is valid UTF-8 without NUL. */
struct vc_bytes vc_der_read_octets(struct vc_reader *reader);
struct vc_bytes vc_der_read_text(struct vc_reader *reader);
uint64_t vc_der_read_uint(struct vc_reader *reader);
/* The content of one value with this tag, whatever it is: for types that one format has. */
struct vc_bytes vc_der_read_value(struct vc_reader *reader, uint8_t tag);
/* The tag of the next value; 0 if there is none. */
uint8_t vc_der_peek(const struct vc_reader *reader);
/* A reader over the content, which has its own end: ask vc_reader_done of it and of the outer one.
 * Already failed if the outer one did. */
struct vc_reader vc_der_read_sequence(struct vc_reader *reader);

/* Each appends one value. VC_LIMIT: beyond VC_DER_SIZE_MAX. VC_MEMORY. */
enum vc_code vc_der_put_octets(struct vc_buffer *out, struct vc_bytes bytes, struct vc_err *err);
enum vc_code vc_der_put_text(struct vc_buffer *out, const char *text, struct vc_err *err);
enum vc_code vc_der_put_uint(struct vc_buffer *out, uint64_t value, struct vc_err *err);
enum vc_code vc_der_put_sequence(struct vc_buffer *out, struct vc_bytes content,
                                 struct vc_err *err);

#endif
