/* SPDX-License-Identifier: MIT */

/* Recorded exchanges with /dev/sev-guest, /dev/tdx_guest and /dev/nsm. */

#include "platform/machine_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "platform/nsm.h"
#include "platform/sev_guest.h"
#include "platform/tdx_guest.h"

static uint8_t data[VC_SHA512_SIZE];
static uint8_t table[FAKE_TABLE_SIZE_MAX];
static size_t table_size;

static int prepare(void **)
{
    fake_data(data);
    table_size = fake_table(table);
    return 0;
}

static const struct sev_row {
    const char *name;
    struct fake_machine machine;
    enum vc_code expect;
    const char *text;
    bool with_table;
} sev_rows[] = {
    {"report alone", {.has_sev_guest = true}, VC_OK, "", false},
    {"report and table", {.has_sev_guest = true}, VC_OK, "", true},
    {"table that does not fit",
     {.has_sev_guest = true, .sev = FAKE_SEV_LONG_TABLE},
     VC_OK,
     "",
     false},
    {"no device", {}, VC_NOT_FOUND, "/dev/sev-guest: No such file", false},
    {"not root",
     {.has_sev_guest = true, .open_errno = EACCES},
     VC_HOST,
     "Permission denied",
     false},
    {"host busy",
     {.has_sev_guest = true, .sev = FAKE_SEV_BUSY},
     VC_STATE,
     "come again later",
     false},
    {"host refuses",
     {.has_sev_guest = true, .sev = FAKE_SEV_HOST_ERROR},
     VC_HOST,
     "the host refuses, error 77",
     false},
    {"firmware refuses",
     {.has_sev_guest = true, .sev = FAKE_SEV_FIRMWARE_ERROR},
     VC_HOST,
     "firmware refuses, status 0x27",
     false},
    {"firmware's status",
     {.has_sev_guest = true, .sev = FAKE_SEV_BAD_STATUS},
     VC_HOST,
     "firmware refuses, status 0x16",
     false},
    {"report of another size",
     {.has_sev_guest = true, .sev = FAKE_SEV_OTHER_SIZE},
     VC_MALFORMED,
     "report of 1185 bytes, 1184 wanted",
     false},
    {"report of other data",
     {.has_sev_guest = true, .sev = FAKE_SEV_OTHER_DATA},
     VC_MALFORMED,
     "of other data",
     false},
};

static void check_sev(const struct sev_row *row)
{
    struct fake_machine machine = row->machine;
    struct vc_device device = fake_device(&machine);
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    uint8_t report[FAKE_REPORT_SIZE];
    struct vc_err err = {};

    machine.table = table;
    machine.table_size = row->with_table ? table_size : 0;
    fake_begin(&evidence);
    enum vc_code code = vc_sev_guest_produce(&device, data, &evidence, &err);

    if (code != row->expect)
        fail_msg("%s: %s: %s", row->name, vc_code_name(code), err.text);
    fake_check_clean(row->name, &machine);
    if (code != VC_OK) {
        fake_check_refused(row->name, &evidence, &err, row->text);
        return;
    }
    fake_report(&machine, data, report);
    fake_check_evidence(row->name, &evidence, VC_BYTES(report),
                        (struct vc_bytes){table, row->with_table ? table_size : 0});
}

static void test_sev_guest(void **)
{
    for (size_t i = 0; i < VC_COUNT(sev_rows); i++)
        check_sev(&sev_rows[i]);
}

/* The table is the host's, who is not trusted: entry 0's offset and size. */
static const struct table_row {
    const char *name;
    uint32_t offset, size;
    enum vc_code expect;
} table_rows[] = {
    {"at the end", FAKE_TABLE_SIZE_MAX - 1, 1, VC_OK},
    {"empty at the end", FAKE_TABLE_SIZE_MAX, 0, VC_OK},
    {"over the entries", 0, 1, VC_OK},
    {"one byte past the end", FAKE_TABLE_SIZE_MAX - 1, 2, VC_MALFORMED},
    {"begins past the end", FAKE_TABLE_SIZE_MAX + 1, 0, VC_MALFORMED},
    {"greatest size", 72, UINT32_MAX, VC_MALFORMED},
    {"greatest offset", UINT32_MAX, 72, VC_MALFORMED},
    {"a sum that wraps", UINT32_MAX, UINT32_MAX, VC_MALFORMED},
};

