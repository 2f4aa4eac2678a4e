/* SPDX-License-Identifier: MIT */

#include "policy/decide.h"

#include <assert.h>
#include <string.h>

/* ----------------------------------------------------------------------------------- rights */

static bool subject_exists(const struct vc_policy *policy, struct vc_subject who)
{
    switch (who.kind) {
    case VC_SUBJECT_PRINCIPAL:
        return who.index < policy->principal_count;
    case VC_SUBJECT_PROGRAM:
        return who.index < policy->program_count;
    }
    return false;
}

const char *vc_policy_subject_name(const struct vc_policy *policy, struct vc_subject who)
{
    assert(subject_exists(policy, who));
    return who.kind == VC_SUBJECT_PROGRAM ? policy->programs[who.index].name
                                          : policy->principals[who.index].name;
}

/* One right by its verb; null for none, for several, and for what is no right. */
static const char *verb_of(enum vc_right what)
{
    switch (what) {
    case VC_RIGHT_READ:
        return "read";
    case VC_RIGHT_WRITE:
        return "write";
    case VC_RIGHT_APPEND:
        return "append to";
    case VC_RIGHT_EXECUTE:
        return "execute";
    case VC_RIGHT_LIST:
        return "list";
    case VC_RIGHT_DELETE:
        return "delete";
    }
    return nullptr;
}

bool vc_policy_same_subject(struct vc_subject a, struct vc_subject b)
{
    return a.kind == b.kind && a.index == b.index;
}

/* Looks at the rights of one subject alone, on the way from the root to the path. */
static bool is_granted(const struct vc_policy *policy, struct vc_subject who, unsigned what,
                       const char *path)
{
    struct vc_path_list rights = vc_policy_index_of(policy, who);
    struct vc_bytes place = {};

    while (vc_path_step(path, &place)) {
        bool is_path = path[place.size] == '\0';
        size_t first;
        size_t count = vc_path_list_at(rights, place, &first);

        for (size_t i = first; i < first + count; i++) {
            const struct vc_policy_right *right = &policy->rights[rights.entries[i].value];

            if ((right->may & what) != 0 && (right->tree || is_path))
                return true;
        }
    }
    return false;
}

/* What the policy fixes the content of, no program changes, whatever its rights say. */
static enum vc_code check_fixed(const struct vc_policy *policy, enum vc_right what,
                                const char *path, struct vc_err *err)
{
    size_t index;

    if (what != VC_RIGHT_WRITE && what != VC_RIGHT_APPEND && what != VC_RIGHT_DELETE)
        return VC_OK;
    if (vc_policy_program_at(policy, path, &index)) {
        return vc_fail(err, VC_REFUSED, "programs.%s.path: no program may %s a program, %s",
                       policy->programs[index].name, verb_of(what), path);
    }
    if (vc_policy_pin_at(policy, path, &index))
        return vc_fail(err, VC_REFUSED, "pins.%s: no program may %s it", path, verb_of(what));
    return VC_OK;
}

/* Nor does anybody put a file where that would keep one of fixed content from being put. */
static enum vc_code check_way(const struct vc_policy *policy, enum vc_right what, const char *path,
                              struct vc_err *err)
{
    size_t index;

    if (what != VC_RIGHT_WRITE && what != VC_RIGHT_APPEND)
        return VC_OK;
    if (vc_policy_program_blocked_by(policy, path, &index)) {
        return vc_fail(err, VC_REFUSED, "programs.%s.path: %s is in the way of the program's file",
                       policy->programs[index].name, path);
    }
    if (vc_policy_pin_blocked_by(policy, path, &index)) {
        return vc_fail(err, VC_REFUSED, "pins.%s: %s is in the way of the pinned file",
                       policy->pins[index].path, path);
    }
    return VC_OK;
}

