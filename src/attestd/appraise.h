/* SPDX-License-Identifier: MIT */

/* The verdict: every check in its order, and on an application the certificate if none refuses. */

#ifndef VC_ATTESTD_APPRAISE_H
#define VC_ATTESTD_APPRAISE_H

#include "attest/releases.h"
#include "attestd/application.h"
#include "crypto/certificate.h"
#include "evidence/claims.h"
#include "evidence/evidence.h"

constexpr int64_t VC_CERTIFICATE_LIFE_S = 1800; /* no revocation: short life and renewal instead */
constexpr int64_t VC_CERTIFICATE_BACKDATE_S = 60; /* for relying parties with slow clocks */

/* Finds collateral for evidence that came with certificates of its own: what the service has, and
 * these. Owned by the caller. */
typedef enum vc_code vc_gather_collateral(void *user, struct vc_bytes certificates,
                                          struct vc_collateral **collateral, struct vc_err *err);

/* What verdicts rest on; all borrowed. */
struct vc_appraiser {
    const struct vc_cert *ca;
    const struct vc_key *ca_key;
    const struct vc_anchors *anchors;
    const struct vc_collateral *collateral; /* may be null */
    vc_gather_collateral *gather;           /* null: such certificates are not looked at */
    void *gather_user;
    int64_t now;                        /* seconds since 1970 */
    const struct vc_releases *releases; /* names for refusals; may be null */
};

/* What was learnt; filled as far as the checks came, also when they refuse. */
struct vc_appraisal {
    bool has_policy; /* policy_hash is of a policy that parses */
    uint8_t policy_hash[VC_SHA256_SIZE];
    bool has_claims; /* the evidence verified */
    bool is_bound;   /* and was made for this application */
    struct vc_claims claims;
    struct vc_buffer certificates; /* vc_verification.needed: what did not come in the evidence */
    enum vc_tcb_status tcb_status; /* as the certificate says it */
    struct vc_cert *certificate;   /* owned; null unless the verdict on an application is good */
};

/* Pure but for the serial number. `exporter` is of the session that carries the application; its
 * nonce was checked before. VC_MALFORMED, VC_REFUSED, VC_UNTRUSTED, VC_NOT_FOUND (collateral is
 * missing): the first check that refuses, in words. */
enum vc_code vc_appraise(const struct vc_appraiser *appraiser,
                         const struct vc_application *application,
                         const uint8_t exporter[VC_SHA256_SIZE], struct vc_appraisal *appraisal,
                         struct vc_err *err);
/* The same checks without those of a key and a connection, and no certificate: whoever asks says
 * what the evidence must be bound to. */
enum vc_code vc_appraise_question(const struct vc_appraiser *appraiser,
                                  const struct vc_question *question,
                                  struct vc_appraisal *appraisal, struct vc_err *err);
void vc_appraisal_done(struct vc_appraisal *appraisal);

#endif
