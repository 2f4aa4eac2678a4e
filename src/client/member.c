/* SPDX-License-Identifier: MIT */

#include "client/member.h"

#include <string.h>

#include "base/hex.h"
#include "base/instant.h"
#include "client/line.h"

enum vc_code vc_member_of(const struct vc_json_place *object, const char *name,
                          struct vc_json_place *member, struct vc_err *err)
{
    enum vc_code code = vc_json_check_object(object, nullptr, err);

    if (code == VC_OK)
        code = vc_json_member(object, name, member, err);
    return code == VC_NOT_FOUND ? vc_fail(err, VC_MALFORMED, "%s: no %s", object->text, name)
                                : code;
}

enum vc_code vc_member_text(const struct vc_json_place *object, const char *name, const char **text,
                            struct vc_err *err)
{
    struct vc_json_place member;
    enum vc_code code = vc_member_of(object, name, &member, err);

    return code == VC_OK ? vc_json_string(&member, text, err) : code;
}

enum vc_code vc_member_count(const struct vc_json_place *object, const char *name, uint64_t *count,
                             struct vc_err *err)
{
    struct vc_json_place member;
    int64_t value = 0;
    enum vc_code code = vc_member_of(object, name, &member, err);

    if (code == VC_OK)
        code = vc_json_integer(&member, 0, INT64_MAX, &value, err);
    if (code == VC_OK)
        *count = (uint64_t)value;
    return code;
}

enum vc_code vc_member_flag(const struct vc_json_place *object, const char *name, bool *flag,
                            struct vc_err *err)
{
    struct vc_json_place member;
    enum vc_code code = vc_member_of(object, name, &member, err);

    return code == VC_OK ? vc_json_boolean(&member, flag, err) : code;
}

enum vc_code vc_member_time(const struct vc_json_place *object, const char *name, int64_t *seconds,
                            struct vc_err *err)
{
    const char *text;
    enum vc_code code = vc_member_text(object, name, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_instant_parse(text, seconds, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s.%s", object->text, name);
}

enum vc_code vc_member_digest(const struct vc_json_place *object, const char *name,
                              uint8_t digest[VC_SHA256_SIZE], struct vc_err *err)
{
    const char *text;
    enum vc_code code = vc_member_text(object, name, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_hex_parse(text, digest, VC_SHA256_SIZE, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s.%s", object->text, name);
}

enum vc_code vc_member_list(const struct vc_json_place *object, const char *name, size_t count_max,
                            struct vc_json_place *list, struct vc_err *err)
{
    enum vc_code code = vc_member_of(object, name, list, err);

    return code == VC_OK ? vc_json_check_array(list, count_max, err) : code;
}

enum vc_code vc_member_line(const struct vc_json_place *object, const char *name, char *out,
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

enum vc_code vc_member_exit_code(const struct vc_json_place *object, const char *state,
                                 int *exit_code, struct vc_err *err)
{
    struct vc_json_place member;
    int64_t value = 0;

    if (strcmp(state, "exited") != 0)
        return VC_OK;
    enum vc_code code = vc_json_member(object, "exit_code", &member, err);

    if (code == VC_NOT_FOUND) /* an end without its code would read as success */
        return vc_fail(err, VC_MALFORMED, "%s: exited, and no exit_code", object->text);
    if (code == VC_OK)
        code = vc_json_integer(&member, INT32_MIN, INT32_MAX, &value, err);
    if (code == VC_OK)
        *exit_code = (int)value;
    return code;
}

enum vc_code vc_member_each(struct vc_bytes text, const struct vc_member_array *array,
                            struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place list;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    code = vc_json_member(&root, array->name, &list, err);
    if (code == VC_NOT_FOUND)
        return vc_fail(err, VC_MALFORMED, "no %s in the answer", array->name);
    if (code == VC_OK)
        code = vc_json_check_array(&list, array->count_max, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place element = vc_json_element(&list, i);

        code = array->read(array->user, &element, err);
    }
    return code;
}
