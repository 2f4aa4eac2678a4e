/* SPDX-License-Identifier: MIT */

/* One event of a container's journal (docs/http-api.md): `GET /v1/events`. */

#ifndef VC_CLIENT_JOURNAL_EVENT_H
#define VC_CLIENT_JOURNAL_EVENT_H

#include "client/event_stream.h"
#include "journal/entry.h"

/* Bytes of one event: an entry with its details, and what stands around them. */
constexpr size_t VC_JOURNAL_EVENT_MAX = VC_ENTRY_SIZE_MAX + VC_ENTRY_DETAILS_MAX + 1024;

/* Is its data {"entry": {…}, "details": {…}}, the entry one of this policy's with the event's name
 * as its kind and the event's id as its index, and are the details those that the entry commits to?
 * VC_MALFORMED, VC_LIMIT, VC_UNTRUSTED. */
enum vc_code vc_journal_event_check(const struct vc_policy *policy, const struct vc_event *event,
                                    struct vc_entry_seen *entry, struct vc_err *err);

#endif
