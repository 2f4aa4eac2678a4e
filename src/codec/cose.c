/* SPDX-License-Identifier: MIT */

#include "codec/cose.h"

#include <string.h>

#include "codec/cbor.h"

static constexpr uint64_t TAG_MAC0 = 17;
static constexpr uint64_t TAG_SIGN1 = 18;

/* Header parameters, RFC 9052 §3.1. */
static constexpr int64_t HEADER_ALGORITHM = 1;
static constexpr int64_t HEADER_CRITICAL = 2;

static enum vc_code no_algorithm(struct vc_err *err)
{
    return vc_fail(err, VC_MALFORMED, "COSE_Sign1: no algorithm in the protected header");
}

static enum vc_code out_of_form(const struct vc_reader *reader, struct vc_err *err)
{
    return vc_fail(err, VC_MALFORMED, "COSE_Sign1: out of form at byte %zu", reader->offset);
}

static enum vc_code parse_protected(struct vc_bytes header, int64_t *algorithm, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(header);
    struct vc_cbor_map map = vc_cbor_read_map(&reader);
    size_t count = map.left;
    int64_t value;

    if (header.size == 0 || (!reader.failed && count == 0))
        return no_algorithm(err);
    if (!vc_cbor_next_key(&reader, &map) || vc_cbor_read_int(&reader) != HEADER_ALGORITHM)
        return no_algorithm(err);
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
    struct vc_cose_sign1 parsed = {.tagged = true};
    enum vc_code code;

    if (vc_cbor_read_tag(&reader) != TAG_SIGN1 || vc_cbor_read_array(&reader) != 4)
        return vc_fail(err, VC_MALFORMED, "not a tagged COSE_Sign1 of four elements");
    parsed.protected_header = vc_cbor_read_bytes(&reader);
    if (vc_cbor_read_map(&reader).left != 0)
        vc_reader_fail(&reader);
    parsed.payload = vc_cbor_read_bytes(&reader);
    parsed.signature = vc_cbor_read_bytes(&reader);
    if (!vc_reader_done(&reader))
        return out_of_form(&reader, err);
    code = parse_protected(parsed.protected_header, &parsed.algorithm, err);
    if (code == VC_OK)
        *sign1 = parsed;
    return code;
}

static bool next_is_int(const struct vc_reader *reader)
{
    return vc_cbor_next_is(reader, VC_CBOR_UINT) || vc_cbor_next_is(reader, VC_CBOR_NEGATIVE);
}

/* The key that is next: its number, or 0, which no parameter has, for a text. */
static int64_t read_label(struct vc_reader *reader)
{
    if (next_is_int(reader))
        return vc_cbor_read_int(reader);
    (void)vc_cbor_read_text(reader);
    return 0;
}

/* The protected header of others; `map` keeps its keys. */
static enum vc_code parse_any_protected(struct vc_bytes header, struct vc_cbor_map *map,
                                        int64_t *algorithm, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(header);
    bool found = false;

    if (header.size == 0)
        return no_algorithm(err);
    *map = vc_cbor_read_any_map(&reader);
    while (vc_cbor_next_key(&reader, map)) {
        int64_t label = read_label(&reader);

        if (label == HEADER_CRITICAL)
            return vc_fail(err, VC_MALFORMED, "COSE_Sign1: critical parameters, and none is known");
        if (label == HEADER_ALGORITHM && !next_is_int(&reader))
            return vc_fail(err, VC_MALFORMED, "COSE_Sign1: the algorithm is not a number");
        if (label == HEADER_ALGORITHM) {
            *algorithm = vc_cbor_read_int(&reader);
            found = true;
        } else {
            vc_cbor_skip_any(&reader);
        }
    }
    if (!vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "COSE_Sign1: protected header out of form");
    return found ? VC_OK : no_algorithm(err);
}

