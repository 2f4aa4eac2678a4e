/* SPDX-License-Identifier: MIT */

/* How a strand of RNA folds: the most pairs that can bind, for each stretch of it, from short
 * stretches to long ones. */

#include "kernel.h"

constexpr size_t SIZE = 1750;

static uint8_t bases[SIZE]; /* 0 to 3: 0 binds 3, 1 binds 2 */
static int32_t pairs[SIZE][SIZE];

static int32_t larger(int32_t one, int32_t other)
{
    return one > other ? one : other;
}

static int32_t binds(size_t i, size_t j)
{
    return bases[i] + bases[j] == 3 ? 1 : 0;
}

/* The stretch from i to j, of two bases or more. */
static void fold(size_t i, size_t j)
{
    int32_t best = larger(pairs[i][j - 1], pairs[i + 1][j]);

    /* neighbours do not bind: the strand does not bend so sharply */
    best = larger(best, pairs[i + 1][j - 1] + (i + 1 < j ? binds(i, j) : 0));
    for (size_t k = i + 1; k < j; k++)
        best = larger(best, pairs[i][k] + pairs[k + 1][j]);
    pairs[i][j] = best;
}

int main(void)
{
    uint64_t seed = 1;

    for (size_t i = 0; i < SIZE; i++)
        bases[i] = (uint8_t)(kernel_random(&seed) >> 62);
    for (size_t i = SIZE - 1; i-- > 0;) {
        for (size_t j = i + 1; j < SIZE; j++)
            fold(i, j);
    }
    return kernel_end(pairs, sizeof pairs);
}
