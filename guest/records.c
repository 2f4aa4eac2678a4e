/* SPDX-License-Identifier: MIT */

/* Records of streams, for programs: veracruz.h. C11, without anything of this host. */

#include "veracruz.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PREFIX = 4 };         /* bytes, of VZ_LENGTH */
enum { DIRECT_MIN = 32768 }; /* bytes of a record that is not worth copying */

static int fail(int error)
{
    errno = error;
    return -1;
}

static int is_framing(enum vz_framing framing)
{
    return framing == VZ_BYTES || framing == VZ_LINES || framing == VZ_LENGTH;
}

/* What a record has in the stream beside its content. */
static size_t overhead(enum vz_framing framing)
{
    return framing == VZ_LENGTH ? PREFIX : framing == VZ_LINES ? 1 : 0;
}

static int check_terms(enum vz_framing framing, size_t *record_bytes)
{
    if (!is_framing(framing) || *record_bytes > VZ_RECORD_BYTES_MAX)
        return fail(EINVAL);
    if (*record_bytes == 0)
        *record_bytes = VZ_RECORD_BYTES_DEFAULT;
    return 0;
}

int vz_reader_open(struct vz_reader *reader, int descriptor, enum vz_framing framing,
                   size_t record_bytes)
{
    struct vz_reader opened = {0};

    if (check_terms(framing, &record_bytes) != 0)
        return -1;
    opened.descriptor = descriptor;
    opened.framing = framing;
    opened.record_bytes = record_bytes;
    /* A record that begins in one block always ends in the room of the next. */
    opened.capacity = VZ_BLOCK_BYTES + record_bytes + PREFIX;
    opened.block = malloc(opened.capacity);
    if (opened.block == NULL)
        return fail(ENOMEM);
    *reader = opened;
    return 0;
}

void vz_reader_tie(struct vz_reader *reader, struct vz_writer *writer)
{
    reader->tied = writer;
}

void vz_reader_close(struct vz_reader *reader)
{
    free(reader->block);
    *reader = (struct vz_reader){.error = EBADF, .descriptor = -1};
}

static enum vz_result fail_reader(struct vz_reader *reader, int error)
{
    reader->error = error;
    errno = error;
    return VZ_ERROR;
}

/* Gives `size` bytes of content that stand `before` bytes into what was read, and are followed by
 * `after` that belong to the record too. */
static enum vz_result give(struct vz_reader *reader, size_t before, size_t size, size_t after,
                           struct vz_record *record)
{
    record->data = (const char *)reader->block + reader->begin + before;
    record->size = size;
    reader->begin += before + size + after;
    reader->position += before + size + after;
    reader->scanned = 0;
    reader->count++;
    return VZ_RECORD;
}

/* VZ_WAIT: not whole yet. */
static enum vz_result find_bytes(struct vz_reader *reader, struct vz_record *record)
{
    size_t there = reader->end - reader->begin;

    if (there == 0)
        return VZ_WAIT;
    return give(reader, 0, there < reader->record_bytes ? there : reader->record_bytes, 0, record);
}

static enum vz_result find_line(struct vz_reader *reader, struct vz_record *record)
{
    const unsigned char *line = reader->block + reader->begin;
    size_t there = reader->end - reader->begin;
    const unsigned char *newline = memchr(line + reader->scanned, '\n', there - reader->scanned);
    size_t size = newline != NULL ? (size_t)(newline - line) : there;

    if (size > reader->record_bytes)
        return fail_reader(reader, EMSGSIZE);
    if (newline != NULL)
        return give(reader, 0, size, 1, record);
    reader->scanned = there;
    return VZ_WAIT;
}

static enum vz_result find_prefixed(struct vz_reader *reader, struct vz_record *record)
{
    const unsigned char *prefix = reader->block + reader->begin;
    size_t there = reader->end - reader->begin;
    uint32_t size;

    if (there < PREFIX)
        return VZ_WAIT;
    size = (uint32_t)prefix[0] << 24 | (uint32_t)prefix[1] << 16 | (uint32_t)prefix[2] << 8 |
           prefix[3];
    if (size > reader->record_bytes)
        return fail_reader(reader, EMSGSIZE);
    return there - PREFIX < size ? VZ_WAIT : give(reader, PREFIX, size, 0, record);
}

