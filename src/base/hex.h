/* SPDX-License-Identifier: MIT */

/* Hexadecimal text. */

#ifndef VC_BASE_HEX_H
#define VC_BASE_HEX_H

#include "base/err.h"

/* Writes 2 * bytes.size lower-case digits and a NUL; `text` has room for them. */
void vc_hex_encode(struct vc_bytes bytes, char *text);

/* Fills exactly `size` bytes from exactly 2 * size lower-case digits.
 * VC_MALFORMED: another length, an upper-case digit, or anything else ("63 hex digits, 64 wanted").
 */
enum vc_code vc_hex_parse(const char *text, uint8_t *bytes, size_t size, struct vc_err *err);

#endif
