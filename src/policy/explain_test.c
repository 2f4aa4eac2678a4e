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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sentences)};

    return cmocka_run_group_tests_name("explain", tests, vc_fixture_setup, vc_fixture_teardown);
}
