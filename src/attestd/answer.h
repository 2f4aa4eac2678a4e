/* SPDX-License-Identifier: MIT */

/* What the service answers, without any socket: request in, status and body out. */

#ifndef VC_ATTESTD_ANSWER_H
#define VC_ATTESTD_ANSWER_H

#include "attestd/activations.h"
#include "attestd/appraise.h"
#include "attestd/nonces.h"
#include "attestd/record.h"

constexpr int64_t VC_APPRAISAL_LIFE_S = 300; /* how long the result of an appraisal is good */

/* A certificate that nobody may see before its entry is on the disk. */
struct vc_promise {
    struct vc_cert *certificate;   /* null: nothing is promised */
    struct vc_buffer certificates; /* that verified the evidence, and did not come in it */
    struct vc_buffer ear;
    uint64_t index; /* in the log */
};

struct vc_answer {
    unsigned status;       /* 0: the answer waits for the log's next commit */
    struct vc_buffer body; /* JSON; a problem document if the status is 400 or above */
    bool is_lines;         /* JSON lines instead */
    struct vc_promise promise;
};

/* The circumstances of one request; all borrowed. */
struct vc_occasion {
    struct vc_appraiser appraiser;
    struct vc_nonces *nonces;
    struct vc_activations *activations;
    struct vc_record *record;
    uint8_t exporter[VC_SHA256_SIZE]; /* of the session, VC_ENROL_EXPORTER */
    uint64_t now_ms;                  /* of a monotonic clock */
};

/* POST /v1/nonces; the body is empty or "{}". *answer was zero-initialised, here as below. */
void vc_answer_nonce(const struct vc_occasion *occasion, struct vc_bytes body,
                     struct vc_answer *answer);
/* POST /v1/certificates. A good verdict leaves status 0. */
void vc_answer_certificate(const struct vc_occasion *occasion, struct vc_bytes body,
                           struct vc_answer *answer);
/* What becomes of a promise once the log was committed, or could not be. */
void vc_answer_settle(struct vc_answer *answer, struct vc_logbook *book, enum vc_code committed);
/* POST /v1/appraisals. */
void vc_answer_appraisal(const struct vc_occasion *occasion, struct vc_bytes body,
                         struct vc_answer *answer);

/* A problem document (RFC 9457) of type urn:veracruz:problem:<type>. */
void vc_answer_problem(unsigned status, const char *type, const char *detail,
                       struct vc_answer *answer);
/* What a failure becomes in HTTP; `limit` is the status of VC_LIMIT. */
void vc_answer_refuse(enum vc_code code, const struct vc_err *err, unsigned limit,
                      struct vc_answer *answer);
void vc_answer_done(struct vc_answer *answer);

#endif
