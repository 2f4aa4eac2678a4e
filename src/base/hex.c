/* SPDX-License-Identifier: MIT */

#include "base/hex.h"

#include <string.h>

void vc_hex_encode(struct vc_bytes bytes, char *text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.size; i++) {
        text[2 * i] = digits[bytes.data[i] >> 4];
        text[2 * i + 1] = digits[bytes.data[i] & 15];
    }
    text[2 * bytes.size] = '\0';
}

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return -1;
}

enum vc_code vc_hex_parse(const char *text, uint8_t *bytes, size_t size, struct vc_err *err)
{
    size_t length = strlen(text);

    if (length != 2 * size) {
        return vc_fail(err, VC_MALFORMED, "%zu hex digits, %zu wanted", length, 2 * size);
    }
    for (size_t i = 0; i < length; i++) {
        if (digit_value(text[i]) < 0)
            return vc_fail(err, VC_MALFORMED, "character %zu is no lower-case hex digit", i + 1);
    }
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(digit_value(text[2 * i]) << 4 | digit_value(text[2 * i + 1]));
    return VC_OK;
}

static int any_digit_value(uint8_t byte)
{
    return digit_value((char)(byte >= 'A' && byte <= 'F' ? byte - 'A' + 'a' : byte));
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Where the digits begin: behind white space and 0x. */
static size_t skip_head(struct vc_bytes text)
{
    size_t at = 0;

    while (at < text.size && is_space(text.data[at]))
        at++;
    if (at + 1 < text.size && text.data[at] == '0' && (text.data[at + 1] | 0x20) == 'x')
        at += 2;
    return at;
}

enum vc_code vc_hex_decode(struct vc_bytes text, struct vc_buffer *bytes, struct vc_err *err)
{
    size_t start = bytes->size;
    enum vc_code code = vc_buffer_reserve(bytes, text.size / 2, err);

    for (size_t i = skip_head(text); code == VC_OK && i < text.size; i++) {
        int high = any_digit_value(text.data[i]);

        if (is_space(text.data[i]))
            continue;
        if (high < 0) {
            code = vc_fail(err, VC_MALFORMED, "character %zu is no hex digit", i + 1);
        } else if (i + 1 == text.size || any_digit_value(text.data[i + 1]) < 0) {
            code = vc_fail(err, VC_MALFORMED, "character %zu: half a byte", i + 1);
        } else {
            bytes->data[bytes->size++] = (uint8_t)(high << 4 | any_digit_value(text.data[i + 1]));
            i++;
        }
    }
    if (code == VC_OK && bytes->size == start)
        code = vc_fail(err, VC_MALFORMED, "no hex digits");
    if (code != VC_OK)
        bytes->size = start;
    return code;
}
