/* SPDX-License-Identifier: MIT */

/* What clients send to consent to a program, parsed. */

#ifndef VC_RUNTIME_CONSENT_REQUEST_H
#define VC_RUNTIME_CONSENT_REQUEST_H

#include "base/err.h"
#include "policy/policy.h"

struct vc_consent_request {
    size_t program;
    uint8_t sha256[VC_SHA256_SIZE]; /* of the program that is consented to */
};

/* Parses {"program": NAME, "sha256": 64 lower-case hex digits} and looks the name up. VC_MALFORMED,
 * VC_NOT_FOUND. */
enum vc_code vc_consent_request_parse(struct vc_bytes body, const struct vc_policy *policy,
                                      struct vc_consent_request *request, struct vc_err *err);

/* Is that the program of the policy? VC_UNTRUSTED: "programs.psi.sha256: the policy has 3333…, the
 * consent is to 4444…". */
enum vc_code vc_consent_request_check(const struct vc_policy *policy,
                                      const struct vc_consent_request *request, struct vc_err *err);

#endif
