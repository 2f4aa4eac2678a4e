/* SPDX-License-Identifier: MIT */

#include "engine/writer.h"

void vc_writer_put(struct vc_writer *writer, struct vc_bytes bytes)
{
    if (writer->code == VC_OK && bytes.size > 0)
        writer->code = vc_buffer_append(writer->text, bytes, writer->err);
}

void vc_writer_put_byte(struct vc_writer *writer, uint8_t byte)
{
    vc_writer_put(writer, (struct vc_bytes){&byte, 1});
}

size_t vc_writer_number_size(uint32_t value)
{
    size_t size = 1;

    for (; value > 0x7f; value >>= 7)
        size++;
    return size;
}

void vc_writer_put_padded(struct vc_writer *writer, uint32_t value, size_t size)
{
    for (; size > 1; size--) {
        vc_writer_put_byte(writer, (uint8_t)(value | 0x80));
        value >>= 7;
    }
    vc_writer_put_byte(writer, (uint8_t)(value & 0x7f));
}

void vc_writer_put_number(struct vc_writer *writer, uint32_t value)
{
    vc_writer_put_padded(writer, value, vc_writer_number_size(value));
}

void vc_writer_put_with(struct vc_writer *writer, uint8_t opcode, uint32_t value)
{
    vc_writer_put_byte(writer, opcode);
    vc_writer_put_number(writer, value);
}

/* The sign would be the 7th bit of the last byte. */
void vc_writer_put_constant(struct vc_writer *writer, uint8_t opcode, uint32_t value)
{
    vc_writer_put_byte(writer, opcode);
    vc_writer_put_padded(writer, value, vc_writer_number_size(value << 1));
}

void vc_writer_put_run(struct vc_writer *writer, struct vc_bytes bytes)
{
    vc_writer_put_number(writer, (uint32_t)bytes.size);
    vc_writer_put(writer, bytes);
}

void vc_writer_put_section(struct vc_writer *writer, uint8_t id, struct vc_bytes body)
{
    vc_writer_put_byte(writer, id);
    vc_writer_put_run(writer, body);
}
