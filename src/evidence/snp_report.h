/* SPDX-License-Identifier: MIT */

/* ATTESTATION_REPORT of SEV-SNP (AMD 56860 table 23, revisions 1.51 to 1.58), and what AMD calls
 * the parts of a TCB_VERSION, which each product orders in its own way (AMD 57230 §4.1). */

#ifndef VC_EVIDENCE_SNP_REPORT_H
#define VC_EVIDENCE_SNP_REPORT_H

#include "base/err.h"

constexpr size_t VC_SNP_REPORT_SIZE = 1184;
constexpr size_t VC_SNP_SIGNED_SIZE = 672; /* from the start */
constexpr size_t VC_SNP_TCB_SIZE = 8;
constexpr size_t VC_SNP_CHIP_ID_SIZE = 64;
constexpr size_t VC_SNP_SHORT_ID_SIZE = 8; /* how much of CHIP_ID names a Turin */
constexpr size_t VC_SNP_SIGNATURE_SIZE = 96;
constexpr size_t VC_SNP_RESERVED_MAX = 8;
constexpr uint32_t VC_SNP_CPUID_VERSION = 3; /* the first report that says which CPU */
constexpr uint32_t VC_SNP_MITIGATION_VERSION = 4;
constexpr uint32_t VC_SNP_VMPL_MAX = 3;

enum vc_snp_product { VC_SNP_UNKNOWN, VC_SNP_MILAN, VC_SNP_GENOA, VC_SNP_TURIN };
constexpr size_t VC_SNP_PRODUCT_COUNT = 4; /* with the unknown one */

/* "Milan"; "" of the unknown one. */
const char *vc_snp_product_name(enum vc_snp_product product);
[[nodiscard]] enum vc_snp_product vc_snp_product_find(const char *name);

/* SIGNING_KEY */
enum vc_snp_signer { VC_SNP_VCEK = 0, VC_SNP_VLEK = 1, VC_SNP_NOBODY = 7 };

/* Bits of POLICY. */
constexpr uint64_t VC_SNP_POLICY_SMT = 1 << 16;
constexpr uint64_t VC_SNP_POLICY_ONE = 1 << 17; /* reserved, and must be one */
constexpr uint64_t VC_SNP_POLICY_MIGRATE_MA = 1 << 18;
constexpr uint64_t VC_SNP_POLICY_DEBUG = 1 << 19;
constexpr uint64_t VC_SNP_POLICY_KNOWN = (1 << 26) - 1;

/* One byte of a TCB_VERSION. */
struct vc_snp_part {
    const char *name;      /* "microcode"; null: reserved */
    size_t index;          /* in the eight bytes */
    const char *oid;       /* of the certificate extension that must say the same */
    const char *parameter; /* of AMD's key server: "ucodeSPL" */
};

struct vc_snp_layout {
    const struct vc_snp_part *parts;
    size_t part_count;
};

/* Of the unknown product: Milan's. */
struct vc_snp_layout vc_snp_layout_of(enum vc_snp_product product);

struct vc_snp_firmware {
    uint8_t build, minor, major;
};

/* Runs borrow the bytes. */
struct vc_snp_report {
    uint32_t version, guest_svn;
    uint64_t policy;
    struct vc_bytes family_id, image_id;
    uint32_t vmpl, signature_algorithm;
    struct vc_bytes current_tcb;
    uint64_t platform_info;
    uint32_t flags;
    struct vc_bytes report_data, measurement, host_data, id_key_digest, author_key_digest;
    struct vc_bytes report_id, report_id_ma;
    struct vc_bytes reported_tcb;
    uint8_t cpu_family, cpu_model, cpu_stepping;
    struct vc_bytes chip_id;
    struct vc_bytes committed_tcb;
    struct vc_snp_firmware current, committed;
    struct vc_bytes launch_tcb;
    uint64_t launch_mitigations, current_mitigations;
    struct vc_bytes signature_r, signature_s; /* 72 bytes each, little endian */

    struct vc_bytes signed_part;
    struct {
        size_t offset;
        struct vc_bytes bytes;
    } reserved[VC_SNP_RESERVED_MAX]; /* what this version's form leaves empty */
    size_t reserved_count;
};

/* Reads all fields of VC_SNP_REPORT_SIZE bytes, whatever they hold. VC_MALFORMED: another size. */
enum vc_code vc_snp_report_parse(struct vc_bytes bytes, struct vc_snp_report *report,
                                 struct vc_err *err);
/* A version and signature algorithm that we know, reserved bits and bytes as they must be.
 * VC_MALFORMED. */
enum vc_code vc_snp_report_check(const struct vc_snp_report *report, struct vc_err *err);

/* By the CPUID fields; VC_SNP_UNKNOWN: version 2, or a CPU that this version does not know. */
enum vc_snp_product vc_snp_report_product(const struct vc_snp_report *report);
enum vc_snp_signer vc_snp_report_signer(const struct vc_snp_report *report);
[[nodiscard]] bool vc_snp_is_zero(struct vc_bytes bytes);

#endif