static void test_hostile_tables(void **)
{
    for (size_t i = 0; i < VC_COUNT(table_rows); i++) {
        uint8_t hostile[FAKE_TABLE_SIZE_MAX];
        struct fake_machine machine = {
            .has_sev_guest = true, .table = hostile, .table_size = sizeof(hostile)};
        struct vc_device device = fake_device(&machine);
        vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};

        memcpy(hostile, table, sizeof(hostile));
        memcpy(hostile + 16, &table_rows[i].offset, 4);
        memcpy(hostile + 20, &table_rows[i].size, 4);
        enum vc_code code = vc_sev_guest_produce(&device, data, &evidence, nullptr);

        if (code != table_rows[i].expect)
            fail_msg("%s: %s", table_rows[i].name, vc_code_name(code));
        if (evidence.size > FAKE_REPORT_SIZE + FAKE_TABLE_SIZE_MAX)
            fail_msg("%s: %zu bytes", table_rows[i].name, evidence.size);
    }
}

static void test_table_without_end(void **)
{
    static uint8_t endless[FAKE_TABLE_SIZE_MAX];
    struct fake_machine machine = {
        .has_sev_guest = true, .table = endless, .table_size = sizeof(endless)};
    struct vc_device device = fake_device(&machine);
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    struct vc_err err = {};

    for (size_t i = 0; i < sizeof(endless); i += 24)
        endless[i] = 1;
    assert_int_equal(vc_sev_guest_produce(&device, data, &evidence, &err), VC_MALFORMED);
    assert_non_null(strstr(err.text, "without an end"));
}

static const struct tdx_row {
    const char *name;
    struct fake_machine machine;
    enum vc_code expect;
    const char *text;
} tdx_rows[] = {
    {"no quote", {.has_tdx_guest = true}, VC_NOT_FOUND, "no way to a quote"},
    {"says which machine", {.has_tdx_guest = true}, VC_NOT_FOUND, FAKE_MRTD},
    {"no device", {}, VC_NOT_FOUND, "/dev/tdx_guest: No such file"},
    {"not root", {.has_tdx_guest = true, .open_errno = EPERM}, VC_HOST, "not permitted"},
    {"other type", {.has_tdx_guest = true, .tdx_other_type = true}, VC_MALFORMED, "type 0x00"},
    {"other data", {.has_tdx_guest = true, .tdx_other_data = true}, VC_MALFORMED, "of other data"},
};

static void test_tdx_guest_explains(void **)
{
    for (size_t i = 0; i < VC_COUNT(tdx_rows); i++) {
        struct fake_machine machine = tdx_rows[i].machine;
        struct vc_device device = fake_device(&machine);
        struct vc_err err = {};

        if (vc_tdx_guest_explain(&device, &err) != tdx_rows[i].expect ||
            strstr(err.text, tdx_rows[i].text) == nullptr)
            fail_msg("%s: %s: %s", tdx_rows[i].name, vc_code_name(err.code), err.text);
        fake_check_clean(tdx_rows[i].name, &machine);
    }
}

#define ATTESTATION \
    "\xa1\x6b"      \
    "Attestation"
#define DOCUMENT \
    "\x68"       \
    "document"

