/* SPDX-License-Identifier: MIT */

#include "policy/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/fixture.h"

static constexpr struct vc_subject ADVERTISER = {VC_SUBJECT_PRINCIPAL, 0};
static constexpr struct vc_subject SHOP = {VC_SUBJECT_PRINCIPAL, 1};
static constexpr struct vc_subject INTERSECT = {VC_SUBJECT_PROGRAM, 0};
static constexpr struct vc_subject SUM = {VC_SUBJECT_PROGRAM, 1};

static const struct row {
    struct vc_subject who;
    enum vc_right what;
    const char *path;
    const char *err; /* null: allowed */
} rows[] = {
    {ADVERTISER, VC_RIGHT_WRITE, "/input/viewers.csv", nullptr},
    {ADVERTISER, VC_RIGHT_READ, "/input/viewers.csv",
     "rights: the advertiser has no right to read /input/viewers.csv"},
    {ADVERTISER, VC_RIGHT_APPEND, "/input/viewers.csv",
     "rights: the advertiser has no right to append to /input/viewers.csv"},
    {ADVERTISER, VC_RIGHT_WRITE, "/input/viewers.csv/x",
     "rights: the advertiser has no right to write /input/viewers.csv/x"},
    {ADVERTISER, VC_RIGHT_WRITE, "/input", "rights: the advertiser has no right to write /input"},
    {ADVERTISER, VC_RIGHT_EXECUTE, "/program/intersect.wasm", nullptr},
    {ADVERTISER, VC_RIGHT_WRITE, "/program/intersect.wasm", nullptr},
    {ADVERTISER, VC_RIGHT_EXECUTE, "/program/sum.wasm",
     "rights: the advertiser has no right to execute /program/sum.wasm"},
    {SHOP, VC_RIGHT_WRITE, "/input/buyers", nullptr},
    {SHOP, VC_RIGHT_WRITE, "/input/buyers/a/b", nullptr},
    {SHOP, VC_RIGHT_DELETE, "/input/buyers/a", nullptr},
    {SHOP, VC_RIGHT_WRITE, "/input/buyers2", "rights: the shop has no right to write "},
    {SHOP, VC_RIGHT_WRITE, "/input", "rights: the shop has no right to write /input"},
    {SHOP, VC_RIGHT_READ, "/output/sum.txt", nullptr},
    {SHOP, VC_RIGHT_LIST, "/output/sum.txt", nullptr},
    {SHOP, VC_RIGHT_LIST, "/output", "rights: the shop has no right to list /output"},
    {INTERSECT, VC_RIGHT_READ, "/input/buyers/a", nullptr},
    {INTERSECT, VC_RIGHT_LIST, "/input", nullptr},
    {INTERSECT, VC_RIGHT_LIST, "/input/viewers.csv", nullptr},
    {INTERSECT, VC_RIGHT_READ, "/output/sum.txt",
     "rights: the program intersect has no right to read /output/sum.txt"},
    {INTERSECT, VC_RIGHT_EXECUTE, "/program/intersect.wasm", "rights: the program intersect has"},
    {SUM, VC_RIGHT_WRITE, "/anything/at/all", nullptr},
    {SUM, VC_RIGHT_WRITE, "/", nullptr},
    {SUM, VC_RIGHT_WRITE, "/program/sum.wasm",
     "programs.sum.path: no program may write a program, /program/sum.wasm"},
    {SUM, VC_RIGHT_APPEND, "/program/intersect.wasm", "programs.intersect.path: no program may "},
    {SUM, VC_RIGHT_DELETE, "/program/intersect.wasm", "programs.intersect.path: no program may "},
    {SUM, VC_RIGHT_WRITE, "/program", "programs.intersect.path: /program is in the way "},
    {SUM, VC_RIGHT_WRITE, "/program/sum.wasm/x", "programs.sum.path: /program/sum.wasm/x is in "},
    {ADVERTISER, VC_RIGHT_WRITE, "/program", "programs.intersect.path: /program is in the way "},
    {SUM, VC_RIGHT_WRITE, "/program/other", nullptr},
    {SUM, VC_RIGHT_READ, "/program/sum.wasm", "rights: the program sum has no right to read"},
    /* questions without an answer */
    {SUM, VC_RIGHT_WRITE, "/program/../x", "rights: not a question"},
    {SUM, VC_RIGHT_WRITE, "/x/", "rights: not a question"},
    {SUM, VC_RIGHT_WRITE, "x", "rights: not a question"},
    {SUM, VC_RIGHT_WRITE, "", "rights: not a question"},
    {SUM, (enum vc_right)0, "/x", "rights: not a question"},
    {SUM, (enum vc_right)(VC_RIGHT_WRITE | VC_RIGHT_READ), "/x", "rights: not a question"},
    {SUM, (enum vc_right)64, "/x", "rights: not a question"},
    {{VC_SUBJECT_PROGRAM, 2}, VC_RIGHT_WRITE, "/x", "rights: not a question"},
    {{VC_SUBJECT_PRINCIPAL, SIZE_MAX}, VC_RIGHT_WRITE, "/x", "rights: not a question"},
    {{(enum vc_subject_kind)7, 0}, VC_RIGHT_WRITE, "/x", "rights: not a question"},
};

