/* SPDX-License-Identifier: MIT */

/* Reports of a hierarchy made here: what no captured sample has. */

#include "evidence/snp_scene_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint64_t svn_of(const struct vc_claims *claims, const char *which, const char *part)
{
    for (size_t i = 0; i < claims->svn_count; i++) {
        if (strcmp(claims->svns[i].which, which) == 0 && strcmp(claims->svns[i].part, part) == 0)
            return claims->svns[i].value;
    }
    return UINT64_MAX;
}

static void check_claims(const struct vc_snp_wish *wish, const struct vc_claims *claims)
{
    struct vc_snp_layout layout = vc_snp_layout_of(wish->product);

    assert_int_equal(claims->platform, VC_PLATFORM_SNP);
    assert_int_equal(claims->tcb_status, VC_TCB_NOT_APPLICABLE);
    assert_memory_equal(claims->measurement.bytes, wish->measurement, 48);
    assert_int_equal(claims->measurement.size, 48);
    assert_memory_equal(claims->report_data.bytes, wish->report_data, 64);
    assert_int_equal(claims->report_data.size, 64);
    assert_int_equal(claims->machine.size, wish->signer == VC_SNP_VCEK ? 64 : 0);
    assert_memory_equal(claims->machine.bytes, wish->chip, claims->machine.size);
    for (size_t i = 0; i < layout.part_count; i++) {
        if (layout.parts[i].name != nullptr)
            assert_int_equal(svn_of(claims, "reported", layout.parts[i].name),
                             wish->tcb[layout.parts[i].index]);
    }
    assert_int_equal(svn_of(claims, "launch", "fmc") != UINT64_MAX, wish->product == VC_SNP_TURIN);
    assert_int_equal(svn_of(claims, "current", "abi"), 0x137);
    assert_int_equal(svn_of(claims, "committed", "build"), 29);
    assert_int_equal(svn_of(claims, "", "guest_svn"), wish->guest_svn);
}

/* Every product, signer, and version: 2 says nothing of its CPU. */
static void test_good_reports(void **state)
{
    const struct scene *scene = *state;
    for (size_t p = 0; p < VC_COUNT(SCENE_PRODUCTS); p++) {
        for (size_t s = 0; s < VC_COUNT(SCENE_SIGNERS); s++) {
            for (uint32_t version = 2; version <= 5; version++) {
                struct vc_snp_wish wish = vc_snp_wish_of(SCENE_PRODUCTS[p], SCENE_SIGNERS[s]);
                vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
                    vc_snp_fixture_collateral(&scene->amd, &wish);
                uint8_t report[VC_SNP_REPORT_SIZE];
                struct vc_claims claims;
                struct vc_err err = {};

                wish.version = version;
                wish.guest_svn = 7;
                vc_snp_fixture_report(&scene->amd, &wish, report);
                if (scene_verify(scene, VC_BYTES(report), collateral, &claims, &err) != VC_OK)
                    fail_msg("%s, version %u: %s", vc_snp_product_name(SCENE_PRODUCTS[p]), version,
                             err.text);
                check_claims(&wish, &claims);
            }
        }
    }
}

static void test_depth(void **state)
{
    const struct scene *scene = *state;
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
        vc_snp_fixture_collateral(&scene->amd, &wish);
    uint8_t report[VC_SNP_REPORT_SIZE];
    const struct vc_evidence evidence = {.platform = VC_PLATFORM_SNP, .bytes = VC_BYTES(report)};
    struct vc_verification verification = {.anchors = &scene->amd.anchors,
                                           .collateral = collateral,
                                           .now = VC_SNP_FIXTURE_NOW,
                                           .depth = VC_DEPTH_AUTHENTIC};
    struct vc_claims claims;
    struct vc_err err = {};

    vc_snp_fixture_report(&scene->amd, &wish, report);
    assert_int_equal(vc_snp_verify(&evidence, &verification, &claims, nullptr), VC_OK);
    assert_int_equal(claims.passed, VC_STAGE_AUTHENTIC);
    assert_int_equal(claims.tcb_status, VC_TCB_NOT_JUDGED);
    verification.anchors = vc_vendor_anchors(); /* AMD's own: nothing made here counts */
    assert_int_equal(vc_snp_verify(&evidence, &verification, &claims, &err), VC_NOT_FOUND);
    assert_int_equal(claims.passed, VC_STAGE_FORM);
    verification.anchors = &(struct vc_anchors){};
    assert_int_equal(vc_snp_verify(&evidence, &verification, &claims, &err), VC_UNTRUSTED);
    assert_string_equal(err.text, "no trust anchor for the product Milan");
}

