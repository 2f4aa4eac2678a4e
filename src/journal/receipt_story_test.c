/* SPDX-License-Identifier: MIT */

/* Receipts of containers that did what they must not, and receipts beside one another. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "journal/receipt_fixture.h"

static struct vc_receipt *open_receipt(const struct receipt_scene *scene,
                                       const struct vc_buffer *json)
{
    struct vc_receipt *receipt = nullptr;
    struct vc_err err = {};

    if (vc_receipt_check(scene->policy, vc_buffer_bytes(json), &receipt, &err) != VC_OK)
        fail_msg("%s", err.text);
    return receipt;
}

static struct vc_receipt *take_receipt(struct receipt_scene *scene, size_t principal,
                                       uint64_t since)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};

    receipt_make(scene, principal, since, &json);
    return open_receipt(scene, &json);
}

/* "" wants it taken. */
static void expect(const char *name, const struct receipt_scene *scene,
                   const struct vc_buffer *json, const char *refusal)
{
    vc_cleanup(vc_receipt_freep) struct vc_receipt *receipt = nullptr;
    struct vc_err err = {};
    enum vc_code code = vc_receipt_check(scene->policy, vc_buffer_bytes(json), &receipt, &err);

    if ((code == VC_OK) != (refusal[0] == '\0') ||
        (code != VC_OK && strstr(err.text, refusal) == nullptr))
        fail_msg("%s: \"%s\", wanted \"%s\"", name, err.text, refusal);
}

/* ---- what must not be done ---- */

static const struct vc_subject SHOP = {VC_SUBJECT_PRINCIPAL, RECEIPT_SHOP};
static const struct vc_subject ADVERTISER = {VC_SUBJECT_PRINCIPAL, RECEIPT_ADVERTISER};
static const struct vc_subject INTERSECT = {VC_SUBJECT_PROGRAM, RECEIPT_INTERSECT};

static const char TAKE[] = "{\"take\":{\"may\":[\"read\"],\"path\":\"/output/sum.txt\","
                           "\"from\":[{\"principal\":\"shop\"}]}}";

static void read_sum(struct receipt_scene *scene)
{
    receipt_file(scene, VC_ENTRY_READ, RECEIPT_SHOP, "/output/sum.txt");
}

static void read_by_stranger(struct receipt_scene *scene)
{
    receipt_file(scene, VC_ENTRY_READ, RECEIPT_ADVERTISER, "/output/sum.txt");
}

static void read_after_take(struct receipt_scene *scene)
{
    receipt_narrow(scene, SHOP, TAKE);
    read_sum(scene);
}

static void read_before_take(struct receipt_scene *scene)
{
    read_sum(scene);
    receipt_narrow(scene, SHOP, TAKE);
}

static void read_in_a_place(struct receipt_scene *scene)
{
    receipt_file(scene, VC_ENTRY_READ, RECEIPT_ADVERTISER, "/output/");
}

static void read_odd_path(struct receipt_scene *scene)
{
    receipt_file(scene, VC_ENTRY_READ, RECEIPT_SHOP, "/output/../output/sum.txt");
}

static void write_after_run(struct receipt_scene *scene)
{
    receipt_run(scene, RECEIPT_ADVERTISER, RECEIPT_ARGUMENTS);
    receipt_file(scene, VC_ENTRY_WRITE, RECEIPT_SHOP, "/input/buyers/late");
}

static void write_after_freeze(struct receipt_scene *scene)
{
    receipt_narrow(scene, ADVERTISER, "{\"freeze_inputs\":true}");
}

static void write_elsewhere(struct receipt_scene *scene)
{
    receipt_file(scene, VC_ENTRY_WRITE, RECEIPT_SHOP, "/input/viewers.csv");
}

static void append_without_right(struct receipt_scene *scene)
{
    receipt_file(scene, VC_ENTRY_APPEND, RECEIPT_ADVERTISER, "/input/viewers.csv");
}

static void delete_without_right(struct receipt_scene *scene)
{
    receipt_file(scene, VC_ENTRY_DELETE, RECEIPT_ADVERTISER, "/input/viewers.csv");
}

