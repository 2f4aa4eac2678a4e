/* SPDX-License-Identifier: MIT */

/* Two of a worker's calls: a question about the policy in force, and a narrowing of it. The packet
 * is hostile input, as all that a worker sends. */

#ifndef VC_RUNTIME_POLICY_CALL_H
#define VC_RUNTIME_POLICY_CALL_H

#include "abi/worker.h"
#include "policy/query.h"
#include "runtime/narrow.h"
#include "runtime/view.h"
#include "vfs/blob.h"

/* The run that calls. All borrowed. */
struct vc_policy_caller {
    struct vc_force *force;       /* its own */
    struct vc_narrower *narrower; /* the container's */
    const struct vc_query_facts *facts;
    const struct vc_view *view; /* null: without files */
};

struct vc_policy_reply {
    struct vc_worker_answer head;
    struct vc_blob *content; /* to attach; null: nothing */
    bool narrowed_run;       /* the caller's own force has changed: it is to be asked again */
};
void vc_policy_reply_done(struct vc_policy_reply *reply);

/* Is this packet one of the two, as far as its head says? */
[[nodiscard]] bool vc_policy_call_is(struct vc_bytes packet);

/* Answers it. What the policy refuses is an answer with a WASI error, and so is a narrowing of a
 * path where the run finds a symbolic link: what the program has written there is elsewhere. A
 * narrowing of the container is in force, and everything under way was asked again, the caller's
 * run included, when this returns. VC_MALFORMED: no honest worker sends it. VC_MEMORY. */
enum vc_code vc_policy_call(const struct vc_policy_caller *caller, struct vc_bytes packet,
                            struct vc_policy_reply *reply, struct vc_err *err);

#endif
