/* SPDX-License-Identifier: MIT */

/* Receipts saved, followed and verified: what of a container's journal is believed, and what never
 * reaches a file. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/hex.h"
#include "client/client_fixture.h"
#include "codec/json.h"
#include "journal/receipt_fixture.h"

static constexpr size_t EVERY = 41; /* bytes between two that are altered: a prime */
static constexpr size_t PATHS_MAX = 4;

/* A container of the fixture's policy and service, with a journal of its own. */
static void scene_init(struct client_fixture *fixture, struct receipt_scene *scene)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_attested attested = session_fixture_attested(&fixture->session);

    *scene = (struct receipt_scene){.now = fixture->session.now};
    assert_int_equal(vc_file_load(fixture->policy_path, VC_POLICY_SIZE_MAX, &text, nullptr), VC_OK);
    assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &scene->policy, nullptr), VC_OK);
    scene->certificate =
        session_fixture_issue(&fixture->session, fixture->session.shown_key, &attested, 600);
    scene->service = fixture->session;
    scene->log = session_fixture_receipt(&scene->service, scene->service.leaf_count - 1,
                                         scene->service.leaf_count, 0);
    assert_int_equal(vc_journal_new(scene->policy, &scene->journal, nullptr), VC_OK);
    assert_int_equal(vc_force_new(scene->policy, &scene->force, nullptr), VC_OK);
    receipt_began(scene);
    receipt_file(scene, VC_ENTRY_WRITE, 0, "/input/a");
}

static void scene_done(struct receipt_scene *scene)
{
    vc_journal_free(scene->journal);
    vc_force_free(scene->force);
    vc_cert_free(scene->certificate);
    vc_policy_free(scene->policy);
}

/* With a NUL that counts. */
static void make_receipt(struct receipt_scene *scene, size_t principal, uint64_t since,
                         struct vc_buffer *json)
{
    receipt_make(scene, principal, since, json);
    assert_int_equal(vc_buffer_append(json, VC_BYTES(""), nullptr), VC_OK);
}

static void store(const char *path, const char *text)
{
    assert_int_equal(
        vc_file_store(path, (struct vc_bytes){(const uint8_t *)text, strlen(text)}, 0600, nullptr),
        VC_OK);
}

static void append_ended(struct receipt_scene *scene)
{
    struct vc_entry entry = {.kind = VC_ENTRY_ENDED, .by_container = true};
    const struct vc_entry_field reason = {"reason", VC_FIELD_TEXT, .text = "shutdown"};

    entry.fields = &reason;
    entry.field_count = 1;
    assert_int_equal(receipt_append(scene, &entry), VC_OK);
}

/* ----------------------------------------------------------------------------------------- saved
 */

/* One save from a server that answers so. */
struct
try {
    const char *body;
    const char *since_path;
    char path[128];
    struct vcc_error error;
};

static enum vcc_status save(struct client_fixture *fixture, struct try *try)
{
    const struct client_answer answer = {.status = 200, .body = try->body};

    client_fixture_path(fixture, "saved.receipt", try->path);
    (void)unlink(try->path);
    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);
    enum vcc_status status = vcc_receipt_save(client, try->path, try->since_path, &try->error);

    vcc_close(client);
    return status;
}

