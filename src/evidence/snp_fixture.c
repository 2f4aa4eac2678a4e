/* SPDX-License-Identifier: MIT */

#include "evidence/snp_fixture.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "codec/der.h"

static constexpr int64_t YEAR = 365 * 86400;
static constexpr unsigned KEY_BITS = 2048;
static constexpr size_t EXTENSIONS_MAX = 16;

#define OID_PREFIX "1.3.6.1.4.1.3704.1."

static const enum vc_snp_product PRODUCTS[] = {VC_SNP_MILAN, VC_SNP_GENOA, VC_SNP_TURIN};

static struct vc_cert *issue_ca(const char *prefix, enum vc_snp_product product,
                                const struct vc_pki_key *key, const struct vc_cert *issuer,
                                const struct vc_pki_key *signer)
{
    char name[32];
    const struct vc_pki_order order = {
        .subject = name,
        .organization = "Test Micro Devices",
        .key = key,
        .issuer = issuer,
        .signer = signer,
        .scheme = VC_SCHEME_PS384,
        .not_before = VC_SNP_FIXTURE_NOW - (issuer == nullptr ? 2 : 1) * YEAR,
        .not_after = VC_SNP_FIXTURE_NOW + (issuer == nullptr ? 2 : 1) * YEAR,
        .ca = true,
        .path_length = issuer == nullptr ? -1 : 0,
        .key_usage = VC_PKI_KEY_CERT_SIGN | (issuer == nullptr ? VC_PKI_CRL_SIGN : 0),
        .serial = issuer == nullptr ? 1 : 65537,
    };

    (void)snprintf(name, sizeof(name), "%s%s", prefix, vc_snp_product_name(product));
    return vc_pki_issue(&order);
}

static void make_line(struct vc_snp_fixture *fixture, enum vc_snp_product product, bool separate)
{
    struct vc_snp_fixture_line *line = &fixture->lines[product];
    const struct vc_snp_fixture_line *first = &fixture->lines[PRODUCTS[0]];

    if (separate || line == first) {
        line->ark_key = vc_pki_key_new(VC_KEY_RSA, KEY_BITS);
        line->ask_key = vc_pki_key_new(VC_KEY_RSA, KEY_BITS);
        line->asvk_key = vc_pki_key_new(VC_KEY_RSA, KEY_BITS);
    } else {
        line->ark_key = first->ark_key;
        line->ask_key = first->ask_key;
        line->asvk_key = first->asvk_key;
    }
    line->ark = issue_ca("ARK-", product, line->ark_key, nullptr, nullptr);
    line->ask = issue_ca("SEV-", product, line->ask_key, line->ark, line->ark_key);
    line->asvk = issue_ca("SEV-VLEK-", product, line->asvk_key, line->ark, line->ark_key);
    fixture->anchors.roots[fixture->anchors.root_count++] =
        (struct vc_anchor){VC_PLATFORM_SNP, vc_snp_product_name(product), line->ark};
}

void vc_snp_fixture_init(struct vc_snp_fixture *fixture, bool separate)
{
    *fixture = (struct vc_snp_fixture){};
    fixture->vcek_key = vc_pki_key_new(VC_KEY_P384, 0);
    fixture->vlek_key = vc_pki_key_new(VC_KEY_P384, 0);
    for (size_t i = 0; i < VC_COUNT(PRODUCTS); i++)
        make_line(fixture, PRODUCTS[i], separate);
}

void vc_snp_fixture_done(struct vc_snp_fixture *fixture)
{
    const struct vc_pki_key *shared = fixture->lines[PRODUCTS[0]].ark_key;

    for (size_t i = VC_COUNT(PRODUCTS); i-- > 0;) {
        struct vc_snp_fixture_line *line = &fixture->lines[PRODUCTS[i]];

        vc_cert_free(line->ark);
        vc_cert_free(line->ask);
        vc_cert_free(line->asvk);
        if (i > 0 && line->ark_key == shared)
            continue;
        vc_pki_key_free(line->ark_key);
        vc_pki_key_free(line->ask_key);
        vc_pki_key_free(line->asvk_key);
    }
    vc_pki_key_free(fixture->vcek_key);
    vc_pki_key_free(fixture->vlek_key);
    *fixture = (struct vc_snp_fixture){};
}

struct vc_snp_wish vc_snp_wish_of(enum vc_snp_product product, enum vc_snp_signer signer)
{
    struct vc_snp_wish wish = {
        .product = product,
        .signer = signer,
        .version = product == VC_SNP_TURIN ? 5 : 3,
        .policy = 0x30000,
        .platform_info = 0x25,
        .tcb = {4, 0, 0, 0, 0, 0, 24, 219}, /* microcode: an INTEGER of two bytes in DER */
    };