static void check_row(const struct vc_policy *policy, const struct row *row)
{
    struct vc_err err = {};
    enum vc_code code = vc_policy_decide(policy, row->who, row->what, row->path, &err);

    if (code != (row->err == nullptr ? VC_OK : VC_REFUSED))
        fail_msg("right %d, %s: %s", (int)row->what, row->path, err.text);
    if (row->err != nullptr && strncmp(err.text, row->err, strlen(row->err)) != 0)
        fail_msg("right %d, %s: %s", (int)row->what, row->path, err.text);
}

static void test_rights(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_policy(*state, nullptr, "");

    for (size_t i = 0; i < VC_COUNT(rows); i++)
        check_row(policy, &rows[i]);
}

static const struct row pinned_rows[] = {
    {SHOP, VC_RIGHT_WRITE, "/input/buyers/model", nullptr},
    {SHOP, VC_RIGHT_DELETE, "/input/buyers/model", nullptr},
    {SHOP, VC_RIGHT_APPEND, "/input/buyers/model", nullptr}, /* it fails by its digest */
    {INTERSECT, VC_RIGHT_READ, "/input/buyers/model", nullptr},
    {INTERSECT, VC_RIGHT_LIST, "/input/buyers/model", nullptr},
    {SUM, VC_RIGHT_WRITE, "/input/buyers/model",
     "pins./input/buyers/model: no program may write it"},
    {SUM, VC_RIGHT_APPEND, "/input/buyers/model",
     "pins./input/buyers/model: no program may append to it"},
    {SUM, VC_RIGHT_DELETE, "/input/buyers/model",
     "pins./input/buyers/model: no program may delete it"},
    {SUM, VC_RIGHT_WRITE, "/input/buyers",
     "pins./input/buyers/model: /input/buyers is in the way of the pinned file"},
    {SHOP, VC_RIGHT_WRITE, "/input/buyers/model/x",
     "pins./input/buyers/model: /input/buyers/model/x is in the way of the pinned file"},
    {SHOP, VC_RIGHT_WRITE, "/input/buyers",
     "pins./input/buyers/model: /input/buyers is in the way of the pinned file"},
    {SHOP, VC_RIGHT_WRITE, "/input/buyers/model2", nullptr},
};

static void test_pins(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy =
        vc_fixture_policy(*state, "\"lifecycle\": {",
                          "\"pins\": {\"/input/buyers/model\": "
                          "\"5555555555555555555555555555555555555555555555555555555555555555\"}, "
                          "\"lifecycle\": {");

    for (size_t i = 0; i < VC_COUNT(pinned_rows); i++)
        check_row(policy, &pinned_rows[i]);
}

static void test_rules_add_up(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy =
        vc_fixture_policy(*state, "\"rights\": [",
                          "\"rights\": [{\"principal\": \"advertiser\", \"may\": [\"read\"], "
                          "\"path\": \"/input/\"},");

    assert_int_equal(
        vc_policy_decide(policy, ADVERTISER, VC_RIGHT_READ, "/input/viewers.csv", nullptr), VC_OK);
    assert_int_equal(
        vc_policy_decide(policy, ADVERTISER, VC_RIGHT_WRITE, "/input/viewers.csv", nullptr), VC_OK);
    assert_int_equal(vc_policy_decide(policy, ADVERTISER, VC_RIGHT_WRITE, "/input/other", nullptr),
                     VC_REFUSED);
}

static void test_may_see(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_policy(*state, nullptr, "");

    assert_true(vc_policy_leads_to_right(policy, SHOP, "/input"));
    assert_true(vc_policy_leads_to_right(policy, SHOP, "/input/buyers"));
    assert_false(vc_policy_leads_to_right(policy, SHOP, "/input/buyers/a"));
    assert_false(vc_policy_leads_to_right(policy, ADVERTISER, "/output"));
    assert_true(vc_policy_may_see(policy, ADVERTISER, "/"));
    assert_true(vc_policy_may_see(policy, ADVERTISER, "/input"));
    assert_true(vc_policy_may_see(policy, ADVERTISER, "/program"));
    assert_false(vc_policy_may_see(policy, ADVERTISER, "/output"));
    assert_false(vc_policy_may_see(policy, ADVERTISER, "/input/buyers"));
    assert_false(vc_policy_may_see(policy, ADVERTISER, "/inp"));
    assert_true(vc_policy_may_see(policy, SHOP, "/input/buyers/deep/down"));
    assert_true(vc_policy_may_see(policy, SUM, "/any"));
}

