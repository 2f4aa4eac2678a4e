/* SPDX-License-Identifier: MIT */

#include "engine/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "engine/declaration.h"
#include "engine/leb.h"
#include "engine/module.h"
#include "engine/writer.h"

enum opcode {
    OPCODE_NOP = 0x01,
    OPCODE_BLOCK = 0x02,
    OPCODE_END = 0x0b,
    OPCODE_BRANCH_TABLE = 0x0e,
    OPCODE_RETURN = 0x0f,
    OPCODE_CALL = 0x10,
    OPCODE_CALL_INDIRECT = 0x11,
    OPCODE_LOCAL_GET = 0x20,
    OPCODE_TABLE_SET = 0x26,
    OPCODE_I32_CONST = 0x41,
    OPCODE_I32_SUB = 0x6b,
    OPCODE_MISC = 0xfc,
};

enum misc {
    MISC_TABLE_INIT = 12,
    MISC_TABLE_COPY = 14,
    MISC_TABLE_GROW = 15,
    MISC_TABLE_FILL = 17
};

enum type { TYPE_FUNCTION = 0x60, TYPE_I32 = 0x7f, TYPE_FUNCREF = 0x70, TYPE_EMPTY = 0x40 };

static constexpr uint32_t NOTHING = UINT32_MAX; /* in a slot of the table; for a type without a
                                                   function of ours */
static constexpr size_t PREAMBLE_SIZE = 8;      /* bytes before the first section */
static constexpr uint64_t LOOKS_MAX = 1 << 26;  /* at slots, for all types together */

struct function_type {
    struct vc_bytes all; /* as it stands in the section: two that are equal here are equal */
    struct vc_bytes parameters;
    struct vc_bytes results;
    bool called;         /* indirectly */
    uint32_t dispatcher; /* index of our function for it, or NOTHING */
    uint32_t low, high;  /* where in the table its functions stand */
    uint32_t target_count;
};

struct plan {
    struct vc_module module;
    struct function_type *types;
    uint32_t type_count;
    uint32_t *functions; /* type of each, imported ones first */
    uint32_t function_count;
    uint32_t *slots; /* function in each slot of the table, or NOTHING */
    uint32_t slot_count;
    uint32_t dispatcher_count;
    bool hopeless; /* the table may change, or something is not as it must be */
};

static void plan_done(struct plan *plan)
{
    vc_module_done(&plan->module);
    free(plan->types);
    free(plan->functions);
    free(plan->slots);
}

static struct vc_reader reader_of(const struct plan *plan, enum vc_module_section section)
{
    return vc_reader_over(plan->module.sections[section]);
}

/* A count of items that take a byte each at least. */
static uint32_t read_count(struct vc_reader *reader)
{
    uint32_t count = vc_leb_read(reader);

    if (count > VC_DECLARATION_ITEMS_MAX || count > vc_reader_left(reader))
        vc_reader_fail(reader);
    return reader->failed ? 0 : count;
}

static struct function_type read_type(struct vc_reader *reader)
{
    struct function_type type = {.dispatcher = NOTHING, .low = NOTHING};
    size_t start = reader->offset;

    if (vc_leb_byte(reader) != TYPE_FUNCTION)
        vc_reader_fail(reader);
    type.parameters = vc_read_run(reader, vc_leb_read(reader));
    type.results = vc_read_run(reader, vc_leb_read(reader));
    if (!reader->failed)
        type.all = (struct vc_bytes){reader->input.data + start, reader->offset - start};
    return type;
}

static enum vc_code read_types(struct plan *plan, struct vc_err *err)
{
    struct vc_reader reader = reader_of(plan, VC_SECTION_TYPE);

    plan->type_count = read_count(&reader);
    plan->types = calloc((size_t)plan->type_count + 1, sizeof(*plan->types));
    if (plan->types == nullptr)
        return vc_fail_memory(err);
    for (uint32_t i = 0; i < plan->type_count; i++)
        plan->types[i] = read_type(&reader);
    plan->hopeless = plan->hopeless || !vc_reader_done(&reader);
    return VC_OK;
}

