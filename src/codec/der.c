/* SPDX-License-Identifier: MIT */

#include "codec/der.h"

#include <string.h>

#include "base/utf8.h"

static constexpr uint8_t TAG_INTEGER = 0x02;
static constexpr uint8_t TAG_OCTETS = 0x04;
static constexpr uint8_t TAG_UTF8 = 0x0c;
static constexpr uint8_t TAG_SEQUENCE = 0x30;

static constexpr uint8_t LONG_FORM = 0x80;    /* the low bits count the bytes of the length */
static constexpr size_t LENGTH_BYTES_MAX = 3; /* VC_DER_SIZE_MAX */

static size_t read_length(struct vc_reader *reader)
{
    uint8_t first = vc_read_u8(reader);
    size_t count = first & (LONG_FORM - 1u);
    size_t length = 0;

    if (first < LONG_FORM)
        return first;
    if (count == 0 || count > LENGTH_BYTES_MAX) {
        vc_reader_fail(reader); /* indefinite, or absurd */
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        length = length << 8 | vc_read_u8(reader);
    if (length < LONG_FORM || length >> 8 * (count - 1) == 0)
        vc_reader_fail(reader); /* a shorter form exists */
    return length;
}

struct vc_bytes vc_der_read_value(struct vc_reader *reader, uint8_t tag)
{
    if (vc_read_u8(reader) != tag)
        vc_reader_fail(reader);
    return vc_read_run(reader, read_length(reader));
}

uint8_t vc_der_peek(const struct vc_reader *reader)
{
    return vc_reader_left(reader) > 0 ? reader->input.data[reader->offset] : 0;
}

struct vc_bytes vc_der_read_octets(struct vc_reader *reader)
{
    return vc_der_read_value(reader, TAG_OCTETS);
}

struct vc_bytes vc_der_read_text(struct vc_reader *reader)
{
    struct vc_bytes text = vc_der_read_value(reader, TAG_UTF8);

    if (!vc_utf8_valid(text) || (text.size > 0 && memchr(text.data, '\0', text.size) != nullptr)) {
        vc_reader_fail(reader);
        return (struct vc_bytes){};
    }
    return text;
}

uint64_t vc_der_read_uint(struct vc_reader *reader)
{
    struct vc_bytes number = vc_der_read_value(reader, TAG_INTEGER);
    bool padded = number.size > 1 && number.data[0] == 0;
    uint64_t value = 0;

    if (number.size == 0 || number.data[0] > 0x7f || number.size > sizeof(value) + padded ||
        (padded && number.data[1] < 0x80)) { /* empty, negative, too large, not minimal */
        vc_reader_fail(reader);
        return 0;
    }
    for (size_t i = 0; i < number.size; i++)
        value = value << 8 | number.data[i];
    return value;
}

struct vc_reader vc_der_read_sequence(struct vc_reader *reader)
{
    struct vc_reader content = vc_reader_over(vc_der_read_value(reader, TAG_SEQUENCE));

    if (reader->failed)
        vc_reader_fail(&content);
    return content;
}

static enum vc_code put_value(struct vc_buffer *out, uint8_t tag, struct vc_bytes content,
                              struct vc_err *err)
{
    uint8_t head[2 + LENGTH_BYTES_MAX] = {tag, (uint8_t)content.size};
    size_t count = 0; /* bytes of a long form */
    enum vc_code code;

    if (content.size > VC_DER_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "%zu bytes of DER, at most %zu", content.size,
                       VC_DER_SIZE_MAX);
    }
    if (content.size >= LONG_FORM) {
        while (content.size >> 8 * count != 0)
            count++;
        head[1] = (uint8_t)(LONG_FORM | count);
        for (size_t i = 0; i < count; i++)
            head[2 + i] = (uint8_t)(content.size >> 8 * (count - 1 - i));
    }
    code = vc_buffer_reserve(out, 2 + count + content.size, err);
    if (code == VC_OK)
        code = vc_buffer_append(out, (struct vc_bytes){head, 2 + count}, err);
    return code == VC_OK ? vc_buffer_append(out, content, err) : code;
}

enum vc_code vc_der_put_octets(struct vc_buffer *out, struct vc_bytes bytes, struct vc_err *err)
{
    return put_value(out, TAG_OCTETS, bytes, err);
}

enum vc_code vc_der_put_text(struct vc_buffer *out, const char *text, struct vc_err *err)
{
    return put_value(out, TAG_UTF8, (struct vc_bytes){(const uint8_t *)text, strlen(text)}, err);
}

enum vc_code vc_der_put_uint(struct vc_buffer *out, uint64_t value, struct vc_err *err)
{
    uint8_t number[1 + sizeof(value)] = {};
    size_t skip = 0;

    for (size_t i = 0; i < sizeof(value); i++)
        number[1 + i] = (uint8_t)(value >> 8 * (sizeof(value) - 1 - i));
    while (skip < sizeof(value) && number[skip] == 0 && number[skip + 1] < 0x80)
        skip++;
    return put_value(out, TAG_INTEGER, (struct vc_bytes){number + skip, sizeof(number) - skip},
                     err);
}

enum vc_code vc_der_put_sequence(struct vc_buffer *out, struct vc_bytes content, struct vc_err *err)
{
    return put_value(out, TAG_SEQUENCE, content, err);
}
