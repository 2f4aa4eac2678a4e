/* SPDX-License-Identifier: MIT */

/* Why an attestation key of a TPM is believed: its endorsement, its certificate, or its endorsement
 * key. */

#ifndef VC_EVIDENCE_TPM_TRUST_H
#define VC_EVIDENCE_TPM_TRUST_H

#include "evidence/tpm.h"

struct vc_tpm_subject {
    const struct vc_tpm_bundle *bundle;
    const struct vc_public_key *key; /* the AK */
    struct vc_octets id;             /* its name, or SHA-256 of its SubjectPublicKeyInfo */
    bool named;                      /* `id` is a name */
};

/* VC_OK: it is; *ek_hash is SHA-256 of the EK's SubjectPublicKeyInfo if an activation tied the two,
 * else empty. VC_UNTRUSTED, VC_NOT_FOUND with the reason. */
enum vc_code vc_tpm_trust(const struct vc_tpm_subject *subject,
                          const struct vc_verification *verification, struct vc_octets *ek_hash,
                          struct vc_err *err);

/* An EK certificate: a way to an anchor, the purpose 2.23.133.8.1, and of the given public area if
 * there is one. For whoever is about to challenge a TPM. *ek_hash as above. */
enum vc_code vc_tpm_trust_ek(const struct vc_tpm_bundle *bundle,
                             const struct vc_verification *verification, struct vc_octets *ek_hash,
                             struct vc_err *err);

/* By its purpose alone: nothing is verified. */
bool vc_tpm_is_ek_cert(const struct vc_cert *cert);
bool vc_tpm_is_cert_of(const struct vc_cert *cert, const struct vc_public_key *key);

#endif
