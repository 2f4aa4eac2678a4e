/* SPDX-License-Identifier: MIT */

/* Tokens of devices with a PSA root of trust (RFC 9783 and its predecessors): COSE_Sign1 with
 * ES256, ES384 or ES512 by a key that somebody endorsed for the device's instance id. There is no
 * chain: who endorses, trusts. */

#ifndef VC_EVIDENCE_PSA_H
#define VC_EVIDENCE_PSA_H

#include "codec/cose.h"
#include "evidence/evidence.h"

/* In this order: form; signature by the key that anchors->endorsed gives for the instance id; life
 * cycle secured (0x30xx); something was measured. VC_MALFORMED, VC_UNTRUSTED. */
enum vc_code vc_psa_verify(const struct vc_evidence *evidence,
                           const struct vc_verification *verification, struct vc_claims *claims,
                           struct vc_err *err);
enum vc_code vc_psa_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                         struct vc_err *err);

/* Is this token signed by this key? VC_UNTRUSTED: no, or the algorithm is none of the three, or not
 * for this kind of key. */
enum vc_code vc_psa_check_signature(const struct vc_cose_sign1 *token,
                                    const struct vc_public_key *key, struct vc_err *err);

#endif
