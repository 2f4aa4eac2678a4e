/* SPDX-License-Identifier: MIT */

/* Who may narrow what. */

#include "policy/decide.h"
#include "policy/narrowing.h"
#include "policy/spot.h"

static bool is_among(const size_t *items, size_t count, size_t item)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i] == item)
            return true;
    }
    return false;
}

static bool chooses(const struct vc_policy_choice *choice, size_t item)
{
    return choice->all || is_among(choice->items, choice->count, item);
}

static bool rule_allows(const struct vc_policy_narrower *rule, const struct vc_narrowing *narrowing)
{
    switch (narrowing->kind) {
    case VC_NARROW_TAKE:
    case VC_NARROW_READ_ONCE:
        return rule->path != nullptr &&
               vc_spot_within((struct vc_spot){narrowing->path, narrowing->tree},
                              (struct vc_spot){rule->path, rule->tree});
    case VC_NARROW_TAKE_STREAM:
        return chooses(&rule->streams, narrowing->stream);
    case VC_NARROW_TAKE_KEY:
        return chooses(&rule->keys, narrowing->key);
    case VC_NARROW_RUNS:
    case VC_NARROW_LIMITS:
    case VC_NARROW_WITHDRAW:
        return chooses(&rule->programs, narrowing->program);
    case VC_NARROW_EXPIRES:
    case VC_NARROW_FREEZE:
        return true;
    }
    return false;
}

static bool some_rule_allows(const struct vc_policy *policy, struct vc_subject who,
                             const struct vc_narrowing *narrowing)
{
    for (size_t i = 0; i < policy->narrower_count; i++) {
        const struct vc_policy_narrower *rule = &policy->narrowers[i];

        if (vc_policy_same_subject(rule->who, who) && (rule->may & 1U << narrowing->kind) != 0 &&
            rule_allows(rule, narrowing))
            return true;
    }
    return false;
}

/* Nobody but, at most, who asks. */
static bool is_from_itself(const struct vc_policy *policy, struct vc_subject who,
                           const struct vc_subjects *from)
{
    size_t own = vc_subject_number(policy, who);

    for (size_t i = 0; i < VC_COUNT(from->words); i++) {
        if ((from->words[i] & ~(i == own / 64 ? UINT64_C(1) << own % 64 : 0)) != 0)
            return false;
    }
    return true;
}

/* What needs no rule: nobody loses by it who did not agree to be here on these terms. Of programs
 * nothing, since all principals are told of a narrowing, and it says what the program likes: what a
 * run gives up for itself alone nobody is told. */
static bool is_implied(const struct vc_policy *policy, struct vc_subject who,
                       const struct vc_narrowing *narrowing)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    if (who.kind != VC_SUBJECT_PRINCIPAL)
        return false;
    switch (narrowing->kind) {
    case VC_NARROW_TAKE:
    case VC_NARROW_TAKE_STREAM:
        return is_from_itself(policy, who, &narrowing->from);
    case VC_NARROW_TAKE_KEY:
        return is_from_itself(policy, who, &narrowing->from) ||
               policy->keys[narrowing->key].owner == who.index;
    case VC_NARROW_WITHDRAW:
        return is_among(lifecycle->consent, lifecycle->consent_count, who.index);
    case VC_NARROW_READ_ONCE:
    case VC_NARROW_EXPIRES:
    case VC_NARROW_RUNS:
    case VC_NARROW_LIMITS:
    case VC_NARROW_FREEZE:
        return false;
    }
    return false;
}

/* "take what is at ", "/input/a", "": the sentence that refuses it. */
struct description {
    const char *before, *name, *after;
};

static struct description describe(const struct vc_policy *policy,
                                   const struct vc_narrowing *narrowing)
{
    switch (narrowing->kind) {
    case VC_NARROW_TAKE:
        return (struct description){"take what is at ", narrowing->path, ""};
    case VC_NARROW_TAKE_STREAM:
        return (struct description){"take the stream ", policy->streams[narrowing->stream].name,
                                    ""};
    case VC_NARROW_TAKE_KEY:
        return (struct description){"take the key ", policy->keys[narrowing->key].name, ""};
    case VC_NARROW_READ_ONCE:
        return (struct description){"have ", narrowing->path, " read only once more"};
    case VC_NARROW_RUNS:
        return (struct description){"have ", policy->programs[narrowing->program].name,
                                    " started less often"};
    case VC_NARROW_LIMITS:
        return (struct description){"give less to runs of ",
                                    policy->programs[narrowing->program].name, ""};
    case VC_NARROW_WITHDRAW:
        return (struct description){"withdraw ", policy->programs[narrowing->program].name, ""};
    case VC_NARROW_FREEZE:
        return (struct description){"freeze the inputs", "", ""};
    case VC_NARROW_EXPIRES:
        break;
    }
    return (struct description){"let the container end sooner", "", ""};
}

static bool exists(const struct vc_policy *policy, struct vc_subject who)
{
    return who.kind == VC_SUBJECT_PROGRAM
               ? who.index < policy->program_count
               : who.kind == VC_SUBJECT_PRINCIPAL && who.index < policy->principal_count;
}

enum vc_code vc_policy_decide_narrow(const struct vc_policy *policy, struct vc_subject who,
                                     const struct vc_narrowing *narrowing, struct vc_err *err)
{
    struct description what;

    if (!exists(policy, who) || (size_t)narrowing->kind >= VC_NARROWING_KINDS)
        return vc_fail(err, VC_REFUSED, "narrowing: not a question that has an answer");
    if (some_rule_allows(policy, who, narrowing) || is_implied(policy, who, narrowing))
        return VC_OK;
    what = describe(policy, narrowing);
    return vc_fail(err, VC_REFUSED, "narrowing: %s%s may not %s%s%s",
                   who.kind == VC_SUBJECT_PROGRAM ? "the program " : "",
                   vc_policy_subject_name(policy, who), what.before, what.name, what.after);
}