/* A signed report with one run of bytes otherwise. */
struct report_row {
    const char *name;
    enum vc_code code;
    const char *words;
    size_t offset;
    struct vc_bytes bytes;
    uint32_t version; /* 0: the wish's */
};

static const struct report_row ROWS[] = {
    {"version 1", VC_MALFORMED, "report version 1; 2 to 5 are known", 0x000, RUN(1), 0},
    {"version 6", VC_MALFORMED, "report version 6; 2 to 5 are known", 0x000, RUN(6), 0},
    {"version 0x100", VC_MALFORMED, "report version 259", 0x001, RUN(1), 0},
    {"algorithm 0", VC_MALFORMED, "signature algorithm 0", 0x034, RUN(0), 0},
    {"algorithm 2", VC_MALFORMED, "signature algorithm 2", 0x034, RUN(2), 0},
    {"policy without bit 17", VC_MALFORMED, "guest policy 0x10000: bit 17", 0x00a, RUN(1), 0},
    {"policy bit 26", VC_MALFORMED, "guest policy 0x4030000", 0x00b, RUN(4), 0},
    {"policy bit 63", VC_MALFORMED, "none above 25", 0x00f, RUN(0x80), 0},
    {"policy bits 20 to 25", VC_OK, "", 0x00a, RUN(0xf3, 3), 0},
    {"ABI 1.55", VC_OK, "", 0x008, RUN(55, 1), 0},
    {"A4: debug", VC_UNTRUSTED, "debug guest: policy bit 19 set", 0x00a, RUN(0x0b), 0},
    {"migration agent", VC_UNTRUSTED, "migration agent may move the guest: policy bit 18", 0x00a,
     RUN(0x07), 0},
    {"VMPL 1", VC_OK, "", 0x030, RUN(1), 0},
    {"VMPL 3", VC_OK, "", 0x030, RUN(3), 0},
    {"VMPL 4", VC_UNTRUSTED, "VMPL 0x4: asked for by the host", 0x030, RUN(4), 0},
    {"host's report", VC_UNTRUSTED, "VMPL 0xffffffff: asked for by the host", 0x030,
     RUN(0xff, 0xff, 0xff, 0xff), 0},
    {"author's key", VC_OK, "", 0x048, RUN(1), 0},
    {"masked key, and signed", VC_OK, "", 0x048, RUN(2), 0},
    {"signing key 2", VC_MALFORMED, "key flags 0x8", 0x048, RUN(8), 0},
    {"signing key 7", VC_UNTRUSTED, "not signed: SIGNING_KEY says none", 0x048, RUN(0x1c), 0},
    {"key flag 5", VC_MALFORMED, "key flags 0x20", 0x048, RUN(0x20), 0},
    {"key flag 31", VC_MALFORMED, "key flags 0x80000000", 0x04b, RUN(0x80), 0},
    {"reserved 0x4c", VC_MALFORMED, "reserved bytes from 0x4c", 0x04f, RUN(1), 0},
    {"reserved 0x18b", VC_MALFORMED, "reserved bytes from 0x18b", 0x18b, RUN(1), 0},
    {"reserved 0x19f", VC_MALFORMED, "reserved bytes from 0x18b", 0x19f, RUN(1), 0},
    {"CPU in version 2", VC_MALFORMED, "reserved bytes from 0x188", 0x188, RUN(0x19), 2},
    {"reserved 0x1eb", VC_MALFORMED, "reserved bytes from 0x1eb", 0x1eb, RUN(1), 0},
    {"reserved 0x1ef", VC_MALFORMED, "reserved bytes from 0x1ef", 0x1ef, RUN(1), 0},
    {"mitigations in version 3", VC_MALFORMED, "reserved bytes from 0x1f8", 0x1f8, RUN(1), 3},
    {"mitigations in version 5", VC_OK, "", 0x1f8, RUN(1, 2, 3), 5},
    {"reserved 0x208", VC_MALFORMED, "reserved bytes from 0x208", 0x208, RUN(1), 5},
    {"reserved 0x29f", VC_MALFORMED, "reserved bytes from 0x208", 0x29f, RUN(1), 5},
    {"platform info", VC_OK, "", 0x040, RUN(0xff, 0xff), 0},
    {"CPU of nobody", VC_UNTRUSTED, "CPU family 0x1a model 0x50: not a product", 0x188,
     RUN(0x1a, 0x50), 0},
    {"CPU of an older family", VC_UNTRUSTED, "CPU family 0x17 model 0x31", 0x188, RUN(0x17, 0x31),
     0},
    {"Genoa's CPU, Milan's key", VC_NOT_FOUND, "no VCEK for chip", 0x188, RUN(0x19, 0x11), 0},
    {"Bergamo's CPU, Milan's key", VC_NOT_FOUND, "/vcek/v1/Genoa/", 0x188, RUN(0x19, 0xa0), 0},
    {"Turin's CPU, Milan's key", VC_NOT_FOUND, "/vcek/v1/Turin/", 0x188, RUN(0x1a, 0x11), 0},
    {"another chip", VC_NOT_FOUND, "no VCEK for chip ff", 0x1a0, RUN(0xff), 0},
    {"another chip's end", VC_NOT_FOUND, "no VCEK for chip", 0x1df, RUN(0xff), 0},
    {"masked chip", VC_OK, "", 0x1a0, {(const uint8_t[64]){}, 64}, 0},
    {"another bootloader", VC_NOT_FOUND, "reported TCB bootloader 5, the certificate there says 4",
     0x180, RUN(5), 0},
    {"another microcode", VC_NOT_FOUND,
     "reported TCB microcode 115, the certificate there says 219; wanted: https://kdsintf", 0x187,
     RUN(115), 0},
    {"another reserved part", VC_NOT_FOUND, "reported TCB reserved byte 1", 0x182, RUN(1), 0},
    {"committed TCB, which is the policy's", VC_OK, "", 0x1e0, RUN(1), 0},
};

