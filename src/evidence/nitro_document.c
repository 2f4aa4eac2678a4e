/* SPDX-License-Identifier: MIT */

#include "evidence/nitro_document.h"

#include <string.h>

#include "codec/cbor.h"

static constexpr int64_t ALGORITHM_OF_EMULATORS = -1; /* QEMU's nitro-enclave machine */
static constexpr size_t SIGNATURE_SIZE = 96;
static constexpr uint64_t TIMESTAMP_MAX = 253402300799999; /* in the year 9999 */

/* The digest of PCRs, and the only one there is. */
static const char DIGEST[] = "SHA384";

static bool is_text(struct vc_bytes text, const char *wanted)
{
    return text.size == strlen(wanted) && memcmp(text.data, wanted, text.size) == 0;
}

/* Each reads the value of one field, and says what was wanted of one that is out of form; null:
 * nothing. A value of another kind fails the reader besides. */
typedef const char *read_field(struct vc_reader *reader, struct vc_nitro_document *document);

static const char *read_module_id(struct vc_reader *reader, struct vc_nitro_document *document)
{
    document->module_id = vc_cbor_read_text(reader);
    return document->module_id.size > 0 ? nullptr : "a text wanted that is not empty";
}

static const char *read_digest(struct vc_reader *reader, struct vc_nitro_document *)
{
    return is_text(vc_cbor_read_text(reader), DIGEST) ? nullptr : "\"SHA384\" wanted";
}

static const char *read_timestamp(struct vc_reader *reader, struct vc_nitro_document *document)
{
    document->timestamp = vc_cbor_read_uint(reader);
    return document->timestamp > 0 && document->timestamp <= TIMESTAMP_MAX
               ? nullptr
               : "milliseconds since 1970 wanted, more than 0";
}

static const char *read_pcrs(struct vc_reader *reader, struct vc_nitro_document *document)
{
    struct vc_cbor_map map = vc_cbor_read_any_map(reader);

    if (map.left == 0 || map.left > VC_NITRO_PCRS_MAX)
        return "a map of 1 to 32 registers wanted";
    while (vc_cbor_next_key(reader, &map)) {
        uint64_t index = vc_cbor_read_uint(reader);
        struct vc_bytes value = vc_cbor_read_bytes(reader);

        if (index >= VC_NITRO_PCRS_MAX)
            return "a register's number is beyond 31";
        if (value.size != 32 && value.size != 48 && value.size != 64)
            return "a register is not of 32, 48 or 64 bytes";
        document->pcrs[index] = vc_octets_of(value);
    }
    return nullptr;
}

static bool is_cert_size(size_t size)
{
    return size >= 1 && size <= VC_NITRO_CERT_SIZE_MAX;
}

static const char *read_certificate(struct vc_reader *reader, struct vc_nitro_document *document)
{
    document->certificate = vc_cbor_read_bytes(reader);
    return is_cert_size(document->certificate.size) ? nullptr : "1 to 1024 bytes wanted";
}

static const char *read_bundle(struct vc_reader *reader, struct vc_nitro_document *document)
{
    size_t count = vc_cbor_read_array(reader);

    if (count == 0 || count > VC_NITRO_BUNDLE_MAX)
        return "an array of 1 to 7 certificates wanted";
    for (size_t i = 0; i < count; i++) {
        document->bundle[i] = vc_cbor_read_bytes(reader);
        if (!is_cert_size(document->bundle[i].size))
            return "a certificate is not of 1 to 1024 bytes";
    }
    document->bundle_count = count;
    return nullptr;
}

/* Bytes, or null; a run of no bytes has a place all the same. */
static struct vc_bytes read_optional(struct vc_reader *reader)
{
    struct vc_bytes value = {};

    if (vc_cbor_next_is(reader, VC_CBOR_SIMPLE)) {
        vc_cbor_read_null(reader);
        return value;
    }
    value = vc_cbor_read_bytes(reader);
    if (value.size == 0)
        value.data = reader->input.data + reader->offset;
    return value;
}

static const char *read_public_key(struct vc_reader *reader, struct vc_nitro_document *document)
{
    struct vc_bytes value = read_optional(reader);

    document->public_key = value;
    return value.size <= VC_NITRO_KEY_SIZE_MAX && (value.data == nullptr || value.size > 0)
               ? nullptr
               : "1 to 1024 bytes or null wanted";
}

