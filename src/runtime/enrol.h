/* SPDX-License-Identifier: MIT */

/* Enrolment: a new key, evidence bound to it, and the attestation service's certificate for it. */

#ifndef VC_RUNTIME_ENROL_H
#define VC_RUNTIME_ENROL_H

#include "attest/transparency.h"
#include "crypto/certificate.h"
#include "crypto/key.h"
#include "policy/policy.h"
#include "runtime/clock.h"
#include "runtime/launcher.h"

/* All borrowed. */
struct vc_enrol_setup {
    const struct vc_policy *policy;
    const struct vc_clock *clock;
    const char *host; /* may be "" */
    enum vc_platform_kind platform;
    struct vc_launcher_line *line;
};

struct vc_enrolment {
    struct vc_key *key; /* lives in this process's memory alone */
    struct vc_cert *certificate;
    struct vc_buffer needed; /* certificates that evidence of this platform needs beside it, DER
                                one after the other; empty: none */
    struct vc_log_receipt receipt;                /* that the certificate is in the service's log */
    uint64_t nonce_us, evidence_us, certified_us; /* CLOCK_MONOTONIC, when each step was over */
};

/* Connects to the policy's attestation service, whose certificate must be issued by the policy's CA
 * and must not be that of a container, and enrols. The certificate that comes back must pass the
 * same check that clients make, and its receipt show it in the service's log. Blocks for at most
 * about 20 s. VC_UNTRUSTED: the service is not the policy's, or it refused; the text is its reason.
 */
enum vc_code vc_enrol(const struct vc_enrol_setup *setup, struct vc_enrolment *enrolment,
                      struct vc_err *err);
/* What the service answers to an application: fills certificate, needed and receipt; form only. */
enum vc_code vc_enrolment_parse(const struct vc_json *json, struct vc_enrolment *enrolment,
                                struct vc_err *err);
void vc_enrolment_done(struct vc_enrolment *enrolment);

#endif
