/* SPDX-License-Identifier: MIT */

/* Bytes as lower-case hexadecimal text, for those examples that read or print such. */

#ifndef EXAMPLES_HEX_H
#define EXAMPLES_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* False: not pairs of lower-case digits, or more than `room` bytes. */
[[nodiscard]] static inline bool hex_decode(const char *text, uint8_t *bytes, size_t room,
                                            size_t *size)
{
    static const char digits[] = "0123456789abcdef";
    size_t length = strlen(text);

    if (length % 2 != 0 || length / 2 > room || strspn(text, digits) != length)
        return false;
    for (size_t i = 0; i < length / 2; i++) {
        ptrdiff_t high = strchr(digits, text[2 * i]) - digits;
        ptrdiff_t low = strchr(digits, text[2 * i + 1]) - digits;

        bytes[i] = (uint8_t)(high << 4 | low);
    }
    *size = length / 2;
    return true;
}

/* `text` has room for two digits a byte, and a NUL. */
static inline void hex_encode(const uint8_t *bytes, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 15];
    }
    *text = '\0';
}

#endif
