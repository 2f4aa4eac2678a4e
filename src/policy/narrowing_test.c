/* SPDX-License-Identifier: MIT */

#include "policy/narrowing.h"

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

static struct vc_policy *policy_new(const struct vc_fixture *fixture)
{
    return vc_fixture_policy(
        fixture, "\"lifecycle\": {",
        "\"streams\": {\"prices\": {\"producer\": {\"principal\": \"advertiser\"},"
        " \"consumers\": [{\"program\": \"intersect\"}, {\"principal\": \"shop\"}]}},"
        " \"keys\": {\"ledger\": {\"owner\": \"shop\", \"id\": 1, \"type\": \"aes\", \"bits\": 256,"
        " \"usage\": [\"decrypt\"], \"algorithm\": \"gcm\", \"programs\": [\"intersect\", "
        "\"sum\"]}},"
        " \"narrowing\": ["
        "{\"program\": \"intersect\", \"may\": [\"take\", \"read_once\"], \"path\": \"/output/\"},"
        "{\"principal\": \"advertiser\", \"may\": [\"take\"], \"path\": \"/input/viewers.csv\"},"
        "{\"principal\": \"shop\", \"may\": [\"expires\", \"freeze_inputs\", \"take_stream\"]},"
        "{\"principal\": \"shop\", \"may\": [\"runs\", \"limits\", \"withdraw\"],"
        " \"programs\": [\"sum\"]},"
        "{\"program\": \"sum\", \"may\": [\"take_key\"], \"keys\": [\"ledger\"]}],"
        " \"lifecycle\": {\"consent\": [\"advertiser\"], ");
}

static enum vc_code parse(const struct vc_policy *policy, const char *text,
                          struct vc_narrowing *narrowing, struct vc_err *err)
{
    return vc_narrowing_parse(policy, (struct vc_bytes){(const uint8_t *)text, strlen(text)},
                              narrowing, err);
}

static struct vc_narrowing parsed(const struct vc_policy *policy, const char *text)
{
    struct vc_narrowing narrowing = {};
    struct vc_err err = {};

    if (parse(policy, text, &narrowing, &err) != VC_OK)
        fail_msg("%s: %s", text, err.text);
    return narrowing;
}

static void write(const struct vc_policy *policy, const struct vc_narrowing *narrowing,
                  struct vc_buffer *text)
{
    struct vc_json_writer writer;

