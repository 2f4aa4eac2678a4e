/* SPDX-License-Identifier: MIT */

/* Receipts: saved, verified without any container, and linked to another container's journal; and
 * the journal that they prove. */

#include <string.h>

#include "base/file.h"
#include "base/hex.h"
#include "client/receipt_fetch.h"
#include "client/receipt_json.h"
#include "client/report.h"
#include "client/target.h"

static constexpr unsigned HTTP_CREATED = 201;

/* Hands the text out with a NUL behind it. */
static enum vcc_status give(struct vc_buffer *text, enum vc_code code, struct vc_err *err,
                            char **json, struct vcc_error *error)
{
    if (code == VC_OK)
        code = vc_buffer_append(text, VC_BYTES(""), err);
    if (code != VC_OK) /* what was checked can always be told, but for memory */
        return vc_report(error, VCC_FAILED, err);
    *json = (char *)vc_take(text->data);
    *text = (struct vc_buffer){};
    return VCC_OK;
}

enum vcc_status vcc_journal(vcc_client *client, uint64_t since, char **json,
                            struct vcc_error *error)
{
    vc_cleanup(vc_fetched_receipt_done) struct vc_fetched_receipt fetched = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_err err = {};
    enum vcc_status status = vc_receipt_fetch(client, since, &fetched, error);

    if (status != VCC_OK)
        return status;
    enum vc_code code = vc_receipt_json_journal(fetched.receipt, &text, &err);

    return give(&text, code, &err, json, error);
}

/* ---- saved ---- */

/* The receipt that is to be gone on from, as its file says it. */
static enum vcc_status load_old(const struct vcc_client *client, const char *path,
                                struct vc_fetched_receipt *old, struct vcc_error *error)
{
    struct vc_err err = {};
    enum vc_code code = vc_file_load(path, VC_RECEIPT_SIZE_MAX, &old->json, &err);

    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    code = vc_receipt_check(client->policy, vc_buffer_bytes(&old->json), &old->receipt, &err);
    if (code == VC_OK)
        return VCC_OK;
    (void)vc_fail_in(&err, code, "%s", path);
    return vc_report(error,
                     code == VC_UNTRUSTED || code == VC_REFUSED ? VCC_UNTRUSTED
                     : code == VC_MEMORY                        ? VCC_FAILED
                                                                : VCC_MALFORMED,
                     &err);
}

/* Did the container of the old one become that of the new one? */
static enum vcc_status check_growth(const struct vc_receipt *old, const struct vc_receipt *new_one,
                                    struct vcc_error *error)
{
    bool told = false;
    struct vc_err err = {};
    enum vc_code code = VC_OK;

    if (memcmp(vc_receipt_head(old)->container, vc_receipt_head(new_one)->container,
               VC_JOURNAL_ID_SIZE) != 0) {
        code = vc_fail(&err, VC_STATE,
                       "the older receipt is of another container: save one without it");
        return vc_report_code(error, code, &err);
    }
    code = vc_receipt_compare(old, new_one, &told, &err);
    if (code == VC_OK && !told)
        code = vc_fail(&err, VC_UNTRUSTED,
                       "the container's receipt does not show that it grew out of the older one");
    return code == VC_OK ? VCC_OK : vc_report_code(error, code, &err);
}

static enum vcc_status store(const char *path, struct vc_bytes bytes, struct vcc_error *error)
{
    vc_cleanup(vc_local_target_done) struct vc_local_target target = {.fd = -1};
    struct vc_err err = {};
    enum vc_code code = vc_local_target_open(path, &target, &err);

    if (code == VC_OK)
        code = vc_local_target_write(&target, bytes, &err);
    if (code == VC_OK)
        code = vc_local_target_commit(&target, &err);
    return code == VC_OK ? VCC_OK : vc_report_code(error, code, &err);
}

/* What came after the older one. A container that has not so many entries is another one, or lies;
 * which of them, its journal from the beginning tells. */
