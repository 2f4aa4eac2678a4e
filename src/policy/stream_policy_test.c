/* SPDX-License-Identifier: MIT */

/* The block "streams" of a policy, and what it takes from the rest of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/decide.h"
#include "policy/fixture.h"

static constexpr struct vc_subject ADVERTISER = {VC_SUBJECT_PRINCIPAL, 0};
static constexpr struct vc_subject SHOP = {VC_SUBJECT_PRINCIPAL, 1};
static constexpr struct vc_subject INTERSECT = {VC_SUBJECT_PROGRAM, 0};
static constexpr struct vc_subject SUM = {VC_SUBJECT_PROGRAM, 1};

#define DIGEST "\"5555555555555555555555555555555555555555555555555555555555555555\""

/* From the advertiser to intersect, from there to sum and to the shop. */
#define CLICKS                                                     \
    "\"clicks\": {\"producer\": {\"principal\": \"advertiser\"}, " \
    "\"consumers\": [{\"program\": \"intersect\"}]}"
#define MATCHES                                                                   \
    "\"matches\": {\"producer\": {\"program\": \"intersect\"}, "                  \
    "\"consumers\": [{\"program\": \"sum\"}, {\"principal\": \"shop\"}], "        \
    "\"records\": \"lines\", \"record_bytes\": 4096, \"window_bytes\": 131072, "  \
    "\"partial\": true, \"padded\": true, \"digest\": \"sha-256\", \"uses\": 3, " \
    "\"resume_seconds\": 0}"

/* The fixture's policy with these streams and, if `find` is not null, one more edit. */
static void make_text(const struct vc_fixture *fixture, const char *streams, const char *find,
                      const char *replace, struct vc_buffer *text)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer block = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer whole = {};
    const char *at;
    size_t before;

    assert_int_equal(
        vc_buffer_printf(&block, nullptr, "\"streams\": {%s}, \"lifecycle\": {%c", streams, '\0'),
        VC_OK);
    vc_fixture_text(fixture, "\"lifecycle\": {", (const char *)block.data, &whole);
    at = find == nullptr ? (const char *)whole.data
                         : memmem(whole.data, whole.size, find, strlen(find));
    assert_non_null(at);
    before = (size_t)((const uint8_t *)at - whole.data);
    if (find != nullptr)
        at += strlen(find);
    assert_int_equal(vc_buffer_printf(text, nullptr, "%.*s%s%.*s", (int)before,
                                      (const char *)whole.data, find == nullptr ? "" : replace,
                                      (int)((const char *)whole.data + whole.size - at), at),
                     VC_OK);
}

static enum vc_code parse(const struct vc_fixture *fixture, const char *streams,
                          const char *const edit[2], struct vc_policy **policy, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    make_text(fixture, streams, edit[0], edit[1], &text);
    return vc_policy_parse(vc_buffer_bytes(&text), policy, err);
}

static struct vc_policy *parse_good(const struct vc_fixture *fixture, const char *streams,
                                    const char *find, const char *replace)
{
    const char *const edit[] = {find, replace};
    struct vc_policy *policy = nullptr;
    struct vc_err err = {};

    if (parse(fixture, streams, edit, &policy, &err) != VC_OK)
        fail_msg("%s: %s", streams, err.text);
    return policy;
}

