/* SPDX-License-Identifier: MIT */

/* The resource /v1/streams: which there are, how far they are, and leaving them. */

#include <stdio.h>
#include <string.h>

#include "policy/decide.h"
#include "runtime/stream_call.h"
#include "runtime/stream_document.h"
#include "runtime/stream_request.h"

/* ---- where it stands ---- */

static void answer_position(struct vc_request *request, size_t seat,
                            const struct vc_stream_status *status)
{
    bool produces = seat == VC_STREAM_PRODUCER_SEAT;
    char offset[24];
    char use[24];
    const struct vc_http_field fields[] = {
        {"cache-control", "no-store"},
        {"stream-use", use},
        {produces ? "upload-offset" : "stream-offset", offset},
        {"upload-complete", status->state == VC_STREAM_ENDED ? "?1" : "?0"},
    };

    (void)snprintf(use, sizeof(use), "%ju", (uintmax_t)status->use);
    (void)snprintf(offset, sizeof(offset), "%ju",
                   (uintmax_t)(produces ? status->position : status->consumers[seat - 1].position));
    vc_answer(request, 200, fields, VC_COUNT(fields) - (produces ? 0 : 1), (struct vc_http_body){});
}

static void begin_head(struct vc_request *request)
{
    struct vc_stream_status status;
    size_t index;
    size_t seat;

    if (!vc_stream_find(request, &index) || !vc_stream_find_seat(request, index, &seat))
        return;
    vc_stream_look(request, index, &status);
    if (status.state == VC_STREAM_LOST)
        vc_stream_answer_lost(request, index, &status);
    else
        answer_position(request, seat, &status);
}

/* ---- leaving ---- */

static void give_up(struct vc_request *request, size_t index, const struct vc_stream_status *status)
{
    const struct vc_policy *policy = request->api->context.policy;
    char reason[VC_STREAM_REASON_MAX];

    if (status->state == VC_STREAM_LOST) {
        vc_stream_answer_lost(request, index, status);
    } else if (status->state != VC_STREAM_OPEN) {
        vc_answer_problem(request, VC_PROBLEM_STATE,
                          status->state == VC_STREAM_IDLE ? "this use has not begun"
                                                          : "this use has ended");
    } else {
        (void)snprintf(reason, sizeof(reason), "%s gave it up",
                       policy->principals[request->principal].name);
        vc_stream_lose(vc_streams_at(request->api->context.streams, index), reason);
        vc_answer_empty(request, 204);
    }
}

static void on_changed(void *)
{
    /* this exchange lets go at once */
}

/* It has what there is, up to the end that it knows. */
static bool confirms(const struct vc_request *request)
{
    return vc_http_field(request->exchange, "stream-offset") != nullptr;
}

/* The consumer's end is free, or this principal's own. */
static void leave(struct vc_request *request, size_t index, size_t seat)
{
    const struct vc_policy *policy = request->api->context.policy;
    struct vc_stream_call *call = vc_stream_call_new(request, sizeof(*call), index, seat);
    struct vc_err err = {};

    if (call == nullptr)
        return;
    if (vc_stream_call_take(call, on_changed, &err) != VC_OK ||
        (confirms(request) &&
         vc_port_advance(call->port, vc_port_limit(call->port), &err) != VC_OK)) {
        vc_stream_answer_untaken(request, &err);
        return;
    }
    vc_port_leave(call->port, policy->principals[request->principal].name);
    vc_stream_call_release(call);
    vc_answer_empty(request, 204);
}

/* `stream-offset`: the client has all there is up to there, and knows the end. False: answered. */
static bool check_taken(struct vc_request *request, const struct vc_stream_status *status,
                        size_t seat)
{
    const char *text = vc_http_field(request->exchange, "stream-offset");
    const struct vc_stream_place place = {.field = "stream-offset",
                                          .offset = status->consumers[seat - 1].position,
                                          .use = status->use};
    struct vc_err err = {};
    uint64_t taken = 0;

    if (text == nullptr)
        return true;
    if (vc_stream_number_parse("stream-offset", text, &taken, &err) != VC_OK) {
        vc_answer_error(request, &err);
        return false;
    }
    if (status->state == VC_STREAM_ENDED && taken == status->position)
        return true;
    vc_stream_answer_place(request, &place, "stream-offset: that is not the end of the stream");
    return false;
}

static void leave_or_confirm(struct vc_request *request, size_t index, size_t seat,
                             const struct vc_stream_status *status)
{
    if (!check_taken(request, status, seat))
        return;
    if (status->state == VC_STREAM_LOST) {
        vc_stream_answer_lost(request, index, status);
    } else if (status->state == VC_STREAM_IDLE) {
        vc_answer_problem(request, VC_PROBLEM_STATE, "this use has not begun");
    } else if (status->over || status->consumers[seat - 1].left) {
        vc_answer_empty(request, 204); /* there is nothing left to leave */
    } else if (status->state == VC_STREAM_ENDED &&
               status->consumers[seat - 1].position == status->position) {
        vc_answer_empty(request, 204); /* it has all, and others have not */
    } else {
        leave(request, index, seat);
    }
}

