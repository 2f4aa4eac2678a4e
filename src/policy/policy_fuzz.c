/* SPDX-License-Identifier: MIT */

/* Target: vc_policy_parse, decide and explain. Property: whatever parses keeps its exact bytes and
 * their digest, has indices that exist, canonical paths and distinct names; decide grants nothing
 * that no rule gives, no program the change of a module or a pinned file, and nobody a file where
 * streams are; streams have ends that exist and are distinct, and only these may use them; keys
 * have owners, programs and receivers that exist, ids of their own, and usages that their algorithm
 * has; parties, budgets, rules of narrowing, observers and stages name what exists, nothing twice;
 * a stage comes after earlier ones alone, and decide lets its program do all that it may; explain
 * has sentences for it. */

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/key_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool good)
{
    if (!good)
        abort();
}

static void check_path(const char *path)
{
    char canonical[VC_PATH_MAX];

    need(vc_path_canonical(path, canonical, nullptr) == VC_OK && strcmp(path, canonical) == 0);
}

static void check_model(const struct vc_policy *policy)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;
    size_t index;

    for (size_t i = 0; i < policy->principal_count; i++)
        need(vc_policy_find_principal(policy, policy->principals[i].name, &index) && index == i);
    for (size_t i = 0; i < policy->program_count; i++) {
        need(vc_policy_find_program(policy, policy->programs[i].name, &index) && index == i);
        need(vc_policy_program_at(policy, policy->programs[i].path, &index) && index == i);
        check_path(policy->programs[i].path);
        need(policy->programs[i].limits.output_bytes <= policy->storage.bytes);
        need(policy->programs[i].limits.output_bytes <= policy->programs[i].limits.written_bytes);
        need(policy->programs[i].preopen_count > 0);
        for (size_t k = 0; k < policy->programs[i].preopen_count; k++)
            check_path(policy->programs[i].preopens[k].path);
    }
    for (size_t i = 0; i < policy->pin_count; i++) {
        need(vc_policy_pin_at(policy, policy->pins[i].path, &index) && index == i);
        need(!vc_policy_program_at(policy, policy->pins[i].path, &index));
        check_path(policy->pins[i].path);
    }
    for (size_t i = 0; i < lifecycle->run_count; i++)
        need(lifecycle->runs[i].program < policy->program_count);
    for (size_t i = 0; i < lifecycle->shutdown_count; i++)
        need(lifecycle->shutdown[i] < policy->principal_count);
    for (size_t i = 0; i < lifecycle->shutdown_when_read_count; i++)
        check_path(lifecycle->shutdown_when_read[i]);
}

static bool is_who(const struct vc_policy *policy, struct vc_subject who)
{
    return who.index <
           (who.kind == VC_SUBJECT_PROGRAM ? policy->program_count : policy->principal_count);
}

static size_t ends_of(const struct vc_policy_stream *stream, struct vc_subject who)
{
    size_t count = stream->producer.kind == who.kind && stream->producer.index == who.index;

    for (size_t i = 0; i < stream->consumer_count; i++)
        count += stream->consumers[i].kind == who.kind && stream->consumers[i].index == who.index;
    return count;
}

/* Every end is somebody's, who has no other, and decide says so of them. */
static void check_ends(const struct vc_policy *policy, size_t index)
{
    const struct vc_policy_stream *stream = &policy->streams[index];
    size_t consumer = 99;

    need(is_who(policy, stream->producer) && ends_of(stream, stream->producer) == 1);
    need(vc_policy_decide_produce(policy, stream->producer, index, nullptr) == VC_OK);
    need(vc_policy_decide_consume(policy, stream->producer, index, &consumer, nullptr) ==
             VC_REFUSED &&
         consumer == 99);
    need(stream->consumer_count >= 1 && stream->consumer_count <= VC_POLICY_CONSUMERS_MAX);
    for (size_t i = 0; i < stream->consumer_count; i++) {
        struct vc_subject who = stream->consumers[i];

        need(is_who(policy, who) && ends_of(stream, who) == 1);
        need(vc_policy_decide_produce(policy, who, index, nullptr) == VC_REFUSED);
        need(vc_policy_decide_consume(policy, who, index, &consumer, nullptr) == VC_OK);
        need(consumer == i && vc_policy_may_see(policy, who, "/stream"));
    }
}

