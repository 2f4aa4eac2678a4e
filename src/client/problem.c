/* SPDX-License-Identifier: MIT */

/* Reads problem documents. */

#include "client/problem.h"

#include <stdio.h>
#include <string.h>

#include "client/line.h"
#include "codec/json.h"

static const char TYPE_PREFIX[] = "urn:veracruz:problem:";

/* docs/http-api.md's table, in its order. */
static const struct kind {
    const char *type;
    unsigned http_status;
    enum vcc_status status;
} kinds[] = {
    {"malformed", 400, VCC_MALFORMED}, {"refused", 403, VCC_REFUSED},
    {"untrusted", 403, VCC_REFUSED},   {"not-found", 404, VCC_NOT_FOUND},
    {"method", 405, VCC_MALFORMED},    {"state", 409, VCC_REFUSED},
    {"offset", 409, VCC_REFUSED},      {"lost", 409, VCC_LOST},
    {"gone", 410, VCC_LIMIT},          {"length-required", 411, VCC_FAILED},
    {"limit", 413, VCC_LIMIT},         {"range", 416, VCC_MALFORMED},
    {"digest", 422, VCC_DIGEST},       {"mismatch", 422, VCC_LOST},
    {"quota", 429, VCC_LIMIT},         {"failed", 500, VCC_FAILED},
    {"unavailable", 503, VCC_FAILED},
};

static enum vcc_status by_http_status(unsigned http_status)
{
    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        if (kinds[i].http_status == http_status)
            return kinds[i].status;
    }
    return VCC_FAILED;
}

static bool by_type(const char *type, unsigned http_status, enum vcc_status *status)
{
    if (strncmp(type, TYPE_PREFIX, sizeof(TYPE_PREFIX) - 1) != 0)
        return false;
    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        if (kinds[i].http_status == http_status &&
            strcmp(kinds[i].type, type + sizeof(TYPE_PREFIX) - 1) == 0) {
            *status = kinds[i].status;
            return true;
        }
    }
    return false;
}

/* A text member, or null: RFC 9457 §3.1 has the reader ignore members of another type. */
static const char *text_member(const struct vc_json_place *document, const char *name)
{
    struct vc_json_place member;
    const char *text = nullptr;

    if (vc_json_member(document, name, &member, nullptr) != VC_OK ||
        vc_json_string(&member, &text, nullptr) != VC_OK)
        return nullptr;
    return text;
}

void vc_problem_read(unsigned http_status, struct vc_bytes body, struct vcc_error *error)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;

    error->status = by_http_status(http_status);
    error->http_status = (int)http_status;
    (void)snprintf(error->text, sizeof(error->text), "the container answered with status %u",
                   http_status);
    if (vc_json_parse(body, &json, nullptr) != VC_OK)
        return;

    struct vc_json_place document = vc_json_root(json);
    const char *type = text_member(&document, "type");
    const char *detail = text_member(&document, "detail");

    if (type != nullptr)
        (void)by_type(type, http_status, &error->status);
    if (detail == nullptr || detail[0] == '\0')
        detail = text_member(&document, "title");
    if (detail != nullptr && detail[0] != '\0')
        vc_line_clean(detail, error->text, sizeof(error->text));
}
