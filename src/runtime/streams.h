/* SPDX-License-Identifier: MIT */

/* The container's streams: who may have which end, and what happens when somebody is gone.
 *
 * Principals come by HTTP (stream_resource.c), programs by their runs (run_streams.c). Both hold
 * ports of flow/stream.h, which they get here and nowhere else, because here the policy is asked.
 */

#ifndef VC_RUNTIME_STREAMS_H
#define VC_RUNTIME_STREAMS_H

#include "flow/stream.h"
#include "net/loop.h"
#include "policy/force.h"

struct vc_streams;
struct vc_record; /* runtime/record.h */

/* Both are borrowed for its life. */
enum vc_code vc_streams_new(struct vc_loop *loop, const struct vc_force *force,
                            struct vc_streams **streams, struct vc_err *err);
/* No port may be held any more. */
void vc_streams_free(struct vc_streams *streams);
VC_DEFINE_CLEANUP(struct vc_streams, vc_streams_free);

/* An end, by who is to have it of which stream. */
struct vc_stream_claim {
    size_t stream; /* index */
    struct vc_subject who;
};

/* Takes the end that the policy gives to `who` in that stream: VC_REFUSED: none, or not this one.
 * Otherwise as vc_stream_take_*. A producer that has begun and released its port has resume_seconds
 * to come back; then the use is lost. */
enum vc_code vc_streams_produce(struct vc_streams *streams, struct vc_stream_claim claim,
                                struct vc_port_holder holder, struct vc_port **port,
                                struct vc_err *err);
enum vc_code vc_streams_consume(struct vc_streams *streams, struct vc_stream_claim claim,
                                struct vc_port_holder holder, struct vc_port **port,
                                struct vc_err *err);
/* Lets go of a port that was taken here; null is allowed. */
void vc_streams_release(struct vc_streams *streams, size_t index, struct vc_port *port);

/* Uses by principals are written down from now on; what runs do with streams is not, here.
 * Borrowed; null is allowed. */
void vc_streams_set_record(struct vc_streams *streams, struct vc_record *record);
/* This principal is about to begin a use, or to take what there is of it: is there room for that?
 * Of a consumer it is written down here, whatever comes of it: once for each use, of a stream that
 * a program produces once until another run is over. VC_LIMIT. */
enum vc_code vc_streams_check_room(struct vc_streams *streams, struct vc_stream_claim claim,
                                   struct vc_err *err);
enum vc_code vc_streams_note_consumer(struct vc_streams *streams, struct vc_stream_claim claim,
                                      struct vc_err *err);

struct vc_stream *vc_streams_at(struct vc_streams *streams, size_t index);

/* May a run of `program` begin? Each stream that is its standard input or output must be free for
 * it. VC_STATE: "stream prices: run 3 holds it"; VC_LIMIT: spent. */
enum vc_code vc_streams_check_run(struct vc_streams *streams, size_t program, struct vc_err *err);

/* The policy in force has changed: whose end was taken away gets nothing of the stream any more,
 * and a use whose producer it was is lost. */
void vc_streams_narrowed(struct vc_streams *streams);

/* Loses every use that is not over, and tells who waits for one to begin: the container ends. No
 * end can be taken any more (VC_STATE, with the reason). True: connections of consumers were cut
 * off, to whom nothing but the list of streams tells why. */
bool vc_streams_end(struct vc_streams *streams, const char *reason);

#endif
