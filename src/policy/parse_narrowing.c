/* SPDX-License-Identifier: MIT */

/* The block "narrowing" of a policy's text: who may narrow what while the container lives. */

#include <stdlib.h>

#include "policy/kind_names.h"
#include "policy/parse_internal.h"
#include "policy/piece.h"

static constexpr unsigned KINDS_WITH_PATH = 1U << VC_NARROW_TAKE | 1U << VC_NARROW_READ_ONCE;
static constexpr unsigned KINDS_WITH_PROGRAM =
    1U << VC_NARROW_RUNS | 1U << VC_NARROW_LIMITS | 1U << VC_NARROW_WITHDRAW;

static enum vc_code parse_kind(const struct vc_json_place *place, unsigned *may, struct vc_err *err)
{
    enum vc_narrowing_kind kind;
    const char *name;
    enum vc_code code = vc_json_string(place, &name, err);

    if (code != VC_OK)
        return code;
    if (!vc_narrowing_kind_find(name, &kind)) {
        return vc_fail(err, VC_MALFORMED,
                       "%s: one of take take_stream take_key read_once expires runs limits "
                       "freeze_inputs withdraw wanted",
                       place->text);
    }
    if ((*may & 1U << kind) != 0)
        return vc_fail(err, VC_MALFORMED, "%s: %s a second time", place->text, name);
    *may |= 1U << kind;
    return VC_OK;
}

static enum vc_code parse_kinds(const struct vc_json_place *rule, unsigned *may, struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code = vc_json_member(rule, "may", &list, err);

    if (code == VC_OK)
        code = vc_piece_check_list(&list, VC_NARROWING_KINDS, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place place = vc_json_element(&list, i);

        code = parse_kind(&place, may, err);
    }
    return code;
}

static enum vc_code parse_path(const struct vc_json_place *rule, struct vc_policy_narrower *model,
                               struct vc_err *err)
{
    struct vc_json_place place;
    enum vc_code code;

    if ((model->may & KINDS_WITH_PATH) == 0) {
        return vc_json_has(rule, "path")
                   ? vc_fail(err, VC_REFUSED, "%s.path: only for \"take\" and \"read_once\"",
                             rule->text)
                   : VC_OK;
    }
    code = vc_json_member(rule, "path", &place, err);
    return code == VC_OK ? vc_piece_path(&place, &model->path, &model->tree, err) : code;
}

/* What a rule of these kinds may be restricted to. */
struct choice_row {
    const char *name;
    unsigned kinds;
    const char *kind_names;
    enum vc_policy_named named;
    size_t most;
};

/* Without the list, a kind that could use it is about all there are. */
static enum vc_code parse_choice(const struct vc_json_place *rule, const struct choice_row *row,
                                 const struct vc_policy *policy, unsigned may,
                                 struct vc_policy_choice *choice, struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code;

    if (!vc_piece_find(rule, row->name, &list)) {
        choice->all = (may & row->kinds) != 0;
        return VC_OK;
    }
    if ((may & row->kinds) == 0) {
        return vc_fail(err, VC_REFUSED, "%s: only for %s", list.text, row->kind_names);
    }
    code = vc_piece_check_list(&list, row->most, err);
    return code == VC_OK ? vc_policy_parse_names(&list, row->named, policy, choice, err) : code;
}

static enum vc_code parse_choices(const struct vc_json_place *rule, const struct vc_policy *policy,
                                  struct vc_policy_narrower *model, struct vc_err *err)
{
    static const struct choice_row rows[] = {
        {"streams", 1U << VC_NARROW_TAKE_STREAM, "\"take_stream\"", VC_NAMED_STREAM,
         VC_POLICY_STREAMS_MAX},
        {"keys", 1U << VC_NARROW_TAKE_KEY, "\"take_key\"", VC_NAMED_KEY, VC_POLICY_KEYS_MAX},
        {"programs", KINDS_WITH_PROGRAM, "\"runs\", \"limits\" and \"withdraw\"", VC_NAMED_PROGRAM,
         VC_POLICY_PROGRAMS_MAX},
    };
    struct vc_policy_choice *const choices[VC_COUNT(rows)] = {&model->streams, &model->keys,
                                                              &model->programs};
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < VC_COUNT(rows); i++)
        code = parse_choice(rule, &rows[i], policy, model->may, choices[i], err);
    return code;
}

static enum vc_code parse_rule(const struct vc_json_place *place, const struct vc_policy *policy,
                               struct vc_policy_narrower *model, struct vc_err *err)
{
    static const char *const known[] = {"principal", "program", "may",      "path",
                                        "streams",   "keys",    "programs", nullptr};
    enum vc_code code = vc_json_check_object(place, known, err);

    if (code == VC_OK)
        code = vc_policy_parse_who(place, policy, &model->who, err);
    if (code == VC_OK)
        code = parse_kinds(place, &model->may, err);
    if (code == VC_OK)
        code = parse_path(place, model, err);
    return code == VC_OK ? parse_choices(place, policy, model, err) : code;
}

enum vc_code vc_policy_parse_narrowing(const struct vc_json_place *root, struct vc_policy *policy,
                                       struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code;

    if (!vc_piece_find(root, "narrowing", &list))
        return VC_OK;
    code = vc_json_check_array(&list, VC_POLICY_NARROWING_MAX, err);
    if (code != VC_OK || vc_json_count(&list) == 0)
        return code;
    policy->narrowers = calloc(vc_json_count(&list), sizeof(*policy->narrowers));
    if (policy->narrowers == nullptr)
        return vc_fail_memory(err);
    policy->narrower_count = vc_json_count(&list);
    for (size_t i = 0; code == VC_OK && i < policy->narrower_count; i++) {
        struct vc_json_place place = vc_json_element(&list, i);

        code = parse_rule(&place, policy, &policy->narrowers[i], err);
    }
    return code;
}
