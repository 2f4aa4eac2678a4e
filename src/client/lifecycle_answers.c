/* SPDX-License-Identifier: MIT */

#include "client/lifecycle_answers.h"

#include <string.h>

#include "client/member.h"

/* An array of principals' names. */
static enum vc_code check_principals(const struct vc_policy *policy,
                                     const struct vc_json_place *object, const char *name,
                                     struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code = vc_member_list(object, name, VC_POLICY_PRINCIPALS_MAX, &list, err);

    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place element = vc_json_element(&list, i);
        const char *text = "";
        size_t index;

        code = vc_json_string(&element, &text, err);
        if (code == VC_OK && !vc_policy_find_principal(policy, text, &index))
            code = vc_fail(err, VC_MALFORMED, "%s: no principal of the policy", element.text);
    }
    return code;
}

static enum vc_code find_program(const struct vc_policy *policy, const struct vc_json_place *object,
                                 size_t *program, struct vc_err *err)
{
    const char *name;
    enum vc_code code = vc_member_text(object, "program", &name, err);

    if (code == VC_OK && !vc_policy_find_program(policy, name, program))
        code = vc_fail(err, VC_MALFORMED, "%s.program: none of the policy", object->text);
    return code;
}

static enum vc_code check_parties(const struct vc_policy *policy, const struct vc_json_place *root,
                                  struct vc_err *err)
{
    struct vc_json_place parties;
    uint64_t least;
    enum vc_code code;

    if (!vc_json_has(root, "parties"))
        return VC_OK;
    code = vc_member_of(root, "parties", &parties, err);
    if (code == VC_OK)
        code = vc_member_count(&parties, "at_least", &least, err);
    if (code == VC_OK)
        code = check_principals(policy, &parties, "present", err);
    return code == VC_OK ? check_principals(policy, &parties, "missing", err) : code;
}

static enum vc_code check_run(const struct vc_policy *policy, const struct vc_json_place *run,
                              struct vc_err *err)
{
    uint64_t number;
    size_t program;
    enum vc_code code = find_program(policy, run, &program, err);

    if (code == VC_OK)
        code = vc_member_count(run, "started", &number, err);
    if (code == VC_OK && vc_json_has(run, "at_most"))
        code = vc_member_count(run, "at_most", &number, err);
    return code;
}

static enum vc_code check_budget(const struct vc_policy *, const struct vc_json_place *budget,
                                 struct vc_err *err)
{
    const char *path;
    uint64_t number;
    enum vc_code code = vc_member_text(budget, "path", &path, err);

    if (code == VC_OK)
        code = vc_member_count(budget, "runs", &number, err);
    return code == VC_OK ? vc_member_count(budget, "spent", &number, err) : code;
}

/* Each element of an array that may be absent. */
static enum vc_code check_each(const struct vc_policy *policy, const struct vc_json_place *root,
                               const char *name,
                               enum vc_code (*check)(const struct vc_policy *,
                                                     const struct vc_json_place *, struct vc_err *),
                               struct vc_err *err)
{
    struct vc_json_place list = {};
    enum vc_code code = VC_OK;

    if (!vc_json_has(root, name))
        return VC_OK;
    code = vc_member_list(root, name, VC_POLICY_BUDGETS_MAX + VC_POLICY_PROGRAMS_MAX, &list, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place element = vc_json_element(&list, i);

        code = check(policy, &element, err);
    }
    return code;
}

enum vc_code vc_lifecycle_check(const struct vc_policy *policy, struct vc_bytes text,
                                struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    int64_t time;
    bool frozen;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    code = vc_member_time(&root, "started", &time, err);
    if (code == VC_OK)
        code = vc_member_time(&root, "ends", &time, err);
    if (code == VC_OK)
        code = vc_member_flag(&root, "frozen", &frozen, err);
    if (code == VC_OK)
        code = check_parties(policy, &root, err);
    if (code == VC_OK)
        code = check_each(policy, &root, "runs", check_run, err);
    return code == VC_OK ? check_each(policy, &root, "budgets", check_budget, err) : code;
}

static enum vc_code check_consent(const struct vc_policy *policy,
                                  const struct vc_json_place *consent, struct vc_err *err)
{
    uint8_t digest[VC_SHA256_SIZE];
    size_t program = 0;
    enum vc_code code = find_program(policy, consent, &program, err);

    if (code == VC_OK)
        code = vc_member_digest(consent, "sha256", digest, err);
    if (code == VC_OK && memcmp(digest, policy->programs[program].sha256, sizeof(digest)) != 0)
        code = vc_fail(err, VC_MALFORMED, "%s.sha256: not the policy's", consent->text);
    if (code == VC_OK)
        code = check_principals(policy, consent, "consented", err);
    return code == VC_OK ? check_principals(policy, consent, "missing", err) : code;
}

enum vc_code vc_consent_list_check(const struct vc_policy *policy, struct vc_bytes text,
                                   struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place list;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    code = vc_member_list(&root, "consents", VC_POLICY_PROGRAMS_MAX, &list, err);
    return code == VC_OK ? check_each(policy, &root, "consents", check_consent, err) : code;
}
