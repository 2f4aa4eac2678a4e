/* SPDX-License-Identifier: MIT */

#include "policy/draft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/fixture.h"

/* A draft in which everything occurs, and the texts that it borrows. */
struct sample {
    struct vc_buffer pem[3];
    struct vc_policy_draft_principal principals[2];
    struct vc_policy_draft_setting settings[14];
    struct vc_policy_draft_program programs[1];
    struct vc_policy_draft_right rights[3];
    struct vc_policy_draft_setting storage[3];
    struct vc_policy_draft_setting pins[1];
    struct vc_policy_draft_setting stream_settings[8];
    struct vc_policy_draft_stream streams[2];
    struct vc_policy_draft_setting key_settings[5];
    struct vc_policy_draft_key keys[3];
    struct vc_policy_draft draft;
};

static const char digest[] = "3333333333333333333333333333333333333333333333333333333333333333";
static const char *const measurements[] = {digest};
static const char *const larger[] = {"3333333333333333333333333333333333333333333333333333333333333"
                                     "33333333333333333333333333333333333"};
static const struct vc_policy_draft_setting registers[] = {
    {"host_data", digest},
    {"family_id", "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"},
    {"host_data", "4444444444444444444444444444444444444444444444444444444444444444"}};
static const struct vc_policy_draft_setting minimums[] = {
    {"bootloader", "4"}, {"tee", "0"}, {"snp", "22"}, {"microcode", "209"}};
static const struct vc_policy_draft_platform platforms[] = {
    {.name = "process", .measurements = measurements, .measurement_count = 1},
    {.name = "snp",
     .measurements = larger,
     .measurement_count = 1,
     .registers = registers,
     .register_count = VC_COUNT(registers),
     .minimums = minimums,
     .minimum_count = VC_COUNT(minimums),
     .vmpl = "1"}};
static const char *const writing[] = {"write"};
static const char *const reading[] = {"read", "list"};
static const char *const receivers[] = {"psi", "shop"};
static const char *const shutdown[] = {"shop"};
static const char *const only_psi[] = {"psi"};
static const char *const usages[] = {"decrypt", "copy"};
static const char *const signs[] = {"sign-hash"};
static const struct vc_policy_draft_setting signing[] = {{"type", "p256-pair"},
                                                         {"algorithm", "ecdsa-any"}};
static const char *const when_read[] = {"/out/sum"};
static const struct vc_policy_draft_run_rule runs[] = {{"psi", 3}};

static void sample_done(struct sample *sample)
{
    for (size_t i = 0; i < VC_COUNT(sample->pem); i++)
        vc_buffer_done(&sample->pem[i]);
}

static const char *pem_text(struct vc_buffer *pem, const struct vc_cert *cert)
{
    assert_int_equal(vc_cert_encode_pem(cert, pem, nullptr), VC_OK);
    assert_int_equal(vc_buffer_printf(pem, nullptr, "%c", '\0'), VC_OK);
    return (const char *)pem->data;
}

static void sample_lists(struct sample *sample)
{
    struct vc_policy_draft *draft = &sample->draft;

    draft->max_age_seconds = "600";
    draft->platforms = platforms;
    draft->platform_count = VC_COUNT(platforms);
    draft->principals = sample->principals;
    draft->principal_count = VC_COUNT(sample->principals);
    draft->programs = sample->programs;
    draft->program_count = VC_COUNT(sample->programs);
    draft->rights = sample->rights;
    draft->right_count = VC_COUNT(sample->rights);
    draft->storage = sample->storage;
    draft->storage_count = VC_COUNT(sample->storage);
    draft->pins = sample->pins;
    draft->pin_count = VC_COUNT(sample->pins);
    draft->streams = sample->streams;
    draft->stream_count = VC_COUNT(sample->streams);
    draft->keys = sample->keys;
    draft->key_count = VC_COUNT(sample->keys);
    draft->runs = runs;
    draft->run_count = VC_COUNT(runs);
    draft->shutdown = shutdown;
    draft->shutdown_count = VC_COUNT(shutdown);
    draft->shutdown_when_read = when_read;
    draft->shutdown_when_read_count = VC_COUNT(when_read);
}

