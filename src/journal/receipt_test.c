/* SPDX-License-Identifier: MIT */

/* Receipts that are not what the container signed: altered, cut, put together, of somebody else.
 * Nothing here looks at this machine's clock: the certificates of these receipts hold for an hour
 * of 2027, and the receipts for ever. */

#include "journal/receipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/json_span.h"
#include "journal/receipt_fixture.h"

static enum vc_code check(const struct receipt_scene *scene, const struct vc_buffer *json,
                          struct vc_err *err)
{
    vc_cleanup(vc_receipt_freep) struct vc_receipt *receipt = nullptr;
    enum vc_code code = vc_receipt_check(scene->policy, vc_buffer_bytes(json), &receipt, err);

    assert_int_equal(code == VC_OK, receipt != nullptr);
    return code;
}

static void expect(const struct receipt_scene *scene, const struct vc_buffer *json,
                   const char *refusal)
{
    struct vc_err err = {};

    if (check(scene, json, &err) == VC_OK)
        fail_msg("taken; wanted: %s", refusal);
    if (strstr(err.text, refusal) == nullptr)
        fail_msg("refused with \"%s\"; wanted: %s", err.text, refusal);
}

/* ---- what is right ---- */

struct count {
    size_t shown, told;
    uint64_t last;
};

static enum vc_code count_entry(void *user, const struct vc_entry_seen *entry,
                                const struct vc_json_place *fields,
                                const struct vc_json_place *details, struct vc_err *)
{
    struct count *count = user;

    assert_true(vc_json_has(fields, "salt"));
    count->shown++;
    count->told += details != nullptr;
    count->last = entry->index;
    return VC_OK;
}

static void test_success(void **state)
{
    struct receipt_scene *scene = *state;
    uint64_t size;

    receipt_usual_story(scene);
    size = vc_journal_size(scene->journal);
    for (uint64_t since = 0; since <= size; since++) {
        vc_cleanup(vc_receipt_freep) struct vc_receipt *receipt = nullptr;
        vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
        struct count count = {};
        struct vc_err err = {};

        receipt_make(scene, RECEIPT_SHOP, since, &json);
        if (vc_receipt_check(scene->policy, vc_buffer_bytes(&json), &receipt, &err) != VC_OK)
            fail_msg("%s", err.text);
        assert_int_equal(vc_receipt_since(receipt), since);
        assert_int_equal(vc_receipt_head(receipt)->size, size);
        assert_int_equal(vc_receipt_head(receipt)->time, scene->now);
        assert_memory_equal(vc_receipt_head(receipt)->container, vc_journal_id(scene->journal),
                            VC_JOURNAL_ID_SIZE);
        assert_int_equal(vc_receipt_attested(receipt)->platform, VC_PLATFORM_PROCESS);
        assert_int_equal(vc_receipt_each(receipt, count_entry, &count, nullptr), VC_OK);
        assert_int_equal(count.shown, size - since);
        assert_true(count.shown == 0 || count.last == size - 1);
        assert_true(since > 0 || count.told == 3); /* append, read, narrowing */
    }
}

/* ---- every byte ---- */

/* The same claims: what a change of the text may leave as it was. */
static bool claims_the_same(const struct receipt_scene *scene, const struct vc_buffer *one,
                            const struct vc_buffer *other)
{
    vc_cleanup(vc_receipt_freep) struct vc_receipt *a = nullptr, *b = nullptr;
    bool told = false;

    assert_int_equal(vc_receipt_check(scene->policy, vc_buffer_bytes(one), &a, nullptr), VC_OK);
    assert_int_equal(vc_receipt_check(scene->policy, vc_buffer_bytes(other), &b, nullptr), VC_OK);
    return memcmp(vc_receipt_head(a), vc_receipt_head(b), sizeof(struct vc_receipt_head)) == 0 &&
           vc_receipt_since(a) == vc_receipt_since(b) &&
           vc_receipt_compare(a, b, &told, nullptr) == VC_OK && told;
}

