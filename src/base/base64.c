/* SPDX-License-Identifier: MIT */

#include "base/base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char plus_of_url = '-', slash_of_url = '_'; /* in the place of the last two */

enum vc_code vc_base64_encode(struct vc_bytes bytes, struct vc_buffer *text, struct vc_err *err)
{
    enum vc_code code = vc_buffer_reserve(text, (bytes.size + 2) / 3 * 4, err);

    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        uint32_t group = (uint32_t)bytes.data[i] << 16;

        if (left > 1)
            group |= (uint32_t)bytes.data[i + 1] << 8;
        if (left > 2)
            group |= bytes.data[i + 2];
        text->data[text->size++] = (uint8_t)letters[group >> 18];
        text->data[text->size++] = (uint8_t)letters[group >> 12 & 63];
        text->data[text->size++] = left > 1 ? (uint8_t)letters[group >> 6 & 63] : '=';
        text->data[text->size++] = left > 2 ? (uint8_t)letters[group & 63] : '=';
    }
    return VC_OK;
}

static int letter_value(uint8_t letter)
{
    for (int i = 0; i < 64; i++) {
        if ((uint8_t)letters[i] == letter)
            return i;
    }
    return -1;
}

/* One group of four; `padding` of its last characters are '='. False if out of form. */
static bool parse_group(const uint8_t *group, unsigned padding, uint8_t out[3])
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < 4; i++) {
        int value = i < 4 - padding ? letter_value(group[i]) : 0;

        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
    }
    if ((padding == 1 && (bits & 0xff) != 0) || (padding == 2 && (bits & 0xffff) != 0))
        return false;
    out[0] = (uint8_t)(bits >> 16);
    out[1] = (uint8_t)(bits >> 8);
    out[2] = (uint8_t)bits;
    return true;
}

enum vc_code vc_base64_parse(struct vc_bytes text, struct vc_buffer *bytes, struct vc_err *err)
{
    size_t before = bytes->size;
    enum vc_code code;

    if (text.size % 4 != 0)
        return vc_fail(err, VC_MALFORMED, "base64 of %zu characters, no multiple of 4", text.size);
    code = vc_buffer_reserve(bytes, text.size / 4 * 3, err);
    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < text.size; i += 4) {
        const uint8_t *group = text.data + i;
        unsigned padding = 0;
        uint8_t out[3];

        if (i + 4 == text.size)
            padding = group[3] != '=' ? 0 : group[2] != '=' ? 1 : 2;
        if (!parse_group(group, padding, out)) {
            bytes->size = before;
            return vc_fail(err, VC_MALFORMED, "base64: out of form at character %zu", i + 1);
        }
        for (unsigned k = 0; k < 3 - padding; k++)
            bytes->data[bytes->size++] = out[k];
    }
    return VC_OK;
}

enum vc_code vc_base64url_encode(struct vc_bytes bytes, struct vc_buffer *text, struct vc_err *err)
{
    size_t before = text->size;
    enum vc_code code = vc_base64_encode(bytes, text, err);

    if (code != VC_OK)
        return code;
    while (text->size > before && text->data[text->size - 1] == '=')
        text->size--;
    for (size_t i = before; i < text->size; i++) {
        uint8_t *letter = &text->data[i];

        if (*letter == '+')
            *letter = (uint8_t)plus_of_url;
        if (*letter == '/')
            *letter = (uint8_t)slash_of_url;
    }
    return VC_OK;
}

/* The same text as base 64 has it. */
static enum vc_code pad(struct vc_bytes text, struct vc_buffer *padded, struct vc_err *err)
{
    enum vc_code code = vc_buffer_append(padded, text, err);

    for (size_t i = 0; code == VC_OK && i < text.size; i++) {
        uint8_t *letter = &padded->data[i];

        if (*letter == '+' || *letter == '/' || *letter == '=')
            return vc_fail(err, VC_MALFORMED, "base64url: out of form at character %zu", i + 1);
        if (*letter == (uint8_t)plus_of_url)
            *letter = '+';
        if (*letter == (uint8_t)slash_of_url)
            *letter = '/';
    }
    while (code == VC_OK && padded->size % 4 != 0)
        code = vc_buffer_append_text(padded, "=", err);
    return code;
}

enum vc_code vc_base64url_parse(struct vc_bytes text, struct vc_buffer *bytes, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer padded = {};
    enum vc_code code;

    if (text.size % 4 == 1)
        return vc_fail(err, VC_MALFORMED, "base64url of %zu characters", text.size);
    code = pad(text, &padded, err);
    return code == VC_OK ? vc_base64_parse(vc_buffer_bytes(&padded), bytes, err) : code;
}
