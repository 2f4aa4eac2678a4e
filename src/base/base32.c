/* SPDX-License-Identifier: MIT */

#include "base/base32.h"

void vc_base32_encode(struct vc_bytes bytes, char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint32_t window = 0; /* bits not yet written, in its low end */
    unsigned held = 0;

    for (size_t i = 0; i < bytes.size; i++) {
        window = window << 8 | bytes.data[i];
        held += 8;
        while (held >= 5) {
            held -= 5;
            *text++ = letters[window >> held & 31];
        }
    }
    if (held > 0)
        *text++ = letters[window << (5 - held) & 31];
    *text = '\0';
}
