/* SPDX-License-Identifier: MIT */

#include "worker/key_records.h"

#include <string.h>

#include "base/reader.h"
#include "base/utf8.h"

/* Both ends are one machine: numbers are in its byte order, but may stand anywhere. */
struct records {
    struct vc_reader reader;
    const struct vc_key_records_ops *ops;
    void *user;
    size_t receiver_count, key_count;
};

static enum vc_code malformed(const struct records *records, struct vc_err *err)
{
    return vc_fail(err, VC_MALFORMED, "keys: at byte %zu", records->reader.offset);
}

/* Copies the head of a record out; zeros once the reader has failed. */
static void read_head(struct vc_reader *reader, void *head, size_t size)
{
    struct vc_bytes run = vc_read_run(reader, size);

    memset(head, 0, size);
    if (run.size == size)
        memcpy(head, run.data, size);
}

static bool is_name(struct vc_bytes name)
{
    return name.size > 0 && name.size <= VC_KEY_RECORDS_NAME_MAX && vc_utf8_valid(name) &&
           memchr(name.data, '\0', name.size) == nullptr;
}

static enum vc_code take_receiver(struct records *records, struct vc_err *err)
{
    struct vc_keystore_receiver head;

    read_head(&records->reader, &head, sizeof(head));
    struct vc_bytes name = vc_read_run(&records->reader, head.name_size);
    struct vc_bytes certificate = vc_read_run(&records->reader, head.certificate_size);

    if (records->reader.failed || head.reserved != 0 || records->key_count > 0 || !is_name(name) ||
        certificate.size == 0 || certificate.size > VC_KEY_RECORDS_CERTIFICATE_MAX ||
        records->receiver_count >= VC_KEY_RECORDS_RECEIVERS_MAX)
        return malformed(records, err);
    records->receiver_count++;
    return records->ops->receiver(records->user, name, certificate, err);
}

/* Numbers of receivers, aligned, each of one that there is. */
static bool read_receivers(struct records *records, size_t count, uint32_t *receivers)
{
    if (count > records->receiver_count)
        return false;
    for (size_t i = 0; i < count; i++) {
        read_head(&records->reader, &receivers[i], sizeof(receivers[i]));
        if (receivers[i] >= records->receiver_count)
            return false;
    }
    return !records->reader.failed;
}

static enum vc_code take_key(struct records *records, struct vc_err *err)
{
    uint32_t receivers[VC_KEY_RECORDS_RECEIVERS_MAX];
    struct vc_keystore_key head;

    read_head(&records->reader, &head, sizeof(head));
    if (!read_receivers(records, head.receiver_count, receivers))
        return malformed(records, err);
    struct vc_psa_given given = {.attributes = head.attributes,
                                 .receivers = receivers,
                                 .receiver_count = head.receiver_count,
                                 .wraps_freely = head.wraps_freely != 0};

    given.material = vc_read_run(&records->reader, head.material_size);
    struct vc_bytes name = vc_read_run(&records->reader, head.name_size);

    if (records->reader.failed || head.wraps_freely > 1 || !is_name(name) ||
        head.attributes.reserved != 0 || given.material.size == 0 ||
        given.material.size > VC_PSA_KEY_BYTES_MAX || records->key_count >= VC_PSA_KEYS_MAX)
        return malformed(records, err);
    records->key_count++;
    return records->ops->key(records->user, name, &given, err);
}

/* What the next record is, which its head says again. */
static uint32_t peek_kind(const struct records *records)
{
    struct vc_reader ahead = records->reader;
    uint32_t kind;

    read_head(&ahead, &kind, sizeof(kind));
    return kind;
}

enum vc_code vc_key_records_take(struct vc_bytes file, const struct vc_key_records_ops *ops,
                                 void *user, struct vc_err *err)
{
    struct records records = {.reader = vc_reader_over(file), .ops = ops, .user = user};

    while (vc_reader_left(&records.reader) > 0) {
        enum vc_code code = VC_OK;

        switch (peek_kind(&records)) {
        case VC_KEYSTORE_RECEIVER:
            code = take_receiver(&records, err);
            break;
        case VC_KEYSTORE_KEY:
            code = take_key(&records, err);
            break;
        default:
            code = malformed(&records, err);
        }
        if (code != VC_OK)
            return code;
    }
    return vc_reader_done(&records.reader) ? VC_OK : malformed(&records, err);
}
