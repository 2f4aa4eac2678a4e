/* SPDX-License-Identifier: MIT */

/* A directory of memory for the compiler, whose linker works on named files. */

#ifndef VC_WORKER_SCRATCH_H
#define VC_WORKER_SCRATCH_H

#include <sys/types.h>

#include "base/err.h"

/* Who the process is, before namespaces hide it. */
struct vc_scratch_owner {
    uid_t user;
    gid_t group;
};

struct vc_scratch {
    int directory; /* the caller's working directory is there too */
    char path[64]; /* "" if nobody else can see it; otherwise it needs to be removed */
};

/* A file system of this process alone, and its root, where namespaces permit one (call
 * vc_confine_namespaces before; `owner` from before that), else a directory that only this user may
 * enter. VC_HOST. */
enum vc_code vc_scratch_open(struct vc_scratch_owner owner, struct vc_scratch *scratch,
                             struct vc_err *err);

/* Removes what others could see: files first, then the directory. */
void vc_scratch_remove(const struct vc_scratch *scratch);

#endif
