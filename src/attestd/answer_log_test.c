/* SPDX-License-Identifier: MIT */

/* What is kept of verdicts, what comes with a certificate, and what is answered about the log. */

#include "attestd/answer_log.h"
#include "evidence/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "attest/attested.h"
#include "attest/ear.h"
#include "attestd/attempt_test.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/hex.h"
#include "codec/json.h"

static size_t lines_in(const char *path, struct vc_buffer *lines)
{
    size_t count = 0;
    enum vc_code code = vc_file_load(path, 1 << 20, lines, nullptr);

    assert_true(code == VC_OK || code == VC_NOT_FOUND);
    for (size_t i = 0; i < lines->size; i++)
        count += lines->data[i] == '\n';
    return count;
}

/* What is an entry of the log, and what only a line of the plain record. */
static void test_record(void **state)
{
    static const char *const words[] = {"\"verdict\":\"issued\"", "\"verdict\":\"refused\"",
                                        "measurement differs", "\"measurement\":\"7071",
                                        "\"time\":\"2027-01-15T08:00:00Z\""};
    struct attempt_set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer entries = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer lines = {};
    char path[96];

    assert_int_equal(attempt_once(set, attempt_nothing), 201);
    assert_int_equal(attempt_once(set, attempt_before_other_measurement), 403); /* an entry */
    assert_int_equal(attempt_once(set, attempt_before_unendorsed), 403);        /* a line */
    assert_int_equal(attempt_once(set, attempt_before_other_key), 403);         /* a line */
    assert_int_equal(attempt_once(set, attempt_before_nonce_byte), 403); /* attempt_nothing */
    assert_int_equal(vc_logbook_commit(set->book, SCENE_NOW, nullptr), VC_OK);
    (void)snprintf(path, sizeof(path), "%s/entries.jsonl", set->log);
    assert_int_equal(lines_in(path, &entries), 2);
    for (size_t i = 0; i < VC_COUNT(words); i++) {
        if (memmem(entries.data, entries.size, words[i], strlen(words[i])) == nullptr)
            fail_msg("no %s in %.*s", words[i], (int)entries.size, (const char *)entries.data);
    }
    assert_int_equal(lines_in(set->record, &lines), 2);
    assert_non_null(memmem(lines.data, lines.size, "not endorsed", 12));
}

/* Who has a genuine machine and is refused again and again fills the plain record, not the log. */
static void test_refusals_cannot_fill_the_log(void **state)
{
    struct attempt_set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer lines = {};
    struct vc_exhibit exhibit = {.platform = "process"};
    struct vc_appraisal appraisal = {.is_bound = true};
    struct vc_verdict verdict = {
        .time = SCENE_NOW, .reason = "no", .exhibit = &exhibit, .appraisal = &appraisal};
    size_t entries = 0;

    for (size_t i = 0; i < VC_RECORD_REFUSALS_BURST + 50; i++) {
        vc_record_refused(&set->keeping, &verdict, 1000);
        entries += vc_logbook_waiting(set->book);
        assert_int_equal(vc_logbook_commit(set->book, SCENE_NOW, nullptr), VC_OK);
    }
    assert_int_equal(entries, VC_RECORD_REFUSALS_BURST);
    assert_int_equal(lines_in(set->record, &lines), 50);
    vc_record_refused(&set->keeping, &verdict, 1000 + 60000 / VC_RECORD_REFUSALS_PER_MINUTE);
    assert_int_equal(vc_logbook_waiting(set->book), 1);
    appraisal.is_bound = false;
    vc_record_refused(&set->keeping, &verdict, 100000000);
    assert_int_equal(vc_logbook_waiting(set->book), 1);
}

/* No certificate without an entry that is on the disk. */
static void test_log_fails(void **state)
{
    struct attempt_set *set = *state;
    struct attempt attempt;
    struct vc_answer answer = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};

    attempt_begin(set, &attempt);
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    scene_body(&attempt.parts, &body);
    vc_answer_certificate(&attempt.occasion, vc_buffer_bytes(&body), &answer);
    assert_int_equal(answer.status, 0);
    vc_answer_settle(&answer, set->book, VC_HOST);
    assert_int_equal(answer.status, 500);
    assert_null(memmem(answer.body.data, answer.body.size, "CERTIFICATE", 11));
    vc_answer_done(&answer);
    attempt_end(&attempt);
}

static void test_no_log(void **state)
{
    struct attempt_set *set = *state;

    set->keeping.book = nullptr;
    assert_int_equal(attempt_once(set, attempt_nothing), 500);
    assert_int_equal(attempt_once(set, attempt_before_unendorsed), 403);
}

/* ---- what comes with a certificate ---- */

static struct vc_json *open_json(const struct vc_answer *answer)
{
    struct vc_json *json = nullptr;

    assert_int_equal(vc_json_parse(vc_buffer_bytes(&answer->body), &json, nullptr), VC_OK);
    return json;
}

