/* SPDX-License-Identifier: MIT */

#include "base/utf8.h"

/* Bytes that follow a lead byte; -1 if it cannot lead. */
static int follower_count(uint8_t lead)
{
    if (lead < 0x80)
        return 0;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 1;
    if (lead >= 0xe0 && lead <= 0xef)
        return 2;
    if (lead >= 0xf0 && lead <= 0xf4)
        return 3;
    return -1;
}

/* The second byte rules out overlong forms, surrogates and what is past U+10FFFF. */
static bool second_fits(uint8_t lead, uint8_t second)
{
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;

    return second >= low && second <= high;
}

bool vc_utf8_valid(struct vc_bytes text)
{
    size_t i = 0;

    while (i < text.size) {
        uint8_t lead = text.data[i++];
        int followers = follower_count(lead);

        if (followers < 0 || (size_t)followers > text.size - i)
            return false;
        for (int k = 0; k < followers; k++) {
            uint8_t next = text.data[i++];

            if (k == 0 ? !second_fits(lead, next) : (next & 0xc0) != 0x80)
                return false;
        }
    }
    return true;
}
