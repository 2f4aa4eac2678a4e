/* SPDX-License-Identifier: MIT */

#include "engine/growth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/leb.h"
#include "engine/writer.h"

static constexpr uint32_t PAGES_MAX = 1024;

/* A program of one function that asks for a page. */
#define PREAMBLE  "\0asm\1\0\0\0"
#define TYPES     "\x01\x04\x01\x60\x00\x00"
#define FUNCTIONS "\x03\x02\x01\x00"
#define MEMORY    "\x05\x03\x01\x00\x02"
#define GLOBAL    "\x06\x06\x01\x7f\x01\x41\x07\x0b"
#define EXPORTS   "\x07\x13\x02\x06memory\x02\x00\x06_start\x00\x00"
#define GROW      "\x41\x01\x40\x00\x1a"
#define CODE      "\x0a\x09\x01\x07\x00" GROW "\x0b"

/* The same as the engine gets it. */
#define TYPES_MORE     "\x01\x09\x02\x60\x00\x00\x60\x01\x7f\x01\x7f"
#define FUNCTIONS_MORE "\x03\x03\x02\x00\x01"
#define MEMORY_BOUND   "\x05\x05\x01\x01\x02\x80\x08"
#define WANTED         "\x7e\x01\x42\x00\x0b"
#define EXPORTS_MORE(global) \
    "\x07\x2b\x03\x06memory\x02\x00\x06_start\x00\x00\x15veracruz.pages_wanted\x03" global
#define ADDED(global)                                                 \
    "\x1b\x01\x01\x7e\x3f\x00\xad\x20\x00\xad\x7c\x22\x01\x23" global \
    "\x56\x04\x40\x20\x01\x24" global "\x0b\x20\x00\x40\x00\x0b"
#define CODE_MORE(global) "\x0a\x25\x02\x07\x00\x41\x01\x10\x01\x1a\x0b" ADDED(global)

#define BYTES(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

static const struct {
    const char *name;
    struct vc_bytes wasm;
    struct vc_bytes wanted;
} REWRITINGS[] = {
    {"without variables", BYTES(PREAMBLE TYPES FUNCTIONS MEMORY EXPORTS CODE),
     BYTES(PREAMBLE TYPES_MORE FUNCTIONS_MORE MEMORY_BOUND
           "\x06\x06\x01" WANTED EXPORTS_MORE("\x00") CODE_MORE("\x00"))},
    {"with a variable", BYTES(PREAMBLE TYPES FUNCTIONS MEMORY GLOBAL EXPORTS CODE),
     BYTES(PREAMBLE TYPES_MORE FUNCTIONS_MORE MEMORY_BOUND
           "\x06\x0b\x02\x7f\x01\x41\x07\x0b" WANTED EXPORTS_MORE("\x01") CODE_MORE("\x01"))},
    {"numbers that look like it stay",
     BYTES(PREAMBLE TYPES FUNCTIONS MEMORY EXPORTS
           "\x0a\x12\x01\x10\x00\x43\x40\x00\x40\x00\x1a\x02\x40\x00\x0b\x40\x00\x40\x00\x0b"),
     BYTES(PREAMBLE TYPES_MORE FUNCTIONS_MORE MEMORY_BOUND "\x06\x06\x01" WANTED EXPORTS_MORE(
         "\x00") "\x0a\x2e\x02\x10\x00\x43\x40\x00\x40\x00\x1a\x02\x40\x00\x0b\x10\x01\x10\x01"
                 "\x0b" ADDED("\x00"))},
};

static void test_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(REWRITINGS); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
        vc_cleanup(vc_module_done) struct vc_module module = {};
        vc_cleanup(vc_module_done) struct vc_module again = {};
        struct vc_err err = {};

        assert_int_equal(vc_module_parse(REWRITINGS[i].wasm, &module, nullptr), VC_OK);
        assert_int_equal(vc_module_encode(&module, PAGES_MAX, &out, nullptr), VC_OK);
        if (out.size != REWRITINGS[i].wanted.size ||
            memcmp(out.data, REWRITINGS[i].wanted.data, out.size) != 0)
            fail_msg("%s: written otherwise", REWRITINGS[i].name);
        assert_int_equal(vc_module_parse_encoded(vc_buffer_bytes(&out), &again, nullptr), VC_OK);
        assert_int_equal(vc_module_parse(vc_buffer_bytes(&out), &again, &err), VC_REFUSED);
        assert_string_equal(err.text,
                            "module: the name \"veracruz.pages_wanted\" is not for programs");
    }
}

