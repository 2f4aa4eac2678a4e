/* SPDX-License-Identifier: MIT */

/* Collateral in JSON: the documents of Intel's PCS, and the bundles in which quote libraries keep a
 * quote's collateral together. Bundles differ in how they spell keys ("tcb_info", "tcbInfo") and
 * bytes (hex, base 64, an array of numbers), and in whether a document stands in them as it is or
 * within a string. What is signed are the bytes of a body, so none is ever written anew. */

#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "codec/der.h"
#include "codec/json.h"
#include "codec/json_span.h"
#include "evidence/collateral_internal.h"

static constexpr size_t NAME_MAX = 40; /* bytes of a key that is looked at, with the NUL */

enum part {
    PART_TCB_INFO,
    PART_TCB_INFO_SIGNATURE,
    PART_QE_IDENTITY,
    PART_QE_IDENTITY_SIGNATURE,
    PART_SIGNATURE, /* of the one document beside it */
    PART_COUNT,
};

/* Keys without regard to case, '_' and '-'. */
static const struct {
    const char *name;
    enum part part;
} part_names[] = {
    {"tcbinfo", PART_TCB_INFO},
    {"rawtcbinfo", PART_TCB_INFO},
    {"tcbinfosignature", PART_TCB_INFO_SIGNATURE},
    {"qeidentity", PART_QE_IDENTITY},
    {"enclaveidentity", PART_QE_IDENTITY},
    {"rawenclaveidentity", PART_QE_IDENTITY},
    {"qeidentitysignature", PART_QE_IDENTITY_SIGNATURE},
    {"enclaveidentitysignature", PART_QE_IDENTITY_SIGNATURE},
    {"signature", PART_SIGNATURE},
};

/* The parts of documents that one object holds; a value of size 0 is absent. */
struct parts {
    struct vc_bytes values[PART_COUNT];
    size_t others; /* pieces of collateral beside them */
};

