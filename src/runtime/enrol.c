/* SPDX-License-Identifier: MIT */

#include "runtime/enrol.h"

#include <stdio.h>
#include <string.h>

#include "attest/attested.h"
#include "attest/binder.h"
#include "base/base64.h"
#include "codec/json.h"
#include "net/http_client.h"
#include "runtime/launcher.h"

static constexpr uint32_t SERVICE_TIMEOUT_MS = 10000;
static const char exporter_label[] = "EXPORTER-veracruz-enrol";
static constexpr size_t URL_SCHEME_LENGTH = sizeof("https://") - 1; /* the policy has no other */

/* The service's certificate comes from the same CA as the containers'; what tells them apart is the
 * extension, which the service puts into every container's and never into its own. */
static enum vc_code check_service(void *user, const struct vc_cert *peer, struct vc_err *err)
{
    const struct vc_enrol_setup *setup = user;
    struct vc_bytes extension;
    enum vc_code code =
        vc_cert_check_issued(peer, setup->policy->attestation.ca, vc_clock_now(setup->clock), err);

    if (code != VC_OK)
        return code;
    if (vc_cert_extension(peer, VC_ATTESTED_OID, &extension, nullptr) != VC_NOT_FOUND)
        return vc_fail(err, VC_UNTRUSTED, "it is a container, not the attestation service");
    return VC_OK;
}

static enum vc_code connect_service(const struct vc_enrol_setup *setup,
                                    struct vc_http_client **client, struct vc_err *err)
{
    vc_cleanup(vc_tls_freep) struct vc_tls *tls = nullptr;
    const char *address = setup->policy->attestation.url + URL_SCHEME_LENGTH;
    char name[VC_PATH_MAX];
    size_t length = strcspn(address, ":/");
    enum vc_code code;

    /* check_service only reads it */
    code = vc_tls_new_client(nullptr, nullptr, check_service, (void *)(uintptr_t)setup, &tls, err);
    if (code != VC_OK)
        return code;
    (void)snprintf(name, sizeof(name), "%.*s", (int)(length < 255 ? length : 255), address);
    return vc_http_client_connect(address, name, tls, SERVICE_TIMEOUT_MS, client, err);
}

/* POSTs JSON; VC_UNTRUSTED with the service's own words unless it answers 201. */
static enum vc_code post(struct vc_http_client *client, const char *target, struct vc_bytes body,
                         struct vc_json **json, struct vc_err *err)
{
    struct vc_http_field type = {"content-type", "application/json"};
    struct vc_http_source source = {.bytes = body};
    struct vc_http_call call = {.method = "POST",
                                .target = target,
                                .fields = &type,
                                .field_count = 1,
                                .source = &source,
                                .idle_timeout_ms = SERVICE_TIMEOUT_MS};
    struct vc_http_answer answer = {};
    vc_cleanup(vc_json_freep) struct vc_json *made = nullptr;
    enum vc_code code = vc_http_client_call(client, &call, &answer, err);

    if (code == VC_OK)
        code = vc_json_parse(vc_buffer_bytes(&answer.body), &made, err);
    if (code == VC_OK && answer.status != 201) {
        struct vc_json_place root = vc_json_root(made);
        struct vc_json_place detail;
        const char *text = "no reason given";

        if (vc_json_member(&root, "detail", &detail, nullptr) == VC_OK &&
            vc_json_string(&detail, &text, nullptr) != VC_OK)
            text = "no reason given";
        code = vc_fail(err, VC_UNTRUSTED, "attestation service: %s", text);
    }
    vc_http_answer_done(&answer);
    if (code == VC_OK)
        *json = vc_take(made);
    return code;
}

static enum vc_code member_string(const struct vc_json *json, const char *name, const char **text,
                                  struct vc_err *err)
{
    struct vc_json_place root = vc_json_root(json);
    struct vc_json_place member;
    enum vc_code code = vc_json_member(&root, name, &member, err);

