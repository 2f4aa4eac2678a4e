/* SPDX-License-Identifier: MIT */

/* Asks a container for fresh evidence within the session, and checks it: before anything else is
 * sent, and again whenever what it said last is too old. */

#include <stdlib.h>
#include <string.h>

#include "attest/session.h"
#include "client/problem.h"
#include "client/session_internal.h"
#include "crypto/random.h"

static constexpr unsigned HTTP_OK = 200;
static constexpr unsigned ATTEMPTS_MAX = 8; /* while other connections move the remembered head */

static enum vc_code take_piece(void *user, struct vc_bytes piece, struct vc_err *err)
{
    struct vc_buffer *body = user;

    if (piece.size > VC_SESSION_ANSWER_SIZE_MAX - body->size)
        return vc_fail(err, VC_LIMIT, "attestation: an answer of more than %zu bytes",
                       VC_SESSION_ANSWER_SIZE_MAX);
    return vc_buffer_append(body, piece, err);
}

static enum vc_code refused(const struct vc_http_answer *answer, struct vc_err *err)
{
    struct vcc_error problem;

    vc_problem_read(answer->status, vc_buffer_bytes(&answer->body), &problem);
    return vc_fail(err, VC_UNTRUSTED, "the container gives no evidence: %.200s", problem.text);
}

/* Sends the request and appends the answer's body. */
static enum vc_code exchange(struct vcc_client *client, const struct vc_session_request *request,
                             struct vc_buffer *body, struct vc_err *err)
{
    static const struct vc_http_field type = {"content-type", "application/json"};
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    const struct vc_http_sink sink = {.write = take_piece, .user = body};
    struct vc_http_source source = {};
    const struct vc_http_call call = {.method = "POST",
                                      .target = "/v1/attestation",
                                      .fields = &type,
                                      .field_count = 1,
                                      .source = &source,
                                      .sink = &sink,
                                      .idle_timeout_ms = client->timeout_ms};
    enum vc_code code = vc_session_request_encode(request, &json, err);

    if (code != VC_OK)
        return code;
    source.bytes = vc_buffer_bytes(&json);
    code = vc_http_client_call(client->http, &call, &answer, err);
    return code == VC_OK && answer.status != HTTP_OK ? refused(&answer, err) : code;
}

/* One question to the container. */
struct question {
    struct vc_session_request request;
    uint8_t exporter[VC_SHA256_SIZE];
    struct vc_log_seen seen;
    struct vc_session_answer answer;
    struct vc_attested attested;
    struct vc_log_head head;
};

static enum vc_code ask(struct vcc_client *client, struct question *question, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    enum vc_code code = vc_random(question->request.nonce, VC_NONCE_SIZE, err);

    if (code == VC_OK)
        code = vc_log_store_load(&client->log, &question->seen, err);
    if (code == VC_OK && question->seen.known)
        question->request.log_size = question->seen.memory.head.size;
    if (code == VC_OK) {
        code =
            vc_http_client_exporter_for(client->http, VC_SESSION_EXPORTER,
                                        VC_BYTES(question->request.nonce), question->exporter, err);
    }
    if (code == VC_OK)
        code = exchange(client, &question->request, &body, err);
    if (code != VC_OK)
        return code;
    code = vc_session_answer_parse(vc_buffer_bytes(&body), &question->answer, err);
    if (code != VC_OK && code != VC_MEMORY) /* whatever it is, it is no evidence */
        return vc_fail_in(err, VC_UNTRUSTED, "the container's evidence");
    return code;
}

/* A head that the service signed and that did not grow out of the remembered one is kept: only who
 * has both can show that the service has two logs. */
static void accuse(const struct vcc_client *client, const struct question *question,
                   struct vc_err *err)
{
    const struct vc_log_receipt *receipt = &question->answer.receipt;
    const struct vc_log_head *seen = &question->seen.memory.head;
    bool comparable = receipt->since == seen->size || receipt->head.size == seen->size;

    if (!question->seen.known || !comparable ||
        vc_log_head_check(&receipt->head, client->policy->attestation.ca, nullptr) != VC_OK ||
        vc_log_check_growth(seen, &receipt->head, &receipt->growth, nullptr) == VC_OK)
        return;
    vc_log_store_accuse(&client->log, seen, &receipt->head, err);
}

static enum vc_code judge(struct vcc_client *client, struct question *question, struct vc_err *err)
{
    const struct vc_session_peer peer = {.expectations = vc_expectations_of(client->policy),
                                         .vendors = vc_vendor_anchors(),
                                         .log = question->seen.known ? &question->seen.memory
                                                                     : nullptr,
                                         .nonce = question->request.nonce,
                                         .exporter = question->exporter,
                                         .shown = vc_http_client_peer(client->http),
                                         .now = vc_client_now(client)};
    enum vc_code code;

    if (peer.shown == nullptr)
        return vc_fail(err, VC_UNTRUSTED, "the container showed no certificate");
    code = vc_session_check(&peer, &question->answer, &question->attested, &question->head, err);
    if (code == VC_UNTRUSTED && err != nullptr)
        accuse(client, question, err);
    return code;
}

/* One try. *again: another connection has remembered a newer head meanwhile. */
static enum vc_code attempt(struct vcc_client *client, bool *again, struct vc_err *err)
{
    struct question question = {};
    enum vc_code code = ask(client, &question, err);

    if (code == VC_OK)
        code = judge(client, &question, err);
    if (code == VC_OK)
        code = vc_log_store_replace(&client->log, &question.seen, &question.head, again, err);
    if (code == VC_OK && !*again) {
        client->attested = question.attested;
        client->expires_at = vc_cert_not_after(question.answer.certificate);
        client->log_index = question.answer.receipt.index;
        client->log_size = question.head.size;
    }
    vc_session_answer_done(&question.answer);
    return code;
}

enum vc_code vc_client_attest(struct vcc_client *client, struct vc_err *err)
{
    bool again = true;
    enum vc_code code = VC_OK;

    for (unsigned i = 0; code == VC_OK && again && i < ATTEMPTS_MAX; i++)
        code = attempt(client, &again, err);
    if (code == VC_OK && again)
        code = vc_fail(err, VC_HOST, "the attestation service's log grows faster than it is read");
    return code;
}

bool vc_client_is_due(const struct vcc_client *client)
{
    int64_t now = vc_client_now(client);

    return now >= client->expires_at ||
           now - client->attested.verified_at > (int64_t)client->policy->attestation.max_age_s;
}

enum vc_code vc_client_stay(struct vcc_client *client, struct vc_err *err)
{
    enum vc_code code = client->ended.code;

    if (code != VC_OK)
        return vc_fail(err, code, "%s", client->ended.text);
    if (!vc_client_is_due(client))
        return VC_OK;
    code = vc_client_attest(client, &client->ended);
    if (code == VC_OK) {
        client->ended = (struct vc_err){};
        return VC_OK;
    }
    code = vc_fail_in(&client->ended, code,
                      "the session ended: its attestation is over, and the container did not "
                      "prove itself again");
    return vc_fail(err, code, "%s", client->ended.text);
}
