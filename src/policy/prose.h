/* SPDX-License-Identifier: MIT */

/* Sentences under construction: our words as they are, foreign text so that it cannot pretend to be
 * something else on a screen. */

#ifndef VC_POLICY_PROSE_H
#define VC_POLICY_PROSE_H

#include "base/buffer.h"

constexpr size_t VC_PROSE_SIZE_MAX = 8 << 20; /* bytes */

/* The first failure stays, and vc_prose_end tells it. */
struct vc_prose {
    struct vc_buffer *out;
    size_t start; /* size of *out before */
    enum vc_code code;
};

struct vc_prose vc_prose_over(struct vc_buffer *out);
void vc_prose_say(struct vc_prose *prose, const char *format, ...) vc_printf(2, 3);
/* Foreign UTF-8: what is invisible or turns the direction of writing is spelled \u{202e}. */
void vc_prose_text(struct vc_prose *prose, const char *text);
/* The same between quotation marks. */
void vc_prose_quoted(struct vc_prose *prose, const char *text);
/* What stands before the index-th of `count` things in an enumeration: "", ", " or " and ". */
const char *vc_prose_joint(size_t index, size_t count);
/* VC_MEMORY, VC_LIMIT; then *out is as it was. */
enum vc_code vc_prose_end(struct vc_prose *prose, struct vc_err *err);

#endif
