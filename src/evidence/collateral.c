/* SPDX-License-Identifier: MIT */

#include "evidence/collateral.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "codec/der.h"
#include "evidence/collateral_internal.h"

static constexpr size_t ROOM_FIRST = 16;
static constexpr uint8_t DER_SEQUENCE = 0x30; /* what certificates and lists begin with */

enum vc_code vc_collateral_new(struct vc_collateral **collateral, struct vc_err *err)
{
    struct vc_collateral *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    *collateral = made;
    return VC_OK;
}

/* Takes back what was added since there were so many of each. */
static void cut(struct vc_collateral *collateral, const struct vc_collateral *then)
{
    while (collateral->cert_count > then->cert_count)
        vc_cert_free(collateral->certs[--collateral->cert_count]);
    while (collateral->crl_count > then->crl_count)
        vc_crl_free(collateral->crls[--collateral->crl_count]);
    while (collateral->document_count > then->document_count)
        free(collateral->document_bytes[--collateral->document_count]);
    collateral->file_count = then->file_count;
}

void vc_collateral_free(struct vc_collateral *collateral)
{
    static const struct vc_collateral nothing = {};

    if (collateral == nullptr)
        return;
    cut(collateral, collateral->base == nullptr ? &nothing : collateral->base);
    free(collateral->certs);
    if (collateral->base == nullptr) {
        free(collateral->crls);
        free(collateral->documents);
        free(collateral->document_bytes);
    }
    free(collateral);
}

size_t vc_collateral_certs(const struct vc_collateral *collateral,
                           const struct vc_cert *const **certs)
{
    *certs = (const struct vc_cert *const *)collateral->certs;
    return collateral->cert_count;
}

size_t vc_collateral_crls(const struct vc_collateral *collateral, const struct vc_crl *const **crls)
{
    *crls = (const struct vc_crl *const *)collateral->crls;
    return collateral->crl_count;
}

size_t vc_collateral_documents(const struct vc_collateral *collateral,
                               const struct vc_document **documents)
{
    *documents = collateral->documents;
    return collateral->document_count;
}

/* -------------------------------------------------------------------------------------- room */

static size_t more_room(size_t room)
{
    return room == 0 ? ROOM_FIRST : 2 * room;
}

static enum vc_code room_for_cert(struct vc_collateral *collateral, struct vc_err *err)
{
    struct vc_cert **grown;

    if (collateral->cert_count == VC_COLLATERAL_CERTS_MAX)
        return vc_fail(err, VC_LIMIT, "more than %zu certificates", VC_COLLATERAL_CERTS_MAX);
    if (collateral->cert_count < collateral->cert_room)
        return VC_OK;
    grown = reallocarray(collateral->certs, more_room(collateral->cert_room), sizeof(*grown));
    if (grown == nullptr)
        return vc_fail_memory(err);
    collateral->certs = grown;
    collateral->cert_room = more_room(collateral->cert_room);
    return VC_OK;
}

static enum vc_code room_for_crl(struct vc_collateral *collateral, struct vc_err *err)
{
    struct vc_crl **grown;

    if (collateral->crl_count == VC_COLLATERAL_CRLS_MAX)
        return vc_fail(err, VC_LIMIT, "more than %zu revocation lists", VC_COLLATERAL_CRLS_MAX);
    if (collateral->crl_count < collateral->crl_room)
        return VC_OK;
    grown = reallocarray(collateral->crls, more_room(collateral->crl_room), sizeof(*grown));
    if (grown == nullptr)
        return vc_fail_memory(err);
    collateral->crls = grown;
    collateral->crl_room = more_room(collateral->crl_room);
    return VC_OK;
}

static enum vc_code room_for_document(struct vc_collateral *collateral, struct vc_err *err)
{
    size_t room = more_room(collateral->document_room);
    struct vc_document *grown;
    uint8_t **grown_bytes;

