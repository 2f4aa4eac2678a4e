/* SPDX-License-Identifier: MIT */

/* A coin that two toss together: each commits to a bit before the other's can be known, and the
 * coin is the one xor the other.
 *
 *   toss PARTY PARTY
 *
 * An opening is 32 random bytes, then '0' or '1'; a commitment its SHA-256, 32 bytes. The first run
 * that finds both /input/commit/PARTY takes from everybody the right to change anything there and
 * tells both commitments in /output/committed: these count from now on. A later run that finds both
 * /input/open/PARTY does the same with openings, checks them and tells in /output/toss the coin and
 * both openings, or who has opened something else. */

#include "hex.h"
#include "veracruz.h"

#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>

constexpr size_t PARTIES = 2;
constexpr size_t NAME_SIZE_MAX = 64;
constexpr size_t PATH_SIZE = NAME_SIZE_MAX + 32;
constexpr size_t NONCE_SIZE = 32;
constexpr size_t OPENING_SIZE = NONCE_SIZE + 1;
constexpr size_t DIGEST_SIZE = 32;
constexpr size_t TEXT_SIZE = 512; /* of what is told of both */

/* Exit codes: all that a failed run tells. */
enum exit_code : int { DONE = 0, TOO_EARLY = 1, THE_SAME = 2, OVER = 3, NO_ACCESS = 4, USAGE = 5 };

struct party {
    const char *name;
    uint8_t commitment[DIGEST_SIZE];
    uint8_t opening[OPENING_SIZE];
    bool honest; /* has opened what it had committed to */
};

[[noreturn]] static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "toss: %s\n", reason);
    exit(code);
}

/* False: there is none. `size` is 0 if it has more than there is room for. */
static bool read_file(const char *directory, const char *name, void *data, size_t room,
                      size_t *size)
{
    char path[PATH_SIZE];
    FILE *file;

    snprintf(path, sizeof path, "/%s/%s", directory, name);
    file = fopen(path, "rb");
    if (file == nullptr)
        return false;
    *size = fread(data, 1, room, file);
    if (fgetc(file) != EOF)
        *size = 0;
    if (ferror(file) || fclose(file) != 0)
        stop(NO_ACCESS, "cannot read a file");
    return true;
}

static void tell(const char *name, const char *text)
{
    char path[PATH_SIZE];
    FILE *file;

    snprintf(path, sizeof path, "/output/%s", name);
    file = fopen(path, "wb");
    if (file == nullptr || fputs(text, file) < 0 || fclose(file) != 0)
        stop(NO_ACCESS, "cannot write what is to be told");
}

/* What is in the directory stays what it is. Narrowings are put in force one after the other: of
 * runs side by side, which may have found different things there, only that goes on whose narrowing
 * has changed something. */
static void fix(const char *directory)
{
    char narrowing[PATH_SIZE + 128], answer[64];

    snprintf(narrowing, sizeof narrowing,
             "{\"take\":{\"may\":[\"write\",\"append\",\"delete\"],\"path\":\"/%s/\","
             "\"from_all_but\":[]}}",
             directory);
    if (vz_narrow(narrowing, VZ_CONTAINER, answer, sizeof answer) != 0)
        stop(NO_ACCESS, "the policy in force cannot be narrowed");
    if (strcmp(answer, "{\"changed\":true}") != 0)
        stop(OVER, "another run has done this");
}

/* ---- first: what both commit to ---- */

/* The text of /output/committed: a line for each. */
static void write_commitments(const struct party *parties, char text[static TEXT_SIZE])
{
    char digits[2 * DIGEST_SIZE + 1];
    size_t used = 0;

    for (size_t i = 0; i < PARTIES; i++) {
        hex_encode(parties[i].commitment, DIGEST_SIZE, digits);
        used += (size_t)snprintf(text + used, TEXT_SIZE - used, "%s %s\n", parties[i].name, digits);
    }
}

static void commit(struct party *parties)
{
    char text[TEXT_SIZE];
    size_t size;

    for (size_t i = 0; i < PARTIES; i++) {
        if (!read_file("input/commit", parties[i].name, parties[i].commitment, DIGEST_SIZE,
                       &size) ||
            size != DIGEST_SIZE)
            stop(TOO_EARLY, "not both have committed");
    }
    /* Who has copied the other's could copy its opening, too: the coin would always be 0. */
    if (memcmp(parties[0].commitment, parties[1].commitment, DIGEST_SIZE) == 0)
        stop(THE_SAME, "both commitments are the same");
    fix("input/commit");
    write_commitments(parties, text);
    tell("committed", text);
}

