/* SPDX-License-Identifier: MIT */

#include "platform/sev_guest.h"

#include <linux/sev-guest.h>
#include <string.h>
#include <sys/ioctl.h>

const char VC_SEV_GUEST_PATH[] = "/dev/sev-guest";

static constexpr uint8_t MESSAGE_VERSION = 1;
static constexpr size_t TABLE_SIZE_MAX = 0x4000; /* the kernel takes no larger one; whole pages */
static constexpr size_t REPORT_SIZE = 0x4A0;
static constexpr size_t REPORT_DATA_OFFSET = 0x50;

/* AMD 56860, table 25: what the firmware answers, before the report. */
struct answer_head {
    uint32_t status;
    uint32_t report_size;
    uint8_t reserved[24];
};

/* GHCB specification, table of certificates: one of these each, then one of zeros, then the
 * certificates. */
struct table_entry {
    uint8_t kind[16];
    uint32_t offset; /* from the table's begin */
    uint32_t size;
};

struct exchange {
    struct snp_ext_report_req request;
    struct snp_report_resp answer;
    struct vc_buffer table;
};

static void exchange_done(struct exchange *exchange)
{
    vc_buffer_done(&exchange->table);
}

/* Who refused, where the kernel could reach the firmware at all. */
static enum vc_code explain(const struct snp_guest_request_ioctl *call, enum vc_code code,
                            struct vc_err *err)
{
    if (call->vmm_error == SNP_GUEST_VMM_ERR_BUSY)
        return vc_fail_in(err, VC_STATE, "the host asks to come again later");
    if (call->vmm_error != 0)
        return vc_fail_in(err, code, "the host refuses, error %u", call->vmm_error);
    if (call->fw_error != 0)
        return vc_fail_in(err, code, "the processor's firmware refuses, status 0x%x",
                          call->fw_error);
    return code;
}

/* With the table if the host has one that fits; a longer one is left away, since whoever verifies
 * may have those certificates from elsewhere. */
static enum vc_code ask(const struct vc_device *device, struct exchange *exchange,
                        struct vc_err *err)
{
    struct snp_guest_request_ioctl call = {.msg_version = MESSAGE_VERSION,
                                           .req_data = (uintptr_t)&exchange->request,
                                           .resp_data = (uintptr_t)&exchange->answer};
    enum vc_code code =
        vc_device_request(device, VC_SEV_GUEST_PATH, SNP_GET_EXT_REPORT, &call, err);

    if (code != VC_OK && call.vmm_error == SNP_GUEST_VMM_ERR_INVALID_LEN) {
        exchange->table.size = 0;
        call = (struct snp_guest_request_ioctl){.msg_version = MESSAGE_VERSION,
                                                .req_data = (uintptr_t)&exchange->request.data,
                                                .resp_data = (uintptr_t)&exchange->answer};
        code = vc_device_request(device, VC_SEV_GUEST_PATH, SNP_GET_REPORT, &call, err);
    }
    return code == VC_OK ? VC_OK : explain(&call, code, err);
}

static enum vc_code take_report(const struct exchange *exchange, struct vc_buffer *evidence,
                                struct vc_err *err)
{
    const uint8_t *report = exchange->answer.data + sizeof(struct answer_head);
    struct answer_head head;

    memcpy(&head, exchange->answer.data, sizeof(head));
    if (head.status != 0)
        return vc_fail(err, VC_HOST, "%s: the processor's firmware refuses, status 0x%x",
                       VC_SEV_GUEST_PATH, head.status);
    if (head.report_size != REPORT_SIZE)
        return vc_fail(err, VC_MALFORMED, "%s: report of %u bytes, %zu wanted", VC_SEV_GUEST_PATH,
                       head.report_size, REPORT_SIZE);
    if (memcmp(report + REPORT_DATA_OFFSET, exchange->request.data.user_data,
               sizeof(exchange->request.data.user_data)) != 0)
        return vc_fail(err, VC_MALFORMED, "%s: the report is of other data than was given",
                       VC_SEV_GUEST_PATH);
    return vc_buffer_append(evidence, (struct vc_bytes){report, REPORT_SIZE}, err);
}

/* How much of the memory that was offered is the table: up to the end of what lies last in it. 0:
 * the host has none. */
static enum vc_code measure_table(const struct vc_buffer *table, size_t *size, struct vc_err *err)
{
    static const struct table_entry end = {};
    size_t last = 0;

    for (size_t at = 0; at + sizeof(end) <= table->size; at += sizeof(end)) {
        struct table_entry entry;
        size_t head = at + 2 * sizeof(entry); /* with the end's */

        memcpy(&entry, table->data + at, sizeof(entry));
        if (memcmp(&entry, &end, sizeof(end)) == 0) {
            *size = last;
            return VC_OK;
        }
        if (entry.offset > table->size || entry.size > table->size - entry.offset)
            return vc_fail(err, VC_MALFORMED,
                           "%s: table of certificates: %u bytes at %u, in a table of %zu",
                           VC_SEV_GUEST_PATH, entry.size, entry.offset, table->size);
        if (last < head)
            last = head;
        if (last < (size_t)entry.offset + entry.size)
            last = (size_t)entry.offset + entry.size;
    }
    if (table->size == 0) { /* it was left away */
        *size = 0;
        return VC_OK;
    }
    return vc_fail(err, VC_MALFORMED, "%s: table of certificates without an end",
                   VC_SEV_GUEST_PATH);
}

static enum vc_code prepare(struct exchange *exchange, const uint8_t data[VC_SHA512_SIZE],
                            struct vc_err *err)
{
    enum vc_code code = vc_buffer_reserve(&exchange->table, TABLE_SIZE_MAX, err);

    if (code != VC_OK)
        return code;
    memset(exchange->table.data, 0, TABLE_SIZE_MAX);
    exchange->table.size = TABLE_SIZE_MAX;
    memcpy(exchange->request.data.user_data, data, VC_SHA512_SIZE);
    exchange->request.certs_address = (uintptr_t)exchange->table.data;
    exchange->request.certs_len = TABLE_SIZE_MAX;
    return VC_OK;
}

enum vc_code vc_sev_guest_produce(const struct vc_device *device,
                                  const uint8_t data[VC_SHA512_SIZE], struct vc_buffer *evidence,
                                  struct vc_err *err)
{
    vc_cleanup(exchange_done) struct exchange exchange = {};
    size_t before = evidence->size;
    size_t table_size = 0;
    enum vc_code code = prepare(&exchange, data, err);

    if (code == VC_OK)
        code = ask(device, &exchange, err);
    if (code == VC_OK)
        code = measure_table(&exchange.table, &table_size, err);
    if (code == VC_OK)
        code = take_report(&exchange, evidence, err);
    if (code == VC_OK)
        code = vc_buffer_append(evidence, (struct vc_bytes){exchange.table.data, table_size}, err);
    if (code != VC_OK)
        evidence->size = before;
    return code;
}
