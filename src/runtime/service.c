/* SPDX-License-Identifier: MIT */

#include "runtime/service.h"

#include <stdio.h>
#include <string.h>

#include "attest/attested.h"

static constexpr size_t URL_SCHEME_LENGTH = sizeof("https://") - 1; /* the policy has no other */

/* The service's certificate comes from the same CA as the containers'; what tells them apart is the
 * extension, which the service puts into every container's and never into its own. */
static enum vc_code check_service(void *user, const struct vc_cert *peer, struct vc_err *err)
{
    const struct vc_service *service = user;
    struct vc_bytes extension;
    enum vc_code code = vc_cert_check_issued(peer, service->policy->attestation.ca,
                                             vc_clock_now(service->clock), err);

    if (code != VC_OK)
        return code;
    if (vc_cert_extension(peer, VC_ATTESTED_OID, &extension, nullptr) != VC_NOT_FOUND)
        return vc_fail(err, VC_UNTRUSTED, "it is a container, not the attestation service");
    return VC_OK;
}

enum vc_code vc_service_connect(const struct vc_service *service, struct vc_http_client **client,
                                struct vc_err *err)
{
    vc_cleanup(vc_tls_freep) struct vc_tls *tls = nullptr;
    const char *url = service->policy->attestation.url;
    const char *address = url + URL_SCHEME_LENGTH;
    char name[VC_PATH_MAX];
    size_t length = strcspn(address, ":/");
    enum vc_code code;

    /* check_service only reads it */
    code =
        vc_tls_new_client(nullptr, nullptr, check_service, (void *)(uintptr_t)service, &tls, err);
    if (code == VC_OK) {
        (void)snprintf(name, sizeof(name), "%.*s", (int)(length < 255 ? length : 255), address);
        code = vc_http_client_connect(address, name, tls, service->timeout_ms, client, err);
    }
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "attestation service %s", url);
}

static enum vc_code refusal(const struct vc_json *json, struct vc_err *err)
{
    struct vc_json_place root = vc_json_root(json);
    struct vc_json_place detail;
    const char *text = "no reason given";

    if (vc_json_member(&root, "detail", &detail, nullptr) == VC_OK &&
        vc_json_string(&detail, &text, nullptr) != VC_OK)
        text = "no reason given";
    return vc_fail(err, VC_UNTRUSTED, "attestation service: %s", text);
}

enum vc_code vc_service_ask(const struct vc_service *service, struct vc_http_client *client,
                            const struct vc_service_call *call, struct vc_json **json,
                            struct vc_err *err)
{
    const struct vc_http_field type = {"content-type", "application/json"};
    const struct vc_http_source source = {.bytes = call->body};
    const struct vc_http_call order = {.method = call->method,
                                       .target = call->target,
                                       .fields = &type,
                                       .field_count = call->body.size > 0 ? 1 : 0,
                                       .source = call->body.size > 0 ? &source : nullptr,
                                       .idle_timeout_ms = service->timeout_ms};
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    vc_cleanup(vc_json_freep) struct vc_json *made = nullptr;
    enum vc_code code = vc_http_client_call(client, &order, &answer, err);

    if (code == VC_OK)
        code = vc_json_parse(vc_buffer_bytes(&answer.body), &made, err);
    if (code == VC_OK && answer.status != call->status)
        code = refusal(made, err);
    if (code == VC_OK)
        *json = vc_take(made);
    return code;
}
