/* SPDX-License-Identifier: MIT */

/* The block "lifecycle" of a policy: what it says, what is refused, and what people are told. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/fixture.h"

/* The fixture's block says other things, too: whatever is given here is added. */
#define LIFE(more)                                                      \
    {                                                                   \
        nullptr,                                                        \
        {                                                               \
            "\"freeze_inputs\": true", "\"freeze_inputs\": true, " more \
        }                                                               \
    }
#define PARTIES(inner) LIFE("\"parties\": {" inner "}")
#define CONSENT(inner) LIFE("\"consent\": [" inner "]")
#define BUDGETS(inner) LIFE("\"budgets\": [" inner "]")
#define BUYERS         "{\"path\": \"/input/buyers/\", \"runs\": 1}"
#define BOTH           "\"of\": [\"shop\", \"advertiser\"]"
#define ALL                                                                       \
    LIFE("\"deadline_seconds\": 3600, \"parties\": {\"at_least\": 2, " BOTH "}, " \
         "\"consent\": [\"advertiser\"], \"budgets\": [" BUYERS                   \
         ", {\"path\": \"/input/query.txt\", \"runs\": 1000000}]")

static void test_it_is_read(void **state)
{
    static const struct vc_fixture_edit edit = ALL;
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_edited_policy(*state, &edit);
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    assert_int_equal(lifecycle->deadline_seconds, 3600);
    assert_int_equal(lifecycle->parties_least, 2);
    assert_int_equal(lifecycle->party_count, 2);
    assert_int_equal(lifecycle->parties[0], 1);
    assert_int_equal(lifecycle->parties[1], 0);
    assert_int_equal(lifecycle->consent_count, 1);
    assert_int_equal(lifecycle->consent[0], 0);
    assert_int_equal(lifecycle->budget_count, 2);
    assert_string_equal(lifecycle->budgets[0].path, "/input/buyers");
    assert_true(lifecycle->budgets[0].tree);
    assert_int_equal(lifecycle->budgets[0].runs, 1);
    assert_string_equal(lifecycle->budgets[1].path, "/input/query.txt");
    assert_false(lifecycle->budgets[1].tree);
    assert_int_equal(lifecycle->budgets[1].runs, 1000000);
}

static void test_by_default_nothing(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy =
        vc_fixture_policy(*state, nullptr, nullptr);
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    assert_int_equal(lifecycle->deadline_seconds, 0);
    assert_int_equal(lifecycle->parties_least, 0);
    assert_int_equal(lifecycle->party_count, 0);
    assert_int_equal(lifecycle->consent_count, 0);
    assert_int_equal(lifecycle->budget_count, 0);
}

