/* SPDX-License-Identifier: MIT */

/* The container's receipt for this principal, fetched and checked. */

#ifndef VC_CLIENT_RECEIPT_FETCH_H
#define VC_CLIENT_RECEIPT_FETCH_H

#include "client/session_internal.h"
#include "journal/receipt.h"

struct vc_fetched_receipt {
    struct vc_buffer json;      /* as it came */
    struct vc_receipt *receipt; /* borrows the client's policy */
};

/* Its entries from the `since`-th on. VCC_UNTRUSTED: it proves nothing, and why. VCC_MALFORMED:
 * there are not so many entries. */
enum vcc_status vc_receipt_fetch(struct vcc_client *client, uint64_t since,
                                 struct vc_fetched_receipt *fetched, struct vcc_error *error);
void vc_fetched_receipt_done(struct vc_fetched_receipt *fetched);

#endif
