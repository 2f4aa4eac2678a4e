/* SPDX-License-Identifier: MIT */

/* What the files of the policy in force share. */

#ifndef VC_POLICY_FORCE_INTERNAL_H
#define VC_POLICY_FORCE_INTERNAL_H

#include "policy/force.h"
#include "policy/force_places.h"

/* What is in force of a program. */
struct vc_force_program {
    uint32_t runs_max; /* UINT32_MAX: no rule */
    bool withdrawn;
    struct vc_limits limits;
};

/* Only what the policy allows is ever noted as taken: so equal states are those in which the same
 * is in force. */
struct vc_force {
    const struct vc_policy *policy;
    const struct vc_force *outer;        /* or null */
    const struct vc_policy_stage *stage; /* with rights of its own, or null */
    uint64_t version;                    /* without that of `outer` */
    int64_t expires;
    bool frozen;
    struct vc_force_program *programs;
    size_t word_count; /* of sets of subjects */
    /* Of each stream and key a set of those from whom it was taken, or null. */
    uint64_t **streams, **keys;
    struct vc_places places;
};

/* Is `who` the program of a stage with rights of its own? */
[[nodiscard]] bool vc_force_is_staged(const struct vc_force *force, struct vc_subject who);

/* What a narrowing of rights, or of reading, takes from whom: only what the policy gives. `places`
 * is empty. */
enum vc_code vc_force_plan(const struct vc_force *force, const struct vc_narrowing *narrowing,
                           struct vc_places *places, struct vc_err *err);

#endif
