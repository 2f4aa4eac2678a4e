/* SPDX-License-Identifier: MIT */

#include "net/chunk_internal.h"

#include <stdlib.h>
#include <string.h>

bool vc_chunk_open(struct vc_chunk_pool *pool, struct vc_chunk *chunk)
{
    if (chunk->data != nullptr)
        return true;
    *chunk = (struct vc_chunk){};
    chunk->data = pool->spare_count > 0 ? pool->spare[--pool->spare_count] : malloc(VC_CHUNK_SIZE);
    return chunk->data != nullptr;
}

size_t vc_chunk_fill(struct vc_chunk *chunk, struct vc_bytes bytes)
{
    size_t room = VC_CHUNK_SIZE - chunk->end;
    size_t size = bytes.size < room ? bytes.size : room;

    if (size > 0)
        memcpy(chunk->data + chunk->end, bytes.data, size);
    chunk->end += size;
    return size;
}

void vc_chunk_close(struct vc_chunk_pool *pool, struct vc_chunk *chunk)
{
    if (chunk->data != nullptr && pool->spare_count < VC_CHUNK_SPARE_MAX)
        pool->spare[pool->spare_count++] = chunk->data;
    else
        free(chunk->data);
    *chunk = (struct vc_chunk){};
}

void vc_chunk_pool_done(struct vc_chunk_pool *pool)
{
    while (pool->spare_count > 0)
        free(pool->spare[--pool->spare_count]);
}