static enum vcc_status fetch_after(vcc_client *client, const struct vc_receipt *old,
                                   struct vc_fetched_receipt *fetched, struct vcc_error *error)
{
    struct vcc_error why = {};
    enum vcc_status status = vc_receipt_fetch(client, vc_receipt_head(old)->size, fetched, &why);

    if (status == VCC_MALFORMED || status == VCC_LIMIT)
        status = vc_receipt_fetch(client, 0, fetched, &why);
    if (status == VCC_OK)
        return check_growth(old, fetched->receipt, error);
    if (error != nullptr)
        *error = why;
    return status;
}

enum vcc_status vcc_receipt_save(vcc_client *client, const char *local_path, const char *since_path,
                                 struct vcc_error *error)
{
    vc_cleanup(vc_fetched_receipt_done) struct vc_fetched_receipt old = {};
    vc_cleanup(vc_fetched_receipt_done) struct vc_fetched_receipt fetched = {};
    enum vcc_status status = VCC_OK;

    if (since_path != nullptr)
        status = load_old(client, since_path, &old, error);
    if (status != VCC_OK)
        return status;
    status = old.receipt != nullptr ? fetch_after(client, old.receipt, &fetched, error)
                                    : vc_receipt_fetch(client, 0, &fetched, error);
    return status == VCC_OK ? store(local_path, vc_buffer_bytes(&fetched.json), error) : status;
}

/* ---- verified ---- */

enum vcc_status vcc_receipt_verify(const char *const *policy_paths, size_t policy_count,
                                   const char *const *receipt_paths, size_t receipt_count,
                                   char **json, struct vcc_error *error)
{
    vc_cleanup(vc_receipt_set_done) struct vc_receipt_set set = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    const struct vc_receipt_files files = {policy_paths, policy_count, receipt_paths,
                                           receipt_count};
    struct vc_err err = {};
    enum vcc_status status = vc_receipt_set_load(&files, &set, error);

    if (status != VCC_OK || json == nullptr)
        return status;
    enum vc_code code = vc_receipt_json_set(&set, &text, &err);

    return give(&text, code, &err, json, error);
}

/* ---- linked ---- */

static enum vc_code write_link(const struct vc_receipt_item *item, struct vc_buffer *body,
                               struct vc_err *err)
{
    const struct vc_receipt_head *head = vc_receipt_head(item->receipt);
    struct vc_json_writer writer = vc_json_writer_over(body);
    char container[2 * VC_JOURNAL_ID_SIZE + 1];
    char policy[2 * VC_SHA256_SIZE + 1];
    char root[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode(VC_BYTES(head->container), container);
    vc_hex_encode(VC_BYTES(item->policy->hash), policy);
    vc_hex_encode(VC_BYTES(head->root), root);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "container", container);
    vc_json_put_string(&writer, "policy", policy);
    vc_json_put_string(&writer, "root", root);
    vc_json_put_integer(&writer, "size", (int64_t)head->size);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

enum vcc_status vcc_receipt_link(vcc_client *client, const char *policy_path,
                                 const char *receipt_path, struct vcc_error *error)
{
    static const struct vc_http_field type = {"content-type", "application/json"};
    vc_cleanup(vc_receipt_set_done) struct vc_receipt_set set = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    const struct vc_receipt_files files = {&policy_path, 1, &receipt_path, 1};
    struct vc_http_source source = {};
    struct vc_err err = {};
    enum vcc_status status = vc_receipt_set_load(&files, &set, error);

    if (status != VCC_OK)
        return status;
    enum vc_code code = write_link(&set.items[0], &body, &err);

    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    source.bytes = vc_buffer_bytes(&body);
    struct vc_client_call call = {.http = {.method = "POST",
                                           .target = "/v1/journal/links",
                                           .fields = &type,
                                           .field_count = 1,
                                           .source = &source},
                                  .good = {HTTP_CREATED}};

    return vc_client_call(client, &call, &answer, error);
}
