/* SPDX-License-Identifier: MIT */

/* Readiness and ending of verbs that stay. */

#include "cli/announce.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/file.h"

static constexpr uint64_t FD_MAX = 1 << 20;

enum vc_code vc_announce_fd(const struct vc_arguments *arguments, int *fd, struct vc_err *err)
{
    uint64_t number = UINT64_MAX;
    enum vc_code code =
        vc_option_number(arguments, "ready-fd", (const uint64_t[]){3, FD_MAX}, &number, err);

    if (code != VC_OK)
        return code;
    if (number == UINT64_MAX) {
        *fd = -1;
        return VC_OK;
    }
    /* Whatever is started next must not hold it open: its end is a message, too. */
    if (fcntl((int)number, F_SETFD, FD_CLOEXEC) < 0)
        return vc_fail(err, VC_MALFORMED, "--ready-fd %d: not an open descriptor", (int)number);
    *fd = (int)number;
    return VC_OK;
}

enum vc_code vc_announce(int fd, const char *address, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer line = {};

    if (fd < 0)
        return VC_OK;
    enum vc_code code = vc_buffer_printf(&line, err, "%s\n", address);

    if (code == VC_OK)
        code = vc_fd_write_all(fd, vc_buffer_bytes(&line), err);
    (void)close(fd);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "--ready-fd %d", fd);
}

enum vc_code vc_stop_open(int *fd, struct vc_err *err)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    errno = pthread_sigmask(SIG_BLOCK, &set, nullptr);
    if (errno != 0)
        return vc_fail_host(err, "pthread_sigmask");
    *fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return *fd >= 0 ? VC_OK : vc_fail_host(err, "signalfd");
}
