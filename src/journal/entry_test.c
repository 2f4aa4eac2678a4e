/* SPDX-License-Identifier: MIT */

#include "journal/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/fixture.h"

static const uint8_t SALTS[2 * VC_ENTRY_SALT_SIZE] = {0xa0, [VC_ENTRY_SALT_SIZE] = 0xb1};
#define SALT   "\"salt\":\"a0000000000000000000000000000000\""
#define SALT_2 "\"salt\":\"b1000000000000000000000000000000\""

struct scene {
    void *fixture;
    struct vc_policy *policy;
    struct vc_buffer text, details;
};

static int setup(void **state)
{
    static struct scene scene;

    scene = (struct scene){};
    assert_int_equal(vc_fixture_setup(&scene.fixture), 0);
    scene.policy = vc_fixture_policy(scene.fixture, nullptr, nullptr);
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    vc_policy_free(scene->policy);
    vc_buffer_done(&scene->text);
    vc_buffer_done(&scene->details);
    return vc_fixture_teardown(&scene->fixture);
}

static struct vc_bytes bytes_of(const char *text)
{
    return (struct vc_bytes){(const uint8_t *)text, strlen(text)};
}

static const uint8_t DIGEST[VC_SHA256_SIZE] = {0x12, 0x34, [31] = 0xff};
#define DIGEST_HEX "12340000000000000000000000000000000000000000000000000000000000ff"

static const struct vc_entry_field FIELDS[] = {
    {"path", VC_FIELD_TEXT, .text = "/out put/\"\xc3\xa9\""},
    {"run", VC_FIELD_NUMBER, .number = 7},
    {"whole", VC_FIELD_FLAG, .number = 1},
    {"lost", VC_FIELD_FLAG, .number = 0},
    {"sha256", VC_FIELD_DIGEST, .digest = DIGEST},
};
static const struct vc_entry_field DETAILS[] = {
    {"narrowing", VC_FIELD_JSON, .text = "{\"freeze_inputs\":true}"},
    {"bytes", VC_FIELD_NUMBER, .number = -1},
};

/* 2027-01-01T00:00:00Z */
static struct vc_entry entry_of(enum vc_entry_kind kind)
{
    return (struct vc_entry){.kind = kind, .time = VC_FIXTURE_NOW, .by_container = true};
}

static void expect_text(const struct vc_buffer *buffer, const char *expected)
{
    assert_int_equal(buffer->size, strlen(expected));
    assert_memory_equal(buffer->data, expected, strlen(expected));
}

static void test_spelling(void **state)
{
    struct scene *scene = *state;
    struct vc_entry entry = entry_of(VC_ENTRY_BEGAN);

    assert_int_equal(
        vc_entry_write(scene->policy, &entry, 0, SALTS, &scene->text, &scene->details, nullptr),
        VC_OK);
    expect_text(&scene->text,
                "{\"index\":0,\"kind\":\"began\",\"time\":\"2027-01-01T00:00:00Z\"," SALT "}");
    assert_int_equal(scene->details.size, 0);
    scene->text.size = 0;
    entry.by_container = false;
    entry.by = (struct vc_subject){VC_SUBJECT_PROGRAM, 1};
    entry.kind = VC_ENTRY_NARROWING;
    entry.fields = FIELDS;
    entry.field_count = VC_COUNT(FIELDS);
    entry.details = DETAILS;
    entry.detail_count = VC_COUNT(DETAILS);
    assert_int_equal(
        vc_entry_write(scene->policy, &entry, 4096, SALTS, &scene->text, &scene->details, nullptr),
        VC_OK);
    expect_text(&scene->details,
                "{\"narrowing\":{\"freeze_inputs\":true},\"bytes\":-1," SALT_2 "}");
    /* the digest is sha256sum's */
    expect_text(&scene->text,
                "{\"index\":4096,\"kind\":\"narrowing\",\"time\":\"2027-01-01T00:00:00Z\","
                "\"by\":{\"program\":\"sum\"},\"path\":\"/out put/\\\"\xc3\xa9\\\"\",\"run\":7,"
                "\"whole\":true,\"lost\":false,\"sha256\":\"" DIGEST_HEX "\",\"details\":\""
                "a4aa38348e0e51596c590fb307b36d4c10a7993da2564015e7cb753876af7060\"," SALT "}");
}

