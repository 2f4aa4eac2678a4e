/* SPDX-License-Identifier: MIT */

#include "codec/cose.h"

#include "codec/cbor.h"

static constexpr uint64_t TAG_SIGN1 = 18;
static constexpr int64_t HEADER_ALGORITHM = 1; /* RFC 9052 §3.1 */

static enum vc_code parse_protected(struct vc_bytes header, int64_t *algorithm, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(header);
    struct vc_cbor_map map = vc_cbor_read_map(&reader);
    size_t count = map.left;
    int64_t value;

    if (header.size == 0 || (!reader.failed && count == 0))
        return vc_fail(err, VC_MALFORMED, "COSE_Sign1: no algorithm in the protected header");
    if (!vc_cbor_next_key(&reader, &map) || vc_cbor_read_int(&reader) != HEADER_ALGORITHM)
        return vc_fail(err, VC_MALFORMED, "COSE_Sign1: no algorithm in the protected header");
    value = vc_cbor_read_int(&reader);
    if (count != 1 || !vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "COSE_Sign1: protected header has more than {1: number}");
    *algorithm = value;
    return VC_OK;
}

enum vc_code vc_cose_sign1_parse(struct vc_bytes bytes, struct vc_cose_sign1 *sign1,
                                 struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(bytes);
    struct vc_cose_sign1 parsed = {};
    struct vc_bytes header;
    enum vc_code code;

    if (vc_cbor_read_tag(&reader) != TAG_SIGN1 || vc_cbor_read_array(&reader) != 4)
        return vc_fail(err, VC_MALFORMED, "not a tagged COSE_Sign1 of four elements");
    header = vc_cbor_read_bytes(&reader);
    if (vc_cbor_read_map(&reader).left != 0)
        vc_reader_fail(&reader);
    parsed.payload = vc_cbor_read_bytes(&reader);
    parsed.signature = vc_cbor_read_bytes(&reader);
    if (!vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "COSE_Sign1: out of form at byte %zu", reader.offset);
    code = parse_protected(header, &parsed.algorithm, err);
    if (code == VC_OK)
        *sign1 = parsed;
    return code;
}

static enum vc_code encode_protected(int64_t algorithm, struct vc_buffer *out, struct vc_err *err)
{
    struct vc_cbor_writer writer = vc_cbor_writer_over(out);

    vc_cbor_open_map(&writer, 1);
    vc_cbor_put_int(&writer, HEADER_ALGORITHM);
    vc_cbor_put_int(&writer, algorithm);
    return vc_cbor_write_end(&writer, err);
}

enum vc_code vc_cose_sign1_encode(const struct vc_cose_sign1 *sign1, struct vc_buffer *out,
                                  struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer header = {};
    struct vc_cbor_writer writer = vc_cbor_writer_over(out);
    size_t before = out->size;
    enum vc_code code = encode_protected(sign1->algorithm, &header, err);

    if (code != VC_OK)
        return code;
    vc_cbor_put_tag(&writer, TAG_SIGN1);
    vc_cbor_open_array(&writer, 4);
    vc_cbor_put_bytes(&writer, vc_buffer_bytes(&header));
    vc_cbor_open_map(&writer, 0);
    vc_cbor_put_bytes(&writer, sign1->payload);
    vc_cbor_put_bytes(&writer, sign1->signature);
    code = vc_cbor_write_end(&writer, err);
    if (code != VC_OK)
        out->size = before;
    return code;
}

enum vc_code vc_cose_sign1_message(const struct vc_cose_sign1 *sign1, struct vc_buffer *out,
                                   struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer header = {};
    struct vc_cbor_writer writer = vc_cbor_writer_over(out);
    size_t before = out->size;
    enum vc_code code = encode_protected(sign1->algorithm, &header, err);

    if (code != VC_OK)
        return code;
    vc_cbor_open_array(&writer, 4);
    vc_cbor_put_text(&writer, "Signature1");
    vc_cbor_put_bytes(&writer, vc_buffer_bytes(&header));
    vc_cbor_put_bytes(&writer, (struct vc_bytes){});
    vc_cbor_put_bytes(&writer, sign1->payload);
    code = vc_cbor_write_end(&writer, err);
    if (code != VC_OK)
        out->size = before;
    return code;
}
