/* SPDX-License-Identifier: MIT */

#include "cli/serve_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TEN    "10101010101010101010101010101010"
#define AB     "abababababababababababababababab"
#define ZERO   "00000000000000000000000000000000"
#define POLICY "policy       " ZERO ZERO "\n"

/* What a machine might offer. */
static const struct vc_offers offers = {
    .items = {{VC_PLATFORM_SNP, true, "configfs-tsm"},
              {VC_PLATFORM_TDX, false, "/dev/tdx_guest: No such file or directory"},
              {VC_PLATFORM_NITRO, false, "/dev/nsm: No such file or directory"},
              {VC_PLATFORM_PROCESS, true, "a key of this machine"}},
    .count = 4,
};

static const struct row {
    const char *name;
    enum vc_platform_kind kind;
    const char *way;
    size_t measurement_size;
    enum vc_platform_kind named[3]; /* in the policy */
    size_t named_count;
    const char *text;
} rows[] = {
    {"process, and nothing else named",
     VC_PLATFORM_PROCESS,
     "a key of this machine",
     32,
     {VC_PLATFORM_PROCESS},
     1,
     "ready on here:1 as process (emulated: no protection from the machine's operator)\n"
     "evidence     by a key of this machine\nmeasurement  " AB AB "\n" POLICY},
    {"process, and two missed",
     VC_PLATFORM_PROCESS,
     "a key of this machine",
     32,
     {VC_PLATFORM_NITRO, VC_PLATFORM_PROCESS, VC_PLATFORM_TDX},
     3,
     "ready on here:1 as process (emulated: no protection from the machine's operator)\n"
     "not tdx      /dev/tdx_guest: No such file or directory\n"
     "not nitro    /dev/nsm: No such file or directory\n"
     "evidence     by a key of this machine\nmeasurement  " AB AB "\n" POLICY},
    {"snp: both measurements, and what is weaker or equal is not missed",
     VC_PLATFORM_SNP,
     "configfs-tsm",
     48,
     {VC_PLATFORM_SNP, VC_PLATFORM_NITRO, VC_PLATFORM_TDX},
     3,
     "ready on here:1 as AMD SEV-SNP confidential machine (the processor isolates)\n"
     "evidence     by configfs-tsm\nmeasurement  " AB AB AB "\n"
     "runtime      " TEN TEN " (not part of this evidence)\n" POLICY},
};

struct scene {
    struct vc_policy_platform platforms[3];
    struct vc_policy policy;
    uint8_t runtime[VC_SHA256_SIZE];
    struct vc_serve_report report;
};

static void set_up(const struct row *row, struct scene *scene)
{
    *scene = (struct scene){};
    for (size_t i = 0; i < row->named_count; i++)
        scene->platforms[i].kind = row->named[i];
    scene->policy.attestation.platforms = scene->platforms;
    scene->policy.attestation.platform_count = row->named_count;
    memset(scene->runtime, 0x10, sizeof(scene->runtime));
    scene->report = (struct vc_serve_report){.address = "here:1",
                                             .kind = row->kind,
                                             .way = row->way,
                                             .offers = &offers,
                                             .policy = &scene->policy,
                                             .runtime = scene->runtime};
    scene->report.ready.measurement_size = (uint32_t)row->measurement_size;
    memset(scene->report.ready.measurement, 0xab, row->measurement_size);
}

static void test_text(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        struct scene scene;

        set_up(&rows[i], &scene);
        assert_int_equal(vc_serve_report_text(&scene.report, &text, nullptr), VC_OK);
        assert_int_equal(
            vc_buffer_append(&text, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr), VC_OK);
        if (strcmp((const char *)text.data, rows[i].text) != 0)
            fail_msg("%s:\n%swanted\n%s", rows[i].name, (const char *)text.data, rows[i].text);
    }
}

static void test_json(void **)
{
    static const char *const parts[] = {
        "\"platform\":\"snp\"",
        "\"isolation\":\"hardware\"",
        "\"evidence_by\":\"configfs-tsm\"",
        "\"measurement\":\"" AB AB AB "\"",
        "\"runtime_measurement\":\"" TEN TEN "\"",
        "\"missed\":[]",
        "}\n",
    };
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct scene scene;

    set_up(&rows[2], &scene);
    assert_int_equal(vc_serve_report_json(&scene.report, &text, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(&text, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr),
                     VC_OK);
    for (size_t i = 0; i < VC_COUNT(parts); i++) {
        if (strstr((const char *)text.data, parts[i]) == nullptr)
            fail_msg("%s is not in %s", parts[i], (const char *)text.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_json),
    };

    return cmocka_run_group_tests_name("serve_report", tests, nullptr, nullptr);
}
