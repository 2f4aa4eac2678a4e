/* SPDX-License-Identifier: MIT */

/* The blocks of a draft about the container's life: lifecycle, narrowing, pipelines, journal. */

#include <string.h>

#include "codec/json_copy.h"
#include "policy/draft_internal.h"
#include "policy/kind_names.h"

/* --------------------------------------------------------------------------------- lifecycle */

static void put_runs(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    vc_json_open_array(&pen->json, "runs");
    for (size_t i = 0; i < draft->run_count; i++) {
        vc_json_open_object(&pen->json, nullptr);
        vc_draft_put(pen, "program", draft->runs[i].program);
        vc_json_put_integer(&pen->json, "at_most", draft->runs[i].at_most);
        vc_json_close_object(&pen->json);
    }
    vc_json_close_array(&pen->json);
}

static void put_parties(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    const struct vc_policy_draft_setting least = {"at_least", draft->parties_least};

    if (draft->parties_least == nullptr || pen->code != VC_OK)
        return;
    vc_json_open_object(&pen->json, "parties");
    vc_draft_put_number(pen, "lifecycle.parties", &least);
    vc_draft_put_list(pen, "of", draft->parties, draft->party_count);
    vc_json_close_object(&pen->json);
}

static void put_budgets(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    if (draft->budget_count == 0)
        return;
    vc_json_open_array(&pen->json, "budgets");
    for (size_t i = 0; pen->code == VC_OK && i < draft->budget_count; i++) {
        const struct vc_policy_draft_setting runs = {"runs", draft->budgets[i].value};

        vc_json_open_object(&pen->json, nullptr);
        vc_draft_put(pen, "path", draft->budgets[i].key);
        if (pen->code == VC_OK)
            vc_draft_put_number(pen, "lifecycle.budgets", &runs);
        vc_json_close_object(&pen->json);
    }
    vc_json_close_array(&pen->json);
}

void vc_draft_put_lifecycle(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    const struct vc_policy_draft_setting deadline = {"deadline_seconds", draft->deadline_seconds};

    vc_json_open_object(&pen->json, "lifecycle");
    put_runs(pen, draft);
    vc_json_put_boolean(&pen->json, "freeze_inputs", draft->freeze_inputs);
    vc_draft_put_list(pen, "shutdown", draft->shutdown, draft->shutdown_count);
    vc_draft_put_list(pen, "shutdown_when_read", draft->shutdown_when_read,
                      draft->shutdown_when_read_count);
    if (pen->code == VC_OK && deadline.value != nullptr)
        vc_draft_put_number(pen, "lifecycle", &deadline);
    put_parties(pen, draft);
    if (draft->consent_count > 0)
        vc_draft_put_list(pen, "consent", draft->consent, draft->consent_count);
    put_budgets(pen, draft);
    vc_json_close_object(&pen->json);
}

/* --------------------------------------------------------------------------------- narrowing */

/* The member for names that these kinds can be restricted to; null: none, or not one alone. */
static const char *names_of(const struct vc_policy_draft_narrower *rule)
{
    static const struct {
        enum vc_narrowing_kind kind;
        const char *member;
    } rows[] = {
        {VC_NARROW_TAKE_STREAM, "streams"}, {VC_NARROW_TAKE_KEY, "keys"},
        {VC_NARROW_RUNS, "programs"},       {VC_NARROW_LIMITS, "programs"},
        {VC_NARROW_WITHDRAW, "programs"},
    };
    const char *member = nullptr;

    for (size_t i = 0; i < rule->may_count; i++) {
        for (size_t k = 0; k < VC_COUNT(rows); k++) {
            if (strcmp(rule->may[i], vc_narrowing_kind_name(rows[k].kind)) != 0)
                continue;
            if (member != nullptr && strcmp(member, rows[k].member) != 0)
                return nullptr;
            member = rows[k].member;
        }
    }
    return member;
}