    if (collateral->document_count == VC_COLLATERAL_DOCUMENTS_MAX)
        return vc_fail(err, VC_LIMIT, "more than %zu documents", VC_COLLATERAL_DOCUMENTS_MAX);
    if (collateral->document_count < collateral->document_room)
        return VC_OK;
    grown = reallocarray(collateral->documents, room, sizeof(*grown));
    if (grown == nullptr)
        return vc_fail_memory(err);
    collateral->documents = grown;
    grown_bytes = reallocarray(collateral->document_bytes, room, sizeof(*grown_bytes));
    if (grown_bytes == nullptr)
        return vc_fail_memory(err);
    collateral->document_bytes = grown_bytes;
    collateral->document_room = room;
    return VC_OK;
}

/* -------------------------------------------------------------------------------- what is in */

/* Bundles repeat certificates: each is kept once. */
static bool has_cert(const struct vc_collateral *collateral, const struct vc_cert *cert)
{
    struct vc_bytes der = vc_cert_der(cert);

    for (size_t i = 0; i < collateral->cert_count; i++) {
        struct vc_bytes other = vc_cert_der(collateral->certs[i]);

        if (other.size == der.size && memcmp(other.data, der.data, der.size) == 0)
            return true;
    }
    return false;
}

static enum vc_code put_cert(struct vc_collateral *collateral, struct vc_cert *cert,
                             struct vc_err *err)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *owned = cert;
    enum vc_code code;

    if (has_cert(collateral, cert))
        return VC_OK;
    code = room_for_cert(collateral, err);
    if (code == VC_OK)
        collateral->certs[collateral->cert_count++] = vc_take(owned);
    return code;
}

static enum vc_code put_crl(struct vc_collateral *collateral, struct vc_crl *crl,
                            struct vc_err *err)
{
    vc_cleanup(vc_crl_freep) struct vc_crl *owned = crl;
    enum vc_code code = room_for_crl(collateral, err);

    if (code == VC_OK)
        collateral->crls[collateral->crl_count++] = vc_take(owned);
    return code;
}

enum vc_code vc_collateral_put_document(const struct vc_collateral_sink *sink,
                                        enum vc_document_kind kind, struct vc_bytes body,
                                        struct vc_bytes signature, struct vc_err *err)
{
    struct vc_collateral *collateral = sink->collateral;
    size_t origin_size = strlen(sink->origin) + 1;
    enum vc_code code = room_for_document(collateral, err);
    uint8_t *bytes;

    if (code != VC_OK)
        return code;
    bytes = malloc(body.size + signature.size + origin_size);
    if (bytes == nullptr)
        return vc_fail_memory(err);
    memcpy(bytes, body.data, body.size);
    memcpy(bytes + body.size, signature.data, signature.size);
    memcpy(bytes + body.size + signature.size, sink->origin, origin_size);
    collateral->document_bytes[collateral->document_count] = bytes;
    collateral->documents[collateral->document_count++] = (struct vc_document){
        .kind = kind,
        .body = {bytes, body.size},
        .signature = {bytes + body.size, signature.size},
        .origin = (const char *)bytes + body.size + signature.size,
    };
    return VC_OK;
}

/* ------------------------------------------------------------------------- for one verification */

/* Shares all that the base has; only the array of certificates is its own. */
static enum vc_code share(const struct vc_collateral *base, struct vc_collateral *made,
                          struct vc_err *err)
{
    *made = *base;
    made->base = base;
    made->cert_room = base->cert_count + ROOM_FIRST;
    made->certs = calloc(made->cert_room, sizeof(*made->certs));
    if (made->certs == nullptr)
        return vc_fail_memory(err);
    if (base->cert_count > 0)
        memcpy(made->certs, base->certs, base->cert_count * sizeof(*made->certs));
    return VC_OK;
}

static enum vc_code put_run(struct vc_collateral *collateral, struct vc_bytes run, size_t count_max,
                            struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(run);
    enum vc_code code = VC_OK;

    for (size_t count = 0; code == VC_OK && vc_reader_left(&reader) > 0; count++) {
        struct vc_cert *cert = nullptr;
        size_t start = reader.offset;

        (void)vc_der_read_value(&reader, DER_SEQUENCE);
        if (reader.failed || count == count_max)
            return vc_fail(err, VC_MALFORMED, "certificates: out of form, or more than %zu",
                           count_max);
        code = vc_cert_parse_der((struct vc_bytes){run.data + start, reader.offset - start}, &cert,
                                 err);
        if (code == VC_OK)
            code = put_cert(collateral, cert, err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "certificates, at byte %zu", start);
    }
    return code;
}

