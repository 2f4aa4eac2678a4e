/* SPDX-License-Identifier: MIT */

/* Reads pipeline objects. */

#include "client/pipeline_object.h"

#include <string.h>

#include "client/member.h"
#include "client/run_object.h"

static bool is_among(const char *const *names, const char *name)
{
    while (*names != nullptr && strcmp(*names, name) != 0)
        names++;
    return *names != nullptr;
}

bool vc_pipeline_ended(const struct vcc_pipeline *pipeline)
{
    static const char *const ends[] = {"done", "failed", "killed", nullptr};

    return is_among(ends, pipeline->state);
}

static enum vc_code parse_stage(const struct vc_json_place *object, struct vcc_stage *stage,
                                struct vc_err *err)
{
    static const char *const states[] = {"waiting", "running",   "exited", "failed",
                                         "skipped", "cancelled", nullptr};
    enum vc_code code = vc_json_check_object(object, nullptr, err);

    if (code == VC_OK)
        code = vc_member_line(object, "name", stage->name, sizeof(stage->name), err);
    if (code == VC_OK)
        code = vc_member_line(object, "program", stage->program, sizeof(stage->program), err);
    if (code == VC_OK)
        code = vc_member_line(object, "state", stage->state, sizeof(stage->state), err);
    if (code == VC_OK)
        code = vc_member_line(object, "run", stage->run, sizeof(stage->run), err);
    if (code == VC_OK)
        code = vc_member_line(object, "reason", stage->reason, sizeof(stage->reason), err);
    if (code != VC_OK)
        return code;
    if (stage->name[0] == '\0')
        return vc_fail(err, VC_MALFORMED, "%s: a stage needs a name", object->text);
    if (!is_among(states, stage->state)) {
        return vc_fail(err, VC_MALFORMED, "%s: no such state of a stage: \"%s\"", object->text,
                       stage->state);
    }
    return vc_member_exit_code(object, stage->state, &stage->exit_code, err);
}

static enum vc_code parse_stages(const struct vc_json_place *object, struct vcc_pipeline *pipeline,
                                 struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code;

    if (vc_json_member(object, "stages", &list, nullptr) != VC_OK)
        return vc_fail(err, VC_MALFORMED, "%s: a pipeline needs stages", object->text);
    code = vc_json_check_array(&list, VCC_STAGES_MAX, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place element = vc_json_element(&list, i);

        code = parse_stage(&element, &pipeline->stages[pipeline->stage_count++], err);
    }
    return code;
}

static enum vc_code parse_texts(const struct vc_json_place *object, struct vcc_pipeline *pipeline,
                                struct vc_err *err)
{
    enum vc_code code = vc_member_line(object, "id", pipeline->id, sizeof(pipeline->id), err);

    if (code == VC_OK) {
        code =
            vc_member_line(object, "pipeline", pipeline->pipeline, sizeof(pipeline->pipeline), err);
    }
    if (code == VC_OK) {
        code = vc_member_line(object, "principal", pipeline->principal, sizeof(pipeline->principal),
                              err);
    }
    if (code == VC_OK)
        code = vc_member_line(object, "state", pipeline->state, sizeof(pipeline->state), err);
    if (code != VC_OK)
        return code;
    if (!vc_run_id_valid(pipeline->id))
        return vc_fail(err, VC_MALFORMED, "%s: a pipeline needs an id", object->text);
    if (strcmp(pipeline->state, "running") != 0 && !vc_pipeline_ended(pipeline)) {
        return vc_fail(err, VC_MALFORMED, "%s: no such state of a pipeline: \"%s\"", object->text,
                       pipeline->state);
    }
    return VC_OK;
}

enum vc_code vc_pipeline_object_read(const struct vc_json_place *object,
                                     struct vcc_pipeline *pipeline, struct vc_err *err)
{
    struct vcc_pipeline parsed = {};
    enum vc_code code = vc_json_check_object(object, nullptr, err);

    if (code == VC_OK)
        code = parse_texts(object, &parsed, err);
    if (code == VC_OK)
        code = parse_stages(object, &parsed, err);
    if (code == VC_OK)
        *pipeline = parsed;
    return code;
}

enum vc_code vc_pipeline_object_parse(struct vc_bytes text, struct vcc_pipeline *pipeline,
                                      struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    return vc_pipeline_object_read(&root, pipeline, err);
}

static enum vc_code read_element(void *, const struct vc_json_place *element, struct vc_err *err)
{
    struct vcc_pipeline pipeline;

    return vc_pipeline_object_read(element, &pipeline, err);
}

enum vc_code vc_pipeline_list_check(struct vc_bytes text, struct vc_err *err)
{
    static const struct vc_member_array pipelines = {
        .name = "pipelines", .count_max = VC_PIPELINE_LIST_MAX, .read = read_element};

    return vc_member_each(text, &pipelines, err);
}