static void put_narrower(struct vc_pen *pen, const struct vc_policy_draft *draft, size_t index)
{
    const struct vc_policy_draft_narrower *rule = &draft->narrowers[index];
    const char *who = vc_draft_kind_of(draft, rule->who);
    const char *names = names_of(rule);

    if (who == nullptr) {
        pen->code = vc_fail(pen->err, VC_MALFORMED,
                            "narrowing[%zu]: \"%.64s\" is neither a principal nor a program", index,
                            rule->who);
        return;
    }
    if (rule->name_count > 0 && names == nullptr) {
        pen->code = vc_fail(pen->err, VC_MALFORMED,
                            "narrowing[%zu]: names are for take_stream; take_key; or runs, limits "
                            "and withdraw",
                            index);
        return;
    }
    vc_json_open_object(&pen->json, nullptr);
    vc_draft_put(pen, who, rule->who);
    vc_draft_put_list(pen, "may", rule->may, rule->may_count);
    vc_draft_put(pen, "path", rule->path);
    if (rule->name_count > 0)
        vc_draft_put_list(pen, names, rule->names, rule->name_count);
    vc_json_close_object(&pen->json);
}

void vc_draft_put_narrowing(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    if (draft->narrower_count == 0)
        return;
    vc_json_open_array(&pen->json, "narrowing");
    for (size_t i = 0; pen->code == VC_OK && i < draft->narrower_count; i++)
        put_narrower(pen, draft, i);
    vc_json_close_array(&pen->json);
}

/* --------------------------------------------------------------------------------- pipelines */

static void put_pipeline(struct vc_pen *pen, const struct vc_policy_draft_setting *pipeline)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_bytes text = {(const uint8_t *)pipeline->value, strlen(pipeline->value)};
    enum vc_code code = vc_json_parse(text, &json, pen->err);

    if (code == VC_OK) {
        struct vc_json_place root = vc_json_root(json);

        code = vc_json_copy(&pen->json, pipeline->key, &root, pen->err);
    }
    if (code != VC_OK)
        pen->code = vc_fail_in(pen->err, code, "pipelines.%.64s", pipeline->key);
}

void vc_draft_put_pipelines(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    if (draft->pipeline_count == 0 || pen->code != VC_OK)
        return;
    vc_json_open_object(&pen->json, "pipelines");
    for (size_t i = 0; pen->code == VC_OK && i < draft->pipeline_count; i++) {
        pen->code = vc_draft_check_single(draft->pipelines, i, "pipelines", pen->err);
        if (pen->code == VC_OK)
            put_pipeline(pen, &draft->pipelines[i]);
    }
    vc_json_close_object(&pen->json);
}

/* ----------------------------------------------------------------------------------- journal */

static void put_observers(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    if (draft->observer_count == 0)
        return;
    vc_json_open_array(&pen->json, "observers");
    for (size_t i = 0; i < draft->observer_count; i++) {
        const struct vc_policy_draft_observer *observer = &draft->observers[i];

        vc_json_open_object(&pen->json, nullptr);
        vc_draft_put(pen, "principal", observer->principal);
        if (observer->kind_count > 0)
            vc_draft_put_list(pen, "kinds", observer->kinds, observer->kind_count);
        vc_json_close_object(&pen->json);
    }
    vc_json_close_array(&pen->json);
}

void vc_draft_put_journal(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    if (draft->journal_count == 0 && draft->observer_count == 0)
        return;
    vc_json_open_object(&pen->json, "journal");
    for (size_t i = 0; pen->code == VC_OK && i < draft->journal_count; i++) {
        const struct vc_policy_draft_setting *setting = &draft->journal[i];

        pen->code = vc_draft_check_single(draft->journal, i, "journal", pen->err);
        if (pen->code != VC_OK)
            break;
        if (strcmp(setting->key, "bytes") == 0) {
            vc_draft_put_number(pen, "journal", setting);
        } else if (strcmp(setting->key, "contents") == 0) {
            vc_draft_put_flag(pen, "journal", setting);
        } else {
            pen->code =
                vc_fail(pen->err, VC_MALFORMED, "journal: no setting \"%.64s\"", setting->key);
        }
    }
    put_observers(pen, draft);
    vc_json_close_object(&pen->json);
}