static const struct vc_fixture_row rows[] = {
    {ALL, VC_OK, nullptr},
    {LIFE("\"ends\": 1"), VC_MALFORMED, "lifecycle: unknown key \"ends\""},
    /* the deadline */
    {LIFE("\"deadline_seconds\": 1"), VC_OK, nullptr},
    {LIFE("\"deadline_seconds\": 31622400"), VC_OK, nullptr},
    {LIFE("\"deadline_seconds\": 0"), VC_LIMIT, "lifecycle.deadline_seconds: 0, at least 1"},
    {LIFE("\"deadline_seconds\": 31622401"), VC_LIMIT,
     "lifecycle.deadline_seconds: 31622401, at most 31622400"},
    {LIFE("\"deadline_seconds\": \"1h\""), VC_MALFORMED, "lifecycle.deadline_seconds: a string"},
    {LIFE("\"deadline_seconds\": 1.5"), VC_MALFORMED, "lifecycle.deadline_seconds: a number with"},
    /* parties */
    {PARTIES("\"at_least\": 1, " BOTH), VC_OK, nullptr},
    {LIFE("\"parties\": [\"shop\"]"), VC_MALFORMED, "lifecycle.parties: an array, an object"},
    {PARTIES(""), VC_MALFORMED, "lifecycle.parties: no \"of\""},
    {PARTIES(BOTH), VC_MALFORMED, "lifecycle.parties: no \"at_least\""},
    {PARTIES("\"at_least\": 1"), VC_MALFORMED, "lifecycle.parties: no \"of\""},
    {PARTIES("\"at_least\": 0, " BOTH), VC_LIMIT, "lifecycle.parties.at_least: 0, at least 1"},
    {PARTIES("\"at_least\": 3, " BOTH), VC_LIMIT, "lifecycle.parties.at_least: 3, at most 2"},
    {PARTIES("\"at_least\": 1, \"of\": []"), VC_LIMIT, "lifecycle.parties.of: no elements"},
    {PARTIES("\"at_least\": 1, \"of\": [\"bank\"]"), VC_REFUSED,
     "lifecycle.parties.of[0]: no principal \"bank\""},
    {PARTIES("\"at_least\": 1, \"of\": [\"sum\"]"), VC_REFUSED,
     "lifecycle.parties.of[0]: no principal \"sum\""},
    {PARTIES("\"at_least\": 1, \"of\": [\"shop\", \"shop\"]"), VC_REFUSED,
     "lifecycle.parties.of[1]: the same as [0]"},
    {PARTIES("\"at_least\": 1, " BOTH ", \"k\": 1"), VC_MALFORMED,
     "lifecycle.parties: unknown key \"k\""},
    /* who only starts the program and reads */
    {{nullptr,
      {"[\"write\"], \"path\": \"/input/viewers.csv\"",
       "[\"read\"], \"path\": \"/input/viewers.csv\"", "[\"execute\", \"write\"]", "[\"execute\"]",
       "\"freeze_inputs\": true", "\"parties\": {\"at_least\": 1, " BOTH "}"}},
     VC_REFUSED,
     "lifecycle.parties.of[1]: advertiser may write no file but programs, owns no key, produces no "
     "stream, and could never be present"},
    /* who brings the program besides */
    {{nullptr,
      {"[\"write\"], \"path\": \"/input/viewers.csv\"",
       "[\"read\"], \"path\": \"/input/viewers.csv\"", "\"freeze_inputs\": true",
       "\"parties\": {\"at_least\": 1, " BOTH "}"}},
     VC_REFUSED,
     "lifecycle.parties.of[1]: advertiser may write no file but programs, owns no key"},
    /* but it is enough to own a key, or to produce a stream */
    {{"\"keys\": {\"k\": {\"owner\": \"advertiser\", \"id\": 1, \"type\": \"raw\", \"bits\": 8, "
      "\"usage\": [], \"export\": true, \"programs\": [\"sum\"]}}",
      {"[\"write\"], \"path\": \"/input/viewers.csv\"",
       "[\"read\"], \"path\": \"/input/viewers.csv\"", "[\"execute\", \"write\"]", "[\"execute\"]",
       "\"freeze_inputs\": true", "\"parties\": {\"at_least\": 1, " BOTH "}"}},
     VC_OK,
     nullptr},
    {{"\"streams\": {\"s\": {\"producer\": {\"principal\": \"advertiser\"}, "
      "\"consumers\": [{\"program\": \"sum\"}]}}",
      {"[\"write\"], \"path\": \"/input/viewers.csv\"",
       "[\"read\"], \"path\": \"/input/viewers.csv\"", "[\"execute\", \"write\"]", "[\"execute\"]",
       "\"freeze_inputs\": true", "\"parties\": {\"at_least\": 1, " BOTH "}"}},
     VC_OK,
     nullptr},
    /* consent */
    {CONSENT(""), VC_OK, nullptr},
    {CONSENT("\"shop\", \"advertiser\""), VC_OK, nullptr},
    {LIFE("\"consent\": true"), VC_MALFORMED, "lifecycle.consent: true, an array"},
    {CONSENT("\"bank\""), VC_REFUSED, "lifecycle.consent[0]: no principal \"bank\""},
    {CONSENT("\"Shop\""), VC_MALFORMED, "lifecycle.consent[0]: a name is"},
    {CONSENT("\"shop\", \"advertiser\", \"shop\""), VC_REFUSED,
     "lifecycle.consent[2]: the same as [0]"},
    /* budgets */
    {BUDGETS(""), VC_OK, nullptr},
    {BUDGETS("{\"path\": \"/\", \"runs\": 1}"), VC_OK, nullptr},
    /* a directory with one file that can be read, and a file below one: both overlap */
    {BUDGETS("{\"path\": \"/input/a/b/c\", \"runs\": 1}"), VC_OK, nullptr},
    {BUDGETS("7"), VC_MALFORMED, "lifecycle.budgets[0]: a whole number, an object"},
    {BUDGETS("{\"runs\": 1}"), VC_MALFORMED, "lifecycle.budgets[0]: no \"path\""},
    {BUDGETS("{\"path\": \"/input/\"}"), VC_MALFORMED, "lifecycle.budgets[0]: no \"runs\""},
    {BUDGETS("{\"path\": \"/input/\", \"runs\": 0}"), VC_LIMIT,
     "lifecycle.budgets[0].runs: 0, at least 1"},
    {BUDGETS("{\"path\": \"/input/\", \"runs\": 1000001}"), VC_LIMIT,
     "lifecycle.budgets[0].runs: 1000001, at most 1000000"},
    {BUDGETS("{\"path\": \"/input/..\", \"runs\": 1}"), VC_MALFORMED,
     "lifecycle.budgets[0].path: names a directory"},
    {BUDGETS("{\"path\": \"\", \"runs\": 1}"), VC_MALFORMED, "lifecycle.budgets[0].path: "},
    {BUDGETS(BUYERS ", {\"path\": \"/input/x/../buyers//\", \"runs\": 2}"), VC_REFUSED,
     "lifecycle.budgets[1].path: the same as in [0]"},
    {BUDGETS(BUYERS ", {\"path\": \"/input/buyers\", \"runs\": 2}"), VC_OK, nullptr},
    {BUDGETS("{\"path\": \"/output/\", \"runs\": 1}"), VC_REFUSED,
     "lifecycle.budgets[0].path: no program may read /output/"},
    {BUDGETS("{\"path\": \"/inputs\", \"runs\": 1}"), VC_REFUSED,
     "lifecycle.budgets[0].path: no program may read /inputs"},
    {BUDGETS("{\"path\": \"/stream/x\", \"runs\": 1}"), VC_REFUSED,
     "lifecycle.budgets[0].path: /stream/x is a place of streams"},
    {BUDGETS("{\"path\": \"/veracruz/\", \"runs\": 1}"), VC_REFUSED,
     "lifecycle.budgets[0].path: /veracruz is where programs find the policy in force"},
    {BUDGETS("{\"path\": \"/input/\", \"runs\": 1, \"k\": 1}"), VC_MALFORMED,
     "lifecycle.budgets[0]: unknown key \"k\""},
};

