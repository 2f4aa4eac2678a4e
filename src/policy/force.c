/* SPDX-License-Identifier: MIT */

#include "policy/force.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "policy/force_internal.h"
#include "policy/limit_names.h"

/* --------------------------------------------------------------------------------------- life */

/* The least of what the policy says of the program's runs. */
static uint32_t runs_of(const struct vc_policy *policy, size_t program)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;
    uint32_t most = UINT32_MAX;

    for (size_t i = 0; i < lifecycle->run_count; i++) {
        if (lifecycle->runs[i].program == program && lifecycle->runs[i].count_max < most)
            most = lifecycle->runs[i].count_max;
    }
    return most;
}

static void *rows_new(size_t count, size_t size)
{
    return calloc(count > 0 ? count : 1, size);
}

enum vc_code vc_force_new(const struct vc_policy *policy, struct vc_force **force,
                          struct vc_err *err)
{
    vc_cleanup(vc_force_freep) struct vc_force *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->policy = policy;
    made->expires = policy->expires;
    made->word_count = (vc_subject_count(policy) + 63) / 64;
    made->places.word_count = made->word_count;
    made->programs = rows_new(policy->program_count, sizeof(*made->programs));
    made->streams = rows_new(policy->stream_count, sizeof(*made->streams));
    made->keys = rows_new(policy->key_count, sizeof(*made->keys));
    if (made->programs == nullptr || made->streams == nullptr || made->keys == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < policy->program_count; i++) {
        made->programs[i].runs_max = runs_of(policy, i);
        made->programs[i].limits = policy->programs[i].limits;
    }
    *force = vc_take(made);
    return VC_OK;
}

enum vc_code vc_force_new_within(const struct vc_force *outer, const struct vc_policy_stage *stage,
                                 struct vc_force **force, struct vc_err *err)
{
    enum vc_code code = vc_force_new(outer->policy, force, err);

    if (code != VC_OK)
        return code;
    (*force)->outer = outer;
    (*force)->stage = stage != nullptr && stage->narrowed ? stage : nullptr;
    return VC_OK;
}

static void free_sets(uint64_t **sets, size_t count)
{
    for (size_t i = 0; sets != nullptr && i < count; i++)
        free(sets[i]);
    free((void *)sets);
}

void vc_force_free(struct vc_force *force)
{
    if (force == nullptr)
        return;
    free_sets(force->streams, force->policy->stream_count);
    free_sets(force->keys, force->policy->key_count);
    free(force->programs);
    vc_places_done(&force->places);
    free(force);
}

const struct vc_policy *vc_force_policy(const struct vc_force *force)
{
    return force->policy;
}

uint64_t vc_force_version(const struct vc_force *force)
{
    return force->version + (force->outer == nullptr ? 0 : vc_force_version(force->outer));
}

/* -------------------------------------------------------------------------------------- rights */

bool vc_force_is_staged(const struct vc_force *force, struct vc_subject who)
{
    return force->stage != nullptr && who.kind == VC_SUBJECT_PROGRAM &&
           who.index == force->stage->program;
}

static struct vc_spot spot_of(const struct vc_policy_stage_right *right)
{
    return (struct vc_spot){right->path, right->tree};
}

static bool stage_gives(const struct vc_policy_stage *stage, enum vc_right what, const char *path)
{
    for (size_t i = 0; i < stage->right_count; i++) {
        const struct vc_policy_stage_right *right = &stage->rights[i];

        if ((right->may & what) != 0 &&
            vc_spot_within((struct vc_spot){path, false}, spot_of(right)))
            return true;
    }
    return false;
}

/* "the program " before the name of one. */
static const char *title(struct vc_subject who)
{
    return who.kind == VC_SUBJECT_PROGRAM ? "the program " : "";
}

static const char *verb_of(enum vc_right what)
{
    return what == VC_RIGHT_APPEND ? "append to" : vc_policy_right_name(what);
}

enum vc_code vc_force_decide(const struct vc_force *force, struct vc_subject who,
                             enum vc_right what, const char *path, struct vc_err *err)
{
    const struct vc_policy *policy = force->policy;
    enum vc_code code = force->outer != nullptr
                            ? vc_force_decide(force->outer, who, what, path, err)
                            : vc_policy_decide(policy, who, what, path, err);

    if (code != VC_OK)
        return code;
    if (vc_force_is_staged(force, who) && !stage_gives(force->stage, what, path)) {
        return vc_fail(
            err, VC_REFUSED, "pipelines: in the stage %s the program %s has no right to %s %s",
            force->stage->name, vc_policy_subject_name(policy, who), verb_of(what), path);
    }
    if (!vc_places_have(&force->places, path, vc_place_slot_of(what),
                        vc_subject_number(policy, who)))
        return VC_OK;
    return vc_fail(err, VC_REFUSED, "narrowed: %s%s may not %s %s any more", title(who),
                   vc_policy_subject_name(policy, who), verb_of(what), path);
}