static void test_every_byte(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, altered = {};
    const uint8_t changes[] = {0x01, 0x02, 0x10, 0x20, 0x80};
    size_t count = 0, same = 0;

    receipt_began(scene);
    receipt_file(scene, VC_ENTRY_APPEND, RECEIPT_SHOP, "/input/buyers/monday");
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    assert_int_equal(vc_buffer_append(&altered, vc_buffer_bytes(&json), nullptr), VC_OK);
    for (size_t i = 0; i < json.size; i++) {
        for (size_t j = 0; j < VC_COUNT(changes); j++, count++) {
            altered.data[i] = json.data[i] ^ changes[j];
            if (check(scene, &altered, nullptr) == VC_OK) {
                assert_true(claims_the_same(scene, &json, &altered));
                same++;
            }
        }
        altered.data[i] = json.data[i];
    }
    print_message("# %zu bytes, %zu changes: %zu refused, %zu change nothing that is claimed\n",
                  json.size, count, count - same, same);
}

static void test_every_truncation(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    size_t size;

    receipt_usual_story(scene);
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    size = json.size;
    for (json.size = 0; json.size < size; json.size++)
        assert_int_not_equal(check(scene, &json, nullptr), VC_OK);
    assert_int_equal(check(scene, &json, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append_text(&json, "x", nullptr), VC_OK);
    assert_int_not_equal(check(scene, &json, nullptr), VC_OK);
    print_message("# %zu truncations refused\n", size);
}

/* ---- entries put together otherwise ---- */

constexpr size_t ELEMENTS_MAX = 32;

struct parts {
    struct vc_bytes before, after; /* of the elements */
    struct vc_bytes elements[ELEMENTS_MAX];
    size_t count;
};

static void take_apart(const struct vc_buffer *json, struct parts *parts)
{
    struct vc_bytes text = vc_buffer_bytes(json), entries;
    struct vc_json_spans spans;
    struct vc_json_member_span span;

    *parts = (struct parts){};
    assert_int_equal(vc_json_span_find(text, "entries", &entries, nullptr), VC_OK);
    parts->before = (struct vc_bytes){text.data, (size_t)(entries.data - text.data)};
    parts->after = (struct vc_bytes){entries.data + entries.size,
                                     text.size - parts->before.size - entries.size};
    spans = vc_json_spans_over(entries);
    while (vc_json_spans_next(&spans, &span)) {
        assert_true(parts->count < ELEMENTS_MAX);
        parts->elements[parts->count++] = span.value;
    }
}

static void put(struct vc_buffer *json, struct vc_bytes bytes)
{
    assert_int_equal(vc_buffer_append(json, bytes, nullptr), VC_OK);
}

static void put_text(struct vc_buffer *json, const char *text)
{
    assert_int_equal(vc_buffer_append_text(json, text, nullptr), VC_OK);
}

static void join(const struct parts *parts, struct vc_buffer *json)
{
    json->size = 0;
    put(json, parts->before);
    put_text(json, "[");
    for (size_t i = 0; i < parts->count; i++) {
        if (i > 0)
            put_text(json, ",");
        put(json, parts->elements[i]);
    }
    put_text(json, "]");
    put(json, parts->after);
}

static void expect_parts(const struct receipt_scene *scene, const struct parts *parts,
                         const char *refusal)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};

    join(parts, &json);
    expect(scene, &json, refusal);
}

static void test_put_together(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, again = {};
    struct parts honest, parts;
    size_t swaps = 0;

    receipt_usual_story(scene);
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    take_apart(&json, &honest);
    join(&honest, &again);
    assert_int_equal(check(scene, &again, nullptr), VC_OK);
    for (size_t i = 0; i < honest.count; i++) {
        for (size_t j = 0; j < i; j++, swaps++) {
            parts = honest;
            parts.elements[i] = honest.elements[j];
            parts.elements[j] = honest.elements[i];
            expect_parts(scene, &parts, "");
        }
        parts = honest; /* dropped */
        memmove(&parts.elements[i], &parts.elements[i + 1],
                (honest.count - i) * sizeof(parts.elements[0]));
        parts.count--;
        expect_parts(scene, &parts, "entries");
        parts = honest; /* repeated */
        memmove(&parts.elements[i + 1], &parts.elements[i],
                (honest.count - i) * sizeof(parts.elements[0]));
        parts.count++;
        expect_parts(scene, &parts, "entries");
    }
    print_message("# %zu entries: %zu swaps, each dropped, each repeated\n", honest.count, swaps);
}

