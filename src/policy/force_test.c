/* SPDX-License-Identifier: MIT */

#include "policy/force.h"

#include <malloc.h>
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

#define BLOCKS                                                                                   \
    "\"pins\": {\"/input/buyers/model\": "                                                       \
    "\"5555555555555555555555555555555555555555555555555555555555555555\"},"                     \
    "\"streams\": {\"prices\": {\"producer\": {\"principal\": \"advertiser\"},"                  \
    " \"consumers\": [{\"program\": \"intersect\"}, {\"principal\": \"shop\"}]}},"               \
    " \"keys\": {\"ledger\": {\"owner\": \"shop\", \"id\": 1, \"type\": \"aes\", \"bits\": 256," \
    " \"usage\": [\"decrypt\"], \"algorithm\": \"gcm\", \"programs\": [\"intersect\", "          \
    "\"sum\"]}}, "

static struct vc_policy *policy_new(const struct vc_fixture *fixture)
{
    return vc_fixture_policy(fixture, "\"lifecycle\": {", BLOCKS "\"lifecycle\": {");
}

static struct vc_force *force_new(const struct vc_policy *policy)
{
    struct vc_force *force = nullptr;

    assert_int_equal(vc_force_new(policy, &force, nullptr), VC_OK);
    return force;
}

static struct vc_force *force_within(const struct vc_force *outer,
                                     const struct vc_policy_stage *stage)
{
    struct vc_force *force = nullptr;

    assert_int_equal(vc_force_new_within(outer, stage, &force, nullptr), VC_OK);
    return force;
}

/* Returns whether anything changed. */
static bool narrow(struct vc_force *force, const char *text)
{
    struct vc_narrowing narrowing;
    struct vc_err err = {};
    uint64_t version = vc_force_version(force);
    bool changed = false;

    if (vc_narrowing_parse(vc_force_policy(force),
                           (struct vc_bytes){(const uint8_t *)text, strlen(text)}, &narrowing,
                           &err) != VC_OK ||
        vc_force_narrow(force, &narrowing, &changed, &err) != VC_OK)
        fail_msg("%s: %s", text, err.text);
    if (changed)
        assert_true(vc_force_version(force) > version);
    return changed;
}

/* -------------------------------------------------------------------------------------- rights */

#define TAKE(may, path, from) "{\"take\":{\"may\":[" may "],\"path\":\"" path "\"," from "}}"
#define FROM_SHOP             "\"from\":[{\"principal\":\"shop\"}]"
#define FROM_SUM              "\"from\":[{\"program\":\"sum\"}]"
#define FROM_ALL              "\"from_all_but\":[]"
#define BUT_SHOP              "\"from_all_but\":[{\"principal\":\"shop\"}]"

