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

/* The block "rights", and the list "may" of any object as a set of enum vc_right. */
enum vc_code vc_policy_parse_rights(const struct vc_json_place *root, struct vc_policy *policy,
                                    struct vc_err *err);
enum vc_code vc_policy_parse_may(const struct vc_json_place *right, unsigned *may,
                                 struct vc_err *err);

/* The blocks "lifecycle", "narrowing", "pipelines" and "journal", which may be absent; all that
 * they name is there already. */
enum vc_code vc_policy_parse_lifecycle(const struct vc_json_place *root, struct vc_policy *policy,
                                       struct vc_err *err);
enum vc_code vc_policy_parse_narrowing(const struct vc_json_place *root, struct vc_policy *policy,
                                       struct vc_err *err);
enum vc_code vc_policy_parse_pipelines(const struct vc_json_place *root, struct vc_policy *policy,
                                       struct vc_err *err);
enum vc_code vc_policy_parse_journal(const struct vc_json_place *root, struct vc_policy *policy,
                                     struct vc_err *err);

/* The list "arguments" of a program or a stage; null-terminated. */
enum vc_code vc_policy_parse_arguments(const struct vc_json_place *list, char ***arguments,
                                       size_t *count, struct vc_err *err);

/* What a policy gives names to, and other blocks name. */
enum vc_policy_named {
    VC_NAMED_PRINCIPAL,
    VC_NAMED_PROGRAM,
    VC_NAMED_STREAM,
    VC_NAMED_KEY,
};
/* The index of what has the name that stands at `place`. VC_REFUSED: nothing has. */
enum vc_code vc_policy_parse_name(const struct vc_json_place *place, enum vc_policy_named named,
                                  const struct vc_policy *policy, size_t *index,
                                  struct vc_err *err);
/* The same of a list that was checked; choice->items is the caller's, also after an error. */
enum vc_code vc_policy_parse_names(const struct vc_json_place *list, enum vc_policy_named named,
                                   const struct vc_policy *policy, struct vc_policy_choice *choice,
                                   struct vc_err *err);
/* Who has the name that is the one member "principal" or "program" of `place`. */
enum vc_code vc_policy_parse_who(const struct vc_json_place *place, const struct vc_policy *policy,
                                 struct vc_subject *who, struct vc_err *err);

#endif
