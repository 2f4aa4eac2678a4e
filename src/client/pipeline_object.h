/* SPDX-License-Identifier: MIT */

/* Pipeline objects of docs/http-api.md. */

#ifndef VC_CLIENT_PIPELINE_OBJECT_H
#define VC_CLIENT_PIPELINE_OBJECT_H

#include "base/err.h"
#include "codec/json.h"
#include "veracruz/client.h"

constexpr size_t VC_PIPELINE_LIST_MAX = 10000; /* in one answer */

/* Parses one pipeline object. Members that this version does not know are ignored. VC_MALFORMED and
 * VC_LIMIT name the place. */
enum vc_code vc_pipeline_object_parse(struct vc_bytes text, struct vcc_pipeline *pipeline,
                                      struct vc_err *err);
/* The same from within a parsed text. */
enum vc_code vc_pipeline_object_read(const struct vc_json_place *object,
                                     struct vcc_pipeline *pipeline, struct vc_err *err);

/* Checks {"pipelines":[...]}, each element as above. */
enum vc_code vc_pipeline_list_check(struct vc_bytes text, struct vc_err *err);

/* True for states that nothing follows: done, failed, killed. */
[[nodiscard]] bool vc_pipeline_ended(const struct vcc_pipeline *pipeline);

#endif