static const struct row {
    const char *name;
    struct {
        const char *text;
        bool same; /* it changes nothing */
    } steps[4];
    struct {
        struct vc_subject who;
        enum vc_right what;
        const char *path;
        const char *err; /* null: allowed */
    } asks[7];           /* up to the first without a path */
} rows[] = {
    {"nothing is narrowed",
     {},
     {{SHOP, VC_RIGHT_READ, "/output/sum.txt", nullptr},
      {SHOP, VC_RIGHT_READ, "/output", "rights: the shop has no right to read /output"},
      {SUM, VC_RIGHT_WRITE, "/x/y", nullptr}}},
    {"a file, from one",
     {{TAKE("\"read\"", "/output/sum.txt", FROM_SHOP), false},
      {TAKE("\"read\"", "/output/sum.txt", FROM_SHOP), true},
      {TAKE("\"read\"", "/output/", FROM_SHOP), true},
      {TAKE("\"read\"", "/output/sum.txt/", FROM_ALL), true}},
     {{SHOP, VC_RIGHT_READ, "/output/sum.txt",
       "narrowed: shop may not read /output/sum.txt any more"},
      {SHOP, VC_RIGHT_LIST, "/output/sum.txt", nullptr},
      {INTERSECT, VC_RIGHT_WRITE, "/output/sum.txt", nullptr}}},
    {"a file, from all but one",
     {{TAKE("\"write\"", "/output/x", BUT_SHOP), false}},
     {{INTERSECT, VC_RIGHT_WRITE, "/output/x",
       "narrowed: the program intersect may not write /output/x any more"},
      {SUM, VC_RIGHT_WRITE, "/output/x", "narrowed: the program sum may not write /output/x any"},
      {SUM, VC_RIGHT_DELETE, "/output/x", nullptr},
      {SUM, VC_RIGHT_WRITE, "/output/x/y", nullptr},
      {SUM, VC_RIGHT_WRITE, "/output/xy", nullptr},
      {SUM, VC_RIGHT_WRITE, "/output", nullptr},
      {SHOP, VC_RIGHT_WRITE, "/input/buyers/x", nullptr}}},
    {"a directory",
     {{TAKE("\"write\",\"append\"", "/input/buyers/a/", FROM_SHOP), false},
      {TAKE("\"append\"", "/input/buyers/a/b/", FROM_SHOP), true},
      {TAKE("\"append\"", "/input/buyers/a", FROM_SHOP), true},
      {TAKE("\"append\"", "/input/buyers/ab", FROM_SHOP), false}},
     {{SHOP, VC_RIGHT_WRITE, "/input/buyers/a",
       "narrowed: shop may not write /input/buyers/a any more"},
      {SHOP, VC_RIGHT_APPEND, "/input/buyers/a/b/c",
       "narrowed: shop may not append to /input/buyers/a/b/c any more"},
      {SHOP, VC_RIGHT_DELETE, "/input/buyers/a/b", nullptr},
      {SHOP, VC_RIGHT_WRITE, "/input/buyers/a2", nullptr},
      {SHOP, VC_RIGHT_WRITE, "/input/buyers/ab", nullptr},
      {SHOP, VC_RIGHT_DELETE, "/input/buyers", nullptr}}},
    {"all there is",
     {{TAKE("\"read\",\"write\",\"append\",\"execute\",\"list\",\"delete\"", "/", FROM_ALL), false},
      {TAKE("\"read\"", "/", FROM_ALL), true},
      {TAKE("\"write\"", "/x", FROM_SUM), true},
      {TAKE("\"execute\"", "/program/intersect.wasm", FROM_ALL), true}},
     {{SHOP, VC_RIGHT_READ, "/output/sum.txt", "narrowed: shop may not read"},
      {ADVERTISER, VC_RIGHT_EXECUTE, "/program/intersect.wasm",
       "narrowed: advertiser may not execute /program/intersect.wasm any more"},
      {SUM, VC_RIGHT_WRITE, "/", "narrowed: the program sum may not write / any more"},
      {SUM, VC_RIGHT_READ, "/", "rights: the program sum has no right to read /"}}},
    {"the root alone is not what is below it",
     {{TAKE("\"write\"", "/x/", FROM_SUM), false}},
     {{SUM, VC_RIGHT_WRITE, "/", nullptr}, {SUM, VC_RIGHT_WRITE, "/x", "narrowed: the program"}}},
    {"what nobody has is not taken",
     {{TAKE("\"read\"", "/input/viewers.csv", FROM_SHOP), true},
      {TAKE("\"execute\"", "/program/sum.wasm", FROM_ALL), true},
      {TAKE("\"write\"", "/output/x/", FROM_SHOP), true},
      {TAKE("\"write\"", "/x/", "\"from_all_but\":[{\"program\":\"sum\"}]"), true}},
     {{SHOP, VC_RIGHT_READ, "/output/sum.txt", nullptr}}},
    {"nor what the policy excepts: modules, pinned files, what is in their way, streams",
     {{TAKE("\"write\",\"delete\"", "/program/intersect.wasm", FROM_SUM), true},
      {TAKE("\"write\"", "/program/intersect.wasm/", FROM_SUM), true},
      {TAKE("\"write\",\"append\"", "/input/buyers/model/x/", FROM_SHOP), true},
      {TAKE("\"write\"", "/input/buyers/model", FROM_SUM), true}},
     {{SUM, VC_RIGHT_DELETE, "/program/other", nullptr}}},
    {"what may be deleted, though nothing can be there",
     {{TAKE("\"delete\"", "/program/intersect.wasm/", FROM_SUM), false},
      {TAKE("\"delete\"", "/program/intersect.wasm/x", FROM_SUM), true}},
     {{SUM, VC_RIGHT_DELETE, "/program/intersect.wasm/x", "narrowed: the program sum may"}}},
    {"a directory of which only the pinned file itself can be",
     {{TAKE("\"write\"", "/input/buyers/model/", FROM_SHOP), false},
      {TAKE("\"write\"", "/input/buyers/model", FROM_SHOP), true}},
     {{SHOP, VC_RIGHT_WRITE, "/input/buyers/model", "narrowed: shop may not write"},
      {SHOP, VC_RIGHT_DELETE, "/input/buyers/model", nullptr}}},
    {"reading once is not reading less",
     {{"{\"read_once\":{\"path\":\"/output/\"}}", false},
      {"{\"read_once\":{\"path\":\"/output/sum.txt\"}}", true},
      {"{\"read_once\":{\"path\":\"/input/\"}}", true}},
     {{SHOP, VC_RIGHT_READ, "/output/sum.txt", nullptr}}},
};

static void check_row(const struct vc_policy *policy, const struct row *row)
{
    vc_cleanup(vc_force_freep) struct vc_force *force = force_new(policy);

    for (size_t i = 0; i < VC_COUNT(row->steps) && row->steps[i].text != nullptr; i++) {
        if (narrow(force, row->steps[i].text) == row->steps[i].same)
            fail_msg("%s: step %zu", row->name, i);
    }
    for (size_t i = 0; i < VC_COUNT(row->asks) && row->asks[i].path != nullptr; i++) {
        const char *wanted = row->asks[i].err;
        struct vc_err err = {};
        enum vc_code code =
            vc_force_decide(force, row->asks[i].who, row->asks[i].what, row->asks[i].path, &err);

        if (code != (wanted == nullptr ? VC_OK : VC_REFUSED) ||
            (wanted != nullptr && strncmp(err.text, wanted, strlen(wanted)) != 0))
            fail_msg("%s: question %zu: %s", row->name, i, err.text);
    }
}

static void test_rights(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);

    for (size_t i = 0; i < VC_COUNT(rows); i++)
        check_row(policy, &rows[i]);
}

/* What is no question has no answer, narrowed or not. */
static void test_no_questions(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *force = force_new(policy);
    struct vc_err err = {};

    (void)narrow(force, TAKE("\"write\"", "/x", FROM_ALL));
    assert_int_equal(vc_force_decide(force, SUM, VC_RIGHT_WRITE, "x", &err), VC_REFUSED);
    assert_int_equal(vc_force_decide(force, SUM, VC_RIGHT_WRITE, "/x/../y", &err), VC_REFUSED);
    assert_int_equal(vc_force_decide(force, SUM, (enum vc_right)0, "/y", &err), VC_REFUSED);
    assert_int_equal(vc_force_decide(force, SUM, (enum vc_right)64, "/y", &err), VC_REFUSED);
    assert_int_equal(vc_force_decide(force, (struct vc_subject){VC_SUBJECT_PROGRAM, 2},
                                     VC_RIGHT_WRITE, "/y", &err),
                     VC_REFUSED);
    assert_string_equal(err.text, "rights: not a question that has an answer");
    assert_ptr_equal(vc_force_policy(force), policy);
}

