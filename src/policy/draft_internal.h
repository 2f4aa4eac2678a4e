/* SPDX-License-Identifier: MIT */

/* What the files that write a draft share. */

#ifndef VC_POLICY_DRAFT_INTERNAL_H
#define VC_POLICY_DRAFT_INTERNAL_H

#include "codec/json.h"
#include "policy/draft.h"

/* A policy being written. The first failure stays; what is written after it is thrown away. */
struct vc_pen {
    struct vc_json_writer json;
    enum vc_code code;
    struct vc_err *err;
};

/* Writes a string, or nothing for null. */
void vc_draft_put(struct vc_pen *pen, const char *key, const char *text);
void vc_draft_put_list(struct vc_pen *pen, const char *key, const char *const *texts, size_t count);
/* Errors begin with `place`. */
void vc_draft_put_number(struct vc_pen *pen, const char *place,
                         const struct vc_policy_draft_setting *setting);
void vc_draft_put_flag(struct vc_pen *pen, const char *place,
                       const struct vc_policy_draft_setting *setting);
/* VC_MALFORMED: the index-th has the key of one before it. */
enum vc_code vc_draft_check_single(const struct vc_policy_draft_setting *settings, size_t index,
                                   const char *place, struct vc_err *err);
/* The key under which `who` stands, "principal" or "program"; null: it is neither. */
const char *vc_draft_kind_of(const struct vc_policy_draft *draft, const char *who);

/* Blocks, each left out if nothing was said; the lifecycle never is. */
void vc_draft_put_lifecycle(struct vc_pen *pen, const struct vc_policy_draft *draft);
void vc_draft_put_narrowing(struct vc_pen *pen, const struct vc_policy_draft *draft);
void vc_draft_put_pipelines(struct vc_pen *pen, const struct vc_policy_draft *draft);
void vc_draft_put_journal(struct vc_pen *pen, const struct vc_policy_draft *draft);

#endif