enum vc_code vc_policy_decide(const struct vc_policy *policy, struct vc_subject who,
                              enum vc_right what, const char *path, struct vc_err *err)
{
    const char *verb = verb_of(what);
    bool program = who.kind == VC_SUBJECT_PROGRAM;
    enum vc_code code = VC_OK;

    if (verb == nullptr || !subject_exists(policy, who) || !vc_path_is_canonical(path))
        return vc_fail(err, VC_REFUSED, "rights: not a question that has an answer");
    if (vc_policy_is_of_streams(path)) {
        return vc_fail(err, VC_REFUSED, "streams: %s is a place of streams, and not of files",
                       path);
    }
    if (vc_policy_is_of_force(path)) {
        return vc_fail(
            err, VC_REFUSED,
            "policy: %s is where programs find the policy in force, and no place of files", path);
    }
    if (program)
        code = check_fixed(policy, what, path, err);
    if (code == VC_OK)
        code = check_way(policy, what, path, err);
    if (code != VC_OK)
        return code;
    if (is_granted(policy, who, what, path))
        return VC_OK;
    return vc_fail(err, VC_REFUSED, "rights: the %s%s has no right to %s %s",
                   program ? "program " : "", vc_policy_subject_name(policy, who), verb, path);
}

/* ----------------------------------------------------------------------------------- streams */

static bool is_consumer(const struct vc_policy_stream *stream, struct vc_subject who,
                        size_t *consumer)
{
    for (size_t i = 0; i < stream->consumer_count; i++) {
        if (vc_policy_same_subject(stream->consumers[i], who)) {
            *consumer = i;
            return true;
        }
    }
    return false;
}

static bool has_stream(const struct vc_policy *policy, struct vc_subject who)
{
    size_t consumer;

    for (size_t i = 0; i < policy->stream_count; i++) {
        if (vc_policy_same_subject(policy->streams[i].producer, who) ||
            is_consumer(&policy->streams[i], who, &consumer))
            return true;
    }
    return false;
}

enum vc_code vc_policy_decide_produce(const struct vc_policy *policy, struct vc_subject who,
                                      size_t stream, struct vc_err *err)
{
    const struct vc_policy_stream *asked;

    if (stream >= policy->stream_count || !subject_exists(policy, who))
        return vc_fail(err, VC_REFUSED, "streams: not a question that has an answer");
    asked = &policy->streams[stream];
    if (vc_policy_same_subject(asked->producer, who))
        return VC_OK;
    return vc_fail(err, VC_REFUSED, "streams.%s.producer: only the %s%s may produce it",
                   asked->name, asked->producer.kind == VC_SUBJECT_PROGRAM ? "program " : "",
                   vc_policy_subject_name(policy, asked->producer));
}

enum vc_code vc_policy_decide_consume(const struct vc_policy *policy, struct vc_subject who,
                                      size_t stream, size_t *consumer, struct vc_err *err)
{
    if (stream >= policy->stream_count || !subject_exists(policy, who))
        return vc_fail(err, VC_REFUSED, "streams: not a question that has an answer");
    if (is_consumer(&policy->streams[stream], who, consumer))
        return VC_OK;
    return vc_fail(err, VC_REFUSED, "streams.%s.consumers: the %s%s is not among them",
                   policy->streams[stream].name, who.kind == VC_SUBJECT_PROGRAM ? "program " : "",
                   vc_policy_subject_name(policy, who));
}

/* ------------------------------------------------------------------------------- directories */

bool vc_policy_leads_to_right(const struct vc_policy *policy, struct vc_subject who,
                              const char *directory)
{
    struct vc_path_list rights = vc_policy_index_of(policy, who);
    struct vc_bytes path = {(const uint8_t *)directory, strlen(directory)};
    size_t first;

    return vc_path_list_at(rights, path, &first) > 0 ||
           vc_path_list_below(rights, directory, &first);
}

