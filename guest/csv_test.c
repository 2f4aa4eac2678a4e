/* SPDX-License-Identifier: MIT */

/* Tables from hostile owners: every malformed line is refused with its place. */

#include "csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LONG_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LONG_1024                                                                           \
    LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 \
        LONG_64 LONG_64 LONG_64 LONG_64 LONG_64

struct table {
    const char *name;
    const char *text;
    size_t size; /* 0: that of the text */
    size_t row_count;
    enum csv_code end;
    size_t end_line;
};

static const struct table tables[] = {
    {"empty file", "", 0, 0, CSV_MALFORMED, 0},
    {"header only", "id,amount\n", 0, 0, CSV_END, 1},
    {"header without end of line", "id,amount", 0, 0, CSV_END, 1},
    {"another header", "id,amounts\n", 0, 0, CSV_MALFORMED, 1},
    {"header cut", "id,amoun", 0, 0, CSV_MALFORMED, 1},
    {"rows", "id,amount\na,1\nb,2\n", 0, 2, CSV_END, 3},
    {"last row without end of line", "id,amount\na,1\nb,2", 0, 2, CSV_END, 3},
    {"carriage returns", "id,amount\r\na,1\r\n", 0, 1, CSV_END, 2},
    {"empty fields", "id,amount\n,\n", 0, 1, CSV_END, 2},
    {"a field missing", "id,amount\na,1\nb\n", 0, 1, CSV_MALFORMED, 3},
    {"a field too many", "id,amount\na,1,2\n", 0, 0, CSV_MALFORMED, 2},
    {"an empty line", "id,amount\n\na,1\n", 0, 0, CSV_MALFORMED, 2},
    {"a quotation mark", "id,amount\n\"a\",1\n", 0, 0, CSV_MALFORMED, 2},
    {"a NUL byte", "id,amount\na\0,1\n", 15, 0, CSV_MALFORMED, 2},
    {"longest line", "id,amount\n," LONG_1024 "x", 10 + 1024, 1, CSV_END, 2},
    {"line too long", "id,amount\n," LONG_1024 "x", 10 + 1025, 0, CSV_MALFORMED, 2},
    {"many commas", "id,amount\n,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n", 0, 0, CSV_MALFORMED,
     2},
};

static void write_table(const char *path, const struct table *table)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    size_t size = table->size > 0 ? table->size : strlen(table->text);
    assert_int_equal(fwrite(table->text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void read_table(const char *path, const struct table *table)
{
    struct csv csv;
    size_t count = 0;
    enum csv_code code = csv_open(&csv, path, "id,amount");
    while (code == CSV_OK && (code = csv_next(&csv)) == CSV_OK) {
        count++;
    }
    print_message("# %s\n", table->name);
    assert_int_equal(code, table->end);
    assert_int_equal(count, table->row_count);
    assert_int_equal(csv.line, table->end_line);
    csv_close(&csv);
}

static void reads_tables(void **)
{
    char path[] = "/tmp/csv-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        write_table(path, &tables[i]);
        read_table(path, &tables[i]);
    }
    unlink(path);
}

static void refuses_a_missing_file(void **)
{
    struct csv csv;
    assert_int_equal(csv_open(&csv, "/nowhere/at/all", "id"), CSV_UNREADABLE);
    csv_close(&csv);
}

static void reads_amounts(void **)
{
    static const struct {
        const char *text;
        bool valid;
        uint64_t value;
    } rows[] = {
        {"0", true, 0},
        {"12", true, 1200},
        {"12.5", true, 1250},
        {"12.05", true, 1205},
        {"0.01", true, 1},
        {"1000000000000", true, CSV_HUNDREDTHS_MAX},
        {"1000000000000.01", false, 0},
        {"10000000000000", false, 0},
        {"", false, 0},
        {".5", false, 0},
        {"5.", false, 0},
        {"1.005", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1e3", false, 0},
        {"99999999999999999999999", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t value = 0;
        print_message("# %s\n", rows[i].text);
        assert_int_equal(csv_hundredths(rows[i].text, &value), rows[i].valid);
        assert_int_equal(value, rows[i].value);
    }
}

static void reads_numbers(void **)
{
    static const struct {
        const char *text;
        bool valid;
        double value;
    } rows[] = {
        {"0", true, 0},      {"-12.25", true, -12.25}, {"1e3", true, 1000}, {"+.5", true, .5},
        {"", false, 0},      {"inf", false, 0},        {"nan", false, 0},   {"0x10", false, 0},
        {"1e999", false, 0}, {"1 ", false, 0},         {" 1", false, 0},    {"1-", false, 0},
        {"-", false, 0},     {"1.2.3", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value = 0;
        print_message("# %s\n", rows[i].text);
        assert_int_equal(csv_number(rows[i].text, &value), rows[i].valid);
        assert_true(value == rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_tables),
        cmocka_unit_test(refuses_a_missing_file),
        cmocka_unit_test(reads_amounts),
        cmocka_unit_test(reads_numbers),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
