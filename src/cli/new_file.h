/* SPDX-License-Identifier: MIT */

/* Files with secrets, which are never written over others. */

#ifndef VC_CLI_NEW_FILE_H
#define VC_CLI_NEW_FILE_H

#include <sys/types.h>

#include "base/buffer.h"

/* Makes the file, which must not exist, with exactly these bytes. VC_STATE: it exists; `instead`
 * says what to do. */
enum vc_code vc_new_file_store(const char *path, struct vc_bytes bytes, mode_t mode,
                               const char *instead, struct vc_err *err);

#endif