    text->size = 0;
    writer = vc_json_writer_over(text);
    vc_narrowing_write(policy, narrowing, &writer, nullptr);
    assert_int_equal(vc_json_write_end(&writer, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(text, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr),
                     VC_OK);
    text->size--;
}

/* ---------------------------------------------------------------------------------- spellings */

#define EVERYBODY                                                                    \
    "{\"principal\":\"advertiser\"},{\"principal\":\"shop\"},{\"program\":\"sum\"}," \
    "{\"program\":\"intersect\"}"

static const struct {
    const char *text;
    const char *written; /* null: the same */
    const char *said;
} spellings[] = {
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/output/2\",\"from\":[{\"principal\":\"shop\"}]}}",
     nullptr, "shop may not read /output/2"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/output/2\","
     "\"from\":[{\"principal\":\"shop\"},{\"program\":\"intersect\"}]}}",
     nullptr, "shop and the program intersect may not read /output/2"},
    /* members, elements, white space and escapes in another order and form */
    {" { \"take\" : { \"from\": [{\"program\": \"intersect\"}, {\"principal\": \"sh\\u006fp\"}],\n"
     "\"path\": \"output/./x/../\\u0032\", \"may\": [\"read\"] } } ",
     "{\"take\":{\"may\":[\"read\"],\"path\":\"/output/2\","
     "\"from\":[{\"principal\":\"shop\"},{\"program\":\"intersect\"}]}}",
     "shop and the program intersect may not read /output/2"},
    {"{\"take\":{\"may\":[\"delete\",\"append\",\"read\",\"execute\",\"write\",\"list\"],"
     "\"path\":\"//a//\",\"from_all_but\":[{\"principal\":\"shop\"}]}}",
     "{\"take\":{\"may\":[\"read\",\"write\",\"append\",\"execute\",\"list\",\"delete\"],"
     "\"path\":\"/a/\",\"from_all_but\":[{\"principal\":\"shop\"}]}}",
     "nobody but shop may read, write, append to, execute, list or delete /a and what is below it"},
    {"{\"take\":{\"may\":[\"write\"],\"path\":\"/\",\"from_all_but\":[]}}", nullptr,
     "nobody may write / and what is below it"},
    {"{\"take\":{\"may\":[\"write\"],\"path\":\"/\",\"from\":[" EVERYBODY "]}}",
     "{\"take\":{\"may\":[\"write\"],\"path\":\"/\",\"from_all_but\":[]}}",
     "nobody may write / and what is below it"},
    /* nobody loses anything: that is a spelling, too */
    {"{\"take\":{\"may\":[\"write\"],\"path\":\"/x\",\"from_all_but\":[" EVERYBODY "]}}",
     "{\"take\":{\"may\":[\"write\"],\"path\":\"/x\",\"from_all_but\":["
     "{\"principal\":\"advertiser\"},{\"principal\":\"shop\"},{\"program\":\"intersect\"},"
     "{\"program\":\"sum\"}]}}",
     "whoever may, still may write /x"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/a\\u202e\\\"b\",\"from_all_but\":[]}}",
     "{\"take\":{\"may\":[\"read\"],\"path\":\"/a\xe2\x80\xae\\\"b\",\"from_all_but\":[]}}",
     "nobody may read /a\\u{202e}\"b"},
    {"{\"take_stream\":{\"stream\":\"prices\",\"from\":[{\"program\":\"intersect\"}]}}", nullptr,
     "the program intersect may not use the stream prices"},
    {"{\"take_key\":{\"key\":\"ledger\",\"from\":[{\"program\":\"sum\"}]}}", nullptr,
     "the program sum may not use the key ledger"},
    /* of two programs one is not more than half */
    {"{\"take_key\":{\"key\":\"ledger\",\"from_all_but\":[{\"program\":\"intersect\"}]}}",
     "{\"take_key\":{\"key\":\"ledger\",\"from\":[{\"program\":\"sum\"}]}}",
     "the program sum may not use the key ledger"},
    {"{\"take_key\":{\"key\":\"ledger\",\"from_all_but\":[]}}", nullptr,
     "nobody may use the key ledger"},
    {"{\"read_once\":{\"path\":\"/output/sum.txt\"}}", nullptr,
     "each principal may read /output/sum.txt once more"},
    {"{\"read_once\":{\"path\":\"/output/\"}}", nullptr,
     "each principal may read /output and what is below it once more"},
    {"{\"expires\":\"2027-01-01T00:00:00Z\"}", nullptr,
     "the container ends at 2027-01-01T00:00:00Z"},
    {"{\"expires\":\"1970-01-01T00:00:00Z\"}", nullptr,
     "the container ends at 1970-01-01T00:00:00Z"},
    {"{\"runs\":{\"program\":\"sum\",\"at_most\":3}}", nullptr,
     "the program sum may be started 3 times in all"},
    {"{\"runs\":{\"at_most\":1,\"program\":\"sum\"}}",
     "{\"runs\":{\"program\":\"sum\",\"at_most\":1}}",
     "the program sum may be started 1 time in all"},
    {"{\"runs\":{\"program\":\"sum\",\"at_most\":0}}", nullptr,
     "the program sum may be started no more"},
    {"{\"limits\":{\"files\":0,\"program\":\"sum\",\"cpu_seconds\":5}}",
     "{\"limits\":{\"program\":\"sum\",\"cpu_seconds\":5,\"files\":0}}",
     "runs of the program sum get at most cpu_seconds 5 and files 0"},
    {"{\"limits\":{\"program\":\"sum\",\"memory_mib\":1,\"stack_kib\":64,\"cpu_seconds\":1,"
     "\"wall_seconds\":1,\"files\":0,\"open_files\":8,\"processes\":1,\"output_bytes\":0,"
     "\"written_bytes\":9007199254740992}}",
     nullptr,
     "runs of the program sum get at most memory_mib 1, stack_kib 64, cpu_seconds 1, wall_seconds "
     "1, files 0, open_files 8, processes 1, output_bytes 0 and written_bytes 9007199254740992"},
    {"{\"freeze_inputs\":true}", nullptr, "inputs change no more"},
    {"{\"withdraw\":{\"program\":\"sum\"}}", nullptr,
     "the program sum is withdrawn: it is not started, and does not go on"},
};

