/* SPDX-License-Identifier: MIT */

#include "engine/growth.h"

#include <string.h>

#include "engine/leb.h"
#include "engine/writer.h"

enum opcode {
    OPCODE_IF = 0x04,
    OPCODE_END = 0x0b,
    OPCODE_CALL = 0x10,
    OPCODE_LOCAL_GET = 0x20,
    OPCODE_LOCAL_TEE = 0x22,
    OPCODE_GLOBAL_GET = 0x23,
    OPCODE_GLOBAL_SET = 0x24,
    OPCODE_MEMORY_SIZE = 0x3f,
    OPCODE_MEMORY_GROW = 0x40,
    OPCODE_I64_CONST = 0x42,
    OPCODE_I64_GT_U = 0x56,
    OPCODE_I64_ADD = 0x7c,
    OPCODE_I64_EXTEND_I32_U = 0xad,
};

enum type { TYPE_FUNCTION = 0x60, TYPE_I32 = 0x7f, TYPE_I64 = 0x7e, TYPE_EMPTY = 0x40 };

static constexpr uint8_t VARIABLE = 1; /* of a global: it may be changed */

/* How many items a section has; none if it is not there. */
static uint32_t count_of(const struct vc_module *module, enum vc_module_section id)
{
    struct vc_reader reader = vc_reader_over(module->sections[id]);

    return reader.input.data == nullptr ? 0 : vc_leb_read(&reader);
}

static bool is_limited_by_policy(const struct vc_module *module, uint32_t pages_max)
{
    return module->memory.maximum > pages_max || module->memory.maximum == VC_MODULE_PAGES_MAX;
}

struct vc_growth vc_growth_plan(const struct vc_module *module, uint32_t pages_max)
{
    const struct vc_code_facts *facts = &module->facts;
    struct vc_growth growth = {
        .watched = true,
        .type_index = count_of(module, VC_SECTION_TYPE),
        .function_index = module->import_count + count_of(module, VC_SECTION_FUNCTION),
        .global_index = count_of(module, VC_SECTION_GLOBAL),
    };

    if (facts->grow_count == 0 || !is_limited_by_policy(module, pages_max) ||
        module->sections[VC_SECTION_TYPE].data == nullptr ||
        module->sections[VC_SECTION_FUNCTION].data == nullptr ||
        facts->types_end > growth.type_index || facts->functions_end > growth.function_index ||
        facts->globals_end > growth.global_index)
        return (struct vc_growth){};
    return growth;
}

bool vc_growth_changes(const struct vc_growth *growth, enum vc_module_section id)
{
    return growth->watched && (id == VC_SECTION_TYPE || id == VC_SECTION_FUNCTION ||
                               id == VC_SECTION_GLOBAL || id == VC_SECTION_CODE);
}

static void put_type(struct vc_writer *writer)
{
    static const uint8_t type[] = {TYPE_FUNCTION, 1, TYPE_I32, 1, TYPE_I32};

    vc_writer_put(writer, VC_BYTES(type));
}

static void put_global(struct vc_writer *writer)
{
    static const uint8_t global[] = {TYPE_I64, VARIABLE, OPCODE_I64_CONST, 0, OPCODE_END};

    vc_writer_put(writer, VC_BYTES(global));
}

/* Sums of pages are not of 32 bits: a program may ask for 2^32 - 1 more. */
static void put_pages_wanted(struct vc_writer *writer)
{
    vc_writer_put_with(writer, OPCODE_MEMORY_SIZE, 0);
    vc_writer_put_byte(writer, OPCODE_I64_EXTEND_I32_U);
    vc_writer_put_with(writer, OPCODE_LOCAL_GET, 0);
    vc_writer_put_byte(writer, OPCODE_I64_EXTEND_I32_U);
    vc_writer_put_byte(writer, OPCODE_I64_ADD);
}

