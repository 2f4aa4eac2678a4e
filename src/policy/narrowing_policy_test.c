/* SPDX-License-Identifier: MIT */

/* The block "narrowing" of a policy: what it says, what is refused, and what people are told. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/fixture.h"

#define STREAMS                                                                                   \
    "\"streams\": {\"prices\": {\"producer\": {\"principal\": \"shop\"}, \"consumers\": "         \
    "[{\"program\": \"sum\"}]}, \"news\": {\"producer\": {\"program\": \"sum\"}, \"consumers\": " \
    "[{\"principal\": \"shop\"}]}}"
#define KEYS                                                                      \
    "\"keys\": {\"ledger\": {\"owner\": \"shop\", \"id\": 1, \"type\": \"raw\", " \
    "\"bits\": 8, \"usage\": [], \"export\": true, \"programs\": [\"sum\"]}}"
/* Rules, in a policy that has streams and keys, or has none. */
#define RULES(list)                                      \
    {                                                    \
        STREAMS ", " KEYS ", \"narrowing\": [" list "]", \
        {                                                \
        }                                                \
    }
#define BARE(list)                   \
    {                                \
        "\"narrowing\": [" list "]", \
        {                            \
        }                            \
    }
#define SUM(may)  "{\"program\": \"sum\", \"may\": [" may "]"
#define SHOP(may) "{\"principal\": \"shop\", \"may\": [" may "]"
#define OUTPUT    ", \"path\": \"/output/\"}"
#define EXPIRES   SHOP("\"expires\"") "}"
#define STREAM    "\"take_stream\""
#define KEY       "\"take_key\""
#define ALL                                                                                        \
    RULES(                                                                                         \
        SUM("\"take\", \"read_once\"") OUTPUT                                                      \
        ", " SHOP("\"expires\", \"freeze_inputs\"") "}, " SHOP(                                    \
            STREAM) ", \"streams\": [\"news\"]}, " SHOP(KEY) "}, " SUM("\"runs\", \"limits\", "    \
                                                                       "\"withdraw\"") ", "        \
                                                                                       "\"program" \
                                                                                       "s\": "     \
                                                                                       "[\"sum\"," \
                                                                                       " \"inters" \
                                                                                       "ect\"]}")

static void test_it_is_read(void **state)
{
    static const struct vc_fixture_edit edit = ALL;
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_edited_policy(*state, &edit);
    const struct vc_policy_narrower *rules = policy->narrowers;

    assert_int_equal(policy->narrower_count, 5);
    assert_int_equal(rules[0].who.kind, VC_SUBJECT_PROGRAM);
    assert_int_equal(rules[0].who.index, 1);
    assert_int_equal(rules[0].may, 1U << VC_NARROW_TAKE | 1U << VC_NARROW_READ_ONCE);
    assert_string_equal(rules[0].path, "/output");
    assert_true(rules[0].tree);
    assert_false(rules[0].streams.all || rules[0].keys.all || rules[0].programs.all);
    assert_int_equal(rules[1].who.kind, VC_SUBJECT_PRINCIPAL);
    assert_int_equal(rules[1].who.index, 1);
    assert_int_equal(rules[1].may, 1U << VC_NARROW_EXPIRES | 1U << VC_NARROW_FREEZE);
    assert_null(rules[1].path);
    assert_false(rules[2].streams.all);
    assert_int_equal(rules[2].streams.count, 1);
    assert_int_equal(rules[2].streams.items[0], 1);
    assert_true(rules[3].keys.all);
    assert_int_equal(rules[3].keys.count, 0);
    assert_false(rules[3].streams.all);
    assert_int_equal(rules[4].may,
                     1U << VC_NARROW_RUNS | 1U << VC_NARROW_LIMITS | 1U << VC_NARROW_WITHDRAW);
    assert_false(rules[4].programs.all);
    assert_int_equal(rules[4].programs.count, 2);
    assert_int_equal(rules[4].programs.items[0], 1);
    assert_int_equal(rules[4].programs.items[1], 0);
}

