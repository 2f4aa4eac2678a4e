/* SPDX-License-Identifier: MIT */

/* What is in force in a container, and why: `policy explain --live`. */

#ifndef VC_CLI_POLICY_LIVE_H
#define VC_CLI_POLICY_LIVE_H

#include "cli/command.h"

/* Asks the container for its narrowings, replays them on the user's own copy of the policy, and
 * prints what is left and what took the rest. Returns the exit code; 3 if something else is in
 * force than its narrowings make. */
int vc_policy_live_explain(struct vc_command *command);

#endif
