/* SPDX-License-Identifier: MIT */

/* Whether the files whose digest the policy fixes have it, asked again before a run may see them: a
 * program's module, and the pinned files that it may read. Each content is hashed once, off the
 * event loop; contents are sealed, so that what was found stays true. */

#ifndef VC_RUNTIME_DIGESTS_H
#define VC_RUNTIME_DIGESTS_H

#include <stdatomic.h>

#include "net/loop.h"
#include "policy/policy.h"
#include "vfs/tree.h"

/* Hashes a content by its descriptor, on any thread, until *stopped. VC_CLOSED: it was; VC_HOST,
 * VC_MEMORY. */
enum vc_code vc_digests_hash(const struct vc_blob *blob, const atomic_bool *stopped,
                             uint8_t digest[VC_SHA256_SIZE], struct vc_err *err);

/* A check that goes on. */
struct vc_digests;

struct vc_digests_order {
    struct vc_loop *loop;
    const struct vc_policy *policy;
    size_t program;
    const struct vc_tree *tree;
    /* `reason`: null if all is as the policy says. */
    void (*done)(void *user, const char *reason);
    void *user;
};

/* Checks what is in the tree now. Calls done, at once if all is known, with *digests null then;
 * `*digests` is gone when it is called. */
enum vc_code vc_digests_check(const struct vc_digests_order *order, struct vc_digests **digests,
                              struct vc_err *err);
/* Stops without calling done. Null is allowed. */
void vc_digests_cancel(struct vc_digests *digests);

#endif
