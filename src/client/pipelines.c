/* SPDX-License-Identifier: MIT */

/* The pipelines of a container. */

#include <string.h>

#include "client/pipeline_object.h"
#include "client/receive.h"
#include "client/report.h"
#include "client/waiting.h"
#include "codec/json.h"
#include "net/loop.h"

static constexpr unsigned HTTP_OK = 200;
static constexpr unsigned HTTP_CREATED = 201;

static constexpr uint64_t LIST_SIZE_MAX = 1 << 25; /* bytes of JSON */
static const char resource[] = "/v1/pipelines";

/* Asks for one pipeline object and waits for the end at most `wait_s` seconds. */
static enum vcc_status ask(struct vcc_client *client, struct vc_client_call *call, unsigned wait_s,
                           struct vcc_pipeline *pipeline, struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    struct vc_err err = {};
    enum vcc_status status = vc_waiting_call(client, call, wait_s, &answer, error);

    if (status != VCC_OK)
        return status;
    enum vc_code code = vc_pipeline_object_parse(vc_buffer_bytes(&answer.body), pipeline, &err);

    if (code == VC_OK)
        return VCC_OK;
    (void)vc_fail_in(&err, code, "the container's pipeline object");
    return vc_report(error, VCC_FAILED, &err);
}

static enum vcc_status look(struct vcc_client *client, const char *id, uint64_t wait_ms,
                            struct vcc_pipeline *pipeline, struct vcc_error *error)
{
    char target[VC_WAITING_TARGET_MAX];
    struct vc_client_call call = {.http = {.method = "GET", .target = target}, .good = {HTTP_OK}};
    enum vcc_status status = vc_waiting_target(resource, "pipeline", id, target, error);

    if (status != VCC_OK)
        return status;
    return ask(client, &call, vc_waiting_next_s(wait_ms), pipeline, error);
}

/* Asks again until it ended or the deadline passed: one answer may wait for so long. */
static enum vcc_status follow(struct vcc_client *client, uint64_t deadline_ms,
                              struct vcc_pipeline *pipeline, struct vcc_error *error)
{
    enum vcc_status status = VCC_OK;
    uint64_t now_ms = vc_loop_now_ms();

    while (status == VCC_OK && !vc_pipeline_ended(pipeline) && now_ms < deadline_ms) {
        char id[sizeof(pipeline->id)];

        memcpy(id, pipeline->id, sizeof(id));
        status = look(client, id, deadline_ms - now_ms, pipeline, error);
        now_ms = vc_loop_now_ms();
    }
    return status;
}

static enum vc_code write_body(const char *name, struct vc_buffer *body, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(body);

    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "pipeline", name);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

enum vcc_status vcc_pipeline_start(vcc_client *client, const char *name, unsigned wait_ms,
                                   struct vcc_pipeline *pipeline, struct vcc_error *error)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    uint64_t deadline_ms = vc_loop_now_ms() + wait_ms;
    struct vcc_pipeline made;
    struct vc_err err = {};
    enum vc_code code = write_body(name, &body, &err);

    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    struct vc_http_source source = {.bytes = vc_buffer_bytes(&body)};
    struct vc_client_call call = {
        .http = {.method = "POST", .target = resource, .source = &source},
        .good = {HTTP_OK, HTTP_CREATED},
    };
    enum vcc_status status = ask(client, &call, vc_waiting_next_s(wait_ms), &made, error);

    if (status == VCC_OK)
        status = follow(client, deadline_ms, &made, error);
    if (status == VCC_OK)
        *pipeline = made;
    return status;
}

enum vcc_status vcc_pipeline_status(vcc_client *client, const char *id, unsigned wait_ms,
                                    struct vcc_pipeline *pipeline, struct vcc_error *error)
{
    uint64_t deadline_ms = vc_loop_now_ms() + wait_ms;
    struct vcc_pipeline seen;
    enum vcc_status status = look(client, id, wait_ms, &seen, error);

    if (status == VCC_OK)
        status = follow(client, deadline_ms, &seen, error);
    if (status == VCC_OK)
        *pipeline = seen;
    return status;
}

enum vcc_status vcc_pipeline_kill(vcc_client *client, const char *id, struct vcc_error *error)
{
    return vc_waiting_kill(client, resource, "pipeline", id, error);
}

static enum vc_code check_list(const struct vc_policy *, struct vc_bytes text, struct vc_err *err)
{
    return vc_pipeline_list_check(text, err);
}

enum vcc_status vcc_pipelines(vcc_client *client, char **json, struct vcc_error *error)
{
    static const struct vc_question question = {
        .target = resource,
        .about = "the container's list of pipelines",
        .size_max = LIST_SIZE_MAX,
        .too_large = "more than a list can have",
        .check = check_list,
    };

    return vc_receive_checked(client, &question, json, error);
}
