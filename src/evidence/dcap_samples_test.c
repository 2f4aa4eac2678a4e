/* SPDX-License-Identifier: MIT */

/* Genuine quotes of TDX and SGX that others published, with genuine collateral. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/instant.h"
#include "crypto/public_key.h"
#include "evidence/dcap_internal.h"
#include "evidence/samples_test.h"
#include "evidence/tcb_info.h"

static const char EXTRA[] = "extra bytes"; /* of a sample that somebody lengthened for a test */
static const char SIGNER[] = "Intel SGX TCB Signing";

/* A sample's quote, in binary and without what was put behind it. */
struct sample {
    const char *name;
    enum vc_platform_kind platform;
    struct vc_buffer bytes;
    struct vc_buffer room;
    struct vc_quote quote;
};

static int64_t instant(const char *text)
{
    int64_t seconds;

    assert_int_equal(vc_instant_parse(text, &seconds, nullptr), VC_OK);
    return seconds;
}

/* When the certificates of all samples are valid. */
static int64_t common_time(void)
{
    return instant("2026-02-01T15:00:00Z");
}

static void open_sample(struct sample *sample, const char *file, enum vc_platform_kind platform)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer file_bytes = {};
    struct vc_err err = {};
    const uint8_t *extra;

    *sample = (struct sample){.name = file, .platform = platform};
    vc_samples_load(file, &file_bytes);
    extra = memmem(file_bytes.data, file_bytes.size, EXTRA, strlen(EXTRA));
    if (extra != nullptr) {
        assert_int_equal(
            vc_quote_parse(vc_buffer_bytes(&file_bytes), &sample->room, &sample->quote, nullptr),
            VC_MALFORMED);
        file_bytes.size = (size_t)(extra - file_bytes.data) - 1; /* behind a line end */
    }
    if (vc_hex_decode(vc_buffer_bytes(&file_bytes), &sample->bytes, nullptr) != VC_OK)
        assert_int_equal(vc_buffer_append(&sample->bytes, vc_buffer_bytes(&file_bytes), nullptr),
                         VC_OK);
    if (vc_quote_parse(vc_buffer_bytes(&sample->bytes), &sample->room, &sample->quote, &err) !=
        VC_OK)
        fail_msg("%s: %s", file, err.text);
}

static void close_sample(struct sample *sample)
{
    vc_buffer_done(&sample->bytes);
    vc_buffer_done(&sample->room);
}

/* Opens the index-th of the manifest if it is one of ours. */
static bool open_entry(const struct vc_samples *samples, size_t index, struct sample *sample)
{
    struct vc_json_place entry = vc_samples_entry(samples, index);
    const char *platform = vc_samples_text(&entry, "platform");

    if (platform == nullptr || (strcmp(platform, "tdx") != 0 && strcmp(platform, "sgx") != 0))
        return false;
    open_sample(sample, vc_samples_text(&entry, "evidence"),
                strcmp(platform, "tdx") == 0 ? VC_PLATFORM_TDX : VC_PLATFORM_SGX);
    return true;
}

static enum vc_code verify_at(const struct sample *sample, struct vc_bytes bytes,
                              const struct vc_collateral *collateral, int64_t now,
                              struct vc_claims *claims, struct vc_err *err)
{
    const struct vc_evidence evidence = {.platform = sample->platform, .bytes = bytes};
    const struct vc_verification verification = {.anchors = vc_vendor_anchors(),
                                                 .collateral = collateral,
                                                 .now = now,
                                                 .depth = collateral == nullptr ? VC_DEPTH_AUTHENTIC
                                                                                : VC_DEPTH_JUDGED};

    return vc_evidence_verify(&evidence, &verification, claims, err);
}

/* ------------------------------------------------------------------------------------- claims */

static void compare(const char *sample, const struct vc_json_place *entry, const char *path,
                    const struct vc_octets *value)
{
    const char *wanted = vc_samples_text(entry, path);
    char hex[VC_OCTETS_HEX_MAX] = "absent";

    if (wanted == nullptr)
        return;
    if (value != nullptr)
        vc_octets_hex(value, hex);
    if (strcmp(hex, wanted) != 0)
        fail_msg("%s: %s is %s, %s wanted", sample, path, hex, wanted);
}

