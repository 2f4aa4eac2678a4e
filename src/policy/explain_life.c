/* SPDX-License-Identifier: MIT */

#include "policy/explain_life.h"

#include "base/instant.h"
#include "policy/explain_names.h"
#include "policy/notice.h"
#include "policy/spot.h"

static void say_end(struct vc_prose *prose, const struct vc_policy *policy)
{
    uint32_t deadline = policy->lifecycle.deadline_seconds;
    char expires[VC_INSTANT_TEXT_MAX];

    vc_instant_format(policy->expires, expires);
    vc_prose_say(prose, "The container ends at %s at the latest", expires);
    if (deadline > 0)
        vc_prose_say(prose, ", or %u s after its start if that is sooner", deadline);
    vc_prose_say(prose, ".\n");
}

static void say_shutdown(struct vc_prose *prose, const struct vc_policy *policy)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    if (lifecycle->shutdown_count > 0) {
        vc_prose_say(prose, "Only ");
        vc_explain_principals(prose, policy, lifecycle->shutdown, lifecycle->shutdown_count);
        vc_prose_say(prose, " may end it before.\n");
    }
    if (lifecycle->shutdown_when_read_count == 0)
        return;
    vc_prose_say(prose, "It ends by itself when all who may read them have read ");
    for (size_t i = 0; i < lifecycle->shutdown_when_read_count; i++) {
        vc_prose_say(prose, "%s", vc_prose_joint(i, lifecycle->shutdown_when_read_count));
        vc_prose_text(prose, lifecycle->shutdown_when_read[i]);
    }
    vc_prose_say(prose, ".\n");
}

static void say_parties(struct vc_prose *prose, const struct vc_policy *policy)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    if (lifecycle->party_count == 0)
        return;
    vc_prose_say(prose, "No run starts unless something is there that ");
    if (lifecycle->parties_least < lifecycle->party_count)
        vc_prose_say(prose, "at least %u of ", lifecycle->parties_least);
    vc_explain_principals(prose, policy, lifecycle->parties, lifecycle->party_count);
    vc_prose_say(prose, " gave%s.\n",
                 lifecycle->parties_least == lifecycle->party_count && lifecycle->party_count > 1
                     ? ", each of them"
                     : "");
}

static void say_consent(struct vc_prose *prose, const struct vc_policy *policy)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;
    bool one = lifecycle->consent_count == 1;

    if (lifecycle->consent_count == 0)
        return;
    vc_prose_say(prose, "No program starts before ");
    vc_explain_principals(prose, policy, lifecycle->consent, lifecycle->consent_count);
    vc_prose_say(prose, " %s consented to its SHA-256.\n", one ? "has" : "have");
}

static void say_budgets(struct vc_prose *prose, const struct vc_policy *policy)
{
    for (size_t i = 0; i < policy->lifecycle.budget_count; i++) {
        const struct vc_policy_budget *budget = &policy->lifecycle.budgets[i];

        vc_prose_say(prose, "In all, %u run%s of programs that may read any of ", budget->runs,
                     budget->runs == 1 ? "" : "s");
        vc_notice_spot(prose, (struct vc_spot){budget->path, budget->tree});
        vc_prose_say(prose, " may start in this container, and no more.\n");
    }
}

void vc_explain_life(struct vc_prose *prose, const struct vc_policy *policy)
{
    const struct vc_policy_storage *storage = &policy->storage;

    vc_prose_say(prose, "\nLife\n\n");
    say_end(prose, policy);
    say_shutdown(prose, policy);
    say_parties(prose, policy);
    say_consent(prose, policy);
    say_budgets(prose, policy);
    if (policy->lifecycle.freeze_inputs)
        vc_prose_say(prose, "When the first run starts, principals change nothing any more.\n");
    vc_prose_say(prose,
                 "It keeps at most %u file%s of %llu bytes in all, none above %llu bytes, under "
                 "paths of at most %u name%s.\n",
                 storage->files, storage->files == 1 ? "" : "s", (unsigned long long)storage->bytes,
                 (unsigned long long)storage->file_bytes, storage->depth,
                 storage->depth == 1 ? "" : "s");
}
