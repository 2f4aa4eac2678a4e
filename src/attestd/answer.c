/* SPDX-License-Identifier: MIT */

#include "attestd/answer.h"

#include <string.h>

#include "attest/ear.h"
#include "base/base64.h"
#include "codec/json.h"

static const struct problem {
    const char *type;
    const char *title;
} problems[] = {
    {"malformed", "The request is out of form"},
    {"untrusted", "The verdict is no"},
    {"limit", "Too much"},
    {"not-found", "No such resource"},
    {"method", "No such method here"},
    {"timeout", "Too slow"},
    {"failed", "The service failed"},
};

static const char *title_of(const char *type)
{
    for (size_t i = 0; i < VC_COUNT(problems); i++) {
        if (strcmp(problems[i].type, type) == 0)
            return problems[i].title;
    }
    return "A problem";
}

void vc_answer_problem(unsigned status, const char *type, const char *detail,
                       struct vc_answer *answer)
{
    struct vc_json_writer writer = vc_json_writer_over(&answer->body);
    char urn[64] = "urn:veracruz:problem:";

    strncat(urn, type, sizeof(urn) - strlen(urn) - 1);
    answer->status = status;
    answer->body.size = 0;
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "type", urn);
    vc_json_put_string(&writer, "title", title_of(type));
    vc_json_put_integer(&writer, "status", status);
    vc_json_put_string(&writer, "detail", detail);
    vc_json_close_object(&writer);
    if (vc_json_write_end(&writer, nullptr) != VC_OK)
        answer->body.size = 0; /* no memory: the status alone must do */
}

static void promise_done(struct vc_promise *promise)
{
    vc_buffer_done(&promise->ear);
    vc_buffer_done(&promise->certificates);
    vc_cert_free(promise->certificate);
    *promise = (struct vc_promise){};
}

void vc_answer_done(struct vc_answer *answer)
{
    vc_buffer_done(&answer->body);
    promise_done(&answer->promise);
}

void vc_answer_refuse(enum vc_code code, const struct vc_err *err, unsigned limit,
                      struct vc_answer *answer)
{
    switch (code) {
    case VC_MALFORMED:
        vc_answer_problem(400, "malformed", err->text, answer);
        return;
    case VC_REFUSED:
    case VC_UNTRUSTED:
    case VC_NOT_FOUND: /* collateral is missing */
        vc_answer_problem(403, "untrusted", err->text, answer);
        return;
    case VC_LIMIT:
        vc_answer_problem(limit, "limit", err->text, answer);
        return;
    case VC_OK:
    case VC_STATE:
    case VC_CLOSED:
    case VC_MEMORY:
    case VC_HOST:
        break; /* the service's own trouble, which is nobody else's business */
    }
    vc_answer_problem(500, "failed", "the service cannot answer now", answer);
}

static enum vc_code check_empty(struct vc_bytes body, struct vc_err *err)
{
    if (body.size == 0 || (body.size == 2 && memcmp(body.data, "{}", 2) == 0))
        return VC_OK;
    return vc_fail(err, VC_MALFORMED, "body: empty or {}, and nothing else");
}

/* ---- nonces ---- */

static enum vc_code put_nonce(const uint8_t nonce[VC_NONCE_SIZE], struct vc_answer *answer,
                              struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&answer->body);
    enum vc_code code = vc_base64_encode((struct vc_bytes){nonce, VC_NONCE_SIZE}, &text, err);

    if (code != VC_OK)
        return code;
    answer->status = 201;
    vc_json_open_object(&writer, nullptr);
    vc_json_put_bytes(&writer, "nonce", vc_buffer_bytes(&text));
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

void vc_answer_nonce(const struct vc_occasion *occasion, struct vc_bytes body,
                     struct vc_answer *answer)
{
    uint8_t nonce[VC_NONCE_SIZE];
    struct vc_err err = {};
    enum vc_code code = check_empty(body, &err);

    if (code == VC_OK)
        code = vc_nonces_give(occasion->nonces, occasion->exporter, occasion->now_ms, nonce, &err);
    if (code == VC_OK)
        code = put_nonce(nonce, answer, &err);
    if (code != VC_OK)
        vc_answer_refuse(code, &err, 429, answer);
}

/* ---- certificates ---- */

static struct vc_ear ear_of(const struct vc_appraisal *appraisal, int64_t now)
{
    struct vc_ear ear = {
        .issued_at = now,
        .expires = now + VC_APPRAISAL_LIFE_S,
        .platform = appraisal->claims.platform,
        .passed = appraisal->claims.passed,
        .measurement = appraisal->claims.measurement,
        .machine = appraisal->claims.machine,
        .report_data = appraisal->claims.report_data,
        .tcb_status = appraisal->tcb_status,
    };

    memcpy(ear.policy_hash, appraisal->policy_hash, sizeof(ear.policy_hash));
    return ear;
}

static enum vc_code promise(const struct vc_occasion *occasion, struct vc_appraisal *appraisal,
                            struct vc_answer *answer, struct vc_err *err)
{
    const struct vc_appraiser *appraiser = &occasion->appraiser;
    const struct vc_cert *certificate = appraisal->certificate;
    struct vc_ear ear = ear_of(appraisal, appraiser->now);
    struct vc_promise *made = &answer->promise;
    enum vc_code code;

    ear.expires = vc_cert_not_after(certificate);
    ear.certificate.size = VC_SHA256_SIZE;
    vc_sha256(vc_cert_der(certificate), ear.certificate.bytes);
    code = vc_ear_encode(&ear, appraiser->ca, appraiser->ca_key, &made->ear, err);
    if (code == VC_OK)
        code = vc_record_issued(occasion->record, certificate, &made->index, err);
    if (code != VC_OK) /* a full log is the service's trouble too */
        return code == VC_LIMIT ? VC_STATE : code;
    made->certificate = vc_take(appraisal->certificate);
    made->certificates = appraisal->certificates;
    appraisal->certificates = (struct vc_buffer){};
    return VC_OK;
}