static void test_spellings(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    for (size_t i = 0; i < VC_COUNT(spellings); i++) {
        struct vc_narrowing narrowing = parsed(policy, spellings[i].text);
        struct vc_narrowing again;
        vc_cleanup(vc_buffer_done) struct vc_buffer said = {};

        write(policy, &narrowing, &text);
        assert_string_equal((const char *)text.data, spellings[i].written != nullptr
                                                         ? spellings[i].written
                                                         : spellings[i].text);
        again = parsed(policy, (const char *)text.data);
        assert_memory_equal(&narrowing, &again, sizeof(again));
        assert_int_equal(vc_narrowing_say(policy, &narrowing, &said, nullptr), VC_OK);
        assert_int_equal(said.size, strlen(spellings[i].said));
        assert_memory_equal(said.data, spellings[i].said, said.size);
    }
}

static void test_fields(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    struct vc_narrowing take = parsed(policy, spellings[3].text);
    struct vc_narrowing limits = parsed(policy, "{\"limits\":{\"program\":\"sum\",\"files\":7}}");

    assert_int_equal(take.kind, VC_NARROW_TAKE);
    assert_int_equal(take.may, (1 << 6) - 1);
    assert_string_equal(take.path, "/a");
    assert_true(take.tree);
    assert_true(vc_subjects_have(policy, &take.from, ADVERTISER));
    assert_false(vc_subjects_have(policy, &take.from, SHOP));
    assert_true(vc_subjects_have(policy, &take.from, INTERSECT));
    assert_true(vc_subjects_have(policy, &take.from, SUM));
    assert_int_equal(limits.program, 1);
    assert_int_equal(limits.limits.files, 7);
    assert_int_equal(limits.limits.memory_mib, UINT32_MAX);
    assert_true(limits.limits.written_bytes == UINT64_MAX);
    assert_true(parsed(policy, "{\"expires\":\"2027-01-01T00:00:00Z\"}").expires == 1798761600);
}

/* ----------------------------------------------------------------------------------- refusals */

