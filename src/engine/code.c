/* SPDX-License-Identifier: MIT */

/* The walk itself: one loop over a table (WebAssembly core 2.0 §5.4). */

#include "engine/code.h"

#include <inttypes.h>

#include "engine/leb.h"
#include "engine/opcode.h"

enum value_type {
    TYPE_V128 = 0x7b,
    TYPE_F64 = 0x7c,
    TYPE_I32 = 0x7f,
    TYPE_FUNCREF = 0x70,
    TYPE_EXTERNREF = 0x6f,
    TYPE_EXNREF = 0x69,
    TYPE_NON_NULL = 0x64, /* a typed reference, not null and perhaps null */
    TYPE_NULLABLE = 0x63,
    TYPE_ABSTRACT_MIN = 0x68, /* kinds of references that the collector knows */
    TYPE_ABSTRACT_MAX = 0x75,
    TYPE_EMPTY = 0x40, /* of a block without a result */
};

enum instruction {
    OPCODE_END = 0x0b,
    OPCODE_GLOBAL_GET = 0x23,
    OPCODE_I32_CONST = 0x41,
    OPCODE_F64_CONST = 0x44,
    OPCODE_REF_NULL = 0xd0,
    OPCODE_REF_FUNC = 0xd2,
    OPCODE_SIMD = 0xfd,
};

/* Bit 6 of an access's alignment says that the number of a memory follows. */
static constexpr uint32_t ALIGNMENT_BITS = 64;

struct walk {
    struct vc_reader reader;
    const struct vc_code_place *place;
    struct vc_code_facts *facts;
    struct vc_err *err;
    enum vc_code code; /* why the reader has failed, unless it is malformed */
    size_t at;         /* where the present instruction begins */
    uint32_t depth;    /* of blocks that are open */
    bool closed;       /* the function's own end has come */
};

static struct walk walk_over(struct vc_bytes bytes, const struct vc_code_place *place,
                             struct vc_code_facts *facts, struct vc_err *err)
{
    return (struct walk){
        .reader = vc_reader_over(bytes), .place = place, .facts = facts, .err = err};
}

static void refuse(struct walk *walk, enum vc_opcode_proposal proposal)
{
    if (walk->reader.failed)
        return;
    walk->code =
        vc_fail(walk->err, VC_REFUSED, "module: %s %" PRIu32 " at byte %zu: %s: not provided",
                walk->place->what, walk->place->index, walk->place->offset + walk->at,
                vc_opcode_proposal_names[proposal]);
    vc_reader_fail(&walk->reader);
}

static void pass_limit(struct walk *walk, const char *what, uint64_t limit)
{
    if (walk->reader.failed)
        return;
    walk->code =
        vc_fail(walk->err, VC_LIMIT, "module: %s %" PRIu32 " at byte %zu: more than %" PRIu64 " %s",
                walk->place->what, walk->place->index, walk->place->offset + walk->at, limit, what);
    vc_reader_fail(&walk->reader);
}

static enum vc_code result_of(const struct walk *walk)
{
    if (walk->code != VC_OK || !walk->reader.failed)
        return walk->code;
    return vc_fail(walk->err, VC_MALFORMED, "module: %s %" PRIu32 " at byte %zu: malformed",
                   walk->place->what, walk->place->index,
                   walk->place->offset + walk->reader.offset);
}

static void note(struct walk *walk, enum vc_code_feature feature)
{
    walk->facts->features |= 1U << feature;
}

static void check_type(struct walk *walk, uint8_t type)
{
    if (type >= TYPE_F64 && type <= TYPE_I32)
        return;
    if (type == TYPE_V128) {
        note(walk, VC_CODE_SIMD);
    } else if (type == TYPE_FUNCREF || type == TYPE_EXTERNREF) {
        note(walk, VC_CODE_REFERENCE_TYPES);
    } else if (type == TYPE_EXNREF) {
        refuse(walk, VC_PROPOSAL_EXCEPTIONS);
    } else if (type == TYPE_NON_NULL || type == TYPE_NULLABLE) {
        refuse(walk, VC_PROPOSAL_FUNCTION_REFERENCES);
    } else if (type >= TYPE_ABSTRACT_MIN && type <= TYPE_ABSTRACT_MAX) {
        refuse(walk, VC_PROPOSAL_GARBAGE_COLLECTION);
    } else {
        vc_reader_fail(&walk->reader);
    }
}