/* The nonce, then all the rest. Only a verdict on a good nonce is recorded: nobody can fill the
 * disk without asking for a nonce each time. */
static enum vc_code judge(const struct vc_occasion *occasion,
                          const struct vc_application *application, struct vc_answer *answer,
                          struct vc_err *err)
{
    struct vc_appraisal appraisal = {};
    struct vc_verdict verdict = {
        .time = occasion->appraiser.now, .exhibit = &application->exhibit, .appraisal = &appraisal};
    enum vc_code code = vc_nonces_take(occasion->nonces, occasion->exporter, occasion->now_ms,
                                       application->nonce, err);

    if (code == VC_OK && application->tpm_secret.size > 0) {
        struct vc_activation_session session = {occasion->exporter, occasion->now_ms};

        code = vc_activations_redeem(occasion->activations, &session,
                                     vc_buffer_bytes(&application->tpm_secret), err);
    }
    if (code != VC_OK)
        return code;
    code = vc_appraise(&occasion->appraiser, application, occasion->exporter, &appraisal, err);
    if (code == VC_OK) {
        code = promise(occasion, &appraisal, answer, err);
    } else {
        verdict.reason = err->text;
        vc_record_refused(occasion->record, &verdict, occasion->now_ms);
    }
    vc_appraisal_done(&appraisal);
    return code;
}

void vc_answer_certificate(const struct vc_occasion *occasion, struct vc_bytes body,
                           struct vc_answer *answer)
{
    struct vc_application application = {};
    struct vc_err err = {};
    enum vc_code code = vc_application_parse(body, &application, &err);

    if (code == VC_OK)
        code = judge(occasion, &application, answer, &err);
    if (code != VC_OK)
        vc_answer_refuse(code, &err, 413, answer);
    vc_application_done(&application);
}

static enum vc_code keep(const struct vc_promise *promise, struct vc_logbook *book,
                         struct vc_buffer *body, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer needed = {};
    struct vc_json_writer writer = vc_json_writer_over(body);
    struct vc_log_receipt receipt;
    enum vc_code code = vc_logbook_receipt(book, promise->index, &receipt, err);

    if (code == VC_OK)
        code = vc_cert_encode_pem(promise->certificate, &pem, err);
    if (code == VC_OK && promise->certificates.size > 0)
        code = vc_base64_encode(vc_buffer_bytes(&promise->certificates), &needed, err);
    if (code != VC_OK)
        return code;
    vc_json_open_object(&writer, nullptr);
    vc_json_put_bytes(&writer, "certificate", vc_buffer_bytes(&pem));
    if (needed.size > 0)
        vc_json_put_bytes(&writer, "certificates", vc_buffer_bytes(&needed));
    vc_log_receipt_write(&writer, "receipt", &receipt);
    vc_json_put_bytes(&writer, "ear", vc_buffer_bytes(&promise->ear));
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

void vc_answer_settle(struct vc_answer *answer, struct vc_logbook *book, enum vc_code committed)
{
    struct vc_err err = {};
    enum vc_code code = committed;

    if (answer->promise.certificate == nullptr)
        return;
    answer->status = 201;
    if (code == VC_OK)
        code = keep(&answer->promise, book, &answer->body, &err);
    if (code != VC_OK)
        vc_answer_problem(500, "failed", "the service cannot answer now", answer);
    promise_done(&answer->promise);
}

/* ---- appraisals ---- */

static enum vc_code put_result(const struct vc_occasion *occasion, const struct vc_ear *ear,
                               struct vc_answer *answer, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
    struct vc_json_writer writer = vc_json_writer_over(&answer->body);
    enum vc_code code =
        vc_ear_encode(ear, occasion->appraiser.ca, occasion->appraiser.ca_key, &token, err);

    if (code != VC_OK)
        return code;
    answer->status = 200;
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "status", vc_ear_status_name(vc_ear_status_of(ear)));
    vc_json_put_bytes(&writer, "ear", vc_buffer_bytes(&token));
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

static bool is_verdict(enum vc_code code)
{
    return code == VC_OK || code == VC_UNTRUSTED || code == VC_REFUSED || code == VC_NOT_FOUND;
}

void vc_answer_appraisal(const struct vc_occasion *occasion, struct vc_bytes body,
                         struct vc_answer *answer)
{
    struct vc_question question = {};
    struct vc_appraisal appraisal = {};
    struct vc_err err = {};
    enum vc_code code = vc_question_parse(body, &question, &err);
    bool parsed = code == VC_OK;

    if (parsed)
        code = vc_appraise_question(&occasion->appraiser, &question, &appraisal, &err);
    /* Without a policy and a platform there is nothing that a result could be about. */
    if (parsed && is_verdict(code) && appraisal.has_policy && appraisal.claims.platform != 0) {
        struct vc_ear ear = ear_of(&appraisal, occasion->appraiser.now);

        if (code != VC_OK)
            memcpy(ear.reason, err.text, sizeof(ear.reason));
        ear.report_data = question.report_data;
        if (code != VC_OK)
            ear.tcb_status = appraisal.claims.tcb_status;
        code = put_result(occasion, &ear, answer, &err);
    }
    if (code != VC_OK)
        vc_answer_refuse(code, &err, 413, answer);
    vc_appraisal_done(&appraisal);
    vc_question_done(&question);
}
