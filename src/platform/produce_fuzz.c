/* SPDX-License-Identifier: MIT */

/* Target: what devices answer, of which the host of a confidential machine writes a part. The first
 * byte chooses the device. Properties: evidence of snp begins with a report over the data that was
 * given and is no longer than report and table can be; a Nitro document lies within the answer. */

#include <linux/nsm.h>
#include <linux/sev-guest.h>
#include <stdlib.h>
#include <string.h>

#include "platform/nsm.h"
#include "platform/sev_guest.h"

enum { REPORT_SIZE = 1184, TABLE_SIZE = 0x4000, HEAD_SIZE = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int open_device(void *, const char *, int)
{
    return 3;
}

static int close_device(void *, int)
{
    return 0;
}

/* The head of the answer, then the table; the report is right. */
static int answer(void *user, int, unsigned long, void *argument)
{
    const struct vc_bytes *input = user;
    const struct snp_guest_request_ioctl *call = argument;
    const struct snp_ext_report_req *request =
        (const struct snp_ext_report_req *)(uintptr_t)call->req_data;
    struct snp_report_resp *response = (struct snp_report_resp *)(uintptr_t)call->resp_data;
    size_t head = input->size < HEAD_SIZE ? input->size : HEAD_SIZE;
    size_t table = input->size - head < TABLE_SIZE ? input->size - head : TABLE_SIZE;

    if (head > 0)
        memcpy(response->data, input->data, head);
    memcpy(response->data + HEAD_SIZE + 0x50, request->data.user_data, 64);
    if (table > 0)
        memcpy((void *)(uintptr_t)request->certs_address, input->data + head, table);
    return 0;
}

static void try_sev(struct vc_bytes input)
{
    struct vc_device device = {
        .open = open_device, .close = close_device, .ioctl = answer, .user = &input};
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    uint8_t given[VC_SHA512_SIZE] = {7, 7, 7};

    if (vc_sev_guest_produce(&device, given, &evidence, nullptr) != VC_OK)
        return;
    if (evidence.size < REPORT_SIZE || evidence.size > REPORT_SIZE + TABLE_SIZE ||
        memcmp(evidence.data + 0x50, given, sizeof(given)) != 0)
        abort();
}

static void try_nsm(struct vc_bytes input)
{
    struct vc_bytes document;

    if (vc_nsm_parse(input, &document, nullptr) == VC_OK &&
        (document.data < input.data || document.size == 0 ||
         document.data + document.size != input.data + input.size))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct vc_bytes rest = {data + 1, size - 1};

    if (data[0] % 2 == 0) {
        try_sev(rest);
    } else {
        try_nsm(rest);
    }
    return 0;
}
