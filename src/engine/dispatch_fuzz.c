/* SPDX-License-Identifier: MIT */

/* Target: vc_dispatch_encode. Property: what it writes of a module that was accepted is accepted,
 * but for limits; it has more functions, each instruction that was there in its place, and the same
 * segments. */

#include "engine/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "engine/growth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr uint32_t PAGES_MAX = 1024;

static void check(const struct vc_module *module, struct vc_bytes direct)
{
    struct vc_module again = {};
    enum vc_code code = vc_module_parse(direct, &again, nullptr);
    const struct vc_code_facts *before = &module->facts;
    const struct vc_code_facts *after = &again.facts;

    bool names_ours = module->has_initial || vc_growth_plan(module, PAGES_MAX).watched;

    if (names_ours ? code != VC_REFUSED : code != VC_OK && code != VC_LIMIT)
        abort();
    if (code != VC_OK)
        return;
    if (after->function_count <= before->function_count ||
        after->instruction_count <= before->instruction_count ||
        after->locals_total != before->locals_total || after->data_size != before->data_size ||
        after->element_count != before->element_count || again.import_count != module->import_count)
        abort();
    vc_module_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_module module = {};
    struct vc_buffer bounded = {};
    struct vc_buffer direct = {};

    if (vc_module_parse((struct vc_bytes){data, size}, &module, nullptr) != VC_OK)
        return 0;
    if (vc_module_encode(&module, PAGES_MAX, &bounded, nullptr) == VC_OK) {
        if (vc_dispatch_encode(vc_buffer_bytes(&bounded), &direct, nullptr) != VC_OK)
            abort();
        if (direct.size > 0)
            check(&module, vc_buffer_bytes(&direct));
    }
    vc_buffer_done(&direct);
    vc_buffer_done(&bounded);
    vc_module_done(&module);
    return 0;
}