static void test_receipt_and_ear(void **state)
{
    struct attempt_set *set = *state;

    for (unsigned i = 0; i < 5; i++) {
        struct attempt attempt;
        struct vc_answer answer = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
        vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
        vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
        struct vc_json_place root, member;
        struct vc_log_receipt receipt;
        struct vc_log_memory memory = {.head = *vc_logbook_head(set->book)};
        struct vc_ear ear;
        struct vc_err err = {};
        uint8_t digest[VC_SHA256_SIZE];
        char text[8192];

        attempt_begin(set, &attempt);
        scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
        scene_body(&attempt.parts, &body);
        attempt_certify(set, &attempt.occasion, vc_buffer_bytes(&body), &answer);
        assert_int_equal(answer.status, 201);
        scene_member(vc_buffer_bytes(&answer.body), "certificate", text, sizeof(text));
        assert_int_equal(vc_cert_parse_pem((struct vc_bytes){(const uint8_t *)text, strlen(text)},
                                           &cert, nullptr),
                         VC_OK);
        json = open_json(&answer);
        root = vc_json_root(json);
        assert_int_equal(vc_json_member(&root, "receipt", &member, nullptr), VC_OK);
        assert_int_equal(vc_log_receipt_parse(&member, &receipt, nullptr), VC_OK);
        assert_int_equal(receipt.index, i);
        receipt.since = memory.head.size;
        assert_int_equal(vc_logbook_growth(set->book, memory.head.size, receipt.head.size,
                                           &receipt.growth, nullptr),
                         VC_OK);
        if (vc_log_receipt_check(&receipt, cert, set->scene.ca, &memory, &err) != VC_OK)
            fail_msg("%s", err.text);
        scene_member(vc_buffer_bytes(&answer.body), "ear", text, sizeof(text));
        if (vc_ear_verify((struct vc_bytes){(const uint8_t *)text, strlen(text)}, set->scene.ca,
                          SCENE_NOW, &ear, &err) != VC_OK)
            fail_msg("%s", err.text);
        vc_sha256(vc_cert_der(cert), digest);
        assert_memory_equal(ear.certificate.bytes, digest, sizeof(digest));
        assert_int_equal(ear.status, VC_EAR_WARNING); /* a process: attempt_nothing isolates */
        assert_memory_equal(ear.measurement.bytes, set->scene.measurement, VC_SHA256_SIZE);
        vc_answer_done(&answer);
        attempt_end(&attempt);
    }
}

/* ---- appraisals ---- */

static void ask(struct attempt_set *set, const struct parts *parts, struct vc_bytes report_data,
                struct vc_answer *answer)
{
    struct vc_occasion occasion = attempt_occasion_of(set);
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};

    scene_question(parts, report_data, &body);
    vc_answer_appraisal(&occasion, vc_buffer_bytes(&body), answer);
}

static void test_appraisals(void **state)
{
    static const struct {
        const char *name;
        void (*before)(struct attempt *attempt);
        void (*after)(struct attempt *attempt);
        enum vc_ear_status status;
        const char *words;
        enum vc_stage passed;
    } asked[] = {
        {"all is well", attempt_nothing, attempt_nothing, VC_EAR_WARNING, "", VC_STAGE_JUDGED},
        {"another measurement", attempt_before_other_measurement, attempt_nothing,
         VC_EAR_CONTRAINDICATED, "measurement differs", VC_STAGE_JUDGED},
        {"unendorsed", attempt_before_unendorsed, attempt_nothing, VC_EAR_CONTRAINDICATED,
         "not endorsed", VC_STAGE_FORM},
        {"other report data", attempt_before_other_key, attempt_nothing, VC_EAR_CONTRAINDICATED,
         "expected report data", VC_STAGE_JUDGED},
        {"changed", attempt_nothing, attempt_after_evidence_bit, VC_EAR_CONTRAINDICATED,
         "signature", VC_STAGE_FORM},
    };
    struct attempt_set *set = *state;

    for (size_t i = 0; i < VC_COUNT(asked); i++) {
        struct attempt good, attempt;
        struct vc_answer answer = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
        uint8_t binder[VC_BINDER_SIZE];
        struct vc_ear ear;
        struct vc_err err = {};
        char token[8192];

        attempt_begin(set, &good);
        attempt_begin(set, &attempt);
        memcpy(attempt.parts.nonce, good.parts.nonce, VC_NONCE_SIZE);
        scene_binder(&set->scene, &good.made_for, good.parts.nonce, binder);
        asked[i].before(&attempt);
        scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
        if (asked[i].before == attempt_before_other_measurement)
            set->scene.measurement[0] ^= 1;
        asked[i].after(&attempt);
        ask(set, &attempt.parts, VC_BYTES(binder), &answer);
        if (answer.status != 200)
            fail_msg("%s: %u %.*s", asked[i].name, answer.status, (int)answer.body.size,
                     (const char *)answer.body.data);
        scene_member(vc_buffer_bytes(&answer.body), "ear", token, sizeof(token));
        if (vc_ear_verify((struct vc_bytes){(const uint8_t *)token, strlen(token)}, set->scene.ca,
                          SCENE_NOW, &ear, &err) != VC_OK)
            fail_msg("%s: %s", asked[i].name, err.text);
        if (ear.status != asked[i].status || strstr(ear.reason, asked[i].words) == nullptr ||
            ear.passed != asked[i].passed)
            fail_msg("%s: %s %s %d", asked[i].name, vc_ear_status_name(ear.status), ear.reason,
                     (int)ear.passed);
        assert_memory_equal(ear.report_data.bytes, binder, sizeof(binder));
        assert_int_equal(vc_logbook_waiting(set->book), 0); /* attempt_nothing is kept */
        vc_answer_done(&answer);
        attempt_end(&good);
        attempt_end(&attempt);
    }
}

