/* SPDX-License-Identifier: MIT */

/* Reads run objects. */

#include "client/run_object.h"

#include <stdio.h>
#include <string.h>

#include "client/line.h"
#include "client/member.h"
#include "codec/json.h"

static constexpr size_t LIMITS_MAX = 64; /* that one run can have met */

static const struct state {
    const char *name;
    bool ended;
} states[] = {
    {"queued", false}, {"compiling", false}, {"running", false},
    {"exited", true},  {"failed", true},     {"killed", true},
};

static const struct state *find_state(const char *name)
{
    for (size_t i = 0; i < VC_COUNT(states); i++) {
        if (strcmp(states[i].name, name) == 0)
            return &states[i];
    }
    return nullptr;
}

bool vc_run_ended(const struct vcc_run *run)
{
    const struct state *state = find_state(run->state);

    return state != nullptr && state->ended;
}

bool vc_run_id_valid(const char *id)
{
    size_t size = strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-");

    return size > 0 && size < sizeof(((struct vcc_run *)nullptr)->id) && id[size] == '\0';
}

static enum vc_code count_member(const struct vc_json_place *object, const char *name,
                                 uint64_t *count, struct vc_err *err)
{
    struct vc_json_place member;
    int64_t value;

    if (!vc_json_has(object, name))
        return VC_OK;
    enum vc_code code = vc_json_member(object, name, &member, err);

    if (code == VC_OK)
        code = vc_json_integer(&member, 0, INT64_MAX, &value, err);
    if (code == VC_OK)
        *count = (uint64_t)value;
    return code;
}

static enum vc_code parse_texts(const struct vc_json_place *object, struct vcc_run *run,
                                struct vc_err *err)
{
    enum vc_code code = vc_member_line(object, "id", run->id, sizeof(run->id), err);

    if (code == VC_OK)
        code = vc_member_line(object, "program", run->program, sizeof(run->program), err);
    if (code == VC_OK)
        code = vc_member_line(object, "state", run->state, sizeof(run->state), err);
    if (code == VC_OK)
        code = vc_member_line(object, "reason", run->reason, sizeof(run->reason), err);
    if (code == VC_OK)
        code = vc_member_line(object, "pipeline", run->pipeline, sizeof(run->pipeline), err);
    if (code == VC_OK)
        code = vc_member_line(object, "stage", run->stage, sizeof(run->stage), err);
    if (code != VC_OK)
        return code;
    if (!vc_run_id_valid(run->id))
        return vc_fail(err, VC_MALFORMED, "%s: a run needs an id", object->text);
    if (find_state(run->state) == nullptr) {
        return vc_fail(err, VC_MALFORMED, "%s: no such state of a run: \"%s\"", object->text,
                       run->state);
    }
    return VC_OK;
}

static enum vc_code parse_percent(const struct vc_json_place *object, int *percent,
                                  struct vc_err *err)
{
    struct vc_json_place member;
    int64_t value;

    if (!vc_json_has(object, "percent"))
        return VC_OK;
    enum vc_code code = vc_json_member(object, "percent", &member, err);

    if (code == VC_OK)
        code = vc_json_integer(&member, 0, 100, &value, err);
    if (code == VC_OK)
        *percent = (int)value;
    return code;
}

/* The keys with a space between them; those that do not fit are left out, whole. */
static enum vc_code parse_limits(const struct vc_json_place *object, struct vcc_run *run,
                                 struct vc_err *err)
{
    struct vc_json_place list;
    size_t used = 0;

    if (!vc_json_has(object, "limits"))
        return VC_OK;
    enum vc_code code = vc_json_member(object, "limits", &list, err);

    if (code == VC_OK)
        code = vc_json_check_array(&list, LIMITS_MAX, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place element = vc_json_element(&list, i);
        const char *text;

        code = vc_json_string(&element, &text, err);
        if (code != VC_OK || strlen(text) >= sizeof(run->limits) - used - 1)
            continue;
        run->limits[used] = ' ';
        used += used > 0;
        vc_line_clean(text, run->limits + used, sizeof(run->limits) - used);
        used += strlen(run->limits + used);
    }
    return code;
}

static enum vc_code parse_published(const struct vc_json_place *object, struct vcc_run *run,
                                    struct vc_err *err)
{
    struct vc_json_place member;
    bool published = false;

    if (!vc_json_has(object, "published"))
        return VC_OK;
    enum vc_code code = vc_json_member(object, "published", &member, err);

    if (code == VC_OK)
        code = vc_json_boolean(&member, &published, err);
    run->published = published;
    return code;
}

enum vc_code vc_run_object_read_numbers(const struct vc_json_place *object, struct vcc_run *run,
                                        struct vc_err *err)
{
    enum vc_code code = vc_json_check_object(object, nullptr, err);

    if (code == VC_OK)
        code = count_member(object, "wall_us", &run->wall_us, err);

    if (code == VC_OK)
        code = count_member(object, "cpu_us", &run->cpu_us, err);
    if (code == VC_OK)
        code = count_member(object, "memory_bytes", &run->memory_bytes, err);
    if (code == VC_OK)
        code = count_member(object, "output_bytes", &run->output_bytes, err);
    if (code == VC_OK)
        code = parse_percent(object, &run->percent, err);
    return code;
}

enum vc_code vc_run_object_read(const struct vc_json_place *object, struct vcc_run *run,
                                struct vc_err *err)
{
    struct vcc_run parsed = {.percent = -1};
    enum vc_code code = vc_json_check_object(object, nullptr, err);

    if (code == VC_OK)
        code = parse_texts(object, &parsed, err);
    if (code == VC_OK)
        code = vc_member_exit_code(object, parsed.state, &parsed.exit_code, err);
    if (code == VC_OK)
        code = parse_limits(object, &parsed, err);
    if (code == VC_OK)
        code = parse_published(object, &parsed, err);
    if (code == VC_OK)
        code = vc_run_object_read_numbers(object, &parsed, err);
    if (code == VC_OK)
        *run = parsed;
    return code;
}

enum vc_code vc_run_object_parse(struct vc_bytes text, struct vcc_run *run, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    return vc_run_object_read(&root, run, err);
}

static enum vc_code read_element(void *, const struct vc_json_place *element, struct vc_err *err)
{
    struct vcc_run run;

    return vc_run_object_read(element, &run, err);
}

enum vc_code vc_run_list_check(struct vc_bytes text, struct vc_err *err)
{
    static const struct vc_member_array runs = {
        .name = "runs", .count_max = VC_RUN_LIST_MAX, .read = read_element};

    return vc_member_each(text, &runs, err);
}
