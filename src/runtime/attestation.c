/* SPDX-License-Identifier: MIT */

/* The resource /v1/attestation: fresh evidence for whoever asks within a session. */

#include "runtime/api_internal.h"

static void leave(struct vc_request *request)
{
    if (request->counted)
        request->api->attestations[request->principal]--;
    request->counted = false;
}

static void begin(struct vc_request *request)
{
    uint32_t *count = &request->api->attestations[request->principal];

    if (*count >= VC_API_ATTESTATIONS_MAX) {
        vc_answer_problem(request, VC_PROBLEM_QUOTA,
                          "attestation: as many of this principal's requests wait already as may");
        return;
    }
    ++*count;
    request->counted = true;
}

static void on_done(void *user, struct vc_buffer *json, const struct vc_err *err)
{
    struct vc_request *request = user;

    request->attestation = nullptr;
    leave(request);
    if (json != nullptr)
        vc_answer_json(request, 200, json);
    else
        vc_answer_problem(request, VC_PROBLEM_UNAVAILABLE, err->text);
}

/* Both callbacks of the job may come before vc_attestor_ask returns, should no thread start. */
static enum vc_code ask(struct vc_request *request, struct vc_err *err)
{
    struct vc_attestation question = {.done = on_done, .user = request};
    struct vc_attestation_job *job = nullptr;
    enum vc_code code =
        vc_session_request_parse(vc_buffer_bytes(&request->body), &question.request, err);

    if (code == VC_OK) {
        code = vc_http_exporter_for(request->exchange, VC_SESSION_EXPORTER,
                                    VC_BYTES(question.request.nonce), question.exporter, err);
    }
    if (code == VC_OK)
        code = vc_http_own(request->exchange, &question.shown, err);
    if (code == VC_OK)
        code = vc_attestor_ask(request->api->context.attestor, &question, &job, err);
    if (code == VC_OK && !request->answered)
        request->attestation = job;
    return code;
}

static void end(struct vc_request *request)
{
    struct vc_err err = {};

    if (ask(request, &err) != VC_OK) {
        leave(request);
        vc_answer_error(request, &err);
    }
}

static void close(struct vc_request *request)
{
    vc_attestor_forget(request->attestation);
    leave(request);
}

const struct vc_resource vc_attestation_resources[] = {
    {.method = "POST",
     .prefix = "/v1/attestation",
     .begin = begin,
     .piece = vc_gather,
     .end = end,
     .close = close},
};
const size_t vc_attestation_resource_count = VC_COUNT(vc_attestation_resources);