static void run_by_stranger(struct receipt_scene *scene)
{
    receipt_run(scene, RECEIPT_SHOP, RECEIPT_ARGUMENTS);
}

static void two_runs(struct receipt_scene *scene)
{
    receipt_run(scene, RECEIPT_ADVERTISER, RECEIPT_ARGUMENTS);
    receipt_run(scene, RECEIPT_ADVERTISER, RECEIPT_ARGUMENTS);
}

static void three_runs(struct receipt_scene *scene)
{
    two_runs(scene);
    receipt_run(scene, RECEIPT_ADVERTISER, RECEIPT_ARGUMENTS);
}

static void run_after_narrowing(struct receipt_scene *scene)
{
    receipt_narrow(scene, ADVERTISER, "{\"runs\":{\"program\":\"intersect\",\"at_most\":1}}");
    two_runs(scene);
}

static void run_after_withdrawal(struct receipt_scene *scene)
{
    receipt_narrow(scene, ADVERTISER, "{\"withdraw\":{\"program\":\"intersect\"}}");
    receipt_run(scene, RECEIPT_ADVERTISER, RECEIPT_ARGUMENTS);
}

static void run_with_other_arguments(struct receipt_scene *scene)
{
    receipt_run(scene, RECEIPT_ADVERTISER,
                "00000000000000000000000000000000000000000000000000000000000000ff");
}

static void narrow_by_program(struct receipt_scene *scene)
{
    receipt_narrow(scene, INTERSECT, "{\"read_once\":{\"path\":\"/output/sum.txt\"}}");
}

static void narrow_without_right(struct receipt_scene *scene)
{
    receipt_narrow(scene, SHOP, "{\"withdraw\":{\"program\":\"intersect\"}}");
}

static void narrow_elsewhere(struct receipt_scene *scene)
{
    receipt_narrow(scene, INTERSECT,
                   "{\"take\":{\"may\":[\"write\"],\"path\":\"/input/\",\"from_all_but\":[]}}");
}

static void late(struct receipt_scene *scene)
{
    receipt_narrow(scene, ADVERTISER, "{\"expires\":\"2027-01-01T00:01:00Z\"}");
    scene->now += 60 + 121;
    read_sum(scene);
}

static void in_time(struct receipt_scene *scene)
{
    receipt_narrow(scene, ADVERTISER, "{\"expires\":\"2026-01-01T00:00:00Z\"}");
    scene->now += 60;
    read_sum(scene);
}

static void began_again(struct receipt_scene *scene)
{
    receipt_began(scene);
}

static void end(struct receipt_scene *scene)
{
    const struct vc_entry_field reason = {"reason", VC_FIELD_TEXT, .text = "shut down"};
    struct vc_entry entry = {
        .kind = VC_ENTRY_ENDED, .by_container = true, .fields = &reason, .field_count = 1};

    assert_int_equal(receipt_append(scene, &entry), VC_OK);
}

static void read_after_end(struct receipt_scene *scene)
{
    end(scene);
    read_sum(scene);
}

/* What the reader of the receipt does not see. */
static void hidden_after_end(struct receipt_scene *scene)
{
    const struct vc_entry_field place[] = {{"deed", VC_FIELD_TEXT, .text = "GET"},
                                           {"place", VC_FIELD_TEXT, .text = "/"}};
    struct vc_entry entry = {.kind = VC_ENTRY_REFUSAL,
                             .by = {VC_SUBJECT_PRINCIPAL, RECEIPT_ADVERTISER},
                             .fields = place,
                             .field_count = VC_COUNT(place),
                             .seen_by = {{1u << RECEIPT_ADVERTISER}}};

    end(scene);
    assert_int_equal(receipt_append(scene, &entry), VC_OK);
}

