/* SPDX-License-Identifier: MIT */

/* What this program says in the end, in the way of the command that started it, and its exit
 * codes. */

#ifndef VC_LOCAL_REPORT_H
#define VC_LOCAL_REPORT_H

#include "policy/policy.h"
#include "runtime/pipelines.h"

/* As the command's (docs/cli.md). */
enum vc_exit {
    VC_EXIT_DONE = 0,
    VC_EXIT_FAILED = 1,
    VC_EXIT_MALFORMED = 2,
    VC_EXIT_UNTRUSTED = 3,
    VC_EXIT_REFUSED = 4,
    VC_EXIT_NOT_FOUND = 5,
    VC_EXIT_LIMIT = 6,
    VC_EXIT_DIGEST = 7,
    VC_EXIT_PIPELINE_FAILED = 8,
    VC_EXIT_RUN_FAILED = 134, /* what a shell says of a process that aborted */
    VC_EXIT_SIGNAL = 128,     /* and the number of the signal by which the user ended it */
};

/* The exit code for a failure of this class. */
enum vc_exit vc_exit_of(enum vc_code code);

/* Says why there was no run: a line on standard error, with `json` also the document
 * {"error":{"status":…,"exit_code":…,"text":…}} on standard output. Returns the exit code. */
int vc_report_error(enum vc_exit exit, const char *text, bool json);

/* Appends the run's document, as GET /v1/runs/{id} has it, and a line feed. */
enum vc_code vc_report_run(const struct vc_policy *policy, const struct vc_run_status *status,
                           struct vc_buffer *text, struct vc_err *err);
/* The same of a pipeline, as GET /v1/pipelines/{id} has it. */
enum vc_code vc_report_pipeline(const struct vc_policy *policy,
                                const struct vc_pipeline_status *status, struct vc_buffer *text,
                                struct vc_err *err);
/* For people: a line on standard error for each stage, and one for the whole. */
void vc_report_stages(const struct vc_policy *policy, const struct vc_pipeline_status *status);

#endif
