/* SPDX-License-Identifier: MIT */

#include "client/run_events.h"

#include "client/run_object.h"
#include "codec/json.h"

static enum vc_code take_state(struct vc_run_events *events, struct vc_bytes json,
                               struct vc_err *err)
{
    enum vc_code code = vc_run_object_parse(json, &events->run, err);

    events->known = events->known || code == VC_OK;
    return code;
}

static enum vc_code take_numbers(struct vc_run_events *events, struct vc_bytes text,
                                 struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    return vc_run_object_read_numbers(&root, &events->run, err);
}

static enum vc_code take_event(void *user, const struct vc_event *event, struct vc_err *err)
{
    static const char *const numbers[] = {"usage", "progress"};
    struct vc_run_events *events = user;
    const char *name = nullptr;
    enum vc_code code = VC_OK;

    for (size_t i = 0; i < VC_COUNT(numbers); i++) {
        if (vc_event_is(event->name, numbers[i]))
            name = numbers[i];
    }
    if (name != nullptr) {
        code = take_numbers(events, event->data, err);
    } else if (vc_event_is(event->name, "state")) {
        name = "state";
        code = take_state(events, event->data, err);
    }
    if (code != VC_OK || name == nullptr || !events->known)
        return code;
    events->stopped =
        events->watcher != nullptr && events->watcher(events->user, name, &events->run) != 0;
    return events->stopped ? vc_fail(err, VC_CLOSED, "the watcher had enough") : VC_OK;
}

enum vc_code vc_run_events_take(struct vc_run_events *events, struct vc_bytes piece,
                                struct vc_err *err)
{
    events->stream.take = take_event;
    events->stream.user = events;
    events->stream.size_max = VC_RUN_EVENT_MAX;
    return vc_event_stream_take(&events->stream, piece, err);
}

void vc_run_events_done(struct vc_run_events *events)
{
    vc_event_stream_done(&events->stream);
}
