/* SPDX-License-Identifier: MIT */

/* The certificate of the key that signs a report: VCEK, a chip's own, or VLEK, which AMD gives to a
 * cloud (AMD 57230 §3, AMD 58369). Reads what they say of chip and TCB, and picks the one for a
 * report. Whether AMD signed it is crypto/chain.h's business. */

#ifndef VC_EVIDENCE_SNP_LEAF_H
#define VC_EVIDENCE_SNP_LEAF_H

#include "evidence/anchors.h"
#include "evidence/snp_report.h"

struct vc_snp_leaf {
    const struct vc_cert *cert; /* borrowed */
    enum vc_snp_signer kind;
    enum vc_snp_product product; /* by its issuer's name */
    uint8_t tcb[VC_SNP_TCB_SIZE];
    struct vc_bytes chip; /* VCEK: hwID, 64 bytes or 8; empty for VLEK. Borrowed */
};

/* VC_NOT_FOUND: neither by its name; VC_MALFORMED: its extensions are not as AMD makes them. */
enum vc_code vc_snp_leaf_parse(const struct vc_cert *cert, struct vc_snp_leaf *leaf,
                               struct vc_err *err);

/* Where it may be found; borrowed. */
struct vc_snp_sources {
    const struct vc_certs *piles;
    size_t pile_count;
    int64_t now;
};

/* The one of the report's chip and reported TCB; of several one that is in time. If the report
 * masks its chip, the one that signed it. VC_NOT_FOUND: which is missing, and where AMD hands it
 * out. */
enum vc_code vc_snp_leaf_choose(const struct vc_snp_report *report,
                                const struct vc_snp_sources *sources, struct vc_snp_leaf *leaf,
                                struct vc_err *err);

/* Is the report's signature this key's? VC_UNTRUSTED. */
enum vc_code vc_snp_leaf_verify(const struct vc_snp_leaf *leaf, const struct vc_snp_report *report,
                                struct vc_err *err);

#endif
