/* SPDX-License-Identifier: MIT */

/* The look at a WebAssembly module before any engine sees it.
 *
 * The engine executes as native code what a custom section of a certain name holds, and allocates
 * what a module declares. So a module from outside passes here first: version 1 and nothing but the
 * known sections in their order, all of WebAssembly 2.0 and nothing newer in them (code.h,
 * declaration.h); then it is written anew without custom sections, with every memory and table
 * bounded.
 */

#ifndef VC_ENGINE_MODULE_H
#define VC_ENGINE_MODULE_H

#include "base/buffer.h"
#include "engine/code.h"

constexpr uint32_t VC_MODULE_PAGE_SIZE = 65536;          /* bytes of linear memory */
constexpr uint32_t VC_MODULE_PAGES_MAX = 65536;          /* of 32-bit linear memory */
constexpr size_t VC_MODULE_ENCODED_SIZE_MAX = 512 << 20; /* with the native code in it */
constexpr size_t VC_MODULE_SIZE_MAX = 64 << 20;          /* bytes of a module */
constexpr uint32_t VC_MODULE_IMPORTS_MAX = 1024;         /* declared imports */
constexpr uint32_t VC_MODULE_NAMES_SIZE_MAX = 1 << 20; /* bytes, of imports and exports together */
constexpr uint32_t VC_MODULE_TABLES_MAX = 4;           /* a vector of references lives in each */
constexpr uint32_t VC_MODULE_TABLE_SIZE_MAX = 1 << 18; /* elements of one table */
constexpr size_t VC_MODULE_IMPORT_TEXT_MAX = 128;      /* bytes, with the NUL */
constexpr size_t VC_MODULE_SECTION_KINDS = 13; /* known section ids, custom's 0 among them */

/* Under this name vc_module_encode exports the function that a start section names. */
#define VC_MODULE_INITIAL_NAME "veracruz.initial"

enum vc_module_section {
    VC_SECTION_CUSTOM = 0,
    VC_SECTION_TYPE = 1,
    VC_SECTION_IMPORT = 2,
    VC_SECTION_FUNCTION = 3,
    VC_SECTION_TABLE = 4,
    VC_SECTION_MEMORY = 5,
    VC_SECTION_GLOBAL = 6,
    VC_SECTION_EXPORT = 7,
    VC_SECTION_START = 8,
    VC_SECTION_ELEMENT = 9,
    VC_SECTION_CODE = 10,
    VC_SECTION_DATA = 11,
    VC_SECTION_DATA_COUNT = 12,
    VC_SECTION_TAG = 13, /* of a later proposal */
};

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
    struct vc_bytes wasm;                              /* all of it, borrowed */
    struct vc_bytes sections[VC_MODULE_SECTION_KINDS]; /* bodies by id, borrowed; null: absent */
    struct vc_module_import *imports;                  /* functions, all of them */
    uint32_t import_count;
    uint32_t table_count;
    struct vc_module_table tables[VC_MODULE_TABLES_MAX];
    struct vc_module_limits memory; /* pages */
    bool has_native;                /* a custom section holds an engine's native code */
    struct vc_code_facts facts;     /* what its code uses and declares */
    uint32_t export_count;
    size_t exports_offset; /* of the first export in its section */
    bool exports_start;
    bool exports_memory;
    bool memory_name_taken;
    bool initial_name_taken;
    bool wanted_name_taken;
    bool has_initial;          /* a function that runs before "_start" */
    uint32_t initial_index;    /* of that */
    uint8_t *exported_globals; /* while it is parsed: VC_DECLARATION_ITEMS_MAX truths, or null */
};

/* Borrows `wasm` until vc_module_done. A program is a module that exports a function "_start", and
 * imports functions alone. Its memory, if it has one, is that of the calls that it imports; one
 * that is empty or not there counts as one page. VC_MALFORMED; VC_LIMIT: one of the constants
 * above, or of code.h and declaration.h; VC_REFUSED: well formed, and not a program of
 * WebAssembly 2.0. */
enum vc_code vc_module_parse(struct vc_bytes wasm, struct vc_module *module, struct vc_err *err);

/* The same for what vc_module_encode has written, perhaps with native code behind it: code and
 * segments are not looked at again, and no facts gathered of them. */
enum vc_code vc_module_parse_encoded(struct vc_bytes wasm, struct vc_module *module,
                                     struct vc_err *err);

/* Appends the module without custom sections, with one memory, exported as "memory", of at most
 * `pages_max` pages; instead of a start section, which the engine would obey before the last wall
 * is up, the function is exported as VC_MODULE_INITIAL_NAME; and how much memory
 * the program wanted can be seen (growth.h). VC_LIMIT: it declares a larger
 * minimum. VC_MEMORY. */
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
