/* SPDX-License-Identifier: MIT */

/* What clients say about streams in fields, parsed. Each takes one form and nothing else. */

#ifndef VC_RUNTIME_STREAM_REQUEST_H
#define VC_RUNTIME_STREAM_REQUEST_H

#include "base/err.h"
#include "flow/mark.h"

/* Decimal digits without sign, and without zeros before others, below 2^63. VC_MALFORMED names the
 * field. */
enum vc_code vc_stream_number_parse(const char *field, const char *text, uint64_t *value,
                                    struct vc_err *err);

/* In all of these a null text is an absent field. */

/* Of a PUT: `upload-offset`, `upload-complete`, `stream-use`. */
struct vc_stream_put_fields {
    uint64_t offset; /* absent: 0 */
    bool complete;   /* the end of this body is that of the stream; absent: true */
    uint64_t use;    /* 0: absent */
};
enum vc_code vc_stream_put_parse(const char *offset, const char *complete, const char *use,
                                 struct vc_stream_put_fields *fields, struct vc_err *err);

/* Of a GET: `range`, `prefer`, `stream-use`. */
struct vc_stream_get_fields {
    bool has_first;
    uint64_t first; /* of "bytes=N-", the only range that a stream knows */
    bool resumable; /* "resumable" is among the preferences (RFC 7240) */
    uint64_t use;   /* 0: absent */
};
enum vc_code vc_stream_get_parse(const char *range, const char *prefer, const char *use,
                                 struct vc_stream_get_fields *fields, struct vc_err *err);

/* Of the trailers of a PUT: `stream-length`, `repr-digest`. */
struct vc_stream_end_fields {
    bool has_length;
    uint64_t length;
    char mark[VC_MARK_TEXT_MAX]; /* "": absent */
};
enum vc_code vc_stream_end_parse(const char *length, const char *digest,
                                 struct vc_stream_end_fields *fields, struct vc_err *err);

/* `stream-use`: 1 and up; 0: absent. */
enum vc_code vc_stream_use_parse(const char *text, uint64_t *use, struct vc_err *err);

#endif
