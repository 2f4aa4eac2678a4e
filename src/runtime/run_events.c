/* SPDX-License-Identifier: MIT */

/* The resource /v1/runs/{id}/events: a run watched as server-sent events (WHATWG HTML §9.2). What
 * is sent is made when the client takes it, from what is true then: a slow client misses steps in
 * between, and nothing is kept for it. */

#include <stdlib.h>
#include <string.h>

#include "runtime/api_internal.h"
#include "runtime/clock.h"
#include "runtime/run_document.h"

static constexpr uint64_t USAGE_EVERY_US = 500000;
static constexpr uint64_t QUIET_MAX_MS = 10000; /* then a comment says that we are still here */

struct vc_events {
    struct vc_request *request;
    struct vc_run_watcher watcher;
    struct vc_run_status now;  /* as last heard */
    struct vc_run_status told; /* as last sent */
    bool begun;                /* something was sent */
    bool watching;
    bool quiet;        /* nothing was sent for a while */
    uint64_t usage_us; /* when usage was last sent */
    struct vc_timer *timer;
    struct vc_buffer text;
    size_t taken; /* of the text */
};

/* ---- what is sent ---- */

/* {"event: NAME\ndata: JSON\n\n"}: the JSON has no line ends. */
static enum vc_code begin_event(struct vc_events *events, const char *name,
                                struct vc_json_writer *writer)
{
    enum vc_code code = vc_buffer_printf(&events->text, nullptr, "event: %s\ndata: ", name);

    *writer = vc_json_writer_over(&events->text);
    return code;
}

static enum vc_code end_event(struct vc_events *events, struct vc_json_writer *writer)
{
    enum vc_code code = vc_json_write_end(writer, nullptr);

    return code == VC_OK ? vc_buffer_append_text(&events->text, "\n\n", nullptr) : code;
}

static enum vc_code add_state(struct vc_events *events)
{
    struct vc_json_writer writer;
    enum vc_code code = begin_event(events, "state", &writer);

    if (code != VC_OK)
        return code;
    vc_run_write(&writer, events->request->api->context.policy, &events->now);
    return end_event(events, &writer);
}

static enum vc_code add_progress(struct vc_events *events)
{
    struct vc_json_writer writer;
    enum vc_code code = begin_event(events, "progress", &writer);

    if (code != VC_OK)
        return code;
    vc_json_open_object(&writer, nullptr);
    vc_json_put_integer(&writer, "percent", events->now.percent);
    vc_json_close_object(&writer);
    return end_event(events, &writer);
}

static enum vc_code add_usage(struct vc_events *events)
{
    struct vc_json_writer writer;
    enum vc_code code = begin_event(events, "usage", &writer);

    if (code != VC_OK)
        return code;
    vc_json_open_object(&writer, nullptr);
    vc_json_put_integer(&writer, "wall_us", (int64_t)events->now.wall_us);
    vc_json_put_integer(&writer, "cpu_us", (int64_t)events->now.cpu_us);
    vc_json_put_integer(&writer, "memory_bytes", (int64_t)events->now.memory_bytes);
    vc_json_put_integer(&writer, "output_bytes", (int64_t)events->now.output_bytes);
    vc_json_close_object(&writer);
    return end_event(events, &writer);
}

static bool usage_is_due(const struct vc_events *events)
{
    return events->now.state == VC_RUN_RUNNING &&
           vc_clock_us() - events->usage_us >= USAGE_EVERY_US;
}

/* Puts the next of what is news into the text. The last state is the last event. */
static enum vc_code compose(struct vc_events *events)
{
    enum vc_code code = VC_OK;

