/* SPDX-License-Identifier: MIT */

#include "client/stream_feed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static constexpr size_t PIECE_SIZE = 65536; /* bytes that a function is asked for */
static constexpr size_t PIECES = 8;         /* that it gets ahead; woken when half are gone */

static constexpr char SOURCE_NAME[] = "the stream's source";

enum outcome { GOES_ON, ENDED, FAILED };

/* A function may block while the connection is served: a thread of its own calls it, piece by
 * piece. Each side wakes the other when that waits, and only then. */
struct pieces {
    vcc_stream_read *read;
    void *user;
    pthread_t thread;
    bool threaded; /* `thread` runs, or has ended and is to be joined */
    uint8_t *data; /* PIECES times PIECE_SIZE */
    pthread_mutex_t lock;
    pthread_cond_t room;   /* for the thread: there is some, or nobody wants more */
    size_t sizes[PIECES];  /* of those that are there; below, all count modulo PIECES */
    size_t made, used;     /* whole pieces so far */
    size_t offset;         /* of what is next, in the piece `used` */
    enum outcome how;      /* it ended, behind the last piece */
    bool unwanted, hungry; /* no more is wanted; the other side waits */
};

/* What may have to be waited for has a descriptor: the file's, or a counter that can be read when
 * there is a piece. */
struct vc_stream_feed {
    int fd;
    char name[64]; /* of the file, for errors */
    bool regular;
    uint64_t size;
    struct pieces *pieces; /* of a function that may wait */
    vcc_stream_read *read; /* of one that does not */
    void *user;
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
    code = open_file(path, made, err);
    if (code == VC_OK)
        *feed = vc_take(made);
    return code;
}

/* ---- functions ---- */

static void pieces_free(struct pieces *pieces)
{
    if (pieces == nullptr)
        return;
    if (pieces->threaded) {
        (void)pthread_mutex_lock(&pieces->lock);
        pieces->unwanted = true;
        (void)pthread_cond_signal(&pieces->room);
        (void)pthread_mutex_unlock(&pieces->lock);
        (void)pthread_join(pieces->thread, nullptr);
    }
    (void)pthread_cond_destroy(&pieces->room);
    (void)pthread_mutex_destroy(&pieces->lock);
    free(pieces->data);
    free(pieces);
}

/* Waits for room. False: nobody wants more. Who once waits does so until half is free. */
static bool await_room(struct pieces *pieces)
{
    (void)pthread_mutex_lock(&pieces->lock);
    while (!pieces->unwanted && pieces->made - pieces->used == PIECES)
        (void)pthread_cond_wait(&pieces->room, &pieces->lock);
    bool wanted = !pieces->unwanted;

    (void)pthread_mutex_unlock(&pieces->lock);
    return wanted;
}

static void add_piece(struct vc_stream_feed *feed, long count)
{
    static const uint64_t one = 1;
    struct pieces *pieces = feed->pieces;

    (void)pthread_mutex_lock(&pieces->lock);
    if (count > 0)
        pieces->sizes[pieces->made++ % PIECES] = (size_t)count;
    else
        pieces->how = count == 0 ? ENDED : FAILED;
    bool hungry = pieces->hungry;

    pieces->hungry = false;
    (void)pthread_mutex_unlock(&pieces->lock);
    if (hungry)
        (void)!write(feed->fd, &one, sizeof(one)); /* a counter that is full is not empty */
}

static void *make_pieces(void *user)
{
    struct vc_stream_feed *feed = user;
    struct pieces *pieces = feed->pieces;
    long count = 1;

    while (count > 0 && await_room(pieces)) {
        /* only this thread makes pieces, and the next place is nobody else's until it is added */
        count = pieces->read(pieces->user, pieces->data + pieces->made % PIECES * PIECE_SIZE,
                             PIECE_SIZE);
        add_piece(feed, count > (long)PIECE_SIZE ? -1 : count);
    }
    return nullptr;
}

/* Signals are the caller's: none is delivered to this thread. */
static enum vc_code start_thread(struct vc_stream_feed *feed, struct vc_err *err)
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    errno = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (errno != 0)
        return vc_fail_host(err, "a thread's signals");
    int result = pthread_create(&feed->pieces->thread, nullptr, make_pieces, feed);

    (void)pthread_sigmask(SIG_SETMASK, &before, nullptr);
    feed->pieces->threaded = result == 0;
    errno = result;
    return result == 0 ? VC_OK : vc_fail_host(err, "a thread");
}

