/* SPDX-License-Identifier: MIT */

#include "attestd/application.h"

#include <string.h>

static enum vc_code read_nonce(const struct vc_json_place *root, uint8_t nonce[VC_NONCE_SIZE],
                               struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    enum vc_code code = vc_exhibit_bytes(root, "nonce", VC_NONCE_SIZE, &bytes, err);

    if (code != VC_OK)
        return code;
    if (bytes.size != VC_NONCE_SIZE) {
        return vc_fail(err, VC_MALFORMED, "nonce: %zu bytes, %zu wanted", bytes.size,
                       VC_NONCE_SIZE);
    }
    memcpy(nonce, bytes.data, VC_NONCE_SIZE);
    return VC_OK;
}

static enum vc_code read_host(const struct vc_json_place *root, struct vc_application *application,
                              struct vc_err *err)
{
    const char *text = "";
    enum vc_code code;

    application->has_host = vc_json_has(root, "host");
    if (!application->has_host)
        return VC_OK;
    code = vc_exhibit_text(root, "host", &text, err);
    return code == VC_OK ? vc_host_parse(text, &application->host, err) : code;
}

/* The object of a body, with none but these keys. */
static enum vc_code open_body(struct vc_bytes body, const char *const *keys, struct vc_json **json,
                              struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *parsed = nullptr;
    struct vc_json_place root;
    enum vc_code code;

    if (body.size > VC_APPLICATION_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "body: %zu bytes, at most %zu", body.size,
                       VC_APPLICATION_SIZE_MAX);
    }
    code = vc_json_parse(body, &parsed, err);
    if (code != VC_OK)
        return code;
    root = vc_json_root(parsed);
    code = vc_json_check_object(&root, keys, err);
    if (code == VC_OK)
        *json = vc_take(parsed);
    return code;
}

enum vc_code vc_application_parse(struct vc_bytes body, struct vc_application *application,
                                  struct vc_err *err)
{
    static const char *const keys[] = {"nonce",      "csr",  VC_EXHIBIT_KEYS,
                                       "tpm_secret", "host", nullptr};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root;
    enum vc_code code = open_body(body, keys, &json, err);

    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    code = read_nonce(&root, application->nonce, err);
    if (code == VC_OK)
        code = vc_exhibit_bytes(&root, "csr", VC_CERT_SIZE_MAX, &application->csr, err);
    if (code == VC_OK)
        code = vc_exhibit_read(&root, &application->exhibit, err);
    if (code == VC_OK && vc_json_has(&root, "tpm_secret")) {
        code =
            vc_exhibit_bytes(&root, "tpm_secret", VC_HASH_SIZE_MAX, &application->tpm_secret, err);
    }
    return code == VC_OK ? read_host(&root, application, err) : code;
}

void vc_application_done(struct vc_application *application)
{
    vc_buffer_done(&application->csr);
    vc_buffer_done(&application->tpm_secret);
    vc_exhibit_done(&application->exhibit);
}

static enum vc_code read_report_data(const struct vc_json_place *root, struct vc_octets *octets,
                                     struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    enum vc_code code = vc_exhibit_bytes(root, "report_data", VC_OCTETS_MAX, &bytes, err);

    if (code != VC_OK)
        return code;
    if (bytes.size == 0)
        return vc_fail(err, VC_MALFORMED, "report_data: empty; it is what makes evidence fresh");
    *octets = vc_octets_of(vc_buffer_bytes(&bytes));
    return VC_OK;
}

enum vc_code vc_question_parse(struct vc_bytes body, struct vc_question *question,
                               struct vc_err *err)
{
    static const char *const keys[] = {"report_data", VC_EXHIBIT_KEYS, nullptr};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root;
    enum vc_code code = open_body(body, keys, &json, err);

    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    code = read_report_data(&root, &question->report_data, err);
    return code == VC_OK ? vc_exhibit_read(&root, &question->exhibit, err) : code;
}

void vc_question_done(struct vc_question *question)
{
    vc_exhibit_done(&question->exhibit);
}
