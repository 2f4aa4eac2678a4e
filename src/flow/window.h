/* SPDX-License-Identifier: MIT */

/* A stream's window: a ring of bytes in shared memory, and the slots that say who may go how far
 * (abi/stream.h). Both sides of a worker use it; neither believes the other. */

#ifndef VC_FLOW_WINDOW_H
#define VC_FLOW_WINDOW_H

#include "abi/stream.h"
#include "base/err.h"

/* Mapped twice, one copy behind the other: any run of up to `size` bytes is in one piece. */
struct vc_window {
    uint8_t *data; /* null: not mapped */
    size_t size;   /* of the window; a power of two */
};

/* A new memory file of this size, sealed against changes of size, for reading and writing.
 * VC_LIMIT: not a window's size; VC_HOST. */
enum vc_code vc_window_create(size_t size, int *fd, struct vc_err *err);
/* The same file for whoever may only read: *fd is another descriptor, that cannot be mapped to
 * write. VC_HOST. */
enum vc_code vc_window_reopen(int window_fd, int *fd, struct vc_err *err);
/* Maps it. VC_MALFORMED: no file of this size, or not sealed against changes of it; VC_HOST. */
enum vc_code vc_window_map(int fd, size_t size, bool writable, struct vc_window *window,
                           struct vc_err *err);
/* Accepts what is not mapped. */
void vc_window_unmap(struct vc_window *window);

/* Where byte `position` of the stream lies; up to window->size bytes from there are in one piece.
 */
static inline uint8_t *vc_window_at(const struct vc_window *window, uint64_t position)
{
    return window->data + (position & (window->size - 1));
}

/* VC_STREAM_SLOTS_MAX slots, all free. */
enum vc_code vc_slots_create(int *fd, struct vc_err *err);
enum vc_code vc_slots_map(int fd, struct vc_stream_slot **slots, struct vc_err *err);
void vc_slots_unmap(struct vc_stream_slot *slots);

#endif
