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
