/* SPDX-License-Identifier: MIT */

/* The resource /v1/pipelines: start, list, look, kill. */

#include <stdio.h>

#include "policy/decide.h"
#include "runtime/api_internal.h"
#include "runtime/pipeline_document.h"
#include "runtime/pipeline_plan.h"
#include "runtime/pipeline_request.h"
#include "runtime/run_request.h"

/* Who may start a pipeline may know of its runs, whoever started them. */
static enum vc_code decide(const struct vc_request *request, size_t pipeline, struct vc_err *err)
{
    return vc_policy_decide_pipeline(request->api->context.policy, request->principal, pipeline,
                                     err);
}

/* 201 for what was just started and goes on. */
static void answer_status(struct vc_request *request, const struct vc_pipeline_status *status)
{
    bool made = request->resource->piece != nullptr && !vc_pipeline_is_over(status->state);
    struct vc_buffer json = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);

    vc_pipeline_write(&writer, request->api->context.policy, status);
    vc_answer_written(request, made ? 201 : 200, &writer);
}

/* ---- waiting for the end ---- */

static void stop_waiting(struct vc_request *request)
{
    if (!request->waiting)
        return;
    request->waiting = false;
    vc_timer_cancel(request->timer);
    request->timer = nullptr;
    vc_pipelines_leave(request->api->context.pipelines, request->pipeline_id,
                       &request->pipeline_waiter);
}

static void on_ended(void *user, const struct vc_pipeline_status *status)
{
    struct vc_request *request = user;

    request->waiting = false;
    vc_timer_cancel(request->timer);
    request->timer = nullptr;
    answer_status(request, status);
}

static void on_patience_over(void *user)
{
    struct vc_request *request = user;
    struct vc_pipeline_status status;

    request->timer = nullptr;
    stop_waiting(request);
    if (vc_pipelines_status(request->api->context.pipelines, request->pipeline_id, &status)) {
        answer_status(request, &status);
    } else {
        vc_answer_problem(request, VC_PROBLEM_NOT_FOUND, "no such run of a pipeline");
    }
}

/* Answers with the state, at the end if the client would rather wait. */
static void answer_or_wait(struct vc_request *request, const struct vc_pipeline_status *status)
{
    struct vc_pipelines *pipelines = request->api->context.pipelines;
    uint32_t wait = vc_run_wait_parse(vc_http_field(request->exchange, "prefer"));
    struct vc_err err = {};

    if (wait == 0 || vc_pipeline_is_over(status->state)) {
        answer_status(request, status);
        return;
    }
    if (vc_loop_after(request->api->context.loop, (uint64_t)wait * 1000, on_patience_over, request,
                      &request->timer, &err) != VC_OK) {
        vc_answer_error(request, &err);
        return;
    }
    request->pipeline_id = status->id;
    request->waiting = true;
    request->pipeline_waiter = (struct vc_pipeline_waiter){.ended = on_ended, .user = request};
    vc_pipelines_await(pipelines, status->id, &request->pipeline_waiter);
}

/* ---- the methods ---- */

static void begin_start(struct vc_request *)
{
    /* the body says what */
}

static enum vc_code start(struct vc_request *request, uint64_t *id, struct vc_err *err)
{
    size_t pipeline = 0;
    enum vc_code code = vc_pipeline_request_parse(vc_buffer_bytes(&request->body),
                                                  request->api->context.policy, &pipeline, err);

    if (code != VC_OK)
        return code;
    return vc_pipelines_start(request->api->context.pipelines, request->principal, pipeline, id,
                              err);
}

static void end_start(struct vc_request *request)
{
    struct vc_pipeline_status status;
    struct vc_err err = {};
    uint64_t id = 0;
    enum vc_code code = start(request, &id, &err);

    if (code == VC_LIMIT) {
        vc_answer_problem(request, VC_PROBLEM_QUOTA, err.text);
    } else if (code != VC_OK) {
        vc_answer_error(request, &err);
    } else if (vc_pipelines_status(request->api->context.pipelines, id, &status)) {
        answer_or_wait(request, &status);
    } else {
        vc_answer_problem(request, VC_PROBLEM_NOT_FOUND, "no such run of a pipeline");
    }
}

/* The one in the path, if this principal may know of it; otherwise an answer, the same whether
 * there is such a one or not. */
static bool find(struct vc_request *request, struct vc_pipeline_status *status)
{
    uint64_t id;

    if (vc_run_id_parse(request->path, &id) &&
        vc_pipelines_status(request->api->context.pipelines, id, status) &&
        decide(request, status->pipeline, nullptr) == VC_OK)
        return true;
    vc_answer_problem(request, VC_PROBLEM_NOT_FOUND, "no such run of a pipeline");
    return false;
}

static void begin_look(struct vc_request *request)
{
    struct vc_pipeline_status status;

    if (find(request, &status))
        answer_or_wait(request, &status);
}

static void begin_kill(struct vc_request *request)
{
    struct vc_pipeline_status status;
    struct vc_err err = {};
    char reason[VC_RUN_REASON_MAX];

    if (!find(request, &status))
        return;
    (void)snprintf(reason, sizeof(reason), "killed by %s",
                   request->api->context.policy->principals[request->principal].name);
    if (vc_pipelines_kill(request->api->context.pipelines, status.id, reason, &err) == VC_OK) {
        vc_answer_empty(request, 204);
    } else {
        vc_answer_error(request, &err);
    }
}

struct each {
    const struct vc_request *request;
    struct vc_json_writer writer;
};

static void list_one(void *user, const struct vc_pipeline_status *status)
{
    struct each *each = user;

    if (decide(each->request, status->pipeline, nullptr) == VC_OK)
        vc_pipeline_write(&each->writer, each->request->api->context.policy, status);
}

static void begin_list(struct vc_request *request)
{
    struct vc_buffer json = {};
    struct each each = {.request = request, .writer = vc_json_writer_over(&json)};

    vc_json_open_object(&each.writer, nullptr);
    vc_json_open_array(&each.writer, "pipelines");
    vc_pipelines_each(request->api->context.pipelines, list_one, &each);
    vc_json_close_array(&each.writer);
    vc_json_close_object(&each.writer);
    vc_answer_written(request, 200, &each.writer);
}

const struct vc_resource vc_pipeline_resources[] = {
    {"POST", "/v1/pipelines", false, .begin = begin_start, .piece = vc_gather, .end = end_start,
     .close = stop_waiting},
    {"GET", "/v1/pipelines", false, .begin = begin_list},
    {"GET", "/v1/pipelines", true, .begin = begin_look, .close = stop_waiting},
    {"DELETE", "/v1/pipelines", true, .begin = begin_kill},
};
const size_t vc_pipeline_resource_count = VC_COUNT(vc_pipeline_resources);
