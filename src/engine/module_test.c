/* SPDX-License-Identifier: MIT */

#include "engine/module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The smallest program: one type, one function, one memory, its exports. */
#define PREAMBLE  "\0asm\1\0\0\0"
#define TYPES     "\x01\x04\x01\x60\x00\x00"
#define FUNCTIONS "\x03\x02\x01\x00"
#define MEMORY    "\x05\x03\x01\x00\x02"
#define EXPORTS   "\x07\x13\x02\x06memory\x02\x00\x06_start\x00\x00"
#define CODE      "\x0a\x04\x01\x02\x00\x0b"
#define START     "\x08\x01\x00"
#define CUSTOM    "\x00\x0a\x08wasmedge!"

#define START_EXPORT "\x07\x0a\x01\x06_start\x00\x00"
#define RESERVED_EXPORTS \
    "\x07\x26\x03\x06memory\x02\x00\x06_start\x00\x00\x10veracruz.initial\x00\x00"

#define TEXT(literal) .wasm = {(const uint8_t *)(literal), sizeof(literal) - 1}

struct row {
    const char *name;
    struct vc_bytes wasm;
    enum vc_code code;
    const char *text; /* part of the error */
};

static const struct row ROWS[] = {
    {"smallest", TEXT(PREAMBLE TYPES FUNCTIONS MEMORY EXPORTS CODE), VC_OK, ""},
    {"custom sections anywhere",
     TEXT(PREAMBLE CUSTOM TYPES CUSTOM FUNCTIONS MEMORY EXPORTS CODE CUSTOM), VC_OK, ""},
    {"padded numbers",
     TEXT(PREAMBLE
          "\x01\x88\x80\x80\x80\x00\x81\x80\x80\x80\x00\x60\x00\x00" FUNCTIONS MEMORY EXPORTS CODE),
     VC_OK, ""},
    {"nothing", TEXT(""), VC_MALFORMED, "not WebAssembly"},
    {"version 2", TEXT("\0asm\2\0\0\0"), VC_MALFORMED, "not WebAssembly"},
    {"component", TEXT("\0asm\x0d\0\1\0"), VC_MALFORMED, "not WebAssembly"},
    {"ELF", TEXT("\177ELF\1\0\0\0"), VC_MALFORMED, "not WebAssembly"},
    {"no memory", TEXT(PREAMBLE TYPES FUNCTIONS START_EXPORT CODE), VC_OK, ""},
    {"no memory that is exported", TEXT(PREAMBLE TYPES FUNCTIONS EXPORTS CODE), VC_OK, ""},
    {"two memories", TEXT(PREAMBLE TYPES FUNCTIONS "\x05\x05\x02\x00\x02\x00\x02" EXPORTS CODE),
     VC_LIMIT, "memories: 2, at most 1"},
    {"no memories", TEXT(PREAMBLE TYPES FUNCTIONS "\x05\x01\x00" EXPORTS CODE), VC_OK, ""},
    {"empty memory", TEXT(PREAMBLE TYPES FUNCTIONS "\x05\x03\x01\x00\x00" EXPORTS CODE), VC_OK, ""},
    {"shared memory", TEXT(PREAMBLE TYPES FUNCTIONS "\x05\x04\x01\x03\x01\x02" EXPORTS CODE),
     VC_REFUSED, "memory: threads: not provided"},
    {"64-bit memory", TEXT(PREAMBLE TYPES FUNCTIONS "\x05\x03\x01\x04\x02" EXPORTS CODE),
     VC_REFUSED, "memory: 64-bit addresses: not provided"},
    {"minimum above maximum",
     TEXT(PREAMBLE TYPES FUNCTIONS "\x05\x04\x01\x01\x02\x01" EXPORTS CODE), VC_MALFORMED,
     "memory section"},
    {"65537 pages", TEXT(PREAMBLE TYPES FUNCTIONS "\x05\x05\x01\x00\x81\x80\x04" EXPORTS CODE),
     VC_MALFORMED, "memory section"},
    {"exports nothing", TEXT(PREAMBLE TYPES FUNCTIONS MEMORY CODE), VC_REFUSED, "_start"},
    {"no _start", TEXT(PREAMBLE TYPES FUNCTIONS MEMORY "\x07\x0a\x01\x06memory\x02\x00" CODE),
     VC_REFUSED, "_start"},
    {"memory not exported", TEXT(PREAMBLE TYPES FUNCTIONS MEMORY START_EXPORT CODE), VC_OK, ""},
    {"a function named memory",
     TEXT(PREAMBLE TYPES FUNCTIONS MEMORY "\x07\x13\x02\x06memory\x00\x00\x06_start\x00\x00" CODE),
     VC_REFUSED, "\"memory\" is exported, and is no memory"},
    {"start function", TEXT(PREAMBLE TYPES FUNCTIONS MEMORY EXPORTS START CODE), VC_OK, ""},
    {"start section of two functions",
     TEXT(PREAMBLE TYPES FUNCTIONS MEMORY EXPORTS "\x08\x02\x00\x00" CODE), VC_MALFORMED,
     "start section"},
    {"the reserved name", TEXT(PREAMBLE TYPES FUNCTIONS MEMORY RESERVED_EXPORTS CODE), VC_REFUSED,
     "\"veracruz.initial\" is not for programs"},
    {"exception tags", TEXT(PREAMBLE TYPES FUNCTIONS MEMORY "\x0d\x01\x00" EXPORTS CODE),
     VC_REFUSED, "section 13 at byte 23: exception handling: not provided"},
    {"repeated section", TEXT(PREAMBLE TYPES TYPES FUNCTIONS MEMORY EXPORTS CODE), VC_MALFORMED,
     "section 1 at byte 14"},
    {"out of order", TEXT(PREAMBLE FUNCTIONS TYPES MEMORY EXPORTS CODE), VC_MALFORMED, "order"},
    {"empty section", TEXT(PREAMBLE "\x01\x00" FUNCTIONS MEMORY EXPORTS CODE), VC_MALFORMED,
     "empty"},
    {"imported memory",
     TEXT(PREAMBLE TYPES "\x02\x08\x01\x01"
                         "e\x01m\x02\x00\x01" FUNCTIONS MEMORY EXPORTS CODE),
     VC_REFUSED, "import e.m: only functions"},
    {"import with control characters",
     TEXT(PREAMBLE TYPES "\x02\x08\x01\x01"
                         "\n\x01\x1b\x02\x00\x01" FUNCTIONS MEMORY EXPORTS CODE),
     VC_REFUSED, "import ?.?: only functions"},
    {"import not UTF-8",
     TEXT(PREAMBLE TYPES "\x02\x07\x01\x01\xff\x01m\x00\x00" FUNCTIONS MEMORY EXPORTS CODE),
     VC_MALFORMED, "import section"},
    {"imports beyond the bytes",
     TEXT(PREAMBLE TYPES "\x02\x02\xff\x07" FUNCTIONS MEMORY EXPORTS CODE), VC_MALFORMED,
     "import section"},
    {"1025 imports", TEXT(PREAMBLE TYPES "\x02\x02\x81\x08" FUNCTIONS MEMORY EXPORTS CODE),
     VC_LIMIT, "imports: 1025, at most 1024"},
    {"5 tables", TEXT(PREAMBLE TYPES FUNCTIONS "\x04\x02\x05\x00" MEMORY EXPORTS CODE), VC_LIMIT,
     "tables: 5, at most 4"},
    {"large table",
     TEXT(PREAMBLE TYPES FUNCTIONS "\x04\x06\x01\x70\x00\x81\x80\x10" MEMORY EXPORTS CODE),
     VC_LIMIT, "262145 elements, at most 262144"},
    {"table of what", TEXT(PREAMBLE TYPES FUNCTIONS "\x04\x04\x01\x7f\x00\x01" MEMORY EXPORTS CODE),
     VC_MALFORMED, "table section"},
    {"50000 locals",
     TEXT(PREAMBLE TYPES FUNCTIONS MEMORY EXPORTS "\x0a\x08\x01\x06\x01\xd0\x86\x03\x7f\x0b"),
     VC_OK, ""},
    {"50001 locals",
     TEXT(PREAMBLE TYPES FUNCTIONS MEMORY EXPORTS "\x0a\x08\x01\x06\x01\xd1\x86\x03\x7f\x0b"),
     VC_LIMIT, "function 0 at byte 49: more than 50000 local variables"},
    {"locals that overflow",
     TEXT(PREAMBLE TYPES FUNCTIONS MEMORY EXPORTS
          "\x0a\x10\x01\x0e\x02\xff\xff\xff\xff\x0f\x7f\xff\xff\xff\xff\x0f\x7f\x0b"),
     VC_LIMIT, "more than 50000"},
    {"locals cut short", TEXT(PREAMBLE TYPES FUNCTIONS MEMORY EXPORTS "\x0a\x04\x01\x02\x05\x01"),
     VC_MALFORMED, "function 0 at byte 50: malformed"},
    {"many types", TEXT(PREAMBLE "\x01\x03\xa1\x8d\x06" FUNCTIONS MEMORY EXPORTS CODE), VC_LIMIT,
     "module: types: 100001"},
    {"33 bits", TEXT(PREAMBLE "\x01\x05\xff\xff\xff\xff\x1f" FUNCTIONS MEMORY EXPORTS CODE),
     VC_MALFORMED, "type 0 at byte 15"},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        struct vc_module module = {};
        struct vc_err err = {};
        enum vc_code code = vc_module_parse(ROWS[i].wasm, &module, &err);

        if (code != ROWS[i].code || strstr(err.text, ROWS[i].text) == nullptr)
            fail_msg("%s: %s \"%s\"", ROWS[i].name, vc_code_name(code), err.text);
        vc_module_done(&module);
    }
}