/* Nothing, one result by its type, or the index of a type: a number whose sign tells it apart. */
static void pass_block_type(struct walk *walk)
{
    struct vc_reader *reader = &walk->reader;
    uint8_t first = vc_leb_byte(reader);

    if (first == TYPE_EMPTY)
        return;
    if ((first & 0xc0) == 0x40) {
        check_type(walk, first);
        return;
    }
    note(walk, VC_CODE_MULTI_VALUE);
    if (reader->failed)
        return;
    reader->offset--;
    vc_code_note_index(&walk->facts->types_end, vc_leb_read(reader));
    if (first < TYPE_EMPTY)
        return;
    if (!reader->failed && (reader->input.data[reader->offset - 1] & 0x40) != 0)
        vc_reader_fail(reader);
}

static void open_block(struct walk *walk)
{
    pass_block_type(walk);
    walk->depth++;
    if (walk->depth > walk->facts->depth_max)
        walk->facts->depth_max = walk->depth;
    if (walk->depth > VC_CODE_DEPTH_MAX)
        pass_limit(walk, "blocks within blocks", VC_CODE_DEPTH_MAX);
}

/* The end that closes no block closes the function. */
static void close_block(struct walk *walk)
{
    if (walk->depth == 0)
        walk->closed = true;
    else
        walk->depth--;
}

static void pass_branch_table(struct walk *walk)
{
    uint32_t count = vc_leb_read(&walk->reader);

    if (count > VC_CODE_BRANCH_TARGETS_MAX)
        pass_limit(walk, "targets of a br_table", VC_CODE_BRANCH_TARGETS_MAX);
    if (count > walk->facts->branch_targets_max && !walk->reader.failed)
        walk->facts->branch_targets_max = count;
    for (uint32_t i = 0; i < count + 1 && !walk->reader.failed; i++)
        (void)vc_leb_read(&walk->reader);
}

static void pass_types(struct walk *walk)
{
    uint32_t count = vc_leb_read(&walk->reader);

    for (uint32_t i = 0; i < count && !walk->reader.failed; i++)
        check_type(walk, vc_leb_byte(&walk->reader));
}

static void pass_access(struct walk *walk)
{
    uint32_t alignment = vc_leb_read(&walk->reader);

    if (alignment >= ALIGNMENT_BITS)
        refuse(walk, VC_PROPOSAL_MULTI_MEMORY);
    (void)vc_leb_read(&walk->reader);
}

static void pass_memory(struct walk *walk)
{
    if (vc_leb_byte(&walk->reader) != 0)
        refuse(walk, VC_PROPOSAL_MULTI_MEMORY);
}

static void pass_memory_grow(struct walk *walk)
{
    pass_memory(walk);
    walk->facts->grow_count++;
}

/* A table other than the first, or its number padded, came with reference types. */
static void pass_call_indirect(struct walk *walk)
{
    vc_code_note_index(&walk->facts->types_end, vc_leb_read(&walk->reader));
    size_t start = walk->reader.offset;
    uint32_t table = vc_leb_read(&walk->reader);

    if (table != 0 || walk->reader.offset > start + 1)
        note(walk, VC_CODE_REFERENCE_TYPES);
}

static void pass_reference(struct walk *walk)
{
    uint8_t type = vc_leb_byte(&walk->reader);

    if (type != TYPE_FUNCREF && type != TYPE_EXTERNREF)
        refuse(walk, VC_PROPOSAL_FUNCTION_REFERENCES);
}

static void pass_plain(struct walk *walk)
{
    (void)walk;
}

static void pass_index(struct walk *walk)
{
    (void)vc_leb_read(&walk->reader);
}

static void pass_function(struct walk *walk)
{
    vc_code_note_index(&walk->facts->functions_end, vc_leb_read(&walk->reader));
}

static void pass_global(struct walk *walk)
{
    vc_code_note_index(&walk->facts->globals_end, vc_leb_read(&walk->reader));
}

static void pass_two_indices(struct walk *walk)
{
    pass_index(walk);
    pass_index(walk);
}

static void pass_lane(struct walk *walk)
{
    (void)vc_leb_byte(&walk->reader);
}

