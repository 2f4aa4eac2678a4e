/* SPDX-License-Identifier: MIT */

/* sort-numbers IN OUT: the same numbers, the smallest first, and a line feed. Either may be a file
 * or a stream. */

#include "numbers.h"

#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    struct numbers numbers;
    enum outcome outcome = argc == 3 ? numbers_read(argv[1], &numbers) : OUTCOME_USAGE;

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (numbers.count == 0)
        return OUTCOME_EMPTY;
    qsort(numbers.items, numbers.count, sizeof(numbers.items[0]), compare);
    return numbers_write(argv[2], &numbers, "\n");
}