static void compare_claims(const char *sample, const struct vc_json_place *entry,
                           const struct vc_claims *claims)
{
    static const struct {
        const char *path, *name;
    } registers[] = {
        {"fmspc", "fmspc"},
        {"claims.rtmr0", "rtmr0"},
        {"claims.rtmr1", "rtmr1"},
        {"claims.rtmr2", "rtmr2"},
        {"claims.rtmr3", "rtmr3"},
        {"claims.mrseam", "mrseam"},
        {"claims.mrsignerseam", "mrsignerseam"},
        {"claims.seamattr", "seamattributes"},
        {"claims.td_attributes", "tdattributes"},
        {"claims.xfam", "xfam"},
        {"claims.mrconfigid", "mrconfigid"},
        {"claims.mrowner", "mrowner"},
        {"claims.mrownerconfig", "mrownerconfig"},
        {"claims.tee_tcb_svn", "tee_tcb_svn"},
        {"claims.tee_tcb_svn2", "tee_tcb_svn_2"},
        {"claims.mrservicetd", "mrservicetd"},
        {"claims.mrsigner", "mrsigner"},
        {"claims.cpusvn", "cpusvn"},
        {"claims.attributes", "attributes"},
    };

    compare(sample, entry, "claims.mrtd", &claims->measurement);
    compare(sample, entry, "claims.mrenclave", &claims->measurement);
    compare(sample, entry, "claims.report_data", &claims->report_data);
    for (size_t i = 0; i < VC_COUNT(registers); i++)
        compare(sample, entry, registers[i].path, vc_claims_register(claims, registers[i].name));
}

static void test_claims(void **)
{
    struct vc_samples samples;
    size_t accepted = 0, debug = 0;

    vc_samples_open(&samples);
    for (size_t i = 0; i < samples.count; i++) {
        struct vc_json_place entry = vc_samples_entry(&samples, i);
        struct vc_claims claims;
        struct vc_err err = {};
        struct sample sample;
        enum vc_code code;

        if (!open_entry(&samples, i, &sample))
            continue;
        code = verify_at(&sample, vc_buffer_bytes(&sample.bytes), nullptr, common_time(), &claims,
                         &err);
        if (strcmp(vc_samples_text(&entry, "verdict"), "reject:debug") == 0) {
            assert_int_equal(code, VC_UNTRUSTED);
            assert_memory_equal(err.text, "debug ", 6);
            assert_true(claims.debug);
            debug++;
        } else {
            if (code != VC_OK)
                fail_msg("%s: %s", sample.name, err.text);
            compare_claims(sample.name, &entry, &claims);
            assert_int_equal(claims.machine.size, VC_SHA256_SIZE);
            accepted++;
        }
        close_sample(&sample);
    }
    vc_samples_done(&samples);
    assert_in_range(accepted, 10, 1000);
    (void)printf("# claims of %zu quotes compared; %zu debug refused\n", accepted, debug);
}

/* ------------------------------------------------------------------------------------ verdicts */

static const char PHALA_TDX[] = "tdx/phala_tdx_quote_collateral.json";
static const char PHALA_LATER[] = "tdx/phala_tdx_quote_outdated_collateral.json";
static const char PHALA_SGX[] = "sgx/phala_sgx_quote_collateral.json";
static const char SUMMER_TCB[] = "tdx/collateral/automata_tcb_info_v3_with_tdx_module.json";
static const char SUMMER_LIST[] = "intel-roots/automata_pck_platform_crl.der";

