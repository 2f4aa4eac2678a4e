/* SPDX-License-Identifier: MIT */

/* Receipts as the container makes them: signed first, then written as fast as they are taken. */

#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "journal/receipt_internal.h"

static constexpr int64_t FORMAT = 1;

static enum vc_code fill_node(const struct vc_cert *certificate, struct vc_receipt_head *head,
                              struct vc_err *err)
{
    struct vc_attested attested;
    struct vc_bytes extension;
    enum vc_code code = vc_cert_extension(certificate, VC_ATTESTED_OID, &extension, err);

    static_assert(sizeof(head->node) == sizeof(attested.node));
    if (code == VC_OK)
        code = vc_attested_parse(extension, &attested, err);
    if (code != VC_OK)
        return code;
    memcpy(head->node, attested.node, sizeof(head->node));
    head->incarnation = attested.incarnation;
    return VC_OK;
}

static enum vc_code make_head(struct vc_journal *journal, const struct vc_receipt_signer *signer,
                              struct vc_receipt_head *head, struct vc_err *err)
{
    enum vc_code code = fill_node(signer->certificate, head, err);

    if (code == VC_OK)
        code = vc_force_digest(signer->force, head->in_force, err);
    if (code != VC_OK)
        return code;
    memcpy(head->container, vc_journal_id(journal), sizeof(head->container));
    head->size = vc_journal_size(journal);
    vc_journal_root(journal, head->root);
    head->time = vc_journal_time(journal, signer->now);
    return vc_receipt_head_sign(head, vc_force_policy(signer->force)->hash, signer->key, err);
}

/* For one who is off-line: nobody is there to whom the log should show that it grew. */
static void put_log(struct vc_json_writer *writer, const struct vc_log_receipt *log)
{
    struct vc_log_receipt alone = *log;

    alone.since = 0;
    alone.growth.count = 0;
    vc_log_receipt_write(writer, "log", &alone);
}

static enum vc_code write_frame(const struct vc_receipt_signer *signer, uint64_t since,
                                const struct vc_receipt_head *head, struct vc_buffer *json,
                                struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer certificate = {};
    struct vc_json_writer writer = vc_json_writer_over(json);
    char hash[2 * VC_SHA256_SIZE + 1];
    enum vc_code code = vc_base64_encode(vc_cert_der(signer->certificate), &certificate, err);

    if (code != VC_OK)
        return code;
    vc_hex_encode((struct vc_bytes){vc_force_policy(signer->force)->hash, VC_SHA256_SIZE}, hash);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_integer(&writer, "format", FORMAT);
    vc_json_put_string(&writer, "policy", hash);
    vc_receipt_head_write(&writer, "head", head);
    vc_json_put_bytes(&writer, "certificate", vc_buffer_bytes(&certificate));
    put_log(&writer, signer->log);
    vc_json_put_integer(&writer, "since", (int64_t)since);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

enum vc_code vc_receipt_begin(struct vc_journal *journal, size_t principal, uint64_t since,
                              const struct vc_receipt_signer *signer,
                              struct vc_receipt_writer *writer, struct vc_buffer *json,
                              struct vc_err *err)
{
    struct vc_receipt_writer made = {.journal = journal};
    struct vc_receipt_head head = {};
    size_t start = json->size;
    enum vc_code code = vc_journal_cut_init(journal, principal, since, &made.cut, err);

    if (code == VC_OK)
        code = make_head(journal, signer, &head, err);
    if (code == VC_OK)
        code = write_frame(signer, since, &head, json, err);
    if (code != VC_OK)
        return code;
    json->size--; /* the object goes on */
    code = vc_buffer_append_text(json, ",\"entries\":[", err);
    if (code == VC_OK)
        *writer = made;
    else
        json->size = start;
    return code;
}

enum vc_code vc_receipt_next(struct vc_receipt_writer *writer, struct vc_buffer *json,
                             struct vc_err *err)
{
    size_t start = json->size;
    bool last = writer->cut.at == writer->cut.size;
    enum vc_code code = VC_OK;

    if (writer->ended)
        return VC_OK;
    if (last)
        code = vc_buffer_append_text(json, "]}", err);
    else if (writer->cut.at > 0)
        code = vc_buffer_append_text(json, ",", err);
    if (code == VC_OK && !last)
        code = vc_journal_cut_next(writer->journal, &writer->cut, json, err);
    if (code != VC_OK)
        json->size = start;
    else
        writer->ended = last;
    return code;
}

enum vc_code vc_receipt_write(struct vc_journal *journal, size_t principal, uint64_t since,
                              const struct vc_receipt_signer *signer, struct vc_buffer *json,
                              struct vc_err *err)
{
    struct vc_receipt_writer writer = {};
    size_t start = json->size;
    enum vc_code code = vc_receipt_begin(journal, principal, since, signer, &writer, json, err);

    while (code == VC_OK && !writer.ended)
        code = vc_receipt_next(&writer, json, err);
    if (code != VC_OK)
        json->size = start;
    return code;
}