/* The types of the imported functions; there is no other kind of imports. */
static void read_imports(struct plan *plan)
{
    struct vc_reader reader = reader_of(plan, VC_SECTION_IMPORT);

    if (reader.input.data != nullptr)
        (void)vc_leb_read(&reader);
    for (uint32_t i = 0; i < plan->module.import_count; i++) {
        (void)vc_read_run(&reader, vc_leb_read(&reader));
        (void)vc_read_run(&reader, vc_leb_read(&reader));
        (void)vc_leb_byte(&reader);
        plan->functions[i] = vc_leb_read(&reader);
    }
    plan->hopeless = plan->hopeless || reader.failed;
}

static enum vc_code read_functions(struct plan *plan, struct vc_err *err)
{
    struct vc_reader reader = reader_of(plan, VC_SECTION_FUNCTION);
    uint32_t imported = plan->module.import_count;
    uint32_t count = read_count(&reader);

    plan->function_count = imported + count;
    plan->functions = calloc((size_t)plan->function_count + 1, sizeof(*plan->functions));
    if (plan->functions == nullptr)
        return vc_fail_memory(err);
    read_imports(plan);
    for (uint32_t i = 0; i < count; i++)
        plan->functions[imported + i] = vc_leb_read(&reader);
    plan->hopeless = plan->hopeless || !vc_reader_done(&reader);
    for (uint32_t i = 0; i < plan->function_count; i++)
        plan->hopeless = plan->hopeless || plan->functions[i] >= plan->type_count;
    return VC_OK;
}

/* A constant that is not negative: one of these has the sign bit of its last byte set. */
static uint32_t read_offset(struct vc_reader *reader)
{
    if (vc_leb_byte(reader) != OPCODE_I32_CONST)
        vc_reader_fail(reader);
    uint32_t offset = vc_leb_read(reader);

    if (!reader->failed && (reader->input.data[reader->offset - 1] & 0x40) != 0)
        vc_reader_fail(reader);
    if (vc_leb_byte(reader) != OPCODE_END)
        vc_reader_fail(reader);
    return offset;
}

/* Only the plain kind is read: functions by index, from a constant place of the first table on. */
static void read_segment(struct plan *plan, struct vc_reader *reader)
{
    if (vc_leb_read(reader) != 0)
        vc_reader_fail(reader);
    uint32_t offset = read_offset(reader);
    uint32_t count = vc_leb_read(reader);

    if (offset > plan->slot_count || count > plan->slot_count - offset)
        vc_reader_fail(reader);
    for (uint32_t i = 0; i < count && !reader->failed; i++) {
        uint32_t function = vc_leb_read(reader);

        if (function >= plan->function_count)
            vc_reader_fail(reader);
        plan->slots[offset + i] = function;
    }
}

static enum vc_code read_table(struct plan *plan, struct vc_err *err)
{
    const struct vc_module_table *table = &plan->module.tables[0];
    struct vc_reader reader = reader_of(plan, VC_SECTION_ELEMENT);

    plan->slot_count = table->elements.minimum;
    plan->slots = malloc(((size_t)plan->slot_count + 1) * sizeof(*plan->slots));
    if (plan->slots == nullptr)
        return vc_fail_memory(err);
    for (uint32_t i = 0; i < plan->slot_count; i++)
        plan->slots[i] = NOTHING;
    uint32_t count = read_count(&reader);

    for (uint32_t i = 0; i < count && !reader.failed; i++)
        read_segment(plan, &reader);
    plan->hopeless =
        plan->hopeless || table->element_type != TYPE_FUNCREF || !vc_reader_done(&reader);
    return VC_OK;
}

static bool changes_table(struct vc_bytes instruction)
{
    struct vc_reader reader = vc_reader_over(instruction);

    if (vc_leb_byte(&reader) != OPCODE_MISC)
        return instruction.data[0] == OPCODE_TABLE_SET;
    uint32_t number = vc_leb_read(&reader);

    return number == MISC_TABLE_INIT || number == MISC_TABLE_COPY || number == MISC_TABLE_GROW ||
           number == MISC_TABLE_FILL;
}

