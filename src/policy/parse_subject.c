/* SPDX-License-Identifier: MIT */

/* Where a policy's text names principals and programs. */

#include "policy/parse_internal.h"
#include "policy/piece.h"

enum vc_code vc_policy_parse_reference(const struct vc_json_place *place,
                                       const struct vc_policy *policy, struct vc_subject *who,
                                       struct vc_err *err)
{
    bool principal = who->kind == VC_SUBJECT_PRINCIPAL;
    const char *name;
    enum vc_code code = vc_json_string(place, &name, err);

    if (code == VC_OK)
        code = vc_piece_check_name(place, name, err);
    if (code != VC_OK)
        return code;
    if (principal ? vc_policy_find_principal(policy, name, &who->index)
                  : vc_policy_find_program(policy, name, &who->index))
        return VC_OK;
    return vc_fail(err, VC_REFUSED, "%s: no %s \"%s\"", place->text,
                   principal ? "principal" : "program", name);
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
    return vc_policy_parse_reference(has_principal ? &principal : &program, policy, who, err);
}
