/* SPDX-License-Identifier: MIT */

/* Digests of contents that nobody has hashed yet, one after the other and off the event loop.
 * Contents are sealed, so that what was found stays true, and is noted with them. */

#ifndef VC_RUNTIME_CONTENTS_H
#define VC_RUNTIME_CONTENTS_H

#include "net/loop.h"
#include "vfs/blob.h"

constexpr uint64_t VC_CONTENTS_AT_ONCE = 256 << 10; /* bytes that are hashed without waiting */

struct vc_contents;

enum vc_code vc_contents_new(struct vc_loop *loop, struct vc_contents **contents,
                             struct vc_err *err);
/* Nobody who waits is called. */
void vc_contents_free(struct vc_contents *contents); /* accepts null */
VC_DEFINE_CLEANUP(struct vc_contents, vc_contents_free);

/* Somebody who waits for a digest. Must live until `known` was called or vc_contents_leave. */
struct vc_contents_waiter {
    /* VC_OK: vc_blob_digest tells it. */
    void (*known)(void *user, enum vc_code code, const struct vc_err *err);
    void *user;
    struct vc_blob *blob; /* this and the next are the contents' own */
    struct vc_contents_waiter *next;
};

/* *now: the digest is known, and nobody is called. Otherwise the waiter will be. VC_MEMORY,
 * VC_HOST. */
enum vc_code vc_contents_await(struct vc_contents *contents, struct vc_blob *blob,
                               struct vc_contents_waiter *waiter, bool *now, struct vc_err *err);
void vc_contents_leave(struct vc_contents *contents, struct vc_contents_waiter *waiter);

#endif
