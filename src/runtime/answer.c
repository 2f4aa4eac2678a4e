/* SPDX-License-Identifier: MIT */

/* Answers: problem documents (RFC 9457) and JSON. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "runtime/api_internal.h"
#include "runtime/record.h"

static const struct {
    const char *type, *title;
    unsigned status;
} problems[] = {
    [VC_PROBLEM_MALFORMED] = {"malformed", "The request is out of form", 400},
    [VC_PROBLEM_REFUSED] = {"refused", "The policy refuses", 403},
    [VC_PROBLEM_NOT_FOUND] = {"not-found", "Not found", 404},
    [VC_PROBLEM_METHOD] = {"method", "The resource has no such method", 405},
    [VC_PROBLEM_STATE] = {"state", "Not now", 409},
    [VC_PROBLEM_OFFSET] = {"offset", "Not where the stream goes on", 409},
    [VC_PROBLEM_LOST] = {"lost", "This use of the stream is lost", 409},
    [VC_PROBLEM_GONE] = {"gone", "The stream is over and will not come back", 410},
    [VC_PROBLEM_LENGTH_REQUIRED] = {"length-required", "A body needs a content-length", 411},
    [VC_PROBLEM_LIMIT] = {"limit", "Over a limit of the policy", 413},
    [VC_PROBLEM_RANGE] = {"range", "The range cannot be satisfied", 416},
    [VC_PROBLEM_DIGEST] = {"digest", "Not the content that the policy names", 422},
    [VC_PROBLEM_MISMATCH] = {"mismatch", "Not what was sent", 422},
    [VC_PROBLEM_QUOTA] = {"quota", "As many as the policy allows", 429},
    [VC_PROBLEM_FAILED] = {"failed", "The container failed", 500},
    [VC_PROBLEM_UNAVAILABLE] = {"unavailable", "The container cannot serve this now", 503},
};

void vc_answer(struct vc_request *request, unsigned status, const struct vc_http_field *fields,
               size_t field_count, struct vc_http_body body)
{
    if (request->answered) {
        if (body.release != nullptr)
            body.release(body.owner);
        return;
    }
    request->answered = true;
    /* On failure the connection is going down; on_close tells. */
    (void)!vc_http_respond(request->exchange, status, fields, field_count, body, nullptr);
}

void vc_answer_empty(struct vc_request *request, unsigned status)
{
    vc_answer(request, status, nullptr, 0, (struct vc_http_body){});
}

/* An answer until its client has taken it: it counts as its principal's. */
struct held {
    struct vc_buffer text;
    struct vc_api *api; /* outlives every exchange */
    size_t principal;
    size_t counted; /* bytes */
};

static void release_held(void *owner)
{
    struct held *held = owner;

    if (held->counted > 0)
        held->api->answers[held->principal] -= held->counted;
    vc_buffer_done(&held->text);
    free(held);
}

/* Has the principal, who may ask much and take nothing, room for another answer? For one there is
 * always room, and for what was done and is to be told. */
static bool has_room(const struct vc_request *request, size_t size)
{
    const struct vc_api *api = request->api;
    uint64_t share = VC_API_ANSWERS_BYTES / api->context.policy->principal_count;
    uint64_t most = share > VC_API_ANSWERS_OF_ONE_MIN ? share : VC_API_ANSWERS_OF_ONE_MIN;
    uint64_t used = api->answers[request->principal];

    return used == 0 || (used < most && size <= most - used) ||
           strcmp(vc_http_method(request->exchange), "GET") != 0;
}

/* What is refused is short, and nobody's: who asks may not be known. */
static bool is_counted(const struct vc_request *request, unsigned status)
{
    return status < 400 && !request->answered;
}

void vc_answer_text(struct vc_request *request, unsigned status, const struct vc_http_field *fields,
                    size_t field_count, struct vc_buffer *text)
{
    struct held *held;

    if (is_counted(request, status) && !has_room(request, text->capacity)) {
        vc_buffer_done(text);
        vc_answer_problem(request, VC_PROBLEM_QUOTA,
                          "answers that you have asked for and not taken have filled their room");
        return;
    }
    held = calloc(1, sizeof(*held));
    if (held == nullptr) {
        vc_buffer_done(text);
        vc_answer_empty(request, 503);
        return;
    }
    *held = (struct held){.text = *text, .api = request->api, .principal = request->principal};
    *text = (struct vc_buffer){};
    if (is_counted(request, status)) {
        held->counted = held->text.capacity;
        request->api->answers[request->principal] += held->counted;
    }
    vc_answer(request, status, fields, field_count,
              (struct vc_http_body){vc_buffer_bytes(&held->text), release_held, held});
}

