/* SPDX-License-Identifier: MIT */

#include "crypto/pki_fixture.h"
#include "runtime/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "runtime/origin.h"
#include "runtime/record_stake.h"

enum who { ALICE, BOB, CAROL, DAVE, ERIN, PRINCIPALS };
enum program { MIX, LONE, PROGRAMS };
enum stream { TICKS, FEED, STREAMS };

static char names[PRINCIPALS][8] = {"alice", "bob", "carol", "dave", "erin"};

static const struct {
    enum vc_subject_kind kind;
    size_t index;
    unsigned may;
    const char *path;
    bool tree;
} RIGHTS[] = {
    {VC_SUBJECT_PRINCIPAL, ALICE, VC_RIGHT_READ | VC_RIGHT_WRITE | VC_RIGHT_DELETE, "/in/a", true},
    {VC_SUBJECT_PRINCIPAL, BOB, VC_RIGHT_READ | VC_RIGHT_LIST, "/out", true},
    {VC_SUBJECT_PRINCIPAL, BOB, VC_RIGHT_READ, "/report", false},
    {VC_SUBJECT_PRINCIPAL, CAROL, VC_RIGHT_EXECUTE, "/mix.wasm", false},
    {VC_SUBJECT_PRINCIPAL, DAVE, VC_RIGHT_WRITE, "/drop", true},
    {VC_SUBJECT_PRINCIPAL, DAVE, VC_RIGHT_READ, "/in/b", true},
    {VC_SUBJECT_PROGRAM, MIX, VC_RIGHT_READ, "/in/a/data", false},
    {VC_SUBJECT_PROGRAM, MIX, VC_RIGHT_WRITE, "/out/mix", true},
    {VC_SUBJECT_PROGRAM, MIX, VC_RIGHT_WRITE, "/report", false},
    {VC_SUBJECT_PROGRAM, LONE, VC_RIGHT_READ, "/other", true},
    {VC_SUBJECT_PRINCIPAL, ERIN, VC_RIGHT_READ, "/whole/part", true},
    {VC_SUBJECT_PRINCIPAL, ERIN, VC_RIGHT_READ, "/whole", true},
    {VC_SUBJECT_PRINCIPAL, ERIN, VC_RIGHT_READ, "/whole/exact", false},
};

struct scene {
    struct vc_policy policy;
    struct vc_policy_principal principals[PRINCIPALS];
    struct vc_policy_program programs[PROGRAMS];
    struct vc_policy_right rights[VC_COUNT(RIGHTS)];
    struct vc_policy_stream streams[STREAMS];
    struct vc_subject tick_consumer, feed_consumer;
    struct vc_policy_observer observer;
    struct vc_journal *journal;
    struct vc_record *record;
    struct vc_clock clock;
    unsigned broken;
};

static void on_broken(void *user, const struct vc_err *)
{
    struct scene *scene = user;

    scene->broken++;
}

static void fill_policy(struct scene *scene)
{
    static char mix[] = "mix", lone[] = "lone", mix_path[] = "/mix.wasm", lone_path[] = "/l.wasm";
    static char ticks[] = "ticks", feed[] = "feed";

    for (size_t i = 0; i < PRINCIPALS; i++)
        scene->principals[i].name = names[i];
    scene->programs[MIX] = (struct vc_policy_program){.name = mix, .path = mix_path};
    scene->programs[LONE] = (struct vc_policy_program){.name = lone, .path = lone_path};
    for (size_t i = 0; i < VC_COUNT(RIGHTS); i++) {
        scene->rights[i] = (struct vc_policy_right){.who = {RIGHTS[i].kind, RIGHTS[i].index},
                                                    .may = RIGHTS[i].may,
                                                    .path = (char *)(uintptr_t)RIGHTS[i].path,
                                                    .tree = RIGHTS[i].tree};
    }
    scene->tick_consumer = (struct vc_subject){VC_SUBJECT_PRINCIPAL, BOB};
    scene->feed_consumer = (struct vc_subject){VC_SUBJECT_PROGRAM, MIX};
    scene->streams[TICKS] = (struct vc_policy_stream){.name = ticks,
                                                      .producer = {VC_SUBJECT_PROGRAM, MIX},
                                                      .consumers = &scene->tick_consumer,
                                                      .consumer_count = 1};
    scene->streams[FEED] = (struct vc_policy_stream){.name = feed,
                                                     .producer = {VC_SUBJECT_PRINCIPAL, ALICE},
                                                     .consumers = &scene->feed_consumer,
                                                     .consumer_count = 1};
    scene->observer = (struct vc_policy_observer){
        ERIN, 1U << VC_ENTRY_RUN | 1U << VC_ENTRY_RUN_OVER | 1U << VC_ENTRY_READ};
}

