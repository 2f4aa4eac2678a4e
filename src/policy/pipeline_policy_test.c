/* SPDX-License-Identifier: MIT */

/* The block "pipelines" of a policy: what it says, what is refused, and what people are told. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/fixture.h"

#define PIPELINES(inner)              \
    {                                 \
        "\"pipelines\": {" inner "}", \
        {                             \
        }                             \
    }
#define P(inner)                   PIPELINES("\"p\": {\"principals\": [\"shop\"], \"stages\": [" inner "]}")
#define STAGE(name, program, more) "{\"name\": \"" name "\", \"program\": \"" program "\"" more "}"
#define SUM(name)                  STAGE(name, "sum", "")
#define IF(inner)                  ", \"if\": [" inner "]"
#define AFTER(list)                ", \"after\": [" list "]"
/* Of intersect, which has standard files, and of sum, which has none. */
#define RIGHTS(list)     ", \"rights\": [" list "]"
#define RIGHT(may, path) "{\"may\": [" may "], \"path\": \"" path "\"}"
#define STANDARD                          \
    RIGHT("\"read\"", "/input/query.txt") \
    ", " RIGHT("\"write\"", "/output/log.txt") ", " RIGHT("\"write\"", "/output/errors.txt")
/* A stage whose `more` is tried, after one that is called a. */
#define SECOND(more)    P(SUM("a") ", " STAGE("b", "sum", more))
#define COND(inner)     SECOND(IF(inner))
#define RIGHTS_OF(list) P(STAGE("a", "intersect", RIGHTS(list)))
#define ALL                                                                                                                                                                                             \
    PIPELINES(                                                                                                                                                                                          \
        "\"nightly\": {\"principals\": [\"shop\", \"advertiser\"], \"stages\": [" STAGE("make", "sum", "") ", " STAGE(                                                                                  \
            "sort", "intersect",                                                                                                                                                                        \
            IF("{\"exists\": \"/output/u.txt\"}") RIGHTS(STANDARD ", " RIGHT(                                                                                                                           \
                "\"list\", \"read\"",                                                                                                                                                                   \
                "/input/a/"))) ", " STAGE("left", "sum",                                                                                                                                                \
                                          AFTER(                                                                                                                                                        \
                                              "\"sort\"") ", \"arguments\": [\"half\", "                                                                                                                \
                                                          "\"left\"]") ", " STAGE("right", "sum",                                                                                                       \
                                                                                  AFTER("\"sort"                                                                                                        \
                                                                                        "\"")                                                                                                           \
                                                                                      RIGHTS(                                                                                                           \
                                                                                          "")) ","                                                                                                      \
                                                                                               " " STAGE(                                                                                               \
                                                                                                   "repair",                                                                                            \
                                                                                                   "sum",                                                                                               \
                                                                                                   AFTER(                                                                                               \
                                                                                                       "\"left\", "                                                                                     \
                                                                                                       "\"right\"")                                                                                     \
                                                                                                       IF("{\"stage\": "                                                                                \
                                                                                                          "\"left\", \"exit\": "                                                                        \
                                                                                                          "[1, 4294967295]}, "                                                                          \
                                                                                                          "{\"missing\": "                                                                              \
                                                                                                          "\"/output/"                                                                                  \
                                                                                                          "left.txt\"}, "                                                                               \
                                                                                                          "{\"stage\": "                                                                                \
                                                                                                          "\"make\", \"exit\": "                                                                        \
                                                                                                          "[0]}")) ", " STAGE("a"                                                                       \
                                                                                                                              "u"                                                                       \
                                                                                                                              "d"                                                                       \
                                                                                                                              "i"                                                                       \
                                                                                                                              "t",                                                                      \
                                                                                                                              "s"                                                                       \
                                                                                                                              "u"                                                                       \
                                                                                                                              "m",                                                                      \
                                                                                                                              AFTER(                                                                    \
                                                                                                                                  "")) "]}, "                                                           \
                                                                                                                                       "\"one\": {\"principals\": [\"advertiser\"], \"stages\": [" SUM( \
                                                                                                                                           "make") "]}")

