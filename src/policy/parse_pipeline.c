/* SPDX-License-Identifier: MIT */

/* The block "pipelines" of a policy's text. A stage names only stages that stand before it, so none
 * can wait for itself. */

#include <stdlib.h>
#include <string.h>

#include "policy/parse_internal.h"
#include "policy/piece.h"

/* A stage that is being read, and what may be named in it. */
struct scene {
    const struct vc_policy *policy;
    const struct vc_policy_pipeline *pipeline;
    size_t index; /* of the stage: those before it are there */
};

/* -------------------------------------------------------------------------------- conditions */

/* The stage before this one whose name stands at `place`. */
static enum vc_code parse_earlier(const struct scene *scene, const struct vc_json_place *place,
                                  size_t *stage, struct vc_err *err)
{
    const char *name;
    enum vc_code code = vc_piece_read_name(place, &name, err);

    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < scene->index; i++) {
        if (strcmp(scene->pipeline->stages[i].name, name) == 0) {
            *stage = i;
            return VC_OK;
        }
    }
    if (strcmp(scene->pipeline->stages[scene->index].name, name) == 0)
        return vc_fail(err, VC_REFUSED, "%s: %s is the stage itself", place->text, name);
    return vc_fail(err, VC_REFUSED, "%s: no stage \"%s\" before this one", place->text, name);
}

static enum vc_code parse_exits(const struct vc_json_place *place,
                                struct vc_policy_condition *condition, struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code = vc_json_member(place, "exit", &list, err);

    if (code == VC_OK)
        code = vc_piece_check_list(&list, VC_POLICY_EXITS_MAX, err);
    if (code != VC_OK)
        return code;
    condition->exits = calloc(vc_json_count(&list), sizeof(*condition->exits));
    if (condition->exits == nullptr)
        return vc_fail_memory(err);
    condition->exit_count = vc_json_count(&list);
    for (size_t i = 0; code == VC_OK && i < condition->exit_count; i++) {
        struct vc_json_place element = vc_json_element(&list, i);
        int64_t status = 0;

        code = vc_json_integer(&element, 0, UINT32_MAX, &status, err);
        condition->exits[i] = (uint32_t)status;
    }
    return code;
}

/* Exactly one of the members says what is asked. */
static enum vc_code parse_condition_kind(const struct vc_json_place *place,
                                         enum vc_condition_kind *kind, struct vc_json_place *member,
                                         struct vc_err *err)
{
    static const char *const names[] = {
        [VC_IF_EXISTS] = "exists", [VC_IF_MISSING] = "missing", [VC_IF_EXIT] = "stage"};
    size_t found = 0;

    for (size_t i = 0; i < VC_COUNT(names); i++) {
        if (!vc_piece_find(place, names[i], member))
            continue;
        *kind = (enum vc_condition_kind)i;
        found++;
    }
    if (found != 1) {
        return vc_fail(err, VC_MALFORMED,
                       "%s: exactly one of \"exists\", \"missing\" and \"stage\" wanted",
                       place->text);
    }
    return vc_json_member(place, names[*kind], member, err);
}

static enum vc_code parse_condition(const struct scene *scene, const struct vc_json_place *place,
                                    struct vc_policy_condition *condition, struct vc_err *err)
{
    static const char *const known[] = {"exists", "missing", "stage", "exit", nullptr};
    struct vc_json_place member;
    enum vc_code code = vc_json_check_object(place, known, err);

    if (code == VC_OK)
        code = parse_condition_kind(place, &condition->kind, &member, err);
    if (code != VC_OK)
        return code;
    if (condition->kind == VC_IF_EXIT) {
        code = parse_earlier(scene, &member, &condition->stage, err);
        return code == VC_OK ? parse_exits(place, condition, err) : code;
    }
    if (vc_json_has(place, "exit"))
        return vc_fail(err, VC_REFUSED, "%s.exit: only with \"stage\"", place->text);
    return vc_piece_path(&member, &condition->path, nullptr, err);
}

static enum vc_code parse_conditions(const struct scene *scene, const struct vc_json_place *place,
                                     struct vc_policy_stage *stage, struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code;

    if (!vc_piece_find(place, "if", &list))
        return VC_OK;
    code = vc_piece_check_list(&list, VC_POLICY_CONDITIONS_MAX, err);
    if (code != VC_OK)
        return code;
    stage->conditions = calloc(vc_json_count(&list), sizeof(*stage->conditions));
    if (stage->conditions == nullptr)
        return vc_fail_memory(err);
    stage->condition_count = vc_json_count(&list);
    for (size_t i = 0; code == VC_OK && i < stage->condition_count; i++) {
        struct vc_json_place element = vc_json_element(&list, i);

        code = parse_condition(scene, &element, &stage->conditions[i], err);
    }
    return code;
}

