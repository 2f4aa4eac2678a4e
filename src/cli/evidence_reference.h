/* SPDX-License-Identifier: MIT */

/* Reference values of the command line, or of a policy, for `evidence verify`. */

#ifndef VC_CLI_EVIDENCE_REFERENCE_H
#define VC_CLI_EVIDENCE_REFERENCE_H

#include "cli/arena.h"
#include "cli/options.h"
#include "evidence/claims.h"
#include "policy/policy.h"

struct vc_evidence_reference {
    struct vc_policy_platform accepted; /* borrows the arena, or the policy */
    struct vc_policy *policy;           /* owned; null: they are from options */
    bool has_any;                       /* something to compare with was given */
    bool has_measurement, has_vmpl;
};

/* The options --policy, or --measurement, --register, --minimum-tcb, --machine, --accept-tcb,
 * --vmpl, for evidence of this platform. VC_MALFORMED names the option; VC_UNTRUSTED: the policy
 * does not name the platform; and as vc_policy_file_load. */
enum vc_code vc_evidence_reference_take(const struct vc_arguments *arguments,
                                        enum vc_platform_kind platform, struct vc_arena *arena,
                                        struct vc_evidence_reference *reference,
                                        struct vc_err *err);
void vc_evidence_reference_done(struct vc_evidence_reference *reference);

/* As vc_reference_check; what was not given is not compared, but for the TCB status: of those that
 * vendors give only UpToDate will do where nothing else is accepted. */
enum vc_code vc_evidence_reference_compare(const struct vc_evidence_reference *reference,
                                           const struct vc_claims *claims, struct vc_err *err);

#endif
