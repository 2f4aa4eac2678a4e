/* SPDX-License-Identifier: MIT */

/* Local bytes on their way to a container: a file of any kind, or standard input. */

#ifndef VC_CLIENT_SOURCE_H
#define VC_CLIENT_SOURCE_H

#include "net/http_client.h"

/* Of which the size is known. Read piece by piece and not mapped: a file that somebody truncates
 * meanwhile is then an error, and not a signal that ends the caller's process. */
struct vc_local_source {
    int fd;
    struct vc_http_source http; /* its user is this struct: not to be moved once open */
};

/* Opens `path`, "-" being standard input. What is not a regular file is first read to its end into
 * memory, because a request states its size. VC_LIMIT: more than `size_max` bytes. VC_NOT_FOUND,
 * VC_HOST. */
enum vc_code vc_local_source_open(const char *path, uint64_t size_max,
                                  struct vc_local_source *source, struct vc_err *err);
void vc_local_source_done(struct vc_local_source *source);

#endif
