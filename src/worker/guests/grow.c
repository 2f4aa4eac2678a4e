/* SPDX-License-Identifier: MIT */

/* Asks for memory, in steps of as many pages as its arguments say; says of each whether it came. */

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t pages = strtoul(argv[i], NULL, 0);

        puts(__builtin_wasm_memory_grow(0, pages) == (size_t)-1 ? "refused" : "got");
    }
    return 0;
}
