/* SPDX-License-Identifier: MIT */

/* What one event of a boot says, in words (TCG PC Client Platform Firmware Profile 1.06 §10.4). */

#ifndef VC_EVIDENCE_EVENT_TEXT_H
#define VC_EVIDENCE_EVENT_TEXT_H

#include "base/buffer.h"
#include "evidence/event_log.h"

/* "EV_SEPARATOR"; null: the specification has no such type. */
const char *vc_event_type_name(uint32_t type);

/* Appends the meaning of type and data, one line of printable ASCII, never empty: whatever the data
 * are, for a log is not trusted. */
enum vc_code vc_event_describe(const struct vc_event *event, struct vc_buffer *text,
                               struct vc_err *err);

#endif
