/* SPDX-License-Identifier: MIT */

#include "attestd/answer.h"

#include <string.h>

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

void vc_answer_done(struct vc_answer *answer)
{
    vc_buffer_done(&answer->body);
}

/* What a refusal becomes in HTTP; `limit` is the status of VC_LIMIT. */
static void refuse(enum vc_code code, const struct vc_err *err, unsigned limit,
                   struct vc_answer *answer)
{
    switch (code) {
    case VC_MALFORMED:
    case VC_NOT_FOUND:
        vc_answer_problem(400, "malformed", err->text, answer);
        return;
    case VC_REFUSED:
    case VC_UNTRUSTED:
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

/* Writes {"key":"value"} with status 201. */
static enum vc_code put_member(const char *key, struct vc_bytes value, struct vc_answer *answer,
                               struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(&answer->body);

    answer->status = 201;
    vc_json_open_object(&writer, nullptr);
    vc_json_put_bytes(&writer, key, value);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

static enum vc_code check_empty(struct vc_bytes body, struct vc_err *err)
{
    if (body.size == 0 || (body.size == 2 && memcmp(body.data, "{}", 2) == 0))
        return VC_OK;
    return vc_fail(err, VC_MALFORMED, "body: empty or {}, and nothing else");
}

void vc_answer_nonce(const struct vc_occasion *occasion, struct vc_bytes body,
                     struct vc_answer *answer)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    uint8_t nonce[VC_NONCE_SIZE];
    struct vc_err err = {};
    enum vc_code code = check_empty(body, &err);

    if (code == VC_OK)
        code = vc_nonces_give(occasion->nonces, occasion->exporter, occasion->now_ms, nonce, &err);
    if (code == VC_OK)
        code = vc_base64_encode(VC_BYTES(nonce), &text, &err);
    if (code == VC_OK)
        code = put_member("nonce", vc_buffer_bytes(&text), answer, &err);
    if (code != VC_OK)
        refuse(code, &err, 429, answer);
}

/* No certificate without a record of it; a refusal stands whether or not it was recorded. */
static enum vc_code record(const struct vc_occasion *occasion, const struct vc_verdict *verdict,
                           struct vc_err *err)
{
    enum vc_code code;

    if (occasion->record_path == nullptr)
        return verdict->code;
    code = vc_record_append(occasion->record_path, verdict, verdict->code == VC_OK ? err : nullptr);
    return verdict->code == VC_OK ? code : verdict->code;
}

/* The nonce, then all the rest. Only a verdict on a good nonce is recorded: nobody can fill the
 * disk without asking for a nonce each time. */
static enum vc_code judge(const struct vc_occasion *occasion,
                          const struct vc_application *application, struct vc_appraisal *appraisal,
                          struct vc_err *err)
{
    struct vc_verdict verdict = {
        .time = occasion->appraiser.now, .application = application, .appraisal = appraisal};
    enum vc_code code = vc_nonces_take(occasion->nonces, occasion->exporter, occasion->now_ms,
                                       application->nonce, err);

    if (code != VC_OK)
        return code;
    verdict.code =
        vc_appraise(&occasion->appraiser, application, occasion->exporter, appraisal, err);
    verdict.reason = verdict.code == VC_OK ? "" : err->text;
    return record(occasion, &verdict, err);
}

void vc_answer_certificate(const struct vc_occasion *occasion, struct vc_bytes body,
                           struct vc_answer *answer)
{
    struct vc_application application = {};
    struct vc_appraisal appraisal = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    struct vc_err err = {};
    enum vc_code code = vc_application_parse(body, &application, &err);

    if (code == VC_OK)
        code = judge(occasion, &application, &appraisal, &err);
    if (code == VC_OK)
        code = vc_cert_encode_pem(appraisal.certificate, &pem, &err);
    if (code == VC_OK)
        code = put_member("certificate", vc_buffer_bytes(&pem), answer, &err);
    if (code != VC_OK)
        refuse(code, &err, 413, answer);
    vc_appraisal_done(&appraisal);
    vc_application_done(&application);
}
