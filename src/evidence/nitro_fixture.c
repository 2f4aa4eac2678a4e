/* SPDX-License-Identifier: MIT */

#include "evidence/nitro_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "codec/cbor.h"

static constexpr int64_t VALIDITY_S = 3600;
static constexpr size_t ROOT = 0;
static constexpr size_t LEAF = VC_NITRO_FIXTURE_LEVELS - 1;

static const char *const NAMES[] = {"aws.nitro-enclaves", "region.test", "zone.test",
                                    "i-0123456789abcdef0.test", "enclave.test"};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void issue(struct vc_nitro_fixture *fixture, size_t level, int64_t now,
                  vc_nitro_fixture_change *change, const void *user)
{
    struct vc_pki_order order = {
        .subject = NAMES[level],
        .key = fixture->keys[level],
        .issuer = level == ROOT ? nullptr : fixture->certs[level - 1],
        .signer = level == ROOT ? nullptr : fixture->keys[level - 1],
        .scheme = VC_SCHEME_ES384,
        .not_before = now - VALIDITY_S,
        .not_after = now + VALIDITY_S,
        .has_constraints = true,
        .ca = level != LEAF,
        .path_length = (int)(LEAF - level) - 1,
        .key_usage =
            level == LEAF ? VC_PKI_DIGITAL_SIGNATURE : VC_PKI_KEY_CERT_SIGN | VC_PKI_CRL_SIGN,
        .serial = (unsigned)level + 1,
    };

    if (change != nullptr)
        change(user, level, &order);
    fixture->certs[level] = vc_pki_issue(&order);
}

void vc_nitro_fixture_init(struct vc_nitro_fixture *fixture, int64_t now,
                           vc_nitro_fixture_change *change, const void *user)
{
    *fixture = (struct vc_nitro_fixture){};
    for (size_t level = 0; level < VC_NITRO_FIXTURE_LEVELS; level++)
        fixture->keys[level] = vc_pki_key_new(VC_KEY_P384, 0);
    for (size_t level = 0; level < VC_NITRO_FIXTURE_LEVELS; level++)
        issue(fixture, level, now, change, user);
    fixture->anchors.roots[0] = (struct vc_anchor){
        .platform = VC_PLATFORM_NITRO, .product = "", .cert = fixture->certs[ROOT]};
    fixture->anchors.root_count = 1;
}

void vc_nitro_fixture_done(struct vc_nitro_fixture *fixture)
{
    for (size_t level = 0; level < VC_NITRO_FIXTURE_LEVELS; level++) {
        vc_cert_free(fixture->certs[level]);
        vc_pki_key_free(fixture->keys[level]);
    }
    *fixture = (struct vc_nitro_fixture){};
}

struct vc_nitro_fixture_order vc_nitro_fixture_order_of(int64_t now, struct vc_bytes user_data)
{
    struct vc_nitro_fixture_order order = {
        .module_id = "i-0123456789abcdef0-enc0123456789abcdef",
        .timestamp = (uint64_t)now * 1000 + 7,
        .user_data = user_data,
    };

    for (size_t i = 0; i < 16; i++) {
        bool measured = i < 3 || i == 4;

        order.pcrs[i].size = 48;
        memset(order.pcrs[i].bytes, measured ? 0x50 + (int)i : 0, 48);
    }
    return order;
}

static void put_optional(struct vc_cbor_writer *writer, const char *name, struct vc_bytes value)
{
    vc_cbor_put_text(writer, name);
    if (value.data == nullptr)
        vc_cbor_put_null(writer);
    else
        vc_cbor_put_bytes(writer, value);
}

static void put_pcrs(struct vc_cbor_writer *writer, const struct vc_octets pcrs[VC_NITRO_PCRS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < VC_NITRO_PCRS_MAX; i++)
        count += pcrs[i].size > 0;
    vc_cbor_put_text(writer, "pcrs");
    vc_cbor_open_map(writer, count);
    for (size_t i = 0; i < VC_NITRO_PCRS_MAX; i++) {
        if (pcrs[i].size > 0) {
            vc_cbor_put_uint(writer, i);
            vc_cbor_put_bytes(writer, vc_octets_bytes(&pcrs[i]));
        }
    }
}

void vc_nitro_fixture_payload(const struct vc_nitro_fixture *fixture,
                              const struct vc_nitro_fixture_order *order, struct vc_buffer *payload)
{
    struct vc_cbor_writer writer = vc_cbor_writer_over(payload);

    vc_cbor_open_map(&writer, 9); /* in the order of the genuine ones */
    vc_cbor_put_text(&writer, "module_id");
    vc_cbor_put_text(&writer, order->module_id);
    vc_cbor_put_text(&writer, "digest");
    vc_cbor_put_text(&writer, "SHA384");
    vc_cbor_put_text(&writer, "timestamp");
    vc_cbor_put_uint(&writer, order->timestamp);
    put_pcrs(&writer, order->pcrs);
    vc_cbor_put_text(&writer, "certificate");
    vc_cbor_put_bytes(&writer, vc_cert_der(fixture->certs[LEAF]));
    vc_cbor_put_text(&writer, "cabundle");
    vc_cbor_open_array(&writer, LEAF);
    for (size_t level = 0; level < LEAF; level++)
        vc_cbor_put_bytes(&writer, vc_cert_der(fixture->certs[level]));
    put_optional(&writer, "public_key", order->public_key);
    put_optional(&writer, "user_data", order->user_data);
    put_optional(&writer, "nonce", order->nonce);
    must(vc_cbor_write_end(&writer, nullptr) == VC_OK);
}

/* As the genuine ones, without a tag. */
static void put_envelope(const struct vc_cose_sign1 *envelope, struct vc_bytes header,
                         struct vc_buffer *document)
{
    struct vc_cbor_writer writer = vc_cbor_writer_over(document);

    vc_cbor_open_array(&writer, 4);
    vc_cbor_put_bytes(&writer, header);
    vc_cbor_open_map(&writer, 0);
    vc_cbor_put_bytes(&writer, envelope->payload);
    vc_cbor_put_bytes(&writer, envelope->signature);
    must(vc_cbor_write_end(&writer, nullptr) == VC_OK);
}

void vc_nitro_fixture_sign(const struct vc_nitro_fixture *fixture, struct vc_bytes payload,
                           struct vc_buffer *document)
{
    static const uint8_t header[] = {0xa1, 0x01, 0x38, 0x22};
    struct vc_cose_sign1 envelope = {.algorithm = VC_COSE_ES384, .payload = payload};
    vc_cleanup(vc_buffer_done) struct vc_buffer message = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};

    must(vc_cose_sign1_message(&envelope, &message, nullptr) == VC_OK);
    vc_pki_sign(fixture->keys[LEAF], VC_SCHEME_ES384, vc_buffer_bytes(&message), &signature);
    envelope.signature = vc_buffer_bytes(&signature);
    put_envelope(&envelope, VC_BYTES(header), document);
}

void vc_nitro_fixture_document(const struct vc_nitro_fixture *fixture,
                               const struct vc_nitro_fixture_order *order,
                               struct vc_buffer *document)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};

    vc_nitro_fixture_payload(fixture, order, &payload);
    vc_nitro_fixture_sign(fixture, vc_buffer_bytes(&payload), document);
}
