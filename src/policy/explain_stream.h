/* SPDX-License-Identifier: MIT */

/* The streams of a policy, in sentences. */

#ifndef VC_POLICY_EXPLAIN_STREAM_H
#define VC_POLICY_EXPLAIN_STREAM_H

#include "policy/policy.h"
#include "policy/prose.h"

/* The parts of "may A, and B" that streams make for `who`; *said counts them. */
void vc_explain_stream_ends(struct vc_prose *prose, const struct vc_policy *policy,
                            struct vc_subject who, size_t *said);

/* A section with who produces and who receives each stream, what may leave before its end, and what
 * it costs; nothing if there are none. */
void vc_explain_streams(struct vc_prose *prose, const struct vc_policy *policy);

#endif
