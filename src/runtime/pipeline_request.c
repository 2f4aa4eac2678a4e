/* SPDX-License-Identifier: MIT */

#include "runtime/pipeline_request.h"

#include "runtime/run_request.h"

enum vc_code vc_pipeline_request_parse(struct vc_bytes body, const struct vc_policy *policy,
                                       size_t *pipeline, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    const char *name = "";
    enum vc_code code = vc_request_parse_name(body, "pipeline", &json, &name, err);

    if (code == VC_OK && !vc_policy_find_pipeline(policy, name, pipeline))
        code = vc_fail(err, VC_NOT_FOUND, "pipelines: the policy has no pipeline %.64s", name);
    return code;
}
