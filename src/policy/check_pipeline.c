/* SPDX-License-Identifier: MIT */

/* Whether a policy's pipelines are coherent. Places begin with "pipelines.NAME". */

#include <string.h>

#include "policy/check.h"
#include "policy/decide.h"

/* A stage, and where it stands. */
struct place {
    const struct vc_policy *policy;
    const struct vc_policy_pipeline *pipeline;
    size_t index;
};

static const struct vc_policy_stage *stage_of(const struct place *at)
{
    return &at->pipeline->stages[at->index];
}

/* Puts the stage before a place within it. */
static enum vc_code fail_at(const struct place *at, enum vc_code code, const char *member,
                            size_t index, struct vc_err *err)
{
    struct vc_err inner = {};

    if (err == nullptr)
        return code;
    inner = *err;
    return vc_fail(err, code, "pipelines.%s.stages[%zu].%s[%zu]%s", at->pipeline->name, at->index,
                   member, index, inner.text);
}

/* -------------------------------------------------------------------------------- principals */

static enum vc_code check_principals(const struct vc_policy_pipeline *pipeline, struct vc_err *err)
{
    for (size_t i = 0; i < pipeline->principal_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (pipeline->principals[i] != pipeline->principals[k])
                continue;
            return vc_fail(err, VC_REFUSED, "pipelines.%s.principals[%zu]: the same as [%zu]",
                           pipeline->name, i, k);
        }
    }
    return VC_OK;
}

/* -------------------------------------------------------------------------------- conditions */

static enum vc_code check_exits(const struct vc_policy_condition *condition, struct vc_err *err)
{
    for (size_t i = 0; i < condition->exit_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (condition->exits[i] == condition->exits[k])
                return vc_fail(err, VC_REFUSED, ".exit[%zu]: the same as [%zu]", i, k);
        }
    }
    return VC_OK;
}

/* All conditions must hold: two about one thing say the same, or what can never be. */
static enum vc_code check_pair(const struct vc_policy_condition *one,
                               const struct vc_policy_condition *other, size_t other_index,
                               struct vc_err *err)
{
    bool exits = one->kind == VC_IF_EXIT;

    if (exits != (other->kind == VC_IF_EXIT))
        return VC_OK;
    if (exits) {
        return one->stage != other->stage
                   ? VC_OK
                   : vc_fail(err, VC_REFUSED, ".stage: the same as in [%zu]", other_index);
    }
    if (strcmp(one->path, other->path) != 0)
        return VC_OK;
    return one->kind == other->kind
               ? vc_fail(err, VC_REFUSED, ": the same as [%zu]", other_index)
               : vc_fail(err, VC_REFUSED, ": never holds together with [%zu]", other_index);
}

static enum vc_code check_conditions(const struct place *at, struct vc_err *err)
{
    const struct vc_policy_stage *stage = stage_of(at);

    for (size_t i = 0; i < stage->condition_count; i++) {
        enum vc_code code = check_exits(&stage->conditions[i], err);

        for (size_t k = 0; code == VC_OK && k < i; k++)
            code = check_pair(&stage->conditions[i], &stage->conditions[k], k, err);
        if (code != VC_OK)
            return fail_at(at, code, "if", i, err);
    }
    return VC_OK;
}

/* ------------------------------------------------------------------------------------ rights */

/* Does one of the program's rights cover all of this one? */
static bool is_covered(const struct place *at, const struct vc_policy_stage_right *right,
                       unsigned what)
{
    struct vc_subject who = {VC_SUBJECT_PROGRAM, stage_of(at)->program};
    struct vc_path_list rights = vc_policy_index_of(at->policy, who);
    struct vc_bytes place = {};

    while (vc_path_step(right->path, &place)) {
        bool is_path = right->path[place.size] == '\0';
        size_t first;
        size_t count = vc_path_list_at(rights, place, &first);

        for (size_t i = first; i < first + count; i++) {
            const struct vc_policy_right *given = &at->policy->rights[rights.entries[i].value];

            if ((given->may & what) != 0 && (given->tree || (is_path && !right->tree)))
                return true;
        }
    }
    return false;
}

