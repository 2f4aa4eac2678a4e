/* SPDX-License-Identifier: MIT */

#include "evidence/dcap_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/instant.h"
#include "codec/der.h"

static constexpr int64_t DAY = 86400;
static constexpr uint8_t TAG_BOOLEAN = 0x01;
static constexpr uint8_t TAG_OID = 0x06;
static constexpr uint8_t TAG_ENUMERATED = 0x0a;

static const uint8_t vendor[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                   0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
static const uint8_t signer_qe[32] = {
    0x8c, 0x4f, 0x57, 0x75, 0xd7, 0x96, 0x50, 0x3e, 0x96, 0x13, 0x7f, 0x77, 0xc6, 0x8a, 0x82, 0x9a,
    0x00, 0x56, 0xac, 0x8d, 0xed, 0x70, 0x14, 0x0b, 0x08, 0x1b, 0x09, 0x44, 0x90, 0xc5, 0x7b, 0xff};
static const uint8_t signer_td_qe[32] = {
    0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94, 0x8f, 0x17, 0x47, 0x4e, 0x34, 0xa7, 0xfc, 0x43, 0xed, 0x03,
    0x0f, 0x7c, 0x15, 0x63, 0xf1, 0xba, 0xbd, 0xdf, 0x63, 0x40, 0xc8, 0x2e, 0x0e, 0x54, 0xa8, 0xc5};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void put(struct vc_buffer *out, const void *data, size_t size)
{
    must(vc_buffer_append(out, (struct vc_bytes){data, size}, nullptr) == VC_OK);
}

static void put_le(struct vc_buffer *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i);

        put(out, &byte, 1);
    }
}

/* ------------------------------------------------------------------------------ certificates */

static void put_tlv(struct vc_buffer *out, uint8_t tag, const void *data, size_t size)
{
    uint8_t head[2] = {tag, (uint8_t)size};

    must(size < 0x80);
    put(out, head, sizeof(head));
    put(out, data, size);
}

static void put_field(struct vc_buffer *out, const uint8_t *path, size_t path_size,
                      struct vc_bytes value)
{
    static const uint8_t base[] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
    vc_cleanup(vc_buffer_done) struct vc_buffer field = {};
    uint8_t oid[sizeof(base) + 2];

    memcpy(oid, base, sizeof(base));
    memcpy(oid + sizeof(base), path, path_size);
    put_tlv(&field, TAG_OID, oid, sizeof(base) + path_size);
    put(&field, value.data, value.size);
    must(vc_der_put_sequence(out, vc_buffer_bytes(&field), nullptr) == VC_OK);
}

static void put_octets_field(struct vc_buffer *out, uint8_t identifier, struct vc_bytes bytes)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer value = {};

    must(vc_der_put_octets(&value, bytes, nullptr) == VC_OK);
    put_field(out, &identifier, 1, vc_buffer_bytes(&value));
}

static void put_tcb_field(const struct vc_pck *pck, struct vc_buffer *out)
{
    static const uint8_t identifier = 2;
    vc_cleanup(vc_buffer_done) struct vc_buffer fields = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer sequence = {};

    for (uint8_t i = 1; i <= 18; i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer value = {};
        const uint8_t path[] = {identifier, i};

        if (i == 18)
            must(vc_der_put_octets(&value, VC_BYTES(pck->cpusvn), nullptr) == VC_OK);
        else
            must(vc_der_put_uint(&value, i == 17 ? pck->pcesvn : pck->svns[i - 1], nullptr) ==
                 VC_OK);
        put_field(&fields, path, sizeof(path), vc_buffer_bytes(&value));
    }
    must(vc_der_put_sequence(&sequence, vc_buffer_bytes(&fields), nullptr) == VC_OK);
    put_field(out, &identifier, 1, vc_buffer_bytes(&sequence));
}

