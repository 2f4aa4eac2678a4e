/* SPDX-License-Identifier: MIT */

/* fd_* calls about a descriptor itself: what it is, how it behaves, its end. */

#include <errno.h>
#include <stdckdint.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "hostabi/budget.h"

/* Arguments: descriptor, offset, size, advice. Memory needs no advice. */
uint32_t vc_wasi_fd_advise(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *file;
    uint32_t failure = vc_descriptors_find_bytes(&host->descriptors, frame->arguments[0],
                                                 VC_WASI_RIGHT_FD_ADVISE, &file);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (frame->arguments[1] > INT64_MAX || frame->arguments[2] > INT64_MAX ||
        frame->arguments[3] > VC_WASI_ADVICE_NOREUSE)
        return VC_WASI_INVAL;
    return VC_WASI_SUCCESS;
}

static uint32_t set_size(struct vc_host *host, const struct vc_descriptor *file, uint64_t size)
{
    uint64_t old;
    uint32_t failure;

    if (file->kind != VC_DESCRIPTOR_FILE || size > INT64_MAX)
        return VC_WASI_INVAL;
    failure = vc_host_file_size(file, &old);
    if (failure == VC_WASI_SUCCESS && size < old && file->append_only)
        return VC_WASI_NOTCAPABLE;
    if (failure == VC_WASI_SUCCESS)
        failure = vc_budget_grow(host, old, size);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (ftruncate(file->fd, (off_t)size) == 0)
        return VC_WASI_SUCCESS;
    if (errno != EFBIG)
        return VC_WASI_IO;
    host->limits_met |= VC_MET_FILE_SIZE;
    return VC_WASI_FBIG;
}

/* Arguments: descriptor, offset, size: the file reaches at least offset + size then. */
uint32_t vc_wasi_fd_allocate(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *file;
    uint64_t end;
    uint64_t size;
    uint32_t failure = vc_descriptors_find_file(&host->descriptors, frame->arguments[0],
                                                VC_WASI_RIGHT_FD_ALLOCATE, &file);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_host_file_size(file, &size);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (ckd_add(&end, frame->arguments[1], frame->arguments[2]) || frame->arguments[2] == 0)
        return VC_WASI_INVAL;
    return end > size ? set_size(host, file, end) : VC_WASI_SUCCESS;
}

/* Arguments: descriptor, size. */
uint32_t vc_wasi_fd_filestat_set_size(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *file;
    uint32_t failure = vc_descriptors_find_file(&host->descriptors, frame->arguments[0],
                                                VC_WASI_RIGHT_FD_FILESTAT_SET_SIZE, &file);

    return failure == VC_WASI_SUCCESS ? set_size(host, file, frame->arguments[1]) : failure;
}

/* As the program wants it: what is on the other side of a stream is told. */
static void close_descriptor(const struct vc_host *host, struct vc_descriptor *descriptor)
{
    if (descriptor->kind == VC_DESCRIPTOR_STREAM)
        vc_stream_end_close(&host->stream, &descriptor->stream);
    vc_descriptor_close(descriptor);
}

/* Argument: descriptor. */
uint32_t vc_wasi_fd_close(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *descriptor;
    uint32_t failure = vc_descriptors_find(&host->descriptors, frame->arguments[0], 0, &descriptor);

    if (failure == VC_WASI_SUCCESS)
        close_descriptor(host, descriptor);
    return failure;
}

/* Argument: descriptor. What is written is in memory at once. */
uint32_t vc_wasi_fd_sync(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *descriptor;

    return vc_descriptors_find(&host->descriptors, frame->arguments[0], VC_WASI_RIGHT_FD_SYNC,
                               &descriptor);
}

uint32_t vc_wasi_fd_datasync(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *descriptor;

    return vc_descriptors_find(&host->descriptors, frame->arguments[0], VC_WASI_RIGHT_FD_DATASYNC,
                               &descriptor);
}

/* Arguments: descriptor, where its state goes. */
uint32_t vc_wasi_fd_fdstat_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *descriptor;
    uint8_t *bytes;
    uint32_t failure = vc_descriptors_find(&host->descriptors, frame->arguments[0], 0, &descriptor);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_range(&frame->memory, frame->arguments[1], VC_WASI_FDSTAT_SIZE, &bytes);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    memset(bytes, 0, VC_WASI_FDSTAT_SIZE);
    bytes[0] = vc_host_descriptor_type(descriptor);
    vc_guest_put_u16(bytes + 2, descriptor->flags);
    vc_guest_put_u64(bytes + 8, descriptor->rights);
    vc_guest_put_u64(bytes + 16, descriptor->inheriting);
    return VC_WASI_SUCCESS;
}

/* Arguments: descriptor, flags. Who may only append cannot stop appending. */
uint32_t vc_wasi_fd_fdstat_set_flags(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *descriptor;
    uint64_t flags = frame->arguments[1];
    uint32_t failure = vc_descriptors_find(&host->descriptors, frame->arguments[0],
                                           VC_WASI_RIGHT_FD_FDSTAT_SET_FLAGS, &descriptor);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if ((flags & ~(uint64_t)VC_WASI_FLAG_ALL) != 0)
        return VC_WASI_INVAL;
    if (descriptor->append_only && (flags & VC_WASI_FLAG_APPEND) == 0)
        return VC_WASI_NOTCAPABLE;
    descriptor->flags = (uint16_t)flags;
    return VC_WASI_SUCCESS;
}

/* Arguments: descriptor, rights, inheriting rights: none that it has not already. */
uint32_t vc_wasi_fd_fdstat_set_rights(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *descriptor;
    uint64_t rights = frame->arguments[1];
    uint64_t inheriting = frame->arguments[2];
    uint32_t failure = vc_descriptors_find(&host->descriptors, frame->arguments[0], 0, &descriptor);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if ((rights & ~descriptor->rights) != 0 || (inheriting & ~descriptor->inheriting) != 0)
        return VC_WASI_NOTCAPABLE;
    descriptor->rights = rights;
    descriptor->inheriting = inheriting;
    return VC_WASI_SUCCESS;
}

/* Arguments: descriptor, the number that it has from now on; what that one stood for is closed. */
uint32_t vc_wasi_fd_renumber(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *from;
    struct vc_descriptor *to;
    uint32_t failure = vc_descriptors_find(&host->descriptors, frame->arguments[0], 0, &from);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_descriptors_find(&host->descriptors, frame->arguments[1], 0, &to);
    if (failure != VC_WASI_SUCCESS || from == to)
        return failure;
    close_descriptor(host, to);
    *to = *from;
    *from = (struct vc_descriptor){.fd = -1};
    return VC_WASI_SUCCESS;
}
