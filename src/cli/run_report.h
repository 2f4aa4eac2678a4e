/* SPDX-License-Identifier: MIT */

/* How a run is told, to people and to programs. */

#ifndef VC_CLI_RUN_REPORT_H
#define VC_CLI_RUN_REPORT_H

#include "cli/command.h"
#include "codec/json.h"

/* It exited with 0. */
[[nodiscard]] bool vc_run_report_succeeded(const struct vcc_run *run);
/* A run object of docs/http-api.md; `key` is null at the top. */
void vc_run_report_write(struct vc_json_writer *writer, const char *key, const struct vcc_run *run);
/* A line. */
enum vc_code vc_run_report_format(const struct vcc_run *run, struct vc_buffer *text,
                                  struct vc_err *err);
/* On standard output, as --json says. Returns the exit code. */
int vc_run_report_print(struct vc_command *command, const struct vcc_run *run);
/* Why it did not succeed, on standard error. */
void vc_run_report_failure(struct vc_command *command, const struct vcc_run *run);

#endif
