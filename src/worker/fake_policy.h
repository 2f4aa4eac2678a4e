/* SPDX-License-Identifier: MIT */

/* For tests: what the runtime's end answers to questions about the policy. */

#ifndef VC_WORKER_FAKE_POLICY_H
#define VC_WORKER_FAKE_POLICY_H

#include "abi/worker.h"
#include "base/defs.h"

/* The errno, and a sealed memory file of `size` bytes, or -1. A question is its own answer, but for
 * one that begins with "?": ACCES. Of a narrowing the answer is "run:" or "all:" and the text; what
 * begins with "!" is refused, NOSPC. */
uint32_t fake_policy_answer(const struct vc_worker_call *call, struct vc_bytes text, int *fd,
                            uint64_t *size);

#endif
