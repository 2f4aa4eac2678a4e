/* SPDX-License-Identifier: MIT */

#include "policy/explain_journal.h"

#include "policy/kind_names.h"

static void say_observer(struct vc_prose *prose, const struct vc_policy *policy,
                         const struct vc_policy_observer *observer)
{
    size_t count = (size_t)__builtin_popcount(observer->kinds);
    size_t said = 0;

    vc_prose_say(prose, "The %s sees, whomever they concern, ",
                 policy->principals[observer->principal].name);
    if (count == VC_ENTRY_KINDS) {
        vc_prose_say(prose, "all entries.\n");
        return;
    }
    vc_prose_say(prose, "entries of the kind%s ", count == 1 ? "" : "s");
    for (unsigned kind = 0; kind < VC_ENTRY_KINDS; kind++) {
        if ((observer->kinds & 1U << kind) == 0)
            continue;
        vc_prose_say(prose, "%s%s", vc_prose_joint(said++, count),
                     vc_entry_kind_name((enum vc_entry_kind)kind));
    }
    vc_prose_say(prose, ".\n");
}

void vc_explain_journal(struct vc_prose *prose, const struct vc_policy *policy)
{
    const struct vc_policy_journal *journal = &policy->journal;

    vc_prose_say(
        prose,
        "\nJournal\n\nWhat happens is written down, in at most %llu bytes, of which each "
        "principal can fill %llu: who connects, gives, reads, runs and narrows what. "
        "Everybody sees the entries that concern it, and has a proof of all others without "
        "seeing them.\n",
        (unsigned long long)journal->bytes,
        (unsigned long long)(journal->bytes / (policy->principal_count + 2)));
    vc_prose_say(prose, journal->contents
                            ? "Those concerned also see the SHA-256 of what was given and read.\n"
                            : "What files contain is not written down, not even as SHA-256.\n");
    for (size_t i = 0; i < journal->observer_count; i++)
        say_observer(prose, policy, &journal->observers[i]);
}
