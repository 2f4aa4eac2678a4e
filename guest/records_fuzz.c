/* SPDX-License-Identifier: MIT */

/* Target: records of streams, in both directions. The first two bytes choose the framing, the limit
 * and where the rest is cut in two. Properties: what a reader gives, and how it ends, is what
 * cutting all of the bytes at once gives, done here in the plainest way; and emitting the records
 * again gives the bytes that they came from. */

#include "veracruz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr size_t SIZE_MAX_HERE = 4096; /* a pipe takes it without a reader */

struct cutter {
    const uint8_t *data;
    size_t size, at;
    enum vz_framing framing;
    size_t limit;
};

/* The next record, or how it ends; `error` as errno. */
static enum vz_result cut(struct cutter *cutter, struct vz_record *record, int *error)
{
    const uint8_t *rest = cutter->data + cutter->at;
    size_t left = cutter->size - cutter->at, before = 0, after = 0, content = 0;

    if (left == 0)
        return VZ_END;
    *error = EBADMSG;
    if (cutter->framing == VZ_LINES) {
        after = 1;
        while (content < left && rest[content] != '\n')
            content++;
    } else {
        before = 4;
        if (left < before)
            return VZ_ERROR;
        for (size_t i = 0; i < before; i++)
            content = content << 8 | rest[i];
    }
    if (content > cutter->limit)
        *error = EMSGSIZE;
    if (content > cutter->limit || before + content + after > left)
        return VZ_ERROR;
    *record = (struct vz_record){(const char *)rest + before, content};
    cutter->at += before + content + after;
    return VZ_RECORD;
}

static void compare(struct vz_reader *reader, struct cutter *cutter, struct vz_writer *writer)
{
    struct vz_record found, wanted;

    for (;;) {
        int error = 0;
        enum vz_result result = vz_next(reader, &found);

        if (result == VZ_WAIT)
            return;
        int found_error = errno;

        if (result != cut(cutter, &wanted, &error))
            abort();
        if (result == VZ_ERROR && found_error != error)
            abort();
        if (result != VZ_RECORD)
            return;
        if (found.size != wanted.size || memcmp(found.data, wanted.data, found.size) != 0)
            abort();
        if (reader->position != cutter->at || vz_emit(writer, found.data, found.size) != 0)
            abort();
    }
}

static void give(int descriptor, const uint8_t *data, size_t size)
{
    if (size > 0 && write(descriptor, data, size) != (ssize_t)size)
        abort();
}

static void check_written(int descriptor, const struct cutter *cutter, struct vz_writer *writer)
{
    static uint8_t copy[SIZE_MAX_HERE + 1];

    if (vz_writer_close(writer) != 0)
        abort();
    ssize_t size = read(descriptor, copy, sizeof copy);

    if (size < 0)
        size = 0; /* EAGAIN: none */
    if ((size_t)size != cutter->at || memcmp(copy, cutter->data, cutter->at) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vz_reader reader;
    struct vz_writer writer;
    int in[2], out[2];

    if (size < 2 || size - 2 > SIZE_MAX_HERE)
        return 0;
    struct cutter cutter = {.data = data + 2,
                            .size = size - 2,
                            .framing = (data[0] & 1) != 0 ? VZ_LINES : VZ_LENGTH,
                            .limit = 1 + (data[0] >> 1)};
    size_t first = data[1] < cutter.size ? data[1] : cutter.size;

    if (pipe2(in, O_NONBLOCK) != 0 || pipe2(out, O_NONBLOCK) != 0 ||
        vz_reader_open(&reader, in[0], cutter.framing, cutter.limit) != 0 ||
        vz_writer_open(&writer, out[1], cutter.framing, cutter.limit) != 0)
        abort();
    give(in[1], cutter.data, first);
    if (first > 0 && first < cutter.size) {
        struct cutter all = cutter;

        /* An error here is of bytes that are there already: it must be that of the whole. */
        compare(&reader, &cutter, &writer);
        if (reader.error != 0 && cut(&all, &(struct vz_record){}, &(int){0}) == VZ_END)
            abort();
    }
    if (reader.error == 0) {
        give(in[1], cutter.data + first, cutter.size - first);
        close(in[1]);
        compare(&reader, &cutter, &writer);
    } else {
        close(in[1]);
    }
    vz_reader_close(&reader);
    check_written(out[0], &cutter, &writer);
    close(in[0]);
    close(out[0]);
    close(out[1]);
    return 0;
}