static void test_runs(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_policy(*state, nullptr, "");
    struct vc_err err = {};

    assert_int_equal(vc_policy_decide_run(policy, 0, 0, 0, &err), VC_OK);
    assert_int_equal(vc_policy_decide_run(policy, 0, 0, 1, &err), VC_OK);
    assert_int_equal(vc_policy_decide_run(policy, 0, 0, 2, &err), VC_LIMIT);
    assert_string_equal(err.text, "lifecycle.runs: the program intersect may be started 2 times");
    assert_int_equal(vc_policy_decide_run(policy, 0, 0, UINT32_MAX, &err), VC_LIMIT);
    assert_int_equal(vc_policy_decide_run(policy, 1, 0, 0, &err), VC_REFUSED);
    assert_string_equal(err.text,
                        "rights: the shop has no right to execute /program/intersect.wasm");
    assert_int_equal(vc_policy_decide_run(policy, 0, 1, 0, &err), VC_REFUSED);
    assert_int_equal(vc_policy_decide_run(policy, 0, 2, 0, &err), VC_REFUSED);
    assert_int_equal(vc_policy_decide_run(policy, 2, 0, 0, &err), VC_REFUSED);
}

static void test_starts(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_policy(*state, nullptr, "");
    struct vc_err err = {};

    assert_int_equal(vc_policy_decide_start(policy, 0, 1, &err), VC_OK);
    assert_int_equal(vc_policy_decide_start(policy, 0, 2, &err), VC_LIMIT);
    assert_int_equal(vc_policy_decide_start(policy, 1, UINT32_MAX, &err), VC_OK);
    assert_int_equal(vc_policy_decide_start(policy, policy->program_count, 0, &err), VC_REFUSED);
}

static void test_pipelines(void **state)
{
    static char name[] = "nightly";
    size_t principals[] = {1};
    struct vc_policy_pipeline pipeline = {
        .name = name, .principals = principals, .principal_count = VC_COUNT(principals)};
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_policy(*state, nullptr, "");
    struct vc_policy asked = *policy; /* borrows all but the pipeline */
    struct vc_err err = {};

    asked.pipelines = &pipeline;
    asked.pipeline_count = 1;
    assert_int_equal(vc_policy_decide_pipeline(&asked, 1, 0, &err), VC_OK);
    assert_int_equal(vc_policy_decide_pipeline(&asked, 0, 0, &err), VC_REFUSED);
    assert_string_equal(err.text, "pipelines.nightly.principals: advertiser is not among them");
    assert_int_equal(vc_policy_decide_pipeline(&asked, 1, 1, &err), VC_REFUSED);
    assert_int_equal(vc_policy_decide_pipeline(&asked, asked.principal_count, 0, &err), VC_REFUSED);
}

static void test_life(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *frozen = vc_fixture_policy(*state, nullptr, "");
    vc_cleanup(vc_policy_freep) struct vc_policy *open =
        vc_fixture_policy(*state, "\"freeze_inputs\": true,", "");
    struct vc_err err = {};

    assert_int_equal(vc_policy_decide_change(frozen, 0, &err), VC_OK);
    assert_int_equal(vc_policy_decide_change(frozen, 1, &err), VC_REFUSED);
    assert_int_equal(vc_policy_decide_change(open, 1, &err), VC_OK);
    assert_int_equal(vc_policy_decide_shutdown(frozen, 1, &err), VC_OK);
    assert_int_equal(vc_policy_decide_shutdown(frozen, 0, &err), VC_REFUSED);
    assert_string_equal(err.text,
                        "lifecycle.shutdown: the advertiser has no right to end the container");
    assert_int_equal(vc_policy_decide_shutdown(frozen, 2, &err), VC_REFUSED);
    assert_string_equal(vc_policy_subject_name(frozen, SUM), "sum");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rights),  cmocka_unit_test(test_rules_add_up),
        cmocka_unit_test(test_may_see), cmocka_unit_test(test_runs),
        cmocka_unit_test(test_starts),  cmocka_unit_test(test_pipelines),
        cmocka_unit_test(test_life),    cmocka_unit_test(test_pins),
    };

    return cmocka_run_group_tests_name("decide", tests, vc_fixture_setup, vc_fixture_teardown);
}
