/* SPDX-License-Identifier: MIT */

/* Recorded exchanges with configfs-tsm: what is made of them, what is refused, and that nothing
 * stays. */

#include "platform/tsm.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "platform/machine_fixture.h"

static uint8_t data[VC_SHA512_SIZE];
static uint8_t table[FAKE_TABLE_SIZE_MAX];
static size_t table_size;

static int prepare(void **)
{
    fake_data(data);
    table_size = fake_table(table);
    return 0;
}

static uint8_t large_table[FAKE_FILE_SIZE_MAX / 2];

static const struct tsm_row {
    const char *name;
    enum vc_platform_kind kind;
    struct fake_machine machine;
    enum vc_code expect;
    const char *text; /* in the error */
    bool with_table;
} tsm_rows[] = {
    {"report alone", VC_PLATFORM_SNP, {SEV}, VC_OK, "", false},
    {"report and table", VC_PLATFORM_SNP, {SEV}, VC_OK, "", true},
    {"no auxblob", VC_PLATFORM_SNP, {SEV, .no_auxblob = true}, VC_OK, "", false},
    {"quote", VC_PLATFORM_TDX, {TDX}, VC_OK, "", false},
    {"read one byte at a time", VC_PLATFORM_SNP, {SEV, .chunk = 1}, VC_OK, "", true},
    {"read seven bytes at a time", VC_PLATFORM_TDX, {TDX, .chunk = 7}, VC_OK, "", false},
    {"level 0", VC_PLATFORM_SNP, {SEV, .floor = "0\n"}, VC_OK, "", true},
    {"below a service module", VC_PLATFORM_SNP, {SEV, .floor = "2\n"}, VC_OK, "", true},
    {"level beyond all", VC_PLATFORM_SNP, {SEV, .floor = "4\n"}, VC_MALFORMED, "at most 3", false},
    {"level no number", VC_PLATFORM_SNP, {SEV, .floor = "-1\n"}, VC_MALFORMED, "no number", false},
    {"level empty", VC_PLATFORM_SNP, {SEV, .floor = ""}, VC_MALFORMED, "floor: empty", false},
    {"another writer, once", VC_PLATFORM_SNP, {SEV, .races = 1}, VC_OK, "", true},
    {"another writer, four times", VC_PLATFORM_TDX, {TDX, .races = 4}, VC_OK, "", false},
    {"another writer, always",
     VC_PLATFORM_SNP,
     {SEV, .races = 99},
     VC_STATE,
     "another process uses this report",
     false},
    {"inblob lost at close",
     VC_PLATFORM_SNP,
     {SEV, .silent_inblob = true},
     VC_HOST,
     "/outblob: Invalid argument",
     false},
    {"generation stands still",
     VC_PLATFORM_SNP,
     {SEV, .generation = "7\n"},
     VC_STATE,
     "from 7 to 7, while 1",
     false},
    {"generation no number",
     VC_PLATFORM_SNP,
     {SEV, .generation = "1e3\n"},
     VC_MALFORMED,
     "generation: `1e3` is no number",
     false},
    {"generation past 64 bits",
     VC_PLATFORM_SNP,
     {SEV, .generation = "18446744073709551616\n"},
     VC_MALFORMED,
     "is no number",
     false},
    {"generation of two lines",
     VC_PLATFORM_SNP,
     {SEV, .generation = "1\n2\n"},
     VC_MALFORMED,
     "not one word",
     false},
    {"snp asked of tdx",
     VC_PLATFORM_SNP,
     {TDX},
     VC_UNTRUSTED,
     "provider `tdx_guest` makes no evidence of snp",
     false},
    {"tdx asked of snp",
     VC_PLATFORM_TDX,
     {SEV},
     VC_UNTRUSTED,
     "provider `sev_guest` makes no evidence of tdx",
     false},
    {"unknown provider",
     VC_PLATFORM_SNP,
     {.provider = "arm_cca_guest"},
     VC_UNTRUSTED,
     "provider `arm_cca_guest`",
     false},
    {"provider too long",
     VC_PLATFORM_SNP,
     {.provider = "an_unreasonably_long_provider_name"},
     VC_LIMIT,
     "no name is that long",
     false},
    {"provider with a space",
     VC_PLATFORM_SNP,
     {.provider = "sev guest"},
     VC_MALFORMED,
     "not one word",
     false},
    {"no configfs-tsm", VC_PLATFORM_SNP, {}, VC_NOT_FOUND, "not in this kernel", false},
    {"no module",
     VC_PLATFORM_SNP,
     {SEV, .mkdir_errno = ENXIO, .mkdir_failures = 99},
     VC_NOT_FOUND,
     "no confidential machine's module",
     false},
    {"not root",
     VC_PLATFORM_SNP,
     {SEV, .mkdir_errno = EACCES, .mkdir_failures = 1},
     VC_HOST,
     "Permission denied",
     false},
    {"name taken twice",
     VC_PLATFORM_SNP,
     {SEV, .mkdir_errno = EEXIST, .mkdir_failures = 2},
     VC_OK,
     "",
     true},
    {"every name taken",
     VC_PLATFORM_SNP,
     {SEV, .mkdir_errno = EEXIST, .mkdir_failures = 99},
     VC_STATE,
     "File exists",
     false},
    {"report too large",
     VC_PLATFORM_TDX,
     {TDX, .report_size = 70000},
     VC_LIMIT,
     "/outblob: more than",
     false},
    {"report empty",
     VC_PLATFORM_TDX,
     {TDX, .empty_report = true},
     VC_HOST,
     "outblob: empty",
     false},
    {"table too large",
     VC_PLATFORM_SNP,
     {SEV, .table = large_table, .table_size = sizeof(large_table)},
     VC_LIMIT,
     "/auxblob: more than",
     false},
};