struct row {
    const char *name;
    struct vc_bytes wasm;
    uint32_t pages_max;
    bool watched;
};

#define PROGRAM(functions, memory, exports, more, code) \
    BYTES(PREAMBLE TYPES functions memory exports more code)
#define CALLING(instructions) \
    PROGRAM(FUNCTIONS, MEMORY, EXPORTS, "", "\x0a\x0c\x01\x0a\x00" GROW instructions "\x0b")
#define BOUND(maximum) PROGRAM(FUNCTIONS, "\x05" maximum, EXPORTS, "", CODE)

/* The last are not valid: they would be if what they name were added. */
static const struct row ROWS[] = {
    {"it grows", PROGRAM(FUNCTIONS, MEMORY, EXPORTS, "", CODE), 1024, true},
    {"it grows, all that can be", PROGRAM(FUNCTIONS, MEMORY, EXPORTS, "", CODE), 65536, true},
    {"it never grows", PROGRAM(FUNCTIONS, MEMORY, EXPORTS, "", "\x0a\x04\x01\x02\x00\x0b"), 1024,
     false},
    {"no memory", PROGRAM(FUNCTIONS, "", EXPORTS, "", CODE), 1024, false},
    {"own maximum below", BOUND("\x04\x01\x01\x02\x09"), 10, false},
    {"own maximum the same", BOUND("\x04\x01\x01\x02\x0a"), 10, false},
    {"own maximum above", BOUND("\x04\x01\x01\x02\x0b"), 10, true},
    {"own maximum all that can be", BOUND("\x06\x01\x01\x02\x80\x80\x04"), 65536, true},
    {"own function called", CALLING("\x01\x10\x00"), 1024, true},
    {"function behind the last called", CALLING("\x01\x10\x01"), 1024, false},
    {"function behind the last referred to", CALLING("\xd2\x01\x1a"), 1024, false},
    {"variable behind the last read", CALLING("\x23\x00\x1a"), 1024, false},
    {"variable behind the last written", CALLING("\x01\x24\x00"), 1024, false},
    {"type behind the last called", CALLING("\x11\x01\x00"), 1024, false},
    {"own type of a block", CALLING("\x02\x00\x0b"), 1024, true},
    {"type behind the last of a block", CALLING("\x02\x01\x0b"), 1024, false},
    {"type behind the last of a block, padded",
     BYTES(PREAMBLE TYPES FUNCTIONS MEMORY EXPORTS "\x0a\x0d\x01\x0b\x00" GROW
                                                   "\x02\x81\x00\x0b\x0b"),
     1024, false},
    {"type behind the last of a function", PROGRAM("\x03\x02\x01\x01", MEMORY, EXPORTS, "", CODE),
     1024, false},
    {"type behind the last of an import",
     PROGRAM("\x02\x07\x01\x01"
             "a\x01"
             "b\x00\x01" FUNCTIONS,
             MEMORY, EXPORTS, "", CODE),
     1024, false},
    {"function behind the last exported",
     PROGRAM(FUNCTIONS, MEMORY, "\x07\x0a\x01\x06_start\x00\x01", "", CODE), 1024, false},
    {"variable behind the last exported",
     PROGRAM(FUNCTIONS, MEMORY, "\x07\x0e\x02\x06_start\x00\x00\x01g\x03\x00", "", CODE), 1024,
     false},
    {"function behind the last to start", PROGRAM(FUNCTIONS, MEMORY, EXPORTS, "\x08\x01\x01", CODE),
     1024, false},
    {"function behind the last in a segment",
     PROGRAM(FUNCTIONS, MEMORY, EXPORTS, "\x09\x07\x01\x00\x41\x00\x0b\x01\x01", CODE), 1024,
     false},
    {"variable behind the last as an offset",
     PROGRAM(FUNCTIONS, MEMORY, EXPORTS, "\x09\x07\x01\x00\x23\x00\x0b\x01\x00", CODE), 1024,
     false},
    {"no functions, and code", BYTES(PREAMBLE TYPES MEMORY EXPORTS CODE), 1024, false},
    {"no types, and code", BYTES(PREAMBLE MEMORY EXPORTS CODE), 1024, false},
};

