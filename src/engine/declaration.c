/* SPDX-License-Identifier: MIT */

/* WebAssembly core 2.0 §5.5.4, §5.5.6, §5.5.9, §5.5.12, §5.5.14. */

#include "engine/declaration.h"

#include <inttypes.h>

#include "engine/leb.h"

static constexpr uint8_t FORM_FUNCTION = 0x60; /* of a type */

enum segment_flags {
    SEGMENT_PASSIVE = 1,     /* elements: or only declared; it has no offset */
    SEGMENT_NUMBERED = 2,    /* the table or memory is named, if there is an offset */
    SEGMENT_EXPRESSIONS = 4, /* elements: constants instead of functions */
    ELEMENT_FLAGS_MAX = 7,
    DATA_FLAGS_MAX = 2,
};

/* One section under way. */
struct walk {
    struct vc_reader reader;
    struct vc_code_place place;
    const uint8_t *exported;
    struct vc_code_facts *facts;
    struct vc_err *err;
};

static struct walk walk_over(const struct vc_declaration_section *section, const char *what,
                             struct vc_code_facts *facts, struct vc_err *err)
{
    return (struct walk){.reader = vc_reader_over(section->body),
                         .place = {.offset = section->offset, .what = what},
                         .exported = section->exported,
                         .facts = facts,
                         .err = err};
}

enum vc_code vc_declaration_read_count(struct vc_reader *reader, const char *what, uint32_t max,
                                       uint32_t *count, struct vc_err *err)
{
    uint32_t declared = vc_leb_read(reader);

    if (declared > max) {
        return vc_fail(err, VC_LIMIT, "module: %s: %" PRIu32 ", at most %" PRIu32, what, declared,
                       max);
    }
    if (declared > vc_reader_left(reader))
        vc_reader_fail(reader);
    *count = reader->failed ? 0 : declared;
    return VC_OK;
}

static enum vc_code malformed(const struct walk *walk)
{
    return vc_fail(walk->err, VC_MALFORMED, "module: %s %" PRIu32 " at byte %zu: malformed",
                   walk->place.what, walk->place.index, walk->place.offset + walk->reader.offset);
}

/* Walks all items of a section, and finds its end. */
static enum vc_code each(struct walk *walk, const char *what,
                         enum vc_code (*item)(struct walk *walk))
{
    uint32_t count = 0;
    enum vc_code code =
        vc_declaration_read_count(&walk->reader, what, VC_DECLARATION_ITEMS_MAX, &count, walk->err);

    for (uint32_t i = 0; i < count && code == VC_OK && !walk->reader.failed; i++) {
        walk->place.index = i;
        code = item(walk);
    }
    return code == VC_OK && !vc_reader_done(&walk->reader) ? malformed(walk) : code;
}

static enum vc_code read_type(struct walk *walk)
{
    return vc_code_read_type(&walk->reader, &walk->place, walk->facts, walk->err);
}

static enum vc_code read_constant(struct walk *walk)
{
    return vc_code_walk_constant(&walk->reader, &walk->place, walk->facts, walk->err);
}

static enum vc_code read_values(struct walk *walk, const char *what, uint32_t *count)
{
    enum vc_code code =
        vc_declaration_read_count(&walk->reader, what, VC_DECLARATION_VALUES_MAX, count, walk->err);

    for (uint32_t i = 0; i < *count && code == VC_OK; i++)
        code = read_type(walk);
    return code;
}

static enum vc_code check_type(struct walk *walk)
{
    uint32_t parameters = 0;
    uint32_t results = 0;
    uint8_t form = vc_leb_byte(&walk->reader);

    /* Forms of the collector's own types stand just below. */
    if (!walk->reader.failed && form < FORM_FUNCTION && form >= 0x4d) {
        return vc_fail(walk->err, VC_REFUSED,
                       "module: type %" PRIu32 ": garbage collection: not provided",
                       walk->place.index);
    }
    if (form != FORM_FUNCTION) {
        vc_reader_fail(&walk->reader);
        return VC_OK;
    }
    enum vc_code code = read_values(walk, "parameters of a function", &parameters);

    if (code == VC_OK)
        code = read_values(walk, "results of a function", &results);
    if (results > 1)
        walk->facts->features |= 1U << VC_CODE_MULTI_VALUE;
    return code;
}

enum vc_code vc_declaration_check_types(const struct vc_declaration_section *section,
                                        struct vc_code_facts *facts, struct vc_err *err)
{
    struct walk walk = walk_over(section, "type", facts, err);