static void test_who_may(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *force = force_new(policy);
    struct vc_subjects subjects;

    vc_force_who_may(force, VC_RIGHT_WRITE, "/input/buyers/a", &subjects);
    assert_false(vc_subjects_have(policy, &subjects, ADVERTISER));
    assert_true(vc_subjects_have(policy, &subjects, SHOP));
    assert_false(vc_subjects_have(policy, &subjects, INTERSECT));
    assert_true(vc_subjects_have(policy, &subjects, SUM));
    (void)narrow(force, TAKE("\"write\"", "/input/", FROM_SUM));
    vc_force_who_may(force, VC_RIGHT_WRITE, "/input/buyers/a", &subjects);
    assert_true(vc_subjects_have(policy, &subjects, SHOP));
    assert_false(vc_subjects_have(policy, &subjects, SUM));
}

static void test_reads_once(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *force = force_new(policy);

    assert_false(vc_force_reads_once(force, "/output/sum.txt"));
    assert_false(narrow(force, "{\"read_once\":{\"path\":\"/output\"}}"));
    assert_true(narrow(force, "{\"read_once\":{\"path\":\"/output/\"}}"));
    assert_true(vc_force_reads_once(force, "/output/sum.txt"));
    assert_false(vc_force_reads_once(force, "/output/sum"));
    assert_false(vc_force_reads_once(force, "/output"));
}

/* ---------------------------------------------------------------------------- streams and keys */

static void test_streams(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *force = force_new(policy);
    struct vc_err err = {};
    size_t consumer = 99;

    assert_int_equal(vc_force_decide_produce(force, ADVERTISER, 0, &err), VC_OK);
    assert_int_equal(vc_force_decide_produce(force, SHOP, 0, &err), VC_REFUSED);
    assert_int_equal(vc_force_decide_produce(force, SHOP, 1, &err), VC_REFUSED);
    assert_int_equal(vc_force_decide_consume(force, SHOP, 0, &consumer, &err), VC_OK);
    assert_int_equal(consumer, 1);
    /* sum is no end of it */
    assert_false(narrow(force, "{\"take_stream\":{\"stream\":\"prices\"," FROM_SUM "}}"));
    assert_true(narrow(force, "{\"take_stream\":{\"stream\":\"prices\"," BUT_SHOP "}}"));
    assert_false(narrow(force, "{\"take_stream\":{\"stream\":\"prices\"," BUT_SHOP "}}"));
    assert_int_equal(vc_force_decide_produce(force, ADVERTISER, 0, &err), VC_REFUSED);
    assert_string_equal(err.text, "narrowed: advertiser may not use the stream prices any more");
    consumer = 99;
    assert_int_equal(vc_force_decide_consume(force, INTERSECT, 0, &consumer, &err), VC_REFUSED);
    assert_string_equal(err.text,
                        "narrowed: the program intersect may not use the stream prices any more");
    assert_int_equal(consumer, 99);
    assert_int_equal(vc_force_decide_consume(force, SHOP, 0, &consumer, &err), VC_OK);
    assert_true(narrow(force, "{\"take_stream\":{\"stream\":\"prices\"," FROM_ALL "}}"));
    assert_int_equal(vc_force_decide_consume(force, SHOP, 0, &consumer, &err), VC_REFUSED);
}

static void test_keys(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *force = force_new(policy);

    assert_true(vc_force_key_is_for(force, 0, 0));
    assert_true(vc_force_key_is_for(force, 0, 1));
    assert_false(vc_force_key_is_for(force, 1, 1));
    assert_true(narrow(force, "{\"take_key\":{\"key\":\"ledger\"," FROM_SUM "}}"));
    assert_false(narrow(force, "{\"take_key\":{\"key\":\"ledger\"," FROM_SUM "}}"));
    assert_true(vc_force_key_is_for(force, 0, 0));
    assert_false(vc_force_key_is_for(force, 0, 1));
    assert_true(narrow(force, "{\"take_key\":{\"key\":\"ledger\"," FROM_ALL "}}"));
    assert_false(vc_force_key_is_for(force, 0, 0));
}

/* ---------------------------------------------------------------------------------------- life */

