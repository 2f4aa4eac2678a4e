/* SPDX-License-Identifier: MIT */

/* Texts that two readers could take for two policies: none of them is one. What is taken is known
 * by the digest of its bytes, so that another spelling is another policy. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/fixture.h"

#define RUNS "\"at_most\": 2"
#define LIFE                                                                            \
    RUNS "}], \"deadline_seconds\": 3600, \"parties\": {\"at_least\": 1, \"of\": "      \
         "[\"shop\"]}, \"consent\": [\"shop\"], \"budgets\": [{\"path\": \"/input/\", " \
         "\"runs\": 5"
#define BLOCKS                                                                              \
    "\"narrowing\": [{\"program\": \"sum\", \"may\": [\"take\"], \"path\": \"/output/\"}, " \
    "{\"principal\": \"shop\", \"may\": [\"runs\"], \"programs\": [\"sum\"]}], "            \
    "\"pipelines\": {\"p\": {\"principals\": [\"shop\"], \"stages\": [{\"name\": \"a\", "   \
    "\"program\": \"sum\"}, {\"name\": \"b\", \"program\": \"sum\", \"if\": [{\"stage\": "  \
    "\"a\", \"exit\": [7]}]}]}}, \"journal\": {\"bytes\": 65536, \"contents\": true, "      \
    "\"observers\": [{\"principal\": \"shop\"}]}"
/* The policy with these blocks, and one more change. */
#define WITH(find, replace)           \
    {                                 \
        BLOCKS,                       \
        {                             \
            RUNS, LIFE, find, replace \
        }                             \
    }
#define JSON(find, replace) {WITH(find, replace), VC_MALFORMED, "line "}

