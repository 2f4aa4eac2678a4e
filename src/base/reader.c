/* SPDX-License-Identifier: MIT */

#include "base/reader.h"

struct vc_reader vc_reader_over(struct vc_bytes input)
{
    return (struct vc_reader){.input = input};
}

struct vc_bytes vc_read_run(struct vc_reader *reader, size_t size)
{
    struct vc_bytes run = {nullptr, 0};

    if (reader->failed || size > reader->input.size - reader->offset) {
        reader->failed = true;
        return run;
    }
    if (size > 0)
        run = (struct vc_bytes){reader->input.data + reader->offset, size};
    reader->offset += size;
    return run;
}

static uint64_t read_number(struct vc_reader *reader, size_t size)
{
    struct vc_bytes run = vc_read_run(reader, size);
    uint64_t value = 0;

    for (size_t i = 0; i < run.size; i++)
        value = value << 8 | run.data[i];
    return value;
}

uint8_t vc_read_u8(struct vc_reader *reader)
{
    return (uint8_t)read_number(reader, sizeof(uint8_t));
}

uint16_t vc_read_u16(struct vc_reader *reader)
{
    return (uint16_t)read_number(reader, sizeof(uint16_t));
}

uint32_t vc_read_u32(struct vc_reader *reader)
{
    return (uint32_t)read_number(reader, sizeof(uint32_t));
}

uint64_t vc_read_u64(struct vc_reader *reader)
{
    return read_number(reader, sizeof(uint64_t));
}

static uint64_t read_number_le(struct vc_reader *reader, size_t size)
{
    struct vc_bytes run = vc_read_run(reader, size);
    uint64_t value = 0;

    for (size_t i = run.size; i > 0; i--)
        value = value << 8 | run.data[i - 1];
    return value;
}

uint16_t vc_read_u16_le(struct vc_reader *reader)
{
    return (uint16_t)read_number_le(reader, sizeof(uint16_t));
}

uint32_t vc_read_u32_le(struct vc_reader *reader)
{
    return (uint32_t)read_number_le(reader, sizeof(uint32_t));
}

uint64_t vc_read_u64_le(struct vc_reader *reader)
{
    return read_number_le(reader, sizeof(uint64_t));
}

size_t vc_reader_left(const struct vc_reader *reader)
{
    return reader->failed ? 0 : reader->input.size - reader->offset;
}

void vc_reader_fail(struct vc_reader *reader)
{
    reader->failed = true;
}

bool vc_reader_done(const struct vc_reader *reader)
{
    return !reader->failed && reader->offset == reader->input.size;
}