static void test_runs(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *force = force_new(policy);
    struct vc_err err = {};

    assert_int_equal(vc_force_runs_left(force, 0, 0), 2);
    assert_int_equal(vc_force_runs_left(force, 0, 3), 0);
    assert_int_equal(vc_force_runs_left(force, 1, 7), UINT32_MAX);
    assert_int_equal(vc_force_decide_run(force, 0, 0, 1, &err), VC_OK);
    assert_int_equal(vc_force_decide_run(force, 0, 0, 2, &err), VC_LIMIT);
    assert_string_equal(err.text, "lifecycle.runs: the program intersect may be started 2 times");
    assert_int_equal(vc_force_decide_run(force, 0, 2, 0, &err), VC_REFUSED);
    assert_false(narrow(force, "{\"runs\":{\"program\":\"intersect\",\"at_most\":2}}"));
    assert_true(narrow(force, "{\"runs\":{\"program\":\"intersect\",\"at_most\":1}}"));
    assert_false(narrow(force, "{\"runs\":{\"program\":\"intersect\",\"at_most\":2}}"));
    assert_int_equal(vc_force_decide_run(force, 0, 0, 0, &err), VC_OK);
    assert_int_equal(vc_force_decide_run(force, 0, 0, 1, &err), VC_LIMIT);
    assert_string_equal(err.text, "narrowed: the program intersect may be started 1 time");
    assert_int_equal(vc_force_runs_left(force, 0, 0), 1);
    /* a stage needs no right to execute: nobody has one for sum */
    assert_int_equal(vc_force_decide_run(force, 0, 1, 0, &err), VC_REFUSED);
    assert_int_equal(vc_force_decide_start(force, 1, 1000000, &err), VC_OK);
    assert_true(narrow(force, "{\"runs\":{\"program\":\"sum\",\"at_most\":0}}"));
    assert_int_equal(vc_force_decide_start(force, 1, 0, &err), VC_LIMIT);
    assert_int_equal(vc_force_runs_left(force, 1, 0), 0);
    assert_int_equal(vc_force_decide_start(force, 2, 0, &err), VC_REFUSED);
    assert_true(narrow(force, TAKE("\"execute\"", "/program/intersect.wasm", FROM_ALL)));
    assert_int_equal(vc_force_decide_run(force, 0, 0, 0, &err), VC_REFUSED);
    assert_int_equal(vc_force_decide_start(force, 0, 0, &err), VC_OK);
}

static void test_withdrawn(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *force = force_new(policy);
    struct vc_err err = {};

    assert_int_equal(vc_force_decide_go_on(force, 0, &err), VC_OK);
    assert_true(narrow(force, "{\"withdraw\":{\"program\":\"intersect\"}}"));
    assert_false(narrow(force, "{\"withdraw\":{\"program\":\"intersect\"}}"));
    assert_false(narrow(force, "{\"runs\":{\"program\":\"intersect\",\"at_most\":1}}"));
    assert_int_equal(vc_force_decide_go_on(force, 0, &err), VC_REFUSED);
    assert_string_equal(err.text, "narrowed: the program intersect was withdrawn");
    assert_int_equal(vc_force_decide_run(force, 0, 0, 0, &err), VC_REFUSED);
    assert_int_equal(vc_force_decide_start(force, 0, 0, &err), VC_REFUSED);
    assert_int_equal(vc_force_runs_left(force, 0, 0), 0);
    assert_int_equal(vc_force_decide_go_on(force, 1, &err), VC_OK);
    assert_int_equal(vc_force_decide_go_on(force, 2, &err), VC_REFUSED);
}

static void test_limits(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *force = force_new(policy);

    assert_int_equal(vc_force_limits(force, 0).cpu_seconds, 10);
    assert_false(narrow(force, "{\"limits\":{\"program\":\"intersect\",\"cpu_seconds\":10}}"));
    assert_true(narrow(force, "{\"limits\":{\"program\":\"intersect\",\"cpu_seconds\":5,"
                              "\"memory_mib\":4096}}"));
    assert_true(narrow(force, "{\"limits\":{\"program\":\"intersect\",\"cpu_seconds\":7,"
                              "\"output_bytes\":10}}"));
    assert_false(narrow(force, "{\"limits\":{\"program\":\"intersect\",\"cpu_seconds\":5,"
                               "\"output_bytes\":11}}"));
    assert_int_equal(vc_force_limits(force, 0).cpu_seconds, 5);
    assert_int_equal(vc_force_limits(force, 0).memory_mib, 32);
    assert_int_equal(vc_force_limits(force, 0).output_bytes, 10);
    assert_int_equal(vc_force_limits(force, 1).cpu_seconds, 60);
}

static void test_life(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *force = force_new(policy);
    struct vc_err err = {};

    assert_true(vc_force_expires(force) == policy->expires);
    assert_false(narrow(force, "{\"expires\":\"2027-06-30T00:00:00Z\"}"));
    assert_true(narrow(force, "{\"expires\":\"2027-01-01T00:00:00Z\"}"));
    assert_false(narrow(force, "{\"expires\":\"2027-02-01T00:00:00Z\"}"));
    assert_true(vc_force_expires(force) == VC_FIXTURE_NOW);
    /* the policy freezes after the first run, a narrowing at once */
    assert_int_equal(vc_force_decide_change(force, 0, &err), VC_OK);
    assert_int_equal(vc_force_decide_change(force, 1, &err), VC_REFUSED);
    assert_true(narrow(force, "{\"freeze_inputs\":true}"));
    assert_false(narrow(force, "{\"freeze_inputs\":true}"));
    assert_int_equal(vc_force_decide_change(force, 0, &err), VC_REFUSED);
    assert_string_equal(err.text, "narrowed: inputs are frozen, and nothing changes any more");
}

/* -------------------------------------------------------------------------------------- within */

