/* SPDX-License-Identifier: MIT */

/* What people read of each kind of entry: of those who are told its details, and who are not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/entry_line.h"
#include "policy/fixture.h"

#define DIGEST   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHORT    "0123456789abcdef…"
#define CONTENTS "\"bytes\":17,\"sha256\":\"" DIGEST "\""

static const struct row {
    const char *kind, *by; /* null: the container */
    const char *fields, *details;
    const char *says, *untold; /* null: the same */
} rows[] = {
    {"began", nullptr, "\"container\":\"" DIGEST "\",\"node\":\"\",\"incarnation\":0", nullptr,
     "the container     began as " SHORT "\n", nullptr},
    {"began", nullptr, "\"container\":\"" DIGEST "\",\"node\":\"n1\",\"incarnation\":7", nullptr,
     "began as " SHORT ", node n1, incarnation 7\n", nullptr},
    {"attested", nullptr, "\"certificate\":\"" DIGEST "\"", nullptr, "has certificate " SHORT "\n",
     nullptr},
    {"session", "shop", "\"certificate\":\"" DIGEST "\"", nullptr,
     "shop              connected, to certificate " SHORT "\n", nullptr},
    {"write", "shop", "\"path\":\"/a\"", CONTENTS, "wrote /a: 17 bytes, SHA-256 " SHORT "\n",
     "wrote /a\n"},
    {"append", "shop", "\"path\":\"/a\"", "\"bytes\":1", "appended to /a: 1 bytes\n",
     "appended to /a\n"},
    {"delete", "shop", "\"path\":\"/a/\"", "\"path\":\"/a/b\",\"there\":true,\"from\":\"shop\"",
     "deleted /a/b, from shop\n", "deleted, or tried to, /a/\n"},
    {"delete", "shop", "\"path\":\"/a\"", "\"there\":false",
     "tried to delete /a, which was not there\n", "deleted, or tried to, /a\n"},
    {"read", "shop", "\"path\":\"/a\"", "\"there\":true,\"run\":3," CONTENTS,
     "was given /a, of run 3: 17 bytes, SHA-256 " SHORT "\n", "read, or tried to, /a\n"},
    {"read", "shop", "\"path\":\"/a\"", "\"there\":false",
     "tried to read /a, which was not there\n", "read, or tried to, /a\n"},
    {"key", "shop", "\"key\":\"k\",\"given\":true", nullptr, "gave the key k\n", nullptr},
    {"key", "shop", "\"key\":\"k\",\"given\":false", nullptr, "took back the key k\n", nullptr},
    {"stream", "shop", "\"stream\":\"s\",\"end\":\"producer\",\"over\":false", "\"use\":2",
     "stream s, use 2, begins as its producer\n", "stream s begins as its producer\n"},
    {"stream", "sum", "\"stream\":\"s\",\"end\":\"consumer\",\"over\":true,\"run\":4",
     "\"use\":1,\"whole\":true,\"bytes\":9,\"digest\":\"sha-256=:x:\"",
     "sum (program)     stream s, use 1, is over as its consumer in run 4: 9 bytes, sha-256=:x:\n",
     "stream s is over as its consumer in run 4\n"},
    {"stream", "shop", "\"stream\":\"s\",\"end\":\"producer\",\"over\":true",
     "\"use\":1,\"whole\":false,\"reason\":\"gone\"",
     "stream s, use 1, is over as its producer, lost: gone\n", nullptr},
    {"consent", "shop", "\"program\":\"sum\",\"sha256\":\"" DIGEST "\"", nullptr,
     "consented to sum, SHA-256 " SHORT "\n", nullptr},
    {"run", "shop",
     "\"run\":1,\"program\":\"sum\",\"sha256\":\"" DIGEST "\",\"arguments\":\"" DIGEST "\"",
     nullptr, "started sum as run 1, SHA-256 " SHORT ", arguments " SHORT "\n", nullptr},
    {"run", "shop",
     "\"run\":1,\"program\":\"sum\",\"sha256\":\"" DIGEST
     "\",\"stage\":\"last\",\"pipeline\":\"nightly\"",
     nullptr, "started sum as run 1, stage last of nightly, SHA-256 " SHORT "\n", nullptr},
    {"run_over", nullptr, "\"run\":1,\"program\":\"sum\"",
     "\"state\":\"exited\",\"exit_code\":3,\"limits\":[]", "run 1 of sum is over: exited with 3\n",
     "run 1 of sum is over\n"},
    {"run_over", nullptr, "\"run\":1,\"program\":\"sum\"",
     "\"state\":\"failed\",\"reason\":\"trap\"", "run 1 of sum is over: failed, trap\n", nullptr},
    {"narrowing", "sum", "\"run\":2", "\"narrowing\":{\"withdraw\":{\"program\":\"intersect\"}}",
     "narrowed in run 2: the program intersect is withdrawn", "narrowed in run 2\n"},
    {"narrowing", "shop", "", "\"narrowing\":{\"withdraw\":{}}", "narrowed\n", nullptr},
    {"refusal", "shop", "\"deed\":\"GET\",\"place\":\"/v1/files/a\"", "\"reason\":\"rights: no\"",
     "was refused GET /v1/files/a: rights: no\n", "was refused GET /v1/files/a\n"},
    {"refusal", "shop", "\"more\":true", nullptr, "was refused more than is told here\n", nullptr},
    {"link", "shop",
     "\"container\":\"" DIGEST "\",\"policy\":\"" DIGEST "\",\"root\":\"" DIGEST "\",\"size\":5",
     nullptr, "linked container " SHORT " of policy " SHORT ": 5 entries, root " SHORT "\n",
     nullptr},
    {"ended", nullptr, "\"reason\":\"shutdown\"", nullptr, "ended: shutdown\n", nullptr},
    /* what nobody should write into a journal, and a terminal never gets */
    {"refusal", "shop", "\"deed\":\"GET\",\"place\":\"/a\\u001b[2J\\n\\u202eb\"", nullptr,
     "was refused GET /a?[2J??b\n", nullptr},
    {"write", "shop", "\"path\":{\"a\":1}", nullptr, "wrote ?\n", nullptr},
};

