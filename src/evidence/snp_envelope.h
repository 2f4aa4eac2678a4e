/* SPDX-License-Identifier: MIT */

/* The forms in which attestation reports of SEV-SNP travel: the 1184 bytes alone; followed by the
 * certificate table of an extended report (AMD 56421 §4.1.8.1: GUID, offset, length); inside
 * Azure's HCL report; and any of these in hexadecimal. */

#ifndef VC_EVIDENCE_SNP_ENVELOPE_H
#define VC_EVIDENCE_SNP_ENVELOPE_H

#include "base/buffer.h"
#include "crypto/certificate.h"
#include "evidence/snp_hcl.h"

constexpr size_t VC_SNP_TABLE_MAX = 32; /* entries of a certificate table */

struct vc_snp_envelope {
    struct vc_bytes report; /* 1184 bytes, borrowed from the input or `decoded` */
    struct vc_cert *certs[VC_SNP_TABLE_MAX];
    size_t cert_count;
    bool is_hcl;
    struct vc_snp_hcl hcl;
    struct vc_buffer decoded;
};

/* Zero-initialised before; to be done with, whatever is returned. VC_MALFORMED. */
enum vc_code vc_snp_envelope_open(struct vc_bytes bytes, struct vc_snp_envelope *envelope,
                                  struct vc_err *err);
void vc_snp_envelope_done(struct vc_snp_envelope *envelope);

#endif