bool vc_policy_may_see(const struct vc_policy *policy, struct vc_subject who, const char *directory)
{
    if (vc_policy_is_of_streams(directory))
        return strcmp(directory, VC_POLICY_STREAMS_PATH) == 0 && has_stream(policy, who);
    if (strcmp(directory, "/") == 0 && has_stream(policy, who))
        return true;
    return vc_policy_leads_to_right(policy, who, directory) ||
           is_granted(policy, who, ~0U, directory);
}

/* -------------------------------------------------------------------------------------- life */

enum vc_code vc_policy_decide_run(const struct vc_policy *policy, size_t principal, size_t program,
                                  uint32_t count, struct vc_err *err)
{
    struct vc_subject who = {VC_SUBJECT_PRINCIPAL, principal};
    enum vc_code code;

    if (program >= policy->program_count)
        return vc_fail(err, VC_REFUSED, "programs: no such program");
    code = vc_policy_decide(policy, who, VC_RIGHT_EXECUTE, policy->programs[program].path, err);
    return code == VC_OK ? vc_policy_decide_start(policy, program, count, err) : code;
}

enum vc_code vc_policy_decide_start(const struct vc_policy *policy, size_t program, uint32_t count,
                                    struct vc_err *err)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    if (program >= policy->program_count)
        return vc_fail(err, VC_REFUSED, "programs: no such program");
    for (size_t i = 0; i < lifecycle->run_count; i++) {
        if (lifecycle->runs[i].program != program || count < lifecycle->runs[i].count_max)
            continue;
        return vc_fail(err, VC_LIMIT, "lifecycle.runs: the program %s may be started %u time%s",
                       policy->programs[program].name, lifecycle->runs[i].count_max,
                       lifecycle->runs[i].count_max == 1 ? "" : "s");
    }
    return VC_OK;
}

enum vc_code vc_policy_decide_pipeline(const struct vc_policy *policy, size_t principal,
                                       size_t pipeline, struct vc_err *err)
{
    struct vc_subject who = {VC_SUBJECT_PRINCIPAL, principal};
    const struct vc_policy_pipeline *asked;

    if (pipeline >= policy->pipeline_count || !subject_exists(policy, who))
        return vc_fail(err, VC_REFUSED, "pipelines: not a question that has an answer");
    asked = &policy->pipelines[pipeline];
    for (size_t i = 0; i < asked->principal_count; i++) {
        if (asked->principals[i] == principal)
            return VC_OK;
    }
    return vc_fail(err, VC_REFUSED, "pipelines.%s.principals: %s is not among them", asked->name,
                   vc_policy_subject_name(policy, who));
}

enum vc_code vc_policy_decide_change(const struct vc_policy *policy, uint32_t runs,
                                     struct vc_err *err)
{
    if (!policy->lifecycle.freeze_inputs || runs == 0)
        return VC_OK;
    return vc_fail(err, VC_REFUSED,
                   "lifecycle.freeze_inputs: a run was started, and nothing changes any more");
}

enum vc_code vc_policy_decide_key(const struct vc_policy *policy, size_t principal,
                                  const char *name, size_t *key, struct vc_err *err)
{
    size_t found;

    if (!vc_policy_find_key(policy, name, &found) || policy->keys[found].owner != principal) {
        return vc_fail(err, VC_REFUSED, "keys: %s owns none that is named %.64s",
                       policy->principals[principal].name, name);
    }
    *key = found;
    return VC_OK;
}

enum vc_code vc_policy_decide_shutdown(const struct vc_policy *policy, size_t principal,
                                       struct vc_err *err)
{
    struct vc_subject who = {VC_SUBJECT_PRINCIPAL, principal};

    if (!subject_exists(policy, who))
        return vc_fail(err, VC_REFUSED, "principals: no such principal");
    for (size_t i = 0; i < policy->lifecycle.shutdown_count; i++) {
        if (policy->lifecycle.shutdown[i] == principal)
            return VC_OK;
    }
    return vc_fail(err, VC_REFUSED, "lifecycle.shutdown: the %s has no right to end the container",
                   policy->principals[principal].name);
}
