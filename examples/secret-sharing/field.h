/* SPDX-License-Identifier: MIT */

/* GF(256) as AES has it (FIPS 197 §4.2): bytes are polynomials over GF(2), modulo x^8+x^4+x^3+x+1.
 * Nothing branches on a value, or looks one up. */

#ifndef FIELD_H
#define FIELD_H

#include <stdint.h>

static inline uint8_t field_times(uint8_t a, uint8_t b)
{
    unsigned product = 0;
    unsigned shifted = a;

    for (int bit = 0; bit < 8; bit++) {
        product ^= shifted & (0U - (b >> bit & 1U));
        shifted = shifted << 1 ^ (0x11bU & (0U - (shifted >> 7 & 1U)));
    }
    return (uint8_t)product;
}

/* a^254, which is 1/a of what is not 0. */
static inline uint8_t field_inverse(uint8_t a)
{
    uint8_t power = a;
    uint8_t result = 1;

    for (int i = 0; i < 7; i++) {
        power = field_times(power, power);
        result = field_times(result, power);
    }
    return result;
}

#endif
