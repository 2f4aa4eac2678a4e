/* SPDX-License-Identifier: MIT */

/* Every captured report: what it says is what its manifest says, and nothing that was changed, cut,
 * or put beside another chip's certificate is believed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/chain.h"
#include "evidence/samples_test.h"
#include "evidence/snp.h"
#include "evidence/snp_leaf.h"
#include "evidence/snp_report.h"

static constexpr size_t SAMPLES_MAX = 64;

struct sample {
    const char *name;
    const char *verdict;
    struct vc_json_place entry;
    struct vc_buffer evidence;
    struct vc_collateral *collateral; /* its leaf alone: what lies above is compiled in */
    const struct vc_cert *leaf;
    int64_t now; /* while its leaf is valid */
};

static struct vc_samples samples;
static struct sample all[SAMPLES_MAX];
static size_t count;

static void take(const struct vc_json_place *entry)
{
    struct sample *sample = &all[count++];
    const struct vc_cert *const *certs;

    assert_in_range(count, 1, SAMPLES_MAX);
    sample->entry = *entry;
    sample->name = vc_samples_text(entry, "name");
    sample->verdict = vc_samples_text(entry, "verdict");
    vc_samples_load(vc_samples_text(entry, "evidence"), &sample->evidence);
    assert_int_equal(vc_collateral_new(&sample->collateral, nullptr), VC_OK);
    vc_samples_add(sample->collateral, vc_samples_text(entry, "leaf"));
    assert_int_equal(vc_collateral_certs(sample->collateral, &certs), 1);
    sample->leaf = certs[0];
    sample->now = vc_cert_not_before(certs[0]) + 1;
}

/* Once, by whichever test is first; skips where there is nothing. */
static void load(void)
{
    if (vc_samples_folder() == nullptr || count > 0)
        return;
    vc_samples_open(&samples);
    for (size_t i = 0; i < samples.count; i++) {
        struct vc_json_place entry = vc_samples_entry(&samples, i);

        if (strcmp(vc_samples_text(&entry, "platform"), "sev-snp") == 0)
            take(&entry);
    }
    assert_in_range(count, 1, SAMPLES_MAX);
}

static int unload(void **state)
{
    for (size_t i = 0; i < count; i++) {
        vc_buffer_done(&all[i].evidence);
        vc_collateral_free(all[i].collateral);
    }
    vc_samples_done(&samples);
    (void)state;
    return 0;
}

static enum vc_code verify(const struct sample *sample, struct vc_bytes bytes, int64_t now,
                           struct vc_claims *claims, struct vc_err *err)
{
    const struct vc_evidence evidence = {.platform = VC_PLATFORM_SNP, .bytes = bytes};
    const struct vc_verification verification = {.anchors = vc_vendor_anchors(),
                                                 .collateral = sample->collateral,
                                                 .now = now,
                                                 .depth = VC_DEPTH_JUDGED};

    return vc_snp_verify(&evidence, &verification, claims, err);
}

static void check_octets(const struct sample *sample, const char *path, struct vc_octets octets)
{
    char hex[VC_OCTETS_HEX_MAX];
    const char *wanted = vc_samples_text(&sample->entry, path);

    vc_octets_hex(&octets, hex);
    assert_non_null(wanted);
    if (strcmp(hex, wanted) != 0)
        fail_msg("%s: %s: %s, the manifest says %s", sample->name, path, hex, wanted);
}

static void check_register(const struct sample *sample, const struct vc_claims *claims,
                           const char *name)
{
    const struct vc_octets *value = vc_claims_register(claims, name);
    char path[64];

    assert_non_null(value);
    (void)snprintf(path, sizeof(path), "claims.%s", name);
    check_octets(sample, path, *value);
}

