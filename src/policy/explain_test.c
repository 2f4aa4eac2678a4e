/* SPDX-License-Identifier: MIT */

#include "policy/explain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/fixture.h"

static const char shop_reads[] =
    "{\"principal\": \"shop\", \"may\": [\"read\", \"list\"], \"path\": \"/output/sum.txt\"}";

#define DIGEST "\"5555555555555555555555555555555555555555555555555555555555555555\""
#define PINS   "\"pins\": {\"/input/buyers/x\": " DIGEST ", \"/model\": " DIGEST "}, "

/* Streams, open at their ends. */
#define CLICKS                                                     \
    "\"clicks\": {\"producer\": {\"principal\": \"advertiser\"}, " \
    "\"consumers\": [{\"program\": \"intersect\"}], "
#define MATCHES                                                  \
    "\"matches\": {\"producer\": {\"program\": \"intersect\"}, " \
    "\"consumers\": [{\"program\": \"sum\"}, {\"principal\": \"shop\"}], "
#define INSIDE                                                  \
    "\"inside\": {\"producer\": {\"program\": \"intersect\"}, " \
    "\"consumers\": [{\"program\": \"sum\"}], "
#define NEWS                                               \
    "\"news\": {\"producer\": {\"principal\": \"shop\"}, " \
    "\"consumers\": [{\"principal\": \"advertiser\"}], "
#define STREAMS(streams) "\"streams\": {" streams "}, \"lifecycle\": {"
#define LIFE             "\"lifecycle\": {"