static void sample_init(struct sample *sample, const struct vc_fixture *fixture)
{
    *sample = (struct sample){
        .settings = {{"memory_mib", "128"},
                     {"argument", "psi"},
                     {"stdin", "/in/query"},
                     {"argument", "two"},
                     {"clock", "true"},
                     {"environment.LANG", "C"},
                     {"strategy", "interpret"},
                     {"files", "0"},
                     {"preopen", "in"},
                     {"preopen", "/"},
                     {"progress", "true"},
                     {"open_files", "9"},
                     {"written_bytes", "99999999"},
                     {"kept_keys", "5"}},
        .rights = {{"shop", reading, 2, "/out/sum"},
                   {"psi", reading, 2, "/in/"},
                   {"psi", writing, 1, "/out/"}},
        .storage = {{"files", "100"}, {"bytes", "1048576"}, {"depth", "9"}},
        .pins = {{"/in/model", digest}},
        .stream_settings = {{"records", "lines"},
                            {"uses", "4"},
                            {"padded", "true"},
                            {"digest", "sha-256"},
                            {"window_bytes", "131072"},
                            {"partial", "true"},
                            {"record_bytes", "512"},
                            {"resume_seconds", "0"}},
        .streams =
            {{.name = "clicks",
              .producer = "advertiser",
              .consumers = receivers,
              .consumer_count = 2},
             {.name = "hits", .producer = "psi", .consumers = shutdown, .consumer_count = 1}},
        .key_settings = {{"type", "aes"},
                         {"bits", "256"},
                         {"id", "1"},
                         {"algorithm", "gcm"},
                         {"export", "true"}},
        .keys = {{"receipt", "shop", only_psi, 1, signs, 1, nullptr, 0, signing, 2},
                 {"ledger", "advertiser", only_psi, 1, usages, 2, shutdown, 1, nullptr, 0},
                 {"report", "shop", only_psi, 1, signs, 1, nullptr, 0, signing, 2}},
        .draft = {.name = "a", .expires = "2027-06-30T00:00:00Z", .freeze_inputs = true},
    };
    sample->principals[0] = (struct vc_policy_draft_principal){
        "advertiser", pem_text(&sample->pem[0], fixture->advertiser)};
    sample->principals[1] =
        (struct vc_policy_draft_principal){"shop", pem_text(&sample->pem[1], fixture->shop)};
    sample->draft.attestation_ca = pem_text(&sample->pem[2], fixture->ca);
    sample->draft.attestation_url = "https://localhost:4000";
    sample->programs[0] = (struct vc_policy_draft_program){
        "psi", "/program/psi.wasm", digest, sample->settings, VC_COUNT(sample->settings)};
    sample->streams[0].settings = sample->stream_settings;
    sample->streams[0].setting_count = VC_COUNT(sample->stream_settings);
    sample->keys[1].settings = sample->key_settings;
    sample->keys[1].setting_count = VC_COUNT(sample->key_settings);
    sample_lists(sample);
}

