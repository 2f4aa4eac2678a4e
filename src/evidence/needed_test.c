/* SPDX-License-Identifier: MIT */

/* What verifications took from the collateral, and that it is enough for one who has none. */

#include "evidence/needed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/dcap_scene_test.h"
#include "evidence/snp_fixture.h"

static constexpr size_t COUNT_MAX = 8; /* of certificates that anything here needs */

static int begin(void **state)
{
    static struct vc_snp_fixture amd;

    vc_snp_fixture_init(&amd, false);
    *state = &amd;
    return 0;
}

static int end(void **state)
{
    vc_snp_fixture_done(*state);
    return 0;
}

/* One verification: evidence, and all that it may rest on. */
struct trial {
    struct vc_evidence evidence;
    struct vc_verification verification;
};

/* Without collateral nobody can say yes; with what was needed alone everybody can. */
static void check_enough(const struct trial *trial, struct vc_bytes needed)
{
    vc_cleanup(vc_collateral_freep) struct vc_collateral *alone = nullptr;
    struct vc_verification verification = trial->verification;
    struct vc_claims claims;
    struct vc_err err = {};

    verification.depth = VC_DEPTH_AUTHENTIC;
    verification.needed = nullptr;
    verification.collateral = nullptr;
    assert_int_equal(vc_evidence_verify(&trial->evidence, &verification, &claims, &err),
                     VC_NOT_FOUND);
    assert_int_equal(vc_collateral_extend(nullptr, needed, COUNT_MAX, &alone, nullptr), VC_OK);
    verification.collateral = alone;
    if (vc_evidence_verify(&trial->evidence, &verification, &claims, &err) != VC_OK)
        fail_msg("not enough: %s", err.text);
}

/* Appends what is needed. */
static void verify(const struct trial *trial, struct vc_buffer *needed)
{
    struct vc_verification verification = trial->verification;
    struct vc_claims claims;
    struct vc_err err = {};

    verification.needed = needed;
    if (vc_evidence_verify(&trial->evidence, &verification, &claims, &err) != VC_OK)
        fail_msg("%s", err.text);
}

static void append(struct vc_buffer *out, const struct vc_cert *cert)
{
    assert_int_equal(vc_buffer_append(out, vc_cert_der(cert), nullptr), VC_OK);
}

/* Both issuers, one of which is needed. */
static struct vc_collateral *collateral_of(const struct vc_snp_fixture_line *line,
                                           const struct vc_cert *leaf)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer run = {};
    struct vc_collateral *made = nullptr;

    append(&run, line->asvk);
    append(&run, line->ask);
    append(&run, leaf);
    assert_int_equal(
        vc_collateral_extend(nullptr, vc_buffer_bytes(&run), COUNT_MAX, &made, nullptr), VC_OK);
    return made;
}

static void check_equal(const struct vc_buffer *a, const struct vc_buffer *b)
{
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->data, b->data, a->size);
}

static void try_snp(const struct vc_snp_fixture *amd, enum vc_snp_product product,
                    enum vc_snp_signer signer)
{
    const struct vc_snp_fixture_line *line = &amd->lines[product];
    struct vc_snp_wish wish = vc_snp_wish_of(product, signer);
    uint8_t report[VC_SNP_REPORT_SIZE];
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = vc_snp_fixture_leaf(amd, &wish);
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
        collateral_of(&amd->lines[wish.product], leaf);
    vc_cleanup(vc_buffer_done) struct vc_buffer needed = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer wanted = {};
    struct trial trial = {
        .evidence = {.platform = VC_PLATFORM_SNP, .bytes = {report, sizeof(report)}},
        .verification = {.anchors = &amd->anchors,
                         .collateral = collateral,
                         .now = VC_SNP_FIXTURE_NOW,
                         .depth = VC_DEPTH_JUDGED}};

    vc_snp_fixture_report(amd, &wish, report);
    verify(&trial, &needed);
    append(&wanted, leaf);
    append(&wanted, signer == VC_SNP_VCEK ? line->ask : line->asvk);
    check_equal(&needed, &wanted);
    check_enough(&trial, vc_buffer_bytes(&needed));
}

static void test_snp(void **state)
{
    static const enum vc_snp_product products[] = {VC_SNP_MILAN, VC_SNP_GENOA, VC_SNP_TURIN};

    for (size_t i = 0; i < VC_COUNT(products); i++) {
        try_snp(*state, products[i], VC_SNP_VCEK);
        try_snp(*state, products[i], VC_SNP_VLEK);
    }
}