static uint64_t svn_of(const struct vc_claims *claims, const char *which, const char *part)
{
    for (size_t i = 0; i < claims->svn_count; i++) {
        if (strcmp(claims->svns[i].which, which) == 0 && strcmp(claims->svns[i].part, part) == 0)
            return claims->svns[i].value;
    }
    fail_msg("no version of %s %s", which, part);
    return 0;
}

/* The manifest has a TCB as one number, the microcode's byte first. All captured reports are of
 * Milan or Genoa. */
static void check_tcb(const struct sample *sample, const struct vc_claims *claims,
                      const char *which)
{
    static const struct {
        const char *part;
        unsigned index;
    } parts[] = {{"bootloader", 0}, {"tee", 1}, {"snp", 6}, {"microcode", 7}};
    char path[64];
    uint8_t wanted[VC_SNP_TCB_SIZE];

    (void)snprintf(path, sizeof(path), "claims.%s_tcb", which);
    assert_int_equal(
        vc_hex_parse(vc_samples_text(&sample->entry, path), wanted, sizeof(wanted), nullptr),
        VC_OK);
    for (size_t i = 0; i < VC_COUNT(parts); i++)
        assert_int_equal(svn_of(claims, which, parts[i].part), wanted[parts[i].index]);
}

static void check_claims(const struct sample *sample, const struct vc_claims *claims)
{
    static const char *const registers[] = {"host_data", "id_key_digest", "author_key_digest",
                                            "report_id", "family_id",     "image_id"};
    static const char *const tcbs[] = {"current", "reported", "committed", "launch"};
    int64_t number = 0;

    check_octets(sample, "claims.measurement", claims->measurement);
    check_octets(sample, "claims.report_data", claims->report_data);
    if (claims->machine.size > 0)
        check_octets(sample, "claims.chip_id", claims->machine);
    else
        assert_string_equal(vc_cert_common_name(sample->leaf), "SEV-VLEK");
    for (size_t i = 0; i < VC_COUNT(registers); i++)
        check_register(sample, claims, registers[i]);
    for (size_t i = 0; i < VC_COUNT(tcbs); i++)
        check_tcb(sample, claims, tcbs[i]);
    assert_true(vc_samples_number(&sample->entry, "claims.guest_svn", &number));
    assert_int_equal(svn_of(claims, "", "guest_svn"), number);
    assert_true(vc_samples_number(&sample->entry, "vmpl", &number));
    assert_int_equal(claims->vmpl, number);
    assert_true(vc_samples_number(&sample->entry, "debug", &number));
    assert_int_equal(claims->debug, number);
}

static void check_sample(const struct sample *sample)
{
    struct vc_claims claims;
    struct vc_err err = {};
    enum vc_code code =
        verify(sample, vc_buffer_bytes(&sample->evidence), sample->now, &claims, &err);

    if (strcmp(sample->verdict, "accept") == 0) {
        if (code != VC_OK)
            fail_msg("%s: %s", sample->name, err.text);
        assert_int_equal(claims.passed, VC_STAGE_JUDGED);
        assert_int_equal(claims.tcb_status, VC_TCB_NOT_APPLICABLE);
        check_claims(sample, &claims);
    } else if (strcmp(sample->verdict, "reject:debug") == 0) {
        assert_int_equal(code, VC_UNTRUSTED);
        assert_string_equal(err.text, "debug guest: policy bit 19 set");
        assert_int_equal(claims.passed, VC_STAGE_AUTHENTIC);
        check_claims(sample, &claims);
    } else {
        assert_string_equal(sample->verdict, "reject:signature");
        assert_true(code == VC_NOT_FOUND || code == VC_UNTRUSTED);
        assert_int_equal(claims.passed, VC_STAGE_FORM);
    }
    (void)printf("# %s: %s%s%s\n", sample->name, sample->verdict, code == VC_OK ? "" : ": ",
                 err.text);
}

static void test_manifest(void **state)
{
    load();
    for (size_t i = 0; i < count; i++)
        check_sample(&all[i]);
    (void)printf("# %zu samples\n", count);
    (void)state;
}