static void test_parses_as_asked(void **state)
{
    vc_cleanup(sample_done) struct sample sample;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    struct vc_err err = {};

    sample_init(&sample, *state);
    if (vc_policy_draft_encode(&sample.draft, &text, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &policy, &err), VC_OK);
    assert_memory_equal(text.data, "{\n  \"version\": 1,\n", 18);
    assert_memory_equal(text.data + text.size - 3, "\n}\n", 3);
    assert_int_equal(policy->programs[0].limits.memory_mib, 128);
    assert_int_equal(policy->programs[0].limits.files, 0);
    assert_int_equal(policy->attestation.max_age_s, 600);
    assert_int_equal(policy->attestation.platform_count, 2);
    assert_int_equal(policy->attestation.platforms[1].kind, VC_PLATFORM_SNP);
    assert_int_equal(policy->attestation.platforms[1].register_count, 2);
    assert_int_equal(policy->attestation.platforms[1].registers[0].value_count, 2);
    assert_int_equal(policy->attestation.platforms[1].registers[0].values[1].bytes[0], 0x44);
    assert_int_equal(policy->attestation.platforms[1].minimums[2].least, 22);
    assert_int_equal(policy->attestation.platforms[1].vmpl, 1);
    assert_int_equal(policy->programs[0].argument_count, 2);
    assert_string_equal(policy->programs[0].arguments[1], "two");
    assert_string_equal(policy->programs[0].environment[0], "LANG=C");
    assert_true(policy->programs[0].clock);
    assert_int_equal(policy->programs[0].strategy, VC_STRATEGY_INTERPRET);
    assert_int_equal(policy->rights[1].who.kind, VC_SUBJECT_PROGRAM);
    assert_true(policy->rights[1].tree);
    assert_int_equal(policy->storage.bytes, 1048576);
    assert_int_equal(policy->storage.depth, 9);
    assert_int_equal(policy->programs[0].preopen_count, 2);
    assert_string_equal(policy->programs[0].preopens[0].path, "/in");
    assert_true(policy->programs[0].progress);
    assert_int_equal(policy->programs[0].limits.open_files, 9);
    assert_int_equal(policy->programs[0].limits.written_bytes, 99999999);
    assert_string_equal(policy->pins[0].path, "/in/model");
    assert_int_equal(policy->lifecycle.runs[0].count_max, 3);
    assert_true(policy->lifecycle.freeze_inputs);
    assert_int_equal(policy->lifecycle.shutdown[0], 1);
    assert_int_equal(policy->lifecycle.shutdown_when_read_count, 1);
}

static void test_streams_parse_as_asked(void **state)
{
    vc_cleanup(sample_done) struct sample sample;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    const struct vc_policy_stream *clicks;
    struct vc_err err = {};

    sample_init(&sample, *state);
    if (vc_policy_draft_encode(&sample.draft, &text, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &policy, &err), VC_OK);
    assert_int_equal(policy->stream_count, 2);
    clicks = &policy->streams[0];
    assert_string_equal(clicks->name, "clicks");
    assert_int_equal(clicks->producer.kind, VC_SUBJECT_PRINCIPAL);
    assert_int_equal(clicks->producer.index, 0);
    assert_int_equal(clicks->consumer_count, 2);
    assert_int_equal(clicks->consumers[0].kind, VC_SUBJECT_PROGRAM);
    assert_int_equal(clicks->consumers[1].kind, VC_SUBJECT_PRINCIPAL);
    assert_int_equal(clicks->consumers[1].index, 1);
    assert_int_equal(clicks->records, VC_RECORDS_LINES);
    assert_int_equal(clicks->record_bytes, 512);
    assert_int_equal(clicks->window_bytes, 131072);
    assert_int_equal(clicks->mark, VC_MARK_SHA256);
    assert_int_equal(clicks->uses, 4);
    assert_int_equal(clicks->resume_seconds, 0);
    assert_true(clicks->partial);
    assert_true(clicks->padded);
    assert_int_equal(policy->streams[1].producer.kind, VC_SUBJECT_PROGRAM);
    assert_int_equal(policy->streams[1].window_bytes, 1048576);
}

static void test_keys_parse_as_asked(void **state)
{
    vc_cleanup(sample_done) struct sample sample;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    const struct vc_policy_key *ledger;
    struct vc_err err = {};

    sample_init(&sample, *state);
    if (vc_policy_draft_encode(&sample.draft, &text, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &policy, &err), VC_OK);
    assert_int_equal(policy->programs[0].kept_keys, 5);
    assert_int_equal(policy->key_count, 3);
    ledger = &policy->keys[1];
    assert_string_equal(ledger->name, "ledger");
    assert_int_equal(ledger->owner, 0);
    assert_int_equal(ledger->id, 1);
    assert_int_equal(ledger->bits, 256);
    assert_int_equal(ledger->usage, 0x203);
    assert_int_equal(ledger->algorithm, 0x05500200);
    assert_int_equal(ledger->program_count, 1);
    assert_int_equal(ledger->receiver_count, 1);
    assert_int_equal(ledger->receivers[0], 1);
    assert_int_equal(policy->keys[0].id, 2); /* the least that nobody asked for */
    assert_int_equal(policy->keys[0].type, 0x7112);
    assert_int_equal(policy->keys[0].receiver_count, 0);
    assert_int_equal(policy->keys[2].id, 3);
}

