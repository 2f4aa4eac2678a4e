/* SPDX-License-Identifier: MIT */

/* The event stream of a watched run (docs/http-api.md), as it arrives in pieces. */

#ifndef VC_CLIENT_RUN_EVENTS_H
#define VC_CLIENT_RUN_EVENTS_H

#include "client/event_stream.h"
#include "veracruz/client.h"

constexpr size_t VC_RUN_EVENT_MAX = 65536; /* bytes of one event */

struct vc_run_events {
    vcc_run_watcher *watcher;
    void *user;
    struct vcc_run run; /* all that is known */
    bool known;         /* some state came */
    bool stopped;       /* the watcher had enough */
    struct vc_event_stream stream;
};

/* Takes the next piece and tells the watcher of each event that is whole. VC_CLOSED: the watcher
 * had enough. VC_MALFORMED: no such events. VC_LIMIT: a larger one. Events and fields that this
 * version does not know are skipped. */
enum vc_code vc_run_events_take(struct vc_run_events *events, struct vc_bytes piece,
                                struct vc_err *err);
void vc_run_events_done(struct vc_run_events *events);

#endif
