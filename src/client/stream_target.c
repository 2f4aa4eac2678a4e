/* SPDX-License-Identifier: MIT */

/* Where the bytes of a consumed stream go. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "client/stream_incoming.h"

/* What is no regular file can neither be read nor cut; opening a pipe both ways would even keep its
 * reader from being missed. */
static int open_path(const char *path, bool regular)
{
    if (strcmp(path, "-") == 0)
        return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    return regular ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600)
                   : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

enum vc_code vc_stream_target_open(const char *path, struct vc_stream_target *target,
                                   struct vc_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    struct stat status;
    bool there = !standard && stat(path, &status) == 0;

    if (!standard && !there && errno != ENOENT)
        return vc_fail_host(err, "%s", path);
    if (there && S_ISDIR(status.st_mode))
        return vc_fail(err, VC_MALFORMED, "%s is a directory", path);
    bool regular = !standard && (!there || S_ISREG(status.st_mode));
    int fd = open_path(path, regular);

    if (fd < 0)
        return vc_fail_host(err, "%s", path);
    *target = (struct vc_stream_target){
        .fd = fd, .regular = regular, .name = standard ? "standard output" : path};
    return VC_OK;
}

enum vc_code vc_stream_target_close(struct vc_stream_target *target, struct vc_err *err)
{
    int fd = vc_take_fd(target->fd);

    /* A full disk may show only here. */
    if (fd >= 0 && close(fd) < 0)
        return vc_fail_host(err, "%s", target->name);
    return VC_OK;
}

void vc_stream_target_done(struct vc_stream_target *target)
{
    vc_fd_closep(&target->fd);
}