/* From the pages to add to the pages there were, or -1, as memory.grow. */
static void put_function(struct vc_writer *writer, const struct vc_growth *growth)
{
    static const uint8_t variables[] = {1, 1, TYPE_I64};

    vc_writer_put(writer, VC_BYTES(variables));
    put_pages_wanted(writer);
    vc_writer_put_with(writer, OPCODE_LOCAL_TEE, 1);
    vc_writer_put_with(writer, OPCODE_GLOBAL_GET, growth->global_index);
    vc_writer_put_byte(writer, OPCODE_I64_GT_U);
    vc_writer_put_with(writer, OPCODE_IF, TYPE_EMPTY);
    vc_writer_put_with(writer, OPCODE_LOCAL_GET, 1);
    vc_writer_put_with(writer, OPCODE_GLOBAL_SET, growth->global_index);
    vc_writer_put_byte(writer, OPCODE_END);
    vc_writer_put_with(writer, OPCODE_LOCAL_GET, 0);
    vc_writer_put_with(writer, OPCODE_MEMORY_GROW, 0);
    vc_writer_put_byte(writer, OPCODE_END);
}

struct rewriting {
    struct vc_writer *writer;
    uint32_t callee;
    const uint8_t *rest; /* what of the body is not written yet */
};

static void put_up_to(struct rewriting *rewriting, const uint8_t *end)
{
    vc_writer_put(rewriting->writer,
                  (struct vc_bytes){rewriting->rest, (size_t)(end - rewriting->rest)});
}

static void put_instruction(void *user, struct vc_bytes instruction)
{
    struct rewriting *rewriting = user;

    if (instruction.data[0] != OPCODE_MEMORY_GROW)
        return;
    put_up_to(rewriting, instruction.data);
    vc_writer_put_with(rewriting->writer, OPCODE_CALL, rewriting->callee);
    rewriting->rest = instruction.data + instruction.size;
}

/* Most functions cannot hold the two bytes, and are not walked. */
static void put_body(struct vc_writer *writer, const struct vc_growth *growth, struct vc_bytes body)
{
    static const uint8_t grow[] = {OPCODE_MEMORY_GROW, 0};
    struct rewriting rewriting = {
        .writer = writer, .callee = growth->function_index, .rest = body.data};
    const struct vc_code_visitor visitor = {.on_instruction = put_instruction, .user = &rewriting};

    if (memmem(body.data, body.size, grow, sizeof(grow)) != nullptr)
        (void)vc_code_visit_body(body, &visitor); /* it went well before */
    put_up_to(&rewriting, body.data + body.size);
}

static void put_code(struct vc_writer *writer, const struct vc_growth *growth,
                     struct vc_reader *reader, uint32_t count)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    for (uint32_t i = 0; i <= count; i++) {
        struct vc_writer body = {.text = &text, .err = writer->err, .code = writer->code};

        text.size = 0;
        if (i < count)
            put_body(&body, growth, vc_read_run(reader, vc_leb_read(reader)));
        else
            put_function(&body, growth);
        writer->code = body.code;
        vc_writer_put_run(writer, vc_buffer_bytes(&text));
    }
}

/* The section with one more item. */
static void put_items(struct vc_writer *writer, const struct vc_growth *growth,
                      const struct vc_module *module, enum vc_module_section id)
{
    struct vc_reader reader = vc_reader_over(module->sections[id]);
    uint32_t count = reader.input.data == nullptr ? 0 : vc_leb_read(&reader);

    vc_writer_put_number(writer, count + 1);
    if (id == VC_SECTION_CODE) {
        put_code(writer, growth, &reader, count);
        return;
    }
    if (reader.input.data != nullptr)
        vc_writer_put(writer, vc_read_run(&reader, vc_reader_left(&reader)));
    if (id == VC_SECTION_TYPE)
        put_type(writer);
    else if (id == VC_SECTION_FUNCTION)
        vc_writer_put_number(writer, growth->type_index);
    else
        put_global(writer);
}

enum vc_code vc_growth_encode(const struct vc_growth *growth, const struct vc_module *module,
                              enum vc_module_section id, struct vc_buffer *wasm, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_writer items = {.text = &text, .err = err};

    put_items(&items, growth, module, id);
    struct vc_writer writer = {.text = wasm, .err = err, .code = items.code};

    vc_writer_put_section(&writer, (uint8_t)id, vc_buffer_bytes(&text));
    return writer.code;
}
