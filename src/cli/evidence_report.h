/* SPDX-License-Identifier: MIT */

/* What `evidence verify` found out, step by step, for people or as JSON. */

#ifndef VC_CLI_EVIDENCE_REPORT_H
#define VC_CLI_EVIDENCE_REPORT_H

#include "cli/command.h"
#include "cli/evidence_reference.h"

enum vc_evidence_step {
    VC_STEP_FORM,
    VC_STEP_SIGNATURES,
    VC_STEP_PLATFORM, /* no debugging, and what the vendor's collateral says of the platform */
    VC_STEP_REPORT_DATA,
    VC_STEP_REFERENCE,
};
constexpr size_t VC_EVIDENCE_STEPS = 5;

enum vc_evidence_outcome {
    VC_OUTCOME_NOT_REACHED,
    VC_OUTCOME_NOT_ASKED,
    VC_OUTCOME_PASSED,
    VC_OUTCOME_FAILED,
};

struct vc_evidence_report {
    const char *path;
    int64_t at;
    struct vc_claims claims; /* as far as they were read */
    enum vc_evidence_outcome outcomes[VC_EVIDENCE_STEPS];
    const struct vc_evidence_reference *reference; /* borrowed */
    bool has_report_data;
};

/* Prints it with the verdict: accepted; genuine, if there was nothing to compare with; or refused
 * with the text of `err`, whose code is VC_OK if nothing is wrong. Returns the exit code. */
int vc_evidence_report_print(struct vc_command *command, const struct vc_evidence_report *report,
                             const struct vc_err *err);

#endif
