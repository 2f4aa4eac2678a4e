/* SPDX-License-Identifier: MIT */

/* Certificates of chips and clouds, and what leads from them to a vendor. */

#include "evidence/snp_scene_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

static void test_addresses(void **state)
{
    const struct scene *scene = *state;
    static const struct {
        enum vc_snp_product product;
        const char *words;
    } rows[] = {
        {VC_SNP_MILAN, "?blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=219"},
        {VC_SNP_GENOA, "https://kdsintf.amd.com/vcek/v1/Genoa/04"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_snp_wish wish = vc_snp_wish_of(rows[i].product, VC_SNP_VCEK);
        uint8_t report[VC_SNP_REPORT_SIZE];

        vc_snp_fixture_report(&scene->amd, &wish, report);
        scene_expect(scene, VC_BYTES(report), nullptr,
                     &(struct wanted){"address", VC_NOT_FOUND, rows[i].words});
    }
    /* Turin: eight bytes of the chip's id, and one more part. */
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_TURIN, VC_SNP_VCEK);
    uint8_t report[VC_SNP_REPORT_SIZE];
    char hex[17];
    char words[128];

    vc_snp_fixture_report(&scene->amd, &wish, report);
    vc_hex_encode((struct vc_bytes){wish.chip, 8}, hex);
    (void)snprintf(words, sizeof(words),
                   "fmc 1, bootloader 2, tee 3, snp 4, microcode 75: "
                   "https://kdsintf.amd.com/vcek/v1/Turin/%s?fmcSPL=1&blSPL=2",
                   hex);
    scene_expect(scene, VC_BYTES(report), nullptr, &(struct wanted){"Turin", VC_NOT_FOUND, words});
}

/* What is odd about a leaf whose signature is as it should be. */
struct leaf_row {
    const char *name;
    enum vc_snp_product product;
    enum vc_snp_signer signer;
    const char *oid;
    struct vc_bytes value; /* null data: without it */
    enum vc_code code;
    const char *words;
};

#define AMD(tail) "1.3.6.1.4.1.3704.1." tail

static const struct leaf_row LEAF_ROWS[] = {
    {"no structVersion",
     VC_SNP_MILAN,
     VC_SNP_VCEK,
     AMD("1"),
     {},
     VC_MALFORMED,
     "certificate SEV-VCEK: no structVersion"},
    {"structVersion 2", VC_SNP_MILAN, VC_SNP_VCEK, AMD("1"), RUN(2, 1, 2), VC_MALFORMED,
     "not a number up to 1"},
    {"no productName", VC_SNP_MILAN, VC_SNP_VCEK, AMD("2"), {}, VC_MALFORMED, "no productName"},
    {"another product", VC_SNP_MILAN, VC_SNP_VCEK, AMD("2"), RUN(0x16, 5, 'G', 'e', 'n', 'o', 'a'),
     VC_MALFORMED, "productName is not Milan"},
    {"a longer product", VC_SNP_MILAN, VC_SNP_VCEK, AMD("2"),
     RUN(0x16, 6, 'M', 'i', 'l', 'a', 'n', 'o'), VC_MALFORMED, "productName is not Milan"},
    {"Siena", VC_SNP_GENOA, VC_SNP_VCEK, AMD("2"), RUN(0x16, 5, 'S', 'i', 'e', 'n', 'a'), VC_OK,
     ""},
    {"productName not IA5", VC_SNP_MILAN, VC_SNP_VCEK, AMD("2"),
     RUN(0x04, 5, 'M', 'i', 'l', 'a', 'n'), VC_MALFORMED, "productName is no IA5String"},
    {"no microcode", VC_SNP_MILAN, VC_SNP_VCEK, AMD("3.8"), {}, VC_MALFORMED, "no extension"},
    {"microcode 256", VC_SNP_MILAN, VC_SNP_VCEK, AMD("3.8"), RUN(2, 2, 1, 0), VC_MALFORMED,
     "not a number up to 255"},
    {"microcode below zero", VC_SNP_MILAN, VC_SNP_VCEK, AMD("3.8"), RUN(2, 1, 0xdb), VC_MALFORMED,
     "not a number up to 255"},
    {"microcode not minimal", VC_SNP_MILAN, VC_SNP_VCEK, AMD("3.8"), RUN(2, 3, 0, 0, 0xdb),
     VC_MALFORMED, "not a number up to 255"},
    {"bytes after microcode", VC_SNP_MILAN, VC_SNP_VCEK, AMD("3.8"), RUN(2, 2, 0, 0xdb, 0),
     VC_MALFORMED, "not a number up to 255"},
    {"no reserved part", VC_SNP_MILAN, VC_SNP_VCEK, AMD("3.4"), {}, VC_OK, ""},
    {"reserved part", VC_SNP_MILAN, VC_SNP_VCEK, AMD("3.4"), RUN(2, 1, 1), VC_NOT_FOUND,
     "reported TCB reserved byte 0, the certificate there says 1"},
    {"no fmc", VC_SNP_TURIN, VC_SNP_VCEK, AMD("3.9"), {}, VC_MALFORMED, "no extension"},
    {"another fmc", VC_SNP_TURIN, VC_SNP_VCEK, AMD("3.9"), RUN(2, 1, 9), VC_NOT_FOUND,
     "reported TCB fmc 1, the certificate there says 9"},
    {"no hwID", VC_SNP_MILAN, VC_SNP_VCEK, AMD("4"), {}, VC_MALFORMED, "no hwID"},
    {"short hwID", VC_SNP_MILAN, VC_SNP_VCEK, AMD("4"), RUN(1, 2, 3, 4, 5, 6, 7, 8), VC_MALFORMED,
     "hwID of 8 bytes, 64 wanted"},
    {"long hwID",
     VC_SNP_TURIN,
     VC_SNP_VCEK,
     AMD("4"),
     {(const uint8_t[64]){}, 64},
     VC_MALFORMED,
     "hwID of 64 bytes, 8 wanted"},
    {"cspID of a chip", VC_SNP_MILAN, VC_SNP_VCEK, AMD("5"), RUN(0x16, 1, 'x'), VC_MALFORMED,
     "a VCEK with a cspID"},
    {"hwID of a cloud",
     VC_SNP_MILAN,
     VC_SNP_VLEK,
     AMD("4"),
     {(const uint8_t[64]){}, 64},
     VC_MALFORMED,
     "a VLEK with a hwID"},
    {"no cspID", VC_SNP_MILAN, VC_SNP_VLEK, AMD("5"), {}, VC_MALFORMED, "a VLEK without a cspID"},
};

