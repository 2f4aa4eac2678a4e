/* SPDX-License-Identifier: MIT */

/* The block "journal" of a policy: what it says, what is refused, and what people are told. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/fixture.h"
#include "policy/kind_names.h"

#define JOURNAL(inner)              \
    {                               \
        "\"journal\": {" inner "}", \
        {                           \
        }                           \
    }
#define OBSERVERS(list) JOURNAL("\"observers\": [" list "]")
#define SHOP            "{\"principal\": \"shop\"}"
#define KINDS(list)     "{\"principal\": \"advertiser\", \"kinds\": [" list "]}"
#define ALL                                                                \
    JOURNAL("\"bytes\": 65536, \"contents\": false, \"observers\": [" SHOP \
            ", " KINDS("\"run_over\", \"began\", \"ended\"") "]")

static constexpr unsigned EVERY_KIND = (1U << VC_ENTRY_KINDS) - 1;

static void test_it_is_read(void **state)
{
    static const struct vc_fixture_edit edit = ALL;
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_edited_policy(*state, &edit);
    const struct vc_policy_journal *journal = &policy->journal;

    assert_int_equal(journal->bytes, 65536);
    assert_false(journal->contents);
    assert_int_equal(journal->observer_count, 2);
    assert_int_equal(journal->observers[0].principal, 1);
    assert_int_equal(journal->observers[0].kinds, EVERY_KIND);
    assert_int_equal(journal->observers[1].principal, 0);
    assert_int_equal(journal->observers[1].kinds,
                     1U << VC_ENTRY_RUN_OVER | 1U << VC_ENTRY_BEGAN | 1U << VC_ENTRY_ENDED);
}

static void test_by_default(void **state)
{
    static const struct vc_fixture_edit empty = JOURNAL("");
    vc_cleanup(vc_policy_freep) struct vc_policy *without =
        vc_fixture_policy(*state, nullptr, nullptr);
    vc_cleanup(vc_policy_freep) struct vc_policy *with = vc_fixture_edited_policy(*state, &empty);
    const struct vc_policy *const policies[] = {without, with};

    for (size_t i = 0; i < VC_COUNT(policies); i++) {
        assert_int_equal(policies[i]->journal.bytes, 33554432);
        assert_true(policies[i]->journal.contents);
        assert_int_equal(policies[i]->journal.observer_count, 0);
    }
}

static const struct vc_fixture_row rows[] = {
    {ALL, VC_OK, nullptr},
    {{"\"journal\": []", {}}, VC_MALFORMED, "journal: an array, an object wanted"},
    {{"\"journal\": null", {}}, VC_MALFORMED, "journal: null, an object wanted"},
    {JOURNAL("\"size\": 1"), VC_MALFORMED, "journal: unknown key \"size\""},
    {JOURNAL("\"bytes\": 65535"), VC_LIMIT, "journal.bytes: 65535, at least 65536"},
    {JOURNAL("\"bytes\": 67108864"), VC_OK, nullptr},
    {JOURNAL("\"bytes\": 67108865"), VC_LIMIT, "journal.bytes: 67108865, at most 67108864"},
    {JOURNAL("\"bytes\": 4295032832"), VC_LIMIT, "journal.bytes: 4295032832, at most"},
    {JOURNAL("\"bytes\": null"), VC_MALFORMED, "journal.bytes: null, a whole number"},
    {JOURNAL("\"contents\": 0"), VC_MALFORMED, "journal.contents: a whole number, true or false"},
    {OBSERVERS(""), VC_OK, nullptr},
    {JOURNAL("\"observers\": {}"), VC_MALFORMED, "journal.observers: an object, an array"},
    {OBSERVERS("\"shop\""), VC_MALFORMED, "journal.observers[0]: a string, an object"},
    {OBSERVERS("{}"), VC_MALFORMED, "journal.observers[0]: no \"principal\""},
    {OBSERVERS("{\"principal\": \"sum\"}"), VC_REFUSED,
     "journal.observers[0].principal: no principal \"sum\""},
    {OBSERVERS("{\"program\": \"sum\"}"), VC_MALFORMED,
     "journal.observers[0]: unknown key \"program\""},
    {OBSERVERS(SHOP ", " KINDS("\"run\"") ", " SHOP), VC_REFUSED,
     "journal.observers[2].principal: the same as in [0]"},
    {OBSERVERS(KINDS("")), VC_LIMIT, "journal.observers[0].kinds: no elements"},
    {OBSERVERS(KINDS("\"runs\"")), VC_MALFORMED,
     "journal.observers[0].kinds[0]: one of began attested session"},
    {OBSERVERS(KINDS("\"read\", \"run\", \"read\"")), VC_MALFORMED,
     "journal.observers[0].kinds[2]: read a second time"},
    {OBSERVERS(KINDS("7")), VC_MALFORMED, "journal.observers[0].kinds[0]: a whole number"},
};

static void test_rows(void **state)
{
    vc_fixture_check_rows(*state, rows, VC_COUNT(rows));
}

/* What the refusals of unknown names list is what there is. */
static void test_names_of_kinds(void **state)
{
    static const struct vc_fixture_edit edits[] = {
        OBSERVERS(KINDS("\"?\"")),
        {"\"narrowing\": [{\"program\": \"sum\", \"may\": [\"?\"]}]", {}},
    };
    struct vc_policy *policy = nullptr;
    struct vc_err err[VC_COUNT(edits)] = {};

    for (size_t i = 0; i < VC_COUNT(edits); i++)
        assert_int_equal(vc_fixture_parse(*state, &edits[i], &policy, &err[i]), VC_MALFORMED);
    for (unsigned i = 0; i < VC_ENTRY_KINDS; i++) {
        const char *name = vc_entry_kind_name((enum vc_entry_kind)i);
        enum vc_entry_kind kind;

        assert_non_null(strstr(err[0].text, name));
        assert_true(vc_entry_kind_find(name, &kind));
        assert_int_equal(kind, i);
    }
    for (unsigned i = 0; i < VC_NARROWING_KINDS; i++) {
        const char *name = vc_narrowing_kind_name((enum vc_narrowing_kind)i);
        enum vc_narrowing_kind kind;

        assert_non_null(strstr(err[1].text, name));
        assert_true(vc_narrowing_kind_find(name, &kind));
        assert_int_equal(kind, i);
    }
    assert_null(vc_entry_kind_name((enum vc_entry_kind)VC_ENTRY_KINDS));
    assert_null(vc_narrowing_kind_name((enum vc_narrowing_kind)VC_NARROWING_KINDS));
}

