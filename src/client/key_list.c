/* SPDX-License-Identifier: MIT */

/* Checks lists of keys. */

#include "client/key_list.h"

#include "client/member.h"
#include "policy/policy.h"

static enum vc_code check_text(const struct vc_json_place *key, const char *name,
                               struct vc_err *err)
{
    const char *text;

    return vc_member_text(key, name, &text, err);
}

static enum vc_code check_flag(const struct vc_json_place *key, const char *name,
                               struct vc_err *err)
{
    bool flag;

    return vc_member_flag(key, name, &flag, err);
}

static enum vc_code check_number(const struct vc_json_place *key, const char *name,
                                 struct vc_err *err)
{
    struct vc_json_place member;
    int64_t value;
    enum vc_code code = vc_member_of(key, name, &member, err);

    return code == VC_OK ? vc_json_integer(&member, 1, UINT32_MAX, &value, err) : code;
}

static enum vc_code check_names(const struct vc_json_place *key, const char *name,
                                struct vc_err *err)
{
    struct vc_json_place list;
    const char *text;
    enum vc_code code = vc_member_list(key, name, VC_POLICY_PROGRAMS_MAX, &list, err);

    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place element = vc_json_element(&list, i);

        code = vc_json_string(&element, &text, err);
    }
    return code;
}

static enum vc_code check_key(void *, const struct vc_json_place *key, struct vc_err *err)
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
    static const struct vc_member_array keys = {
        .name = "keys", .count_max = VC_POLICY_KEYS_MAX, .read = check_key};

    return vc_member_each(text, &keys, err);
}
