/* SPDX-License-Identifier: MIT */

/* The body of a produced stream as it goes out: read once, kept for as long as it may have to be
 * sent again, marked, and cut into cells where the policy wants it padded. */

#ifndef VC_CLIENT_STREAM_OUTGOING_H
#define VC_CLIENT_STREAM_OUTGOING_H

#include "client/stream_feed.h"
#include "client/stream_kept.h"
#include "flow/mark.h"
#include "flow/records.h"
#include "net/http_client.h"
#include "policy/policy.h"

/* Zero-initialised to begin with. */
struct vc_stream_outgoing {
    struct vc_stream_feed *feed;   /* borrowed */
    uint64_t at;                   /* what was given to be sent ends here: in bytes of the stream */
    bool ended;                    /* the feed has; kept.end is then the stream's length */
    bool failed;                   /* pull failed, and it was this side's fault */
    char digest[VC_MARK_TEXT_MAX]; /* of the whole, once its end was pulled */
    /* its own */
    struct vc_mark *mark; /* of the bytes before kept.end; null: not begun */
    struct vc_stream_kept kept;
    uint64_t behind; /* bytes before `at` that may have to be sent again */
    bool padded;
    struct vc_record_scan scan;
    uint8_t *record, *cell; /* of a padded stream: room for the largest */
    size_t record_max, cell_size, cell_sent;
    char length[24];
};

/* Begins at `offset` of this use, with the bytes of `feed`, the first of which are the stream's
 * first. VC_STATE: the feed cannot go on there: it is no file, or too short. VC_LIMIT: a record is
 * too long. */
enum vc_code vc_stream_outgoing_begin(struct vc_stream_outgoing *outgoing,
                                      const struct vc_policy_stream *terms,
                                      const struct vc_mark_subject *subject, uint64_t offset,
                                      struct vc_err *err);
void vc_stream_outgoing_done(struct vc_stream_outgoing *outgoing);

/* The next that is pulled is the byte at `position`. VC_STATE: it is not here any more, or yet. */
enum vc_code vc_stream_outgoing_seek(struct vc_stream_outgoing *outgoing, uint64_t position,
                                     struct vc_err *err);

/* As struct vc_http_source has them; `user` is the struct. */
ptrdiff_t vc_stream_outgoing_pull(void *user, uint8_t *data, size_t size, bool *ended,
                                  struct vc_err *err);
size_t vc_stream_outgoing_trailers(void *user, struct vc_http_field *fields, size_t max);

#endif
