/* SPDX-License-Identifier: MIT */

#include "policy/notice_life.h"

#include "policy/decide.h"
#include "policy/spot.h"

/* ------------------------------------------------------------------------- what runs wait for */

static size_t say_parties(struct vc_prose *prose, const struct vc_policy *policy)
{
    if (policy->lifecycle.parties_least == 0 || policy->lifecycle.freeze_inputs)
        return 0;
    vc_prose_say(prose, "- Runs wait until enough have given something, but inputs are not frozen: "
                        "one may give something empty, or take it back, and learn of the others "
                        "from the difference.\n");
    return 1;
}

/* Does the program read what two principals give? */
static bool joins(const struct vc_policy *policy, size_t program)
{
    size_t first = SIZE_MAX;

    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *reads = &policy->rights[i];

        if (reads->who.kind != VC_SUBJECT_PROGRAM || reads->who.index != program ||
            (reads->may & VC_RIGHT_READ) == 0)
            continue;
        for (size_t k = 0; k < policy->right_count; k++) {
            const struct vc_policy_right *gives = &policy->rights[k];

            if (gives->who.kind != VC_SUBJECT_PRINCIPAL || gives->who.index == first ||
                (gives->may & VC_RIGHTS_SUPPLY) == 0 ||
                !vc_spot_overlap(vc_spot_of(reads), vc_spot_of(gives), nullptr))
                continue;
            if (first != SIZE_MAX)
                return true;
            first = gives->who.index;
        }
    }
    return false;
}

static size_t say_consent(struct vc_prose *prose, const struct vc_policy *policy)
{
    if (policy->lifecycle.consent_count > 0)
        return 0;
    for (size_t i = 0; i < policy->program_count; i++) {
        if (!joins(policy, i))
            continue;
        vc_prose_say(prose,
                     "- The program %s reads what several give, and nobody has to consent first: "
                     "who gives data agrees to every program that may read it.\n",
                     policy->programs[i].name);
        return 1;
    }
    return 0;
}

static size_t say_budgets(struct vc_prose *prose, const struct vc_policy *policy)
{
    if (policy->lifecycle.budget_count == 0)
        return 0;
    vc_prose_say(prose, "- Budgets are counted in one container: who gives the same data to "
                        "another one begins anew.\n");
    return 1;
}

/* -------------------------------------------------------------------------------- pipelines */

static size_t say_caps(struct vc_prose *prose, const struct vc_policy *policy,
                       const struct vc_policy_pipeline *pipeline)
{
    size_t said = 0;

    for (size_t i = 0; i < policy->lifecycle.run_count; i++) {
        const struct vc_policy_run_rule *cap = &policy->lifecycle.runs[i];
        size_t count = 0;

        for (size_t k = 0; k < pipeline->stage_count; k++)
            count += pipeline->stages[k].program == cap->program;
        if (count <= cap->count_max)
            continue;
        vc_prose_say(prose,
                     "- The pipeline %s has %zu stages of the program %s, which may be started %u "
                     "time%s in all.\n",
                     pipeline->name, count, policy->programs[cap->program].name, cap->count_max,
                     cap->count_max == 1 ? "" : "s");
        said++;
    }
    return said;
}

static bool may_see(const struct vc_policy *policy, size_t principal, const char *path)
{
    struct vc_subject who = {VC_SUBJECT_PRINCIPAL, principal};

    return vc_policy_decide(policy, who, VC_RIGHT_READ, path, nullptr) == VC_OK ||
           vc_policy_decide(policy, who, VC_RIGHT_LIST, path, nullptr) == VC_OK;
}

