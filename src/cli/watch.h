/* SPDX-License-Identifier: MIT */

/* A run shown while it goes on. */

#ifndef VC_CLI_WATCH_H
#define VC_CLI_WATCH_H

#include "cli/command.h"

/* Until its end: a line that changes at a terminal; with --json one object a line on standard
 * output, {"event":"state","run":{…}}, of which the last is the end. */
enum vcc_status vc_watch_follow(struct vc_command *command, vcc_client *client, const char *id,
                                struct vcc_run *run, struct vcc_error *error);

#endif
