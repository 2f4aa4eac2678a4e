/* SPDX-License-Identifier: MIT */

/* The form that streams and keys have among the words of `policy new`. */

#ifndef VC_CLI_POLICY_WISH_LINE_H
#define VC_CLI_POLICY_WISH_LINE_H

#include "cli/arena.h"

/* "NAME: FROM > TO[,TO…] [WORD…]"; all in the arena. */
struct vc_wish_line {
    const char *name;
    const char *from;
    const char **to; /* at least 1 */
    size_t to_count;
    const char **words;
    size_t word_count;
};

/* VC_MALFORMED; VC_LIMIT: more than `to_max` names behind the arrow, or too many words. */
enum vc_code vc_wish_split_line(struct vc_arena *arena, const char *text, size_t to_max,
                                struct vc_wish_line *line, struct vc_err *err);
/* Cuts "a,b" or "a, b" into its names, in the arena. VC_LIMIT. */
enum vc_code vc_wish_split_names(struct vc_arena *arena, const char *text, size_t most,
                                 const char ***names, size_t *count, struct vc_err *err);

#endif