/* The entries of the header that nobody signs; none may be in `others` too. */
static enum vc_code skip_unprotected(struct vc_reader *reader, const struct vc_cbor_map *others,
                                     size_t *count, struct vc_err *err)
{
    struct vc_cbor_map map = vc_cbor_read_any_map(reader);

    *count = map.left;
    while (vc_cbor_next_key(reader, &map)) {
        int64_t label = read_label(reader);
        struct vc_bytes key = map.keys[map.key_count - 1];

        if (label == HEADER_ALGORITHM || label == HEADER_CRITICAL)
            return vc_fail(err, VC_MALFORMED, "COSE_Sign1: parameter %d where nobody signs it",
                           (int)label);
        for (size_t i = 0; i < others->key_count; i++) {
            if (others->keys[i].size == key.size &&
                memcmp(others->keys[i].data, key.data, key.size) == 0)
                return vc_fail(err, VC_MALFORMED, "COSE_Sign1: a parameter is in both headers");
        }
        vc_cbor_skip_any(reader);
    }
    return VC_OK;
}

static enum vc_code read_any_tag(struct vc_reader *reader, bool *tagged, struct vc_err *err)
{
    uint64_t tag = TAG_SIGN1;

    *tagged = vc_cbor_next_is(reader, VC_CBOR_TAG);
    if (*tagged)
        tag = vc_cbor_read_tag(reader);
    if (!reader->failed && tag == TAG_MAC0) {
        return vc_fail(err, VC_UNTRUSTED,
                       "COSE_Mac0: its key is shared with whoever checks it, and nobody here has "
                       "one");
    }
    if (!reader->failed && tag != TAG_SIGN1)
        return vc_fail(err, VC_MALFORMED, "tag %llu, 18 (COSE_Sign1) wanted",
                       (unsigned long long)tag);
    return VC_OK;
}

enum vc_code vc_cose_sign1_parse_any(struct vc_bytes bytes, struct vc_cose_sign1 *sign1,
                                     struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(bytes);
    struct vc_cose_sign1 parsed = {};
    struct vc_cbor_map signed_map = {};
    enum vc_code code = read_any_tag(&reader, &parsed.tagged, err);

    if (code != VC_OK)
        return code;
    if (vc_cbor_read_array(&reader) != 4)
        return vc_fail(err, VC_MALFORMED, "not a COSE_Sign1 of four elements");
    parsed.protected_header = vc_cbor_read_bytes(&reader);
    if (reader.failed)
        return out_of_form(&reader, err);
    code = parse_any_protected(parsed.protected_header, &signed_map, &parsed.algorithm, err);
    if (code == VC_OK)
        code = skip_unprotected(&reader, &signed_map, &parsed.unprotected_count, err);
    if (code != VC_OK)
        return code;
    parsed.payload = vc_cbor_read_bytes(&reader);
    parsed.signature = vc_cbor_read_bytes(&reader);
    if (!vc_reader_done(&reader))
        return out_of_form(&reader, err);
    *sign1 = parsed;
    return VC_OK;
}

static enum vc_code put_protected(const struct vc_cose_sign1 *sign1, struct vc_buffer *out,
                                  struct vc_err *err)
{
    struct vc_cbor_writer writer = vc_cbor_writer_over(out);

    if (sign1->protected_header.size > 0)
        return vc_buffer_append(out, sign1->protected_header, err);
    vc_cbor_open_map(&writer, 1);
    vc_cbor_put_int(&writer, HEADER_ALGORITHM);
    vc_cbor_put_int(&writer, sign1->algorithm);
    return vc_cbor_write_end(&writer, err);
}

enum vc_code vc_cose_sign1_encode(const struct vc_cose_sign1 *sign1, struct vc_buffer *out,
                                  struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer header = {};
    struct vc_cbor_writer writer = vc_cbor_writer_over(out);
    size_t before = out->size;
    enum vc_code code = put_protected(sign1, &header, err);

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
    enum vc_code code = put_protected(sign1, &header, err);

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
