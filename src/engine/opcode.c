/* SPDX-License-Identifier: MIT */

/* WebAssembly core 2.0 §5.4; the numbers of later proposals from their own texts. */

#include "engine/opcode.h"

#include "engine/code.h"

#define OLD(form)          {VC_FORM_##form, 0}
#define NEW(form, feature) {VC_FORM_##form, 1 + VC_CODE_##feature}
#define REFUSED(proposal)  {VC_FORM_REFUSED, VC_PROPOSAL_##proposal}

const char *const vc_code_feature_names[VC_CODE_FEATURES] = {
    [VC_CODE_MUTABLE_GLOBALS] = "mutable globals",
    [VC_CODE_SIGN_EXTENSION] = "sign extension",
    [VC_CODE_SATURATING_CONVERSION] = "saturating conversion",
    [VC_CODE_MULTI_VALUE] = "multi-value",
    [VC_CODE_BULK_MEMORY] = "bulk memory",
    [VC_CODE_REFERENCE_TYPES] = "reference types",
    [VC_CODE_SIMD] = "SIMD",
};

const char *const vc_opcode_proposal_names[VC_PROPOSALS] = {
    [VC_PROPOSAL_NONE] = "an unknown instruction",
    [VC_PROPOSAL_EXCEPTIONS] = "exception handling",
    [VC_PROPOSAL_TAIL_CALLS] = "tail calls",
    [VC_PROPOSAL_FUNCTION_REFERENCES] = "typed function references",
    [VC_PROPOSAL_GARBAGE_COLLECTION] = "garbage collection",
    [VC_PROPOSAL_THREADS] = "atomic instructions",
    [VC_PROPOSAL_RELAXED_SIMD] = "relaxed SIMD",
    [VC_PROPOSAL_MULTI_MEMORY] = "multiple memories",
    [VC_PROPOSAL_MEMORY64] = "64-bit memory",
    [VC_PROPOSAL_WIDE_ARITHMETIC] = "wide arithmetic",
    [VC_PROPOSAL_STACK_SWITCHING] = "stack switching",
    [VC_PROPOSAL_EXTENDED_CONSTANTS] = "extended constant expressions",
};

/* Ranges of the reserved numbers in between are VC_FORM_REFUSED, VC_PROPOSAL_NONE by their zeros.
 */
const struct vc_opcode vc_opcode_plain[256] = {
    [0x00] = OLD(PLAIN), /* unreachable */
    [0x01] = OLD(PLAIN),
    [0x02] = OLD(BLOCK),
    [0x03] = OLD(BLOCK),
    [0x04] = OLD(BLOCK),
    [0x05] = OLD(ELSE),
    [0x06 ... 0x0a] = REFUSED(EXCEPTIONS),
    [0x0b] = OLD(END),
    [0x0c] = OLD(INDEX),
    [0x0d] = OLD(INDEX),
    [0x0e] = OLD(BRANCH_TABLE),
    [0x0f] = OLD(PLAIN),
    [0x10] = OLD(FUNCTION), /* call */
    [0x11] = OLD(CALL_INDIRECT),
    [0x12] = REFUSED(TAIL_CALLS),
    [0x13] = REFUSED(TAIL_CALLS),
    [0x14] = REFUSED(FUNCTION_REFERENCES),
    [0x15] = REFUSED(FUNCTION_REFERENCES),
    [0x18] = REFUSED(EXCEPTIONS),
    [0x19] = REFUSED(EXCEPTIONS),
    [0x1a] = OLD(PLAIN), /* drop */
    [0x1b] = OLD(PLAIN), /* select */
    [0x1c] = NEW(TYPES, REFERENCE_TYPES),
    [0x1f] = REFUSED(EXCEPTIONS),
    [0x20 ... 0x22] = OLD(INDEX), /* local variables */
    [0x23 ... 0x24] = OLD(GLOBAL),
    [0x25] = NEW(INDEX, REFERENCE_TYPES),
    [0x26] = NEW(INDEX, REFERENCE_TYPES),
    [0x28 ... 0x3e] = OLD(ACCESS),
    [0x3f] = OLD(MEMORY), /* memory.size */
    [0x40] = OLD(MEMORY_GROW),
    [0x41] = OLD(I32),
    [0x42] = OLD(I64),
    [0x43] = OLD(4_BYTES),
    [0x44] = OLD(8_BYTES),
    [0x45 ... 0xbf] = OLD(PLAIN), /* arithmetic */
    [0xc0 ... 0xc4] = NEW(PLAIN, SIGN_EXTENSION),
    [0xd0] = NEW(REFERENCE, REFERENCE_TYPES),
    [0xd1] = NEW(PLAIN, REFERENCE_TYPES),
    [0xd2] = NEW(FUNCTION, REFERENCE_TYPES),
    [0xd3] = REFUSED(GARBAGE_COLLECTION),
    [0xd4 ... 0xd6] = REFUSED(FUNCTION_REFERENCES),
    [0xe0 ... 0xe6] = REFUSED(STACK_SWITCHING),
    [0xfb] = REFUSED(GARBAGE_COLLECTION),
    [0xfc] = OLD(PREFIX_MISC),
    [0xfd] = OLD(PREFIX_SIMD),
    [0xfe] = REFUSED(THREADS),
};

