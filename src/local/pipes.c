/* SPDX-License-Identifier: MIT */

#include "local/pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/file.h"

/* Of a file that is never waited for, before others get their turn. */
static constexpr size_t STEP_MAX = 1 << 18;

struct pipe {
    struct vc_pipes *all;
    size_t stream;
    bool feeds;       /* the program reads it; otherwise it writes it */
    const char *name; /* of the file, for errors */
    int fd;
    int owned_fd;    /* the same, or -1 if it is this process's standard stream */
    bool waited_for; /* the kernel says when it can be read or written */
    struct vc_port *port;
    struct vc_watch *watch;
    struct vc_timer *timer; /* if it is not waited for: the next step */
};

struct vc_pipes {
    struct vc_pipes_order order;
    struct pipe *pipes;
    size_t count;
    bool finishing;
    struct vc_err trouble;
};

/* ---- waiting ---- */

static void step(struct pipe *pipe);

static void on_ready(void *user, uint32_t)
{
    step(user);
}

static void on_turn(void *user)
{
    struct pipe *pipe = user;

    pipe->timer = nullptr;
    step(pipe);
}

static void rest(struct pipe *pipe)
{
    vc_loop_unwatch(pipe->watch);
    pipe->watch = nullptr;
    vc_timer_cancel(pipe->timer);
    pipe->timer = nullptr;
}

/* Nothing moves through it any more. */
static void end_pipe(struct pipe *pipe)
{
    struct vc_pipes *all = pipe->all;

    rest(pipe);
    vc_fd_closep(&pipe->owned_fd);
    vc_streams_release(all->order.streams, pipe->stream, pipe->port);
    pipe->port = nullptr;
    if (all->finishing && !vc_pipes_finish(all))
        all->order.idle(all->order.user);
}

static void fail(struct pipe *pipe, const char *what)
{
    struct vc_pipes *all = pipe->all;
    char reason[VC_STREAM_REASON_MAX];

    if (all->trouble.code == VC_OK) {
        (void)!vc_fail_host(&all->trouble, "stream %s: %s %s",
                            all->order.cast->policy->streams[pipe->stream].name, what, pipe->name);
    }
    (void)snprintf(reason, sizeof(reason), "%s %.64s failed", what, pipe->name);
    if (pipe->feeds) {
        vc_stream_lose(vc_streams_at(all->order.streams, pipe->stream), reason);
    } else {
        vc_port_leave(pipe->port, reason);
    }
    end_pipe(pipe);
}

/* The next step as soon as the file can take it. */
static void go_on(struct pipe *pipe)
{
    struct vc_loop *loop = pipe->all->order.loop;
    enum vc_code code = VC_OK;

    if (pipe->watch != nullptr || pipe->timer != nullptr)
        return;
    if (pipe->waited_for) {
        code = vc_loop_watch(loop, pipe->fd, pipe->feeds ? EPOLLIN : EPOLLOUT, on_ready, pipe,
                             &pipe->watch, nullptr);
    } else {
        code = vc_loop_after(loop, 0, on_turn, pipe, &pipe->timer, nullptr);
    }
    if (code != VC_OK)
        fail(pipe, "waiting for");
}

/* ---- moving ---- */

static size_t least(uint64_t size, size_t most)
{
    return size < most ? (size_t)size : most;
}

static void feed(struct pipe *pipe)
{
    uint64_t position = vc_port_position(pipe->port);
    uint64_t room = vc_port_limit(pipe->port) - position;
    ssize_t got;
    enum vc_code code = VC_OK;

    if (vc_port_state(pipe->port) != VC_STREAM_OPEN) {
        end_pipe(pipe);
        return;
    }
    if (room == 0) {
        rest(pipe); /* until there is some */
        return;
    }
    got = read(pipe->fd, vc_port_at(pipe->port, position), least(room, STEP_MAX));
    if (got > 0) {
        code = vc_port_advance(pipe->port, position + (uint64_t)got, nullptr);
    } else if (got == 0) {
        code = vc_port_end(pipe->port, position, nullptr, nullptr);
    } else if (errno != EINTR && errno != EAGAIN) {
        fail(pipe, "reading");
        return;
    }
    if (got == 0 || code != VC_OK) { /* a record too long, for example: the run says it */
        end_pipe(pipe);
    } else {
        go_on(pipe);
    }
}

