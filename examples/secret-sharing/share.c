/* SPDX-License-Identifier: MIT */

/* Divides a secret among parties, so that any THRESHOLD of them can put it together, and fewer
 * learn nothing but its length (Shamir 1979).
 *
 *   share THRESHOLD PARTY...
 *
 * /input/secret becomes one /output/share-PARTY for each: its number, a byte that is not 0, then
 * the value at that number of a polynomial for each byte of the secret. The policy lets all parties
 * read all of /output/; before a share is written the program takes it from all but the one whose
 * it is. */

#include "field.h"
#include "veracruz.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    SECRET_SIZE_MAX = 65536,
    PARTIES_MAX = 255,
    NAME_MAX = 64,
    PATH_MAX = 96,
    DRAWN_AT_ONCE = 256
};

/* Exit codes: all that a failed run tells. */
enum exit_code { DONE = 0, NO_SECRET = 1, NOT_KEPT_APART = 2, USAGE = 3 };

static uint8_t secret[SECRET_SIZE_MAX + 1]; /* one more, to see that it is too long */
static size_t secret_size;
static uint8_t coefficients[PARTIES_MAX][SECRET_SIZE_MAX]; /* [k]: of x^(k+1) */
static uint8_t share[1 + SECRET_SIZE_MAX];

static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "share: %s\n", reason);
    exit((int)code);
}

static void read_secret(void)
{
    FILE *file = fopen("/input/secret", "rb");

    if (file == NULL)
        stop(NO_SECRET, "there is no secret");
    secret_size = fread(secret, 1, sizeof(secret), file);
    if (ferror(file) || secret_size == 0 || secret_size > SECRET_SIZE_MAX)
        stop(NO_SECRET, "the secret has no byte, or too many");
    fclose(file);
}

static void draw(unsigned threshold)
{
    for (unsigned k = 0; k + 1 < threshold; k++) {
        for (size_t at = 0; at < secret_size; at += DRAWN_AT_ONCE) {
            size_t size = secret_size - at < DRAWN_AT_ONCE ? secret_size - at : DRAWN_AT_ONCE;

            if (getentropy(coefficients[k] + at, size) != 0)
                stop(NO_SECRET, "the policy gives no randomness");
        }
    }
}

/* The polynomials at this number, from the highest power down (Horner). */
static void make_share(uint8_t number, unsigned threshold)
{
    share[0] = number;
    for (size_t i = 0; i < secret_size; i++) {
        uint8_t value = 0;

        for (unsigned k = threshold - 1; k > 0; k--)
            value = field_times(value ^ coefficients[k - 1][i], number);
        share[1 + i] = value ^ secret[i];
    }
}

/* Nobody but the party may read it, from before it is there. */
static void give(const char *party)
{
    char path[PATH_MAX];
    FILE *file;

    snprintf(path, sizeof(path), "/output/share-%s", party);
    if (vz_take_read_from_all_but(path, party) != 0)
        stop(NOT_KEPT_APART, "the policy in force cannot be narrowed");
    file = fopen(path, "wb");
    if (file == NULL || fwrite(share, 1, 1 + secret_size, file) != 1 + secret_size ||
        fclose(file) != 0)
        stop(NO_SECRET, "cannot write a share");
}

int main(int argc, char **argv)
{
    long threshold = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    int parties = argc - 2;

    if (threshold < 2 || threshold > parties || parties > PARTIES_MAX)
        stop(USAGE, "from 2 to as many as there are parties, of whom at most 255");
    read_secret();
    draw((unsigned)threshold);
    for (int i = 0; i < parties; i++) {
        if (strlen(argv[2 + i]) > NAME_MAX)
            stop(USAGE, "a name that no party can have");
        make_share((uint8_t)(i + 1), (unsigned)threshold);
        give(argv[2 + i]);
    }
    return DONE;
}