/* Is a right of the stage at, above or below the directory? */
static bool stage_leads_to(const struct vc_policy_stage *stage, const char *directory)
{
    for (size_t i = 0; i < stage->right_count; i++) {
        if (vc_spot_overlap(spot_of(&stage->rights[i]), (struct vc_spot){directory, true}, nullptr))
            return true;
    }
    return false;
}

bool vc_force_may_see(const struct vc_force *force, struct vc_subject who, const char *directory)
{
    bool seen = force->outer != nullptr ? vc_force_may_see(force->outer, who, directory)
                                        : vc_policy_may_see(force->policy, who, directory);

    if (!seen || !vc_force_is_staged(force, who) || vc_policy_is_of_streams(directory))
        return seen;
    if (stage_leads_to(force->stage, directory))
        return true;
    /* a stage takes no stream, and the root leads to them */
    return strcmp(directory, "/") == 0 &&
           vc_policy_may_see(force->policy, who, VC_POLICY_STREAMS_PATH);
}

bool vc_force_reads_once(const struct vc_force *force, const char *path)
{
    if (vc_policy_is_of_streams(path) || vc_policy_is_of_force(path))
        return false; /* no files, whatever is above them */
    return vc_places_have_some(&force->places, path, VC_PLACE_READ_ONCE) ||
           (force->outer != nullptr && vc_force_reads_once(force->outer, path));
}

void vc_force_who_may(const struct vc_force *force, enum vc_right what, const char *path,
                      struct vc_subjects *subjects)
{
    *subjects = (struct vc_subjects){};
    for (size_t i = 0; i < vc_subject_count(force->policy); i++) {
        struct vc_subject who = vc_subject_at(force->policy, i);

        if (vc_force_decide(force, who, what, path, nullptr) == VC_OK)
            vc_subjects_add(force->policy, subjects, who);
    }
}

/* ----------------------------------------------------------------------------- streams and keys */

static bool is_in(const uint64_t *set, size_t number)
{
    return set != nullptr && (set[number / 64] >> number % 64 & 1) != 0;
}

static bool stream_is_taken(const struct vc_force *force, struct vc_subject who, size_t stream)
{
    return is_in(force->streams[stream], vc_subject_number(force->policy, who)) ||
           (force->outer != nullptr && stream_is_taken(force->outer, who, stream));
}

static enum vc_code check_stream(const struct vc_force *force, struct vc_subject who, size_t stream,
                                 struct vc_err *err)
{
    if (!stream_is_taken(force, who, stream))
        return VC_OK;
    return vc_fail(err, VC_REFUSED, "narrowed: %s%s may not use the stream %s any more", title(who),
                   vc_policy_subject_name(force->policy, who), force->policy->streams[stream].name);
}

enum vc_code vc_force_decide_produce(const struct vc_force *force, struct vc_subject who,
                                     size_t stream, struct vc_err *err)
{
    enum vc_code code = vc_policy_decide_produce(force->policy, who, stream, err);

    return code == VC_OK ? check_stream(force, who, stream, err) : code;
}

enum vc_code vc_force_decide_consume(const struct vc_force *force, struct vc_subject who,
                                     size_t stream, size_t *consumer, struct vc_err *err)
{
    size_t found = 0;
    enum vc_code code = vc_policy_decide_consume(force->policy, who, stream, &found, err);

    if (code == VC_OK)
        code = check_stream(force, who, stream, err);
    if (code == VC_OK)
        *consumer = found;
    return code;
}

bool vc_force_key_is_for(const struct vc_force *force, size_t key, size_t program)
{
    const struct vc_policy *policy = force->policy;

    if (key >= policy->key_count || !vc_policy_key_is_for(&policy->keys[key], program))
        return false;
    for (; force != nullptr; force = force->outer) {
        if (is_in(force->keys[key], policy->principal_count + program))
            return false;
    }
    return true;
}

/* ---------------------------------------------------------------------------------------- runs */

static bool is_withdrawn(const struct vc_force *force, size_t program)
{
    for (; force != nullptr; force = force->outer) {
        if (force->programs[program].withdrawn)
            return true;
    }
    return false;
}

/* How often it may be started in all; UINT32_MAX: no rule. */
static uint32_t runs_max_of(const struct vc_force *force, size_t program)
{
    uint32_t most = UINT32_MAX;

    for (; force != nullptr; force = force->outer) {
        if (force->programs[program].runs_max < most)
            most = force->programs[program].runs_max;
    }
    return most;
}

enum vc_code vc_force_decide_go_on(const struct vc_force *force, size_t program, struct vc_err *err)
{
    if (program >= force->policy->program_count)
        return vc_fail(err, VC_REFUSED, "programs: no such program");
    if (!is_withdrawn(force, program))
        return VC_OK;
    return vc_fail(err, VC_REFUSED, "narrowed: the program %s was withdrawn",
                   force->policy->programs[program].name);
}

