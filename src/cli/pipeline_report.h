/* SPDX-License-Identifier: MIT */

/* How a run of a pipeline is told, to people and to programs. */

#ifndef VC_CLI_PIPELINE_REPORT_H
#define VC_CLI_PIPELINE_REPORT_H

#include "cli/command.h"
#include "codec/json.h"

constexpr size_t VC_STAGE_LINE_MAX = 320;

[[nodiscard]] bool vc_pipeline_report_succeeded(const struct vcc_pipeline *pipeline);
/* A pipeline object of docs/http-api.md; `key` is null at the top. */
void vc_pipeline_report_write(struct vc_json_writer *writer, const char *key,
                              const struct vcc_pipeline *pipeline);
/* "exited with code 0", "skipped: stage left exited with 0" */
void vc_pipeline_report_stage(const struct vcc_stage *stage, char line[VC_STAGE_LINE_MAX]);
/* A line, and one for each stage below it. */
enum vc_code vc_pipeline_report_format(const struct vcc_pipeline *pipeline, struct vc_buffer *text,
                                       struct vc_err *err);
/* On standard output, as --json says. Returns the exit code. */
int vc_pipeline_report_print(struct vc_command *command, const struct vcc_pipeline *pipeline);
/* Why it did not succeed, on standard error. */
void vc_pipeline_report_failure(struct vc_command *command, const struct vcc_pipeline *pipeline);

#endif
