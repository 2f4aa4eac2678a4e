/* SPDX-License-Identifier: MIT */

/* Reading a module's sections, and writing them anew with bounds (WebAssembly core 2.0 §5.5). */

#include "engine/module.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/utf8.h"
#include "engine/declaration.h"
#include "engine/growth.h"
#include "engine/leb.h"

enum external_kind {
    EXTERNAL_FUNCTION = 0,
    EXTERNAL_MEMORY = 2,
    EXTERNAL_GLOBAL = 3,
    EXTERNAL_KIND_MAX = 4,
};

struct export
{
    struct vc_bytes name;
    uint8_t kind;
    uint32_t index;
};

enum limits_flags {
    LIMITS_MAXIMUM = 1,
    LIMITS_SHARED = 2,
    LIMITS_64_BIT = 4,
    LIMITS_PAGE_SIZE = 8,
    LIMITS_ALL = 15,
};

enum element_type { TYPE_EXTERNREF = 0x6f, TYPE_FUNCREF = 0x70 };

/* The order in which sections stand; the data count comes before the code. */
static const uint8_t SECTION_ORDER[] = {
    VC_SECTION_TYPE,    VC_SECTION_IMPORT,     VC_SECTION_FUNCTION, VC_SECTION_TABLE,
    VC_SECTION_MEMORY,  VC_SECTION_GLOBAL,     VC_SECTION_EXPORT,   VC_SECTION_START,
    VC_SECTION_ELEMENT, VC_SECTION_DATA_COUNT, VC_SECTION_CODE,     VC_SECTION_DATA,
};

static const char *const SECTION_NAMES[VC_MODULE_SECTION_KINDS] = {
    "custom", "type",  "import",  "function", "table", "memory",     "global",
    "export", "start", "element", "code",     "data",  "data count",
};

static const uint8_t PREAMBLE[] = {0, 'a', 's', 'm', 1, 0, 0, 0};

static struct vc_bytes read_name(struct vc_reader *reader)
{
    struct vc_bytes name = vc_read_run(reader, vc_leb_read(reader));

    if (!vc_utf8_valid(name))
        vc_reader_fail(reader);
    return name;
}

static bool name_is(struct vc_bytes name, const char *text)
{
    return name.size == strlen(text) && (name.size == 0 || memcmp(name.data, text, name.size) == 0);
}

static enum vc_code section_end(const struct vc_reader *reader, enum vc_module_section id,
                                struct vc_err *err)
{
    if (!vc_reader_done(reader)) {
        return vc_fail(err, VC_MALFORMED, "module: %s section: malformed at its byte %zu",
                       SECTION_NAMES[id], reader->offset);
    }
    return VC_OK;
}

/* Limits of a memory or a table. Other flags than "with a maximum" are of later proposals. */
static enum vc_code read_limits(struct vc_reader *reader, const char *what,
                                struct vc_module_limits *limits, struct vc_err *err)
{
    uint8_t flags = vc_leb_byte(reader);

    if (flags > LIMITS_ALL || (flags & LIMITS_PAGE_SIZE) != 0) {
        vc_reader_fail(reader);
    } else if (flags > LIMITS_MAXIMUM) {
        return vc_fail(err, VC_REFUSED, "module: %s: %s: not provided", what,
                       (flags & LIMITS_64_BIT) != 0 ? "64-bit addresses" : "threads");
    }
    limits->minimum = vc_leb_read(reader);
    if (flags == LIMITS_MAXIMUM) {
        uint32_t declared = vc_leb_read(reader);

        if (declared < limits->minimum)
            vc_reader_fail(reader);
        if (declared < limits->maximum)
            limits->maximum = declared;
    }
    return VC_OK;
}

/* Appends what of a name is plain ASCII; a program chooses its names, and this ends in messages. */
static size_t append_name(char *text, size_t length, size_t length_max, struct vc_bytes name)
{
    for (size_t i = 0; i < name.size && length < length_max; i++) {
        bool plain = name.data[i] > ' ' && name.data[i] < 0x7f;

        text[length++] = (char)(plain ? name.data[i] : (uint8_t)'?');
    }
    return length;
}

