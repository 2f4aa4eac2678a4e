/* SPDX-License-Identifier: MIT */

/* Target: the CBOR reader and writer. Properties: what is accepted has one encoding, so that
 * writing what was read gives the same bytes; and what the default rule accepts, the rule for
 * formats of others does too, unless a map is too large for it. */

#include <stdlib.h>
#include <string.h>

#include "codec/cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void copy_simple(struct vc_reader *reader, struct vc_cbor_writer *writer, uint8_t initial)
{
    if (initial == 0xf6) {
        vc_cbor_read_null(reader);
        vc_cbor_put_null(writer);
    } else {
        vc_cbor_put_boolean(writer, vc_cbor_read_boolean(reader));
    }
}

/* One item's head and, for strings, content: nesting does not matter for a copy. */
static void copy_one(struct vc_reader *reader, struct vc_cbor_writer *writer)
{
    uint8_t initial = reader->input.data[reader->offset];

    switch ((enum vc_cbor_kind)(initial >> 5)) {
    case VC_CBOR_UINT:
        vc_cbor_put_uint(writer, vc_cbor_read_uint(reader));
        break;
    case VC_CBOR_NEGATIVE:
        vc_cbor_put_int(writer, vc_cbor_read_int(reader));
        break;
    case VC_CBOR_BYTES:
        vc_cbor_put_bytes(writer, vc_cbor_read_bytes(reader));
        break;
    case VC_CBOR_TEXT:
        vc_cbor_put_text_run(writer, vc_cbor_read_text(reader));
        break;
    case VC_CBOR_ARRAY:
        vc_cbor_open_array(writer, vc_cbor_read_array(reader));
        break;
    case VC_CBOR_MAP:
        vc_cbor_open_map(writer, vc_cbor_read_map(reader).left);
        break;
    case VC_CBOR_TAG:
        vc_cbor_put_tag(writer, vc_cbor_read_tag(reader));
        break;
    case VC_CBOR_SIMPLE:
        copy_simple(reader, writer, initial);
        break;
    }
}

/* A map of more entries than that many has at least twice as many bytes. */
static bool is_too_large_for_any(size_t size)
{
    return size > 2 * VC_CBOR_ANY_KEYS_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_reader reader = vc_reader_over((struct vc_bytes){data, size});
    struct vc_reader any = reader;
    vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
    struct vc_cbor_writer writer = vc_cbor_writer_over(&out);

    vc_cbor_skip(&reader);
    vc_cbor_skip_any(&any);
    if (!vc_reader_done(&reader))
        return 0;
    if (!vc_reader_done(&any) && !is_too_large_for_any(size))
        abort();
    reader = vc_reader_over((struct vc_bytes){data, size});
    while (vc_reader_left(&reader) > 0 && !writer.failed)
        copy_one(&reader, &writer);
    if (writer.failed || reader.failed) /* beyond what the writer or int64_t can say */
        return 0;
    if (out.size != size || memcmp(out.data, data, size) != 0)
        abort();
    return 0;
}