static const struct row {
    struct vc_policy_draft_setting setting; /* put in place of the first */
    const char *err;
} rows[] = {
    {{"memory", "1"}, "programs.psi: no setting \"memory\""},
    {{"memory_mib", ""}, "programs.psi.limits.memory_mib: a whole number wanted"},
    {{"memory_mib", "-1"}, "programs.psi.limits.memory_mib: a whole number wanted"},
    {{"memory_mib", "064"}, "programs.psi.limits.memory_mib: a whole number wanted"},
    {{"memory_mib", "1e3"}, "programs.psi.limits.memory_mib: a whole number wanted"},
    {{"memory_mib", "9999999999999999999"},
     "programs.psi.limits.memory_mib: a whole number wanted"},
    {{"memory_mib", "70000"}, "programs.psi.limits.memory_mib: 70000, at most 4096"},
    {{"randomness", "yes"}, "programs.psi.randomness: true or false wanted"},
    {{"stdout", "/elsewhere"}, "programs.psi.stdout: rights: the program psi has no right to"},
    {{"stdout", "/out/\xff"}, "stdout: not UTF-8"},
    {{"environment.A B", "1"}, "programs.psi.environment.A B: a variable's name"},
    {{"strategy", "aot"}, "programs.psi.strategy: set a second time"},
};

static void test_settings(void **state)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(sample_done) struct sample sample;
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        struct vc_err err = {};

        sample_init(&sample, *state);
        sample.settings[0] = rows[i].setting;
        assert_int_not_equal(vc_policy_draft_encode(&sample.draft, &text, &err), VC_OK);
        assert_int_equal(text.size, 0);
        if (strncmp(err.text, rows[i].err, strlen(rows[i].err)) != 0)
            fail_msg("%s: %s", rows[i].err, err.text);
    }
}

static void check_fails(const struct sample *sample, const char *expect)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_err err = {};

    assert_int_not_equal(vc_policy_draft_encode(&sample->draft, &text, &err), VC_OK);
    if (strncmp(err.text, expect, strlen(expect)) != 0)
        fail_msg("%s: %s", expect, err.text);
}

static const struct row stream_rows[] = {
    {{"record", "lines"}, "streams.clicks: no setting \"record\""},
    {{"uses", "4"}, "streams.clicks.uses: set a second time"},
    {{"records", "line"}, "streams.clicks.records: \"bytes\", \"lines\" or"},
    {{"records", "bytes"}, "streams.clicks.record_bytes: only for records"},
    {{"records", "l\xff"}, "records: not UTF-8"},
};

static void test_stream_settings(void **state)
{
    vc_cleanup(sample_done) struct sample sample;

    sample_init(&sample, *state);
    for (size_t i = 0; i < VC_COUNT(stream_rows); i++) {
        sample.stream_settings[0] = stream_rows[i].setting;
        check_fails(&sample, stream_rows[i].err);
    }
    sample.stream_settings[0].key = "records";
    sample.stream_settings[0].value = "length";
    sample.stream_settings[1].value = "many";
    check_fails(&sample, "streams.clicks.uses: a whole number wanted");
    sample.stream_settings[1].value = "1";
    sample.stream_settings[2].value = "yes";
    check_fails(&sample, "streams.clicks.padded: true or false wanted");
}

