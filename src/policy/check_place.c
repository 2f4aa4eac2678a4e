/* SPDX-License-Identifier: MIT */

/* Whether a policy leaves to the container what is the container's: /stream and /veracruz. */

#include <string.h>

#include "policy/check.h"

/* A file cannot be where streams are, nor where the policy in force is. */
static enum vc_code check_file(const char *path, struct vc_err *err)
{
    if (vc_policy_is_of_streams(path))
        return vc_fail(err, VC_REFUSED, "%s is a place of streams, and not of files", path);
    if (vc_policy_is_of_force(path)) {
        return vc_fail(err, VC_REFUSED,
                       "%s is where programs find the policy in force, and no place of files",
                       path);
    }
    return VC_OK;
}

/* ---------------------------------------------------------------------------------- programs */

static enum vc_code check_preopens(const struct vc_policy_program *program, struct vc_err *err)
{
    for (size_t i = 0; i < program->preopen_count; i++) {
        const char *path = program->preopens[i].path;

        if (vc_policy_is_of_streams(path) && strcmp(path, VC_POLICY_STREAMS_PATH) != 0) {
            return vc_fail(err, VC_REFUSED,
                           "programs.%s.preopens[%zu]: %s is a place of streams, and no directory",
                           program->name, i, path);
        }
        if (vc_policy_is_of_force(path)) {
            return vc_fail(err, VC_REFUSED,
                           "programs.%s.preopens[%zu]: %s is where programs find the policy in "
                           "force, and no directory",
                           program->name, i, path);
        }
    }
    return VC_OK;
}

/* Streams can be standard files; policy/check.c asks which. */
static enum vc_code check_standard(const struct vc_policy_program *program, struct vc_err *err)
{
    const struct {
        const char *key;
        const char *path;
    } files[] = {{"stdin", program->stdin_path},
                 {"stdout", program->stdout_path},
                 {"stderr", program->stderr_path}};

    for (size_t i = 0; i < VC_COUNT(files); i++) {
        if (files[i].path == nullptr || vc_policy_is_of_streams(files[i].path))
            continue;
        if (check_file(files[i].path, err) != VC_OK) {
            return vc_fail_in(err, VC_REFUSED, "programs.%s.%s", program->name, files[i].key);
        }
    }
    return VC_OK;
}

static enum vc_code check_programs(const struct vc_policy *policy, struct vc_err *err)
{
    for (size_t i = 0; i < policy->program_count; i++) {
        const struct vc_policy_program *program = &policy->programs[i];
        enum vc_code code = check_preopens(program, err);

        if (code == VC_OK)
            code = check_standard(program, err);
        if (code != VC_OK)
            return code;
        code = check_file(program->path, err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "programs.%s.path", program->name);
    }
    return VC_OK;
}

/* --------------------------------------------------------------------------------- the others */

static enum vc_code check_rights(const struct vc_policy *policy, struct vc_err *err)
{
    for (size_t i = 0; i < policy->right_count; i++) {
        enum vc_code code = check_file(policy->rights[i].path, err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "rights[%zu].path", i);
    }
    return VC_OK;
}

static enum vc_code check_pins(const struct vc_policy *policy, struct vc_err *err)
{
    for (size_t i = 0; i < policy->pin_count; i++) {
        enum vc_code code = check_file(policy->pins[i].path, err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "pins.%s", policy->pins[i].path);
    }
    return VC_OK;
}

static enum vc_code check_lifecycle(const struct vc_policy *policy, struct vc_err *err)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    for (size_t i = 0; i < lifecycle->shutdown_when_read_count; i++) {
        enum vc_code code = check_file(lifecycle->shutdown_when_read[i], err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "lifecycle.shutdown_when_read[%zu]", i);
    }
    for (size_t i = 0; i < lifecycle->budget_count; i++) {
        enum vc_code code = check_file(lifecycle->budgets[i].path, err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "lifecycle.budgets[%zu].path", i);
    }
    return VC_OK;
}

static enum vc_code check_narrowing(const struct vc_policy *policy, struct vc_err *err)
{
    for (size_t i = 0; i < policy->narrower_count; i++) {
        const char *path = policy->narrowers[i].path;
        enum vc_code code = path == nullptr ? VC_OK : check_file(path, err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "narrowing[%zu].path", i);
    }
    return VC_OK;
}

static enum vc_code check_stage(const struct vc_policy_pipeline *pipeline, size_t index,
                                struct vc_err *err)
{
    const struct vc_policy_stage *stage = &pipeline->stages[index];

    for (size_t i = 0; i < stage->condition_count; i++) {
        const struct vc_policy_condition *condition = &stage->conditions[i];
        enum vc_code code = condition->path == nullptr ? VC_OK : check_file(condition->path, err);

        if (code != VC_OK) {
            return vc_fail_in(err, code, "pipelines.%s.stages[%zu].if[%zu].%s", pipeline->name,
                              index, i, condition->kind == VC_IF_EXISTS ? "exists" : "missing");
        }
    }
    for (size_t i = 0; i < stage->right_count; i++) {
        enum vc_code code = check_file(stage->rights[i].path, err);

        if (code != VC_OK) {
            return vc_fail_in(err, code, "pipelines.%s.stages[%zu].rights[%zu].path",
                              pipeline->name, index, i);
        }
    }
    return VC_OK;
}

static enum vc_code check_pipelines(const struct vc_policy *policy, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < policy->pipeline_count; i++) {
        for (size_t k = 0; code == VC_OK && k < policy->pipelines[i].stage_count; k++)
            code = check_stage(&policy->pipelines[i], k, err);
    }
    return code;
}

enum vc_code vc_policy_check_places(const struct vc_policy *policy, struct vc_err *err)
{
    static enum vc_code (*const checks[])(const struct vc_policy *, struct vc_err *) = {
        check_rights, check_pins, check_lifecycle, check_programs, check_narrowing, check_pipelines,
    };
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < VC_COUNT(checks); i++)
        code = checks[i](policy, err);
    return code;
}
