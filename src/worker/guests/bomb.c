/* SPDX-License-Identifier: MIT */

/* Takes all memory there is, first in one step, then piece by piece, and touches it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    unsigned mib = 0;
    void *volatile all = malloc(1U << 30);

    if (all != NULL)
        return 1;
    for (char *volatile piece; (piece = malloc(1 << 20)) != NULL; mib++)
        memset(piece, 1, 1 << 20);
    printf("%u MiB\n", mib);
    return 0;
}
