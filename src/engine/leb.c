/* SPDX-License-Identifier: MIT */

#include "engine/leb.h"

uint32_t vc_leb_read_long(struct vc_reader *reader)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t byte = vc_leb_byte(reader);

        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) != 0)
            continue;
        if (value > UINT32_MAX)
            break;
        return (uint32_t)value;
    }
    vc_reader_fail(reader);
    return 0;
}

void vc_leb_skip_signed(struct vc_reader *reader, unsigned bits)
{
    unsigned shift = 0;

    for (; shift + 7 < bits; shift += 7) {
        if ((vc_leb_byte(reader) & 0x80) == 0)
            return;
    }
    /* The last byte there may be: what is beyond the type repeats its sign. */
    uint8_t byte = vc_leb_byte(reader);
    uint8_t beyond = (uint8_t)(0x7f & ~((1U << (bits - shift - 1)) - 1));

    if ((byte & 0x80) != 0 || ((byte & beyond) != 0 && (byte & beyond) != beyond))
        vc_reader_fail(reader);
}