static void test_stream_ends(void **state)
{
    static const char *const unknown[] = {"shop", "bank"};
    static const char *const twice[] = {"psi", "psi"};
    vc_cleanup(sample_done) struct sample sample;

    sample_init(&sample, *state);
    sample.streams[1].producer = "nobody";
    check_fails(&sample, "streams.hits: \"nobody\" is neither a principal nor a program");
    sample.streams[1].producer = "shop";
    check_fails(&sample, "streams.hits.consumers[0]: the stream's own producer");
    sample.streams[1].producer = "psi";
    sample.streams[1].consumers = unknown;
    sample.streams[1].consumer_count = 2;
    check_fails(&sample, "streams.hits: \"bank\" is neither a principal nor a program");
    sample.streams[1].consumer_count = 0;
    check_fails(&sample, "streams.hits.consumers: no elements");
    sample.streams[0].consumers = twice;
    sample.streams[1].consumer_count = 1;
    check_fails(&sample, "streams.clicks.consumers[1]: the same as [0]");
    sample.streams[0].consumers = receivers;
    sample.streams[0].name = "hits";
    check_fails(&sample, "line ");
}

static const struct row key_rows[] = {
    {{"kind", "aes"}, "keys.ledger: no setting \"kind\""},
    {{"bits", "128"}, "keys.ledger.bits: set a second time"},
    {{"type", "des"}, "keys.ledger.type: a type of keys wanted"},
    {{"type", "a\xff"}, "type: not UTF-8"},
};

static void test_key_settings(void **state)
{
    static const char *const unknown[] = {"bank"};
    vc_cleanup(sample_done) struct sample sample;

    sample_init(&sample, *state);
    for (size_t i = 0; i < VC_COUNT(key_rows); i++) {
        sample.key_settings[0] = key_rows[i].setting;
        check_fails(&sample, key_rows[i].err);
    }
    sample.key_settings[0] = (struct vc_policy_draft_setting){"type", "aes"};
    sample.key_settings[1].value = "many";
    check_fails(&sample, "keys.ledger.bits: a whole number wanted");
    sample.key_settings[1].value = "256";
    sample.key_settings[4].value = "yes";
    check_fails(&sample, "keys.ledger.export: true or false wanted");
    sample.key_settings[4].value = "false";
    sample.keys[1].owner = "psi";
    check_fails(&sample, "keys.ledger.owner: no principal \"psi\"");
    sample.keys[1].owner = nullptr;
    check_fails(&sample, "keys.ledger: no \"owner\"");
    sample.keys[1].owner = "shop";
    sample.keys[1].programs = unknown;
    check_fails(&sample, "keys.ledger.programs[0]: no program \"bank\"");
}

static void test_blocks(void **state)
{
    vc_cleanup(sample_done) struct sample sample;

    sample_init(&sample, *state);
    sample.rights[0].who = "bank";
    check_fails(&sample, "rights[0]: \"bank\" is neither a principal nor a program");
    sample.rights[0].who = "shop";
    sample.storage[0].key = "inodes";
    check_fails(&sample, "storage: no quota \"inodes\"");
    sample.storage[0].key = "bytes";
    check_fails(&sample, "storage.bytes: set a second time");
    sample.draft.storage_count = 0;
    sample.draft.expires = nullptr;
    check_fails(&sample, "no \"expires\"");
    sample.draft.expires = "tomorrow";
    check_fails(&sample, "expires: ");
}

static void test_platforms(void **state)
{
    static const struct vc_policy_draft_setting twice[] = {{"snp", "22"}, {"snp", "23"}};
    static const struct vc_policy_draft_setting word[] = {{"snp", "new"}};
    vc_cleanup(sample_done) struct sample sample;
    struct vc_policy_draft_platform snp = platforms[1];

    sample_init(&sample, *state);
    sample.draft.platforms = &snp;
    sample.draft.platform_count = 1;
    snp.minimums = twice;
    snp.minimum_count = 2;
    check_fails(&sample, "attestation.platforms.snp.minimum_tcb.snp: set a second time");
    snp.minimums = word;
    snp.minimum_count = 1;
    check_fails(&sample, "attestation.platforms.snp.minimum_tcb.snp: a whole number wanted");
    snp.minimum_count = 0;
    check_fails(&sample, "attestation.platforms.snp.minimum_tcb: no \"bootloader\"");
    snp = platforms[1];
    snp.vmpl = "x";
    check_fails(&sample, "attestation.platforms.snp.vmpl: a whole number wanted");
    snp.vmpl = nullptr;
    snp.statuses = larger;
    snp.status_count = 1;
    check_fails(&sample, "attestation.platforms.snp: unknown key \"accepted_tcb\"");
    sample.draft.max_age_seconds = "1";
    check_fails(&sample, "attestation.max_age_seconds: 1, at least 60");
    sample.draft.platform_count = 0;
    sample.draft.max_age_seconds = nullptr;
    check_fails(&sample, "attestation.platforms: 0 members");
}

