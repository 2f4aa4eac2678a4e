/* SPDX-License-Identifier: MIT */

/* The block "rights" of a policy's text, and what other blocks say of rights. */

#include <stdlib.h>
#include <string.h>

#include "policy/parse_internal.h"
#include "policy/piece.h"

static enum vc_code parse_verb(const struct vc_json_place *place, unsigned *may, struct vc_err *err)
{
    static const struct {
        const char *name;
        enum vc_right right;
    } verbs[] = {
        {"read", VC_RIGHT_READ},       {"write", VC_RIGHT_WRITE}, {"append", VC_RIGHT_APPEND},
        {"execute", VC_RIGHT_EXECUTE}, {"list", VC_RIGHT_LIST},   {"delete", VC_RIGHT_DELETE},
    };
    const char *text;
    enum vc_code code = vc_json_string(place, &text, err);

    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < VC_COUNT(verbs); i++) {
        if (strcmp(text, verbs[i].name) != 0)
            continue;
        if ((*may & verbs[i].right) != 0)
            return vc_fail(err, VC_MALFORMED, "%s: %s a second time", place->text, text);
        *may |= verbs[i].right;
        return VC_OK;
    }
    return vc_fail(err, VC_MALFORMED, "%s: one of read write append execute list delete wanted",
                   place->text);
}

enum vc_code vc_policy_parse_may(const struct vc_json_place *right, unsigned *may,
                                 struct vc_err *err)
{
    static constexpr size_t VERBS_MAX = 6;
    struct vc_json_place list;
    enum vc_code code = vc_json_member(right, "may", &list, err);

    if (code == VC_OK)
        code = vc_piece_check_list(&list, VERBS_MAX, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place place = vc_json_element(&list, i);

        code = parse_verb(&place, may, err);
    }
    return code;
}

static enum vc_code parse_right(const struct vc_json_place *place, const struct vc_policy *policy,
                                struct vc_policy_right *right, struct vc_err *err)
{
    static const char *const known[] = {"principal", "program", "may", "path", nullptr};
    struct vc_json_place path;
    enum vc_code code = vc_json_check_object(place, known, err);

    if (code == VC_OK)
        code = vc_policy_parse_who(place, policy, &right->who, err);
    if (code == VC_OK)
        code = vc_policy_parse_may(place, &right->may, err);
    if (code == VC_OK)
        code = vc_json_member(place, "path", &path, err);
    if (code == VC_OK)
        code = vc_piece_path(&path, &right->path, &right->tree, err);
    return code;
}

enum vc_code vc_policy_parse_rights(const struct vc_json_place *root, struct vc_policy *policy,
                                    struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code = vc_json_member(root, "rights", &list, err);

    if (code == VC_OK)
        code = vc_json_check_array(&list, VC_POLICY_RIGHTS_MAX, err);
    if (code != VC_OK || vc_json_count(&list) == 0)
        return code;
    policy->rights = calloc(vc_json_count(&list), sizeof(*policy->rights));
    if (policy->rights == nullptr)
        return vc_fail_memory(err);
    policy->right_count = vc_json_count(&list);
    for (size_t i = 0; code == VC_OK && i < policy->right_count; i++) {
        struct vc_json_place place = vc_json_element(&list, i);

        code = parse_right(&place, policy, &policy->rights[i], err);
    }
    return code;
}