static void test_streams_are_read(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy =
        parse_good(*state, CLICKS ", " MATCHES, nullptr, nullptr);
    const struct vc_policy_stream *clicks;
    const struct vc_policy_stream *matches;
    size_t index;

    assert_int_equal(policy->stream_count, 2);
    assert_true(vc_policy_find_stream(policy, "clicks", &index));
    clicks = &policy->streams[index];
    assert_true(vc_policy_same_subject(clicks->producer, ADVERTISER));
    assert_int_equal(clicks->consumer_count, 1);
    assert_true(vc_policy_same_subject(clicks->consumers[0], INTERSECT));
    assert_int_equal(clicks->records, VC_RECORDS_BYTES);
    assert_int_equal(clicks->record_bytes, 65536);
    assert_int_equal(clicks->window_bytes, 1048576);
    assert_false(clicks->partial);
    assert_false(clicks->padded);
    assert_int_equal(clicks->mark, VC_MARK_GMAC);
    assert_int_equal(clicks->uses, 1);
    assert_int_equal(clicks->resume_seconds, 60);
    assert_true(vc_policy_stream_at(policy, "/stream/matches", &index));
    matches = &policy->streams[index];
    assert_true(vc_policy_same_subject(matches->producer, INTERSECT));
    assert_int_equal(matches->consumer_count, 2);
    assert_true(vc_policy_same_subject(matches->consumers[0], SUM));
    assert_true(vc_policy_same_subject(matches->consumers[1], SHOP));
    assert_int_equal(matches->records, VC_RECORDS_LINES);
    assert_int_equal(matches->record_bytes, 4096);
    assert_int_equal(matches->window_bytes, 131072);
    assert_true(matches->partial);
    assert_true(matches->padded);
    assert_int_equal(matches->mark, VC_MARK_SHA256);
    assert_int_equal(matches->uses, 3);
    assert_int_equal(matches->resume_seconds, 0);
}

static void test_lookups(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy =
        parse_good(*state, CLICKS ", " MATCHES, nullptr, nullptr);
    static const char *const nowhere[] = {"/stream",
                                          "/stream/",
                                          "/stream/click",
                                          "/stream/clicks/",
                                          "/streams/clicks",
                                          "/stream/clicks/x",
                                          "clicks",
                                          "/",
                                          ""};
    size_t index = 99;

    for (size_t i = 0; i < VC_COUNT(nowhere); i++)
        assert_false(vc_policy_stream_at(policy, nowhere[i], &index));
    assert_false(vc_policy_find_stream(policy, "Clicks", &index));
    assert_false(vc_policy_find_stream(policy, "", &index));
    assert_int_equal(index, 99);
    assert_true(vc_policy_is_of_streams("/stream"));
    assert_true(vc_policy_is_of_streams("/stream/clicks"));
    assert_true(vc_policy_is_of_streams("/stream/a/b"));
    assert_false(vc_policy_is_of_streams("/streams"));
    assert_false(vc_policy_is_of_streams("/"));
    assert_false(vc_policy_is_of_streams("/a/stream"));
}

#define ENDS          "\"producer\": {\"principal\": \"shop\"}, \"consumers\": [{\"program\": \"sum\"}]"
#define WITH(members) "\"s\": {" ENDS ", " members "}"
#define TO(consumers) \
    "\"s\": {\"producer\": {\"principal\": \"shop\"}, \"consumers\": [" consumers "]}"