static void check_streams(const struct vc_policy *policy)
{
    uint64_t windows = 0;
    size_t index;

    for (size_t i = 0; i < policy->stream_count; i++) {
        const struct vc_policy_stream *stream = &policy->streams[i];
        char path[VC_PATH_MAX] = "/stream/";

        need(vc_policy_find_stream(policy, stream->name, &index) && index == i);
        check_path(strcat(path, stream->name));
        need(vc_policy_stream_at(policy, path, &index) && index == i);
        need(vc_policy_is_of_streams(path) && vc_policy_digest_at(policy, path) == nullptr);
        check_ends(policy, i);
        need(stream->window_bytes >= 65536 && stream->window_bytes <= 16777216 &&
             __builtin_popcount(stream->window_bytes) == 1);
        need(stream->record_bytes >= 1 && stream->record_bytes <= stream->window_bytes / 2);
        need(!stream->padded || stream->records != VC_RECORDS_BYTES);
        need(stream->uses >= 1);
        windows += stream->window_bytes;
    }
    need(policy->stream_count <= VC_POLICY_STREAMS_MAX && windows <= VC_POLICY_WINDOWS_MAX);
}

static bool are_distinct(const size_t *indices, size_t count, size_t below)
{
    for (size_t i = 0; i < count; i++) {
        if (indices[i] >= below)
            return false;
        for (size_t k = 0; k < i; k++) {
            if (indices[i] == indices[k])
                return false;
        }
    }
    return true;
}

static void check_keys(const struct vc_policy *policy)
{
    need(policy->key_count <= VC_POLICY_KEYS_MAX);
    for (size_t i = 0; i < policy->key_count; i++) {
        const struct vc_policy_key *key = &policy->keys[i];
        const struct vc_key_type *type = vc_key_type_of(key->type, key->bits);
        const struct vc_key_algorithm *algorithm = vc_key_algorithm_of(key->algorithm);
        uint32_t used = key->usage & ~VC_KEY_USAGES_PLAIN;
        size_t index;

        need(vc_policy_find_key(policy, key->name, &index) && index == i);
        need(type != nullptr && (algorithm != nullptr || key->algorithm == 0));
        need(algorithm == nullptr ? used == 0 : (used & ~vc_key_usages_of(type, algorithm)) == 0);
        need(key->owner < policy->principal_count && key->program_count >= 1);
        need(key->id >= 1 && key->id <= VC_POLICY_KEY_ID_MAX);
        for (size_t k = 0; k < i; k++)
            need(policy->keys[k].id != key->id);
        need(are_distinct(key->programs, key->program_count, policy->program_count));
        need(key->receiver_count <= VC_POLICY_RECEIVERS_MAX);
        need(are_distinct(key->receivers, key->receiver_count, policy->principal_count));
    }
    for (size_t i = 0; i < policy->program_count; i++)
        need(policy->programs[i].kept_keys <= VC_POLICY_KEPT_KEYS_MAX);
}

/* A stream as a standard descriptor is one that the program has this end of. */
static void check_standard(const struct vc_policy *policy)
{
    for (size_t i = 0; i < policy->program_count; i++) {
        const struct vc_policy_program *program = &policy->programs[i];
        struct vc_subject who = {VC_SUBJECT_PROGRAM, i};
        size_t index;

        if (program->stdin_path != nullptr && strncmp(program->stdin_path, "/stream/", 8) == 0) {
            need(vc_policy_stream_at(policy, program->stdin_path, &index));
            need(vc_policy_decide_consume(policy, who, index, &index, nullptr) == VC_OK);
        }
        if (program->stdout_path != nullptr && strncmp(program->stdout_path, "/stream/", 8) == 0) {
            need(vc_policy_stream_at(policy, program->stdout_path, &index));
            need(vc_policy_decide_produce(policy, who, index, nullptr) == VC_OK);
            need(program->stderr_path == nullptr ||
                 strcmp(program->stderr_path, program->stdout_path) != 0);
        }
    }
}

/* What decide must agree with, written another way: a common prefix that ends at a component. */
static bool is_given(const struct vc_policy *policy, struct vc_subject who, unsigned what,
                     const char *path)
{
    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];
        size_t size = strlen(right->path);
        bool same = strcmp(right->path, path) == 0;
        bool below = right->tree && (size == 1 || (strlen(path) > size && path[size] == '/' &&
                                                   memcmp(path, right->path, size) == 0));

        if (right->who.kind == who.kind && right->who.index == who.index &&
            (right->may & what) != 0 && (same || below))
            return true;
    }
    return false;
}

/* A file of which `place` is a part, or which is part of `place`. */
static bool meets(const char *path, const char *place)
{
    size_t size = strlen(path);
    size_t place_size = strlen(place);

    return (size > 1 && place_size > size && place[size] == '/' &&
            memcmp(place, path, size) == 0) ||
           (size > place_size && path[place_size] == '/' && memcmp(place, path, place_size) == 0);
}

/* Of the container: streams, and the policy in force. */
static bool is_reserved(const char *path)
{
    return strcmp(path, "/stream") == 0 || strncmp(path, "/stream/", 8) == 0 ||
           strcmp(path, "/veracruz") == 0 || strncmp(path, "/veracruz/", 10) == 0;
}