/* Each entry of one container in the place of the same entry of another, which tells the same. */
static void test_spliced(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, other = {};
    struct parts honest, foreign, parts;

    receipt_usual_story(scene);
    receipt_make(scene, RECEIPT_SHOP, 0, &other);
    receipt_scene_restart(scene);
    receipt_usual_story(scene);
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    take_apart(&json, &honest);
    take_apart(&other, &foreign);
    assert_int_equal(honest.count, foreign.count);
    for (size_t i = 0; i < honest.count; i++) {
        parts = honest;
        parts.elements[i] = foreign.elements[i];
        expect_parts(scene, &parts, i == 0 ? "container" : "root");
    }
    parts = honest;
    memcpy((void *)parts.elements, (const void *)foreign.elements, sizeof(parts.elements));
    expect_parts(scene, &parts, "container");
}

/* Details that another entry, or the same entry for somebody else, would have. */
static void test_details_of_another(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, other = {}, moved = {};
    struct parts shop, advertiser, parts;
    struct vc_bytes details;
    size_t with = 0, without = 0;

    receipt_usual_story(scene);
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    receipt_make(scene, RECEIPT_ADVERTISER, 0, &other);
    take_apart(&json, &shop);
    take_apart(&other, &advertiser);
    for (size_t i = 0; i < shop.count; i++) {
        if (vc_json_span_find(shop.elements[i], "details", &details, nullptr) == VC_OK) {
            parts = advertiser; /* who was told may show it to whom it likes */
            parts.elements[i] = shop.elements[i];
            join(&parts, &moved);
            assert_int_equal(check(scene, &moved, nullptr), VC_OK);
            with++;
            continue;
        }
        vc_buffer_done(&moved);
        put(&moved, (struct vc_bytes){shop.elements[i].data, shop.elements[i].size - 1});
        put_text(&moved, ",\"details\":\"{\\\"bytes\\\":17}\"}");
        parts = shop;
        parts.elements[i] = vc_buffer_bytes(&moved);
        expect_parts(scene, &parts, "commits to");
        without++;
    }
    assert_int_equal(with, 3);
    assert_int_equal(without, 5);
}

/* ---- members ---- */

/* The text with the first `from` replaced. */
static void replace(const struct vc_buffer *json, const char *from, const char *to,
                    struct vc_buffer *out)
{
    const uint8_t *at = memmem(json->data, json->size, from, strlen(from));
    size_t before;

    if (at == nullptr)
        fail_msg("no %s", from);
    before = (size_t)(at - json->data);
    out->size = 0;
    put(out, (struct vc_bytes){json->data, before});
    put_text(out, to);
    put(out, (struct vc_bytes){at + strlen(from), json->size - before - strlen(from)});
}

