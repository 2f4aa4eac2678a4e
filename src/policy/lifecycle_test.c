/* SPDX-License-Identifier: MIT */

#include "policy/lifecycle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/check.h"

enum { ALICE, BOB, CAROL };
enum { SUM, WATCH, BLIND };

/* SUM reads /in/ and /table, and writes /out/; WATCH reads all; BLIND writes and lists alone. */
static struct vc_policy *the_policy(void)
{
    static char alice[] = "alice", bob[] = "bob", carol[] = "carol", sum[] = "sum",
                watch[] = "watch", blind[] = "blind", sum_path[] = "/program/sum",
                watch_path[] = "/program/watch", blind_path[] = "/program/blind", in[] = "/in",
                table[] = "/table", out[] = "/out", root[] = "/", nightly[] = "nightly";
    static struct vc_policy_principal principals[] = {
        {.name = alice}, {.name = bob}, {.name = carol}};
    static struct vc_policy_program programs[] = {{.name = sum, .path = sum_path},
                                                  {.name = watch, .path = watch_path},
                                                  {.name = blind, .path = blind_path}};
    static struct vc_policy_right rights[] = {
        {{VC_SUBJECT_PROGRAM, SUM}, VC_RIGHT_READ, in, true},
        {{VC_SUBJECT_PROGRAM, SUM}, VC_RIGHT_READ | VC_RIGHT_WRITE, table, false},
        {{VC_SUBJECT_PROGRAM, SUM}, VC_RIGHT_WRITE, out, true},
        {{VC_SUBJECT_PROGRAM, WATCH}, VC_RIGHT_READ, root, true},
        {{VC_SUBJECT_PROGRAM, BLIND},
         VC_RIGHT_WRITE | VC_RIGHT_APPEND | VC_RIGHT_LIST | VC_RIGHT_DELETE,
         root,
         true},
        {{VC_SUBJECT_PRINCIPAL, ALICE}, VC_RIGHT_EXECUTE, sum_path, false},
    };
    static struct vc_policy_stage stage = {.name = nightly, .program = WATCH};
    static size_t starters[] = {BOB};
    static struct vc_policy_pipeline pipeline = {.name = nightly,
                                                 .principals = starters,
                                                 .principal_count = 1,
                                                 .stages = &stage,
                                                 .stage_count = 1};
    static size_t consent[] = {CAROL, ALICE};
    static struct vc_policy policy = {
        .principals = principals,
        .principal_count = VC_COUNT(principals),
        .programs = programs,
        .program_count = VC_COUNT(programs),
        .rights = rights,
        .right_count = VC_COUNT(rights),
        .pipelines = &pipeline,
        .pipeline_count = 1,
        .expires = 1000,
        .lifecycle = {.consent = consent, .consent_count = VC_COUNT(consent)},
    };

    if (policy.index.first == nullptr)
        assert_int_equal(vc_policy_index_init(&policy.index, &policy, nullptr), VC_OK);
    return &policy;
}

static void test_reading(void **)
{
    static const struct {
        size_t program;
        struct vc_spot place;
        bool may;
    } rows[] = {
        {SUM, {"/in", true}, true},
        {SUM, {"/in", false}, true}, /* a file of this name */
        {SUM, {"/in/a", false}, true},
        {SUM, {"/in/a/b", true}, true},
        {SUM, {"/", true}, true}, /* something below it */
        {SUM, {"/", false}, false},
        {SUM, {"/table", false}, true},
        {SUM, {"/table", true}, true},
        {SUM, {"/table/x", false}, false},
        {SUM, {"/table/x", true}, false},
        {SUM, {"/input", true}, false},
        {SUM, {"/i", true}, false},
        {SUM, {"/out", true}, false},
        {SUM, {"/out/table", false}, false},
        {WATCH, {"/out/table", false}, true},
        {WATCH, {"/", false}, true},
        {BLIND, {"/", true}, false},
        {BLIND, {"/in/a", false}, false},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        if (vc_policy_may_read_in(the_policy(), rows[i].program, nullptr, rows[i].place) !=
            rows[i].may)
            fail_msg("row %zu: %s%s", i, rows[i].place.path, rows[i].place.tree ? "/" : "");
    }
}