static void put_configuration_field(const struct vc_pck *pck, struct vc_buffer *out)
{
    static const uint8_t identifier = 7;
    const enum vc_pck_flag flags[] = {pck->dynamic_platform, pck->cached_keys, pck->smt};
    vc_cleanup(vc_buffer_done) struct vc_buffer fields = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer sequence = {};

    for (uint8_t i = 0; i < VC_COUNT(flags); i++) {
        const uint8_t path[] = {identifier, (uint8_t)(i + 1)};
        const uint8_t value[] = {TAG_BOOLEAN, 1, flags[i] == VC_PCK_TRUE ? 0xff : 0};

        if (flags[i] != VC_PCK_UNDEFINED)
            put_field(&fields, path, sizeof(path), VC_BYTES(value));
    }
    must(vc_der_put_sequence(&sequence, vc_buffer_bytes(&fields), nullptr) == VC_OK);
    put_field(out, &identifier, 1, vc_buffer_bytes(&sequence));
}

static void put_extension(const struct vc_pck *pck, struct vc_buffer *out)
{
    static const uint8_t identifier = 5;
    const uint8_t type[] = {TAG_ENUMERATED, 1, (uint8_t)pck->type};
    vc_cleanup(vc_buffer_done) struct vc_buffer fields = {};

    put_octets_field(&fields, 1, VC_BYTES(pck->ppid));
    put_tcb_field(pck, &fields);
    put_octets_field(&fields, 3, VC_BYTES(pck->pceid));
    put_octets_field(&fields, 4, VC_BYTES(pck->fmspc));
    put_field(&fields, &identifier, 1, VC_BYTES(type));
    if (pck->has_instance) {
        put_octets_field(&fields, 6, VC_BYTES(pck->instance));
        put_configuration_field(pck, &fields);
    }
    must(vc_der_put_sequence(out, vc_buffer_bytes(&fields), nullptr) == VC_OK);
}

static struct vc_cert *issue(const char *name, const struct vc_pki_key *key,
                             const struct vc_cert *issuer, const struct vc_pki_key *signer,
                             struct vc_pki_order order)
{
    order.subject = name;
    order.organization = "Test Corporation";
    order.key = key;
    order.issuer = issuer;
    order.signer = signer;
    order.scheme = VC_SCHEME_ES256;
    order.has_constraints = true;
    order.key_usage = order.ca ? VC_PKI_KEY_CERT_SIGN | VC_PKI_CRL_SIGN : VC_PKI_DIGITAL_SIGNATURE;
    return vc_pki_issue(&order);
}

void vc_dcap_fixture_init(struct vc_dcap_fixture *fixture, const struct vc_dcap_order *order)
{
    struct vc_pki_order ca = {.ca = true,
                              .path_length = 1,
                              .serial = 1,
                              .not_before = order->now - 100 * DAY,
                              .not_after = order->now + 100 * DAY};
    struct vc_pki_order leaf = ca;
    vc_cleanup(vc_buffer_done) struct vc_buffer value = {};
    struct vc_pki_extension extension = {.oid = "1.2.840.113741.1.13.1"};

    *fixture = (struct vc_dcap_fixture){};
    fixture->root_key = vc_pki_key_new(VC_KEY_P256, 0);
    fixture->ca_key = vc_pki_key_new(VC_KEY_P256, 0);
    fixture->pck_key = vc_pki_key_new(VC_KEY_P256, 0);
    fixture->signing_key = vc_pki_key_new(VC_KEY_P256, 0);
    fixture->attestation_key = vc_pki_key_new(VC_KEY_P256, 0);
    fixture->root = issue("Intel SGX Root CA", fixture->root_key, nullptr, nullptr, ca);
    ca.path_length = 0;
    ca.serial = 2;
    fixture->ca =
        issue("Intel SGX PCK Platform CA", fixture->ca_key, fixture->root, fixture->root_key, ca);
    leaf.ca = false;
    leaf.serial = 3;
    fixture->signing = issue("Intel SGX TCB Signing", fixture->signing_key, fixture->root,
                             fixture->root_key, leaf);
    put_extension(&order->pck, &value);
    extension.value = vc_buffer_bytes(&value);
    leaf.extensions = &extension;
    leaf.extension_count = 1;
    leaf.serial = 4;
    fixture->pck =
        issue("Intel SGX PCK Certificate", fixture->pck_key, fixture->ca, fixture->ca_key, leaf);
    fixture->anchors.roots[0] = (struct vc_anchor){VC_PLATFORM_TDX, "", fixture->root};
    fixture->anchors.roots[1] = (struct vc_anchor){VC_PLATFORM_SGX, "", fixture->root};
    fixture->anchors.root_count = 2;
}