/* Cut anywhere, a module is refused; a cut between sections leaves out what a program needs. */
static void test_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (size_t size = 0; size < ROWS[i].wasm.size; size++) {
            struct vc_bytes cut = {ROWS[i].wasm.data, size};
            struct vc_module module = {};
            enum vc_code code = vc_module_parse(cut, &module, nullptr);

            /* all but the code, and the custom section after it */
            bool whole = size >= ROWS[i].wasm.size - (sizeof(CODE CUSTOM) - 1);

            if (code == VC_OK && !whole)
                fail_msg("%s cut at %zu was accepted", ROWS[i].name, size);
            vc_module_done(&module);
        }
    }
}

static void test_one_byte_too_many(void **state)
{
    static const char wasm[] = PREAMBLE TYPES FUNCTIONS MEMORY EXPORTS CODE;
    struct vc_module module = {};

    (void)state; /* the literal's NUL is the byte */
    assert_int_equal(vc_module_parse(VC_BYTES(wasm), &module, nullptr), VC_MALFORMED);
}

static void test_encode_bounds_and_strips(void **state)
{
    static const char wasm[] =
        PREAMBLE CUSTOM TYPES FUNCTIONS "\x04\x04\x01\x70\x00\x01" MEMORY EXPORTS CODE CUSTOM;
    static const char wanted[] =
        PREAMBLE TYPES FUNCTIONS "\x04\x07\x01\x70\x01\x01\x80\x80\x10"
                                 "\x05\x05\x01\x01\x02\x80\x08" EXPORTS CODE;
    vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
    struct vc_module module = {};
    struct vc_err err = {};

    (void)state;
    assert_int_equal(
        vc_module_parse((struct vc_bytes){(const uint8_t *)wasm, sizeof(wasm) - 1}, &module, &err),
        VC_OK);
    assert_true(module.has_native);
    assert_int_equal(vc_module_encode(&module, 1, &out, &err), VC_LIMIT);
    assert_non_null(strstr(err.text, "2 pages of memory at its start, at most 1"));
    assert_int_equal(out.size, 0);
    assert_int_equal(vc_module_encode(&module, 1024, &out, &err), VC_OK);
    assert_int_equal(out.size, sizeof(wanted) - 1);
    assert_memory_equal(out.data, wanted, out.size);
    vc_module_done(&module);
}

