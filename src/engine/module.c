/* SPDX-License-Identifier: MIT */

/* Reading a module's sections, and writing them anew with bounds (WebAssembly core 2.0 §5.5). */

#include "engine/module.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/utf8.h"

enum section {
    SECTION_CUSTOM = 0,
    SECTION_TYPE = 1,
    SECTION_IMPORT = 2,
    SECTION_FUNCTION = 3,
    SECTION_TABLE = 4,
    SECTION_MEMORY = 5,
    SECTION_GLOBAL = 6,
    SECTION_EXPORT = 7,
    SECTION_START = 8,
    SECTION_ELEMENT = 9,
    SECTION_CODE = 10,
    SECTION_DATA = 11,
    SECTION_DATA_COUNT = 12,
};

enum external_kind { EXTERNAL_FUNCTION = 0, EXTERNAL_MEMORY = 2, EXTERNAL_KIND_MAX = 4 };

enum element_type { TYPE_EXTERNREF = 0x6f, TYPE_FUNCREF = 0x70 };

/* The order in which sections stand; the data count comes before the code. */
static const uint8_t SECTION_ORDER[] = {
    SECTION_TYPE,    SECTION_IMPORT,     SECTION_FUNCTION, SECTION_TABLE,
    SECTION_MEMORY,  SECTION_GLOBAL,     SECTION_EXPORT,   SECTION_START,
    SECTION_ELEMENT, SECTION_DATA_COUNT, SECTION_CODE,     SECTION_DATA,
};

static const char *const SECTION_NAMES[VC_MODULE_SECTION_KINDS] = {
    "custom", "type",  "import",  "function", "table", "memory",     "global",
    "export", "start", "element", "code",     "data",  "data count",
};

static const uint8_t PREAMBLE[] = {0, 'a', 's', 'm', 1, 0, 0, 0};

/* LEB128 of 32 bits: at most 5 bytes, no bit beyond the 32nd. Longer forms than needed are legal,
 * and linkers write them. */
static uint32_t read_leb(struct vc_reader *reader)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t byte = vc_read_u8(reader);

        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) != 0)
            continue;
        if (value > UINT32_MAX)
            break;
        return (uint32_t)value;
    }
    vc_reader_fail(reader);
    return 0;
}

/* The number of items of a section. Each takes a byte at least, so a count beyond the bytes left is
 * a lie whatever the items are. */
static enum vc_code read_count(struct vc_reader *reader, const char *what, uint32_t max,
                               uint32_t *count, struct vc_err *err)
{
    uint32_t declared = read_leb(reader);

    if (declared > max)
        return vc_fail(err, VC_LIMIT, "%s: %" PRIu32 ", at most %" PRIu32, what, declared, max);
    if (declared > vc_reader_left(reader) && !reader->failed)
        vc_reader_fail(reader);
    *count = reader->failed ? 0 : declared;
    return VC_OK;
}

static struct vc_bytes read_name(struct vc_reader *reader)
{
    struct vc_bytes name = vc_read_run(reader, read_leb(reader));

    if (!vc_utf8_valid(name))
        vc_reader_fail(reader);
    return name;
}

static bool name_is(struct vc_bytes name, const char *text)
{
    return name.size == strlen(text) && (name.size == 0 || memcmp(name.data, text, name.size) == 0);
}

static enum vc_code section_end(const struct vc_reader *reader, enum section id, struct vc_err *err)
{
    if (!vc_reader_done(reader)) {
        return vc_fail(err, VC_MALFORMED, "module: %s section: malformed at its byte %zu",
                       SECTION_NAMES[id], reader->offset);
    }
    return VC_OK;
}

/* Limits of a memory or a table: no shared memory, no 64-bit index. */
static struct vc_module_limits read_limits(struct vc_reader *reader, uint32_t maximum)
{
    struct vc_module_limits limits = {.maximum = maximum};
    uint8_t flags = vc_read_u8(reader);

    if (flags > 1)
        vc_reader_fail(reader);
    limits.minimum = read_leb(reader);
    if (flags == 1) {
        uint32_t declared = read_leb(reader);

        if (declared < limits.minimum)
            vc_reader_fail(reader);
        if (declared < maximum)
            limits.maximum = declared;
    }
    return limits;
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
                                 struct vc_err *err)
{
    import->module = read_name(reader);
    import->name = read_name(reader);
    uint8_t kind = vc_read_u8(reader);

    if (reader->failed)
        return VC_OK; /* said by section_end */
    if (kind != EXTERNAL_FUNCTION) {
        char text[VC_MODULE_IMPORT_TEXT_MAX];

        vc_module_import_format(import, text);
        return vc_fail(err, VC_REFUSED, "module: import %s: only functions are provided", text);
    }
    (void)read_leb(reader); /* its type: the engine's to validate */
    return VC_OK;
}