static void test_other_rights(void **)
{
    static const struct vc_subject blind = {VC_SUBJECT_PROGRAM, BLIND};
    static const struct vc_subject alice = {VC_SUBJECT_PRINCIPAL, ALICE};
    static const struct vc_spot in = {"/in", true};
    static const struct vc_spot programs = {"/program", true};

    assert_true(vc_policy_may_somewhere(the_policy(), blind, VC_RIGHT_APPEND, in));
    assert_true(vc_policy_may_somewhere(the_policy(), blind, VC_RIGHT_READ | VC_RIGHT_LIST, in));
    assert_false(vc_policy_may_somewhere(the_policy(), blind, VC_RIGHT_EXECUTE, in));
    assert_true(vc_policy_may_somewhere(the_policy(), alice, VC_RIGHT_EXECUTE, programs));
    assert_false(vc_policy_may_somewhere(the_policy(), alice, VC_RIGHT_EXECUTE, in));
}

static void test_reading_of_stages(void **)
{
    static char in_a[] = "/in/a", table[] = "/table", root[] = "/", in[] = "/in";
    static struct vc_policy_stage_right rights[] = {
        {VC_RIGHT_READ, in_a, true},
        {VC_RIGHT_WRITE, table, false},
        {VC_RIGHT_READ, root, true},
        {VC_RIGHT_READ, in, false},
    };
    static const struct {
        const char *name;
        bool narrowed;
        size_t first, count; /* of `rights` */
        struct vc_spot place;
        bool may;
    } rows[] = {
        {"no rights of its own", false, 0, 0, {"/in", true}, true},
        {"no right at all", true, 0, 0, {"/in", true}, false},
        {"one below the place", true, 0, 1, {"/in", true}, true},
        {"one beside the place", true, 0, 1, {"/in/b", true}, false},
        {"one above the place", true, 0, 1, {"/in/a/x", false}, true},
        {"one to write", true, 1, 1, {"/table", false}, false},
        {"one of two", true, 0, 2, {"/in/a", false}, true},
        {"more than the program has", true, 2, 1, {"/out", true}, false},
        {"all that the program has", true, 2, 1, {"/", true}, true},
        {"a file where the program has a directory", true, 3, 1, {"/in", false}, true},
        {"a file, and not what is below it", true, 3, 1, {"/in/a", false}, false},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_policy_stage stage = {.narrowed = rows[i].narrowed,
                                        .rights = &rights[rows[i].first],
                                        .right_count = rows[i].count};
        if (vc_policy_may_read_in(the_policy(), SUM, &stage, rows[i].place) != rows[i].may)
            fail_msg("%s", rows[i].name);
    }
}

static void test_budgets_have_spots(void **)
{
    static char path[] = "/in";
    struct vc_spot spot = vc_budget_spot(&(struct vc_policy_budget){path, true, 3});

    assert_ptr_equal(spot.path, path);
    assert_true(spot.tree);
}

static void test_consent(void **)
{
    struct vc_err err = {};

    assert_int_equal(vc_policy_decide_consent(the_policy(), ALICE, &err), VC_OK);
    assert_int_equal(vc_policy_decide_consent(the_policy(), CAROL, &err), VC_OK);
    assert_int_equal(vc_policy_decide_consent(the_policy(), BOB, &err), VC_REFUSED);
    assert_string_equal(err.text, "lifecycle.consent: bob is not among those who are asked");
    assert_int_equal(vc_policy_decide_consent(the_policy(), 3, &err), VC_REFUSED);
}