static const struct {
    const char *name;
    void (*tell)(struct receipt_scene *scene);
    const char *refusal;
} stories[] = {
    {"a read", read_sum, ""},
    {"a read by whom the policy does not name", read_by_stranger, "has no right to read"},
    {"a read after it was taken", read_after_take, "narrowed:"},
    {"a read before it was taken", read_before_take, ""},
    {"a read of something there, not told what", read_in_a_place, ""},
    {"a path of another spelling", read_odd_path, "one spelling"},
    {"a write after the first run", write_after_run, "freeze"},
    {"frozen by whom nobody asked", write_after_freeze, "may not"},
    {"a write elsewhere", write_elsewhere, "has no right to write"},
    {"an append where one writes", append_without_right, "has no right to append"},
    {"a deletion", delete_without_right, "has no right to delete"},
    {"a run by whom the policy does not name", run_by_stranger, "has no right to execute"},
    {"as many runs as may be", two_runs, ""},
    {"one more", three_runs, "lifecycle.runs"},
    {"one more than was narrowed", run_after_narrowing, "narrowed"},
    {"a run of what was withdrawn", run_after_withdrawal, "withdrawn"},
    {"other arguments", run_with_other_arguments, "arguments: another one"},
    {"a program narrows", narrow_by_program, ""},
    {"a narrowing by whom no rule names", narrow_without_right, "may not"},
    {"a narrowing of another place", narrow_elsewhere, "may not"},
    {"after the end", late, "had to end before"},
    {"while it ends", in_time, ""},
    {"a second beginning", began_again, "begins once"},
    {"the end", end, ""},
    {"a read after it", read_after_end, "after the container's end"},
    {"something hidden after it", hidden_after_end, "after the container's end"},
};

static void test_deeds(void **state)
{
    struct receipt_scene *scene = *state;

    for (size_t i = 0; i < VC_COUNT(stories); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, later = {};

        receipt_scene_restart(scene);
        receipt_began(scene);
        stories[i].tell(scene);
        receipt_make(scene, RECEIPT_SHOP, 0, &json);
        expect(stories[i].name, scene, &json, stories[i].refusal);
        /* who asks for what is new is told of the same deed, or of nothing */
        receipt_make(scene, RECEIPT_SHOP, vc_journal_size(scene->journal), &later);
        expect(stories[i].name, scene, &later, "");
    }
    print_message("# %zu stories\n", VC_COUNT(stories));
}

/* The narrowings that are told do not make what is in force. */
static void test_in_force(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, since = {};
    struct vc_narrowing narrowing = {};
    bool changed;

    receipt_usual_story(scene);
    assert_int_equal(vc_narrowing_parse(scene->policy,
                                        VC_BYTES("{\"withdraw\":{\"program\":\"intersect\"}}"),
                                        &narrowing, nullptr),
                     VC_MALFORMED); /* with its NUL */
    narrowing = (struct vc_narrowing){.kind = VC_NARROW_WITHDRAW, .program = RECEIPT_INTERSECT};
    assert_int_equal(vc_force_narrow(scene->force, &narrowing, &changed, nullptr), VC_OK);
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    expect("hushed up", scene, &json, "head.in_force");
    receipt_make(scene, RECEIPT_SHOP, 1, &since);
    expect("not known since when", scene, &since, "");
}

/* ---- texts that nobody wrote so ---- */

#define HEX_1 "0000000000000000000000000000000000000000000000000000000000000001"
#define SALT  ",\"salt\":\"00000000000000000000000000000000\"}"
#define TIME  "\"time\":\"2027-01-01T00:00:00Z\""
#define BEGAN                                                                          \
    "{\"index\":0,\"kind\":\"began\"," TIME ",\"container\":\"@C\",\"policy\":\"@P\"," \
    "\"certificate\":\"" HEX_1 "\",\"node\":\"\",\"incarnation\":0" SALT
#define SECOND(kind) "{\"index\":1,\"kind\":\"" kind "\"," TIME
#define BY_SHOP      ",\"by\":{\"principal\":\"shop\"}"

