/* SPDX-License-Identifier: MIT */

#include "flow/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

struct vc_port {
    struct vc_stream *stream;
    struct vc_port_holder holder;
    uint64_t position;
    bool held;
    bool left;       /* a consumer that is to get nothing more of this use */
    bool excluded;   /* nor of any other */
    bool met_end;    /* a consumer that was there when the end was proven, or came after it */
    unsigned inside; /* calls of its holder that go on: it is not told of what they do */
};

struct vc_stream {
    struct vc_stream_terms terms;
    struct vc_window window;
    int window_fd, reader_fd; /* -1: none */
    enum vc_stream_state state;
    uint64_t use;   /* 1 for the first */
    uint32_t whole; /* uses before it that were not lost */
    struct vc_record_scan scan;
    struct vc_mark *mark;
    char reason[VC_STREAM_REASON_MAX];
    char mark_text[VC_MARK_TEXT_MAX];
    struct vc_port producer;
    struct vc_port consumers[VC_STREAM_CONSUMERS_MAX];
};

const char *vc_stream_state_name(enum vc_stream_state state)
{
    static const char *const names[] = {"idle", "open", "ended", "lost"};

    return names[state];
}

/* ---- the window ---- */

static void close_window(struct vc_stream *stream)
{
    vc_window_unmap(&stream->window);
    vc_fd_closep(&stream->window_fd);
    vc_fd_closep(&stream->reader_fd);
    stream->window_fd = -1;
    stream->reader_fd = -1;
}

static enum vc_code open_window(struct vc_stream *stream, struct vc_err *err)
{
    enum vc_code code;

    if (stream->window.data != nullptr)
        return VC_OK;
    code = vc_window_create(stream->terms.window_bytes, &stream->window_fd, err);
    if (code == VC_OK) {
        code = vc_window_map(stream->window_fd, stream->terms.window_bytes, true, &stream->window,
                             err);
    }
    if (code != VC_OK)
        close_window(stream);
    return code;
}

/* ---- what holds now ---- */

/* The slowest consumer that is still there; the producer's own position if there is none. */
static uint64_t slowest(const struct vc_stream *stream)
{
    uint64_t least = stream->producer.position;

    for (size_t i = 0; i < stream->terms.consumer_count; i++) {
        const struct vc_port *consumer = &stream->consumers[i];

        if (!consumer->left && consumer->position < least)
            least = consumer->position;
    }
    return least;
}

static bool all_left(const struct vc_stream *stream)
{
    for (size_t i = 0; i < stream->terms.consumer_count; i++) {
        if (!stream->consumers[i].left)
            return false;
    }
    return true;
}

/* This consumer has all of the use, and knows it. */
static bool is_served(const struct vc_stream *stream, const struct vc_port *consumer)
{
    return consumer->left || (consumer->met_end && consumer->position == stream->producer.position);
}

/* Nobody is to get anything of this use any more. */
static bool is_over(const struct vc_stream *stream)
{
    if (stream->state != VC_STREAM_ENDED)
        return stream->state == VC_STREAM_LOST;
    for (size_t i = 0; i < stream->terms.consumer_count; i++) {
        if (!is_served(stream, &stream->consumers[i]))
            return false;
    }
    return true;
}

static bool anybody_holds(const struct vc_stream *stream)
{
    for (size_t i = 0; i < stream->terms.consumer_count; i++) {
        if (stream->consumers[i].held)
            return true;
    }
    return stream->producer.held;
}

/* Until the end is proven, this consumer sees nothing. */
static bool held_back(const struct vc_stream *stream, size_t consumer)
{
    return stream->terms.outside[consumer] && !stream->terms.partial &&
           stream->state != VC_STREAM_ENDED;
}

static size_t index_of(const struct vc_port *port)
{
    return (size_t)(port - port->stream->consumers);
}

bool vc_port_produces(const struct vc_port *port)
{
    return port == &port->stream->producer;
}

enum vc_stream_state vc_port_state(const struct vc_port *port)
{
    return port->stream->state;
}

uint64_t vc_port_position(const struct vc_port *port)
{
    return port->position;
}

uint64_t vc_port_limit(const struct vc_port *port)
{
    const struct vc_stream *stream = port->stream;

    if (vc_port_produces(port)) {
        return stream->state == VC_STREAM_OPEN ? slowest(stream) + stream->terms.window_bytes
                                               : port->position;
    }
    if (port->left || held_back(stream, index_of(port)))
        return port->position;
    return stream->scan.boundary;
}

uint8_t *vc_port_at(const struct vc_port *port, uint64_t position)
{
    return vc_window_at(&port->stream->window, position);
}

