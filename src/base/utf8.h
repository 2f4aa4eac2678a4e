/* SPDX-License-Identifier: MIT */

/* UTF-8 validity (RFC 3629). */

#ifndef VC_BASE_UTF8_H
#define VC_BASE_UTF8_H

#include "base/defs.h"

/* True for shortest-form UTF-8 without surrogates and at most U+10FFFF. */
[[nodiscard]] bool vc_utf8_valid(struct vc_bytes text);

#endif
