/* SPDX-License-Identifier: MIT */

/* Files that each principal reads once: whom a file of which version was begun to be given. Until
 * it has it whole, a principal may come again for that version, and for no other; then the policy
 * in force says that it may not read it any more (policy/narrowing.h). */

#ifndef VC_RUNTIME_READ_ONCE_H
#define VC_RUNTIME_READ_ONCE_H

#include "base/err.h"

constexpr size_t VC_READ_ONCE_OF_ONE_MAX = 1024; /* begun by one principal, and not yet whole */

/* Zeros: none. */
struct vc_read_once {
    struct vc_read_once_claim {
        size_t principal;
        uint64_t version; /* of the content: unique in a tree, whatever the path */
        char *path;
    } *claims;
    size_t count, capacity;
};

/* VC_STATE: it has begun to read another version. VC_LIMIT, VC_MEMORY. */
enum vc_code vc_read_once_claim(struct vc_read_once *once, size_t principal, const char *path,
                                uint64_t version, struct vc_err *err);
/* It has it whole. */
void vc_read_once_forget(struct vc_read_once *once, size_t principal, const char *path);
void vc_read_once_done(struct vc_read_once *once);

#endif
