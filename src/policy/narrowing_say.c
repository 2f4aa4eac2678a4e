/* SPDX-License-Identifier: MIT */

/* What a narrowing says, for people. */

#include "base/instant.h"
#include "policy/limit_names.h"
#include "policy/narrowing.h"
#include "policy/prose.h"

/* What stands before the index-th of `count` things in a list. */
static const char *joint(size_t index, size_t count, const char *last)
{
    return index == 0 ? "" : index + 1 == count ? last : ", ";
}

static void say_subject(const struct vc_policy *policy, struct vc_subject who,
                        struct vc_prose *prose)
{
    if (who.kind == VC_SUBJECT_PROGRAM) {
        vc_prose_say(prose, "the program %s", policy->programs[who.index].name);
    } else {
        vc_prose_say(prose, "%s", policy->principals[who.index].name);
    }
}

/* Those who are in the set, or those who are not. */
static void say_some(const struct vc_policy *policy, const struct vc_subjects *subjects, bool in,
                     size_t first, struct vc_prose *prose)
{
    size_t count = 0;
    size_t said = 0;

    for (size_t i = first; i < vc_subject_count(policy); i++)
        count += vc_subjects_have(policy, subjects, vc_subject_at(policy, i)) == in;
    for (size_t i = first; i < vc_subject_count(policy); i++) {
        struct vc_subject who = vc_subject_at(policy, i);

        if (vc_subjects_have(policy, subjects, who) != in)
            continue;
        vc_prose_say(prose, "%s", joint(said++, count, " and "));
        say_subject(policy, who, prose);
    }
}

/* "alice and bob may not", "nobody but bob may", "nobody may", "whoever may, still may". */
static void say_from(const struct vc_policy *policy, const struct vc_narrowing *narrowing,
                     struct vc_prose *prose)
{
    size_t first = narrowing->kind == VC_NARROW_TAKE_KEY ? policy->principal_count : 0;
    size_t all = vc_subject_count(policy) - first;
    size_t count = 0;

    for (size_t i = first; i < vc_subject_count(policy); i++)
        count += vc_subjects_have(policy, &narrowing->from, vc_subject_at(policy, i));
    if (count == all) {
        vc_prose_say(prose, "nobody may ");
    } else if (count == 0) {
        vc_prose_say(prose, "whoever may, still may ");
    } else if (count > all / 2) {
        vc_prose_say(prose, first > 0 ? "no program but " : "nobody but ");
        say_some(policy, &narrowing->from, false, first, prose);
        vc_prose_say(prose, " may ");
    } else {
        say_some(policy, &narrowing->from, true, first, prose);
        vc_prose_say(prose, " may not ");
    }
}

static void say_place(const struct vc_narrowing *narrowing, struct vc_prose *prose)
{
    vc_prose_text(prose, narrowing->path);
    if (narrowing->tree)
        vc_prose_say(prose, " and what is below it");
}

static void say_take(const struct vc_policy *policy, const struct vc_narrowing *narrowing,
                     struct vc_prose *prose)
{
    size_t count = (size_t)__builtin_popcount(narrowing->may);
    size_t said = 0;

    say_from(policy, narrowing, prose);
    for (unsigned right = VC_RIGHT_READ; right <= VC_RIGHT_DELETE; right <<= 1) {
        if ((narrowing->may & right) == 0)
            continue;
        vc_prose_say(prose, "%s%s%s", joint(said++, count, " or "),
                     vc_policy_right_name((enum vc_right)right),
                     right == VC_RIGHT_APPEND ? " to" : "");
    }
    vc_prose_say(prose, " ");
    say_place(narrowing, prose);
}

static void say_limits(const struct vc_policy *policy, const struct vc_narrowing *narrowing,
                       struct vc_prose *prose)
{
    size_t count = 0;
    size_t said = 0;

    for (size_t i = 0; i < VC_LIMIT_COUNT; i++)
        count += vc_limit_get(&narrowing->limits, i) < vc_limit_none(i);
    vc_prose_say(prose, "runs of the program %s get at most ",
                 policy->programs[narrowing->program].name);
    for (size_t i = 0; i < VC_LIMIT_COUNT; i++) {
        uint64_t value = vc_limit_get(&narrowing->limits, i);

        if (value < vc_limit_none(i)) {
            vc_prose_say(prose, "%s%s %llu", joint(said++, count, " and "), vc_limit_name(i),
                         (unsigned long long)value);
        }
    }
}

static void say_runs(const struct vc_policy *policy, const struct vc_narrowing *narrowing,
                     struct vc_prose *prose)
{
    const char *name = policy->programs[narrowing->program].name;

    if (narrowing->kind == VC_NARROW_WITHDRAW) {
        vc_prose_say(prose, "the program %s is withdrawn: it is not started, and does not go on",
                     name);
    } else if (narrowing->runs_max == 0) {
        vc_prose_say(prose, "the program %s may be started no more", name);
    } else {
        vc_prose_say(prose, "the program %s may be started %u time%s in all", name,
                     narrowing->runs_max, narrowing->runs_max == 1 ? "" : "s");
    }
}

static void say(const struct vc_policy *policy, const struct vc_narrowing *narrowing,
                struct vc_prose *prose)
{
    char text[VC_INSTANT_TEXT_MAX];

    switch (narrowing->kind) {
    case VC_NARROW_TAKE:
        say_take(policy, narrowing, prose);
        break;
    case VC_NARROW_TAKE_STREAM:
        say_from(policy, narrowing, prose);
        vc_prose_say(prose, "use the stream %s", policy->streams[narrowing->stream].name);
        break;
    case VC_NARROW_TAKE_KEY:
        say_from(policy, narrowing, prose);
        vc_prose_say(prose, "use the key %s", policy->keys[narrowing->key].name);
        break;
    case VC_NARROW_READ_ONCE:
        vc_prose_say(prose, "each principal may read ");
        say_place(narrowing, prose);
        vc_prose_say(prose, " once more");
        break;
    case VC_NARROW_EXPIRES:
        vc_instant_format(narrowing->expires, text);
        vc_prose_say(prose, "the container ends at %s", text);
        break;
    case VC_NARROW_LIMITS:
        say_limits(policy, narrowing, prose);
        break;
    case VC_NARROW_FREEZE:
        vc_prose_say(prose, "inputs change no more");
        break;
    case VC_NARROW_RUNS:
    case VC_NARROW_WITHDRAW:
        say_runs(policy, narrowing, prose);
        break;
    }
}

enum vc_code vc_narrowing_say(const struct vc_policy *policy, const struct vc_narrowing *narrowing,
                              struct vc_buffer *prose, struct vc_err *err)
{
    struct vc_prose sentence = vc_prose_over(prose);

    say(policy, narrowing, &sentence);
    return vc_prose_end(&sentence, err);
}