/* The host's table has the leaf: no need of another one. If it has another TCB's, there is. */
static void test_snp_with_table(void **state)
{
    const struct vc_snp_fixture *amd = *state;
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK), old = wish;
    uint8_t report[VC_SNP_REPORT_SIZE];
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = vc_snp_fixture_leaf(amd, &wish);
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
        collateral_of(&amd->lines[wish.product], leaf);

    old.tcb[7]--;
    vc_snp_fixture_report(amd, &wish, report);
    for (int is_old = 0; is_old < 2; is_old++) {
        vc_cleanup(vc_cert_freep) struct vc_cert *in_table =
            vc_snp_fixture_leaf(amd, is_old ? &old : &wish);
        vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer needed = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer wanted = {};

        assert_int_equal(vc_buffer_append(&evidence, VC_BYTES(report), nullptr), VC_OK);
        vc_snp_fixture_table(in_table, &evidence);
        struct trial trial = {
            .evidence = {.platform = VC_PLATFORM_SNP, .bytes = vc_buffer_bytes(&evidence)},
            .verification = {.anchors = &amd->anchors,
                             .collateral = collateral,
                             .now = VC_SNP_FIXTURE_NOW,
                             .depth = VC_DEPTH_JUDGED}};

        verify(&trial, &needed);
        if (is_old)
            append(&wanted, leaf);
        append(&wanted, amd->lines[wish.product].ask);
        check_equal(&needed, &wanted);
        check_enough(&trial, vc_buffer_bytes(&needed));
    }
}

/* A quote that only names its processor, and one that brings its chain. */
static void test_tdx(void **)
{
    for (int carried = 0; carried < 2; carried++) {
        struct vc_dcap_order order = vc_dcap_fixture_order(VC_DCAP_SCENE_NOW);
        vc_cleanup(vc_dcap_scene_unmake) struct vc_dcap_scene scene;
        vc_cleanup(vc_buffer_done) struct vc_buffer needed = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer wanted = {};

        if (carried == 0)
            order.certification = VC_QUOTE_PPID_PLAIN;
        vc_dcap_scene_make(&scene, &order, VC_DCAP_FAULT_PCK_IN_COLLATERAL);
        struct trial trial = {
            .evidence = {.platform = VC_PLATFORM_TDX, .bytes = vc_buffer_bytes(&scene.quote)},
            .verification = {.anchors = &scene.fixture.anchors,
                             .collateral = scene.collateral,
                             .now = VC_DCAP_SCENE_NOW,
                             .depth = VC_DEPTH_JUDGED}};

        verify(&trial, &needed);
        if (carried == 1) {
            assert_int_equal(needed.size, 0);
            continue;
        }
        append(&wanted, scene.fixture.pck);
        append(&wanted, scene.fixture.ca);
        check_equal(&needed, &wanted);
        check_enough(&trial, vc_buffer_bytes(&needed));
    }
}

/* There is an end to it, and what was there before stays. */
static void test_bound(void **state)
{
    const struct vc_snp_fixture *amd = *state;
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);
    uint8_t report[VC_SNP_REPORT_SIZE];
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = vc_snp_fixture_leaf(amd, &wish);
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
        collateral_of(&amd->lines[wish.product], leaf);
    size_t both = vc_cert_der(leaf).size + vc_cert_der(amd->lines[VC_SNP_MILAN].ask).size;
    struct vc_evidence evidence = {VC_PLATFORM_SNP, {report, sizeof(report)}, {}};

    vc_snp_fixture_report(amd, &wish, report);
    for (size_t over = 0; over < 2; over++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer needed = {};
        struct vc_claims claims;

        assert_int_equal(vc_buffer_reserve(&needed, VC_NEEDED_SIZE_MAX, nullptr), VC_OK);
        needed.size = VC_NEEDED_SIZE_MAX - both + over;
        memset(needed.data, 0, needed.size);
        assert_int_equal(vc_evidence_verify(&evidence,
                                            &(struct vc_verification){.anchors = &amd->anchors,
                                                                      .collateral = collateral,
                                                                      .now = VC_SNP_FIXTURE_NOW,
                                                                      .depth = VC_DEPTH_JUDGED,
                                                                      .needed = &needed},
                                            &claims, nullptr),
                         over == 0 ? VC_OK : VC_LIMIT);
        assert_true(needed.size <= VC_NEEDED_SIZE_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snp),
        cmocka_unit_test(test_snp_with_table),
        cmocka_unit_test(test_tdx),
        cmocka_unit_test(test_bound),
    };

    return cmocka_run_group_tests_name("needed", tests, begin, end);
}