static enum vz_result find(struct vz_reader *reader, struct vz_record *record)
{
    switch (reader->framing) {
    case VZ_LINES:
        return find_line(reader, record);
    case VZ_LENGTH:
        return find_prefixed(reader, record);
    case VZ_BYTES:
    default:
        return find_bytes(reader, record);
    }
}

/* Makes room for a block behind the beginning of a record, which is all that is left here. */
static void make_room(struct vz_reader *reader)
{
    if (reader->begin == reader->end) {
        reader->begin = reader->end = 0;
    } else if (reader->capacity - reader->end < VZ_BLOCK_BYTES) {
        memmove(reader->block, reader->block + reader->begin, reader->end - reader->begin);
        reader->end -= reader->begin;
        reader->begin = 0;
    }
}

/* VZ_RECORD: there is more than before. */
static enum vz_result fill(struct vz_reader *reader)
{
    ssize_t size;

    if (reader->tied != NULL && vz_flush(reader->tied) != 0)
        return fail_reader(reader, errno);
    make_room(reader);
    do
        size =
            read(reader->descriptor, reader->block + reader->end, reader->capacity - reader->end);
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return errno == EAGAIN ? VZ_WAIT : fail_reader(reader, errno);
    if (size == 0) {
        if (reader->begin != reader->end)
            return fail_reader(reader, EBADMSG);
        reader->ended = 1;
        return VZ_END;
    }
    reader->end += (size_t)size;
    return VZ_RECORD;
}

enum vz_result vz_next(struct vz_reader *reader, struct vz_record *record)
{
    if (reader->error != 0)
        return fail_reader(reader, reader->error);
    if (reader->ended)
        return VZ_END;
    for (;;) {
        enum vz_result result = find(reader, record);

        if (result == VZ_WAIT) {
            result = fill(reader);
            if (result == VZ_RECORD)
                continue;
        }
        return result;
    }
}

int vz_writer_open(struct vz_writer *writer, int descriptor, enum vz_framing framing,
                   size_t record_bytes)
{
    struct vz_writer opened = {0};

    if (check_terms(framing, &record_bytes) != 0)
        return -1;
    opened.descriptor = descriptor;
    opened.framing = framing;
    opened.record_bytes = record_bytes;
    opened.block = malloc(VZ_BLOCK_BYTES);
    if (opened.block == NULL)
        return fail(ENOMEM);
    *writer = opened;
    return 0;
}

/* Somebody set O_NONBLOCK, for the reading side: writers wait all the same. */
static int await_room(int descriptor)
{
    struct pollfd room = {.fd = descriptor, .events = POLLOUT};

    return poll(&room, 1, -1) < 0 && errno != EINTR ? -1 : 0;
}

/* Drops `size` bytes from the front of the list; those that are empty then go, too. */
static void advance(struct iovec **pieces, int *count, size_t size)
{
    while (*count > 0 && size >= (*pieces)->iov_len) {
        size -= (*pieces)->iov_len;
        (*pieces)++;
        (*count)--;
    }
    if (*count > 0) {
        (*pieces)->iov_base = (unsigned char *)(*pieces)->iov_base + size;
        (*pieces)->iov_len -= size;
    }
}

static int write_all(struct vz_writer *writer, struct iovec *pieces, int count)
{
    advance(&pieces, &count, 0);
    while (count > 0) {
        ssize_t size = writev(writer->descriptor, pieces, count);

        if (size < 0 && errno == EAGAIN && await_room(writer->descriptor) == 0)
            continue;
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0) {
            writer->error = size < 0 ? errno : EIO;
            return fail(writer->error);
        }
        writer->position += (uint64_t)size;
        advance(&pieces, &count, (size_t)size);
    }
    return 0;
}

int vz_flush(struct vz_writer *writer)
{
    struct iovec piece = {.iov_base = writer->block, .iov_len = writer->used};

    if (writer->error != 0)
        return fail(writer->error);
    writer->used = 0;
    return write_all(writer, &piece, 1);
}

static void append(struct vz_writer *writer, const void *data, size_t size)
{
    if (size > 0)
        memcpy(writer->block + writer->used, data, size);
    writer->used += size;
}

