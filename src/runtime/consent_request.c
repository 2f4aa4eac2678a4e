/* SPDX-License-Identifier: MIT */

#include "runtime/consent_request.h"

#include <string.h>

#include "base/hex.h"
#include "codec/json.h"

static enum vc_code read_text(const struct vc_json_place *root, const char *name, const char **text,
                              struct vc_err *err)
{
    struct vc_json_place member;

    if (vc_json_member(root, name, &member, nullptr) != VC_OK)
        return vc_fail(err, VC_MALFORMED, "no \"%s\"", name);
    return vc_json_string(&member, text, err);
}

enum vc_code vc_consent_request_parse(struct vc_bytes body, const struct vc_policy *policy,
                                      struct vc_consent_request *request, struct vc_err *err)
{
    static const char *const known[] = {"program", "sha256", nullptr};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_consent_request made;
    struct vc_json_place root;
    const char *name = "";
    const char *digest = "";
    enum vc_code code = vc_json_parse(body, &json, err);

    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    code = vc_json_check_object(&root, known, err);
    if (code == VC_OK)
        code = read_text(&root, "program", &name, err);
    if (code == VC_OK)
        code = read_text(&root, "sha256", &digest, err);
    if (code == VC_OK) {
        code = vc_hex_parse(digest, made.sha256, sizeof(made.sha256), err);
        if (code != VC_OK)
            code = vc_fail_in(err, code, "sha256");
    }
    if (code == VC_OK && !vc_policy_find_program(policy, name, &made.program))
        code = vc_fail(err, VC_NOT_FOUND, "programs: the policy has no program %.64s", name);
    if (code == VC_OK)
        *request = made;
    return code;
}

enum vc_code vc_consent_request_check(const struct vc_policy *policy,
                                      const struct vc_consent_request *request, struct vc_err *err)
{
    const struct vc_policy_program *program = &policy->programs[request->program];
    char wanted[2 * VC_SHA256_SIZE + 1];
    char seen[2 * VC_SHA256_SIZE + 1];

    if (memcmp(program->sha256, request->sha256, sizeof(program->sha256)) == 0)
        return VC_OK;
    vc_hex_encode(VC_BYTES(program->sha256), wanted);
    vc_hex_encode(VC_BYTES(request->sha256), seen);
    return vc_fail(err, VC_UNTRUSTED,
                   "programs.%s.sha256: the policy has %.16s…, the consent is to %.16s…",
                   program->name, wanted, seen);
}
