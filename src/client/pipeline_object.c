/* SPDX-License-Identifier: MIT */

/* Reads pipeline objects. */

#include "client/pipeline_object.h"

#include <string.h>

#include "client/line.h"
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

/* Copies a text member cleaned for a terminal; absent is "". */
static enum vc_code text_member(const struct vc_json_place *object, const char *name, char *out,
                                size_t size, struct vc_err *err)
{
    struct vc_json_place member;
    const char *text;

    out[0] = '\0';
    if (!vc_json_has(object, name))
        return VC_OK;
    enum vc_code code = vc_json_member(object, name, &member, err);

    if (code == VC_OK)
        code = vc_json_string(&member, &text, err);
    if (code == VC_OK)
        vc_line_clean(text, out, size);
    return code;
}

/* An end without its code would read as success. */
static enum vc_code parse_exit_code(const struct vc_json_place *object, struct vcc_stage *stage,
                                    struct vc_err *err)
{
    struct vc_json_place member;
    int64_t value = 0;

    if (strcmp(stage->state, "exited") != 0)
        return VC_OK;
    if (vc_json_member(object, "exit_code", &member, nullptr) != VC_OK)
        return vc_fail(err, VC_MALFORMED, "%s: exited, and no exit_code", object->text);
    enum vc_code code = vc_json_integer(&member, INT32_MIN, INT32_MAX, &value, err);

    stage->exit_code = (int)value;
    return code;
}

static enum vc_code parse_stage(const struct vc_json_place *object, struct vcc_stage *stage,
                                struct vc_err *err)
{
    static const char *const states[] = {"waiting", "running",   "exited", "failed",
                                         "skipped", "cancelled", nullptr};
    enum vc_code code = vc_json_check_object(object, nullptr, err);

    if (code == VC_OK)
        code = text_member(object, "name", stage->name, sizeof(stage->name), err);
    if (code == VC_OK)
        code = text_member(object, "program", stage->program, sizeof(stage->program), err);
    if (code == VC_OK)
        code = text_member(object, "state", stage->state, sizeof(stage->state), err);
    if (code == VC_OK)
        code = text_member(object, "run", stage->run, sizeof(stage->run), err);
    if (code == VC_OK)
        code = text_member(object, "reason", stage->reason, sizeof(stage->reason), err);
    if (code != VC_OK)
        return code;
    if (stage->name[0] == '\0')
        return vc_fail(err, VC_MALFORMED, "%s: a stage needs a name", object->text);
    if (!is_among(states, stage->state)) {
        return vc_fail(err, VC_MALFORMED, "%s: no such state of a stage: \"%s\"", object->text,
                       stage->state);
    }
    return parse_exit_code(object, stage, err);
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
    enum vc_code code = text_member(object, "id", pipeline->id, sizeof(pipeline->id), err);

    if (code == VC_OK) {
        code = text_member(object, "pipeline", pipeline->pipeline, sizeof(pipeline->pipeline), err);
    }
    if (code == VC_OK) {
        code =
            text_member(object, "principal", pipeline->principal, sizeof(pipeline->principal), err);
    }
    if (code == VC_OK)
        code = text_member(object, "state", pipeline->state, sizeof(pipeline->state), err);
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

enum vc_code vc_pipeline_list_check(struct vc_bytes text, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place list;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    code = vc_json_member(&root, "pipelines", &list, err);
    if (code == VC_NOT_FOUND)
        return vc_fail(err, VC_MALFORMED, "no pipelines in the answer");
    if (code == VC_OK)
        code = vc_json_check_array(&list, VC_PIPELINE_LIST_MAX, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place element = vc_json_element(&list, i);
        struct vcc_pipeline pipeline;

        code = vc_pipeline_object_read(&element, &pipeline, err);
    }
    return code;
}
