/* SPDX-License-Identifier: MIT */

#include "client/stream_feed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static constexpr size_t PIECE_SIZE = 65536; /* bytes that a function is asked for */

enum outcome { GOES_ON, ENDED, FAILED };

/* All feeds are descriptors. A function's is a pipe, which its thread fills: so the caller may
 * block while the connection is served, and a pipe's capacity is all that it gets ahead. */
struct vc_stream_feed {
    int fd;
    char name[64]; /* of the file, for errors */
    bool regular;
    uint64_t size;
    /* of a function */
    vcc_stream_read *read;
    void *user;
    bool threaded;
    pthread_t thread;
    int pipe_in;              /* the thread's, until it ends */
    _Atomic enum outcome how; /* it ended: set before the pipe does */
};

/* ---- files ---- */

static int open_path(const char *path)
{
    return strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                  : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

static enum vc_code open_file(const char *path, struct vc_stream_feed *feed, struct vc_err *err)
{
    struct stat status;
    off_t at;

    feed->fd = open_path(path);
    if (feed->fd < 0 && errno == ENOENT)
        return vc_fail(err, VC_NOT_FOUND, "%s: no such file on this machine", path);
    if (feed->fd < 0 || fstat(feed->fd, &status) < 0)
        return vc_fail_host(err, "%s", path);
    if (S_ISDIR(status.st_mode))
        return vc_fail(err, VC_MALFORMED, "%s is a directory", path);
    feed->regular = S_ISREG(status.st_mode);
    at = feed->regular ? lseek(feed->fd, 0, SEEK_CUR) : 0;
    if (feed->regular && at >= 0 && at < status.st_size)
        feed->size = (uint64_t)(status.st_size - at);
    if (feed->regular)
        (void)posix_fadvise(feed->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* a hint */
    (void)snprintf(feed->name, sizeof(feed->name), "%s",
                   strcmp(path, "-") == 0 ? "standard input" : path);
    return VC_OK;
}

enum vc_code vc_stream_feed_open(const char *path, struct vc_stream_feed **feed, struct vc_err *err)
{
    vc_cleanup(vc_stream_feed_freep) struct vc_stream_feed *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->fd = -1;
    made->pipe_in = -1;
    code = open_file(path, made, err);
    if (code == VC_OK)
        *feed = vc_take(made);
    return code;
}

/* ---- functions ---- */

static void *fill_pipe(void *user)
{
    struct vc_stream_feed *feed = user;
    uint8_t *piece = malloc(PIECE_SIZE);
    long count = piece != nullptr ? 1 : -1;

    while (count > 0) {
        count = feed->read(feed->user, piece, PIECE_SIZE);
        if (count > (long)PIECE_SIZE)
            count = -1;
        if (count > 0 && vc_fd_write_all(feed->pipe_in, (struct vc_bytes){piece, (size_t)count},
                                         nullptr) != VC_OK)
            count = -1; /* nobody wants it any more */
    }
    free(piece);
    atomic_store(&feed->how, count == 0 ? ENDED : FAILED);
    vc_fd_closep(&feed->pipe_in);
    return nullptr;
}

/* Signals are the caller's: none is delivered to this thread, nor is SIGPIPE its end. */
static enum vc_code start_thread(struct vc_stream_feed *feed, struct vc_err *err)
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    errno = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (errno != 0)
        return vc_fail_host(err, "a thread's signals");
    int result = pthread_create(&feed->thread, nullptr, fill_pipe, feed);

    (void)pthread_sigmask(SIG_SETMASK, &before, nullptr);
    feed->threaded = result == 0;
    errno = result;
    return result == 0 ? VC_OK : vc_fail_host(err, "a thread");
}

enum vc_code vc_stream_feed_call(vcc_stream_read *read, void *user, struct vc_stream_feed **feed,
                                 struct vc_err *err)
{
    vc_cleanup(vc_stream_feed_freep) struct vc_stream_feed *made = calloc(1, sizeof(*made));
    int ends[2];
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    *made = (struct vc_stream_feed){.fd = -1, .pipe_in = -1, .read = read, .user = user};
    (void)snprintf(made->name, sizeof(made->name), "the stream's source");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return vc_fail_host(err, "a pipe");
    made->fd = ends[0];
    made->pipe_in = ends[1];
    code = start_thread(made, err);
    if (code == VC_OK)
        *feed = vc_take(made);
    return code;
}

void vc_stream_feed_free(struct vc_stream_feed *feed)
{
    if (feed == nullptr)
        return;
    vc_fd_closep(&feed->fd);
    if (feed->threaded)
        (void)pthread_join(feed->thread, nullptr);
    vc_fd_closep(&feed->pipe_in);
    free(feed);
}

/* ---- both ---- */

static bool is_ready(const struct vc_stream_feed *feed)
{
    struct pollfd poller = {.fd = feed->fd, .events = POLLIN};

    return feed->regular || poll(&poller, 1, 0) > 0;
}

ptrdiff_t vc_stream_feed_read(struct vc_stream_feed *feed, uint8_t *data, size_t size, bool *ended,
                              struct vc_err *err)
{
    ssize_t count;

    *ended = false;
    if (!is_ready(feed))
        return 0;
    do {
        count = read(feed->fd, data, size);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno == EAGAIN)
        return 0;
    if (count < 0) {
        (void)!vc_fail_host(err, "%s", feed->name);
        return -1;
    }
    if (count == 0 && feed->threaded && atomic_load(&feed->how) != ENDED) {
        (void)!vc_fail(err, VC_HOST, "%s failed", feed->name);
        return -1;
    }
    *ended = count == 0;
    return count;
}

int vc_stream_feed_ready_fd(const struct vc_stream_feed *feed)
{
    return feed->regular ? -1 : feed->fd;
}

bool vc_stream_feed_is_file(const struct vc_stream_feed *feed, uint64_t *size)
{
    *size = feed->size;
    return feed->regular;
}
