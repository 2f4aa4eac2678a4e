/* SPDX-License-Identifier: MIT */

/* The last bytes of a stream that were read here: those to be sent, and those that were and may
 * have to be again. */

#ifndef VC_CLIENT_STREAM_KEPT_H
#define VC_CLIENT_STREAM_KEPT_H

#include "base/err.h"

/* A ring; positions are the stream's. */
struct vc_stream_kept {
    uint8_t *data;
    size_t capacity;
    uint64_t begin, end; /* bytes that are here: from begin, before end */
};

enum vc_code vc_stream_kept_init(struct vc_stream_kept *kept, size_t capacity, uint64_t position,
                                 struct vc_err *err);
void vc_stream_kept_done(struct vc_stream_kept *kept);

/* Where the next bytes go: *size of them in one piece, none if all from `oldest` on must stay. */
uint8_t *vc_stream_kept_room(const struct vc_stream_kept *kept, uint64_t oldest, size_t *size);
/* So many have been put there. */
void vc_stream_kept_grow(struct vc_stream_kept *kept, size_t size);
/* Copies what is here from `position` on, at most `size` bytes. */
size_t vc_stream_kept_copy(const struct vc_stream_kept *kept, uint64_t position, uint8_t *data,
                           size_t size);

#endif
