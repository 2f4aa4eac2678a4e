/* SPDX-License-Identifier: MIT */

/* Formats amounts. */

#include "cli/amount.h"

#include <stdio.h>

void vc_amount_bytes(uint64_t bytes, char text[VC_AMOUNT_MAX])
{
    static const char units[][3] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    uint64_t scale = 1;

    while (unit + 1 < VC_COUNT(units) && bytes / scale >= 1000) {
        scale *= 1000;
        unit++;
    }
    if (unit == 0) {
        (void)snprintf(text, VC_AMOUNT_MAX, "%llu B", (unsigned long long)bytes);
        return;
    }
    uint64_t tenths = bytes / (scale / 10);

    (void)snprintf(text, VC_AMOUNT_MAX, "%llu.%llu %s", (unsigned long long)(tenths / 10),
                   (unsigned long long)(tenths % 10), units[unit]);
}

void vc_amount_duration(uint64_t us, char text[VC_AMOUNT_MAX])
{
    uint64_t seconds = us / 1000000;

    if (us < 1000) {
        (void)snprintf(text, VC_AMOUNT_MAX, "%llu us", (unsigned long long)us);
    } else if (us < 1000000) {
        (void)snprintf(text, VC_AMOUNT_MAX, "%llu.%llu ms", (unsigned long long)(us / 1000),
                       (unsigned long long)(us % 1000 / 100));
    } else if (seconds < 60) {
        (void)snprintf(text, VC_AMOUNT_MAX, "%llu.%llu s", (unsigned long long)seconds,
                       (unsigned long long)(us % 1000000 / 100000));
    } else if (seconds < 3600) {
        (void)snprintf(text, VC_AMOUNT_MAX, "%llu:%02llu min", (unsigned long long)(seconds / 60),
                       (unsigned long long)(seconds % 60));
    } else {
        (void)snprintf(text, VC_AMOUNT_MAX, "%llu:%02llu:%02llu h",
                       (unsigned long long)(seconds / 3600),
                       (unsigned long long)(seconds / 60 % 60), (unsigned long long)(seconds % 60));
    }
}