static void pass_access_lane(struct walk *walk)
{
    pass_access(walk);
    pass_lane(walk);
}

static void pass_two_memories(struct walk *walk)
{
    pass_memory(walk);
    pass_memory(walk);
}

static void pass_index_memory(struct walk *walk)
{
    pass_index(walk);
    pass_memory(walk);
}

static void pass_i32(struct walk *walk)
{
    vc_leb_skip_signed(&walk->reader, 32);
}

static void pass_i64(struct walk *walk)
{
    vc_leb_skip_signed(&walk->reader, 64);
}

static void pass_4_bytes(struct walk *walk)
{
    (void)vc_read_run(&walk->reader, 4);
}

static void pass_8_bytes(struct walk *walk)
{
    (void)vc_read_run(&walk->reader, 8);
}

static void pass_16_bytes(struct walk *walk)
{
    (void)vc_read_run(&walk->reader, 16);
}

/* What stands behind the number of an instruction. Whether an `if` is open at an `else` is the
 * engine's to validate. */
static void (*const PASS[])(struct walk *walk) = {
    [VC_FORM_PLAIN] = pass_plain,
    [VC_FORM_BLOCK] = open_block,
    [VC_FORM_ELSE] = pass_plain,
    [VC_FORM_END] = close_block,
    [VC_FORM_INDEX] = pass_index,
    [VC_FORM_FUNCTION] = pass_function,
    [VC_FORM_GLOBAL] = pass_global,
    [VC_FORM_TWO_INDICES] = pass_two_indices,
    [VC_FORM_CALL_INDIRECT] = pass_call_indirect,
    [VC_FORM_BRANCH_TABLE] = pass_branch_table,
    [VC_FORM_TYPES] = pass_types,
    [VC_FORM_ACCESS] = pass_access,
    [VC_FORM_ACCESS_LANE] = pass_access_lane,
    [VC_FORM_LANE] = pass_lane,
    [VC_FORM_MEMORY] = pass_memory,
    [VC_FORM_MEMORY_GROW] = pass_memory_grow,
    [VC_FORM_TWO_MEMORIES] = pass_two_memories,
    [VC_FORM_INDEX_MEMORY] = pass_index_memory,
    [VC_FORM_I32] = pass_i32,
    [VC_FORM_I64] = pass_i64,
    [VC_FORM_4_BYTES] = pass_4_bytes,
    [VC_FORM_8_BYTES] = pass_8_bytes,
    [VC_FORM_16_BYTES] = pass_16_bytes,
    [VC_FORM_REFERENCE] = pass_reference,
};

/* An instruction's entry; those behind a prefix have a number of their own. */
static struct vc_opcode read_opcode(struct walk *walk)
{
    struct vc_opcode opcode = vc_opcode_plain[vc_leb_byte(&walk->reader)];

    if (opcode.form == VC_FORM_PREFIX_MISC) {
        uint32_t number = vc_leb_read(&walk->reader);
        bool wide = number >= 19 && number <= 22;

        opcode = number < VC_OPCODE_MISC_COUNT
                     ? vc_opcode_misc[number]
                     : (struct vc_opcode){VC_FORM_REFUSED,
                                          wide ? VC_PROPOSAL_WIDE_ARITHMETIC : VC_PROPOSAL_NONE};
    } else if (opcode.form == VC_FORM_PREFIX_SIMD) {
        uint32_t number = vc_leb_read(&walk->reader);

        opcode = number < VC_OPCODE_SIMD_COUNT
                     ? vc_opcode_simd[number]
                     : (struct vc_opcode){VC_FORM_REFUSED, VC_PROPOSAL_RELAXED_SIMD};
    }
    return opcode;
}

static void pass_instruction(struct walk *walk)
{
    walk->at = walk->reader.offset;
    struct vc_opcode opcode = read_opcode(walk);

    walk->facts->instruction_count++;
    if (opcode.form == VC_FORM_REFUSED) {
        refuse(walk, opcode.origin);
        return;
    }
    if (opcode.origin != 0)
        note(walk, (enum vc_code_feature)(opcode.origin - 1));
    PASS[opcode.form](walk);
}

