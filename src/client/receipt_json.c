/* SPDX-License-Identifier: MIT */

#include "client/receipt_json.h"

#include "base/hex.h"
#include "base/instant.h"
#include "codec/json_copy.h"

static void put_digest(struct vc_json_writer *writer, const char *key, const uint8_t *digest)
{
    char hex[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode((struct vc_bytes){digest, VC_SHA256_SIZE}, hex);
    vc_json_put_string(writer, key, hex);
}

static void put_time(struct vc_json_writer *writer, const char *key, int64_t seconds)
{
    char text[VC_INSTANT_TEXT_MAX];

    vc_instant_format(seconds, text);
    vc_json_put_string(writer, key, text);
}

/* ---- entries ---- */

enum vc_code vc_receipt_json_entry(struct vc_json_writer *writer,
                                   const struct vc_json_place *fields,
                                   const struct vc_json_place *details, struct vc_err *err)
{
    vc_json_open_object(writer, nullptr);
    enum vc_code code = vc_json_copy(writer, "entry", fields, err);

    if (code == VC_OK && details != nullptr)
        code = vc_json_copy(writer, "details", details, err);
    vc_json_close_object(writer);
    return code;
}

static enum vc_code put_entry(void *user, const struct vc_entry_seen *,
                              const struct vc_json_place *fields,
                              const struct vc_json_place *details, struct vc_err *err)
{
    return vc_receipt_json_entry(user, fields, details, err);
}

static enum vc_code put_entries(struct vc_json_writer *writer, const struct vc_receipt *receipt,
                                struct vc_err *err)
{
    vc_json_open_array(writer, "entries");
    enum vc_code code = vc_receipt_each(receipt, put_entry, writer, err);

    vc_json_close_array(writer);
    return code;
}

static void put_head(struct vc_json_writer *writer, const struct vc_receipt *receipt)
{
    const struct vc_receipt_head *head = vc_receipt_head(receipt);

    put_digest(writer, "container", head->container);
    put_digest(writer, "policy", vc_receipt_attested(receipt)->policy_hash);
    vc_json_put_integer(writer, "size", (int64_t)head->size);
    put_digest(writer, "root", head->root);
    put_digest(writer, "in_force", head->in_force);
    put_time(writer, "time", head->time);
    vc_json_put_integer(writer, "since", (int64_t)vc_receipt_since(receipt));
}

enum vc_code vc_receipt_json_journal(const struct vc_receipt *receipt, struct vc_buffer *json,
                                     struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(json);

    vc_json_open_object(&writer, nullptr);
    put_head(&writer, receipt);
    enum vc_code code = put_entries(&writer, receipt, err);

    vc_json_close_object(&writer);
    return code == VC_OK ? vc_json_write_end(&writer, err) : code;
}

/* ---- receipts ---- */

/* What the certificate says the container was. */
static void put_attested(struct vc_json_writer *writer, const struct vc_attested *attested)
{
    char hex[2 * VC_OCTETS_MAX + 1];

    vc_json_put_string(writer, "platform", vc_platform_name(attested->platform));
    vc_json_put_string(writer, "label", vc_platform_label(attested->platform));
    vc_json_put_string(writer, "isolation",
                       vc_isolation_name(vc_platform_isolation(attested->platform)));
    vc_octets_hex(&attested->measurement, hex);
    vc_json_put_string(writer, "measurement", hex);
    vc_octets_hex(&attested->machine, hex);
    vc_json_put_string(writer, "machine", hex);
    vc_json_put_string(writer, "tcb_status", vc_tcb_status_name(attested->tcb_status));
    vc_json_put_string(writer, "node", attested->node);
    vc_json_put_integer(writer, "incarnation", (int64_t)attested->incarnation);
    put_digest(writer, "evidence", attested->evidence_hash);
    put_time(writer, "verified_at", attested->verified_at);
}

static enum vc_code put_item(struct vc_json_writer *writer, const struct vc_receipt_item *item,
                             struct vc_err *err)
{
    vc_json_open_object(writer, nullptr);
    vc_json_put_string(writer, "file", item->path);
    put_head(writer, item->receipt);
    put_attested(writer, vc_receipt_attested(item->receipt));
    enum vc_code code = put_entries(writer, item->receipt, err);

    vc_json_close_object(writer);
    return code;
}

static void put_pairs(struct vc_json_writer *writer, const struct vc_receipt_set *set)
{
    vc_json_open_array(writer, "comparisons");
    for (size_t i = 0; i < set->pair_count; i++) {
        const struct vc_receipt_pair *pair = &set->pairs[i];

        vc_json_open_object(writer, nullptr);
        vc_json_put_string(writer, "one", set->items[pair->one].path);
        vc_json_put_string(writer, "other", set->items[pair->other].path);
        vc_json_put_boolean(writer, "told", pair->told);
        vc_json_close_object(writer);
    }
    vc_json_close_array(writer);
}

enum vc_code vc_receipt_json_set(const struct vc_receipt_set *set, struct vc_buffer *json,
                                 struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(json);
    enum vc_code code = VC_OK;

    vc_json_open_object(&writer, nullptr);
    vc_json_open_array(&writer, "receipts");
    for (size_t i = 0; code == VC_OK && i < set->count; i++)
        code = put_item(&writer, &set->items[i], err);
    vc_json_close_array(&writer);
    put_pairs(&writer, set);
    vc_json_close_object(&writer);
    return code == VC_OK ? vc_json_write_end(&writer, err) : code;
}
