/* SPDX-License-Identifier: MIT */

/* One call to the container: answer, problem document or broken connection, in one status. */

#include "base/path.h"
#include "client/problem.h"
#include "client/report.h"
#include "client/session_internal.h"

static void on_progress(void *user, uint64_t sent, uint64_t received)
{
    const struct vc_client_call *call = user;

    call->progress(call->progress_user, call->sends ? sent : received, call->total);
}

static bool is_good(const struct vc_client_call *call, unsigned status)
{
    for (size_t i = 0; i < VC_COUNT(call->good); i++) {
        if (call->good[i] != 0 && call->good[i] == status)
            return true;
    }
    return false;
}

static enum vc_code pulse(void *user, struct vc_err *err)
{
    return vc_client_stay(user, err);
}

enum vcc_status vc_client_call(struct vcc_client *client, struct vc_client_call *call,
                               struct vc_http_answer *answer, struct vcc_error *error)
{
    struct vcc_error problem;
    struct vc_err err = {};

    if (call->http.idle_timeout_ms == 0)
        call->http.idle_timeout_ms = client->timeout_ms;
    if (call->progress != nullptr) {
        call->http.progress = on_progress;
        call->http.progress_user = call;
    }
    call->http.pulse = pulse;
    call->http.pulse_user = client;
    enum vc_code code = vc_client_stay(client, &err);

    if (code == VC_OK)
        code = vc_http_client_call(client->http, &call->http, answer, &err);
    if (code == VC_MALFORMED) /* of the peer's answer, not of the caller's arguments */
        return vc_report(error, VCC_FAILED, &err);
    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    if (is_good(call, answer->status))
        return VCC_OK;
    vc_problem_read(answer->status, vc_buffer_bytes(&answer->body), &problem);
    if (error != nullptr)
        *error = problem;
    return problem.status;
}

enum vc_code vc_client_file_target(const char *path, struct vc_buffer *target, struct vc_err *err)
{
    char canonical[VC_PATH_MAX];
    enum vc_code code = vc_path_canonical(path, canonical, err);

    if (code != VC_OK)
        return vc_fail(err, VC_MALFORMED, "\"%.64s\" is no path in a container", path);
    code = vc_buffer_append_text(target, "/v1/files", err);
    return code == VC_OK ? vc_http_encode_path(canonical, target, err) : code;
}
