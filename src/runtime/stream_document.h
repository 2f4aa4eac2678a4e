/* SPDX-License-Identifier: MIT */

/* A stream as JSON of docs/http-api.md. */

#ifndef VC_RUNTIME_STREAM_DOCUMENT_H
#define VC_RUNTIME_STREAM_DOCUMENT_H

#include "codec/json.h"
#include "flow/stream.h"
#include "policy/policy.h"

void vc_stream_write(struct vc_json_writer *writer, const struct vc_policy *policy, size_t index,
                     const struct vc_stream_status *status);

#endif
