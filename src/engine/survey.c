/* SPDX-License-Identifier: MIT */

#include "engine/survey.h"

#include "engine/leb.h"

static constexpr size_t HEADER_SIZE = 8;
static constexpr uint8_t FUNCTION_TYPE = 0x60;

static char letter_of(uint8_t type)
{
    switch (type) {
    case 0x7f:
        return 'i';
    case 0x7e:
        return 'I';
    case 0x7d:
        return 'f';
    case 0x7c:
        return 'F';
    case 0x7b:
        return 'v';
    case 0x70:
        return 'r';
    case 0x6f:
        return 'e';
    default:
        return '?';
    }
}

/* A vector of value types. */
static void read_values(struct vc_reader *reader, char values[VC_SURVEY_VALUES_MAX + 1], bool *cut)
{
    uint32_t count = vc_leb_read(reader);
    struct vc_bytes types = vc_read_run(reader, count);
    size_t told = types.size < VC_SURVEY_VALUES_MAX ? types.size : VC_SURVEY_VALUES_MAX;

    for (size_t i = 0; i < told; i++)
        values[i] = letter_of(types.data[i]);
    values[told] = '\0';
    *cut = *cut || told < types.size;
}

static bool read_type(const struct vc_module *module, uint32_t index, struct vc_survey_type *type)
{
    struct vc_reader reader = vc_reader_over(module->sections[VC_SECTION_TYPE]);
    uint32_t count = vc_leb_read(&reader);

    for (uint32_t i = 0; i < count && !reader.failed; i++) {
        *type = (struct vc_survey_type){};
        if (vc_leb_byte(&reader) != FUNCTION_TYPE)
            return false;
        read_values(&reader, type->parameters, &type->cut);
        read_values(&reader, type->results, &type->cut);
        if (i == index)
            return !reader.failed;
    }
    return false;
}

bool vc_survey_import(const struct vc_module *module, uint32_t index, struct vc_survey_type *type)
{
    struct vc_reader reader = vc_reader_over(module->sections[VC_SECTION_IMPORT]);
    uint32_t count = vc_leb_read(&reader);

    for (uint32_t i = 0; i < count && !reader.failed; i++) {
        (void)vc_read_run(&reader, vc_leb_read(&reader)); /* module */
        (void)vc_read_run(&reader, vc_leb_read(&reader)); /* name */
        (void)vc_leb_byte(&reader);                       /* a function: there is nothing else */
        uint32_t type_index = vc_leb_read(&reader);

        if (i == index)
            return !reader.failed && read_type(module, type_index, type);
    }
    return false;
}

bool vc_survey_custom(const struct vc_module *module, size_t *offset,
                      struct vc_survey_custom *custom)
{
    struct vc_reader reader = vc_reader_over(module->wasm);

    (void)vc_read_run(&reader, *offset > 0 ? *offset : HEADER_SIZE);
    while (!reader.failed && vc_reader_left(&reader) > 0) {
        uint8_t id = vc_leb_byte(&reader);
        struct vc_bytes body = vc_read_run(&reader, vc_leb_read(&reader));

        *offset = reader.offset;
        if (reader.failed || id != 0)
            continue;
        struct vc_reader inner = vc_reader_over(body);

        custom->size = body.size;
        custom->name = vc_read_run(&inner, vc_leb_read(&inner));
        return true;
    }
    return false;
}