void vc_module_import_format(const struct vc_module_import *import,
                             char text[VC_MODULE_IMPORT_TEXT_MAX])
{
    size_t length = append_name(text, 0, VC_MODULE_IMPORT_TEXT_MAX / 2 - 1, import->module);

    text[length++] = '.';
    length = append_name(text, length, VC_MODULE_IMPORT_TEXT_MAX - 1, import->name);
    text[length] = '\0';
}

static enum vc_code parse_import(struct vc_reader *reader, struct vc_module_import *import,
                                 struct vc_code_facts *facts, struct vc_err *err)
{
    import->module = read_name(reader);
    import->name = read_name(reader);
    uint8_t kind = vc_leb_byte(reader);

    if (reader->failed)
        return VC_OK; /* said by section_end */
    if (kind != EXTERNAL_FUNCTION) {
        char text[VC_MODULE_IMPORT_TEXT_MAX];

        vc_module_import_format(import, text);
        return vc_fail(err, VC_REFUSED, "module: import %s: only functions are provided", text);
    }
    vc_code_note_index(&facts->types_end, vc_leb_read(reader));
    return VC_OK;
}

static enum vc_code parse_imports(struct vc_module *module, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(module->sections[VC_SECTION_IMPORT]);
    uint32_t count = 0;
    enum vc_code code =
        vc_declaration_read_count(&reader, "imports", VC_MODULE_IMPORTS_MAX, &count, err);

    if (code != VC_OK)
        return code;
    if (count > 0) {
        module->imports = calloc(count, sizeof(*module->imports));
        if (module->imports == nullptr)
            return vc_fail_memory(err);
        module->import_count = count;
    }
    for (uint32_t i = 0; i < count; i++) {
        code = parse_import(&reader, &module->imports[i], &module->facts, err);
        if (code != VC_OK)
            return code;
        module->facts.names_size +=
            (uint32_t)(module->imports[i].module.size + module->imports[i].name.size);
    }
    return section_end(&reader, VC_SECTION_IMPORT, err);
}

static enum vc_code parse_tables(struct vc_module *module, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(module->sections[VC_SECTION_TABLE]);
    uint32_t count = 0;
    enum vc_code code =
        vc_declaration_read_count(&reader, "tables", VC_MODULE_TABLES_MAX, &count, err);

    if (code != VC_OK)
        return code;
    for (uint32_t i = 0; i < count; i++) {
        struct vc_module_table *table = &module->tables[i];

        table->element_type = vc_leb_byte(&reader);
        if (table->element_type != TYPE_FUNCREF && table->element_type != TYPE_EXTERNREF)
            vc_reader_fail(&reader);
        table->elements.maximum = VC_MODULE_TABLE_SIZE_MAX;
        code = read_limits(&reader, "table", &table->elements, err);
        if (code != VC_OK)
            return code;
        if (table->elements.minimum > VC_MODULE_TABLE_SIZE_MAX && !reader.failed) {
            return vc_fail(err, VC_LIMIT,
                           "module: table %" PRIu32 ": %" PRIu32 " elements, at most %" PRIu32, i,
                           table->elements.minimum, VC_MODULE_TABLE_SIZE_MAX);
        }
    }
    if (count > 1)
        module->facts.features |= 1U << VC_CODE_REFERENCE_TYPES;
    module->table_count = count;
    return section_end(&reader, VC_SECTION_TABLE, err);
}

/* A memory that begins empty, or is none, is one page: nothing can be asked about the reservation
 * of an empty one, and a failed one would lie at address 0. A program that counts on no page at all
 * sees one more than it declared. */
static enum vc_code parse_memory(struct vc_module *module, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(module->sections[VC_SECTION_MEMORY]);
    struct vc_module_limits *memory = &module->memory;
    uint32_t count = 0;
    enum vc_code code = VC_OK;

    *memory = (struct vc_module_limits){.maximum = VC_MODULE_PAGES_MAX};
    if (reader.input.data != nullptr)
        code = vc_declaration_read_count(&reader, "memories", 1, &count, err);
    if (code == VC_OK && count == 1)
        code = read_limits(&reader, "memory", memory, err);
    if (code != VC_OK)
        return code;
    if (memory->minimum > VC_MODULE_PAGES_MAX)
        vc_reader_fail(&reader);
    if (memory->minimum == 0)
        memory->minimum = 1;
    if (memory->maximum < memory->minimum || count == 0)
        memory->maximum = memory->minimum;
    return section_end(&reader, VC_SECTION_MEMORY, err);
}

