/* SPDX-License-Identifier: MIT */

/* Loads policies. */

#include "client/policy_file.h"

#include "base/file.h"

enum vc_code vc_policy_file_load(const char *path, struct vc_policy **policy, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    enum vc_code code = vc_file_load(path, VC_POLICY_SIZE_MAX, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_policy_parse(vc_buffer_bytes(&text), policy, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", path);
}
