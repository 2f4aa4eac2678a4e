/* SPDX-License-Identifier: MIT */

/* Reading of the log's JSON, which heads and receipts share. */

#ifndef VC_ATTEST_LOG_INTERNAL_H
#define VC_ATTEST_LOG_INTERNAL_H

#include "attest/transparency.h"

/* A number of entries. VC_NOT_FOUND, VC_MALFORMED, VC_LIMIT. */
enum vc_code vc_log_json_size(const struct vc_json_place *object, const char *name, uint64_t *value,
                              struct vc_err *err);
/* VC_NOT_FOUND, VC_MALFORMED. */
enum vc_code vc_log_json_text(const struct vc_json_place *object, const char *name,
                              const char **text, struct vc_err *err);

#endif
