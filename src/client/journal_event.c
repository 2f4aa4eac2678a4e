/* SPDX-License-Identifier: MIT */

#include "client/journal_event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codec/json_span.h"
#include "crypto/digest.h"

/* Details are committed to byte by byte. */
static enum vc_code check_details(const struct vc_event *event, const struct vc_entry_seen *entry,
                                  struct vc_err *err)
{
    uint8_t digest[VC_SHA256_SIZE];
    struct vc_bytes text;
    enum vc_code code = vc_json_span_find(event->data, "details", &text, err);

    if (code == VC_NOT_FOUND) /* it is not told them */
        return VC_OK;
    if (code != VC_OK)
        return code;
    vc_sha256(text, digest);
    if (!entry->has_details || memcmp(digest, entry->details, sizeof(digest)) != 0)
        return vc_fail(err, VC_UNTRUSTED,
                       "event %" PRIu64 ": details: not what the entry commits to", entry->index);
    return VC_OK;
}

static enum vc_code check_frame(const struct vc_event *event, const struct vc_entry_seen *entry,
                                struct vc_err *err)
{
    char id[24];

    (void)snprintf(id, sizeof(id), "%" PRIu64, entry->index);
    if (!vc_event_is(event->id, id) || !vc_event_is(event->name, vc_entry_kind_name(entry->kind)))
        return vc_fail(err, VC_MALFORMED, "event %s: another name or id than its entry's", id);
    return VC_OK;
}

enum vc_code vc_journal_event_check(const struct vc_policy *policy, const struct vc_event *event,
                                    struct vc_entry_seen *entry, struct vc_err *err)
{
    static const char *const members[] = {"entry", "details", nullptr};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place place;
    enum vc_code code = vc_json_parse(event->data, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    code = vc_json_check_object(&root, members, err);
    if (code == VC_OK)
        code = vc_json_member(&root, "entry", &place, err);
    if (code == VC_OK)
        code = vc_entry_parse(policy, &place, entry, err);
    if (code == VC_NOT_FOUND) /* names that the policy has not cannot be in its container's */
        code = vc_fail_in(err, VC_MALFORMED, "event");
    if (code == VC_OK)
        code = check_frame(event, entry, err);
    return code == VC_OK ? check_details(event, entry, err) : code;
}
