/* SPDX-License-Identifier: MIT */

/* The word that was probably meant. */

#ifndef VC_CLI_NEAREST_H
#define VC_CLI_NEAREST_H

#include "base/defs.h"

constexpr size_t VC_NEAREST_LENGTH_MAX = 48; /* longer words have no nearest one */

/* Insertions, deletions, replacements and swaps of neighbours that turn one word into the other;
 * SIZE_MAX if a word is too long. */
size_t vc_word_distance(const char *a, const char *b);

/* Keeps the better of *best (null: none yet, with *distance SIZE_MAX) and `candidate`; a candidate
 * farther than a third of the word's length does not count. */
void vc_nearest_offer(const char *word, const char *candidate, const char **best, size_t *distance);

#endif
