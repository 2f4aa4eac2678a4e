/* SPDX-License-Identifier: MIT */

/* Quotes of Intel's DCAP, versions 3 (SGX), 4 and 5 (SGX and TDX): their form (Intel SGX ECDSA
 * Quote Library API, appendix A; Intel TDX DCAP Quoting Library API, appendix A.3 and A.4). */

#ifndef VC_EVIDENCE_QUOTE_H
#define VC_EVIDENCE_QUOTE_H

#include "base/buffer.h"

constexpr size_t VC_QUOTE_SIGNATURE_SIZE = 64; /* ECDSA P-256, r || s */
constexpr size_t VC_QUOTE_KEY_SIZE = 64;       /* x || y */
constexpr size_t VC_QUOTE_SVN_COUNT = 16;      /* components of CPUSVN and TEE_TCB_SVN */
constexpr size_t VC_QUOTE_RTMR_COUNT = 4;

constexpr uint32_t VC_QUOTE_TEE_SGX = 0;
constexpr uint32_t VC_QUOTE_TEE_TDX = 0x81;

/* Bits of an enclave's ATTRIBUTES.FLAGS. */
constexpr uint64_t VC_SGX_INIT = 1u << 0;
constexpr uint64_t VC_SGX_DEBUG = 1u << 1;

/* Bits of TDATTRIBUTES. */
constexpr uint64_t VC_TD_TUD = 0xff; /* under debug, whichever of them */
constexpr uint64_t VC_TD_DEBUG = 1u << 0;
constexpr uint64_t VC_TD_MIGRATABLE = 1u << 29;

/* What stands between header and signature; the numbers are those of version 5. */
enum vc_quote_body {
    VC_QUOTE_BODY_SGX = 1,
    VC_QUOTE_BODY_TD10 = 2,
    VC_QUOTE_BODY_TD15 = 3,
};

/* REPORTBODY of an enclave, 384 bytes. All runs borrow the quote. */
struct vc_enclave_report {
    struct vc_bytes whole;
    struct vc_bytes cpusvn; /* 16 */
    uint32_t miscselect;
    struct vc_bytes isvextprodid; /* 16 */
    struct vc_bytes attributes;   /* 16: flags and xfrm, as they stand */
    uint64_t flags, xfrm;
    struct vc_bytes mrenclave, mrsigner; /* 32 each */
    struct vc_bytes configid;            /* 64 */
    uint16_t isvprodid, isvsvn, configsvn;
    struct vc_bytes isvfamilyid; /* 16 */
    struct vc_bytes report_data; /* 64 */
};

/* TDREPORT's part in a quote, 584 bytes, or 648 of TDX 1.5. */
struct vc_td_report {
    struct vc_bytes tee_tcb_svn;          /* 16 */
    struct vc_bytes mrseam, mrsignerseam; /* 48 each */
    uint64_t seamattributes, tdattributes, xfam;
    struct vc_bytes mrtd, mrconfigid, mrowner, mrownerconfig; /* 48 each */
    struct vc_bytes rtmr[VC_QUOTE_RTMR_COUNT];                /* 48 each */
    struct vc_bytes report_data;                              /* 64 */
    struct vc_bytes tee_tcb_svn2;                             /* 16, or none before 1.5 */
    struct vc_bytes mrservicetd;                              /* 48, or none before 1.5 */
};

/* How the quote names the key that signed the report of the quoting enclave. */
enum vc_quote_certification {
    VC_QUOTE_PPID_PLAIN = 1, /* 1 to 3: the processor's number, plain or encrypted, and its SVNs */
    VC_QUOTE_PPID_RSA2048 = 2,
    VC_QUOTE_PPID_RSA3072 = 3,
    VC_QUOTE_PCK_CERT = 4,
    VC_QUOTE_PCK_CHAIN = 5, /* in PEM: PCK certificate, its issuer, the root */
};

struct vc_quote {
    uint16_t version;
    uint32_t tee_type;
    uint16_t qe_svn, pce_svn;             /* version 3 */
    struct vc_bytes qe_vendor, user_data; /* 16, 20 */
    enum vc_quote_body body;
    struct vc_enclave_report enclave; /* body SGX */
    struct vc_td_report td;           /* body TD10, TD15 */
    struct vc_bytes signed_part;      /* header and body */
    struct vc_bytes signature;        /* over signed_part, by attestation_key */
    struct vc_bytes attestation_key;
    struct vc_enclave_report qe; /* of the quoting enclave, which holds attestation_key */
    struct vc_bytes qe_signature;
    struct vc_bytes auth_data;
    enum vc_quote_certification certification;
    struct vc_bytes certification_data;
    size_t padding; /* zero bytes behind the quote */
};

/* The quote, which may be written in hex or base 64, perhaps as {"quote": "…"}: `room` then holds
 * the bytes that `quote` borrows. VC_MALFORMED: another version, key type, vendor or body, lengths
 * that do not fit, or bytes behind it that are not zero. */
enum vc_code vc_quote_parse(struct vc_bytes evidence, struct vc_buffer *room,
                            struct vc_quote *quote, struct vc_err *err);

/* The first attribute for which no verifier may accept an enclave or TD, whatever a policy says:
 * debugging, bits that are reserved, and for TDs: migratable, SEAM attributes. VC_UNTRUSTED. */
enum vc_code vc_quote_check_attributes(const struct vc_quote *quote, struct vc_err *err);
/* Of an enclave alone; `who` begins the text. */
enum vc_code vc_enclave_check_attributes(const struct vc_enclave_report *report, const char *who,
                                         struct vc_err *err);
/* May somebody outside look in? */
[[nodiscard]] bool vc_quote_is_debug(const struct vc_quote *quote);

#endif
