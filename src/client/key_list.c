/* SPDX-License-Identifier: MIT */

/* Checks lists of keys. */

#include "client/key_list.h"

#include "codec/json.h"
#include "policy/policy.h"

static enum vc_code member_of(const struct vc_json_place *object, const char *name,
                              struct vc_json_place *member, struct vc_err *err)
{
    enum vc_code code = vc_json_member(object, name, member, err);

    return code == VC_NOT_FOUND ? vc_fail(err, VC_MALFORMED, "%s: no %s", object->text, name)
                                : code;
}

static enum vc_code check_text(const struct vc_json_place *key, const char *name,
                               struct vc_err *err)
{
    struct vc_json_place member;
    const char *text;
    enum vc_code code = member_of(key, name, &member, err);

    return code == VC_OK ? vc_json_string(&member, &text, err) : code;
}

static enum vc_code check_flag(const struct vc_json_place *key, const char *name,
                               struct vc_err *err)
{
    struct vc_json_place member;
    bool flag;
    enum vc_code code = member_of(key, name, &member, err);

    return code == VC_OK ? vc_json_boolean(&member, &flag, err) : code;
}

static enum vc_code check_number(const struct vc_json_place *key, const char *name,
                                 struct vc_err *err)
{
    struct vc_json_place member;
    int64_t value;
    enum vc_code code = member_of(key, name, &member, err);

    return code == VC_OK ? vc_json_integer(&member, 1, UINT32_MAX, &value, err) : code;
}

static enum vc_code check_names(const struct vc_json_place *key, const char *name,
                                struct vc_err *err)
{
    struct vc_json_place list;
    const char *text;
    enum vc_code code = member_of(key, name, &list, err);

    if (code == VC_OK)
        code = vc_json_check_array(&list, VC_POLICY_PROGRAMS_MAX, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place element = vc_json_element(&list, i);

        code = vc_json_string(&element, &text, err);
    }
    return code;
}

static enum vc_code check_key(const struct vc_json_place *key, struct vc_err *err)
{
    static const struct {
        const char *name;
        enum vc_code (*check)(const struct vc_json_place *key, const char *name,
                              struct vc_err *err);
    } members[] = {
        {"name", check_text},   {"type", check_text},      {"given", check_flag},
        {"export", check_flag}, {"id", check_number},      {"bits", check_number},
        {"usage", check_names}, {"programs", check_names}, {"wrap", check_names},
    };
    enum vc_code code = vc_json_check_object(key, nullptr, err);

    for (size_t i = 0; code == VC_OK && i < VC_COUNT(members); i++)
        code = members[i].check(key, members[i].name, err);
    if (code == VC_OK && vc_json_has(key, "algorithm"))
        code = check_text(key, "algorithm", err);
    return code;
}

enum vc_code vc_key_list_check(struct vc_bytes text, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place keys;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    code = vc_json_member(&root, "keys", &keys, err);
    if (code == VC_NOT_FOUND)
        return vc_fail(err, VC_MALFORMED, "no keys in the answer");
    if (code == VC_OK)
        code = vc_json_check_array(&keys, VC_POLICY_KEYS_MAX, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&keys); i++) {
        struct vc_json_place key = vc_json_element(&keys, i);

        code = check_key(&key, err);
    }
    return code;
}
