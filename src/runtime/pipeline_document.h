/* SPDX-License-Identifier: MIT */

/* A run of a pipeline as JSON: the one form of it that leaves the runtime (docs/http-api.md). */

#ifndef VC_RUNTIME_PIPELINE_DOCUMENT_H
#define VC_RUNTIME_PIPELINE_DOCUMENT_H

#include "codec/json.h"
#include "runtime/pipelines.h"

/* Writes the object; it is no member of another. */
void vc_pipeline_write(struct vc_json_writer *writer, const struct vc_policy *policy,
                       const struct vc_pipeline_status *status);

#endif