static void test_save(void **state)
{
    struct client_fixture *fixture = *state;
    vc_cleanup(scene_done) struct receipt_scene scene;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer saved = {};
    struct stat status;

    scene_init(fixture, &scene);
    make_receipt(&scene, 0, 0, &json);
    struct try try = {.body = (const char *)json.data};

    if (save(fixture, &try) != VCC_OK)
        fail_msg("%s", try.error.text);
    assert_string_equal(fixture->seen->method, "GET");
    assert_string_equal(fixture->seen->target, "/v1/journal");
    assert_int_equal(vc_file_load(try.path, json.size, &saved, nullptr), VC_OK);
    assert_int_equal(saved.size, json.size - 1);
    assert_memory_equal(saved.data, json.data, saved.size);
    assert_int_equal(stat(try.path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    (void)unlink(try.path);
}

/* Whatever is altered on the way, or left out, is no receipt, and no file. */
static void test_altered_is_never_saved(void **state)
{
    struct client_fixture *fixture = *state;
    vc_cleanup(scene_done) struct receipt_scene scene;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    size_t count = 0;

    scene_init(fixture, &scene);
    make_receipt(&scene, 0, 0, &json);
    for (size_t i = 1; i + 1 < json.size; i += 2 * EVERY) {
        struct try try = {.body = (const char *)json.data};
        uint8_t kept = json.data[i];

        json.data[i] = kept == '1' ? '2' : '1';
        if (save(fixture, &try) != VCC_UNTRUSTED)
            fail_msg("byte %zu: %s", i, try.error.text);
        assert_int_equal(access(try.path, F_OK), -1);
        json.data[i] = kept;
        count++;
    }
    print_message("# %zu altered receipts\n", count);
    json.data[json.size - 2] = '\0'; /* cut */
    struct try cut = {.body = (const char *)json.data};

    assert_int_equal(save(fixture, &cut), VCC_UNTRUSTED);
    assert_int_equal(access(cut.path, F_OK), -1);
}

static void test_save_since(void **state)
{
    struct client_fixture *fixture = *state;
    vc_cleanup(scene_done) struct receipt_scene scene;
    vc_cleanup(vc_buffer_done) struct vc_buffer old = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    char old_path[128];

    scene_init(fixture, &scene);
    make_receipt(&scene, 0, 0, &old);
    client_fixture_path(fixture, "old.receipt", old_path);
    store(old_path, (const char *)old.data);
    receipt_file(&scene, VC_ENTRY_WRITE, 0, "/input/b");
    make_receipt(&scene, 0, 2, &json);
    struct try try = {.body = (const char *)json.data, .since_path = old_path};

    if (save(fixture, &try) != VCC_OK)
        fail_msg("%s", try.error.text);
    assert_string_equal(fixture->seen->target, "/v1/journal/2");
    (void)unlink(try.path);
    (void)unlink(old_path);
}

/* The older receipt is of another container, altered, not there; the newer not what was asked for.
 */
static void test_save_since_what(void **state)
{
    struct client_fixture *fixture = *state;
    vc_cleanup(scene_done) struct receipt_scene scene;
    vc_cleanup(scene_done) struct receipt_scene other;
    vc_cleanup(vc_buffer_done) struct vc_buffer old = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer foreign = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    char path[128];

    scene_init(fixture, &scene);
    scene_init(fixture, &other);
    make_receipt(&scene, 0, 0, &old);
    make_receipt(&other, 0, 0, &foreign);
    receipt_file(&scene, VC_ENTRY_WRITE, 0, "/input/b");
    make_receipt(&scene, 0, 2, &json);
    client_fixture_path(fixture, "old.receipt", path);
    struct try try = {.body = (const char *)json.data, .since_path = path};

    store(path, (const char *)foreign.data);
    assert_int_equal(save(fixture, &try), VCC_FAILED);
    assert_non_null(strstr(try.error.text, "another container"));
    assert_int_equal(access(try.path, F_OK), -1);
    old.data[old.size / 2] ^= 1;
    store(path, (const char *)old.data);
    assert_int_not_equal(save(fixture, &try), VCC_OK);
    assert_non_null(strstr(try.error.text, "old.receipt"));
    assert_int_equal(fixture->seen->requests, 0);
    old.data[old.size / 2] ^= 1;
    store(path, (const char *)old.data);
    try.body = (const char *)old.data; /* all of it, not what came after */
    assert_int_equal(save(fixture, &try), VCC_UNTRUSTED);
    assert_non_null(strstr(try.error.text, "since: "));
    (void)unlink(path);
    assert_int_equal(save(fixture, &try), VCC_FAILED);
    assert_int_equal(access(try.path, F_OK), -1);
}

/* --------------------------------------------------------------------------------------- followed
 */

/* "event: …\nid: …\ndata: {…}\n\n" of one entry. */
static void write_event(const struct receipt_scene *scene, uint64_t index, struct vc_buffer *events)
{
    struct vc_bytes entry;
    struct vc_bytes details;
    bool told;

    assert_true(vc_journal_at(scene->journal, 0, index, &entry, &details));
    told = details.size > 0;
    assert_int_equal(vc_buffer_printf(events, nullptr,
                                      ":\n\nevent: write\nid: %llu\ndata: {\"entry\":%.*s%s%.*s}"
                                      "\n\n",
                                      (unsigned long long)index, (int)entry.size, entry.data,
                                      told ? ",\"details\":" : "", (int)details.size, details.data),
                     VC_OK);
}

struct seen {
    uint64_t next; /* of which entry is to be told */
    size_t stop;   /* after so many; 0: never */
    size_t count;
    bool details; /* each but the container's own has them */
};

static int see(void *user, uint64_t index, const char *json)
{
    vc_cleanup(vc_json_freep) struct vc_json *parsed = nullptr;
    struct seen *seen = user;

    assert_int_equal(index, seen->next);
    assert_int_equal(
        vc_json_parse((struct vc_bytes){(const uint8_t *)json, strlen(json)}, &parsed, nullptr),
        VC_OK);
    struct vc_json_place root = vc_json_root(parsed);

    assert_true(vc_json_has(&root, "entry"));
    seen->details = seen->details || vc_json_has(&root, "details");
    seen->next++;
    return ++seen->count == seen->stop;
}

struct story {
    struct receipt_scene scene;
    struct vc_buffer first, events, second;
    struct client_answer answers[3];
};

static void story_done(struct story *story)
{
    scene_done(&story->scene);
    vc_buffer_done(&story->first);
    vc_buffer_done(&story->events);
    vc_buffer_done(&story->second);
}

/* Two entries as a receipt, two as events that break off, two as a receipt from the fifth on. */
static void tell_story(struct client_fixture *fixture, struct story *story)
{
    scene_init(fixture, &story->scene);
    make_receipt(&story->scene, 0, 0, &story->first);
    receipt_file(&story->scene, VC_ENTRY_WRITE, 0, "/input/b");
    receipt_file(&story->scene, VC_ENTRY_WRITE, 0, "/input/c");
    write_event(&story->scene, 1, &story->events); /* told before, and not again */
    write_event(&story->scene, 2, &story->events);
    write_event(&story->scene, 3, &story->events);
    assert_int_equal(vc_buffer_append(&story->events, VC_BYTES(""), nullptr), VC_OK);
    receipt_file(&story->scene, VC_ENTRY_WRITE, 0, "/input/d");
    append_ended(&story->scene);
    make_receipt(&story->scene, 0, 4, &story->second);
    story->answers[0] =
        (struct client_answer){.status = 200, .body = (const char *)story->first.data};
    story->answers[1] =
        (struct client_answer){.status = 200, .body = (const char *)story->events.data};
    story->answers[2] =
        (struct client_answer){.status = 200, .body = (const char *)story->second.data};
}

static enum vcc_status follow(struct client_fixture *fixture, const struct story *story,
                              struct seen *seen, struct vcc_error *error)
{
    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, story->answers, 3);
    vcc_client *client = client_fixture_connect(fixture);
    enum vcc_status status = vcc_journal_follow(client, 0, see, seen, error);

    vcc_close(client);
    return status;
}

static void test_follow(void **state)
{
    struct client_fixture *fixture = *state;
    vc_cleanup(story_done) struct story story = {};
    struct seen seen = {};
    struct vcc_error error = {};

    tell_story(fixture, &story);
    if (follow(fixture, &story, &seen, &error) != VCC_OK)
        fail_msg("%s", error.text);
    assert_int_equal(seen.count, 6);
    assert_true(seen.details);
    assert_string_equal(fixture->seen->target, "/v1/journal/4");
    for (size_t stop = 1; stop < 6; stop++) {
        seen = (struct seen){.stop = stop};
        assert_int_equal(follow(fixture, &story, &seen, &error), VCC_OK);
        assert_int_equal(seen.count, stop);
    }
}

/* A container that was started anew has another journal. */
static void test_follow_another(void **state)
{
    struct client_fixture *fixture = *state;
    vc_cleanup(story_done) struct story story = {};
    vc_cleanup(story_done) struct story other = {};
    struct seen seen = {};
    struct vcc_error error = {};

    tell_story(fixture, &story);
    tell_story(fixture, &other);
    story.answers[2] = other.answers[2];
    assert_int_equal(follow(fixture, &story, &seen, &error), VCC_FAILED);
    assert_non_null(strstr(error.text, "started anew"));
    assert_int_equal(seen.count, 4);
}

/* What an event says beside what its entry commits to, or an entry that is none. */
static void test_follow_events(void **state)
{
    static const struct {
        const char *from, *to;
        enum vcc_status expect;
        size_t told;
    } rows[] = {
        {"\"bytes\":17", "\"bytes\":18", VCC_UNTRUSTED, 2},
        {",\"details\":", ",\"details\": ", VCC_OK, 6}, /* the text is the same */
    };
    struct client_fixture *fixture = *state;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(story_done) struct story story = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer changed = {};
        struct seen seen = {};
        struct vcc_error error = {};

        tell_story(fixture, &story);
        const char *at = strstr((const char *)story.events.data, rows[i].from);

        assert_non_null(at);
        assert_int_equal(vc_buffer_printf(&changed, nullptr, "%.*s%s%s%c",
                                          (int)(at - (const char *)story.events.data),
                                          story.events.data, rows[i].to, at + strlen(rows[i].from),
                                          0),
                         VC_OK);
        story.answers[1].body = (const char *)changed.data;
        if (follow(fixture, &story, &seen, &error) != rows[i].expect)
            fail_msg("%s: %s", rows[i].to, error.text);
        assert_int_equal(seen.count, rows[i].told);
    }
}

