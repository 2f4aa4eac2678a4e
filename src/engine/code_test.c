/* SPDX-License-Identifier: MIT */

/* Function bodies as they stand in a code section: local variables, instructions, end. */

#include "engine/code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "engine/declaration.h"

#define FEATURE(name) .features = 1U << VC_CODE_##name
#define BODY(literal) .body = {(const uint8_t *)(literal), sizeof(literal) - 1}

static const struct vc_code_place PLACE = {.offset = 100, .what = "function", .index = 12};

struct row {
    const char *name;
    struct vc_bytes body;
    enum vc_code code;
    const char *text; /* part of the error */
    uint32_t features;
};

static const struct row ROWS[] = {
    /* what each form of instruction looks like */
    {"nothing", BODY("\x00\x0b"), VC_OK, ""},
    {"locals", BODY("\x02\x03\x7f\x01\x7c\x0b"), VC_OK, ""},
    {"plain", BODY("\x00\x01\x00\x0f\x1a\x1b\x45\xbf\x0b"), VC_OK, ""},
    {"blocks", BODY("\x00\x02\x40\x03\x7f\x04\x40\x05\x0b\x0b\x0b\x0b"), VC_OK, ""},
    {"branches", BODY("\x00\x0c\x00\x0d\x80\x00\x0e\x02\x00\x01\x02\x0b"), VC_OK, ""},
    {"calls", BODY("\x00\x10\x05\x11\x05\x00\x0b"), VC_OK, ""},
    {"variables", BODY("\x00\x20\x00\x21\x01\x22\x02\x23\x03\x24\x04\x0b"), VC_OK, ""},
    {"memory", BODY("\x00\x28\x02\x00\x3e\x00\xff\xff\xff\xff\x0f\x3f\x00\x40\x00\x0b"), VC_OK, ""},
    {"constants",
     BODY("\x00\x41\x80\x80\x80\x80\x78\x42\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00"
          "\x43\x0b\x0b\x0b\x0b\x44\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
     VC_OK, ""},
    {"number within an instruction is no end", BODY("\x00\x41\x0b"), VC_MALFORMED, "byte 103"},
    {"sign extension", BODY("\x00\xc0\xc1\xc2\xc3\xc4\x0b"), VC_OK, "", FEATURE(SIGN_EXTENSION)},
    {"saturating conversion", BODY("\x00\xfc\x00\xfc\x07\xfc\x87\x00\x0b"), VC_OK, "",
     FEATURE(SATURATING_CONVERSION)},
    {"multi-value", BODY("\x00\x02\x05\x0b\x0b"), VC_OK, "", FEATURE(MULTI_VALUE)},
    {"multi-value, large index", BODY("\x00\x02\xff\xff\xff\xff\x0f\x0b\x0b"), VC_OK, "",
     FEATURE(MULTI_VALUE)},
    {"memory.init", BODY("\x00\xfc\x08\x80\x01\x00\x0b"), VC_OK, "", FEATURE(BULK_MEMORY)},
    {"data.drop", BODY("\x00\xfc\x09\x01\x0b"), VC_OK, "", FEATURE(BULK_MEMORY)},
    {"memory.copy, memory.fill", BODY("\x00\xfc\x0a\x00\x00\xfc\x0b\x00\x0b"), VC_OK, "",
     FEATURE(BULK_MEMORY)},
    {"table.init, elem.drop, table.copy",
     BODY("\x00\xfc\x0c\x01\x00\xfc\x0d\x01\xfc\x0e\x00\x01\x0b"), VC_OK, "", FEATURE(BULK_MEMORY)},
    {"table.grow, size, fill", BODY("\x00\xfc\x0f\x00\xfc\x10\x00\xfc\x11\x00\x0b"), VC_OK, "",
     FEATURE(REFERENCE_TYPES)},
    {"references", BODY("\x00\xd0\x70\xd0\x6f\xd1\xd2\x00\x25\x00\x26\x00\x1c\x01\x70\x0b"), VC_OK,
     "", FEATURE(REFERENCE_TYPES)},
    {"second table", BODY("\x00\x11\x05\x01\x0b"), VC_OK, "", FEATURE(REFERENCE_TYPES)},
    {"reference in a variable", BODY("\x01\x01\x6f\x0b"), VC_OK, "", FEATURE(REFERENCE_TYPES)},
    {"SIMD: memory",
     BODY("\x00\xfd\x00\x04\x00\xfd\x0b\x04\x00\xfd\x5c\x02\x00\xfd\x5d\x03\x00\x0b"), VC_OK, "",
     FEATURE(SIMD)},
    {"SIMD: constant and shuffle",
     BODY("\x00\xfd\x0c"
          "0123456789abcdef\xfd\x0d"
          "0123456789abcdef\x0b"),
     VC_OK, "", FEATURE(SIMD)},
    {"SIMD: lanes",
     BODY("\x00\xfd\x15\x0b\xfd\x22\x01\xfd\x54\x00\x00\x0b\xfd\x5b\x03\x10\x01\x0b"), VC_OK, "",
     FEATURE(SIMD)},
    {"SIMD: plain", BODY("\x00\xfd\x0e\xfd\x53\xfd\xff\x01\x0b"), VC_OK, "", FEATURE(SIMD)},
    {"SIMD in a block's type", BODY("\x00\x02\x7b\x0b\x0b"), VC_OK, "", FEATURE(SIMD)},

    /* what other proposals bring */
    {"try", BODY("\x00\x06\x40\x0b\x0b"), VC_REFUSED,
     "module: function 12 at byte 101: exception handling: not provided"},
    {"throw_ref", BODY("\x00\x01\x0a\x0b"), VC_REFUSED, "byte 102: exception handling"},
    {"delegate", BODY("\x00\x18\x00\x0b"), VC_REFUSED, "exception handling"},
    {"try_table", BODY("\x00\x1f\x40\x00\x0b\x0b"), VC_REFUSED, "exception handling"},
    {"return_call", BODY("\x00\x12\x00\x0b"), VC_REFUSED, "tail calls"},
    {"return_call_indirect", BODY("\x00\x13\x00\x00\x0b"), VC_REFUSED, "tail calls"},
    {"call_ref", BODY("\x00\x14\x00\x0b"), VC_REFUSED, "typed function references"},
    {"br_on_null", BODY("\x00\xd5\x00\x0b"), VC_REFUSED, "typed function references"},
    {"typed null", BODY("\x00\xd0\x05\x0b"), VC_REFUSED, "typed function references"},
    {"typed local", BODY("\x01\x01\x64\x70\x0b"), VC_REFUSED, "typed function references"},
    {"struct.new", BODY("\x00\xfb\x00\x00\x0b"), VC_REFUSED, "garbage collection"},
    {"ref.eq", BODY("\x00\xd3\x0b"), VC_REFUSED, "garbage collection"},
    {"anyref", BODY("\x01\x01\x6e\x0b"), VC_REFUSED, "garbage collection"},
    {"suspend", BODY("\x00\xe2\x00\x0b"), VC_REFUSED, "stack switching"},
    {"atomic", BODY("\x00\xfe\x00\x02\x00\x0b"), VC_REFUSED, "atomic instructions"},
    {"relaxed SIMD", BODY("\x00\xfd\x80\x02\x0b"), VC_REFUSED, "relaxed SIMD"},
    {"wide arithmetic", BODY("\x00\xfc\x13\x0b"), VC_REFUSED, "wide arithmetic"},
    {"load from a second memory", BODY("\x00\x28\x42\x01\x00\x0b"), VC_REFUSED,
     "multiple memories"},
    {"size of a second memory", BODY("\x00\x3f\x01\x0b"), VC_REFUSED, "multiple memories"},
    {"copy between memories", BODY("\x00\xfc\x0a\x00\x01\x0b"), VC_REFUSED, "multiple memories"},
    {"nobody's", BODY("\x00\x27\x0b"), VC_REFUSED, "unknown instruction"},
    {"nobody's after 0xFC", BODY("\x00\xfc\x12\x0b"), VC_REFUSED, "unknown instruction"},
    {"nobody's after 0xFD", BODY("\x00\xfd\x9a\x01\x0b"), VC_REFUSED, "unknown instruction"},

    /* what is out of form */
    {"no end", BODY("\x00\x01"), VC_MALFORMED, "byte 102: malformed"},
    {"block without an end", BODY("\x00\x02\x40\x0b"), VC_MALFORMED, "byte 104"},
    {"bytes after the end", BODY("\x00\x0b\x0b"), VC_MALFORMED, "malformed"},
    {"a type of nobody's", BODY("\x01\x01\x50\x0b"), VC_MALFORMED, "malformed"},
    {"33 bits", BODY("\x00\x20\xff\xff\xff\xff\x1f\x0b"), VC_MALFORMED, "malformed"},
    {"6 bytes for 32 bits", BODY("\x00\x20\x80\x80\x80\x80\x80\x00\x0b"), VC_MALFORMED, ""},
    {"constant of 33 bits", BODY("\x00\x41\xff\xff\xff\xff\x0f\x0b"), VC_MALFORMED, ""},
    {"constant of 65 bits", BODY("\x00\x42\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x0b"),
     VC_MALFORMED, ""},
    {"negative type of a block", BODY("\x00\x02\xc0\x7f\x0b\x0b"), VC_MALFORMED, ""},

    /* limits */
    {"locals that overflow", BODY("\x02\xff\xff\xff\xff\x0f\x7f\xff\xff\xff\xff\x0f\x7f\x0b"),
     VC_LIMIT, "more than 50000 local variables"},
    {"65521 targets", BODY("\x00\x0e\xf1\xff\x03\x0b"), VC_LIMIT, "more than 65520 targets"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        struct vc_code_facts facts = {};
        struct vc_err err = {};
        enum vc_code code = vc_code_walk_body(ROWS[i].body, &PLACE, &facts, &err);

        if (code != ROWS[i].code || strstr(err.text, ROWS[i].text) == nullptr ||
            (code == VC_OK && facts.features != ROWS[i].features)) {
            fail_msg("%s: %s \"%s\", features %x", ROWS[i].name, vc_code_name(code), err.text,
                     facts.features);
        }
    }
}

/* Every row is cut at every byte; only the whole is a body, or longer where its own end came early.
 * The cut stands at the end of its own allocation, for the address sanitizer. */
static void test_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        for (size_t size = 0; size < ROWS[i].body.size; size++) {
            uint8_t *cut = malloc(size + 1);
            struct vc_code_facts facts = {};

            assert_non_null(cut);
            memcpy(cut + 1, ROWS[i].body.data, size);
            enum vc_code code =
                vc_code_walk_body((struct vc_bytes){cut + 1, size}, &PLACE, &facts, nullptr);

            free(cut);
            if (code == VC_OK && strcmp(ROWS[i].name, "bytes after the end") != 0)
                fail_msg("%s cut at %zu was accepted", ROWS[i].name, size);
        }
    }
}

