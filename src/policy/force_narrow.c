/* SPDX-License-Identifier: MIT */

/* How the policy in force changes. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "policy/force_internal.h"
#include "policy/limit_names.h"

/* What a narrowing does. */
struct effect {
    bool noted;   /* something is in force here that was not */
    bool changed; /* and it was not in force outside either: something is no longer allowed */
};

/* -------------------------------------------------------------------------------------- rights */

/* Does it take anything that is not yet taken, here or outside? */
static enum vc_code is_news(const struct vc_force *force, const struct vc_narrowing *narrowing,
                            bool *news, struct vc_err *err)
{
    vc_cleanup(vc_places_done) struct vc_places more = {.word_count = force->word_count};
    enum vc_code code = vc_force_plan(force, narrowing, &more, err);

    for (; code == VC_OK && force != nullptr; force = force->outer)
        vc_places_reduce(&more, &force->places);
    *news = !vc_places_empty(&more);
    return code;
}

static enum vc_code narrow_places(struct vc_force *force, const struct vc_narrowing *narrowing,
                                  struct effect *effect, struct vc_err *err)
{
    vc_cleanup(vc_places_done) struct vc_places more = {.word_count = force->word_count};
    bool news = true;
    enum vc_code code = vc_force_plan(force, narrowing, &more, err);

    if (code == VC_OK && force->outer != nullptr)
        code = is_news(force, narrowing, &news, err);
    if (code != VC_OK)
        return code;
    vc_places_reduce(&more, &force->places);
    *effect = (struct effect){!vc_places_empty(&more), !vc_places_empty(&more) && news};
    return vc_places_join(
        &force->places, &more,
        force->outer == nullptr ? VC_FORCE_PLACES_MAX : VC_FORCE_OF_RUN_PLACES_MAX, err);
}

/* ----------------------------------------------------------------------------- streams and keys */

static bool is_in(const uint64_t *set, size_t number)
{
    return set != nullptr && (set[number / 64] >> number % 64 & 1) != 0;
}

static bool is_end_of(const struct vc_policy_stream *stream, struct vc_subject who)
{
    if (vc_policy_same_subject(stream->producer, who))
        return true;
    for (size_t i = 0; i < stream->consumer_count; i++) {
        if (vc_policy_same_subject(stream->consumers[i], who))
            return true;
    }
    return false;
}

/* Has `who` what is narrowed, by the policy? */
static bool is_user(const struct vc_policy *policy, const struct vc_narrowing *narrowing,
                    struct vc_subject who)
{
    if (narrowing->kind == VC_NARROW_TAKE_STREAM)
        return is_end_of(&policy->streams[narrowing->stream], who);
    return who.kind == VC_SUBJECT_PROGRAM &&
           vc_policy_key_is_for(&policy->keys[narrowing->key], who.index);
}

/* The set of those from whom it was taken. */
static uint64_t **set_of(const struct vc_force *force, const struct vc_narrowing *narrowing)
{
    return narrowing->kind == VC_NARROW_TAKE_STREAM ? &force->streams[narrowing->stream]
                                                    : &force->keys[narrowing->key];
}

static bool is_taken_outside(const struct vc_force *force, const struct vc_narrowing *narrowing,
                             size_t number)
{
    for (force = force->outer; force != nullptr; force = force->outer) {
        if (is_in(*set_of(force, narrowing), number))
            return true;
    }
    return false;
}

static enum vc_code narrow_users(struct vc_force *force, const struct vc_narrowing *narrowing,
                                 struct effect *effect, struct vc_err *err)
{
    const struct vc_policy *policy = force->policy;
    uint64_t **set = set_of(force, narrowing);

