/* SPDX-License-Identifier: MIT */

/* Amounts as people read them. */

#ifndef VC_CLI_AMOUNT_H
#define VC_CLI_AMOUNT_H

#include "base/defs.h"

constexpr size_t VC_AMOUNT_MAX = 32; /* bytes of text with the NUL */

/* "0 B", "999 B", "1.0 kB", "12.3 MB", "1.5 TB": three digits or so, powers of 1000. */
void vc_amount_bytes(uint64_t bytes, char text[VC_AMOUNT_MAX]);
/* "950 us", "1.2 ms", "3.4 s", "2:05 min", "1:02:03 h". */
void vc_amount_duration(uint64_t us, char text[VC_AMOUNT_MAX]);

#endif
