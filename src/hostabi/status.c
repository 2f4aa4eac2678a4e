/* SPDX-License-Identifier: MIT */

/* fd_* calls about a descriptor itself: what it is, how it behaves, its end. */

#include <errno.h>
#include <stdckdint.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "hostabi/budget.h"

static constexpr uint64_t ADVICE_MAX = 5; /* noreuse, the last */

static uint8_t wasi_type(const struct vc_descriptor *descriptor)
{
    if (descriptor->kind == VC_DESCRIPTOR_DIRECTORY)
        return VC_WASI_TYPE_DIRECTORY;
    return descriptor->kind == VC_DESCRIPTOR_FILE ? VC_WASI_TYPE_REGULAR_FILE
                                                  : VC_WASI_TYPE_CHARACTER_DEVICE;
}

/* Arguments: descriptor, offset, size, advice. Memory needs no advice. */
uint32_t vc_wasi_fd_advise(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *file;
    uint32_t failure = vc_descriptors_find_file(&host->descriptors, frame->arguments[0],
                                                VC_WASI_RIGHT_FD_ADVISE, &file);

    if (failure == VC_WASI_SUCCESS && frame->arguments[3] > ADVICE_MAX)
        return VC_WASI_INVAL;
    return failure;
}

static uint32_t set_size(struct vc_host *host, const struct vc_descriptor *file, uint64_t size)
{
    uint64_t old;
    uint32_t failure;

    if (file->kind != VC_DESCRIPTOR_FILE || size > INT64_MAX)
        return VC_WASI_INVAL;
    failure = vc_host_file_size(file, &old);
    /* What was there before a program that appends stays. */
    if (failure == VC_WASI_SUCCESS && size < old && (file->flags & VC_WASI_FLAG_APPEND) != 0)
        return VC_WASI_NOTCAPABLE;
    if (failure == VC_WASI_SUCCESS)
        failure = vc_budget_grow(host, old, size);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (ftruncate(file->fd, (off_t)size) != 0)
        return errno == EFBIG ? VC_WASI_FBIG : VC_WASI_IO;
    return VC_WASI_SUCCESS;
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

/* Argument: descriptor. */
uint32_t vc_wasi_fd_close(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *descriptor;
    uint32_t failure = vc_descriptors_find(&host->descriptors, frame->arguments[0], 0, &descriptor);

    if (failure == VC_WASI_SUCCESS)
        vc_descriptor_close(descriptor);
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
    bytes[0] = wasi_type(descriptor);
    vc_guest_put_u16(bytes + 2, descriptor->flags);
    vc_guest_put_u64(bytes + 8, descriptor->rights);
    vc_guest_put_u64(bytes + 16, descriptor->inheriting);
    return VC_WASI_SUCCESS;
}

/* Arguments: descriptor, flags. Who appends goes on appending: it may be all that it may do. */
uint32_t vc_wasi_fd_fdstat_set_flags(struct vc_host *host, struct vc_engine_frame *frame)
{
    static constexpr uint64_t KNOWN = VC_WASI_FLAG_APPEND | VC_WASI_FLAG_DSYNC |
                                      VC_WASI_FLAG_NONBLOCK | VC_WASI_FLAG_RSYNC |
                                      VC_WASI_FLAG_SYNC;
    struct vc_descriptor *file;
    uint32_t failure = vc_descriptors_find_file(&host->descriptors, frame->arguments[0],
                                                VC_WASI_RIGHT_FD_FDSTAT_SET_FLAGS, &file);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if ((frame->arguments[1] & ~KNOWN) != 0)
        return VC_WASI_INVAL;
    if ((file->flags & VC_WASI_FLAG_APPEND & ~frame->arguments[1]) != 0)
        return VC_WASI_NOTCAPABLE;
    file->flags = (uint16_t)frame->arguments[1];
    return VC_WASI_SUCCESS;
}

static uint32_t stat_directory(struct vc_host *host, const struct vc_descriptor *directory,
                               struct vc_host_stat *stat)
{
    struct vc_tree_request request = {.call = VC_CALL_STAT, .at.directory = directory->path};
    struct vc_tree_answer answer;
    uint32_t failure = vc_host_ask(host, &request, &answer);

    stat->inode = answer.head.inode;
    stat->modified_ns = answer.head.modified_ns;
    return failure;
}

/* Arguments: descriptor, where the state of its file goes. */
uint32_t vc_wasi_fd_filestat_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *descriptor;
    uint32_t failure = vc_descriptors_find(&host->descriptors, frame->arguments[0],
                                           VC_WASI_RIGHT_FD_FILESTAT_GET, &descriptor);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    struct vc_host_stat stat = {.inode = descriptor->inode,
                                .modified_ns = descriptor->modified_ns,
                                .type = wasi_type(descriptor)};

    if (descriptor->kind == VC_DESCRIPTOR_DIRECTORY) {
        failure = stat_directory(host, descriptor, &stat);
    } else {
        failure = vc_host_file_size(descriptor, &stat.size);
    }
    if (failure == VC_WASI_SUCCESS)
        failure = vc_host_store_stat(&frame->memory, frame->arguments[1], &stat);
    return failure;
}

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
    vc_guest_put_u32(bytes, 0); /* a directory, the only kind there is */
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
    failure = vc_guest_range(&frame->memory, frame->arguments[1], size, &bytes);
    if (failure == VC_WASI_SUCCESS)
        memcpy(bytes, preopen->preopen_name, size);
    return failure;
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
    vc_descriptor_close(to);
    *to = *from;
    *from = (struct vc_descriptor){.fd = -1};
    return VC_WASI_SUCCESS;
}
