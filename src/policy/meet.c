/* SPDX-License-Identifier: MIT */

#include "policy/meet.h"

#include "policy/decide.h"
#include "policy/lifecycle.h"

static constexpr unsigned WRITES = VC_RIGHT_WRITE | VC_RIGHT_APPEND;

/* Two, of whom one is the program. */
struct pair {
    const struct vc_policy *policy;
    struct vc_subject program, other;
};

/* At this very path, what is fixed there taken into account. */
static bool may(const struct vc_policy *policy, struct vc_subject who, unsigned rights,
                const char *path)
{
    for (unsigned right = VC_RIGHT_READ; right <= VC_RIGHT_DELETE; right <<= 1) {
        if ((rights & right) != 0 &&
            vc_policy_decide(policy, who, (enum vc_right)right, path, nullptr) == VC_OK)
            return true;
    }
    return false;
}

/* Does something go from one to the other where both rights reach? Of a whole directory it is
 * enough that nothing at it forbids it. */
static bool passes(const struct pair *pair, const struct vc_policy_right *ours,
                   const struct vc_policy_right *theirs)
{
    bool there = (ours->may & WRITES) != 0 && (theirs->may & VC_RIGHT_READ) != 0;
    bool back = (ours->may & VC_RIGHT_READ) != 0 && (theirs->may & WRITES) != 0;
    struct vc_spot common;

    if ((!there && !back) || !vc_spot_overlap(vc_spot_of(ours), vc_spot_of(theirs), &common))
        return false;
    if (common.tree)
        return true;
    return (there && may(pair->policy, pair->program, WRITES, common.path) &&
            may(pair->policy, pair->other, VC_RIGHT_READ, common.path)) ||
           (back && may(pair->policy, pair->program, VC_RIGHT_READ, common.path) &&
            may(pair->policy, pair->other, WRITES, common.path));
}

/* With one of the program's rights from the first-th on, of so many. */
static bool passes_some(const struct pair *pair, struct vc_path_list ours, size_t first,
                        size_t count, const struct vc_policy_right *theirs)
{
    for (size_t i = first; i < first + count; i++) {
        if (passes(pair, &pair->policy->rights[ours.entries[i].value], theirs))
            return true;
    }
    return false;
}

/* Only rights above, at and below the other's place can reach there. */
static bool passes_at(const struct pair *pair, struct vc_path_list ours,
                      const struct vc_policy_right *theirs)
{
    struct vc_bytes place = {};
    size_t first;

    while (vc_path_step(theirs->path, &place)) {
        size_t count = vc_path_list_at(ours, place, &first);

        if (passes_some(pair, ours, first, count, theirs))
            return true;
    }
    if (!theirs->tree || !vc_path_list_below(ours, theirs->path, &first))
        return false;
    for (; first < ours.count && vc_path_within(ours.entries[first].path, theirs->path); first++) {
        if (passes_some(pair, ours, first, 1, theirs))
            return true;
    }
    return false;
}

static bool meet_at_path(const struct pair *pair)
{
    struct vc_path_list ours = vc_policy_index_of(pair->policy, pair->program);
    struct vc_path_list theirs = vc_policy_index_of(pair->policy, pair->other);

    for (size_t i = 0; i < theirs.count; i++) {
        if (passes_at(pair, ours, &pair->policy->rights[theirs.entries[i].value]))
            return true;
    }
    return false;
}

static bool has_end(const struct vc_policy *policy, struct vc_subject who, size_t stream)
{
    size_t consumer;

    return vc_policy_decide_produce(policy, who, stream, nullptr) == VC_OK ||
           vc_policy_decide_consume(policy, who, stream, &consumer, nullptr) == VC_OK;
}

static bool meet_by_stream(const struct pair *pair)
{
    for (size_t i = 0; i < pair->policy->stream_count; i++) {
        if (has_end(pair->policy, pair->program, i) && has_end(pair->policy, pair->other, i))
            return true;
    }
    return false;
}

