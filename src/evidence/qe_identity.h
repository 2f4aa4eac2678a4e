/* SPDX-License-Identifier: MIT */

/* The identity of a quoting enclave, as PCS publishes it ("enclaveIdentity", version 2). */

#ifndef VC_EVIDENCE_QE_IDENTITY_H
#define VC_EVIDENCE_QE_IDENTITY_H

#include "evidence/pcs.h"
#include "evidence/quote.h"

constexpr size_t VC_QE_LEVELS_MAX = 32;

struct vc_qe_identity {
    struct vc_pcs_head head;
    char id[8];                                  /* "QE", "TD_QE" */
    uint8_t miscselect[4], miscselect_mask[4];   /* as in a report: little endian */
    uint8_t attributes[16], attributes_mask[16]; /* likewise */
    uint8_t mrsigner[32];
    uint16_t isvprodid;
    struct vc_pcs_level levels[VC_QE_LEVELS_MAX];
    size_t level_count;
};

/* VC_MALFORMED names the place; unknown members are passed over. */
enum vc_code vc_qe_identity_parse(struct vc_bytes body, struct vc_qe_identity *identity,
                                  struct vc_err *err);

/* Is this the report of that enclave? VC_UNTRUSTED: the first field that differs, or an ISVSVN
 * below every level. *level is borrowed from `identity`. */
enum vc_code vc_qe_identity_check(const struct vc_qe_identity *identity,
                                  const struct vc_enclave_report *report,
                                  const struct vc_pcs_level **level, struct vc_err *err);

#endif