static bool is_genuine(const struct sample *sample)
{
    return strcmp(sample->verdict, "reject:signature") != 0;
}

/* As bytes, whatever form it was captured in. */
static void to_binary(const struct sample *sample, struct vc_buffer *report)
{
    struct vc_bytes bytes = vc_buffer_bytes(&sample->evidence);

    if (bytes.size == VC_SNP_REPORT_SIZE)
        assert_int_equal(vc_buffer_append(report, bytes, nullptr), VC_OK);
    else
        assert_int_equal(vc_hex_decode(bytes, report, nullptr), VC_OK);
    assert_int_equal(report->size, VC_SNP_REPORT_SIZE);
}

/* Signed, signature and reserved ones alike. */
static void test_every_bit(void **state)
{
    size_t flips = 0;

    load();
    for (size_t i = 0; i < count; i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer report = {};
        struct vc_claims claims;

        if (!is_genuine(&all[i]))
            continue;
        to_binary(&all[i], &report);
        for (size_t bit = 0; bit < 8 * VC_SNP_REPORT_SIZE; bit++) {
            report.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (verify(&all[i], vc_buffer_bytes(&report), all[i].now, &claims, nullptr) == VC_OK)
                fail_msg("%s: bit %zu of byte 0x%zx", all[i].name, bit % 8, bit / 8);
            report.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            flips++;
        }
    }
    (void)printf("# %zu bit flips refused\n", flips);
    (void)state;
}

static void test_every_length(void **state)
{
    size_t cuts = 0;

    load();
    for (size_t i = 0; i < count; i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer longer = {};
        struct vc_bytes whole = vc_buffer_bytes(&all[i].evidence);
        struct vc_claims claims;

        for (size_t size = 0; size < whole.size; size++) {
            assert_int_equal(
                verify(&all[i], (struct vc_bytes){whole.data, size}, all[i].now, &claims, nullptr),
                VC_MALFORMED);
            cuts++;
        }
        assert_int_equal(vc_buffer_append(&longer, whole, nullptr), VC_OK);
        assert_int_equal(vc_buffer_append_text(&longer, "0", nullptr), VC_OK);
        assert_int_equal(verify(&all[i], vc_buffer_bytes(&longer), all[i].now, &claims, nullptr),
                         VC_MALFORMED);
    }
    (void)printf("# %zu truncations refused\n", cuts);
    (void)state;
}

static void test_leaves_of_others(void **state)
{
    size_t pairs = 0;

    load();
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            struct sample mixed = all[i];
            struct vc_claims claims;
            struct vc_bytes own = vc_cert_der(all[i].leaf);
            struct vc_bytes other = vc_cert_der(all[k].leaf);

            mixed.collateral = all[k].collateral;
            if (!is_genuine(&all[i]) ||
                (own.size == other.size && memcmp(own.data, other.data, own.size) == 0))
                continue;
            assert_int_not_equal(
                verify(&mixed, vc_buffer_bytes(&mixed.evidence), all[k].now, &claims, nullptr),
                VC_OK);
            pairs++;
        }
    }
    (void)printf("# %zu pairs of report and another chip's certificate refused\n", pairs);
    (void)state;
}

/* All leaves at once: the right one is found. */
static void test_leaf_among_many(void **state)
{
    struct vc_collateral *pile = nullptr;

    load();
    assert_int_equal(vc_collateral_new(&pile, nullptr), VC_OK);
    for (size_t i = 0; i < count; i++)
        vc_samples_add(pile, vc_samples_text(&all[i].entry, "leaf"));
    vc_samples_add(pile, "sev-snp/virtee_turin_vcek.der");
    for (size_t i = 0; i < count; i++) {
        struct sample among = all[i];
        struct vc_claims claims;

        among.collateral = pile;
        if (strcmp(among.verdict, "accept") == 0)
            assert_int_equal(
                verify(&among, vc_buffer_bytes(&among.evidence), among.now, &claims, nullptr),
                VC_OK);
    }
    vc_collateral_free(pile);
    (void)state;
}