/* What is waited for takes as much as this without blocking, and nothing here may block. */
static size_t write_max(const struct pipe *pipe)
{
    return pipe->waited_for ? PIPE_BUF : STEP_MAX;
}

static void drain(struct pipe *pipe)
{
    uint64_t position = vc_port_position(pipe->port);
    uint64_t there = vc_port_limit(pipe->port) - position;
    ssize_t put;

    if (vc_port_is_done(pipe->port) || vc_port_state(pipe->port) == VC_STREAM_LOST) {
        end_pipe(pipe);
        return;
    }
    if (there == 0) {
        rest(pipe);
        return;
    }
    put = write(pipe->fd, vc_port_at(pipe->port, position), least(there, write_max(pipe)));
    if (put < 0 && errno != EINTR && errno != EAGAIN) {
        fail(pipe, "writing");
    } else if (put >= 0 &&
               vc_port_advance(pipe->port, position + (uint64_t)put, nullptr) != VC_OK) {
        end_pipe(pipe);
    } else {
        go_on(pipe);
    }
}

static void step(struct pipe *pipe)
{
    if (pipe->feeds) {
        feed(pipe);
    } else {
        drain(pipe);
    }
}

/* vc_port_fn */
static void on_port(void *user)
{
    struct pipe *pipe = user;
    bool over = vc_port_state(pipe->port) == VC_STREAM_LOST;

    /* Whose file is not ready may wait for it for ever, and its stream is over: not within this
     * call, in which the stream is still telling others. */
    if (over || vc_port_is_done(pipe->port))
        rest(pipe);
    if (pipe->timer != nullptr || pipe->watch != nullptr)
        return;
    if (over || !pipe->waited_for || vc_port_is_done(pipe->port)) {
        if (vc_loop_after(pipe->all->order.loop, 0, on_turn, pipe, &pipe->timer, nullptr) != VC_OK)
            (void)!vc_fail_memory(&pipe->all->trouble);
    } else {
        go_on(pipe);
    }
}

/* ---- opening ---- */

/* Nobody plays the others: they take nothing, and hold nobody back. `held` is by a pipe, if it is
 * the index of one. */
static enum vc_code leave_others(struct vc_pipes *all, size_t stream, size_t held,
                                 struct vc_err *err)
{
    const struct vc_policy_stream *terms = &all->order.cast->policy->streams[stream];

    for (size_t i = 0; i < terms->consumer_count; i++) {
        struct vc_port *port = nullptr;
        enum vc_code code;

        if (i == held || vc_cast_plays(all->order.cast, terms->consumers[i]))
            continue;
        code = vc_streams_consume(all->order.streams,
                                  (struct vc_stream_claim){stream, terms->consumers[i]},
                                  (struct vc_port_holder){.changed = on_port}, &port, err);
        if (code != VC_OK)
            return code;
        vc_port_leave(port, "it is not here");
        vc_streams_release(all->order.streams, stream, port);
    }
    return VC_OK;
}

/* Among its consumers a principal, if there is one: what may leave the container leaves here. */
static bool find_principal(const struct vc_policy_stream *terms, size_t *consumer)
{
    for (size_t i = 0; i < terms->consumer_count; i++) {
        if (terms->consumers[i].kind == VC_SUBJECT_PRINCIPAL) {
            *consumer = i;
            return true;
        }
    }
    return false;
}

