/* SPDX-License-Identifier: MIT */

/* One call of a program as a line of text, for `veracruz local run --strace`. */

#ifndef VC_HOSTABI_TRACE_H
#define VC_HOSTABI_TRACE_H

#include "engine/engine.h"

constexpr size_t VC_TRACE_TEXT_MAX = 512; /* bytes, with the NUL */

/* Writes what was called, with what, and what came of it:
 *
 *   path_open(3, FOLLOW, "a/b", CREAT|TRUNC, 0x42, 0x0, APPEND) = 0 [4]
 *   path_unlink_file(3, "a") = 44 NOENT
 *   psa_mac_update(0x11aa8, 0x20000, 2) = -137 BAD_STATE
 *
 * Printable ASCII; what does not fit is cut. `frame` is the call's, after it: the program's memory
 * is read only where it is memory, and never for the crypto ABI. */
void vc_trace_format(const struct vc_engine_import *import, const struct vc_engine_frame *frame,
                     uint32_t result, char text[VC_TRACE_TEXT_MAX]);

/* "NOENT"; null for a number that is no errno. */
const char *vc_trace_errno_name(uint32_t number);

#endif
