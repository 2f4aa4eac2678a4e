/* SPDX-License-Identifier: MIT */

/* Numbers as the programs hand them on: decimal digits, commas between. */

#ifndef EXAMPLE_NUMBERS_H
#define EXAMPLE_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

constexpr size_t NUMBERS_MAX = 1 << 20;

struct numbers {
    uint32_t *items;
    size_t count;
};

/* What each program's exit status says. */
enum outcome : int {
    OUTCOME_DONE = 0,
    OUTCOME_UNREADABLE = 1,
    OUTCOME_MALFORMED = 2, /* or more than NUMBERS_MAX */
    OUTCOME_UNWRITTEN = 3,
    OUTCOME_USAGE = 4,
    OUTCOME_EMPTY = 5, /* there is nothing to do */
};

/* Reads all of the file, or of a stream until its end. A line feed may stand at the end. */
enum outcome numbers_read(const char *path, struct numbers *numbers);
/* `end` stands behind the last one. */
enum outcome numbers_write(const char *path, const struct numbers *numbers, const char *end);

#endif
