/* SPDX-License-Identifier: MIT */

/* What a module declares beside its code: types, globals, and the segments that fill tables and
 * memory. Each is walked to its end, since each holds counts that an engine would believe. */

#ifndef VC_ENGINE_DECLARATION_H
#define VC_ENGINE_DECLARATION_H

#include "engine/code.h"

constexpr uint32_t VC_DECLARATION_ITEMS_MAX = 100000;     /* types, functions, globals, ...: each */
constexpr uint32_t VC_DECLARATION_VALUES_MAX = 1000;      /* parameters or results of one type */
constexpr uint32_t VC_DECLARATION_ELEMENTS_MAX = 1 << 20; /* of all element segments together */

/* One section: its body, and where that stands in the module. */
struct vc_declaration_section {
    struct vc_bytes body;
    size_t offset;
    const uint8_t *exported; /* globals: VC_DECLARATION_ITEMS_MAX truths by index, or null */
};

/* Each adds to `facts`. VC_MALFORMED; VC_REFUSED: something of a later proposal; VC_LIMIT. */
typedef enum vc_code vc_declaration_check(const struct vc_declaration_section *section,
                                          struct vc_code_facts *facts, struct vc_err *err);

vc_declaration_check vc_declaration_check_types;
vc_declaration_check vc_declaration_check_functions;
vc_declaration_check vc_declaration_check_globals;
vc_declaration_check vc_declaration_check_elements;
vc_declaration_check vc_declaration_check_data;

/* A count of items, each of which takes a byte at least: one beyond the bytes left is a lie
 * whatever the items are. VC_LIMIT: "module: types: 7, at most 5". */
enum vc_code vc_declaration_read_count(struct vc_reader *reader, const char *what, uint32_t max,
                                       uint32_t *count, struct vc_err *err);

#endif
