/* SPDX-License-Identifier: MIT */

/* Target: the table reader. Property: a row that was read, written again with commas, reads as the
 * same row; every field is text without commas and line ends; and lines are counted as a plain
 * count of line ends would. */

#include "csv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr char header[] = "a,b,c";

static void write_row(const struct csv *csv, char *text)
{
    size_t size = 0;

    for (size_t i = 0; i < csv->field_count; i++) {
        size_t length = strlen(csv->fields[i]);

        if (strpbrk(csv->fields[i], ",\n\"") != nullptr || size + length + 2 > CSV_LINE_MAX + 2)
            abort();
        memcpy(text + size, csv->fields[i], length);
        size += length;
        text[size++] = i + 1 < csv->field_count ? ',' : '\n';
    }
    text[size] = '\0';
}

static void read_again(const struct csv *row)
{
    char text[sizeof(header) + CSV_LINE_MAX + 3] = "a,b,c\n";
    struct csv again;

    write_row(row, text + strlen(text));
    if (csv_begin(&again, fmemopen(text, strlen(text), "rb"), "again", header) != CSV_OK ||
        csv_next(&again) != CSV_OK || again.field_count != row->field_count)
        abort();
    /* A field that ends in CR ends the line with it, once more. */
    for (size_t i = 0; i + 1 < row->field_count; i++)
        if (strcmp(again.fields[i], row->fields[i]) != 0)
            abort();
    csv_close(&again);
}

static size_t count_lines(const uint8_t *data, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += data[i] == '\n' ? 1 : 0;
    return count + (size > 0 && data[size - 1] != '\n' ? 1 : 0);
}

static void read_fields(const struct csv *csv)
{
    double number = 0;
    uint64_t hundredths = 0;

    if (csv_hundredths(csv->fields[0], &hundredths) && hundredths > CSV_HUNDREDTHS_MAX)
        abort();
    if (csv_number(csv->fields[1], &number) && number != number)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv csv;
    FILE *file = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "rb") : nullptr;
    enum csv_code code = csv_begin(&csv, file, "fuzz", header);

    while (code == CSV_OK && (code = csv_next(&csv)) == CSV_OK) {
        if (csv.field_count != 3)
            abort();
        read_fields(&csv);
        read_again(&csv);
    }
    if (code == CSV_END && csv.line != count_lines(data, size))
        abort();
    csv_close(&csv);
    return 0;
}
