/* SPDX-License-Identifier: MIT */

#include "client/event_stream.h"

#include <string.h>

bool vc_event_is(struct vc_bytes field, const char *word)
{
    return field.size == strlen(word) && memcmp(field.data, word, field.size) == 0;
}

/* If the line is "name: value", its value. */
static enum vc_code read_field(struct vc_bytes line, const char *name, struct vc_bytes *value,
                               struct vc_err *err)
{
    size_t length = strlen(name);

    if (line.size < length + 1 || memcmp(line.data, name, length) != 0 || line.data[length] != ':')
        return VC_OK;
    if (value->data != nullptr)
        return vc_fail(err, VC_MALFORMED, "an event with two lines of %s", name);
    length += line.size > length + 1 && line.data[length + 1] == ' ' ? 2 : 1;
    *value = (struct vc_bytes){line.data + length, line.size - length};
    return VC_OK;
}

static enum vc_code read_line(struct vc_bytes line, struct vc_event *event, struct vc_err *err)
{
    enum vc_code code = read_field(line, "event", &event->name, err);

    if (code == VC_OK)
        code = read_field(line, "id", &event->id, err);
    return code == VC_OK ? read_field(line, "data", &event->data, err) : code;
}

/* One event: its lines without the empty one that ends it. */
static enum vc_code take_block(const struct vc_event_stream *stream, struct vc_bytes block,
                               struct vc_err *err)
{
    struct vc_event event = {};
    enum vc_code code = VC_OK;

    if (block.size >= stream->size_max)
        return vc_fail(err, VC_LIMIT, "an event of %zu bytes", block.size);
    while (code == VC_OK && block.size > 0) {
        const uint8_t *end = memchr(block.data, '\n', block.size);
        size_t size = end == nullptr ? block.size : (size_t)(end - block.data);

        code = read_line((struct vc_bytes){block.data, size}, &event, err);
        size += end != nullptr;
        block = (struct vc_bytes){block.data + size, block.size - size};
    }
    return code == VC_OK ? stream->take(stream->user, &event, err) : code;
}

static enum vc_code take_whole(struct vc_event_stream *stream, struct vc_err *err)
{
    enum vc_code code = VC_OK;
    size_t taken = 0;

    while (code == VC_OK) {
        const uint8_t *text = stream->text.data + taken;
        size_t left = stream->text.size - taken;
        const uint8_t *end = left > 0 ? memmem(text, left, "\n\n", 2) : nullptr;

        if (end == nullptr)
            break;
        code = take_block(stream, (struct vc_bytes){text, (size_t)(end - text)}, err);
        taken += (size_t)(end - text) + 2;
    }
    if (taken > 0) {
        memmove(stream->text.data, stream->text.data + taken, stream->text.size - taken);
        stream->text.size -= taken;
    }
    return code;
}

enum vc_code vc_event_stream_take(struct vc_event_stream *stream, struct vc_bytes piece,
                                  struct vc_err *err)
{
    enum vc_code code = VC_OK;

    while (code == VC_OK && piece.size > 0) {
        size_t room = 2 * stream->size_max - stream->text.size;
        size_t size = piece.size < room ? piece.size : room;

        code = vc_buffer_append(&stream->text, (struct vc_bytes){piece.data, size}, err);
        if (code == VC_OK)
            code = take_whole(stream, err);
        if (code == VC_OK && stream->text.size > stream->size_max)
            code = vc_fail(err, VC_LIMIT, "an event of more than %zu bytes", stream->size_max);
        piece.data += size;
        piece.size -= size;
    }
    return code;
}

void vc_event_stream_done(struct vc_event_stream *stream)
{
    vc_buffer_done(&stream->text);
}