static void test_within(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *outer = force_new(policy);
    vc_cleanup(vc_force_freep) struct vc_force *inner = force_within(outer, nullptr);
    struct vc_err err = {};
    uint64_t version;

    /* what a run takes from itself, the container does not lose */
    assert_true(narrow(inner, TAKE("\"write\"", "/a/", FROM_SUM)));
    assert_int_equal(vc_force_decide(inner, SUM, VC_RIGHT_WRITE, "/a/b", &err), VC_REFUSED);
    assert_string_equal(err.text, "narrowed: the program sum may not write /a/b any more");
    assert_int_equal(vc_force_decide(outer, SUM, VC_RIGHT_WRITE, "/a/b", &err), VC_OK);
    /* what the container loses, its runs do */
    version = vc_force_version(inner);
    assert_true(narrow(outer, TAKE("\"write\"", "/b/", FROM_SUM)));
    assert_true(vc_force_version(inner) > version);
    assert_int_equal(vc_force_decide(inner, SUM, VC_RIGHT_WRITE, "/b/c", &err), VC_REFUSED);
    /* and they can lose it no second time, in whatever mixture */
    assert_false(narrow(inner, TAKE("\"write\"", "/b/c", FROM_SUM)));
    assert_true(narrow(inner, TAKE("\"write\",\"delete\"", "/b/c", FROM_SUM)));
    assert_false(narrow(inner, TAKE("\"write\"", "/a/b/c/", FROM_SUM)));
    assert_true(narrow(inner, TAKE("\"write\"", "/", FROM_SUM)));
    assert_int_equal(vc_force_decide(outer, SUM, VC_RIGHT_WRITE, "/c", &err), VC_OK);

    assert_true(narrow(outer, "{\"take_stream\":{\"stream\":\"prices\"," FROM_SHOP "}}"));
    assert_false(narrow(inner, "{\"take_stream\":{\"stream\":\"prices\"," FROM_SHOP "}}"));
    assert_int_equal(vc_force_decide_consume(inner, SHOP, 0, &(size_t){0}, &err), VC_REFUSED);
    assert_true(narrow(inner, "{\"take_key\":{\"key\":\"ledger\"," FROM_SUM "}}"));
    assert_false(vc_force_key_is_for(inner, 0, 1));
    assert_true(vc_force_key_is_for(outer, 0, 1));
    assert_true(narrow(outer, "{\"limits\":{\"program\":\"sum\",\"files\":3}}"));
    assert_false(narrow(inner, "{\"limits\":{\"program\":\"sum\",\"files\":4}}"));
    assert_int_equal(vc_force_limits(inner, 1).files, 3);
    assert_true(narrow(inner, "{\"limits\":{\"program\":\"sum\",\"files\":2}}"));
    assert_int_equal(vc_force_limits(inner, 1).files, 2);
    assert_int_equal(vc_force_limits(outer, 1).files, 3);
    assert_true(narrow(outer, "{\"runs\":{\"program\":\"sum\",\"at_most\":5}}"));
    assert_int_equal(vc_force_runs_left(inner, 1, 1), 4);
    assert_true(narrow(outer, "{\"withdraw\":{\"program\":\"sum\"}}"));
    assert_int_equal(vc_force_decide_go_on(inner, 1, &err), VC_REFUSED);
    assert_true(narrow(outer, "{\"freeze_inputs\":true}"));
    assert_false(narrow(inner, "{\"freeze_inputs\":true}"));
    assert_int_equal(vc_force_decide_change(inner, 0, &err), VC_REFUSED);
    assert_true(narrow(outer, "{\"expires\":\"2027-01-01T00:00:00Z\"}"));
    assert_false(narrow(inner, "{\"expires\":\"2027-02-01T00:00:00Z\"}"));
    assert_true(vc_force_expires(inner) == VC_FIXTURE_NOW);
    assert_true(narrow(outer, "{\"read_once\":{\"path\":\"/output/\"}}"));
    assert_true(vc_force_reads_once(inner, "/output/sum.txt"));
}

static void test_stage(void **state)
{
    struct vc_policy_stage_right rights[] = {
        {VC_RIGHT_READ | VC_RIGHT_WRITE, (char[]){"/out"}, true},
        {VC_RIGHT_WRITE | VC_RIGHT_DELETE, (char[]){"/x"}, false},
    };
    const struct vc_policy_stage stage = {
        .name = (char[]){"sort"},
        .program = 1,
        .narrowed = true,
        .rights = rights,
        .right_count = VC_COUNT(rights),
    };
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *outer = force_new(policy);
    vc_cleanup(vc_force_freep) struct vc_force *inner = force_within(outer, &stage);
    struct vc_err err = {};

    assert_int_equal(vc_force_decide(inner, SUM, VC_RIGHT_WRITE, "/out/b", &err), VC_OK);
    assert_int_equal(vc_force_decide(inner, SUM, VC_RIGHT_WRITE, "/x", &err), VC_OK);
    assert_int_equal(vc_force_decide(inner, SUM, VC_RIGHT_DELETE, "/x", &err), VC_OK);
    assert_int_equal(vc_force_decide(inner, SUM, VC_RIGHT_WRITE, "/x/y", &err), VC_REFUSED);
    assert_string_equal(err.text,
                        "pipelines: in the stage sort the program sum has no right to write /x/y");
    assert_int_equal(vc_force_decide(inner, SUM, VC_RIGHT_DELETE, "/out/b", &err), VC_REFUSED);
    /* a stage gives nothing that the program has not */
    assert_int_equal(vc_force_decide(inner, SUM, VC_RIGHT_READ, "/out/b", &err), VC_REFUSED);
    assert_string_equal(err.text, "rights: the program sum has no right to read /out/b");
    /* and restricts nobody else */
    assert_int_equal(vc_force_decide(inner, INTERSECT, VC_RIGHT_WRITE, "/output/b", &err), VC_OK);
    assert_int_equal(vc_force_decide(inner, SHOP, VC_RIGHT_READ, "/output/sum.txt", &err), VC_OK);

    assert_true(vc_force_may_see(outer, SUM, "/any"));
    assert_false(vc_force_may_see(inner, SUM, "/any"));
    assert_true(vc_force_may_see(inner, SUM, "/"));
    assert_true(vc_force_may_see(inner, SUM, "/out"));
    assert_true(vc_force_may_see(inner, SUM, "/out/b/c"));
    assert_true(vc_force_may_see(inner, SHOP, "/output"));
    assert_false(vc_force_may_see(inner, ADVERTISER, "/output"));

    /* only what the stage leaves can be taken */
    assert_false(narrow(inner, TAKE("\"write\"", "/any/", FROM_SUM)));
    assert_false(narrow(inner, TAKE("\"delete\"", "/out/", FROM_SUM)));
    assert_true(narrow(inner, TAKE("\"write\"", "/", FROM_SUM)));
    assert_false(narrow(inner, TAKE("\"write\"", "/x", FROM_SUM)));
    assert_false(narrow(inner, TAKE("\"write\"", "/out/deep/", FROM_SUM)));
    assert_int_equal(vc_force_decide(inner, SUM, VC_RIGHT_WRITE, "/out/b", &err), VC_REFUSED);
    assert_int_equal(vc_force_decide(inner, SUM, VC_RIGHT_DELETE, "/x", &err), VC_OK);
    assert_true(vc_force_may_see(inner, SUM, "/out"));
}

