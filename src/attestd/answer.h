/* SPDX-License-Identifier: MIT */

/* What the service answers, without any socket: request body in, status and body out. */

#ifndef VC_ATTESTD_ANSWER_H
#define VC_ATTESTD_ANSWER_H

#include "attestd/appraise.h"
#include "attestd/nonces.h"
#include "attestd/record.h"

struct vc_answer {
    unsigned status;
    struct vc_buffer body; /* JSON; a problem document if the status is 400 or above */
};

/* The circumstances of one request; all borrowed. */
struct vc_occasion {
    struct vc_appraiser appraiser;
    struct vc_nonces *nonces;
    uint8_t exporter[VC_SHA256_SIZE]; /* of the session, VC_ENROL_EXPORTER */
    uint64_t now_ms;                  /* of a monotonic clock */
    const char *record_path;          /* null: verdicts are not recorded */
};

/* POST /v1/nonces; the body is empty or "{}". *answer was zero-initialised, here as below. */
void vc_answer_nonce(const struct vc_occasion *occasion, struct vc_bytes body,
                     struct vc_answer *answer);
/* POST /v1/certificates. */
void vc_answer_certificate(const struct vc_occasion *occasion, struct vc_bytes body,
                           struct vc_answer *answer);
/* A problem document (RFC 9457) of type urn:veracruz:problem:<type>. */
void vc_answer_problem(unsigned status, const char *type, const char *detail,
                       struct vc_answer *answer);
void vc_answer_done(struct vc_answer *answer);

#endif