/* So that a variable among them can be told from a constant. */
static enum vc_code note_global(struct vc_module *module, uint32_t index, struct vc_err *err)
{
    if (index >= VC_DECLARATION_ITEMS_MAX)
        return VC_OK; /* the engine finds none such */
    if (module->exported_globals == nullptr)
        module->exported_globals = calloc(VC_DECLARATION_ITEMS_MAX, 1);
    if (module->exported_globals == nullptr)
        return vc_fail_memory(err);
    module->exported_globals[index] = true;
    return VC_OK;
}

static enum vc_code note_export(struct vc_module *module, const struct export *export,
                                struct vc_err *err)
{
    if (name_is(export->name, "memory")) {
        module->memory_name_taken = true;
        module->exports_memory = export->kind == EXTERNAL_MEMORY;
    }
    if (name_is(export->name, "_start") && export->kind == EXTERNAL_FUNCTION)
        module->exports_start = true;
    if (name_is(export->name, VC_MODULE_INITIAL_NAME)) {
        module->initial_name_taken = module->has_initial = true;
        module->initial_index = export->index;
    }
    if (name_is(export->name, VC_GROWTH_WANTED_NAME))
        module->wanted_name_taken = true;
    if (export->kind == EXTERNAL_FUNCTION)
        vc_code_note_index(&module->facts.functions_end, export->index);
    else if (export->kind == EXTERNAL_GLOBAL)
        vc_code_note_index(&module->facts.globals_end, export->index);
    return export->kind == EXTERNAL_GLOBAL ? note_global(module, export->index, err) : VC_OK;
}

static enum vc_code parse_exports(struct vc_module *module, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(module->sections[VC_SECTION_EXPORT]);
    uint32_t count = 0;
    enum vc_code code = VC_OK;

    if (reader.input.data != nullptr)
        code = vc_declaration_read_count(&reader, "exports", VC_DECLARATION_ITEMS_MAX, &count, err);
    if (code != VC_OK)
        return code;
    module->export_count = count;
    module->exports_offset = reader.offset;
    for (uint32_t i = 0; i < count && code == VC_OK && !reader.failed; i++) {
        struct export export = {.name = read_name(&reader)};

        export.kind = vc_leb_byte(&reader);
        export.index = vc_leb_read(&reader);
        if (export.kind > EXTERNAL_KIND_MAX)
            vc_reader_fail(&reader);
        module->facts.names_size += (uint32_t)export.name.size;
        if (!reader.failed)
            code = note_export(module, &export, err);
    }
    if (code != VC_OK)
        return code;
    return section_end(&reader, VC_SECTION_EXPORT, err);
}

/* The function that a module wants called before its exports are used. */
static enum vc_code parse_start(struct vc_module *module, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(module->sections[VC_SECTION_START]);

    if (reader.input.data == nullptr)
        return VC_OK;
    module->has_initial = true;
    module->initial_index = vc_leb_read(&reader);
    vc_code_note_index(&module->facts.functions_end, module->initial_index);
    return section_end(&reader, VC_SECTION_START, err);
}

/* What makes a module a program. */
static enum vc_code check_program(const struct vc_module *module, struct vc_err *err)
{
    if (!module->exports_start)
        return vc_fail(err, VC_REFUSED, "module: no function \"_start\" is exported");
    if (module->memory_name_taken && !module->exports_memory)
        return vc_fail(err, VC_REFUSED, "module: \"memory\" is exported, and is no memory");
    if (module->facts.names_size > VC_MODULE_NAMES_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "module: %" PRIu32 " bytes of names, at most %" PRIu32,
                       module->facts.names_size, VC_MODULE_NAMES_SIZE_MAX);
    }
    return VC_OK;
}

/* Where in the module a part of it stands. */
static size_t offset_of(const struct vc_module *module, struct vc_bytes part)
{
    return (size_t)(part.data - module->wasm.data);
}