static const struct {
    const char *name, *second, *refusal; /* the second entry */
} forgeries[] = {
    {"right", SECOND("session") BY_SHOP ",\"certificate\":\"" HEX_1 "\"" SALT, ""},
    {"other index", "{\"index\":2,\"kind\":\"ended\"," TIME ",\"reason\":\"x\"" SALT, "index: 2"},
    {"earlier",
     "{\"index\":1,\"kind\":\"ended\",\"time\":\"2026-12-31T23:59:59Z\",\"reason\":\"x\"" SALT,
     "before that of an earlier entry"},
    {"after the head",
     "{\"index\":1,\"kind\":\"ended\",\"time\":\"2027-01-01T00:00:01Z\",\"reason\":\"x\"" SALT,
     "after the head was signed"},
    {"session of nobody", SECOND("session") ",\"certificate\":\"" HEX_1 "\"" SALT, "by:"},
    {"run over by somebody", SECOND("run_over") BY_SHOP ",\"run\":1,\"program\":\"sum\"" SALT,
     "by:"},
    {"read by a program",
     SECOND("read") ",\"by\":{\"program\":\"sum\"},\"path\":\"/output/sum.txt\"" SALT, "by:"},
    {"read of nothing", SECOND("read") BY_SHOP SALT, "path"},
    {"read of a number", SECOND("read") BY_SHOP ",\"path\":1" SALT, "path"},
    {"unknown program", SECOND("run_over") ",\"run\":1,\"program\":\"none\"" SALT, "program:"},
    {"unknown stream",
     SECOND("stream") BY_SHOP ",\"stream\":\"s\",\"end\":\"producer\",\"over\":false" SALT,
     "stream:"},
    {"stream of nobody", SECOND("stream") ",\"stream\":\"s\",\"end\":\"x\",\"over\":true" SALT,
     "by:"},
    {"unknown key", SECOND("key") BY_SHOP ",\"key\":\"k\",\"given\":true" SALT, "key"},
    {"consent that nobody wants",
     SECOND("consent") BY_SHOP
     ",\"program\":\"intersect\",\"sha256\":\""
     "3333333333333333333333333333333333333333333333333333333333333333\"" SALT,
     "lifecycle.consent"},
    {"consent to other code",
     SECOND("consent") BY_SHOP ",\"program\":\"intersect\",\"sha256\":\"" HEX_1 "\"" SALT,
     "sha256: another one"},
    {"other code",
     SECOND("run") ",\"by\":{\"principal\":\"advertiser\"},\"run\":1,\"program\":\"intersect\","
                   "\"sha256\":\"" HEX_1 "\",\"arguments\":\"" HEX_1 "\"" SALT,
     "sha256: another one"},
    {"unknown pipeline",
     SECOND("run") ",\"by\":{\"principal\":\"advertiser\"},\"run\":1,\"program\":\"intersect\","
                   "\"sha256\":\"" HEX_1 "\",\"arguments\":\"" HEX_1 "\",\"pipeline\":\"p\","
                   "\"stage\":\"s\"" SALT,
     "pipeline:"},
    {"narrowing that is not told", SECOND("narrowing") BY_SHOP SALT, "everybody is told"},
    {"link of nothing", SECOND("link") BY_SHOP SALT, "container"},
    {"refusal of nothing", SECOND("refusal") BY_SHOP SALT, "deed"},
    {"refusals and more", SECOND("refusal") BY_SHOP ",\"more\":true" SALT, ""},
    {"ended for no reason", SECOND("ended") SALT, "reason"},
    {"a kind of later", SECOND("promised") SALT, "no such kind"},
    {"a stranger", SECOND("session") ",\"by\":{\"principal\":\"bank\"}" SALT, "none such"},
    {"no JSON", "index 1", "line 1"},
    {"an array", "[1]", "object"},
    {"empty", "", "line 1"},
};