static void test_odd_leaves(void **state)
{
    const struct scene *scene = *state;
    for (size_t i = 0; i < VC_COUNT(LEAF_ROWS); i++) {
        const struct leaf_row *row = &LEAF_ROWS[i];
        struct vc_snp_wish wish = vc_snp_wish_of(row->product, row->signer);
        vc_cleanup(vc_cert_freep) struct vc_cert *leaf =
            vc_snp_fixture_odd_leaf(&scene->amd, &wish, row->oid, row->value);
        vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
            scene_collateral_of(&scene->amd, row->product, leaf);
        uint8_t report[VC_SNP_REPORT_SIZE];

        vc_snp_fixture_report(&scene->amd, &wish, report);
        scene_expect(scene, VC_BYTES(report), collateral,
                     &(struct wanted){row->name, row->code, row->words});
    }
    (void)printf("# %zu rows\n", VC_COUNT(LEAF_ROWS));
}

/* hwID in an OCTET STRING, as some issues have it. */
static void test_wrapped_chip_id(void **state)
{
    const struct scene *scene = *state;
    for (size_t p = 0; p < VC_COUNT(SCENE_PRODUCTS); p++) {
        struct vc_snp_wish wish = vc_snp_wish_of(SCENE_PRODUCTS[p], VC_SNP_VCEK);
        size_t size = SCENE_PRODUCTS[p] == VC_SNP_TURIN ? 8 : 64;
        uint8_t wrapped[66] = {0x04, (uint8_t)size};
        vc_cleanup(vc_cert_freep) struct vc_cert *leaf = nullptr;
        vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
        uint8_t report[VC_SNP_REPORT_SIZE];

        memcpy(wrapped + 2, wish.chip, size);
        leaf = vc_snp_fixture_odd_leaf(&scene->amd, &wish, AMD("4"),
                                       (struct vc_bytes){wrapped, size + 2});
        collateral = scene_collateral_of(&scene->amd, SCENE_PRODUCTS[p], leaf);
        vc_snp_fixture_report(&scene->amd, &wish, report);
        scene_expect(scene, VC_BYTES(report), collateral, &(struct wanted){"wrapped", VC_OK, ""});
        report[0x1a0] ^= 1;
        vc_snp_fixture_sign(&scene->amd, &wish, report);
        scene_expect(scene, VC_BYTES(report), collateral,
                     &(struct wanted){"wrapped, another", VC_NOT_FOUND, "no VCEK"});
    }
}

