/* SPDX-License-Identifier: MIT */

/* The report of Azure's host compatibility layer, as a confidential machine reads it from its vTPM
 * (NV index 0x01400001): a hardware report, and the runtime data, a JSON text, whose digest the
 * hardware report's data are. It brings the key that the vTPM quotes with. */

#ifndef VC_EVIDENCE_SNP_HCL_H
#define VC_EVIDENCE_SNP_HCL_H

#include "base/octets.h"
#include "crypto/digest.h"

struct vc_snp_hcl {
    uint32_t version;
    struct vc_bytes report;       /* 1184 bytes; borrowed */
    struct vc_bytes runtime_data; /* borrowed */
    enum vc_hash hash;
    struct vc_octets ak;        /* SHA-256 over the SubjectPublicKeyInfo of the key "HCLAkPub" */
    struct vc_octets user_data; /* empty: it has none */
};

/* Does it begin as one? */
[[nodiscard]] bool vc_snp_hcl_is(struct vc_bytes bytes);
/* VC_MALFORMED: also of a machine of Intel. */
enum vc_code vc_snp_hcl_parse(struct vc_bytes bytes, struct vc_snp_hcl *hcl, struct vc_err *err);
/* VC_UNTRUSTED: these report data (64 bytes) are not the runtime data's digest and then zeros. */
enum vc_code vc_snp_hcl_check(const struct vc_snp_hcl *hcl, struct vc_bytes report_data,
                              struct vc_err *err);

#endif
