/* SPDX-License-Identifier: MIT */

/* A program's asking for more memory than its policy gives, made visible.
 *
 * The engine refuses a memory.grow without a word to anybody but the program. So in the module that
 * it gets, each one is a call of an added function, which notes in an added variable the most pages
 * that were ever wanted, and grows the memory. Types, functions and variables are added behind all
 * others, so that no index changes. A program can neither see nor reach what is added: a module
 * that uses an index of its own beyond the last stays as it is, for the engine to refuse.
 */

#ifndef VC_ENGINE_GROWTH_H
#define VC_ENGINE_GROWTH_H

#include "engine/module.h"

/* Under this name the variable is exported, of 64 bits: pages there were and those to add. */
#define VC_GROWTH_WANTED_NAME "veracruz.pages_wanted"

struct vc_growth {
    bool watched;        /* false: nothing is added, and the rest is 0 */
    uint32_t type_index; /* of what is added */
    uint32_t function_index;
    uint32_t global_index;
};

/* Not watched are programs that never grow, and those whose own maximum is no more than the policy
 * gives: what is refused to those is not the policy's doing. `module` is from vc_module_parse. */
struct vc_growth vc_growth_plan(const struct vc_module *module, uint32_t pages_max);

/* Whether this section is written otherwise, or written though the module has none. */
bool vc_growth_changes(const struct vc_growth *growth, enum vc_module_section id);

/* Appends one of those sections. VC_MEMORY. */
enum vc_code vc_growth_encode(const struct vc_growth *growth, const struct vc_module *module,
                              enum vc_module_section id, struct vc_buffer *wasm,
                              struct vc_err *err);

#endif
