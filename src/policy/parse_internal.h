/* SPDX-License-Identifier: MIT */

/* What the files that parse a policy share. */

#ifndef VC_POLICY_PARSE_INTERNAL_H
#define VC_POLICY_PARSE_INTERNAL_H

#include "codec/json.h"
#include "policy/policy.h"

static constexpr int64_t VC_POLICY_BYTES_MAX = INT64_C(1) << 40; /* of all files, and of one run */
/* How much more than its files may grow a run writes by default, over and over. */
static constexpr int64_t VC_POLICY_REWRITES = 16;

/* The member "platforms" of the block "attestation". */
enum vc_code vc_policy_parse_platforms(const struct vc_json_place *attestation,
                                       struct vc_policy_attestation *model, struct vc_err *err);
/* The block "programs"; `policy->storage` is there already. */
enum vc_code vc_policy_parse_programs(const struct vc_json_place *root, struct vc_policy *policy,
                                      struct vc_err *err);
/* The block "pins", which may be absent. */
enum vc_code vc_policy_parse_pins(const struct vc_json_place *root, struct vc_policy *policy,
                                  struct vc_err *err);
/* The block "streams", which may be absent; principals and programs are there already. */
enum vc_code vc_policy_parse_streams(const struct vc_json_place *root, struct vc_policy *policy,
                                     struct vc_err *err);

/* The block "keys", which may be absent; likewise. */
enum vc_code vc_policy_parse_keys(const struct vc_json_place *root, struct vc_policy *policy,
                                  struct vc_err *err);

/* The index of the principal or program, as who->kind says, whose name stands at `place`. */
enum vc_code vc_policy_parse_reference(const struct vc_json_place *place,
                                       const struct vc_policy *policy, struct vc_subject *who,
                                       struct vc_err *err);
/* The same by the one member of `place` that is "principal" or "program". */
enum vc_code vc_policy_parse_who(const struct vc_json_place *place, const struct vc_policy *policy,
                                 struct vc_subject *who, struct vc_err *err);

#endif
