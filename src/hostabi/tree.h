/* SPDX-License-Identifier: MIT */

/* What WASI needs from the container's files, as one question at a time.
 *
 * A worker has no files: it asks the runtime over its socket. A test answers from an array.
 */

#ifndef VC_HOSTABI_TREE_H
#define VC_HOSTABI_TREE_H

#include "abi/worker.h"
#include "base/err.h"

struct vc_tree_place {
    const char *directory; /* canonical path of a directory that the program has open */
    const char *name;      /* below it, as the program gave it */
};

struct vc_tree_request {
    enum vc_worker_call_kind call;
    uint32_t flags;             /* enum vc_worker_call_flags */
    struct vc_tree_place at;    /* null: not of this call */
    struct vc_tree_place other; /* RENAME, LINK; SYMLINK: name is the link's text */
    uint64_t cookie;            /* READDIR */
    uint64_t inode;             /* STAT_OPEN, TOUCH_OPEN */
    struct vc_bytes text;       /* QUERY, NARROW: in the place of a name; not empty */
    uint64_t accessed_ns, modified_ns;
};

struct vc_tree_answer {
    struct vc_worker_answer head;
    int fd; /* OPEN of a file, QUERY, NARROW: the caller's from now on; otherwise -1 */
    struct vc_bytes tail; /* entries or text, as the call says; until the next call */
};

struct vc_tree_ops {
    /* VC_OK: answered, and head.wasi_errno may still say no. Otherwise nobody answers any more. */
    enum vc_code (*call)(void *tree, const struct vc_tree_request *request,
                         struct vc_tree_answer *answer, struct vc_err *err);
    /* The program reports that so many percent are done, more than before. Null: nobody listens. */
    void (*progress)(void *tree, uint32_t percent);
};

#endif
