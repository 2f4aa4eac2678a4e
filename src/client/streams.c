/* SPDX-License-Identifier: MIT */

/* The streams of a container, and leaving one. */

#include "client/receive.h"
#include "client/report.h"
#include "client/session_internal.h"
#include "client/stream_list.h"
#include "client/stream_party.h"

static constexpr unsigned HTTP_NO_CONTENT = 204;

enum vcc_status vcc_stream_leave(vcc_client *client, const char *stream, struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    struct vc_stream_party end;
    enum vcc_status status = vc_stream_party_init(&end, client, stream, nullptr, error);

    if (status != VCC_OK)
        return status;
    struct vc_client_call call = {.http = {.method = "DELETE", .target = end.target},
                                  .good = {HTTP_NO_CONTENT}};

    return vc_client_call(client, &call, &answer, error);
}

static enum vc_code check_list(const struct vc_policy *, struct vc_bytes text, struct vc_err *err)
{
    return vc_stream_list_check(text, err);
}

enum vcc_status vcc_streams(vcc_client *client, char **json, struct vcc_error *error)
{
    static const struct vc_question question = {
        .target = "/v1/streams",
        .about = "the container's list of streams",
        .size_max = VC_STREAM_LIST_SIZE_MAX,
        .too_large = "more than a list of streams can have",
        .check = check_list,
    };

    return vc_receive_checked(client, &question, json, error);
}
