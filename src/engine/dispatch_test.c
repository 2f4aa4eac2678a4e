/* SPDX-License-Identifier: MIT */

/* Modules as vc_module_encode writes them, with calls by way of a table of four slots. */

#include "engine/dispatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/module.h"

#define PREAMBLE  "\0asm\1\0\0\0"
#define TYPES     "\x01\x08\x02\x60\x00\x00\x60\x01\x7f\x00" /* of "_start", and (i32) */
#define FUNCTIONS "\x03\x04\x03\x00\x01\x01"
#define TABLE     "\x04\x05\x01\x70\x01\x04\x04"
#define MEMORY    "\x05\x04\x01\x01\x02\x02"
#define EXPORTS   "\x07\x13\x02\x06memory\x02\x00\x06_start\x00\x00"
#define ELEMENTS  "\x09\x0d\x02\x00\x41\x01\x0b\x01\x01\x00\x41\x03\x0b\x01\x02"
#define CALL      "\x41\x07\x41\x03\x11\x01\x00"
#define BODIES    "\x02\x00\x0b\x02\x00\x0b"
#define CODE      "\x0a\x11\x03\x09\x00" CALL "\x0b" BODIES
#define BEFORE    PREAMBLE TYPES FUNCTIONS TABLE MEMORY EXPORTS
#define NEW_BEFORE                                                                      \
    PREAMBLE "\x01\x0d\x03\x60\x00\x00\x60\x01\x7f\x00\x60\x02\x7f\x7f\x00\x03\x05\x04" \
             "\x00\x01\x01\x02" TABLE MEMORY EXPORTS
/* Slots 1 to 3: one of the type, none, another; and what was there for any other. */
#define DISPATCHER                                                                     \
    "\x27\x00\x02\x40\x02\x40\x02\x40\x20\x01\x41\x01\x6b\x0e\x03\x00\x02\x01\x02\x0b" \
    "\x20\x00\x10\x01\x0f\x0b\x20\x00\x10\x02\x0f\x0b\x20\x00\x20\x01\x11\x01\x00\x0b"

#define TEXT(literal)   .wasm = {(const uint8_t *)(literal), sizeof(literal) - 1}
#define WANTED(literal) .wanted = {(const uint8_t *)(literal), sizeof(literal) - 1}

struct row {
    const char *name;
    struct vc_bytes wasm;
    struct vc_bytes wanted; /* none: nothing is to be gained */
};

static const struct row ROWS[] = {
    {"one call", TEXT(BEFORE ELEMENTS CODE),
     WANTED(NEW_BEFORE ELEMENTS
            "\x0a\x39\x04\x09\x00\x41\x07\x41\x03\x10\x83\x00\x0b" BODIES DISPATCHER)},
    {"a padded call",
     TEXT(BEFORE ELEMENTS "\x0a\x19\x03\x11\x00\x41\x07\x41\x03\x11\x81\x80\x80\x80\x00\x80\x80"
                          "\x80\x80\x00\x0b" BODIES),
     WANTED(NEW_BEFORE ELEMENTS "\x0a\x41\x04\x11\x00\x41\x07\x41\x03\x01\x01\x01\x01\x01\x10\x83"
                                "\x80\x80\x80\x00\x0b" BODIES DISPATCHER)},
    {"no calls", TEXT(BEFORE ELEMENTS "\x0a\x0a\x03\x02\x00\x0b" BODIES)},
    {"calls of a type that stands nowhere",
     TEXT(BEFORE ELEMENTS "\x0a\x0f\x03\x07\x00\x41\x03\x11\x00\x00\x0b" BODIES)},
    {"an empty table", TEXT(BEFORE CODE)},
    {"no table", TEXT(PREAMBLE TYPES FUNCTIONS MEMORY EXPORTS CODE)},
    {"a table that is set",
     TEXT(BEFORE ELEMENTS "\x0a\x17\x03\x0f\x00" CALL "\x41\x00\xd0\x70\x26\x00\x0b" BODIES)},
    {"a table that grows", TEXT(BEFORE ELEMENTS "\x0a\x19\x03\x11\x00" CALL
                                                "\xd0\x70\x41\x01\xfc\x0f\x00\x1a\x0b" BODIES)},
    {"a table that is filled",
     TEXT(BEFORE ELEMENTS "\x0a\x1a\x03\x12\x00" CALL
                          "\x41\x00\xd0\x70\x41\x01\xfc\x11\x00\x0b" BODIES)},
    {"a table that is copied",
     TEXT(BEFORE ELEMENTS "\x0a\x1b\x03\x13\x00" CALL
                          "\x41\x00\x41\x00\x41\x01\xfc\x0e\x00\x00\x0b" BODIES)},
    {"a table that is initialised later",
     TEXT(BEFORE ELEMENTS "\x0a\x1b\x03\x13\x00" CALL
                          "\x41\x00\x41\x00\x41\x01\xfc\x0c\x00\x00\x0b" BODIES)},
    {"a passive segment", TEXT(BEFORE "\x09\x0a\x02\x00\x41\x01\x0b\x01\x01\x01\x00\x00" CODE)},
    {"a segment beyond the table", TEXT(BEFORE "\x09\x08\x01\x00\x41\x03\x0b\x02\x01\x02" CODE)},
    {"a segment before the table", TEXT(BEFORE "\x09\x07\x01\x00\x41\x7f\x0b\x01\x01" CODE)},
    {"a segment of a function that is not there",
     TEXT(BEFORE "\x09\x07\x01\x00\x41\x01\x0b\x01\x03" CODE)},
    {"a segment from a variable place", TEXT(BEFORE "\x09\x07\x01\x00\x23\x01\x0b\x01\x01" CODE)},
    {"a function of a type that is not there",
     TEXT(PREAMBLE TYPES "\x03\x04\x03\x00\x01\x02" TABLE MEMORY EXPORTS ELEMENTS CODE)},
    {"fewer bodies than functions",
     TEXT(BEFORE ELEMENTS "\x0a\x0e\x02\x09\x00" CALL "\x0b\x02\x00\x0b")},
    {"code that is malformed", TEXT(BEFORE ELEMENTS "\x0a\x0b\x03\x03\x00\xff\x0b" BODIES)},
    {"a table of other references",
     TEXT(PREAMBLE TYPES FUNCTIONS "\x04\x05\x01\x6f\x01\x04\x04" MEMORY EXPORTS CODE)},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer direct = {};
        struct vc_err err = {};
        enum vc_code code = vc_dispatch_encode(ROWS[i].wasm, &direct, &err);

        if (code != VC_OK)
            fail_msg("%s: %s \"%s\"", ROWS[i].name, vc_code_name(code), err.text);
        if (direct.size != ROWS[i].wanted.size ||
            (direct.size > 0 && memcmp(direct.data, ROWS[i].wanted.data, direct.size) != 0))
            fail_msg("%s: %zu other bytes, %zu wanted", ROWS[i].name, direct.size,
                     ROWS[i].wanted.size);
    }
}

