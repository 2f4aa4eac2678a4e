/* SPDX-License-Identifier: MIT */

/* Memory of one command, freed at once. */

#ifndef VC_CLI_ARENA_H
#define VC_CLI_ARENA_H

#include "base/err.h"

struct vc_arena_block;

/* Zero-initialised is empty and valid. */
struct vc_arena {
    struct vc_arena_block *blocks;
};

/* `size` zeroed bytes for `count` elements each, or null. */
void *vc_arena_take(struct vc_arena *arena, size_t count, size_t size);
/* A NUL-terminated copy, or null. */
char *vc_arena_text(struct vc_arena *arena, const char *text, size_t size);
void vc_arena_done(struct vc_arena *arena);

#endif
