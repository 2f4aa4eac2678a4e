/* SPDX-License-Identifier: MIT */

/* What clients send to start pipelines, parsed. Ids and waits are those of runtime/run_request.h.
 */

#ifndef VC_RUNTIME_PIPELINE_REQUEST_H
#define VC_RUNTIME_PIPELINE_REQUEST_H

#include "base/err.h"
#include "policy/policy.h"

/* Parses {"pipeline": NAME} and looks the name up. VC_MALFORMED, VC_NOT_FOUND. */
enum vc_code vc_pipeline_request_parse(struct vc_bytes body, const struct vc_policy *policy,
                                       size_t *pipeline, struct vc_err *err);

#endif
