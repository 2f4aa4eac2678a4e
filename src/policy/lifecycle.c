/* SPDX-License-Identifier: MIT */

#include "policy/lifecycle.h"

#include <stdckdint.h>

#include "policy/decide.h"

bool vc_policy_may_somewhere(const struct vc_policy *policy, struct vc_subject who, unsigned rights,
                             struct vc_spot place)
{
    struct vc_path_list own = vc_policy_index_of(policy, who);

    for (size_t i = 0; i < own.count; i++) {
        const struct vc_policy_right *right = &policy->rights[own.entries[i].value];

        if ((right->may & rights) != 0 && vc_spot_overlap(vc_spot_of(right), place, nullptr))
            return true;
    }
    return false;
}

bool vc_policy_may_read_in(const struct vc_policy *policy, size_t program,
                           const struct vc_policy_stage *stage, struct vc_spot place)
{
    const struct vc_subject who = {VC_SUBJECT_PROGRAM, program};

    if (stage == nullptr || !stage->narrowed)
        return vc_policy_may_somewhere(policy, who, VC_RIGHT_READ, place);
    for (size_t i = 0; i < stage->right_count; i++) {
        const struct vc_policy_stage_right *right = &stage->rights[i];
        struct vc_spot common;

        if ((right->may & VC_RIGHT_READ) != 0 &&
            vc_spot_overlap((struct vc_spot){right->path, right->tree}, place, &common) &&
            vc_policy_may_somewhere(policy, who, VC_RIGHT_READ, common))
            return true;
    }
    return false;
}

struct vc_spot vc_budget_spot(const struct vc_policy_budget *budget)
{
    return (struct vc_spot){budget->path, budget->tree};
}

enum vc_code vc_policy_decide_consent(const struct vc_policy *policy, size_t principal,
                                      struct vc_err *err)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    if (principal >= policy->principal_count)
        return vc_fail(err, VC_REFUSED, "principals: no such principal");
    for (size_t i = 0; i < lifecycle->consent_count; i++) {
        if (lifecycle->consent[i] == principal)
            return VC_OK;
    }
    return vc_fail(err, VC_REFUSED, "lifecycle.consent: %s is not among those who are asked",
                   policy->principals[principal].name);
}

static bool runs(const struct vc_policy_pipeline *pipeline, size_t program)
{
    for (size_t i = 0; i < pipeline->stage_count; i++) {
        if (pipeline->stages[i].program == program)
            return true;
    }
    return false;
}

bool vc_policy_may_start(const struct vc_policy *policy, size_t principal, size_t program)
{
    const struct vc_subject who = {VC_SUBJECT_PRINCIPAL, principal};

    if (vc_policy_decide(policy, who, VC_RIGHT_EXECUTE, policy->programs[program].path, nullptr) ==
        VC_OK)
        return true;
    for (size_t i = 0; i < policy->pipeline_count; i++) {
        if (runs(&policy->pipelines[i], program) &&
            vc_policy_decide_pipeline(policy, principal, i, nullptr) == VC_OK)
            return true;
    }
    return false;
}

int64_t vc_policy_ends(const struct vc_policy *policy, int64_t started, int64_t expires)
{
    uint32_t deadline = policy->lifecycle.deadline_seconds;
    int64_t ends = policy->expires < expires ? policy->expires : expires;
    int64_t dead;

    if (deadline > 0 && !ckd_add(&dead, started, (int64_t)deadline) && dead < ends)
        ends = dead;
    return ends;
}

enum vc_code vc_policy_check_ends(const struct vc_policy *policy, int64_t started, int64_t expires,
                                  int64_t now, struct vc_err *err)
{
    uint32_t deadline = policy->lifecycle.deadline_seconds;

    if (vc_policy_ends(policy, started, expires) > now)
        return VC_OK;
    if (policy->expires <= now)
        return vc_fail(err, VC_REFUSED, "expires: the policy has expired");
    if (expires <= now)
        return vc_fail(err, VC_REFUSED, "expires: narrowed, and over");
    return vc_fail(err, VC_REFUSED,
                   "lifecycle.deadline_seconds: %u since the container's start, and so it ends",
                   deadline);
}