static void test_appraisals_out_of_form(void **state)
{
    struct attempt_set *set = *state;
    struct attempt attempt;
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    uint8_t binder[VC_BINDER_SIZE] = {1};

    attempt_begin(set, &attempt);
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    scene_question(&attempt.parts, VC_BYTES(binder), &body);
    for (size_t size = 0; size < body.size; size++) {
        struct vc_answer answer = {};

        vc_answer_appraisal(&attempt.occasion, (struct vc_bytes){body.data, size}, &answer);
        assert_int_equal(answer.status, 400);
        vc_answer_done(&answer);
    }
    for (unsigned i = 0; i < 3; i++) {
        static const unsigned statuses[] = {400, 403, 400};
        struct vc_answer answer = {};

        if (i == 0) /* no report data */
            ask(set, &attempt.parts, (struct vc_bytes){}, &answer);
        attempt.parts.platform = "neverheard";
        if (i == 1)
            ask(set, &attempt.parts, VC_BYTES(binder), &answer);
        attempt.parts.platform = nullptr;
        if (i == 2)
            ask(set, &attempt.parts, VC_BYTES(binder), &answer);
        assert_int_equal(answer.status, statuses[i]);
        vc_answer_done(&answer);
    }
    attempt_end(&attempt);
}

/* ---- the log and the keys ---- */

static void test_log_queries(void **state)
{
    static const struct {
        void (*answer)(const struct vc_occasion *occasion, const char *query,
                       struct vc_answer *answer);
        const char *query;
        unsigned status;
    } asked[] = {
        {vc_answer_log_head, "", 200},
        {vc_answer_log_head, "x", 400},
        {vc_answer_log_entries, "first=0&count=1", 200},
        {vc_answer_log_entries, "first=0&count=9007199254740991", 200},
        {vc_answer_log_entries, "first=2&count=1", 200},
        {vc_answer_log_entries, "first=3&count=1", 404},
        {vc_answer_log_entries, "first=9999999999999999&count=1", 404},
        {vc_answer_log_entries, "first=99999999999999999&count=1", 400},
        {vc_answer_log_entries, "first=00&count=1", 400},
        {vc_answer_log_entries, "first=-1&count=1", 400},
        {vc_answer_log_entries, "first=&count=1", 400},
        {vc_answer_log_entries, "count=1&first=0", 400},
        {vc_answer_log_entries, "first=0&count=1&", 400},
        {vc_answer_log_entries, "first=0&count=1&count=1", 400},
        {vc_answer_log_entries, "", 400},
        {vc_answer_log_growth, "from=0&to=3", 200},
        {vc_answer_log_growth, "from=1&to=3", 200},
        {vc_answer_log_growth, "from=3&to=3", 200},
        {vc_answer_log_growth, "from=3&to=1", 404},
        {vc_answer_log_growth, "from=1&to=4", 404},
        {vc_answer_log_inclusion, "index=2&size=3", 200},
        {vc_answer_log_inclusion, "index=3&size=3", 404},
        {vc_answer_log_inclusion, "index=0&size=4", 404},
        {vc_answer_keys, "", 200},
        {vc_answer_keys, "a=1", 400},
    };
    struct attempt_set *set = *state;

    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(attempt_once(set, attempt_nothing), 201);
    for (size_t i = 0; i < VC_COUNT(asked); i++) {
        struct vc_occasion occasion = attempt_occasion_of(set);
        struct vc_answer answer = {};

        asked[i].answer(&occasion, asked[i].query, &answer);
        if (answer.status != asked[i].status)
            fail_msg("%s: %u", asked[i].query, answer.status);
        assert_true(answer.body.size > 0);
        vc_answer_done(&answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_record, attempt_make_set, attempt_free_set),
        cmocka_unit_test_setup_teardown(test_refusals_cannot_fill_the_log, attempt_make_set,
                                        attempt_free_set),
        cmocka_unit_test_setup_teardown(test_log_fails, attempt_make_set, attempt_free_set),
        cmocka_unit_test_setup_teardown(test_no_log, attempt_make_set, attempt_free_set),
        cmocka_unit_test_setup_teardown(test_receipt_and_ear, attempt_make_set, attempt_free_set),
        cmocka_unit_test_setup_teardown(test_appraisals, attempt_make_set, attempt_free_set),
        cmocka_unit_test_setup_teardown(test_appraisals_out_of_form, attempt_make_set,
                                        attempt_free_set),
        cmocka_unit_test_setup_teardown(test_log_queries, attempt_make_set, attempt_free_set),
    };

    return cmocka_run_group_tests_name("attestd-answer-log", tests, nullptr, nullptr);
}