enum vc_code vc_collateral_extend(const struct vc_collateral *base, struct vc_bytes certificates,
                                  size_t count_max, struct vc_collateral **extended,
                                  struct vc_err *err)
{
    vc_cleanup(vc_collateral_freep) struct vc_collateral *made = nullptr;
    enum vc_code code = vc_collateral_new(&made, err);

    if (code == VC_OK && base != nullptr)
        code = share(base, made, err);
    if (code == VC_OK)
        code = put_run(made, certificates, count_max, err);
    if (code == VC_OK)
        *extended = vc_take(made);
    return code;
}

/* ------------------------------------------------------------------------------ what they are */

static enum vc_code put_der(struct vc_collateral *collateral, struct vc_bytes der,
                            struct vc_err *err)
{
    struct vc_cert *cert = nullptr;
    struct vc_crl *crl = nullptr;
    struct vc_err first = {};
    enum vc_code code = vc_cert_parse_der(der, &cert, &first);

    if (code == VC_OK)
        return put_cert(collateral, cert, err);
    if (code == VC_MEMORY)
        return vc_fail_memory(err);
    code = vc_crl_parse_der(der, &crl, nullptr);
    if (code == VC_OK)
        return put_crl(collateral, crl, err);
    return vc_fail(err, code, "in DER, neither a revocation list nor a certificate (%s)",
                   first.text);
}

static const uint8_t *find(struct vc_bytes text, const char *word)
{
    return text.size == 0 ? nullptr : memmem(text.data, text.size, word, strlen(word));
}

/* One block of PEM, whose label decides. */
static enum vc_code put_block(struct vc_collateral *collateral, struct vc_bytes block,
                              struct vc_err *err)
{
    struct vc_cert *cert = nullptr;
    struct vc_crl *crl = nullptr;
    enum vc_code code;

    if (find(block, "-----BEGIN CERTIFICATE-----") == block.data) {
        code = vc_cert_parse_pem(block, &cert, err);
        return code == VC_OK ? put_cert(collateral, cert, err) : code;
    }
    if (find(block, "-----BEGIN X509 CRL-----") == block.data) {
        code = vc_crl_parse_pem(block, &crl, err);
        return code == VC_OK ? put_crl(collateral, crl, err) : code;
    }
    return vc_fail(err, VC_MALFORMED, "a PEM block that is neither CERTIFICATE nor X509 CRL");
}

static enum vc_code put_pem(struct vc_collateral *collateral, struct vc_bytes text,
                            struct vc_err *err)
{
    static const char begin[] = "-----BEGIN ", end[] = "-----END ", dashes[] = "-----";
    enum vc_code code = VC_OK;
    const uint8_t *at;

    while (code == VC_OK && (at = find(text, begin)) != nullptr) {
        struct vc_bytes block = {at, text.size - (size_t)(at - text.data)};
        const uint8_t *tail = find(block, end);

        text = block;
        if (tail != nullptr) {
            tail += strlen(end);
            tail = find((struct vc_bytes){tail, text.size - (size_t)(tail - text.data)}, dashes);
        }
        if (tail == nullptr)
            return vc_fail(err, VC_MALFORMED, "a PEM block has no end");
        block.size = (size_t)(tail - text.data) + strlen(dashes);
        text = (struct vc_bytes){text.data + block.size, text.size - block.size};
        code = put_block(collateral, block, err);
    }
    return code;
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct vc_bytes trimmed(struct vc_bytes text)
{
    while (text.size > 0 && is_space(text.data[0]))
        text = (struct vc_bytes){text.data + 1, text.size - 1};
    while (text.size > 0 && (is_space(text.data[text.size - 1]) || text.data[text.size - 1] == 0))
        text.size--;
    return text;
}

/* Undoes percent-encoding (RFC 3986 §2.1), in which PCS sends chains in a header. */
static enum vc_code percent_decode(struct vc_bytes text, struct vc_buffer *out, struct vc_err *err)
{
    enum vc_code code = vc_buffer_reserve(out, text.size, err);

