/* SPDX-License-Identifier: MIT */

/* The forms in which reports travel. */

#include "evidence/snp_scene_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/hex.h"

/* The extended report's table: rows of GUID, offset and length, a row of zeros, certificates. */
static const uint8_t VCEK_GUID[16] = {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
                                      0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd};
static const uint8_t ASK_GUID[16] = {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,
                                     0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82};
static const uint8_t VCEK_GUID_TURNED[16] = {0x8d, 0x75, 0xda, 0x63, 0x64, 0xe6, 0x64, 0x45,
                                             0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd};
static const uint8_t ODD_GUID[16] = {1, 2, 3};

struct item {
    const uint8_t *guid;
    struct vc_bytes bytes;
};

static void put(struct vc_buffer *out, struct vc_bytes bytes)
{
    assert_int_equal(vc_buffer_append(out, bytes, nullptr), VC_OK);
}

static void put_u32(struct vc_buffer *out, size_t value)
{
    put(out, (struct vc_bytes){(uint8_t[]){(uint8_t)value, (uint8_t)(value >> 8),
                                           (uint8_t)(value >> 16), (uint8_t)(value >> 24)},
                               4});
}

static void put_table(struct vc_buffer *out, const struct item *items, size_t count)
{
    size_t at = 24 * (count + 1);

    for (size_t i = 0; i < count; i++) {
        put(out, (struct vc_bytes){items[i].guid, 16});
        put_u32(out, at);
        put_u32(out, items[i].bytes.size);
        at += items[i].bytes.size;
    }
    put(out, (struct vc_bytes){(uint8_t[24]){}, 24});
    for (size_t i = 0; i < count; i++)
        put(out, items[i].bytes);
    put(out, (struct vc_bytes){(uint8_t[100]){}, 100}); /* the rest of a page */
}

static void test_certificate_tables(void **state)
{
    const struct scene *scene = *state;
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_TURIN, VC_SNP_VCEK);
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = vc_snp_fixture_leaf(&scene->amd, &wish);
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    struct vc_bytes ask = vc_cert_der(scene->amd.lines[VC_SNP_TURIN].ask);
    struct vc_bytes vcek = vc_cert_der(leaf);
    uint8_t report[VC_SNP_REPORT_SIZE];

    assert_int_equal(vc_cert_encode_pem(leaf, &pem, nullptr), VC_OK);
    vc_snp_fixture_report(&scene->amd, &wish, report);
    const struct {
        const char *name;
        struct item items[3];
        size_t count;
        enum vc_code code;
        const char *words;
    } rows[] = {
        {"VCEK and ASK", {{VCEK_GUID, vcek}, {ASK_GUID, ask}}, 2, VC_OK, ""},
        {"in another order", {{ASK_GUID, ask}, {VCEK_GUID, vcek}}, 2, VC_OK, ""},
        {"GUID as numbers", {{VCEK_GUID_TURNED, vcek}, {ASK_GUID, ask}}, 2, VC_OK, ""},
        {"PEM", {{VCEK_GUID, vc_buffer_bytes(&pem)}, {ASK_GUID, ask}}, 2, VC_OK, ""},
        {"unknown beside",
         {{ODD_GUID, VC_BYTES(report)}, {VCEK_GUID, vcek}, {ASK_GUID, ask}},
         3,
         VC_OK,
         ""},
        {"empty row", {{ODD_GUID, {}}, {ASK_GUID, {}}}, 2, VC_NOT_FOUND, "no VCEK for chip"},
        {"no VCEK", {{ASK_GUID, ask}}, 1, VC_NOT_FOUND, "no VCEK for chip"},
        {"no ASK", {{VCEK_GUID, vcek}}, 1, VC_NOT_FOUND, "no certificate of its issuer"},
        {"empty table", {}, 0, VC_NOT_FOUND, "no VCEK for chip"},
        {"no certificate", {{VCEK_GUID, VC_BYTES(report)}}, 1, VC_MALFORMED, "certificate table"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};

        put(&evidence, VC_BYTES(report));
        put_table(&evidence, rows[i].items, rows[i].count);
        scene_expect(scene, vc_buffer_bytes(&evidence), nullptr,
                     &(struct wanted){rows[i].name, rows[i].code, rows[i].words});
    }
}

