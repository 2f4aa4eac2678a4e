/* SPDX-License-Identifier: MIT */

/* The body of a consumed stream as it comes in: out of its cells if it is padded, marked, and
 * handed on. */

#ifndef VC_CLIENT_STREAM_INCOMING_H
#define VC_CLIENT_STREAM_INCOMING_H

#include "flow/mark.h"
#include "policy/policy.h"
#include "veracruz/client.h"

/* Where it goes: a descriptor, or a function if there is one. */
struct vc_stream_target {
    vcc_stream_write *write;
    void *user;
    int fd;
    bool regular;     /* the descriptor is of a file that can be read, cut and continued */
    const char *name; /* for errors; borrowed */
};

/* "-" is standard output; a regular file is made, with mode 0600, or opened as it is. VC_MALFORMED
 * (a directory), VC_HOST. */
enum vc_code vc_stream_target_open(const char *path, struct vc_stream_target *target,
                                   struct vc_err *err);
/* What is written is so. Only then may the container forget it. */
enum vc_code vc_stream_target_close(struct vc_stream_target *target, struct vc_err *err);
/* Closes it in whatever state. */
void vc_stream_target_done(struct vc_stream_target *target);

struct vc_stream_incoming {
    struct vc_stream_target *target; /* borrowed */
    uint64_t position;               /* bytes of the stream that were handed on */
    bool failed;                     /* take failed because nothing can be handed on any more */
    /* its own */
    const struct vc_policy_stream *terms;
    struct vc_mark *mark;
    uint8_t *cell, *record; /* of a padded stream */
    size_t cell_size, cell_got;
};

/* Begins at `offset` of this use: a file then has the bytes before it, and is cut there. VC_STATE:
 * they are not here. */
enum vc_code vc_stream_incoming_begin(struct vc_stream_incoming *incoming,
                                      const struct vc_policy_stream *terms,
                                      const struct vc_mark_subject *subject, uint64_t offset,
                                      struct vc_err *err);
void vc_stream_incoming_done(struct vc_stream_incoming *incoming);
/* A connection broke: what came of a cell comes again. */
void vc_stream_incoming_rewind(struct vc_stream_incoming *incoming);
/* Takes the next piece of the body. */
enum vc_code vc_stream_incoming_take(struct vc_stream_incoming *incoming, struct vc_bytes piece,
                                     struct vc_err *err);
/* The body ended, and this is said to be its length and digest. VC_UNTRUSTED: it is not; *digest is
 * what it is. */
enum vc_code vc_stream_incoming_check(const struct vc_stream_incoming *incoming, uint64_t length,
                                      const char *claimed, char digest[VC_MARK_TEXT_MAX],
                                      struct vc_err *err);

#endif
