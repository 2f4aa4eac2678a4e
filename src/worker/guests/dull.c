/* SPDX-License-Identifier: MIT */

/* One function of many kilobytes without a branch, whose machine code holds known constants. A test
 * puts other code between the first and the last. */

#include <stdint.h>

#define ONE(number) x *= x ^ (UINT64_C(0x9e3779b97f4a7c15) * (number));
#define TEN(number)                                                                           \
    ONE(number)                                                                               \
    ONE((number) + 1) ONE((number) + 2) ONE((number) + 3) ONE((number) + 4) ONE((number) + 5) \
        ONE((number) + 6) ONE((number) + 7) ONE((number) + 8) ONE((number) + 9)
#define HUNDRED(number)                                                                            \
    TEN(number)                                                                                    \
    TEN((number) + 10) TEN((number) + 20) TEN((number) + 30) TEN((number) + 40) TEN((number) + 50) \
        TEN((number) + 60) TEN((number) + 70) TEN((number) + 80) TEN((number) + 90)

int main(void)
{
    volatile uint64_t seed = 3;
    uint64_t x = seed;

    HUNDRED(1) HUNDRED(101) HUNDRED(201) HUNDRED(301) HUNDRED(401) return (int)(x >> 60);
}