/* An edit of the policy, and a sentence that must then be said, or must not ("!..."). */
static const struct row {
    const char *find;
    const char *replace;
    const char *sentence;
} rows[] = {
    {nullptr, "",
     "The advertiser may write /input/viewers.csv, and write /program/intersect.wasm, and start "
     "the program intersect, and nothing else.\n"},
    {nullptr, "",
     "The shop may write, append to and delete everything under /input/buyers/, and read and list "
     "/output/sum.txt, and nothing else.\n"},
    {nullptr, "", "The program sum may write and delete every file, and nothing else.\n"},
    {nullptr, "", "Only the shop may read /output/sum.txt.\n"},
    {nullptr, "", "Nobody may read /output/log.txt.\n"},
    {nullptr, "", "But for what is named here, nobody may read anything under /output/.\n"},
    {nullptr, "", "  Only the advertiser may start it, 2 times in all.\n"},
    {nullptr, "", "  It may ask the time, and cannot ask for random bytes.\n"},
    {nullptr, "", "  One run has at most 32 MiB of memory, 512 KiB of stack, 10 s of processor "},
    {nullptr, "",
     "supplied by the advertiser. Whoever supplies it, only the bytes with the SHA-256"},
    {nullptr, "", "The container ends at 2027-06-30T00:00:00Z at the latest.\n"},
    {nullptr, "", "Only the shop may end it before.\n"},
    {nullptr, "", "have read /output/sum.txt.\n"},
    {nullptr, "", "When the first run starts, principals change nothing any more.\n"},
    {nullptr, "", "does not protect from the operator of the machine"},
    {nullptr, "", "- Nobody may start the program sum.\n"},
    {nullptr, "", "- Nobody may supply the module of the program sum.\n"},
    {nullptr, "", "!- The shop may read what"},
    {nullptr, "", "!any number of times"},
    {nullptr, "", "!Inputs are not frozen"},
    {shop_reads, "{\"principal\": \"shop\", \"may\": [\"read\"], \"path\": \"/\"}",
     "- The shop may read what the advertiser gives: /input/viewers.csv.\n"},
    {shop_reads, "{\"principal\": \"shop\", \"may\": [\"read\"], \"path\": \"/\"}",
     "Only the shop may read everything under /output/.\n"},
    {"\"may\": [\"write\"], \"path\": \"/input/viewers.csv\"",
     "\"may\": [\"write\"], \"path\": \"/input/\"",
     "- The advertiser and the shop may change each other's everything under /input/buyers/.\n"},
    {"\"may\": [\"write\"], \"path\": \"/input/viewers.csv\"",
     "\"may\": [\"read\"], \"path\": \"/output/sum.txt\"",
     "Only the advertiser and the shop may read /output/sum.txt.\n"},
    {"{\"program\": \"sum\", \"may\": [\"write\", \"delete\"], \"path\": \"/\"}",
     "{\"program\": \"sum\", \"may\": [\"read\"], \"path\": \"/nowhere/x\"}",
     "- Nobody may write /nowhere/x, which rights[6] lets be read.\n"},
    {"{\"program\": \"sum\", \"may\": [\"write\", \"delete\"], \"path\": \"/\"}",
     "{\"program\": \"sum\", \"may\": [\"read\"], \"path\": \"/output/\"}",
     "nobody may read anything under /output/. It can be input of the program sum.\n"},
    {"{\"program\": \"intersect\", \"at_most\": 2}", "",
     "- The program intersect may be started any number of times"},
    {"\"freeze_inputs\": true", "\"freeze_inputs\": false", "- Inputs are not frozen"},
    {"\"shutdown\": [\"shop\"],\n  \"shutdown_when_read\": [\"/output/sum.txt\"]",
     "\"shutdown\": []", "- Nobody may end the container before the policy expires.\n"},
    {"\"/input/viewers.csv\"", "\"/input/\xe2\x80\xaevsc\"", "write /input/\\u{202e}vsc, "},
    {"\"/input/viewers.csv\"", "\"/input/gr\xc3\xbc\xc3\x9f\"",
     "write /input/gr\xc3\xbc\xc3\x9f, "},
    {nullptr, "",
     "creates at most 16 files, which grow by at most 1048576 bytes, writes at most 16777216 bytes "
     "and has at most 128 files open. At most 16 runs go on at once.\n"},
    {"\"files\": 16", "\"processes\": 1", "At most 1 run goes on at once.\n"},
    {nullptr, "", "!It finds open"},
    {nullptr, "", "!Pinned files"},
    {nullptr, "", "!even if the run fails"},
    {nullptr, "", "!number from 0 to 100"},
    {"\"clock\": true", "\"preopens\": [\"data\", \"/\"]",
     "  It finds open: \"data\", which is /data, \"/\", which is /.\n"},
    {"\"clock\": true", "\"partial_outputs\": true",
     "  What a run wrote appears even if the run fails or is killed.\n"},
    {"\"clock\": true", "\"progress\": true",
     "  While it runs it may tell whoever may start it how far it is, as a number from 0 to "
     "100.\n"},
    {"\"file_bytes\": 536870912", "\"depth\": 5", "under paths of at most 5 names.\n"},
    {"\"lifecycle\": {", PINS "\"lifecycle\": {",
     "/input/buyers/x, supplied by the shop, only ever has the content with the SHA-256 5555"},
    {"\"lifecycle\": {", PINS "\"lifecycle\": {",
     "/model only ever has the content with the SHA-256 5555"},
    {"\"lifecycle\": {", PINS "\"lifecycle\": {", "- Nobody may supply the pinned file /model.\n"},
    {"\"lifecycle\": {", PINS "\"lifecycle\": {",
     "!- Nobody may supply the pinned file /input/buyers/x.\n"},
    {nullptr, "", "!Streams"},
    {nullptr, "", "!stream"},
    {LIFE, STREAMS(CLICKS "\"uses\": 2}"),
     "The advertiser may write /input/viewers.csv, and write /program/intersect.wasm, and start "
     "the program intersect, and produce the stream clicks, and nothing else.\n"},
    {LIFE, STREAMS(CLICKS "\"uses\": 2}"),
     "and write everything under /output/, and receive the stream clicks, and nothing else.\n"},
    {LIFE, STREAMS(CLICKS "\"uses\": 2}"),
     "Only the advertiser may produce the stream clicks, and only the program intersect may "
     "receive it.\n  It comes in pieces of any size.\n"},
    {LIFE, STREAMS(CLICKS "\"uses\": 2}"),
     "  It does not leave the container. Its end is proven by its length and check value.\n"},
    {LIFE, STREAMS(CLICKS "\"uses\": 2, \"resume_seconds\": 7}"),
     "  At most 1048576 bytes of it are in the container at any moment. It is used at most 2 "
     "times; who loses the connection has 7 s to come back.\n"},
    {LIFE, STREAMS(CLICKS "\"uses\": 1}"), "It is used at most 1 time; who"},
    {LIFE, STREAMS(CLICKS "\"window_bytes\": 65536}, " INSIDE "\"uses\": 1}"),
     "Together they take at most 1114112 bytes of memory.\n"},
    {LIFE, STREAMS(MATCHES "\"records\": \"lines\"}"),
     "Only the program intersect may produce the stream matches, and only the program sum and the "
     "shop may receive it.\n  It is of whole lines of at most 65536 bytes.\n"},
    {LIFE, STREAMS(MATCHES "\"digest\": \"sha-256\"}"),
     "  Before its end is proven by its length and SHA-256, nothing of it goes to the shop; so it "
     "is lost if it is longer than 1048576 bytes.\n"},
    {LIFE, STREAMS(MATCHES "\"partial\": true}"),
     "  Before its end is proven by its length and check value, what is there already goes to "
     "the shop.\n"},
    {LIFE, STREAMS(MATCHES "\"records\": \"length\", \"record_bytes\": 100, \"padded\": true}"),
     "  It is of whole records of at most 100 bytes, each after its length. On its way from and to "
     "principals each takes 104 bytes, whatever its length; how many there are, and when, can be "
     "seen.\n"},
    /* what is to be noticed about them */
    {LIFE, STREAMS(MATCHES "\"partial\": true}"),
     "- The shop has parts of the stream matches before its end is proven"},
    {LIFE, STREAMS(MATCHES "\"partial\": false}"), "!- The shop has parts"},
    {LIFE, STREAMS(INSIDE "\"partial\": true}"), "!has parts of the stream"},
    {LIFE, STREAMS(NEWS "\"uses\": 1}"),
     "- The advertiser receives what the shop gives: the stream news.\n"},
    {LIFE, STREAMS(MATCHES "\"uses\": 1}"), "!receives what"},
    {LIFE, STREAMS(MATCHES "\"records\": \"lines\"}"),
     "- The stream matches is not padded: who watches the network can see how long"},
    {LIFE, STREAMS(CLICKS "\"records\": \"length\"}"), "- The stream clicks is not padded: "},
    {LIFE, STREAMS(MATCHES "\"records\": \"lines\", \"padded\": true}"), "!is not padded"},
    {LIFE, STREAMS(INSIDE "\"records\": \"lines\"}"), "!is not padded"},
    {LIFE, STREAMS(INSIDE "\"records\": \"lines\", \"padded\": true}"),
     "- The stream inside is padded, but it does not leave the container: nothing is hidden"},
    {LIFE, STREAMS(CLICKS "\"records\": \"lines\", \"padded\": true}"), "!is padded, but"},
    {LIFE, STREAMS(CLICKS "\"uses\": 3}"),
     "- The stream clicks may be used 3 times: who gives it other bytes each time learns"},
    {LIFE, STREAMS(CLICKS "\"uses\": 1}"), "!- The stream clicks may be used"},
    {LIFE, STREAMS(CLICKS "\"uses\": 1}"),
     "- Inputs are frozen when the first run starts, but not the stream clicks: the advertiser "
     "gives it while programs run.\n"},
    {LIFE, STREAMS(MATCHES "\"uses\": 1}"), "!but not the stream"},
    {LIFE, STREAMS(CLICKS "\"uses\": 1}"), "!cannot find the stream"},
    {LIFE, STREAMS(CLICKS "\"uses\": 1}"),
     "- A run of the program intersect is ended after 30 s, and after 10 s of processor time: if "
     "the stream clicks goes on for longer, it is lost.\n"},
    {LIFE, STREAMS(INSIDE "\"uses\": 1}"), "- A run of the program sum is ended after 120 s, and"},
    {"\"-v\"", "\"\\n\\\"\\\\\"", "Arguments: \"intersect\" \"\\u{a}\\\"\\\\\"\n"},
};

