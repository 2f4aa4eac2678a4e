/* SPDX-License-Identifier: MIT */

/* The life and the lookups of the model; policy/parse.c makes it. */

#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; texts != nullptr && i < count; i++)
        free(texts[i]);
    free((void *)texts);
}

static void platform_done(struct vc_policy_platform *platform)
{
    for (size_t i = 0; i < platform->register_count; i++) {
        free(platform->registers[i].name);
        free(platform->registers[i].values);
    }
    for (size_t i = 0; i < platform->minimum_count; i++)
        free(platform->minimums[i].part);
    free(platform->registers);
    free(platform->minimums);
    free(platform->measurements);
    free(platform->machines);
}

static void attestation_done(struct vc_policy_attestation *attestation)
{
    free(attestation->url);
    vc_cert_free(attestation->ca);
    for (size_t i = 0; i < attestation->platform_count; i++)
        platform_done(&attestation->platforms[i]);
    free(attestation->platforms);
}

static void principal_done(struct vc_policy_principal *principal)
{
    free(principal->name);
    vc_cert_free(principal->certificate);
}

static void program_done(struct vc_policy_program *program)
{
    free(program->name);
    free(program->path);
    free_texts(program->arguments, program->argument_count);
    free_texts(program->environment, program->environment_count);
    free(program->stdin_path);
    free(program->stdout_path);
    free(program->stderr_path);
    for (size_t i = 0; i < program->preopen_count; i++) {
        free(program->preopens[i].name);
        free(program->preopens[i].path);
    }
    free(program->preopens);
}

static void lifecycle_done(struct vc_policy_lifecycle *lifecycle)
{
    free(lifecycle->runs);
    free(lifecycle->shutdown);
    free_texts(lifecycle->shutdown_when_read, lifecycle->shutdown_when_read_count);
    free(lifecycle->parties);
    free(lifecycle->consent);
    for (size_t i = 0; i < lifecycle->budget_count; i++)
        free(lifecycle->budgets[i].path);
    free(lifecycle->budgets);
}

static void narrower_done(struct vc_policy_narrower *narrower)
{
    free(narrower->path);
    free(narrower->streams.items);
    free(narrower->keys.items);
    free(narrower->programs.items);
}

static void stage_done(struct vc_policy_stage *stage)
{
    free(stage->name);
    free(stage->after);
    for (size_t i = 0; i < stage->condition_count; i++) {
        free(stage->conditions[i].path);
        free(stage->conditions[i].exits);
    }
    free(stage->conditions);
    for (size_t i = 0; i < stage->right_count; i++)
        free(stage->rights[i].path);
    free(stage->rights);
    free_texts(stage->arguments, stage->argument_count);
}

static void pipeline_done(struct vc_policy_pipeline *pipeline)
{
    free(pipeline->name);
    free(pipeline->principals);
    for (size_t i = 0; i < pipeline->stage_count; i++)
        stage_done(&pipeline->stages[i]);
    free(pipeline->stages);
}

/* What people give names to besides principals and programs. */
static void flows_done(struct vc_policy *policy)
{
    for (size_t i = 0; i < policy->stream_count; i++) {
        free(policy->streams[i].name);
        free(policy->streams[i].consumers);
    }
    free(policy->streams);
    for (size_t i = 0; i < policy->key_count; i++) {
        free(policy->keys[i].name);
        free(policy->keys[i].programs);
        free(policy->keys[i].receivers);
    }
    free(policy->keys);
    for (size_t i = 0; i < policy->pipeline_count; i++)
        pipeline_done(&policy->pipelines[i]);
    free(policy->pipelines);
}

void vc_policy_free(struct vc_policy *policy)
{
    if (policy == nullptr)
        return;
    vc_buffer_done(&policy->text);
    free(policy->name);
    attestation_done(&policy->attestation);
    for (size_t i = 0; i < policy->principal_count; i++)
        principal_done(&policy->principals[i]);
    free(policy->principals);
    for (size_t i = 0; i < policy->program_count; i++)
        program_done(&policy->programs[i]);
    free(policy->programs);
    for (size_t i = 0; i < policy->right_count; i++)
        free(policy->rights[i].path);
    free(policy->rights);
    for (size_t i = 0; i < policy->pin_count; i++)
        free(policy->pins[i].path);
    free(policy->pins);
    flows_done(policy);
    lifecycle_done(&policy->lifecycle);
    for (size_t i = 0; i < policy->narrower_count; i++)
        narrower_done(&policy->narrowers[i]);
    free(policy->narrowers);
    free(policy->journal.observers);
    vc_policy_index_done(&policy->index);
    free(policy);
}

enum vc_code vc_policy_check_time(const struct vc_policy *policy, int64_t now, struct vc_err *err)
{
    enum vc_code code;

