/* SPDX-License-Identifier: MIT */

/* From standard input to standard output, every byte with its case bit changed, in blocks of 64 KiB
 * or of as many bytes as the argument says. Exits with the errno of what went wrong. */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK 65536

static unsigned char block[BLOCK];

int main(int argc, char **argv)
{
    size_t size = argc > 1 ? (size_t)atol(argv[1]) : BLOCK;
    ssize_t got;

    while ((got = read(0, block, size)) > 0) {
        for (ssize_t i = 0; i < got; i++)
            block[i] ^= 0x20;
        if (write(1, block, (size_t)got) != got)
            return errno == 0 ? 1 : errno;
    }
    return got == 0 ? 0 : errno;
}
