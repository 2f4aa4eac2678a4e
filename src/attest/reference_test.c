/* SPDX-License-Identifier: MIT */

#include "attest/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static constexpr size_t SIZE = 48;

/* A block of a policy and claims that satisfy it, both of which a row can change. */
struct scene {
    struct vc_octets measurements[2], rtmr[2], machines[2];
    struct vc_policy_register registers[2];
    struct vc_policy_minimum minimums[2];
    struct vc_policy_platform accepted;
    struct vc_claims claims;
    bool judged;
    enum vc_tcb_status status; /* what comes out */
};

static struct vc_octets filled(uint8_t byte, size_t size)
{
    struct vc_octets octets = {.size = size};

    memset(octets.bytes, byte, size);
    return octets;
}

static void make_scene(struct scene *scene)
{
    static char rtmr1[] = "rtmr1", microcode[] = "microcode", snp[] = "snp";

    *scene = (struct scene){
        .measurements = {filled(0xa1, SIZE), filled(0xa2, SIZE)},
        .rtmr = {filled(0xb1, SIZE), filled(0xb2, SIZE)},
        .machines = {filled(0xc1, 64), filled(0xc2, 64)},
        .judged = true,
    };
    scene->registers[0] =
        (struct vc_policy_register){.name = rtmr1, .values = scene->rtmr, .value_count = 2};
    scene->minimums[0] = (struct vc_policy_minimum){.part = microcode, .least = 0x80};
    scene->minimums[1] = (struct vc_policy_minimum){.part = snp, .least = 5};
    scene->accepted = (struct vc_policy_platform){
        .kind = VC_PLATFORM_SNP,
        .measurements = scene->measurements,
        .measurement_count = 2,
        .registers = scene->registers,
        .register_count = 1,
        .minimums = scene->minimums,
        .minimum_count = 2,
        .tcb_accepted = 1u << VC_TCB_UP_TO_DATE,
        .machines = scene->machines,
        .machine_count = 2,
        .vmpl = 0,
    };
    scene->claims = (struct vc_claims){.platform = VC_PLATFORM_SNP,
                                       .measurement = filled(0xa2, SIZE),
                                       .machine = filled(0xc2, 64),
                                       .tcb_status = VC_TCB_UP_TO_DATE};
    vc_claims_add_register(&scene->claims, "rtmr0", VC_BYTES((const uint8_t[]){1}));
    vc_claims_add_register(&scene->claims, "rtmr1", vc_octets_bytes(&scene->rtmr[1]));
    vc_claims_add_svn(&scene->claims, "reported", "microcode", 0x80);
    vc_claims_add_svn(&scene->claims, "launch", "microcode", 0xff);
    vc_claims_add_svn(&scene->claims, "reported", "snp", 6);
}

static void nothing(struct scene *)
{
}

static void empty_set(struct scene *scene) /* A5 */
{
    scene->accepted.measurement_count = 0;
}

static void no_measurement(struct scene *scene)
{
    scene->claims.measurement.size = 0;
}

static void empty_measurement_accepted(struct scene *scene)
{
    scene->measurements[0].size = 0;
    scene->claims.measurement = (struct vc_octets){};
}

static void other_measurement(struct scene *scene)
{
    scene->claims.measurement = filled(0x71, SIZE);
}

static void one_bit(struct scene *scene)
{
    scene->claims.measurement.bytes[SIZE - 1] ^= 1;
}

static void truncated(struct scene *scene) /* A7 */
{
    scene->claims.measurement = filled(0xa2, 32);
}

static void longer(struct scene *scene)
{
    scene->claims.measurement = filled(0xa2, 64);
}

static void leading_zero(struct scene *scene)
{
    memmove(scene->claims.measurement.bytes + 1, scene->claims.measurement.bytes, SIZE);
    scene->claims.measurement.bytes[0] = 0;
    scene->claims.measurement.size++;
}

static void register_differs(struct scene *scene)
{
    scene->claims.registers[1].value = filled(0xb3, SIZE);
}

static void register_missing(struct scene *scene)
{
    scene->claims.register_count = 1;
}

static void register_empty(struct scene *scene)
{
    scene->claims.registers[1].value.size = 0;
}

static void second_register_differs(struct scene *scene)
{
    static char rtmr0[] = "rtmr0";

    scene->registers[1] =
        (struct vc_policy_register){.name = rtmr0, .values = scene->rtmr, .value_count = 1};
    scene->accepted.register_count = 2;
}