static const struct vc_fixture_said said[] = {
    {JOURNAL(""), "What happens is written down, in at most 33554432 bytes, of which each principal "
                  "can fill 8388608: "},
    {JOURNAL(""), "Those concerned also see the SHA-256 of what was given and read.\n"},
    {ALL, "What files contain is not written down, not even as SHA-256.\n"},
    {JOURNAL(""), "!whomever they concern"},
    {ALL, "The shop sees, whomever they concern, all entries.\n"},
    {ALL, "The advertiser sees, whomever they concern, entries of the kinds began, run_over and "
          "ended.\n"},
    {OBSERVERS(KINDS("\"read\"")),
     "The advertiser sees, whomever they concern, entries of the kind read.\n"},
    {ALL, "- The shop sees in the journal what others do, and when, without being concerned.\n"},
    {JOURNAL(""), "!sees in the journal what others do"},
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
        cmocka_unit_test(test_it_is_read), cmocka_unit_test(test_by_default),
        cmocka_unit_test(test_rows),       cmocka_unit_test(test_names_of_kinds),
        cmocka_unit_test(test_sentences),  cmocka_unit_test(test_cut_at_every_byte),
    };

    return cmocka_run_group_tests_name("journal-policy", tests, vc_fixture_setup,
                                       vc_fixture_teardown);
}