/* Replaces the marks as the fuzz target does. */
static void forge(struct receipt_scene *scene, const char *first, const char *second,
                  struct vc_buffer *json)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer texts = {};
    const char *parts[] = {first, second};
    char hex[2 * VC_SHA256_SIZE + 1];

    for (size_t i = 0; i < VC_COUNT(parts) && parts[i] != nullptr; i++) {
        for (const char *at = parts[i]; *at != '\0'; at++) {
            bool container = strncmp(at, "@C", 2) == 0;

            if (!container && strncmp(at, "@P", 2) != 0) {
                assert_int_equal(
                    vc_buffer_append(&texts, (struct vc_bytes){(const uint8_t *)at, 1}, nullptr),
                    VC_OK);
                continue;
            }
            vc_hex_encode(
                (struct vc_bytes){container ? vc_journal_id(scene->journal) : scene->policy->hash,
                                  VC_SHA256_SIZE},
                hex);
            assert_int_equal(vc_buffer_append_text(&texts, hex, nullptr), VC_OK);
            at++;
        }
        assert_int_equal(
            vc_buffer_append(&texts, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr), VC_OK);
    }
    receipt_forge(scene, vc_buffer_bytes(&texts), json);
}

static void test_forgeries(void **state)
{
    struct receipt_scene *scene = *state;

    for (size_t i = 0; i < VC_COUNT(forgeries); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer json = {};

        forge(scene, BEGAN, forgeries[i].second, &json);
        expect(forgeries[i].name, scene, &json, forgeries[i].refusal);
    }
    print_message("# %zu forgeries\n", VC_COUNT(forgeries));
}

static void test_beginnings(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer none = {}, other = {}, ended = {};

    receipt_forge(scene, (struct vc_bytes){}, &none);
    expect("nothing at all", scene, &none, "head.size");
    forge(scene, "{\"index\":0,\"kind\":\"ended\"," TIME ",\"reason\":\"x\"" SALT, nullptr, &other);
    expect("another beginning", scene, &other, "not the beginning");
    forge(scene,
          "{\"index\":0,\"kind\":\"began\"," TIME ",\"container\":\"" HEX_1 "\",\"policy\":\"@P\","
          "\"certificate\":\"" HEX_1 "\",\"node\":\"\",\"incarnation\":0" SALT,
          nullptr, &ended);
    expect("another's beginning", scene, &ended, "container: another one");
}

/* ---- hidden ---- */

/* Two journals in which two principals did different things: of what a third party's receipt
 * hides, the length alone is the same, and the hashes differ even where the deeds do not. */
static void test_hidden_entries_leak_nothing(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer one = {}, other = {}, again = {};
    struct vc_buffer *receipts[] = {&one, &other, &again};
    const char *paths[] = {"/input/a", "/input/bbbbbbbbbbbbbbbbbbbbbbbb", "/input/a"};
    const char *hashes[VC_COUNT(receipts)];

    for (size_t i = 0; i < VC_COUNT(receipts); i++) {
        const struct vc_entry_field path = {"path", VC_FIELD_TEXT, .text = paths[i]};
        struct vc_entry entry = {
            .kind = VC_ENTRY_READ, .by = ADVERTISER, .fields = &path, .field_count = 1};

        receipt_scene_restart(scene);
        receipt_began(scene);
        entry.seen_by.words[0] = 1u << RECEIPT_ADVERTISER;
        assert_int_equal(receipt_append(scene, &entry), VC_OK);
        receipt_make(scene, RECEIPT_SHOP, 0, receipts[i]);
        assert_int_equal(vc_buffer_append(receipts[i], VC_BYTES(""), nullptr), VC_OK);
        assert_null(strstr((const char *)receipts[i]->data, "/input"));
        hashes[i] = strstr((const char *)receipts[i]->data, "{\"leaves\":1,\"hash\":\"");
        assert_non_null(hashes[i]);
        assert_string_not_equal(hashes[i], i > 0 ? hashes[0] : "");
    }
    assert_int_equal(strlen(hashes[0]), strlen(hashes[1]));
    assert_int_equal(one.size, other.size);
    assert_string_not_equal(hashes[0], hashes[2]);
}

/* ---- receipts beside one another ---- */

static void expect_pair(const struct vc_receipt *one, const struct vc_receipt *other,
                        const char *refusal, bool told_wanted)
{
    for (size_t turn = 0; turn < 2; turn++) {
        struct vc_err err = {};
        bool told = !told_wanted;
        enum vc_code code =
            vc_receipt_compare(turn == 0 ? one : other, turn == 0 ? other : one, &told, &err);

        if (refusal == nullptr) {
            assert_int_equal(code, VC_OK);
            assert_int_equal(told, told_wanted);
        } else {
            assert_int_equal(code, VC_UNTRUSTED);
            assert_non_null(strstr(err.text, refusal));
            assert_int_equal(told, !told_wanted);
        }
    }
}

