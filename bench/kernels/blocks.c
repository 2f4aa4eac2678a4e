/* SPDX-License-Identifier: MIT */

/* Blocks of files, read and written: the same program in a container and beside it.
 *
 *     blocks rand64 FILE COUNT         64 bytes at places all over the file
 *     blocks seq FILE PASSES           16 KiB after 16 KiB, from begin to end
 *     blocks write FILE COUNT          COUNT blocks of 16 KiB into a new file
 *     blocks copy FILE TO              in blocks of 16 KiB
 *
 * Prints how much it did, and a sum over what it read, which is the same wherever it runs. */

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"

constexpr size_t SMALL = 64;
constexpr size_t BLOCK = 16 << 10;

struct deed {
    uint64_t count; /* reads, or bytes */
    uint64_t sum;
};

/* One word of the block at hand: enough to show that it came, little enough not to be measured. */
static uint64_t word_of(const void *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

static bool read_small(int file, uint64_t count, struct deed *deed)
{
    struct stat status;
    uint64_t seed = 1;
    uint8_t bytes[SMALL];

    if (fstat(file, &status) != 0 || status.st_size < (off_t)SMALL)
        return false;
    uint64_t places = (uint64_t)status.st_size / SMALL;

    for (; deed->count < count; deed->count++) {
        uint64_t place = kernel_random(&seed) % places;

        if (pread(file, bytes, SMALL, (off_t)(place * SMALL)) != (ssize_t)SMALL)
            return false;
        deed->sum += word_of(bytes);
    }
    return true;
}

static bool read_passes(int file, uint64_t passes, struct deed *deed)
{
    static uint8_t block[BLOCK];

    for (uint64_t pass = 0; pass < passes; pass++) {
        ssize_t got;

        if (lseek(file, 0, SEEK_SET) != 0)
            return false;
        while ((got = read(file, block, BLOCK)) > 0) {
            deed->count += (uint64_t)got;
            deed->sum += word_of(block);
        }
        if (got < 0)
            return false;
    }
    return true;
}

static bool write_blocks(int file, uint64_t count, struct deed *deed)
{
    static uint8_t block[BLOCK];

    memset(block, 7, BLOCK);
    for (uint64_t i = 0; i < count; i++) {
        memcpy(block, &i, sizeof i);
        if (write(file, block, BLOCK) != (ssize_t)BLOCK)
            return false;
        deed->count += BLOCK;
        deed->sum += i;
    }
    return true;
}

static bool copy_blocks(int from, int to, struct deed *deed)
{
    static uint8_t block[BLOCK];
    ssize_t got;

    while ((got = read(from, block, BLOCK)) > 0) {
        if (write(to, block, (size_t)got) != got)
            return false;
        deed->count += (uint64_t)got;
        deed->sum += word_of(block);
    }
    return got == 0;
}

static bool act(const char *what, int file, const char *operand, struct deed *deed)
{
    if (strcmp(what, "rand64") == 0)
        return read_small(file, strtoull(operand, nullptr, 10), deed);
    if (strcmp(what, "seq") == 0)
        return read_passes(file, strtoull(operand, nullptr, 10), deed);
    if (strcmp(what, "write") == 0)
        return write_blocks(file, strtoull(operand, nullptr, 10), deed);
    int to = open(operand, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    return strcmp(what, "copy") == 0 && to >= 0 && copy_blocks(file, to, deed);
}

int main(int argc, char **argv)
{
    struct deed deed = {};

    if (argc != 4)
        return EXIT_FAILURE;
    bool writes = strcmp(argv[1], "write") == 0;
    int file = open(argv[2], writes ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0600);

    if (file < 0 || !act(argv[1], file, argv[3], &deed)) {
        perror(argv[1]);
        return EXIT_FAILURE;
    }
    printf("%" PRIu64 " %016" PRIx64 "\n", deed.count, deed.sum);
    return EXIT_SUCCESS;
}
