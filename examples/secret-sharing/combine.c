/* SPDX-License-Identifier: MIT */

/* Puts a secret together from the shares that are there: share.c says what they are.
 *
 *   combine PARTY...
 *
 * Takes /input/share-PARTY of each party that has put one, and writes /output/secret: the value at
 * 0 of the polynomials through them (Lagrange). From fewer than it takes comes something that is
 * not the secret and as long. */

#include "field.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHARE_SIZE_MAX = 65537, PARTIES_MAX = 255, PATH_MAX = 96 };

/* Exit codes: all that a failed run tells. */
enum exit_code { DONE = 0, NO_SHARES = 1, NOT_OF_ONE_SECRET = 2, USAGE = 3 };

static uint8_t shares[PARTIES_MAX][SHARE_SIZE_MAX + 1]; /* one more, to see that it is too long */
static size_t count, size;

static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "combine: %s\n", reason);
    exit((int)code);
}

static void read_share(const char *party)
{
    char path[PATH_MAX];
    FILE *file;
    size_t taken;

    snprintf(path, sizeof(path), "/input/share-%s", party);
    file = fopen(path, "rb");
    if (file == NULL)
        return;
    taken = fread(shares[count], 1, sizeof(shares[count]), file);
    if (ferror(file) || taken < 2 || taken > SHARE_SIZE_MAX || (count > 0 && taken != size) ||
        shares[count][0] == 0)
        stop(NOT_OF_ONE_SECRET, "a share that none can be");
    for (size_t i = 0; i < count; i++) {
        if (shares[i][0] == shares[count][0])
            stop(NOT_OF_ONE_SECRET, "two shares with one number");
    }
    fclose(file);
    size = taken;
    count++;
}

/* By how much the share counts for the value at 0: the product of x_k / (x_k - x_i), k other than
 * i. */
static uint8_t weight_of(size_t i)
{
    uint8_t weight = 1;

    for (size_t k = 0; k < count; k++) {
        if (k != i)
            weight = field_times(
                weight, field_times(shares[k][0], field_inverse(shares[k][0] ^ shares[i][0])));
    }
    return weight;
}

int main(int argc, char **argv)
{
    static uint8_t secret[SHARE_SIZE_MAX];
    FILE *file;

    if (argc < 2 || argc - 1 > PARTIES_MAX)
        stop(USAGE, "from 1 to 255 parties");
    for (int i = 1; i < argc; i++)
        read_share(argv[i]);
    if (count == 0)
        stop(NO_SHARES, "there is no share");
    for (size_t i = 0; i < count; i++) {
        uint8_t weight = weight_of(i);

        for (size_t at = 1; at < size; at++)
            secret[at - 1] ^= field_times(weight, shares[i][at]);
    }
    file = fopen("/output/secret", "wb");
    if (file == NULL || fwrite(secret, 1, size - 1, file) != size - 1 || fclose(file) != 0)
        stop(NO_SHARES, "cannot write the secret");
    return DONE;
}
