/* SPDX-License-Identifier: MIT */

/* What a module that vc_module_parse took says of itself beyond what an engine needs: for people
 * who want to know what a program asks for, and what is taken out of it. */

#ifndef VC_ENGINE_SURVEY_H
#define VC_ENGINE_SURVEY_H

#include "engine/module.h"

constexpr size_t VC_SURVEY_VALUES_MAX = 31; /* parameters or results that are told */

/* One character for each value: 'i' and 'I' for integers of 32 and 64 bits, 'f' and 'F' for floats,
 * 'v' for vectors, 'r' for function references, 'e' for external ones. */
struct vc_survey_type {
    char parameters[VC_SURVEY_VALUES_MAX + 1];
    char results[VC_SURVEY_VALUES_MAX + 1];
    bool cut; /* there are more */
};

/* The type of the index-th import (index < module->import_count). False: it has none, and no engine
 * will take the module. */
[[nodiscard]] bool vc_survey_import(const struct vc_module *module, uint32_t index,
                                    struct vc_survey_type *type);

struct vc_survey_custom {
    struct vc_bytes name; /* borrowed; UTF-8 or not */
    size_t size;          /* of the whole section's body */
};

/* The next custom section behind *offset, which is 0 at first and moves on. False: no more. */
[[nodiscard]] bool vc_survey_custom(const struct vc_module *module, size_t *offset,
                                    struct vc_survey_custom *custom);

#endif
