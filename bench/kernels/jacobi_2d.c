/* SPDX-License-Identifier: MIT */

/* A plate that comes to rest: each point becomes the mean of itself and its four neighbours, from
 * one matrix into another and back. */

#include "kernel.h"

constexpr size_t SIZE = 1000;
constexpr size_t STEPS = 400;

static double a[SIZE][SIZE];
static double b[SIZE][SIZE];

static void relax(double to[SIZE][SIZE], double from[SIZE][SIZE])
{
    for (size_t i = 1; i < SIZE - 1; i++) {
        for (size_t j = 1; j < SIZE - 1; j++) {
            to[i][j] = 0.2 * (from[i][j] + from[i][j - 1] + from[i][j + 1] + from[i + 1][j] +
                              from[i - 1][j]);
        }
    }
}

int main(void)
{
    uint64_t seed = 1;

    for (size_t i = 0; i < SIZE; i++) {
        for (size_t j = 0; j < SIZE; j++)
            a[i][j] = b[i][j] = kernel_fraction(&seed);
    }
    for (size_t step = 0; step < STEPS; step++) {
        relax(b, a);
        relax(a, b);
    }
    return kernel_end(a, sizeof a);
}