static enum vc_code pieces_new(vcc_stream_read *read, void *user, struct pieces **pieces,
                               struct vc_err *err)
{
    struct pieces *made = calloc(1, sizeof(*made));
    uint8_t *data = malloc(PIECES * PIECE_SIZE);

    if (made == nullptr || data == nullptr) {
        free(made);
        free(data);
        return vc_fail_memory(err);
    }
    *made = (struct pieces){.read = read, .user = user, .data = data, .hungry = true};
    /* neither can fail with these attributes */
    (void)pthread_mutex_init(&made->lock, nullptr);
    (void)pthread_cond_init(&made->room, nullptr);
    *pieces = made;
    return VC_OK;
}

enum vc_code vc_stream_feed_call(vcc_stream_read *read, void *user, struct vc_stream_feed **feed,
                                 struct vc_err *err)
{
    vc_cleanup(vc_stream_feed_freep) struct vc_stream_feed *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made->fd < 0)
        return vc_fail_host(err, "a counter");
    code = pieces_new(read, user, &made->pieces, err);
    if (code == VC_OK)
        code = start_thread(made, err);
    if (code == VC_OK)
        *feed = vc_take(made);
    return code;
}

enum vc_code vc_stream_feed_prompt(vcc_stream_read *read, void *user, struct vc_stream_feed **feed,
                                   struct vc_err *err)
{
    struct vc_stream_feed *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    *made = (struct vc_stream_feed){.fd = -1, .read = read, .user = user};
    *feed = made;
    return VC_OK;
}

static ptrdiff_t read_prompt(struct vc_stream_feed *feed, uint8_t *data, size_t size, bool *ended,
                             struct vc_err *err)
{
    long count = feed->read(feed->user, data, size);

    if (count < 0 || (size_t)count > size) {
        (void)!vc_fail(err, VC_HOST, "%s failed", SOURCE_NAME);
        return -1;
    }
    *ended = count == 0;
    return count;
}

/* As much of the next piece as fits; 0: there is none yet, and the counter will tell. */
static size_t take_from_piece(struct vc_stream_feed *feed, uint8_t *data, size_t size,
                              enum outcome *how)
{
    struct pieces *pieces = feed->pieces;
    uint64_t count;

    (void)pthread_mutex_lock(&pieces->lock);
    bool some = pieces->made > pieces->used;

    *how = some ? GOES_ON : pieces->how;
    if (!some && pieces->how == GOES_ON) {
        (void)!read(feed->fd, &count, sizeof(count)); /* empty is as good */
        pieces->hungry = true;
    }
    (void)pthread_mutex_unlock(&pieces->lock);
    if (!some)
        return 0;
    /* only this side takes pieces */
    const size_t at = pieces->used % PIECES;
    size_t left = pieces->sizes[at] - pieces->offset;
    size_t taken = left < size ? left : size;

    memcpy(data, pieces->data + at * PIECE_SIZE + pieces->offset, taken);
    pieces->offset += taken;
    if (taken < left)
        return taken;
    pieces->offset = 0;
    (void)pthread_mutex_lock(&pieces->lock);
    pieces->used++;
    if (pieces->made - pieces->used == PIECES / 2)
        (void)pthread_cond_signal(&pieces->room);
    (void)pthread_mutex_unlock(&pieces->lock);
    return taken;
}

static ptrdiff_t read_pieces(struct vc_stream_feed *feed, uint8_t *data, size_t size, bool *ended,
                             struct vc_err *err)
{
    enum outcome how;
    size_t taken = take_from_piece(feed, data, size, &how);

    if (how == FAILED) {
        (void)!vc_fail(err, VC_HOST, "%s failed", SOURCE_NAME);
        return -1;
    }
    *ended = how == ENDED;
    return (ptrdiff_t)taken;
}

void vc_stream_feed_free(struct vc_stream_feed *feed)
{
    if (feed == nullptr)
        return;
    pieces_free(feed->pieces);
    vc_fd_closep(&feed->fd);
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
    if (feed->pieces != nullptr)
        return read_pieces(feed, data, size, ended, err);
    if (feed->read != nullptr)
        return read_prompt(feed, data, size, ended, err);
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