static void put_prefix(unsigned char prefix[PREFIX], size_t size)
{
    prefix[0] = (unsigned char)(size >> 24);
    prefix[1] = (unsigned char)(size >> 16);
    prefix[2] = (unsigned char)(size >> 8);
    prefix[3] = (unsigned char)size;
}

/* What waits in the block, the record's prefix, its pieces and its newline, in one call. */
static int emit_direct(struct vz_writer *writer, const struct vz_record *pieces, size_t count,
                       unsigned char prefix[PREFIX])
{
    static const char newline[] = "\n";
    struct iovec list[VZ_PIECES_MAX + 3];
    int used = 0;

    list[used++] = (struct iovec){.iov_base = writer->block, .iov_len = writer->used};
    if (writer->framing == VZ_LENGTH)
        list[used++] = (struct iovec){.iov_base = prefix, .iov_len = PREFIX};
    for (size_t i = 0; i < count; i++)
        list[used++] = (struct iovec){.iov_base = (void *)(uintptr_t)pieces[i].data,
                                      .iov_len = pieces[i].size};
    if (writer->framing == VZ_LINES)
        list[used++] = (struct iovec){.iov_base = (void *)(uintptr_t)newline, .iov_len = 1};
    writer->used = 0;
    return write_all(writer, list, used);
}

static void emit_copied(struct vz_writer *writer, const struct vz_record *pieces, size_t count,
                        const unsigned char prefix[PREFIX])
{
    if (writer->framing == VZ_LENGTH)
        append(writer, prefix, PREFIX);
    for (size_t i = 0; i < count; i++)
        append(writer, pieces[i].data, pieces[i].size);
    if (writer->framing == VZ_LINES)
        append(writer, "\n", 1);
}

/* Adds the sizes up, and says whether the writer may take the record. */
static int check_record(const struct vz_writer *writer, const struct vz_record *pieces,
                        size_t count, size_t *size)
{
    *size = 0;
    if (count == 0 || count > VZ_PIECES_MAX)
        return fail(EINVAL);
    for (size_t i = 0; i < count; i++) {
        /* Sizes of objects that are in memory all at once, or the same one over and over. */
        if (pieces[i].size > PTRDIFF_MAX - *size)
            return fail(EMSGSIZE);
        *size += pieces[i].size;
        if (writer->framing == VZ_LINES && pieces[i].size > 0 &&
            memchr(pieces[i].data, '\n', pieces[i].size) != NULL)
            return fail(EINVAL);
    }
    if (writer->framing != VZ_BYTES && *size > writer->record_bytes)
        return fail(EMSGSIZE);
    return 0;
}

int vz_emit_pieces(struct vz_writer *writer, const struct vz_record *pieces, size_t count)
{
    unsigned char prefix[PREFIX];
    size_t size = 0;

    if (writer->error != 0)
        return fail(writer->error);
    if (check_record(writer, pieces, count, &size) != 0)
        return -1;
    put_prefix(prefix, size);
    if (size >= DIRECT_MIN) {
        if (emit_direct(writer, pieces, count, prefix) != 0)
            return -1;
    } else {
        if (writer->used + size + overhead(writer->framing) > VZ_BLOCK_BYTES &&
            vz_flush(writer) != 0)
            return -1;
        emit_copied(writer, pieces, count, prefix);
    }
    writer->count++;
    return 0;
}

int vz_emit(struct vz_writer *writer, const void *data, size_t size)
{
    struct vz_record piece = {.data = data, .size = size};

    return vz_emit_pieces(writer, &piece, 1);
}

int vz_writer_close(struct vz_writer *writer)
{
    int error = 0;

    if (writer->block != NULL && vz_flush(writer) != 0)
        error = errno;
    free(writer->block);
    *writer = (struct vz_writer){.error = EBADF, .descriptor = -1};
    return error != 0 ? fail(error) : 0;
}

#ifdef __wasm__
__attribute__((import_module("veracruz"), import_name("progress"))) uint32_t
vz_host_progress(uint32_t percent);
#endif

int vz_progress(unsigned percent)
{
#ifdef __wasm__
    uint32_t error = vz_host_progress(percent);

    return error != 0 ? fail((int)error) : 0; /* numbers of errors are the same there */
#else
    return percent > 100 ? fail(EINVAL) : 0;
#endif
}
