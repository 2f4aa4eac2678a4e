/* SPDX-License-Identifier: MIT */

/* The bounded reader: the one way in which untrusted bytes become values.
 *
 * It fails once and stays failed: later reads give zero or an empty run and touch nothing. So a
 * parser reads like its grammar and asks `done` once, before it uses a value. Integers are big
 * endian unless a name says otherwise. Runs borrow the input.
 */

#ifndef VC_BASE_READER_H
#define VC_BASE_READER_H

#include "base/defs.h"

struct vc_reader {
    struct vc_bytes input;
    size_t offset; /* of the next unread byte; where the first failed read began */
    bool failed;
};

struct vc_reader vc_reader_over(struct vc_bytes input);

uint8_t vc_read_u8(struct vc_reader *reader);
uint16_t vc_read_u16(struct vc_reader *reader);
uint32_t vc_read_u32(struct vc_reader *reader);
uint64_t vc_read_u64(struct vc_reader *reader);
uint16_t vc_read_u16_le(struct vc_reader *reader); /* little endian */
uint32_t vc_read_u32_le(struct vc_reader *reader);
uint64_t vc_read_u64_le(struct vc_reader *reader);

/* The next `size` bytes, or an empty run if fewer are left. */
struct vc_bytes vc_read_run(struct vc_reader *reader, size_t size);

/* Bytes not read yet; 0 once failed. */
[[nodiscard]] size_t vc_reader_left(const struct vc_reader *reader);

/* Marks the reader failed at its present offset: for a parser that finds a value out of grammar. */
void vc_reader_fail(struct vc_reader *reader);

/* True if every read so far succeeded and no byte is left over. */
[[nodiscard]] bool vc_reader_done(const struct vc_reader *reader);

#endif