/* ---------------------------------------------------------------- the life of the container */

static const char *const both[] = {"shop", "advertiser"};
static const char *const taking[] = {"take", "read_once"};
static const char *const stopping[] = {"withdraw", "expires"};
static const char *const of_streams[] = {"take_stream"};
static const char *const of_keys[] = {"take_key"};
static const char *const mixed[] = {"take_key", "runs"};
static const char *const hits[] = {"hits"};
static const char *const ledger[] = {"ledger"};
static const char *const seen[] = {"run", "read"};

/* The texts that a draft of these blocks borrows. */
struct life {
    struct vc_policy_draft_setting budgets[2];
    struct vc_policy_draft_narrower narrowers[5];
    struct vc_policy_draft_setting pipelines[2];
    struct vc_policy_draft_setting journal[2];
    struct vc_policy_draft_observer observers[2];
};

static void life_init(struct life *life, struct vc_policy_draft *draft)
{
    *life = (struct life){
        .budgets = {{"/in/", "1"}, {"/in/q", "7"}},
        .narrowers =
            {{.who = "psi", .may = taking, .may_count = 2, .path = "/out/"},
             {.who = "shop", .may = stopping, .may_count = 2},
             {.who = "shop", .may = stopping, .may_count = 1, .names = only_psi, .name_count = 1},
             {"advertiser", of_streams, 1, nullptr, hits, 1},
             {"shop", of_keys, 1, nullptr, ledger, 1}},
        .pipelines = {{"once", "{\"principals\": [\"shop\"], \"stages\": [{\"name\": \"a\", "
                               "\"program\": \"psi\", \"if\": [{\"missing\": \"/out/x\"}]}]}"},
                      {"again", " {\"stages\": [{\"name\": \"a\", \"program\": \"psi\"}],\n"
                                "\"principals\": [\"shop\", \"advertiser\"]}\n"}},
        .journal = {{"bytes", "65536"}, {"contents", "false"}},
        .observers = {{"shop", nullptr, 0}, {"advertiser", seen, 2}},
    };
    draft->deadline_seconds = "60";
    draft->parties_least = "2";
    draft->parties = both;
    draft->party_count = 2;
    draft->consent = both;
    draft->consent_count = 1;
    draft->budgets = life->budgets;
    draft->budget_count = 2;
    draft->narrowers = life->narrowers;
    draft->narrower_count = 5;
    draft->pipelines = life->pipelines;
    draft->pipeline_count = 2;
    draft->journal = life->journal;
    draft->journal_count = 2;
    draft->observers = life->observers;
    draft->observer_count = 2;
}