    return code == VC_OK ? vc_json_string(&member, text, err) : code;
}

static enum vc_code ask_nonce(struct vc_http_client *client, uint8_t nonce[VC_NONCE_SIZE],
                              struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_buffer bytes = {};
    const char *text = nullptr;
    enum vc_code code =
        post(client, "/v1/nonces", (struct vc_bytes){(const uint8_t *)"{}", 2}, &json, err);

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

static enum vc_code bind_evidence(const struct vc_policy *policy, struct vc_http_client *client,
                                  const struct vc_key *key, int control,
                                  struct application *application, struct vc_err *err)
{
    struct vc_binder_parts parts = {.role = "enrol", .node = ""};
    struct vc_buffer spki = {};
    uint8_t binder[VC_BINDER_SIZE];
    enum vc_code code = vc_key_encode_public_der(key, &spki, err);

    if (code == VC_OK) {
        vc_sha256(vc_buffer_bytes(&spki), parts.spki_hash);
        memcpy(parts.nonce, application->nonce, sizeof(parts.nonce));
        memcpy(parts.policy_hash, policy->hash, sizeof(parts.policy_hash));
        code = vc_http_client_exporter(client, exporter_label, parts.exporter,
                                       sizeof(parts.exporter), err);
    }
    if (code == VC_OK) {
        vc_binder(&parts, binder);
        code = vc_launcher_evidence(control, binder, &application->evidence, err);
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
                                        const struct vc_cert *cert, struct vc_err *err)
{
    struct vc_expectations expectations = vc_expectations_of(setup->policy);
    struct vc_attested attested;

    return vc_attested_check(cert, &expectations, vc_clock_now(setup->clock), &attested, err);
}

static enum vc_code ask_certificate(struct vc_http_client *client, const struct vc_buffer *body,
                                    struct vc_cert **cert, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    const char *pem = nullptr;
    enum vc_code code = post(client, "/v1/certificates", vc_buffer_bytes(body), &json, err);

    if (code == VC_OK)
        code = member_string(json, "certificate", &pem, err);
    if (code == VC_OK)
        code = vc_cert_parse_pem((struct vc_bytes){(const uint8_t *)pem, strlen(pem)}, cert, err);
    return code;
}

static enum vc_code apply(const struct vc_enrol_setup *setup, struct vc_http_client *client,
                          struct application *application, struct vc_enrolment *enrolment,
                          struct vc_err *err)
{
    struct vc_buffer body = {};
    enum vc_code code = ask_nonce(client, application->nonce, err);

    enrolment->nonce_us = vc_clock_us();
    if (code == VC_OK)
        code = vc_csr_new(enrolment->key, "veracruz container", &application->csr, err);
    if (code == VC_OK) {
        code =
            bind_evidence(setup->policy, client, enrolment->key, setup->control, application, err);
    }
    enrolment->evidence_us = vc_clock_us();
    if (code == VC_OK)
        code = encode_application(setup, application, &body, err);
    if (code == VC_OK)
        code = ask_certificate(client, &body, &enrolment->certificate, err);
    if (code == VC_OK) {
        code = check_as_clients_do(setup, enrolment->certificate, err);
    }
    enrolment->certified_us = vc_clock_us();
    vc_buffer_done(&body);
    return code;
}

enum vc_code vc_enrol(const struct vc_enrol_setup *setup, struct vc_enrolment *enrolment,
                      struct vc_err *err)
{
    vc_cleanup(vc_http_client_freep) struct vc_http_client *client = nullptr;
    struct application application = {};
    struct vc_enrolment made = {};
    enum vc_code code = vc_key_new(&made.key, err);

    if (code == VC_OK) {
        code = connect_service(setup, &client, err);
        if (code != VC_OK)
            code = vc_fail_in(err, code, "attestation service %s", setup->policy->attestation.url);
    }
    if (code == VC_OK)
        code = apply(setup, client, &application, &made, err);
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
    *enrolment = (struct vc_enrolment){};
}
