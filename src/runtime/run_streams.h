/* SPDX-License-Identifier: MIT */

/* The streams that one run has open: the slots that it shares with its worker, the ports that it
 * holds, and what goes between the two. All that the worker writes is hostile. */

#ifndef VC_RUNTIME_RUN_STREAMS_H
#define VC_RUNTIME_RUN_STREAMS_H

#include "runtime/streams.h"
#include "runtime/view.h"

struct vc_run_streams;

/* Everything is borrowed for its life. */
struct vc_run_streams_order {
    struct vc_loop *loop;
    const struct vc_force *force; /* the run's own */
    struct vc_streams *streams;
    size_t program;
    /* No honest worker does this; called from the loop, and may free the whole. */
    void (*broken)(void *user, const char *reason);
    void *user;
};

/* May this program have any end of any stream? */
[[nodiscard]] bool vc_run_streams_wanted(const struct vc_force *force, size_t program);

enum vc_code vc_run_streams_new(const struct vc_run_streams_order *order,
                                struct vc_run_streams **streams, struct vc_err *err);
/* What is still open is lost, or left. */
void vc_run_streams_free(struct vc_run_streams *streams);
VC_DEFINE_CLEANUP(struct vc_run_streams, vc_run_streams_free);

/* Takes the ends that are the program's standard input and outputs, all or none. VC_STATE: one of
 * them is not to be had now. VC_CLOSED: nor ever, its uses are all spent. */
enum vc_code vc_run_streams_bind(struct vc_run_streams *streams, struct vc_err *err);
/* One of the three, as it was bound; null: it is none. */
const struct vc_view_stream *vc_run_streams_standard(const struct vc_run_streams *streams,
                                                     size_t number);

/* The end that the program opens itself: codes of vc_view_stream_fn. */
enum vc_code vc_run_streams_open(struct vc_run_streams *streams, size_t stream, bool produces,
                                 struct vc_view_stream *opened, struct vc_err *err);

/* What a worker is given: the slots, the counter that wakes it, the counter that wakes us. */
constexpr size_t VC_RUN_STREAMS_FDS = 3;
void vc_run_streams_fds(const struct vc_run_streams *streams, int fds[VC_RUN_STREAMS_FDS]);

/* The policy in force has changed. VC_REFUSED: the run holds the end of a stream that it may not
 * have any more. */
enum vc_code vc_run_streams_recheck(const struct vc_run_streams *streams, struct vc_err *err);

/* Looks at all that is open, though nobody was woken: for who wants to see how far it is. */
void vc_run_streams_look(struct vc_run_streams *streams);

/* The program is done, and believes that all is well. Looks for the last time, and from then on
 * believes nothing any more. VC_MALFORMED: the worker's positions are out of form. VC_CLOSED: the
 * run has held the end of a use that was lost. VC_STATE: what it produced cannot end where it does,
 * or was lost by what the program wrote. */
enum vc_code vc_run_streams_finish(struct vc_run_streams *streams, struct vc_err *err);
/* What the run did with a stream that its program produces, as far as it has let go of it. */
struct vc_run_stream_deeds {
    uint32_t uses; /* that it began; the last of them: */
    uint64_t use, bytes;
    bool whole;
    char digest[VC_MARK_TEXT_MAX], reason[VC_STREAM_REASON_MAX];
};
/* Borrowed. */
const struct vc_run_stream_deeds *vc_run_streams_deeds(const struct vc_run_streams *streams,
                                                       size_t stream);
/* And it is: what is produced ends, what is consumed is left. VC_MEMORY, ...: something was lost
 * after all. */
enum vc_code vc_run_streams_end(struct vc_run_streams *streams, const char *reason,
                                struct vc_err *err);
/* All is over, and not well: what is produced is lost for this reason, what is consumed is left. */
void vc_run_streams_lose(struct vc_run_streams *streams, const char *reason);

#endif
