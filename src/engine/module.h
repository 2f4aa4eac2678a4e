/* SPDX-License-Identifier: MIT */

/* The look at a WebAssembly module before any engine sees it.
 *
 * The engine executes as native code what a custom section of a certain name holds, and allocates
 * what a module declares. So a module from outside passes here first: version 1 and nothing but the
 * known sections in their order; then it is written anew without custom sections, with every memory
 * and table bounded. What is inside function bodies stays the engine's to validate.
 */

#ifndef VC_ENGINE_MODULE_H
#define VC_ENGINE_MODULE_H

#include "base/buffer.h"
#include "engine/code.h"

constexpr uint32_t VC_MODULE_PAGE_SIZE = 65536;        /* bytes of linear memory */
constexpr uint32_t VC_MODULE_PAGES_MAX = 65536;        /* of 32-bit linear memory */
constexpr size_t VC_MODULE_SIZE_MAX = 64 << 20;        /* bytes of a module */
constexpr uint32_t VC_MODULE_IMPORTS_MAX = 1024;       /* declared imports */
constexpr uint32_t VC_MODULE_ITEMS_MAX = 100000;       /* types, functions, globals, ...: each */
constexpr uint32_t VC_MODULE_LOCALS_MAX = 50000;       /* of one function */
constexpr uint32_t VC_MODULE_TABLES_MAX = 4;           /* a vector of references lives in each */
constexpr uint32_t VC_MODULE_TABLE_SIZE_MAX = 1 << 18; /* elements of one table */
constexpr size_t VC_MODULE_IMPORT_TEXT_MAX = 128;      /* bytes, with the NUL */
constexpr size_t VC_MODULE_SECTION_KINDS = 13; /* known section ids, custom's 0 among them */

/* Names borrow the module's bytes, and are UTF-8. */
struct vc_module_import {
    struct vc_bytes module;
    struct vc_bytes name;
};

struct vc_module_limits {
    uint32_t minimum;
    uint32_t maximum; /* the bound of this file if the module declares none */
};

struct vc_module_table {
    uint8_t element_type;
    struct vc_module_limits elements;
};

struct vc_module {
    struct vc_bytes sections[VC_MODULE_SECTION_KINDS]; /* bodies by id, borrowed; null: absent */
    struct vc_module_import *imports;                  /* functions, all of them */
    uint32_t import_count;
    uint32_t table_count;
    struct vc_module_table tables[VC_MODULE_TABLES_MAX];
    struct vc_module_limits memory; /* pages */
    bool has_native;                /* a custom section holds an engine's native code */
    struct vc_code_facts facts;     /* what its code uses and declares */
};

/* Borrows `wasm` until vc_module_done. A program is a module that exports its only memory as
 * "memory" (of one page at least: only then can a failed reservation of it be seen) and a function
 * "_start", imports functions alone, and has no start function (guest code would run before the
 * last wall is up).
 * VC_MALFORMED, VC_LIMIT: one of the constants above; VC_REFUSED: well formed, and not a program.
 */
enum vc_code vc_module_parse(struct vc_bytes wasm, struct vc_module *module, struct vc_err *err);

/* Appends the module without custom sections, with the maximum of its memory at most `pages_max`.
 * VC_LIMIT: it declares a larger minimum. VC_MEMORY. */
enum vc_code vc_module_encode(const struct vc_module *module, uint32_t pages_max,
                              struct vc_buffer *wasm, struct vc_err *err);

/* VC_LIMIT if the program wants more memory at its start than `pages_max`. */
enum vc_code vc_module_check_memory(const struct vc_module *module, uint32_t pages_max,
                                    struct vc_err *err);

/* Writes "module.name", cut to fit; what is not plain ASCII becomes '?'. */
void vc_module_import_format(const struct vc_module_import *import,
                             char text[VC_MODULE_IMPORT_TEXT_MAX]);

/* Accepts zero-initialised. */
void vc_module_done(struct vc_module *module);

#endif
