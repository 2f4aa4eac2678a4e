/* SPDX-License-Identifier: MIT */

/* Target: vc_module_parse and vc_module_encode. Property: what is accepted is written as a module
 * that is accepted again, has the same imports and the same code (or code as well formed, if how
 * much memory it wants is seen: growth.h), one memory within the bound, no custom section and no
 * start section, and is written again as the same bytes. */

#include <stdlib.h>
#include <string.h>

#include "engine/growth.h"
#include "engine/leb.h"
#include "engine/module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr uint32_t PAGES_MAX = 1024;

/* As a module from outside, unless it holds a name that is not for those. */
static void check_facts(const struct vc_module *module, const struct vc_buffer *once)
{
    struct vc_module again = {};
    enum vc_code code = vc_module_parse(vc_buffer_bytes(once), &again, nullptr);

    if (module->has_initial || vc_growth_plan(module, PAGES_MAX).watched) {
        if (code != VC_REFUSED)
            abort();
        return;
    }
    if (code != VC_OK)
        abort();
    again.facts.names_size = module->facts.names_size; /* "memory" may have come */
    if (memcmp(&again.facts, &module->facts, sizeof(again.facts)) != 0)
        abort();
    vc_module_done(&again);
}

static void check_bodies(const struct vc_module *module)
{
    const struct vc_code_visitor visitor = {};
    struct vc_reader reader = vc_reader_over(module->sections[VC_SECTION_CODE]);
    uint32_t count = reader.input.data == nullptr ? 0 : vc_leb_read(&reader);

    for (uint32_t i = 0; i < count; i++) {
        if (!vc_code_visit_body(vc_read_run(&reader, vc_leb_read(&reader)), &visitor))
            abort();
    }
    if (reader.input.data != nullptr && !vc_reader_done(&reader))
        abort();
}

static void check_again(const struct vc_module *module, const struct vc_buffer *once)
{
    struct vc_module again = {};
    struct vc_buffer twice = {};

    if (vc_module_parse_encoded(vc_buffer_bytes(once), &again, nullptr) != VC_OK)
        abort();
    if (again.import_count != module->import_count || again.has_native || !again.exports_memory ||
        again.has_initial != module->has_initial || again.initial_index != module->initial_index ||
        again.memory.minimum != module->memory.minimum || again.memory.maximum > PAGES_MAX)
        abort();
    check_bodies(&again);
    if (again.wanted_name_taken != vc_growth_plan(module, PAGES_MAX).watched)
        abort();
    if (vc_module_encode(&again, PAGES_MAX, &twice, nullptr) != VC_OK)
        abort();
    if (twice.size != once->size || memcmp(twice.data, once->data, once->size) != 0)
        abort();
    vc_buffer_done(&twice);
    vc_module_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_module module = {};
    struct vc_buffer once = {};

    if (vc_module_parse((struct vc_bytes){data, size}, &module, nullptr) != VC_OK)
        return 0;
    if (vc_module_encode(&module, PAGES_MAX, &once, nullptr) == VC_OK) {
        check_again(&module, &once);
        check_facts(&module, &once);
    }
    vc_buffer_done(&once);
    vc_module_done(&module);
    return 0;
}