static const struct row {
    const char *streams;
    const char *find;
    const char *replace;
    enum vc_code code; /* VC_OK: accepted, and no err */
    const char *err;
} rows[] = {
    {"", nullptr, nullptr, VC_OK, nullptr},
    {CLICKS ", " MATCHES, nullptr, nullptr, VC_OK, nullptr},
    /* who */
    {"\"s\": {\"consumers\": [{\"program\": \"sum\"}]}", nullptr, nullptr, VC_MALFORMED,
     "streams.s: no \"producer\""},
    {"\"s\": {\"producer\": {\"principal\": \"shop\"}}", nullptr, nullptr, VC_MALFORMED,
     "streams.s: no \"consumers\""},
    {"\"s\": {\"producer\": \"shop\", \"consumers\": [{\"program\": \"sum\"}]}", nullptr, nullptr,
     VC_MALFORMED, "streams.s.producer: a string, an object wanted"},
    {"\"s\": {\"producer\": {}, \"consumers\": [{\"program\": \"sum\"}]}", nullptr, nullptr,
     VC_MALFORMED, "streams.s.producer: exactly one of"},
    {"\"s\": {\"producer\": {\"principal\": \"shop\", \"program\": \"sum\"}, \"consumers\": "
     "[{\"program\": \"sum\"}]}",
     nullptr, nullptr, VC_MALFORMED, "streams.s.producer: exactly one of"},
    {"\"s\": {\"producer\": {\"principal\": \"shop\", \"may\": []}, \"consumers\": "
     "[{\"program\": \"sum\"}]}",
     nullptr, nullptr, VC_MALFORMED, "streams.s.producer: unknown key \"may\""},
    {"\"s\": {\"producer\": {\"principal\": \"bank\"}, \"consumers\": [{\"program\": \"sum\"}]}",
     nullptr, nullptr, VC_REFUSED, "streams.s.producer.principal: no principal \"bank\""},
    {"\"s\": {\"producer\": {\"program\": \"shop\"}, \"consumers\": [{\"program\": \"sum\"}]}",
     nullptr, nullptr, VC_REFUSED, "streams.s.producer.program: no program \"shop\""},
    {"\"s\": {\"producer\": {\"program\": \"S\"}, \"consumers\": [{\"program\": \"sum\"}]}",
     nullptr, nullptr, VC_MALFORMED, "streams.s.producer.program: a name is"},
    {TO(""), nullptr, nullptr, VC_LIMIT, "streams.s.consumers: no elements, at least 1"},
    {"\"s\": {\"producer\": {\"principal\": \"shop\"}, \"consumers\": {\"program\": \"sum\"}}",
     nullptr, nullptr, VC_MALFORMED, "streams.s.consumers: an object, an array wanted"},
    {TO("\"sum\""), nullptr, nullptr, VC_MALFORMED, "streams.s.consumers[0]: a string, an object"},
    {TO("{\"program\": \"sum\"}, {\"program\": \"psi\"}"), nullptr, nullptr, VC_REFUSED,
     "streams.s.consumers[1].program: no program \"psi\""},
    {TO("{\"program\": \"sum\"}, {\"principal\": \"shop\"}"), nullptr, nullptr, VC_REFUSED,
     "streams.s.consumers[1]: the stream's own producer"},
    {TO("{\"program\": \"sum\"}, {\"principal\": \"advertiser\"}, {\"program\": \"sum\"}"), nullptr,
     nullptr, VC_REFUSED, "streams.s.consumers[2]: the same as [0]"},
    {TO("{\"principal\": \"advertiser\"}"), nullptr, nullptr, VC_OK, nullptr},
    /* the block and its names */
    {"\"S\": {" ENDS "}", nullptr, nullptr, VC_MALFORMED, "streams.S: a name is"},
    {"\"\": {" ENDS "}", nullptr, nullptr, VC_MALFORMED, "streams.: a name is"},
    {"\"..\": {" ENDS "}", nullptr, nullptr, VC_MALFORMED, "streams...: a name is"},
    {"\"a/b\": {" ENDS "}", nullptr, nullptr, VC_MALFORMED, "streams.a/b: a name is"},
    {"\"s\": [" TO("") "]", nullptr, nullptr, VC_MALFORMED, "line "},
    {"\"s\": 7", nullptr, nullptr, VC_MALFORMED, "streams.s: a whole number, an object wanted"},
    {"\"s\": {" ENDS "}, \"s\": {" ENDS "}", nullptr, nullptr, VC_MALFORMED, "line "},
    {WITH("\"window\": 65536"), nullptr, nullptr, VC_MALFORMED, "streams.s: unknown key \"window"},
    /* a principal's or a program's name is free for a stream */
    {"\"shop\": {" ENDS "}, \"sum\": {" ENDS "}", nullptr, nullptr, VC_OK, nullptr},
    /* records */
    {WITH("\"records\": \"bytes\""), nullptr, nullptr, VC_OK, nullptr},
    {WITH("\"records\": \"length\""), nullptr, nullptr, VC_OK, nullptr},
    {WITH("\"records\": \"line\""), nullptr, nullptr, VC_MALFORMED,
     "streams.s.records: \"bytes\", \"lines\" or \"length\" wanted"},
    {WITH("\"records\": 1"), nullptr, nullptr, VC_MALFORMED, "streams.s.records: a whole number"},
    {WITH("\"records\": \"lines\", \"record_bytes\": 1"), nullptr, nullptr, VC_OK, nullptr},
    {WITH("\"records\": \"lines\", \"record_bytes\": 0"), nullptr, nullptr, VC_LIMIT,
     "streams.s.record_bytes: 0, at least 1"},
    {WITH("\"records\": \"lines\", \"record_bytes\": 524288"), nullptr, nullptr, VC_OK, nullptr},
    {WITH("\"records\": \"lines\", \"record_bytes\": 524289"), nullptr, nullptr, VC_LIMIT,
     "streams.s.record_bytes: 524289, at most half of window_bytes, 524288"},
    {WITH("\"records\": \"length\", \"record_bytes\": 32769, \"window_bytes\": 65536"), nullptr,
     nullptr, VC_LIMIT, "streams.s.record_bytes: 32769, at most half of window_bytes, 32768"},
    {WITH("\"records\": \"length\", \"record_bytes\": 1048576, \"window_bytes\": 2097152"), nullptr,
     nullptr, VC_OK, nullptr},
    {WITH("\"records\": \"length\", \"record_bytes\": 1048577, \"window_bytes\": 16777216"),
     nullptr, nullptr, VC_LIMIT, "streams.s.record_bytes: 1048577, at most 1048576"},
    {WITH("\"record_bytes\": 4096"), nullptr, nullptr, VC_REFUSED,
     "streams.s.record_bytes: only for records that are"},
    {WITH("\"records\": \"bytes\", \"record_bytes\": 65536"), nullptr, nullptr, VC_REFUSED,
     "streams.s.record_bytes: only for records that are"},
    {WITH("\"records\": \"lines\", \"record_bytes\": \"64\""), nullptr, nullptr, VC_MALFORMED,
     "streams.s.record_bytes: a string"},
    {WITH("\"padded\": true"), nullptr, nullptr, VC_REFUSED,
     "streams.s.padded: only for records that are \"lines\" or \"length\""},
    {WITH("\"padded\": false"), nullptr, nullptr, VC_OK, nullptr},
    {WITH("\"records\": \"length\", \"padded\": true"), nullptr, nullptr, VC_OK, nullptr},
    {WITH("\"padded\": 1"), nullptr, nullptr, VC_MALFORMED, "streams.s.padded: a whole number"},
    {WITH("\"partial\": null"), nullptr, nullptr, VC_MALFORMED, "streams.s.partial: null, true"},
    /* the window */
    {WITH("\"window_bytes\": 65536"), nullptr, nullptr, VC_OK, nullptr},
    {WITH("\"window_bytes\": 32768"), nullptr, nullptr, VC_LIMIT,
     "streams.s.window_bytes: 32768, at least 65536"},
    {WITH("\"window_bytes\": 16777216"), nullptr, nullptr, VC_OK, nullptr},
    {WITH("\"window_bytes\": 33554432"), nullptr, nullptr, VC_LIMIT,
     "streams.s.window_bytes: 33554432, at most 16777216"},
    {WITH("\"window_bytes\": 65537"), nullptr, nullptr, VC_MALFORMED,
     "streams.s.window_bytes: 65537, a power of two wanted"},
    {WITH("\"window_bytes\": 98304"), nullptr, nullptr, VC_MALFORMED,
     "streams.s.window_bytes: 98304, a power of two wanted"},
    {WITH("\"window_bytes\": 1e5"), nullptr, nullptr, VC_MALFORMED,
     "streams.s.window_bytes: a num"},
    /* its end, and how often */
    {WITH("\"digest\": \"gmac\""), nullptr, nullptr, VC_OK, nullptr},
    {WITH("\"digest\": \"sha256\""), nullptr, nullptr, VC_MALFORMED,
     "streams.s.digest: \"gmac\" or \"sha-256\" wanted"},
    {WITH("\"digest\": true"), nullptr, nullptr, VC_MALFORMED, "streams.s.digest: true, a string"},
    {WITH("\"uses\": 0"), nullptr, nullptr, VC_LIMIT, "streams.s.uses: 0, at least 1"},
    {WITH("\"uses\": 1000000"), nullptr, nullptr, VC_OK, nullptr},
    {WITH("\"uses\": 1000001"), nullptr, nullptr, VC_LIMIT, "streams.s.uses: 1000001, at most"},
    {WITH("\"resume_seconds\": 86400"), nullptr, nullptr, VC_OK, nullptr},
    {WITH("\"resume_seconds\": 86401"), nullptr, nullptr, VC_LIMIT,
     "streams.s.resume_seconds: 86401, at most 86400"},
    {WITH("\"resume_seconds\": -1"), nullptr, nullptr, VC_LIMIT, "streams.s.resume_seconds: -1"},
    /* standard descriptors */
    {CLICKS ", " MATCHES, "\"/input/query.txt\"", "\"/stream/clicks\"", VC_OK, nullptr},
    {CLICKS ", " MATCHES, "\"/output/log.txt\"", "\"stream//matches\"", VC_OK, nullptr},
    {CLICKS ", " MATCHES, "\"/output/errors.txt\"", "\"/stream/matches\"", VC_OK, nullptr},
    {CLICKS ", " MATCHES, "\"/input/query.txt\"", "\"/stream/matches\"", VC_REFUSED,
     "programs.intersect.stdin: streams.matches.consumers: the program intersect is not among"},
    {CLICKS ", " MATCHES, "\"/output/log.txt\"", "\"/stream/clicks\"", VC_REFUSED,
     "programs.intersect.stdout: streams.clicks.producer: only the advertiser may produce it"},
    {CLICKS ", " MATCHES, "\"/output/errors.txt\"", "\"/stream/clicks\"", VC_REFUSED,
     "programs.intersect.stderr: streams.clicks.producer: only the advertiser may produce it"},
    {CLICKS ", " MATCHES, "\"sha256\": \"4444",
     "\"stdout\": \"/stream/matches\", \"sha256\": \"4444", VC_REFUSED,
     "programs.sum.stdout: streams.matches.producer: only the program intersect may produce"},
    {CLICKS ", " MATCHES, "\"/output/log.txt\",\n   \"stderr\": \"/output/errors.txt\"",
     "\"/stream/matches\", \"stderr\": \"/stream/./matches\"", VC_REFUSED,
     "programs.intersect.stderr: the same stream as stdout"},
    {CLICKS, "\"/input/query.txt\"", "\"/stream/click\"", VC_REFUSED,
     "programs.intersect.stdin: /stream/click is no stream"},
    {CLICKS, "\"/input/query.txt\"", "\"/stream/clicks/x\"", VC_REFUSED,
     "programs.intersect.stdin: /stream/clicks/x is no stream"},
    {CLICKS, "\"/output/log.txt\"", "\"/stream\"", VC_REFUSED,
     "programs.intersect.stdout: /stream is no stream"},
    /* no place for files, whether there are streams or not */
    {CLICKS, "\"/input/viewers.csv\"", "\"/stream/clicks\"", VC_REFUSED,
     "rights[0].path: /stream/clicks is a place of streams, and not of files"},
    {"", "\"/input/viewers.csv\"", "\"/stream\"", VC_REFUSED,
     "rights[0].path: /stream is a place of streams"},
    {CLICKS, "\"/input/buyers/\"", "\"/stream/\"", VC_REFUSED,
     "rights[2].path: /stream is a place of streams"},
    {CLICKS, "\"/input/buyers/\"", "\"/x/../stream/deep/\"", VC_REFUSED,
     "rights[2].path: /stream/deep is a place of streams"},
    {CLICKS, "\"/input/buyers/\"", "\"/streams/\"", VC_OK, nullptr},
    {CLICKS, "\"/program/sum.wasm\"", "\"/stream/sum.wasm\"", VC_REFUSED,
     "programs.sum.path: /stream/sum.wasm is a place of streams"},
    {"", "\"/program/sum.wasm\"", "\"/stream\"", VC_REFUSED,
     "programs.sum.path: /stream is a place of streams"},
    {CLICKS, "\"storage\": {", "\"pins\": {\"/stream/clicks\": " DIGEST "}, \"storage\": {",
     VC_REFUSED, "pins./stream/clicks: /stream/clicks is a place of streams"},
    {"", "\"storage\": {", "\"pins\": {\"/stream\": " DIGEST "}, \"storage\": {", VC_REFUSED,
     "pins./stream: /stream is a place of streams"},
    {CLICKS, "[\"/output/sum.txt\"]", "[\"/output/sum.txt\", \"/stream/clicks\"]", VC_REFUSED,
     "lifecycle.shutdown_when_read[1]: /stream/clicks is a place of streams"},
    {CLICKS, "\"clock\": true", "\"preopens\": [\"/stream\", \"stream/\"]", VC_OK, nullptr},
    {CLICKS, "\"clock\": true", "\"preopens\": [\"/\", \"/stream/clicks\"]", VC_REFUSED,
     "programs.intersect.preopens[1]: /stream/clicks is a place of streams, and no directory"},
};