static void check_life(const struct vc_policy *policy)
{
    assert_int_equal(policy->lifecycle.deadline_seconds, 60);
    assert_int_equal(policy->lifecycle.parties_least, 2);
    assert_int_equal(policy->lifecycle.parties[0], 1);
    assert_int_equal(policy->lifecycle.consent_count, 1);
    assert_int_equal(policy->lifecycle.budget_count, 2);
    assert_true(policy->lifecycle.budgets[0].tree);
    assert_int_equal(policy->lifecycle.budgets[1].runs, 7);
    assert_int_equal(policy->narrower_count, 5);
    assert_int_equal(policy->narrowers[0].who.kind, VC_SUBJECT_PROGRAM);
    assert_string_equal(policy->narrowers[0].path, "/out");
    assert_true(policy->narrowers[1].programs.all);
    assert_int_equal(policy->narrowers[2].programs.count, 1);
    assert_int_equal(policy->narrowers[3].streams.items[0], 1);
    assert_int_equal(policy->narrowers[4].keys.count, 1);
    assert_int_equal(policy->pipeline_count, 2);
    assert_string_equal(policy->pipelines[0].name, "once");
    assert_int_equal(policy->pipelines[0].stages[0].condition_count, 1);
    assert_int_equal(policy->pipelines[1].principal_count, 2);
    assert_int_equal(policy->journal.bytes, 65536);
    assert_false(policy->journal.contents);
    assert_int_equal(policy->journal.observer_count, 2);
    assert_int_equal(policy->journal.observers[1].kinds, 1U << VC_ENTRY_RUN | 1U << VC_ENTRY_READ);
}

static void test_life_parses_as_asked(void **state)
{
    vc_cleanup(sample_done) struct sample sample;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    struct life life;
    struct vc_err err = {};

    sample_init(&sample, *state);
    life_init(&life, &sample.draft);
    if (vc_policy_draft_encode(&sample.draft, &text, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &policy, &err), VC_OK);
    check_life(policy);
}

static void test_life(void **state)
{
    vc_cleanup(sample_done) struct sample sample;
    struct life life;

    sample_init(&sample, *state);
    life_init(&life, &sample.draft);
    sample.draft.deadline_seconds = "1h";
    check_fails(&sample, "lifecycle.deadline_seconds: a whole number wanted");
    sample.draft.deadline_seconds = nullptr;
    sample.draft.parties_least = "all";
    check_fails(&sample, "lifecycle.parties.at_least: a whole number wanted");
    sample.draft.parties_least = "3";
    check_fails(&sample, "lifecycle.parties.at_least: 3, at most 2");
    sample.draft.parties_least = nullptr;
    life.budgets[1].value = "none";
    check_fails(&sample, "lifecycle.budgets.runs: a whole number wanted");
    life.budgets[1].value = "7";
    life.narrowers[0].who = "bank";
    check_fails(&sample, "narrowing[0]: \"bank\" is neither a principal nor a program");
    life.narrowers[0].who = "psi";
    life.narrowers[1] = (struct vc_policy_draft_narrower){"shop", mixed, 2, nullptr, hits, 1};
    check_fails(&sample, "narrowing[1]: names are for take_stream; take_key; or runs");
    life.narrowers[1] = (struct vc_policy_draft_narrower){"shop", taking, 1, "/out/", hits, 1};
    check_fails(&sample, "narrowing[1]: names are for take_stream");
    sample.draft.narrower_count = 1;
    life.pipelines[1].key = "once";
    check_fails(&sample, "pipelines.once: set a second time");
    life.pipelines[1].key = "again";
    life.pipelines[1].value = "{\"stages\": [],}";
    check_fails(&sample, "pipelines.again: line 1");
    life.pipelines[1].value = "{\"principals\": [\"shop\"], \"stages\": [1.5]}";
    check_fails(&sample, "pipelines.again: ");
    sample.draft.pipeline_count = 1;
    life.journal[0].key = "size";
    check_fails(&sample, "journal: no setting \"size\"");
    life.journal[0] = (struct vc_policy_draft_setting){"contents", "true"};
    check_fails(&sample, "journal.contents: set a second time");
    sample.draft.journal_count = 0;
    life.observers[1].principal = "psi";
    check_fails(&sample, "journal.observers[1].principal: no principal \"psi\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parses_as_asked),
        cmocka_unit_test(test_streams_parse_as_asked),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_stream_settings),
        cmocka_unit_test(test_stream_ends),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_platforms),
        cmocka_unit_test(test_keys_parse_as_asked),
        cmocka_unit_test(test_key_settings),
        cmocka_unit_test(test_life_parses_as_asked),
        cmocka_unit_test(test_life),
    };

    return cmocka_run_group_tests_name("draft", tests, vc_fixture_setup, vc_fixture_teardown);
}