static void test_malformed_tables(void **state)
{
    const struct scene *scene = *state;
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = vc_snp_fixture_leaf(&scene->amd, &wish);
    const struct item item = {VCEK_GUID, vc_cert_der(leaf)};
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer rows = {};
    uint8_t report[VC_SNP_REPORT_SIZE];
    size_t certificate_end;

    vc_snp_fixture_report(&scene->amd, &wish, report);
    put(&evidence, VC_BYTES(report));
    put_table(&evidence, &item, 1);
    certificate_end = VC_SNP_REPORT_SIZE + 48 + item.bytes.size;
    for (size_t size = VC_SNP_REPORT_SIZE + 1; size < certificate_end; size++)
        scene_expect(scene, (struct vc_bytes){evidence.data, size}, nullptr,
                     &(struct wanted){"cut", VC_MALFORMED, "certificate table: "});
    for (size_t i = 0; i < 8; i++) { /* offset and length, each byte of them at its largest */
        uint8_t *byte = &evidence.data[VC_SNP_REPORT_SIZE + 16 + i];
        uint8_t before = *byte;

        *byte = 0xff;
        scene_expect(scene, vc_buffer_bytes(&evidence), nullptr,
                     &(struct wanted){"numbers", VC_MALFORMED, "certificate table: "});
        *byte = before;
    }
    put(&rows, VC_BYTES(report));
    for (size_t i = 0; i < 40; i++) {
        put(&rows, VC_BYTES(ODD_GUID));
        put(&rows, (struct vc_bytes){(uint8_t[8]){}, 8});
    }
    scene_expect(scene, vc_buffer_bytes(&rows), nullptr,
                 &(struct wanted){"many rows", VC_MALFORMED, "more than 32 rows"});
}

static void test_hexadecimal(void **state)
{
    const struct scene *scene = *state;
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_GENOA, VC_SNP_VCEK);
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
        vc_snp_fixture_collateral(&scene->amd, &wish);
    uint8_t report[VC_SNP_REPORT_SIZE];
    char text[2 * VC_SNP_REPORT_SIZE + 1];
    vc_cleanup(vc_buffer_done) struct vc_buffer lines = {};

    vc_snp_fixture_report(&scene->amd, &wish, report);
    vc_hex_encode(VC_BYTES(report), text);
    scene_expect(scene, (struct vc_bytes){(uint8_t *)text, 2 * VC_SNP_REPORT_SIZE}, collateral,
                 &(struct wanted){"lower case", VC_OK, ""});
    for (size_t i = 0; i < 2 * VC_SNP_REPORT_SIZE; i += 32) {
        for (size_t k = i; k < i + 32; k++)
            text[k] = text[k] >= 'a' ? (char)(text[k] - 32) : text[k];
        put(&lines, (struct vc_bytes){(uint8_t *)text + i, 32});
        put(&lines, (struct vc_bytes){(const uint8_t *)"\r\n", 2});
    }
    scene_expect(scene, vc_buffer_bytes(&lines), collateral,
                 &(struct wanted){"upper case, in lines", VC_OK, ""});
    lines.data[lines.size / 2] = 'g';
    scene_expect(scene, vc_buffer_bytes(&lines), collateral,
                 &(struct wanted){"not hexadecimal", VC_MALFORMED, ""});
    scene_expect(scene, (struct vc_bytes){(uint8_t *)text, VC_SNP_REPORT_SIZE}, collateral,
                 &(struct wanted){"half", VC_MALFORMED, "592 bytes, 1184 wanted"});
}

/* Azure's report around the hardware's. */
struct hcl_row {
    const char *name;
    const char *json; /* %s: the modulus */
    uint32_t version, type, hash;
    bool unbound;
    enum vc_code code;
    const char *words;
};

#define KEYS "{\"keys\":[{\"kid\":\"HCLAkPub\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\"}]"

static const struct hcl_row HCL_ROWS[] = {
    {"SHA-256", KEYS ",\"user-data\":\"00FF\"}", 2, 2, 1, false, VC_OK, ""},
    {"version 1", KEYS "}", 1, 2, 1, false, VC_OK, ""},
    {"SHA-384", KEYS "}", 2, 2, 2, false, VC_OK, ""},
    {"SHA-512", KEYS "}", 2, 2, 3, false, VC_OK, ""},
    {"other data", KEYS "}", 2, 2, 1, true, VC_UNTRUSTED,
     "are not the SHA-256 of the runtime data"},
    {"version 3", KEYS "}", 3, 2, 1, false, VC_MALFORMED, "malformed header"},
    {"a machine of Intel", KEYS "}", 2, 4, 1, false, VC_MALFORMED, "type 4; 2 (SEV-SNP) wanted"},
    {"hash 4", KEYS "}", 2, 2, 4, false, VC_MALFORMED, "hash type 4"},
    {"no key", "{\"keys\":[]}", 2, 2, 1, false, VC_MALFORMED, "no HCLAkPub"},
    {"no keys", "{}", 2, 2, 1, false, VC_MALFORMED, "runtime data"},
    {"no JSON", "keys", 2, 2, 1, false, VC_MALFORMED, "runtime data"},
    {"short key", "{\"keys\":[{\"kid\":\"HCLAkPub\",\"e\":\"AQAB\",\"n\":\"AQAB\"}]}", 2, 2, 1,
     false, VC_MALFORMED, "an RSA key of"},
    {"user data no hex", KEYS ",\"user-data\":\"0G\"}", 2, 2, 1, false, VC_MALFORMED,
     "runtime data"},
};