/* Of a file the answer is the one that the run would get. */
static enum vc_code check_verb(const struct place *at, const struct vc_policy_stage_right *right,
                               enum vc_right what, struct vc_err *err)
{
    struct vc_subject who = {VC_SUBJECT_PROGRAM, stage_of(at)->program};

    if (what == VC_RIGHT_EXECUTE)
        return vc_fail(err, VC_REFUSED, ".may: execute is for principals");
    if (!right->tree) {
        enum vc_code code = vc_policy_decide(at->policy, who, what, right->path, err);

        return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", "");
    }
    if (is_covered(at, right, what))
        return VC_OK;
    return vc_fail(err, VC_REFUSED, ": more than the program %s may do under %s%s",
                   vc_policy_subject_name(at->policy, who), right->path,
                   strcmp(right->path, "/") == 0 ? "" : "/");
}

static enum vc_code check_right(const struct place *at, size_t index, struct vc_err *err)
{
    const struct vc_policy_stage_right *right = &stage_of(at)->rights[index];

    for (unsigned what = VC_RIGHT_READ; what <= VC_RIGHT_DELETE; what <<= 1) {
        enum vc_code code =
            (right->may & what) == 0 ? VC_OK : check_verb(at, right, (enum vc_right)what, err);

        if (code != VC_OK)
            return fail_at(at, code, "rights", index, err);
    }
    return VC_OK;
}

static bool stage_may(const struct vc_policy_stage *stage, enum vc_right what, const char *path)
{
    for (size_t i = 0; i < stage->right_count; i++) {
        const struct vc_policy_stage_right *right = &stage->rights[i];

        if ((right->may & what) != 0 &&
            (right->tree ? vc_path_within(path, right->path) : strcmp(path, right->path) == 0))
            return true;
    }
    return false;
}

/* A run that may not have its standard files could not begin. */
static enum vc_code check_standard(const struct place *at, struct vc_err *err)
{
    const struct vc_policy_stage *stage = stage_of(at);
    const struct vc_policy_program *program = &at->policy->programs[stage->program];
    const struct {
        const char *path;
        const char *words;
        enum vc_right what;
    } files[] = {
        {program->stdin_path, "read its standard input", VC_RIGHT_READ},
        {program->stdout_path, "write its standard output", VC_RIGHT_WRITE},
        {program->stderr_path, "write its standard error", VC_RIGHT_WRITE},
    };

    for (size_t i = 0; i < VC_COUNT(files); i++) {
        if (files[i].path == nullptr || vc_policy_is_of_streams(files[i].path) ||
            stage_may(stage, files[i].what, files[i].path))
            continue;
        return vc_fail(err, VC_REFUSED,
                       "pipelines.%s.stages[%zu].rights: the program %s may not %s, %s",
                       at->pipeline->name, at->index, program->name, files[i].words, files[i].path);
    }
    return VC_OK;
}

/* --------------------------------------------------------------------------------- the whole */

static enum vc_code check_stage(const struct place *at, struct vc_err *err)
{
    const struct vc_policy_stage *stage = stage_of(at);
    enum vc_code code = check_conditions(at, err);

    for (size_t i = 0; code == VC_OK && i < stage->right_count; i++)
        code = check_right(at, i, err);
    return code == VC_OK && stage->narrowed ? check_standard(at, err) : code;
}

enum vc_code vc_policy_check_pipelines(const struct vc_policy *policy, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < policy->pipeline_count; i++) {
        struct place at = {policy, &policy->pipelines[i], 0};

        code = check_principals(at.pipeline, err);
        for (; code == VC_OK && at.index < at.pipeline->stage_count; at.index++)
            code = check_stage(&at, err);
    }
    return code;
}