static void scene_init(struct scene *scene, uint64_t bytes)
{
    struct vc_record_setup setup = {
        .policy = &scene->policy, .clock = &scene->clock, .broken = on_broken, .user = scene};

    *scene = (struct scene){};
    fill_policy(scene);
    scene->policy = (struct vc_policy){
        .principals = scene->principals,
        .principal_count = PRINCIPALS,
        .programs = scene->programs,
        .program_count = PROGRAMS,
        .rights = scene->rights,
        .right_count = VC_COUNT(RIGHTS),
        .streams = scene->streams,
        .stream_count = STREAMS,
        .journal = {
            .bytes = bytes, .contents = true, .observers = &scene->observer, .observer_count = 1}};
    assert_int_equal(vc_policy_index_init(&scene->policy.index, &scene->policy, nullptr), VC_OK);
    assert_int_equal(vc_clock_start(&scene->clock, nullptr), VC_OK);
    assert_int_equal(vc_journal_new(&scene->policy, &scene->journal, nullptr), VC_OK);
    setup.journal = scene->journal;
    assert_int_equal(vc_record_new(&setup, &scene->record, nullptr), VC_OK);
}

static void scene_done(struct scene *scene)
{
    vc_record_free(scene->record);
    vc_journal_free(scene->journal);
    vc_policy_index_done(&scene->policy.index);
}

/* "ab": the first letters of those in the set. */
static void say_set(const struct scene *scene, const struct vc_subjects *set, char said[8])
{
    size_t size = 0;

    for (size_t i = 0; i < PRINCIPALS; i++) {
        if (vc_subjects_have(&scene->policy, set, (struct vc_subject){VC_SUBJECT_PRINCIPAL, i}))
            said[size++] = names[i][0];
    }
    said[size] = '\0';
}

/* ---- whom it concerns ---- */

