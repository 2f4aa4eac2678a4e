/* SPDX-License-Identifier: MIT */

#include "policy/explain_pipeline.h"

#include "policy/explain_names.h"
#include "policy/notice.h"
#include "policy/spot.h"

/* ------------------------------------------------------------------------- who starts, and what */

void vc_explain_pipeline_starts(struct vc_prose *prose, const struct vc_policy *policy,
                                struct vc_subject who, size_t *said)
{
    for (size_t i = 0; i < policy->pipeline_count && who.kind == VC_SUBJECT_PRINCIPAL; i++) {
        const struct vc_policy_pipeline *pipeline = &policy->pipelines[i];

        for (size_t k = 0; k < pipeline->principal_count; k++) {
            if (pipeline->principals[k] == who.index) {
                vc_prose_say(prose, "%sstart the pipeline %s", (*said)++ > 0 ? ", and " : "",
                             pipeline->name);
            }
        }
    }
}

static bool has_stage_of(const struct vc_policy_pipeline *pipeline, size_t program)
{
    for (size_t i = 0; i < pipeline->stage_count; i++) {
        if (pipeline->stages[i].program == program)
            return true;
    }
    return false;
}

size_t vc_pipelines_of(const struct vc_policy *policy, size_t program)
{
    size_t count = 0;

    for (size_t i = 0; i < policy->pipeline_count; i++)
        count += has_stage_of(&policy->pipelines[i], program);
    return count;
}

void vc_explain_pipelines_of(struct vc_prose *prose, const struct vc_policy *policy, size_t program)
{
    size_t count = vc_pipelines_of(policy, program);
    size_t said = 0;

    if (count > 0)
        vc_prose_say(prose, "the pipeline%s ", count == 1 ? "" : "s");
    for (size_t i = 0; i < policy->pipeline_count; i++) {
        if (has_stage_of(&policy->pipelines[i], program))
            vc_prose_say(prose, "%s%s", vc_prose_joint(said++, count), policy->pipelines[i].name);
    }
}

/* ------------------------------------------------------------------------------------- a stage */

static void say_order(struct vc_prose *prose, const struct vc_policy_pipeline *pipeline,
                      const struct vc_policy_stage *stage)
{
    if (stage->after_count == 0) {
        vc_prose_say(prose, ", at once");
        return;
    }
    vc_prose_say(prose, ", after ");
    for (size_t i = 0; i < stage->after_count; i++) {
        vc_prose_say(prose, "%s%s", vc_prose_joint(i, stage->after_count),
                     pipeline->stages[stage->after[i]].name);
    }
}

static void say_condition(struct vc_prose *prose, const struct vc_policy_pipeline *pipeline,
                          const struct vc_policy_condition *condition)
{
    if (condition->kind != VC_IF_EXIT) {
        vc_prose_text(prose, condition->path);
        vc_prose_say(prose, " is %sthere", condition->kind == VC_IF_MISSING ? "not " : "");
        return;
    }
    vc_prose_say(prose, "%s exited with ", pipeline->stages[condition->stage].name);
    for (size_t i = 0; i < condition->exit_count; i++) {
        const char *joint = i + 1 == condition->exit_count ? " or " : ", ";

        vc_prose_say(prose, "%s%u", i == 0 ? "" : joint, condition->exits[i]);
    }
}

void vc_explain_verbs(struct vc_prose *prose, unsigned may)
{
    static const struct {
        enum vc_right right;
        const char *verb;
    } verbs[] = {
        {VC_RIGHT_READ, "read"}, {VC_RIGHT_WRITE, "write"},   {VC_RIGHT_APPEND, "append to"},
        {VC_RIGHT_LIST, "list"}, {VC_RIGHT_DELETE, "delete"},
    };
    size_t count = (size_t)__builtin_popcount(may & ~(unsigned)VC_RIGHT_EXECUTE);
    size_t said = 0;

    for (size_t i = 0; i < VC_COUNT(verbs); i++) {
        if ((may & verbs[i].right) != 0)
            vc_prose_say(prose, "%s%s", vc_prose_joint(said++, count), verbs[i].verb);
    }
}

static void say_rights(struct vc_prose *prose, const struct vc_policy_stage *stage)
{
    if (!stage->narrowed)
        return;
    vc_prose_say(prose, " Of its rights to files it has only: ");
    if (stage->right_count == 0)
        vc_prose_say(prose, "none");
    for (size_t i = 0; i < stage->right_count; i++) {
        const struct vc_policy_stage_right *right = &stage->rights[i];

        vc_prose_say(prose, "%s", i > 0 ? ", and " : "");
        vc_explain_verbs(prose, right->may);
        vc_prose_say(prose, " ");
        vc_notice_spot(prose, (struct vc_spot){right->path, right->tree});
    }
    vc_prose_say(prose, ".");
}

static void say_arguments(struct vc_prose *prose, const struct vc_policy_stage *stage)
{
    if (stage->arguments == nullptr)
        return;
    vc_prose_say(prose, " Its arguments are:");
    for (size_t i = 0; i < stage->argument_count; i++) {
        vc_prose_say(prose, " ");
        vc_prose_quoted(prose, stage->arguments[i]);
    }
    vc_prose_say(prose, ".");
}

static void say_stage(struct vc_prose *prose, const struct vc_policy *policy,
                      const struct vc_policy_pipeline *pipeline, size_t index)
{
    const struct vc_policy_stage *stage = &pipeline->stages[index];

    vc_prose_say(prose, "  %s: the program %s", stage->name, policy->programs[stage->program].name);
    say_order(prose, pipeline, stage);
    for (size_t i = 0; i < stage->condition_count; i++) {
        vc_prose_say(prose, "%s", i == 0 ? ", if " : " and ");
        say_condition(prose, pipeline, &stage->conditions[i]);
    }
    vc_prose_say(prose, ".");
    say_rights(prose, stage);
    say_arguments(prose, stage);
    vc_prose_say(prose, "\n");
}

void vc_explain_pipelines(struct vc_prose *prose, const struct vc_policy *policy)
{
    if (policy->pipeline_count == 0)
        return;
    vc_prose_say(prose, "\nPipelines\n\n");
    for (size_t i = 0; i < policy->pipeline_count; i++) {
        const struct vc_policy_pipeline *pipeline = &policy->pipelines[i];

        vc_prose_say(prose, "Only ");
        vc_explain_principals(prose, policy, pipeline->principals, pipeline->principal_count);
        vc_prose_say(prose, " may start the pipeline %s; its runs need no other right to start:\n",
                     pipeline->name);
        for (size_t k = 0; k < pipeline->stage_count; k++)
            say_stage(prose, policy, pipeline, k);
    }
}
