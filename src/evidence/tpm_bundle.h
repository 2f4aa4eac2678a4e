/* SPDX-License-Identifier: MIT */

/* Evidence of a TPM in one piece: a quote and what it takes to check it, as a map in deterministic
 * CBOR. Keys (all values are the TPM's and X.509's own bytes):
 *
 *     0  version, 1
 *     1  TPMS_ATTEST                     bytes
 *     2  TPMT_SIGNATURE                  bytes
 *     3  AK as TPMT_PUBLIC               bytes  \ exactly one of the two
 *     4  AK as SubjectPublicKeyInfo      bytes  /
 *     5  values of the quoted PCRs       array of bytes, ascending; optional
 *     6  event log of the boot           bytes; optional
 *     7  AK certificate, then its CAs    array of bytes (DER); optional
 *     8  EK certificate, then its CAs    array of bytes (DER); optional
 *     9  EK as TPMT_PUBLIC               bytes; optional
 */

#ifndef VC_EVIDENCE_TPM_BUNDLE_H
#define VC_EVIDENCE_TPM_BUNDLE_H

#include "base/buffer.h"
#include "evidence/evidence.h"
#include "evidence/tpm_structures.h"

constexpr size_t VC_TPM_CHAIN_MAX = 6; /* certificates of one array */

struct vc_tpm_chain {
    struct vc_bytes certs[VC_TPM_CHAIN_MAX]; /* DER, the leaf first */
    size_t count;                            /* 0: absent */
};

/* All borrowed; empty runs are absent. */
struct vc_tpm_bundle {
    struct vc_bytes attest;
    struct vc_bytes signature;
    struct vc_bytes ak_public; /* TPMT_PUBLIC */
    struct vc_bytes ak_key;    /* SubjectPublicKeyInfo, if there is no ak_public */
    struct vc_bytes pcrs[VC_TPM_PCRS];
    size_t pcr_count;
    struct vc_bytes event_log;
    struct vc_tpm_chain ak_chain;
    struct vc_tpm_chain ek_chain;
    struct vc_bytes ek_public; /* TPMT_PUBLIC */
};

/* Appends. VC_LIMIT: beyond VC_EVIDENCE_SIZE_MAX, or a part that vc_tpm_bundle_parse would refuse;
 * nothing was appended. */
enum vc_code vc_tpm_bundle_encode(const struct vc_tpm_bundle *bundle, struct vc_buffer *out,
                                  struct vc_err *err);
/* Form of the bundle, not of what is in it; borrows `bytes`. VC_MALFORMED names the key. */
enum vc_code vc_tpm_bundle_parse(struct vc_bytes bytes, struct vc_tpm_bundle *bundle,
                                 struct vc_err *err);

#endif