static const struct vc_fixture_row rows[] = {
    {ALL, VC_OK, nullptr},
    {BARE(""), VC_OK, nullptr},
    {{"\"narrowing\": {}", {}}, VC_MALFORMED, "narrowing: an object, an array wanted"},
    {BARE("1"), VC_MALFORMED, "narrowing[0]: a whole number, an object wanted"},
    {BARE(SHOP("\"expires\"") ", \"k\": 1}"), VC_MALFORMED, "narrowing[0]: unknown key \"k\""},
    /* who */
    {BARE("{\"may\": [\"expires\"]}"), VC_MALFORMED,
     "narrowing[0]: exactly one of \"principal\" and \"program\""},
    {BARE("{\"principal\": \"shop\", \"program\": \"sum\", \"may\": [\"expires\"]}"), VC_MALFORMED,
     "narrowing[0]: exactly one of"},
    {BARE("{\"principal\": \"sum\", \"may\": [\"expires\"]}"), VC_REFUSED,
     "narrowing[0].principal: no principal \"sum\""},
    {BARE("{\"program\": \"shop\", \"may\": [\"expires\"]}"), VC_REFUSED,
     "narrowing[0].program: no program \"shop\""},
    /* what */
    {BARE("{\"program\": \"sum\"}"), VC_MALFORMED, "narrowing[0]: no \"may\""},
    {BARE(SHOP("") "}"), VC_LIMIT, "narrowing[0].may: no elements"},
    {BARE(SHOP("\"everything\"") "}"), VC_MALFORMED,
     "narrowing[0].may[0]: one of take take_stream"},
    {BARE(SHOP("\"Take\"") "}"), VC_MALFORMED, "narrowing[0].may[0]: one of take take_stream"},
    {BARE(SHOP("\"expires\", 1") "}"), VC_MALFORMED, "narrowing[0].may[1]: a whole number"},
    {BARE(SHOP("\"expires\", \"runs\", \"expires\"") "}"), VC_MALFORMED,
     "narrowing[0].may[2]: expires a second time"},
    /* where */
    {BARE(SUM("\"take\"") "}"), VC_MALFORMED, "narrowing[0]: no \"path\""},
    {BARE(SUM("\"read_once\", \"runs\"") "}"), VC_MALFORMED, "narrowing[0]: no \"path\""},
    {BARE(SHOP("\"expires\"") OUTPUT), VC_REFUSED,
     "narrowing[0].path: only for \"take\" and \"read_once\""},
    {BARE(SUM("\"take\"") ", \"path\": \"/output/.\"}"), VC_MALFORMED,
     "narrowing[0].path: names a directory"},
    {BARE(SUM("\"take\"") ", \"path\": 1}"), VC_MALFORMED, "narrowing[0].path: a whole number"},
    {BARE(SUM("\"take\"") ", \"path\": \"/\"}"), VC_OK, nullptr},
    {BARE(SUM("\"take\"") ", \"path\": \"/stream/prices\"}"), VC_REFUSED,
     "narrowing[0].path: /stream/prices is a place of streams"},
    {BARE(SUM("\"take\"") ", \"path\": \"/veracruz/policy.json\"}"), VC_REFUSED,
     "narrowing[0].path: /veracruz/policy.json is where programs find the policy in force"},
    {{"\"narrowing\": [" SHOP("\"take\"") ", \"path\": \"/outpt/\"}]",
      {"\"may\": [\"write\", \"delete\"], \"path\": \"/\"",
       "\"may\": [\"write\", \"delete\"], \"path\": \"/output/\""}},
     VC_REFUSED,
     "narrowing[0].path: nobody has a right to /outpt/"},
    {BARE(SHOP("\"take\", \"read_once\"") ", \"path\": \"/input/\"}"), VC_REFUSED,
     "narrowing[0].may: read_once, but no principal may read /input/"},
    {BARE(SHOP("\"read_once\"") ", \"path\": \"/output/sum.txt\"}"), VC_OK, nullptr},
    /* which */
    {RULES(SHOP("\"expires\"") ", \"streams\": [\"news\"]}"), VC_REFUSED,
     "narrowing[0].streams: only for \"take_stream\""},
    {RULES(SHOP(STREAM) ", \"keys\": [\"ledger\"]}"), VC_REFUSED,
     "narrowing[0].keys: only for \"take_key\""},
    {RULES(SHOP(KEY) ", \"programs\": [\"sum\"]}"), VC_REFUSED,
     "narrowing[0].programs: only for \"runs\", \"limits\" and \"withdraw\""},
    {RULES(SHOP(STREAM) ", \"streams\": []}"), VC_LIMIT, "narrowing[0].streams: no elements"},
    {RULES(SHOP(STREAM) ", \"streams\": \"news\"}"), VC_MALFORMED,
     "narrowing[0].streams: a string, an array"},
    {RULES(SHOP(STREAM) ", \"streams\": [\"price\"]}"), VC_REFUSED,
     "narrowing[0].streams[0]: no stream \"price\""},
    {RULES(SHOP(KEY) ", \"keys\": [\"news\"]}"), VC_REFUSED,
     "narrowing[0].keys[0]: no key \"news\""},
    {RULES(SHOP("\"runs\"") ", \"programs\": [\"shop\"]}"), VC_REFUSED,
     "narrowing[0].programs[0]: no program \"shop\""},
    {RULES(SHOP(STREAM) ", \"streams\": [\"news\", \"prices\", \"news\"]}"), VC_REFUSED,
     "narrowing[0].streams[2]: the same as [0]"},
    {RULES(SHOP(KEY) ", \"keys\": [\"ledger\", \"ledger\"]}"), VC_REFUSED,
     "narrowing[0].keys[1]: the same as [0]"},
    {RULES(SHOP("\"withdraw\"") ", \"programs\": [\"sum\", \"sum\"]}"), VC_REFUSED,
     "narrowing[0].programs[1]: the same as [0]"},
    /* what is not there to be narrowed */
    {BARE(SHOP("\"expires\", " STREAM) "}"), VC_REFUSED,
     "narrowing[0].may: take_stream, but there are no streams"},
    {BARE(EXPIRES ", " SHOP(KEY) "}"), VC_REFUSED,
     "narrowing[1].may: take_key, but there are no keys"},
    /* two alike, however they are spelled */
    {RULES(SHOP("\"runs\"") "}, " SHOP("\"runs\"") ", \"programs\": [\"sum\"]}"), VC_OK, nullptr},
    {RULES(EXPIRES ", " SUM("\"expires\"") "}, " EXPIRES), VC_REFUSED,
     "narrowing[2]: the same as [0]"},
    {RULES(SUM("\"take\"") OUTPUT ", " SUM("\"take\"") ", \"path\": \"/x/../output//\"}"),
     VC_REFUSED, "narrowing[1]: the same as [0]"},
    {RULES(SUM("\"take\"") OUTPUT ", " SUM("\"take\"") ", \"path\": \"/output\"}"), VC_OK, nullptr},
    {RULES(SHOP("\"runs\", \"expires\"") ", \"programs\": [\"sum\", \"intersect\"]}, " SHOP(
         "\"expires\", \"runs\"") ", \"programs\": [\"intersect\", \"sum\"]}"),
     VC_REFUSED, "narrowing[1]: the same as [0]"},
};

