/* SPDX-License-Identifier: MIT */

/* The instructions of WebAssembly 2.0 as tables: what follows each, and since when there is it. */

#ifndef VC_ENGINE_OPCODE_H
#define VC_ENGINE_OPCODE_H

#include "base/defs.h"

/* What stands behind an instruction's number. */
enum vc_opcode_form {
    VC_FORM_REFUSED, /* no instruction of ours; `origin` is an enum vc_opcode_proposal */
    VC_FORM_PLAIN,
    VC_FORM_BLOCK, /* a type; then instructions until its end */
    VC_FORM_ELSE,
    VC_FORM_END,
    VC_FORM_INDEX,
    VC_FORM_FUNCTION, /* its index */
    VC_FORM_GLOBAL,   /* its index */
    VC_FORM_TWO_INDICES,
    VC_FORM_CALL_INDIRECT, /* a type and a table */
    VC_FORM_BRANCH_TABLE,
    VC_FORM_TYPES,  /* of select */
    VC_FORM_ACCESS, /* alignment and offset */
    VC_FORM_ACCESS_LANE,
    VC_FORM_LANE,
    VC_FORM_MEMORY, /* the only one: 0 */
    VC_FORM_MEMORY_GROW,
    VC_FORM_TWO_MEMORIES,
    VC_FORM_INDEX_MEMORY,
    VC_FORM_I32,
    VC_FORM_I64,
    VC_FORM_4_BYTES,
    VC_FORM_8_BYTES,
    VC_FORM_16_BYTES,
    VC_FORM_REFERENCE,   /* its type */
    VC_FORM_PREFIX_MISC, /* 0xFC: another number, in vc_opcode_misc */
    VC_FORM_PREFIX_SIMD, /* 0xFD: in vc_opcode_simd */
};

/* Where a refused instruction comes from. */
enum vc_opcode_proposal {
    VC_PROPOSAL_NONE, /* nobody's */
    VC_PROPOSAL_EXCEPTIONS,
    VC_PROPOSAL_TAIL_CALLS,
    VC_PROPOSAL_FUNCTION_REFERENCES,
    VC_PROPOSAL_GARBAGE_COLLECTION,
    VC_PROPOSAL_THREADS,
    VC_PROPOSAL_RELAXED_SIMD,
    VC_PROPOSAL_MULTI_MEMORY,
    VC_PROPOSAL_MEMORY64,
    VC_PROPOSAL_WIDE_ARITHMETIC,
    VC_PROPOSAL_STACK_SWITCHING,
    VC_PROPOSAL_EXTENDED_CONSTANTS,
    VC_PROPOSALS, /* how many there are */
};

/* For people: "tail calls". */
extern const char *const vc_opcode_proposal_names[VC_PROPOSALS];

struct vc_opcode {
    uint8_t form;
    uint8_t origin; /* 0, or 1 + enum vc_code_feature; refused: enum vc_opcode_proposal */
};

constexpr size_t VC_OPCODE_MISC_COUNT = 18;
constexpr size_t VC_OPCODE_SIMD_COUNT = 256;

extern const struct vc_opcode vc_opcode_plain[256];
extern const struct vc_opcode vc_opcode_misc[VC_OPCODE_MISC_COUNT];
extern const struct vc_opcode vc_opcode_simd[VC_OPCODE_SIMD_COUNT];

#endif