static const struct {
    const char *text;
    enum vc_code code;
    const char *err;
} refusals[] = {
    {"", VC_MALFORMED, "line 1"},
    {"[]", VC_MALFORMED, "line 1"},
    {"{}", VC_MALFORMED, "one member wanted: take, take_stream, "},
    {"{\"give\":{}}", VC_MALFORMED, "one member wanted: take, take_stream, "},
    {"{\"freeze_inputs\":true,\"expires\":\"2027-01-01T00:00:00Z\"}", VC_MALFORMED,
     "one member wanted"},
    {"{\"freeze_inputs\":true,\"freeze_inputs\":true}", VC_MALFORMED, "line 1"},
    {"{\"freeze_inputs\":false}", VC_MALFORMED, "freeze_inputs: true wanted"},
    {"{\"freeze_inputs\":1}", VC_MALFORMED, "freeze_inputs: "},
    {"{\"take\":[]}", VC_MALFORMED, "take: "},
    {"{\"take\":{\"path\":\"/x\",\"from_all_but\":[]}}", VC_MALFORMED, "take: no \"may\""},
    {"{\"take\":{\"may\":[],\"path\":\"/x\",\"from_all_but\":[]}}", VC_LIMIT, "take.may: no elem"},
    {"{\"take\":{\"may\":[\"own\"],\"path\":\"/x\",\"from_all_but\":[]}}", VC_MALFORMED,
     "take.may[0]: one of read"},
    {"{\"take\":{\"may\":[\"read\",\"read\"],\"path\":\"/x\",\"from_all_but\":[]}}", VC_MALFORMED,
     "take.may[1]: read a second time"},
    {"{\"take\":{\"may\":[\"read\"],\"from_all_but\":[]}}", VC_MALFORMED, "take: no \"path\""},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"\",\"from_all_but\":[]}}", VC_MALFORMED,
     "take.path: empty path"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x/..\",\"from_all_but\":[]}}", VC_MALFORMED,
     "take.path: names a directory"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\\u0007\",\"from_all_but\":[]}}", VC_MALFORMED,
     "take.path: control character"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/stream/prices\",\"from_all_but\":[]}}",
     VC_MALFORMED, "take.path: streams are taken with \"take_stream\""},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/stream/\",\"from_all_but\":[]}}", VC_MALFORMED,
     "take.path: streams are taken"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\"}}", VC_MALFORMED,
     "take: exactly one of \"from\" and \"from_all_but\" wanted"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\",\"from_all_but\":[],\"from\":[]}}",
     VC_MALFORMED, "take: exactly one of"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\",\"from\":[]}}", VC_LIMIT,
     "take.from: no elements, at least 1"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\",\"from\":[\"shop\"]}}", VC_MALFORMED,
     "take.from[0]: "},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\",\"from\":[{}]}}", VC_MALFORMED,
     "take.from[0]: exactly one of \"principal\" and \"program\" wanted"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\","
     "\"from\":[{\"principal\":\"shop\",\"program\":\"sum\"}]}}",
     VC_MALFORMED, "take.from[0]: exactly one of"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\",\"from\":[{\"who\":\"shop\"}]}}", VC_MALFORMED,
     "take.from[0]: unknown key \"who\""},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\",\"from\":[{\"principal\":\"shop\"},"
     "{\"principal\":\"sum\"}]}}",
     VC_NOT_FOUND, "take.from[1].principal: no such principal"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\",\"from\":[{\"program\":\"shop\"}]}}",
     VC_NOT_FOUND, "take.from[0].program: no such program"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\",\"from\":[{\"program\":\"S\"}]}}", VC_MALFORMED,
     "take.from[0].program: a name is"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\",\"from\":[{\"program\":\"sum\"},"
     "{\"program\":\"sum\"}]}}",
     VC_MALFORMED, "take.from[1]: named a second time"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\",\"from_all_but\":[],\"until\":1}}",
     VC_MALFORMED, "take: unknown key \"until\""},
    {"{\"take_stream\":{\"stream\":\"price\",\"from_all_but\":[]}}", VC_NOT_FOUND,
     "take_stream.stream: no such stream"},
    {"{\"take_stream\":{\"from_all_but\":[]}}", VC_MALFORMED, "take_stream: no \"stream\""},
    {"{\"take_stream\":{\"stream\":\"prices\",\"path\":\"/x\"}}", VC_MALFORMED,
     "take_stream: unknown key \"path\""},
    {"{\"take_stream\":{\"stream\":\"prices\"}}", VC_MALFORMED, "take_stream: exactly one of"},
    {"{\"take_key\":{\"key\":\"x\",\"from_all_but\":[]}}", VC_NOT_FOUND, "take_key.key: no such"},
    {"{\"take_key\":{\"key\":\"ledger\",\"from\":[{\"principal\":\"shop\"}]}}", VC_MALFORMED,
     "take_key.from[0]: a program wanted"},
    {"{\"take_key\":{\"key\":\"ledger\",\"from_all_but\":[{\"principal\":\"shop\"}]}}",
     VC_MALFORMED, "take_key.from_all_but[0]: a program wanted"},
    {"{\"read_once\":{}}", VC_MALFORMED, "read_once: no \"path\""},
    {"{\"read_once\":{\"path\":\"/x\",\"from_all_but\":[]}}", VC_MALFORMED, "read_once: unknown"},
    {"{\"read_once\":{\"path\":\"/stream/prices\"}}", VC_MALFORMED, "read_once.path: streams are"},
    {"{\"expires\":1}", VC_MALFORMED, "expires: "},
    {"{\"expires\":\"tomorrow\"}", VC_MALFORMED, "expires: "},
    {"{\"expires\":\"2027-02-29T00:00:00Z\"}", VC_MALFORMED, "expires: "},
    {"{\"expires\":{}}", VC_MALFORMED, "expires: "},
    {"{\"runs\":{\"program\":\"sum\"}}", VC_MALFORMED, "runs: no \"at_most\""},
    {"{\"runs\":{\"at_most\":1}}", VC_MALFORMED, "runs: no \"program\""},
    {"{\"runs\":{\"program\":\"sums\",\"at_most\":1}}", VC_NOT_FOUND, "runs.program: no such"},
    {"{\"runs\":{\"program\":\"sum\",\"at_most\":-1}}", VC_LIMIT, "runs.at_most: -1, at least 0"},
    {"{\"runs\":{\"program\":\"sum\",\"at_most\":1000001}}", VC_LIMIT,
     "runs.at_most: 1000001, at most 1000000"},
    {"{\"limits\":{\"program\":\"sum\"}}", VC_MALFORMED, "limits: at least one limit wanted"},
    {"{\"limits\":{\"cpu_seconds\":1}}", VC_MALFORMED, "limits: no \"program\""},
    {"{\"limits\":{\"program\":\"sum\",\"cpu\":1}}", VC_MALFORMED, "limits: unknown key \"cpu\""},
    {"{\"limits\":{\"program\":\"sum\",\"cpu_seconds\":0}}", VC_LIMIT,
     "limits.cpu_seconds: 0, at least 1"},
    {"{\"limits\":{\"program\":\"sum\",\"open_files\":7}}", VC_LIMIT, "limits.open_files: 7, at l"},
    {"{\"limits\":{\"program\":\"sum\",\"stack_kib\":63}}", VC_LIMIT, "limits.stack_kib: 63, at l"},
    {"{\"limits\":{\"program\":\"sum\",\"files\":4294967295}}", VC_LIMIT,
     "limits.files: 4294967295, at most 4294967294"},
    {"{\"limits\":{\"program\":\"sum\",\"output_bytes\":9007199254740993}}", VC_LIMIT,
     "limits.output_bytes: 9007199254740993, at most 9007199254740992"},
    {"{\"limits\":{\"program\":\"sum\",\"files\":1.5}}", VC_MALFORMED, "limits.files: "},
    {"{\"withdraw\":{}}", VC_MALFORMED, "withdraw: no \"program\""},
    {"{\"withdraw\":{\"program\":\"shop\"}}", VC_NOT_FOUND, "withdraw.program: no such program"},
    {"{\"withdraw\":{\"program\":\"sum\",\"at_most\":1}}", VC_MALFORMED, "withdraw: unknown key"},
};

