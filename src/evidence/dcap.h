/* SPDX-License-Identifier: MIT */

/* Evidence of Intel's TDX and SGX: quotes of DCAP, and the collateral that Intel publishes for them
 * (Intel SGX ECDSA Quote Library API; Intel TDX DCAP Quoting Library API; PCS API v4). The steps
 * are those of Intel's own quote verification library, in its order. */

#ifndef VC_EVIDENCE_DCAP_H
#define VC_EVIDENCE_DCAP_H

#include "evidence/evidence.h"

/* For VC_PLATFORM_TDX and VC_PLATFORM_SGX. A TD's event log, if given, must replay to RTMR0 to
 * RTMR3. By itself it refuses what Intel calls Revoked and what matches no level; any other status
 * is in the claims, for a policy to weigh. At VC_DEPTH_AUTHENTIC the quoting enclave must bear
 * Intel's MRSIGNER, for without collateral nothing else tells it from any enclave of the machine's
 * owner. */
enum vc_code vc_dcap_verify(const struct vc_evidence *evidence,
                            const struct vc_verification *verification, struct vc_claims *claims,
                            struct vc_err *err);
enum vc_code vc_dcap_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                          struct vc_err *err);

#endif