/* Who starts a pipeline is told which stages were skipped. */
static size_t say_condition(struct vc_prose *prose, const struct vc_policy *policy,
                            const struct vc_policy_pipeline *pipeline, const char *path)
{
    size_t said = 0;

    for (size_t i = 0; i < pipeline->principal_count; i++) {
        if (may_see(policy, pipeline->principals[i], path))
            continue;
        vc_prose_say(prose, "- The %s learns from the pipeline %s whether there is ",
                     policy->principals[pipeline->principals[i]].name, pipeline->name);
        vc_prose_text(prose, path);
        vc_prose_say(prose, ", which it may neither read nor list.\n");
        said++;
    }
    return said;
}

static size_t say_pipeline(struct vc_prose *prose, const struct vc_policy *policy,
                           const struct vc_policy_pipeline *pipeline)
{
    size_t said = say_caps(prose, policy, pipeline);

    for (size_t i = 0; i < pipeline->stage_count; i++) {
        const struct vc_policy_stage *stage = &pipeline->stages[i];

        for (size_t k = 0; k < stage->condition_count; k++) {
            if (stage->conditions[k].path != nullptr)
                said += say_condition(prose, policy, pipeline, stage->conditions[k].path);
        }
    }
    return said;
}

/* --------------------------------------------------------------------------------- the journal */

static size_t say_observers(struct vc_prose *prose, const struct vc_policy *policy)
{
    size_t said = 0;

    for (size_t i = 0; i < policy->journal.observer_count && policy->principal_count > 1; i++) {
        vc_prose_say(prose,
                     "- The %s sees in the journal what others do, and when, without being "
                     "concerned.\n",
                     policy->principals[policy->journal.observers[i].principal].name);
        said++;
    }
    return said;
}

static bool is_among(const size_t *principals, size_t count, size_t principal)
{
    for (size_t i = 0; i < count; i++) {
        if (principals[i] == principal)
            return true;
    }
    return false;
}

/* Is there anything that concerns this principal, so that it is written down? */
static bool is_concerned(const struct vc_policy *policy, size_t principal)
{
    struct vc_subject who = {VC_SUBJECT_PRINCIPAL, principal};
    size_t consumer;

    if (vc_policy_index_of(policy, who).count > 0)
        return true;
    for (size_t i = 0; i < policy->stream_count; i++) {
        if (vc_policy_decide_produce(policy, who, i, nullptr) == VC_OK ||
            vc_policy_decide_consume(policy, who, i, &consumer, nullptr) == VC_OK)
            return true;
    }
    for (size_t i = 0; i < policy->key_count; i++) {
        const struct vc_policy_key *key = &policy->keys[i];

        if (key->owner == principal || is_among(key->receivers, key->receiver_count, principal))
            return true;
    }
    for (size_t i = 0; i < policy->pipeline_count; i++) {
        if (is_among(policy->pipelines[i].principals, policy->pipelines[i].principal_count,
                     principal))
            return true;
    }
    for (size_t i = 0; i < policy->journal.observer_count; i++) {
        if (policy->journal.observers[i].principal == principal)
            return true;
    }
    return is_among(policy->lifecycle.consent, policy->lifecycle.consent_count, principal);
}

static size_t say_unconcerned(struct vc_prose *prose, const struct vc_policy *policy)
{
    size_t said = 0;

    for (size_t i = 0; i < policy->principal_count; i++) {
        if (is_concerned(policy, i))
            continue;
        vc_prose_say(prose,
                     "- The %s has no part in anything, and sees nothing in the journal but its "
                     "own connections.\n",
                     policy->principals[i].name);
        said++;
    }
    return said;
}

size_t vc_notice_life(const struct vc_policy *policy, struct vc_prose *prose, size_t most)
{
    size_t said = say_parties(prose, policy);

    said += say_consent(prose, policy);
    said += say_budgets(prose, policy);
    for (size_t i = 0; i < policy->pipeline_count && said < most; i++)
        said += say_pipeline(prose, policy, &policy->pipelines[i]);
    if (said < most)
        said += say_observers(prose, policy);
    if (said < most)
        said += say_unconcerned(prose, policy);
    return said;
}
