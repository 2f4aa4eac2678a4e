/* SPDX-License-Identifier: MIT */

#include "flow/records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *name;
    enum vc_records records;
    uint32_t record_bytes;
    const char *bytes;
    size_t size;
    enum vc_code code; /* of the scan */
    uint64_t boundary; /* if it went well */
    enum vc_code end;  /* of vc_record_scan_end, then */
};

#define BYTES(text) text, sizeof(text) - 1

static const struct row TABLE[] = {
    {"bytes, none", VC_RECORDS_BYTES, 1, BYTES(""), VC_OK, 0, VC_OK},
    {"bytes", VC_RECORDS_BYTES, 1, BYTES("abc"), VC_OK, 3, VC_OK},
    {"lines, none", VC_RECORDS_LINES, 4, BYTES(""), VC_OK, 0, VC_OK},
    {"one line", VC_RECORDS_LINES, 4, BYTES("abc\n"), VC_OK, 4, VC_OK},
    {"longest line", VC_RECORDS_LINES, 3, BYTES("abc\n"), VC_OK, 4, VC_OK},
    {"one longer", VC_RECORDS_LINES, 2, BYTES("abc\n"), VC_LIMIT, 0, VC_OK},
    {"a part that may still end", VC_RECORDS_LINES, 3, BYTES("abc"), VC_OK, 0, VC_MALFORMED},
    {"empty lines", VC_RECORDS_LINES, 1, BYTES("\n\n\n"), VC_OK, 3, VC_OK},
    {"lines and a part", VC_RECORDS_LINES, 4, BYTES("a\nbc\nd"), VC_OK, 5, VC_MALFORMED},
    {"the second too long", VC_RECORDS_LINES, 2, BYTES("a\nbcd\n"), VC_LIMIT, 0, VC_OK},
    {"the last too long", VC_RECORDS_LINES, 2, BYTES("a\nbc\nabc"), VC_LIMIT, 0, VC_OK},
    {"length, none", VC_RECORDS_LENGTH, 4, BYTES(""), VC_OK, 0, VC_OK},
    {"one record", VC_RECORDS_LENGTH, 4, BYTES("\0\0\0\3abc"), VC_OK, 7, VC_OK},
    {"empty record", VC_RECORDS_LENGTH, 4, BYTES("\0\0\0\0"), VC_OK, 4, VC_OK},
    {"longest record", VC_RECORDS_LENGTH, 3, BYTES("\0\0\0\3abc"), VC_OK, 7, VC_OK},
    {"record one longer", VC_RECORDS_LENGTH, 2, BYTES("\0\0\0\3"), VC_LIMIT, 0, VC_OK},
    {"record of 2^32-1", VC_RECORDS_LENGTH, 65536, BYTES("\377\377\377\377"), VC_LIMIT, 0, VC_OK},
    {"half a prefix", VC_RECORDS_LENGTH, 4, BYTES("\0\0"), VC_OK, 0, VC_MALFORMED},
    {"record and a part", VC_RECORDS_LENGTH, 4, BYTES("\0\0\0\1a\0\0\0\2b"), VC_OK, 5,
     VC_MALFORMED},
};

/* Every row, given in pieces of every size, ends the same way. */
static void test_scan(void **)
{
    for (size_t i = 0; i < VC_COUNT(TABLE); i++) {
        const struct row *row = &TABLE[i];

        for (size_t step = 1; step <= row->size + 1; step++) {
            struct vc_record_scan scan = {.records = row->records,
                                          .record_bytes = row->record_bytes};
            enum vc_code code = VC_OK;

            for (size_t at = 0; at < row->size && code == VC_OK; at += step) {
                size_t size = row->size - at < step ? row->size - at : step;

                code = vc_record_scan(
                    &scan, (struct vc_bytes){(const uint8_t *)row->bytes + at, size}, nullptr);
            }
            if (code != row->code)
                fail_msg("%s, step %zu: %d", row->name, step, code);
            if (code != VC_OK)
                continue;
            if (scan.boundary != row->boundary || scan.position != row->size ||
                vc_record_scan_end(&scan, nullptr) != row->end)
                fail_msg("%s, step %zu: boundary %ju", row->name, step, (uintmax_t)scan.boundary);
        }
    }
}

static void test_place_is_named(void **)
{
    struct vc_record_scan scan = {.records = VC_RECORDS_LINES, .record_bytes = 2};
    struct vc_err err = {};

    assert_int_equal(vc_record_scan(&scan, (struct vc_bytes){(const uint8_t *)"a\nbcd\n", 6}, &err),
                     VC_LIMIT);
    assert_string_equal(err.text, "the record at byte 2 has over 2 bytes");
}

