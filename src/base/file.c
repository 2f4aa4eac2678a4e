/* SPDX-License-Identifier: MIT */

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#define MFD_EXEC        0x0010U
#endif

static constexpr size_t LOAD_STEP = 65536; /* bytes asked of one read */

void vc_fd_closep(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

enum vc_code vc_file_load(const char *path, size_t size_max, struct vc_buffer *out,
                          struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t before = out->size;

    if (fd < 0 && errno == ENOENT)
        return vc_fail(err, VC_NOT_FOUND, "%s: no such file", path);
    if (fd < 0)
        return vc_fail_host(err, "%s", path);
    for (;;) {
        enum vc_code code = vc_buffer_reserve(out, LOAD_STEP, err);
        ssize_t got;

        if (code != VC_OK)
            return code;
        got = read(fd, out->data + out->size, LOAD_STEP);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return vc_fail_host(err, "%s", path);
        if ((size_t)got > LOAD_STEP) {
            out->size = before;
            return vc_fail(err, VC_HOST, "%s: more was read than asked for", path);
        }
        if (got == 0)
            return VC_OK;
        out->size += (size_t)got;
        if (out->size - before > size_max) {
            out->size = before;
            return vc_fail(err, VC_LIMIT, "%s: more than %zu bytes", path, size_max);
        }
    }
}

static enum vc_code write_beside(const char *path, struct vc_bytes bytes, mode_t mode,
                                 struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    enum vc_code code;

    if (fd < 0)
        return vc_fail_host(err, "%s", path);
    code = vc_fd_write_all(fd, bytes, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s", path);
    if (fchmod(fd, mode) != 0 || fsync(fd) != 0)
        return vc_fail_host(err, "%s", path);
    return VC_OK;
}

enum vc_code vc_file_store(const char *path, struct vc_bytes bytes, mode_t mode, struct vc_err *err)
{
    char beside[4096];
    enum vc_code code;
    int length = snprintf(beside, sizeof(beside), "%s.%d.new", path, (int)getpid());

    if (length < 0 || (size_t)length >= sizeof(beside))
        return vc_fail(err, VC_LIMIT, "%.80s…: path too long", path);
    (void)unlink(beside);
    code = write_beside(beside, bytes, mode, err);
    if (code == VC_OK && rename(beside, path) != 0)
        code = vc_fail_host(err, "%s", path);
    if (code != VC_OK)
        (void)unlink(beside);
    return code;
}

enum vc_code vc_fd_write_all(int fd, struct vc_bytes bytes, struct vc_err *err)
{
    while (bytes.size > 0) {
        ssize_t put = write(fd, bytes.data, bytes.size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return vc_fail_host(err, "write");
        if (put == 0 || (size_t)put > bytes.size)
            return vc_fail(err, VC_HOST, "write: %zd of %zu bytes", put, bytes.size);
        bytes.data += put;
        bytes.size -= (size_t)put;
    }
    return VC_OK;
}

enum vc_code vc_memfd_new(const char *name, bool executable, int *fd, struct vc_err *err)
{
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int made = memfd_create(name, flags | (executable ? MFD_EXEC : MFD_NOEXEC_SEAL));

    if (made < 0 && errno == EINVAL) /* Linux before 6.3 knows neither flag */
        made = memfd_create(name, flags);
    if (made < 0)
        return vc_fail_host(err, "memfd_create %s", name);
    *fd = made;
    return VC_OK;
}

/* While the kernel moves one of its pages about, a file is busy: each try waits for that, some 75
 * ms. */
enum vc_code vc_memfd_seal(int fd, struct vc_err *err)
{
    static constexpr int SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
    static constexpr unsigned TRIES_MAX = 5;

    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        if (fcntl(fd, F_ADD_SEALS, SEALS) == 0)
            return VC_OK;
        if (errno != EBUSY)
            break;
    }
    return vc_fail_host(err, "F_ADD_SEALS");
}
