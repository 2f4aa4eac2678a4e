/* SPDX-License-Identifier: MIT */

/* The door to evidence: which way is chosen, and that whatever the kernel does there is the right
 * evidence or none, and nothing stays open or behind. */

#include "platform/produce.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/evidence.h"
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

static const struct fault_row {
    const char *name;
    enum vc_platform_kind kind;
    struct fake_machine machine;
} fault_rows[] = {
    {"snp by configfs-tsm", VC_PLATFORM_SNP, {SEV, .floor = "1\n", .chunk = 600}},
    {"tdx by configfs-tsm", VC_PLATFORM_TDX, {TDX}},
    {"snp by /dev/sev-guest", VC_PLATFORM_SNP, {.has_sev_guest = true}},
    {"nitro", VC_PLATFORM_NITRO, {.has_nsm = true}},
};

static void open_producer(const char *name, enum vc_platform_kind kind,
                          const struct vc_device *device, struct vc_producer **producer)
{
    struct vc_producer_setup setup = {.device = device};
    struct vc_err err = {};

    if (vc_producer_open(kind, &setup, producer, &err) != VC_OK)
        fail_msg("%s: %s", name, err.text);
}

/* The evidence when all goes well. */
static void make_reference(const struct fault_row *row, struct vc_buffer *evidence,
                           unsigned *call_count)
{
    struct fake_machine machine = row->machine;
    struct vc_device device = fake_device(&machine);
    vc_cleanup(vc_producer_freep) struct vc_producer *producer = nullptr;

    machine.table = table;
    machine.table_size = table_size;
    open_producer(row->name, row->kind, &device, &producer);
    machine.calls = 0;
    fake_begin(evidence);
    assert_int_equal(vc_produce(producer, data, evidence, nullptr), VC_OK);
    *call_count = machine.calls;
}

struct fault {
    unsigned at, count;
    int reason;
};

/* Either the same evidence or none, and nothing is left but an entry that could not be removed. */
static bool check_fault(const struct fault_row *row, const struct fault *fault,
                        const struct vc_buffer *reference)
{
    struct fake_machine machine = row->machine;
    struct vc_device device = fake_device(&machine);
    vc_cleanup(vc_producer_freep) struct vc_producer *producer = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    struct vc_err err = {};
    bool removing_failed;

    machine.table = table;
    machine.table_size = table_size;
    open_producer(row->name, row->kind, &device, &producer);
    machine.calls = 0;
    machine.fault_at = fault->at;
    machine.fault_count = fault->count;
    machine.fault_errno = fault->reason;
    fake_begin(&evidence);
    enum vc_code code = vc_produce(producer, data, &evidence, &err);

    removing_failed = machine.calls < fault->at + fault->count;
    assert_int_equal(machine.open_files, 0);
    if (!removing_failed)
        assert_int_equal(machine.entries, 0);
    if (code != VC_OK) {
        fake_check_refused(row->name, &evidence, &err, "");
        assert_true(err.text[0] != '\0');
        return false;
    }
    assert_int_equal(evidence.size, reference->size);
    assert_memory_equal(evidence.data, reference->data, reference->size);
    return true;
}

