/* SPDX-License-Identifier: MIT */

/* Receives answers of any size. */

#include "client/receive.h"

#include "client/report.h"

static constexpr unsigned HTTP_OK = 200;

static enum vc_code begin(void *user, unsigned status, uint64_t size, bool size_known,
                          struct vc_err *err)
{
    struct vc_reception *reception = user;

    if (status >= 400)
        return VC_OK;
    if (status != HTTP_OK) /* nobody asked for a part */
        return vc_fail(err, VC_CLOSED, "the container answered with status %u", status);
    if (size_known && size > reception->size_max) {
        return vc_fail(err, VC_LIMIT, "%llu bytes: %s", (unsigned long long)size,
                       reception->too_large);
    }
    reception->call.total = size_known ? size : 0;
    if (reception->memory == nullptr || !size_known)
        return VC_OK;
    return vc_buffer_reserve(reception->memory, (size_t)size + 1, err);
}

static enum vc_code receive(void *user, struct vc_bytes piece, struct vc_err *err)
{
    struct vc_reception *reception = user;

    if (reception->memory == nullptr)
        return vc_local_target_write(reception->file, piece, err);
    if (piece.size > reception->size_max - reception->memory->size) {
        return vc_fail(err, VC_LIMIT, "more than %llu bytes",
                       (unsigned long long)reception->size_max);
    }
    return vc_buffer_append(reception->memory, piece, err);
}

static enum vcc_status end_with_nul(struct vc_buffer *memory, struct vcc_error *error)
{
    struct vc_err err = {};
    enum vc_code code = vc_buffer_reserve(memory, 1, &err);

    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    memory->data[memory->size] = '\0';
    return VCC_OK;
}

enum vcc_status vc_receive(struct vcc_client *client, const char *target,
                           struct vc_reception *reception, struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    char tag[80];

    reception->sink = (struct vc_http_sink){.begin = begin, .write = receive, .user = reception};
    reception->call.http.method = "GET";
    reception->call.http.target = target;
    reception->call.http.sink = &reception->sink;
    reception->call.good[0] = HTTP_OK;
    enum vcc_status status = vc_client_call(client, &reception->call, &answer, error);

    if (status != VCC_OK)
        return status;
    reception->is_file = vc_http_answer_field(&answer, "etag", tag, sizeof(tag));
    return reception->memory != nullptr ? end_with_nul(reception->memory, error) : VCC_OK;
}

enum vcc_status vc_receive_checked(struct vcc_client *client, const struct vc_question *question,
                                   char **json, struct vcc_error *error)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer memory = {};
    struct vc_reception reception = {
        .memory = &memory, .size_max = question->size_max, .too_large = question->too_large};
    struct vc_err err = {};
    enum vcc_status status = vc_receive(client, question->target, &reception, error);

    if (status != VCC_OK)
        return status;
    enum vc_code code = question->check(client->policy, vc_buffer_bytes(&memory), &err);

    if (code != VC_OK) {
        (void)vc_fail_in(&err, code, "%s", question->about);
        return vc_report(error, code == VC_UNTRUSTED ? VCC_UNTRUSTED : VCC_FAILED, &err);
    }
    *json = (char *)vc_take(memory.data);
    memory = (struct vc_buffer){};
    return VCC_OK;
}
