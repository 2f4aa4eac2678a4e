/* SPDX-License-Identifier: MIT */

/* Attestation reports of AMD SEV-SNP: versions 2 to 5, of Milan, Genoa and Turin, signed by a
 * chip's key (VCEK) or a cloud's (VLEK). */

#ifndef VC_EVIDENCE_SNP_H
#define VC_EVIDENCE_SNP_H

#include "evidence/evidence.h"

/* In this order: form; the leaf for this chip and reported TCB, among the evidence's own
 * certificates and the collateral's; the signature; the leaf's path to a root of its product, at
 * verification->now, with what revocation lists say; whose data they are (HCL); what the policy
 * allows: no debugging, no migration agent; that a guest asked. AMD does not judge versions:
 * whoever wants a minimum compares claims->svns. VC_MALFORMED; VC_NOT_FOUND: no leaf, with its
 * address at AMD's key server; VC_UNTRUSTED. */
enum vc_code vc_snp_verify(const struct vc_evidence *evidence,
                           const struct vc_verification *verification, struct vc_claims *claims,
                           struct vc_err *err);
enum vc_code vc_snp_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                         struct vc_err *err);

#endif
