/* SPDX-License-Identifier: MIT */

#include "runtime/enrol.h"

#include <string.h>

#include "attest/attested.h"
#include "attest/binder.h"
#include "attest/session.h"
#include "base/base64.h"
#include "runtime/service.h"

static constexpr uint32_t SERVICE_TIMEOUT_MS = 10000;

static enum vc_code member_string(const struct vc_json *json, const char *name, const char **text,
                                  struct vc_err *err)
{
    struct vc_json_place root = vc_json_root(json);
    struct vc_json_place member;
    enum vc_code code = vc_json_member(&root, name, &member, err);

    return code == VC_OK ? vc_json_string(&member, text, err) : code;
}

static enum vc_code ask_nonce(const struct vc_service *service, struct vc_http_client *client,
                              uint8_t nonce[VC_NONCE_SIZE], struct vc_err *err)
{
    const struct vc_service_call call = {.method = "POST",
                                         .target = "/v1/nonces",
                                         .body = {(const uint8_t *)"{}", 2},
                                         .status = 201};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_buffer bytes = {};
    const char *text = nullptr;
    enum vc_code code = vc_service_ask(service, client, &call, &json, err);

    if (code == VC_OK)
        code = member_string(json, "nonce", &text, err);
    if (code == VC_OK) {
        code = vc_base64_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, &bytes, err);
    }
    if (code == VC_OK && bytes.size != VC_NONCE_SIZE)
        code = vc_fail(err, VC_MALFORMED, "attestation service: nonce of %zu bytes", bytes.size);
    if (code == VC_OK)
        memcpy(nonce, bytes.data, VC_NONCE_SIZE);
    vc_buffer_done(&bytes);
    return code;
}

/* What one enrolment gathers before it asks for the certificate. */
struct application {
    uint8_t nonce[VC_NONCE_SIZE];
    struct vc_buffer csr, evidence;
};

static enum vc_code bind_evidence(const struct vc_enrol_setup *setup, struct vc_http_client *client,
                                  const struct vc_key *key, struct application *application,
                                  struct vc_err *err)
{
    struct vc_binder_parts parts = {.role = VC_ENROL_ROLE, .node = ""};
    struct vc_buffer spki = {};
    uint8_t binder[VC_BINDER_SIZE];
    enum vc_code code = vc_key_encode_public_der(key, &spki, err);

    if (code == VC_OK) {
        vc_sha256(vc_buffer_bytes(&spki), parts.spki_hash);
        memcpy(parts.nonce, application->nonce, sizeof(parts.nonce));
        memcpy(parts.policy_hash, setup->policy->hash, sizeof(parts.policy_hash));
        code = vc_http_client_exporter(client, VC_ENROL_EXPORTER, parts.exporter,
                                       sizeof(parts.exporter), err);
    }
    if (code == VC_OK) {
        vc_binder(&parts, binder);
        code = vc_launcher_evidence(setup->line, binder, &application->evidence, err);
    }
    vc_buffer_done(&spki);
    return code;
}

static enum vc_code put_base64(struct vc_json_writer *writer, const char *key,
                               struct vc_bytes bytes, struct vc_err *err)
{
    struct vc_buffer text = {};
    enum vc_code code = vc_base64_encode(bytes, &text, err);

    if (code == VC_OK)
        vc_json_put_bytes(writer, key, vc_buffer_bytes(&text));
    vc_buffer_done(&text);
    return code;
}

static enum vc_code encode_application(const struct vc_enrol_setup *setup,
                                       const struct application *application,
                                       struct vc_buffer *body, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(body);
    struct vc_bytes nonce = {application->nonce, sizeof(application->nonce)};
    enum vc_code code;

    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "platform", vc_platform_name(setup->platform));
    code = put_base64(&writer, "nonce", nonce, err);
    if (code == VC_OK)
        code = put_base64(&writer, "csr", vc_buffer_bytes(&application->csr), err);
    if (code == VC_OK)
        code = put_base64(&writer, "evidence", vc_buffer_bytes(&application->evidence), err);
    if (code == VC_OK)
        code = put_base64(&writer, "policy", vc_buffer_bytes(&setup->policy->text), err);
    if (setup->host[0] != '\0')
        vc_json_put_string(&writer, "host", setup->host);
    vc_json_close_object(&writer);
    return code == VC_OK ? vc_json_write_end(&writer, err) : code;
}

/* A certificate that clients would refuse is of no use: better to say so at the start. */
static enum vc_code check_as_clients_do(const struct vc_enrol_setup *setup,
                                        const struct vc_enrolment *enrolment, struct vc_err *err)
{
    struct vc_expectations expectations = vc_expectations_of(setup->policy);
    struct vc_attested attested;
    enum vc_code code = vc_attested_check(enrolment->certificate, &expectations,
                                          vc_clock_now(setup->clock), &attested, err);

    if (code == VC_OK) {
        code = vc_log_receipt_check(&enrolment->receipt, enrolment->certificate, expectations.ca,
                                    nullptr, err);
    }
    return code;
}