    if (product == VC_SNP_TURIN)
        memcpy(wish.tcb, (uint8_t[]){1, 2, 3, 4, 0, 0, 0, 75}, VC_SNP_TCB_SIZE);
    for (size_t i = 0; i < sizeof(wish.measurement); i++)
        wish.measurement[i] = (uint8_t)(i + product);
    for (size_t i = 0; i < sizeof(wish.report_data); i++)
        wish.report_data[i] = (uint8_t)(0xff - i);
    /* 0x04 first, as an OCTET STRING would begin */
    for (size_t i = 0; i < (product == VC_SNP_TURIN ? 8 : sizeof(wish.chip)); i++)
        wish.chip[i] = (uint8_t)(4 + 17 * i * (i + product));
    if (signer == VC_SNP_VLEK)
        memset(wish.chip, 0, sizeof(wish.chip));
    return wish;
}

/* The extensions of one leaf, and the bytes that they point to. */
struct details {
    struct vc_pki_extension items[EXTENSIONS_MAX];
    uint8_t bytes[EXTENSIONS_MAX][72];
    size_t count;
};

static void put(struct details *details, const char *oid, struct vc_bytes value)
{
    uint8_t *copy = details->bytes[details->count];

    assert(details->count < EXTENSIONS_MAX && value.size <= sizeof(details->bytes[0]));
    memcpy(copy, value.data, value.size);
    details->items[details->count++] =
        (struct vc_pki_extension){.oid = oid, .value = {copy, value.size}};
}

static void put_number(struct details *details, const char *oid, uint64_t value)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    enum vc_code code = vc_der_put_uint(&der, value, nullptr);

    assert(code == VC_OK);
    (void)code;
    put(details, oid, vc_buffer_bytes(&der));
}

/* IA5String */
static void put_text(struct details *details, const char *oid, const char *text)
{
    uint8_t der[64] = {0x16, (uint8_t)strlen(text)};

    assert(strlen(text) <= sizeof(der) - 2);
    memcpy(der + 2, text, strlen(text));
    put(details, oid, (struct vc_bytes){der, 2 + strlen(text)});
}

static void describe(const struct vc_snp_wish *wish, struct details *details)
{
    static const char *const names[VC_SNP_PRODUCT_COUNT] = {
        [VC_SNP_MILAN] = "Milan-B0", [VC_SNP_GENOA] = "Genoa", [VC_SNP_TURIN] = "Turin"};
    struct vc_snp_layout layout = vc_snp_layout_of(wish->product);
    bool is_turin = wish->product == VC_SNP_TURIN;

    put_number(details, OID_PREFIX "1", is_turin);
    put_text(details, OID_PREFIX "2", names[wish->product]);
    for (size_t i = 0; i < layout.part_count; i++)
        put_number(details, layout.parts[i].oid, wish->tcb[layout.parts[i].index]);
    if (wish->signer == VC_SNP_VLEK)
        put_text(details, OID_PREFIX "5", "CN=cc-test.cloud.example");
    else
        put(details, OID_PREFIX "4",
            (struct vc_bytes){wish->chip, is_turin ? VC_SNP_SHORT_ID_SIZE : sizeof(wish->chip)});
}

static struct vc_cert *issue_leaf(const struct vc_snp_fixture *fixture,
                                  const struct vc_snp_wish *wish, const struct details *details)
{
    const struct vc_snp_fixture_line *line = &fixture->lines[wish->product];
    bool is_vlek = wish->signer == VC_SNP_VLEK;
    const struct vc_pki_order order = {
        .subject = is_vlek ? "SEV-VLEK" : "SEV-VCEK",
        .organization = "Test Micro Devices",
        .key = is_vlek ? fixture->vlek_key : fixture->vcek_key,
        .issuer = is_vlek ? line->asvk : line->ask,
        .signer = is_vlek ? line->asvk_key : line->ask_key,
        .scheme = VC_SCHEME_PS384,
        .not_before = VC_SNP_FIXTURE_NOW - VC_SNP_FIXTURE_SPAN,
        .not_after = VC_SNP_FIXTURE_NOW + VC_SNP_FIXTURE_SPAN,
        .extensions = details->items,
        .extension_count = details->count,
    };

    return vc_pki_issue(&order);
}

struct vc_cert *vc_snp_fixture_leaf(const struct vc_snp_fixture *fixture,
                                    const struct vc_snp_wish *wish)
{
    struct details details = {};

    describe(wish, &details);
    return issue_leaf(fixture, wish, &details);
}

struct vc_cert *vc_snp_fixture_odd_leaf(const struct vc_snp_fixture *fixture,
                                        const struct vc_snp_wish *wish, const char *oid,
                                        struct vc_bytes value)
{
    struct details details = {};
    struct details odd = {};

    describe(wish, &details);
    for (size_t i = 0; i < details.count; i++) {
        if (strcmp(details.items[i].oid, oid) != 0)
            put(&odd, details.items[i].oid, details.items[i].value);
    }
    if (value.data != nullptr)
        put(&odd, oid, value);
    return issue_leaf(fixture, wish, &odd);
}

