/* SPDX-License-Identifier: MIT */

/* The texts of a session's attestation: the peer's request and the container's answer. */

#include <string.h>

#include "attest/session.h"
#include "base/base64.h"
#include "codec/json.h"

static constexpr size_t REQUEST_SIZE_MAX = 1024;     /* bytes of JSON */
static constexpr size_t ENDORSEMENT_SIZE_MAX = 2048; /* a key's; RSA with 8192 bits fits */

static enum vc_code put_base64(struct vc_json_writer *writer, const char *key,
                               struct vc_bytes bytes, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    enum vc_code code = vc_base64_encode(bytes, &text, err);

    if (code == VC_OK)
        vc_json_put_bytes(writer, key, vc_buffer_bytes(&text));
    return code;
}

/* Ends the text, or takes back what there is of it. */
static enum vc_code end(struct vc_json_writer *writer, enum vc_code code, struct vc_err *err)
{
    if (code == VC_OK)
        return vc_json_write_end(writer, err);
    writer->out->size = writer->start;
    return code;
}

/* Appends the bytes behind the base 64 of a member. */
static enum vc_code take_base64(const struct vc_json_place *object, const char *name,
                                size_t size_max, struct vc_buffer *bytes, struct vc_err *err)
{
    struct vc_json_place member;
    const char *text = "";
    enum vc_code code = vc_json_member(object, name, &member, err);

    if (code == VC_OK)
        code = vc_json_string(&member, &text, err);
    if (code != VC_OK)
        return code;
    if (strlen(text) > (size_max + 2) / 3 * 4)
        return vc_fail(err, VC_LIMIT, "%s: at most %zu bytes", member.text, size_max);
    code = vc_base64_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, bytes, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s", member.text);
    if (bytes->size == 0 || bytes->size > size_max)
        return vc_fail(err, VC_LIMIT, "%s: %zu bytes, 1 to %zu wanted", member.text, bytes->size,
                       size_max);
    return VC_OK;
}

/* Where a part is missing the text is out of form. */
static enum vc_code form(enum vc_code code, const char *what, struct vc_err *err)
{
    if (code == VC_OK || code == VC_MEMORY)
        return code;
    return vc_fail_in(err, code == VC_LIMIT ? VC_LIMIT : VC_MALFORMED, "%s", what);
}

enum vc_code vc_session_request_encode(const struct vc_session_request *request,
                                       struct vc_buffer *json, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(json);
    enum vc_code code;

    vc_json_open_object(&writer, nullptr);
    code = put_base64(&writer, "nonce", VC_BYTES(request->nonce), err);
    vc_json_put_integer(&writer, "log_size", (int64_t)request->log_size);
    vc_json_close_object(&writer);
    return end(&writer, code, err);
}

static enum vc_code read_request(struct vc_bytes text, struct vc_session_request *request,
                                 struct vc_err *err)
{
    static const char *const keys[] = {"nonce", "log_size", nullptr};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer nonce = {};
    struct vc_json_place size;
    int64_t number = 0;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    code = vc_json_check_object(&root, keys, err);
    if (code == VC_OK)
        code = take_base64(&root, "nonce", VC_NONCE_SIZE, &nonce, err);
    if (code == VC_OK && nonce.size != VC_NONCE_SIZE) {
        code =
            vc_fail(err, VC_MALFORMED, "nonce: %zu bytes, %zu wanted", nonce.size, VC_NONCE_SIZE);
    }
    if (code == VC_OK)
        code = vc_json_member(&root, "log_size", &size, err);
    if (code == VC_OK)
        code = vc_json_integer(&size, 0, (int64_t)VC_LOG_SIZE_MAX, &number, err);
    if (code != VC_OK)
        return code;
    memcpy(request->nonce, nonce.data, VC_NONCE_SIZE);
    request->log_size = (uint64_t)number;
    return VC_OK;
}

enum vc_code vc_session_request_parse(struct vc_bytes json, struct vc_session_request *request,
                                      struct vc_err *err)
{
    if (json.size > REQUEST_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "attestation request: %zu bytes, at most %zu", json.size,
                       REQUEST_SIZE_MAX);
    }
    return form(read_request(json, request, err), "attestation request", err);
}