/* A stage that may do nothing to files still has its streams. */
static void test_stage_without_rights(void **state)
{
    const struct vc_policy_stage none = {.name = (char[]){"s"}, .program = 0, .narrowed = true};
    const struct vc_policy_stage all = {.name = (char[]){"s"}, .program = 0};
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *outer = force_new(policy);
    vc_cleanup(vc_force_freep) struct vc_force *inner = force_within(outer, &none);
    vc_cleanup(vc_force_freep) struct vc_force *whole = force_within(outer, &all);

    assert_int_equal(vc_force_decide(inner, INTERSECT, VC_RIGHT_READ, "/input/a", nullptr),
                     VC_REFUSED);
    assert_int_equal(vc_force_decide(whole, INTERSECT, VC_RIGHT_READ, "/input/a", nullptr), VC_OK);
    assert_int_equal(vc_force_decide_consume(inner, INTERSECT, 0, &(size_t){0}, nullptr), VC_OK);
    assert_true(vc_force_may_see(inner, INTERSECT, "/"));
    assert_true(vc_force_may_see(inner, INTERSECT, "/stream"));
    assert_false(vc_force_may_see(inner, INTERSECT, "/input"));
    assert_true(vc_force_may_see(whole, INTERSECT, "/input"));
}

/* ------------------------------------------------------------------------------------- digests */

static void digest_of(const struct vc_policy *policy, const char *const texts[4],
                      uint8_t digest[VC_SHA256_SIZE])
{
    vc_cleanup(vc_force_freep) struct vc_force *force = force_new(policy);

    for (size_t i = 0; i < 4 && texts[i] != nullptr; i++)
        (void)narrow(force, texts[i]);
    assert_int_equal(vc_force_digest(force, digest, nullptr), VC_OK);
}

