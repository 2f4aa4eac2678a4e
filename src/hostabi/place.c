/* SPDX-License-Identifier: MIT */

#include "hostabi/place.h"

#include <string.h>

#include "base/utf8.h"

static uint32_t check_text(const uint8_t *text, uint64_t size)
{
    if (size == 0)
        return VC_WASI_NOENT;
    if (size >= VC_WORKER_PATH_MAX)
        return VC_WASI_NAMETOOLONG;
    if (memchr(text, '\0', (size_t)size) != nullptr)
        return VC_WASI_INVAL;
    return vc_utf8_valid((struct vc_bytes){text, (size_t)size}) ? VC_WASI_SUCCESS : VC_WASI_ILSEQ;
}

uint32_t vc_place_text(const struct vc_engine_frame *frame, size_t name_at,
                       char text[VC_WORKER_PATH_MAX])
{
    uint8_t *bytes;
    uint64_t size = frame->arguments[name_at + 1];
    uint32_t failure = vc_guest_range(&frame->memory, frame->arguments[name_at], size, &bytes);

    if (failure == VC_WASI_SUCCESS)
        failure = check_text(bytes, size);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    memcpy(text, bytes, (size_t)size);
    text[size] = '\0';
    return VC_WASI_SUCCESS;
}

uint32_t vc_place_find(struct vc_host *host, const struct vc_engine_frame *frame,
                       size_t directory_at, size_t name_at, struct vc_place *place)
{
    uint32_t failure = vc_descriptors_find_directory(
        &host->descriptors, frame->arguments[directory_at], 0, &place->directory);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_text(frame, name_at, place->name);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    return place->name[0] == '/' ? VC_WASI_NOTCAPABLE : VC_WASI_SUCCESS;
}

uint32_t vc_place_check(const struct vc_place *place, uint64_t rights)
{
    return (rights & ~place->directory->rights) == 0 ? VC_WASI_SUCCESS : VC_WASI_NOTCAPABLE;
}

uint32_t vc_place_lookup(uint64_t lookup, uint32_t *flags)
{
    if ((lookup & ~(uint64_t)VC_WASI_LOOKUP_FOLLOW) != 0)
        return VC_WASI_INVAL;
    if (lookup != 0)
        *flags |= VC_CALL_FOLLOW;
    return VC_WASI_SUCCESS;
}

struct vc_tree_place vc_place_of(const struct vc_place *place)
{
    return (struct vc_tree_place){.directory = place->directory->path, .name = place->name};
}