static const struct {
    const char *name, *from, *to, *refusal;
} rows[] = {
    {"unknown member", "{\"format\":1", "{\"formats\":1,\"format\":1", "unknown key"},
    {"format", "\"format\":1", "\"format\":2", "format: 2 is not known"},
    {"format twice", "{\"format\":1", "{\"format\":1,\"format\":1", "duplicate"},
    {"no policy", "\"policy\":\"", "\"polity\":\"", "unknown key"},
    {"no since", "\"since\":0,\"entries\"", "\"entries\"", "no \"since\""},
    {"since below 0", "\"since\":0,\"entries\"", "\"since\":-1,\"entries\"", "at least 0"},
    {"since too large", "\"since\":0,\"entries\"", "\"since\":9,\"entries\"", "more than there"},
    {"since within", "\"since\":0,\"entries\"", "\"since\":1,\"entries\"", "before 1 is hidden"},
    {"entries an object", "\"entries\":[", "\"entries\":{\"a\":[", ""},
    {"entries twice", "\"entries\":[", "\"entries\":[],\"entries\":[", "twice"},
    {"entries escaped", "\"entries\":", "\"entr\\u0069es\":", ""},
    {"an empty element", "\"entries\":[", "\"entries\":[{},", "entries[0]"},
    {"a number", "\"entries\":[", "\"entries\":[1,", "entries[0]"},
    {"entry and leaves", "\"entries\":[{", "\"entries\":[{\"leaves\":1,", "unknown key"},
    {"no leaves", "\"entries\":[", "\"entries\":[{\"leaves\":0,\"hash\":\"@H\"},", "power of two"},
    {"three leaves", "\"entries\":[", "\"entries\":[{\"leaves\":3,\"hash\":\"@H\"},",
     "power of two"},
    {"too many leaves", "\"entries\":[",
     "\"entries\":[{\"leaves\":4503599627370496,\"hash\":\"@H\"},",
     "more entries than the head has"},
    {"began is hidden", "\"entries\":[", "\"entries\":[{\"leaves\":1,\"hash\":\"@H\"},",
     "not the beginning of a container"},
    {"another's time", "\"time\":\"2027-01-01T00:00:20Z\",\"signature\"",
     "\"time\":\"2027-01-01T00:00:21Z\",\"signature\"", "not of the container's key"},
    {"another size", "\"size\":8,\"root\"", "\"size\":9,\"root\"", "not of the container's key"},
    {"a node", "\"node\":\"\",\"inc", "\"node\":\"a\",\"inc", "another node"},
    {"an incarnation", "\"incarnation\":0,\"size\"", "\"incarnation\":1,\"size\"",
     "another node or incarnation"},
    {"details of nothing", "\"details\":\"", "\"details\":\"\",\"detail\":\"", "unknown key"},
    {"empty details", "\\\"sha256\\\":\\\"ab", "\\\"sha256\\\":\\\"bb", "commits to"},
    {"another's salt in details", "\\\"bytes\\\":17,", "\\\"bytes\\\":18,", "commits to"},
    {"log of another index", "\"log\":{\"index\":0", "\"log\":{\"index\":1", "in no log"},
    {"log with growth", "\"since\":0,\"growth\":[]", "\"since\":1,\"growth\":[]",
     "not a receipt's business"},
    {"log without head",
     "\"log\":{\"index\":0,\"head\":", "\"log\":{\"index\":0,\"heap\":", "unknown key"},
    {"no certificate", "\"certificate\":\"MII", "\"certificate\":\"", "certificate"},
};

static const char A_HASH[] = "00000000000000000000000000000000000000000000000000000000000000ff";

static void test_members(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};

    receipt_usual_story(scene);
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer altered = {}, filled = {};

        replace(&json, rows[i].from, rows[i].to, &altered);
        if (strstr(rows[i].to, "@H") != nullptr)
            replace(&altered, "@H", A_HASH, &filled);
        expect(scene, filled.size > 0 ? &filled : &altered, rows[i].refusal);
    }
    print_message("# %zu rows\n", VC_COUNT(rows));
}

/* A hidden pair that could be one element, one that is halved, and one over `since`. */
static void test_one_cutting(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, older = {};
    struct parts four, two, parts;

    receipt_usual_story(scene);
    receipt_make(scene, RECEIPT_SHOP, 4, &json);
    receipt_make(scene, RECEIPT_SHOP, 2, &older);
    take_apart(&json, &four); /* 4 leaves, entries 4 to 7 */
    take_apart(&older, &two); /* 2 leaves, entries 2 to 7 */
    assert_int_equal(four.count, 5);
    assert_int_equal(two.count, 7);
    parts = four;
    parts.elements[0] = two.elements[0];
    parts.elements[1] = two.elements[1];
    parts.elements[2] = two.elements[2];
    memcpy((void *)&parts.elements[3], (const void *)&four.elements[1],
           4 * sizeof(parts.elements[0]));
    parts.count = 7;
    expect_parts(scene, &parts, "hidden, and apart"); /* shown before since */
    parts = two;
    parts.elements[0] = four.elements[0];
    expect_parts(scene, &parts, "hidden, and apart"); /* hidden over since */
}

