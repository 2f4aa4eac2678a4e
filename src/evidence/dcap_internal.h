/* SPDX-License-Identifier: MIT */

/* What the files of the DCAP verifier share: one verification. */

#ifndef VC_EVIDENCE_DCAP_INTERNAL_H
#define VC_EVIDENCE_DCAP_INTERNAL_H

#include "crypto/chain.h"
#include "evidence/dcap.h"
#include "evidence/pck.h"

constexpr size_t VC_DCAP_CERTS_MAX = 8; /* certificates in a quote */

/* The certificates of a quote. */
struct vc_dcap_certs {
    struct vc_cert *items[VC_DCAP_CERTS_MAX];
    size_t count;
};
void vc_dcap_certs_done(struct vc_dcap_certs *certs);
/* Those of the certification data; none if it only names the processor. VC_MALFORMED. */
enum vc_code vc_dcap_certs_parse(const struct vc_quote *quote, struct vc_dcap_certs *certs,
                                 struct vc_err *err);

struct vc_dcap {
    enum vc_platform_kind platform;
    const struct vc_verification *verification;
    struct vc_quote quote;
    const struct vc_cert *root;     /* the anchor that the PCK certificate led to */
    const struct vc_cert *pck_cert; /* borrowed from quote or collateral */
    struct vc_pck pck;
};

/* The SHA-256 of PPID and platform instance: claims.h, `machine`. */
void vc_dcap_machine(const struct vc_pck *pck, struct vc_octets *machine);

/* "VC_NOT_FOUND: no revocation list of …", with where Intel has it, unless the collateral holds one
 * by this issuer, of whatever age. */
enum vc_code vc_dcap_need_crl(const struct vc_collateral *collateral, const char *issuer,
                              struct vc_err *err);
/* A path from `leaf` to the root through `others` with the collateral's lists. */
struct vc_chain vc_dcap_chain(const struct vc_verification *verification,
                              const struct vc_cert *root);

/* Steps 6 to 10: the signed documents, QE identity, TCB level, TDX module, their merged status. */
enum vc_code vc_dcap_judge(const struct vc_dcap *dcap, struct vc_claims *claims,
                           struct vc_err *err);

#endif