bool vc_port_is_done(const struct vc_port *port)
{
    const struct vc_stream *stream = port->stream;

    return stream->state == VC_STREAM_ENDED && port->position == stream->producer.position;
}

/* ---- telling the others ---- */

static void tell(struct vc_port *port)
{
    if (port->held && port->inside == 0)
        port->holder.changed(port->holder.user);
}

static void tell_consumers(struct vc_stream *stream)
{
    for (size_t i = 0; i < stream->terms.consumer_count; i++)
        tell(&stream->consumers[i]);
}

static void conclude(const struct vc_stream *stream)
{
    if (stream->terms.concluded != nullptr)
        stream->terms.concluded(stream->terms.user);
}

void vc_stream_lose(struct vc_stream *stream, const char *reason)
{
    if (stream->state == VC_STREAM_IDLE || is_over(stream))
        return;
    stream->state = VC_STREAM_LOST;
    (void)snprintf(stream->reason, sizeof(stream->reason), "%s", reason);
    conclude(stream);
    tell(&stream->producer);
    tell_consumers(stream);
}

/* ---- uses ---- */

static void reset_port(struct vc_port *port)
{
    port->position = 0;
    port->left = port->excluded;
    port->met_end = false;
}

/* Begins the next use, before its producer has come. */
static void turn_over(struct vc_stream *stream)
{
    close_window(stream);
    vc_mark_free(stream->mark);
    stream->mark = nullptr;
    stream->whole += stream->state == VC_STREAM_ENDED;
    stream->use++;
    stream->state = VC_STREAM_IDLE;
    stream->scan = (struct vc_record_scan){.records = stream->terms.records,
                                           .record_bytes = stream->terms.record_bytes};
    stream->reason[0] = '\0';
    stream->mark_text[0] = '\0';
    reset_port(&stream->producer);
    for (size_t i = 0; i < stream->terms.consumer_count; i++)
        reset_port(&stream->consumers[i]);
}

enum vc_code vc_stream_check_uses(const struct vc_stream *stream, struct vc_err *err)
{
    const struct vc_stream_terms *terms = &stream->terms;

    if (!is_over(stream) || stream->use < terms->uses)
        return VC_OK;
    if (stream->state == VC_STREAM_LOST)
        return vc_fail(err, VC_LIMIT, "streams.%s.uses: %u, all spent; the last was lost: %s",
                       terms->name, terms->uses, stream->reason);
    return vc_fail(err, VC_LIMIT, "streams.%s.uses: %u, all spent", terms->name, terms->uses);
}

/* Whoever comes when a use is over comes for the next. */
static enum vc_code next_use(struct vc_stream *stream, struct vc_err *err)
{
    enum vc_code code = vc_stream_check_uses(stream, err);

    if (code != VC_OK)
        return code;
    if (anybody_holds(stream))
        return vc_fail(err, VC_STATE, "stream %s: somebody still holds use %ju", stream->terms.name,
                       (uintmax_t)stream->use);
    turn_over(stream);
    return VC_OK;
}

static enum vc_code hold(struct vc_port *port, struct vc_port_holder holder, struct vc_port **out,
                         struct vc_err *err)
{
    enum vc_code code = open_window(port->stream, err);

    if (code != VC_OK)
        return code;
    port->holder = holder;
    port->held = true;
    *out = port;
    return VC_OK;
}

static enum vc_code begin(struct vc_stream *stream, struct vc_err *err)
{
    const struct vc_mark_subject subject = {stream->terms.policy_hash, stream->terms.name,
                                            stream->use};

    return stream->mark != nullptr ? VC_OK
                                   : vc_mark_new(stream->terms.mark, &subject, &stream->mark, err);
}

enum vc_code vc_stream_take_producer(struct vc_stream *stream, struct vc_port_holder holder,
                                     struct vc_port **port, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (stream->producer.held)
        return vc_fail(err, VC_STATE, "stream %s: its producer is there already",
                       stream->terms.name);
    if (stream->state == VC_STREAM_ENDED && !is_over(stream))
        return vc_fail(err, VC_STATE, "stream %s: use %ju has ended and is not all taken",
                       stream->terms.name, (uintmax_t)stream->use);
    if (is_over(stream))
        code = next_use(stream, err);
    if (code == VC_OK)
        code = begin(stream, err);
    if (code == VC_OK)
        code = hold(&stream->producer, holder, port, err);
    if (code != VC_OK)
        return code;
    stream->state = VC_STREAM_OPEN;
    tell_consumers(stream);
    if (all_left(stream))
        vc_stream_lose(stream, "its last consumer left before it began");
    return VC_OK;
}