static bool blocks(const struct vc_policy *policy, const char *path)
{
    bool found = false;

    for (size_t i = 0; i < policy->program_count; i++)
        found = found || meets(path, policy->programs[i].path);
    for (size_t i = 0; i < policy->pin_count; i++)
        found = found || meets(path, policy->pins[i].path);
    return found;
}

static void ask(const struct vc_policy *policy, struct vc_subject who, const char *path)
{
    bool is_fixed = vc_policy_digest_at(policy, path) != nullptr;

    for (unsigned what = 1; what <= VC_RIGHT_DELETE; what <<= 1) {
        bool change = (what & (VC_RIGHT_WRITE | VC_RIGHT_APPEND | VC_RIGHT_DELETE)) != 0;
        bool expect = is_given(policy, who, what, path) &&
                      !(who.kind == VC_SUBJECT_PROGRAM && change && is_fixed) &&
                      !(change && what != VC_RIGHT_DELETE && blocks(policy, path)) &&
                      !is_reserved(path);

        need((vc_policy_decide(policy, who, (enum vc_right)what, path, nullptr) == VC_OK) ==
             expect);
    }
}

static void ask_all(const struct vc_policy *policy, const char *path)
{
    static constexpr size_t ASKED_MAX = 16; /* keeps an input's time in bounds */
    char parent[VC_PATH_MAX];

    vc_path_parent(path, parent);
    for (size_t i = 0; i < policy->principal_count && i < ASKED_MAX; i++) {
        ask(policy, (struct vc_subject){VC_SUBJECT_PRINCIPAL, i}, path);
        ask(policy, (struct vc_subject){VC_SUBJECT_PRINCIPAL, i}, parent);
    }
    for (size_t i = 0; i < policy->program_count && i < ASKED_MAX; i++) {
        ask(policy, (struct vc_subject){VC_SUBJECT_PROGRAM, i}, path);
        ask(policy, (struct vc_subject){VC_SUBJECT_PROGRAM, i}, parent);
    }
}

static void check_rights(const struct vc_policy *policy)
{
    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];

        need(right->who.index < (right->who.kind == VC_SUBJECT_PROGRAM ? policy->program_count
                                                                       : policy->principal_count));
        check_path(right->path);
        need(!is_reserved(right->path));
        if (i < 64)
            ask_all(policy, right->path);
    }
    for (size_t i = 0; i < policy->program_count && i < 64; i++)
        ask_all(policy, policy->programs[i].path);
    for (size_t i = 0; i < policy->pin_count && i < 64; i++)
        ask_all(policy, policy->pins[i].path);
    ask_all(policy, "/stream/s"); /* and so of its parent */
    ask_all(policy, VC_POLICY_FORCE_PATH);
}

/* ------------------------------------------------------------ lifecycle, narrowing, pipelines */

static void check_place(const char *path)
{
    check_path(path);
    need(!is_reserved(path));
}

static void check_lifecycle(const struct vc_policy *policy)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    need(lifecycle->deadline_seconds <= VC_POLICY_SECONDS_MAX);
    need(are_distinct(lifecycle->parties, lifecycle->party_count, policy->principal_count));
    need((lifecycle->parties_least == 0) == (lifecycle->party_count == 0) &&
         lifecycle->parties_least <= lifecycle->party_count);
    need(are_distinct(lifecycle->consent, lifecycle->consent_count, policy->principal_count));
    need(lifecycle->budget_count <= VC_POLICY_BUDGETS_MAX);
    for (size_t i = 0; i < lifecycle->budget_count; i++) {
        check_place(lifecycle->budgets[i].path);
        need(lifecycle->budgets[i].runs >= 1);
        for (size_t k = 0; k < i; k++) {
            need(lifecycle->budgets[i].tree != lifecycle->budgets[k].tree ||
                 strcmp(lifecycle->budgets[i].path, lifecycle->budgets[k].path) != 0);
        }
    }
}

/* Only what a kind of the rule can use has anything, and of that it has something. */
static void check_choice(const struct vc_policy_choice *choice, bool used, size_t below)
{
    need(used == (choice->all || choice->count > 0) && !(choice->all && choice->count > 0));
    need(are_distinct(choice->items, choice->count, below));
}