/* All numbers of instructions: with enough zeros behind it each is accepted or refused, never
 * malformed in its first byte; and as many are accepted as the specification lists. */
static unsigned count_accepted(uint8_t prefix, unsigned numbers)
{
    unsigned accepted = 0;

    for (unsigned number = 0; number < numbers; number++) {
        uint8_t body[40] = {0, prefix, (uint8_t)(number | 0x80), (uint8_t)(number >> 7)};
        struct vc_code_facts facts = {};
        struct vc_err err = {};

        if (prefix == 0)
            body[1] = (uint8_t)number, body[2] = 0, body[3] = 0;
        /* what follows are `unreachable`s, and the end is missing: malformed if known */
        enum vc_code code = vc_code_walk_body(VC_BYTES(body), &PLACE, &facts, &err);

        accepted += code == VC_MALFORMED || strstr(err.text, "typed function") != nullptr;
    }
    return accepted;
}

static void test_every_number(void **state)
{
    (void)state;
    /* 172 of the first version, with end and else; 5 extend signs, 3 + 2 references, select t;
     * the two prefixes with a 0 behind them; those of typed references beside them: 5 */
    assert_int_equal(count_accepted(0, 256), 172 + 5 + 3 + 2 + 1 + 2 + 5);
    assert_int_equal(count_accepted(0xfc, 512), 18);
    assert_int_equal(count_accepted(0xfd, 512), 236);
}

