/* SPDX-License-Identifier: MIT */

#include "policy/notice_narrowing.h"

#include "policy/decide.h"
#include "policy/explain_names.h"
#include "policy/kind_names.h"
#include "policy/notice.h"
#include "policy/spot.h"

static constexpr unsigned KINDS_OF_PLACES = 1U << VC_NARROW_TAKE | 1U << VC_NARROW_READ_ONCE;

/* The principals but `who` that may read something in the spot. */
static struct vc_crowd readers_but(const struct vc_policy *policy, struct vc_spot spot,
                                   struct vc_subject who)
{
    struct vc_crowd crowd = {.kind = VC_SUBJECT_PRINCIPAL};

    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];

        if (right->who.kind != VC_SUBJECT_PRINCIPAL || vc_policy_same_subject(right->who, who) ||
            (right->may & VC_RIGHT_READ) == 0 || crowd.in[right->who.index] ||
            !vc_spot_overlap(spot, vc_spot_of(right), nullptr))
            continue;
        crowd.in[right->who.index] = true;
        crowd.count++;
    }
    return crowd;
}

/* Whom a program shuts out after it has seen the data learns something by it, as do all others who
 * are told. */
static size_t say_shut_out(struct vc_prose *prose, const struct vc_policy *policy,
                           const struct vc_policy_narrower *rule)
{
    struct vc_spot spot = {rule->path, rule->tree};
    bool program = rule->who.kind == VC_SUBJECT_PROGRAM;
    struct vc_crowd crowd;

    if ((rule->may & 1U << VC_NARROW_TAKE) == 0)
        return 0;
    crowd = readers_but(policy, spot, rule->who);
    if (crowd.count == 0)
        return 0;
    vc_prose_say(prose, "- The %s%s may shut ", program ? "program " : "",
                 vc_policy_subject_name(policy, rule->who));
    vc_explain_crowd(prose, policy, &crowd);
    vc_prose_say(prose, " out of ");
    vc_notice_spot(prose, spot);
    vc_prose_say(prose, "%s.\n",
                 program ? ", knowing the data: it can spoil a result so, and tell something by it"
                         : " at any moment");
    return 1;
}

/* What lets one hold up the others. */
static size_t say_hold_up(struct vc_prose *prose, const struct vc_policy *policy,
                          const struct vc_policy_narrower *rule)
{
    unsigned kinds = rule->may & ~KINDS_OF_PLACES;
    size_t count = (size_t)__builtin_popcount(kinds);
    size_t said = 0;

    if (kinds == 0 || (rule->who.kind == VC_SUBJECT_PRINCIPAL && policy->principal_count == 1))
        return 0;
    vc_prose_say(prose, "- The %s%s may keep others from going on, by narrowing ",
                 rule->who.kind == VC_SUBJECT_PROGRAM ? "program " : "",
                 vc_policy_subject_name(policy, rule->who));
    for (unsigned kind = 0; kind < VC_NARROWING_KINDS; kind++) {
        if ((kinds & 1U << kind) == 0)
            continue;
        vc_prose_say(prose, "%s%s", vc_prose_joint(said++, count),
                     vc_narrowing_kind_name((enum vc_narrowing_kind)kind));
    }
    vc_prose_say(prose, ".\n");
    return 1;
}

size_t vc_notice_narrowing(const struct vc_policy *policy, struct vc_prose *prose, size_t most)
{
    size_t said = 0;

    for (size_t i = 0; i < policy->narrower_count && said < most; i++) {
        said += say_shut_out(prose, policy, &policy->narrowers[i]);
        said += say_hold_up(prose, policy, &policy->narrowers[i]);
    }
    return said;
}
