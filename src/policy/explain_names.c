/* SPDX-License-Identifier: MIT */

#include "policy/explain_names.h"

#include "policy/decide.h"

void vc_explain_subject(struct vc_prose *prose, const struct vc_policy *policy,
                        struct vc_subject who)
{
    vc_prose_say(prose, "the %s%s", who.kind == VC_SUBJECT_PROGRAM ? "program " : "",
                 vc_policy_subject_name(policy, who));
}

void vc_explain_crowd(struct vc_prose *prose, const struct vc_policy *policy,
                      const struct vc_crowd *crowd)
{
    size_t count =
        crowd->kind == VC_SUBJECT_PROGRAM ? policy->program_count : policy->principal_count;
    size_t said = 0;

    for (size_t i = 0; i < count; i++) {
        if (!crowd->in[i])
            continue;
        vc_prose_say(prose, "%s", vc_prose_joint(said++, crowd->count));
        vc_explain_subject(prose, policy, (struct vc_subject){crowd->kind, i});
    }
}

void vc_explain_principals(struct vc_prose *prose, const struct vc_policy *policy,
                           const size_t *principals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        vc_prose_say(prose, "%s", vc_prose_joint(i, count));
        vc_explain_subject(prose, policy, (struct vc_subject){VC_SUBJECT_PRINCIPAL, principals[i]});
    }
}
