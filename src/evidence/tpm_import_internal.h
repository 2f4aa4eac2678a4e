/* SPDX-License-Identifier: MIT */

/* What the files of the importer share: the parts as they come in. */

#ifndef VC_EVIDENCE_TPM_IMPORT_INTERNAL_H
#define VC_EVIDENCE_TPM_IMPORT_INTERNAL_H

#include "evidence/tpm_import.h"

constexpr size_t VC_TPM_IMPORT_CERTS_MAX = 16;

enum vc_tpm_part {
    VC_TPM_PART_ATTEST,
    VC_TPM_PART_SIGNATURE, /* TPMT_SIGNATURE */
    VC_TPM_PART_RAW,       /* a signature alone */
    VC_TPM_PART_AK_PUBLIC, /* TPMT_PUBLIC */
    VC_TPM_PART_AK_KEY,    /* SubjectPublicKeyInfo */
    VC_TPM_PART_AK_NAME,
    VC_TPM_PART_EK_PUBLIC,
    VC_TPM_PART_EVENT_LOG,
};
constexpr size_t VC_TPM_PART_COUNT = 8;

struct vc_tpm_gathering {
    struct vc_buffer parts[VC_TPM_PART_COUNT]; /* size 0: none yet */
    struct vc_octets pcrs[VC_TPM_PCRS];        /* by number; size 0: none */
    struct vc_cert *certs[VC_TPM_IMPORT_CERTS_MAX];
    size_t cert_count;
};

/* VC_MALFORMED: there is one already, of other bytes. */
enum vc_code vc_tpm_gather(struct vc_tpm_gathering *all, enum vc_tpm_part part,
                           struct vc_bytes bytes, struct vc_err *err);
/* Takes over the certificate. */
enum vc_code vc_tpm_gather_cert(struct vc_tpm_gathering *all, struct vc_cert *cert,
                                struct vc_err *err);
/* A TPMT_PUBLIC or TPM2B_PUBLIC: the AK's if it signs, else the EK's. */
enum vc_code vc_tpm_gather_public(struct vc_tpm_gathering *all, const struct vc_tpm_public *key,
                                  struct vc_err *err);
/* VC_NOT_FOUND: no JSON of a form that is known. */
enum vc_code vc_tpm_gather_json(struct vc_tpm_gathering *all, struct vc_bytes text,
                                struct vc_err *err);
/* Makes the TPMT_PUBLIC of an AK again from its SubjectPublicKeyInfo: that whose name is this one,
 * among those that tools make. False: none is. */
bool vc_tpm_rebuild(struct vc_bytes spki, struct vc_bytes name, struct vc_buffer *area);

#endif