static void begin_delete(struct vc_request *request)
{
    struct vc_stream_status status;
    struct vc_stream_place place = {.field = "stream-offset"};
    struct vc_err err = {};
    uint64_t use = 0;
    size_t index;
    size_t seat;

    if (!vc_stream_find(request, &index) || !vc_stream_find_seat(request, index, &seat))
        return;
    if (vc_stream_use_parse(vc_http_field(request->exchange, "stream-use"), &use, &err) != VC_OK) {
        vc_answer_error(request, &err);
        return;
    }
    vc_stream_look(request, index, &status);
    place.use = status.use;
    place.offset =
        seat == VC_STREAM_PRODUCER_SEAT ? status.position : status.consumers[seat - 1].position;
    if (use != 0 && use != status.use)
        vc_stream_answer_place(request, &place, "stream-use: it is at another use");
    else if (seat == VC_STREAM_PRODUCER_SEAT)
        give_up(request, index, &status);
    else
        leave_or_confirm(request, index, seat, &status);
}

static void close_delete(struct vc_request *request)
{
    if (request->stream != nullptr)
        vc_stream_call_free(request->stream);
}

/* ---- which there are ---- */

/* Who may start a program may know of what it holds, as of its runs. */
static bool may_start(const struct vc_request *request, struct vc_subject who)
{
    const struct vc_policy *policy = request->api->context.policy;

    return who.kind == VC_SUBJECT_PROGRAM &&
           vc_force_decide(vc_request_force(request), vc_stream_who_asks(request), VC_RIGHT_EXECUTE,
                           policy->programs[who.index].path, nullptr) == VC_OK;
}

/* Whose end was taken from it hears no more, of its length and digest neither. */
static bool may_know(const struct vc_request *request, size_t index)
{
    const struct vc_policy_stream *terms = &request->api->context.policy->streams[index];
    const struct vc_force *force = vc_request_force(request);
    const struct vc_subject asks = vc_stream_who_asks(request);
    size_t consumer;
    bool may = vc_force_decide_produce(force, asks, index, nullptr) == VC_OK ||
               vc_force_decide_consume(force, asks, index, &consumer, nullptr) == VC_OK ||
               may_start(request, terms->producer);

    for (size_t i = 0; i < terms->consumer_count && !may; i++)
        may = may_start(request, terms->consumers[i]);
    return may;
}

/* A consumer outside is told of no byte that it may not have yet: not even that it is there. */
static void hide(const struct vc_request *request, const struct vc_policy_stream *terms,
                 struct vc_stream_status *status)
{
    const struct vc_subject asks = {VC_SUBJECT_PRINCIPAL, request->principal};
    uint64_t limit = UINT64_MAX;

    for (size_t i = 0; i < terms->consumer_count; i++) {
        if (vc_policy_same_subject(terms->consumers[i], asks) && status->state != VC_STREAM_ENDED)
            limit = status->consumers[i].limit;
    }
    if (status->position > limit)
        status->position = limit;
    for (size_t i = 0; i < terms->consumer_count; i++) {
        if (status->consumers[i].position > limit)
            status->consumers[i].position = limit;
    }
}

static void begin_list(struct vc_request *request)
{
    const struct vc_policy *policy = request->api->context.policy;
    struct vc_buffer json = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);
    struct vc_stream_status status;
    struct vc_err err = {};

    vc_json_open_object(&writer, nullptr);
    vc_json_open_array(&writer, "streams");
    for (size_t i = 0; i < policy->stream_count; i++) {
        if (!may_know(request, i))
            continue;
        vc_stream_look(request, i, &status);
        hide(request, &policy->streams[i], &status);
        vc_stream_write(&writer, policy, i, &status);
    }
    vc_json_close_array(&writer);
    vc_json_close_object(&writer);
    if (vc_json_write_end(&writer, &err) == VC_OK) {
        vc_answer_json(request, 200, &json);
    } else {
        vc_buffer_done(&json);
        vc_answer_error(request, &err);
    }
}

const struct vc_resource vc_stream_resources[] = {
    {"GET", "/v1/streams", false, .begin = begin_list, .while_ending = true},
    {"PUT", "/v1/streams", true, .begin = vc_stream_put_begin, .piece = vc_stream_put_piece,
     .end = vc_stream_put_end, .close = vc_stream_put_close, .narrowed = vc_stream_call_narrowed},
    {"GET", "/v1/streams", true, .begin = vc_stream_get_begin, .close = vc_stream_get_close,
     .credit = vc_stream_get_credit, .narrowed = vc_stream_call_narrowed},
    {"HEAD", "/v1/streams", true, .begin = begin_head},
    {"DELETE", "/v1/streams", true, .begin = begin_delete, .close = close_delete},
};
const size_t vc_stream_resource_count = VC_COUNT(vc_stream_resources);
