/* SPDX-License-Identifier: MIT */

/* random-list COUNT OUT: so many random numbers. */

#include "numbers.h"

#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long count = argc == 3 ? strtol(argv[1], nullptr, 10) : 0;
    struct numbers numbers = {};

    if (count < 1 || (size_t)count > NUMBERS_MAX)
        return OUTCOME_USAGE;
    numbers.count = (size_t)count;
    numbers.items = calloc(numbers.count, sizeof(numbers.items[0]));
    for (size_t i = 0; numbers.items != nullptr && i < numbers.count; i++) {
        if (getentropy(&numbers.items[i], sizeof(numbers.items[i])) != 0)
            return OUTCOME_UNREADABLE;
    }
    return numbers.items != nullptr ? numbers_write(argv[2], &numbers, "") : OUTCOME_UNREADABLE;
}