/* ENOENT is not among them: that of privlevel_floor or auxblob says that the platform has none. */
static void test_every_call_fails_once(void **)
{
    static const int reasons[] = {EIO, EINTR, EAGAIN, EACCES, ENOMEM};

    for (size_t i = 0; i < VC_COUNT(fault_rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer reference = {};
        unsigned call_count = 0;

        make_reference(&fault_rows[i], &reference, &call_count);
        assert_true(call_count >= 3);
        for (unsigned at = 1; at <= call_count; at++) {
            for (size_t k = 0; k < VC_COUNT(reasons); k++) {
                struct fault fault = {at, 1, reasons[k]};
                bool made = check_fault(&fault_rows[i], &fault, &reference);

                if (!made && reasons[k] == EINTR)
                    fail_msg("%s: interrupted once, in call %u, and gave up", fault_rows[i].name,
                             at);
            }
        }
    }
}

/* Signals without end are an error in the end. */
static void test_interrupted_for_ever(void **)
{
    for (size_t i = 0; i < VC_COUNT(fault_rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer reference = {};
        struct fault fault = {1, 1'000'000, EINTR};
        unsigned call_count = 0;

        make_reference(&fault_rows[i], &reference, &call_count);
        assert_false(check_fault(&fault_rows[i], &fault, &reference));
    }
}

/* ---- the door ---- */

enum { NOTHING = 0 };

static const struct find_row {
    const char *name;
    struct fake_machine machine;
    enum vc_platform_kind wanted[3];
    int chosen;       /* enum vc_platform_kind; NOTHING: refused */
    const char *text; /* the way, or in the refusal */
} find_rows[] = {
    {"nothing special", {}, {VC_PLATFORM_PROCESS}, VC_PLATFORM_PROCESS, "a key of this machine"},
    {"snp wanted, nothing there",
     {},
     {VC_PLATFORM_SNP},
     NOTHING,
     "the policy accepts snp; this machine offers process"},
    {"two wanted, nothing there",
     {},
     {VC_PLATFORM_TDX, VC_PLATFORM_SNP},
     NOTHING,
     "the policy accepts tdx, snp; this machine offers process"},
    {"nothing wanted", {SEV}, {}, NOTHING, "the policy accepts nothing"},
    {"what no container can be", {SEV}, {VC_PLATFORM_SGX}, NOTHING, "accepts sgx"},
    {"snp", {SEV}, {VC_PLATFORM_PROCESS, VC_PLATFORM_SNP}, VC_PLATFORM_SNP, "configfs-tsm"},
    {"snp, and weak is wanted",
     {SEV},
     {VC_PLATFORM_PROCESS},
     VC_PLATFORM_PROCESS,
     "a key of this machine"},
    {"older kernel",
     {.has_sev_guest = true},
     {VC_PLATFORM_PROCESS, VC_PLATFORM_SNP},
     VC_PLATFORM_SNP,
     "/dev/sev-guest"},
    {"both ways", {SEV, .has_sev_guest = true}, {VC_PLATFORM_SNP}, VC_PLATFORM_SNP, "configfs-tsm"},
    {"tdx",
     {TDX, .has_tdx_guest = true},
     {VC_PLATFORM_PROCESS, VC_PLATFORM_SNP, VC_PLATFORM_TDX},
     VC_PLATFORM_TDX,
     "configfs-tsm"},
    {"tdx without quotes",
     {.has_tdx_guest = true},
     {VC_PLATFORM_TDX, VC_PLATFORM_PROCESS},
     VC_PLATFORM_PROCESS,
     "a key of this machine"},
    {"nitro",
     {.has_nsm = true},
     {VC_PLATFORM_PROCESS, VC_PLATFORM_NITRO},
     VC_PLATFORM_NITRO,
     "/dev/nsm"},
};

static void check_find(const struct find_row *row)
{
    struct fake_machine machine = row->machine;
    struct vc_device device = fake_device(&machine);
    vc_cleanup(vc_producer_freep) struct vc_producer *producer = nullptr;
    struct vc_offers offers;
    enum vc_platform_kind kind = VC_PLATFORM_PSA;
    struct vc_err err = {};
    size_t count = 0;

    while (count < VC_COUNT(row->wanted) && row->wanted[count] != 0)
        count++;
    vc_producer_find(&device, &offers);
    fake_check_clean(row->name, &machine);
    enum vc_code code = vc_producer_choose(&offers, row->wanted, count, &kind, &err);

    if (row->chosen == NOTHING) {
        if (code != VC_REFUSED || strstr(err.text, row->text) == nullptr)
            fail_msg("%s: %s: %s", row->name, vc_code_name(code), err.text);
        return;
    }
    if (code != VC_OK || (int)kind != row->chosen)
        fail_msg("%s: %s, %s, wanted %s", row->name, err.text, vc_platform_name(kind),
                 vc_platform_name((enum vc_platform_kind)row->chosen));
    open_producer(row->name, kind, &device, &producer);
    assert_int_equal(vc_producer_kind(producer), kind);
    assert_string_equal(vc_producer_way(producer), row->text);
}

static void test_find_and_choose(void **)
{
    for (size_t i = 0; i < VC_COUNT(find_rows); i++)
        check_find(&find_rows[i]);
}

/* The order is what makes the choice the strongest. */
static void test_offers_begin_with_the_strongest(void **)
{
    struct fake_machine machine = {};
    struct vc_device device = fake_device(&machine);
    struct vc_offers offers;

    vc_producer_find(&device, &offers);
    assert_true(offers.count >= 4);
    for (size_t i = 0; i < offers.count; i++) {
        assert_int_equal(offers.items[i].usable, offers.items[i].kind == VC_PLATFORM_PROCESS);
        assert_true(offers.items[i].detail[0] != '\0');
        if (i > 0)
            assert_true(vc_platform_isolation(offers.items[i - 1].kind) >=
                        vc_platform_isolation(offers.items[i].kind));
    }
}

/* What is there and forbidden is said rather than what is not there. */
static void test_the_reason_that_helps(void **)
{
    struct fake_machine machine = {SEV, .mkdir_errno = EACCES, .mkdir_failures = 99};
    struct vc_device device = fake_device(&machine);
    struct vc_producer_setup setup = {.device = &device};
    vc_cleanup(vc_producer_freep) struct vc_producer *producer = nullptr;
    struct vc_err err = {};

    assert_int_equal(vc_producer_open(VC_PLATFORM_SNP, &setup, &producer, &err), VC_HOST);
    assert_non_null(strstr(err.text, "platform snp: /sys/kernel/config/tsm/report"));
    assert_non_null(strstr(err.text, "Permission denied"));
    assert_int_equal(vc_producer_open(VC_PLATFORM_SGX, &setup, &producer, &err), VC_NOT_FOUND);
    assert_non_null(strstr(err.text, "containers have no platform `sgx`"));
    assert_null(producer);
}

/* Finds the one machine key as a public one. */
static const struct vc_public_key *endorsed(void *user, enum vc_platform_kind platform,
                                            struct vc_bytes)
{
    return platform == VC_PLATFORM_PROCESS ? user : nullptr;
}

static void test_process(void **)
{
    struct fake_machine machine = {};
    struct vc_device device = fake_device(&machine);
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_public_key_freep) struct vc_public_key *public = nullptr;
    vc_cleanup(vc_producer_freep) struct vc_producer *producer = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    uint8_t measurement[VC_SHA256_SIZE] = {1, 2, 3};
    struct vc_claims claims;

    assert_int_equal(vc_key_new(&key, nullptr), VC_OK);
    assert_int_equal(vc_key_encode_public_der(key, &pem, nullptr), VC_OK);
    assert_int_equal(vc_public_key_parse_der(vc_buffer_bytes(&pem), &public, nullptr), VC_OK);
    struct vc_producer_setup setup = {
        .device = &device, .machine_key = key, .measurement = measurement};
    struct vc_anchors anchors = {.endorsed = endorsed, .user = public};
    struct vc_verification verification = {
        .anchors = &anchors, .now = 1'800'000'000, .depth = VC_DEPTH_JUDGED};

    assert_int_equal(vc_producer_open(VC_PLATFORM_PROCESS, &setup, &producer, nullptr), VC_OK);
    assert_int_equal(vc_produce(producer, data, &evidence, nullptr), VC_OK);
    struct vc_evidence token = {.platform = VC_PLATFORM_PROCESS,
                                .bytes = vc_buffer_bytes(&evidence)};

    assert_int_equal(vc_evidence_verify(&token, &verification, &claims, nullptr), VC_OK);
    assert_memory_equal(claims.report_data.bytes, data, sizeof(data));
    assert_memory_equal(claims.measurement.bytes, measurement, sizeof(measurement));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_call_fails_once),
        cmocka_unit_test(test_interrupted_for_ever),
        cmocka_unit_test(test_find_and_choose),
        cmocka_unit_test(test_offers_begin_with_the_strongest),
        cmocka_unit_test(test_the_reason_that_helps),
        cmocka_unit_test(test_process),
    };

    return cmocka_run_group_tests_name("produce", tests, prepare, nullptr);
}
