/* SPDX-License-Identifier: MIT */

/* What a container writes down, and for whom, in sentences. */

#ifndef VC_POLICY_EXPLAIN_JOURNAL_H
#define VC_POLICY_EXPLAIN_JOURNAL_H

#include "policy/policy.h"
#include "policy/prose.h"

/* A section. */
void vc_explain_journal(struct vc_prose *prose, const struct vc_policy *policy);

#endif
