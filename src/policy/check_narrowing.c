/* SPDX-License-Identifier: MIT */

/* Whether a policy's rules of who may narrow what are coherent: each lets something be narrowed. */

#include <string.h>

#include "policy/check.h"
#include "policy/decide.h"
#include "policy/kind_names.h"
#include "policy/spot.h"

static bool some_principal_may_read(const struct vc_policy *policy, struct vc_spot spot)
{
    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];

        if (right->who.kind == VC_SUBJECT_PRINCIPAL && (right->may & VC_RIGHT_READ) != 0 &&
            vc_spot_overlap(spot, vc_spot_of(right), nullptr))
            return true;
    }
    return false;
}

/* A path where nothing is allowed is mostly one that was misspelled. */
static enum vc_code check_path(const struct vc_policy *policy, size_t index, struct vc_err *err)
{
    const struct vc_policy_narrower *rule = &policy->narrowers[index];
    struct vc_spot spot = {rule->path, rule->tree};
    const char *slash;

    if (rule->path == nullptr)
        return VC_OK;
    slash = rule->tree && strcmp(rule->path, "/") != 0 ? "/" : "";
    if (!vc_spot_reachable(policy, ~0U, spot)) {
        return vc_fail(err, VC_REFUSED, "narrowing[%zu].path: nobody has a right to %s%s", index,
                       rule->path, slash);
    }
    if ((rule->may & 1U << VC_NARROW_READ_ONCE) != 0 && !some_principal_may_read(policy, spot)) {
        return vc_fail(err, VC_REFUSED,
                       "narrowing[%zu].may: read_once, but no principal may read %s%s", index,
                       rule->path, slash);
    }
    return VC_OK;
}

/* May principals change anything before a run freezes it? */
static bool some_input_changes(const struct vc_policy *policy)
{
    for (size_t i = 0; i < policy->right_count; i++) {
        if (policy->rights[i].who.kind == VC_SUBJECT_PRINCIPAL &&
            (policy->rights[i].may & VC_RIGHTS_CHANGE) != 0)
            return true;
    }
    return policy->key_count > 0;
}

/* Is there anything of the kind that could be narrowed? */
static enum vc_code check_kinds(const struct vc_policy *policy, size_t index, struct vc_err *err)
{
    bool no_program = policy->program_count == 0;
    const struct {
        enum vc_narrowing_kind kind;
        bool without;
        const char *why;
    } rows[] = {
        {VC_NARROW_TAKE_STREAM, policy->stream_count == 0, "there are no streams"},
        {VC_NARROW_TAKE_KEY, policy->key_count == 0, "there are no keys"},
        {VC_NARROW_RUNS, no_program, "there are no programs"},
        {VC_NARROW_LIMITS, no_program, "there are no programs"},
        {VC_NARROW_WITHDRAW, no_program, "there are no programs"},
        {VC_NARROW_FREEZE, !some_input_changes(policy), "no principal may change anything"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        if ((policy->narrowers[index].may & 1U << rows[i].kind) == 0 || !rows[i].without)
            continue;
        return vc_fail(err, VC_REFUSED, "narrowing[%zu].may: %s, but %s", index,
                       vc_narrowing_kind_name(rows[i].kind), rows[i].why);
    }
    return VC_OK;
}

/* -------------------------------------------------------------------------------- no two alike */

static enum vc_code check_choice(size_t index, const char *name,
                                 const struct vc_policy_choice *choice, struct vc_err *err)
{
    for (size_t i = 0; i < choice->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (choice->items[i] != choice->items[k])
                continue;
            return vc_fail(err, VC_REFUSED, "narrowing[%zu].%s[%zu]: the same as [%zu]", index,
                           name, i, k);
        }
    }
    return VC_OK;
}

/* Nothing is twice in a choice, so those of one size are equal if one is within the other. */
static bool same_choice(const struct vc_policy_choice *a, const struct vc_policy_choice *b)
{
    if (a->all != b->all || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        size_t k = 0;

        while (k < b->count && b->items[k] != a->items[i])
            k++;
        if (k == b->count)
            return false;
    }
    return true;
}

static bool same_path(const struct vc_policy_narrower *a, const struct vc_policy_narrower *b)
{
    if (a->path == nullptr || b->path == nullptr)
        return a->path == b->path;
    return a->tree == b->tree && strcmp(a->path, b->path) == 0;
}

static bool same_rule(const struct vc_policy_narrower *a, const struct vc_policy_narrower *b)
{
    return vc_policy_same_subject(a->who, b->who) && a->may == b->may && same_path(a, b) &&
           same_choice(&a->streams, &b->streams) && same_choice(&a->keys, &b->keys) &&
           same_choice(&a->programs, &b->programs);
}

static enum vc_code check_alike(const struct vc_policy *policy, size_t index, struct vc_err *err)
{
    const struct vc_policy_narrower *rule = &policy->narrowers[index];
    enum vc_code code = check_choice(index, "streams", &rule->streams, err);

    if (code == VC_OK)
        code = check_choice(index, "keys", &rule->keys, err);
    if (code == VC_OK)
        code = check_choice(index, "programs", &rule->programs, err);
    for (size_t i = 0; code == VC_OK && i < index; i++) {
        if (same_rule(rule, &policy->narrowers[i]))
            return vc_fail(err, VC_REFUSED, "narrowing[%zu]: the same as [%zu]", index, i);
    }
    return code;
}

enum vc_code vc_policy_check_narrowing(const struct vc_policy *policy, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < policy->narrower_count; i++) {
        code = check_path(policy, i, err);
        if (code == VC_OK)
            code = check_kinds(policy, i, err);
        if (code == VC_OK)
            code = check_alike(policy, i, err);
    }
    return code;
}
