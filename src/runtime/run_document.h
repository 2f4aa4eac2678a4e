/* SPDX-License-Identifier: MIT */

/* A run as JSON: the one form of it that leaves the runtime (docs/http-api.md). */

#ifndef VC_RUNTIME_RUN_DOCUMENT_H
#define VC_RUNTIME_RUN_DOCUMENT_H

#include "codec/json.h"
#include "runtime/runs.h"

/* Writes the object; it is no member of another. */
void vc_run_write(struct vc_json_writer *writer, const struct vc_policy *policy,
                  const struct vc_run_status *status);

#endif