    for (size_t i = 0; code == VC_OK && i < text.size; i++) {
        if (text.data[i] != '%') {
            out->data[out->size++] = text.data[i];
            continue;
        }
        if (text.size - i < 3)
            return vc_fail(err, VC_MALFORMED, "a percent sign without two hex digits");
        code = vc_hex_decode((struct vc_bytes){text.data + i + 1, 2}, out, err);
        i += 2;
    }
    return code;
}

/* Base 64 perhaps broken into lines. */
static enum vc_code base64_decode(struct vc_bytes text, struct vc_buffer *out, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer joined = {};
    enum vc_code code = vc_buffer_reserve(&joined, text.size, err);

    for (size_t i = 0; code == VC_OK && i < text.size; i++) {
        if (!is_space(text.data[i]))
            joined.data[joined.size++] = text.data[i];
    }
    return code == VC_OK ? vc_base64_parse(vc_buffer_bytes(&joined), out, err) : code;
}

/* What a text in hex or base 64 says: mostly DER. */
static enum vc_code put_decoded(const struct vc_collateral_sink *sink, struct vc_bytes bytes,
                                struct vc_err *err)
{
    const struct vc_collateral_sink below = {sink->collateral, sink->origin, sink->nesting + 1};

    if (bytes.size > 0 && bytes.data[0] == DER_SEQUENCE)
        return put_der(sink->collateral, bytes, err);
    if (below.nesting > VC_COLLATERAL_NESTING_MAX)
        return vc_fail(err, VC_MALFORMED, "collateral nested too deep");
    return vc_collateral_put_piece(&below, bytes, err);
}

enum vc_code vc_collateral_put_piece(const struct vc_collateral_sink *sink, struct vc_bytes bytes,
                                     struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer plain = {};
    struct vc_bytes text = trimmed(bytes);
    enum vc_code code;

    if (text.size == 0)
        return vc_fail(err, VC_MALFORMED, "empty");
    if (text.data[0] == '{')
        return vc_collateral_put_json(sink, text, err);
    if (find(text, "-----BEGIN ") != nullptr)
        return put_pem(sink->collateral, text, err);
    if (find(text, "-----BEGIN%20") != nullptr) {
        code = percent_decode(text, &plain, err);
        return code == VC_OK ? put_pem(sink->collateral, vc_buffer_bytes(&plain), err) : code;
    }
    code = vc_hex_decode(text, &plain, nullptr);
    if (code == VC_MALFORMED)
        code = base64_decode(text, &plain, nullptr);
    if (code == VC_OK)
        return put_decoded(sink, vc_buffer_bytes(&plain), err);
    if (code == VC_MEMORY)
        return vc_fail_memory(err);
    if (bytes.data[0] == DER_SEQUENCE)
        return put_der(sink->collateral, bytes, err);
    return vc_fail(err, VC_MALFORMED,
                   "neither a certificate, a revocation list, nor a document of Intel's PCS");
}

enum vc_code vc_collateral_add(struct vc_collateral *collateral, const char *name,
                               struct vc_bytes bytes, struct vc_err *err)
{
    const struct vc_collateral_sink sink = {collateral, name, 0};
    const struct vc_collateral before = *collateral;
    enum vc_code code;

    if (bytes.size > VC_COLLATERAL_FILE_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "%s: %zu bytes, at most %zu", name, bytes.size,
                       VC_COLLATERAL_FILE_SIZE_MAX);
    }
    if (collateral->file_count == VC_COLLATERAL_FILES_MAX) {
        return vc_fail(err, VC_LIMIT, "%s: more than %zu files of collateral", name,
                       VC_COLLATERAL_FILES_MAX);
    }
    code = vc_collateral_put_piece(&sink, bytes, err);
    if (code == VC_OK) {
        collateral->file_count++;
        return VC_OK;
    }
    cut(collateral, &before);
    return vc_fail_in(err, code, "%s", name);
}
