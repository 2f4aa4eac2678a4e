/* SPDX-License-Identifier: MIT */

/* The block "lifecycle" of a policy's text. */

#include <stdlib.h>

#include "policy/parse_internal.h"
#include "policy/piece.h"

static constexpr size_t SHUTDOWN_WHEN_READ_MAX = 256;
static constexpr int64_t RUNS_MAX = 1000000; /* of a cap, and of a budget */

/* ------------------------------------------------------------------------------ caps of runs */

static enum vc_code parse_run_rule(const struct vc_json_place *place,
                                   const struct vc_policy *policy, struct vc_policy_run_rule *rule,
                                   struct vc_err *err)
{
    static const char *const known[] = {"program", "at_most", nullptr};
    struct vc_json_place member;
    int64_t count = 0;
    enum vc_code code = vc_json_check_object(place, known, err);

    if (code == VC_OK)
        code = vc_json_member(place, "program", &member, err);
    if (code == VC_OK)
        code = vc_policy_parse_name(&member, VC_NAMED_PROGRAM, policy, &rule->program, err);
    if (code == VC_OK)
        code = vc_json_member(place, "at_most", &member, err);
    if (code == VC_OK)
        code = vc_json_integer(&member, 1, RUNS_MAX, &count, err);
    rule->count_max = (uint32_t)count;
    return code;
}

static enum vc_code parse_runs(const struct vc_json_place *lifecycle, struct vc_policy *policy,
                               struct vc_err *err)
{
    struct vc_policy_lifecycle *model = &policy->lifecycle;
    struct vc_json_place list;
    enum vc_code code;

    if (!vc_piece_find(lifecycle, "runs", &list))
        return VC_OK;
    code = vc_json_check_array(&list, VC_POLICY_PROGRAMS_MAX, err);
    if (code != VC_OK || vc_json_count(&list) == 0)
        return code;
    model->runs = calloc(vc_json_count(&list), sizeof(*model->runs));
    if (model->runs == nullptr)
        return vc_fail_memory(err);
    model->run_count = vc_json_count(&list);
    for (size_t i = 0; code == VC_OK && i < model->run_count; i++) {
        struct vc_json_place place = vc_json_element(&list, i);

        code = parse_run_rule(&place, policy, &model->runs[i], err);
    }
    return code;
}

/* ----------------------------------------------------------------------------------- its end */

static enum vc_code parse_freeze(const struct vc_json_place *lifecycle, struct vc_policy *policy,
                                 struct vc_err *err)
{
    return vc_piece_flag(lifecycle, "freeze_inputs", &policy->lifecycle.freeze_inputs, err);
}

static enum vc_code parse_shutdown(const struct vc_json_place *lifecycle, struct vc_policy *policy,
                                   struct vc_err *err)
{
    struct vc_policy_choice choice = {};
    struct vc_json_place list;
    enum vc_code code;

    if (!vc_piece_find(lifecycle, "shutdown", &list))
        return VC_OK;
    code = vc_json_check_array(&list, VC_POLICY_PRINCIPALS_MAX, err);
    if (code == VC_OK)
        code = vc_policy_parse_names(&list, VC_NAMED_PRINCIPAL, policy, &choice, err);
    policy->lifecycle.shutdown = choice.items;
    policy->lifecycle.shutdown_count = choice.count;
    return code;
}

static enum vc_code parse_shutdown_when_read(const struct vc_json_place *lifecycle,
                                             struct vc_policy *policy, struct vc_err *err)
{
    struct vc_policy_lifecycle *model = &policy->lifecycle;
    struct vc_json_place list;
    size_t count;
    enum vc_code code;

    if (!vc_piece_find(lifecycle, "shutdown_when_read", &list))
        return VC_OK;
    code = vc_json_check_array(&list, SHUTDOWN_WHEN_READ_MAX, err);
    count = vc_json_count(&list);
    if (code != VC_OK || count == 0)
        return code;
    model->shutdown_when_read = (char **)calloc(count, sizeof(*model->shutdown_when_read));
    if (model->shutdown_when_read == nullptr)
        return vc_fail_memory(err);
    model->shutdown_when_read_count = count;
    for (size_t i = 0; code == VC_OK && i < count; i++) {
        struct vc_json_place place = vc_json_element(&list, i);

        code = vc_piece_path(&place, &model->shutdown_when_read[i], nullptr, err);
    }
    return code;
}

static enum vc_code parse_deadline(const struct vc_json_place *lifecycle, struct vc_policy *policy,
                                   struct vc_err *err)
{
    static const struct vc_piece_number row = {"deadline_seconds", 1, VC_POLICY_SECONDS_MAX, 0};
    int64_t seconds = 0;
    enum vc_code code = vc_piece_numbers(lifecycle, &row, 1, &seconds, err);

