/* SPDX-License-Identifier: MIT */

#include "cli/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

enum vc_code vc_new_file_store(const char *path, struct vc_bytes bytes, mode_t mode,
                               const char *instead, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    if (fd < 0 && errno == EEXIST) {
        return vc_fail(err, VC_STATE, "%s exists already, and is not overwritten: %s", path,
                       instead);
    }
    if (fd < 0)
        return vc_fail_host(err, "%s", path);
    enum vc_code code = vc_fd_write_all(fd, bytes, err);

    if (code == VC_OK && fsync(fd) < 0)
        code = vc_fail_host(err, "%s", path);
    if (code != VC_OK)
        (void)unlink(path);
    return code;
}
