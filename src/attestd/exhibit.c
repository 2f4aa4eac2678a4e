/* SPDX-License-Identifier: MIT */

#include "attestd/exhibit.h"

#include <string.h>

#include "base/base64.h"

enum vc_code vc_exhibit_text(const struct vc_json_place *object, const char *key, const char **text,
                             struct vc_err *err)
{
    struct vc_json_place place;
    enum vc_code code = vc_json_member(object, key, &place, err);

    if (code == VC_NOT_FOUND)
        return vc_fail(err, VC_MALFORMED, "no \"%s\"", key);
    return code == VC_OK ? vc_json_string(&place, text, err) : code;
}

enum vc_code vc_exhibit_bytes(const struct vc_json_place *object, const char *key, size_t size_max,
                              struct vc_buffer *out, struct vc_err *err)
{
    const char *text = "";
    enum vc_code code = vc_exhibit_text(object, key, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_base64_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, out, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s", key);
    if (out->size > size_max)
        return vc_fail(err, VC_LIMIT, "%s: %zu bytes, at most %zu", key, out->size, size_max);
    return VC_OK;
}

static enum vc_code read_optional(const struct vc_json_place *object, const char *key,
                                  size_t size_max, struct vc_buffer *out, struct vc_err *err)
{
    return vc_json_has(object, key) ? vc_exhibit_bytes(object, key, size_max, out, err) : VC_OK;
}

static enum vc_code read_platform(const struct vc_json_place *object,
                                  char platform[VC_EXHIBIT_PLATFORM_MAX], struct vc_err *err)
{
    const char *text = "";
    enum vc_code code = vc_exhibit_text(object, "platform", &text, err);

    if (code != VC_OK)
        return code;
    if (strlen(text) >= VC_EXHIBIT_PLATFORM_MAX)
        return vc_fail(err, VC_MALFORMED, "platform: no name is that long");
    memcpy(platform, text, strlen(text) + 1);
    return VC_OK;
}

enum vc_code vc_exhibit_read(const struct vc_json_place *object, struct vc_exhibit *exhibit,
                             struct vc_err *err)
{
    enum vc_code code = read_platform(object, exhibit->platform, err);

    if (code == VC_OK) {
        code = vc_exhibit_bytes(object, "evidence", VC_EVIDENCE_SIZE_MAX, &exhibit->evidence, err);
    }
    if (code == VC_OK) {
        code =
            read_optional(object, "event_log", VC_EXHIBIT_EVENT_LOG_MAX, &exhibit->event_log, err);
    }
    if (code == VC_OK) {
        code = read_optional(object, "certificates", VC_EXHIBIT_CERTIFICATES_MAX,
                             &exhibit->certificates, err);
    }
    if (code == VC_OK)
        code = vc_exhibit_bytes(object, "policy", VC_POLICY_SIZE_MAX, &exhibit->policy, err);
    return code;
}

void vc_exhibit_done(struct vc_exhibit *exhibit)
{
    vc_buffer_done(&exhibit->evidence);
    vc_buffer_done(&exhibit->event_log);
    vc_buffer_done(&exhibit->certificates);
    vc_buffer_done(&exhibit->policy);
}