static void test_stakes(void **)
{
    static const struct {
        enum program program;
        const char *wanted;
    } rows[] = {{MIX, "abc"}, {LONE, ""}};
    struct scene scene;
    struct vc_record_stakes *stakes = nullptr;
    char said[8];

    scene_init(&scene, 1 << 20);
    assert_int_equal(vc_record_stakes_new(&scene.policy, &stakes, nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        say_set(&scene, vc_record_stake_in(stakes, rows[i].program), said);
        assert_string_equal(said, rows[i].wanted);
    }
    vc_record_stakes_free(stakes);
    scene_done(&scene);
}

static void test_files_concern(void **)
{
    static const struct {
        const char *path, *concerned;
        bool written; /* programs may */
    } rows[] = {
        {"/in/a/data", "abc", false}, {"/in/a/else", "a", false}, {"/in/b/x", "d", false},
        {"/out/mix/x", "abc", true},  {"/out/mix", "abc", true},  {"/out/other", "b", false},
        {"/report", "abc", true},     {"/drop/x", "d", false},    {"/mix.wasm", "abc", false},
        {"/l.wasm", "", false},       {"/other/x", "", false},    {"/nowhere", "", false},
        {"/outer", "", false},
    };
    struct scene scene;
    struct vc_record_stakes *stakes = nullptr;
    char said[8];

    scene_init(&scene, 1 << 20);
    assert_int_equal(vc_record_stakes_new(&scene.policy, &stakes, nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_subjects set = {};

        print_message("row: %s\n", rows[i].path);
        vc_record_stake_file(stakes, rows[i].path, &set);
        say_set(&scene, &set, said);
        assert_string_equal(said, rows[i].concerned);
        assert_int_equal(vc_record_programs_write(stakes, rows[i].path), rows[i].written);
    }
    vc_record_stakes_free(stakes);
    scene_done(&scene);
}

/* What others see of a path, when this one comes for it. */
static void test_public_paths(void **)
{
    static const struct {
        enum who who;
        enum vc_right right;
        const char *path, *wanted;
    } rows[] = {
        {BOB, VC_RIGHT_READ, "/report", "/report"},
        {BOB, VC_RIGHT_READ, "/out/mix/x", "/out/"},
        {BOB, VC_RIGHT_READ, "/out/one", "/out/"},
        {BOB, VC_RIGHT_READ, "/out", "/out/"},
        {ALICE, VC_RIGHT_DELETE, "/in/a/data", "/in/a/"},
        {ERIN, VC_RIGHT_READ, "/whole/part/x", "/whole/"}, /* of two, the larger */
        {ERIN, VC_RIGHT_READ, "/whole/exact", "/whole/"},
    };
    struct scene scene;
    char path[VC_PATH_MAX + 1];

    scene_init(&scene, 1 << 20);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        print_message("row: %s\n", rows[i].path);
        vc_record_public_path(&scene.policy, (struct vc_subject){VC_SUBJECT_PRINCIPAL, rows[i].who},
                              rows[i].right, rows[i].path, path);
        assert_string_equal(path, rows[i].wanted);
    }
    scene_done(&scene);
}

/* ---- entries ---- */

static struct vc_run_status run_of(uint64_t id)
{
    return (struct vc_run_status){.id = id, .program = MIX, .principal = CAROL};
}

static void start_run(struct scene *scene, uint64_t id)
{
    const struct vc_record_run run = {.id = id, .principal = CAROL, .program = MIX};

    assert_int_equal(vc_record_run(scene->record, &run, nullptr), VC_OK);
}

static void end_run(struct scene *scene, uint64_t id, bool well)
{
    struct vc_run_status status = run_of(id);
    struct vc_record_run_use use = {.last = {.stream = TICKS}};

    status.state = well ? VC_RUN_EXITED : VC_RUN_FAILED;
    status.published = well;
    if (!well)
        (void)snprintf(status.reason, sizeof(status.reason), "trap: unreachable");
    if (well) {
        use.uses = 1;
        use.last.use = 1;
        use.last.whole = true;
        use.last.bytes = 17;
    }
    vc_record_run_stream(scene->record, &status, &use);
    vc_record_run_over(scene->record, &status);
}

static void read_file(struct scene *scene, enum who who, const char *path, bool there)
{
    static const uint8_t digest[VC_SHA256_SIZE] = {0xaa};
    const struct vc_record_file file = {.path = path,
                                        .missing = !there,
                                        .bytes = there ? 5 : 0,
                                        .sha256 = there ? digest : nullptr,
                                        .origin = there ? vc_origin_of_run(MIX, 1) : 0};

    assert_int_equal(vc_record_file(scene->record, VC_ENTRY_READ, who, &file, nullptr), VC_OK);
}

static enum vc_code write_file(struct scene *scene, enum who who, const char *path)
{
    const struct vc_record_file file = {.path = path, .bytes = 3};

    return vc_record_file(scene->record, VC_ENTRY_WRITE, who, &file, nullptr);
}

/* The text with the digits of salts, digests and times as one letter each, into `plain`. */
static void plain_of(struct vc_bytes text, char *plain, size_t size)
{
    size_t at = 0;

    for (size_t i = 0; i < text.size && at + 1 < size; i++) {
        static const char quote[] = "\"salt\":\"";
        static const char details[] = "\"details\":\"";

        plain[at++] = (char)text.data[i];
        plain[at] = '\0';
        if ((at >= strlen(quote) && strcmp(plain + at - strlen(quote), quote) == 0) ||
            (at >= strlen(details) && strcmp(plain + at - strlen(details), details) == 0)) {
            while (text.data[i + 1] != '"')
                i++;
        }
    }
}

/* Who sees entry `index`, and who is told: "abc/b". */
static void say_seen(const struct scene *scene, uint64_t index, char said[20])
{
    char told[8] = "";
    size_t size = 0;
    size_t told_size = 0;

    for (size_t i = 0; i < PRINCIPALS; i++) {
        struct vc_bytes entry;
        struct vc_bytes details;

        if (!vc_journal_at(scene->journal, i, index, &entry, &details))
            continue;
        said[size++] = names[i][0];
        if (details.size > 0)
            told[told_size++] = names[i][0];
    }
    (void)snprintf(said + size, 20 - size, "/%s", told);
}

/* Each thing that happens, as who may see it, and a word of its entry and its details. */
static void test_who_sees_what(void **)
{
    static const struct {
        const char *seen, *in_entry, *in_details, *not_in_entry;
    } rows[] = {
        {"abc/a", "\"path\":\"/in/a/data\"", "\"bytes\":3", "bytes"},
        {"abce/b", "\"path\":\"/out/\"", "/out/mix/s1", "s1"},
        {"abce/b", "\"path\":\"/report\"", "\"run\":1", "sha256"},
        {"abce/", "\"kind\":\"run\"", "", "bytes"},
        {"abc/bc", "\"stream\":\"ticks\"", "\"uses\":1", "whole"},
        {"abce/c", "\"kind\":\"run_over\"", "\"state\":\"exited\"", "exited"},
        {"abc/ac", "\"end\":\"producer\"", "\"use\":1", "use\":"},
        {"d/d", "\"deed\":\"GET\"", "no right", "no right"},
        {"ad/d", "\"place\":\"/v1/files/in/a/data\"", "no right", "no right"},
        {"b/", "\"kind\":\"session\"", "", "alice"},
        {"d/d", "\"path\":\"/drop/x\"", "\"bytes\":3", "bytes"}, /* which it may not read */
    };
    struct scene scene;
    struct vc_record_use use = {.stream = FEED, .principal = ALICE, .use = 1};

    scene_init(&scene, 1 << 20);
    assert_int_equal(write_file(&scene, ALICE, "/in/a/data"), VC_OK);
    read_file(&scene, BOB, "/out/mix/s1", true);
    read_file(&scene, BOB, "/report", true);
    start_run(&scene, 1);
    end_run(&scene, 1, true);
    assert_int_equal(vc_record_stream_begun(scene.record, &use, nullptr), VC_OK);
    vc_record_refusal(scene.record, DAVE, "GET", "/v1/runs", "dave has no right");
    vc_record_refusal(scene.record, DAVE, "GET", "/v1/files/in/a/data", "dave has no right");
    assert_int_equal(vc_record_session(scene.record, BOB, nullptr), VC_OK);
    assert_int_equal(write_file(&scene, DAVE, "/drop/x"), VC_OK);
    assert_int_equal(vc_journal_size(scene.journal), VC_COUNT(rows));
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        char said[20];
        char plain[2048] = "";
        struct vc_bytes entry = {};
        struct vc_bytes details = {};

        say_seen(&scene, i, said);
        print_message("row %zu: %s\n", i, said);
        assert_string_equal(said, rows[i].seen);
        for (size_t p = 0; p < PRINCIPALS && details.size == 0; p++)
            (void)!vc_journal_at(scene.journal, p, i, &entry, &details);
        plain_of(entry, plain, sizeof(plain));
        assert_non_null(strstr(plain, rows[i].in_entry));
        assert_null(strstr(plain, rows[i].not_in_entry));
        if (rows[i].in_details[0] != '\0') {
            plain_of(details, plain, sizeof(plain));
            assert_non_null(strstr(plain, rows[i].in_details));
        }
    }
    scene_done(&scene);
}

