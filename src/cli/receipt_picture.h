/* SPDX-License-Identifier: MIT */

/* The story of a receipt as a picture. */

#ifndef VC_CLI_RECEIPT_PICTURE_H
#define VC_CLI_RECEIPT_PICTURE_H

#include "client/receipt_set.h"

/* Appends one SVG (1.1, UTF-8): a line down for each principal and program that does something, and
 * the container; from top to bottom each entry that the receipt shows, at the line of who did it,
 * with what it says; a program's runs as bars. */
enum vc_code vc_receipt_picture(const struct vc_receipt_item *item, struct vc_buffer *text,
                                struct vc_err *err);

#endif
