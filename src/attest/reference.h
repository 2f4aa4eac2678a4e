/* SPDX-License-Identifier: MIT */

/* Appraisal: what evidence claims against the reference values of a policy (RFC 9334 §8.5). */

#ifndef VC_ATTEST_REFERENCE_H
#define VC_ATTEST_REFERENCE_H

#include "evidence/claims.h"
#include "policy/policy.h"

/* The policy's block for this platform. Null: the policy does not name it. */
const struct vc_policy_platform *vc_reference_find(const struct vc_policy *policy,
                                                   enum vc_platform_kind kind);

/* How a measurement that differs can be looked into, to follow what differs: "; compare with …".
 * Only that of `process` is of the files here; those of machines are their launch's. May be "". */
const char *vc_reference_measurement_hint(enum vc_platform_kind platform);

/* Compares claims of verified evidence with all that the block says, in this order: measurement
 * (none accepted: refused), registers, privilege level, TCB status, minimum of each part (in every
 * `which` that states it; one that the evidence does not state is refused), machine. Unless the
 * evidence was `judged` (VC_DEPTH_JUDGED), the status is not compared, and a part that it does not
 * state may be one that collateral states: both are in the certificate's verdict. *status is what a
 * certificate may say: the vendor's, or VC_TCB_AT_LEAST if the vendor says nothing and the policy
 * set a minimum. VC_UNTRUSTED with both sides: "reported TCB microcode 0x73, at least 0x80 wanted";
 * "measurement differs: the policy accepts 9f3c… (2 values), this container is 71aa…". */
enum vc_code vc_reference_check(const struct vc_policy_platform *accepted,
                                const struct vc_claims *claims, bool judged,
                                enum vc_tcb_status *status, struct vc_err *err);

#endif
