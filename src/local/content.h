/* SPDX-License-Identifier: MIT */

/* What a descriptor of this machine gives, as the content of a file in the tree. */

#ifndef VC_LOCAL_CONTENT_H
#define VC_LOCAL_CONTENT_H

#include "vfs/blob.h"

/* Reads to the end, from a file or a pipe. More than size_max bytes: VC_LIMIT. VC_HOST, VC_MEMORY.
 */
enum vc_code vc_content_read(int fd, uint64_t size_max, struct vc_blob **blob, struct vc_err *err);

#endif
