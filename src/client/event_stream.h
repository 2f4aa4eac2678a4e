/* SPDX-License-Identifier: MIT */

/* Server-sent events (WHATWG HTML §9.2) in the one form that containers send, as they arrive in
 * pieces. */

#ifndef VC_CLIENT_EVENT_STREAM_H
#define VC_CLIENT_EVENT_STREAM_H

#include "base/buffer.h"

/* Borrowed for the call; a field that was not there is empty. */
struct vc_event {
    struct vc_bytes name, id, data;
};

struct vc_event_stream {
    /* For each event that is whole; what it returns ends the taking unless VC_OK. */
    enum vc_code (*take)(void *user, const struct vc_event *event, struct vc_err *err);
    void *user;
    size_t size_max; /* bytes of one event */
    struct vc_buffer text;
};

/* VC_MALFORMED: a field that there is twice. VC_LIMIT: a larger event. Comments, and fields that
 * this version does not know, are skipped. */
enum vc_code vc_event_stream_take(struct vc_event_stream *stream, struct vc_bytes piece,
                                  struct vc_err *err);
void vc_event_stream_done(struct vc_event_stream *stream);

/* Is it this word? */
[[nodiscard]] bool vc_event_is(struct vc_bytes field, const char *word);

#endif