/* B7: everything as AMD would have it, but for whose keys they are. */
static void test_b7_self_made_hierarchy(void **state)
{
    const struct scene *scene = *state;
    for (size_t p = 0; p < VC_COUNT(SCENE_PRODUCTS); p++) {
        for (size_t s = 0; s < VC_COUNT(SCENE_SIGNERS); s++) {
            struct vc_snp_wish wish = vc_snp_wish_of(SCENE_PRODUCTS[p], SCENE_SIGNERS[s]);
            vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
                vc_snp_fixture_collateral(&scene->forger, &wish);
            uint8_t report[VC_SNP_REPORT_SIZE];
            struct vc_claims claims;

            vc_snp_fixture_report(&scene->forger, &wish, report);
            assert_int_equal(scene_verify(scene, VC_BYTES(report), collateral, &claims, nullptr),
                             VC_UNTRUSTED);
            /* And with the true ones beside. */
            assert_int_equal(vc_collateral_add(collateral, "ask",
                                               vc_cert_der(scene->amd.lines[SCENE_PRODUCTS[p]].ask),
                                               nullptr),
                             VC_OK);
            assert_int_equal(
                vc_collateral_add(collateral, "ark",
                                  vc_cert_der(scene->forger.lines[SCENE_PRODUCTS[p]].ark), nullptr),
                VC_OK);
            assert_int_equal(scene_verify(scene, VC_BYTES(report), collateral, &claims, nullptr),
                             VC_UNTRUSTED);
            assert_int_equal(claims.passed, VC_STAGE_FORM);
        }
    }
}

/* Two certificates of the same name in between, one of them false: the true one is found. */
static void test_false_issuer_beside(void **state)
{
    const struct scene *scene = *state;
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_GENOA, VC_SNP_VCEK);
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = vc_snp_fixture_leaf(&scene->amd, &wish);
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
        scene_collateral_of(&scene->forger, VC_SNP_GENOA, leaf);
    uint8_t report[VC_SNP_REPORT_SIZE];

    vc_snp_fixture_report(&scene->amd, &wish, report);
    scene_expect(scene, VC_BYTES(report), collateral,
                 &(struct wanted){"false alone", VC_UNTRUSTED, "certificate SEV-"});
    assert_int_equal(vc_collateral_add(collateral, "ask",
                                       vc_cert_der(scene->amd.lines[VC_SNP_GENOA].ask), nullptr),
                     VC_OK);
    scene_expect(scene, VC_BYTES(report), collateral, &(struct wanted){"both", VC_OK, ""});
}

static void test_b7_product_mix(void **state)
{
    const struct scene *scene = *state;
    for (size_t p = 0; p < VC_COUNT(SCENE_PRODUCTS); p++) {
        for (size_t k = 0; k < VC_COUNT(SCENE_PRODUCTS); k++) {
            struct vc_snp_wish wish = vc_snp_wish_of(SCENE_PRODUCTS[p], VC_SNP_VCEK);
            struct vc_snp_wish other = wish;
            vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
            uint8_t report[VC_SNP_REPORT_SIZE];
            struct vc_claims claims;

            other.product = SCENE_PRODUCTS[k]; /* its issuer, with this chip and TCB */
            collateral = vc_snp_fixture_collateral(&scene->amd, &other);
            vc_snp_fixture_report(&scene->amd, &wish, report);
            assert_int_equal(scene_verify(scene, VC_BYTES(report), collateral, &claims, nullptr) ==
                                 VC_OK,
                             p == k);
        }
    }
}

