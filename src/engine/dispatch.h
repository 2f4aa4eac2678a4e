/* SPDX-License-Identifier: MIT */

/* Indirect calls made direct, before a module is compiled.
 *
 * The engine's native code asks the engine at each indirect call what stands in the table: ten
 * times what the call takes. Most programs never change their table. For those, each type that is
 * called indirectly gets a function that branches on the index to direct calls of what the table
 * holds of that type; any other index does the indirect call that was there, and traps as it would
 * have. What is written is a module like any other: the engine validates it, so that a mistake
 * here could make a program wrong, but let it out of nothing.
 */

#ifndef VC_ENGINE_DISPATCH_H
#define VC_ENGINE_DISPATCH_H

#include "base/buffer.h"

/* Types that would take more are called as before. */
constexpr uint32_t VC_DISPATCH_TARGETS_MAX = 512;        /* functions of one type in the table */
constexpr uint32_t VC_DISPATCH_TARGETS_TOTAL_MAX = 4096; /* of all types */
constexpr uint32_t VC_DISPATCH_SPAN_MAX = 4096;          /* from the first to the last of a type */
constexpr uint32_t VC_DISPATCH_PARAMETERS_MAX = 16;

/* `wasm` must come from vc_module_encode. Appends the module with direct calls to `direct`, or
 * nothing if there is nothing to be gained, or the table may change, or the module is not valid
 * (which the engine then says). VC_MALFORMED: it comes from elsewhere; VC_MEMORY. */
enum vc_code vc_dispatch_encode(struct vc_bytes wasm, struct vc_buffer *direct, struct vc_err *err);

#endif
