/* SPDX-License-Identifier: MIT */

/* Evidence of a measured boot: a quote of a TPM 2.0 by an attestation key (AK), as a bundle
 * (evidence/tpm_bundle.h). It says what was started on a machine, not that anything isolates what
 * runs there.
 *
 * Claims: measurement = SHA-256 over the bank's TPM_ALG_ID (2 bytes), the selected PCRs (4 bytes,
 * bit n is PCR n; both big endian) and pcrDigest. pcrDigest alone would not do: it does not say of
 * which PCRs it is, and whoever controls the running system can give PCRs 8 to 16 and 23 the values
 * that others had in an honest boot. Registers: "pcr0" … (those quoted, if their values are given
 * or the event log yields them), "pcr_digest", "pcr_selection" (the six bytes above), "ak_name",
 * and "ek" (SHA-256 of the EK's SubjectPublicKeyInfo) where an activation tied it to the AK.
 * Machine: that hash, else the AK's name, else SHA-256 of the AK's SubjectPublicKeyInfo.
 *
 * An AK counts if the operator endorsed it, by its name or that last hash; if it was activated
 * beside an EK whose certificate leads to an anchor (endorsed by vc_tpm_pair_id); or if its
 * certificate leads to an anchor. Anchors are the operator's: TPMs have many makers, and none is
 * compiled in. */

#ifndef VC_EVIDENCE_TPM_H
#define VC_EVIDENCE_TPM_H

#include "evidence/evidence.h"
#include "evidence/tpm_bundle.h"

constexpr size_t VC_TPM_SELECTION_SIZE = 6; /* bytes of the register "pcr_selection" */

enum vc_code vc_tpm_verify(const struct vc_evidence *evidence,
                           const struct vc_verification *verification, struct vc_claims *claims,
                           struct vc_err *err);
enum vc_code vc_tpm_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                         struct vc_err *err);

/* The key of the AK that a bundle names, believed or not: for whoever knows which AK counts, and
 * has no key of it. VC_MALFORMED, VC_REFUSED. */
enum vc_code vc_tpm_quoting_key(struct vc_bytes bundle, struct vc_public_key **key,
                                struct vc_err *err);

/* What is asked of an AK's public area: made by this TPM, never to leave it, signing only what the
 * TPM itself says (restricted). VC_UNTRUSTED with the attribute. */
enum vc_code vc_tpm_check_ak(const struct vc_tpm_public *ak, struct vc_err *err);

/* The id under which an AK is endorsed that was activated (evidence/tpm_credential.h) on the TPM
 * with this EK: SHA-256(AK name || SHA-256 of the EK's SubjectPublicKeyInfo). */
struct vc_octets vc_tpm_pair_id(const struct vc_octets *ak_name, struct vc_bytes ek_hash);

#endif