static void test_one_world(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_receipt_freep) struct vc_receipt *early = nullptr, *shop = nullptr,
                                                   *advertiser = nullptr, *since = nullptr;

    receipt_began(scene);
    read_sum(scene);
    read_sum(scene);
    early = take_receipt(scene, RECEIPT_SHOP, 0); /* of 3 entries */
    for (size_t i = 0; i < 6; i++)
        read_sum(scene);
    scene->now += 5;
    since = take_receipt(scene, RECEIPT_ADVERTISER, 9); /* hides 8 and 1 */
    expect_pair(early, since, nullptr, false);
    advertiser = take_receipt(scene, RECEIPT_ADVERTISER, 3);
    expect_pair(early, advertiser, nullptr, true);
    expect_pair(since, advertiser, nullptr, true);
    read_sum(scene);
    shop = take_receipt(scene, RECEIPT_SHOP, 9);
    expect_pair(shop, advertiser, nullptr, true);
    expect_pair(shop, early, nullptr, false);
}

/* The container tells two parties two stories: whatever it signs, one comparison tells. */
static void test_split_view(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_receipt_freep) struct vc_receipt *one = nullptr, *other = nullptr,
                                                   *longer = nullptr, *stranger = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, second = {}, third = {};

    forge(scene, BEGAN, forgeries[0].second, &json);
    one = open_receipt(scene, &json);
    forge(scene, BEGAN, SECOND("ended") ",\"reason\":\"x\"" SALT, &second);
    other = open_receipt(scene, &second);
    expect_pair(one, other, "two stories of 2 entries each", true);
    expect_pair(one, one, nullptr, true);
    forge(scene, BEGAN, nullptr, &third);
    longer = open_receipt(scene, &third);
    expect_pair(one, longer, nullptr, true); /* it grew */
    receipt_scene_restart(scene);
    receipt_usual_story(scene);
    stranger = take_receipt(scene, RECEIPT_SHOP, 0);
    expect_pair(one, stranger, nullptr,
                false); /* two containers, neither of which names the other */
}

/* Who forgets what it had written down is found out by the times of the heads. */
static void test_forgotten(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_receipt_freep) struct vc_receipt *early = nullptr, *late = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, shorter = {};

    forge(scene, BEGAN, forgeries[0].second, &json);
    early = open_receipt(scene, &json);
    scene->now++;
    forge(scene, BEGAN, nullptr, &shorter);
    late = open_receipt(scene, &shorter);
    expect_pair(early, late, "had 2 entries, and later 1", true);
}

/* One container under two policies that differ by a byte: each of its receipts is good by itself.
 */
static void test_two_policies(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_receipt_freep) struct vc_receipt *one = nullptr, *other = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_policy *own = scene->policy, *second = nullptr;
    struct vc_force *force = scene->force;
    struct vc_attested attested;

    receipt_usual_story(scene);
    one = take_receipt(scene, RECEIPT_SHOP, vc_journal_size(scene->journal));
    assert_int_equal(vc_buffer_append(&text, vc_buffer_bytes(&own->text), nullptr), VC_OK);
    assert_int_equal(vc_buffer_append_text(&text, " ", nullptr), VC_OK);
    assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &second, nullptr), VC_OK);
    scene->policy = second;
    memcpy(scene->service.policy_hash, second->hash, VC_SHA256_SIZE);
    attested = session_fixture_attested(&scene->service);
    receipt_scene_certify(scene, &attested, scene->service.shown_key);
    assert_int_equal(vc_force_new(second, &scene->force, nullptr), VC_OK);
    other = take_receipt(scene, RECEIPT_SHOP, vc_journal_size(scene->journal));
    expect_pair(one, other, "one container, and two policies", true);
    vc_force_free(scene->force);
    scene->policy = own;
    scene->force = force;
    vc_receipt_free(vc_take(other));
    vc_policy_free(second);
}

