/* SPDX-License-Identifier: MIT */

/* One stream of a container: a producer, consumers, a window between them. Pure: no descriptor is
 * waited for and no clock is read here.
 *
 * A stream is used one or several times. A use begins with its first byte or its producer's coming,
 * and is over when its end was proven and every consumer has met it, taken all or left, or when it
 * is lost. Positions count the bytes of a use. The window holds the bytes that some consumer has
 * not taken yet; a producer that is a window ahead of the slowest of them waits. No byte is kept
 * anywhere else.
 *
 * Who produces or consumes holds a *port*. A port that is let go of (a broken connection) keeps its
 * place: whoever takes it again goes on there. Consumers see whole records only, and those that
 * are outside the container see nothing before the end if the terms say so.
 */

#ifndef VC_FLOW_STREAM_H
#define VC_FLOW_STREAM_H

#include "flow/mark.h"
#include "flow/records.h"
#include "flow/window.h"

constexpr size_t VC_STREAM_CONSUMERS_MAX = 16;
constexpr size_t VC_STREAM_REASON_MAX = 256;

/* From the policy; texts are borrowed for the stream's life. */
struct vc_stream_terms {
    const char *name;
    const uint8_t *policy_hash; /* 32 bytes */
    uint32_t window_bytes;
    enum vc_records records;
    uint32_t record_bytes;
    enum vc_mark_kind mark;
    uint32_t uses;         /* that it may have */
    bool partial;          /* consumers outside may have what is there before the end is proven */
    size_t consumer_count; /* 1 to VC_STREAM_CONSUMERS_MAX */
    bool outside[VC_STREAM_CONSUMERS_MAX]; /* consumers that are principals */
    /* Null, or called when a use has ended or is lost, before anybody who holds a port hears of it;
     * may look at the stream, and nothing else. */
    void (*concluded)(void *user);
    void *user;
};

enum vc_stream_state {
    VC_STREAM_IDLE,  /* nothing of this use, yet */
    VC_STREAM_OPEN,  /* under way */
    VC_STREAM_ENDED, /* whole */
    VC_STREAM_LOST,  /* it will never be whole; the reason is kept */
};

struct vc_stream;
struct vc_port;

/* Called when something changed for a port that is held: its limit, or the stream's state; never
 * within a call that the holder itself makes on this port. It may call anything of the stream but
 * vc_stream_free. */
typedef void vc_port_fn(void *user);
struct vc_port_holder {
    vc_port_fn *changed;
    void *user;
};

enum vc_code vc_stream_new(const struct vc_stream_terms *terms, struct vc_stream **stream,
                           struct vc_err *err);
/* No port may be held any more. */
void vc_stream_free(struct vc_stream *stream);
VC_DEFINE_CLEANUP(struct vc_stream, vc_stream_free);

/* Takes the producer's port, or that of the consumer with this index. Its window is made on the
 * first occasion. A producer that comes when a use is over begins the next one.
 * VC_STATE: somebody holds it; or a producer comes back to a use that has ended and is not all
 * taken. VC_LIMIT: every use is spent. VC_CLOSED: this use is lost, or this consumer has left it,
 * or is excluded; err is the reason. (A lost use makes room for the next when the producer comes.)
 */
enum vc_code vc_stream_take_producer(struct vc_stream *stream, struct vc_port_holder holder,
                                     struct vc_port **port, struct vc_err *err);
enum vc_code vc_stream_take_consumer(struct vc_stream *stream, size_t consumer,
                                     struct vc_port_holder holder, struct vc_port **port,
                                     struct vc_err *err);
/* VC_LIMIT: all of its uses are over; err says so, and what the last was lost for. */
enum vc_code vc_stream_check_uses(const struct vc_stream *stream, struct vc_err *err);
/* Lets go of it; it keeps its place. Null is allowed. */
void vc_port_release(struct vc_port *port);

[[nodiscard]] bool vc_port_produces(const struct vc_port *port);
enum vc_stream_state vc_port_state(const struct vc_port *port);
/* Producer: bytes written; consumer: bytes taken. And how far it may go now: both of this use. */
uint64_t vc_port_position(const struct vc_port *port);
uint64_t vc_port_limit(const struct vc_port *port);
/* Where the byte at `position` lies, from there on up to the limit in one piece. */
uint8_t *vc_port_at(const struct vc_port *port, uint64_t position);
/* Moves the position: a producer's bytes are there then, and scanned and marked; a consumer's are
 * free. VC_MALFORMED: backwards, or beyond the limit. VC_LIMIT: a record is too long: the stream is
 * lost. */
enum vc_code vc_port_advance(struct vc_port *port, uint64_t position, struct vc_err *err);

/* The producer says that this is all, and what it believes: `length` and `mark` (null: it does not
 * say). VC_MALFORMED: in the middle of a record, or not what was taken: the stream is lost. */
enum vc_code vc_port_end(struct vc_port *port, uint64_t length, const char *mark,
                         struct vc_err *err);
/* Could the producer end it here, as far as records go? Changes nothing. VC_MALFORMED. */
enum vc_code vc_port_check_end(const struct vc_port *port, struct vc_err *err);
/* A consumer wants no more of this use, or has taken the whole: it does not hold anybody back any
 * more. When the last has left before the end, the use is lost ("its last consumer left"). */
void vc_port_leave(struct vc_port *port, const char *reason);

/* As if this consumer left this use, and every other that comes: it gets nothing any more, whether
 * or not somebody holds its port, and holds nobody back. */
void vc_stream_exclude(struct vc_stream *stream, size_t consumer, const char *reason);

/* Has this consumer taken all there is, and is that the proven end? */
[[nodiscard]] bool vc_port_is_done(const struct vc_port *port);
/* A descriptor of the window: for a producer, to write; for a consumer, to read only. Borrowed. */
enum vc_code vc_port_window(const struct vc_port *port, int *fd, struct vc_err *err);

/* Ends this use for everybody, whoever asks, unless it has ended already and all has been taken. */
void vc_stream_lose(struct vc_stream *stream, const char *reason);

struct vc_stream_consumer_status {
    uint64_t position;
    uint64_t limit; /* up to which it may know what there is */
    bool held;      /* somebody has its port */
    bool left;
};
struct vc_stream_status {
    enum vc_stream_state state;
    uint64_t use; /* 1 for the first; also before it begins */
    uint32_t uses_left;
    uint32_t whole;                    /* uses that ended whole, and were not lost after */
    uint64_t position;                 /* bytes that its producer has written */
    bool held;                         /* somebody has the producer's port */
    bool over;                         /* nobody is to take anything of it any more */
    char reason[VC_STREAM_REASON_MAX]; /* of LOST */
    char mark[VC_MARK_TEXT_MAX];       /* of ENDED */
    struct vc_stream_consumer_status consumers[VC_STREAM_CONSUMERS_MAX];
};
void vc_stream_status(const struct vc_stream *stream, struct vc_stream_status *status);
const struct vc_stream_terms *vc_stream_terms(const struct vc_stream *stream);
const char *vc_stream_state_name(enum vc_stream_state state); /* "idle", "open", ... */

#endif