static enum vc_code take_port(struct pipe *pipe, struct vc_err *err)
{
    struct vc_pipes *all = pipe->all;
    const struct vc_policy_stream *terms = &all->order.cast->policy->streams[pipe->stream];
    const struct vc_port_holder holder = {on_port, pipe};
    struct vc_stream_claim claim = {pipe->stream, terms->producer};
    size_t consumer = 0;
    enum vc_code code;

    if (!pipe->feeds) {
        if (!find_principal(terms, &consumer))
            consumer = 0;
        claim.who = terms->consumers[consumer];
        code = vc_streams_consume(all->order.streams, claim, holder, &pipe->port, err);
        return code == VC_OK ? leave_others(all, pipe->stream, consumer, err) : code;
    }
    code = leave_others(all, pipe->stream, terms->consumer_count, err);
    if (code == VC_OK)
        code = vc_streams_produce(all->order.streams, claim, holder, &pipe->port, err);
    return code;
}

/* Files of the disk and a few devices are always ready, and the kernel says so of them by refusing
 * to be asked. */
static bool is_waited_for(struct pipe *pipe)
{
    struct vc_watch *watch = nullptr;
    bool yes = vc_loop_watch(pipe->all->order.loop, pipe->fd, pipe->feeds ? EPOLLIN : EPOLLOUT,
                             on_ready, pipe, &watch, nullptr) == VC_OK;

    vc_loop_unwatch(watch);
    return yes;
}

static enum vc_code open_file(struct pipe *pipe, struct vc_err *err)
{
    bool standard = strcmp(pipe->name, "-") == 0;

    if (standard && pipe->feeds) {
        pipe->fd = STDIN_FILENO;
        pipe->name = "standard input";
    } else if (standard) {
        pipe->fd = pipe->all->order.output;
        pipe->name = "standard output";
    } else {
        int flags = pipe->feeds ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;

        pipe->owned_fd = open(pipe->name, flags | O_CLOEXEC, 0666);
        pipe->fd = pipe->owned_fd;
    }
    if (pipe->fd < 0 && errno == ENOENT)
        return vc_fail(err, VC_NOT_FOUND, "%s: no such file", pipe->name);
    if (pipe->fd < 0)
        return vc_fail_host(err, "%s", pipe->name);
    pipe->waited_for = is_waited_for(pipe);
    return VC_OK;
}

/* The file that was given for this stream; null: none. VC_MALFORMED: two. */
static enum vc_code find_given(const struct vc_pipes *all, const char *stream, const char **file,
                               struct vc_err *err)
{
    const struct vc_order_texts *given = all->order.given;
    size_t size = strlen(stream);

    *file = nullptr;
    for (size_t i = 0; i < given->count; i++) {
        if (strncmp(given->items[i], stream, size) != 0 || given->items[i][size] != '=')
            continue;
        if (*file != nullptr)
            return vc_fail(err, VC_MALFORMED, "--stream %s: given twice", stream);
        *file = given->items[i] + size + 1;
    }
    return VC_OK;
}

static enum vc_code open_pipe(struct vc_pipes *all, size_t stream, bool feeds, struct vc_err *err)
{
    const char *name = all->order.cast->policy->streams[stream].name;
    struct pipe *pipe = &all->pipes[all->count];
    enum vc_code code;

    *pipe = (struct pipe){.all = all, .stream = stream, .feeds = feeds, .fd = -1, .owned_fd = -1};
    code = find_given(all, name, &pipe->name, err);
    if (code == VC_OK && pipe->name == nullptr && vc_cast_has_standard(all->order.cast, stream))
        pipe->name = "-";
    if (code == VC_OK && pipe->name == nullptr)
        return vc_fail(err, VC_MALFORMED, "the program %s stream %s: say --stream %s=FILE",
                       feeds ? "reads" : "writes", name, name);
    if (code != VC_OK)
        return code;
    all->count++;
    code = open_file(pipe, err);
    if (code == VC_OK)
        code = take_port(pipe, err);
    return code == VC_OK ? code : vc_fail_in(err, code, "--stream %s", name);
}