static void test_it_is_read(void **state)
{
    static const struct vc_fixture_edit edit = ALL;
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_edited_policy(*state, &edit);
    const struct vc_policy_pipeline *nightly;
    const struct vc_policy_stage *stages;
    size_t index = 99;

    assert_int_equal(policy->pipeline_count, 2);
    assert_false(vc_policy_find_pipeline(policy, "Nightly", &index));
    assert_int_equal(index, 99);
    assert_true(vc_policy_find_pipeline(policy, "one", &index));
    assert_int_equal(policy->pipelines[index].stage_count, 1);
    assert_int_equal(policy->pipelines[index].principals[0], 0);
    assert_true(vc_policy_find_pipeline(policy, "nightly", &index));
    nightly = &policy->pipelines[index];
    assert_int_equal(nightly->principal_count, 2);
    assert_int_equal(nightly->principals[0], 1);
    assert_int_equal(nightly->stage_count, 6);
    stages = nightly->stages;
    assert_string_equal(stages[0].name, "make");
    assert_int_equal(stages[0].program, 1);
    assert_int_equal(stages[0].after_count, 0);
    assert_null(stages[0].arguments);
    assert_false(stages[0].narrowed);
    /* by default after the one before */
    assert_int_equal(stages[1].program, 0);
    assert_int_equal(stages[1].after_count, 1);
    assert_int_equal(stages[1].after[0], 0);
    assert_int_equal(stages[1].condition_count, 1);
    assert_int_equal(stages[1].conditions[0].kind, VC_IF_EXISTS);
    assert_string_equal(stages[1].conditions[0].path, "/output/u.txt");
    assert_true(stages[1].narrowed);
    assert_int_equal(stages[1].right_count, 4);
    assert_int_equal(stages[1].rights[3].may, VC_RIGHT_READ | VC_RIGHT_LIST);
    assert_string_equal(stages[1].rights[3].path, "/input/a");
    assert_true(stages[1].rights[3].tree);
    /* two after one */
    assert_int_equal(stages[2].after_count, 1);
    assert_int_equal(stages[2].after[0], 1);
    assert_int_equal(stages[2].argument_count, 2);
    assert_string_equal(stages[2].arguments[1], "left");
    assert_null(stages[2].arguments[2]);
    assert_int_equal(stages[3].after[0], 1);
    assert_true(stages[3].narrowed);
    assert_int_equal(stages[3].right_count, 0);
    /* what is asked about comes before, too */
    assert_int_equal(stages[4].after_count, 3);
    assert_int_equal(stages[4].after[0], 2);
    assert_int_equal(stages[4].after[1], 3);
    assert_int_equal(stages[4].after[2], 0);
    assert_int_equal(stages[4].conditions[0].kind, VC_IF_EXIT);
    assert_int_equal(stages[4].conditions[0].stage, 2);
    assert_int_equal(stages[4].conditions[0].exit_count, 2);
    assert_int_equal(stages[4].conditions[0].exits[1], UINT32_MAX);
    assert_int_equal(stages[4].conditions[1].kind, VC_IF_MISSING);
    /* at once */
    assert_int_equal(stages[5].after_count, 0);
}

