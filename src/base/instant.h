/* SPDX-License-Identifier: MIT */

/* Points in time as values: seconds since 1970-01-01T00:00:00Z, handed in and never fetched here.
 */

#ifndef VC_BASE_INSTANT_H
#define VC_BASE_INSTANT_H

#include "base/err.h"

constexpr size_t VC_INSTANT_TEXT_MAX = sizeof("9999-12-31T23:59:59Z");

/* Parses RFC 3339 in its one form YYYY-MM-DDThh:mm:ssZ (UTC, no fraction, years 1970 to 9999).
 * VC_MALFORMED: another form, or a date that no calendar has. */
enum vc_code vc_instant_parse(const char *text, int64_t *seconds, struct vc_err *err);

/* Writes that form; `seconds` within 1970 to 9999 (clamped otherwise). */
void vc_instant_format(int64_t seconds, char text[VC_INSTANT_TEXT_MAX]);

#endif
