/* SPDX-License-Identifier: MIT */

#include "runtime/pipeline_request.h"

#include "codec/json.h"

enum vc_code vc_pipeline_request_parse(struct vc_bytes body, const struct vc_policy *policy,
                                       size_t *pipeline, struct vc_err *err)
{
    static const char *const known[] = {"pipeline", nullptr};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root;
    struct vc_json_place member;
    const char *name = nullptr;
    enum vc_code code = vc_json_parse(body, &json, err);

    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    code = vc_json_check_object(&root, known, err);
    if (code == VC_OK && vc_json_member(&root, "pipeline", &member, err) != VC_OK)
        code = vc_fail(err, VC_MALFORMED, "no \"pipeline\"");
    if (code == VC_OK)
        code = vc_json_string(&member, &name, err);
    if (code == VC_OK && !vc_policy_find_pipeline(policy, name, pipeline))
        code = vc_fail(err, VC_NOT_FOUND, "pipelines: the policy has no pipeline %.64s", name);
    return code;
}
