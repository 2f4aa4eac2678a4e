/* SPDX-License-Identifier: MIT */

/* Receipts that were checked, for people. */

#ifndef VC_CLI_RECEIPT_REPORT_H
#define VC_CLI_RECEIPT_REPORT_H

#include "client/receipt_set.h"

/* Appends, for each: what the container was, who gave what, what ran, who got what, what was
 * narrowed, and the rest; then how the receipts stand to one another. */
enum vc_code vc_receipt_report(const struct vc_receipt_set *set, struct vc_buffer *text,
                               struct vc_err *err);

#endif
