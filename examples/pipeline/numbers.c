/* SPDX-License-Identifier: MIT */

#include "numbers.h"

#include <stdio.h>
#include <stdlib.h>

static bool add(struct numbers *numbers, size_t *room, uint32_t number)
{
    if (numbers->count == *room) {
        size_t larger = *room > 0 ? 2 * *room : 64;
        uint32_t *items = larger <= NUMBERS_MAX
                              ? realloc(numbers->items, larger * sizeof(numbers->items[0]))
                              : nullptr;

        if (items == nullptr)
            return false;
        numbers->items = items;
        *room = larger;
    }
    numbers->items[numbers->count++] = number;
    return true;
}

/* One number and what stands behind it: ',', or the end as EOF, with or without a line feed. */
static bool read_one(FILE *file, uint32_t *number, int *behind)
{
    uint64_t value = 0;
    int digits = 0;
    int c = getc(file);

    for (; c >= '0' && c <= '9' && digits < 10; digits++, c = getc(file))
        value = value * 10 + (uint64_t)(c - '0');
    if (c == '\n')
        c = getc(file) == EOF ? EOF : '\n';
    *number = (uint32_t)value;
    *behind = c;
    return digits > 0 && value <= UINT32_MAX && (c == ',' || c == EOF);
}

enum outcome numbers_read(const char *path, struct numbers *numbers)
{
    FILE *file = fopen(path, "r");
    size_t room = 0;
    int behind = ',';

    *numbers = (struct numbers){};
    if (file == nullptr)
        return OUTCOME_UNREADABLE;
    behind = getc(file);
    if (behind == EOF)
        return ferror(file) ? OUTCOME_UNREADABLE : OUTCOME_DONE;
    ungetc(behind, file);
    do {
        uint32_t number;

        if (!read_one(file, &number, &behind) || !add(numbers, &room, number))
            return ferror(file) ? OUTCOME_UNREADABLE : OUTCOME_MALFORMED;
    } while (behind == ',');
    return ferror(file) || fclose(file) != 0 ? OUTCOME_UNREADABLE : OUTCOME_DONE;
}

enum outcome numbers_write(const char *path, const struct numbers *numbers, const char *end)
{
    FILE *file = fopen(path, "w");

    if (file == nullptr)
        return OUTCOME_UNWRITTEN;
    for (size_t i = 0; i < numbers->count; i++)
        fprintf(file, "%s%u", i > 0 ? "," : "", (unsigned)numbers->items[i]);
    fputs(end, file);
    return ferror(file) != 0 || fclose(file) != 0 ? OUTCOME_UNWRITTEN : OUTCOME_DONE;
}