/* `count` blocks within each other. */
static enum vc_code walk_blocks(uint32_t count, struct vc_code_facts *facts, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};

    assert_int_equal(vc_buffer_append(&body, VC_BYTES("\0"), nullptr), VC_OK);
    body.size = 1;
    for (uint32_t i = 0; i < count; i++) {
        static const uint8_t block[] = {0x02, 0x40};

        assert_int_equal(vc_buffer_append(&body, VC_BYTES(block), nullptr), VC_OK);
    }
    for (uint32_t i = 0; i <= count; i++) {
        static const uint8_t end[] = {0x0b};

        assert_int_equal(vc_buffer_append(&body, VC_BYTES(end), nullptr), VC_OK);
    }
    return vc_code_walk_body(vc_buffer_bytes(&body), &PLACE, facts, err);
}

static void test_depth(void **state)
{
    struct vc_code_facts facts = {};
    struct vc_err err = {};

    (void)state;
    assert_int_equal(walk_blocks(VC_CODE_DEPTH_MAX, &facts, &err), VC_OK);
    assert_int_equal(facts.depth_max, VC_CODE_DEPTH_MAX);
    assert_int_equal(walk_blocks(VC_CODE_DEPTH_MAX + 1, &facts, &err), VC_LIMIT);
    assert_non_null(strstr(err.text, "more than 16384 blocks within blocks"));
}