    return each(&walk, "types", check_type);
}

static enum vc_code check_function(struct walk *walk)
{
    vc_code_note_index(&walk->facts->types_end, vc_leb_read(&walk->reader));
    return VC_OK;
}

enum vc_code vc_declaration_check_functions(const struct vc_declaration_section *section,
                                            struct vc_code_facts *facts, struct vc_err *err)
{
    struct walk walk = walk_over(section, "function", facts, err);

    return each(&walk, "functions", check_function);
}

static enum vc_code check_global(struct walk *walk)
{
    enum vc_code code = read_type(walk);
    uint8_t is_variable = vc_leb_byte(&walk->reader);

    if (is_variable > 1)
        vc_reader_fail(&walk->reader);
    if (is_variable == 1 && walk->exported != nullptr && walk->exported[walk->place.index])
        walk->facts->features |= 1U << VC_CODE_MUTABLE_GLOBALS;
    return code == VC_OK ? read_constant(walk) : code;
}

enum vc_code vc_declaration_check_globals(const struct vc_declaration_section *section,
                                          struct vc_code_facts *facts, struct vc_err *err)
{
    struct walk walk = walk_over(section, "global", facts, err);

    return each(&walk, "globals", check_global);
}

/* Functions by their numbers, or constants. */
static enum vc_code read_elements(struct walk *walk, bool constants)
{
    uint32_t count = 0;
    uint32_t left = VC_DECLARATION_ELEMENTS_MAX - walk->facts->element_count;
    enum vc_code code = vc_declaration_read_count(&walk->reader, "elements, after those before",
                                                  left, &count, walk->err);

    for (uint32_t i = 0; i < count && code == VC_OK && !walk->reader.failed; i++) {
        if (constants)
            code = read_constant(walk);
        else
            vc_code_note_index(&walk->facts->functions_end, vc_leb_read(&walk->reader));
    }
    walk->facts->element_count += count;
    return code;
}

static enum vc_code check_element_segment(struct walk *walk)
{
    uint32_t flags = vc_leb_read(&walk->reader);
    bool constants = (flags & SEGMENT_EXPRESSIONS) != 0;
    enum vc_code code = VC_OK;

    if (flags > ELEMENT_FLAGS_MAX)
        vc_reader_fail(&walk->reader);
    if (flags != 0)
        walk->facts->features |= 1U << VC_CODE_BULK_MEMORY;
    walk->facts->element_segment_count++;
    if ((flags & (SEGMENT_PASSIVE | SEGMENT_NUMBERED)) == SEGMENT_NUMBERED)
        (void)vc_leb_read(&walk->reader);
    if ((flags & SEGMENT_PASSIVE) == 0)
        code = read_constant(walk);
    if ((flags & (SEGMENT_PASSIVE | SEGMENT_NUMBERED)) != 0 && code == VC_OK) {
        if (constants)
            code = read_type(walk);
        else if (vc_leb_byte(&walk->reader) != 0) /* functions: the only kind */
            vc_reader_fail(&walk->reader);
    }
    return code == VC_OK ? read_elements(walk, constants) : code;
}

enum vc_code vc_declaration_check_elements(const struct vc_declaration_section *section,
                                           struct vc_code_facts *facts, struct vc_err *err)
{
    struct walk walk = walk_over(section, "element segment", facts, err);

    return each(&walk, "element segments", check_element_segment);
}

static enum vc_code check_data_segment(struct walk *walk)
{
    uint32_t flags = vc_leb_read(&walk->reader);
    enum vc_code code = VC_OK;

    if (flags > DATA_FLAGS_MAX)
        vc_reader_fail(&walk->reader);
    if ((flags & SEGMENT_PASSIVE) != 0)
        walk->facts->features |= 1U << VC_CODE_BULK_MEMORY;
    if ((flags & SEGMENT_NUMBERED) != 0)
        (void)vc_leb_read(&walk->reader);
    if ((flags & SEGMENT_PASSIVE) == 0)
        code = read_constant(walk);
    if (code != VC_OK)
        return code;
    walk->facts->data_size += vc_read_run(&walk->reader, vc_leb_read(&walk->reader)).size;
    walk->facts->data_segment_count++;
    return VC_OK;
}

enum vc_code vc_declaration_check_data(const struct vc_declaration_section *section,
                                       struct vc_code_facts *facts, struct vc_err *err)
{
    struct walk walk = walk_over(section, "data segment", facts, err);

    return each(&walk, "data segments", check_data_segment);
}