static void test_refused(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);

    for (size_t i = 0; i < VC_COUNT(refusals); i++) {
        struct vc_narrowing narrowing = {.program = 77};
        struct vc_err err = {};

        if (parse(policy, refusals[i].text, &narrowing, &err) != refusals[i].code ||
            strncmp(err.text, refusals[i].err, strlen(refusals[i].err)) != 0)
            fail_msg("%s: %s: %s", refusals[i].text, vc_code_name(err.code), err.text);
        assert_int_equal(narrowing.program, 77);
    }
}

static void test_cut(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    struct vc_narrowing narrowing;

    for (size_t i = 0; i < VC_COUNT(spellings); i++) {
        const char *text = spellings[i].text;
        size_t size = (size_t)(strrchr(text, '}') - text) + 1;

        for (size_t cut = 0; cut < size; cut++) {
            assert_int_not_equal(vc_narrowing_parse(policy,
                                                    (struct vc_bytes){(const uint8_t *)text, cut},
                                                    &narrowing, nullptr),
                                 VC_OK);
        }
        assert_int_equal(vc_narrowing_parse(policy, (struct vc_bytes){(const uint8_t *)text, size},
                                            &narrowing, nullptr),
                         VC_OK);
    }
}

static void test_size(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_narrowing narrowing;
    struct vc_err err = {};

    assert_int_equal(vc_buffer_printf(&text, nullptr, "{\"freeze_inputs\":true}"), VC_OK);
    while (text.size < VC_NARROWING_SIZE_MAX)
        assert_int_equal(vc_buffer_append_text(&text, " ", nullptr), VC_OK);
    assert_int_equal(vc_narrowing_parse(policy, vc_buffer_bytes(&text), &narrowing, &err), VC_OK);
    assert_int_equal(vc_buffer_append_text(&text, " ", nullptr), VC_OK);
    assert_int_equal(vc_narrowing_parse(policy, vc_buffer_bytes(&text), &narrowing, &err),
                     VC_LIMIT);
    assert_string_equal(err.text, "a narrowing of 131073 bytes, at most 131072");
}

