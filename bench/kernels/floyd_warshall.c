/* SPDX-License-Identifier: MIT */

/* The shortest ways between all pairs of places. */

#include "kernel.h"

constexpr size_t SIZE = 1150;

static int32_t way[SIZE][SIZE];

static void fill(void)
{
    uint64_t seed = 1;

    for (size_t i = 0; i < SIZE; i++) {
        for (size_t j = 0; j < SIZE; j++) {
            uint64_t random = kernel_random(&seed) >> 33;

            way[i][j] = random % 11 == 0 ? (int32_t)(random % 997) + 1 : 9999; /* few are direct */
        }
        way[i][i] = 0;
    }
}

static void shorten(void)
{
    for (size_t k = 0; k < SIZE; k++) {
        for (size_t i = 0; i < SIZE; i++) {
            for (size_t j = 0; j < SIZE; j++) {
                way[i][j] = way[i][j] < way[i][k] + way[k][j] ? way[i][j] : way[i][k] + way[k][j];
            }
        }
    }
}

int main(void)
{
    fill();
    shorten();
    return kernel_end(way, sizeof way);
}
