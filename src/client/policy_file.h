/* SPDX-License-Identifier: MIT */

/* A policy's file. */

#ifndef VC_CLIENT_POLICY_FILE_H
#define VC_CLIENT_POLICY_FILE_H

#include "policy/policy.h"

/* Loads and parses; the text of an error begins with the path. */
enum vc_code vc_policy_file_load(const char *path, struct vc_policy **policy, struct vc_err *err);

#endif
