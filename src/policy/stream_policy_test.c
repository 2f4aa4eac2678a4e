/* SPDX-License-Identifier: MIT */

/* The block "streams" of a policy, and what it takes from the rest of it. */

#include <setjmp.h>
#include <stdarg.h>
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

/* The fixture's policy with these streams, and with changes: what is found, what replaces it. */
#define STREAMS(streams, ...)         \
    {                                 \
        "\"streams\": {" streams "}", \
        {                             \
            __VA_ARGS__               \
        }                             \
    }

static const struct vc_fixture_edit both = STREAMS(CLICKS ", " MATCHES);

static void test_streams_are_read(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_edited_policy(*state, &both);
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
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_edited_policy(*state, &both);
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

static const struct vc_fixture_row rows[] = {
    {STREAMS(""), VC_OK, nullptr},
    {STREAMS(CLICKS ", " MATCHES), VC_OK, nullptr},
    /* who */
    {STREAMS("\"s\": {\"consumers\": [{\"program\": \"sum\"}]}"), VC_MALFORMED,
     "streams.s: no \"producer\""},
    {STREAMS("\"s\": {\"producer\": {\"principal\": \"shop\"}}"), VC_MALFORMED,
     "streams.s: no \"consumers\""},
    {STREAMS("\"s\": {\"producer\": \"shop\", \"consumers\": [{\"program\": \"sum\"}]}"),
     VC_MALFORMED, "streams.s.producer: a string, an object wanted"},
    {STREAMS("\"s\": {\"producer\": {}, \"consumers\": [{\"program\": \"sum\"}]}"), VC_MALFORMED,
     "streams.s.producer: exactly one of"},
    {STREAMS(
         "\"s\": {\"producer\": {\"principal\": \"shop\", \"program\": \"sum\"}, \"consumers\": "
         "[{\"program\": \"sum\"}]}"),
     VC_MALFORMED, "streams.s.producer: exactly one of"},
    {STREAMS("\"s\": {\"producer\": {\"principal\": \"shop\", \"may\": []}, \"consumers\": "
             "[{\"program\": \"sum\"}]}"),
     VC_MALFORMED, "streams.s.producer: unknown key \"may\""},
    {STREAMS("\"s\": {\"producer\": {\"principal\": \"bank\"}, \"consumers\": [{\"program\": "
             "\"sum\"}]}"),
     VC_REFUSED, "streams.s.producer.principal: no principal \"bank\""},
    {STREAMS(
         "\"s\": {\"producer\": {\"program\": \"shop\"}, \"consumers\": [{\"program\": \"sum\"}]}"),
     VC_REFUSED, "streams.s.producer.program: no program \"shop\""},
    {STREAMS(
         "\"s\": {\"producer\": {\"program\": \"S\"}, \"consumers\": [{\"program\": \"sum\"}]}"),
     VC_MALFORMED, "streams.s.producer.program: a name is"},
    {STREAMS(TO("")), VC_LIMIT, "streams.s.consumers: no elements, at least 1"},
    {STREAMS(
         "\"s\": {\"producer\": {\"principal\": \"shop\"}, \"consumers\": {\"program\": \"sum\"}}"),
     VC_MALFORMED, "streams.s.consumers: an object, an array wanted"},
    {STREAMS(TO("\"sum\"")), VC_MALFORMED, "streams.s.consumers[0]: a string, an object"},
    {STREAMS(TO("{\"program\": \"sum\"}, {\"program\": \"psi\"}")), VC_REFUSED,
     "streams.s.consumers[1].program: no program \"psi\""},
    {STREAMS(TO("{\"program\": \"sum\"}, {\"principal\": \"shop\"}")), VC_REFUSED,
     "streams.s.consumers[1]: the stream's own producer"},
    {STREAMS(TO("{\"program\": \"sum\"}, {\"principal\": \"advertiser\"}, {\"program\": \"sum\"}")),
     VC_REFUSED, "streams.s.consumers[2]: the same as [0]"},
    {STREAMS(TO("{\"principal\": \"advertiser\"}")), VC_OK, nullptr},
    /* the block and its names */
    {STREAMS("\"S\": {" ENDS "}"), VC_MALFORMED, "streams.S: a name is"},
    {STREAMS("\"\": {" ENDS "}"), VC_MALFORMED, "streams.: a name is"},
    {STREAMS("\"..\": {" ENDS "}"), VC_MALFORMED, "streams...: a name is"},
    {STREAMS("\"a/b\": {" ENDS "}"), VC_MALFORMED, "streams.a/b: a name is"},
    {STREAMS("\"s\": [" TO("") "]"), VC_MALFORMED, "line "},
    {STREAMS("\"s\": 7"), VC_MALFORMED, "streams.s: a whole number, an object wanted"},
    {STREAMS("\"s\": {" ENDS "}, \"s\": {" ENDS "}"), VC_MALFORMED, "line "},
    {STREAMS(WITH("\"window\": 65536")), VC_MALFORMED, "streams.s: unknown key \"window"},
    /* a principal's or a program's name is free for a stream */
    {STREAMS("\"shop\": {" ENDS "}, \"sum\": {" ENDS "}"), VC_OK, nullptr},
    /* records */
    {STREAMS(WITH("\"records\": \"bytes\"")), VC_OK, nullptr},
    {STREAMS(WITH("\"records\": \"length\"")), VC_OK, nullptr},
    {STREAMS(WITH("\"records\": \"line\"")), VC_MALFORMED,
     "streams.s.records: \"bytes\", \"lines\" or \"length\" wanted"},
    {STREAMS(WITH("\"records\": 1")), VC_MALFORMED, "streams.s.records: a whole number"},
    {STREAMS(WITH("\"records\": \"lines\", \"record_bytes\": 1")), VC_OK, nullptr},
    {STREAMS(WITH("\"records\": \"lines\", \"record_bytes\": 0")), VC_LIMIT,
     "streams.s.record_bytes: 0, at least 1"},
    {STREAMS(WITH("\"records\": \"lines\", \"record_bytes\": 524288")), VC_OK, nullptr},
    {STREAMS(WITH("\"records\": \"lines\", \"record_bytes\": 524289")), VC_LIMIT,
     "streams.s.record_bytes: 524289, at most half of window_bytes, 524288"},
    {STREAMS(WITH("\"records\": \"length\", \"record_bytes\": 32769, \"window_bytes\": 65536")),
     VC_LIMIT, "streams.s.record_bytes: 32769, at most half of window_bytes, 32768"},
    {STREAMS(WITH("\"records\": \"length\", \"record_bytes\": 1048576, \"window_bytes\": 2097152")),
     VC_OK, nullptr},
    {STREAMS(
         WITH("\"records\": \"length\", \"record_bytes\": 1048577, \"window_bytes\": 16777216")),
     VC_LIMIT, "streams.s.record_bytes: 1048577, at most 1048576"},
    {STREAMS(WITH("\"record_bytes\": 4096")), VC_REFUSED,
     "streams.s.record_bytes: only for records that are"},
    {STREAMS(WITH("\"records\": \"bytes\", \"record_bytes\": 65536")), VC_REFUSED,
     "streams.s.record_bytes: only for records that are"},
    {STREAMS(WITH("\"records\": \"lines\", \"record_bytes\": \"64\"")), VC_MALFORMED,
     "streams.s.record_bytes: a string"},
    {STREAMS(WITH("\"padded\": true")), VC_REFUSED,
     "streams.s.padded: only for records that are \"lines\" or \"length\""},
    {STREAMS(WITH("\"padded\": false")), VC_OK, nullptr},
    {STREAMS(WITH("\"records\": \"length\", \"padded\": true")), VC_OK, nullptr},
    {STREAMS(WITH("\"padded\": 1")), VC_MALFORMED, "streams.s.padded: a whole number"},
    {STREAMS(WITH("\"partial\": null")), VC_MALFORMED, "streams.s.partial: null, true"},
    /* the window */
    {STREAMS(WITH("\"window_bytes\": 65536")), VC_OK, nullptr},
    {STREAMS(WITH("\"window_bytes\": 32768")), VC_LIMIT,
     "streams.s.window_bytes: 32768, at least 65536"},
    {STREAMS(WITH("\"window_bytes\": 16777216")), VC_OK, nullptr},
    {STREAMS(WITH("\"window_bytes\": 33554432")), VC_LIMIT,
     "streams.s.window_bytes: 33554432, at most 16777216"},
    {STREAMS(WITH("\"window_bytes\": 65537")), VC_MALFORMED,
     "streams.s.window_bytes: 65537, a power of two wanted"},
    {STREAMS(WITH("\"window_bytes\": 98304")), VC_MALFORMED,
     "streams.s.window_bytes: 98304, a power of two wanted"},
    {STREAMS(WITH("\"window_bytes\": 1e5")), VC_MALFORMED, "streams.s.window_bytes: a num"},
    /* its end, and how often */
    {STREAMS(WITH("\"digest\": \"gmac\"")), VC_OK, nullptr},
    {STREAMS(WITH("\"digest\": \"sha256\"")), VC_MALFORMED,
     "streams.s.digest: \"gmac\" or \"sha-256\" wanted"},
    {STREAMS(WITH("\"digest\": true")), VC_MALFORMED, "streams.s.digest: true, a string"},
    {STREAMS(WITH("\"uses\": 0")), VC_LIMIT, "streams.s.uses: 0, at least 1"},
    {STREAMS(WITH("\"uses\": 1000000")), VC_OK, nullptr},
    {STREAMS(WITH("\"uses\": 1000001")), VC_LIMIT, "streams.s.uses: 1000001, at most"},
    {STREAMS(WITH("\"resume_seconds\": 86400")), VC_OK, nullptr},
    {STREAMS(WITH("\"resume_seconds\": 86401")), VC_LIMIT,
     "streams.s.resume_seconds: 86401, at most 86400"},
    {STREAMS(WITH("\"resume_seconds\": -1")), VC_LIMIT, "streams.s.resume_seconds: -1"},
    /* standard descriptors */
    {STREAMS(CLICKS ", " MATCHES, "\"/input/query.txt\"", "\"/stream/clicks\""), VC_OK, nullptr},
    {STREAMS(CLICKS ", " MATCHES, "\"/output/log.txt\"", "\"stream//matches\""), VC_OK, nullptr},
    {STREAMS(CLICKS ", " MATCHES, "\"/output/errors.txt\"", "\"/stream/matches\""), VC_OK, nullptr},
    {STREAMS(CLICKS ", " MATCHES, "\"/input/query.txt\"", "\"/stream/matches\""), VC_REFUSED,
     "programs.intersect.stdin: streams.matches.consumers: the program intersect is not among"},
    {STREAMS(CLICKS ", " MATCHES, "\"/output/log.txt\"", "\"/stream/clicks\""), VC_REFUSED,
     "programs.intersect.stdout: streams.clicks.producer: only the advertiser may produce it"},
    {STREAMS(CLICKS ", " MATCHES, "\"/output/errors.txt\"", "\"/stream/clicks\""), VC_REFUSED,
     "programs.intersect.stderr: streams.clicks.producer: only the advertiser may produce it"},
    {STREAMS(CLICKS ", " MATCHES, "\"sha256\": \"4444",
             "\"stdout\": \"/stream/matches\", \"sha256\": \"4444"),
     VC_REFUSED,
     "programs.sum.stdout: streams.matches.producer: only the program intersect may produce"},
    {STREAMS(CLICKS ", " MATCHES, "\"/output/log.txt\",\n   \"stderr\": \"/output/errors.txt\"",
             "\"/stream/matches\", \"stderr\": \"/stream/./matches\""),
     VC_REFUSED, "programs.intersect.stderr: the same stream as stdout"},
    {STREAMS(CLICKS, "\"/input/query.txt\"", "\"/stream/click\""), VC_REFUSED,
     "programs.intersect.stdin: /stream/click is no stream"},
    {STREAMS(CLICKS, "\"/input/query.txt\"", "\"/stream/clicks/x\""), VC_REFUSED,
     "programs.intersect.stdin: /stream/clicks/x is no stream"},
    {STREAMS(CLICKS, "\"/output/log.txt\"", "\"/stream\""), VC_REFUSED,
     "programs.intersect.stdout: /stream is no stream"},
    /* no place for files, whether there are streams or not */
    {STREAMS(CLICKS, "\"/input/viewers.csv\"", "\"/stream/clicks\""), VC_REFUSED,
     "rights[0].path: /stream/clicks is a place of streams, and not of files"},
    {STREAMS("", "\"/input/viewers.csv\"", "\"/stream\""), VC_REFUSED,
     "rights[0].path: /stream is a place of streams"},
    {STREAMS(CLICKS, "\"/input/buyers/\"", "\"/stream/\""), VC_REFUSED,
     "rights[2].path: /stream is a place of streams"},
    {STREAMS(CLICKS, "\"/input/buyers/\"", "\"/x/../stream/deep/\""), VC_REFUSED,
     "rights[2].path: /stream/deep is a place of streams"},
    {STREAMS(CLICKS, "\"/input/buyers/\"", "\"/streams/\""), VC_OK, nullptr},
    {STREAMS(CLICKS, "\"/program/sum.wasm\"", "\"/stream/sum.wasm\""), VC_REFUSED,
     "programs.sum.path: /stream/sum.wasm is a place of streams"},
    {STREAMS("", "\"/program/sum.wasm\"", "\"/stream\""), VC_REFUSED,
     "programs.sum.path: /stream is a place of streams"},
    {STREAMS(CLICKS, "\"storage\": {",
             "\"pins\": {\"/stream/clicks\": " DIGEST "}, \"storage\": {"),
     VC_REFUSED, "pins./stream/clicks: /stream/clicks is a place of streams"},
    {STREAMS("", "\"storage\": {", "\"pins\": {\"/stream\": " DIGEST "}, \"storage\": {"),
     VC_REFUSED, "pins./stream: /stream is a place of streams"},
    {STREAMS(CLICKS, "[\"/output/sum.txt\"]", "[\"/output/sum.txt\", \"/stream/clicks\"]"),
     VC_REFUSED, "lifecycle.shutdown_when_read[1]: /stream/clicks is a place of streams"},
    {STREAMS(CLICKS, "\"clock\": true", "\"preopens\": [\"/stream\", \"stream/\"]"), VC_OK,
     nullptr},
    {STREAMS(CLICKS, "\"clock\": true", "\"preopens\": [\"/\", \"/stream/clicks\"]"), VC_REFUSED,
     "programs.intersect.preopens[1]: /stream/clicks is a place of streams, and no directory"},
};

static void test_rows(void **state)
{
    vc_fixture_check_rows(*state, rows, VC_COUNT(rows));
}

static void test_usual_records_fit_the_window(void **state)
{
    static const struct {
        struct vc_fixture_edit edit;
        uint32_t record_bytes;
    } usual[] = {
        {STREAMS(WITH("\"records\": \"lines\", \"window_bytes\": 65536")), 32768},
        {STREAMS(WITH("\"records\": \"lines\", \"window_bytes\": 131072")), 65536},
        {STREAMS(WITH("\"records\": \"length\", \"window_bytes\": 16777216")), 65536},
    };

    for (size_t i = 0; i < VC_COUNT(usual); i++) {
        vc_cleanup(vc_policy_freep) struct vc_policy *policy =
            vc_fixture_edited_policy(*state, &usual[i].edit);

        assert_int_equal(policy->streams[0].record_bytes, usual[i].record_bytes);
    }
}

/* ------------------------------------------------------------------------------- how many */

/* The block with `count` streams that differ in their names. */
static void many_streams(size_t count, const char *rest, struct vc_buffer *list)
{
    assert_int_equal(vc_buffer_append_text(list, "\"streams\": {", nullptr), VC_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(
            vc_buffer_printf(list, nullptr, "%s\"s%zu\": {" ENDS "%s}", i > 0 ? ", " : "", i, rest),
            VC_OK);
    }
    assert_int_equal(vc_buffer_printf(list, nullptr, "}%c", '\0'), VC_OK);
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
        vc_cleanup(vc_buffer_done) struct vc_buffer list = {};
        vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
        struct vc_fixture_edit edit = {};
        struct vc_err err = {};
        enum vc_code code;

        many_streams(counts[i].count, counts[i].rest, &list);
        edit.members = (const char *)list.data;
        code = vc_fixture_parse(*state, &edit, &policy, &err);
        if (code != counts[i].code || (code != VC_OK && strcmp(err.text, counts[i].err) != 0))
            fail_msg("%zu streams: %s", counts[i].count, err.text);
    }
}