static enum vc_code parse_imports(struct vc_module *module, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(module->sections[SECTION_IMPORT]);
    uint32_t count = 0;
    enum vc_code code = read_count(&reader, "module: imports", VC_MODULE_IMPORTS_MAX, &count, err);

    if (code != VC_OK)
        return code;
    if (count > 0) {
        module->imports = calloc(count, sizeof(*module->imports));
        if (module->imports == nullptr)
            return vc_fail_memory(err);
        module->import_count = count;
    }
    for (uint32_t i = 0; i < count; i++) {
        code = parse_import(&reader, &module->imports[i], err);
        if (code != VC_OK)
            return code;
    }
    return section_end(&reader, SECTION_IMPORT, err);
}

static enum vc_code parse_tables(struct vc_module *module, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(module->sections[SECTION_TABLE]);
    uint32_t count = 0;
    enum vc_code code = read_count(&reader, "module: tables", VC_MODULE_TABLES_MAX, &count, err);

    if (code != VC_OK)
        return code;
    for (uint32_t i = 0; i < count; i++) {
        struct vc_module_table *table = &module->tables[i];

        table->element_type = vc_read_u8(&reader);
        if (table->element_type != TYPE_FUNCREF && table->element_type != TYPE_EXTERNREF)
            vc_reader_fail(&reader);
        table->elements = read_limits(&reader, VC_MODULE_TABLE_SIZE_MAX);
        if (table->elements.minimum > VC_MODULE_TABLE_SIZE_MAX && !reader.failed) {
            return vc_fail(err, VC_LIMIT,
                           "module: table %" PRIu32 ": %" PRIu32 " elements, at most %" PRIu32, i,
                           table->elements.minimum, VC_MODULE_TABLE_SIZE_MAX);
        }
    }
    module->table_count = count;
    return section_end(&reader, SECTION_TABLE, err);
}

static enum vc_code parse_memory(struct vc_module *module, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(module->sections[SECTION_MEMORY]);
    uint32_t count = 0;
    enum vc_code code = read_count(&reader, "module: memories", 1, &count, err);

    if (code != VC_OK)
        return code;
    if (count != 1 && !reader.failed)
        return vc_fail(err, VC_REFUSED, "module: no memory of its own");
    module->memory = read_limits(&reader, VC_MODULE_PAGES_MAX);
    if (module->memory.minimum > VC_MODULE_PAGES_MAX)
        vc_reader_fail(&reader);
    code = section_end(&reader, SECTION_MEMORY, err);
    if (code == VC_OK && module->memory.minimum == 0)
        return vc_fail(err, VC_REFUSED, "module: its memory begins empty");
    return code;
}

static enum vc_code parse_exports(const struct vc_module *module, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(module->sections[SECTION_EXPORT]);
    uint32_t count = 0;
    bool has_memory = false;
    bool has_start = false;
    enum vc_code code = read_count(&reader, "module: exports", VC_MODULE_ITEMS_MAX, &count, err);

    if (code != VC_OK)
        return code;
    for (uint32_t i = 0; i < count && !reader.failed; i++) {
        struct vc_bytes name = read_name(&reader);
        uint8_t kind = vc_read_u8(&reader);

        (void)read_leb(&reader);
        if (kind > EXTERNAL_KIND_MAX)
            vc_reader_fail(&reader);
        has_memory = has_memory || (kind == EXTERNAL_MEMORY && name_is(name, "memory"));
        has_start = has_start || (kind == EXTERNAL_FUNCTION && name_is(name, "_start"));
    }
    code = section_end(&reader, SECTION_EXPORT, err);
    if (code == VC_OK && !has_memory)
        return vc_fail(err, VC_REFUSED, "module: its memory is not exported as \"memory\"");
    if (code == VC_OK && !has_start)
        return vc_fail(err, VC_REFUSED, "module: no function \"_start\" is exported");
    return code;
}

/* Local variables stand in groups of a count and a type, so that a few bytes declare billions. */
static enum vc_code check_body(struct vc_bytes body, uint32_t index, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(body);
    uint32_t groups = read_leb(&reader);
    uint64_t locals = 0;

    for (uint32_t i = 0; i < groups && !reader.failed; i++) {
        locals += read_leb(&reader);
        (void)vc_read_u8(&reader);
        if (locals > VC_MODULE_LOCALS_MAX) {
            return vc_fail(err, VC_LIMIT,
                           "module: function %" PRIu32 ": more than %" PRIu32 " local variables",
                           index, VC_MODULE_LOCALS_MAX);
        }
    }
    if (reader.failed)
        return vc_fail(err, VC_MALFORMED, "module: function %" PRIu32 ": malformed locals", index);
    return VC_OK;
}

