/* SPDX-License-Identifier: MIT */

/* What the methods of a stream share: who asks for which end of which stream, an exchange that
 * holds an end, and refusals. */

#ifndef VC_RUNTIME_STREAM_CALL_H
#define VC_RUNTIME_STREAM_CALL_H

#include "runtime/api_internal.h"

/* The ends of one stream: its producer's, and one for each consumer. */
constexpr size_t VC_STREAM_SEATS = 1 + VC_POLICY_CONSUMERS_MAX;
constexpr size_t VC_STREAM_PRODUCER_SEAT = 0;

/* An exchange that holds an end of a stream: the first member of what PUT and GET keep. */
struct vc_stream_call {
    struct vc_request *request;
    size_t stream;        /* index */
    size_t seat;          /* which end */
    struct vc_port *port; /* null: it does not hold it any more */
    /* Null, or frees what only a holder needs: an exchange that was broken off may stay for as long
     * as its client does not read that. */
    void (*shed)(struct vc_stream_call *call);
};

struct vc_subject vc_stream_who_asks(const struct vc_request *request);
/* The stream in the path; false: answered. */
[[nodiscard]] bool vc_stream_find(struct vc_request *request, size_t *index);
/* Which end the policy gives to who asks; false: neither, and answered. */
[[nodiscard]] bool vc_stream_find_seat(struct vc_request *request, size_t index, size_t *seat);
const struct vc_policy_stream *vc_stream_terms_of(const struct vc_request *request, size_t index);
/* How it stands with a stream. */
void vc_stream_look(const struct vc_request *request, size_t index,
                    struct vc_stream_status *status);

/* Makes request->stream: zeroed memory of `size` bytes that begins with a call. Null: answered. */
void *vc_stream_call_new(struct vc_request *request, size_t size, size_t index, size_t seat);
/* Lets go of the end; the exchange may go on. */
void vc_stream_call_release(struct vc_stream_call *call);
/* The last of it; what else it owns is gone. */
void vc_stream_call_free(struct vc_stream_call *call);
/* Takes its end, from an earlier exchange of the same principal if that still holds it, which is
 * then broken off. `changed` gets the call. */
enum vc_code vc_stream_call_take(struct vc_stream_call *call, vc_port_fn *changed,
                                 struct vc_err *err);
/* The policy in force has changed: who may not have the end any more has it no longer. */
void vc_stream_call_narrowed(struct vc_request *request);
/* Whoever of this principal holds this end holds it no longer. */
void vc_stream_vacate(struct vc_api *api, size_t index, size_t seat);

/* ---- refusals; each lets go of the end that the request holds ---- */

/* 409: this use is lost; with the reason, and stream-use. */
void vc_stream_answer_lost(struct vc_request *request, size_t index,
                           const struct vc_stream_status *status);
/* 409: not where it goes on, which `field` tells; with stream-use. */
struct vc_stream_place {
    const char *field; /* "upload-offset" or "stream-offset" */
    uint64_t offset;
    uint64_t use;
};
void vc_stream_answer_place(struct vc_request *request, const struct vc_stream_place *place,
                            const char *detail);
/* The end could not be taken: 409, 410 if no use is left. */
void vc_stream_answer_untaken(struct vc_request *request, const struct vc_err *err);
/* What came does not fit the stream, which is lost by it: 413, 422. */
void vc_stream_answer_unfit(struct vc_request *request, const struct vc_err *err);

/* The methods that take an end: stream_receive.c, stream_send.c. */
void vc_stream_put_begin(struct vc_request *request);
void vc_stream_put_piece(struct vc_request *request, struct vc_bytes bytes);
void vc_stream_put_end(struct vc_request *request);
void vc_stream_put_close(struct vc_request *request);
void vc_stream_get_begin(struct vc_request *request);
void vc_stream_get_credit(struct vc_request *request);
void vc_stream_get_close(struct vc_request *request);

#endif
