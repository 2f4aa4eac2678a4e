/* SPDX-License-Identifier: MIT */

/* The runtime's numbers for vc_tree_set_origin: whose hand put a content where it is. */

#ifndef VC_RUNTIME_ORIGIN_H
#define VC_RUNTIME_ORIGIN_H

#include "policy/policy.h"

constexpr unsigned VC_ORIGIN_RUN_BITS = 48;
constexpr uint64_t VC_ORIGIN_PRINCIPAL = UINT64_C(1) << 62; /* | index */
constexpr uint64_t VC_ORIGIN_PROGRAM = UINT64_C(2) << 62;   /* | index << 48 | run */

static_assert(VC_POLICY_PROGRAMS_MAX <= UINT64_C(1) << (62 - VC_ORIGIN_RUN_BITS));

struct vc_origin {
    bool known;            /* otherwise nobody's that the policy names */
    struct vc_subject who; /* the principal, or the program whose run it was */
    uint64_t run;          /* of a program */
};

static inline uint64_t vc_origin_of_principal(size_t principal)
{
    return VC_ORIGIN_PRINCIPAL | principal;
}

static inline uint64_t vc_origin_of_run(size_t program, uint64_t run)
{
    return VC_ORIGIN_PROGRAM | (uint64_t)program << VC_ORIGIN_RUN_BITS |
           (run & ((UINT64_C(1) << VC_ORIGIN_RUN_BITS) - 1));
}

static inline struct vc_origin vc_origin_read(uint64_t number)
{
    uint64_t rest = number & (VC_ORIGIN_PRINCIPAL - 1);

    if ((number & VC_ORIGIN_PRINCIPAL) != 0)
        return (struct vc_origin){true, {VC_SUBJECT_PRINCIPAL, (size_t)rest}, 0};
    if ((number & VC_ORIGIN_PROGRAM) != 0) {
        return (struct vc_origin){true,
                                  {VC_SUBJECT_PROGRAM, (size_t)(rest >> VC_ORIGIN_RUN_BITS)},
                                  rest & ((UINT64_C(1) << VC_ORIGIN_RUN_BITS) - 1)};
    }
    return (struct vc_origin){};
}

#endif