static enum vc_code check_code(const struct vc_module *module, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(module->sections[SECTION_CODE]);
    uint32_t count = 0;
    enum vc_code code = read_count(&reader, "module: functions", VC_MODULE_ITEMS_MAX, &count, err);

    for (uint32_t i = 0; i < count && code == VC_OK && !reader.failed; i++) {
        struct vc_bytes body = vc_read_run(&reader, read_leb(&reader));

        if (!reader.failed)
            code = check_body(body, i, err);
    }
    return code == VC_OK ? section_end(&reader, SECTION_CODE, err) : code;
}

/* Sections of which only the number of items matters here. */
static enum vc_code check_counts(const struct vc_module *module, struct vc_err *err)
{
    static const uint8_t counted[] = {SECTION_TYPE, SECTION_FUNCTION, SECTION_GLOBAL,
                                      SECTION_ELEMENT, SECTION_DATA};

    for (size_t i = 0; i < VC_COUNT(counted); i++) {
        struct vc_bytes body = module->sections[counted[i]];
        struct vc_reader reader = vc_reader_over(body);
        uint32_t count = 0;

        if (body.data == nullptr)
            continue;
        enum vc_code code =
            read_count(&reader, SECTION_NAMES[counted[i]], VC_MODULE_ITEMS_MAX, &count, err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "module");
        if (reader.failed)
            return section_end(&reader, counted[i], err);
    }
    return VC_OK;
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
    struct vc_bytes name = vc_read_run(&reader, read_leb(&reader));

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
        struct vc_bytes body = vc_read_run(reader, read_leb(reader));

        if (reader->failed)
            break;
        if (id == SECTION_CUSTOM) {
            note_custom(module, body);
            continue;
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

    if (module->sections[SECTION_START].data != nullptr)
        return vc_fail(err, VC_REFUSED, "module: a start function; programs begin at \"_start\"");
    if (module->sections[SECTION_IMPORT].data != nullptr)
        code = parse_imports(module, err);
    if (code == VC_OK && module->sections[SECTION_TABLE].data != nullptr)
        code = parse_tables(module, err);
    if (code == VC_OK && module->sections[SECTION_MEMORY].data == nullptr)
        return vc_fail(err, VC_REFUSED, "module: no memory of its own");
    if (code == VC_OK)
        code = parse_memory(module, err);
    if (code == VC_OK)
        code = parse_exports(module, err);
    if (code == VC_OK)
        code = check_counts(module, err);
    if (code == VC_OK && module->sections[SECTION_CODE].data != nullptr)
        code = check_code(module, err);
    return code;
}

enum vc_code vc_module_parse(struct vc_bytes wasm, struct vc_module *module, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(wasm);
    struct vc_module parsed = {};

    if (wasm.size > VC_MODULE_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "module: %zu bytes, at most %zu", wasm.size,
                       VC_MODULE_SIZE_MAX);
    }
    struct vc_bytes preamble = vc_read_run(&reader, sizeof(PREAMBLE));

    if (reader.failed || memcmp(preamble.data, PREAMBLE, sizeof(PREAMBLE)) != 0)
        return vc_fail(err, VC_MALFORMED, "module: not WebAssembly version 1");
    enum vc_code code = split_sections(&reader, &parsed, err);

    if (code == VC_OK)
        code = parse_sections(&parsed, err);
    if (code != VC_OK) {
        vc_module_done(&parsed);
        return code;
    }
    *module = parsed;
    return VC_OK;
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

/* Writing. A section with limits is at most a count and TABLES_MAX entries of 12 bytes. */
struct section_text {
    uint8_t bytes[64];
    size_t size;
};

static_assert(sizeof(((struct section_text *)0)->bytes) >= 5 + VC_MODULE_TABLES_MAX * 12);

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

static enum vc_code append_rewritten(const struct vc_module *module, uint32_t pages_max, uint8_t id,
                                     struct vc_buffer *wasm, struct vc_err *err)
{
    struct section_text text = {};

    if (id == SECTION_MEMORY) {
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

enum vc_code vc_module_encode(const struct vc_module *module, uint32_t pages_max,
                              struct vc_buffer *wasm, struct vc_err *err)
{
    enum vc_code code = vc_module_check_memory(module, pages_max, err);

    if (code == VC_OK)
        code = vc_buffer_append(wasm, VC_BYTES(PREAMBLE), err);
    for (size_t i = 0; i < VC_COUNT(SECTION_ORDER) && code == VC_OK; i++) {
        uint8_t id = SECTION_ORDER[i];

        if (module->sections[id].data == nullptr)
            continue;
        if (id == SECTION_MEMORY || id == SECTION_TABLE) {
            code = append_rewritten(module, pages_max, id, wasm, err);
        } else {
            code = append_section(wasm, id, module->sections[id], err);
        }
    }
    return code;
}

void vc_module_done(struct vc_module *module)
{
    free(module->imports);
    *module = (struct vc_module){};
}
