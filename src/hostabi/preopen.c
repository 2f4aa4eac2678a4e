/* SPDX-License-Identifier: MIT */

/* fd_prestat_*: the directories that a program finds open, and their names. */

#include <string.h>

#include "hostabi/host_internal.h"

static constexpr uint32_t PRESTAT_DIRECTORY = 0; /* the only kind there is */

static uint32_t find_preopen(const struct vc_host *host, uint64_t index,
                             struct vc_descriptor **preopen)
{
    uint32_t failure = vc_descriptors_find(&host->descriptors, index, 0, preopen);

    /* A program asks from 3 on until it is told BADF. */
    return failure == VC_WASI_SUCCESS && (*preopen)->preopen_name == nullptr ? VC_WASI_BADF
                                                                             : failure;
}

/* Arguments: descriptor, where kind and length of its name go. */
uint32_t vc_wasi_fd_prestat_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *preopen;
    uint8_t *bytes;
    uint32_t failure = find_preopen(host, frame->arguments[0], &preopen);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_range(&frame->memory, frame->arguments[1], VC_WASI_PRESTAT_SIZE, &bytes);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    vc_guest_put_u32(bytes, PRESTAT_DIRECTORY);
    vc_guest_put_u32(bytes + 4, (uint32_t)strlen(preopen->preopen_name));
    return VC_WASI_SUCCESS;
}

/* Arguments: descriptor, where the name goes (without a NUL), bytes of room. */
uint32_t vc_wasi_fd_prestat_dir_name(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *preopen;
    uint8_t *bytes;
    uint32_t failure = find_preopen(host, frame->arguments[0], &preopen);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    size_t size = strlen(preopen->preopen_name);

    if (frame->arguments[2] < size)
        return VC_WASI_NAMETOOLONG;
    failure = vc_guest_range(&frame->memory, frame->arguments[1], frame->arguments[2], &bytes);
    if (failure == VC_WASI_SUCCESS)
        memcpy(bytes, preopen->preopen_name, size);
    return failure;
}