static void test_rows(void **state)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        const char *const edit[] = {row->find, row->replace};
        const char *what = row->err == nullptr ? row->streams : row->err;
        vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
        struct vc_err err = {};
        enum vc_code code = parse(*state, row->streams, edit, &policy, &err);

        if (code != row->code || (code != VC_OK && err.code != code) ||
            (policy == nullptr) != (code != VC_OK))
            fail_msg("%s: code %s: %s", what, vc_code_name(code), err.text);
        if (row->err != nullptr && strncmp(err.text, row->err, strlen(row->err)) != 0)
            fail_msg("%s: %s", what, err.text);
    }
}

static void test_usual_records_fit_the_window(void **state)
{
    static const struct {
        const char *streams;
        uint32_t record_bytes;
    } usual[] = {
        {WITH("\"records\": \"lines\", \"window_bytes\": 65536"), 32768},
        {WITH("\"records\": \"lines\", \"window_bytes\": 131072"), 65536},
        {WITH("\"records\": \"length\", \"window_bytes\": 16777216"), 65536},
    };

    for (size_t i = 0; i < VC_COUNT(usual); i++) {
        vc_cleanup(vc_policy_freep) struct vc_policy *policy =
            parse_good(*state, usual[i].streams, nullptr, nullptr);

        assert_int_equal(policy->streams[0].record_bytes, usual[i].record_bytes);
    }
}

