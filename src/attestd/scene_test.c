/* SPDX-License-Identifier: MIT */

/* The scene of the service's tests. */

#include "attestd/scene_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/instant.h"
#include "codec/json.h"
#include "evidence/process.h"

static constexpr int64_t DAY = 86400;

void scene_init(struct scene *scene, const struct vc_cert *ca, int64_t now)
{
    *scene = (struct scene){};
    memset(scene->measurement, 0x71, sizeof(scene->measurement));
    assert_int_equal(vc_key_new(&scene->ca_key, nullptr), VC_OK);
    assert_int_equal(vc_key_new(&scene->machine, nullptr), VC_OK);
    assert_int_equal(vc_key_new(&scene->container, nullptr), VC_OK);
    assert_int_equal(vc_cert_new_identity(scene->container, "owner", now - DAY, now + DAY,
                                          &scene->owner, nullptr),
                     VC_OK);
    if (ca != nullptr) {
        assert_int_equal(vc_cert_parse_der(vc_cert_der(ca), &scene->ca, nullptr), VC_OK);
    } else {
        assert_int_equal(
            vc_cert_new_ca(scene->ca_key, "CA", now - DAY, now + 300 * DAY, &scene->ca, nullptr),
            VC_OK);
    }
    scene_policy(scene, scene->ca, scene->measurement, &scene->policy);
}

void scene_done(struct scene *scene)
{
    vc_key_free(scene->ca_key);
    vc_key_free(scene->machine);
    vc_key_free(scene->container);
    vc_cert_free(scene->ca);
    vc_cert_free(scene->owner);
    vc_buffer_done(&scene->policy);
}

static void put_certificate(struct vc_json_writer *writer, const char *key,
                            const struct vc_cert *cert)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};

    assert_int_equal(vc_cert_encode_pem(cert, &pem, nullptr), VC_OK);
    vc_json_put_bytes(writer, key, vc_buffer_bytes(&pem));
}

