/* SPDX-License-Identifier: MIT */

/* Tables of comma-separated text, read row by row in flat memory by programs that trust none of
 * it: one header line that must match, no quotes, every bound named. Plain C over stdio. */

#ifndef VERACRUZ_GUEST_CSV_H
#define VERACRUZ_GUEST_CSV_H

#include <stdint.h>
#include <stdio.h>

constexpr size_t CSV_LINE_MAX = 1024; /* bytes, without the end of line */
constexpr size_t CSV_FIELDS_MAX = 32;
constexpr uint64_t CSV_HUNDREDTHS_MAX = 100'000'000'000'000; /* a million millions, in hundredths */

enum [[nodiscard]] csv_code {
    CSV_OK,
    CSV_END,        /* no further row */
    CSV_MALFORMED,  /* line and reason say where and why */
    CSV_UNREADABLE, /* the file is not there, or reading failed */
};

struct csv {
    FILE *file;
    const char *path; /* borrowed from the caller of csv_open */
    const char *reason;
    size_t line; /* of what was read last, from 1 */
    size_t field_count;
    char *fields[CSV_FIELDS_MAX]; /* of the last row; until the next call */
    char text[CSV_LINE_MAX + 1];
};

/* Opens a table whose first line is exactly `header`; each row has as many fields as it. */
enum csv_code csv_open(struct csv *csv, const char *path, const char *header);

/* The same from an open file, which csv_close then closes; `name` stands in for its path. */
enum csv_code csv_begin(struct csv *csv, FILE *file, const char *name, const char *header);

/* Reads the next row into csv->fields. A line ends in LF, CRLF or the end of the file. */
enum csv_code csv_next(struct csv *csv);

void csv_close(struct csv *csv);

/* Says on standard error what csv_open or csv_next found: PROGRAM: PATH:LINE: REASON. */
void csv_report(const struct csv *csv, const char *program);

/* An amount as "12", "12.5" or "12.50", at most CSV_HUNDREDTHS_MAX; no sign, no spaces. */
[[nodiscard]] bool csv_hundredths(const char *text, uint64_t *hundredths);

/* A finite number in decimal, whole field; no spaces, no "inf", no hexadecimal. */
[[nodiscard]] bool csv_number(const char *text, double *number);

#endif
