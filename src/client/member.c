/* SPDX-License-Identifier: MIT */

#include "client/member.h"

#include "base/hex.h"
#include "base/instant.h"

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