/* A narrowing that stands in another document, at a place that errors name. */
static void test_as_a_member(void **state)
{
    static const char good[] = "{\"narrowing\":{\"freeze_inputs\":true}}";
    static const char bad[] = "{\"narrowing\":{\"withdraw\":{\"program\":\"x\"}}}";
    static const char none[] = "{\"narrowing\":{}}";
    const struct {
        const char *text;
        const char *err;
    } rows[] = {{good, ""},
                {bad, "narrowing.withdraw.program: no such program"},
                {none, "narrowing: one member wanted: take, take_stream, take_key, read_once, "
                       "expires, runs, limits, freeze_inputs or withdraw"}};
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        struct vc_json_writer writer = vc_json_writer_over(&text);
        struct vc_narrowing narrowing = {};
        struct vc_json_place root;
        struct vc_json_place member;
        struct vc_err err = {};

        assert_int_equal(
            vc_json_parse((struct vc_bytes){(const uint8_t *)rows[i].text, strlen(rows[i].text)},
                          &json, nullptr),
            VC_OK);
        root = vc_json_root(json);
        assert_int_equal(vc_json_member(&root, "narrowing", &member, nullptr), VC_OK);
        (void)!vc_narrowing_parse_json(policy, &member, &narrowing, &err);
        assert_string_equal(err.text, rows[i].err);
        if (err.code != VC_OK)
            continue;
        vc_json_open_object(&writer, nullptr);
        vc_narrowing_write(policy, &narrowing, &writer, "narrowing");
        vc_json_close_object(&writer);
        assert_int_equal(vc_json_write_end(&writer, nullptr), VC_OK);
        assert_int_equal(text.size, strlen(good));
        assert_memory_equal(text.data, good, text.size);
    }
}

/* ------------------------------------------------------------------------------------ who may */

#define TAKE(path, from) "{\"take\":{\"may\":[\"read\"],\"path\":\"" path "\"," from "}}"
#define ONE(kind, name)  "\"from\":[{\"" kind "\":\"" name "\"}]"