static const struct {
    const char *a[4], *b[4];
    bool same;
} digests[] = {
    {{}, {}, true},
    /* order and repetition */
    {{TAKE("\"write\"", "/a", FROM_SUM), TAKE("\"write\"", "/b", FROM_SUM)},
     {TAKE("\"write\"", "/b", FROM_SUM), TAKE("\"write\"", "/a", FROM_SUM),
      TAKE("\"write\"", "/b", FROM_SUM)},
     true},
    /* a directory, and then something in it */
    {{TAKE("\"write\"", "/a/b", FROM_SUM), TAKE("\"write\"", "/a/", FROM_SUM)},
     {TAKE("\"write\"", "/a/", FROM_SUM), TAKE("\"write\"", "/a/b/c/", FROM_SUM)},
     true},
    {{TAKE("\"write\"", "/a/", FROM_SUM)}, {TAKE("\"write\"", "/a", FROM_SUM)}, false},
    {{TAKE("\"write\"", "/a", FROM_SUM)}, {TAKE("\"delete\"", "/a", FROM_SUM)}, false},
    {{TAKE("\"write\"", "/a", FROM_SUM)}, {TAKE("\"write\"", "/b", FROM_SUM)}, false},
    {{TAKE("\"write\"", "/a", FROM_SUM)}, {}, false},
    /* from each alone, or from both */
    {{TAKE("\"write\"", "/input/buyers/", FROM_SUM),
      TAKE("\"write\"", "/input/buyers/", FROM_SHOP)},
     {TAKE("\"write\"", "/input/buyers/", FROM_ALL)},
     true},
    {{TAKE("\"write\"", "/input/buyers/", FROM_SUM)},
     {TAKE("\"write\"", "/input/buyers/", FROM_ALL)},
     false},
    /* one right after the other, or both */
    {{TAKE("\"write\"", "/a/", FROM_SUM), TAKE("\"delete\"", "/a/", FROM_SUM)},
     {TAKE("\"delete\",\"write\"", "//a/./", FROM_SUM)},
     true},
    /* a directory, or all that there was a right to in it */
    {{TAKE("\"read\"", "/output/", FROM_SHOP)},
     {TAKE("\"read\"", "/output/sum.txt", FROM_SHOP)},
     true},
    {{TAKE("\"read\"", "/", FROM_ALL)},
     {TAKE("\"read\"", "/output/", FROM_SHOP), TAKE("\"read\"", "/input/", BUT_SHOP)},
     true},
    {{TAKE("\"execute\"", "/", FROM_ALL)},
     {TAKE("\"execute\"", "/program/intersect.wasm", "\"from\":[{\"principal\":\"advertiser\"}]")},
     true},
    /* a directory where there can only be the pinned file */
    {{TAKE("\"write\"", "/input/buyers/model/", FROM_SHOP)},
     {TAKE("\"write\"", "/input/buyers/model", FROM_SHOP)},
     true},
    {{TAKE("\"delete\"", "/input/buyers/model/", FROM_SHOP)},
     {TAKE("\"delete\"", "/input/buyers/model", FROM_SHOP)},
     false},
    /* nothing is taken that was not given */
    {{TAKE("\"read\"", "/x", FROM_ALL)}, {}, true},
    {{"{\"read_once\":{\"path\":\"/output/\"}}"},
     {"{\"read_once\":{\"path\":\"/output/sum.txt\"}}"},
     true},
    {{"{\"read_once\":{\"path\":\"/output/\"}}"}, {}, false},
    {{"{\"read_once\":{\"path\":\"/input/\"}}"}, {}, true},
    {{"{\"take_stream\":{\"stream\":\"prices\"," FROM_SUM "}}"}, {}, true},
    {{"{\"take_stream\":{\"stream\":\"prices\"," FROM_SHOP "}}"}, {}, false},
    {{"{\"take_stream\":{\"stream\":\"prices\"," FROM_ALL "}}"},
     {"{\"take_stream\":{\"stream\":\"prices\"," FROM_SHOP "}}",
      "{\"take_stream\":{\"stream\":\"prices\"," BUT_SHOP "}}"},
     true},
    {{"{\"take_key\":{\"key\":\"ledger\"," FROM_ALL "}}"},
     {"{\"take_key\":{\"key\":\"ledger\",\"from\":[{\"program\":\"intersect\"}]}}",
      "{\"take_key\":{\"key\":\"ledger\"," FROM_SUM "}}"},
     true},
    {{"{\"take_key\":{\"key\":\"ledger\"," FROM_ALL "}}"},
     {"{\"take_key\":{\"key\":\"ledger\"," FROM_SUM "}}"},
     false},
    /* the least number counts */
    {{"{\"expires\":\"2027-01-01T00:00:00Z\"}", "{\"expires\":\"2027-02-01T00:00:00Z\"}"},
     {"{\"expires\":\"2027-01-01T00:00:00Z\"}"},
     true},
    {{"{\"expires\":\"2027-01-01T00:00:00Z\"}"}, {"{\"expires\":\"2027-01-01T00:00:01Z\"}"}, false},
    {{"{\"expires\":\"2028-01-01T00:00:00Z\"}"}, {}, true},
    {{"{\"runs\":{\"program\":\"intersect\",\"at_most\":2}}"}, {}, true},
    {{"{\"runs\":{\"program\":\"intersect\",\"at_most\":1}}"}, {}, false},
    {{"{\"runs\":{\"program\":\"sum\",\"at_most\":1000000}}"}, {}, false},
    {{"{\"runs\":{\"program\":\"sum\",\"at_most\":3}}", "{\"withdraw\":{\"program\":\"sum\"}}"},
     {"{\"withdraw\":{\"program\":\"sum\"}}"},
     true},
    {{"{\"withdraw\":{\"program\":\"sum\"}}"},
     {"{\"withdraw\":{\"program\":\"intersect\"}}"},
     false},
    {{"{\"withdraw\":{\"program\":\"sum\"}}"},
     {"{\"runs\":{\"program\":\"sum\",\"at_most\":0}}"},
     false},
    {{"{\"limits\":{\"program\":\"sum\",\"files\":3}}",
      "{\"limits\":{\"program\":\"sum\",\"cpu_seconds\":4}}"},
     {"{\"limits\":{\"program\":\"sum\",\"cpu_seconds\":4,\"files\":3,\"memory_mib\":4096}}"},
     true},
    {{"{\"limits\":{\"program\":\"sum\",\"files\":3}}"},
     {"{\"limits\":{\"program\":\"sum\",\"files\":4}}"},
     false},
    {{"{\"freeze_inputs\":true}"}, {}, false},
};

static void test_digests(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);

    for (size_t i = 0; i < VC_COUNT(digests); i++) {
        uint8_t a[VC_SHA256_SIZE];
        uint8_t b[VC_SHA256_SIZE];

        digest_of(policy, digests[i].a, a);
        digest_of(policy, digests[i].b, b);
        if ((memcmp(a, b, sizeof(a)) == 0) != digests[i].same)
            fail_msg("row %zu", i);
    }
}

/* A policy that differs in anything has another digest with nothing narrowed. */
static void test_digest_is_of_the_policy(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_policy_freep) struct vc_policy *other =
        vc_fixture_policy(*state, "\"lifecycle\": {", BLOCKS " \"lifecycle\": {");
    static const char *const none[4] = {};
    uint8_t a[VC_SHA256_SIZE];
    uint8_t b[VC_SHA256_SIZE];

    digest_of(policy, none, a);
    digest_of(other, none, b);
    assert_memory_not_equal(a, b, sizeof(a));
}

/* ------------------------------------------------------------------------------------- at limits
 */

static enum vc_code take_place(struct vc_force *force, const char *path, bool tree, bool *changed,
                               struct vc_err *err)
{
    struct vc_narrowing narrowing = {.kind = VC_NARROW_TAKE, .may = VC_RIGHT_WRITE, .tree = tree};