static enum vc_code check_code(struct vc_module *module, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(module->sections[VC_SECTION_CODE]);
    uint32_t count = 0;
    enum vc_code code =
        vc_declaration_read_count(&reader, "functions", VC_DECLARATION_ITEMS_MAX, &count, err);

    for (uint32_t i = 0; i < count && code == VC_OK && !reader.failed; i++) {
        struct vc_bytes body = vc_read_run(&reader, vc_leb_read(&reader));
        struct vc_code_place place = {.what = "function", .index = i + module->import_count};

        if (reader.failed)
            break;
        if (body.size == 0)
            return vc_fail(err, VC_MALFORMED, "module: function %" PRIu32 ": empty", place.index);
        place.offset = offset_of(module, body);
        code = vc_code_walk_body(body, &place, &module->facts, err);
    }
    return code == VC_OK ? section_end(&reader, VC_SECTION_CODE, err) : code;
}

static enum vc_code check_declarations(struct vc_module *module, struct vc_err *err)
{
    static const struct {
        uint8_t section;
        vc_declaration_check *check;
    } checks[] = {{VC_SECTION_TYPE, vc_declaration_check_types},
                  {VC_SECTION_FUNCTION, vc_declaration_check_functions},
                  {VC_SECTION_GLOBAL, vc_declaration_check_globals},
                  {VC_SECTION_ELEMENT, vc_declaration_check_elements},
                  {VC_SECTION_DATA, vc_declaration_check_data}};
    enum vc_code code = VC_OK;

    for (size_t i = 0; i < VC_COUNT(checks) && code == VC_OK; i++) {
        struct vc_declaration_section section = {.body = module->sections[checks[i].section]};

        if (section.body.data == nullptr)
            continue;
        section.offset = offset_of(module, section.body);
        section.exported = module->exported_globals;
        code = checks[i].check(&section, &module->facts, err);
    }
    return code;
}

/* Everything that an engine would otherwise be the first to look at. */
static enum vc_code check_contents(struct vc_module *module, struct vc_err *err)
{
    enum vc_code code = check_declarations(module, err);

    if (module->sections[VC_SECTION_DATA_COUNT].data != nullptr)
        module->facts.features |= 1U << VC_CODE_BULK_MEMORY;
    if (code == VC_OK && module->sections[VC_SECTION_CODE].data != nullptr)
        code = check_code(module, err);
    return code;
}

/* The place of a section in the order, or 0 for one that no program may have. */
static size_t section_rank(uint8_t id)
{
    for (size_t i = 0; i < VC_COUNT(SECTION_ORDER); i++) {
        if (SECTION_ORDER[i] == id)
            return i + 1;
    }
    return 0;
}

static void note_custom(struct vc_module *module, struct vc_bytes body)
{
    struct vc_reader reader = vc_reader_over(body);
    struct vc_bytes name = vc_read_run(&reader, vc_leb_read(&reader));

    if (!reader.failed && name_is(name, "wasmedge"))
        module->has_native = true;
}

static enum vc_code split_sections(struct vc_reader *reader, struct vc_module *module,
                                   struct vc_err *err)
{
    size_t rank = 0;

    while (vc_reader_left(reader) > 0) {
        size_t place = reader->offset;
        uint8_t id = vc_read_u8(reader);
        struct vc_bytes body = vc_read_run(reader, vc_leb_read(reader));

        if (reader->failed)
            break;
        if (id == VC_SECTION_CUSTOM) {
            note_custom(module, body);
            continue;
        }
        if (id == VC_SECTION_TAG) {
            return vc_fail(err, VC_REFUSED,
                           "module: section %u at byte %zu: exception handling: not provided", id,
                           place);
        }
        if (body.size == 0 || section_rank(id) <= rank) {
            return vc_fail(
                err, VC_MALFORMED,
                "module: section %u at byte %zu: unknown, empty, repeated or out of order", id,
                place);
        }
        rank = section_rank(id);
        module->sections[id] = body;
    }
    if (!vc_reader_done(reader))
        return vc_fail(err, VC_MALFORMED, "module: cut short at byte %zu", reader->offset);
    return VC_OK;
}

static enum vc_code parse_sections(struct vc_module *module, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (module->sections[VC_SECTION_IMPORT].data != nullptr)
        code = parse_imports(module, err);
    if (code == VC_OK && module->sections[VC_SECTION_TABLE].data != nullptr)
        code = parse_tables(module, err);
    if (code == VC_OK)
        code = parse_memory(module, err);
    if (code == VC_OK)
        code = parse_exports(module, err);
    if (code == VC_OK)
        code = parse_start(module, err);
    return code == VC_OK ? check_program(module, err) : code;
}