const struct vc_opcode vc_opcode_misc[VC_OPCODE_MISC_COUNT] = {
    [0 ... 7] = NEW(PLAIN, SATURATING_CONVERSION),
    [8] = NEW(INDEX_MEMORY, BULK_MEMORY), /* memory.init */
    [9] = NEW(INDEX, BULK_MEMORY),
    [10] = NEW(TWO_MEMORIES, BULK_MEMORY), /* memory.copy */
    [11] = NEW(MEMORY, BULK_MEMORY),       /* memory.fill */
    [12] = NEW(TWO_INDICES, BULK_MEMORY),  /* table.init */
    [13] = NEW(INDEX, BULK_MEMORY),
    [14] = NEW(TWO_INDICES, BULK_MEMORY), /* table.copy */
    [15 ... 17] = NEW(INDEX, REFERENCE_TYPES),
};

/* Numbers without an entry were given up by the proposal and mean nothing. */
const struct vc_opcode vc_opcode_simd[VC_OPCODE_SIMD_COUNT] = {
    [0x00 ... 0x0b] = NEW(ACCESS, SIMD), [0x0c] = NEW(16_BYTES, SIMD), /* v128.const */
    [0x0d] = NEW(16_BYTES, SIMD),                                      /* shuffle */
    [0x0e ... 0x14] = NEW(PLAIN, SIMD),  [0x15 ... 0x22] = NEW(LANE, SIMD),
    [0x23 ... 0x53] = NEW(PLAIN, SIMD),  [0x54 ... 0x5b] = NEW(ACCESS_LANE, SIMD),
    [0x5c] = NEW(ACCESS, SIMD),          [0x5d] = NEW(ACCESS, SIMD),
    [0x5e ... 0x99] = NEW(PLAIN, SIMD),  [0x9b ... 0xa1] = NEW(PLAIN, SIMD),
    [0xa3 ... 0xa4] = NEW(PLAIN, SIMD),  [0xa7 ... 0xae] = NEW(PLAIN, SIMD),
    [0xb1] = NEW(PLAIN, SIMD),           [0xb5 ... 0xba] = NEW(PLAIN, SIMD),
    [0xbc ... 0xc1] = NEW(PLAIN, SIMD),  [0xc3 ... 0xc4] = NEW(PLAIN, SIMD),
    [0xc7 ... 0xce] = NEW(PLAIN, SIMD),  [0xd1] = NEW(PLAIN, SIMD),
    [0xd5 ... 0xe1] = NEW(PLAIN, SIMD),  [0xe3 ... 0xed] = NEW(PLAIN, SIMD),
    [0xef ... 0xff] = NEW(PLAIN, SIMD),
};
