/* SPDX-License-Identifier: MIT */

#include "policy/explain_narrowing.h"

#include "policy/decide.h"
#include "policy/explain_names.h"
#include "policy/notice.h"
#include "policy/spot.h"

/* A sentence about one rule under construction. */
struct sentence {
    struct vc_prose *prose;
    const struct vc_policy *policy;
    const struct vc_policy_narrower *rule;
    size_t said; /* of its parts */
};

static const char *stream_name(const struct vc_policy *policy, size_t index)
{
    return policy->streams[index].name;
}

static const char *key_name(const struct vc_policy *policy, size_t index)
{
    return policy->keys[index].name;
}

static const char *program_name(const struct vc_policy *policy, size_t index)
{
    return policy->programs[index].name;
}

/* Is this among what the rule lets be done? Then what stands between the parts is said. */
static bool begin(struct sentence *sentence, enum vc_narrowing_kind kind)
{
    if ((sentence->rule->may & 1U << kind) == 0)
        return false;
    vc_prose_say(sentence->prose, "%s", sentence->said++ > 0 ? ", and " : "");
    return true;
}

/* "any stream", "the streams a and b" */
static void say_choice(struct sentence *sentence, const char *noun,
                       const struct vc_policy_choice *choice,
                       const char *(*name)(const struct vc_policy *policy, size_t index))
{
    if (choice->all) {
        vc_prose_say(sentence->prose, "any %s", noun);
        return;
    }
    vc_prose_say(sentence->prose, "the %s%s ", noun, choice->count == 1 ? "" : "s");
    for (size_t i = 0; i < choice->count; i++) {
        vc_prose_say(sentence->prose, "%s%s", vc_prose_joint(i, choice->count),
                     name(sentence->policy, choice->items[i]));
    }
}

static void say_place(struct sentence *sentence)
{
    vc_notice_spot(sentence->prose, (struct vc_spot){sentence->rule->path, sentence->rule->tree});
}

static void say_taking(struct sentence *sentence)
{
    if (begin(sentence, VC_NARROW_TAKE)) {
        vc_prose_say(sentence->prose, "take from anybody rights to ");
        say_place(sentence);
    }
    if (begin(sentence, VC_NARROW_READ_ONCE)) {
        vc_prose_say(sentence->prose, "let each principal read only once more ");
        say_place(sentence);
    }
    if (begin(sentence, VC_NARROW_TAKE_STREAM)) {
        vc_prose_say(sentence->prose, "take from any of its ends ");
        say_choice(sentence, "stream", &sentence->rule->streams, stream_name);
    }
    if (begin(sentence, VC_NARROW_TAKE_KEY)) {
        vc_prose_say(sentence->prose, "take from programs ");
        say_choice(sentence, "key", &sentence->rule->keys, key_name);
    }
}

static void say_programs(struct sentence *sentence)
{
    static const struct {
        enum vc_narrowing_kind kind;
        const char *words;
    } rows[] = {
        {VC_NARROW_RUNS, "lower the number of starts of "},
        {VC_NARROW_LIMITS, "lower the limits of "},
        {VC_NARROW_WITHDRAW, "withdraw "},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        if (!begin(sentence, rows[i].kind))
            continue;
        vc_prose_say(sentence->prose, "%s", rows[i].words);
        say_choice(sentence, "program", &sentence->rule->programs, program_name);
    }
}

static void say_rule(struct vc_prose *prose, const struct vc_policy *policy,
                     const struct vc_policy_narrower *rule)
{
    struct sentence sentence = {prose, policy, rule, 0};

    vc_prose_say(prose, "The %s%s may ", rule->who.kind == VC_SUBJECT_PROGRAM ? "program " : "",
                 vc_policy_subject_name(policy, rule->who));
    say_taking(&sentence);
    say_programs(&sentence);
    if (begin(&sentence, VC_NARROW_EXPIRES))
        vc_prose_say(prose, "let the container end sooner");
    if (begin(&sentence, VC_NARROW_FREEZE))
        vc_prose_say(prose, "freeze all inputs");
    vc_prose_say(prose, ".\n");
}

void vc_explain_narrowing(struct vc_prose *prose, const struct vc_policy *policy)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    vc_prose_say(prose, "\nNarrowing\n\nWhile the container lives, less can become allowed than is "
                        "said here, for good, and never more. Every principal may give up "
                        "its own rights.\n");
    if (policy->key_count > 0)
        vc_prose_say(prose, "Who gives a key may take it from any program.\n");
    for (size_t i = 0; i < lifecycle->consent_count; i++) {
        vc_prose_say(prose, "The %s, whose consent is needed, may withdraw any program.\n",
                     policy->principals[lifecycle->consent[i]].name);
    }
    for (size_t i = 0; i < policy->narrower_count; i++)
        say_rule(prose, policy, &policy->narrowers[i]);
    if (policy->narrower_count == 0)
        vc_prose_say(prose, "Beyond that nobody may narrow anything.\n");
}
