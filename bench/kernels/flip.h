/* SPDX-License-Identifier: MIT */

/* What the filter of bench/stream does: letters change case. Compilers make vectors of it. */

#ifndef VC_BENCH_FLIP_H
#define VC_BENCH_FLIP_H

#include <stddef.h>
#include <stdint.h>

static inline void flip(uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint8_t letter = data[i] | 0x20;
        uint8_t change = (uint8_t)(letter - 'a') < 26 ? 0x20 : 0;

        data[i] ^= change;
    }
}

#endif
