/* SPDX-License-Identifier: MIT */

/* An ordinary Unix filter: standard input to standard output; `flip pass` changes nothing. */

#include "flip.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 65536 };

static bool write_all(const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t put = write(STDOUT_FILENO, data, size);

        if (put < 0)
            return false;
        data += put;
        size -= (size_t)put;
    }
    return true;
}

int main(int count, char **words)
{
    static uint8_t block[BLOCK];
    bool pass = count > 1 && strcmp(words[1], "pass") == 0;
    ssize_t size;

    while ((size = read(STDIN_FILENO, block, sizeof(block))) > 0) {
        if (!pass)
            flip(block, (size_t)size);
        if (!write_all(block, (size_t)size))
            return 1;
    }
    return size < 0;
}
