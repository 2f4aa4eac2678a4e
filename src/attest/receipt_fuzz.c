/* SPDX-License-Identifier: MIT */

/* Target: vc_log_receipt_parse. Properties: what parses is within its limits and is written as a
 * text that parses to the same. */

#include <stdlib.h>
#include <string.h>

#include "attest/transparency.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct vc_log_receipt *receipt)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_log_receipt back = {};
    struct vc_json_place root;
    struct vc_json_place place;

    vc_json_open_object(&writer, nullptr);
    vc_log_receipt_write(&writer, "receipt", receipt);
    vc_json_close_object(&writer);
    if (vc_json_write_end(&writer, nullptr) != VC_OK ||
        vc_json_parse(vc_buffer_bytes(&text), &json, nullptr) != VC_OK)
        abort();
    root = vc_json_root(json);
    if (vc_json_member(&root, "receipt", &place, nullptr) != VC_OK ||
        vc_log_receipt_parse(&place, &back, nullptr) != VC_OK ||
        memcmp(&back, receipt, sizeof(back)) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_log_receipt receipt = {};
    struct vc_json_place root;

    if (vc_json_parse((struct vc_bytes){data, size}, &json, nullptr) != VC_OK)
        return 0;
    root = vc_json_root(json);
    if (vc_log_receipt_parse(&root, &receipt, nullptr) != VC_OK)
        return 0;
    if (receipt.inclusion.count > VC_LOG_PROOF_MAX || receipt.growth.count > VC_LOG_PROOF_MAX ||
        receipt.index > VC_LOG_SIZE_MAX || receipt.head.size > VC_LOG_SIZE_MAX)
        abort();
    check_round_trip(&receipt);
    return 0;
}
