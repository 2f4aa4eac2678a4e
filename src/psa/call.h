/* SPDX-License-Identifier: MIT */

/* One call of the crypto ABI, taken apart: what the program gave, where answers go. */

#ifndef VC_PSA_CALL_H
#define VC_PSA_CALL_H

#include "abi/psa.h"
#include "base/defs.h"

/* psa_status_t; the numbers are the specification's. */
typedef int32_t vc_psa_status;

/* Those that rooms say that do not name the core. */
enum vc_psa_said {
    VC_PSA_SUCCESS = 0,
    VC_PSA_ERROR_NOT_SUPPORTED = -134,
    VC_PSA_ERROR_INVALID_ARGUMENT = -135,
    VC_PSA_ERROR_INSUFFICIENT_MEMORY = -141,
    VC_PSA_ERROR_INSUFFICIENT_STORAGE = -142,
    VC_PSA_ERROR_COMMUNICATION_FAILURE = -145,
    VC_PSA_ERROR_STORAGE_FAILURE = -146,
};

struct vc_psa_output {
    uint8_t *data;
    size_t room; /* bytes */
    size_t size; /* bytes written: 0 on failure, room for a shape without l */
};

/* Inputs and outputs are memory that nobody else writes during the call. The last input may begin
 * where an output begins (then both are the program's one buffer); otherwise no two overlap. */
struct vc_psa_call {
    enum vc_psa_function function;
    uint32_t values[VC_PSA_VALUES_MAX]; /* v in their order; then the three of c */
    uint64_t wide;
    uint32_t operation, operation2; /* handles: given, and changed */
    struct vc_bytes inputs[VC_PSA_INPUTS_MAX];
    struct vc_psa_output outputs[VC_PSA_OUTPUTS_MAX];
    struct vc_psa_attributes attributes; /* a: given; A: written */
    uint32_t key;                        /* k: written */
    uint32_t number;                     /* n: written */
};

/* Whoever answers calls: a service, a key store at the other end of a socket, a router before both.
 */
typedef vc_psa_status vc_psa_answer_fn(void *user, struct vc_psa_call *call);

/* The shape of a function, as abi/psa.h has it, and its name with the prefix ("psa_hash_setup"). */
const char *vc_psa_shape(enum vc_psa_function function);
const char *vc_psa_name(enum vc_psa_function function);

/* How often a letter is in a function's shape. */
size_t vc_psa_count(enum vc_psa_function function, char letter);

#endif
