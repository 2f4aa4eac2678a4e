/* SPDX-License-Identifier: MIT */

/* The files of a container: put, append, get, list, delete. */

#include <stdlib.h>
#include <string.h>

#include "client/listing.h"
#include "client/receive.h"
#include "client/report.h"
#include "client/session_internal.h"
#include "client/source.h"

static constexpr uint64_t GET_BYTES_MAX = 1 << 30;    /* public header */
static constexpr uint64_t LISTING_SIZE_MAX = 1 << 26; /* bytes of JSON: 65,536 entries fit */

static constexpr unsigned HTTP_CREATED = 201;
static constexpr unsigned HTTP_NO_CONTENT = 204;

/* Sends `source` to `path`; the call says how. */
static enum vcc_status send_source(struct vcc_client *client, const char *path,
                                   const struct vc_http_source *source, struct vc_client_call *call,
                                   struct vcc_error *error)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer target = {};
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    struct vc_err err = {};
    enum vc_code code = vc_client_file_target(path, &target, &err);

    if (code == VC_OK)
        code = vc_buffer_append(&target, VC_BYTES(""), &err);
    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    call->http.target = (const char *)target.data;
    call->http.source = source;
    call->sends = true;
    call->good[0] = HTTP_CREATED;
    call->good[1] = HTTP_NO_CONTENT;
    return vc_client_call(client, call, &answer, error);
}

/* NOLINTNEXTLINE(readability-function-size): the public header's parameters */
enum vcc_status vcc_put_file(vcc_client *client, const char *local_path, const char *path,
                             vcc_progress *progress, void *user, struct vcc_error *error)
{
    vc_cleanup(vc_local_source_done) struct vc_local_source source = {.fd = -1};
    struct vc_err err = {};
    enum vc_code code =
        vc_local_source_open(local_path, client->policy->storage.file_bytes, &source, &err);

    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    struct vc_client_call call = {.http = {.method = "PUT"},
                                  .progress = progress,
                                  .progress_user = user,
                                  .total = source.http.size};

    return send_source(client, path, &source.http, &call, error);
}

static enum vcc_status send_bytes(struct vcc_client *client, const char *method,
                                  struct vc_bytes bytes, const char *path, struct vcc_error *error)
{
    const struct vc_http_source source = {.bytes = bytes};
    struct vc_client_call call = {.http = {.method = method}};

    return send_source(client, path, &source, &call, error);
}

enum vcc_status vcc_put_bytes(vcc_client *client, const void *data, size_t size, const char *path,
                              struct vcc_error *error)
{
    return send_bytes(client, "PUT", (struct vc_bytes){data, size}, path, error);
}

enum vcc_status vcc_append_bytes(vcc_client *client, const void *data, size_t size,
                                 const char *path, struct vcc_error *error)
{
    return send_bytes(client, "POST", (struct vc_bytes){data, size}, path, error);
}

/* Fetches the file or directory `path` into what the reception names. */
static enum vcc_status fetch(struct vcc_client *client, const char *path,
                             struct vc_reception *reception, struct vcc_error *error)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer target = {};
    struct vc_err err = {};
    enum vc_code code = vc_client_file_target(path, &target, &err);

    if (code == VC_OK)
        code = vc_buffer_append(&target, VC_BYTES(""), &err);
    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    return vc_receive(client, (const char *)target.data, reception, error);
}

static enum vcc_status fail_directory(const char *path, struct vcc_error *error)
{
    struct vc_err err = {};

    return vc_report_code(
        error, vc_fail(&err, VC_MALFORMED, "%.200s is a directory: list it instead", path), &err);
}

/* NOLINTNEXTLINE(readability-function-size): the public header's parameters */
enum vcc_status vcc_get_file(vcc_client *client, const char *path, const char *local_path,
                             vcc_progress *progress, void *user, struct vcc_error *error)
{
    vc_cleanup(vc_local_target_done) struct vc_local_target file = {.fd = -1};
    struct vc_reception reception = {.call = {.progress = progress, .progress_user = user},
                                     .file = &file,
                                     .size_max = UINT64_MAX};
    struct vc_err err = {};
    enum vc_code code = vc_local_target_open(local_path, &file, &err);

    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    enum vcc_status status = fetch(client, path, &reception, error);

    if (status != VCC_OK)
        return status;
    if (!reception.is_file)
        return fail_directory(path, error);
    code = vc_local_target_commit(&file, &err);
    return code == VC_OK ? VCC_OK : vc_report_code(error, code, &err);
}

enum vcc_status vcc_get_bytes(vcc_client *client, const char *path, void **data, size_t *size,
                              struct vcc_error *error)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer memory = {};
    struct vc_reception reception = {.memory = &memory,
                                     .size_max = GET_BYTES_MAX,
                                     .too_large =
                                         "more than fits into memory here; get it as a file"};
    enum vcc_status status = fetch(client, path, &reception, error);

    if (status != VCC_OK)
        return status;
    if (!reception.is_file)
        return fail_directory(path, error);
    *size = memory.size;
    *data = vc_take(memory.data);
    memory = (struct vc_buffer){};
    return VCC_OK;
}

enum vcc_status vcc_list(vcc_client *client, const char *path, char **json, struct vcc_error *error)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer memory = {};
    struct vc_reception reception = {.memory = &memory,
                                     .size_max = LISTING_SIZE_MAX,
                                     .too_large = "a file, or more than a listing can have"};
    struct vc_err err = {};
    enum vcc_status status = fetch(client, path, &reception, error);

    if (status != VCC_OK)
        return status;
    if (reception.is_file) {
        return vc_report_code(
            error, vc_fail(&err, VC_MALFORMED, "%.200s is a file, not a directory", path), &err);
    }
    if (vc_listing_check(vc_buffer_bytes(&memory), &err) != VC_OK) {
        (void)vc_fail_in(&err, err.code, "the container's listing");
        return vc_report(error, VCC_FAILED, &err);
    }
    *json = (char *)vc_take(memory.data);
    memory = (struct vc_buffer){};
    return VCC_OK;
}

enum vcc_status vcc_delete(vcc_client *client, const char *path, struct vcc_error *error)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer target = {};
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    struct vc_err err = {};
    enum vc_code code = vc_client_file_target(path, &target, &err);

    if (code == VC_OK)
        code = vc_buffer_append(&target, VC_BYTES(""), &err);
    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    struct vc_client_call call = {
        .http = {.method = "DELETE", .target = (const char *)target.data},
        .good = {HTTP_NO_CONTENT},
    };

    return vc_client_call(client, &call, &answer, error);
}
