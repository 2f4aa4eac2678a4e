/* SPDX-License-Identifier: MIT */

/* Narrowing the policy in force, and what was narrowed. */

#include "client/narrowing_answers.h"
#include "client/receive.h"
#include "client/report.h"
#include "client/session_internal.h"

#include <string.h>

static constexpr unsigned HTTP_OK = 200;

/* The class of what is wrong with the caller's own narrowing. */
static enum vcc_status report_own(struct vcc_error *error, enum vc_code code,
                                  const struct vc_err *err)
{
    bool is_form = code == VC_NOT_FOUND || code == VC_LIMIT;

    return is_form ? vc_report(error, VCC_MALFORMED, err) : vc_report_code(error, code, err);
}

/* Parses, asks this side's copy of the policy, and appends the one spelling. */
static enum vc_code prepare(const struct vcc_client *client, struct vc_bytes text,
                            struct vc_buffer *body, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(body);
    struct vc_subject who = {.kind = VC_SUBJECT_PRINCIPAL};
    struct vc_narrowing narrowing;
    enum vc_code code = vc_narrowing_parse(client->policy, text, &narrowing, err);

    if (code != VC_OK)
        return code;
    if (!vc_policy_principal_by_certificate(client->policy, vc_cert_der(client->identity.cert),
                                            &who.index))
        return vc_fail(err, VC_REFUSED, "principals: none has this identity's certificate");
    code = vc_policy_decide_narrow(client->policy, who, &narrowing, err);
    if (code != VC_OK)
        return code;
    vc_narrowing_write(client->policy, &narrowing, &writer, nullptr);
    return vc_json_write_end(&writer, err);
}

enum vcc_status vcc_narrow(vcc_client *client, const char *narrowing, struct vcc_narrowed *result,
                           struct vcc_error *error)
{
    static const struct vc_http_field type = {"content-type", "application/json"};
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    struct vc_http_source source = {};
    struct vcc_narrowed narrowed;
    struct vc_err err = {};
    enum vc_code code = prepare(
        client, (struct vc_bytes){(const uint8_t *)narrowing, strlen(narrowing)}, &body, &err);

    if (code != VC_OK)
        return report_own(error, code, &err);
    source.bytes = vc_buffer_bytes(&body);
    struct vc_client_call call = {.http = {.method = "POST",
                                           .target = "/v1/narrowings",
                                           .fields = &type,
                                           .field_count = 1,
                                           .source = &source},
                                  .good = {HTTP_OK}};
    enum vcc_status status = vc_client_call(client, &call, &answer, error);

    if (status != VCC_OK)
        return status;
    code = vc_narrowed_read(vc_buffer_bytes(&answer.body), &narrowed, &err);
    if (code != VC_OK) {
        (void)vc_fail_in(&err, code, "the container's answer to a narrowing");
        return vc_report(error, VCC_FAILED, &err);
    }
    if (result != nullptr)
        *result = narrowed;
    return VCC_OK;
}

static enum vc_code check_list(const struct vc_policy *policy, struct vc_bytes text,
                               struct vc_err *err)
{
    vc_cleanup(vc_narrowing_list_done) struct vc_narrowing_list list = {};

    return vc_narrowing_list_read(policy, text, &list, err);
}

enum vcc_status vcc_narrowings(vcc_client *client, char **json, struct vcc_error *error)
{
    static const struct vc_question question = {
        .target = "/v1/narrowings",
        .about = "the container's narrowings",
        .size_max = VC_NARROWING_LIST_SIZE_MAX,
        .too_large = "more than a list of narrowings can have",
        .check = check_list,
    };

    return vc_receive_checked(client, &question, json, error);
}