static void test_who_is_watched(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        vc_cleanup(vc_module_done) struct vc_module module = {};
        struct vc_err err = {};

        if (vc_module_parse(ROWS[i].wasm, &module, &err) != VC_OK)
            fail_msg("%s: %s", ROWS[i].name, err.text);
        if (vc_growth_plan(&module, ROWS[i].pages_max).watched != ROWS[i].watched)
            fail_msg("%s: %s", ROWS[i].name, ROWS[i].watched ? "not watched" : "watched");
    }
}

/* `count` functions, each of which grows the memory. */
static void put_program(struct vc_buffer *wasm, uint32_t count)
{
    static const char before[] = PREAMBLE TYPES;
    static const char between[] = MEMORY EXPORTS;
    static const char body[] = "\x07\x00" GROW "\x0b";
    vc_cleanup(vc_buffer_done) struct vc_buffer functions = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer bodies = {};
    struct vc_writer items = {.text = &functions};
    struct vc_writer code = {.text = &bodies};
    struct vc_writer all = {.text = wasm};

    vc_writer_put_number(&items, count);
    vc_writer_put_number(&code, count);
    for (uint32_t i = 0; i < count; i++) {
        vc_writer_put_number(&items, 0);
        vc_writer_put(&code, (struct vc_bytes)BYTES(body));
    }
    vc_writer_put(&all, (struct vc_bytes)BYTES(before));
    vc_writer_put_section(&all, VC_SECTION_FUNCTION, vc_buffer_bytes(&functions));
    vc_writer_put(&all, (struct vc_bytes)BYTES(between));
    vc_writer_put_section(&all, VC_SECTION_CODE, vc_buffer_bytes(&bodies));
    assert_int_equal(all.code | items.code | code.code, VC_OK);
}

static void count_call(void *user, struct vc_bytes instruction)
{
    size_t *calls = user;

    if (instruction.data[0] == 0x10)
        *calls += instruction.size;
}

/* Where a call is longer than what it stands for, bodies and the section are, too. */
static void test_longer_calls(void **state)
{
    static const struct {
        uint32_t functions;
        size_t call_size;
    } rows[] = {{127, 2}, {128, 3}, {16383, 3}, {16384, 4}, {99999, 4}};

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
        vc_cleanup(vc_module_done) struct vc_module module = {};
        vc_cleanup(vc_module_done) struct vc_module again = {};
        size_t calls = 0;
        const struct vc_code_visitor visitor = {.on_instruction = count_call, .user = &calls};

        put_program(&wasm, rows[i].functions);
        assert_int_equal(vc_module_parse(vc_buffer_bytes(&wasm), &module, nullptr), VC_OK);
        assert_int_equal(vc_module_encode(&module, PAGES_MAX, &out, nullptr), VC_OK);
        assert_int_equal(vc_module_parse_encoded(vc_buffer_bytes(&out), &again, nullptr), VC_OK);
        struct vc_reader reader = vc_reader_over(again.sections[VC_SECTION_CODE]);

        assert_int_equal(vc_leb_read(&reader), rows[i].functions + 1);
        for (uint32_t k = 0; k <= rows[i].functions; k++) {
            struct vc_bytes body = vc_read_run(&reader, vc_leb_read(&reader));

            assert_true(vc_code_visit_body(body, &visitor));
        }
        assert_true(vc_reader_done(&reader));
        assert_int_equal(calls, rows[i].functions * rows[i].call_size);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_who_is_watched),
        cmocka_unit_test(test_longer_calls),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