static const char *read_user_data(struct vc_reader *reader, struct vc_nitro_document *document)
{
    document->user_data = read_optional(reader);
    return document->user_data.size <= VC_NITRO_DATA_SIZE_MAX ? nullptr
                                                              : "0 to 512 bytes or null wanted";
}

static const char *read_nonce(struct vc_reader *reader, struct vc_nitro_document *document)
{
    document->nonce = read_optional(reader);
    return document->nonce.size <= VC_NITRO_DATA_SIZE_MAX ? nullptr
                                                          : "0 to 512 bytes or null wanted";
}

/* All of them, and no others. */
static const struct field {
    const char *name;
    read_field *read;
} table[] = {
    {"module_id", read_module_id},
    {"digest", read_digest},
    {"timestamp", read_timestamp},
    {"pcrs", read_pcrs},
    {"certificate", read_certificate},
    {"cabundle", read_bundle},
    {"public_key", read_public_key},
    {"user_data", read_user_data},
    {"nonce", read_nonce},
};

static enum vc_code read_entry(struct vc_reader *reader, struct vc_nitro_document *document,
                               bool seen[VC_COUNT(table)], struct vc_err *err)
{
    struct vc_bytes key = vc_cbor_read_text(reader);
    const char *wanted;

    if (reader->failed)
        return vc_fail(err, VC_MALFORMED, "a field's name is not a text");
    for (size_t i = 0; i < VC_COUNT(table); i++) {
        if (!is_text(key, table[i].name))
            continue;
        seen[i] = true;
        wanted = table[i].read(reader, document);
        if (reader->failed && wanted == nullptr)
            wanted = "it is of another kind";
        if (wanted != nullptr)
            return vc_fail(err, VC_MALFORMED, "%s: %s", table[i].name, wanted);
        return VC_OK;
    }
    return vc_fail(err, VC_MALFORMED, "a field that no document has");
}

static enum vc_code parse_payload(struct vc_nitro_document *document, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(document->envelope.payload);
    struct vc_cbor_map map = vc_cbor_read_any_map(&reader);
    bool seen[VC_COUNT(table)] = {};
    enum vc_code code = VC_OK;

    if (reader.failed)
        return vc_fail(err, VC_MALFORMED, "its payload is not a map of fields");
    while (code == VC_OK && vc_cbor_next_key(&reader, &map))
        code = read_entry(&reader, document, seen, err);
    if (code != VC_OK)
        return code;
    if (!vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "out of form at byte %zu of its payload", reader.offset);
    for (size_t i = 0; i < VC_COUNT(table); i++) {
        if (!seen[i])
            return vc_fail(err, VC_MALFORMED, "no field %s", table[i].name);
    }
    return VC_OK;
}

static bool is_all_zero(struct vc_bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] != 0)
            return false;
    }
    return bytes.size > 0;
}

static enum vc_code check_envelope(const struct vc_cose_sign1 *envelope, struct vc_err *err)
{
    if (envelope->algorithm == ALGORITHM_OF_EMULATORS || is_all_zero(envelope->signature)) {
        return vc_fail(
            err, VC_UNTRUSTED,
            "unsigned: made by an emulator, which anybody can run and say anything with");
    }
    if (envelope->algorithm != VC_COSE_ES384) {
        return vc_fail(err, VC_MALFORMED, "algorithm %lld, ES384 (-35) wanted",
                       (long long)envelope->algorithm);
    }
    if (envelope->protected_header.size != sizeof("\xa1\x01\x38\x22") - 1 ||
        envelope->unprotected_count != 0)
        return vc_fail(err, VC_MALFORMED, "headers with more than the algorithm");
    if (envelope->signature.size != SIGNATURE_SIZE) {
        return vc_fail(err, VC_MALFORMED, "signature of %zu bytes, %zu wanted",
                       envelope->signature.size, SIGNATURE_SIZE);
    }
    return VC_OK;
}

enum vc_code vc_nitro_document_parse(struct vc_bytes bytes, struct vc_nitro_document *document,
                                     struct vc_err *err)
{
    struct vc_nitro_document parsed = {};
    enum vc_code code = vc_cose_sign1_parse_any(bytes, &parsed.envelope, err);

    if (code == VC_OK)
        code = check_envelope(&parsed.envelope, err);
    if (code == VC_OK)
        code = parse_payload(&parsed, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "nitro document");
    *document = parsed;
    return VC_OK;
}