/* ---- then: what they open ---- */

/* As they were told, whatever is in /input/commit/. */
static bool read_commitments(struct party *parties)
{
    char text[TEXT_SIZE] = "", digits[2 * DIGEST_SIZE + 1];
    const char *at = text;
    size_t size;

    if (!read_file("output", "committed", text, sizeof text - 1, &size))
        return false;
    for (size_t i = 0; i < PARTIES; i++) {
        size_t name_size = strlen(parties[i].name);

        if (strncmp(at, parties[i].name, name_size) != 0 || at[name_size] != ' ' ||
            strlen(at + name_size + 1) < 2 * DIGEST_SIZE + 1)
            stop(NO_ACCESS, "what was told is no more what it was");
        memcpy(digits, at + name_size + 1, 2 * DIGEST_SIZE);
        digits[2 * DIGEST_SIZE] = '\0';
        if (!hex_decode(digits, parties[i].commitment, DIGEST_SIZE, &size))
            stop(NO_ACCESS, "what was told is no more what it was");
        at += name_size + 1 + 2 * DIGEST_SIZE + 1;
    }
    return true;
}

static bool is_opening_of(const struct party *party, size_t size)
{
    uint8_t digest[DIGEST_SIZE], bit = party->opening[NONCE_SIZE];

    if (psa_hash_compute(PSA_ALG_SHA_256, party->opening, size, digest, sizeof digest, &size) !=
        PSA_SUCCESS)
        stop(NO_ACCESS, "no SHA-256");
    return memcmp(digest, party->commitment, DIGEST_SIZE) == 0 && (bit == '0' || bit == '1');
}

/* Nobody's opening is told if the other has opened something else. */
static void tell_coin(const struct party *parties, char text[static TEXT_SIZE])
{
    char nonce[2 * NONCE_SIZE + 1];
    size_t used = 0;
    int coin = 0;

    for (size_t i = 0; i < PARTIES; i++) {
        uint8_t bit = parties[i].opening[NONCE_SIZE];

        hex_encode(parties[i].opening, NONCE_SIZE, nonce);
        used += (size_t)snprintf(text + used, TEXT_SIZE - used, "%s %c %s\n", parties[i].name, bit,
                                 nonce);
        coin ^= bit - '0';
    }
    snprintf(text + used, TEXT_SIZE - used, "coin %d\n", coin);
}

static void tell_who_is_not_honest(const struct party *parties, char text[static TEXT_SIZE])
{
    size_t used = 0;

    for (size_t i = 0; i < PARTIES; i++) {
        if (!parties[i].honest)
            used += (size_t)snprintf(text + used, TEXT_SIZE - used,
                                     "%s has opened no bit that it had committed to\n",
                                     parties[i].name);
    }
}

static void open_both(struct party *parties)
{
    char text[TEXT_SIZE] = "";
    size_t size;

    for (size_t i = 0; i < PARTIES; i++) {
        if (!read_file("input/open", parties[i].name, parties[i].opening, OPENING_SIZE, &size))
            stop(TOO_EARLY, "not both have opened");
        parties[i].honest = size == OPENING_SIZE && is_opening_of(&parties[i], size);
    }
    fix("input/open");
    if (parties[0].honest && parties[1].honest)
        tell_coin(parties, text);
    else
        tell_who_is_not_honest(parties, text);
    tell("toss", text);
}

int main(int argc, char **argv)
{
    struct party parties[PARTIES] = {};

    if (argc != 1 + (int)PARTIES)
        stop(USAGE, "usage: toss PARTY PARTY");
    for (size_t i = 0; i < PARTIES; i++) {
        parties[i].name = argv[1 + i];
        if (strlen(argv[1 + i]) > NAME_SIZE_MAX)
            stop(USAGE, "a name that no party can have");
    }
    if (psa_crypto_init() != PSA_SUCCESS)
        stop(NO_ACCESS, "no cryptography");
    if (read_commitments(parties))
        open_both(parties);
    else
        commit(parties);
    return DONE;
}