static void check_tsm(const struct tsm_row *row)
{
    struct fake_machine machine = row->machine;
    struct vc_device device = fake_device(&machine);
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    struct vc_err err = {};
    uint8_t report[FAKE_REPORT_SIZE], quote[FAKE_QUOTE_SIZE];

    if (row->with_table) {
        machine.table = table;
        machine.table_size = table_size;
    }
    fake_begin(&evidence);
    enum vc_code code = vc_tsm_produce(&device, row->kind, data, &evidence, &err);

    if (code != row->expect)
        fail_msg("%s: %s: %s", row->name, vc_code_name(code), err.text);
    fake_check_clean(row->name, &machine);
    if (code != VC_OK) {
        fake_check_refused(row->name, &evidence, &err, row->text);
        return;
    }
    fake_report(&machine, data, report);
    fake_quote(data, quote);
    fake_check_evidence(row->name, &evidence,
                        row->kind == VC_PLATFORM_TDX ? VC_BYTES(quote) : VC_BYTES(report),
                        (struct vc_bytes){table, row->with_table ? table_size : 0});
}

static void test_tsm(void **)
{
    for (size_t i = 0; i < VC_COUNT(tsm_rows); i++)
        check_tsm(&tsm_rows[i]);
}

/* The level goes into the report, where the verifier's policy looks for it. */
static void test_tsm_asks_for_a_level_that_the_kernel_has(void **)
{
    struct fake_machine machine = {SEV, .floor = "3\n"};
    struct vc_device device = fake_device(&machine);
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};

    assert_int_equal(vc_tsm_produce(&device, VC_PLATFORM_SNP, data, &evidence, nullptr), VC_OK);
    assert_int_equal(evidence.data[0x30], 3);
}

static void test_tsm_provider(void **)
{
    struct fake_machine machine = {TDX};
    struct vc_device device = fake_device(&machine);
    char provider[VC_TSM_PROVIDER_MAX];

    assert_int_equal(vc_tsm_provider(&device, provider, nullptr), VC_OK);
    assert_string_equal(provider, "tdx_guest");
    fake_check_clean("provider", &machine);
    assert_int_equal(machine.made, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tsm),
        cmocka_unit_test(test_tsm_asks_for_a_level_that_the_kernel_has),
        cmocka_unit_test(test_tsm_provider),
    };

    return cmocka_run_group_tests_name("tsm", tests, prepare, nullptr);
}