static const struct {
    struct vc_subject who;
    const char *text;
    const char *err; /* null: it may */
} deciding[] = {
    /* rules */
    {INTERSECT, TAKE("/output/2", "\"from_all_but\":[]"), nullptr},
    {INTERSECT, TAKE("/output/", "\"from_all_but\":[]"), nullptr},
    {INTERSECT, TAKE("/output", "\"from_all_but\":[]"), nullptr},
    {INTERSECT, TAKE("/output2", "\"from_all_but\":[]"),
     "narrowing: the program intersect may not take what is at /output2"},
    {INTERSECT, TAKE("/", "\"from_all_but\":[]"),
     "narrowing: the program intersect may not take what is at /"},
    {INTERSECT, TAKE("/output/../input/a", ONE("principal", "shop")),
     "narrowing: the program intersect may not take what is at /input/a"},
    {ADVERTISER, TAKE("/input/viewers.csv", "\"from_all_but\":[]"), nullptr},
    {ADVERTISER, TAKE("/input/viewers.csv/", "\"from_all_but\":[]"),
     "narrowing: advertiser may not take what is at /input/viewers.csv"},
    {SUM, TAKE("/output/2", ONE("principal", "shop")),
     "narrowing: the program sum may not take what is at /output/2"},
    {INTERSECT, "{\"read_once\":{\"path\":\"/output/x\"}}", nullptr},
    {INTERSECT, "{\"read_once\":{\"path\":\"/input/x\"}}",
     "narrowing: the program intersect may not have /input/x read only once more"},
    {SHOP, "{\"read_once\":{\"path\":\"/output/x\"}}",
     "narrowing: shop may not have /output/x read only once more"},
    {SHOP, "{\"take_stream\":{\"stream\":\"prices\",\"from_all_but\":[]}}", nullptr},
    {ADVERTISER, "{\"take_stream\":{\"stream\":\"prices\",\"from_all_but\":[]}}",
     "narrowing: advertiser may not take the stream prices"},
    {SUM, "{\"take_key\":{\"key\":\"ledger\",\"from_all_but\":[]}}", nullptr},
    {INTERSECT, "{\"take_key\":{\"key\":\"ledger\",\"from_all_but\":[]}}",
     "narrowing: the program intersect may not take the key ledger"},
    {SHOP, "{\"expires\":\"2027-01-01T00:00:00Z\"}", nullptr},
    {ADVERTISER, "{\"expires\":\"2027-01-01T00:00:00Z\"}",
     "narrowing: advertiser may not let the container end sooner"},
    {SHOP, "{\"freeze_inputs\":true}", nullptr},
    {SUM, "{\"freeze_inputs\":true}", "narrowing: the program sum may not freeze the inputs"},
    {SHOP, "{\"runs\":{\"program\":\"sum\",\"at_most\":0}}", nullptr},
    {SHOP, "{\"runs\":{\"program\":\"intersect\",\"at_most\":0}}",
     "narrowing: shop may not have intersect started less often"},
    {SHOP, "{\"limits\":{\"program\":\"sum\",\"files\":0}}", nullptr},
    {SHOP, "{\"limits\":{\"program\":\"intersect\",\"files\":0}}",
     "narrowing: shop may not give less to runs of intersect"},
    {SHOP, "{\"withdraw\":{\"program\":\"sum\"}}", nullptr},
    {SHOP, "{\"withdraw\":{\"program\":\"intersect\"}}",
     "narrowing: shop may not withdraw intersect"},
    /* what needs no rule: taking from oneself */
    {SHOP, TAKE("/", ONE("principal", "shop")), nullptr},
    {SHOP, TAKE("/", "\"from\":[{\"principal\":\"shop\"},{\"program\":\"sum\"}]"),
     "narrowing: shop may not take what is at /"},
    {SHOP, TAKE("/", ONE("principal", "advertiser")), "narrowing: shop may not take what is at /"},
    {SUM, TAKE("/", ONE("principal", "shop")),
     "narrowing: the program sum may not take what is at /"},
    {ADVERTISER, "{\"take_stream\":{\"stream\":\"prices\"," ONE("principal", "advertiser") "}}",
     nullptr},
    {INTERSECT, "{\"take_stream\":{\"stream\":\"prices\"," ONE("principal", "shop") "}}",
     "narrowing: the program intersect may not take the stream prices"},
    /* but no program: everybody would be told what it says so */
    {SUM, TAKE("/anything/", ONE("program", "sum")),
     "narrowing: the program sum may not take what is at /anything"},
    {INTERSECT, "{\"take_stream\":{\"stream\":\"prices\"," ONE("program", "intersect") "}}",
     "narrowing: the program intersect may not take the stream prices"},
    {INTERSECT, "{\"take_key\":{\"key\":\"ledger\"," ONE("program", "intersect") "}}",
     "narrowing: the program intersect may not take the key ledger"},
    /* an owner its key, and who must consent to programs any program */
    {SHOP, "{\"take_key\":{\"key\":\"ledger\",\"from_all_but\":[]}}", nullptr},
    {ADVERTISER, "{\"take_key\":{\"key\":\"ledger\",\"from_all_but\":[]}}",
     "narrowing: advertiser may not take the key ledger"},
    {ADVERTISER, "{\"withdraw\":{\"program\":\"intersect\"}}", nullptr},
    {ADVERTISER, "{\"withdraw\":{\"program\":\"sum\"}}", nullptr},
    /* program 0 is not principal 0 */
    {INTERSECT, "{\"withdraw\":{\"program\":\"sum\"}}",
     "narrowing: the program intersect may not withdraw sum"},
    {{VC_SUBJECT_PRINCIPAL, 2}, "{\"freeze_inputs\":true}", "narrowing: not a question"},
    {{VC_SUBJECT_PROGRAM, SIZE_MAX}, "{\"freeze_inputs\":true}", "narrowing: not a question"},
    {{(enum vc_subject_kind)7, 0}, "{\"freeze_inputs\":true}", "narrowing: not a question"},
};

