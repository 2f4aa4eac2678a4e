/* SPDX-License-Identifier: MIT */

#include "client/receipt_fetch.h"

#include <inttypes.h>
#include <stdio.h>

#include "client/receive.h"
#include "client/report.h"

/* Parsed and checked, and it begins where it was to begin. */
static enum vc_code check(const struct vcc_client *client, uint64_t since,
                          struct vc_fetched_receipt *fetched, struct vc_err *err)
{
    enum vc_code code =
        vc_receipt_check(client->policy, vc_buffer_bytes(&fetched->json), &fetched->receipt, err);

    if (code == VC_OK && vc_receipt_since(fetched->receipt) != since)
        code = vc_fail(err, VC_UNTRUSTED,
                       "since: it begins with entry %" PRIu64 ", asked was for %" PRIu64,
                       vc_receipt_since(fetched->receipt), since);
    return code;
}

enum vcc_status vc_receipt_fetch(struct vcc_client *client, uint64_t since,
                                 struct vc_fetched_receipt *fetched, struct vcc_error *error)
{
    vc_cleanup(vc_fetched_receipt_done) struct vc_fetched_receipt made = {};
    struct vc_reception reception = {.memory = &made.json,
                                     .size_max = VC_RECEIPT_SIZE_MAX,
                                     .too_large = "more than a receipt can have"};
    char target[48] = "/v1/journal";
    struct vc_err err = {};

    if (since > 0)
        (void)snprintf(target, sizeof(target), "/v1/journal/%" PRIu64, since);
    enum vcc_status status = vc_receive(client, target, &reception, error);

    if (status != VCC_OK)
        return status;
    enum vc_code code = check(client, since, &made, &err);

    if (code != VC_OK) {
        (void)vc_fail_in(&err, code, "the container's receipt");
        return vc_report(error, code == VC_MEMORY ? VCC_FAILED : VCC_UNTRUSTED, &err);
    }
    *fetched = made;
    made = (struct vc_fetched_receipt){};
    return VCC_OK;
}

void vc_fetched_receipt_done(struct vc_fetched_receipt *fetched)
{
    vc_receipt_free(fetched->receipt);
    vc_buffer_done(&fetched->json);
    *fetched = (struct vc_fetched_receipt){};
}