static const struct nsm_row {
    const char *name, *answer;
    size_t size;
    enum vc_code expect;
    const char *text;
} nsm_rows[] = {
#define ANSWER(text) text, sizeof(text) - 1
    {"smallest", ANSWER(ATTESTATION "\xa1" DOCUMENT "\x41\x07"), VC_OK, ""},
    {"refusal",
     ANSWER("\xa1\x65"
            "Error\x70InvalidOperation"),
     VC_REFUSED, "`InvalidOperation`"},
    {"refusal without a word",
     ANSWER("\xa1\x65"
            "Error\x01"),
     VC_MALFORMED, "not an attestation"},
    {"refusal and more",
     ANSWER("\xa1\x65"
            "Error\x61x\x00"),
     VC_MALFORMED, "not an attestation"},
    {"empty document", ANSWER(ATTESTATION "\xa1" DOCUMENT "\x40"), VC_MALFORMED, ""},
    {"document as text", ANSWER(ATTESTATION "\xa1" DOCUMENT "\x61x"), VC_MALFORMED, ""},
    {"two entries",
     ANSWER(ATTESTATION "\xa2" DOCUMENT "\x41\x07\x69"
                        "documents\x41\x07"),
     VC_MALFORMED, ""},
    {"no entry", ANSWER(ATTESTATION "\xa0"), VC_MALFORMED, ""},
    {"another answer",
     ANSWER("\xa1\x69"
            "GetRandom\xa1\x66"
            "random\x41\x07"),
     VC_MALFORMED, ""},
    {"one byte more", ANSWER(ATTESTATION "\xa1" DOCUMENT "\x41\x07\x00"), VC_MALFORMED, ""},
    {"longer than it is", ANSWER(ATTESTATION "\xa1" DOCUMENT "\x5a\xff\xff\xff\xff\x07"),
     VC_MALFORMED, ""},
    {"an array", ANSWER("\x81\x41\x07"), VC_MALFORMED, ""},
    {"nothing", ANSWER(""), VC_MALFORMED, ""},
#undef ANSWER
};

static void test_nsm_answers(void **)
{
    for (size_t i = 0; i < VC_COUNT(nsm_rows); i++) {
        const struct nsm_row *row = &nsm_rows[i];
        struct fake_machine machine = {.has_nsm = true,
                                       .nsm_answer = (const uint8_t *)row->answer,
                                       .nsm_answer_size = row->size};
        struct vc_device device = fake_device(&machine);
        vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
        struct vc_err err = {};

        fake_begin(&evidence);
        enum vc_code code = vc_nsm_produce(&device, data, &evidence, &err);

        if (code != row->expect)
            fail_msg("%s: %s: %s", row->name, vc_code_name(code), err.text);
        fake_check_clean(row->name, &machine);
        if (code != VC_OK)
            fake_check_refused(row->name, &evidence, &err, row->text);
    }
}

static void test_nsm(void **)
{
    struct fake_machine machine = {.has_nsm = true};
    struct vc_device device = fake_device(&machine);
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};
    struct vc_err err = {};

    fake_begin(&evidence);
    fake_nsm_answer(data, &answer);
    assert_int_equal(vc_nsm_produce(&device, data, &evidence, &err), VC_OK);
    fake_check_evidence("nsm", &evidence, fake_nsm_document(&answer), (struct vc_bytes){});
    machine.nsm_claimed_size = 0x3001;
    assert_int_equal(vc_nsm_produce(&device, data, &evidence, &err), VC_MALFORMED);
    assert_string_equal(err.text, "/dev/nsm: answer of 12289 bytes, at most 12288");
    machine = (struct fake_machine){};
    assert_int_equal(vc_nsm_produce(&device, data, &evidence, &err), VC_NOT_FOUND);
}

static void test_nsm_answer_cut_at_every_byte(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};
    struct vc_bytes document;

    fake_nsm_answer(data, &answer);
    for (size_t size = 0; size < answer.size; size++)
        assert_int_equal(vc_nsm_parse((struct vc_bytes){answer.data, size}, &document, nullptr),
                         VC_MALFORMED);
    assert_int_equal(vc_nsm_parse(vc_buffer_bytes(&answer), &document, nullptr), VC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sev_guest),
        cmocka_unit_test(test_hostile_tables),
        cmocka_unit_test(test_table_without_end),
        cmocka_unit_test(test_tdx_guest_explains),
        cmocka_unit_test(test_nsm_answers),
        cmocka_unit_test(test_nsm),
        cmocka_unit_test(test_nsm_answer_cut_at_every_byte),
    };

    return cmocka_run_group_tests_name("guest_devices", tests, prepare, nullptr);
}
