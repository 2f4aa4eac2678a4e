/* SPDX-License-Identifier: MIT */

/* Whether a policy's lifecycle is coherent. */

#include <string.h>

#include "policy/check.h"
#include "policy/decide.h"
#include "policy/spot.h"

static enum vc_code check_runs(const struct vc_policy *policy, struct vc_err *err)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    for (size_t i = 0; i < lifecycle->run_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (lifecycle->runs[i].program != lifecycle->runs[k].program)
                continue;
            return vc_fail(err, VC_REFUSED, "lifecycle.runs[%zu].program: the same as in [%zu]", i,
                           k);
        }
    }
    return VC_OK;
}

/* A list of principals in which none may be twice. */
static enum vc_code check_distinct(const size_t *principals, size_t count, const char *place,
                                   struct vc_err *err)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (principals[i] != principals[k])
                continue;
            return vc_fail(err, VC_REFUSED, "lifecycle.%s[%zu]: the same as [%zu]", place, i, k);
        }
    }
    return VC_OK;
}

static enum vc_code check_shutdown(const struct vc_policy *policy, struct vc_err *err)
{
    return check_distinct(policy->lifecycle.shutdown, policy->lifecycle.shutdown_count, "shutdown",
                          err);
}

static bool some_principal_may_read(const struct vc_policy *policy, const char *path)
{
    for (size_t i = 0; i < policy->principal_count; i++) {
        struct vc_subject who = {VC_SUBJECT_PRINCIPAL, i};

        if (vc_policy_decide(policy, who, VC_RIGHT_READ, path, nullptr) == VC_OK)
            return true;
    }
    return false;
}

/* A file without readers would end the container at once or never. */
static enum vc_code check_when_read(const struct vc_policy *policy, struct vc_err *err)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    for (size_t i = 0; i < lifecycle->shutdown_when_read_count; i++) {
        const char *path = lifecycle->shutdown_when_read[i];

        if (!some_principal_may_read(policy, path)) {
            return vc_fail(err, VC_REFUSED,
                           "lifecycle.shutdown_when_read[%zu]: no principal may read %s", i, path);
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(path, lifecycle->shutdown_when_read[k]) != 0)
                continue;
            return vc_fail(err, VC_REFUSED, "lifecycle.shutdown_when_read[%zu]: the same as [%zu]",
                           i, k);
        }
    }
    return VC_OK;
}

/* ------------------------------------------------------------------- what runs have to wait for */

/* Lets this right put a file of one's own somewhere? A program's content is the policy's. */
static bool supplies(const struct vc_policy *policy, const struct vc_policy_right *right)
{
    size_t program;

    return (right->may & VC_RIGHTS_SUPPLY) != 0 &&
           (right->tree || !vc_policy_program_at(policy, right->path, &program));
}

/* Is there anything that this principal can ever give? */
static bool can_give(const struct vc_policy *policy, size_t principal)
{
    struct vc_subject who = {VC_SUBJECT_PRINCIPAL, principal};

    for (size_t i = 0; i < policy->right_count; i++) {
        if (vc_policy_same_subject(policy->rights[i].who, who) &&
            supplies(policy, &policy->rights[i]))
            return true;
    }
    for (size_t i = 0; i < policy->key_count; i++) {
        if (policy->keys[i].owner == principal)
            return true;
    }
    for (size_t i = 0; i < policy->stream_count; i++) {
        if (vc_policy_same_subject(policy->streams[i].producer, who))
            return true;
    }
    return false;
}

static enum vc_code check_parties(const struct vc_policy *policy, struct vc_err *err)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;
    enum vc_code code =
        check_distinct(lifecycle->parties, lifecycle->party_count, "parties.of", err);

    if (code != VC_OK || lifecycle->party_count == 0)
        return code;
    if (policy->program_count == 0)
        return vc_fail(err, VC_REFUSED, "lifecycle.parties: no program whose runs could wait");
    for (size_t i = 0; i < lifecycle->party_count; i++) {
        if (can_give(policy, lifecycle->parties[i]))
            continue;
        return vc_fail(err, VC_REFUSED,
                       "lifecycle.parties.of[%zu]: %s may write no file but programs, owns no key, "
                       "produces no "
                       "stream, and could never be present",
                       i, policy->principals[lifecycle->parties[i]].name);
    }
    return VC_OK;
}

static enum vc_code check_consent(const struct vc_policy *policy, struct vc_err *err)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;
    enum vc_code code =
        check_distinct(lifecycle->consent, lifecycle->consent_count, "consent", err);

    if (code == VC_OK && lifecycle->consent_count > 0 && policy->program_count == 0)
        return vc_fail(err, VC_REFUSED, "lifecycle.consent: no program to consent to");
    if (code == VC_OK &&
        lifecycle->consent_count * policy->program_count > VC_POLICY_CONSENTS_MAX) {
        return vc_fail(err, VC_LIMIT,
                       "lifecycle.consent: %zu principals times %zu programs, at most %zu",
                       lifecycle->consent_count, policy->program_count, VC_POLICY_CONSENTS_MAX);
    }
    return code;
}

static bool some_program_may_read(const struct vc_policy *policy, struct vc_spot spot)
{
    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];

        if (right->who.kind == VC_SUBJECT_PROGRAM && (right->may & VC_RIGHT_READ) != 0 &&
            vc_spot_overlap(spot, vc_spot_of(right), nullptr))
            return true;
    }
    return false;
}

static enum vc_code check_budgets(const struct vc_policy *policy, struct vc_err *err)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    for (size_t i = 0; i < lifecycle->budget_count; i++) {
        const struct vc_policy_budget *budget = &lifecycle->budgets[i];
        const char *slash = budget->tree && strcmp(budget->path, "/") != 0 ? "/" : "";

        if (!some_program_may_read(policy, (struct vc_spot){budget->path, budget->tree})) {
            return vc_fail(err, VC_REFUSED, "lifecycle.budgets[%zu].path: no program may read %s%s",
                           i, budget->path, slash);
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(budget->path, lifecycle->budgets[k].path) != 0 ||
                budget->tree != lifecycle->budgets[k].tree)
                continue;
            return vc_fail(err, VC_REFUSED, "lifecycle.budgets[%zu].path: the same as in [%zu]", i,
                           k);
        }
    }
    return VC_OK;
}

enum vc_code vc_policy_check_lifecycle(const struct vc_policy *policy, struct vc_err *err)
{
    static enum vc_code (*const checks[])(const struct vc_policy *, struct vc_err *) = {
        check_runs, check_shutdown, check_when_read, check_parties, check_consent, check_budgets,
    };
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < VC_COUNT(checks); i++)
        code = checks[i](policy, err);
    return code;
}
