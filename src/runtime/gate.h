/* SPDX-License-Identifier: MIT */

/* What must be so before a run starts, besides rights and caps: enough parties have given
 * something, the owners of data have consented to the program, and no budget is spent. And what is
 * remembered for it: who gave what is there. */

#ifndef VC_RUNTIME_GATE_H
#define VC_RUNTIME_GATE_H

#include "policy/policy.h"
#include "runtime/keys.h"
#include "runtime/streams.h"
#include "vfs/tree.h"

struct vc_gate;

/* All borrowed for its life. */
struct vc_gate_setup {
    const struct vc_policy *policy;
    const struct vc_tree *tree;
    const struct vc_keys *keys;
    struct vc_streams *streams;
};
enum vc_code vc_gate_new(const struct vc_gate_setup *setup, struct vc_gate **gate,
                         struct vc_err *err);
void vc_gate_free(struct vc_gate *gate); /* accepts null */
VC_DEFINE_CLEANUP(struct vc_gate, vc_gate_free);

/* The program's digest has this principal's consent from now on. */
void vc_gate_consent(struct vc_gate *gate, size_t principal, size_t program);
[[nodiscard]] bool vc_gate_has_consent(const struct vc_gate *gate, size_t principal,
                                       size_t program);

/* May a run of this program start now? Counts nothing. VC_STATE: "lifecycle.parties: 2 of at least
 * 3 have given something: still missing are …", "lifecycle.consent: bob has not consented to
 * psi"; VC_LIMIT: "lifecycle.budgets[0]: /input/a was used by 2 runs, and may be by no more". */
enum vc_code vc_gate_check(const struct vc_gate *gate, size_t program, struct vc_err *err);
/* It has started: every budget whose files it may read, there or not, is charged. */
void vc_gate_charge(struct vc_gate *gate, size_t program);
/* How often each budget was charged; index into lifecycle.budgets. */
uint32_t vc_gate_spent(const struct vc_gate *gate, size_t budget);

#endif
