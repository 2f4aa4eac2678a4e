/* SPDX-License-Identifier: MIT */

/* One number about the answers of many, once, and only if enough have answered.
 *
 *   survey LEAST average|median PARTY...
 *
 * /input/PARTY.txt is an answer: one line, a whole number from 0 to 100. If at least LEAST parties
 * have given one, the program first takes from everybody, itself included, the right to read
 * /input/, for as long as the container lives, and then writes /output/average.txt or
 * /output/median.txt. Whatever runs later, and whatever else the policy lets run, finds no answers.
 * Of runs side by side that have read answers the first that takes them ends the others. */

#include "veracruz.h"

#include <stdio.h>
#include <stdlib.h>

constexpr size_t PARTIES_MAX = 64;
constexpr size_t NAME_SIZE_MAX = 64;
constexpr size_t LINE_SIZE = 16;
constexpr unsigned ANSWER_MAX = 100;

/* Exit codes: all that a failed run tells. */
enum exit_code : int { DONE = 0, TOO_FEW = 1, OVER = 2, NO_ACCESS = 3, USAGE = 4 };

struct answers {
    size_t count;
    unsigned values[PARTIES_MAX];
};

[[noreturn]] static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "survey: %s\n", reason);
    exit(code);
}

static bool parse_answer(const char *line, size_t size, unsigned *answer)
{
    size_t digits = strspn(line, "0123456789");

    if (digits == 0 || digits > 3 || size != digits + 1 || line[digits] != '\n')
        return false;
    *answer = (unsigned)strtoul(line, nullptr, 10);
    return *answer <= ANSWER_MAX;
}

/* No file, or none with a number: no answer. */
static void load_answer(const char *party, struct answers *answers)
{
    char path[NAME_SIZE_MAX + 32], line[LINE_SIZE] = "";
    FILE *file;
    size_t size;

    snprintf(path, sizeof path, "/input/%s.txt", party);
    file = fopen(path, "rb");
    if (file == nullptr && errno == EACCES)
        stop(OVER, "the answers cannot be read any more");
    if (file == nullptr)
        return;
    size = fread(line, 1, sizeof line - 1, file);
    if (ferror(file) || fclose(file) != 0)
        stop(NO_ACCESS, "cannot read an answer");
    answers->count += parse_answer(line, size, &answers->values[answers->count]);
}

/* From now on there is no other result: it also ends whatever run has read an answer and goes on
 * beside this one. */
static void take_answers(void)
{
    if (vz_take_read_from_all_but("/input/", nullptr) != 0)
        stop(NO_ACCESS, "the policy in force cannot be narrowed");
}

static int compare(const void *one, const void *other)
{
    const unsigned *a = one, *b = other;

    return (*a > *b) - (*a < *b);
}

/* In hundredths, a half upwards. */
static unsigned average_of(const struct answers *answers)
{
    size_t sum = 0;

    for (size_t i = 0; i < answers->count; i++)
        sum += answers->values[i];
    return (unsigned)((200 * sum + answers->count) / (2 * answers->count));
}

static unsigned median_of(struct answers *answers)
{
    const unsigned *values = answers->values;

    qsort(answers->values, answers->count, sizeof *values, compare);
    return 50 * (values[(answers->count - 1) / 2] + values[answers->count / 2]);
}

static void tell(const char *what, unsigned hundredths, size_t count)
{
    char path[64];
    FILE *file;

    snprintf(path, sizeof path, "/output/%s.txt", what);
    file = fopen(path, "wb");
    if (file == nullptr ||
        fprintf(file, "%u.%02u of %zu answers\n", hundredths / 100, hundredths % 100, count) < 0 ||
        fclose(file) != 0)
        stop(NO_ACCESS, "cannot write what is to be told");
}

int main(int argc, char **argv)
{
    static struct answers answers;
    size_t parties = argc > 3 ? (size_t)argc - 3 : 0;
    unsigned long least = argc > 3 ? strtoul(argv[1], nullptr, 10) : 0;
    bool average = argc > 3 && strcmp(argv[2], "average") == 0;

    if (least < 2 || least > parties || parties > PARTIES_MAX ||
        (!average && strcmp(argv[2], "median") != 0))
        stop(USAGE, "usage: survey LEAST average|median PARTY...");
    for (size_t i = 0; i < parties; i++) {
        if (strlen(argv[3 + i]) > NAME_SIZE_MAX)
            stop(USAGE, "a name that no party can have");
        load_answer(argv[3 + i], &answers);
    }
    if (answers.count < least)
        stop(TOO_FEW, "too few have answered");
    take_answers();
    tell(argv[2], average ? average_of(&answers) : median_of(&answers), answers.count);
    return DONE;
}