/* ---------------------------------------------------------------------------------------- journal
 */

static void test_journal(void **state)
{
    struct client_fixture *fixture = *state;
    vc_cleanup(scene_done) struct receipt_scene scene;
    vc_cleanup(vc_buffer_done) struct vc_buffer receipt = {};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place entries;
    char id[2 * VC_JOURNAL_ID_SIZE + 1];
    struct vcc_error error = {};
    char *text = nullptr;

    scene_init(fixture, &scene);
    make_receipt(&scene, 0, 0, &receipt);
    const struct client_answer answer = {.status = 200, .body = (const char *)receipt.data};

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    if (vcc_journal(client, 0, &text, &error) != VCC_OK)
        fail_msg("%s", error.text);
    vcc_close(client);
    assert_int_equal(
        vc_json_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, &json, nullptr),
        VC_OK);
    struct vc_json_place root = vc_json_root(json);

    vc_hex_encode((struct vc_bytes){vc_journal_id(scene.journal), VC_JOURNAL_ID_SIZE}, id);
    assert_non_null(strstr(text, id));
    assert_int_equal(vc_json_member(&root, "entries", &entries, nullptr), VC_OK);
    assert_int_equal(vc_json_count(&entries), 2);
    assert_non_null(strstr(text, "\"path\":\"/input/a\""));
    assert_non_null(strstr(text, "\"bytes\":17"));
    free(text);
}