    vc_subjects_add(vc_force_policy(force), &narrowing.from, SUM);
    (void)snprintf(narrowing.path, sizeof(narrowing.path), "%s", path);
    return vc_force_narrow(force, &narrowing, changed, err);
}

/* Each run may take from itself as much as it likes, and it goes into no journal: what is kept of
 * that is little, and takes no room from the container. */
static void test_a_run_keeps_little(void **state)
{
    static constexpr size_t MEMORY_MAX = 2 << 20;
    static const char deep[] = "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z";
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *outer = force_new(policy);
    vc_cleanup(vc_force_freep) struct vc_force *run = nullptr;
    enum vc_code code = VC_OK;
    size_t before = mallinfo2().uordblks;
    struct vc_err err = {};
    bool changed = true;
    char path[256];

    assert_int_equal(vc_force_new_within(outer, nullptr, &run, nullptr), VC_OK);
    for (size_t i = 0; i < 100000 && code == VC_OK; i++) {
        (void)snprintf(path, sizeof(path), "/%zu%s", i, deep);
        code = take_place(run, path, false, &changed, &err);
    }
    assert_int_equal(code, VC_LIMIT);
    assert_string_equal(err.text, "narrowing: more than 8192 names in paths");
    assert_true(mallinfo2().uordblks < before + MEMORY_MAX);
    assert_int_equal(take_place(run, "/", true, &changed, &err), VC_OK);
    assert_true(changed);
    assert_int_equal(vc_force_decide(run, SUM, VC_RIGHT_WRITE, "/x", nullptr), VC_REFUSED);
    assert_int_equal(take_place(outer, path, false, &changed, &err), VC_OK);
    assert_int_equal(vc_force_decide(outer, SUM, VC_RIGHT_WRITE, "/x", nullptr), VC_OK);
}

/* Full, it still takes what needs no more room: a directory instead of what is in it. */
static void test_many_places(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *force = force_new(policy);
    uint8_t before[VC_SHA256_SIZE];
    uint8_t after[VC_SHA256_SIZE];
    struct vc_err err = {};
    bool changed = true;

    for (size_t i = 0; i < VC_FORCE_PLACES_MAX; i++) {
        char path[32];

        (void)snprintf(path, sizeof(path), "/many/%zu/file", i);
        assert_int_equal(take_place(force, path, false, &changed, &err), VC_OK);
        assert_true(changed);
    }
    assert_int_equal(vc_force_digest(force, before, nullptr), VC_OK);
    assert_int_equal(take_place(force, "/one", false, &changed, &err), VC_LIMIT);
    assert_string_equal(err.text, "narrowing: more than 65536 places");
    assert_int_equal(vc_force_digest(force, after, nullptr), VC_OK);
    assert_memory_equal(before, after, sizeof(after));
    assert_int_equal(vc_force_decide(force, SUM, VC_RIGHT_WRITE, "/one", nullptr), VC_OK);
    assert_int_equal(vc_force_decide(force, SUM, VC_RIGHT_WRITE, "/many/16383/file", nullptr),
                     VC_REFUSED);
    assert_int_equal(take_place(force, "/many/7", true, &changed, &err), VC_OK);
    assert_int_equal(take_place(force, "/one", false, &changed, &err), VC_LIMIT);
    assert_int_equal(take_place(force, "/many", true, &changed, &err), VC_OK);
    assert_int_equal(take_place(force, "/one", false, &changed, &err), VC_OK);
    assert_true(changed);
    assert_int_equal(vc_force_decide(force, SUM, VC_RIGHT_WRITE, "/many/16383/x", nullptr),
                     VC_REFUSED);
}

/* The longest and the deepest paths: below them nothing can be. */
static void test_long_paths(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_force_freep) struct vc_force *force = force_new(policy);
    char deep[2 * VC_PATH_DEPTH_MAX + 1] = {};
    char longest[VC_PATH_MAX];
    bool changed = false;

    for (size_t i = 0; i < VC_PATH_DEPTH_MAX; i++)
        memcpy(deep + 2 * i, "/d", 2);
    for (size_t i = 0; i < sizeof(longest) - 1; i++)
        longest[i] = i % 128 == 0 ? '/' : 'l';
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(take_place(force, deep, true, &changed, nullptr), VC_OK);
    assert_true(changed);
    assert_int_equal(take_place(force, deep, false, &changed, nullptr), VC_OK);
    assert_false(changed);
    assert_int_equal(take_place(force, longest, true, &changed, nullptr), VC_OK);
    assert_true(changed);
    assert_int_equal(take_place(force, longest, false, &changed, nullptr), VC_OK);
    assert_false(changed);
    assert_int_equal(vc_force_decide(force, SUM, VC_RIGHT_WRITE, deep, nullptr), VC_REFUSED);
    assert_int_equal(vc_force_decide(force, SUM, VC_RIGHT_WRITE, longest, nullptr), VC_REFUSED);
    assert_int_equal(take_place(force, "/", true, &changed, nullptr), VC_OK);
    assert_true(changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_no_questions),
        cmocka_unit_test(test_who_may),
        cmocka_unit_test(test_reads_once),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_withdrawn),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_within),
        cmocka_unit_test(test_stage),
        cmocka_unit_test(test_stage_without_rights),
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_digest_is_of_the_policy),
        cmocka_unit_test(test_a_run_keeps_little),
        cmocka_unit_test(test_many_places),
        cmocka_unit_test(test_long_paths),
    };

    return cmocka_run_group_tests_name("force", tests, vc_fixture_setup, vc_fixture_teardown);
}
