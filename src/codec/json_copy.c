/* SPDX-License-Identifier: MIT */

#include "codec/json_copy.h"

/* No deeper than a writer goes: VC_JSON_DEPTH_MAX. */
/* NOLINTBEGIN(misc-no-recursion) */

enum vc_code vc_json_copy_members(struct vc_json_writer *writer, const struct vc_json_place *object,
                                  struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < vc_json_count(object); i++) {
        const char *key;
        struct vc_json_place member = vc_json_entry(object, i, &key);

        code = vc_json_copy(writer, key, &member, err);
    }
    return code;
}

static enum vc_code copy_object(struct vc_json_writer *writer, const char *key,
                                const struct vc_json_place *object, struct vc_err *err)
{
    vc_json_open_object(writer, key);
    enum vc_code code = vc_json_copy_members(writer, object, err);

    vc_json_close_object(writer);
    return code;
}

static enum vc_code copy_array(struct vc_json_writer *writer, const char *key,
                               const struct vc_json_place *array, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    vc_json_open_array(writer, key);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(array); i++) {
        struct vc_json_place element = vc_json_element(array, i);

        code = vc_json_copy(writer, nullptr, &element, err);
    }
    vc_json_close_array(writer);
    return code;
}

/* Values do not say what they are: each kind is tried. */
static bool copy_scalar(struct vc_json_writer *writer, const char *key,
                        const struct vc_json_place *value)
{
    const char *text;
    int64_t number;
    bool flag;

    if (vc_json_string(value, &text, nullptr) == VC_OK)
        vc_json_put_string(writer, key, text);
    else if (vc_json_integer(value, INT64_MIN, INT64_MAX, &number, nullptr) == VC_OK)
        vc_json_put_integer(writer, key, number);
    else if (vc_json_boolean(value, &flag, nullptr) == VC_OK)
        vc_json_put_boolean(writer, key, flag);
    else
        return false;
    return true;
}

enum vc_code vc_json_copy(struct vc_json_writer *writer, const char *key,
                          const struct vc_json_place *value, struct vc_err *err)
{
    bool object = vc_json_check_object(value, nullptr, nullptr) == VC_OK;
    bool array = !object && vc_json_check_array(value, VC_JSON_VALUES_MAX, nullptr) == VC_OK;

    if (!object && !array) {
        return copy_scalar(writer, key, value)
                   ? VC_OK
                   : vc_fail(err, VC_MALFORMED, "%s: neither text, whole number nor truth value",
                             value->text);
    }
    if (writer->depth >= VC_JSON_DEPTH_MAX)
        return vc_fail(err, VC_LIMIT, "%s: nested more than %zu deep", value->text,
                       VC_JSON_DEPTH_MAX);
    return object ? copy_object(writer, key, value, err) : copy_array(writer, key, value, err);
}
/* NOLINTEND(misc-no-recursion) */
