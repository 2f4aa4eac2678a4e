/* SPDX-License-Identifier: MIT */

#include "client/waiting.h"

#include <stdio.h>

#include "client/report.h"
#include "client/run_object.h"

static constexpr unsigned HTTP_NO_CONTENT = 204;

unsigned vc_waiting_next_s(uint64_t left_ms)
{
    uint64_t seconds = (left_ms + 999) / 1000;

    return seconds < VC_WAITING_S_MAX ? (unsigned)seconds : VC_WAITING_S_MAX;
}

enum vcc_status vc_waiting_call(struct vcc_client *client, struct vc_client_call *call,
                                unsigned wait_s, struct vc_http_answer *answer,
                                struct vcc_error *error)
{
    char prefer[32];
    struct vc_http_field fields[] = {{"content-type", "application/json"}, {"prefer", prefer}};

    (void)snprintf(prefer, sizeof(prefer), "wait=%u", wait_s);
    call->http.fields = call->http.source != nullptr ? fields : fields + 1;
    call->http.field_count = (call->http.source != nullptr ? 1u : 0u) + (wait_s > 0 ? 1u : 0u);
    call->http.idle_timeout_ms = client->timeout_ms + wait_s * 1000;
    enum vcc_status status = vc_client_call(client, call, answer, error);

    call->http.fields = nullptr; /* they were this function's */
    call->http.field_count = 0;
    return status;
}

enum vcc_status vc_waiting_target(const char *prefix, const char *of, const char *id,
                                  char target[VC_WAITING_TARGET_MAX], struct vcc_error *error)
{
    struct vc_err err = {};

    if (!vc_run_id_valid(id)) {
        return vc_report_code(
            error, vc_fail(&err, VC_MALFORMED, "\"%.32s\" is no id of a %s", id, of), &err);
    }
    (void)snprintf(target, VC_WAITING_TARGET_MAX, "%s/%s", prefix, id);
    return VCC_OK;
}

enum vcc_status vc_waiting_kill(struct vcc_client *client, const char *prefix, const char *of,
                                const char *id, struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    char target[VC_WAITING_TARGET_MAX];
    struct vc_client_call call = {.http = {.method = "DELETE", .target = target},
                                  .good = {HTTP_NO_CONTENT}};
    enum vcc_status status = vc_waiting_target(prefix, of, id, target, error);

    return status == VCC_OK ? vc_client_call(client, &call, &answer, error) : status;
}