static const struct vc_fixture_row rows[] = {
    {ALL, VC_OK, nullptr},
    {PIPELINES(""), VC_OK, nullptr},
    {{"\"pipelines\": []", {}}, VC_MALFORMED, "pipelines: an array, an object wanted"},
    {PIPELINES("\"P\": {}"), VC_MALFORMED, "pipelines.P: a name is"},
    {PIPELINES("\"p\": 1"), VC_MALFORMED, "pipelines.p: a whole number, an object"},
    {PIPELINES("\"p\": {\"steps\": []}"), VC_MALFORMED, "pipelines.p: unknown key \"steps\""},
    /* who may start it */
    {PIPELINES("\"p\": {\"stages\": [" SUM("a") "]}"), VC_MALFORMED,
     "pipelines.p: no \"principals\""},
    {PIPELINES("\"p\": {\"principals\": [], \"stages\": [" SUM("a") "]}"), VC_LIMIT,
     "pipelines.p.principals: no elements"},
    {PIPELINES("\"p\": {\"principals\": [\"sum\"], \"stages\": [" SUM("a") "]}"), VC_REFUSED,
     "pipelines.p.principals[0]: no principal \"sum\""},
    {PIPELINES("\"p\": {\"principals\": [\"shop\", \"shop\"], \"stages\": [" SUM("a") "]}"),
     VC_REFUSED, "pipelines.p.principals[1]: the same as [0]"},
    /* its stages */
    {PIPELINES("\"p\": {\"principals\": [\"shop\"]}"), VC_MALFORMED, "pipelines.p: no \"stages\""},
    {P(""), VC_LIMIT, "pipelines.p.stages: no elements"},
    {P("\"a\""), VC_MALFORMED, "pipelines.p.stages[0]: a string, an object"},
    {P("{\"program\": \"sum\"}"), VC_MALFORMED, "pipelines.p.stages[0]: no \"name\""},
    {P("{\"name\": \"a\"}"), VC_MALFORMED, "pipelines.p.stages[0]: no \"program\""},
    {P(SUM("A")), VC_MALFORMED, "pipelines.p.stages[0].name: a name is"},
    {P(SUM("a") ", " SUM("b") ", " SUM("a")), VC_REFUSED,
     "pipelines.p.stages[2].name: the same as of stages[0]"},
    {P(STAGE("a", "psi", "")), VC_REFUSED, "pipelines.p.stages[0].program: no program \"psi\""},
    {P(STAGE("a", "sum", ", \"k\": 1")), VC_MALFORMED, "pipelines.p.stages[0]: unknown key \"k\""},
    /* what they come after */
    {SECOND(AFTER("\"a\"")), VC_OK, nullptr},
    {SECOND(AFTER("\"b\"")), VC_REFUSED, "pipelines.p.stages[1].after[0]: b is the stage itself"},
    {SECOND(AFTER("\"a\", \"a\"")), VC_REFUSED, "pipelines.p.stages[1].after[1]: a a second time"},
    {SECOND(AFTER("\"c\"")), VC_REFUSED,
     "pipelines.p.stages[1].after[0]: no stage \"c\" before this one"},
    {SECOND(AFTER("1")), VC_MALFORMED, "pipelines.p.stages[1].after[0]: a whole number"},
    {SECOND(", \"after\": \"a\""), VC_MALFORMED, "pipelines.p.stages[1].after: a string"},
    /* a cycle cannot be written down */
    {P(STAGE("a", "sum", AFTER("\"b\"")) ", " STAGE("b", "sum", AFTER("\"a\""))), VC_REFUSED,
     "pipelines.p.stages[0].after[0]: no stage \"b\" before this one"},
    /* conditions */
    {COND(""), VC_LIMIT, "pipelines.p.stages[1].if: no elements"},
    {COND("{}"), VC_MALFORMED, "pipelines.p.stages[1].if[0]: exactly one of"},
    {COND("{\"exists\": \"/a\", \"missing\": \"/b\"}"), VC_MALFORMED,
     "pipelines.p.stages[1].if[0]: exactly one of"},
    {COND("{\"exit\": [1]}"), VC_MALFORMED, "pipelines.p.stages[1].if[0]: exactly one of"},
    {COND("{\"exists\": \"/a\", \"exit\": [1]}"), VC_REFUSED,
     "pipelines.p.stages[1].if[0].exit: only with \"stage\""},
    {COND("{\"exists\": \"/a/\"}"), VC_MALFORMED,
     "pipelines.p.stages[1].if[0].exists: names a directory"},
    {COND("{\"missing\": \"/stream/s\"}"), VC_REFUSED,
     "pipelines.p.stages[1].if[0].missing: /stream/s is a place of streams"},
    {COND("{\"exists\": \"/veracruz/policy.json\"}"), VC_REFUSED,
     "pipelines.p.stages[1].if[0].exists: /veracruz/policy.json is where programs find"},
    {COND("{\"stage\": \"a\"}"), VC_MALFORMED, "pipelines.p.stages[1].if[0]: no \"exit\""},
    {COND("{\"stage\": \"a\", \"exit\": []}"), VC_LIMIT,
     "pipelines.p.stages[1].if[0].exit: no elements"},
    {COND("{\"stage\": \"a\", \"exit\": 1}"), VC_MALFORMED,
     "pipelines.p.stages[1].if[0].exit: a whole number, an array"},
    {COND("{\"stage\": \"a\", \"exit\": [-1]}"), VC_LIMIT,
     "pipelines.p.stages[1].if[0].exit[0]: -1, at least 0"},
    {COND("{\"stage\": \"a\", \"exit\": [4294967296]}"), VC_LIMIT,
     "pipelines.p.stages[1].if[0].exit[0]: 4294967296, at most 4294967295"},
    {COND("{\"stage\": \"a\", \"exit\": [1, 2, 1]}"), VC_REFUSED,
     "pipelines.p.stages[1].if[0].exit[2]: the same as [0]"},
    {COND("{\"stage\": \"b\", \"exit\": [1]}"), VC_REFUSED,
     "pipelines.p.stages[1].if[0].stage: b is the stage itself"},
    {COND("{\"stage\": \"c\", \"exit\": [1]}"), VC_REFUSED,
     "pipelines.p.stages[1].if[0].stage: no stage \"c\" before this one"},
    {COND("{\"exists\": \"/a\"}, {\"stage\": \"a\", \"exit\": [1]}, "
          "{\"stage\": \"a\", \"exit\": [2]}"),
     VC_REFUSED, "pipelines.p.stages[1].if[2].stage: the same as in [1]"},
    {COND("{\"exists\": \"/a\"}, {\"exists\": \"/./a\"}"), VC_REFUSED,
     "pipelines.p.stages[1].if[1]: the same as [0]"},
    {COND("{\"exists\": \"/a\"}, {\"missing\": \"/a\"}"), VC_REFUSED,
     "pipelines.p.stages[1].if[1]: never holds together with [0]"},
    /* rights */
    {RIGHTS_OF(STANDARD), VC_OK, nullptr},
    {RIGHTS_OF(STANDARD ", " RIGHT("\"read\"", "/input/")), VC_OK, nullptr},
    {RIGHTS_OF("1"), VC_MALFORMED, "pipelines.p.stages[0].rights[0]: a whole number"},
    {RIGHTS_OF("{\"path\": \"/a\"}"), VC_MALFORMED, "pipelines.p.stages[0].rights[0]: no \"may\""},
    {RIGHTS_OF("{\"may\": [\"read\"]}"), VC_MALFORMED,
     "pipelines.p.stages[0].rights[0]: no \"path\""},
    {RIGHTS_OF("{\"program\": \"sum\", \"may\": [\"read\"], \"path\": \"/a\"}"), VC_MALFORMED,
     "pipelines.p.stages[0].rights[0]: unknown key \"program\""},
    {RIGHTS_OF(RIGHT("\"read\", \"read\"", "/a")), VC_MALFORMED,
     "pipelines.p.stages[0].rights[0].may[1]: read a second time"},
    {RIGHTS_OF(RIGHT("\"execute\"", "/program/sum.wasm")), VC_REFUSED,
     "pipelines.p.stages[0].rights[0].may: execute is for principals"},
    {RIGHTS_OF(RIGHT("\"read\"", "/output/log.txt")), VC_REFUSED,
     "pipelines.p.stages[0].rights[0]: rights: the program intersect has no right to read"},
    {RIGHTS_OF(STANDARD ", " RIGHT("\"read\", \"write\"", "/input/")), VC_REFUSED,
     "pipelines.p.stages[0].rights[3]: more than the program intersect may do under /input/"},
    {RIGHTS_OF(RIGHT("\"read\"", "/")), VC_REFUSED,
     "pipelines.p.stages[0].rights[0]: more than the program intersect may do under /"},
    {RIGHTS_OF(RIGHT("\"write\"", "/stream/s")), VC_REFUSED,
     "pipelines.p.stages[0].rights[0].path: /stream/s is a place of streams"},
    {RIGHTS_OF(RIGHT("\"read\"", "/veracruz/")), VC_REFUSED,
     "pipelines.p.stages[0].rights[0].path: /veracruz is where programs find"},
    {P(STAGE("a", "sum", RIGHTS(RIGHT("\"write\"", "/program/sum.wasm")))), VC_REFUSED,
     "pipelines.p.stages[0].rights[0]: programs.sum.path: no program may write a program"},
    {RIGHTS_OF(""), VC_REFUSED,
     "pipelines.p.stages[0].rights: the program intersect may not read its standard input, "
     "/input/query.txt"},
    {RIGHTS_OF(RIGHT("\"read\"", "/input/") ", " RIGHT("\"write\"", "/output/log.txt")), VC_REFUSED,
     "pipelines.p.stages[0].rights: the program intersect may not write its standard error, "
     "/output/errors.txt"},
    {P(STAGE("a", "sum", RIGHTS(""))), VC_OK, nullptr},
    /* arguments */
    {SECOND(", \"arguments\": []"), VC_LIMIT, "pipelines.p.stages[1].arguments: no elements"},
    {SECOND(", \"arguments\": [1]"), VC_MALFORMED, "pipelines.p.stages[1].arguments[0]: a whole"},
    {SECOND(", \"arguments\": [\"\"]"), VC_OK, nullptr},
};

