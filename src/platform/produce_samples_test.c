/* SPDX-License-Identifier: MIT */

/* Captured evidence, given out by devices as the kernel would: what producers make of it is what
 * the verifiers of the same platforms accept, with the vendors' own roots. */

#include "platform/produce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/evidence.h"
#include "evidence/samples_test.h"
#include "platform/machine_fixture.h"

/* GHCB specification: kinds of certificates in a host's table. */
static const uint8_t VCEK[16] = {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
                                 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd};
static const uint8_t VLEK[16] = {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e,
                                 0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1};

static const struct row {
    const char *name; /* in the samples' manifest */
    enum vc_platform_kind kind;
    const char *provider; /* of configfs-tsm; null: the device itself */
    const uint8_t *leaf;  /* what the host's table holds; null: there is none */
    int64_t now;
} rows[] = {
    {"trustee_milan", VC_PLATFORM_SNP, "sev_guest", VCEK, 1'717'200'000},
    {"trustee_milan", VC_PLATFORM_SNP, nullptr, VCEK, 1'717'200'000},
    {"trustee_vlek", VC_PLATFORM_SNP, "sev_guest", VLEK, 1'735'000'000},
    {"trustee_vlek", VC_PLATFORM_SNP, nullptr, VLEK, 1'735'000'000},
    {"ms_genoa", VC_PLATFORM_SNP, "sev_guest", VCEK, 1'780'000'000},
    {"ms_genoa", VC_PLATFORM_SNP, nullptr, VCEK, 1'780'000'000},
    {"automata_quote_tdx.bin", VC_PLATFORM_TDX, "tdx_guest", nullptr, 1'717'200'000},
    {"gotdx_cos113_quote.dat", VC_PLATFORM_TDX, "tdx_guest", nullptr, 1'725'000'000},
    {"gotdx_quote_v5_sample.dat", VC_PLATFORM_TDX, "tdx_guest", nullptr, 1'780'000'000},
    {"veracruz_doc.cbor", VC_PLATFORM_NITRO, nullptr, nullptr, 1'668'034'330},
};

static struct vc_json_place find(const struct vc_samples *samples, const char *name)
{
    for (size_t i = 0; i < samples->count; i++) {
        struct vc_json_place entry = vc_samples_entry(samples, i);
        const char *found = vc_samples_text(&entry, "name");

        if (found != nullptr && strcmp(found, name) == 0)
            return entry;
    }
    fail_msg("%s: not in the samples' manifest", name);
    return vc_samples_entry(samples, 0);
}

static void put_number(struct vc_buffer *table, uint32_t number)
{
    uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                        (uint8_t)(number >> 24)};

    assert_int_equal(vc_buffer_append(table, VC_BYTES(bytes), nullptr), VC_OK);
}

/* A host's table with one certificate. */
static void make_table(const struct row *row, const char *file, struct vc_buffer *table)
{
    static const uint8_t end[24];
    vc_cleanup(vc_buffer_done) struct vc_buffer leaf = {};

    vc_samples_load(file, &leaf);
    assert_int_equal(vc_buffer_append(table, (struct vc_bytes){row->leaf, 16}, nullptr), VC_OK);
    put_number(table, 48);
    put_number(table, (uint32_t)leaf.size);
    assert_int_equal(vc_buffer_append(table, VC_BYTES(end), nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(table, vc_buffer_bytes(&leaf), nullptr), VC_OK);
}

struct stage {
    struct fake_machine machine;
    struct vc_buffer sample, table, answer;
};

static void stage_done(struct stage *stage)
{
    vc_buffer_done(&stage->sample);
    vc_buffer_done(&stage->table);
    vc_buffer_done(&stage->answer);
}

/* The machine on which the sample was captured. */
static void set_up(const struct row *row, struct stage *stage)
{
    struct vc_samples samples = {};
    struct fake_machine *machine = &stage->machine;

    vc_samples_open(&samples);
    struct vc_json_place entry = find(&samples, row->name);

    vc_samples_load(vc_samples_text(&entry, "evidence"), &stage->sample);
    if (row->leaf != nullptr)
        make_table(row, vc_samples_text(&entry, "leaf"), &stage->table);
    vc_samples_done(&samples);
    if (row->kind == VC_PLATFORM_NITRO)
        fake_nsm_wrap(vc_buffer_bytes(&stage->sample), &stage->answer);
    machine->provider = row->provider;
    machine->has_sev_guest = row->kind == VC_PLATFORM_SNP;
    machine->has_nsm = row->kind == VC_PLATFORM_NITRO;
    machine->recorded = vc_buffer_bytes(&stage->sample);
    machine->table = stage->table.data;
    machine->table_size = stage->table.size;
    machine->nsm_answer = stage->answer.data;
    machine->nsm_answer_size = stage->answer.size;
}

static void produce(const struct row *row, struct stage *stage, struct vc_buffer *evidence)
{
    struct vc_device device = fake_device(&stage->machine);
    struct vc_producer_setup setup = {.device = &device};
    vc_cleanup(vc_producer_freep) struct vc_producer *producer = nullptr;
    uint8_t data[VC_SHA512_SIZE] = {};
    struct vc_err err = {};

    if (row->kind == VC_PLATFORM_SNP) /* what it was captured for */
        memcpy(data, stage->sample.data + 0x50, sizeof(data));
    if (vc_producer_open(row->kind, &setup, &producer, &err) != VC_OK ||
        vc_produce(producer, data, evidence, &err) != VC_OK)
        fail_msg("%s: %s", row->name, err.text);
    assert_int_equal(evidence->size, stage->sample.size + stage->table.size);
}

static void check_row(const struct row *row)
{
    vc_cleanup(stage_done) struct stage stage = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    struct vc_verification verification = {
        .anchors = vc_vendor_anchors(), .now = row->now, .depth = VC_DEPTH_AUTHENTIC};
    struct vc_claims claims;
    struct vc_err err = {};

    set_up(row, &stage);
    produce(row, &stage, &bytes);
    struct vc_evidence evidence = {.platform = row->kind, .bytes = vc_buffer_bytes(&bytes)};

    if (vc_evidence_verify(&evidence, &verification, &claims, &err) != VC_OK)
        fail_msg("%s: %s", row->name, err.text);
    assert_int_equal(claims.passed, VC_STAGE_AUTHENTIC);
    assert_true(claims.measurement.size == 48);
}

static void test_captured_evidence_is_produced_and_verified(void **)
{
    (void)vc_samples_folder();
    for (size_t i = 0; i < VC_COUNT(rows); i++)
        check_row(&rows[i]);
}

/* Without the host's certificates the verifier names the one that it wants. */
static void test_without_the_table_the_leaf_is_asked_for(void **)
{
    struct row row = {"trustee_milan", VC_PLATFORM_SNP, "sev_guest", nullptr, 1'717'200'000};
    vc_cleanup(stage_done) struct stage stage = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    struct vc_verification verification = {
        .anchors = vc_vendor_anchors(), .now = row.now, .depth = VC_DEPTH_AUTHENTIC};
    struct vc_claims claims;
    struct vc_err err = {};

    (void)vc_samples_folder();
    set_up(&row, &stage);
    produce(&row, &stage, &bytes);
    struct vc_evidence evidence = {.platform = row.kind, .bytes = vc_buffer_bytes(&bytes)};

    assert_int_equal(vc_evidence_verify(&evidence, &verification, &claims, &err), VC_NOT_FOUND);
    assert_non_null(strstr(err.text, "kdsintf.amd.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captured_evidence_is_produced_and_verified),
        cmocka_unit_test(test_without_the_table_the_leaf_is_asked_for),
    };

    return cmocka_run_group_tests_name("produce_samples", tests, nullptr, nullptr);
}
