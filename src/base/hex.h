/* SPDX-License-Identifier: MIT */

/* Hexadecimal text. */

#ifndef VC_BASE_HEX_H
#define VC_BASE_HEX_H

#include "base/buffer.h"

/* Writes 2 * bytes.size lower-case digits and a NUL; `text` has room for them. */
void vc_hex_encode(struct vc_bytes bytes, char *text);

/* Fills exactly `size` bytes from exactly 2 * size lower-case digits.
 * VC_MALFORMED: another length, an upper-case digit, or anything else ("63 hex digits, 64 wanted").
 */
enum vc_code vc_hex_parse(const char *text, uint8_t *bytes, size_t size, struct vc_err *err);

/* Appends the bytes of a text as tools write it: digits of either case, white space between bytes,
 * perhaps 0x at the start. VC_MALFORMED: anything else, half a byte, or no digits; then *bytes is
 * as it was. */
enum vc_code vc_hex_decode(struct vc_bytes text, struct vc_buffer *bytes, struct vc_err *err);

#endif