/* ------------------------------------------------------------------------------- how many */

/* `count` streams that differ in their names. */
static void many_streams(size_t count, const char *rest, struct vc_buffer *list)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(
            vc_buffer_printf(list, nullptr, "%s\"s%zu\": {" ENDS "%s}", i > 0 ? ", " : "", i, rest),
            VC_OK);
    }
    assert_int_equal(vc_buffer_printf(list, nullptr, "%c", '\0'), VC_OK);
}

static void test_how_many(void **state)
{
    static const struct {
        size_t count;
        const char *rest;
        enum vc_code code;
        const char *err;
    } counts[] = {
        {256, "", VC_OK, ""},
        {257, "", VC_LIMIT, "streams: 257 members, at most 256"},
        {64, ", \"window_bytes\": 16777216", VC_OK, ""},
        {65, ", \"window_bytes\": 16777216", VC_LIMIT,
         "streams: windows of 1090519040 bytes together, at most 1073741824"},
        {256, ", \"window_bytes\": 16777216", VC_LIMIT,
         "streams: windows of 4294967296 bytes together, at most 1073741824"},
        {256, ", \"window_bytes\": 4194304", VC_OK, ""},
    };

    for (size_t i = 0; i < VC_COUNT(counts); i++) {
        static const char *const as_it_is[] = {nullptr, nullptr};
        vc_cleanup(vc_buffer_done) struct vc_buffer list = {};
        vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
        struct vc_err err = {};
        enum vc_code code;

        many_streams(counts[i].count, counts[i].rest, &list);
        code = parse(*state, (const char *)list.data, as_it_is, &policy, &err);
        if (code != counts[i].code || (code != VC_OK && strcmp(err.text, counts[i].err) != 0))
            fail_msg("%zu streams: %s", counts[i].count, err.text);
    }
}