static void test_validity(void **state)
{
    const struct scene *scene = *state;
    static const struct {
        int64_t from_now;
        const char *words; /* null: in time */
    } rows[] = {
        {-VC_SNP_FIXTURE_SPAN, nullptr},
        {VC_SNP_FIXTURE_SPAN, nullptr},
        {-VC_SNP_FIXTURE_SPAN - 1, "certificate SEV-VCEK: not valid before"},
        {VC_SNP_FIXTURE_SPAN + 1, "certificate SEV-VCEK: expired at"},
        {400 * 86400, "certificate SEV-Turin: expired at"},
        {-400 * 86400, "certificate SEV-Turin: not valid before"},
        {800 * 86400, "certificate ARK-Turin: expired at"},
        {-800 * 86400, "certificate ARK-Turin: not valid before"},
    };
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_TURIN, VC_SNP_VCEK);
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
        vc_snp_fixture_collateral(&scene->amd, &wish);
    uint8_t report[VC_SNP_REPORT_SIZE];

    vc_snp_fixture_report(&scene->amd, &wish, report);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_claims claims;
        struct vc_err err = {};
        enum vc_code code = scene_verify_at(scene, VC_BYTES(report), collateral,
                                            VC_SNP_FIXTURE_NOW + rows[i].from_now, &claims, &err);

        assert_int_equal(code, rows[i].words == nullptr ? VC_OK : VC_UNTRUSTED);
        if (rows[i].words != nullptr && strstr(err.text, rows[i].words) == nullptr)
            fail_msg("%s", err.text);
    }
}

static void add_list(struct vc_collateral *collateral, const struct vc_pki_key *signer,
                     const struct vc_cert *issuer, const struct vc_cert *revoked)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    const struct vc_pki_list list = {.issuer = issuer,
                                     .signer = signer,
                                     .scheme = VC_SCHEME_PS384,
                                     .this_update = VC_SNP_FIXTURE_NOW - 60,
                                     .next_update = VC_SNP_FIXTURE_NOW + 60,
                                     .revoked = &revoked,
                                     .revoked_count = revoked != nullptr};

    vc_pki_list(&list, &der);
    assert_int_equal(vc_collateral_add(collateral, "crl", vc_buffer_bytes(&der), nullptr), VC_OK);
}

static void test_a6_revoked_issuer(void **state)
{
    const struct scene *scene = *state;
    const struct vc_snp_fixture_line *line = &scene->amd.lines[VC_SNP_MILAN];
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);
    uint8_t report[VC_SNP_REPORT_SIZE];
    const struct {
        const char *name;
        const struct vc_pki_key *signer;
        const struct vc_cert *revoked;
        enum vc_code code;
    } rows[] = {
        {"nobody revoked", line->ark_key, nullptr, VC_OK},
        {"ASK revoked", line->ark_key, line->ask, VC_UNTRUSTED},
        {"by somebody else", line->ask_key, line->ask, VC_OK},
    };

    vc_snp_fixture_report(&scene->amd, &wish, report);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
            vc_snp_fixture_collateral(&scene->amd, &wish);

        add_list(collateral, rows[i].signer, line->ark, rows[i].revoked);
        scene_expect(scene, VC_BYTES(report), collateral,
                     &(struct wanted){rows[i].name, rows[i].code,
                                      "certificate SEV-Milan: revoked by its issuer ARK-Milan"});
    }
}

/* One chip at several TCBs, and other chips: the one leaf is found, and of two the one in time. */
static void test_leaf_among_many(void **state)
{
    const struct scene *scene = *state;
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
        vc_snp_fixture_collateral(&scene->amd, &wish);
    uint8_t report[VC_SNP_REPORT_SIZE];

    for (unsigned i = 0; i < 20; i++) {
        struct vc_snp_wish other = wish;
        vc_cleanup(vc_cert_freep) struct vc_cert *leaf = nullptr;

        if (i % 2 == 0)
            other.tcb[7] = (uint8_t)(200 + i);
        else
            other.chip[63] = (uint8_t)i;
        leaf = vc_snp_fixture_leaf(&scene->amd, &other);
        assert_int_equal(vc_collateral_add(collateral, "leaf", vc_cert_der(leaf), nullptr), VC_OK);
    }
    for (uint8_t microcode = 195; microcode < 225; microcode++) {
        bool there =
            microcode == 219 || (microcode >= 200 && microcode < 220 && microcode % 2 == 0);

        wish.tcb[7] = microcode;
        vc_snp_fixture_report(&scene->amd, &wish, report);
        scene_expect(
            scene, VC_BYTES(report), collateral,
            &(struct wanted){"microcode", there ? VC_OK : VC_NOT_FOUND, "wanted: https://"});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_odd_leaves),
        cmocka_unit_test(test_wrapped_chip_id),
        cmocka_unit_test(test_b7_self_made_hierarchy),
        cmocka_unit_test(test_false_issuer_beside),
        cmocka_unit_test(test_b7_product_mix),
        cmocka_unit_test(test_validity),
        cmocka_unit_test(test_a6_revoked_issuer),
        cmocka_unit_test(test_leaf_among_many),
    };

    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
