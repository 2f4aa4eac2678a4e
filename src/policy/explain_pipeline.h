/* SPDX-License-Identifier: MIT */

/* What pipelines run, and who starts them, in sentences. */

#ifndef VC_POLICY_EXPLAIN_PIPELINE_H
#define VC_POLICY_EXPLAIN_PIPELINE_H

#include "policy/policy.h"
#include "policy/prose.h"

/* The parts of "may A, and B" that pipelines make for `who`; *said counts them. */
void vc_explain_pipeline_starts(struct vc_prose *prose, const struct vc_policy *policy,
                                struct vc_subject who, size_t *said);

/* How many pipelines have a stage of this program. */
size_t vc_pipelines_of(const struct vc_policy *policy, size_t program);
/* "the pipelines nightly and weekly": those; nothing if none. */
void vc_explain_pipelines_of(struct vc_prose *prose, const struct vc_policy *policy,
                             size_t program);

/* A section with the stages of each; nothing if there are none. */
void vc_explain_pipelines(struct vc_prose *prose, const struct vc_policy *policy);

/* "read and list", of rights without execute. */
void vc_explain_verbs(struct vc_prose *prose, unsigned may);

#endif
