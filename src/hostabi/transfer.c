/* SPDX-License-Identifier: MIT */

/* fd_read, fd_write and their kin: bytes between files and the program's memory. */

#include <errno.h>
#include <stdckdint.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "hostabi/budget.h"

static constexpr uint64_t OFFSET_MAX = INT64_MAX;

static uint32_t read_mapped(const struct vc_descriptor *file, uint64_t offset,
                            struct vc_guest_iovec into, uint32_t *done)
{
    uint64_t left = offset < file->map_size ? file->map_size - offset : 0;
    uint32_t size = into.size < left ? into.size : (uint32_t)left;

    if (size > 0)
        memcpy(into.data, file->map + offset, size);
    *done = size;
    return VC_WASI_SUCCESS;
}

static uint32_t read_some(const struct vc_descriptor *file, uint64_t offset,
                          struct vc_guest_iovec into, uint32_t *done)
{
    if (file->mapped)
        return read_mapped(file, offset, into, done);
    ssize_t got;

    do {
        got = pread(file->fd, into.data, into.size, (off_t)offset);
    } while (got < 0 && errno == EINTR);
    if (got < 0 || (uint64_t)got > into.size)
        return VC_WASI_IO;
    *done = (uint32_t)got;
    return VC_WASI_SUCCESS;
}

static uint32_t read_all(const struct vc_descriptor *file, uint64_t offset,
                         const struct vc_guest_iovecs *iovecs, uint32_t *total)
{
    *total = 0;
    if (file->kind == VC_DESCRIPTOR_NULL)
        return VC_WASI_SUCCESS;
    for (uint32_t i = 0; i < iovecs->count; i++) {
        uint32_t done = 0;
        uint32_t failure = read_some(file, offset + *total, iovecs->items[i], &done);

        if (failure != VC_WASI_SUCCESS)
            return *total > 0 ? VC_WASI_SUCCESS : failure;
        *total += done;
        if (done < iovecs->items[i].size)
            break;
    }
    return VC_WASI_SUCCESS;
}

static uint32_t errno_of_write(struct vc_host *host)
{
    if (errno == EFBIG) {
        host->limits_met |= VC_MET_FILE_SIZE;
        return VC_WASI_FBIG;
    }
    return errno == ENOSPC ? VC_WASI_NOSPC : VC_WASI_IO;
}

static uint32_t write_some(struct vc_host *host, const struct vc_descriptor *file, uint64_t offset,
                           struct vc_guest_iovec from, uint32_t *done)
{
    uint64_t size;
    uint64_t covered;
    uint32_t failure = vc_host_file_size(file, &size);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_budget_cover(host, size, offset, from.size, &covered);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    ssize_t put;

    do {
        put = pwrite(file->fd, from.data, (size_t)covered, (off_t)offset);
    } while (put < 0 && errno == EINTR);
    if (put < 0)
        return errno_of_write(host);
    if ((uint64_t)put > covered)
        return VC_WASI_IO;
    vc_budget_charge(host, size, offset, (uint64_t)put);
    *done = (uint32_t)put;
    return VC_WASI_SUCCESS;
}

static uint32_t write_all(struct vc_host *host, const struct vc_descriptor *file, uint64_t offset,
                          const struct vc_guest_iovecs *iovecs, uint32_t *total)
{
    *total = 0;
    if (file->kind == VC_DESCRIPTOR_NULL) {
        *total = iovecs->size;
        return VC_WASI_SUCCESS;
    }
    for (uint32_t i = 0; i < iovecs->count; i++) {
        uint32_t done = 0;
        uint32_t failure = write_some(host, file, offset + *total, iovecs->items[i], &done);

        if (failure != VC_WASI_SUCCESS)
            return *total > 0 ? VC_WASI_SUCCESS : failure;
        *total += done;
        if (done < iovecs->items[i].size)
            break;
    }
    return VC_WASI_SUCCESS;
}

/* What the four transfers share: descriptor, iovecs and their count, where the size goes. The
 * result's place is checked before anything happens, so that nothing happens unseen. */
struct transfer {
    struct vc_descriptor *file;
    uint8_t *result;
    const struct vc_guest_iovecs *iovecs;
};

static uint32_t transfer_begin(struct vc_host *host, const struct vc_engine_frame *frame,
                               uint64_t right, uint64_t result_at, struct transfer *transfer)
{
    bool seeks = (right & VC_WASI_RIGHT_FD_SEEK) != 0;
    uint32_t failure = (seeks ? vc_descriptors_find_file : vc_descriptors_find_bytes)(
        &host->descriptors, frame->arguments[0], right, &transfer->file);

    if (failure == VC_WASI_SUCCESS) {
        failure = vc_guest_iovecs(&frame->memory, frame->arguments[1], frame->arguments[2],
                                  &host->iovecs);
    }
    transfer->iovecs = &host->iovecs;
    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_range(&frame->memory, result_at, sizeof(uint32_t), &transfer->result);
    return failure;
}

static uint32_t check_offset(uint64_t offset, uint32_t size)
{
    return offset > OFFSET_MAX - size ? VC_WASI_FBIG : VC_WASI_SUCCESS;
}

typedef uint32_t stream_transfer_fn(const struct vc_stream_side *side, struct vc_stream_end *end,
                                    const struct vc_guest_iovecs *iovecs, bool waits,
                                    uint32_t *total);

static uint32_t stream_transfer(struct vc_host *host, const struct transfer *transfer,
                                stream_transfer_fn *copy)
{
    bool waits = (transfer->file->flags & VC_WASI_FLAG_NONBLOCK) == 0;
    uint32_t total;
    uint32_t failure =
        copy(&host->stream, &transfer->file->stream, transfer->iovecs, waits, &total);

    if (failure == VC_WASI_SUCCESS)
        vc_guest_put_u32(transfer->result, total);
    return failure;
}

