/* SPDX-License-Identifier: MIT */

/* copy FROM TO; "-" is standard input or output. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    static char block[16384];
    FILE *from = argc > 1 && strcmp(argv[1], "-") != 0 ? fopen(argv[1], "rb") : stdin;
    FILE *to = argc > 2 && strcmp(argv[2], "-") != 0 ? fopen(argv[2], "wb") : stdout;

    if (from == NULL || to == NULL) {
        printf("errno %d\n", errno);
        return 1;
    }
    for (size_t got; (got = fread(block, 1, sizeof(block), from)) > 0;) {
        if (fwrite(block, 1, got, to) != got) {
            fprintf(stderr, "errno %d\n", errno);
            return 2;
        }
    }
    if (ferror(from) || fclose(to) != 0) {
        fprintf(stderr, "errno %d\n", errno);
        return 3;
    }
    return 0;
}