static void test_rows(void **state)
{
    vc_fixture_check_rows(*state, rows, VC_COUNT(rows));
}

/* Appends "one, one, ..." as often, each with its number for '#'. */
static void repeat(struct vc_buffer *list, const char *one, size_t count)
{
    const char *mark = strchr(one, '#');

    assert_non_null(mark);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(vc_buffer_printf(list, nullptr, "%s%.*s%zu%s", i > 0 ? ", " : "",
                                          (int)(mark - one), one, i, mark + 1),
                         VC_OK);
    }
}

static void test_how_many(void **state)
{
    static const struct {
        const char *before;
        const char *one;
        const char *after;
        size_t most;
        const char *err;
    } lists[] = {
        {"\"pipelines\": {", "\"p#\": {\"principals\": [\"shop\"], \"stages\": [" SUM("a") "]}",
         "}", 64, "pipelines: 65 members, at most 64"},
        {"\"pipelines\": {\"p\": {\"principals\": [\"shop\"], \"stages\": [", SUM("a#"), "]}}", 64,
         "pipelines.p.stages: 65 elements, at most 64"},
        {"\"pipelines\": {\"p\": {\"principals\": [\"shop\"], \"stages\": [{\"name\": \"a\", "
         "\"program\": \"sum\", \"if\": [",
         "{\"exists\": \"/#\"}", "]}]}}", 16, "pipelines.p.stages[0].if: 17 elements, at most 16"},
        {"\"pipelines\": {\"p\": {\"principals\": [\"shop\"], \"stages\": [{\"name\": \"a\", "
         "\"program\": \"sum\", \"rights\": [",
         RIGHT("\"write\"", "/#"), "]}]}}", 256,
         "pipelines.p.stages[0].rights: 257 elements, at most 256"},
        {"\"pipelines\": {\"p\": {\"principals\": [\"shop\"], \"stages\": [" SUM(
             "a") ", {\"name\": \"b\", \"program\": \"sum\", \"if\": [{\"stage\": \"a\", \"exit\": "
                  "[",
         "#", "]}]}]}}", 64, "pipelines.p.stages[1].if[0].exit: 65 elements, at most 64"},
    };

    for (size_t i = 0; i < VC_COUNT(lists); i++) {
        for (size_t count = lists[i].most; count <= lists[i].most + 1; count++) {
            vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
            vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
            struct vc_fixture_edit edit = {};
            struct vc_err err = {};

            assert_int_equal(vc_buffer_append_text(&text, lists[i].before, nullptr), VC_OK);
            repeat(&text, lists[i].one, count);
            assert_int_equal(vc_buffer_printf(&text, nullptr, "%s%c", lists[i].after, '\0'), VC_OK);
            edit.members = (const char *)text.data;
            if (vc_fixture_parse(*state, &edit, &policy, &err) !=
                (count == lists[i].most ? VC_OK : VC_LIMIT))
                fail_msg("%s: %zu: %s", lists[i].err, count, err.text);
            if (policy == nullptr)
                assert_string_equal(err.text, lists[i].err);
        }
    }
}