void vc_dcap_fixture_done(struct vc_dcap_fixture *fixture)
{
    vc_pki_key_free(fixture->root_key);
    vc_pki_key_free(fixture->ca_key);
    vc_pki_key_free(fixture->pck_key);
    vc_pki_key_free(fixture->signing_key);
    vc_pki_key_free(fixture->attestation_key);
    vc_cert_free(fixture->root);
    vc_cert_free(fixture->ca);
    vc_cert_free(fixture->pck);
    vc_cert_free(fixture->signing);
    *fixture = (struct vc_dcap_fixture){};
}

void vc_dcap_fixture_list(const struct vc_dcap_fixture *fixture, bool of_root, int64_t now,
                          const struct vc_cert *revoked, struct vc_buffer *der)
{
    const struct vc_pki_list list = {
        .issuer = of_root ? fixture->root : fixture->ca,
        .signer = of_root ? fixture->root_key : fixture->ca_key,
        .scheme = VC_SCHEME_ES256,
        .this_update = now - DAY,
        .next_update = now + DAY,
        .revoked = &revoked,
        .revoked_count = revoked == nullptr ? 0 : 1,
    };

    vc_pki_list(&list, der);
}

/* ------------------------------------------------------------------------------------ orders */

static void fill_enclave(uint8_t body[VC_DCAP_FIXTURE_ENCLAVE], uint8_t flags)
{
    memset(body, 0, VC_DCAP_FIXTURE_ENCLAVE);
    body[VC_DCAP_ENCLAVE_ATTRIBUTES] = flags;
    body[VC_DCAP_ENCLAVE_ATTRIBUTES + 8] = 0xe7;
}

struct vc_dcap_order vc_dcap_fixture_order(int64_t now)
{
    static const uint8_t tee_tcb_svn[] = {5, 1, 4};
    struct vc_dcap_order order = {
        .now = now,
        .pck = {.svns = {5, 5, 5, 5, 5, 5, 5, 5},
                .pcesvn = 13,
                .fmspc = {0, 0x80, 0x6f, 5},
                .type = 1,
                .has_instance = true,
                .dynamic_platform = VC_PCK_TRUE,
                .cached_keys = VC_PCK_FALSE,
                .smt = VC_PCK_TRUE},
        .version = 5,
        .body = VC_QUOTE_BODY_TD15,
        .certification = VC_QUOTE_PCK_CHAIN,
        .tcb = {.id = "TDX",
                .version = 3,
                .fmspc = "00806F050000",
                .pceid = "0000",
                .issued = now - DAY,
                .next = now + DAY,
                .evaluation = 17,
                .sgx_svn = 5,
                .pcesvn = 13,
                .tdx_svn = 4,
                .status = "UpToDate",
                .module_id = "TDX_01",
                .module_status = "UpToDate",
                .module_svn = 5},
        .identity = {.id = "TD_QE",
                     .issued = now - DAY,
                     .next = now + DAY,
                     .evaluation = 17,
                     .attributes = "11000000000000000000000000000000",
                     .attributes_mask = "FBFFFFFFFFFFFFFF0000000000000000",
                     .miscselect = "00000000",
                     .isvprodid = 2,
                     .isvsvn = 6,
                     .status = "UpToDate"},
    };

    memset(order.pck.ppid, 0xa1, sizeof(order.pck.ppid));
    memset(order.pck.instance, 0xa2, sizeof(order.pck.instance));
    memcpy(order.td + VC_DCAP_TD_TCB_SVN, tee_tcb_svn, sizeof(tee_tcb_svn));
    memcpy(order.td + VC_DCAP_TD_TCB_SVN_2, tee_tcb_svn, sizeof(tee_tcb_svn));
    order.td[VC_DCAP_TD_ATTRIBUTES + 3] = 0x10; /* SEPT_VE_DISABLE */
    memset(order.td + VC_DCAP_TD_MRTD, 0x3d, 48);
    memset(order.td + VC_DCAP_TD_REPORT_DATA, 0x4d, 64);
    fill_enclave(order.enclave, 0x05);
    memset(order.enclave + VC_DCAP_ENCLAVE_REPORT_DATA, 0x4d, 64);
    memset(order.enclave + 64, 0x5e, 32);
    fill_enclave(order.qe, 0x11);
    memcpy(order.qe + VC_DCAP_ENCLAVE_MRSIGNER, signer_td_qe, sizeof(signer_td_qe));
    memcpy(order.identity.mrsigner, signer_td_qe, sizeof(signer_td_qe));
    order.qe[VC_DCAP_ENCLAVE_ISVPRODID] = 2;
    order.qe[VC_DCAP_ENCLAVE_ISVSVN] = 6;
    return order;
}