static const struct verdict {
    const char *quote;
    enum vc_platform_kind platform;
    const char *collateral[3];
    const char *time;
    enum vc_code code;
    enum vc_tcb_status status;
    const char *text;
} verdicts[] = {
    {"tdx/phala_tdx_quote",
     VC_PLATFORM_TDX,
     {PHALA_TDX},
     "2025-06-19T12:00:00Z",
     VC_OK,
     VC_TCB_UP_TO_DATE,
     ""},
    {"tdx/phala_tdx_quote",
     VC_PLATFORM_TDX,
     {PHALA_TDX},
     "2025-06-19T10:16:02Z",
     VC_UNTRUSTED,
     0,
     "issued at 2025-06-19T10:16:03Z"},
    {"tdx/phala_tdx_quote",
     VC_PLATFORM_TDX,
     {PHALA_TDX},
     "2025-07-19T10:16:03Z",
     VC_UNTRUSTED,
     0,
     "expired at 2025-07-19T"},
    {"tdx/phala_tdx_quote",
     VC_PLATFORM_TDX,
     {PHALA_LATER},
     "2026-02-19T12:00:00Z",
     VC_NOT_FOUND,
     0,
     "no TCB info for FMSPC b0c06f000000"},
    {"tdx/phala_tdx_quote",
     VC_PLATFORM_TDX,
     {PHALA_SGX},
     "2025-06-19T12:00:00Z",
     VC_NOT_FOUND,
     0,
     "no revocation list of Intel SGX PCK Platform CA"},
    {"tdx/phala_tdx-quote.hex",
     VC_PLATFORM_TDX,
     {PHALA_TDX},
     "2025-06-19T12:00:00Z",
     VC_UNTRUSTED,
     0,
     "(NoMatch)"},
    {"tdx/phala_quote-from-tappd.hex",
     VC_PLATFORM_TDX,
     {PHALA_TDX},
     "2025-06-19T12:00:00Z",
     VC_UNTRUSTED,
     0,
     "(NoMatch)"},
    {"tdx/phala_tdx_quote_outdated",
     VC_PLATFORM_TDX,
     {PHALA_LATER},
     "2026-02-19T12:00:00Z",
     VC_UNTRUSTED,
     0,
     "(NoMatch)"},
    {"tdx/gotdx_quote_v5_sample.dat",
     VC_PLATFORM_TDX,
     {PHALA_LATER},
     "2026-02-19T12:00:00Z",
     VC_OK,
     VC_TCB_UP_TO_DATE,
     ""},
    {"tdx/automata_alibaba_quote_5.dat",
     VC_PLATFORM_TDX,
     {PHALA_LATER},
     "2026-02-19T12:00:00Z",
     VC_OK,
     VC_TCB_OUT_OF_DATE,
     ""},
    {"tdx/automata_tdx_quote_5.dat",
     VC_PLATFORM_TDX,
     {PHALA_LATER},
     "2026-02-19T12:00:00Z",
     VC_UNTRUSTED,
     0,
     "(NoMatch)"},
    {"tdx/gotdx_cos113_quote.dat",
     VC_PLATFORM_TDX,
     {SUMMER_TCB, SUMMER_LIST, PHALA_TDX},
     "2025-07-08T12:00:00Z",
     VC_OK,
     VC_TCB_UP_TO_DATE,
     ""},
    {"tdx/automata_quote_tdx.bin",
     VC_PLATFORM_TDX,
     {SUMMER_TCB, SUMMER_LIST, PHALA_TDX},
     "2025-07-08T12:00:00Z",
     VC_OK,
     VC_TCB_OUT_OF_DATE,
     ""},
    {"sgx/phala_sgx_quote",
     VC_PLATFORM_SGX,
     {PHALA_SGX},
     "2025-06-19T12:00:00Z",
     VC_OK,
     VC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
     ""},
    {"sgx/automata_quote_sgx.bin",
     VC_PLATFORM_SGX,
     {PHALA_SGX},
     "2025-06-19T12:00:00Z",
     VC_UNTRUSTED,
     0,
     "debug enclave"},
};

static void test_verdicts(void **)
{
    for (size_t i = 0; i < VC_COUNT(verdicts); i++) {
        const struct verdict *row = &verdicts[i];
        vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
        struct vc_claims claims;
        struct vc_err err = {};
        struct sample sample;
        enum vc_code code;

        assert_int_equal(vc_collateral_new(&collateral, nullptr), VC_OK);
        for (size_t j = 0; j < VC_COUNT(row->collateral) && row->collateral[j] != nullptr; j++)
            vc_samples_add(collateral, row->collateral[j]);
        open_sample(&sample, row->quote, row->platform);
        code = verify_at(&sample, vc_buffer_bytes(&sample.bytes), collateral, instant(row->time),
                         &claims, &err);
        if (code != row->code || (code == VC_OK && claims.tcb_status != row->status) ||
            strstr(err.text, row->text) == nullptr)
            fail_msg("%s at %s: %s, %s, %s", row->quote, row->time, vc_code_name(code),
                     vc_tcb_status_name(claims.tcb_status), err.text);
        close_sample(&sample);
    }
    (void)printf("# %zu verdicts with collateral\n", VC_COUNT(verdicts));
}

static void test_event_log(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer log = {};
    struct vc_verification verification = {.anchors = vc_vendor_anchors(), .now = common_time()};
    struct vc_evidence evidence = {.platform = VC_PLATFORM_TDX};
    struct vc_claims claims;
    struct vc_err err = {};
    struct sample sample;

    open_sample(&sample, "tdx/gotdx_cos113_quote.dat", VC_PLATFORM_TDX);
    vc_samples_load("tdx/gotdx_cos113_ccel_data.dat", &log);
    evidence.bytes = vc_buffer_bytes(&sample.bytes);
    evidence.event_log = vc_buffer_bytes(&log);
    assert_int_equal(vc_evidence_verify(&evidence, &verification, &claims, &err), VC_OK);
    close_sample(&sample);
    open_sample(&sample, "tdx/phala_tdx_quote", VC_PLATFORM_TDX);
    evidence.bytes = vc_buffer_bytes(&sample.bytes);
    assert_int_equal(vc_evidence_verify(&evidence, &verification, &claims, &err), VC_UNTRUSTED);
    assert_memory_equal(err.text, "event log: replays to RTMR0 ", 28);
    assert_int_equal(claims.passed, VC_STAGE_FORM);
    close_sample(&sample);
}

