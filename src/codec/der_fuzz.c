/* SPDX-License-Identifier: MIT */

/* Target: the DER reader and writer. Property: writing a value that was accepted gives the bytes
 * that were read. */

#include <stdlib.h>
#include <string.h>

#include "codec/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum vc_code copy_one(struct vc_reader *reader, struct vc_buffer *out)
{
    char text[4096];
    struct vc_reader content;
    struct vc_bytes run;

    switch (reader->input.data[reader->offset]) {
    case 0x02:
        return vc_der_put_uint(out, vc_der_read_uint(reader), nullptr);
    case 0x04:
        return vc_der_put_octets(out, vc_der_read_octets(reader), nullptr);
    case 0x0c:
        run = vc_der_read_text(reader);
        if (run.size >= sizeof(text))
            return VC_LIMIT;
        if (run.size > 0)
            memcpy(text, run.data, run.size);
        text[run.size] = '\0';
        return vc_der_put_text(out, text, nullptr);
    default:
        content = vc_der_read_sequence(reader);
        return vc_der_put_sequence(out, content.input, nullptr);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_reader reader = vc_reader_over((struct vc_bytes){data, size});
    vc_cleanup(vc_buffer_done) struct vc_buffer out = {};

    while (vc_reader_left(&reader) > 0) {
        size_t read_before = reader.offset;
        size_t written_before = out.size;
        enum vc_code code = copy_one(&reader, &out);
        size_t read = reader.offset - read_before;

        if (reader.failed || code == VC_LIMIT)
            return 0;
        if (code != VC_OK || out.size - written_before != read ||
            memcmp(out.data + written_before, data + read_before, read) != 0)
            abort();
    }
    return 0;
}
