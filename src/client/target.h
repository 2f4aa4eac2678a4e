/* SPDX-License-Identifier: MIT */

/* Bytes of a container on their way to a local file, which appears whole or not at all. */

#ifndef VC_CLIENT_TARGET_H
#define VC_CLIENT_TARGET_H

#include "base/err.h"

struct vc_local_target {
    int fd;
    const char *path; /* borrowed */
    char *temporary;  /* renamed to `path` at the end; null: written in place */
};

/* Opens a temporary file beside `path` (mode 0600, since a result is for its receiver), or, if
 * `path` is "-", a device, a pipe or a socket, that thing itself: it cannot be replaced. */
enum vc_code vc_local_target_open(const char *path, struct vc_local_target *target,
                                  struct vc_err *err);
enum vc_code vc_local_target_write(struct vc_local_target *target, struct vc_bytes piece,
                                   struct vc_err *err);
/* The file appears under its name. */
enum vc_code vc_local_target_commit(struct vc_local_target *target, struct vc_err *err);
/* Closes; removes what was not committed. */
void vc_local_target_done(struct vc_local_target *target);

#endif