/* One stream to `count` principals that do not exist: they are counted before they are looked up.
 */
static void test_too_many_consumers(void **state)
{
    static const char *const as_it_is[] = {nullptr, nullptr};
    struct vc_policy *policy = nullptr;
    struct vc_err err = {};

    for (size_t count = 16; count <= 17; count++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer list = {};
        enum vc_code code;

        assert_int_equal(
            vc_buffer_append_text(&list, "\"s\": {\"producer\": {\"program\": \"sum\"}, ", nullptr),
            VC_OK);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(vc_buffer_printf(&list, nullptr, "%s{\"principal\": \"p%zu\"}",
                                              i > 0 ? ", " : "\"consumers\": [", i),
                             VC_OK);
        }
        assert_int_equal(vc_buffer_printf(&list, nullptr, "]}%c", '\0'), VC_OK);
        code = parse(*state, (const char *)list.data, as_it_is, &policy, &err);
        assert_int_equal(code, count == 16 ? VC_REFUSED : VC_LIMIT);
        assert_null(policy);
    }
    assert_string_equal(err.text, "streams.s.consumers: 17 elements, at most 16");
}

static void test_cut_at_every_byte(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    make_text(*state, CLICKS ", " MATCHES, nullptr, nullptr, &text);
    for (size_t size = 0; size < text.size; size++) {
        struct vc_policy *policy = nullptr;
        uint8_t *exact = malloc(size + 1);

        assert_non_null(exact);
        memcpy(exact, text.data, size);
        assert_int_not_equal(vc_policy_parse((struct vc_bytes){exact, size}, &policy, nullptr),
                             VC_OK);
        free(exact);
    }
}