/* -------------------------------------------------------------------------------------- levels */

/* The documents' signatures are all by one key, whose certificate was renewed. */
static struct vc_public_key *signing_key(void)
{
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
    struct vc_public_key *key = nullptr;
    const struct vc_cert *const *certs;
    size_t count;

    assert_int_equal(vc_collateral_new(&collateral, nullptr), VC_OK);
    vc_samples_add(collateral, PHALA_TDX);
    count = vc_collateral_certs(collateral, &certs);
    for (size_t i = 0; i < count && key == nullptr; i++) {
        if (strcmp(vc_cert_common_name(certs[i]), SIGNER) == 0)
            assert_int_equal(vc_public_key_of_cert(certs[i], &key, nullptr), VC_OK);
    }
    assert_non_null(key);
    return key;
}

static void check_platform(const struct vc_json_place *row, const struct vc_tcb_info *info,
                           const struct vc_pck *pck, const struct sample *sample)
{
    const struct vc_td_report *td =
        sample->platform == VC_PLATFORM_TDX ? &sample->quote.td : nullptr;
    const char *wanted = vc_samples_text(row, "platform_tcb");
    const char *module_wanted = vc_samples_text(row, "module");
    const struct vc_tcb_level *level = nullptr;
    const struct vc_pcs_level *module = nullptr;
    enum vc_code code = vc_tcb_info_find_level(info, pck, td, &level, nullptr);

    if (strcmp(wanted, "NoMatch") == 0) {
        assert_int_equal(code, VC_UNTRUSTED);
    } else {
        assert_int_equal(code, VC_OK);
        assert_string_equal(vc_tcb_status_name(level->statement.status), wanted);
        assert_non_null(strstr(level->statement.words, vc_samples_text(row, "tcb_date")));
    }
    if (td == nullptr)
        return;
    assert_int_equal(vc_tcb_info_check_module(info, td, &module, nullptr), VC_OK);
    if (module_wanted == nullptr)
        assert_null(module);
    else
        assert_string_equal(vc_tcb_status_name(module->statement.status), module_wanted);
}

/* One row of the manifest: this quote on the levels of that file. False: the file is not there. */
static bool check_row(const struct vc_json_place *row, const struct sample *sample,
                      const struct vc_public_key *key)
{
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
    vc_cleanup(vc_tcb_info_freep) struct vc_tcb_info *info = nullptr;
    vc_cleanup(vc_dcap_certs_done) struct vc_dcap_certs certs = {};
    const struct vc_document *documents;
    struct vc_json_place member;
    char path[4096];
    struct vc_pck pck;
    bool genuine;
    size_t at = 0;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", vc_samples_folder(),
                   vc_samples_text(row, "collateral"));
    file = fopen(path, "re");
    if (file == nullptr)
        return false;
    (void)fclose(file);
    assert_int_equal(vc_collateral_new(&collateral, nullptr), VC_OK);
    vc_samples_add(collateral, vc_samples_text(row, "collateral"));
    assert_in_range(vc_collateral_documents(collateral, &documents), 1, 2);
    at = documents[0].kind == VC_DOCUMENT_TCB_INFO ? 0 : 1;
    assert_int_equal(documents[at].kind, VC_DOCUMENT_TCB_INFO);
    assert_int_equal(vc_json_member(row, "collateral_sig_ok", &member, nullptr), VC_OK);
    assert_int_equal(vc_json_boolean(&member, &genuine, nullptr), VC_OK);
    if ((vc_public_key_verify(key, VC_SCHEME_ES256, documents[at].body, documents[at].signature,
                              nullptr) == VC_OK) != genuine)
        fail_msg("%s: signature", vc_samples_text(row, "collateral"));
    assert_int_equal(vc_tcb_info_parse(documents[at].body, &info, nullptr), VC_OK);
    assert_int_equal(vc_dcap_certs_parse(&sample->quote, &certs, nullptr), VC_OK);
    assert_int_equal(vc_pck_parse(certs.items[0], &pck, nullptr), VC_OK);
    check_platform(row, info, &pck, sample);
    return true;
}

