/* SPDX-License-Identifier: MIT */

/* What must be so before a run starts, besides rights and caps: enough parties have given
 * something, the owners of data have consented to the program, and no budget is spent. And what is
 * remembered for it. */

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
    bool alone; /* outside a container there are no parties: only budgets are looked at */
};
enum vc_code vc_gate_new(const struct vc_gate_setup *setup, struct vc_gate **gate,
                         struct vc_err *err);
void vc_gate_free(struct vc_gate *gate); /* accepts null */
VC_DEFINE_CLEANUP(struct vc_gate, vc_gate_free);

/* The program's digest has this principal's consent from now on. Of one that nobody asks
 * (vc_policy_decide_consent) nothing is remembered. */
void vc_gate_consent(struct vc_gate *gate, size_t principal, size_t program);
[[nodiscard]] bool vc_gate_has_consent(const struct vc_gate *gate, size_t principal,
                                       size_t program);

/* The same of one who is asked, by index into lifecycle.consent. */
[[nodiscard]] bool vc_gate_has_consent_of(const struct vc_gate *gate, size_t consenter,
                                          size_t program);

/* Which of lifecycle.parties are present: a file that it was the last to write is there, which is
 * no program's, a key that it gave is held, or a stream that it produces is under way or had a
 * whole use. */
struct vc_gate_parties {
    bool there[VC_POLICY_PRINCIPALS_MAX]; /* by index into lifecycle.parties */
    size_t count;                         /* that are */
};
void vc_gate_look(const struct vc_gate *gate, struct vc_gate_parties *parties);

/* May a run of this program start now, of this stage (null: of none)? Counts nothing. VC_STATE:
 * "lifecycle.parties: 2 of at least 3 have given a file, a key or a stream; missing are carol and
 * dave", "lifecycle.consent: bob has not consented to the program psi (`veracruz consent give`)";
 * VC_LIMIT: "lifecycle.budgets[0]: 2 runs could read what is at /input/a/, and no more may". */
enum vc_code vc_gate_check(const struct vc_gate *gate, size_t program,
                           const struct vc_policy_stage *stage, struct vc_err *err);
/* It has started: every budget whose files it may read, there or not, is charged. */
void vc_gate_charge(struct vc_gate *gate, size_t program, const struct vc_policy_stage *stage);
/* How often each budget was charged; index into lifecycle.budgets. */
uint32_t vc_gate_spent(const struct vc_gate *gate, size_t budget);

#endif