static void lower_level(struct scene *scene)
{
    scene->claims.vmpl = 2;
}

static void higher_level(struct scene *scene)
{
    scene->accepted.vmpl = 1;
}

static void out_of_date(struct scene *scene) /* A6 */
{
    scene->claims.tcb_status = VC_TCB_OUT_OF_DATE;
}

static void revoked(struct scene *scene)
{
    scene->claims.tcb_status = VC_TCB_REVOKED;
}

static void not_judged_status(struct scene *scene)
{
    scene->claims.tcb_status = VC_TCB_NOT_JUDGED;
}

static void no_status_accepted(struct scene *scene)
{
    scene->accepted.tcb_accepted = 0;
}

static void out_of_date_accepted(struct scene *scene)
{
    scene->claims.tcb_status = VC_TCB_OUT_OF_DATE;
    scene->accepted.tcb_accepted |= 1u << VC_TCB_OUT_OF_DATE;
    scene->status = VC_TCB_OUT_OF_DATE;
}

static void not_judged(struct scene *scene)
{
    scene->claims.tcb_status = VC_TCB_NOT_JUDGED;
    scene->judged = false;
    scene->status = VC_TCB_NOT_JUDGED;
}

static void vendor_is_silent(struct scene *scene)
{
    scene->claims.tcb_status = VC_TCB_NOT_APPLICABLE;
    scene->status = VC_TCB_AT_LEAST;
}

static void vendor_and_policy_are_silent(struct scene *scene)
{
    scene->claims.tcb_status = VC_TCB_NOT_APPLICABLE;
    scene->accepted.minimum_count = 0;
    scene->status = VC_TCB_NOT_APPLICABLE;
}

static void old_microcode(struct scene *scene)
{
    scene->claims.svns[0].value = 0x73;
}

static void old_at_launch(struct scene *scene)
{
    scene->claims.svns[1].value = 0x7f;
}

static void old_second_part(struct scene *scene)
{
    scene->claims.svns[2].value = 4;
}

static void part_missing(struct scene *scene)
{
    scene->claims.svn_count = 2;
}

static void part_of_collateral(struct scene *scene) /* the service had it, a client has not */
{
    scene->claims.svn_count = 2;
    scene->judged = false;
    scene->status = VC_TCB_UP_TO_DATE;
}

static void part_stated_once(struct scene *scene)
{
    scene->claims.svns[2] = (struct vc_svn){.which = "", .part = "snp", .value = 1};
}

static void unknown_machine(struct scene *scene) /* A8 */
{
    scene->claims.machine = filled(0xc3, 64);
}

static void silent_machine(struct scene *scene)
{
    scene->claims.machine.size = 0;
}

static void any_machine(struct scene *scene)
{
    scene->accepted.machine_count = 0;
    scene->claims.machine.size = 0;
    scene->status = VC_TCB_UP_TO_DATE;
}

static void shorter_machine(struct scene *scene)
{
    scene->claims.machine = filled(0xc2, 8);
}