/* From whom a stream was taken is told nothing of what it carries after. */
static void test_of_what_was_taken(void **)
{
    struct vc_narrowing narrowing = {.kind = VC_NARROW_TAKE_STREAM, .stream = TICKS};
    struct scene scene;
    vc_cleanup(vc_force_freep) struct vc_force *force = nullptr; /* of the scene's policy */
    bool changed = false;
    char said[20];

    scene_init(&scene, 1 << 20);
    assert_int_equal(vc_force_new(&scene.policy, &force, nullptr), VC_OK);
    vc_record_set_force(scene.record, force);
    start_run(&scene, 1);
    end_run(&scene, 1, true);
    say_seen(&scene, 1, said);
    assert_string_equal(said, "abc/bc");
    vc_subjects_add(&scene.policy, &narrowing.from, (struct vc_subject){VC_SUBJECT_PRINCIPAL, BOB});
    assert_int_equal(vc_force_narrow(force, &narrowing, &changed, nullptr), VC_OK);
    assert_true(changed);
    say_seen(&scene, 1, said); /* of before, too: it might not have taken it yet */
    assert_string_equal(said, "abc/c");
    start_run(&scene, 2);
    end_run(&scene, 2, true);
    say_seen(&scene, 4, said);
    assert_string_equal(said, "abc/c");
    scene_done(&scene);
}