    if (now >= policy->expires) {
        char text[VC_INSTANT_TEXT_MAX];

        vc_instant_format(policy->expires, text);
        return vc_fail(err, VC_REFUSED, "expires: the policy ended at %s", text);
    }
    code = vc_cert_check_time(policy->attestation.ca, now, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "attestation.ca");
    for (size_t i = 0; i < policy->principal_count; i++) {
        code = vc_cert_check_time(policy->principals[i].certificate, now, err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "principals.%s.certificate", policy->principals[i].name);
    }
    return VC_OK;
}

bool vc_policy_find_principal(const struct vc_policy *policy, const char *name, size_t *index)
{
    for (size_t i = 0; i < policy->principal_count; i++) {
        if (strcmp(policy->principals[i].name, name) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

bool vc_policy_find_program(const struct vc_policy *policy, const char *name, size_t *index)
{
    for (size_t i = 0; i < policy->program_count; i++) {
        if (strcmp(policy->programs[i].name, name) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

static struct vc_bytes whole(const char *path)
{
    return (struct vc_bytes){(const uint8_t *)path, strlen(path)};
}

/* What stands at this path. */
static bool find_at(struct vc_path_list list, const char *path, size_t *index)
{
    size_t first;

    if (vc_path_list_at(list, whole(path), &first) == 0)
        return false;
    *index = list.entries[first].value;
    return true;
}

/* What a file at `path` would lie above or below; the root is in nobody's way. */
static bool find_in_the_way(struct vc_path_list list, const char *path, size_t *index)
{
    struct vc_bytes place = {};
    size_t first;

    while (vc_path_step(path, &place) && path[place.size] != '\0') {
        if (vc_path_list_at(list, place, &first) > 0) {
            *index = list.entries[first].value;
            return true;
        }
    }
    if (strcmp(path, "/") == 0 || !vc_path_list_below(list, path, &first))
        return false;
    *index = list.entries[first].value;
    return true;
}

bool vc_policy_program_at(const struct vc_policy *policy, const char *path, size_t *index)
{
    return find_at(policy->index.programs, path, index);
}

bool vc_policy_program_blocked_by(const struct vc_policy *policy, const char *path, size_t *index)
{
    return find_in_the_way(policy->index.programs, path, index);
}

bool vc_policy_pin_at(const struct vc_policy *policy, const char *path, size_t *index)
{
    return find_at(policy->index.pins, path, index);
}

bool vc_policy_pin_blocked_by(const struct vc_policy *policy, const char *path, size_t *index)
{
    return find_in_the_way(policy->index.pins, path, index);
}

bool vc_policy_find_stream(const struct vc_policy *policy, const char *name, size_t *index)
{
    for (size_t i = 0; i < policy->stream_count; i++) {
        if (strcmp(policy->streams[i].name, name) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

bool vc_policy_find_key(const struct vc_policy *policy, const char *name, size_t *index)
{
    for (size_t i = 0; i < policy->key_count; i++) {
        if (strcmp(policy->keys[i].name, name) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

bool vc_policy_find_pipeline(const struct vc_policy *policy, const char *name, size_t *index)
{
    for (size_t i = 0; i < policy->pipeline_count; i++) {
        if (strcmp(policy->pipelines[i].name, name) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

bool vc_policy_key_is_for(const struct vc_policy_key *key, size_t program)
{
    for (size_t i = 0; i < key->program_count; i++) {
        if (key->programs[i] == program)
            return true;
    }
    return false;
}

bool vc_policy_stream_at(const struct vc_policy *policy, const char *path, size_t *index)
{
    size_t size = strlen(VC_POLICY_STREAMS_PATH);

    return strncmp(path, VC_POLICY_STREAMS_PATH, size) == 0 && path[size] == '/' &&
           vc_policy_find_stream(policy, path + size + 1, index);
}

struct vc_cell_form vc_policy_stream_cell(const struct vc_policy_stream *stream)
{
    return (struct vc_cell_form){stream->records, stream->record_bytes};
}

bool vc_policy_is_of_streams(const char *path)
{
    return vc_path_within(path, VC_POLICY_STREAMS_PATH);
}

bool vc_policy_is_of_force(const char *path)
{
    return vc_path_within(path, VC_POLICY_FORCE_DIRECTORY);
}

const uint8_t *vc_policy_digest_at(const struct vc_policy *policy, const char *path)
{
    size_t index;

    if (vc_policy_program_at(policy, path, &index))
        return policy->programs[index].sha256;
    return vc_policy_pin_at(policy, path, &index) ? policy->pins[index].sha256 : nullptr;
}

bool vc_policy_principal_by_certificate(const struct vc_policy *policy, struct vc_bytes der,
                                        size_t *index)
{
    for (size_t i = 0; i < policy->principal_count; i++) {
        struct vc_bytes pinned = vc_cert_der(policy->principals[i].certificate);

        if (pinned.size > 0 && pinned.size == der.size &&
            memcmp(pinned.data, der.data, der.size) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}
