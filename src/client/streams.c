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

enum vcc_status vcc_streams(vcc_client *client, char **json, struct vcc_error *error)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer memory = {};
    struct vc_reception reception = {.memory = &memory,
                                     .size_max = VC_STREAM_LIST_SIZE_MAX,
                                     .too_large = "more than a list of streams can have"};
    struct vc_err err = {};
    enum vcc_status status = vc_receive(client, "/v1/streams", &reception, error);

    if (status != VCC_OK)
        return status;
    enum vc_code code = vc_stream_list_check(vc_buffer_bytes(&memory), &err);

    if (code != VC_OK) {
        (void)vc_fail_in(&err, code, "the container's list of streams");
        return vc_report(error, VCC_FAILED, &err);
    }
    *json = (char *)vc_take(memory.data);
    memory = (struct vc_buffer){};
    return VCC_OK;
}