/* -------------------------------------------------------------------------------- what precedes */

static bool comes_after(const struct vc_policy_stage *stage, size_t earlier)
{
    for (size_t i = 0; i < stage->after_count; i++) {
        if (stage->after[i] == earlier)
            return true;
    }
    return false;
}

static enum vc_code parse_after_list(const struct scene *scene, const struct vc_json_place *list,
                                     struct vc_policy_stage *stage, struct vc_err *err)
{
    enum vc_code code = vc_json_check_array(list, VC_POLICY_STAGES_MAX, err);

    for (size_t i = 0; code == VC_OK && i < vc_json_count(list); i++) {
        struct vc_json_place element = vc_json_element(list, i);
        size_t earlier = 0;

        code = parse_earlier(scene, &element, &earlier, err);
        if (code == VC_OK && comes_after(stage, earlier)) {
            return vc_fail(err, VC_REFUSED, "%s: %s a second time", element.text,
                           scene->pipeline->stages[earlier].name);
        }
        if (code == VC_OK)
            stage->after[stage->after_count++] = earlier;
    }
    return code;
}

/* None is twice among them, so there is room for all stages before this one. */
static enum vc_code parse_after(const struct scene *scene, const struct vc_json_place *place,
                                struct vc_policy_stage *stage, struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code = VC_OK;

    stage->after = calloc(scene->index + 1, sizeof(*stage->after));
    if (stage->after == nullptr)
        return vc_fail_memory(err);
    if (vc_piece_find(place, "after", &list)) {
        code = parse_after_list(scene, &list, stage, err);
    } else if (scene->index > 0) {
        stage->after[stage->after_count++] = scene->index - 1;
    }
    for (size_t i = 0; code == VC_OK && i < stage->condition_count; i++) {
        const struct vc_policy_condition *condition = &stage->conditions[i];

        if (condition->kind == VC_IF_EXIT && !comes_after(stage, condition->stage))
            stage->after[stage->after_count++] = condition->stage;
    }
    return code;
}

/* ------------------------------------------------------------------------------------ stages */

static enum vc_code parse_stage_right(const struct vc_json_place *place,
                                      struct vc_policy_stage_right *right, struct vc_err *err)
{
    static const char *const known[] = {"may", "path", nullptr};
    struct vc_json_place path;
    enum vc_code code = vc_json_check_object(place, known, err);

    if (code == VC_OK)
        code = vc_policy_parse_may(place, &right->may, err);
    if (code == VC_OK)
        code = vc_json_member(place, "path", &path, err);
    return code == VC_OK ? vc_piece_path(&path, &right->path, &right->tree, err) : code;
}

static enum vc_code parse_stage_rights(const struct vc_json_place *place,
                                       struct vc_policy_stage *stage, struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code;

    if (!vc_piece_find(place, "rights", &list))
        return VC_OK;
    stage->narrowed = true;
    code = vc_json_check_array(&list, VC_POLICY_STAGE_RIGHTS_MAX, err);
    if (code != VC_OK || vc_json_count(&list) == 0)
        return code;
    stage->rights = calloc(vc_json_count(&list), sizeof(*stage->rights));
    if (stage->rights == nullptr)
        return vc_fail_memory(err);
    stage->right_count = vc_json_count(&list);
    for (size_t i = 0; code == VC_OK && i < stage->right_count; i++) {
        struct vc_json_place element = vc_json_element(&list, i);

        code = parse_stage_right(&element, &stage->rights[i], err);
    }
    return code;
}

static enum vc_code parse_stage_name(const struct scene *scene, const struct vc_json_place *place,
                                     struct vc_policy_stage *stage, struct vc_err *err)
{
    struct vc_json_place member;
    const char *name;
    enum vc_code code = vc_piece_string(place, "name", &member, &name, err);

    if (code == VC_OK)
        code = vc_piece_name(&member, name, &stage->name, err);
    for (size_t i = 0; code == VC_OK && i < scene->index; i++) {
        if (strcmp(scene->pipeline->stages[i].name, name) == 0)
            return vc_fail(err, VC_REFUSED, "%s: the same as of stages[%zu]", member.text, i);
    }
    return code;
}

/* What its run is. */
static enum vc_code parse_stage_run(const struct scene *scene, const struct vc_json_place *place,
                                    struct vc_policy_stage *stage, struct vc_err *err)
{
    struct vc_json_place member;
    enum vc_code code = vc_json_member(place, "program", &member, err);