    events->text.size = events->taken = 0;
    if (events->begun && events->now.percent != events->told.percent)
        code = add_progress(events);
    if (code == VC_OK && usage_is_due(events)) {
        events->usage_us = vc_clock_us();
        code = add_usage(events);
    }
    if (code == VC_OK && (!events->begun || events->now.state != events->told.state))
        code = add_state(events);
    if (code == VC_OK && events->text.size == 0 && events->quiet)
        code = vc_buffer_append_text(&events->text, ":\n\n", nullptr);
    events->quiet = false;
    events->told = events->now;
    events->begun = true;
    return code;
}

static size_t pull(void *user, uint8_t *data, size_t size, bool *ended)
{
    struct vc_events *events = user;
    size_t left;

    /* Without memory the stream ends early, which a client sees: no last state came. */
    if (events->taken == events->text.size && compose(events) != VC_OK) {
        *ended = true;
        return 0;
    }
    left = events->text.size - events->taken;
    left = left < size ? left : size;
    if (left > 0)
        memcpy(data, events->text.data + events->taken, left);
    events->taken += left;
    *ended = events->taken == events->text.size && vc_run_is_over(events->told.state);
    return left;
}

/* ---- who watches ---- */

static void on_changed(void *user, const struct vc_run_status *status)
{
    struct vc_events *events = user;
    bool news = status->state != events->told.state || status->percent != events->told.percent;

    events->now = *status;
    events->watching = events->watching && !vc_run_is_over(status->state);
    if (news || usage_is_due(events))
        vc_http_resume(events->request->exchange);
}

static void on_quiet(void *user)
{
    struct vc_events *events = user;

    events->timer = nullptr;
    events->quiet = true;
    vc_http_resume(events->request->exchange);
    /* Without memory the client waits longer than it may like. */
    (void)!vc_loop_after(events->request->api->context.loop, QUIET_MAX_MS, on_quiet, events,
                         &events->timer, nullptr);
}

void vc_run_events_close(struct vc_request *request)
{
    struct vc_events *events = request->events;

    if (events == nullptr)
        return;
    if (events->watching)
        vc_runs_unwatch(request->api->context.runs, events->now.id, &events->watcher);
    vc_timer_cancel(events->timer);
    request->api->watchers[request->principal]--;
    vc_buffer_done(&events->text);
    free(events);
    request->events = nullptr;
}

void vc_run_events_begin(struct vc_request *request, const struct vc_run_status *status)
{
    static const struct vc_http_field fields[] = {{"content-type", "text/event-stream"},
                                                  {"cache-control", "no-store"}};
    struct vc_api *api = request->api;
    struct vc_events *events;
    struct vc_http_feed feed = {.pull = pull};

    if (api->watchers[request->principal] >= VC_API_WATCHERS_MAX) {
        vc_answer_problem(request, VC_PROBLEM_QUOTA, "too many runs watched at once");
        return;
    }
    events = calloc(1, sizeof(*events));
    if (events == nullptr) {
        vc_answer_problem(request, VC_PROBLEM_UNAVAILABLE, "out of memory");
        return;
    }
    *events = (struct vc_events){.request = request,
                                 .now = *status,
                                 .told = {.percent = 0},
                                 .usage_us = vc_clock_us(),
                                 .watcher = {.changed = on_changed, .user = events}};
    api->watchers[request->principal]++;
    request->events = events;
    feed.user = events;
    if (!vc_run_is_over(status->state)) {
        vc_runs_watch(api->context.runs, status->id, &events->watcher);
        events->watching = true;
    }
    (void)!vc_loop_after(api->context.loop, QUIET_MAX_MS, on_quiet, events, &events->timer,
                         nullptr);
    request->answered = true;
    /* On failure the connection is going down; on_close tells. */
    (void)!vc_http_respond_feed(request->exchange, 200, fields, VC_COUNT(fields), &feed, nullptr);
}

void vc_run_events_narrowed(struct vc_request *request,
                            bool (*may_know)(const struct vc_request *request,
                                             const struct vc_run_status *status))
{
    if (!may_know(request, &request->events->now))
        vc_http_abort(request->exchange);
}