static void put_le(uint8_t *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(value >> 8 * i);
}

void vc_snp_fixture_write(const struct vc_snp_wish *wish, uint8_t report[VC_SNP_REPORT_SIZE])
{
    static const uint8_t cpus[VC_SNP_PRODUCT_COUNT][3] = {
        [VC_SNP_MILAN] = {0x19, 0x01, 0x01},
        [VC_SNP_GENOA] = {0x19, 0x11, 0x01},
        [VC_SNP_TURIN] = {0x1a, 0x02, 0x01},
    };
    static const size_t tcbs[] = {0x038, 0x180, 0x1e0, 0x1f0};

    memset(report, 0, VC_SNP_REPORT_SIZE);
    put_le(report + 0x000, wish->version, 4);
    put_le(report + 0x004, wish->guest_svn, 4);
    put_le(report + 0x008, wish->policy, 8);
    put_le(report + 0x030, wish->vmpl, 4);
    put_le(report + 0x034, 1, 4);
    put_le(report + 0x040, wish->platform_info, 8);
    put_le(report + 0x048, wish->flags | (uint32_t)wish->signer << 2, 4);
    memcpy(report + 0x050, wish->report_data, sizeof(wish->report_data));
    memcpy(report + 0x090, wish->measurement, sizeof(wish->measurement));
    memcpy(report + 0x0c0, wish->host_data, sizeof(wish->host_data));
    memset(report + 0x160, 0xff, 32);
    for (size_t i = 0; i < VC_COUNT(tcbs); i++)
        memcpy(report + tcbs[i], wish->tcb, VC_SNP_TCB_SIZE);
    if (wish->version >= VC_SNP_CPUID_VERSION)
        memcpy(report + 0x188, cpus[wish->product], 3);
    memcpy(report + 0x1a0, wish->chip, sizeof(wish->chip));
    memcpy(report + 0x1e8, (uint8_t[]){29, 55, 1, 0, 29, 55, 1, 0}, 8);
    if (wish->version >= VC_SNP_MITIGATION_VERSION) {
        put_le(report + 0x1f8, 0xb, 8);
        put_le(report + 0x200, 0xb, 8);
    }
}

void vc_snp_fixture_sign(const struct vc_snp_fixture *fixture, const struct vc_snp_wish *wish,
                         uint8_t report[VC_SNP_REPORT_SIZE])
{
    static const size_t fields[] = {0x2a0, 0x2e8};
    vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};

    vc_pki_sign(wish->signer == VC_SNP_VLEK ? fixture->vlek_key : fixture->vcek_key,
                VC_SCHEME_ES384, (struct vc_bytes){report, VC_SNP_SIGNED_SIZE}, &signature);
    assert(signature.size == VC_SNP_SIGNATURE_SIZE);
    for (size_t i = 0; i < VC_SNP_SIGNATURE_SIZE; i++)
        report[fields[i / 48] + 47 - i % 48] = signature.data[i];
}

void vc_snp_fixture_report(const struct vc_snp_fixture *fixture, const struct vc_snp_wish *wish,
                           uint8_t report[VC_SNP_REPORT_SIZE])
{
    vc_snp_fixture_write(wish, report);
    vc_snp_fixture_sign(fixture, wish, report);
}

void vc_snp_fixture_table(const struct vc_cert *vcek, struct vc_buffer *evidence)
{
    static const uint8_t guid[] = {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
                                   0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd};
    struct vc_bytes der = vc_cert_der(vcek);
    uint8_t rows[48] = {}; /* one row of GUID, offset and length, and one of zeros */
    enum vc_code code;

    memcpy(rows, guid, sizeof(guid));
    rows[16] = sizeof(rows);
    rows[20] = (uint8_t)der.size;
    rows[21] = (uint8_t)(der.size >> 8);
    code = vc_buffer_append(evidence, VC_BYTES(rows), nullptr);
    if (code == VC_OK)
        code = vc_buffer_append(evidence, der, nullptr);
    assert(code == VC_OK);
    (void)code;
}

static void add(struct vc_collateral *collateral, const struct vc_cert *cert)
{
    enum vc_code code = vc_collateral_add(collateral, "test", vc_cert_der(cert), nullptr);

    assert(code == VC_OK);
    (void)code;
}

struct vc_collateral *vc_snp_fixture_collateral(const struct vc_snp_fixture *fixture,
                                                const struct vc_snp_wish *wish)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = vc_snp_fixture_leaf(fixture, wish);
    struct vc_collateral *collateral = nullptr;
    enum vc_code code = vc_collateral_new(&collateral, nullptr);

    assert(code == VC_OK);
    (void)code;
    add(collateral, fixture->lines[wish->product].ask);
    add(collateral, fixture->lines[wish->product].asvk);
    add(collateral, leaf);
    return collateral;
}
