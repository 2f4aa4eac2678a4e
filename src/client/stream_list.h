/* SPDX-License-Identifier: MIT */

/* The streams of a container as it tells them (docs/http-api.md): `GET /v1/streams`. */

#ifndef VC_CLIENT_STREAM_LIST_H
#define VC_CLIENT_STREAM_LIST_H

#include "flow/stream.h"

constexpr size_t VC_STREAM_LIST_SIZE_MAX = 4
                                           << 20; /* bytes of JSON: every stream of a policy fits */

/* What is told of one stream, for one of its principals. */
struct vc_stream_view {
    enum vc_stream_state state;
    uint64_t use, position;
    char reason[VC_STREAM_REASON_MAX]; /* of VC_STREAM_LOST; one clean line */
    char mark[VC_MARK_TEXT_MAX];       /* of VC_STREAM_ENDED */
    bool produced;                     /* somebody holds the producer's end */
    bool consumes;                     /* the principal is a consumer; the rest is about it */
    bool held, left;
    uint64_t taken;
};

/* Finds the stream `name` in the list, and its consumer who is the principal `who`. VC_MALFORMED:
 * no such list. VC_NOT_FOUND: the stream is not in it. */
enum vc_code vc_stream_list_find(struct vc_bytes json, const char *name, const char *who,
                                 struct vc_stream_view *view, struct vc_err *err);
/* Is it such a list, as a whole? VC_MALFORMED names the place. */
enum vc_code vc_stream_list_check(struct vc_bytes json, struct vc_err *err);

#endif