/* The stream that is meant must be one that was opened. */
static enum vc_code check_given(const struct vc_pipes *all, struct vc_err *err)
{
    for (size_t i = 0; i < all->order.given->count; i++) {
        const char *text = all->order.given->items[i];
        size_t size = strcspn(text, "=");
        bool known = false;

        for (size_t j = 0; j < all->count; j++) {
            const char *name = all->order.cast->policy->streams[all->pipes[j].stream].name;

            known = known || (strlen(name) == size && strncmp(name, text, size) == 0);
        }
        if (!known || text[size] != '=')
            return vc_fail(err, VC_MALFORMED,
                           "--stream %.64s: NAME=FILE wanted, of a stream of the program", text);
    }
    return VC_OK;
}

static bool consumes(const struct vc_cast *cast, size_t stream)
{
    const struct vc_policy_stream *terms = &cast->policy->streams[stream];

    for (size_t i = 0; i < terms->consumer_count; i++) {
        if (vc_cast_plays(cast, terms->consumers[i]))
            return true;
    }
    return false;
}

/* Programs are at both ends: a principal may be there, too. */
static enum vc_code open_between(struct vc_pipes *all, size_t stream, struct vc_err *err)
{
    const struct vc_policy_stream *terms = &all->order.cast->policy->streams[stream];
    const char *file = nullptr;
    size_t consumer;
    enum vc_code code = find_given(all, terms->name, &file, err);

    if (code != VC_OK)
        return code;
    if (file != nullptr && find_principal(terms, &consumer))
        return open_pipe(all, stream, false, err);
    return leave_others(all, stream, terms->consumer_count, err);
}

static enum vc_code open_stream(struct vc_pipes *all, size_t stream, struct vc_err *err)
{
    const struct vc_cast *cast = all->order.cast;
    bool feeds = consumes(cast, stream);
    bool drains = vc_cast_plays(cast, cast->policy->streams[stream].producer);

    if (feeds && drains)
        return open_between(all, stream, err);
    return feeds || drains ? open_pipe(all, stream, feeds, err) : VC_OK;
}

static enum vc_code open_all(struct vc_pipes *all, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < all->order.cast->policy->stream_count; i++)
        code = open_stream(all, i, err);
    if (code == VC_OK)
        code = check_given(all, err);
    for (size_t i = 0; code == VC_OK && i < all->count; i++)
        go_on(&all->pipes[i]);
    return code;
}

enum vc_code vc_pipes_open(const struct vc_pipes_order *order, struct vc_pipes **pipes,
                           struct vc_err *err)
{
    vc_cleanup(vc_pipes_freep) struct vc_pipes *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->order = *order;
    made->pipes = calloc(order->cast->policy->stream_count + 1, sizeof(*made->pipes));
    if (made->pipes == nullptr)
        return vc_fail_memory(err);
    code = open_all(made, err);
    if (code == VC_OK)
        *pipes = vc_take(made);
    return code;
}

void vc_pipes_free(struct vc_pipes *pipes)
{
    if (pipes == nullptr)
        return;
    pipes->finishing = false;
    for (size_t i = 0; i < pipes->count; i++)
        end_pipe(&pipes->pipes[i]);
    free(pipes->pipes);
    free(pipes);
}

bool vc_pipes_finish(struct vc_pipes *pipes)
{
    bool busy = false;

    pipes->finishing = true;
    for (size_t i = 0; i < pipes->count; i++) {
        const struct pipe *pipe = &pipes->pipes[i];

        busy = busy || (!pipe->feeds && pipe->port != nullptr &&
                        vc_port_state(pipe->port) == VC_STREAM_ENDED);
    }
    return busy;
}

const char *vc_pipes_trouble(const struct vc_pipes *pipes)
{
    return pipes->trouble.text;
}