static void test_body_size(void **state)
{
    struct vc_code_facts facts = {};
    struct vc_err err = {};
    size_t size = VC_CODE_BODY_SIZE_MAX;
    uint8_t *body = malloc(size + 1);

    (void)state;
    assert_non_null(body);
    memset(body, 0x01, size + 1);
    body[0] = 0;
    body[size - 1] = 0x0b;
    assert_int_equal(vc_code_walk_body((struct vc_bytes){body, size}, &PLACE, &facts, &err), VC_OK);
    assert_int_equal(facts.body_size_max, size);
    assert_int_equal(facts.body_size_max_index, 12);
    body[size - 1] = 0x01;
    body[size] = 0x0b;
    assert_int_equal(vc_code_walk_body((struct vc_bytes){body, size + 1}, &PLACE, &facts, &err),
                     VC_LIMIT);
    assert_non_null(strstr(err.text, "more than 8388608 bytes"));
    free(body);
}

/* 167 functions of 50000 variables are fewer than 8 Mi of them, 168 are more. */
static void test_locals_of_all(void **state)
{
    static const uint8_t body[] = {1, 0xd0, 0x86, 0x03, 0x7f, 0x0b};
    struct vc_code_facts facts = {};
    struct vc_err err = {};

    (void)state;
    for (uint64_t i = 0; i < VC_CODE_LOCALS_TOTAL_MAX / VC_CODE_LOCALS_MAX; i++)
        assert_int_equal(vc_code_walk_body(VC_BYTES(body), &PLACE, &facts, &err), VC_OK);
    assert_int_equal(vc_code_walk_body(VC_BYTES(body), &PLACE, &facts, &err), VC_LIMIT);
    assert_non_null(strstr(err.text, "local variables in all"));
}

struct section_row {
    const char *name;
    vc_declaration_check *check;
    struct vc_bytes body;
    enum vc_code code;
    const char *text;
    uint32_t features;
};