static const struct row {
    const char *name;
    void (*change)(struct scene *scene);
    const char *one, *other; /* both sides in the message; null: accepted */
} rows[] = {
    {"all is well", nothing, nullptr, nullptr},
    {"an accepted status is told", out_of_date_accepted, nullptr, nullptr},
    {"status not judged", not_judged, nullptr, nullptr},
    {"minimum of the policy", vendor_is_silent, nullptr, nullptr},
    {"nobody says anything", vendor_and_policy_are_silent, nullptr, nullptr},
    {"any machine", any_machine, nullptr, nullptr},
    {"A5: no reference values", empty_set, "accepts none", "measurement"},
    {"no measurement", no_measurement, "accepts a1a1a1a1a1a1a1a1… (2 values)", "container is "},
    {"an empty one is nothing", empty_measurement_accepted, "measurement differs", ""},
    {"other measurement", other_measurement, "accepts a1a1a1a1a1a1a1a1… (2 values)",
     "container is 7171717171717171…"},
    {"one bit of the measurement", one_bit, "measurement differs", "container is a2a2"},
    {"A7: truncated", truncated, "measurement differs", "a2a2"},
    {"A7: longer", longer, "measurement differs", "a2a2"},
    {"A7: leading zero", leading_zero, "measurement differs", "container is 00a2"},
    {"register differs", register_differs, "accepts b1b1b1b1b1b1b1b1… (2 values)",
     "says b3b3b3b3b3b3b3b3…"},
    {"register missing", register_missing, "rtmr1", "does not state"},
    {"register empty", register_empty, "register rtmr1 differs", "b1b1"},
    {"second register differs", second_register_differs, "register rtmr0 differs",
     "accepts b1b1b1b1b1b1b1b1… (1 value)"},
    {"lower privilege level", lower_level, "(VMPL) 2", "0 wanted"},
    {"higher privilege level", higher_level, "(VMPL) 0", "1 wanted"},
    {"A6: out of date", out_of_date, "OutOfDate", "does not accept"},
    {"A6: revoked", revoked, "Revoked", "does not accept"},
    {"not judged is no status", not_judged_status, "not-judged", "does not accept"},
    {"no status accepted", no_status_accepted, "UpToDate", "does not accept"},
    {"A6: old microcode", old_microcode, "reported TCB microcode 0x73", "at least 0x80 wanted"},
    {"A6: old at launch", old_at_launch, "launch TCB microcode 0x7f", "at least 0x80 wanted"},
    {"A6: old second part", old_second_part, "reported TCB snp 0x04", "at least 0x05 wanted"},
    {"part that is stated once", part_stated_once, "reported TCB snp 0x01", "at least 0x05 wanted"},
    {"part missing", part_missing, "TCB snp", "does not state"},
    {"part missing, not judged", part_of_collateral, nullptr, nullptr},
    {"A8: unknown machine", unknown_machine, "machine c3c3c3c3c3c3c3c3…", "none of the policy's 2"},
    {"machine not said", silent_machine, "does not say", "machine"},
    {"shorter machine", shorter_machine, "machine c2c2c2c2c2c2c2c2…", "none of the policy's 2"},
};

static void test_rows(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct scene scene;
        enum vc_tcb_status status = VC_TCB_REVOKED;
        struct vc_err err = {};

        make_scene(&scene);
        scene.status = VC_TCB_UP_TO_DATE;
        rows[i].change(&scene);
        enum vc_code code =
            vc_reference_check(&scene.accepted, &scene.claims, scene.judged, &status, &err);

        if (code != (rows[i].one == nullptr ? VC_OK : VC_UNTRUSTED))
            fail_msg("%s: %d %s", rows[i].name, (int)code, err.text);
        if (rows[i].one != nullptr && (strstr(err.text, rows[i].one) == nullptr ||
                                       strstr(err.text, rows[i].other) == nullptr))
            fail_msg("%s: %s", rows[i].name, err.text);
        if (status != (code == VC_OK ? scene.status : VC_TCB_REVOKED))
            fail_msg("%s: status %s", rows[i].name, vc_tcb_status_name(status));
    }
}

/* The first thing that is wrong is the one that is told. */
static void test_order(void **)
{
    static const struct {
        void (*change)(struct scene *scene);
        const char *words;
    } order[] = {
        {unknown_machine, "machine"},   {old_microcode, "TCB microcode"},
        {out_of_date, "TCB status"},    {lower_level, "VMPL"},
        {register_differs, "register"}, {other_measurement, "measurement differs"},
    };
    struct scene scene;

    make_scene(&scene);
    for (size_t i = 0; i < VC_COUNT(order); i++) {
        enum vc_tcb_status status;
        struct vc_err err = {};

        order[i].change(&scene);
        assert_int_equal(vc_reference_check(&scene.accepted, &scene.claims, true, &status, &err),
                         VC_UNTRUSTED);
        if (strncmp(err.text, order[i].words, strlen(order[i].words)) != 0 &&
            strstr(err.text, order[i].words) == nullptr)
            fail_msg("%zu: %s", i, err.text);
    }
}

static void test_find(void **)
{
    struct vc_policy_platform platforms[] = {{.kind = VC_PLATFORM_SNP}, {.kind = VC_PLATFORM_TDX}};
    struct vc_policy policy = {.attestation = {.platforms = platforms, .platform_count = 2}};

    assert_ptr_equal(vc_reference_find(&policy, VC_PLATFORM_TDX), &platforms[1]);
    assert_null(vc_reference_find(&policy, VC_PLATFORM_PROCESS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_find),
    };

    return cmocka_run_group_tests_name("reference", tests, nullptr, nullptr);
}
