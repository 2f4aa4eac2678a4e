/* SPDX-License-Identifier: MIT */

#include "local/cast.h"

bool vc_cast_has(const struct vc_cast *cast, size_t program)
{
    if (cast->pipeline == nullptr)
        return program == cast->program;
    for (size_t i = 0; i < cast->pipeline->stage_count; i++) {
        if (cast->pipeline->stages[i].program == program)
            return true;
    }
    return false;
}

bool vc_cast_plays(const struct vc_cast *cast, struct vc_subject who)
{
    return who.kind == VC_SUBJECT_PROGRAM && vc_cast_has(cast, who.index);
}

bool vc_cast_has_key(const struct vc_cast *cast, size_t key)
{
    const struct vc_policy_key *asked = &cast->policy->keys[key];

    for (size_t i = 0; i < asked->program_count; i++) {
        if (vc_cast_has(cast, asked->programs[i]))
            return true;
    }
    return false;
}

static bool is_standard_of(const struct vc_policy *policy, const struct vc_policy_program *program,
                           size_t stream)
{
    const char *const paths[] = {program->stdin_path, program->stdout_path, program->stderr_path};
    size_t found;

    for (size_t i = 0; i < VC_COUNT(paths); i++) {
        if (paths[i] != nullptr && vc_policy_stream_at(policy, paths[i], &found) && found == stream)
            return true;
    }
    return false;
}

bool vc_cast_has_standard(const struct vc_cast *cast, size_t stream)
{
    for (size_t i = 0; i < cast->policy->program_count; i++) {
        if (vc_cast_has(cast, i) &&
            is_standard_of(cast->policy, &cast->policy->programs[i], stream))
            return true;
    }
    return false;
}
