/* SPDX-License-Identifier: MIT */

/* What receipts say, as JSON for the client's user (veracruz/client.h). */

#ifndef VC_CLIENT_RECEIPT_JSON_H
#define VC_CLIENT_RECEIPT_JSON_H

#include "client/receipt_set.h"

/* Appends the object of vcc_journal. */
enum vc_code vc_receipt_json_journal(const struct vc_receipt *receipt, struct vc_buffer *json,
                                     struct vc_err *err);
/* Appends the object of vcc_receipt_verify. */
enum vc_code vc_receipt_json_set(const struct vc_receipt_set *set, struct vc_buffer *json,
                                 struct vc_err *err);
/* {"entry": {…}, "details": {…}}, in an array or (with an empty writer) alone; `details` may be
 * null. */
enum vc_code vc_receipt_json_entry(struct vc_json_writer *writer,
                                   const struct vc_json_place *fields,
                                   const struct vc_json_place *details, struct vc_err *err);

#endif
