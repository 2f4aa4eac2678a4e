/* SPDX-License-Identifier: MIT */

/* A product of two matrices, added to a third: rows are walked along, as caches like it. */

#include "kernel.h"

constexpr size_t SIZE = 1250;
constexpr double ALPHA = 1.5;
constexpr double BETA = 1.25;

static double a[SIZE][SIZE];
static double b[SIZE][SIZE];
static double c[SIZE][SIZE];

static void fill(double matrix[SIZE][SIZE], uint64_t seed)
{
    for (size_t i = 0; i < SIZE; i++) {
        for (size_t j = 0; j < SIZE; j++)
            matrix[i][j] = kernel_fraction(&seed);
    }
}

static void multiply(void)
{
    for (size_t i = 0; i < SIZE; i++) {
        for (size_t j = 0; j < SIZE; j++)
            c[i][j] *= BETA;
        for (size_t k = 0; k < SIZE; k++) {
            for (size_t j = 0; j < SIZE; j++)
                c[i][j] += ALPHA * a[i][k] * b[k][j];
        }
    }
}

int main(void)
{
    fill(a, 1);
    fill(b, 2);
    fill(c, 3);
    multiply();
    return kernel_end(c, sizeof c);
}