static void test_cut_smaller(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, cut = {}, pair = {};
    struct parts whole, parts;

    receipt_usual_story(scene);
    receipt_make(scene, RECEIPT_SHOP, 1, &pair);
    take_apart(&pair, &parts);
    put(&cut, parts.elements[0]); /* the first leaf alone */
    receipt_make(scene, RECEIPT_SHOP, 2, &json);
    take_apart(&json, &whole);
    /* two of one leaf each, where one of two is right: whatever the second is */
    parts = whole;
    memmove((void *)&parts.elements[1], (const void *)&parts.elements[0],
            whole.count * sizeof(parts.elements[0]));
    parts.elements[0] = parts.elements[1] = vc_buffer_bytes(&cut);
    parts.count++;
    expect_parts(scene, &parts, "cut smaller than it has to be");
}

/* ---- who signed ---- */

static void test_policies(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, text = {};
    struct vc_policy *own = scene->policy;
    struct vc_err err = {};

    receipt_usual_story(scene);
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    put(&text, vc_buffer_bytes(&own->text));
    put_text(&text, " "); /* one byte, which means nothing */
    assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &scene->policy, &err), VC_OK);
    expect(scene, &json, "policy differs");
    vc_policy_free(scene->policy);
    scene->policy = own;
    assert_int_equal(check(scene, &json, nullptr), VC_OK);
}

static void test_expired(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, late = {};

    receipt_began(scene);
    scene->now += 599; /* of the policy's 600 */
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    assert_int_equal(check(scene, &json, nullptr), VC_OK);
    scene->now += 100;
    receipt_make(scene, RECEIPT_SHOP, 0, &late);
    expect(scene, &late, "verified too long ago");
    late.size = 0;
    scene->now += 3600;
    receipt_make(scene, RECEIPT_SHOP, 0, &late);
    expect(scene, &late, "expired");
}

/* What the certificate says is not what the policy wants, or it is not the signer's. */
static void test_certificates(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    struct vc_attested right = session_fixture_attested(&scene->service), wrong = right;

    receipt_began(scene);
    receipt_scene_certify(scene, &right, scene->service.renewed_key);
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    expect(scene, &json, "not of the container's key");
    wrong.measurement.bytes[0] ^= 1;
    receipt_scene_certify(scene, &wrong, scene->service.shown_key);
    json.size = 0;
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    expect(scene, &json, "measurement");
    wrong = right;
    wrong.policy_hash[31] ^= 1;
    receipt_scene_certify(scene, &wrong, scene->service.shown_key);
    json.size = 0;
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    expect(scene, &json, "policy differs");
    wrong = right;
    wrong.incarnation = 2;
    receipt_scene_certify(scene, &wrong, scene->service.shown_key);
    json.size = 0;
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    expect(scene, &json, "another node or incarnation"); /* than when it began */
    receipt_scene_certify(scene, &right, scene->service.shown_key);
    json.size = 0;
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    assert_int_equal(check(scene, &json, nullptr), VC_OK);
}

static void test_not_in_the_log(void **state)
{
    struct receipt_scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    struct vc_attested attested = session_fixture_attested(&scene->service);

    receipt_began(scene);
    receipt_scene_certify(scene, &attested, scene->service.shown_key);
    scene->log = session_fixture_receipt(&scene->service, 0, 1, 0); /* of the one before */
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    expect(scene, &json, "this certificate is in no log");
    scene->log = session_fixture_receipt(&scene->service, 1, 2, 0);
    scene->log.head.signature[0] ^= 1;
    json.size = 0;
    receipt_make(scene, RECEIPT_SHOP, 0, &json);
    expect(scene, &json, "not signed by the attestation service");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECEIPT_TEST(test_success),          RECEIPT_TEST(test_every_byte),
        RECEIPT_TEST(test_every_truncation), RECEIPT_TEST(test_put_together),
        RECEIPT_TEST(test_spliced),          RECEIPT_TEST(test_details_of_another),
        RECEIPT_TEST(test_members),          RECEIPT_TEST(test_one_cutting),
        RECEIPT_TEST(test_cut_smaller),      RECEIPT_TEST(test_policies),
        RECEIPT_TEST(test_expired),          RECEIPT_TEST(test_certificates),
        RECEIPT_TEST(test_not_in_the_log),
    };

    return cmocka_run_group_tests_name("journal-receipt", tests, nullptr, nullptr);
}