/* The type that the instruction calls by way of the first table, or NOTHING. */
static uint32_t called_type(const struct plan *plan, struct vc_bytes instruction)
{
    struct vc_reader reader = vc_reader_over(instruction);

    if (vc_leb_byte(&reader) != OPCODE_CALL_INDIRECT)
        return NOTHING;
    uint32_t type = vc_leb_read(&reader);
    uint32_t table = vc_leb_read(&reader);

    return table == 0 && type < plan->type_count ? type : NOTHING;
}

static void note_instruction(void *user, struct vc_bytes instruction)
{
    struct plan *plan = user;
    uint32_t type = called_type(plan, instruction);

    if (type != NOTHING)
        plan->types[type].called = true;
    plan->hopeless = plan->hopeless || changes_table(instruction);
}

static void read_code(struct plan *plan)
{
    const struct vc_code_visitor visitor = {.on_instruction = note_instruction, .user = plan};
    struct vc_reader reader = reader_of(plan, VC_SECTION_CODE);
    uint32_t count = read_count(&reader);
    uint32_t imported = plan->module.import_count;

    for (uint32_t i = 0; i < count && !plan->hopeless && !reader.failed; i++) {
        struct vc_bytes body = vc_read_run(&reader, vc_leb_read(&reader));

        if (!vc_code_visit_body(body, &visitor))
            vc_reader_fail(&reader);
    }
    plan->hopeless =
        plan->hopeless || !vc_reader_done(&reader) || imported + count != plan->function_count;
}

static bool types_equal(const struct function_type *one, const struct function_type *other)
{
    return one->all.size == other->all.size &&
           memcmp(one->all.data, other->all.data, one->all.size) == 0;
}

static bool is_target(const struct plan *plan, const struct function_type *type, uint32_t slot)
{
    uint32_t function = plan->slots[slot];

    return function != NOTHING && types_equal(&plan->types[plan->functions[function]], type);
}

static void find_targets(const struct plan *plan, struct function_type *type)
{
    for (uint32_t slot = 0; slot < plan->slot_count; slot++) {
        if (!is_target(plan, type, slot))
            continue;
        if (type->target_count++ == 0)
            type->low = slot;
        type->high = slot;
    }
}

/* Looking for targets goes through the whole table: not for types without end. */
static void choose_types(struct plan *plan)
{
    uint32_t total = 0;
    uint64_t looks = 0;

    for (uint32_t i = 0; i < plan->type_count && !plan->hopeless; i++) {
        struct function_type *type = &plan->types[i];

        looks += type->called ? plan->slot_count : 0;
        if (!type->called || type->parameters.size > VC_DISPATCH_PARAMETERS_MAX ||
            looks > LOOKS_MAX)
            continue;
        find_targets(plan, type);
        if (type->target_count == 0 || type->target_count > VC_DISPATCH_TARGETS_MAX ||
            type->target_count > VC_DISPATCH_TARGETS_TOTAL_MAX - total ||
            type->high - type->low >= VC_DISPATCH_SPAN_MAX)
            continue;
        total += type->target_count;
        type->dispatcher = plan->function_count + plan->dispatcher_count++;
    }
}

static enum vc_code make_plan(struct vc_bytes wasm, struct plan *plan, struct vc_err *err)
{
    enum vc_code code = vc_module_parse_encoded(wasm, &plan->module, err);

    if (code != VC_OK)
        return code;
    if (plan->module.table_count == 0) {
        plan->hopeless = true;
        return VC_OK;
    }
    code = read_types(plan, err);
    if (code == VC_OK)
        code = read_functions(plan, err);
    if (code == VC_OK)
        code = read_table(plan, err);
    if (code == VC_OK)
        read_code(plan);
    if (code == VC_OK)
        choose_types(plan);
    return code;
}

