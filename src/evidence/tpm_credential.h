/* SPDX-License-Identifier: MIT */

/* A challenge that only the TPM with this endorsement key can answer, and only if a key with this
 * name is loaded in it (TPM2_MakeCredential and TPM2_ActivateCredential, TCG TPM 2.0 Library Part 1
 * §24), made in software. Whoever gets the secret back knows that the AK lives beside the EK: he
 * has to have checked the EK's certificate (vc_tpm_trust_ek) and the AK's attributes
 * (vc_tpm_check_ak), and may then endorse vc_tpm_pair_id of the two. */

#ifndef VC_EVIDENCE_TPM_CREDENTIAL_H
#define VC_EVIDENCE_TPM_CREDENTIAL_H

#include "evidence/tpm_structures.h"

/* Zero-initialised is empty. */
struct vc_tpm_credential {
    struct vc_buffer blob;   /* TPM2B_ID_OBJECT, without its size */
    struct vc_buffer secret; /* TPM2B_ENCRYPTED_SECRET, without its size */
};

void vc_tpm_credential_done(struct vc_tpm_credential *credential);

/* `value` is the secret to get back: 1 byte to the size of the EK's name hash. VC_REFUSED: not an
 * EK (a restricted decryption key with AES in CFB mode). VC_LIMIT, VC_MALFORMED. */
enum vc_code vc_tpm_credential_make(const struct vc_tpm_public *ek, const struct vc_octets *ak_name,
                                    struct vc_bytes value, struct vc_tpm_credential *credential,
                                    struct vc_err *err);

#endif
