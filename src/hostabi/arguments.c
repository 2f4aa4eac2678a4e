/* SPDX-License-Identifier: MIT */

/* args_* and environ_*: the texts that the policy gives the program. */

#include <string.h>

#include "hostabi/host_internal.h"

/* Arguments: where the count goes, where the bytes needed go. */
static uint32_t sizes_get(const struct vc_host_texts *texts, const struct vc_engine_frame *frame)
{
    uint32_t failure = vc_guest_store_u32(&frame->memory, frame->arguments[0], texts->count);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_store_u32(&frame->memory, frame->arguments[1], texts->size);
    return failure;
}

/* Arguments: an array for pointers, a buffer for the texts they point to. */
static uint32_t texts_get(const struct vc_host_texts *texts, const struct vc_engine_frame *frame)
{
    uint8_t *pointers;
    uint8_t *bytes;
    uint32_t at = (uint32_t)frame->arguments[1];
    uint32_t failure = vc_guest_range(&frame->memory, frame->arguments[0],
                                      (uint64_t)texts->count * sizeof(uint32_t), &pointers);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_range(&frame->memory, at, texts->size, &bytes);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (texts->size > 0)
        memcpy(bytes, texts->bytes, texts->size);
    for (uint32_t i = 0, start = 0; i < texts->count; i++) {
        vc_guest_put_u32(pointers + (size_t)i * sizeof(uint32_t), at + start);
        start += (uint32_t)strlen(texts->bytes + start) + 1;
    }
    return VC_WASI_SUCCESS;
}

uint32_t vc_wasi_args_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    return texts_get(&host->arguments, frame);
}

uint32_t vc_wasi_args_sizes_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    return sizes_get(&host->arguments, frame);
}

uint32_t vc_wasi_environ_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    return texts_get(&host->environment, frame);
}

uint32_t vc_wasi_environ_sizes_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    return sizes_get(&host->environment, frame);
}