void vc_answer_json(struct vc_request *request, unsigned status, struct vc_buffer *json)
{
    static const struct vc_http_field type = {"content-type", "application/json"};

    vc_answer_text(request, status, &type, 1, json);
}

void vc_answer_written(struct vc_request *request, unsigned status, struct vc_json_writer *writer)
{
    struct vc_err err = {};

    if (vc_json_write_end(writer, &err) == VC_OK) {
        vc_answer_json(request, status, writer->out);
    } else {
        vc_buffer_done(writer->out);
        vc_answer_error(request, &err);
    }
}

/* What the policy refuses is written down, whichever resource says so. Who has no place in the
 * policy has none in the journal. */
static void note_refusal(struct vc_request *request, const char *reason)
{
    char place[VC_RECORD_PLACE_MAX];

    if (request->resource == nullptr)
        return;
    (void)snprintf(place, sizeof(place), "%s%.*s", request->resource->prefix,
                   VC_RECORD_PLACE_MAX - 32, request->resource->below ? request->path : "");
    vc_record_refusal(request->api->context.record, request->principal, request->resource->method,
                      place, reason);
}

void vc_answer_problem_with(struct vc_request *request, enum vc_problem problem, const char *detail,
                            const struct vc_http_field *fields, size_t field_count)
{
    struct vc_http_field all[VC_ANSWER_FIELDS_MAX + 1] = {
        {"content-type", "application/problem+json"}};
    struct vc_buffer json = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);
    char type[64] = "urn:veracruz:problem:";

    assert(field_count <= VC_ANSWER_FIELDS_MAX);
    if (problem == VC_PROBLEM_REFUSED && !request->answered)
        note_refusal(request, detail);
    for (size_t i = 0; i < field_count; i++)
        all[1 + i] = fields[i];
    strcat(type, problems[problem].type);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "type", type);
    vc_json_put_string(&writer, "title", problems[problem].title);
    vc_json_put_integer(&writer, "status", problems[problem].status);
    vc_json_put_string(&writer, "detail", detail);
    vc_json_close_object(&writer);
    if (vc_json_write_end(&writer, nullptr) != VC_OK) {
        vc_buffer_done(&json);
        vc_answer_empty(request, problems[problem].status);
        return;
    }
    vc_answer_text(request, problems[problem].status, all, 1 + field_count, &json);
}

void vc_answer_problem(struct vc_request *request, enum vc_problem problem, const char *detail)
{
    const struct vc_http_field allow = {"allow", detail};

    vc_answer_problem_with(request, problem, detail, &allow, problem == VC_PROBLEM_METHOD ? 1 : 0);
}

static enum vc_problem problem_of(enum vc_code code)
{
    switch (code) {
    case VC_MALFORMED:
        return VC_PROBLEM_MALFORMED;
    case VC_REFUSED:
        return VC_PROBLEM_REFUSED;
    case VC_UNTRUSTED:
        return VC_PROBLEM_DIGEST;
    case VC_LIMIT:
        return VC_PROBLEM_LIMIT;
    case VC_NOT_FOUND:
        return VC_PROBLEM_NOT_FOUND;
    case VC_STATE:
        return VC_PROBLEM_STATE;
    case VC_MEMORY:
        return VC_PROBLEM_UNAVAILABLE;
    case VC_OK:
    case VC_CLOSED:
    case VC_HOST:
        break;
    }
    return VC_PROBLEM_FAILED;
}

void vc_answer_error(struct vc_request *request, const struct vc_err *err)
{
    vc_answer_problem(request, problem_of(err->code), err->text);
}

void vc_gather(struct vc_request *request, struct vc_bytes bytes)
{
    vc_gather_up_to(request, bytes, VC_API_BODY_MAX);
}

void vc_gather_up_to(struct vc_request *request, struct vc_bytes bytes, size_t most)
{
    struct vc_err err = {};

    if (bytes.size > most - request->body.size) {
        (void)!vc_fail(&err, VC_LIMIT, "a body of more than %zu bytes", most);
    } else if (vc_buffer_append(&request->body, bytes, &err) == VC_OK) {
        return;
    }
    vc_answer_error(request, &err);
}

void vc_answer_unrecorded(struct vc_request *request, const struct vc_err *err)
{
    if (err->code == VC_LIMIT) {
        vc_answer_problem(request, VC_PROBLEM_QUOTA, err->text);
    } else {
        vc_answer_error(request, err);
    }
}
