/* SPDX-License-Identifier: MIT */

/* The extension of PCK certificates: which platform, and with what TCB (Intel SGX PCK Certificate
 * and CRL Profile Specification 1.5, §1.3.5). */

#ifndef VC_EVIDENCE_PCK_H
#define VC_EVIDENCE_PCK_H

#include "crypto/certificate.h"
#include "evidence/quote.h"

constexpr size_t VC_PCK_PPID_SIZE = 16;
constexpr size_t VC_PCK_INSTANCE_SIZE = 16;
constexpr size_t VC_PCK_FMSPC_SIZE = 6;
constexpr size_t VC_PCK_PCEID_SIZE = 2;

/* A boolean that is only there for platforms of several packages. */
enum vc_pck_flag { VC_PCK_UNDEFINED, VC_PCK_FALSE, VC_PCK_TRUE };

struct vc_pck {
    uint8_t ppid[VC_PCK_PPID_SIZE];
    uint8_t svns[VC_QUOTE_SVN_COUNT]; /* SGX TCB components */
    uint16_t pcesvn;
    uint8_t cpusvn[VC_QUOTE_SVN_COUNT];
    uint8_t pceid[VC_PCK_PCEID_SIZE];
    uint8_t fmspc[VC_PCK_FMSPC_SIZE];
    uint32_t type; /* 0 standard, 1 scalable, 2 scalable with integrity */
    bool has_instance;
    uint8_t instance[VC_PCK_INSTANCE_SIZE];
    enum vc_pck_flag dynamic_platform, cached_keys, smt;
};

/* VC_NOT_FOUND: the certificate has no such extension, so it is no PCK certificate. VC_MALFORMED:
 * a field is missing, stands twice or is out of form. */
enum vc_code vc_pck_parse(const struct vc_cert *cert, struct vc_pck *pck, struct vc_err *err);

/* Of the extension's value alone. */
enum vc_code vc_pck_parse_extension(struct vc_bytes value, struct vc_pck *pck, struct vc_err *err);

#endif