enum vc_code vc_force_decide_start(const struct vc_force *force, size_t program, uint32_t count,
                                   struct vc_err *err)
{
    enum vc_code code = vc_force_decide_go_on(force, program, err);
    uint32_t most;

    if (code == VC_OK)
        code = vc_policy_decide_start(force->policy, program, count, err);
    if (code != VC_OK)
        return code;
    most = runs_max_of(force, program);
    if (count < most)
        return VC_OK;
    return vc_fail(err, VC_LIMIT, "narrowed: the program %s may be started %u time%s",
                   force->policy->programs[program].name, most, most == 1 ? "" : "s");
}

enum vc_code vc_force_decide_run(const struct vc_force *force, size_t principal, size_t program,
                                 uint32_t count, struct vc_err *err)
{
    struct vc_subject who = {VC_SUBJECT_PRINCIPAL, principal};
    enum vc_code code;

    if (program >= force->policy->program_count)
        return vc_fail(err, VC_REFUSED, "programs: no such program");
    code =
        vc_force_decide(force, who, VC_RIGHT_EXECUTE, force->policy->programs[program].path, err);
    return code == VC_OK ? vc_force_decide_start(force, program, count, err) : code;
}

uint32_t vc_force_runs_left(const struct vc_force *force, size_t program, uint32_t count)
{
    uint32_t most = runs_max_of(force, program);

    if (is_withdrawn(force, program))
        return 0;
    if (most == UINT32_MAX)
        return UINT32_MAX;
    return count < most ? most - count : 0;
}

/* ---------------------------------------------------------------------------------------- life */

static bool is_frozen(const struct vc_force *force)
{
    return force->frozen || (force->outer != nullptr && is_frozen(force->outer));
}

enum vc_code vc_force_decide_change(const struct vc_force *force, uint32_t runs, struct vc_err *err)
{
    if (is_frozen(force)) {
        return vc_fail(err, VC_REFUSED,
                       "narrowed: inputs are frozen, and nothing changes any more");
    }
    return vc_policy_decide_change(force->policy, runs, err);
}

int64_t vc_force_expires(const struct vc_force *force)
{
    int64_t outer = force->outer == nullptr ? force->expires : vc_force_expires(force->outer);

    return outer < force->expires ? outer : force->expires;
}

struct vc_limits vc_force_limits(const struct vc_force *force, size_t program)
{
    struct vc_limits outer;

    assert(program < force->policy->program_count);
    if (force->outer == nullptr)
        return force->programs[program].limits;
    outer = vc_force_limits(force->outer, program);
    return vc_limits_meet(&force->programs[program].limits, &outer);
}

/* -------------------------------------------------------------------------------------- digest */

static void hash_number(struct vc_sha256_stream *stream, uint64_t number)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(number >> 8 * (sizeof(bytes) - 1 - i));
    vc_sha256_stream_add(stream, VC_BYTES(bytes));
}

/* How often one that was withdrawn may be started makes no difference any more. */
static void hash_program(struct vc_sha256_stream *stream, const struct vc_force_program *program)
{
    hash_number(stream, program->withdrawn);
    hash_number(stream, program->withdrawn ? 0 : program->runs_max);
    for (size_t i = 0; i < VC_LIMIT_COUNT; i++)
        hash_number(stream, vc_limit_get(&program->limits, i));
}

static void hash_set(struct vc_sha256_stream *stream, const uint64_t *set, size_t word_count)
{
    for (size_t i = 0; i < word_count; i++)
        hash_number(stream, set == nullptr ? 0 : set[i]);
}

enum vc_code vc_force_digest(const struct vc_force *force, uint8_t digest[VC_SHA256_SIZE],
                             struct vc_err *err)
{
    static const char what[] = "veracruz policy in force 1";
    vc_cleanup(vc_sha256_stream_freep) struct vc_sha256_stream *stream = nullptr;
    const struct vc_policy *policy = force->policy;
    enum vc_code code = vc_sha256_stream_new(&stream, err);

    if (code != VC_OK)
        return code;
    vc_sha256_stream_add(stream, VC_BYTES(what));
    vc_sha256_stream_add(stream, VC_BYTES(policy->hash));
    hash_number(stream, (uint64_t)force->expires);
    hash_number(stream, force->frozen);
    for (size_t i = 0; i < policy->program_count; i++)
        hash_program(stream, &force->programs[i]);
    for (size_t i = 0; i < policy->stream_count; i++)
        hash_set(stream, force->streams[i], force->word_count);
    for (size_t i = 0; i < policy->key_count; i++)
        hash_set(stream, force->keys[i], force->word_count);
    vc_places_hash(&force->places, stream);
    vc_sha256_stream_end(stream, digest);
    return VC_OK;
}
