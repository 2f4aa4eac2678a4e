/* SPDX-License-Identifier: MIT */

/* What makes decisions fast: the rights of each subject, programs and pinned files, by path. */

#ifndef VC_POLICY_INDEX_H
#define VC_POLICY_INDEX_H

#include "base/err.h"
#include "policy/path_list.h"

struct vc_policy;
struct vc_subject;

struct vc_policy_index {
    struct vc_path_list rights; /* those of one subject stand together; values: of policy->rights */
    size_t *first;              /* of each subject, principals first; and where the last ends */
    struct vc_path_list programs, pins;
};

/* Borrows the policy's paths: they must stay as they are. VC_MEMORY. */
enum vc_code vc_policy_index_init(struct vc_policy_index *index, const struct vc_policy *policy,
                                  struct vc_err *err);
void vc_policy_index_done(struct vc_policy_index *index);

/* The rights of one subject that exists. */
struct vc_path_list vc_policy_index_of(const struct vc_policy *policy, struct vc_subject who);

#endif