static struct vc_entry_seen seen_of(const struct vc_policy *policy, const struct row *row)
{
    struct vc_entry_seen entry = {.index = 12, .time = VC_FIXTURE_NOW, .by_container = !row->by};

    assert_true(vc_entry_kind_find(row->kind, &entry.kind));
    if (row->by == nullptr)
        return entry;
    entry.by.kind = vc_policy_find_program(policy, row->by, &entry.by.index) ? VC_SUBJECT_PROGRAM
                                                                             : VC_SUBJECT_PRINCIPAL;
    assert_true(entry.by.kind == VC_SUBJECT_PROGRAM ||
                vc_policy_find_principal(policy, row->by, &entry.by.index));
    return entry;
}

static struct vc_json *parse(const char *members)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json *json = nullptr;

    assert_int_equal(vc_buffer_printf(&text, nullptr, "{%s}", members), VC_OK);
    assert_int_equal(vc_json_parse(vc_buffer_bytes(&text), &json, nullptr), VC_OK);
    return json;
}

/* The line of a row begins with number and time, and ends so. */
static void expect(const struct vc_policy *policy, const struct row *row, bool told,
                   const char *says)
{
    static const char head[] = "   12  2027-01-01T00:00:00Z  ";
    vc_cleanup(vc_json_freep) struct vc_json *fields = parse(row->fields);
    vc_cleanup(vc_json_freep) struct vc_json *details =
        parse(row->details != nullptr ? row->details : "");
    vc_cleanup(vc_buffer_done) struct vc_buffer line = {};
    struct vc_entry_seen entry = seen_of(policy, row);
    struct vc_json_place places[] = {vc_json_root(fields), vc_json_root(details)};
    const struct vc_entry_texts texts = {.fields = &places[0],
                                         .details = told && row->details ? &places[1] : nullptr};

    assert_int_equal(vc_entry_line(policy, &entry, texts, &line, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(&line, VC_BYTES(""), nullptr), VC_OK);
    const char *text = (const char *)line.data;

    if (strncmp(text, head, sizeof(head) - 1) != 0 || strstr(text, says) == nullptr ||
        strchr(text, '\n') != text + strlen(text) - 1)
        fail_msg("%s: %s", row->kind, text);
}

static void test_lines(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy =
        vc_fixture_policy(*state, nullptr, nullptr);
    unsigned kinds = 0;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        kinds |= 1u << seen_of(policy, &rows[i]).kind;
        expect(policy, &rows[i], true, rows[i].says);
        if (rows[i].untold != nullptr)
            expect(policy, &rows[i], false, rows[i].untold);
    }
    assert_int_equal(kinds, (1u << VC_ENTRY_KINDS) - 1);
}

/* In a receipt's report nothing is shortened. */
static void test_whole(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy =
        vc_fixture_policy(*state, nullptr, nullptr);
    vc_cleanup(vc_json_freep) struct vc_json *fields =
        parse("\"program\":\"sum\",\"sha256\":\"" DIGEST "\"");
    vc_cleanup(vc_buffer_done) struct vc_buffer line = {};
    struct vc_json_place place = vc_json_root(fields);
    const struct row row = {.kind = "consent", .by = "shop"};
    struct vc_entry_seen entry = seen_of(policy, &row);

    assert_int_equal(vc_entry_line(policy, &entry,
                                   (struct vc_entry_texts){.fields = &place, .whole = true}, &line,
                                   nullptr),
                     VC_OK);
    assert_non_null(memmem(line.data, line.size, DIGEST "\n", sizeof(DIGEST)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_whole)};

    return cmocka_run_group_tests_name("cli_entry_line", tests, vc_fixture_setup,
                                       vc_fixture_teardown);
}
