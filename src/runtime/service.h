/* SPDX-License-Identifier: MIT */

/* Conversations with the policy's attestation service. Each blocks: a background's work. */

#ifndef VC_RUNTIME_SERVICE_H
#define VC_RUNTIME_SERVICE_H

#include "codec/json.h"
#include "net/http_client.h"
#include "policy/policy.h"
#include "runtime/clock.h"

/* Borrowed for each conversation. */
struct vc_service {
    const struct vc_policy *policy;
    const struct vc_clock *clock;
    uint32_t timeout_ms; /* of connecting, and of silence during a call */
};

/* Connects to the service, whose certificate must be issued by the policy's CA and must not be that
 * of a container. VC_UNTRUSTED, VC_HOST, VC_CLOSED; the text names its address. */
enum vc_code vc_service_connect(const struct vc_service *service, struct vc_http_client **client,
                                struct vc_err *err);

/* One request with a JSON body, or none (empty); VC_UNTRUSTED with the service's own words unless
 * it answers with `status`. */
struct vc_service_call {
    const char *method, *target;
    struct vc_bytes body;
    unsigned status;
};
enum vc_code vc_service_ask(const struct vc_service *service, struct vc_http_client *client,
                            const struct vc_service_call *call, struct vc_json **json,
                            struct vc_err *err);

#endif
