/* SPDX-License-Identifier: MIT */

#include "policy/prose.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vc_prose vc_prose_over(struct vc_buffer *out)
{
    return (struct vc_prose){.out = out, .start = out->size};
}

static void add(struct vc_prose *prose, struct vc_bytes bytes)
{
    if (prose->code != VC_OK)
        return;
    if (bytes.size > VC_PROSE_SIZE_MAX - (prose->out->size - prose->start)) {
        prose->code = VC_LIMIT;
    } else {
        prose->code = vc_buffer_append(prose->out, bytes, nullptr);
    }
}

void vc_prose_say(struct vc_prose *prose, const char *format, ...)
{
    va_list args;
    char *text = nullptr;
    int size;

    va_start(args, format);
    size = vasprintf(&text, format, args);
    va_end(args);
    if (size < 0) {
        prose->code = prose->code == VC_OK ? VC_MEMORY : prose->code;
        return;
    }
    add(prose, (struct vc_bytes){(const uint8_t *)text, (size_t)size});
    free(text);
}

/* One character of valid UTF-8, and its bytes. */
static uint32_t decode(const char *text, size_t *size)
{
    uint8_t lead = (uint8_t)text[0];
    uint32_t point = lead;

    *size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (*size > 1)
        point = lead & (0x7fU >> *size);
    for (size_t i = 1; i < *size; i++)
        point = point << 6 | ((uint8_t)text[i] & 0x3f);
    return point;
}

/* Controls, and format characters that hide, join or reorder their neighbours (Unicode's classes
 * Cc, Zl, Zp, and of Cf those in common scripts). */
static bool is_deceptive(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x061c, 0x061c}, {0x115f, 0x1160},
        {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
        {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff},
    };

    for (size_t i = 0; i < VC_COUNT(ranges); i++) {
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    }
    return false;
}

static void put_text(struct vc_prose *prose, const char *text, const char *also_escaped)
{
    size_t size;

    for (; *text != '\0'; text += size) {
        uint32_t point = decode(text, &size);

        if (is_deceptive(point)) {
            vc_prose_say(prose, "\\u{%x}", point);
        } else if (size == 1 && strchr(also_escaped, *text) != nullptr) {
            vc_prose_say(prose, "\\%c", *text);
        } else {
            add(prose, (struct vc_bytes){(const uint8_t *)text, size});
        }
    }
}

void vc_prose_text(struct vc_prose *prose, const char *text)
{
    put_text(prose, text, "\\");
}

void vc_prose_quoted(struct vc_prose *prose, const char *text)
{
    vc_prose_say(prose, "\"");
    put_text(prose, text, "\\\"");
    vc_prose_say(prose, "\"");
}

const char *vc_prose_joint(size_t index, size_t count)
{
    return index == 0 ? "" : index + 1 < count ? ", " : " and ";
}

enum vc_code vc_prose_end(struct vc_prose *prose, struct vc_err *err)
{
    if (prose->code == VC_OK)
        return VC_OK;
    prose->out->size = prose->start;
    if (prose->code == VC_LIMIT)
        return vc_fail(err, VC_LIMIT, "more than %zu bytes of sentences", VC_PROSE_SIZE_MAX);
    return vc_fail_memory(err);
}