/* One stream to `count` principals that do not exist: they are counted before they are looked up.
 */
static void test_too_many_consumers(void **state)
{
    struct vc_policy *policy = nullptr;
    struct vc_err err = {};

    for (size_t count = 16; count <= 17; count++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer list = {};
        struct vc_fixture_edit edit = {};
        enum vc_code code;

        assert_int_equal(
            vc_buffer_append_text(
                &list, "\"streams\": {\"s\": {\"producer\": {\"program\": \"sum\"}, ", nullptr),
            VC_OK);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(vc_buffer_printf(&list, nullptr, "%s{\"principal\": \"p%zu\"}",
                                              i > 0 ? ", " : "\"consumers\": [", i),
                             VC_OK);
        }
        assert_int_equal(vc_buffer_printf(&list, nullptr, "]}}%c", '\0'), VC_OK);
        edit.members = (const char *)list.data;
        code = vc_fixture_parse(*state, &edit, &policy, &err);
        assert_int_equal(code, count == 16 ? VC_REFUSED : VC_LIMIT);
        assert_null(policy);
    }
    assert_string_equal(err.text, "streams.s.consumers: 17 elements, at most 16");
}

static void test_cut_at_every_byte(void **state)
{
    vc_fixture_check_cut(*state, &both);
}

/* ------------------------------------------------------------------------------- decisions */

static const struct vc_subject everybody[] = {ADVERTISER, SHOP, INTERSECT, SUM};

/* Who may do what, stream by stream: the rest is refused. */
static void test_ends_have_their_owners(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_edited_policy(*state, &both);
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
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_edited_policy(*state, &both);
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
    vc_cleanup(vc_policy_freep) struct vc_policy *with = vc_fixture_edited_policy(*state, &both);
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
    static const struct vc_fixture_edit edit = STREAMS(CLICKS);
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_edited_policy(*state, &edit);
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
    static const struct vc_fixture_edit edit = STREAMS(
        CLICKS ", " MATCHES,
        "{\"program\": \"sum\", \"may\": [\"write\", \"delete\"], \"path\": \"/\"}",
        "{\"program\": \"intersect\", \"may\": [\"delete\"], \"path\": \"/output/log.txt\"}");
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_edited_policy(*state, &edit);

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