/* Local variables stand in groups of a count and a type, so that a few bytes declare billions. */
static void pass_locals(struct walk *walk)
{
    uint32_t groups = vc_leb_read(&walk->reader);
    uint64_t locals = 0;

    for (uint32_t i = 0; i < groups && !walk->reader.failed; i++) {
        walk->at = walk->reader.offset;
        locals += vc_leb_read(&walk->reader);
        check_type(walk, vc_leb_byte(&walk->reader));
        if (locals > VC_CODE_LOCALS_MAX)
            pass_limit(walk, "local variables", VC_CODE_LOCALS_MAX);
    }
    if (walk->reader.failed)
        return;
    walk->facts->locals_total += locals;
    if (locals > walk->facts->locals_max)
        walk->facts->locals_max = (uint32_t)locals;
    if (walk->facts->locals_total > VC_CODE_LOCALS_TOTAL_MAX)
        pass_limit(walk, "local variables in all", VC_CODE_LOCALS_TOTAL_MAX);
}

enum vc_code vc_code_walk_body(struct vc_bytes body, const struct vc_code_place *place,
                               struct vc_code_facts *facts, struct vc_err *err)
{
    struct walk walk = walk_over(body, place, facts, err);

    if (body.size > VC_CODE_BODY_SIZE_MAX)
        pass_limit(&walk, "bytes", VC_CODE_BODY_SIZE_MAX);
    if (body.size > facts->body_size_max) {
        facts->body_size_max = (uint32_t)body.size;
        facts->body_size_max_index = place->index;
    }
    facts->function_count++;
    pass_locals(&walk);
    while (!walk.closed && !walk.reader.failed)
        pass_instruction(&walk);
    if (vc_reader_left(&walk.reader) > 0) /* behind the end */
        vc_reader_fail(&walk.reader);
    return result_of(&walk);
}

static void show(void (*visit)(void *user, struct vc_bytes part), void *user,
                 const struct walk *walk)
{
    const struct vc_reader *reader = &walk->reader;

    if (visit != nullptr && !reader->failed)
        visit(user, (struct vc_bytes){reader->input.data + walk->at, reader->offset - walk->at});
}

bool vc_code_visit_body(struct vc_bytes body, const struct vc_code_visitor *visitor)
{
    const struct vc_code_place nowhere = {.what = "function"};
    struct vc_code_facts facts = {};
    struct walk walk = walk_over(body, &nowhere, &facts, nullptr);

    pass_locals(&walk);
    walk.at = 0;
    show(visitor->on_variables, visitor->user, &walk);
    while (!walk.closed && !walk.reader.failed) {
        pass_instruction(&walk);
        show(visitor->on_instruction, visitor->user, &walk);
    }
    return !walk.reader.failed && vc_reader_left(&walk.reader) == 0;
}

/* Whether the instruction at hand may stand where a constant is wanted; among those of SIMD the
 * engine decides. */
static bool is_constant(uint8_t byte)
{
    return (byte >= OPCODE_I32_CONST && byte <= OPCODE_F64_CONST) || byte == OPCODE_GLOBAL_GET ||
           byte == OPCODE_REF_NULL || byte == OPCODE_REF_FUNC || byte == OPCODE_SIMD;
}

enum vc_code vc_code_walk_constant(struct vc_reader *reader, const struct vc_code_place *place,
                                   struct vc_code_facts *facts, struct vc_err *err)
{
    struct walk walk = walk_over(reader->input, place, facts, err);

    walk.reader = *reader;
    pass_instruction(&walk);
    if (!walk.reader.failed && !is_constant(reader->input.data[reader->offset]))
        vc_reader_fail(&walk.reader);
    walk.at = walk.reader.offset;
    if (!walk.reader.failed && vc_leb_byte(&walk.reader) != OPCODE_END)
        refuse(&walk, VC_PROPOSAL_EXTENDED_CONSTANTS);
    *reader = walk.reader;
    return result_of(&walk);
}

enum vc_code vc_code_read_type(struct vc_reader *reader, const struct vc_code_place *place,
                               struct vc_code_facts *facts, struct vc_err *err)
{
    struct walk walk = walk_over(reader->input, place, facts, err);

    walk.reader = *reader;
    walk.at = reader->offset;
    check_type(&walk, vc_leb_byte(&walk.reader));
    *reader = walk.reader;
    return result_of(&walk);
}