/* Who may not read a file any more does not learn its digest, though it was to be told; what it
 * did itself it knows. */
static void test_of_what_may_not_be_read_any_more(void **)
{
    static const struct {
        enum who loses;
        const char *path;
        const char *told[4]; /* after it: a write, two reads, a delete */
    } rows[] = {
        {DAVE, "/in/b/x", {"ad", "bc", "b", "a"}}, /* which is of none of them */
        {BOB, "/out/mix/s2", {"ad", "bc", "b", "a"}},
        {BOB, "/out/mix/s1", {"ad", "c", "b", "a"}},
        {ALICE, "/in/a/data", {"d", "c", "b", "a"}},
    };
    const struct vc_record_file gone = {.path = "/in/a/data"};
    struct scene scene;
    vc_cleanup(vc_force_freep) struct vc_force *force = nullptr; /* of the scene's policy */
    char said[20];

    scene_init(&scene, 1 << 20);
    assert_int_equal(vc_force_new(&scene.policy, &force, nullptr), VC_OK);
    vc_record_set_force(scene.record, force);
    assert_int_equal(write_file(&scene, DAVE, "/in/a/data"), VC_OK);
    read_file(&scene, CAROL, "/out/mix/s1", true);
    read_file(&scene, BOB, "/out/mix/s1", true);
    assert_int_equal(vc_record_file(scene.record, VC_ENTRY_DELETE, ALICE, &gone, nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_narrowing narrowing = {.kind = VC_NARROW_TAKE, .may = VC_RIGHT_READ};
        bool changed = false;

        (void)snprintf(narrowing.path, sizeof(narrowing.path), "%s", rows[i].path);
        vc_subjects_add(&scene.policy, &narrowing.from,
                        (struct vc_subject){VC_SUBJECT_PRINCIPAL, rows[i].loses});
        assert_int_equal(vc_force_narrow(force, &narrowing, &changed, nullptr), VC_OK);
        assert_true(changed);
        for (size_t entry = 0; entry < 4; entry++) {
            say_seen(&scene, entry, said);
            print_message("# %s, entry %zu: %s\n", rows[i].path, entry, said);
            assert_string_equal(strchr(said, '/') + 1, rows[i].told[entry]);
        }
    }
    scene_done(&scene);
}

/* ---- nothing but details depends on data ---- */

/* What principals do is the same; what a program has done is not. */
static void live(struct scene *scene, bool secret)
{
    const struct vc_record_file gone = {.path = "/out/mix/x", .missing = secret};
    struct vc_record_use use = {.stream = TICKS, .principal = BOB, .consumes = true};

    for (uint64_t id = 1; id <= 3; id++) {
        start_run(scene, id);
        end_run(scene, id, secret);
        for (size_t again = 0; again < 3; again++) {
            read_file(scene, BOB, "/report", secret == (id != 2));
            read_file(scene, BOB, "/out/mix/x", secret);
            assert_int_equal(vc_record_file(scene->record, VC_ENTRY_DELETE, BOB, &gone, nullptr),
                             VC_OK);
        }
        use.use = secret ? id : 1;
        assert_int_equal(vc_record_stream_begun(scene->record, &use, nullptr), VC_OK);
        assert_int_equal(write_file(scene, ALICE, "/in/a/data"), VC_OK);
    }
}

static void test_two_secrets(void **)
{
    struct scene scenes[2];
    uint64_t size;

    for (size_t i = 0; i < 2; i++) {
        scene_init(&scenes[i], 1 << 20);
        live(&scenes[i], i == 1);
    }
    size = vc_journal_size(scenes[0].journal);
    assert_int_equal(vc_journal_size(scenes[1].journal), size);
    /* three rounds of a run, a stream, its end, two reads, a delete, a consumer, a write; the
     * delete makes what comes after it another state, once in each round */
    assert_int_equal(size, 3 * 8 + 3);
    for (uint64_t index = 0; index < size; index++) {
        for (size_t who = 0; who < PRINCIPALS; who++) {
            char plain[2][2048] = {};
            bool seen[2];

            for (size_t i = 0; i < 2; i++) {
                struct vc_bytes entry;
                struct vc_bytes details;

                seen[i] = vc_journal_at(scenes[i].journal, who, index, &entry, &details);
                if (seen[i])
                    plain_of(entry, plain[i], sizeof(plain[i]));
            }
            assert_int_equal(seen[0], seen[1]);
            /* a second may have passed: its last digit, and tens */
            for (size_t i = 0; i < 2; i++) {
                char *time = strstr(plain[i], "\"time\":\"");

                if (time != nullptr)
                    memset(time + 8, 't', 20);
            }
            assert_string_equal(plain[0], plain[1]);
        }
    }
    for (size_t i = 0; i < 2; i++)
        scene_done(&scenes[i]);
}

/* ---- room ---- */

static void test_full_share(void **)
{
    struct scene scene;
    char path[40];
    enum vc_code code = VC_OK;
    struct vc_err err = {};
    unsigned written = 0;

    scene_init(&scene, 65536);
    start_run(&scene, 1);
    read_file(&scene, DAVE, "/in/b/x", true);
    for (; code == VC_OK && written < 1000; written++) {
        (void)snprintf(path, sizeof(path), "/drop/%u", written);
        code = write_file(&scene, DAVE, path);
    }
    assert_int_equal(code, VC_LIMIT);
    assert_in_range(written, 3, 40);
    assert_int_equal(vc_record_check_room(scene.record, DAVE, &err), VC_LIMIT);
    assert_string_equal(err.text, "journal.bytes: dave has filled its share");
    /* what it has read it may read again, and nothing else */
    read_file(&scene, DAVE, "/in/b/x", true);
    code = vc_record_file(scene.record, VC_ENTRY_READ, DAVE,
                          &(const struct vc_record_file){.path = "/in/b/y"}, nullptr);
    assert_int_equal(code, VC_LIMIT);
    /* the others are served */
    assert_int_equal(vc_record_check_room(scene.record, ALICE, nullptr), VC_OK);
    assert_int_equal(write_file(&scene, ALICE, "/in/a/data"), VC_OK);
    scene_done(&scene);
}

/* A container that lives long renews its certificate again and again, and its principals come with
 * every one: that does not fill the journal. */
static void test_renewals(void **)
{
    vc_cleanup(vc_pki_key_freep) struct vc_pki_key *key = vc_pki_key_new(VC_KEY_P256, 0);
    const struct vc_pki_order order = {.subject = "container",
                                       .key = key,
                                       .scheme = VC_SCHEME_ES256,
                                       .not_before = 1000,
                                       .not_after = 2000,
                                       .serial = 1};
    vc_cleanup(vc_cert_freep) struct vc_cert *certificate = vc_pki_issue(&order);
    struct scene scene;
    uint64_t size;

    scene_init(&scene, 65536);
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(vc_record_attested(scene.record, certificate, nullptr), VC_OK);
        assert_int_equal(vc_record_session(scene.record, ALICE, nullptr), VC_OK);
        assert_int_equal(vc_record_session(scene.record, DAVE, nullptr), VC_OK);
    }
    size = vc_journal_size(scene.journal);
    assert_in_range(size, 10, 100);
    assert_int_equal(write_file(&scene, DAVE, "/drop/1"), VC_OK);
    assert_int_equal(vc_record_ended(scene.record, "enough", nullptr), VC_OK);
    assert_int_equal(vc_journal_size(scene.journal), size + 2);
    assert_int_equal(scene.broken, 0);
    scene_done(&scene);
}