static void test_rows(void **state)
{
    const struct scene *scene = *state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        const struct report_row *row = &ROWS[i];
        struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);
        vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
            vc_snp_fixture_collateral(&scene->amd, &wish);
        uint8_t report[VC_SNP_REPORT_SIZE];

        if (row->version != 0)
            wish.version = row->version;
        vc_snp_fixture_write(&wish, report);
        memcpy(report + row->offset, row->bytes.data, row->bytes.size);
        vc_snp_fixture_sign(&scene->amd, &wish, report);
        scene_expect(scene, VC_BYTES(report), collateral,
                     &(struct wanted){row->name, row->code, row->words});
    }
    (void)printf("# %zu rows\n", VC_COUNT(ROWS));
}

static void test_machine_of_a_masked_chip(void **state)
{
    const struct scene *scene = *state;
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_GENOA, VC_SNP_VCEK);
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
        vc_snp_fixture_collateral(&scene->amd, &wish);
    uint8_t report[VC_SNP_REPORT_SIZE];
    struct vc_claims claims;

    memset(wish.chip, 0, sizeof(wish.chip));
    vc_snp_fixture_report(&scene->amd, &wish, report);
    assert_int_equal(scene_verify(scene, VC_BYTES(report), collateral, &claims, nullptr), VC_OK);
    assert_int_equal(claims.machine.size, 0);
    report[0x50] ^= 1; /* no certificate there has signed this */
    scene_expect(scene, VC_BYTES(report), collateral,
                 &(struct wanted){"changed", VC_NOT_FOUND, "whose id is masked"});
    /* The host masks the key as well: nobody signed. */
    wish.flags = 2;
    vc_snp_fixture_write(&wish, report);
    scene_expect(scene, VC_BYTES(report), collateral,
                 &(struct wanted){"masked key", VC_UNTRUSTED,
                                  "its signature is zero, since the host masks the chip's key"});
}