/* To the second, of the leaf and of what is compiled in above it. */
static void test_every_validity(void **state)
{
    size_t edges = 0;

    load();
    for (size_t i = 0; i < count; i++) {
        struct vc_certs between = vc_vendor_certificates();
        const struct vc_anchors *anchors = vc_vendor_anchors();
        const struct vc_cert *path[64] = {all[i].leaf};
        size_t size = 1;
        struct vc_claims claims;

        if (strcmp(all[i].verdict, "accept") != 0)
            continue;
        for (size_t k = 0; k < between.count; k++)
            path[size++] = between.items[k];
        for (size_t k = 0; k < anchors->root_count; k++)
            path[size++] = anchors->roots[k].cert;
        assert_int_equal(verify(&all[i], vc_buffer_bytes(&all[i].evidence),
                                vc_cert_not_before(path[0]), &claims, nullptr),
                         VC_OK);
        assert_int_equal(verify(&all[i], vc_buffer_bytes(&all[i].evidence),
                                vc_cert_not_after(path[0]), &claims, nullptr),
                         VC_OK);
        for (size_t k = 0; k < size; k++) {
            const int64_t times[] = {vc_cert_not_before(path[k]) - 1,
                                     vc_cert_not_after(path[k]) + 1};

            for (size_t t = 0; t < VC_COUNT(times); t++, edges++) {
                struct vc_err err = {};

                if (times[t] >= vc_cert_not_before(path[0]) &&
                    times[t] <= vc_cert_not_after(path[0]))
                    continue;
                assert_int_equal(
                    verify(&all[i], vc_buffer_bytes(&all[i].evidence), times[t], &claims, &err),
                    VC_UNTRUSTED);
                assert_true(strstr(err.text, "expired at") != nullptr ||
                            strstr(err.text, "not valid before") != nullptr);
            }
        }
    }
    (void)printf("# %zu edges of validity\n", edges);
    (void)state;
}

/* There is no report of a Turin, but a certificate: it is read, and leads to its root. */
static void test_certificate_of_a_turin(void **state)
{
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
    const struct vc_anchors *anchors = vc_vendor_anchors();
    struct vc_certs between = vc_vendor_certificates();
    const struct vc_cert *const *certs;
    struct vc_snp_leaf leaf;
    size_t roots = 0;

    load();
    assert_int_equal(vc_collateral_new(&collateral, nullptr), VC_OK);
    vc_samples_add(collateral, "sev-snp/virtee_turin_vcek.der");
    assert_int_equal(vc_collateral_certs(collateral, &certs), 1);
    assert_int_equal(vc_snp_leaf_parse(certs[0], &leaf, nullptr), VC_OK);
    assert_int_equal(leaf.kind, VC_SNP_VCEK);
    assert_int_equal(leaf.product, VC_SNP_TURIN);
    assert_int_equal(leaf.chip.size, VC_SNP_SHORT_ID_SIZE);
    assert_int_equal(leaf.tcb[7], 9);
    for (size_t i = 0; i < anchors->root_count; i++) {
        const struct vc_chain chain = {.anchor = anchors->roots[i].cert,
                                       .others = between.items,
                                       .other_count = between.count,
                                       .now = vc_cert_not_before(certs[0])};

        roots += vc_chain_check(&chain, certs[0], nullptr) == VC_OK;
    }
    assert_int_equal(roots, 1);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manifest),
        cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_leaves_of_others),
        cmocka_unit_test(test_leaf_among_many),
        cmocka_unit_test(test_every_validity),
        cmocka_unit_test(test_certificate_of_a_turin),
    };

    return cmocka_run_group_tests(tests, nullptr, unload);
}
