/* SPDX-License-Identifier: MIT */

/* A policy's content as a table. */

#ifndef VC_CLI_POLICY_TABLE_H
#define VC_CLI_POLICY_TABLE_H

#include "policy/policy.h"

/* Appends all of it, a line each; text from certificates is cleaned for a terminal. */
enum vc_code vc_policy_table(const struct vc_policy *policy, struct vc_buffer *text,
                             struct vc_err *err);

#endif
