/* SPDX-License-Identifier: MIT */

#include "client/stream_kept.h"

#include <stdlib.h>
#include <string.h>

enum vc_code vc_stream_kept_init(struct vc_stream_kept *kept, size_t capacity, uint64_t position,
                                 struct vc_err *err)
{
    uint8_t *data = malloc(capacity);

    if (data == nullptr)
        return vc_fail_memory(err);
    *kept = (struct vc_stream_kept){
        .data = data, .capacity = capacity, .begin = position, .end = position};
    return VC_OK;
}

void vc_stream_kept_done(struct vc_stream_kept *kept)
{
    free(kept->data);
    *kept = (struct vc_stream_kept){};
}

uint8_t *vc_stream_kept_room(const struct vc_stream_kept *kept, uint64_t oldest, size_t *size)
{
    size_t at = (size_t)(kept->end % kept->capacity);
    uint64_t needed = kept->end - (oldest > kept->begin ? oldest : kept->begin);
    size_t room = needed < kept->capacity ? kept->capacity - (size_t)needed : 0;

    *size = room < kept->capacity - at ? room : kept->capacity - at;
    return kept->data + at;
}

void vc_stream_kept_grow(struct vc_stream_kept *kept, size_t size)
{
    kept->end += size;
    if (kept->end - kept->begin > kept->capacity)
        kept->begin = kept->end - kept->capacity;
}

size_t vc_stream_kept_copy(const struct vc_stream_kept *kept, uint64_t position, uint8_t *data,
                           size_t size)
{
    uint64_t there = kept->end - position;
    size_t count = there < size ? (size_t)there : size;
    size_t at = (size_t)(position % kept->capacity);
    size_t first = count < kept->capacity - at ? count : kept->capacity - at;

    memcpy(data, kept->data + at, first);
    memcpy(data + first, kept->data, count - first);
    return count;
}
