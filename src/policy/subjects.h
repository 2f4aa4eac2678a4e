/* SPDX-License-Identifier: MIT */

/* A set of principals and programs of one policy. */

#ifndef VC_POLICY_SUBJECTS_H
#define VC_POLICY_SUBJECTS_H

#include "policy/policy.h"

constexpr size_t VC_SUBJECTS_MAX = VC_POLICY_PRINCIPALS_MAX + VC_POLICY_PROGRAMS_MAX;

/* Zeros: nobody. */
struct vc_subjects {
    uint64_t words[(VC_SUBJECTS_MAX + 63) / 64];
};

/* Of subjects that exist: principals first, then programs. */
static inline size_t vc_subject_number(const struct vc_policy *policy, struct vc_subject who)
{
    return who.kind == VC_SUBJECT_PROGRAM ? policy->principal_count + who.index : who.index;
}

static inline size_t vc_subject_count(const struct vc_policy *policy)
{
    return policy->principal_count + policy->program_count;
}

static inline struct vc_subject vc_subject_at(const struct vc_policy *policy, size_t number)
{
    return number < policy->principal_count
               ? (struct vc_subject){VC_SUBJECT_PRINCIPAL, number}
               : (struct vc_subject){VC_SUBJECT_PROGRAM, number - policy->principal_count};
}

[[nodiscard]] static inline bool vc_subjects_have(const struct vc_policy *policy,
                                                  const struct vc_subjects *subjects,
                                                  struct vc_subject who)
{
    size_t number = vc_subject_number(policy, who);

    return (subjects->words[number / 64] >> number % 64 & 1) != 0;
}

static inline void vc_subjects_add(const struct vc_policy *policy, struct vc_subjects *subjects,
                                   struct vc_subject who)
{
    size_t number = vc_subject_number(policy, who);

    subjects->words[number / 64] |= UINT64_C(1) << number % 64;
}

#endif
