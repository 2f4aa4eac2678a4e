/* SPDX-License-Identifier: MIT */

/* Words that HTTP's two sides share. */

#ifndef VC_NET_HTTP_H
#define VC_NET_HTTP_H

#include "base/err.h"

constexpr size_t VC_HTTP_HEADER_SIZE_MAX = 16384; /* bytes of one header block, as sent */
constexpr size_t VC_HTTP_FIELDS_MAX = 64;         /* header fields of one message */
constexpr size_t VC_HTTP_TARGET_MAX = 4096;       /* bytes of :path, percent-encoded */
constexpr size_t VC_HTTP_TRAILERS_MAX = 8;        /* trailer fields of one message */

/* One header field; names are lower case (RFC 9113 §8.2). Both borrowed. */
struct vc_http_field {
    const char *name;
    const char *value;
};

/* A message body. `release(owner)` is called once, when the bytes are no longer needed; null:
 * never. Zero-initialised is empty. */
struct vc_http_body {
    struct vc_bytes bytes;
    void (*release)(void *owner);
    void *owner;
};

/* The client's half of a percent-encoding agreement: appends `path` with everything encoded that
 * RFC 3986 does not allow in a path; '/' stays. */
struct vc_buffer;
enum vc_code vc_http_encode_path(const char *path, struct vc_buffer *target, struct vc_err *err);

/* Splits a request target: decodes the path (VC_MALFORMED on a bad escape, on %00, or if the target
 * does not start with '/') into `path`, of `path_size` bytes; *query is borrowed from `target`,
 * still encoded, "" if there is none. VC_LIMIT: does not fit. */
enum vc_code vc_http_parse_target(const char *target, char *path, size_t path_size,
                                  const char **query, struct vc_err *err);

/* A byte range of RFC 9110 §14.2 against `size` bytes: "bytes=a-b", "bytes=a-", "bytes=-n".
 * VC_MALFORMED: no single such range (ignore the header then). VC_LIMIT: not satisfiable (416). */
enum vc_code vc_http_parse_range(const char *value, uint64_t size, uint64_t *first, uint64_t *count,
                                 struct vc_err *err);

#endif