struct vc_dcap_order vc_dcap_fixture_order_sgx(int64_t now)
{
    struct vc_dcap_order order = vc_dcap_fixture_order(now);

    order.version = 3;
    order.body = VC_QUOTE_BODY_SGX;
    order.tcb.id = "SGX";
    order.identity.id = "QE";
    order.identity.isvprodid = 1;
    memcpy(order.qe + VC_DCAP_ENCLAVE_MRSIGNER, signer_qe, sizeof(signer_qe));
    memcpy(order.identity.mrsigner, signer_qe, sizeof(signer_qe));
    order.qe[VC_DCAP_ENCLAVE_ISVPRODID] = 1;
    return order;
}

/* ------------------------------------------------------------------------------------- quotes */

static void put_header(const struct vc_dcap_order *order, struct vc_buffer *quote)
{
    static const uint8_t user_data[20] = {7};
    static const size_t sizes[] = {
        [VC_QUOTE_BODY_SGX] = 384, [VC_QUOTE_BODY_TD10] = 584, [VC_QUOTE_BODY_TD15] = 648};
    bool sgx = order->body == VC_QUOTE_BODY_SGX;

    put_le(quote, order->version, 2);
    put_le(quote, 2, 2);
    put_le(quote, sgx ? 0 : 0x81, 4);
    put_le(quote, 0, 4);
    put(quote, vendor, sizeof(vendor));
    put(quote, user_data, sizeof(user_data));
    if (order->version == 5) {
        put_le(quote, order->body, 2);
        put_le(quote, sizes[order->body], 4);
    }
    put(quote, sgx ? order->enclave : order->td, sizes[order->body]);
}

static void put_chain(const struct vc_dcap_fixture *fixture, struct vc_buffer *out)
{
    const struct vc_cert *const certs[] = {fixture->pck, fixture->ca, fixture->root};
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};

    for (size_t i = 0; i < VC_COUNT(certs); i++)
        must(vc_cert_encode_pem(certs[i], &pem, nullptr) == VC_OK);
    put(&pem, "", 1); /* a NUL, as Intel's library leaves one */
    put_le(out, pem.size, 4);
    put(out, pem.data, pem.size);
}

/* The QE's report, its signature, authentication data, certificates. */
static void put_certification(const struct vc_dcap_fixture *fixture,
                              const struct vc_dcap_order *order, const struct vc_buffer *point,
                              struct vc_buffer *out)
{
    static const uint8_t auth_data[32] = {1, 2, 3};
    vc_cleanup(vc_buffer_done) struct vc_buffer bound = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};
    uint8_t qe[VC_DCAP_FIXTURE_ENCLAVE];

    memcpy(qe, order->qe, sizeof(qe));
    put(&bound, point->data, point->size);
    put(&bound, auth_data, sizeof(auth_data));
    vc_sha256(vc_buffer_bytes(&bound), qe + VC_DCAP_ENCLAVE_REPORT_DATA);
    vc_pki_sign(fixture->pck_key, VC_SCHEME_ES256, VC_BYTES(qe), &signature);
    put(out, qe, sizeof(qe));
    put(out, signature.data, signature.size);
    put_le(out, sizeof(auth_data), 2);
    put(out, auth_data, sizeof(auth_data));
    put_le(out, order->certification, 2);
    if (order->certification == VC_QUOTE_PCK_CHAIN) {
        put_chain(fixture, out);
    } else {
        put_le(out, sizeof(auth_data), 4);
        put(out, auth_data, sizeof(auth_data));
    }
}

