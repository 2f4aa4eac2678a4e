/* SPDX-License-Identifier: MIT */

/* Text of others on one line of a person's terminal: no control character of theirs gets there. */

#ifndef VC_CLIENT_LINE_H
#define VC_CLIENT_LINE_H

#include "base/defs.h"

/* Copies `text` to `out` (`size` at least 1, the NUL included), cut at the border of a character.
 * Control characters (C0, DEL, C1, line and paragraph separators, bidirectional overrides) and
 * bytes that are not UTF-8 become '?'. */
void vc_line_clean(const char *text, char *out, size_t size);

#endif
