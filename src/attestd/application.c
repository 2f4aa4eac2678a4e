/* SPDX-License-Identifier: MIT */

#include "attestd/application.h"

#include <string.h>

#include "base/base64.h"
#include "codec/json.h"
#include "crypto/certificate.h"
#include "evidence/process.h"
#include "policy/policy.h"

static_assert(VC_POLICY_SIZE_MAX == 1 << 20 && VC_EVIDENCE_SIZE_MAX == 98304 &&
              VC_CERT_SIZE_MAX == 16384);

static const char *const KEYS[] = {"nonce",  "platform", "csr",  "evidence",
                                   "policy", "host",     nullptr};

static enum vc_code read_text(const struct vc_json_place *root, const char *key, const char **text,
                              struct vc_err *err)
{
    struct vc_json_place place;
    enum vc_code code = vc_json_member(root, key, &place, err);

    if (code == VC_NOT_FOUND)
        return vc_fail(err, VC_MALFORMED, "no \"%s\"", key);
    return code == VC_OK ? vc_json_string(&place, text, err) : code;
}

static enum vc_code read_bytes(const struct vc_json_place *root, const char *key, size_t size_max,
                               struct vc_buffer *out, struct vc_err *err)
{
    const char *text = "";
    enum vc_code code = read_text(root, key, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_base64_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, out, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s", key);
    if (out->size > size_max)
        return vc_fail(err, VC_LIMIT, "%s: %zu bytes, at most %zu", key, out->size, size_max);
    return VC_OK;
}

static enum vc_code read_nonce(const struct vc_json_place *root, uint8_t nonce[VC_NONCE_SIZE],
                               struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    enum vc_code code = read_bytes(root, "nonce", VC_NONCE_SIZE, &bytes, err);

    if (code != VC_OK)
        return code;
    if (bytes.size != VC_NONCE_SIZE) {
        return vc_fail(err, VC_MALFORMED, "nonce: %zu bytes, %zu wanted", bytes.size,
                       VC_NONCE_SIZE);
    }
    memcpy(nonce, bytes.data, VC_NONCE_SIZE);
    return VC_OK;
}

static enum vc_code read_platform(const struct vc_json_place *root,
                                  char platform[VC_APPLICATION_PLATFORM_MAX], struct vc_err *err)
{
    const char *text = "";
    enum vc_code code = read_text(root, "platform", &text, err);

    if (code != VC_OK)
        return code;
    if (strlen(text) >= VC_APPLICATION_PLATFORM_MAX)
        return vc_fail(err, VC_MALFORMED, "platform: no name is that long");
    memcpy(platform, text, strlen(text) + 1);
    return VC_OK;
}

static enum vc_code read_host(const struct vc_json_place *root, struct vc_application *application,
                              struct vc_err *err)
{
    const char *text = "";
    enum vc_code code;

    application->has_host = vc_json_has(root, "host");
    if (!application->has_host)
        return VC_OK;
    code = read_text(root, "host", &text, err);
    return code == VC_OK ? vc_host_parse(text, &application->host, err) : code;
}

enum vc_code vc_application_parse(struct vc_bytes body, struct vc_application *application,
                                  struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root;
    enum vc_code code;

    if (body.size > VC_APPLICATION_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "body: %zu bytes, at most %zu", body.size,
                       VC_APPLICATION_SIZE_MAX);
    }
    code = vc_json_parse(body, &json, err);
    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    code = vc_json_check_object(&root, KEYS, err);
    if (code == VC_OK)
        code = read_nonce(&root, application->nonce, err);
    if (code == VC_OK)
        code = read_platform(&root, application->platform, err);
    if (code == VC_OK)
        code = read_bytes(&root, "csr", VC_CERT_SIZE_MAX, &application->csr, err);
    if (code == VC_OK)
        code = read_bytes(&root, "evidence", VC_EVIDENCE_SIZE_MAX, &application->evidence, err);
    if (code == VC_OK)
        code = read_bytes(&root, "policy", VC_POLICY_SIZE_MAX, &application->policy, err);
    return code == VC_OK ? read_host(&root, application, err) : code;
}

void vc_application_done(struct vc_application *application)
{
    vc_buffer_done(&application->csr);
    vc_buffer_done(&application->evidence);
    vc_buffer_done(&application->policy);
}