void vc_dcap_fixture_quote(const struct vc_dcap_fixture *fixture, const struct vc_dcap_order *order,
                           struct vc_buffer *quote)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer head = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer data = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer point = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer certification = {};
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key =
        vc_pki_key_public(fixture->attestation_key);

    must(vc_public_key_point(key, &point, nullptr) == VC_OK);
    put_header(order, &head);
    vc_pki_sign(fixture->attestation_key, VC_SCHEME_ES256, vc_buffer_bytes(&head), &data);
    put(&data, point.data, point.size);
    put_certification(fixture, order, &point, &certification);
    if (order->version > 3) {
        put_le(&data, 6, 2);
        put_le(&data, certification.size, 4);
    }
    put(&data, certification.data, certification.size);
    put(quote, head.data, head.size);
    put_le(quote, data.size, 4);
    put(quote, data.data, data.size);
}

/* --------------------------------------------------------------------------------- documents */

static void put_dates(struct vc_buffer *body, int64_t issued, int64_t next)
{
    char from[VC_INSTANT_TEXT_MAX], until[VC_INSTANT_TEXT_MAX];

    vc_instant_format(issued, from);
    vc_instant_format(next, until);
    must(vc_buffer_printf(body, nullptr, "\"issueDate\":\"%s\",\"nextUpdate\":\"%s\",", from,
                          until) == VC_OK);
}

static void put_components(struct vc_buffer *body, const char *name, const unsigned *svns)
{
    must(vc_buffer_printf(body, nullptr, "\"%s\":[", name) == VC_OK);
    for (size_t i = 0; i < VC_QUOTE_SVN_COUNT; i++)
        must(vc_buffer_printf(body, nullptr, "%s{\"svn\":%u}", i == 0 ? "" : ",", svns[i]) ==
             VC_OK);
    must(vc_buffer_append_text(body, "],", nullptr) == VC_OK);
}

static void put_level(struct vc_buffer *body, const struct vc_dcap_order *order, bool first)
{
    unsigned svn = first ? order->tcb.sgx_svn : 3;
    unsigned sgx[VC_QUOTE_SVN_COUNT] = {svn, svn, svn, svn, svn, svn, svn, svn};
    unsigned tdx[VC_QUOTE_SVN_COUNT] = {first ? 9 : 0, 0, first ? order->tcb.tdx_svn : 0};

    must(vc_buffer_append_text(body, first ? "{\"tcb\":{" : ",{\"tcb\":{", nullptr) == VC_OK);
    for (unsigned i = 0; order->tcb.version == 2 && i < VC_QUOTE_SVN_COUNT; i++)
        must(vc_buffer_printf(body, nullptr, "\"sgxtcbcomp%02usvn\":%u,", i + 1, sgx[i]) == VC_OK);
    if (order->tcb.version != 2)
        put_components(body, "sgxtcbcomponents", sgx);
    if (order->tcb.id != nullptr && strcmp(order->tcb.id, "TDX") == 0) {
        tdx[0] = order->td[VC_DCAP_TD_TCB_SVN + 1] > 0 ? tdx[0] : 0;
        put_components(body, "tdxtcbcomponents", tdx);
    }
    must(vc_buffer_printf(body, nullptr,
                          "\"pcesvn\":%u},\"tcbDate\":\"2024-03-13T00:00:00Z\","
                          "\"tcbStatus\":\"%s\",\"advisoryIDs\":[\"INTEL-SA-00001\"]}",
                          first ? order->tcb.pcesvn : 11,
                          first ? order->tcb.status : "OutOfDate") == VC_OK);
}

static void put_modules(struct vc_buffer *body, const struct vc_dcap_order *order)
{
    char signer[97];
    uint8_t bytes[48] = {order->tcb.module_signer};

    vc_hex_encode(VC_BYTES(bytes), signer);
    must(vc_buffer_printf(body, nullptr,
                          "\"tdxModule\":{\"mrsigner\":\"%s\",\"attributes\":\"0000000000000000\","
                          "\"attributesMask\":\"FFFFFFFFFFFFFFFF\"},\"tdxModuleIdentities\":[{"
                          "\"id\":\"%s\",\"mrsigner\":\"%s\",\"attributes\":\"0000000000000000\","
                          "\"attributesMask\":\"FFFFFFFFFFFFFFFF\",\"tcbLevels\":["
                          "{\"tcb\":{\"isvsvn\":%u},\"tcbDate\":\"2024-03-13T00:00:00Z\","
                          "\"tcbStatus\":\"%s\"},{\"tcb\":{\"isvsvn\":2},"
                          "\"tcbDate\":\"2023-03-13T00:00:00Z\",\"tcbStatus\":\"OutOfDate\"}]}],",
                          signer, order->tcb.module_id, signer, order->tcb.module_svn,
                          order->tcb.module_status) == VC_OK);
}

