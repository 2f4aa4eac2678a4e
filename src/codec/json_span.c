/* SPDX-License-Identifier: MIT */

#include "codec/json_span.h"

#include <string.h>

#include "base/utf8.h"

static uint8_t peek(const struct vc_reader *reader)
{
    return vc_reader_left(reader) > 0 ? reader->input.data[reader->offset] : 0;
}

static void skip_space(struct vc_reader *reader)
{
    while (vc_reader_left(reader) > 0 && strchr(" \t\r\n", peek(reader)) != nullptr &&
           peek(reader) != 0)
        (void)vc_read_u8(reader);
}

static void expect(struct vc_reader *reader, uint8_t byte)
{
    if (vc_read_u8(reader) != byte)
        vc_reader_fail(reader);
}

/* Steps over a string; true if it holds an escape. */
static bool skip_string(struct vc_reader *reader)
{
    bool escaped = false;

    expect(reader, '"');
    while (!reader->failed) {
        uint8_t byte = vc_read_u8(reader);

        if (byte == '"')
            break;
        if (byte == '\\') {
            escaped = true;
            (void)vc_read_u8(reader);
        }
    }
    return escaped;
}

/* A number, true, false or null. */
static void skip_word(struct vc_reader *reader)
{
    size_t start = reader->offset;

    while (vc_reader_left(reader) > 0 && strchr(" \t\r\n,]}[{\":", peek(reader)) == nullptr)
        (void)vc_read_u8(reader);
    if (reader->offset == start)
        vc_reader_fail(reader);
}

/* Steps over an object or array: its closing bracket is of its own kind at every depth. */
static void skip_container(struct vc_reader *reader)
{
    uint8_t closing[VC_JSON_SPAN_DEPTH_MAX];
    size_t depth = 0;

    do {
        uint8_t byte = peek(reader);

        if (byte == '"') {
            (void)skip_string(reader);
            continue;
        }
        (void)vc_read_u8(reader);
        if (byte == '{' || byte == '[') {
            if (depth == VC_COUNT(closing)) {
                vc_reader_fail(reader);
                return;
            }
            closing[depth++] = byte == '{' ? '}' : ']';
        } else if (byte == '}' || byte == ']') {
            if (byte != closing[--depth])
                vc_reader_fail(reader);
        }
    } while (depth > 0 && !reader->failed);
}

static struct vc_bytes skip_value(struct vc_reader *reader)
{
    size_t start = reader->offset;
    uint8_t first = peek(reader);

    if (first == '{' || first == '[') {
        skip_container(reader);
    } else if (first == '"') {
        (void)skip_string(reader);
    } else {
        skip_word(reader);
    }
    return (struct vc_bytes){reader->input.data + start, reader->offset - start};
}

struct vc_json_spans vc_json_spans_over(struct vc_bytes text)
{
    return (struct vc_json_spans){.reader = vc_reader_over(text)};
}

/* Up to the next member's key, or element: true if there is one. */
static bool step(struct vc_json_spans *spans)
{
    struct vc_reader *reader = &spans->reader;
    bool first = spans->closing == 0;

    skip_space(reader);
    if (first) {
        spans->closing = peek(reader) == '[' ? ']' : '}';
        expect(reader, spans->closing == ']' ? '[' : '{');
        skip_space(reader);
    }
    if (peek(reader) == spans->closing) {
        expect(reader, spans->closing);
        spans->ended = true;
        skip_space(reader);
        return false;
    }
    if (!first) {
        expect(reader, ',');
        skip_space(reader);
    }
    return !reader->failed;
}

/* A key and the colon behind it. */
static struct vc_bytes read_key(struct vc_reader *reader)
{
    size_t start = reader->offset;
    struct vc_bytes key;

    if (skip_string(reader))
        vc_reader_fail(reader);
    if (reader->failed)
        return (struct vc_bytes){};
    key = (struct vc_bytes){reader->input.data + start + 1, reader->offset - start - 2};
    skip_space(reader);
    expect(reader, ':');
    skip_space(reader);
    return key;
}

bool vc_json_spans_next(struct vc_json_spans *spans, struct vc_json_member_span *member)
{
    struct vc_reader *reader = &spans->reader;
    struct vc_json_member_span made = {};

    if (spans->ended || !step(spans))
        return false;
    if (spans->closing == '}')
        made.key = read_key(reader);
    made.value = skip_value(reader);
    if (reader->failed)
        return false;
    *member = made;
    return true;
}

