/* SPDX-License-Identifier: MIT */

/* The connection of a verb that talks to a container. */

#ifndef VC_CLI_SESSION_H
#define VC_CLI_SESSION_H

#include "cli/command.h"
#include "policy/policy.h"

/* Fills in what --policy, --identity and --container say. False: said what is missing. */
[[nodiscard]] bool vc_session_options(struct vc_command *command, struct vcc_options *options);

/* Connects as --policy, --identity and --container say. Null: said why; *exit_code is set. */
vcc_client *vc_session_open(struct vc_command *command, int *exit_code);

/* The policy that --policy says, of a verb that is going to connect. Null: said why, or what is
 * missing; *exit_code is set. */
struct vc_policy *vc_session_policy(struct vc_command *command, int *exit_code);

/* For the cleanup attribute. */
void vc_session_closep(vcc_client **client);
/* The same, for a text that the client library made. */
void vc_session_freep(char **text);

#endif
