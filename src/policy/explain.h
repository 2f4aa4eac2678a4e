/* SPDX-License-Identifier: MIT */

/* The policy in sentences, for the people who must agree to it. */

#ifndef VC_POLICY_EXPLAIN_H
#define VC_POLICY_EXPLAIN_H

#include "policy/policy.h"

/* Appends UTF-8 text: who may do what and nothing else, what runs and within which limits, what
 * ends the container, how weak the accepted isolation is. */
enum vc_code vc_policy_explain(const struct vc_policy *policy, struct vc_buffer *text,
                               struct vc_err *err);

#endif
