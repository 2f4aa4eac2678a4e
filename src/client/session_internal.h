/* SPDX-License-Identifier: MIT */

/* The connection behind the public handle, and the one way in which its verbs make a call. */

#ifndef VC_CLIENT_SESSION_INTERNAL_H
#define VC_CLIENT_SESSION_INTERNAL_H

#include "attest/attested.h"
#include "client/identity.h"
#include "net/http_client.h"
#include "policy/policy.h"
#include "veracruz/client.h"

constexpr uint32_t VC_CLIENT_TIMEOUT_MS = 30000; /* unless the caller says otherwise */

struct vcc_client {
    struct vc_policy *policy;
    struct vc_identity identity;
    struct vc_attested attested;         /* valid once `checked` */
    int64_t expires_at;                  /* of the container's certificate */
    bool checked;
    uint32_t timeout_ms;
    struct vc_tls *tls;
    struct vc_http_client *http;
};

struct vc_client_call {
    struct vc_http_call http;
    unsigned good[2]; /* the statuses that mean success; 0: unused */
    vcc_progress *progress;
    void *progress_user;
    uint64_t total; /* for progress; 0: unknown */
    bool sends;     /* progress counts what is sent, not what is received */
};

/* Makes the call, fills in deadlines and progress. VCC_OK only for a whole answer with one of the
 * good statuses; everything else is in *error. */
enum vcc_status vc_client_call(struct vcc_client *client, struct vc_client_call *call,
                               struct vc_http_answer *answer, struct vcc_error *error);

/* Appends "/v1/files" and the canonical, encoded form of `path`. */
enum vc_code vc_client_file_target(const char *path, struct vc_buffer *target, struct vc_err *err);

#endif
