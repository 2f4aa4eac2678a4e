/* SPDX-License-Identifier: MIT */

/* A container's life as its policy rules it: consent to programs, budgets, parties, its end. */

#include "base/hex.h"
#include "client/lifecycle_answers.h"
#include "client/receive.h"
#include "client/report.h"
#include "client/session_internal.h"
#include "codec/json.h"

static constexpr unsigned HTTP_OK = 200;
static constexpr unsigned HTTP_CREATED = 201;

/* What the client agreed to stands in its own copy of the policy: it consents to nothing else. */
static enum vc_code write_consent(const struct vcc_client *client, const char *program,
                                  struct vc_buffer *body, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(body);
    char digest[2 * VC_SHA256_SIZE + 1];
    size_t index;

    if (!vc_policy_find_program(client->policy, program, &index))
        return vc_fail(err, VC_NOT_FOUND, "programs: the policy has none called \"%.64s\"",
                       program);
    vc_hex_encode(VC_BYTES(client->policy->programs[index].sha256), digest);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "program", client->policy->programs[index].name);
    vc_json_put_string(&writer, "sha256", digest);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

enum vcc_status vcc_consent(vcc_client *client, const char *program, struct vcc_error *error)
{
    static const struct vc_http_field type = {"content-type", "application/json"};
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    struct vc_http_source source = {};
    struct vc_err err = {};
    enum vc_code code = write_consent(client, program, &body, &err);

    if (code == VC_NOT_FOUND)
        return vc_report(error, VCC_NOT_FOUND, &err);
    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    source.bytes = vc_buffer_bytes(&body);
    struct vc_client_call call = {.http = {.method = "POST",
                                           .target = "/v1/consents",
                                           .fields = &type,
                                           .field_count = 1,
                                           .source = &source},
                                  .good = {HTTP_OK, HTTP_CREATED}};

    return vc_client_call(client, &call, &answer, error);
}

enum vcc_status vcc_consents(vcc_client *client, char **json, struct vcc_error *error)
{
    static const struct vc_question question = {
        .target = "/v1/consents",
        .about = "the container's list of consents",
        .size_max = VC_LIFECYCLE_SIZE_MAX,
        .too_large = "more than such an answer can have",
        .check = vc_consent_list_check,
    };

    return vc_receive_checked(client, &question, json, error);
}

enum vcc_status vcc_lifecycle(vcc_client *client, char **json, struct vcc_error *error)
{
    static const struct vc_question question = {
        .target = "/v1/lifecycle",
        .about = "what the container says of its life",
        .size_max = VC_LIFECYCLE_SIZE_MAX,
        .too_large = "more than such an answer can have",
        .check = vc_lifecycle_check,
    };

    return vc_receive_checked(client, &question, json, error);
}
