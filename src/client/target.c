/* SPDX-License-Identifier: MIT */

/* Writes local files that are received. */

#include "client/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static enum vc_code open_in_place(const char *path, struct vc_local_target *target,
                                  struct vc_err *err)
{
    int fd = strcmp(path, "-") == 0 ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                                    : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return vc_fail_host(err, "%s", path);
    *target = (struct vc_local_target){.fd = fd, .path = path};
    return VC_OK;
}

static enum vc_code open_beside(const char *path, struct vc_local_target *target,
                                struct vc_err *err)
{
    char *temporary = nullptr;

    if (asprintf(&temporary, "%s.part-XXXXXX", path) < 0)
        return vc_fail_memory(err);
    int fd = mkostemp(temporary, O_CLOEXEC);

    if (fd < 0) {
        free(temporary);
        return vc_fail_host(err, "cannot write beside %s", path);
    }
    *target = (struct vc_local_target){.fd = fd, .path = path, .temporary = temporary};
    return VC_OK;
}

enum vc_code vc_local_target_open(const char *path, struct vc_local_target *target,
                                  struct vc_err *err)
{
    struct stat status;

    if (strcmp(path, "-") == 0)
        return open_in_place(path, target, err);
    if (stat(path, &status) < 0) {
        if (errno != ENOENT)
            return vc_fail_host(err, "%s", path);
        return open_beside(path, target, err);
    }
    if (S_ISDIR(status.st_mode))
        return vc_fail(err, VC_MALFORMED, "%s is a directory", path);
    return S_ISREG(status.st_mode) ? open_beside(path, target, err)
                                   : open_in_place(path, target, err);
}

enum vc_code vc_local_target_write(struct vc_local_target *target, struct vc_bytes piece,
                                   struct vc_err *err)
{
    enum vc_code code = vc_fd_write_all(target->fd, piece, err);

    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", target->path);
}

enum vc_code vc_local_target_commit(struct vc_local_target *target, struct vc_err *err)
{
    if (target->temporary == nullptr)
        return VC_OK;
    int fd = vc_take_fd(target->fd);

    /* A full disk may show only here. */
    if (close(fd) < 0 || rename(target->temporary, target->path) < 0)
        return vc_fail_host(err, "%s", target->path);
    free(vc_take(target->temporary));
    return VC_OK;
}

void vc_local_target_done(struct vc_local_target *target)
{
    vc_fd_closep(&target->fd);
    if (target->temporary != nullptr)
        (void)unlink(target->temporary);
    free(vc_take(target->temporary));
}