static const struct section_row SECTIONS[] = {
    {"types", vc_declaration_check_types, BODY("\x02\x60\x00\x00\x60\x01\x7f\x01\x7e"), VC_OK, ""},
    {"two results", vc_declaration_check_types, BODY("\x01\x60\x00\x02\x7f\x7e"), VC_OK, "",
     FEATURE(MULTI_VALUE)},
    {"a structure", vc_declaration_check_types, BODY("\x01\x5f\x00"), VC_REFUSED,
     "module: type 0: garbage collection: not provided"},
    {"1001 parameters", vc_declaration_check_types, BODY("\x01\x60\xe9\x07"), VC_LIMIT,
     "parameters of a function: 1001, at most 1000"},
    {"parameters beyond the bytes", vc_declaration_check_types, BODY("\x01\x60\x05\x7f\x00"),
     VC_MALFORMED, "type 0 at byte 103"},
    {"functions", vc_declaration_check_functions, BODY("\x02\x00\x01"), VC_OK, ""},
    {"globals", vc_declaration_check_globals,
     BODY("\x03\x7f\x01\x41\x05\x0b\x7e\x00\x42\x00\x0b\x7f\x00\x23\x00\x0b"), VC_OK, ""},
    {"global of a vector", vc_declaration_check_globals,
     BODY("\x01\x7b\x00\xfd\x0c"
          "0123456789abcdef\x0b"),
     VC_OK, "", FEATURE(SIMD)},
    {"shared global", vc_declaration_check_globals, BODY("\x01\x7f\x02\x41\x00\x0b"), VC_MALFORMED,
     "global 0"},
    {"global of a sum", vc_declaration_check_globals, BODY("\x01\x7f\x00\x41\x05\x41\x05\x6a\x0b"),
     VC_REFUSED, "global 0 at byte 105: extended constant expressions: not provided"},
    {"global by a call", vc_declaration_check_globals, BODY("\x01\x7f\x00\x10\x05\x0b"),
     VC_MALFORMED, "global 0"},
    {"elements", vc_declaration_check_elements, BODY("\x01\x00\x41\x00\x0b\x03\x00\x01\x02"), VC_OK,
     ""},
    {"elements of every kind", vc_declaration_check_elements,
     BODY("\x07\x01\x00\x01\x00\x02\x00\x41\x00\x0b\x00\x01\x00\x03\x00\x01\x00"
          "\x04\x41\x00\x0b\x01\xd2\x00\x0b\x05\x70\x01\xd0\x70\x0b"
          "\x06\x00\x41\x00\x0b\x6f\x01\xd0\x6f\x0b\x07\x70\x00"),
     VC_OK, "", 1U << VC_CODE_BULK_MEMORY | 1U << VC_CODE_REFERENCE_TYPES},
    {"elements of no kind", vc_declaration_check_elements, BODY("\x01\x08\x00"), VC_MALFORMED,
     "element segment 0"},
    {"too many elements", vc_declaration_check_elements, BODY("\x01\x00\x41\x00\x0b\x81\x80\x40"),
     VC_LIMIT, "1048577, at most 1048576"},
    {"data", vc_declaration_check_data, BODY("\x01\x00\x41\x00\x0b\x02hi"), VC_OK, ""},
    {"data of every kind", vc_declaration_check_data,
     BODY("\x02\x01\x02hi\x02\x00\x41\x00\x0b\x00"), VC_OK, "", FEATURE(BULK_MEMORY)},
    {"data beyond the bytes", vc_declaration_check_data, BODY("\x01\x01\x03hi"), VC_MALFORMED,
     "data segment 0"},
    {"bytes after the data", vc_declaration_check_data, BODY("\x01\x01\x01hi"), VC_MALFORMED, ""},
};

static void test_sections(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(SECTIONS); i++) {
        const struct section_row *row = &SECTIONS[i];
        struct vc_declaration_section section = {.body = row->body, .offset = 100};
        struct vc_code_facts facts = {};
        struct vc_err err = {};
        enum vc_code code = row->check(&section, &facts, &err);

        if (code != row->code || strstr(err.text, row->text) == nullptr ||
            (code == VC_OK && facts.features != row->features)) {
            fail_msg("%s: %s \"%s\", features %x", row->name, vc_code_name(code), err.text,
                     facts.features);
        }
        for (section.body.size = 0; section.body.size < row->body.size && row->code == VC_OK;
             section.body.size++) {
            if (row->check(&section, &facts, nullptr) == VC_OK)
                fail_msg("%s cut at %zu was accepted", row->name, section.body.size);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),         cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_every_number), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_body_size),    cmocka_unit_test(test_locals_of_all),
        cmocka_unit_test(test_sections),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