/* An empty part is left out. */
static enum vc_code put_optional(struct vc_json_writer *writer, const char *key,
                                 const struct vc_buffer *part, struct vc_err *err)
{
    return part->size == 0 ? VC_OK : put_base64(writer, key, vc_buffer_bytes(part), err);
}

enum vc_code vc_session_answer_encode(const struct vc_session_answer *answer,
                                      struct vc_buffer *json, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(json);
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    enum vc_code code = vc_cert_encode_pem(answer->certificate, &pem, err);

    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "platform", vc_platform_name(answer->platform));
    if (code == VC_OK)
        code = put_base64(&writer, "evidence", vc_buffer_bytes(&answer->evidence), err);
    if (code == VC_OK)
        code = put_optional(&writer, "endorsement", &answer->endorsement, err);
    if (code == VC_OK)
        code = put_optional(&writer, "certificates", &answer->certificates, err);
    vc_json_put_bytes(&writer, "certificate", vc_buffer_bytes(&pem));
    vc_log_receipt_write(&writer, "receipt", &answer->receipt);
    vc_json_close_object(&writer);
    return end(&writer, code, err);
}

static enum vc_code take_platform(const struct vc_json_place *root, enum vc_platform_kind *kind,
                                  struct vc_err *err)
{
    struct vc_json_place member;
    const char *name = "";
    enum vc_code code = vc_json_member(root, "platform", &member, err);

    if (code == VC_OK)
        code = vc_json_string(&member, &name, err);
    if (code == VC_OK && !vc_platform_find(name, kind))
        code = vc_fail(err, VC_MALFORMED, "platform: there is no \"%.32s\"", name);
    return code;
}

static enum vc_code take_certificate(const struct vc_json_place *root, struct vc_cert **cert,
                                     struct vc_err *err)
{
    struct vc_json_place member;
    const char *pem = "";
    enum vc_code code = vc_json_member(root, "certificate", &member, err);

    if (code == VC_OK)
        code = vc_json_string(&member, &pem, err);
    if (code != VC_OK)
        return code;
    code = vc_cert_parse_pem((struct vc_bytes){(const uint8_t *)pem, strlen(pem)}, cert, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "certificate");
}

static enum vc_code take_optional(const struct vc_json_place *root, const char *name,
                                  size_t size_max, struct vc_buffer *part, struct vc_err *err)
{
    return vc_json_has(root, name) ? take_base64(root, name, size_max, part, err) : VC_OK;
}

static enum vc_code read_answer(struct vc_bytes text, struct vc_session_answer *answer,
                                struct vc_err *err)
{
    static const char *const keys[] = {"platform",    "evidence", "endorsement", "certificates",
                                       "certificate", "receipt",  nullptr};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place receipt;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    code = vc_json_check_object(&root, keys, err);
    if (code == VC_OK)
        code = take_platform(&root, &answer->platform, err);
    if (code == VC_OK)
        code = take_base64(&root, "evidence", VC_EVIDENCE_SIZE_MAX, &answer->evidence, err);
    if (code == VC_OK) {
        code = take_optional(&root, "endorsement", ENDORSEMENT_SIZE_MAX, &answer->endorsement, err);
    }
    if (code == VC_OK) {
        code = take_optional(&root, "certificates", VC_NEEDED_SIZE_MAX, &answer->certificates, err);
    }
    if (code == VC_OK)
        code = take_certificate(&root, &answer->certificate, err);
    if (code == VC_OK)
        code = vc_json_member(&root, "receipt", &receipt, err);
    return code == VC_OK ? vc_log_receipt_parse(&receipt, &answer->receipt, err) : code;
}

enum vc_code vc_session_answer_parse(struct vc_bytes json, struct vc_session_answer *answer,
                                     struct vc_err *err)
{
    enum vc_code code;

    if (json.size > VC_SESSION_ANSWER_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "attestation answer: %zu bytes, at most %zu", json.size,
                       VC_SESSION_ANSWER_SIZE_MAX);
    }
    code = form(read_answer(json, answer, err), "attestation answer", err);
    if (code != VC_OK)
        vc_session_answer_done(answer);
    return code;
}

void vc_session_answer_done(struct vc_session_answer *answer)
{
    vc_buffer_done(&answer->evidence);
    vc_buffer_done(&answer->endorsement);
    vc_buffer_done(&answer->certificates);
    vc_cert_free(answer->certificate);
    *answer = (struct vc_session_answer){};
}
