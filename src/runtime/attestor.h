/* SPDX-License-Identifier: MIT */

/* Makes the answers to `POST /v1/attestation`: fresh evidence for one session, today's certificate
 * and the proof that the service's log holds it. The platform and the service are asked one
 * question at a time each, by threads of the background; who asks is called back on the loop. */

#ifndef VC_RUNTIME_ATTESTOR_H
#define VC_RUNTIME_ATTESTOR_H

#include "attest/session.h"
#include "net/loop.h"
#include "runtime/enrol.h"

struct vc_attestor;

/* All borrowed for its life. */
struct vc_attestor_setup {
    struct vc_loop *loop;
    const struct vc_policy *policy;
    const struct vc_clock *clock;
    struct vc_launcher_line *line;
    enum vc_platform_kind platform;
    struct vc_bytes endorsement; /* may be empty */
};

enum vc_code vc_attestor_new(const struct vc_attestor_setup *setup, struct vc_attestor **attestor,
                             struct vc_err *err);
/* Waits for what is under way; nobody is called back any more. */
void vc_attestor_free(struct vc_attestor *attestor);
VC_DEFINE_CLEANUP(struct vc_attestor, vc_attestor_free);

/* The enrolment that is in force from now on; copied. */
enum vc_code vc_attestor_renew(struct vc_attestor *attestor, const struct vc_enrolment *enrolment,
                               struct vc_err *err);

/* One session's question. `done` is called once, unless it is forgotten before: with the answer as
 * JSON, which is the callee's to keep, or with the reason why there is none. */
struct vc_attestation {
    struct vc_session_request request;
    uint8_t exporter[VC_SHA256_SIZE];
    struct vc_cert *shown; /* in the handshake; taken over by vc_attestor_ask, even if that fails */
    void (*done)(void *user, struct vc_buffer *json, const struct vc_err *err);
    void *user;
};

struct vc_attestation_job;

/* VC_STATE: nothing is in force. */
enum vc_code vc_attestor_ask(struct vc_attestor *attestor, const struct vc_attestation *question,
                             struct vc_attestation_job **job, struct vc_err *err);
/* Who asked is gone. Null is allowed. */
void vc_attestor_forget(struct vc_attestation_job *job);

#endif