static void fold(struct vc_bytes key, char name[NAME_MAX])
{
    size_t used = 0;

    for (size_t i = 0; i < key.size && used < NAME_MAX - 1; i++) {
        uint8_t byte = key.data[i];

        if (byte != '_' && byte != '-')
            name[used++] = (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
    }
    name[used] = '\0';
}

static bool find_part(const char *name, enum part *part)
{
    for (size_t i = 0; i < VC_COUNT(part_names); i++) {
        if (strcmp(part_names[i].name, name) == 0) {
            *part = part_names[i].part;
            return true;
        }
    }
    return false;
}

/* --------------------------------------------------------------------------------- byte forms */

/* An array of numbers below 256, as serialisers write byte strings. */
static enum vc_code array_bytes(struct vc_bytes value, struct vc_buffer *bytes, struct vc_err *err)
{
    enum vc_code code = vc_buffer_reserve(bytes, value.size, err);
    unsigned number = 0;
    bool digits = false;

    for (size_t i = 1; code == VC_OK && i < value.size; i++) {
        uint8_t byte = value.data[i];

        if (byte >= '0' && byte <= '9') {
            number = 10 * number + (byte - '0');
            digits = true;
        } else if ((byte == ',' || byte == ']') && digits) {
            bytes->data[bytes->size++] = (uint8_t)number;
            number = 0;
            digits = false;
        } else if (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t') {
            code = VC_MALFORMED;
        }
        if (number > UINT8_MAX)
            code = VC_MALFORMED;
    }
    return code == VC_MALFORMED ? vc_fail(err, code, "not an array of bytes") : code;
}

/* What a string or an array of bytes says. */
static enum vc_code content_of(struct vc_bytes value, struct vc_buffer *content, struct vc_err *err)
{
    if (value.data[0] == '"')
        return vc_json_span_string(value, content, err);
    if (value.data[0] == '[')
        return array_bytes(value, content, err);
    return vc_fail(err, VC_MALFORMED, "neither a string nor an array of bytes");
}

/* One number of a signature in DER, as half of r || s. */
static void put_half(struct vc_reader *reader, uint8_t *half)
{
    static constexpr uint8_t INTEGER = 0x02;
    static constexpr size_t HALF = VC_COLLATERAL_SIGNATURE_SIZE / 2;
    struct vc_bytes number = vc_der_read_value(reader, INTEGER);

    if (number.size > 1 && number.data[0] == 0)
        number = (struct vc_bytes){number.data + 1, number.size - 1};
    if (number.size == 0 || number.size > HALF)
        vc_reader_fail(reader);
    else
        memcpy(half + HALF - number.size, number.data, number.size);
}

/* Some serialisers keep Ecdsa-Sig-Value (RFC 3279 §2.2.3) in place of r || s. */
static enum vc_code put_signature(struct vc_bytes bytes, struct vc_buffer *signature,
                                  struct vc_err *err)
{
    uint8_t raw[VC_COLLATERAL_SIGNATURE_SIZE] = {};
    struct vc_reader outer = vc_reader_over(bytes);
    struct vc_reader reader;

    if (bytes.size == VC_COLLATERAL_SIGNATURE_SIZE)
        return vc_buffer_append(signature, bytes, err);
    reader = vc_der_read_sequence(&outer);
    put_half(&reader, raw);
    put_half(&reader, raw + sizeof(raw) / 2);
    if (!vc_reader_done(&reader) || !vc_reader_done(&outer)) {
        return vc_fail(err, VC_MALFORMED, "%zu bytes that are neither r || s nor DER", bytes.size);
    }
    return vc_buffer_append(signature, VC_BYTES(raw), err);
}

static enum vc_code signature_of(struct vc_bytes value, struct vc_buffer *signature,
                                 struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer decoded = {};
    enum vc_code code = content_of(value, &content, err);

    if (code != VC_OK)
        return code;
    if (value.data[0] == '[')
        return put_signature(vc_buffer_bytes(&content), signature, err);
    if (vc_hex_decode(vc_buffer_bytes(&content), &decoded, nullptr) != VC_OK)
        code = vc_base64_parse(vc_buffer_bytes(&content), &decoded, err);
    return code == VC_OK ? put_signature(vc_buffer_bytes(&decoded), signature, err) : code;
}

/* ---------------------------------------------------------------------------------- documents */

struct kind {
    enum vc_document_kind kind;
    enum part body, signature;
    const char *name;    /* for messages */
    const char *wrapped; /* the key of the body in a document of PCS */
};

static const struct kind kinds[] = {
    {VC_DOCUMENT_TCB_INFO, PART_TCB_INFO, PART_TCB_INFO_SIGNATURE, "TCB info", "tcbInfo"},
    {VC_DOCUMENT_QE_IDENTITY, PART_QE_IDENTITY, PART_QE_IDENTITY_SIGNATURE, "QE identity",
     "enclaveIdentity"},
};

static enum vc_code put_object(const struct vc_collateral_sink *sink, struct vc_bytes text,
                               struct vc_err *err);

static bool is_object(struct vc_bytes text)
{
    return text.size > 0 && text.data[0] == '{';
}

static struct vc_collateral_sink deeper(const struct vc_collateral_sink *sink)
{
    return (struct vc_collateral_sink){sink->collateral, sink->origin, sink->nesting + 1};
}

/* A body, or a whole document {"tcbInfo": …, "signature": …} in its place. */
static enum vc_code put_body(const struct vc_collateral_sink *sink, const struct kind *kind,
                             struct vc_bytes body, const struct parts *parts, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};
    struct vc_bytes value = parts->values[kind->signature];
    const struct vc_collateral_sink below = deeper(sink);
    struct vc_bytes inner;
    enum vc_code code;

    if (vc_json_span_find(body, kind->wrapped, &inner, nullptr) == VC_OK)
        return put_object(&below, body, err);
    if (value.size == 0)
        value = parts->values[PART_SIGNATURE];
    if (value.size == 0)
        return vc_fail(err, VC_MALFORMED, "%s without its signature", kind->name);
    code = signature_of(value, &signature, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "signature of the %s", kind->name);
    return vc_collateral_put_document(sink, kind->kind, body, vc_buffer_bytes(&signature), err);
}

/* The text in a string, or the bytes that the string spells. */
static enum vc_code text_of(struct vc_bytes value, struct vc_buffer *text, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
    enum vc_code code = content_of(value, &content, err);

    if (code != VC_OK)
        return code;
    if (vc_hex_decode(vc_buffer_bytes(&content), text, nullptr) == VC_OK ||
        vc_base64_parse(vc_buffer_bytes(&content), text, nullptr) == VC_OK)
        return VC_OK;
    return vc_buffer_append(text, vc_buffer_bytes(&content), err);
}

static enum vc_code put_document(const struct vc_collateral_sink *sink, const struct kind *kind,
                                 const struct parts *parts, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_bytes value = parts->values[kind->body];
    enum vc_code code;

    if (value.size == 0)
        return VC_OK;
    if (is_object(value))
        return put_body(sink, kind, value, parts, err);
    code = text_of(value, &text, err);
    if (code == VC_OK) /* for the text around it, this was only a string */
        code = vc_json_parse(vc_buffer_bytes(&text), &json, err);
    if (code == VC_OK && text.data[0] != '{')
        code = vc_fail(err, VC_MALFORMED, "white space before the object");
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s", kind->name);
    return put_body(sink, kind, vc_buffer_bytes(&text), parts, err);
}