static const struct vc_fixture_row rows[] = {
    {{BLOCKS, {RUNS, LIFE}}, VC_OK, nullptr},
    /* a key twice, plain and escaped, at every depth */
    JSON("\"version\": 1", "\"version\": 1, \"version\": 1"),
    JSON("\"narrowing\": [", "\"narrowing\": [], \"narrowing\": ["),
    JSON("\"pipelines\": {", "\"pipelines\": {}, \"pipelines\": {"),
    JSON("\"journal\": {", "\"journal\": {}, \"\\u006aournal\": {"),
    JSON("\"may\": [\"take\"]", "\"may\": [\"take\"], \"may\": [\"read_once\"]"),
    JSON("\"program\": \"sum\", \"may\"",
         "\"program\": \"intersect\", \"pr\\u006fgram\": \"sum\", \"may\""),
    JSON("\"p\": {", "\"p\": {}, \"p\": {"),
    JSON("\"exit\": [7]", "\"exit\": [7], \"exit\": [0]"),
    JSON("\"contents\": true", "\"contents\": true, \"contents\": false"),
    JSON("\"deadline_seconds\": 3600", "\"deadline_seconds\": 3600, \"deadline_seconds\": 7200"),
    JSON("\"parties\": {\"at_least\": 1", "\"parties\": {\"at_least\": 1, \"at_least\": 1"),
    JSON("\"runs\": 5", "\"runs\": 5, \"runs\": 500"),
    /* what is no number in JSON, or another spelling of one */
    JSON("3600", "-0"),
    JSON("3600", "03600"),
    JSON("3600", "+3600"),
    JSON("3600", "0xe10"),
    JSON("3600", "3600."),
    JSON("3600", "NaN"),
    JSON("[7]", "[-0]"),
    JSON("65536", "065536"),
    JSON("65536", "99999999999999999999"),
    JSON("\"runs\": 5", "\"runs\": 18446744073709551617"),
    {WITH("3600", "36e2"), VC_MALFORMED, "lifecycle.deadline_seconds: a number with"},
    {WITH("3600", "3600.0"), VC_MALFORMED, "lifecycle.deadline_seconds: a number with"},
    {WITH("\"runs\": 5", "\"runs\": 1e3"), VC_MALFORMED,
     "lifecycle.budgets[0].runs: a number with"},
    {WITH("[7]", "[7.0]"), VC_MALFORMED, "pipelines.p.stages[1].if[0].exit[0]: a number with"},
    {WITH("65536", "65536E0"), VC_MALFORMED, "journal.bytes: a number with"},
    {WITH("3600", "4294967297"), VC_LIMIT, "lifecycle.deadline_seconds: 4294967297, at most"},
    {WITH("\"at_least\": 1", "\"at_least\": 4294967297"), VC_LIMIT,
     "lifecycle.parties.at_least: 4294967297, at most 1"},
    {WITH("\"runs\": 5", "\"runs\": 9223372036854775807"), VC_LIMIT,
     "lifecycle.budgets[0].runs: 9223372036854775807, at most"},
    {WITH("[7]", "[4294967303]"), VC_LIMIT,
     "pipelines.p.stages[1].if[0].exit[0]: 4294967303, at most"},
    /* names that look like others: Cyrillic, full width, with marks and blanks */
    {WITH("\"consent\": [\"shop\"]", "\"consent\": [\"sh\xd0\xbep\"]"), VC_MALFORMED,
     "lifecycle.consent[0]: a name is"},
    {WITH("\"of\": [\"shop\"]", "\"of\": [\"\xef\xbd\x93hop\"]"), VC_MALFORMED,
     "lifecycle.parties.of[0]: a name is"},
    {WITH("\"programs\": [\"sum\"]", "\"programs\": [\"sum\\u200b\"]"), VC_MALFORMED,
     "narrowing[1].programs[0]: a name is"},
    {WITH("\"principals\": [\"shop\"]", "\"principals\": [\"shop \"]"), VC_MALFORMED,
     "pipelines.p.principals[0]: a name is"},
    {WITH("\"name\": \"a\"", "\"name\": \"\xd0\xb0\""), VC_MALFORMED,
     "pipelines.p.stages[0].name: a name is"},
    {WITH("\"stage\": \"a\"", "\"stage\": \"\xd0\xb0\""), VC_MALFORMED,
     "pipelines.p.stages[1].if[0].stage: a name is"},
    {WITH("\"p\": {", "\"\xd1\x80\": {"), VC_MALFORMED, "pipelines.?: a name is"},
    {WITH("\"may\": [\"take\"]", "\"may\": [\"t\xd0\xb0ke\"]"), VC_MALFORMED,
     "narrowing[0].may[0]: one of take"},
    {WITH("\"narrowing\"", "\"n\xd0\xb0rrowing\""), VC_MALFORMED, "unknown key \"n?rrowing\""},
    {WITH("\"journal\"", "\"Journal\""), VC_MALFORMED, "unknown key \"Journal\""},
    {WITH("\"exit\": [7]", "\"exit\": [7], \"exit \": [7]"), VC_MALFORMED,
     "pipelines.p.stages[1].if[0]: unknown key"},
    /* what is not UTF-8, or has a NUL */
    {WITH("\"consent\": [\"shop\"]", "\"consent\": [\"sh\xc0\xafop\"]"), VC_MALFORMED, "not UTF-8"},
    JSON("\"consent\": [\"shop\"]", "\"consent\": [\"shop\\u0000\"]"),
    JSON("\"path\": \"/output/\"", "\"path\": \"/output/\\ud800\""),
    /* what JSON does not have */
    JSON("\"contents\": true", "\"contents\": True"),
    JSON("\"contents\": true", "\"contents\": true,"),
    JSON("\"narrowing\": [", "\"narrowing\": [,"),
    JSON("\"narrowing\": [", "/* who */ \"narrowing\": ["),
    JSON("\"journal\": {", "'journal': {"),
};

static void test_rows(void **state)
{
    vc_fixture_check_rows(*state, rows, VC_COUNT(rows));
}

/* Nothing stands before a policy or behind it but blanks, and those make another policy. */
static void test_around(void **state)
{
    static const struct {
        const char *before, *after;
        bool good;
    } around[] = {
        {"\xef\xbb\xbf", "", false},
        {"", "{}", false},
        {"", "x", false},
        {"", ",", false},
        {"[", "]", false},
        {"", "\f", false},
        {"\v", "", false},
        {" ", "", true},
        {"", "\n", true},
        {"", " \t\r\n", true},
    };
    static const struct vc_fixture_edit edit = {BLOCKS, {RUNS, LIFE}};
    vc_cleanup(vc_policy_freep) struct vc_policy *plain = vc_fixture_edited_policy(*state, &edit);

    for (size_t i = 0; i < VC_COUNT(around); i++) {
        vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        struct vc_err err = {};

        assert_int_equal(vc_buffer_append_text(&text, around[i].before, nullptr), VC_OK);
        vc_fixture_edited(*state, &edit, &text);
        assert_int_equal(vc_buffer_append_text(&text, around[i].after, nullptr), VC_OK);
        assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &policy, &err),
                         around[i].good ? VC_OK : VC_MALFORMED);
        if (policy != nullptr)
            assert_memory_not_equal(policy->hash, plain->hash, sizeof(plain->hash));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_around),
    };

    return cmocka_run_group_tests_name("strict-policy", tests, vc_fixture_setup,
                                       vc_fixture_teardown);
}