static enum vc_code parse_preamble(struct vc_reader *reader, size_t size_max, struct vc_err *err)
{
    if (reader->input.size > size_max) {
        return vc_fail(err, VC_LIMIT, "module: %zu bytes, at most %zu", reader->input.size,
                       size_max);
    }
    struct vc_bytes preamble = vc_read_run(reader, sizeof(PREAMBLE));

    if (reader->failed || memcmp(preamble.data, PREAMBLE, sizeof(PREAMBLE)) != 0)
        return vc_fail(err, VC_MALFORMED, "module: not WebAssembly version 1");
    return VC_OK;
}

static enum vc_code parse_outline(struct vc_bytes wasm, size_t size_max, struct vc_module *module,
                                  struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(wasm);
    enum vc_code code = parse_preamble(&reader, size_max, err);

    *module = (struct vc_module){.wasm = wasm};
    if (code == VC_OK)
        code = split_sections(&reader, module, err);
    return code == VC_OK ? parse_sections(module, err) : code;
}

/* *module is the caller's when all went well. */
static enum vc_code finish(struct vc_module *parsed, enum vc_code code, struct vc_module *module)
{
    free(parsed->exported_globals);
    parsed->exported_globals = nullptr;
    if (code == VC_OK)
        *module = *parsed;
    else
        vc_module_done(parsed);
    return code;
}

enum vc_code vc_module_parse(struct vc_bytes wasm, struct vc_module *module, struct vc_err *err)
{
    struct vc_module parsed;
    enum vc_code code = parse_outline(wasm, VC_MODULE_SIZE_MAX, &parsed, err);

    if (code == VC_OK && (parsed.initial_name_taken || parsed.wanted_name_taken)) {
        code = vc_fail(err, VC_REFUSED, "module: the name \"%s\" is not for programs",
                       parsed.initial_name_taken ? VC_MODULE_INITIAL_NAME : VC_GROWTH_WANTED_NAME);
    }
    if (code == VC_OK)
        code = check_contents(&parsed, err);
    return finish(&parsed, code, module);
}

enum vc_code vc_module_parse_encoded(struct vc_bytes wasm, struct vc_module *module,
                                     struct vc_err *err)
{
    struct vc_module parsed;
    enum vc_code code = parse_outline(wasm, VC_MODULE_ENCODED_SIZE_MAX, &parsed, err);

    if (code == VC_OK &&
        (parsed.sections[VC_SECTION_START].data != nullptr || !parsed.exports_memory))
        code = vc_fail(err, VC_MALFORMED, "module: not as it is written");
    return finish(&parsed, code, module);
}

enum vc_code vc_module_check_memory(const struct vc_module *module, uint32_t pages_max,
                                    struct vc_err *err)
{
    if (module->memory.minimum > pages_max) {
        return vc_fail(err, VC_LIMIT,
                       "module: wants %" PRIu32 " pages of memory at its start, at most %" PRIu32,
                       module->memory.minimum, pages_max);
    }
    return VC_OK;
}

/* Writing. A section with limits is at most a count and TABLES_MAX entries of 12 bytes; an export
 * is 7 bytes and a name. */
struct section_text {
    uint8_t bytes[96];
    size_t size;
};

static_assert(sizeof(((struct section_text *)0)->bytes) >= 5 + VC_MODULE_TABLES_MAX * 12);
static_assert(sizeof(((struct section_text *)0)->bytes) >=
              3 * 7 + sizeof("memory" VC_MODULE_INITIAL_NAME VC_GROWTH_WANTED_NAME));

static void put_leb(struct section_text *text, uint32_t value)
{
    for (; value > 0x7f; value >>= 7)
        text->bytes[text->size++] = (uint8_t)(value | 0x80);
    text->bytes[text->size++] = (uint8_t)value;
}

static void put_limits(struct section_text *text, const struct vc_module_limits *limits,
                       uint32_t maximum)
{
    text->bytes[text->size++] = 1; /* with a maximum */
    put_leb(text, limits->minimum);
    put_leb(text, limits->maximum < maximum ? limits->maximum : maximum);
}

static enum vc_code append_section(struct vc_buffer *wasm, uint8_t id, struct vc_bytes body,
                                   struct vc_err *err)
{
    struct section_text head = {.bytes = {id}, .size = 1};

