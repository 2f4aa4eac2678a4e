/* SPDX-License-Identifier: MIT */

/* Where a policy's text names what stands elsewhere in it: principals, programs, streams, keys. */

#include <stdlib.h>

#include "policy/parse_internal.h"
#include "policy/piece.h"

enum vc_code vc_policy_parse_name(const struct vc_json_place *place, enum vc_policy_named named,
                                  const struct vc_policy *policy, size_t *index, struct vc_err *err)
{
    static const struct {
        const char *what;
        bool (*find)(const struct vc_policy *policy, const char *name, size_t *index);
    } table[] = {
        [VC_NAMED_PRINCIPAL] = {"principal", vc_policy_find_principal},
        [VC_NAMED_PROGRAM] = {"program", vc_policy_find_program},
        [VC_NAMED_STREAM] = {"stream", vc_policy_find_stream},
        [VC_NAMED_KEY] = {"key", vc_policy_find_key},
    };
    const char *name;
    enum vc_code code = vc_piece_read_name(place, &name, err);

    if (code != VC_OK)
        return code;
    if (table[named].find(policy, name, index))
        return VC_OK;
    return vc_fail(err, VC_REFUSED, "%s: no %s \"%s\"", place->text, table[named].what, name);
}

enum vc_code vc_policy_parse_names(const struct vc_json_place *list, enum vc_policy_named named,
                                   const struct vc_policy *policy, struct vc_policy_choice *choice,
                                   struct vc_err *err)
{
    size_t count = vc_json_count(list);
    enum vc_code code = VC_OK;

    *choice = (struct vc_policy_choice){};
    if (count == 0)
        return VC_OK;
    choice->items = calloc(count, sizeof(*choice->items));
    if (choice->items == nullptr)
        return vc_fail_memory(err);
    choice->count = count;
    for (size_t i = 0; code == VC_OK && i < count; i++) {
        struct vc_json_place place = vc_json_element(list, i);

        code = vc_policy_parse_name(&place, named, policy, &choice->items[i], err);
    }
    return code;
}

enum vc_code vc_policy_parse_who(const struct vc_json_place *place, const struct vc_policy *policy,
                                 struct vc_subject *who, struct vc_err *err)
{
    struct vc_json_place principal;
    struct vc_json_place program;
    bool has_principal = vc_piece_find(place, "principal", &principal);
    bool has_program = vc_piece_find(place, "program", &program);

    if (has_principal == has_program) {
        return vc_fail(err, VC_MALFORMED, "%s: exactly one of \"principal\" and \"program\" wanted",
                       place->text);
    }
    who->kind = has_principal ? VC_SUBJECT_PRINCIPAL : VC_SUBJECT_PROGRAM;
    return vc_policy_parse_name(has_principal ? &principal : &program,
                                has_principal ? VC_NAMED_PRINCIPAL : VC_NAMED_PROGRAM, policy,
                                &who->index, err);
}
