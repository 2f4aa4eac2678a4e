/* SPDX-License-Identifier: MIT */

#include "base/secret.h"

bool vc_secret_equal(struct vc_bytes a, struct vc_bytes b)
{
    volatile uint8_t difference = 0;

    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        difference = (uint8_t)(difference | (a.data[i] ^ b.data[i]));
    return difference == 0;
}
