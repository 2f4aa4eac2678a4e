/* SPDX-License-Identifier: MIT */

#include "runtime/run_request.h"

#include <stdlib.h>
#include <string.h>

enum vc_code vc_request_parse_name(struct vc_bytes body, const char *member, struct vc_json **json,
                                   const char **name, struct vc_err *err)
{
    const char *const known[] = {member, nullptr};
    struct vc_json_place root;
    struct vc_json_place place;
    enum vc_code code = vc_json_parse(body, json, err);

    if (code != VC_OK)
        return code;
    root = vc_json_root(*json);
    code = vc_json_check_object(&root, known, err);
    if (code == VC_OK && vc_json_member(&root, member, &place, err) != VC_OK)
        code = vc_fail(err, VC_MALFORMED, "no \"%s\"", member);
    return code == VC_OK ? vc_json_string(&place, name, err) : code;
}

enum vc_code vc_run_request_parse(struct vc_bytes body, const struct vc_policy *policy,
                                  size_t *program, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    const char *name = "";
    enum vc_code code = vc_request_parse_name(body, "program", &json, &name, err);

    if (code == VC_OK && !vc_policy_find_program(policy, name, program))
        code = vc_fail(err, VC_NOT_FOUND, "programs: the policy has no program %.64s", name);
    return code;
}

/* Decimal digits and nothing else, without leading zeros. */
static bool parse_decimal(const char *text, uint64_t *value)
{
    size_t length = strspn(text, "0123456789");

    if (length == 0 || length > 18 || text[length] != '\0' || (text[0] == '0' && length > 1))
        return false;
    *value = strtoull(text, nullptr, 10);
    return true;
}

uint32_t vc_run_wait_parse(const char *prefer)
{
    uint64_t seconds;

    if (prefer == nullptr || strncmp(prefer, "wait=", 5) != 0 ||
        !parse_decimal(prefer + 5, &seconds))
        return 0;
    return seconds < VC_RUN_WAIT_MAX ? (uint32_t)seconds : VC_RUN_WAIT_MAX;
}

bool vc_run_id_parse(const char *path, uint64_t *id)
{
    return path[0] == '/' && parse_decimal(path + 1, id) && *id > 0;
}
