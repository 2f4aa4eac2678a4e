/* SPDX-License-Identifier: MIT */

#include "runtime/record_stake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/decide.h"

static constexpr unsigned CHANGES = VC_RIGHT_WRITE | VC_RIGHT_APPEND | VC_RIGHT_DELETE;
static constexpr unsigned DEEDS = VC_RIGHT_READ | VC_RIGHT_LIST | CHANGES;

struct vc_record_stakes {
    const struct vc_policy *policy;
    struct vc_subjects *of; /* [program] */
};

static void add(const struct vc_record_stakes *stakes, size_t program, size_t principal)
{
    vc_subjects_add(stakes->policy, &stakes->of[program],
                    (struct vc_subject){VC_SUBJECT_PRINCIPAL, principal});
}

static bool has(const struct vc_record_stakes *stakes, size_t program, size_t principal)
{
    return vc_subjects_have(stakes->policy, &stakes->of[program],
                            (struct vc_subject){VC_SUBJECT_PRINCIPAL, principal});
}

/* ---- files that a program and a principal share ---- */

/* Is there a path of which both speak? */
static bool overlap(const struct vc_policy_right *one, const struct vc_policy_right *other)
{
    if (strcmp(one->path, other->path) == 0)
        return true;
    return (one->tree && vc_path_within(other->path, one->path)) ||
           (other->tree && vc_path_within(one->path, other->path));
}

/* What one of them may write, and the other read. */
static bool passes(const struct vc_policy_right *one, const struct vc_policy_right *other)
{
    return ((one->may & CHANGES) != 0 && (other->may & VC_RIGHT_READ) != 0) ||
           ((one->may & VC_RIGHT_READ) != 0 && (other->may & CHANGES) != 0);
}

static void add_file_sharers(struct vc_record_stakes *stakes, const struct vc_policy_right *right)
{
    const struct vc_policy *policy = stakes->policy;

    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *other = &policy->rights[i];

        if (other->who.kind == VC_SUBJECT_PRINCIPAL &&
            !has(stakes, right->who.index, other->who.index) && passes(right, other) &&
            overlap(right, other))
            add(stakes, right->who.index, other->who.index);
    }
}

/* ---- other ways to have a stake ---- */

static void add_starters(struct vc_record_stakes *stakes)
{
    const struct vc_policy *policy = stakes->policy;

    for (size_t program = 0; program < policy->program_count; program++) {
        for (size_t principal = 0; principal < policy->principal_count; principal++) {
            if (vc_policy_decide(policy, (struct vc_subject){VC_SUBJECT_PRINCIPAL, principal},
                                 VC_RIGHT_EXECUTE, policy->programs[program].path,
                                 nullptr) == VC_OK)
                add(stakes, program, principal);
        }
    }
    for (size_t i = 0; i < policy->pipeline_count; i++) {
        const struct vc_policy_pipeline *pipeline = &policy->pipelines[i];

        for (size_t stage = 0; stage < pipeline->stage_count; stage++) {
            for (size_t p = 0; p < pipeline->principal_count; p++)
                add(stakes, pipeline->stages[stage].program, pipeline->principals[p]);
        }
    }
}

/* Who must consent to programs has a stake in each. */
static void add_consenters(struct vc_record_stakes *stakes)
{
    const struct vc_policy_lifecycle *lifecycle = &stakes->policy->lifecycle;

    for (size_t program = 0; program < stakes->policy->program_count; program++) {
        for (size_t i = 0; i < lifecycle->consent_count; i++)
            add(stakes, program, lifecycle->consent[i]);
    }
}