static void test_rows(void **state)
{
    vc_fixture_check_rows(*state, rows, VC_COUNT(rows));
}

static const struct vc_fixture_said said[] = {
    {ALL, "The container ends at 2027-06-30T00:00:00Z at the latest, or 3600 s after its start if "
          "that is sooner.\n"},
    {ALL, "No run starts unless something is there that the shop and the advertiser gave, each of "
          "them.\n"},
    {PARTIES("\"at_least\": 1, " BOTH),
     "No run starts unless something is there that at least 1 of the shop and the advertiser "
     "gave.\n"},
    {ALL, "No program starts before the advertiser has consented to its SHA-256.\n"},
    {CONSENT("\"shop\", \"advertiser\""),
     "No program starts before the shop and the advertiser have consented to its SHA-256.\n"},
    {ALL,
     "In all, 1 run of programs that may read any of everything under /input/buyers/ may start "
     "in this container, and no more.\n"},
    {ALL, "In all, 1000000 runs of programs that may read any of /input/query.txt may start"},
    {CONSENT(""), "!No program starts before"},
    {CONSENT(""), "!No run starts unless"},
    {CONSENT(""), "!may start in this container"},
    /* to be noticed */
    {ALL, "- Budgets are counted in one container: who gives the same data to another one begins "
          "anew.\n"},
    {CONSENT(""), "!- Budgets are counted"},
    {CONSENT(""), "- The program intersect reads what several give, and nobody has to consent "
                  "first: who gives data agrees"},
    {ALL, "!nobody has to consent first"},
    {ALL, "!Runs wait until enough have given something"},
    {{nullptr, {"\"freeze_inputs\": true", "\"parties\": {\"at_least\": 1, " BOTH "}"}},
     "- Runs wait until enough have given something, but inputs are not frozen"},
    {ALL, "!has no part in anything"},
    {{nullptr,
      {"\"principal\": \"advertiser\", \"may\": [\"write\"]",
       "\"principal\": \"shop\", \"may\": [\"write\"]", "\"principal\": \"advertiser\"",
       "\"principal\": \"shop\""}},
     "- The advertiser has no part in anything, and sees nothing in the journal but its own "
     "connections.\n"},
};

static void test_sentences(void **state)
{
    vc_fixture_check_said(*state, said, VC_COUNT(said));
}

static void test_cut_at_every_byte(void **state)
{
    static const struct vc_fixture_edit edit = ALL;

    vc_fixture_check_cut(*state, &edit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_read),
        cmocka_unit_test(test_by_default_nothing),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_cut_at_every_byte),
    };

    return cmocka_run_group_tests_name("lifecycle-policy", tests, vc_fixture_setup,
                                       vc_fixture_teardown);
}
