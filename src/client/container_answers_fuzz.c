/* SPDX-License-Identifier: MIT */

/* Target: what a client reads of narrowings, of a container's life and of its journal's events.
 * Properties: narrowings that are accepted are in the journal's order and make, on the policy, what
 * the container says is in force; digests are digests; a life and consents that pass name nobody
 * whom the policy has not; events are the same whether they come at once or byte by byte, and the
 * details of one that is accepted are what its entry commits to. */

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "client/journal_event.h"
#include "client/lifecycle_answers.h"
#include "client/member.h"
#include "client/narrowing_answers.h"
#include "codec/json_span.h"
#include "policy/fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
    if (!good)
        abort();
}

/* Made once: its certificates cost more than an input does. */
static const struct vc_policy *fixture_policy(void)
{
    static struct vc_policy *policy;
    void *fixture = nullptr;

    if (policy != nullptr)
        return policy;
    must(vc_fixture_setup(&fixture) == 0);
    policy = vc_fixture_policy(fixture, nullptr, nullptr);
    (void)vc_fixture_teardown(&fixture);
    return policy;
}

static void check_narrowed(struct vc_bytes input)
{
    struct vcc_narrowed narrowed;
    uint8_t digest[VC_SHA256_SIZE];

    if (vc_narrowed_read(input, &narrowed, nullptr) != VC_OK)
        return;
    must(vc_hex_parse(narrowed.in_force, digest, sizeof(digest), nullptr) == VC_OK);
    must(narrowed.changed != 0 || narrowed.index == 0);
}

static void check_narrowings(const struct vc_policy *policy, struct vc_bytes input)
{
    vc_cleanup(vc_narrowing_list_done) struct vc_narrowing_list list = {};
    vc_cleanup(vc_force_freep) struct vc_force *force = nullptr;
    uint8_t digest[VC_SHA256_SIZE];

    if (vc_narrowing_list_read(policy, input, &list, nullptr) != VC_OK)
        return;
    must(vc_force_new(policy, &force, nullptr) == VC_OK);
    for (size_t i = list.count; i-- > 0;) { /* in whatever order */
        bool changed;

        must(i == 0 || list.items[i].index > list.items[i - 1].index);
        must(vc_force_narrow(force, &list.items[i].narrowing, &changed, nullptr) == VC_OK);
    }
    must(vc_force_digest(force, digest, nullptr) == VC_OK);
    must(memcmp(digest, list.in_force, sizeof(digest)) == 0);
}

static void check_consents(const struct vc_policy *policy, struct vc_bytes input)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place list;

    if (vc_consent_list_check(policy, input, nullptr) != VC_OK)
        return;
    must(vc_json_parse(input, &json, nullptr) == VC_OK);
    struct vc_json_place root = vc_json_root(json);

    must(vc_json_member(&root, "consents", &list, nullptr) == VC_OK);
    for (size_t i = 0; i < vc_json_count(&list); i++) {
        struct vc_json_place consent = vc_json_element(&list, i);
        const char *name;
        size_t program;

        must(vc_member_text(&consent, "program", &name, nullptr) == VC_OK &&
             vc_policy_find_program(policy, name, &program));
    }
}

static void check_life(const struct vc_policy *policy, struct vc_bytes input)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    int64_t time;
    bool frozen;

    if (vc_lifecycle_check(policy, input, nullptr) != VC_OK)
        return;
    must(vc_json_parse(input, &json, nullptr) == VC_OK);
    struct vc_json_place root = vc_json_root(json);

    must(vc_member_time(&root, "ends", &time, nullptr) == VC_OK && time >= 0);
    must(vc_member_flag(&root, "frozen", &frozen, nullptr) == VC_OK);
}

struct seen {
    const struct vc_policy *policy;
    size_t count;
    uint64_t last;
};

static enum vc_code see(void *user, const struct vc_event *event, struct vc_err *err)
{
    struct seen *seen = user;
    struct vc_entry_seen entry;
    uint8_t digest[VC_SHA256_SIZE];
    struct vc_bytes details;
    enum vc_code code = vc_journal_event_check(seen->policy, event, &entry, err);

    if (code != VC_OK)
        return code;
    if (vc_json_span_find(event->data, "details", &details, nullptr) == VC_OK) {
        vc_sha256(details, digest);
        must(entry.has_details && memcmp(digest, entry.details, sizeof(digest)) == 0);
    }
    seen->count++;
    seen->last = entry.index;
    return VC_OK;
}

static void check_events(const struct vc_policy *policy, struct vc_bytes input)
{
    struct seen seen[2] = {{.policy = policy}, {.policy = policy}};
    struct vc_event_stream whole = {
        .take = see, .user = &seen[0], .size_max = VC_JOURNAL_EVENT_MAX};
    struct vc_event_stream cut = {.take = see, .user = &seen[1], .size_max = VC_JOURNAL_EVENT_MAX};
    enum vc_code code = vc_event_stream_take(&whole, input, nullptr);
    enum vc_code cut_code = VC_OK;

    for (size_t i = 0; cut_code == VC_OK && i < input.size; i++)
        cut_code = vc_event_stream_take(&cut, (struct vc_bytes){input.data + i, 1}, nullptr);
    must(code == cut_code && seen[0].count == seen[1].count && seen[0].last == seen[1].last);
    vc_event_stream_done(&whole);
    vc_event_stream_done(&cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct vc_policy *policy = fixture_policy();
    struct vc_bytes input = {data, size};

    check_narrowed(input);
    check_narrowings(policy, input);
    check_consents(policy, input);
    check_life(policy, input);
    check_events(policy, input);
    return 0;
}