/* ------------------------------------------------------------------------------------ objects */

/* A member that must be collateral if there is anything in it. */
static bool is_named_collateral(const char *name)
{
    return strstr(name, "crl") != nullptr || strstr(name, "chain") != nullptr ||
           strstr(name, "cert") != nullptr;
}

static bool is_empty(struct vc_bytes value)
{
    return value.size == 2 || (value.size == 4 && memcmp(value.data, "null", 4) == 0);
}

/* Chains as arrays of PEM texts. */
static enum vc_code put_elements(const struct vc_collateral_sink *sink, struct vc_bytes array,
                                 struct vc_err *err)
{
    struct vc_json_spans spans = vc_json_spans_over(array);
    struct vc_json_member_span element;
    enum vc_code code = VC_OK;

    while (code == VC_OK && vc_json_spans_next(&spans, &element)) {
        vc_cleanup(vc_buffer_done) struct vc_buffer content = {};

        code = content_of(element.value, &content, err);
        if (code == VC_OK)
            code = vc_collateral_put_piece(sink, vc_buffer_bytes(&content), err);
    }
    return code;
}

static enum vc_code put_other(const struct vc_collateral_sink *sink, const char *name,
                              struct vc_bytes value, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
    const struct vc_collateral_sink below = deeper(sink);
    enum vc_code code;

    if (is_object(value))
        return put_object(&below, value, err);
    if (value.data[0] == '[' && memchr(value.data, '"', value.size) != nullptr)
        return put_elements(&below, value, err);
    code = content_of(value, &content, err);
    if (code == VC_OK)
        code = vc_collateral_put_piece(&below, vc_buffer_bytes(&content), err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", name);
}

static enum vc_code take_member(const struct vc_collateral_sink *sink, struct parts *parts,
                                const struct vc_json_member_span *member, struct vc_err *err)
{
    char name[NAME_MAX];
    enum part part;
    enum vc_code code;

    fold(member->key, name);
    if (find_part(name, &part)) {
        if (parts->values[part].size > 0)
            return vc_fail(err, VC_MALFORMED, "key \"%s\" stands twice", name);
        if (!is_empty(member->value))
            parts->values[part] = member->value;
        return VC_OK;
    }
    if (is_empty(member->value))
        return VC_OK;
    code = put_other(sink, name, member->value, err);
    if (code == VC_OK)
        parts->others++;
    /* Bundles also hold what is no collateral: versions, dates, the quote itself. */
    return code == VC_MALFORMED && !is_named_collateral(name) ? VC_OK : code;
}

static enum vc_code put_object(const struct vc_collateral_sink *sink, struct vc_bytes text,
                               struct vc_err *err)
{
    struct vc_json_spans spans = vc_json_spans_over(text);
    struct vc_json_member_span member;
    struct parts parts = {};
    enum vc_code code = VC_OK;

    if (sink->nesting > VC_COLLATERAL_NESTING_MAX)
        return vc_fail(err, VC_MALFORMED, "collateral nested too deep");
    while (code == VC_OK && vc_json_spans_next(&spans, &member))
        code = take_member(sink, &parts, &member, err);
    if (code != VC_OK)
        return code;
    if (!vc_json_spans_done(&spans))
        return vc_fail(err, VC_MALFORMED, "byte %zu: a key with an escape", spans.reader.offset);
    if (parts.values[PART_SIGNATURE].size > 0 && parts.values[PART_TCB_INFO].size > 0 &&
        parts.values[PART_QE_IDENTITY].size > 0)
        return vc_fail(err, VC_MALFORMED, "one signature beside two documents");
    for (size_t i = 0; code == VC_OK && i < VC_COUNT(kinds); i++) {
        parts.others += parts.values[kinds[i].body].size > 0;
        code = put_document(sink, &kinds[i], &parts, err);
    }
    if (code == VC_OK && parts.others == 0)
        return vc_fail(err, VC_MALFORMED, "JSON in which nothing is collateral");
    return code;
}

enum vc_code vc_collateral_put_json(const struct vc_collateral_sink *sink, struct vc_bytes text,
                                    struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    enum vc_code code = vc_json_parse(text, &json, err);

    return code == VC_OK ? put_object(sink, text, err) : code;
}