static void test_rewritten(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_receipt_freep) struct vc_receipt *one = nullptr, *other = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, longer = {};
    static const char third[] =
        SECOND("attested") ",\"certificate\":\"" HEX_1 "\"" SALT
                           "\0{\"index\":2,\"kind\":\"session\"," TIME BY_SHOP
                           ",\"certificate\":\"" HEX_1 "\"" SALT;
    vc_cleanup(vc_buffer_done) struct vc_buffer texts = {};
    char hex[2][2 * VC_SHA256_SIZE + 1];

    forge(scene, BEGAN, forgeries[0].second, &json);
    one = open_receipt(scene, &json);
    vc_hex_encode((struct vc_bytes){vc_journal_id(scene->journal), VC_SHA256_SIZE}, hex[0]);
    vc_hex_encode((struct vc_bytes){scene->policy->hash, VC_SHA256_SIZE}, hex[1]);
    assert_int_equal(
        vc_buffer_printf(&texts, nullptr,
                         "{\"index\":0,\"kind\":\"began\"," TIME
                         ",\"container\":\"%s\",\"policy\":\"%s\",\"certificate\":\"" HEX_1
                         "\",\"node\":\"\",\"incarnation\":0" SALT,
                         hex[0], hex[1]),
        VC_OK);
    assert_int_equal(vc_buffer_append(&texts, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr),
                     VC_OK);
    assert_int_equal(vc_buffer_append(&texts, VC_BYTES(third), nullptr), VC_OK);
    receipt_forge(scene, vc_buffer_bytes(&texts), &longer);
    other = open_receipt(scene, &longer);
    expect_pair(one, other, "differ at entry 1", true);
}

/* ---- chains ---- */

static void test_links(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_receipt_freep) struct vc_receipt *first = nullptr, *grown = nullptr,
                                                   *next = nullptr, *wrong = nullptr;
    struct vc_journal *journal;
    struct vc_force *force;
    struct receipt_scene before;

    receipt_usual_story(scene);
    first = take_receipt(scene, RECEIPT_SHOP, 0);
    before = *scene;
    journal = scene->journal; /* a second container beside it */
    force = scene->force;
    scene->journal = nullptr;
    scene->force = nullptr;
    receipt_scene_restart(scene);
    receipt_began(scene);
    receipt_link(scene, &before);
    next = take_receipt(scene, RECEIPT_ADVERTISER, 0);
    expect_pair(first, next, nullptr, true);
    before.now += 1;
    receipt_file(&before, VC_ENTRY_APPEND, RECEIPT_ADVERTISER, "/input/x"); /* hides nothing */
    receipt_link(scene, &before);
    grown = take_receipt(scene, RECEIPT_ADVERTISER, 0);
    expect_pair(first, grown, nullptr, true); /* the second link is of later */
    vc_journal_free(journal);
    vc_force_free(force);

    /* one that names what never was */
    before = *scene;
    before.policy = scene->policy;
    journal = scene->journal;
    force = scene->force;
    scene->journal = nullptr;
    scene->force = nullptr;
    receipt_scene_restart(scene);
    receipt_began(scene);
    {
        struct vc_entry entry = {.kind = VC_ENTRY_LINK, .by = SHOP};
        const uint8_t root[VC_SHA256_SIZE] = {9};
        const struct vc_entry_field fields[] = {
            {"container", VC_FIELD_DIGEST, .digest = vc_journal_id(journal)},
            {"policy", VC_FIELD_DIGEST, .digest = scene->policy->hash},
            {"root", VC_FIELD_DIGEST, .digest = root},
            {"size", VC_FIELD_NUMBER, .number = 1}};

        entry.fields = fields;
        entry.field_count = VC_COUNT(fields);
        assert_int_equal(receipt_append(scene, &entry), VC_OK);
    }
    wrong = take_receipt(scene, RECEIPT_ADVERTISER, 0);
    expect_pair(grown, wrong, "differ at entry 1", true);
    vc_journal_free(journal);
    vc_force_free(force);
}

/* ---- random journals ---- */

