/* SPDX-License-Identifier: MIT */

/* What the kernels share: numbers to work on, and what they say at their end.
 *
 * A kernel is one source file that is built for this machine and for WebAssembly. It takes no
 * input, and prints 16 hex digits over all of its result: equal on both, bit by bit, or it does not
 * count. */

#ifndef BENCH_KERNELS_KERNEL_H
#define BENCH_KERNELS_KERNEL_H

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The same numbers everywhere: a linear congruence whose high bits are mixed down. */
static inline uint64_t kernel_random(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state ^ *state >> 29;
}

/* From 0 to below 1, in steps that a double holds exactly. */
static inline double kernel_fraction(uint64_t *state)
{
    return (double)(kernel_random(state) >> 40) / (double)(1 << 24);
}

/* Prints the checksum (FNV-1a); returns what main returns. */
static inline int kernel_end(const void *result, size_t size)
{
    const uint8_t *bytes = result;
    uint64_t hash = 0xcbf29ce484222325U;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3U;
    return printf("%016" PRIx64 "\n", hash) == 17 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