static void check_read_back(struct scene *scene, const struct vc_entry *entry, uint64_t index)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_entry_seen seen;
    struct vc_json_place place;
    uint8_t digest[VC_SHA256_SIZE];

    scene->text.size = scene->details.size = 0;
    assert_int_equal(
        vc_entry_write(scene->policy, entry, index, SALTS, &scene->text, &scene->details, nullptr),
        VC_OK);
    assert_int_equal(vc_json_parse(vc_buffer_bytes(&scene->text), &json, nullptr), VC_OK);
    place = vc_json_root(json);
    assert_int_equal(vc_entry_parse(scene->policy, &place, &seen, nullptr), VC_OK);
    assert_int_equal(seen.index, index);
    assert_int_equal(seen.kind, entry->kind);
    assert_int_equal(seen.time, entry->time);
    assert_int_equal(seen.by_container, entry->by_container);
    assert_true(entry->by_container ||
                (seen.by.kind == entry->by.kind && seen.by.index == entry->by.index));
    assert_int_equal(seen.has_details, entry->detail_count > 0);
    vc_sha256(vc_buffer_bytes(&scene->details), digest);
    assert_true(!seen.has_details || memcmp(digest, seen.details, sizeof(digest)) == 0);
}

static void test_read_back(void **state)
{
    struct scene *scene = *state;

    for (size_t kind = 0; kind < VC_ENTRY_KINDS; kind++) {
        struct vc_entry entry = entry_of((enum vc_entry_kind)kind);

        check_read_back(scene, &entry, kind);
        entry.by_container = false;
        for (size_t who = 0; who < vc_subject_count(scene->policy); who++) {
            entry.by = vc_subject_at(scene->policy, who);
            check_read_back(scene, &entry, kind << 40);
        }
        entry.details = DETAILS;
        entry.detail_count = 1;
        entry.fields = FIELDS;
        entry.field_count = VC_COUNT(FIELDS);
        check_read_back(scene, &entry, kind);
    }
}

/* What the limit allows, and one byte more. */
static void check_limit(struct scene *scene, struct vc_entry entry, bool of_details, size_t most)
{
    size_t room = most + 2;
    char *long_text = calloc(1, room);
    struct vc_entry_field field = {"reason", VC_FIELD_TEXT, .text = long_text};
    const struct vc_buffer *limited = of_details ? &scene->details : &scene->text;

    assert_non_null(long_text);
    *(of_details ? &entry.details : &entry.fields) = &field;
    *(of_details ? &entry.detail_count : &entry.field_count) = 1;
    scene->text.size = scene->details.size = 0;
    assert_int_equal(
        vc_entry_write(scene->policy, &entry, 1, SALTS, &scene->text, &scene->details, nullptr),
        VC_OK);
    memset(long_text, 'x', most - limited->size);
    scene->text.size = scene->details.size = 0;
    assert_int_equal(
        vc_entry_write(scene->policy, &entry, 1, SALTS, &scene->text, &scene->details, nullptr),
        VC_OK);
    assert_int_equal(limited->size, most);
    scene->text.size = scene->details.size = 3;
    strcat(long_text, "x");
    assert_int_equal(
        vc_entry_write(scene->policy, &entry, 1, SALTS, &scene->text, &scene->details, nullptr),
        VC_LIMIT);
    assert_int_equal(scene->text.size, 3);
    assert_int_equal(scene->details.size, 3);
    free(long_text);
}

static void test_limits(void **state)
{
    struct scene *scene = *state;

    check_limit(scene, entry_of(VC_ENTRY_READ), false, VC_ENTRY_SIZE_MAX);
    check_limit(scene, entry_of(VC_ENTRY_READ), true, VC_ENTRY_DETAILS_USUAL);
    check_limit(scene, entry_of(VC_ENTRY_NARROWING), true, VC_ENTRY_DETAILS_MAX);
}

