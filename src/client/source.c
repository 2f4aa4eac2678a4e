/* SPDX-License-Identifier: MIT */

/* Reads local files for sending. */

#include "client/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static constexpr size_t PIECE_SIZE = 1 << 20; /* bytes per splice or copy */

static ptrdiff_t read_at(void *user, uint64_t offset, uint8_t *data, size_t size,
                         struct vc_err *err)
{
    const struct vc_local_source *source = user;
    ssize_t count;

    do {
        count = pread(source->fd, data, size, (off_t)offset);
    } while (count < 0 && errno == EINTR);
    if (count > 0)
        return count;
    if (count < 0) {
        (void)vc_fail_host(err, "reading the local file");
    } else {
        (void)vc_fail(err, VC_HOST, "the local file became shorter while it was sent");
    }
    return -1;
}

static enum vc_code spool(int from, int to, uint64_t size_max, const char *path, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer piece = {};
    uint64_t total = 0;
    enum vc_code code = vc_buffer_reserve(&piece, PIECE_SIZE, err);

    while (code == VC_OK) {
        ssize_t count = read(from, piece.data, PIECE_SIZE);

        if (count == 0)
            return VC_OK;
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return vc_fail_host(err, "%s", path);
        total += (uint64_t)count;
        if (total > size_max) {
            return vc_fail(err, VC_LIMIT,
                           "%s: more than the %llu bytes that storage of the policy gives a file",
                           path, (unsigned long long)size_max);
        }
        code = vc_fd_write_all(to, (struct vc_bytes){piece.data, (size_t)count}, err);
    }
    return code;
}

/* Replaces *fd by a memory file with all that comes out of it. */
static enum vc_code spool_to_memory(int *fd, uint64_t size_max, const char *path,
                                    struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int memory = -1;
    enum vc_code code = vc_memfd_new("veracruz-put", false, &memory, err);

    if (code == VC_OK)
        code = spool(*fd, memory, size_max, path, err);
    if (code != VC_OK)
        return code;
    vc_fd_closep(fd);
    *fd = vc_take_fd(memory);
    return VC_OK;
}

static enum vc_code open_local(const char *path, int *fd, struct vc_err *err)
{
    *fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (*fd >= 0)
        return VC_OK;
    if (errno == ENOENT)
        return vc_fail(err, VC_NOT_FOUND, "%s: no such file on this machine", path);
    return vc_fail_host(err, "%s", path);
}

enum vc_code vc_local_source_open(const char *path, uint64_t size_max,
                                  struct vc_local_source *source, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int fd = -1;
    struct stat status;
    enum vc_code code = open_local(path, &fd, err);

    if (code != VC_OK)
        return code;
    if (fstat(fd, &status) < 0)
        return vc_fail_host(err, "%s", path);
    if (S_ISDIR(status.st_mode))
        return vc_fail(err, VC_MALFORMED, "%s is a directory; send its files one by one", path);
    /* Standard input may stand anywhere in its file: reading it to the end respects that. */
    if (!S_ISREG(status.st_mode) || strcmp(path, "-") == 0) {
        code = spool_to_memory(&fd, size_max, path, err);
        if (code != VC_OK)
            return code;
        if (fstat(fd, &status) < 0)
            return vc_fail_host(err, "%s", path);
    }
    if ((uint64_t)status.st_size > size_max) {
        return vc_fail(err, VC_LIMIT,
                       "%s: %lld bytes, and storage of the policy gives a file at most %llu", path,
                       (long long)status.st_size, (unsigned long long)size_max);
    }
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* a hint: its failure changes nothing */
    source->fd = vc_take_fd(fd);
    source->http =
        (struct vc_http_source){.read = read_at, .user = source, .size = (uint64_t)status.st_size};
    return VC_OK;
}

void vc_local_source_done(struct vc_local_source *source)
{
    vc_fd_closep(&source->fd);
}