/* Each program among the ends, with each principal among them. */
static void add_stream_sharers(struct vc_record_stakes *stakes,
                               const struct vc_policy_stream *stream)
{
    struct vc_subject ends[1 + VC_POLICY_CONSUMERS_MAX] = {stream->producer};

    for (size_t i = 0; i < stream->consumer_count; i++)
        ends[1 + i] = stream->consumers[i];
    for (size_t one = 0; one <= stream->consumer_count; one++) {
        if (ends[one].kind != VC_SUBJECT_PROGRAM)
            continue;
        for (size_t other = 0; other <= stream->consumer_count; other++) {
            if (ends[other].kind == VC_SUBJECT_PRINCIPAL)
                add(stakes, ends[one].index, ends[other].index);
        }
    }
}

static void add_key_owners(struct vc_record_stakes *stakes, const struct vc_policy_key *key)
{
    for (size_t i = 0; i < key->program_count; i++)
        add(stakes, key->programs[i], key->owner);
}

enum vc_code vc_record_stakes_new(const struct vc_policy *policy, struct vc_record_stakes **stakes,
                                  struct vc_err *err)
{
    vc_cleanup(vc_record_stakes_freep) struct vc_record_stakes *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->policy = policy;
    made->of = calloc(policy->program_count + 1, sizeof(*made->of));
    if (made->of == nullptr)
        return vc_fail_memory(err);
    add_starters(made);
    add_consenters(made);
    for (size_t i = 0; i < policy->right_count; i++) {
        if (policy->rights[i].who.kind == VC_SUBJECT_PROGRAM)
            add_file_sharers(made, &policy->rights[i]);
    }
    for (size_t i = 0; i < policy->stream_count; i++)
        add_stream_sharers(made, &policy->streams[i]);
    for (size_t i = 0; i < policy->key_count; i++)
        add_key_owners(made, &policy->keys[i]);
    *stakes = vc_take(made);
    return VC_OK;
}

void vc_record_stakes_free(struct vc_record_stakes *stakes)
{
    if (stakes == nullptr)
        return;
    free(stakes->of);
    free(stakes);
}

const struct vc_subjects *vc_record_stake_in(const struct vc_record_stakes *stakes, size_t program)
{
    return &stakes->of[program];
}

/* ---- files ---- */

static bool covers(const struct vc_policy_right *right, const char *path)
{
    return strcmp(right->path, path) == 0 || (right->tree && vc_path_within(path, right->path));
}

void vc_record_stake_file(const struct vc_record_stakes *stakes, const char *path,
                          struct vc_subjects *subjects)
{
    const struct vc_policy *policy = stakes->policy;
    size_t program;

    if (vc_policy_program_at(policy, path, &program))
        vc_subjects_join(subjects, &stakes->of[program]);
    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];

        if ((right->may & DEEDS) == 0 || !covers(right, path))
            continue;
        if (right->who.kind == VC_SUBJECT_PRINCIPAL) {
            vc_subjects_add(policy, subjects, right->who);
        } else {
            vc_subjects_join(subjects, &stakes->of[right->who.index]);
        }
    }
}

bool vc_record_programs_write(const struct vc_record_stakes *stakes, const char *path)
{
    const struct vc_policy *policy = stakes->policy;

    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];

        if (right->who.kind == VC_SUBJECT_PROGRAM && (right->may & CHANGES) != 0 &&
            covers(right, path))
            return true;
    }
    return false;
}

void vc_record_public_path(const struct vc_policy *policy, struct vc_subject who,
                           enum vc_right right, const char *path, char public_path[VC_PATH_MAX + 1])
{
    const char *largest = nullptr;

    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *own = &policy->rights[i];

        if (vc_policy_same_subject(own->who, who) && (own->may & right) != 0 && own->tree &&
            vc_path_within(path, own->path) &&
            (largest == nullptr || strlen(own->path) < strlen(largest)))
            largest = own->path;
    }
    if (largest == nullptr) {
        (void)snprintf(public_path, VC_PATH_MAX + 1, "%s", path);
    } else {
        (void)snprintf(public_path, VC_PATH_MAX + 1, "%s%s", largest,
                       strcmp(largest, "/") == 0 ? "" : "/");
    }
}