static void tell_something(struct receipt_scene *scene)
{
    const struct vc_entry_field certificate = {"certificate", VC_FIELD_DIGEST,
                                               .digest = scene->policy->hash};
    const struct vc_entry_field detail = {"bytes", VC_FIELD_NUMBER, .number = random()};
    struct vc_entry entry = {.kind = VC_ENTRY_SESSION,
                             .by = random() % 2 == 0 ? SHOP : ADVERTISER,
                             .fields = &certificate,
                             .field_count = 1,
                             .details = &detail,
                             .detail_count = random() % 2 == 0};

    entry.seen_by.words[0] = (uint64_t)random() % 3 + 1;
    entry.told_to.words[0] = entry.seen_by.words[0];
    scene->now += random() % 3;
    assert_int_equal(receipt_append(scene, &entry), VC_OK);
}

static void test_random_journals(void **state)
{
    struct receipt_scene *scene = *state;
    unsigned seed = 20270101;
    size_t receipts = 0, told_count = 0;

    print_message("# seed %u\n", seed);
    srandom(seed);
    for (size_t round = 0; round < 30; round++) {
        vc_cleanup(vc_receipt_freep) struct vc_receipt *last = nullptr;
        size_t last_size = 0;

        receipt_scene_restart(scene);
        receipt_began(scene);
        for (size_t i = 0; i < 12; i++) {
            vc_cleanup(vc_receipt_freep) struct vc_receipt *receipt = nullptr;
            uint64_t size;
            bool told = false;

            for (size_t count = (size_t)random() % 12; count > 0; count--)
                tell_something(scene);
            size = vc_journal_size(scene->journal);
            receipt = take_receipt(scene, (size_t)random() % 2,
                                   random() % 2 == 0 ? last_size : (uint64_t)random() % (size + 1));
            receipts++;
            if (last != nullptr) {
                assert_int_equal(vc_receipt_compare(last, receipt, &told, nullptr), VC_OK);
                assert_true(told || vc_receipt_since(receipt) != last_size);
                told_count += told;
            }
            vc_receipt_free(last);
            last = vc_take(receipt);
            last_size = (size_t)size;
        }
    }
    print_message("# %zu receipts; of %zu pairs %zu could be told to have grown\n", receipts,
                  receipts - 30, told_count);
}

/* More values than one JSON text may have: the elements are parsed one by one. */
static void test_large(void **state)
{
    struct receipt_scene *scene = *state;
    const struct vc_entry_field certificate = {"certificate", VC_FIELD_DIGEST,
                                               .digest = scene->policy->hash};
    vc_cleanup(vc_receipt_freep) struct vc_receipt *receipt = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    static constexpr size_t ENTRIES = VC_JSON_VALUES_MAX / 3 + 2;

    scene->policy->journal.bytes = UINT64_C(1) << 28;
    receipt_began(scene);
    for (size_t i = 0; i < ENTRIES; i++) {
        struct vc_entry entry = {
            .kind = VC_ENTRY_SESSION, .by = SHOP, .fields = &certificate, .field_count = 1};

        assert_int_equal(receipt_append(scene, &entry), VC_OK);
    }
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    receipt = open_receipt(scene, &json);
    assert_int_equal(vc_receipt_head(receipt)->size, ENTRIES + 1);
    print_message("# %zu entries, a receipt of %zu bytes\n", ENTRIES + 1, json.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECEIPT_TEST(test_deeds),
        RECEIPT_TEST(test_in_force),
        RECEIPT_TEST(test_forgeries),
        RECEIPT_TEST(test_beginnings),
        RECEIPT_TEST(test_hidden_entries_leak_nothing),
        RECEIPT_TEST(test_one_world),
        RECEIPT_TEST(test_split_view),
        RECEIPT_TEST(test_forgotten),
        RECEIPT_TEST(test_two_policies),
        RECEIPT_TEST(test_rewritten),
        RECEIPT_TEST(test_links),
        RECEIPT_TEST(test_random_journals),
        RECEIPT_TEST(test_large),
    };

    return cmocka_run_group_tests_name("journal-story", tests, nullptr, nullptr);
}