static void test_who_may(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = policy_new(*state);

    for (size_t i = 0; i < VC_COUNT(deciding); i++) {
        struct vc_narrowing narrowing = parsed(policy, deciding[i].text);
        struct vc_err err = {};
        enum vc_code code = vc_policy_decide_narrow(policy, deciding[i].who, &narrowing, &err);

        if (code != (deciding[i].err == nullptr ? VC_OK : VC_REFUSED))
            fail_msg("%s: %s", deciding[i].text, err.text);
        if (deciding[i].err != nullptr &&
            strncmp(err.text, deciding[i].err, strlen(deciding[i].err)) != 0)
            fail_msg("%s: %s", deciding[i].text, err.text);
    }
}

/* Without the block `narrowing` only what needs no rule. */
static void test_without_rules(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_policy(*state, nullptr, "");
    struct vc_narrowing own = parsed(policy, TAKE("/output/", ONE("principal", "shop")));
    struct vc_narrowing all = parsed(policy, TAKE("/output/", "\"from_all_but\":[]"));
    struct vc_narrowing withdraw = parsed(policy, "{\"withdraw\":{\"program\":\"sum\"}}");

    assert_int_equal(vc_policy_decide_narrow(policy, SHOP, &own, nullptr), VC_OK);
    assert_int_equal(vc_policy_decide_narrow(policy, SHOP, &all, nullptr), VC_REFUSED);
    assert_int_equal(vc_policy_decide_narrow(policy, SHOP, &withdraw, nullptr), VC_REFUSED);
    assert_int_equal(vc_policy_decide_narrow(policy, ADVERTISER, &withdraw, nullptr), VC_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings), cmocka_unit_test(test_fields),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_cut),
        cmocka_unit_test(test_size),      cmocka_unit_test(test_as_a_member),
        cmocka_unit_test(test_who_may),   cmocka_unit_test(test_without_rules),
    };

    return cmocka_run_group_tests_name("narrowing", tests, vc_fixture_setup, vc_fixture_teardown);
}