static void test_sentences(void **state)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_policy_freep) struct vc_policy *policy =
            vc_fixture_policy(*state, rows[i].find, rows[i].replace);
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        bool absent = rows[i].sentence[0] == '!';
        const char *sentence = rows[i].sentence + absent;

        assert_int_equal(vc_policy_explain(policy, nullptr, &text, nullptr), VC_OK);
        if ((memmem(text.data, text.size, sentence, strlen(sentence)) == nullptr) != absent)
            fail_msg("%s in:\n%.*s", rows[i].sentence, (int)text.size, (const char *)text.data);
    }
}

/* What a program finds open, and whether it is noticed that the stream is not there. */
static const struct found {
    const char *find;
    const char *replace;
    bool noticed;
} founds[] = {
    {"\"clock\": true", "\"preopens\": [\"/\"]", false},
    {"\"clock\": true", "\"preopens\": [\"/stream\"]", false},
    {"\"clock\": true", "\"preopens\": [\"/input\"]", true},
    {"\"clock\": true, \"randomness\": false,\n   \"stdin\": \"/input/query.txt\"",
     "\"preopens\": [\"/input\"], \"stdin\": \"/stream/clicks\"", false},
};

/* A stream that a program cannot reach is mostly a preopen too few. */
static void test_streams_out_of_reach(void **state)
{
    for (size_t i = 0; i < VC_COUNT(founds); i++) {
        static const char unseen[] =
            "- The program intersect cannot find the stream clicks: none of its standard files is "
            "it, and no directory that it finds open leads there.\n";
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer said = {};
        vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
        static const char streams[] = ", \"streams\": {" CLICKS "\"uses\": 1}}}";
        struct vc_err err = {};

        vc_fixture_text(*state, founds[i].find, founds[i].replace, &text);
        text.size--; /* the last brace */
        assert_int_equal(vc_buffer_append_text(&text, streams, nullptr), VC_OK);
        if (vc_policy_parse(vc_buffer_bytes(&text), &policy, &err) != VC_OK)
            fail_msg("%s: %s", founds[i].replace, err.text);
        assert_int_equal(vc_policy_explain(policy, nullptr, &said, nullptr), VC_OK);
        if ((memmem(said.data, said.size, unseen, strlen(unseen)) != nullptr) != founds[i].noticed)
            fail_msg("%s in:\n%.*s", founds[i].replace, (int)said.size, (const char *)said.data);
    }
}

/* Results are files: a stream is none, even if it is what standard output goes to. */
static void test_a_stream_is_no_result(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer said = {};
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    static const char file[] = "may read /stream";
    static const char output[] = ", its standard output /stream/inside, ";

    vc_fixture_text(*state, "\"/output/log.txt\"", "\"/stream/inside\"", &text);
    text.size--;
    assert_int_equal(
        vc_buffer_append_text(&text, ", \"streams\": {" INSIDE "\"uses\": 1}}}", nullptr), VC_OK);
    assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &policy, nullptr), VC_OK);
    assert_int_equal(vc_policy_explain(policy, nullptr, &said, nullptr), VC_OK);
    assert_non_null(memmem(said.data, said.size, output, strlen(output)));
    assert_null(memmem(said.data, said.size, file, strlen(file)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_streams_out_of_reach),
        cmocka_unit_test(test_a_stream_is_no_result),
    };

    return cmocka_run_group_tests_name("explain", tests, vc_fixture_setup, vc_fixture_teardown);
}