#define HEAD "{\"index\":1,\"kind\":\"read\",\"time\":\"2027-01-01T00:00:00Z\""

static const struct {
    const char *name, *text;
    enum vc_code code;
} refusals[] = {
    {"right", HEAD "," SALT "}", VC_OK},
    {"right, by a principal", HEAD ",\"by\":{\"principal\":\"shop\"}," SALT "}", VC_OK},
    {"right, by a program", HEAD ",\"by\":{\"program\":\"sum\"}," SALT "}", VC_OK},
    {"right, other members", HEAD ",\"path\":\"/x\",\"new\":[1]," SALT "}", VC_OK},
    {"empty", "{}", VC_MALFORMED},
    {"no index", "{\"kind\":\"read\",\"time\":\"2027-01-01T00:00:00Z\"," SALT "}", VC_MALFORMED},
    {"index below 0", "{\"index\":-1,\"kind\":\"read\",\"time\":\"2027-01-01T00:00:00Z\"," SALT "}",
     VC_LIMIT},
    {"index a text",
     "{\"index\":\"1\",\"kind\":\"read\",\"time\":\"2027-01-01T00:00:00Z\"," SALT "}",
     VC_MALFORMED},
    {"no kind", "{\"index\":1,\"time\":\"2027-01-01T00:00:00Z\"," SALT "}", VC_MALFORMED},
    {"unknown kind", "{\"index\":1,\"kind\":\"reads\",\"time\":\"2027-01-01T00:00:00Z\"," SALT "}",
     VC_MALFORMED},
    {"no time", "{\"index\":1,\"kind\":\"read\"," SALT "}", VC_MALFORMED},
    {"no calendar's time",
     "{\"index\":1,\"kind\":\"read\",\"time\":\"2027-02-29T00:00:00Z\"," SALT "}", VC_MALFORMED},
    {"no salt", HEAD "}", VC_MALFORMED},
    {"short salt", HEAD ",\"salt\":\"a000\"}", VC_MALFORMED},
    {"upper salt", HEAD ",\"salt\":\"A0000000000000000000000000000000\"}", VC_MALFORMED},
    {"by a text", HEAD ",\"by\":\"shop\"," SALT "}", VC_MALFORMED},
    {"by nobody", HEAD ",\"by\":{}," SALT "}", VC_MALFORMED},
    {"by two", HEAD ",\"by\":{\"principal\":\"shop\",\"program\":\"sum\"}," SALT "}", VC_MALFORMED},
    {"by a node", HEAD ",\"by\":{\"node\":\"shop\"}," SALT "}", VC_MALFORMED},
    {"by a stranger", HEAD ",\"by\":{\"principal\":\"bank\"}," SALT "}", VC_NOT_FOUND},
    {"by a strange program", HEAD ",\"by\":{\"program\":\"shop\"}," SALT "}", VC_NOT_FOUND},
    {"short details", HEAD ",\"details\":\"1234\"," SALT "}", VC_MALFORMED},
    {"details an object", HEAD ",\"details\":{}," SALT "}", VC_MALFORMED},
};

static void test_refusals(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < VC_COUNT(refusals); i++) {
        vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
        struct vc_entry_seen seen = {.index = 77};
        struct vc_json_place place;
        struct vc_err err = {};

        assert_int_equal(vc_json_parse(bytes_of(refusals[i].text), &json, nullptr), VC_OK);
        place = vc_json_root(json);
        if (vc_entry_parse(scene->policy, &place, &seen, &err) != refusals[i].code)
            fail_msg("%s: %s", refusals[i].name, err.text);
        assert_int_equal(seen.index, refusals[i].code == VC_OK ? 1 : 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_spelling, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
    };

    return cmocka_run_group_tests_name("entry", tests, nullptr, nullptr);
}