enum { CELL_RECORD = 5 };

static void test_cells_round_trip(void **)
{
    static const struct {
        enum vc_records records;
        const char *bytes;
        size_t size;
    } table[] = {
        {VC_RECORDS_LINES, BYTES("\n")},
        {VC_RECORDS_LINES, BYTES("abcde\n")},
        {VC_RECORDS_LINES, BYTES("a\0b\n")},
        {VC_RECORDS_LENGTH, BYTES("\0\0\0\0")},
        {VC_RECORDS_LENGTH, BYTES("\0\0\0\5abcde")},
        {VC_RECORDS_LENGTH, BYTES("\0\0\0\2a\n")},
    };

    for (size_t i = 0; i < VC_COUNT(table); i++) {
        const struct vc_cell_form form = {table[i].records, CELL_RECORD};
        uint8_t cell[VC_RECORD_PREFIX + CELL_RECORD];
        uint8_t record[VC_RECORD_PREFIX + CELL_RECORD];
        struct vc_bytes bytes = {(const uint8_t *)table[i].bytes, table[i].size};
        size_t taken, size;

        assert_int_equal(vc_cell_size(form), sizeof(cell));
        assert_int_equal(vc_cell_encode(form, bytes, cell, &taken, nullptr), VC_OK);
        assert_int_equal(taken, table[i].size);
        assert_int_equal(vc_cell_decode(form, VC_BYTES(cell), record, &size, nullptr), VC_OK);
        assert_int_equal(size, table[i].size);
        assert_memory_equal(record, table[i].bytes, size);
    }
}

static void test_cells_refused(void **)
{
    static const struct {
        const char *name;
        enum vc_records records;
        const char *cell;
        size_t size;
    } table[] = {
        {"one byte short", VC_RECORDS_LINES, BYTES("\0\0\0\1a\0\0\0")},
        {"one byte more", VC_RECORDS_LINES, BYTES("\0\0\0\1a\0\0\0\0\0")},
        {"size beyond the cell", VC_RECORDS_LENGTH, BYTES("\0\0\0\6abcde")},
        {"huge size", VC_RECORDS_LENGTH, BYTES("\200\0\0\1abcde")},
        {"padding", VC_RECORDS_LENGTH, BYTES("\0\0\0\2ab\0\0\1")},
        {"newline in a line", VC_RECORDS_LINES, BYTES("\0\0\0\2a\n\0\0\0")},
    };

    for (size_t i = 0; i < VC_COUNT(table); i++) {
        const struct vc_cell_form form = {table[i].records, CELL_RECORD};
        uint8_t record[VC_RECORD_PREFIX + CELL_RECORD];
        size_t size = 77;

        if (vc_cell_decode(form, (struct vc_bytes){(const uint8_t *)table[i].cell, table[i].size},
                           record, &size, nullptr) != VC_MALFORMED ||
            size != 77)
            fail_msg("%s", table[i].name);
    }
}

/* What a program changed after it was scanned is an error, and never more than a cell. */
static void test_cells_of_what_is_no_record(void **)
{
    static const struct {
        enum vc_records records;
        const char *bytes;
        size_t size;
    } table[] = {
        {VC_RECORDS_LINES, BYTES("")},
        {VC_RECORDS_LINES, BYTES("abc")},
        {VC_RECORDS_LINES, BYTES("abcdef\n")},
        {VC_RECORDS_LENGTH, BYTES("\0\0\0")},
        {VC_RECORDS_LENGTH, BYTES("\0\0\0\6abcdef")},
        {VC_RECORDS_LENGTH, BYTES("\0\0\0\5abcd")},
    };

    for (size_t i = 0; i < VC_COUNT(table); i++) {
        const struct vc_cell_form form = {table[i].records, CELL_RECORD};
        uint8_t cell[VC_RECORD_PREFIX + CELL_RECORD];
        size_t taken;

        assert_int_equal(
            vc_cell_encode(form, (struct vc_bytes){(const uint8_t *)table[i].bytes, table[i].size},
                           cell, &taken, nullptr),
            VC_MALFORMED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan),
        cmocka_unit_test(test_place_is_named),
        cmocka_unit_test(test_cells_round_trip),
        cmocka_unit_test(test_cells_refused),
        cmocka_unit_test(test_cells_of_what_is_no_record),
    };

    return cmocka_run_group_tests_name("records", tests, nullptr, nullptr);
}
