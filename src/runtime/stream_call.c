/* SPDX-License-Identifier: MIT */

#include "runtime/stream_call.h"

#include <stdio.h>
#include <stdlib.h>

#include "policy/decide.h"

struct vc_subject vc_stream_who_asks(const struct vc_request *request)
{
    return (struct vc_subject){VC_SUBJECT_PRINCIPAL, request->principal};
}

const struct vc_policy_stream *vc_stream_terms_of(const struct vc_request *request, size_t index)
{
    return &request->api->context.policy->streams[index];
}

void vc_stream_look(const struct vc_request *request, size_t index, struct vc_stream_status *status)
{
    vc_stream_status(vc_streams_at(request->api->context.streams, index), status);
}

bool vc_stream_find(struct vc_request *request, size_t *index)
{
    struct vc_err err = {};

    /* the path is canonical: it begins with a slash, and no name has another */
    if (vc_policy_find_stream(request->api->context.policy, request->path + 1, index))
        return true;
    (void)!vc_fail(&err, VC_NOT_FOUND, "streams: the policy has no stream %.64s",
                   request->path + 1);
    vc_answer_error(request, &err);
    return false;
}

bool vc_stream_find_seat(struct vc_request *request, size_t index, size_t *seat)
{
    const struct vc_force *force = vc_request_force(request);
    struct vc_err err = {};
    size_t consumer = 0;

    *seat = VC_STREAM_PRODUCER_SEAT;
    if (vc_force_decide_produce(force, vc_stream_who_asks(request), index, nullptr) == VC_OK)
        return true;
    if (vc_force_decide_consume(force, vc_stream_who_asks(request), index, &consumer, &err) ==
        VC_OK) {
        *seat = 1 + consumer;
        return true;
    }
    vc_answer_error(request, &err);
    return false;
}

/* ---- an exchange that holds an end ---- */

static struct vc_stream_call **seat_of(struct vc_api *api, size_t index, size_t seat)
{
    return &api->seats[index * VC_STREAM_SEATS + seat];
}

void *vc_stream_call_new(struct vc_request *request, size_t size, size_t index, size_t seat)
{
    struct vc_stream_call *call;

    if (request->api->stream_calls[request->principal] >= VC_API_STREAM_CALLS_MAX) {
        vc_answer_problem(request, VC_PROBLEM_QUOTA, "too many exchanges of streams at once");
        return nullptr;
    }
    call = calloc(1, size);
    if (call == nullptr) {
        vc_answer_problem(request, VC_PROBLEM_UNAVAILABLE, "out of memory");
        return nullptr;
    }
    *call = (struct vc_stream_call){.request = request, .stream = index, .seat = seat};
    request->api->stream_calls[request->principal]++;
    request->stream = call;
    return call;
}

void vc_stream_call_release(struct vc_stream_call *call)
{
    struct vc_api *api = call->request->api;

    if (call->port == nullptr)
        return;
    *seat_of(api, call->stream, call->seat) = nullptr;
    vc_streams_release(api->context.streams, call->stream, vc_take(call->port));
    if (call->shed != nullptr)
        call->shed(call);
}

void vc_stream_call_free(struct vc_stream_call *call)
{
    vc_stream_call_release(call);
    call->request->api->stream_calls[call->request->principal]--;
    call->request->stream = nullptr;
    free(call);
}

void vc_stream_vacate(struct vc_api *api, size_t index, size_t seat)
{
    struct vc_stream_call *call = *seat_of(api, index, seat);

    if (call == nullptr)
        return;
    vc_stream_call_release(call);
    call->request->answered = true;
    vc_http_abort(call->request->exchange);
}

void vc_stream_call_narrowed(struct vc_request *request)
{
    struct vc_stream_call *call = request->stream;
    const struct vc_force *force = vc_request_force(request);
    struct vc_err err = {};
    size_t consumer;
    enum vc_code code;

    if (call == nullptr || call->port == nullptr)
        return;
    if (call->seat == VC_STREAM_PRODUCER_SEAT)
        code = vc_force_decide_produce(force, vc_stream_who_asks(request), call->stream, &err);
    else
        code = vc_force_decide_consume(force, vc_stream_who_asks(request), call->stream, &consumer,
                                       &err);
    if (code == VC_OK)
        return;
    vc_stream_call_release(call);
    if (request->answered)
        vc_http_abort(request->exchange);
    else
        vc_answer_error(request, &err);
}

enum vc_code vc_stream_call_take(struct vc_stream_call *call, vc_port_fn *changed,
                                 struct vc_err *err)
{
    struct vc_api *api = call->request->api;
    struct vc_streams *streams = api->context.streams;
    const struct vc_stream_claim claim = {call->stream, vc_stream_who_asks(call->request)};
    const struct vc_port_holder holder = {changed, call};
    enum vc_code code;

    vc_stream_vacate(api, call->stream, call->seat);
    if (call->seat == VC_STREAM_PRODUCER_SEAT)
        code = vc_streams_produce(streams, claim, holder, &call->port, err);
    else
        code = vc_streams_consume(streams, claim, holder, &call->port, err);
    if (code == VC_OK)
        *seat_of(api, call->stream, call->seat) = call;
    return code;
}

/* ---- refusals ---- */

static void let_go(struct vc_request *request)
{
    if (request->stream != nullptr)
        vc_stream_call_release(request->stream);
}

void vc_stream_answer_lost(struct vc_request *request, size_t index,
                           const struct vc_stream_status *status)
{
    char use[24];
    char detail[VC_ERR_TEXT_MAX];
    const struct vc_http_field field = {"stream-use", use};

    (void)snprintf(use, sizeof(use), "%ju", (uintmax_t)status->use);
    (void)snprintf(detail, sizeof(detail), "stream %s was lost: %.240s",
                   vc_stream_terms_of(request, index)->name, status->reason);
    let_go(request);
    vc_answer_problem_with(request, VC_PROBLEM_LOST, detail, &field, 1);
}

void vc_stream_answer_place(struct vc_request *request, const struct vc_stream_place *place,
                            const char *detail)
{
    char use[24];
    char offset[24];
    char text[VC_ERR_TEXT_MAX];
    const struct vc_http_field fields[] = {{place->field, offset}, {"stream-use", use}};

    (void)snprintf(use, sizeof(use), "%ju", (uintmax_t)place->use);
    (void)snprintf(offset, sizeof(offset), "%ju", (uintmax_t)place->offset);
    (void)snprintf(text, sizeof(text), "%.200s; it goes on at byte %s of use %s", detail, offset,
                   use);
    let_go(request);
    vc_answer_problem_with(request, VC_PROBLEM_OFFSET, text, fields, VC_COUNT(fields));
}

void vc_stream_answer_untaken(struct vc_request *request, const struct vc_err *err)
{
    let_go(request);
    if (err->code == VC_LIMIT)
        vc_answer_problem(request, VC_PROBLEM_GONE, err->text);
    else if (err->code == VC_CLOSED)
        vc_answer_problem(request, VC_PROBLEM_LOST, err->text);
    else
        vc_answer_error(request, err);
}

void vc_stream_answer_unfit(struct vc_request *request, const struct vc_err *err)
{
    let_go(request);
    if (err->code == VC_MALFORMED)
        vc_answer_problem(request, VC_PROBLEM_MISMATCH, err->text);
    else
        vc_answer_error(request, err);
}