/* A VLEK is not of a chip, even where the report names one. */
static void test_vlek(void **state)
{
    const struct scene *scene = *state;
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VLEK);
    struct vc_snp_wish chip = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
        vc_snp_fixture_collateral(&scene->amd, &wish);
    vc_cleanup(vc_collateral_freep) struct vc_collateral *vceks =
        vc_snp_fixture_collateral(&scene->amd, &chip);
    uint8_t report[VC_SNP_REPORT_SIZE];
    struct vc_claims claims;

    memcpy(wish.chip, chip.chip, sizeof(wish.chip));
    vc_snp_fixture_report(&scene->amd, &wish, report);
    assert_int_equal(scene_verify(scene, VC_BYTES(report), collateral, &claims, nullptr), VC_OK);
    assert_int_equal(claims.machine.size, 0);
    scene_expect(
        scene, VC_BYTES(report), vceks,
        &(struct wanted){
            "no VLEK", VC_NOT_FOUND,
            "no VLEK of Milan at TCB bootloader 4, tee 0, snp 24, microcode 219: the cloud"});
    vc_snp_fixture_report(&scene->amd, &chip, report);
    scene_expect(scene, VC_BYTES(report), collateral,
                 &(struct wanted){"no VCEK", VC_NOT_FOUND, "no VCEK for chip 0426"});
    scene_expect(scene, VC_BYTES(report), nullptr,
                 &(struct wanted){"nothing", VC_NOT_FOUND, "no VCEK for chip 0426"});
}

struct shown {
    size_t count;
    bool has_bad_row;
    bool stops;
    char debug[96];
    char fmc[32];
};

static enum vc_code show_row(void *user, const struct vc_field *field, struct vc_err *err)
{
    struct shown *shown = user;

    shown->count++;
    if (field->section[0] == '\0' || field->name[0] == '\0' || field->value[0] == '\0' ||
        field->meaning[0] == '\0')
        shown->has_bad_row = true;
    if (strcmp(field->name, "DEBUG") == 0)
        (void)snprintf(shown->debug, sizeof(shown->debug), "%s: %s", field->value, field->meaning);
    if (strcmp(field->name, "fmc") == 0)
        (void)snprintf(shown->fmc, sizeof(shown->fmc), "%s", field->value);
    return shown->stops ? vc_fail(err, VC_STATE, "enough") : VC_OK;
}

static void test_show(void **state)
{
    const struct scene *scene = *state;
    for (size_t p = 0; p < VC_COUNT(SCENE_PRODUCTS); p++) {
        struct vc_snp_wish wish = vc_snp_wish_of(SCENE_PRODUCTS[p], VC_SNP_VCEK);
        uint8_t report[VC_SNP_REPORT_SIZE];
        struct shown shown = {};
        const struct vc_field_sink sink = {show_row, &shown};
        struct vc_evidence evidence = {.platform = VC_PLATFORM_SNP, .bytes = VC_BYTES(report)};

        wish.policy |= VC_SNP_POLICY_DEBUG;
        vc_snp_fixture_report(&scene->amd, &wish, report);
        assert_int_equal(vc_snp_show(&evidence, &sink, nullptr), VC_OK);
        assert_in_range(shown.count, 55, 70);
        assert_false(shown.has_bad_row);
        assert_string_equal(shown.debug, "1: the host may decrypt the guest's memory: refused");
        assert_string_equal(shown.fmc, SCENE_PRODUCTS[p] == VC_SNP_TURIN ? "1" : "");
        memset(report, 0xff, sizeof(report)); /* nonsense is shown as well */
        shown = (struct shown){};
        assert_int_equal(vc_snp_show(&evidence, &sink, nullptr), VC_OK);
        assert_false(shown.has_bad_row);
        evidence.bytes.size--;
        assert_int_equal(vc_snp_show(&evidence, &sink, nullptr), VC_MALFORMED);
        evidence.bytes.size++;
        shown.stops = true;
        assert_int_equal(vc_snp_show(&evidence, &sink, nullptr), VC_STATE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_reports), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_rows),         cmocka_unit_test(test_machine_of_a_masked_chip),
        cmocka_unit_test(test_vlek),         cmocka_unit_test(test_show),
    };

    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