/* Arguments: descriptor, iovecs, count, where the size goes. */
uint32_t vc_wasi_fd_read(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct transfer transfer;
    uint32_t total;
    uint32_t failure =
        transfer_begin(host, frame, VC_WASI_RIGHT_FD_READ, frame->arguments[3], &transfer);

    if (failure == VC_WASI_SUCCESS && transfer.file->kind == VC_DESCRIPTOR_STREAM)
        return stream_transfer(host, &transfer, vc_stream_end_read);
    if (failure == VC_WASI_SUCCESS)
        failure = check_offset(transfer.file->offset, transfer.iovecs->size);
    if (failure == VC_WASI_SUCCESS)
        failure = read_all(transfer.file, transfer.file->offset, transfer.iovecs, &total);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    transfer.file->offset += total;
    vc_guest_put_u32(transfer.result, total);
    return VC_WASI_SUCCESS;
}

/* Arguments: descriptor, iovecs, count, offset, where the size goes. */
uint32_t vc_wasi_fd_pread(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct transfer transfer;
    uint32_t total;
    uint32_t failure = transfer_begin(host, frame, VC_WASI_RIGHT_FD_READ | VC_WASI_RIGHT_FD_SEEK,
                                      frame->arguments[4], &transfer);

    if (failure == VC_WASI_SUCCESS)
        failure = check_offset(frame->arguments[3], transfer.iovecs->size);
    if (failure == VC_WASI_SUCCESS)
        failure = read_all(transfer.file, frame->arguments[3], transfer.iovecs, &total);
    if (failure == VC_WASI_SUCCESS)
        vc_guest_put_u32(transfer.result, total);
    return failure;
}

/* Where a write begins: at the end with the append flag, wherever it was meant to go. */
static uint32_t place_write(const struct transfer *transfer, uint64_t *offset)
{
    uint32_t failure = VC_WASI_SUCCESS;

    if ((transfer->file->flags & VC_WASI_FLAG_APPEND) != 0)
        failure = vc_host_file_size(transfer->file, offset);
    return failure == VC_WASI_SUCCESS ? check_offset(*offset, transfer->iovecs->size) : failure;
}

/* Arguments as fd_read. */
uint32_t vc_wasi_fd_write(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct transfer transfer;
    uint64_t offset;
    uint32_t total;
    uint32_t failure =
        transfer_begin(host, frame, VC_WASI_RIGHT_FD_WRITE, frame->arguments[3], &transfer);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (transfer.file->kind == VC_DESCRIPTOR_STREAM)
        return stream_transfer(host, &transfer, vc_stream_end_write);
    offset = transfer.file->offset;
    failure = place_write(&transfer, &offset);
    if (failure == VC_WASI_SUCCESS)
        failure = write_all(host, transfer.file, offset, transfer.iovecs, &total);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    transfer.file->offset = offset + total;
    vc_guest_put_u32(transfer.result, total);
    return VC_WASI_SUCCESS;
}

/* Arguments as fd_pread. */
uint32_t vc_wasi_fd_pwrite(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct transfer transfer;
    uint64_t offset = frame->arguments[3];
    uint32_t total;
    uint32_t failure = transfer_begin(host, frame, VC_WASI_RIGHT_FD_WRITE | VC_WASI_RIGHT_FD_SEEK,
                                      frame->arguments[4], &transfer);

    if (failure == VC_WASI_SUCCESS)
        failure = place_write(&transfer, &offset);
    if (failure == VC_WASI_SUCCESS)
        failure = write_all(host, transfer.file, offset, transfer.iovecs, &total);
    if (failure == VC_WASI_SUCCESS)
        vc_guest_put_u32(transfer.result, total);
    return failure;
}

static uint32_t seek_base(const struct vc_descriptor *file, uint64_t whence, uint64_t *base)
{
    switch (whence) {
    case VC_WASI_SEEK_SET:
        *base = 0;
        return VC_WASI_SUCCESS;
    case VC_WASI_SEEK_CUR:
        *base = file->offset;
        return VC_WASI_SUCCESS;
    case VC_WASI_SEEK_END:
        return vc_host_file_size(file, base);
    default:
        return VC_WASI_INVAL;
    }
}

/* Arguments: descriptor, distance (signed), whence, where the new offset goes. */
uint32_t vc_wasi_fd_seek(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *file;
    uint64_t base;
    int64_t target;
    int64_t distance = (int64_t)frame->arguments[1];
    uint32_t failure = vc_descriptors_find_file(&host->descriptors, frame->arguments[0],
                                                VC_WASI_RIGHT_FD_SEEK, &file);

    if (failure == VC_WASI_SUCCESS)
        failure = seek_base(file, frame->arguments[2], &base);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (file->kind == VC_DESCRIPTOR_NULL)
        base = 0;
    if (ckd_add(&target, (int64_t)base, distance) || target < 0)
        return VC_WASI_INVAL;
    failure = vc_guest_store_u64(&frame->memory, frame->arguments[3], (uint64_t)target);
    if (failure == VC_WASI_SUCCESS && file->kind == VC_DESCRIPTOR_FILE)
        file->offset = (uint64_t)target;
    return failure;
}

/* Arguments: descriptor, where the offset goes. */
uint32_t vc_wasi_fd_tell(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *file;
    uint32_t failure = vc_descriptors_find_file(&host->descriptors, frame->arguments[0],
                                                VC_WASI_RIGHT_FD_TELL, &file);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_store_u64(&frame->memory, frame->arguments[1], file->offset);
    return failure;
}
