/* SPDX-License-Identifier: MIT */

/* LEB128 numbers and single bytes out of the bounded reader (WebAssembly core 2.0 §5.2.2).
 *
 * In the header, because the walk over code reads little else, and a call for every byte is what
 * would take its time. Forms longer than needed are legal up to the longest, and linkers write
 * them; bits beyond the type are not.
 */

#ifndef VC_ENGINE_LEB_H
#define VC_ENGINE_LEB_H

#include "base/reader.h"

static inline uint8_t vc_leb_byte(struct vc_reader *reader)
{
    if (!reader->failed && reader->offset < reader->input.size)
        return reader->input.data[reader->offset++];
    vc_reader_fail(reader);
    return 0;
}

/* 32 bits without sign: at most 5 bytes. */
uint32_t vc_leb_read_long(struct vc_reader *reader);

static inline uint32_t vc_leb_read(struct vc_reader *reader)
{
    if (!reader->failed && reader->offset < reader->input.size &&
        reader->input.data[reader->offset] < 0x80)
        return reader->input.data[reader->offset++];
    return vc_leb_read_long(reader);
}

/* Passes over a number with a sign, of `bits` bits. */
void vc_leb_skip_signed(struct vc_reader *reader, unsigned bits);

#endif