struct rewriting {
    const char *name;
    struct vc_bytes wasm;
    struct vc_bytes wanted;
};

#define WANTED(literal) .wanted = {(const uint8_t *)(literal), sizeof(literal) - 1}

static const struct rewriting REWRITINGS[] = {
    {"start section becomes an export", TEXT(PREAMBLE TYPES FUNCTIONS MEMORY EXPORTS START CODE),
     WANTED(PREAMBLE TYPES FUNCTIONS "\x05\x05\x01\x01\x02\x80\x08" RESERVED_EXPORTS CODE)},
    {"memory without an export", TEXT(PREAMBLE TYPES FUNCTIONS MEMORY START_EXPORT CODE),
     WANTED(PREAMBLE TYPES FUNCTIONS "\x05\x05\x01\x01\x02\x80\x08"
                                     "\x07\x13\x02\x06_start\x00\x00\x06memory\x02\x00" CODE)},
    {"no memory", TEXT(PREAMBLE TYPES FUNCTIONS START_EXPORT CODE),
     WANTED(PREAMBLE TYPES FUNCTIONS "\x05\x04\x01\x01\x01\x01"
                                     "\x07\x13\x02\x06_start\x00\x00\x06memory\x02\x00" CODE)},
    {"memory that begins empty", TEXT(PREAMBLE TYPES FUNCTIONS "\x05\x03\x01\x00\x00" EXPORTS CODE),
     WANTED(PREAMBLE TYPES FUNCTIONS "\x05\x05\x01\x01\x01\x80\x08" EXPORTS CODE)},
    {"memory that stays empty",
     TEXT(PREAMBLE TYPES FUNCTIONS "\x05\x04\x01\x01\x00\x00" EXPORTS CODE),
     WANTED(PREAMBLE TYPES FUNCTIONS "\x05\x04\x01\x01\x01\x01" EXPORTS CODE)},
};

