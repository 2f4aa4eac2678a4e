/* SPDX-License-Identifier: MIT */

/* The walk over function bodies, instruction by instruction, before any engine sees them.
 *
 * WebAssembly 2.0 and nothing newer: an instruction of another proposal is refused by its name and
 * place, whatever the engine could do with it, so that a program runs everywhere or nowhere. Types
 * and indices stay the engine's to validate; what is accepted here, the engine cuts into the same
 * instructions.
 */

#ifndef VC_ENGINE_CODE_H
#define VC_ENGINE_CODE_H

#include "base/err.h"
#include "base/reader.h"

/* A compiler's working memory and time grow with these faster than with a module's size. Go makes
 * the largest programs: a block per place where a goroutine can go on. */
constexpr uint32_t VC_CODE_LOCALS_MAX = 50000;         /* variables of one function */
constexpr uint64_t VC_CODE_LOCALS_TOTAL_MAX = 8 << 20; /* of all functions together */
constexpr uint32_t VC_CODE_BODY_SIZE_MAX = 8 << 20;    /* bytes of one function */
constexpr uint32_t VC_CODE_DEPTH_MAX = 16384;          /* blocks within blocks */
constexpr uint32_t VC_CODE_BRANCH_TARGETS_MAX = 65520; /* of one br_table */

/* What of WebAssembly a module uses beside its first version, as bits of vc_code_facts.features. */
enum vc_code_feature {
    VC_CODE_MUTABLE_GLOBALS, /* one that is exported; none can be imported */
    VC_CODE_SIGN_EXTENSION,
    VC_CODE_SATURATING_CONVERSION,
    VC_CODE_MULTI_VALUE,
    VC_CODE_BULK_MEMORY,
    VC_CODE_REFERENCE_TYPES,
    VC_CODE_SIMD,
    VC_CODE_FEATURES, /* how many there are */
};

/* For people: "saturating conversion". */
extern const char *const vc_code_feature_names[VC_CODE_FEATURES];

/* Counted over a whole module. A function's index counts the imported ones, as tools do. */
struct vc_code_facts {
    uint32_t features;       /* 1 << enum vc_code_feature, or'ed */
    uint32_t function_count; /* with a body */
    uint64_t instruction_count;
    uint64_t locals_total;
    uint32_t body_size_max; /* bytes */
    uint32_t body_size_max_index;
    uint32_t locals_max;
    uint32_t depth_max; /* 0: no block in any function */
    uint32_t branch_targets_max;
    uint32_t data_segment_count;
    uint64_t data_size; /* bytes of all segments */
    uint32_t element_segment_count;
    uint32_t element_count; /* of all segments */
    uint32_t names_size;    /* bytes of names of imports and exports */
    uint32_t grow_count;    /* of memory.grow */
    /* One more than the largest index that anything uses, whether there is such a thing or not. */
    uint64_t types_end, functions_end, globals_end;
};

/* `end` is one of the last three. */
static inline void vc_code_note_index(uint64_t *end, uint32_t index)
{
    if (index >= *end)
        *end = (uint64_t)index + 1;
}

/* Where an instruction stands, for messages: "module: function 12 at byte 345". */
struct vc_code_place {
    size_t offset;    /* of the reader's first byte in the module */
    const char *what; /* "function", "global", "element segment", "data segment" */
    uint32_t index;
};

/* One function: local variables, then instructions up to the end of `body`. Adds to `facts`.
 * VC_MALFORMED; VC_REFUSED: an instruction that is not provided; VC_LIMIT: one of the above. */
enum vc_code vc_code_walk_body(struct vc_bytes body, const struct vc_code_place *place,
                               struct vc_code_facts *facts, struct vc_err *err);

/* Is shown the bytes of a body in their order: all that stands before the first instruction, then
 * each instruction, the function's end among them. Either may be null. */
struct vc_code_visitor {
    void (*on_variables)(void *user, struct vc_bytes variables);
    void (*on_instruction)(void *user, struct vc_bytes instruction);
    void *user;
};

/* False, after the part that is well formed, where vc_code_walk_body would have refused. */
bool vc_code_visit_body(struct vc_bytes body, const struct vc_code_visitor *visitor);

/* The one instruction that initialises a global or an offset, and its end. Errors as before. */
enum vc_code vc_code_walk_constant(struct vc_reader *reader, const struct vc_code_place *place,
                                   struct vc_code_facts *facts, struct vc_err *err);

/* The next byte as a value type. Errors as before. */
enum vc_code vc_code_read_type(struct vc_reader *reader, const struct vc_code_place *place,
                               struct vc_code_facts *facts, struct vc_err *err);

#endif
