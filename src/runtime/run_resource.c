/* SPDX-License-Identifier: MIT */

/* The resource /v1/runs: start, list, watch, kill. */

#include <stdio.h>
#include <string.h>

#include "codec/json.h"
#include "policy/decide.h"
#include "runtime/api_internal.h"
#include "runtime/run_document.h"
#include "runtime/run_request.h"

/* Who may start a program may know of its runs, whoever started them. */
static enum vc_code decide_execute(const struct vc_request *request, size_t program,
                                   struct vc_err *err)
{
    const struct vc_policy *policy = request->api->context.policy;
    struct vc_subject who = {VC_SUBJECT_PRINCIPAL, request->principal};

    return vc_force_decide(vc_request_force(request), who, VC_RIGHT_EXECUTE,
                           policy->programs[program].path, err);
}

/* So may who may start the pipeline that the run is of. */
static bool may_know(const struct vc_request *request, const struct vc_run_status *status)
{
    const struct vc_policy *policy = request->api->context.policy;

    if (decide_execute(request, status->program, nullptr) == VC_OK)
        return true;
    return status->pipeline != nullptr &&
           vc_policy_decide_pipeline(policy, request->principal,
                                     (size_t)(status->pipeline - policy->pipelines),
                                     nullptr) == VC_OK;
}

static void answer_run(struct vc_request *request, unsigned http_status,
                       const struct vc_run_status *status)
{
    struct vc_buffer json = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);

    vc_run_write(&writer, request->api->context.policy, status);
    vc_answer_written(request, http_status, &writer);
}

/* ---- waiting for the end ---- */

static void stop_waiting(struct vc_request *request)
{
    if (!request->waiting)
        return;
    request->waiting = false;
    vc_timer_cancel(request->timer);
    request->timer = nullptr;
    vc_runs_leave(request->api->context.runs, request->run_id, &request->waiter);
}

static void on_ended(void *user, const struct vc_run_status *status)
{
    struct vc_request *request = user;

    request->waiting = false;
    vc_timer_cancel(request->timer);
    request->timer = nullptr;
    answer_run(request, 200, status);
}

static unsigned status_for(const struct vc_request *request, const struct vc_run_status *status)
{
    return request->resource->piece != nullptr && !vc_run_is_over(status->state) ? 201 : 200;
}

static void on_patience_over(void *user)
{
    struct vc_request *request = user;
    struct vc_run_status status;

    request->timer = nullptr;
    stop_waiting(request);
    if (vc_runs_status(request->api->context.runs, request->run_id, &status)) {
        answer_run(request, status_for(request, &status), &status);
    } else {
        vc_answer_problem(request, VC_PROBLEM_NOT_FOUND, "no such run");
    }
}

/* Answers with the run's state, at its end if the client would rather wait. */
static void answer_or_wait(struct vc_request *request, uint64_t id)
{
    struct vc_runs *runs = request->api->context.runs;
    uint32_t wait = vc_run_wait_parse(vc_http_field(request->exchange, "prefer"));
    struct vc_run_status status;
    struct vc_err err = {};

    if (!vc_runs_status(runs, id, &status)) {
        vc_answer_problem(request, VC_PROBLEM_NOT_FOUND, "no such run");
        return;
    }
    if (wait == 0 || vc_run_is_over(status.state)) {
        answer_run(request, status_for(request, &status), &status);
        return;
    }
    if (vc_loop_after(request->api->context.loop, (uint64_t)wait * 1000, on_patience_over, request,
                      &request->timer, &err) != VC_OK) {
        vc_answer_error(request, &err);
        return;
    }
    request->run_id = id;
    request->waiting = true;
    request->waiter = (struct vc_run_waiter){.ended = on_ended, .user = request};
    vc_runs_await(runs, id, &request->waiter);
}

/* ---- the methods ---- */

static void begin_start(struct vc_request *)
{
    /* the body says what */
}

