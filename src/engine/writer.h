/* SPDX-License-Identifier: MIT */

/* Parts of a module as they are written anew: bytes, numbers, sections (WebAssembly core 2.0 §5).
 */

#ifndef VC_ENGINE_WRITER_H
#define VC_ENGINE_WRITER_H

#include "base/buffer.h"

constexpr size_t VC_WRITER_NUMBER_MAX = 5; /* bytes of a 32-bit number */

/* Fails once and stays failed, for want of memory alone. `text` and `err` are borrowed. */
struct vc_writer {
    struct vc_buffer *text;
    struct vc_err *err;
    enum vc_code code;
};

void vc_writer_put(struct vc_writer *writer, struct vc_bytes bytes);
void vc_writer_put_byte(struct vc_writer *writer, uint8_t byte);

/* 32 bits without sign, as short as it can be. */
void vc_writer_put_number(struct vc_writer *writer, uint32_t value);
size_t vc_writer_number_size(uint32_t value);

/* The same in `size` bytes, which may be more than it takes. */
void vc_writer_put_padded(struct vc_writer *writer, uint32_t value, size_t size);

/* An instruction with a number behind it. */
void vc_writer_put_with(struct vc_writer *writer, uint8_t opcode, uint32_t value);

/* The same with a number that has a sign, and is not negative: constants. */
void vc_writer_put_constant(struct vc_writer *writer, uint8_t opcode, uint32_t value);

/* Bytes with their number before them: a function's body, a name. */
void vc_writer_put_run(struct vc_writer *writer, struct vc_bytes bytes);

void vc_writer_put_section(struct vc_writer *writer, uint8_t id, struct vc_bytes body);

#endif
