/* SPDX-License-Identifier: MIT */

/* What the files that parse a policy share. */

#ifndef VC_POLICY_PARSE_INTERNAL_H
#define VC_POLICY_PARSE_INTERNAL_H

#include "codec/json.h"
#include "policy/policy.h"

static constexpr int64_t VC_POLICY_BYTES_MAX = INT64_C(1) << 40; /* of all files, and of one run */

/* The block "programs"; `policy->storage` is there already. */
enum vc_code vc_policy_parse_programs(const struct vc_json_place *root, struct vc_policy *policy,
                                      struct vc_err *err);

#endif
