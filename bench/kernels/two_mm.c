/* SPDX-License-Identifier: MIT */

/* Two products of matrices, one after the other, each as its definition says: a row times a column,
 * which is a step through memory as long as a row. */

#include "kernel.h"

constexpr size_t SIZE = 850;
constexpr double ALPHA = 1.5;
constexpr double BETA = 1.25;

static double a[SIZE][SIZE];
static double b[SIZE][SIZE];
static double c[SIZE][SIZE];
static double d[SIZE][SIZE];
static double between[SIZE][SIZE];

static void fill(double matrix[SIZE][SIZE], uint64_t seed)
{
    for (size_t i = 0; i < SIZE; i++) {
        for (size_t j = 0; j < SIZE; j++)
            matrix[i][j] = kernel_fraction(&seed);
    }
}

static void multiply_first(void)
{
    for (size_t i = 0; i < SIZE; i++) {
        for (size_t j = 0; j < SIZE; j++) {
            between[i][j] = 0;
            for (size_t k = 0; k < SIZE; k++)
                between[i][j] += ALPHA * a[i][k] * b[k][j];
        }
    }
}

static void multiply_second(void)
{
    for (size_t i = 0; i < SIZE; i++) {
        for (size_t j = 0; j < SIZE; j++) {
            d[i][j] *= BETA;
            for (size_t k = 0; k < SIZE; k++)
                d[i][j] += between[i][k] * c[k][j];
        }
    }
}

int main(void)
{
    fill(a, 1);
    fill(b, 2);
    fill(c, 3);
    fill(d, 4);
    multiply_first();
    multiply_second();
    return kernel_end(d, sizeof d);
}