/* What is written is what is wanted, is read as that, and is no program that comes from outside. */
static void check_rewriting(const struct rewriting *row)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
    vc_cleanup(vc_module_done) struct vc_module module = {};
    vc_cleanup(vc_module_done) struct vc_module again = {};

    assert_int_equal(vc_module_parse(row->wasm, &module, nullptr), VC_OK);
    assert_int_equal(vc_module_encode(&module, 1024, &out, nullptr), VC_OK);
    if (out.size != row->wanted.size || memcmp(out.data, row->wanted.data, out.size) != 0)
        fail_msg("%s: written otherwise", row->name);
    assert_int_equal(vc_module_parse_encoded(vc_buffer_bytes(&out), &again, nullptr), VC_OK);
    assert_int_equal(again.has_initial, module.has_initial);
    assert_int_equal(again.initial_index, module.initial_index);
    assert_int_equal(vc_module_parse(vc_buffer_bytes(&out), &again, nullptr),
                     module.has_initial ? VC_REFUSED : VC_OK);
}

static void test_encode_completes(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(REWRITINGS); i++)
        check_rewriting(&REWRITINGS[i]);
}

static void test_import_is_listed(void **state)
{
    static const char wasm[] = PREAMBLE TYPES "\x02\x08\x01\x02"
                                              "ab\x01"
                                              "c\x00\x00" FUNCTIONS MEMORY EXPORTS CODE;
    char text[VC_MODULE_IMPORT_TEXT_MAX];
    struct vc_module module = {};

    (void)state;
    assert_int_equal(vc_module_parse((struct vc_bytes){(const uint8_t *)wasm, sizeof(wasm) - 1},
                                     &module, nullptr),
                     VC_OK);
    assert_int_equal(module.import_count, 1);
    vc_module_import_format(&module.imports[0], text);
    assert_string_equal(text, "ab.c");
    vc_module_done(&module);
}

static void test_long_import_name_is_cut(void **state)
{
    static uint8_t name[500];
    char text[VC_MODULE_IMPORT_TEXT_MAX];
    struct vc_module_import import = {VC_BYTES(name), VC_BYTES(name)};

    (void)state;
    memset(name, 'n', sizeof(name));
    vc_module_import_format(&import, text);
    assert_int_equal(strlen(text), VC_MODULE_IMPORT_TEXT_MAX - 1);
    assert_int_equal(text[VC_MODULE_IMPORT_TEXT_MAX / 2 - 1], '.');
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_one_byte_too_many),
        cmocka_unit_test(test_encode_bounds_and_strips),
        cmocka_unit_test(test_encode_completes),
        cmocka_unit_test(test_import_is_listed),
        cmocka_unit_test(test_long_import_name_is_cut),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