static const struct vc_fixture_said said[] = {
    {P(SUM("a")), "/output/sum.txt, and start the pipeline p, and nothing else.\n"},
    {P(SUM("a")), "  Only the pipeline p may start it.\n"},
    {P(STAGE("a", "intersect", "")),
     "  Only the advertiser and the pipeline p may start it, 2 times in all.\n"},
    {ALL, "  Only the pipelines nightly and one may start it.\n"},
    {ALL, "Only the shop and the advertiser may start the pipeline nightly; its runs need no "
          "other right to start:\n  make: the program sum, at once.\n"},
    {ALL, "  sort: the program intersect, after make, if /output/u.txt is there. Of its rights to "
          "files it has only: read /input/query.txt, and write /output/log.txt, and write "
          "/output/errors.txt, and read and list everything under /input/a/.\n"},
    {ALL, "  left: the program sum, after sort. Its arguments are: \"half\" \"left\".\n"},
    {ALL, "  right: the program sum, after sort. Of its rights to files it has only: none.\n"},
    {ALL, "  repair: the program sum, after left, right and make, if left exited with 1 or "
          "4294967295 and /output/left.txt is not there and make exited with 0.\n"},
    {ALL, "  audit: the program sum, at once.\n"},
    {PIPELINES(""), "!Pipelines"},
    /* to be noticed */
    {PIPELINES(""), "- Nobody may start the program sum.\n"},
    {P(SUM("a")), "!- Nobody may start the program sum."},
    {ALL, "- The advertiser learns from the pipeline nightly whether there is /output/u.txt, which "
          "it may neither read nor list.\n"},
    {COND("{\"exists\": \"/output/sum.txt\"}"), "!learns from the pipeline"},
    {P(STAGE("a", "intersect", "") ", " STAGE("b", "intersect", "") ", " STAGE("c", "intersect",
                                                                               "")),
     "- The pipeline p has 3 stages of the program intersect, which may be started 2 times in "
     "all.\n"},
    {P(STAGE("a", "intersect", "") ", " STAGE("b", "intersect", "")), "!stages of the program"},
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

    return cmocka_run_group_tests_name("pipeline-policy", tests, vc_fixture_setup,
                                       vc_fixture_teardown);
}