/* ------------------------------------------------------------------------------- decisions */

static const struct vc_subject everybody[] = {ADVERTISER, SHOP, INTERSECT, SUM};

/* Who may do what, stream by stream: the rest is refused. */
static void test_ends_have_their_owners(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy =
        parse_good(*state, CLICKS ", " MATCHES, nullptr, nullptr);
    static const struct {
        const char *stream;
        struct vc_subject producer;
        int consumers[4]; /* index among the consumers, of everybody; -1: none */
    } expected[] = {
        {"clicks", ADVERTISER, {-1, -1, 0, -1}},
        {"matches", INTERSECT, {-1, 1, -1, 0}},
    };

    for (size_t i = 0; i < VC_COUNT(expected); i++) {
        size_t stream;

        assert_true(vc_policy_find_stream(policy, expected[i].stream, &stream));
        for (size_t k = 0; k < VC_COUNT(everybody); k++) {
            struct vc_subject who = everybody[k];
            bool produces = vc_policy_same_subject(who, expected[i].producer);
            int consumer = expected[i].consumers[k];
            size_t index = 99;

            assert_int_equal(vc_policy_decide_produce(policy, who, stream, nullptr),
                             produces ? VC_OK : VC_REFUSED);
            assert_int_equal(vc_policy_decide_consume(policy, who, stream, &index, nullptr),
                             consumer >= 0 ? VC_OK : VC_REFUSED);
            assert_int_equal(index, consumer >= 0 ? consumer : 99);
        }
    }
}

static void test_refusals_name_the_rule(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy =
        parse_good(*state, CLICKS ", " MATCHES, nullptr, nullptr);
    struct vc_subject nobody = {VC_SUBJECT_PRINCIPAL, 2};
    struct vc_err err = {};
    size_t clicks;
    size_t index;

    assert_true(vc_policy_find_stream(policy, "clicks", &clicks));
    assert_int_equal(vc_policy_decide_produce(policy, SHOP, clicks, &err), VC_REFUSED);
    assert_string_equal(err.text, "streams.clicks.producer: only the advertiser may produce it");
    assert_int_equal(vc_policy_decide_consume(policy, SHOP, clicks, &index, &err), VC_REFUSED);
    assert_string_equal(err.text, "streams.clicks.consumers: the shop is not among them");
    assert_int_equal(vc_policy_decide_consume(policy, SUM, clicks, &index, &err), VC_REFUSED);
    assert_string_equal(err.text, "streams.clicks.consumers: the program sum is not among them");
    assert_int_equal(vc_policy_decide_produce(policy, ADVERTISER, 2, &err), VC_REFUSED);
    assert_string_equal(err.text, "streams: not a question that has an answer");
    assert_int_equal(vc_policy_decide_consume(policy, ADVERTISER, SIZE_MAX, &index, &err),
                     VC_REFUSED);
    assert_int_equal(vc_policy_decide_produce(policy, nobody, clicks, &err), VC_REFUSED);
    assert_int_equal(vc_policy_decide_consume(policy, nobody, clicks, &index, &err), VC_REFUSED);
}

