/* SPDX-License-Identifier: MIT */

/* Attestation documents of AWS Nitro enclaves: signed by a certificate of a few hours that the
 * machine's hypervisor holds, whose chain begins at the root that AWS publishes. */

#ifndef VC_EVIDENCE_NITRO_H
#define VC_EVIDENCE_NITRO_H

#include "evidence/evidence.h"

/* In this order: form; the bundle begins with a trust anchor; the path from it to the leaf, at
 * verification->now; the leaf is for signatures, on P-384; ES384 signature; not in debug mode
 * (PCR0, 1 or 2 zero). There are no revocation lists: AWS says not to look for any. VC_MALFORMED,
 * VC_UNTRUSTED. */
enum vc_code vc_nitro_verify(const struct vc_evidence *evidence,
                             const struct vc_verification *verification, struct vc_claims *claims,
                             struct vc_err *err);
enum vc_code vc_nitro_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                           struct vc_err *err);

#endif