    if (code == VC_OK)
        code = vc_policy_parse_name(&member, VC_NAMED_PROGRAM, scene->policy, &stage->program, err);
    if (code == VC_OK)
        code = parse_stage_rights(place, stage, err);
    if (code == VC_OK && vc_piece_find(place, "arguments", &member)) {
        code = vc_policy_parse_arguments(&member, &stage->arguments, &stage->argument_count, err);
    }
    return code;
}

static enum vc_code parse_stage(const struct scene *scene, const struct vc_json_place *place,
                                struct vc_policy_stage *stage, struct vc_err *err)
{
    static const char *const known[] = {"name",   "program",   "after", "if",
                                        "rights", "arguments", nullptr};
    enum vc_code code = vc_json_check_object(place, known, err);

    if (code == VC_OK)
        code = parse_stage_name(scene, place, stage, err);
    if (code == VC_OK)
        code = parse_stage_run(scene, place, stage, err);
    if (code == VC_OK)
        code = parse_conditions(scene, place, stage, err);
    return code == VC_OK ? parse_after(scene, place, stage, err) : code;
}

static enum vc_code parse_stages(const struct vc_json_place *place, const struct vc_policy *policy,
                                 struct vc_policy_pipeline *pipeline, struct vc_err *err)
{
    struct scene scene = {policy, pipeline, 0};
    struct vc_json_place list;
    enum vc_code code = vc_json_member(place, "stages", &list, err);

    if (code == VC_OK)
        code = vc_piece_check_list(&list, VC_POLICY_STAGES_MAX, err);
    if (code != VC_OK)
        return code;
    pipeline->stages = calloc(vc_json_count(&list), sizeof(*pipeline->stages));
    if (pipeline->stages == nullptr)
        return vc_fail_memory(err);
    pipeline->stage_count = vc_json_count(&list);
    for (; code == VC_OK && scene.index < pipeline->stage_count; scene.index++) {
        struct vc_json_place element = vc_json_element(&list, scene.index);

        code = parse_stage(&scene, &element, &pipeline->stages[scene.index], err);
    }
    return code;
}

/* --------------------------------------------------------------------------------- the whole */

static enum vc_code parse_principals(const struct vc_json_place *place,
                                     const struct vc_policy *policy,
                                     struct vc_policy_pipeline *pipeline, struct vc_err *err)
{
    struct vc_policy_choice choice = {};
    struct vc_json_place list;
    enum vc_code code = vc_json_member(place, "principals", &list, err);

    if (code == VC_OK)
        code = vc_piece_check_list(&list, VC_POLICY_PRINCIPALS_MAX, err);
    if (code == VC_OK)
        code = vc_policy_parse_names(&list, VC_NAMED_PRINCIPAL, policy, &choice, err);
    pipeline->principals = choice.items;
    pipeline->principal_count = choice.count;
    return code;
}

static enum vc_code parse_pipeline(const struct vc_json_place *place, const char *name,
                                   const struct vc_policy *policy,
                                   struct vc_policy_pipeline *pipeline, struct vc_err *err)
{
    static const char *const known[] = {"principals", "stages", nullptr};
    enum vc_code code = vc_piece_name(place, name, &pipeline->name, err);

    if (code == VC_OK)
        code = vc_json_check_object(place, known, err);
    if (code == VC_OK)
        code = parse_principals(place, policy, pipeline, err);
    return code == VC_OK ? parse_stages(place, policy, pipeline, err) : code;
}

enum vc_code vc_policy_parse_pipelines(const struct vc_json_place *root, struct vc_policy *policy,
                                       struct vc_err *err)
{
    struct vc_json_place map;
    enum vc_code code;

    if (!vc_piece_find(root, "pipelines", &map))
        return VC_OK;
    code = vc_piece_check_map(&map, 0, VC_POLICY_PIPELINES_MAX, err);
    if (code != VC_OK || vc_json_count(&map) == 0)
        return code;
    policy->pipelines = calloc(vc_json_count(&map), sizeof(*policy->pipelines));
    if (policy->pipelines == nullptr)
        return vc_fail_memory(err);
    policy->pipeline_count = vc_json_count(&map);
    for (size_t i = 0; code == VC_OK && i < policy->pipeline_count; i++) {
        const char *name;
        struct vc_json_place place = vc_json_entry(&map, i, &name);

        code = parse_pipeline(&place, name, policy, &policy->pipelines[i], err);
    }
    return code;
}