void vc_dcap_fixture_tcb_info(const struct vc_dcap_order *order, struct vc_buffer *body)
{
    must(vc_buffer_append_text(body, "{", nullptr) == VC_OK);
    if (order->tcb.id != nullptr)
        must(vc_buffer_printf(body, nullptr, "\"id\":\"%s\",", order->tcb.id) == VC_OK);
    must(vc_buffer_printf(body, nullptr, "\"version\":%d,", order->tcb.version) == VC_OK);
    put_dates(body, order->tcb.issued, order->tcb.next);
    must(vc_buffer_printf(body, nullptr,
                          "\"fmspc\":\"%s\",\"pceId\":\"%s\",\"tcbType\":0,"
                          "\"tcbEvaluationDataNumber\":%u,",
                          order->tcb.fmspc, order->tcb.pceid, order->tcb.evaluation) == VC_OK);
    if (order->tcb.id != nullptr && strcmp(order->tcb.id, "TDX") == 0)
        put_modules(body, order);
    must(vc_buffer_append_text(body, "\"tcbLevels\":[", nullptr) == VC_OK);
    put_level(body, order, true);
    put_level(body, order, false);
    must(vc_buffer_append_text(body, "]}", nullptr) == VC_OK);
}

void vc_dcap_fixture_identity(const struct vc_dcap_order *order, struct vc_buffer *body)
{
    char mrsigner[65];

    vc_hex_encode(VC_BYTES(order->identity.mrsigner), mrsigner);
    must(vc_buffer_printf(body, nullptr, "{\"id\":\"%s\",\"version\":2,", order->identity.id) ==
         VC_OK);
    put_dates(body, order->identity.issued, order->identity.next);
    must(vc_buffer_printf(body, nullptr,
                          "\"tcbEvaluationDataNumber\":%u,\"miscselect\":\"%s\","
                          "\"miscselectMask\":\"FFFFFFFF\",\"attributes\":\"%s\","
                          "\"attributesMask\":\"%s\",\"mrsigner\":\"%s\",\"isvprodid\":%u,"
                          "\"tcbLevels\":[{\"tcb\":{\"isvsvn\":%u},"
                          "\"tcbDate\":\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"%s\"},"
                          "{\"tcb\":{\"isvsvn\":3},\"tcbDate\":\"2020-03-13T00:00:00Z\","
                          "\"tcbStatus\":\"Revoked\"}]}",
                          order->identity.evaluation, order->identity.miscselect,
                          order->identity.attributes, order->identity.attributes_mask, mrsigner,
                          order->identity.isvprodid, order->identity.isvsvn,
                          order->identity.status) == VC_OK);
}

void vc_dcap_fixture_signature(const struct vc_pki_key *key, struct vc_bytes body,
                               char hex[2 * VC_QUOTE_SIGNATURE_SIZE + 1])
{
    vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};

    vc_pki_sign(key, VC_SCHEME_ES256, body, &signature);
    must(signature.size == VC_QUOTE_SIGNATURE_SIZE);
    vc_hex_encode(vc_buffer_bytes(&signature), hex);
}

void vc_dcap_fixture_document(const struct vc_pki_key *key, const char *name, struct vc_bytes body,
                              struct vc_buffer *document)
{
    char hex[2 * VC_QUOTE_SIGNATURE_SIZE + 1];

    vc_dcap_fixture_signature(key, body, hex);
    must(vc_buffer_printf(document, nullptr, "{\"%s\":", name) == VC_OK);
    put(document, body.data, body.size);
    must(vc_buffer_printf(document, nullptr, ",\"signature\":\"%s\"}", hex) == VC_OK);
}