static void put_hcl(const struct scene *scene, struct vc_buffer *out, const struct hcl_row *row,
                    struct vc_snp_wish *wish)
{
    static const enum vc_hash hashes[] = {VC_HASH_SHA256, VC_HASH_SHA256, VC_HASH_SHA384,
                                          VC_HASH_SHA512, VC_HASH_SHA256};
    vc_cleanup(vc_buffer_done) struct vc_buffer n = {};
    uint8_t modulus[256];
    uint8_t report[VC_SNP_REPORT_SIZE];
    char json[1024];
    struct vc_octets digest;
    size_t size;

    memset(modulus, 0xff, sizeof(modulus));
    assert_int_equal(vc_base64url_encode(VC_BYTES(modulus), &n, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(&n, (struct vc_bytes){(uint8_t[1]){}, 1}, nullptr), VC_OK);
    const char *at = strstr(row->json, "%s");

    if (at == nullptr)
        (void)snprintf(json, sizeof(json), "%s", row->json);
    else
        (void)snprintf(json, sizeof(json), "%.*s%s%s", (int)(at - row->json), row->json,
                       (char *)n.data, at + 2);
    size = strlen(json);
    digest = vc_hash_of(hashes[row->hash], (struct vc_bytes){(uint8_t *)json, size});
    memset(wish->report_data, 0, sizeof(wish->report_data));
    memcpy(wish->report_data, digest.bytes, digest.size);
    wish->report_data[0] ^= row->unbound;
    vc_snp_fixture_report(&scene->amd, wish, report);
    put(out, (struct vc_bytes){(const uint8_t *)"HCLA", 4});
    put_u32(out, row->version);
    put_u32(out, 1184);
    put_u32(out, 2);
    put(out, (struct vc_bytes){(uint8_t[16]){}, 16});
    put(out, VC_BYTES(report));
    put_u32(out, 20 + size);
    put_u32(out, 1);
    put_u32(out, row->type);
    put_u32(out, row->hash);
    put_u32(out, size);
    put(out, (struct vc_bytes){(uint8_t *)json, size});
}

static void test_hcl(void **state)
{
    const struct scene *scene = *state;
    for (size_t i = 0; i < VC_COUNT(HCL_ROWS); i++) {
        struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);
        vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
            vc_snp_fixture_collateral(&scene->amd, &wish);
        vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
        size_t size;

        put_hcl(scene, &evidence, &HCL_ROWS[i], &wish);
        size = evidence.size;
        scene_expect(scene, vc_buffer_bytes(&evidence), collateral,
                     &(struct wanted){HCL_ROWS[i].name, HCL_ROWS[i].code, HCL_ROWS[i].words});
        if (HCL_ROWS[i].code != VC_OK)
            continue;
        for (size_t cut = 0; cut < size; cut++)
            scene_expect(scene, (struct vc_bytes){evidence.data, cut}, collateral,
                         &(struct wanted){"cut", VC_MALFORMED, ""});
        for (size_t at = 32 + VC_SNP_REPORT_SIZE + 20; at < size; at++) {
            struct vc_claims claims;

            evidence.data[at] ^= 1; /* the runtime data: of another digest, or malformed */
            assert_int_not_equal(
                scene_verify(scene, vc_buffer_bytes(&evidence), collateral, &claims, nullptr),
                VC_OK);
            evidence.data[at] ^= 1;
        }
        put(&evidence, (struct vc_bytes){(uint8_t[64]){}, 64});
        scene_expect(scene, vc_buffer_bytes(&evidence), collateral,
                     &(struct wanted){"the rest of the index", VC_OK, ""});
        evidence.data[size + 7] = 1;
        scene_expect(
            scene, vc_buffer_bytes(&evidence), collateral,
            &(struct wanted){"bytes after it", VC_MALFORMED, "bytes after the runtime data"});
    }
}

static void test_hcl_claims(void **state)
{
    const struct scene *scene = *state;
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
        vc_snp_fixture_collateral(&scene->amd, &wish);
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    struct vc_claims claims;
    const struct vc_octets *user_data;

    put_hcl(scene, &evidence, &HCL_ROWS[0], &wish);
    assert_int_equal(scene_verify(scene, vc_buffer_bytes(&evidence), collateral, &claims, nullptr),
                     VC_OK);
    assert_memory_equal(claims.report_data.bytes, wish.report_data, 64);
    assert_memory_equal(vc_claims_register(&claims, "runtime_data")->bytes, wish.report_data, 32);
    assert_int_equal(vc_claims_register(&claims, "hcl_ak")->size, 32);
    user_data = vc_claims_register(&claims, "hcl_user_data");
    assert_int_equal(user_data->size, 2);
    assert_memory_equal(user_data->bytes, "\x00\xff", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificate_tables), cmocka_unit_test(test_malformed_tables),
        cmocka_unit_test(test_hexadecimal),        cmocka_unit_test(test_hcl),
        cmocka_unit_test(test_hcl_claims),
    };

    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