/* --------------------------------------------------------------------------------------- verified
 * Of an hour of 2027, and held against no clock. */

struct files {
    struct receipt_scene scene;
    char policy[128];
    char receipts[PATHS_MAX][128];
};

static void write_receipt(struct client_fixture *fixture, struct receipt_scene *scene,
                          const char *name, size_t principal, char path[128])
{
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};

    make_receipt(scene, principal, 0, &json);
    client_fixture_path(fixture, name, path);
    store(path, (const char *)json.data);
}

/* The story as each of its principals may see it; and another container. */
static void files_init(struct client_fixture *fixture, struct files *files)
{
    receipt_scene_init(&files->scene);
    receipt_usual_story(&files->scene);
    client_fixture_path(fixture, "then.json", files->policy);
    assert_int_equal(
        vc_file_store(files->policy, vc_buffer_bytes(&files->scene.policy->text), 0600, nullptr),
        VC_OK);
    write_receipt(fixture, &files->scene, "advertiser", RECEIPT_ADVERTISER, files->receipts[0]);
    write_receipt(fixture, &files->scene, "shop.r", RECEIPT_SHOP, files->receipts[1]);
    receipt_scene_restart(&files->scene);
    receipt_usual_story(&files->scene);
    write_receipt(fixture, &files->scene, "later", RECEIPT_SHOP, files->receipts[2]);
}

static void files_done(struct files *files)
{
    receipt_scene_done(&files->scene);
    (void)unlink(files->policy);
    for (size_t i = 0; i < 3; i++)
        (void)unlink(files->receipts[i]);
}

