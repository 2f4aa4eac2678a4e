/* SPDX-License-Identifier: MIT */

/* A growable run of bytes with one owner. */

#ifndef VC_BASE_BUFFER_H
#define VC_BASE_BUFFER_H

#include "base/err.h"

/* Zero-initialised is empty and valid. `data` is null while capacity is 0. */
struct vc_buffer {
    uint8_t *data;
    size_t size;     /* bytes in use */
    size_t capacity; /* bytes owned */
};

/* Appends a copy. VC_MEMORY: nothing was appended. */
enum vc_code vc_buffer_append(struct vc_buffer *buffer, struct vc_bytes bytes, struct vc_err *err);
enum vc_code vc_buffer_append_text(struct vc_buffer *buffer, const char *text, struct vc_err *err);
enum vc_code vc_buffer_printf(struct vc_buffer *buffer, struct vc_err *err, const char *format, ...)
    vc_printf(3, 4);

/* Makes room for `size` more bytes without changing the content. */
enum vc_code vc_buffer_reserve(struct vc_buffer *buffer, size_t size, struct vc_err *err);

/* The content, borrowed until the next append. */
struct vc_bytes vc_buffer_bytes(const struct vc_buffer *buffer);

/* Frees and empties; wipes the bytes first, since a buffer may have held a key. */
void vc_buffer_done(struct vc_buffer *buffer);

#endif