/* However full its share is, what was begun can end. */
static void test_ends_have_room(void **)
{
    struct scene scene;
    uint64_t begun = 0;
    uint64_t before;

    scene_init(&scene, 65536);
    for (enum vc_code code = VC_OK; code == VC_OK && begun < 100;) {
        const struct vc_record_run run = {.id = begun + 1, .principal = CAROL, .program = MIX};

        code = vc_record_check_run(scene.record, CAROL, MIX, nullptr);
        if (code == VC_OK)
            assert_int_equal(vc_record_run(scene.record, &run, nullptr), VC_OK);
        begun += code == VC_OK;
    }
    assert_in_range(begun, 1, 10);
    for (unsigned i = 0; i < 100; i++) {
        char place[40];

        (void)snprintf(place, sizeof(place), "/v1/runs/%u", i);
        vc_record_refusal(scene.record, CAROL, "DELETE", place, "no");
    }
    before = vc_journal_size(scene.journal);
    for (uint64_t id = 1; id <= begun; id++)
        end_run(&scene, id, false);
    assert_int_equal(vc_journal_size(scene.journal), before + 2 * begun);
    assert_int_equal(scene.broken, 0);
    scene_done(&scene);
}

/* The longest reason there can be, of every program's end, fits what was kept for it. */
static void test_longest_end(void **)
{
    struct scene scene;
    struct vc_run_status status = run_of(1);
    struct vc_record_run_use use = {.uses = UINT32_MAX,
                                    .last = {.stream = TICKS,
                                             .use = UINT64_MAX >> 1,
                                             .whole = true,
                                             .bytes = UINT64_MAX >> 1,
                                             .digest = status.reason,
                                             .reason = status.reason}};

    scene_init(&scene, 65536);
    start_run(&scene, 1);
    memset(status.reason, '"', sizeof(status.reason) - 1);
    status.state = VC_RUN_EXITED;
    status.exit_code = UINT32_MAX;
    status.limits = 2 * VC_RUN_LIMIT_PROCESSES - 1;
    status.id = INT64_MAX;
    status.wall_us = status.cpu_us = status.memory_bytes = status.output_bytes = INT64_MAX;
    vc_record_run_stream(scene.record, &status, &use);
    vc_record_run_over(scene.record, &status);
    assert_int_equal(scene.broken, 0);
    assert_int_equal(vc_journal_size(scene.journal), 3);
    scene_done(&scene);
}