static void put_attestation(struct vc_json_writer *writer, const struct vc_cert *ca,
                            const uint8_t measurement[VC_SHA256_SIZE])
{
    char hex[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode((struct vc_bytes){measurement, VC_SHA256_SIZE}, hex);
    vc_json_open_object(writer, "attestation");
    vc_json_put_string(writer, "url", "https://127.0.0.1:4000");
    put_certificate(writer, "ca", ca);
    vc_json_open_object(writer, "platforms");
    vc_json_open_object(writer, "process");
    vc_json_open_array(writer, "measurements");
    vc_json_put_string(writer, nullptr, hex);
    vc_json_close_array(writer);
    vc_json_close_object(writer);
    vc_json_close_object(writer);
    vc_json_close_object(writer);
}

void scene_policy(const struct scene *scene, const struct vc_cert *ca,
                  const uint8_t measurement[VC_SHA256_SIZE], struct vc_buffer *text)
{
    struct vc_json_writer writer = vc_json_writer_over(text);
    char expires[VC_INSTANT_TEXT_MAX];

    vc_instant_format(vc_cert_not_after(scene->owner) - 60, expires);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_integer(&writer, "version", 1);
    vc_json_put_string(&writer, "name", "test");
    vc_json_put_string(&writer, "expires", expires);
    put_attestation(&writer, ca, measurement);
    vc_json_open_object(&writer, "principals");
    vc_json_open_object(&writer, "owner");
    put_certificate(&writer, "certificate", scene->owner);
    vc_json_close_object(&writer);
    vc_json_close_object(&writer);
    vc_json_open_object(&writer, "programs");
    vc_json_close_object(&writer);
    vc_json_open_array(&writer, "rights");
    vc_json_close_array(&writer);
    vc_json_close_object(&writer);
    assert_int_equal(vc_json_write_end(&writer, nullptr), VC_OK);
}

void scene_binder(const struct scene *scene, const struct made_for *made_for,
                  const uint8_t nonce[VC_NONCE_SIZE], uint8_t binder[VC_BINDER_SIZE])
{
    struct vc_binder_parts binder_parts = {
        .role = made_for->role, .node = made_for->node, .incarnation = made_for->incarnation};
    vc_cleanup(vc_buffer_done) struct vc_buffer spki = {};

    assert_int_equal(vc_key_encode_public_der(made_for->key, &spki, nullptr), VC_OK);
    vc_sha256(vc_buffer_bytes(&spki), binder_parts.spki_hash);
    vc_sha256(vc_buffer_bytes(&scene->policy), binder_parts.policy_hash);
    memcpy(binder_parts.nonce, nonce, VC_NONCE_SIZE);
    memcpy(binder_parts.exporter, made_for->exporter, VC_SHA256_SIZE);
    vc_binder(&binder_parts, binder);
}

void scene_parts(const struct scene *scene, const struct made_for *made_for, struct parts *parts)
{
    uint8_t binder[VC_BINDER_SIZE];
    static const uint8_t seed[32] = {7};

    assert_int_equal(vc_csr_new(scene->container, "container", &parts->csr, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(&parts->policy, vc_buffer_bytes(&scene->policy), nullptr),
                     VC_OK);
    scene_binder(scene, made_for, parts->nonce, binder);
    assert_int_equal(
        vc_process_produce(made_for->machine,
                           &(struct vc_process_statement){scene->measurement, binder, seed},
                           &parts->evidence, nullptr),
        VC_OK);
    parts->platform = "process";
}

void scene_parts_done(struct parts *parts)
{
    vc_buffer_done(&parts->csr);
    vc_buffer_done(&parts->evidence);
    vc_buffer_done(&parts->policy);
}

static void put_base64(struct vc_json_writer *writer, const char *key, struct vc_bytes bytes)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    assert_int_equal(vc_base64_encode(bytes, &text, nullptr), VC_OK);
    vc_json_put_bytes(writer, key, vc_buffer_bytes(&text));
}

void scene_body(const struct parts *parts, struct vc_buffer *body)
{
    struct vc_json_writer writer = vc_json_writer_over(body);

    vc_json_open_object(&writer, nullptr);
    put_base64(&writer, "nonce", VC_BYTES(parts->nonce));
    put_base64(&writer, "csr", vc_buffer_bytes(&parts->csr));
    put_base64(&writer, "evidence", vc_buffer_bytes(&parts->evidence));
    put_base64(&writer, "policy", vc_buffer_bytes(&parts->policy));
    if (parts->platform != nullptr)
        vc_json_put_string(&writer, "platform", parts->platform);
    if (parts->host != nullptr)
        vc_json_put_string(&writer, "host", parts->host);
    if (parts->extra_key != nullptr)
        vc_json_put_integer(&writer, parts->extra_key, 1);
    vc_json_close_object(&writer);
    assert_int_equal(vc_json_write_end(&writer, nullptr), VC_OK);
}

void scene_question(const struct parts *parts, struct vc_bytes report_data, struct vc_buffer *body)
{
    struct vc_json_writer writer = vc_json_writer_over(body);

    vc_json_open_object(&writer, nullptr);
    put_base64(&writer, "report_data", report_data);
    put_base64(&writer, "evidence", vc_buffer_bytes(&parts->evidence));
    put_base64(&writer, "policy", vc_buffer_bytes(&parts->policy));
    if (parts->platform != nullptr)
        vc_json_put_string(&writer, "platform", parts->platform);
    vc_json_close_object(&writer);
    assert_int_equal(vc_json_write_end(&writer, nullptr), VC_OK);
}

void scene_member(struct vc_bytes text, const char *key, char *out, size_t size)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root;
    struct vc_json_place member;
    const char *value = "";

    assert_int_equal(vc_json_parse(text, &json, nullptr), VC_OK);
    root = vc_json_root(json);
    assert_int_equal(vc_json_member(&root, key, &member, nullptr), VC_OK);
    assert_int_equal(vc_json_string(&member, &value, nullptr), VC_OK);
    (void)snprintf(out, size, "%s", value);
}