/* What stands behind the number of items that a section begins with. */
static struct vc_bytes items_of(const struct plan *plan, enum vc_module_section section)
{
    struct vc_reader reader = reader_of(plan, section);

    (void)vc_leb_read(&reader);
    return vc_read_run(&reader, vc_reader_left(&reader));
}

/* The type of a dispatcher: the same with the index behind. */
static void put_types(struct vc_writer *writer, const struct plan *plan)
{
    vc_writer_put_number(writer, plan->type_count + plan->dispatcher_count);
    vc_writer_put(writer, items_of(plan, VC_SECTION_TYPE));
    for (uint32_t i = 0; i < plan->type_count; i++) {
        const struct function_type *type = &plan->types[i];

        if (type->dispatcher == NOTHING)
            continue;
        vc_writer_put_byte(writer, TYPE_FUNCTION);
        vc_writer_put_number(writer, (uint32_t)type->parameters.size + 1);
        vc_writer_put(writer, type->parameters);
        vc_writer_put_byte(writer, TYPE_I32);
        vc_writer_put_number(writer, (uint32_t)type->results.size);
        vc_writer_put(writer, type->results);
    }
}

static void put_functions(struct vc_writer *writer, const struct plan *plan)
{
    vc_writer_put_number(writer,
                         plan->function_count - plan->module.import_count + plan->dispatcher_count);
    vc_writer_put(writer, items_of(plan, VC_SECTION_FUNCTION));
    for (uint32_t i = 0; i < plan->dispatcher_count; i++)
        vc_writer_put_number(writer, plan->type_count + i);
}

static void put_parameters(struct vc_writer *writer, const struct function_type *type)
{
    for (uint32_t i = 0; i < type->parameters.size; i++)
        vc_writer_put_with(writer, OPCODE_LOCAL_GET, i);
}

/* From a slot to the block behind which its call stands: targets in their order, and behind them
 * the one for all that are none. */
static void put_branches(struct vc_writer *writer, const struct plan *plan,
                         const struct function_type *type)
{
    uint32_t target = 0;

    vc_writer_put_with(writer, OPCODE_LOCAL_GET, (uint32_t)type->parameters.size);
    vc_writer_put_constant(writer, OPCODE_I32_CONST, type->low);
    vc_writer_put_byte(writer, OPCODE_I32_SUB);
    vc_writer_put_with(writer, OPCODE_BRANCH_TABLE, type->high - type->low + 1);
    for (uint32_t slot = type->low; slot <= type->high; slot++)
        vc_writer_put_number(writer, is_target(plan, type, slot) ? target++ : type->target_count);
    vc_writer_put_number(writer, type->target_count);
    vc_writer_put_byte(writer, OPCODE_END);
}

static void put_dispatcher(struct vc_writer *writer, const struct plan *plan, uint32_t index)
{
    const struct function_type *type = &plan->types[index];

    vc_writer_put_number(writer, 0); /* no variables */
    for (uint32_t i = 0; i <= type->target_count; i++)
        vc_writer_put_with(writer, OPCODE_BLOCK, TYPE_EMPTY);
    put_branches(writer, plan, type);
    for (uint32_t slot = type->low; slot <= type->high; slot++) {
        if (!is_target(plan, type, slot))
            continue;
        put_parameters(writer, type);
        vc_writer_put_with(writer, OPCODE_CALL, plan->slots[slot]);
        vc_writer_put_byte(writer, OPCODE_RETURN);
        vc_writer_put_byte(writer, OPCODE_END);
    }
    put_parameters(writer, type);
    vc_writer_put_with(writer, OPCODE_LOCAL_GET, (uint32_t)type->parameters.size);
    vc_writer_put_with(writer, OPCODE_CALL_INDIRECT, index);
    vc_writer_put_number(writer, 0); /* the first table */
    vc_writer_put_byte(writer, OPCODE_END);
}

struct rewriting {
    const struct plan *plan;
    struct vc_writer *writer;
};

/* In as many bytes as there were, so that nothing else changes: a short call is padded. Where one
 * does not fit, the indirect one stays. */
