/* SPDX-License-Identifier: MIT */

/* AMD's key hierarchy made at run time, and reports signed with it, for tests only: an ARK, ASK and
 * ASVK for each product, a VCEK and a VLEK for any TCB. What cannot be made ends the test. */

#ifndef VC_EVIDENCE_SNP_FIXTURE_H
#define VC_EVIDENCE_SNP_FIXTURE_H

#include "crypto/pki_fixture.h"
#include "evidence/anchors.h"
#include "evidence/collateral.h"
#include "evidence/snp_report.h"

constexpr int64_t VC_SNP_FIXTURE_NOW = 1800000000; /* 2027-01-15; in the middle of every validity */
constexpr int64_t VC_SNP_FIXTURE_SPAN = 86400;     /* of a leaf, to each side, in seconds */

struct vc_snp_fixture_line { /* of one product */
    struct vc_pki_key *ark_key, *ask_key, *asvk_key;
    struct vc_cert *ark, *ask, *asvk;
};

struct vc_snp_fixture {
    struct vc_snp_fixture_line lines[VC_SNP_PRODUCT_COUNT]; /* none of the unknown one */
    struct vc_pki_key *vcek_key, *vlek_key;
    struct vc_anchors anchors; /* the three ARKs */
};

/* Keys of 2048 bits, which the three products share unless `separate`: making them takes time. */
void vc_snp_fixture_init(struct vc_snp_fixture *fixture, bool separate);
void vc_snp_fixture_done(struct vc_snp_fixture *fixture);

/* What a report says; zero-initialised is a report of version 0. */
struct vc_snp_wish {
    enum vc_snp_product product;
    enum vc_snp_signer signer;
    uint32_t version, guest_svn, vmpl, flags; /* flags without SIGNING_KEY */
    uint64_t policy, platform_info;
    uint8_t tcb[VC_SNP_TCB_SIZE]; /* reported, committed, launch and current */
    uint8_t measurement[48];
    uint8_t report_data[64];
    uint8_t host_data[32];
    uint8_t chip[VC_SNP_CHIP_ID_SIZE];
};

/* A good one: version 3 (Turin: 5), policy 0x30000, a TCB and a chip of its own for each product.
 */
struct vc_snp_wish vc_snp_wish_of(enum vc_snp_product product, enum vc_snp_signer signer);

/* A leaf for the wish's chip and TCB. */
struct vc_cert *vc_snp_fixture_leaf(const struct vc_snp_fixture *fixture,
                                    const struct vc_snp_wish *wish);
/* The same with one extension otherwise: another value, or null data: without it. One that it did
 * not have is added. */
struct vc_cert *vc_snp_fixture_odd_leaf(const struct vc_snp_fixture *fixture,
                                        const struct vc_snp_wish *wish, const char *oid,
                                        struct vc_bytes value);
/* The 1184 bytes, unsigned. */
void vc_snp_fixture_write(const struct vc_snp_wish *wish, uint8_t report[VC_SNP_REPORT_SIZE]);
/* Puts the leaf key's signature where it belongs. */
void vc_snp_fixture_sign(const struct vc_snp_fixture *fixture, const struct vc_snp_wish *wish,
                         uint8_t report[VC_SNP_REPORT_SIZE]);
/* Both, one after the other. */
void vc_snp_fixture_report(const struct vc_snp_fixture *fixture, const struct vc_snp_wish *wish,
                           uint8_t report[VC_SNP_REPORT_SIZE]);
/* Appends a host's table with this one VCEK, as it follows an extended report. */
void vc_snp_fixture_table(const struct vc_cert *vcek, struct vc_buffer *evidence);
/* The ASK, the ASVK and a leaf for the wish, as collateral; the caller frees it. */
struct vc_collateral *vc_snp_fixture_collateral(const struct vc_snp_fixture *fixture,
                                                const struct vc_snp_wish *wish);

#endif