static void check_narrowing(const struct vc_policy *policy)
{
    static constexpr unsigned paths = 1U << VC_NARROW_TAKE | 1U << VC_NARROW_READ_ONCE;
    static constexpr unsigned programs =
        1U << VC_NARROW_RUNS | 1U << VC_NARROW_LIMITS | 1U << VC_NARROW_WITHDRAW;

    need(policy->narrower_count <= VC_POLICY_NARROWING_MAX);
    for (size_t i = 0; i < policy->narrower_count; i++) {
        const struct vc_policy_narrower *rule = &policy->narrowers[i];

        need(is_who(policy, rule->who) && rule->may != 0 && rule->may >> VC_NARROWING_KINDS == 0);
        need((rule->path != nullptr) == ((rule->may & paths) != 0));
        if (rule->path != nullptr)
            check_place(rule->path);
        check_choice(&rule->streams, (rule->may & 1U << VC_NARROW_TAKE_STREAM) != 0,
                     policy->stream_count);
        check_choice(&rule->keys, (rule->may & 1U << VC_NARROW_TAKE_KEY) != 0, policy->key_count);
        check_choice(&rule->programs, (rule->may & programs) != 0, policy->program_count);
    }
}

static bool comes_after(const struct vc_policy_stage *stage, size_t earlier)
{
    for (size_t i = 0; i < stage->after_count; i++) {
        if (stage->after[i] == earlier)
            return true;
    }
    return false;
}

static void check_stage(const struct vc_policy *policy, const struct vc_policy_stage *stage,
                        size_t index)
{
    struct vc_subject who = {VC_SUBJECT_PROGRAM, stage->program};

    need(stage->program < policy->program_count);
    need(are_distinct(stage->after, stage->after_count, index));
    need(stage->condition_count <= VC_POLICY_CONDITIONS_MAX);
    for (size_t i = 0; i < stage->condition_count; i++) {
        const struct vc_policy_condition *condition = &stage->conditions[i];

        need((condition->path == nullptr) == (condition->kind == VC_IF_EXIT));
        need((condition->exit_count > 0) == (condition->kind == VC_IF_EXIT));
        if (condition->path != nullptr)
            check_place(condition->path);
        else
            need(comes_after(stage, condition->stage));
    }
    need(stage->narrowed || stage->right_count == 0);
    for (size_t i = 0; i < stage->right_count; i++) {
        const struct vc_policy_stage_right *right = &stage->rights[i];

        check_place(right->path);
        for (unsigned what = 1; what <= VC_RIGHT_DELETE; what <<= 1)
            need((right->may & what) == 0 || is_given(policy, who, what, right->path));
    }
    need((stage->arguments == nullptr) == (stage->argument_count == 0));
    need(stage->arguments == nullptr || stage->arguments[stage->argument_count] == nullptr);
}

static void check_pipelines(const struct vc_policy *policy)
{
    size_t index;

    need(policy->pipeline_count <= VC_POLICY_PIPELINES_MAX);
    for (size_t i = 0; i < policy->pipeline_count; i++) {
        const struct vc_policy_pipeline *pipeline = &policy->pipelines[i];

        need(vc_policy_find_pipeline(policy, pipeline->name, &index) && index == i);
        need(pipeline->principal_count > 0);
        need(
            are_distinct(pipeline->principals, pipeline->principal_count, policy->principal_count));
        need(pipeline->stage_count > 0 && pipeline->stage_count <= VC_POLICY_STAGES_MAX);
        for (size_t k = 0; k < pipeline->stage_count; k++)
            check_stage(policy, &pipeline->stages[k], k);
    }
}

static void check_journal(const struct vc_policy *policy)
{
    const struct vc_policy_journal *journal = &policy->journal;

    need(journal->bytes / (policy->principal_count + 2) >= VC_POLICY_JOURNAL_SHARE_MIN);
    need(journal->observer_count <= policy->principal_count);
    for (size_t i = 0; i < journal->observer_count; i++) {
        need(journal->observers[i].principal < policy->principal_count);
        need(journal->observers[i].kinds != 0 &&
             journal->observers[i].kinds >> VC_ENTRY_KINDS == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    uint8_t hash[VC_SHA256_SIZE];
    struct vc_err err = {};

    if (vc_policy_parse((struct vc_bytes){data, size}, &policy, &err) != VC_OK) {
        need(policy == nullptr && err.text[0] != '\0' &&
             (err.code == VC_MALFORMED || err.code == VC_LIMIT || err.code == VC_REFUSED));
        return 0;
    }
    vc_sha256((struct vc_bytes){data, size}, hash);
    need(memcmp(hash, policy->hash, sizeof(hash)) == 0);
    need(policy->text.size == size && memcmp(policy->text.data, data, size) == 0);
    check_model(policy);
    check_rights(policy);
    check_streams(policy);
    check_standard(policy);
    check_keys(policy);
    check_lifecycle(policy);
    check_narrowing(policy);
    check_pipelines(policy);
    check_journal(policy);
    need(vc_policy_explain(policy, nullptr, &text, &err) == VC_OK);
    need(vc_utf8_valid(vc_buffer_bytes(&text)));
    return 0;
}