/* Sum may write and delete below the root, which is above the streams. */
static void test_streams_are_no_files(void **state)
{
    static const char *const paths[] = {"/stream", "/stream/clicks", "/stream/matches",
                                        "/stream/other", "/stream/clicks/x"};
    vc_cleanup(vc_policy_freep) struct vc_policy *with =
        parse_good(*state, CLICKS ", " MATCHES, nullptr, nullptr);
    vc_cleanup(vc_policy_freep) struct vc_policy *without = vc_fixture_policy(*state, nullptr, "");
    struct vc_err err = {};

    for (size_t i = 0; i < VC_COUNT(paths); i++) {
        for (unsigned what = 1; what <= VC_RIGHT_DELETE; what <<= 1) {
            for (size_t k = 0; k < VC_COUNT(everybody); k++) {
                assert_int_equal(vc_policy_decide(with, everybody[k], what, paths[i], &err),
                                 VC_REFUSED);
                assert_int_equal(vc_policy_decide(without, everybody[k], what, paths[i], &err),
                                 VC_REFUSED);
            }
        }
    }
    assert_string_equal(err.text, "streams: /stream/clicks/x is a place of streams, and not of "
                                  "files");
    assert_int_equal(vc_policy_decide(with, SUM, VC_RIGHT_WRITE, "/streams", &err), VC_OK);
    assert_int_equal(vc_policy_decide(with, SUM, VC_RIGHT_WRITE, "/a/stream/x", &err), VC_OK);
}

static void test_who_sees_the_directory(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy =
        parse_good(*state, CLICKS, nullptr, nullptr);
    vc_cleanup(vc_policy_freep) struct vc_policy *without = vc_fixture_policy(*state, nullptr, "");

    assert_true(vc_policy_may_see(policy, ADVERTISER, "/stream"));
    assert_true(vc_policy_may_see(policy, INTERSECT, "/stream"));
    assert_false(vc_policy_may_see(policy, SHOP, "/stream"));
    assert_false(vc_policy_may_see(policy, SUM, "/stream")); /* although it may write in "/" */
    assert_false(vc_policy_may_see(policy, INTERSECT, "/stream/clicks"));
    for (size_t i = 0; i < VC_COUNT(everybody); i++)
        assert_false(vc_policy_may_see(without, everybody[i], "/stream"));
}

/* Who has nothing but the end of a stream finds the root, in which its directory is. */
static void test_an_end_alone_shows_the_root(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = parse_good(
        *state, CLICKS ", " MATCHES,
        "{\"program\": \"sum\", \"may\": [\"write\", \"delete\"], \"path\": \"/\"}",
        "{\"program\": \"intersect\", \"may\": [\"delete\"], \"path\": \"/output/log.txt\"}");

    assert_true(vc_policy_may_see(policy, SUM, "/"));
    assert_true(vc_policy_may_see(policy, SUM, "/stream"));
    assert_false(vc_policy_may_see(policy, SUM, "/input"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams_are_read),
        cmocka_unit_test(test_lookups),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_usual_records_fit_the_window),
        cmocka_unit_test(test_how_many),
        cmocka_unit_test(test_too_many_consumers),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_ends_have_their_owners),
        cmocka_unit_test(test_refusals_name_the_rule),
        cmocka_unit_test(test_streams_are_no_files),
        cmocka_unit_test(test_who_sees_the_directory),
        cmocka_unit_test(test_an_end_alone_shows_the_root),
    };

    return cmocka_run_group_tests_name("stream-policy", tests, vc_fixture_setup,
                                       vc_fixture_teardown);
}
