/* SPDX-License-Identifier: MIT */

/* Whole files and descriptors: load, store, memory files, sealed memory files. */

#ifndef VC_BASE_FILE_H
#define VC_BASE_FILE_H

#include <sys/types.h>

#include "base/buffer.h"

/* Closes *fd unless it is negative; the cleanup attribute's function for descriptors. */
void vc_fd_closep(int *fd);

/* Appends the whole file, at most `size_max` bytes. VC_NOT_FOUND, VC_LIMIT, VC_HOST, VC_MEMORY;
 * each names the path. */
enum vc_code vc_file_load(const char *path, size_t size_max, struct vc_buffer *out,
                          struct vc_err *err);

/* Replaces the file at once by one with exactly these bytes and this mode, synced: written beside
 * it, then renamed. VC_HOST: the old file is as it was. */
enum vc_code vc_file_store(const char *path, struct vc_bytes bytes, mode_t mode,
                           struct vc_err *err);

/* Writes all of it, repeating short calls. VC_HOST. */
enum vc_code vc_fd_write_all(int fd, struct vc_bytes bytes, struct vc_err *err);

/* A new memory file (close-on-exec, may be sealed). `executable` asks for MFD_EXEC, otherwise
 * MFD_NOEXEC_SEAL where the kernel knows it. */
enum vc_code vc_memfd_new(const char *name, bool executable, int *fd, struct vc_err *err);

/* Seals against writing, growing, shrinking and further seals. No writable mapping may exist. */
enum vc_code vc_memfd_seal(int fd, struct vc_err *err);

#endif