/* A use that is over, for one of its consumers. */
static enum vc_code come_again(struct vc_stream *stream, struct vc_port *consumer,
                               struct vc_err *err)
{
    if (stream->state == VC_STREAM_LOST && !consumer->left) {
        consumer->left = true; /* now it knows */
        return vc_fail(err, VC_CLOSED, "stream %s was lost: %s", stream->terms.name,
                       stream->reason);
    }
    return next_use(stream, err);
}

enum vc_code vc_stream_take_consumer(struct vc_stream *stream, size_t consumer,
                                     struct vc_port_holder holder, struct vc_port **port,
                                     struct vc_err *err)
{
    struct vc_port *own = &stream->consumers[consumer];
    enum vc_code code = VC_OK;

    if (own->excluded)
        return vc_fail(err, VC_CLOSED, "stream %s: this consumer gets nothing of it any more",
                       stream->terms.name);
    if (own->held)
        return vc_fail(err, VC_STATE, "stream %s: this consumer is there already",
                       stream->terms.name);
    if (is_over(stream))
        code = come_again(stream, own, err);
    else if (own->left)
        code = vc_fail(err, VC_CLOSED, "stream %s: this consumer has left use %ju",
                       stream->terms.name, (uintmax_t)stream->use);
    else if (stream->state == VC_STREAM_ENDED && is_served(stream, own))
        code = vc_fail(err, VC_STATE, "stream %s: others have not taken all of use %ju yet",
                       stream->terms.name, (uintmax_t)stream->use);
    if (code == VC_OK)
        code = hold(own, holder, port, err);
    if (code == VC_OK)
        own->met_end = stream->state == VC_STREAM_ENDED;
    return code;
}

void vc_port_release(struct vc_port *port)
{
    struct vc_stream *stream;

    if (port == nullptr)
        return;
    stream = port->stream;
    port->held = false;
    if (is_over(stream) && !anybody_holds(stream))
        close_window(stream);
}

/* ---- moving ---- */

/* `told` is for those who may not know how much there was: it has no number that a producer chose.
 */
static enum vc_code lose_by(struct vc_stream *stream, const char *told, const struct vc_err *why,
                            struct vc_err *err)
{
    enum vc_code code = why->code;

    vc_stream_lose(stream, stream->terms.partial ? why->text : told);
    return vc_fail(err, code, "stream %s: %s", stream->terms.name, why->text);
}

/* Somebody waits for an end that the window has no more room for. */
static bool is_stuck(const struct vc_stream *stream)
{
    if (stream->producer.position < slowest(stream) + stream->terms.window_bytes)
        return false;
    for (size_t i = 0; i < stream->terms.consumer_count; i++) {
        if (!stream->consumers[i].left && held_back(stream, i))
            return true;
    }
    return false;
}

static enum vc_code produce(struct vc_stream *stream, uint64_t position, struct vc_err *err)
{
    struct vc_port *producer = &stream->producer;
    const struct vc_bytes bytes = {vc_port_at(producer, producer->position),
                                   (size_t)(position - producer->position)};
    struct vc_err why = {};

    vc_mark_add(stream->mark, bytes);
    producer->position = position;
    if (vc_record_scan(&stream->scan, bytes, &why) != VC_OK)
        return lose_by(stream, "a record is too long", &why, err);
    if (is_stuck(stream)) {
        (void)!vc_fail(&why, VC_LIMIT,
                       "its window of %u bytes is full, and nothing may leave before the end",
                       stream->terms.window_bytes);
        return lose_by(stream, why.text, &why, err);
    }
    tell_consumers(stream);
    return VC_OK;
}

enum vc_code vc_port_advance(struct vc_port *port, uint64_t position, struct vc_err *err)
{
    struct vc_stream *stream = port->stream;
    enum vc_code code = VC_OK;

    if (position < port->position || position > vc_port_limit(port))
        return vc_fail(err, VC_MALFORMED, "stream %s: position %ju is not from %ju to %ju",
                       stream->terms.name, (uintmax_t)position, (uintmax_t)port->position,
                       (uintmax_t)vc_port_limit(port));
    if (position == port->position)
        return VC_OK;
    port->inside++;
    if (vc_port_produces(port)) {
        code = produce(stream, position, err);
    } else {
        port->position = position;
        tell(&stream->producer);
    }
    port->inside--;
    return code;
}

enum vc_code vc_port_check_end(const struct vc_port *port, struct vc_err *err)
{
    const struct vc_stream *stream = port->stream;
    enum vc_code code = vc_record_scan_end(&stream->scan, err);

    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "stream %s", stream->terms.name);
}

static enum vc_code check_end(struct vc_stream *stream, uint64_t length, const char *mark,
                              struct vc_err *err)
{
    enum vc_code code = vc_record_scan_end(&stream->scan, err);