static void test_as_many_consents_as_can_be_told(void **)
{
    size_t consent[VC_POLICY_PRINCIPALS_MAX];
    struct vc_policy policy = {.lifecycle = {.consent = consent}};
    static const struct {
        size_t principals, programs;
        enum vc_code code;
    } rows[] = {{1024, 32, VC_OK}, {1024, 33, VC_LIMIT}, {128, 256, VC_OK}, {129, 256, VC_LIMIT}};
    struct vc_err err = {};

    for (size_t i = 0; i < VC_COUNT(consent); i++)
        consent[i] = i;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        policy.lifecycle.consent_count = rows[i].principals;
        policy.program_count = rows[i].programs;
        assert_int_equal(vc_policy_check_lifecycle(&policy, &err), rows[i].code);
    }
    assert_string_equal(err.text,
                        "lifecycle.consent: 129 principals times 256 programs, at most 32768");
}

static void test_starting(void **)
{
    static const bool may[3][3] = {[ALICE] = {true, false, false}, [BOB] = {false, true, false}};

    for (size_t principal = 0; principal < 3; principal++) {
        for (size_t program = 0; program < 3; program++) {
            if (vc_policy_may_start(the_policy(), principal, program) != may[principal][program])
                fail_msg("principal %zu, program %zu", principal, program);
        }
    }
}

static void test_end(void **)
{
    static const struct {
        const char *name;
        uint32_t deadline;
        int64_t started, in_force, ends;
    } rows[] = {
        {"the policy's", 0, 10, 1000, 1000},
        {"the policy's, whatever is in force", 0, 10, INT64_MAX, 1000},
        {"narrowed", 0, 10, 999, 999},
        {"the deadline", 5, 10, 1000, 15},
        {"narrowed below the deadline", 5, 10, 14, 14},
        {"a deadline after the policy's end", 991, 10, 1000, 1000},
        {"the last second of both", 990, 10, 1000, 1000},
        {"one second before", 989, 10, 1000, 999},
        {"a deadline beyond all time", UINT32_MAX, INT64_MAX - 1, 1000, 1000},
        {"over before it began", 5, 10, -1, -1},
    };
    struct vc_policy policy = *the_policy();

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        policy.lifecycle.deadline_seconds = rows[i].deadline;
        if (vc_policy_ends(&policy, rows[i].started, rows[i].in_force) != rows[i].ends)
            fail_msg("%s", rows[i].name);
    }
}

static void test_past_the_end(void **)
{
    static const struct {
        uint32_t deadline;
        int64_t in_force, now;
        const char *err; /* null: it goes on */
    } rows[] = {
        {0, 1000, 999, nullptr},
        {0, 1000, 1000, "expires: the policy has expired"},
        {0, 500, 499, nullptr},
        {0, 500, 500, "expires: narrowed, and over"},
        {5, 1000, 14, nullptr},
        {5, 1000, 15, "lifecycle.deadline_seconds: 5 since the container's start, and so it ends"},
        {5, 15, 15, "expires: narrowed, and over"},
        {5, 15, 1001, "expires: the policy has expired"},
        {5, 1000, INT64_MAX, "expires: the policy has expired"},
    };
    struct vc_policy policy = *the_policy();

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_err err = {};
        enum vc_code code;

        policy.lifecycle.deadline_seconds = rows[i].deadline;
        code = vc_policy_check_ends(&policy, 10, rows[i].in_force, rows[i].now, &err);
        assert_int_equal(code, rows[i].err == nullptr ? VC_OK : VC_REFUSED);
        assert_string_equal(err.text, rows[i].err == nullptr ? "" : rows[i].err);
    }
}

static int forget(void **)
{
    vc_policy_index_done(&the_policy()->index);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_other_rights),
        cmocka_unit_test(test_reading_of_stages),
        cmocka_unit_test(test_budgets_have_spots),
        cmocka_unit_test(test_consent),
        cmocka_unit_test(test_as_many_consents_as_can_be_told),
        cmocka_unit_test(test_starting),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_past_the_end),
    };

    return cmocka_run_group_tests_name("lifecycle", tests, nullptr, forget);
}