    if (*set == nullptr)
        *set = calloc(force->word_count, sizeof(**set));
    if (*set == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < vc_subject_count(policy); i++) {
        struct vc_subject who = vc_subject_at(policy, i);

        if (!vc_subjects_have(policy, &narrowing->from, who) || is_in(*set, i) ||
            !is_user(policy, narrowing, who))
            continue;
        (*set)[i / 64] |= UINT64_C(1) << i % 64;
        effect->noted = true;
        effect->changed = effect->changed || !is_taken_outside(force, narrowing, i);
    }
    return VC_OK;
}

/* ------------------------------------------------------------------------------------- numbers */

static void narrow_expires(struct vc_force *force, int64_t expires, struct effect *effect)
{
    effect->changed = expires < vc_force_expires(force);
    effect->noted = expires < force->expires;
    if (effect->noted)
        force->expires = expires;
}

static void narrow_runs(struct vc_force *force, size_t program, uint32_t most,
                        struct effect *effect)
{
    struct vc_force_program *mine = &force->programs[program];

    effect->noted = most < mine->runs_max && !mine->withdrawn;
    effect->changed = most < vc_force_runs_left(force, program, 0);
    if (effect->noted)
        mine->runs_max = most;
}

static bool is_less(const struct vc_limits *a, const struct vc_limits *b)
{
    for (size_t i = 0; i < VC_LIMIT_COUNT; i++) {
        if (vc_limit_get(a, i) < vc_limit_get(b, i))
            return true;
    }
    return false;
}

static void narrow_limits(struct vc_force *force, size_t program, const struct vc_limits *limits,
                          struct effect *effect)
{
    struct vc_force_program *mine = &force->programs[program];
    struct vc_limits before = vc_force_limits(force, program);

    effect->noted = is_less(limits, &mine->limits);
    effect->changed = is_less(limits, &before);
    mine->limits = vc_limits_meet(&mine->limits, limits);
}

static void narrow_freeze(struct vc_force *force, struct effect *effect)
{
    effect->noted = !force->frozen;
    effect->changed = true;
    for (const struct vc_force *any = force; any != nullptr; any = any->outer)
        effect->changed = effect->changed && !any->frozen;
    force->frozen = true;
}

static void narrow_withdraw(struct vc_force *force, size_t program, struct effect *effect)
{
    effect->noted = !force->programs[program].withdrawn;
    effect->changed = vc_force_decide_go_on(force, program, nullptr) == VC_OK;
    force->programs[program].withdrawn = true;
}

/* --------------------------------------------------------------------------------------- whole */

static enum vc_code narrow(struct vc_force *force, const struct vc_narrowing *narrowing,
                           struct effect *effect, struct vc_err *err)
{
    switch (narrowing->kind) {
    case VC_NARROW_TAKE:
    case VC_NARROW_READ_ONCE:
        return narrow_places(force, narrowing, effect, err);
    case VC_NARROW_TAKE_STREAM:
    case VC_NARROW_TAKE_KEY:
        return narrow_users(force, narrowing, effect, err);
    case VC_NARROW_EXPIRES:
        narrow_expires(force, narrowing->expires, effect);
        break;
    case VC_NARROW_RUNS:
        narrow_runs(force, narrowing->program, narrowing->runs_max, effect);
        break;
    case VC_NARROW_LIMITS:
        narrow_limits(force, narrowing->program, &narrowing->limits, effect);
        break;
    case VC_NARROW_FREEZE:
        narrow_freeze(force, effect);
        break;
    case VC_NARROW_WITHDRAW:
        narrow_withdraw(force, narrowing->program, effect);
        break;
    }
    return VC_OK;
}

enum vc_code vc_force_narrow(struct vc_force *force, const struct vc_narrowing *narrowing,
                             bool *changed, struct vc_err *err)
{
    struct effect effect = {};
    enum vc_code code;

    assert((size_t)narrowing->kind < VC_NARROWING_KINDS);
    code = narrow(force, narrowing, &effect, err);
    if (code != VC_OK)
        return code;
    force->version += effect.noted;
    *changed = effect.changed;
    return VC_OK;
}
