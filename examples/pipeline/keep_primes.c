/* SPDX-License-Identifier: MIT */

/* keep-primes SET: of the numbers in the file, which are in order, those that no smaller one of
 * them divides stay. Of all from 2 on these are the primes. */

#include "numbers.h"

static bool is_divided(const struct numbers *kept, uint32_t number)
{
    for (size_t i = 0; i < kept->count; i++) {
        uint32_t divisor = kept->items[i];

        if ((uint64_t)divisor * divisor > number)
            return false;
        if (number % divisor == 0)
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    struct numbers numbers;
    enum outcome outcome = argc == 2 ? numbers_read(argv[1], &numbers) : OUTCOME_USAGE;
    struct numbers kept = {.items = numbers.items}; /* in place: never before what is read */

    if (outcome != OUTCOME_DONE)
        return outcome;
    for (size_t i = 0; i < numbers.count; i++) {
        if (numbers.items[i] < 2 || (i > 0 && numbers.items[i] <= numbers.items[i - 1]))
            return OUTCOME_MALFORMED;
        uint32_t number = numbers.items[i];

        if (!is_divided(&kept, number))
            kept.items[kept.count++] = number;
    }
    return kept.count > 0 ? numbers_write(argv[1], &kept, "\n") : OUTCOME_EMPTY;
}
