/* SPDX-License-Identifier: MIT */

/* What the verbs about runs do with pipelines. */

#ifndef VC_CLI_PIPELINE_H
#define VC_CLI_PIPELINE_H

#include "cli/command.h"

/* Each returns the exit code. */

/* `run --pipeline NAME`: starts it and waits for its end, as the options say. */
int vc_pipeline_run(struct vc_command *command);
/* `status --pipeline ID`, `kill --pipeline ID`. */
int vc_pipeline_status(struct vc_command *command);
int vc_pipeline_kill(struct vc_command *command);

/* Of a list that the client library has checked: each of them, for people. */
enum vc_code vc_pipeline_format_list(const char *list, struct vc_buffer *text, struct vc_err *err);

#endif
