/* SPDX-License-Identifier: MIT */

/* Send buffers of one size, lent to connections for as long as they hold bytes: an idle connection
 * then costs none. One pool per server or client, used by one thread. */

#ifndef VC_NET_CHUNK_INTERNAL_H
#define VC_NET_CHUNK_INTERNAL_H

#include "base/defs.h"

/* Four full TLS records with their overhead, and a little. */
constexpr size_t VC_CHUNK_SIZE = 65536 + 4096;
constexpr size_t VC_CHUNK_SPARE_MAX = 8; /* kept for the next borrower */

/* Zero-initialised is empty and valid. */
struct vc_chunk_pool {
    uint8_t *spare[VC_CHUNK_SPARE_MAX];
    size_t spare_count;
};

/* A first-in first-out run of bytes inside one chunk; zero-initialised is empty and holds none. */
struct vc_chunk {
    uint8_t *data;
    size_t begin; /* of the bytes not yet taken */
    size_t end;
};

/* False: out of memory. Nothing to do if the chunk holds its buffer already. */
[[nodiscard]] bool vc_chunk_open(struct vc_chunk_pool *pool, struct vc_chunk *chunk);
/* Appends as much as fits and returns how much; the chunk is open. */
size_t vc_chunk_fill(struct vc_chunk *chunk, struct vc_bytes bytes);
/* Gives the buffer back; whatever it holds is lost. */
void vc_chunk_close(struct vc_chunk_pool *pool, struct vc_chunk *chunk);
void vc_chunk_pool_done(struct vc_chunk_pool *pool);

#endif
