/* SPDX-License-Identifier: MIT */

#include "base/buffer.h"

#include <stdarg.h>
#include <stdckdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum vc_code vc_buffer_reserve(struct vc_buffer *buffer, size_t size, struct vc_err *err)
{
    size_t wanted;
    size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
    uint8_t *grown;

    if (ckd_add(&wanted, buffer->size, size))
        return vc_fail_memory(err);
    if (wanted <= buffer->capacity)
        return VC_OK;
    while (capacity < wanted) {
        if (ckd_mul(&capacity, capacity, (size_t)2))
            return vc_fail_memory(err);
    }
    grown = malloc(capacity);
    if (grown == nullptr)
        return vc_fail_memory(err);
    if (buffer->size > 0)
        memcpy(grown, buffer->data, buffer->size);
    if (buffer->data != nullptr) /* not realloc: it would leave a copy of a key behind */
        explicit_bzero(buffer->data, buffer->size);
    free(buffer->data);
    buffer->data = grown;
    buffer->capacity = capacity;
    return VC_OK;
}

enum vc_code vc_buffer_append(struct vc_buffer *buffer, struct vc_bytes bytes, struct vc_err *err)
{
    enum vc_code code = vc_buffer_reserve(buffer, bytes.size, err);

    if (code != VC_OK || bytes.size == 0)
        return code;
    memcpy(buffer->data + buffer->size, bytes.data, bytes.size);
    buffer->size += bytes.size;
    return VC_OK;
}

enum vc_code vc_buffer_append_text(struct vc_buffer *buffer, const char *text, struct vc_err *err)
{
    return vc_buffer_append(buffer, (struct vc_bytes){(const uint8_t *)text, strlen(text)}, err);
}

enum vc_code vc_buffer_printf(struct vc_buffer *buffer, struct vc_err *err, const char *format, ...)
{
    va_list args;
    va_list again;
    int length;
    enum vc_code code;

    va_start(args, format);
    va_copy(again, args);
    length = vsnprintf(nullptr, 0, format, args);
    va_end(args);
    code = length < 0 ? vc_fail_memory(err) : vc_buffer_reserve(buffer, (size_t)length + 1, err);
    if (code == VC_OK) {
        (void)vsnprintf((char *)buffer->data + buffer->size, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    }
    va_end(again);
    return code;
}

struct vc_bytes vc_buffer_bytes(const struct vc_buffer *buffer)
{
    return (struct vc_bytes){buffer->data, buffer->size};
}

void vc_buffer_done(struct vc_buffer *buffer)
{
    if (buffer->data != nullptr)
        explicit_bzero(buffer->data, buffer->capacity);
    free(buffer->data);
    *buffer = (struct vc_buffer){};
}