bool vc_json_spans_done(const struct vc_json_spans *spans)
{
    return spans->ended && vc_reader_done(&spans->reader);
}

enum vc_code vc_json_span_find(struct vc_bytes text, const char *name, struct vc_bytes *value,
                               struct vc_err *err)
{
    struct vc_json_spans spans = vc_json_spans_over(text);
    struct vc_json_member_span member;
    struct vc_bytes found = {};
    size_t length = strlen(name);

    while (vc_json_spans_next(&spans, &member)) {
        if (member.key.size != length || memcmp(member.key.data, name, length) != 0)
            continue;
        if (found.size > 0)
            return vc_fail(err, VC_MALFORMED, "key \"%s\" stands twice", name);
        found = member.value;
    }
    if (!vc_json_spans_done(&spans) || spans.closing != '}')
        return vc_fail(err, VC_MALFORMED, "byte %zu: not as in a JSON object", spans.reader.offset);
    if (found.size == 0)
        return vc_fail(err, VC_NOT_FOUND, "no \"%s\"", name);
    *value = found;
    return VC_OK;
}

/* ----------------------------------------------------------------------------------- strings */

static int hex_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static uint32_t read_unit(struct vc_reader *reader)
{
    uint32_t unit = 0;

    for (size_t i = 0; i < 4; i++) {
        int value = hex_value(vc_read_u8(reader));

        if (value < 0)
            vc_reader_fail(reader);
        unit = unit << 4 | ((uint32_t)value & 15);
    }
    return unit;
}

/* The character after \u, of one unit or of a pair of surrogates. */
static uint32_t read_character(struct vc_reader *reader)
{
    uint32_t high = read_unit(reader);
    uint32_t low;

    if (high < 0xd800 || high > 0xdfff)
        return high;
    expect(reader, '\\');
    expect(reader, 'u');
    low = read_unit(reader);
    if (high > 0xdbff || low < 0xdc00 || low > 0xdfff)
        vc_reader_fail(reader);
    return 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
}

static size_t encode_utf8(uint32_t character, uint8_t out[4])
{
    if (character < 0x80) {
        out[0] = (uint8_t)character;
        return 1;
    }
    if (character < 0x800) {
        out[0] = (uint8_t)(0xc0 | character >> 6);
        out[1] = (uint8_t)(0x80 | (character & 0x3f));
        return 2;
    }
    if (character < 0x10000) {
        out[0] = (uint8_t)(0xe0 | character >> 12);
        out[1] = (uint8_t)(0x80 | (character >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (character & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | character >> 18);
    out[1] = (uint8_t)(0x80 | (character >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (character >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (character & 0x3f));
    return 4;
}

static size_t read_escape(struct vc_reader *reader, uint8_t out[4])
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    uint8_t name = vc_read_u8(reader);
    const char *at;

    if (name == 'u')
        return encode_utf8(read_character(reader), out);
    at = name == 0 ? nullptr : strchr(names, name);
    if (at == nullptr) {
        vc_reader_fail(reader);
        return 0;
    }
    out[0] = (uint8_t)values[at - names];
    return 1;
}

enum vc_code vc_json_span_string(struct vc_bytes value, struct vc_buffer *text, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(value);
    size_t start = text->size;
    struct vc_bytes made;
    enum vc_code code;

    if (value.size < 2) /* its quotes are missing, and of no room there is no address */
        return vc_fail(err, VC_MALFORMED, "not a JSON string");
    code = vc_buffer_reserve(text, value.size, err); /* escapes only shrink */
    if (code != VC_OK)
        return code;
    expect(&reader, '"');
    while (!reader.failed && vc_reader_left(&reader) > 1) {
        uint8_t byte = vc_read_u8(&reader);

        if (byte == '"' || byte < 0x20) {
            vc_reader_fail(&reader);
        } else if (byte == '\\') {
            text->size += read_escape(&reader, text->data + text->size);
        } else {
            text->data[text->size++] = byte;
        }
    }
    expect(&reader, '"');
    made = (struct vc_bytes){text->data + start, text->size - start};
    if (vc_reader_done(&reader) && vc_utf8_valid(made) &&
        (made.size == 0 || memchr(made.data, '\0', made.size) == nullptr))
        return VC_OK;
    text->size = start;
    return vc_fail(err, VC_MALFORMED, "not a JSON string");
}