static void test_levels(void **)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    struct vc_samples samples;
    size_t checked = 0, absent = 0;

    vc_samples_open(&samples);
    key = signing_key();
    for (size_t i = 0; i < samples.count; i++) {
        struct vc_json_place entry = vc_samples_entry(&samples, i);
        struct vc_json_place list;
        struct sample sample;

        if (!open_entry(&samples, i, &sample))
            continue;
        assert_int_equal(vc_json_member(&entry, "tcb", &list, nullptr), VC_OK);
        for (size_t j = 0; j < vc_json_count(&list); j++) {
            struct vc_json_place row = vc_json_element(&list, j);

            if (check_row(&row, &sample, key))
                checked++;
            else
                absent++;
        }
        close_sample(&sample);
    }
    vc_samples_done(&samples);
    assert_in_range(checked, 10, 1000);
    (void)printf("# %zu quotes on levels of %s; %zu files of the manifest are absent\n", checked,
                 "TCB info as the manifest says", absent);
}

/* --------------------------------------------------------------------------------------- bytes */

static void test_bit_flips(void **)
{
    struct vc_samples samples;
    size_t flips = 0, quotes = 0;

    vc_samples_open(&samples);
    for (size_t i = 0; i < samples.count; i++) {
        struct vc_claims claims;
        struct sample sample;
        size_t size;

        if (!open_entry(&samples, i, &sample))
            continue;
        /* Up to the certificates' text, which is not signed as text. */
        size = (size_t)(sample.quote.certification_data.data - sample.bytes.data);
        assert_in_range(size, 1000, 2000);
        for (size_t bit = 0; bit < 8 * size; bit++, flips++) {
            sample.bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (verify_at(&sample, vc_buffer_bytes(&sample.bytes), nullptr, common_time(), &claims,
                          nullptr) == VC_OK)
                fail_msg("%s: bit %zu of byte %zu", sample.name, bit % 8, bit / 8);
            sample.bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        quotes++;
        close_sample(&sample);
    }
    vc_samples_done(&samples);
    (void)printf("# %zu bit flips in %zu quotes refused\n", flips, quotes);
}

static void test_truncations(void **)
{
    struct vc_samples samples;
    size_t cuts = 0, quotes = 0;

    vc_samples_open(&samples);
    for (size_t i = 0; i < samples.count; i++) {
        struct vc_claims claims;
        struct sample sample;
        size_t whole;

        if (!open_entry(&samples, i, &sample))
            continue;
        whole = sample.bytes.size - sample.quote.padding;
        for (size_t size = 0; size < whole; size++, cuts++) {
            uint8_t *copy = malloc(size > 0 ? size : 1);

            assert_non_null(copy);
            memcpy(copy, sample.bytes.data, size);
            assert_int_equal(verify_at(&sample, (struct vc_bytes){copy, size}, nullptr,
                                       common_time(), &claims, nullptr),
                             VC_MALFORMED);
            free(copy);
        }
        quotes++;
        close_sample(&sample);
    }
    vc_samples_done(&samples);
    (void)printf("# %zu truncations of %zu quotes refused\n", cuts, quotes);
}

static enum vc_code look(void *user, const struct vc_field *field, struct vc_err *)
{
    assert_true(field->name[0] != '\0' && field->value[0] != '\0' && field->meaning[0] != '\0');
    (*(size_t *)user)++;
    return VC_OK;
}

static void test_show(void **)
{
    struct vc_samples samples;

    vc_samples_open(&samples);
    for (size_t i = 0; i < samples.count; i++) {
        size_t count = 0;
        const struct vc_field_sink sink = {look, &count};
        struct vc_evidence evidence;
        struct sample sample;

        if (!open_entry(&samples, i, &sample))
            continue;
        evidence = (struct vc_evidence){.platform = sample.platform,
                                        .bytes = vc_buffer_bytes(&sample.bytes)};
        assert_int_equal(vc_evidence_show(&evidence, &sink, nullptr), VC_OK);
        assert_in_range(count, 50, 100);
        close_sample(&sample);
    }
    vc_samples_done(&samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claims),      cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_event_log),   cmocka_unit_test(test_levels),
        cmocka_unit_test(test_truncations), cmocka_unit_test(test_bit_flips),
        cmocka_unit_test(test_show),
    };

    return cmocka_run_group_tests_name("dcap_samples", tests, nullptr, nullptr);
}