static void end_start(struct vc_request *request)
{
    const struct vc_policy *policy = request->api->context.policy;
    struct vc_err err = {};
    size_t program = 0;
    uint64_t id = 0;
    enum vc_code code =
        vc_run_request_parse(vc_buffer_bytes(&request->body), policy, &program, &err);

    if (code == VC_OK)
        code = decide_execute(request, program, &err);
    if (code != VC_OK) {
        vc_answer_error(request, &err);
        return;
    }
    code = vc_runs_start(
        request->api->context.runs,
        &(const struct vc_run_start){.principal = request->principal, .program = program}, &id,
        &err);
    if (code == VC_LIMIT) {
        vc_answer_problem(request, VC_PROBLEM_QUOTA, err.text);
    } else if (code == VC_CLOSED) {
        vc_answer_problem(request, VC_PROBLEM_GONE, err.text);
    } else if (code != VC_OK) {
        vc_answer_error(request, &err);
    } else {
        answer_or_wait(request, id);
    }
}

static const char events_suffix[] = "/events";

static bool asks_for_events(const struct vc_request *request)
{
    size_t size = strlen(request->path);

    return size > strlen(events_suffix) &&
           strcmp(request->path + size - strlen(events_suffix), events_suffix) == 0;
}

/* The run in the path, if this principal may know of it; otherwise an answer, the same whether
 * there is such a run or not. */
static bool find_run(struct vc_request *request, struct vc_run_status *status)
{
    uint64_t id;

    if (vc_run_id_parse(request->path, &id) &&
        vc_runs_status(request->api->context.runs, id, status) && may_know(request, status))
        return true;
    vc_answer_problem(request, VC_PROBLEM_NOT_FOUND, "no such run");
    return false;
}

static void begin_watch(struct vc_request *request)
{
    struct vc_run_status status;
    bool events = asks_for_events(request);

    if (events) /* the run's name is what stands before */
        request->path[strlen(request->path) - strlen(events_suffix)] = '\0';
    if (!find_run(request, &status))
        return;
    if (events) {
        vc_run_events_begin(request, &status);
    } else {
        answer_or_wait(request, status.id);
    }
}

/* Who may start the program no more hears no more of its runs. */
static void narrowed_watch(struct vc_request *request)
{
    struct vc_run_status status;
    struct vc_err err = {};

    if (!request->waiting && request->events == nullptr)
        return;
    if (request->waiting &&
        (!vc_runs_status(request->api->context.runs, request->run_id, &status) ||
         may_know(request, &status)))
        return;
    if (request->events != nullptr) {
        vc_run_events_narrowed(request, may_know);
        return;
    }
    stop_waiting(request);
    (void)!decide_execute(request, status.program, &err);
    vc_answer_error(request, &err);
}

static void close_watch(struct vc_request *request)
{
    stop_waiting(request);
    vc_run_events_close(request);
}

static void begin_kill(struct vc_request *request)
{
    struct vc_run_status status;
    struct vc_err err = {};
    char reason[VC_RUN_REASON_MAX];

    if (!find_run(request, &status))
        return;
    (void)snprintf(reason, sizeof(reason), "killed by %s",
                   request->api->context.policy->principals[request->principal].name);
    if (vc_runs_kill(request->api->context.runs, status.id, reason, &err) == VC_OK) {
        vc_answer_empty(request, 204);
    } else {
        vc_answer_error(request, &err);
    }
}

struct each {
    const struct vc_request *request;
    struct vc_json_writer writer;
};

static void list_one(void *user, const struct vc_run_status *status)
{
    struct each *each = user;

    if (may_know(each->request, status))
        vc_run_write(&each->writer, each->request->api->context.policy, status);
}

static void begin_list(struct vc_request *request)
{
    struct vc_buffer json = {};
    struct each each = {.request = request, .writer = vc_json_writer_over(&json)};

    vc_json_open_object(&each.writer, nullptr);
    vc_json_open_array(&each.writer, "runs");
    vc_runs_each(request->api->context.runs, list_one, &each);
    vc_json_close_array(&each.writer);
    vc_json_close_object(&each.writer);
    vc_answer_written(request, 200, &each.writer);
}

const struct vc_resource vc_run_resources[] = {
    {"POST", "/v1/runs", false, .begin = begin_start, .piece = vc_gather, .end = end_start,
     .close = stop_waiting, .narrowed = narrowed_watch},
    {"GET", "/v1/runs", false, .begin = begin_list},
    {"GET", "/v1/runs", true, .begin = begin_watch, .close = close_watch,
     .narrowed = narrowed_watch},
    {"DELETE", "/v1/runs", true, .begin = begin_kill},
};
const size_t vc_run_resource_count = VC_COUNT(vc_run_resources);