    if (code == VC_OK && length != stream->producer.position)
        code = vc_fail(err, VC_MALFORMED, "its producer says %ju bytes, %ju were taken",
                       (uintmax_t)length, (uintmax_t)stream->producer.position);
    if (code == VC_OK)
        code = vc_mark_text(stream->mark, stream->mark_text, err);
    if (code == VC_OK && mark != nullptr && strcmp(mark, stream->mark_text) != 0)
        code = vc_fail(err, VC_MALFORMED, "its producer's digest is not that of what was taken");
    return code;
}

enum vc_code vc_port_end(struct vc_port *port, uint64_t length, const char *mark,
                         struct vc_err *err)
{
    struct vc_stream *stream = port->stream;
    struct vc_err why = {};
    enum vc_code code;

    if (stream->state != VC_STREAM_OPEN)
        return vc_fail(err, VC_STATE, "stream %s: it is %s", stream->terms.name,
                       stream->state == VC_STREAM_LOST ? stream->reason
                                                       : vc_stream_state_name(stream->state));
    port->inside++;
    code = check_end(stream, length, mark, &why);
    if (code == VC_OK) {
        stream->state = VC_STREAM_ENDED;
        for (size_t i = 0; i < stream->terms.consumer_count; i++)
            stream->consumers[i].met_end = stream->consumers[i].held;
        conclude(stream);
        tell_consumers(stream);
    } else {
        stream->mark_text[0] = '\0';
        code = lose_by(stream, "its end is not proven", &why, err);
    }
    port->inside--;
    return code;
}

void vc_port_leave(struct vc_port *port, const char *reason)
{
    struct vc_stream *stream = port->stream;
    char text[VC_STREAM_REASON_MAX];

    if (vc_port_produces(port) || port->left)
        return;
    port->inside++;
    port->left = true;
    if (all_left(stream) && stream->state == VC_STREAM_OPEN) {
        (void)snprintf(text, sizeof(text), "its last consumer left: %.*s", (int)sizeof(text) - 32,
                       reason);
        vc_stream_lose(stream, text);
    } else {
        tell(&stream->producer);
    }
    port->inside--;
}

void vc_stream_exclude(struct vc_stream *stream, size_t consumer, const char *reason)
{
    stream->consumers[consumer].excluded = true;
    vc_port_leave(&stream->consumers[consumer], reason);
}

enum vc_code vc_port_window(const struct vc_port *port, int *fd, struct vc_err *err)
{
    struct vc_stream *stream = port->stream;
    enum vc_code code = VC_OK;

    if (vc_port_produces(port)) {
        *fd = stream->window_fd;
        return VC_OK;
    }
    if (stream->reader_fd < 0)
        code = vc_window_reopen(stream->window_fd, &stream->reader_fd, err);
    if (code == VC_OK)
        *fd = stream->reader_fd;
    return code;
}

/* ---- life, and looking ---- */

enum vc_code vc_stream_new(const struct vc_stream_terms *terms, struct vc_stream **stream,
                           struct vc_err *err)
{
    struct vc_stream *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->terms = *terms;
    made->window_fd = -1;
    made->reader_fd = -1;
    made->producer.stream = made;
    for (size_t i = 0; i < VC_STREAM_CONSUMERS_MAX; i++)
        made->consumers[i].stream = made;
    turn_over(made);
    *stream = made;
    return VC_OK;
}

void vc_stream_free(struct vc_stream *stream)
{
    if (stream == nullptr)
        return;
    close_window(stream);
    vc_mark_free(stream->mark);
    free(stream);
}

void vc_stream_status(const struct vc_stream *stream, struct vc_stream_status *status)
{
    *status = (struct vc_stream_status){
        .state = stream->state,
        .use = stream->use,
        .uses_left =
            stream->terms.uses - (uint32_t)stream->use + (stream->state == VC_STREAM_IDLE ? 1 : 0),
        .whole = stream->whole + (stream->state == VC_STREAM_ENDED ? 1 : 0),
        .position = stream->producer.position,
        .held = stream->producer.held,
        .over = is_over(stream),
    };
    (void)snprintf(status->reason, sizeof(status->reason), "%s", stream->reason);
    (void)snprintf(status->mark, sizeof(status->mark), "%s", stream->mark_text);
    for (size_t i = 0; i < stream->terms.consumer_count; i++) {
        const struct vc_port *consumer = &stream->consumers[i];

        status->consumers[i] = (struct vc_stream_consumer_status){
            consumer->position, vc_port_limit(consumer), consumer->held, consumer->left};
    }
}

const struct vc_stream_terms *vc_stream_terms(const struct vc_stream *stream)
{
    return &stream->terms;
}
