/* SPDX-License-Identifier: MIT */

/* Reading tables of comma-separated text. */

#include "csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum csv_code fail(struct csv *csv, enum csv_code code, const char *reason)
{
    csv->reason = reason;
    return code;
}

/* Fills csv->text with one line, without its end. */
static enum csv_code read_line(struct csv *csv)
{
    size_t size = 0;
    int byte = getc(csv->file);
    if (byte == EOF) {
        return ferror(csv->file) ? fail(csv, CSV_UNREADABLE, "cannot be read") : CSV_END;
    }
    csv->line++;
    for (; byte != EOF && byte != '\n'; byte = getc(csv->file)) {
        if (byte == '\0' || byte == '"') {
            return fail(csv, CSV_MALFORMED, "a NUL byte or a quotation mark");
        }
        if (size == CSV_LINE_MAX) {
            return fail(csv, CSV_MALFORMED, "line too long");
        }
        csv->text[size++] = (char)byte;
    }
    if (ferror(csv->file)) {
        return fail(csv, CSV_UNREADABLE, "cannot be read");
    }
    if (size > 0 && csv->text[size - 1] == '\r') {
        size--;
    }
    csv->text[size] = '\0';
    return CSV_OK;
}

/* Cuts csv->text at its commas; false if there are too many. */
static bool split_line(struct csv *csv)
{
    csv->field_count = 0;
    for (char *rest = csv->text; rest != nullptr;) {
        if (csv->field_count == CSV_FIELDS_MAX) {
            return false;
        }
        csv->fields[csv->field_count++] = strsep(&rest, ",");
    }
    return true;
}

enum csv_code csv_begin(struct csv *csv, FILE *file, const char *name, const char *header)
{
    *csv = (struct csv){.file = file, .path = name};
    if (file == nullptr) {
        return fail(csv, CSV_UNREADABLE, "cannot be opened");
    }
    enum csv_code code = read_line(csv);
    if (code == CSV_UNREADABLE) {
        return code;
    }
    if (code != CSV_OK || strcmp(csv->text, header) != 0) {
        return fail(csv, CSV_MALFORMED, "not the header that was agreed");
    }
    return split_line(csv) ? CSV_OK : fail(csv, CSV_MALFORMED, "too many columns");
}

enum csv_code csv_open(struct csv *csv, const char *path, const char *header)
{
    return csv_begin(csv, fopen(path, "rb"), path, header);
}

enum csv_code csv_next(struct csv *csv)
{
    size_t wanted = csv->field_count;
    enum csv_code code = read_line(csv);
    if (code != CSV_OK) {
        return code;
    }
    if (!split_line(csv) || csv->field_count != wanted) {
        csv->field_count = wanted;
        return fail(csv, CSV_MALFORMED, "not as many fields as the header has");
    }
    return CSV_OK;
}

void csv_close(struct csv *csv)
{
    if (csv->file != nullptr) {
        fclose(csv->file);
        csv->file = nullptr;
    }
}

void csv_report(const struct csv *csv, const char *program)
{
    fprintf(stderr, "%s: %s:%zu: %s\n", program, csv->path, csv->line, csv->reason);
}

/* Reads digits; returns how many. The caller bounds the count before using the value. */
static size_t read_digits(const char *text, size_t count_max, uint64_t *value)
{
    size_t count = 0;
    for (*value = 0; count < count_max && text[count] >= '0' && text[count] <= '9'; count++) {
        *value = *value * 10 + (uint64_t)(text[count] - '0');
    }
    return count;
}

bool csv_hundredths(const char *text, uint64_t *hundredths)
{
    uint64_t whole = 0;
    uint64_t part = 0;
    size_t size = read_digits(text, 13, &whole);
    if (size == 0) {
        return false;
    }
    if (text[size] == '.') {
        size_t digits = read_digits(text + size + 1, 2, &part);
        if (digits == 0) {
            return false;
        }
        part *= digits == 1 ? 10 : 1;
        size += 1 + digits;
    }
    uint64_t sum = whole * 100 + part;
    if (text[size] != '\0' || sum > CSV_HUNDREDTHS_MAX) {
        return false;
    }
    *hundredths = sum;
    return true;
}

bool csv_number(const char *text, double *number)
{
    if (text[0] == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0') {
        return false;
    }
    char *end = nullptr;
    double value = strtod(text, &end);
    if (*end != '\0' || !isfinite(value)) {
        return false;
    }
    *number = value;
    return true;
}