static void test_rows(void **state)
{
    vc_fixture_check_rows(*state, rows, VC_COUNT(rows));
}

static void test_how_many(void **state)
{
    for (size_t count = VC_POLICY_NARROWING_MAX; count <= VC_POLICY_NARROWING_MAX + 1; count++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer list = {};
        vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
        struct vc_fixture_edit edit = {};
        struct vc_err err = {};

        assert_int_equal(vc_buffer_append_text(&list, "\"narrowing\": [", nullptr), VC_OK);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(vc_buffer_printf(&list, nullptr,
                                              "%s" SUM("\"take\"") ", \"path\": \"/%zu\"}",
                                              i > 0 ? ", " : "", i),
                             VC_OK);
        }
        assert_int_equal(vc_buffer_printf(&list, nullptr, "]%c", '\0'), VC_OK);
        edit.members = (const char *)list.data;
        assert_int_equal(vc_fixture_parse(*state, &edit, &policy, &err),
                         count == VC_POLICY_NARROWING_MAX ? VC_OK : VC_LIMIT);
        if (policy == nullptr)
            assert_string_equal(err.text, "narrowing: 1025 elements, at most 1024");
    }
}

static const struct vc_fixture_said said[] = {
    {BARE(""),
     "less can become allowed than is said here, for good, and never more. Every principal "
     "may give up its own rights.\nBeyond that nobody may narrow anything.\n"},
    {BARE(""), "!Who gives a key may take it"},
    {ALL, "Who gives a key may take it from any program.\n"},
    {ALL, "!nobody may narrow anything"},
    {ALL, "The program sum may take from anybody rights to everything under /output/, and let each "
          "principal read only once more everything under /output/.\n"},
    {ALL, "The shop may let the container end sooner, and freeze all inputs.\n"},
    {ALL, "The shop may take from any of its ends the stream news.\n"},
    {ALL, "The shop may take from programs any key.\n"},
    {ALL, "The program sum may lower the number of starts of the programs sum and intersect, and "
          "lower the limits of the programs sum and intersect, and withdraw the programs sum and "
          "intersect.\n"},
    {RULES(SHOP("\"runs\", " STREAM) "}"),
     "The shop may take from any of its ends any stream, and lower the number of starts of any "
     "program.\n"},
    {{"\"narrowing\": []", {"\"shutdown\": [", "\"consent\": [\"shop\"], \"shutdown\": ["}},
     "The shop, whose consent is needed, may withdraw any program.\n"},
    /* to be noticed */
    {ALL, "- The program sum may shut the shop out of everything under /output/, knowing the data: "
          "it can spoil a result so, and tell something by it.\n"},
    {BARE("{\"principal\": \"advertiser\", \"may\": [\"take\"]" OUTPUT),
     "- The advertiser may shut the shop out of everything under /output/ at any moment.\n"},
    {BARE(SHOP("\"take\"") OUTPUT), "!may shut the"},
    {BARE(SUM("\"read_once\"") OUTPUT), "!may shut the"},
    {ALL, "- The shop may keep others from going on, by narrowing expires and freeze_inputs.\n"},
    {ALL, "- The program sum may keep others from going on, by narrowing runs, limits and "
          "withdraw.\n"},
    {BARE(SUM("\"take\"") OUTPUT), "!may keep others from going on"},
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
        cmocka_unit_test(test_it_is_read),        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_how_many),          cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_cut_at_every_byte),
    };

    return cmocka_run_group_tests_name("narrowing-policy", tests, vc_fixture_setup,
                                       vc_fixture_teardown);
}
