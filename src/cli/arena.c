/* SPDX-License-Identifier: MIT */

/* A list of blocks. */

#include "cli/arena.h"

#include <stdckdint.h>
#include <stdlib.h>
#include <string.h>

struct vc_arena_block {
    struct vc_arena_block *next;
    max_align_t content[];
};

void *vc_arena_take(struct vc_arena *arena, size_t count, size_t size)
{
    size_t total;

    if (ckd_mul(&total, count, size) || ckd_add(&total, total, sizeof(struct vc_arena_block)))
        return nullptr;
    struct vc_arena_block *block = calloc(1, total);

    if (block == nullptr)
        return nullptr;
    block->next = arena->blocks;
    arena->blocks = block;
    return block->content;
}

char *vc_arena_text(struct vc_arena *arena, const char *text, size_t size)
{
    char *copy = vc_arena_take(arena, size + 1, 1);

    if (copy != nullptr)
        memcpy(copy, text, size);
    return copy;
}

void vc_arena_done(struct vc_arena *arena)
{
    while (arena->blocks != nullptr) {
        struct vc_arena_block *next = arena->blocks->next;

        free(arena->blocks);
        arena->blocks = next;
    }
}