static void put(struct vc_buffer *wasm, const char *bytes, size_t size)
{
    assert_int_equal(
        vc_buffer_append(wasm, (struct vc_bytes){(const uint8_t *)bytes, size}, nullptr), VC_OK);
}

#define PUT(wasm, literal) put(wasm, literal, sizeof(literal) - 1)

/* In two bytes. */
static void put_number(struct vc_buffer *wasm, uint32_t value)
{
    put(wasm, (const char[]){(char)(value | 0x80), (char)(value >> 7)}, 2);
}

/* "_start" calls indirectly, and stands in the first `count` slots of the table; one of two
 * functions of that type stands in the last. */
static void make_module(uint32_t count, uint32_t slots, struct vc_buffer *wasm)
{
    PUT(wasm, PREAMBLE "\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x04\x07\x01\x70\x01");
    put_number(wasm, slots);
    put_number(wasm, slots);
    PUT(wasm, MEMORY EXPORTS "\x09");
    put_number(wasm, count + 15);
    PUT(wasm, "\x02\x00\x41\x00\x0b");
    put_number(wasm, count);
    for (uint32_t i = 0; i < count; i++)
        PUT(wasm, "\x00");
    PUT(wasm, "\x00\x41");
    put_number(wasm, slots - 1);
    PUT(wasm, "\x0b\x81\x00\x00\x0a\x09\x01\x07\x00\x41\x00\x11\x00\x00\x0b");
}

static void test_limits(void **state)
{
    static const struct {
        const char *name;
        uint32_t count;
        uint32_t slots;
        bool rewritten;
    } rows[] = {
        {"as many targets as may be", VC_DISPATCH_TARGETS_MAX - 1, 1000, true},
        {"one more", VC_DISPATCH_TARGETS_MAX, 1000, false},
        {"as far apart as may be", 1, VC_DISPATCH_SPAN_MAX, true},
        {"one farther", 1, VC_DISPATCH_SPAN_MAX + 1, false},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer direct = {};
        struct vc_module module = {};
        struct vc_err err = {};

        make_module(rows[i].count, rows[i].slots, &wasm);
        if (vc_module_parse(vc_buffer_bytes(&wasm), &module, &err) != VC_OK)
            fail_msg("%s: %s", rows[i].name, err.text);
        vc_module_done(&module);
        assert_int_equal(vc_dispatch_encode(vc_buffer_bytes(&wasm), &direct, &err), VC_OK);
        if ((direct.size > 0) != rows[i].rewritten)
            fail_msg("%s: %zu bytes", rows[i].name, direct.size);
        if (rows[i].rewritten && vc_module_parse(vc_buffer_bytes(&direct), &module, &err) != VC_OK)
            fail_msg("%s: %s", rows[i].name, err.text);
        vc_module_done(&module);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests_name("dispatch", tests, nullptr, nullptr);
}