/* What only repeats is not written again. */
static void test_repeats(void **)
{
    struct scene scene;

    scene_init(&scene, 1 << 20);
    for (size_t i = 0; i < 1000; i++) {
        read_file(&scene, ALICE, "/in/a/data", true);
        read_file(&scene, BOB, "/report", i % 2 == 0);
        vc_record_refusal(scene.record, DAVE, "GET", "/v1/files/in/a/data", "no right");
        assert_int_equal(vc_record_session(scene.record, ALICE, nullptr), VC_OK);
    }
    assert_int_equal(vc_journal_size(scene.journal), 4);
    assert_int_equal(write_file(&scene, ALICE, "/in/a/data"), VC_OK);
    read_file(&scene, ALICE, "/in/a/data", true);
    assert_int_equal(vc_journal_size(scene.journal), 6);
    start_run(&scene, 1);
    end_run(&scene, 1, true);
    read_file(&scene, BOB, "/report", true);      /* it may have changed */
    read_file(&scene, ALICE, "/in/a/data", true); /* no program may write it */
    assert_int_equal(vc_journal_size(scene.journal), 6 + 3 + 1);
    scene_done(&scene);
}

static void test_nothing_after_the_end(void **)
{
    struct scene scene;

    scene_init(&scene, 1 << 20);
    start_run(&scene, 1);
    assert_int_equal(vc_record_ended(scene.record, "shut down by alice", nullptr), VC_OK);
    assert_int_equal(write_file(&scene, ALICE, "/in/a/data"), VC_STATE);
    end_run(&scene, 1, true);
    assert_int_equal(vc_record_ended(scene.record, "again", nullptr), VC_STATE);
    assert_int_equal(vc_journal_size(scene.journal), 2);
    assert_int_equal(scene.broken, 0);
    scene_done(&scene);
}