/* What the platform's evidence lacks. That it is out of form is better known here than to every
 * client; whether it is the right thing only evidence shows. */
static enum vc_code take_needed(const struct vc_json *json, struct vc_buffer *needed,
                                struct vc_err *err)
{
    vc_cleanup(vc_collateral_freep) struct vc_collateral *parsed = nullptr;
    struct vc_json_place root = vc_json_root(json);
    const char *text = "";
    enum vc_code code;

    if (!vc_json_has(&root, "certificates"))
        return VC_OK;
    code = member_string(json, "certificates", &text, err);
    if (code == VC_OK && strlen(text) > (VC_NEEDED_SIZE_MAX + 2) / 3 * 4)
        code = vc_fail(err, VC_LIMIT, "certificates: over %zu bytes", VC_NEEDED_SIZE_MAX);
    if (code == VC_OK)
        code = vc_base64_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, needed, err);
    if (code != VC_OK)
        return code;
    return vc_collateral_extend(nullptr, vc_buffer_bytes(needed), VC_SESSION_CERTIFICATES_MAX,
                                &parsed, err);
}

enum vc_code vc_enrolment_parse(const struct vc_json *json, struct vc_enrolment *enrolment,
                                struct vc_err *err)
{
    struct vc_json_place root = vc_json_root(json);
    struct vc_json_place receipt;
    const char *pem = nullptr;
    enum vc_code code = member_string(json, "certificate", &pem, err);

    if (code == VC_OK) {
        code = vc_cert_parse_pem((struct vc_bytes){(const uint8_t *)pem, strlen(pem)},
                                 &enrolment->certificate, err);
    }
    if (code == VC_OK)
        code = take_needed(json, &enrolment->needed, err);
    if (code == VC_OK)
        code = vc_json_member(&root, "receipt", &receipt, err);
    if (code == VC_OK)
        code = vc_log_receipt_parse(&receipt, &enrolment->receipt, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "attestation service");
}

static enum vc_code ask_certificate(const struct vc_service *service, struct vc_http_client *client,
                                    const struct vc_buffer *body, struct vc_enrolment *enrolment,
                                    struct vc_err *err)
{
    const struct vc_service_call call = {.method = "POST",
                                         .target = "/v1/certificates",
                                         .body = vc_buffer_bytes(body),
                                         .status = 201};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    enum vc_code code = vc_service_ask(service, client, &call, &json, err);

    return code == VC_OK ? vc_enrolment_parse(json, enrolment, err) : code;
}

static enum vc_code apply(const struct vc_enrol_setup *setup, const struct vc_service *service,
                          struct application *application, struct vc_enrolment *enrolment,
                          struct vc_err *err)
{
    vc_cleanup(vc_http_client_freep) struct vc_http_client *client = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    enum vc_code code = vc_service_connect(service, &client, err);

    if (code == VC_OK)
        code = ask_nonce(service, client, application->nonce, err);

    enrolment->nonce_us = vc_clock_us();
    if (code == VC_OK)
        code = vc_csr_new(enrolment->key, "veracruz container", &application->csr, err);
    if (code == VC_OK) {
        code = bind_evidence(setup, client, enrolment->key, application, err);
    }
    enrolment->evidence_us = vc_clock_us();
    if (code == VC_OK)
        code = encode_application(setup, application, &body, err);
    if (code == VC_OK)
        code = ask_certificate(service, client, &body, enrolment, err);
    if (code == VC_OK)
        code = check_as_clients_do(setup, enrolment, err);
    enrolment->certified_us = vc_clock_us();
    return code;
}

enum vc_code vc_enrol(const struct vc_enrol_setup *setup, struct vc_enrolment *enrolment,
                      struct vc_err *err)
{
    const struct vc_service service = {setup->policy, setup->clock, SERVICE_TIMEOUT_MS};
    struct application application = {};
    struct vc_enrolment made = {};
    enum vc_code code = vc_key_new(&made.key, err);

    if (code == VC_OK)
        code = apply(setup, &service, &application, &made, err);
    vc_buffer_done(&application.csr);
    vc_buffer_done(&application.evidence);
    if (code == VC_OK) {
        *enrolment = made;
    } else {
        vc_enrolment_done(&made);
    }
    return code;
}

void vc_enrolment_done(struct vc_enrolment *enrolment)
{
    vc_key_free(enrolment->key);
    vc_cert_free(enrolment->certificate);
    vc_buffer_done(&enrolment->needed);
    *enrolment = (struct vc_enrolment){};
}