    policy->lifecycle.deadline_seconds = (uint32_t)seconds;
    return code;
}

/* -------------------------------------------------------------------- what runs have to wait for
 */

static enum vc_code parse_parties(const struct vc_json_place *lifecycle, struct vc_policy *policy,
                                  struct vc_err *err)
{
    static const char *const known[] = {"at_least", "of", nullptr};
    struct vc_policy_lifecycle *model = &policy->lifecycle;
    struct vc_policy_choice of = {};
    struct vc_json_place place;
    struct vc_json_place member;
    int64_t least = 0;
    enum vc_code code;

    if (!vc_piece_find(lifecycle, "parties", &place))
        return VC_OK;
    code = vc_json_check_object(&place, known, err);
    if (code == VC_OK)
        code = vc_json_member(&place, "of", &member, err);
    if (code == VC_OK)
        code = vc_piece_check_list(&member, VC_POLICY_PRINCIPALS_MAX, err);
    if (code == VC_OK)
        code = vc_policy_parse_names(&member, VC_NAMED_PRINCIPAL, policy, &of, err);
    model->parties = of.items;
    model->party_count = of.count;
    if (code == VC_OK)
        code = vc_json_member(&place, "at_least", &member, err);
    if (code == VC_OK)
        code = vc_json_integer(&member, 1, (int64_t)of.count, &least, err);
    model->parties_least = (uint32_t)least;
    return code;
}

static enum vc_code parse_consent(const struct vc_json_place *lifecycle, struct vc_policy *policy,
                                  struct vc_err *err)
{
    struct vc_policy_choice choice = {};
    struct vc_json_place list;
    enum vc_code code;

    if (!vc_piece_find(lifecycle, "consent", &list))
        return VC_OK;
    code = vc_json_check_array(&list, VC_POLICY_PRINCIPALS_MAX, err);
    if (code == VC_OK)
        code = vc_policy_parse_names(&list, VC_NAMED_PRINCIPAL, policy, &choice, err);
    policy->lifecycle.consent = choice.items;
    policy->lifecycle.consent_count = choice.count;
    return code;
}

static enum vc_code parse_budget(const struct vc_json_place *place, struct vc_policy_budget *budget,
                                 struct vc_err *err)
{
    static const char *const known[] = {"path", "runs", nullptr};
    struct vc_json_place member;
    int64_t runs = 0;
    enum vc_code code = vc_json_check_object(place, known, err);

    if (code == VC_OK)
        code = vc_json_member(place, "path", &member, err);
    if (code == VC_OK)
        code = vc_piece_path(&member, &budget->path, &budget->tree, err);
    if (code == VC_OK)
        code = vc_json_member(place, "runs", &member, err);
    if (code == VC_OK)
        code = vc_json_integer(&member, 1, RUNS_MAX, &runs, err);
    budget->runs = (uint32_t)runs;
    return code;
}

static enum vc_code parse_budgets(const struct vc_json_place *lifecycle, struct vc_policy *policy,
                                  struct vc_err *err)
{
    struct vc_policy_lifecycle *model = &policy->lifecycle;
    struct vc_json_place list;
    enum vc_code code;

    if (!vc_piece_find(lifecycle, "budgets", &list))
        return VC_OK;
    code = vc_json_check_array(&list, VC_POLICY_BUDGETS_MAX, err);
    if (code != VC_OK || vc_json_count(&list) == 0)
        return code;
    model->budgets = calloc(vc_json_count(&list), sizeof(*model->budgets));
    if (model->budgets == nullptr)
        return vc_fail_memory(err);
    model->budget_count = vc_json_count(&list);
    for (size_t i = 0; code == VC_OK && i < model->budget_count; i++) {
        struct vc_json_place place = vc_json_element(&list, i);

        code = parse_budget(&place, &model->budgets[i], err);
    }
    return code;
}

/* --------------------------------------------------------------------------------- the whole */

enum vc_code vc_policy_parse_lifecycle(const struct vc_json_place *root, struct vc_policy *policy,
                                       struct vc_err *err)
{
    static const char *const known[] = {
        "runs",    "freeze_inputs", "shutdown", "parties", "shutdown_when_read", "deadline_seconds",
        "consent", "budgets",       nullptr};
    static enum vc_code (*const members[])(const struct vc_json_place *, struct vc_policy *,
                                           struct vc_err *) = {
        parse_runs,     parse_freeze,  parse_shutdown, parse_shutdown_when_read,
        parse_deadline, parse_parties, parse_consent,  parse_budgets,
    };
    struct vc_json_place place;
    enum vc_code code;

    if (!vc_piece_find(root, "lifecycle", &place))
        return VC_OK;
    code = vc_json_check_object(&place, known, err);
    for (size_t i = 0; code == VC_OK && i < VC_COUNT(members); i++)
        code = members[i](&place, policy, err);
    return code;
}