static void put_instruction(void *user, struct vc_bytes instruction)
{
    const struct rewriting *rewriting = user;
    struct vc_writer *writer = rewriting->writer;
    uint32_t type = called_type(rewriting->plan, instruction);
    uint32_t callee = type == NOTHING ? NOTHING : rewriting->plan->types[type].dispatcher;
    size_t room =
        instruction.size - 1 < VC_WRITER_NUMBER_MAX ? instruction.size - 1 : VC_WRITER_NUMBER_MAX;

    if (callee == NOTHING || vc_writer_number_size(callee) > room) {
        vc_writer_put(writer, instruction);
        return;
    }
    for (size_t i = 1 + room; i < instruction.size; i++)
        vc_writer_put_byte(writer, OPCODE_NOP);
    vc_writer_put_byte(writer, OPCODE_CALL);
    vc_writer_put_padded(writer, callee, room);
}

static void put_variables(void *user, struct vc_bytes variables)
{
    const struct rewriting *rewriting = user;

    vc_writer_put(rewriting->writer, variables);
}

static void put_body(struct vc_writer *writer, const struct plan *plan, struct vc_bytes body)
{
    struct rewriting rewriting = {.plan = plan, .writer = writer};
    const struct vc_code_visitor visitor = {
        .on_variables = put_variables, .on_instruction = put_instruction, .user = &rewriting};

    vc_writer_put_number(writer, (uint32_t)body.size);
    (void)vc_code_visit_body(body, &visitor); /* it went well before */
}

static void put_code(struct vc_writer *writer, const struct plan *plan)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_reader reader = reader_of(plan, VC_SECTION_CODE);
    uint32_t count = read_count(&reader);

    vc_writer_put_number(writer, count + plan->dispatcher_count);
    for (uint32_t i = 0; i < count; i++)
        put_body(writer, plan, vc_read_run(&reader, vc_leb_read(&reader)));
    for (uint32_t i = 0; i < plan->type_count; i++) {
        struct vc_writer body = {.text = &text, .err = writer->err, .code = writer->code};

        if (plan->types[i].dispatcher == NOTHING)
            continue;
        text.size = 0;
        put_dispatcher(&body, plan, i);
        writer->code = body.code;
        vc_writer_put_run(writer, vc_buffer_bytes(&text));
    }
}

static void put_rewritten(struct vc_writer *writer, const struct plan *plan, uint8_t id)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_writer body = {.text = &text, .err = writer->err, .code = writer->code};

    if (id == VC_SECTION_TYPE)
        put_types(&body, plan);
    else if (id == VC_SECTION_FUNCTION)
        put_functions(&body, plan);
    else
        put_code(&body, plan);
    writer->code = body.code;
    vc_writer_put_section(writer, id, vc_buffer_bytes(&text));
}

static enum vc_code put_module(const struct plan *plan, struct vc_buffer *direct,
                               struct vc_err *err)
{
    struct vc_writer writer = {.text = direct, .err = err};
    struct vc_reader reader = vc_reader_over(plan->module.wasm);

    vc_writer_put(&writer, vc_read_run(&reader, PREAMBLE_SIZE));
    while (vc_reader_left(&reader) > 0) {
        uint8_t id = vc_leb_byte(&reader);
        struct vc_bytes body = vc_read_run(&reader, vc_leb_read(&reader));

        if (id == VC_SECTION_TYPE || id == VC_SECTION_FUNCTION || id == VC_SECTION_CODE)
            put_rewritten(&writer, plan, id);
        else
            vc_writer_put_section(&writer, id, body);
    }
    return writer.code;
}

enum vc_code vc_dispatch_encode(struct vc_bytes wasm, struct vc_buffer *direct, struct vc_err *err)
{
    vc_cleanup(plan_done) struct plan plan = {};
    enum vc_code code = make_plan(wasm, &plan, err);

    if (code == VC_OK && !plan.hopeless && plan.dispatcher_count > 0)
        code = put_module(&plan, direct, err);
    return code;
}