/* Outside of a container nothing is written down, and everything may be done. */
static void test_null(void **)
{
    const struct vc_record_file file = {.path = "/x"};
    const struct vc_record_run run = {.id = 1};
    const struct vc_run_status status = {.id = 1};
    const struct vc_record_use use = {};
    const struct vc_record_narrowing narrowing = {.text = "{}"};
    uint64_t index = 7;

    assert_int_equal(vc_record_check_room(nullptr, 0, nullptr), VC_OK);
    assert_int_equal(vc_record_file(nullptr, VC_ENTRY_WRITE, 0, &file, nullptr), VC_OK);
    assert_int_equal(vc_record_check_run(nullptr, 0, 0, nullptr), VC_OK);
    assert_int_equal(vc_record_run(nullptr, &run, nullptr), VC_OK);
    vc_record_run_over(nullptr, &status);
    assert_int_equal(vc_record_stream_begun(nullptr, &use, nullptr), VC_OK);
    vc_record_stream_over(nullptr, &use);
    assert_int_equal(vc_record_narrowing(nullptr, &narrowing, &index, nullptr), VC_OK);
    assert_int_equal(index, 0);
    vc_record_refusal(nullptr, 0, "GET", "/", "no");
    assert_false(vc_record_wants_digests(nullptr));
    assert_int_equal(vc_record_session(nullptr, 0, nullptr), VC_OK);
    assert_int_equal(vc_record_ended(nullptr, "over", nullptr), VC_OK);
}

static void test_origins(void **)
{
    static const struct {
        uint64_t number;
        struct vc_origin origin;
    } rows[] = {
        {0, {}},
        {VC_ORIGIN_PRINCIPAL, {true, {VC_SUBJECT_PRINCIPAL, 0}, 0}},
        {VC_ORIGIN_PROGRAM, {true, {VC_SUBJECT_PROGRAM, 0}, 0}},
        {VC_ORIGIN_PROGRAM | 255ULL << 48 | 1, {true, {VC_SUBJECT_PROGRAM, 255}, 1}},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_origin origin = vc_origin_read(rows[i].number);

        assert_int_equal(origin.known, rows[i].origin.known);
        assert_int_equal(origin.who.kind, rows[i].origin.who.kind);
        assert_int_equal(origin.who.index, rows[i].origin.who.index);
        assert_int_equal(origin.run, rows[i].origin.run);
    }
    for (size_t i = 0; i < VC_POLICY_PRINCIPALS_MAX; i++)
        assert_int_equal(vc_origin_read(vc_origin_of_principal(i)).who.index, i);
    for (size_t i = 0; i < VC_POLICY_PROGRAMS_MAX; i++) {
        struct vc_origin origin = vc_origin_read(vc_origin_of_run(i, 1000000 + i));

        assert_int_equal(origin.who.kind, VC_SUBJECT_PROGRAM);
        assert_int_equal(origin.who.index, i);
        assert_int_equal(origin.run, 1000000 + i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stakes),
        cmocka_unit_test(test_files_concern),
        cmocka_unit_test(test_public_paths),
        cmocka_unit_test(test_who_sees_what),
        cmocka_unit_test(test_of_what_was_taken),
        cmocka_unit_test(test_of_what_may_not_be_read_any_more),
        cmocka_unit_test(test_two_secrets),
        cmocka_unit_test(test_full_share),
        cmocka_unit_test(test_renewals),
        cmocka_unit_test(test_ends_have_room),
        cmocka_unit_test(test_longest_end),
        cmocka_unit_test(test_repeats),
        cmocka_unit_test(test_nothing_after_the_end),
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_origins),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