static bool has_receiver(const struct vc_policy_key *key, size_t principal)
{
    for (size_t i = 0; i < key->receiver_count; i++) {
        if (key->receivers[i] == principal)
            return true;
    }
    return false;
}

static bool meet_by_key(const struct pair *pair)
{
    for (size_t i = 0; i < pair->policy->key_count; i++) {
        const struct vc_policy_key *key = &pair->policy->keys[i];

        if (vc_policy_key_is_for(key, pair->program.index) &&
            (key->owner == pair->other.index || has_receiver(key, pair->other.index)))
            return true;
    }
    return false;
}

/* ---- where a rule lets the program take away ---- */

static bool has_right_in(const struct vc_policy *policy, struct vc_subject who,
                         struct vc_spot place)
{
    struct vc_path_list rights = vc_policy_index_of(policy, who);

    for (size_t i = 0; i < rights.count; i++) {
        if (vc_spot_overlap(vc_spot_of(&policy->rights[rights.entries[i].value]), place, nullptr))
            return true;
    }
    return false;
}

static bool rules(const struct vc_policy_narrower *rule, enum vc_narrowing_kind kind)
{
    return (rule->may >> kind & 1) != 0;
}

/* May this rule take something from the other? */
static bool is_within_rule(const struct pair *pair, const struct vc_policy_narrower *rule)
{
    const struct vc_policy *policy = pair->policy;

    if (rule->path != nullptr &&
        has_right_in(policy, pair->other, (struct vc_spot){rule->path, rule->tree}))
        return true;
    for (size_t i = 0; rules(rule, VC_NARROW_TAKE_STREAM) && i < policy->stream_count; i++) {
        if (vc_policy_chooses(&rule->streams, i) && has_end(policy, pair->other, i))
            return true;
    }
    for (size_t i = 0; rules(rule, VC_NARROW_TAKE_KEY) && i < policy->key_count; i++) {
        if (vc_policy_chooses(&rule->keys, i) && pair->other.kind == VC_SUBJECT_PROGRAM &&
            vc_policy_key_is_for(&policy->keys[i], pair->other.index))
            return true;
    }
    return false;
}

static bool meet_by_rule(const struct pair *pair)
{
    for (size_t i = 0; i < pair->policy->narrower_count; i++) {
        const struct vc_policy_narrower *rule = &pair->policy->narrowers[i];

        if (vc_policy_same_subject(rule->who, pair->program) && is_within_rule(pair, rule))
            return true;
    }
    return false;
}

static bool meet(const struct pair *pair)
{
    if (pair->other.kind == VC_SUBJECT_PRINCIPAL &&
        (meet_by_key(pair) ||
         vc_policy_may_start(pair->policy, pair->other.index, pair->program.index)))
        return true;
    return vc_policy_same_subject(pair->program, pair->other) || meet_by_stream(pair) ||
           meet_by_rule(pair) || meet_at_path(pair);
}

void vc_policy_whom_it_meets(const struct vc_policy *policy, size_t program,
                             struct vc_subjects *subjects)
{
    *subjects = (struct vc_subjects){};
    for (size_t i = 0; i < vc_subject_count(policy); i++) {
        struct pair pair = {policy, {VC_SUBJECT_PROGRAM, program}, vc_subject_at(policy, i)};

        if (meet(&pair))
            vc_subjects_add(policy, subjects, pair.other);
    }
}

bool vc_policy_program_reaches(const struct vc_policy *policy, size_t program, const char *path)
{
    struct vc_subject who = {VC_SUBJECT_PROGRAM, program};
    size_t stream;

    if (vc_policy_is_of_streams(path))
        return vc_policy_stream_at(policy, path, &stream) && has_end(policy, who, stream);
    return may(policy, who, ~0U, path);
}

bool vc_policy_chooses(const struct vc_policy_choice *choice, size_t item)
{
    for (size_t i = 0; !choice->all && i < choice->count; i++) {
        if (choice->items[i] == item)
            return true;
    }
    return choice->all;
}
