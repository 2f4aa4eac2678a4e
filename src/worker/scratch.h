/* SPDX-License-Identifier: MIT */

/* A directory of memory for the compiler, whose linker works on named files. */

#ifndef VC_WORKER_SCRATCH_H
#define VC_WORKER_SCRATCH_H

#include <sys/types.h>

#include "base/err.h"

struct vc_scratch {
    int directory; /* the caller's working directory is there too */
    char path[64]; /* "" if nobody else can see it; otherwise it needs to be removed */
};

/* A file system of this process alone where namespaces permit one (call vc_confine_namespaces
 * before; `user` is who it was before that), else a directory that only this user may enter.
 * VC_HOST. */
enum vc_code vc_scratch_open(uid_t user, struct vc_scratch *scratch, struct vc_err *err);

/* Removes what others could see: files first, then the directory. */
void vc_scratch_remove(const struct vc_scratch *scratch);

#endif
