/* SPDX-License-Identifier: MIT */

/* The connection behind the public handle, and the one way in which its verbs make a call. */

#ifndef VC_CLIENT_SESSION_INTERNAL_H
#define VC_CLIENT_SESSION_INTERNAL_H

#include "attest/attested.h"
#include "client/identity.h"
#include "client/log_memory.h"
#include "net/http_client.h"
#include "policy/policy.h"
#include "veracruz/client.h"

constexpr uint32_t VC_CLIENT_TIMEOUT_MS = 30000; /* unless the caller says otherwise */

struct vc_client_clock {
    int64_t (*now)(void *user); /* seconds since 1970; null: the machine's */
    void *user;
};

struct vcc_client {
    struct vc_policy *policy;
    struct vc_identity identity;
    struct vc_attested attested; /* valid once `checked` */
    int64_t expires_at;          /* of the container's certificate */
    bool checked;
    struct vc_client_clock clock;
    struct vc_log_store log;      /* the service's, as this user saw it last */
    uint64_t log_index, log_size; /* of the certificate in force, and of that log */
    struct vc_err ended;          /* why the session is over; code is VC_OK before */
    uint32_t timeout_ms;
    char *container; /* its address */
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

/* Seconds since 1970. */
int64_t vc_client_now(const struct vcc_client *client);

/* vcc_connect with a clock, which is copied. */
vcc_client *vc_client_open(const struct vcc_options *options, const struct vc_client_clock *clock,
                           struct vcc_error *error);

/* Connects anew to the same address and checks as the first time; the old connection is given up
 * once the new one stands. VC_UNTRUSTED: the session is over, and every later call says why. Else
 * nothing is lost but time. */
enum vc_code vc_client_reconnect(struct vcc_client *client, struct vc_err *err);

/* Asks for evidence within the session, checks it, remembers the log's head. VC_UNTRUSTED: the
 * first reason; the heads of two logs that do not fit are kept. */
enum vc_code vc_client_attest(struct vcc_client *client, struct vc_err *err);
/* True if what the container proved last is over: by its certificate, or the policy's max_age. */
[[nodiscard]] bool vc_client_is_due(const struct vcc_client *client);
/* Has the container prove itself again where that is due. Once that failed the session is over, and
 * every later call says why. */
enum vc_code vc_client_stay(struct vcc_client *client, struct vc_err *err);

/* Appends "/v1/files" and the canonical, encoded form of `path`. */
enum vc_code vc_client_file_target(const char *path, struct vc_buffer *target, struct vc_err *err);

#endif
