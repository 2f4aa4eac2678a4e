/* SPDX-License-Identifier: MIT */

/* generate-set LIMIT OUT: the numbers from 2 to LIMIT. */

#include "numbers.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    long limit = argc == 3 ? strtol(argv[1], nullptr, 10) : 0;
    struct numbers numbers = {};

    if (limit < 2 || (size_t)limit > NUMBERS_MAX)
        return OUTCOME_USAGE;
    numbers.count = (size_t)limit - 1;
    numbers.items = calloc(numbers.count, sizeof(numbers.items[0]));
    for (size_t i = 0; numbers.items != nullptr && i < numbers.count; i++)
        numbers.items[i] = (uint32_t)i + 2;
    return numbers.items != nullptr ? numbers_write(argv[2], &numbers, "\n") : OUTCOME_UNWRITTEN;
}