    put_leb(&head, (uint32_t)body.size);
    enum vc_code code = vc_buffer_append(wasm, (struct vc_bytes){head.bytes, head.size}, err);

    return code == VC_OK ? vc_buffer_append(wasm, body, err) : code;
}

static enum vc_code append_limits(const struct vc_module *module, uint32_t pages_max, uint8_t id,
                                  struct vc_buffer *wasm, struct vc_err *err)
{
    struct section_text text = {};

    if (id == VC_SECTION_MEMORY) {
        put_leb(&text, 1);
        put_limits(&text, &module->memory, pages_max);
    } else {
        put_leb(&text, module->table_count);
        for (uint32_t i = 0; i < module->table_count; i++) {
            text.bytes[text.size++] = module->tables[i].element_type;
            put_limits(&text, &module->tables[i].elements, VC_MODULE_TABLE_SIZE_MAX);
        }
    }
    return append_section(wasm, id, (struct vc_bytes){text.bytes, text.size}, err);
}

static void put_export(struct section_text *text, const char *name, uint8_t kind, uint32_t index)
{
    size_t size = strlen(name);

    put_leb(text, (uint32_t)size);
    memcpy(text->bytes + text->size, name, size);
    text->size += size;
    text->bytes[text->size++] = kind;
    put_leb(text, index);
}

/* The exports as they are, and those that the engine's user needs: the memory, the function that a
 * start section would have the engine call too early, and the variable of growth.h. */
static enum vc_code append_exports(const struct vc_module *module, const struct vc_growth *growth,
                                   struct vc_buffer *wasm, struct vc_err *err)
{
    struct section_text count = {};
    struct section_text more = {};
    struct section_text head = {.bytes = {VC_SECTION_EXPORT}, .size = 1};
    bool adds_initial = module->has_initial && !module->initial_name_taken;
    struct vc_bytes own = module->sections[VC_SECTION_EXPORT];

    own.data += module->exports_offset;
    own.size -= module->exports_offset;
    if (!module->exports_memory)
        put_export(&more, "memory", EXTERNAL_MEMORY, 0);
    if (adds_initial)
        put_export(&more, VC_MODULE_INITIAL_NAME, EXTERNAL_FUNCTION, module->initial_index);
    if (growth->watched)
        put_export(&more, VC_GROWTH_WANTED_NAME, EXTERNAL_GLOBAL, growth->global_index);
    put_leb(&count,
            module->export_count + !module->exports_memory + adds_initial + growth->watched);
    put_leb(&head, (uint32_t)(count.size + own.size + more.size));

    const struct vc_bytes parts[] = {
        {head.bytes, head.size}, {count.bytes, count.size}, own, {more.bytes, more.size}};
    enum vc_code code = VC_OK;

    for (size_t i = 0; i < VC_COUNT(parts) && code == VC_OK; i++)
        code = vc_buffer_append(wasm, parts[i], err);
    return code;
}

enum vc_code vc_module_encode(const struct vc_module *module, uint32_t pages_max,
                              struct vc_buffer *wasm, struct vc_err *err)
{
    struct vc_growth growth = vc_growth_plan(module, pages_max);
    enum vc_code code = vc_module_check_memory(module, pages_max, err);

    if (code == VC_OK)
        code = vc_buffer_append(wasm, VC_BYTES(PREAMBLE), err);
    for (size_t i = 0; i < VC_COUNT(SECTION_ORDER) && code == VC_OK; i++) {
        uint8_t id = SECTION_ORDER[i];

        if (id == VC_SECTION_MEMORY) {
            code = append_limits(module, pages_max, id, wasm, err);
        } else if (vc_growth_changes(&growth, id)) {
            code = vc_growth_encode(&growth, module, id, wasm, err);
        } else if (id == VC_SECTION_START || module->sections[id].data == nullptr) {
            continue;
        } else if (id == VC_SECTION_TABLE) {
            code = append_limits(module, pages_max, id, wasm, err);
        } else if (id == VC_SECTION_EXPORT) {
            code = append_exports(module, &growth, wasm, err);
        } else {
            code = append_section(wasm, id, module->sections[id], err);
        }
    }
    return code;
}

void vc_module_done(struct vc_module *module)
{
    free(module->imports);
    free(module->exported_globals);
    *module = (struct vc_module){};
}
