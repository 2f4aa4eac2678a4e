/* SPDX-License-Identifier: MIT */

/* Cleans text of others for a terminal. */

#include "client/line.h"

#include <string.h>

#include "base/utf8.h"

/* Bytes of the character that begins with this byte; 1 for a byte that begins none. */
static size_t character_size(uint8_t first)
{
    if (first >= 0xf0)
        return 4;
    if (first >= 0xe0)
        return 3;
    return first >= 0xc0 ? 2 : 1;
}

/* U+0080 to U+009F, U+200E and F, U+2028 to U+202E, U+2066 to U+2069: what steers a terminal or
 * turns the direction of the text after it. */
static bool steers(const uint8_t *bytes, size_t size)
{
    if (size == 1)
        return bytes[0] < 0x20 || bytes[0] == 0x7f;
    if (size == 2)
        return bytes[0] == 0xc2 && bytes[1] < 0xa0;
    if (size != 3 || bytes[0] != 0xe2)
        return false;
    if (bytes[1] == 0x80)
        return bytes[2] == 0x8e || bytes[2] == 0x8f || (bytes[2] >= 0xa8 && bytes[2] <= 0xae);
    return bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9;
}

void vc_line_clean(const char *text, char *out, size_t size)
{
    const uint8_t *next = (const uint8_t *)text;
    size_t left = strlen(text);
    size_t used = 0;

    while (left > 0) {
        size_t take = character_size(*next);
        bool good = take <= left && vc_utf8_valid((struct vc_bytes){next, take});

        if (!good)
            take = 1;
        good = good && !steers(next, take);
        if (used + (good ? take : 1) >= size)
            break;
        if (good) {
            memcpy(out + used, next, take);
        } else {
            out[used] = '?';
        }
        used += good ? take : 1;
        next += take;
        left -= take;
    }
    out[used] = '\0';
}