static enum vcc_status verify(const struct files *files, size_t first, size_t count, char **json,
                              struct vcc_error *error)
{
    const char *const policies[] = {files->policy};
    const char *receipts[PATHS_MAX];

    for (size_t i = 0; i < count; i++)
        receipts[i] = files->receipts[first + i];
    return vcc_receipt_verify(policies, 1, receipts, count, json, error);
}

static void test_verify(void **state)
{
    static const char *const says[] = {
        "\"comparisons\":[{\"one\":",
        "\"told\":true",
        "\"isolation\":\"none\"",
        "\"platform\":\"process\"",
        "\"time\":\"2027-01-01T00:00:20Z\"",
        "\"/output/sum.txt\"",
        "\"kind\":\"narrowing\"",
        "\"since\":0",
        "\"evidence\":\"",
    };
    vc_cleanup(files_done) struct files files;
    struct vcc_error error = {};
    char *json = nullptr;

    files_init(*state, &files);
    if (verify(&files, 0, 2, &json, &error) != VCC_OK)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < VC_COUNT(says); i++) {
        if (strstr(json, says[i]) == nullptr)
            fail_msg("no %s in %s", says[i], json);
    }
    free(json);
    json = nullptr;
    assert_int_equal(verify(&files, 0, 3, &json, &error), VCC_OK);
    assert_non_null(strstr(json, "\"told\":false")); /* of different containers */
    free(json);
    assert_int_equal(verify(&files, 0, 1, nullptr, nullptr), VCC_OK);
}

/* One byte, anywhere. */
static void test_verify_altered(void **state)
{
    vc_cleanup(files_done) struct files files;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vcc_error error = {};
    char *json = nullptr;
    size_t count = 0;

    files_init(*state, &files);
    assert_int_equal(vc_file_load(files.receipts[0], VC_RECEIPT_SIZE_MAX, &text, nullptr), VC_OK);
    for (size_t i = 0; i < text.size; i += EVERY) {
        text.data[i] ^= 1;
        assert_int_equal(vc_file_store(files.receipts[0], vc_buffer_bytes(&text), 0600, nullptr),
                         VC_OK);
        enum vcc_status status = verify(&files, 0, 1, &json, &error);

        if (status != VCC_UNTRUSTED && status != VCC_MALFORMED)
            fail_msg("byte %zu: %d %s", i, status, error.text);
        assert_non_null(strstr(error.text, files.receipts[0]));
        assert_null(json);
        text.data[i] ^= 1;
        count++;
    }
    print_message("# %zu altered files of %zu bytes\n", count, text.size);
}

/* The policy that changes by one byte is another policy. */
static void test_verify_policy(void **state)
{
    vc_cleanup(files_done) struct files files;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vcc_error error = {};
    char *json = nullptr;

    files_init(*state, &files);
    assert_int_equal(vc_file_load(files.policy, VC_POLICY_SIZE_MAX, &text, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append_text(&text, "\n", nullptr), VC_OK);
    assert_int_equal(vc_file_store(files.policy, vc_buffer_bytes(&text), 0600, nullptr), VC_OK);
    assert_int_equal(verify(&files, 0, 1, &json, &error), VCC_UNTRUSTED);
    assert_non_null(strstr(error.text, "policy"));
    store(files.policy, "{}");
    assert_int_equal(verify(&files, 0, 1, &json, &error), VCC_MALFORMED);
    (void)unlink(files.policy);
    assert_int_equal(verify(&files, 0, 1, &json, &error), VCC_FAILED);
    assert_int_equal(vcc_receipt_verify(nullptr, 0, nullptr, 0, &json, &error), VCC_MALFORMED);
    assert_null(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_save),          cmocka_unit_test(test_altered_is_never_saved),
        cmocka_unit_test(test_save_since),    cmocka_unit_test(test_save_since_what),
        cmocka_unit_test(test_follow),        cmocka_unit_test(test_follow_another),
        cmocka_unit_test(test_follow_events), cmocka_unit_test(test_journal),
        cmocka_unit_test(test_verify),        cmocka_unit_test(test_verify_altered),
        cmocka_unit_test(test_verify_policy),
    };

    return cmocka_run_group_tests_name("client_receipts", tests, client_fixture_setup,
                                       client_fixture_teardown);
}
