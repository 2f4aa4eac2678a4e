/* SPDX-License-Identifier: MIT */

#include "journal/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attest/log_fixture.h"
#include "base/hex.h"
#include "policy/fixture.h"

static constexpr size_t ADVERTISER = 0;
static constexpr size_t SHOP = 1;
static constexpr uint64_t BYTES = 4 << 20;
static const struct vc_journal_payer THE_SHOP = {.principal = SHOP};
static const struct vc_journal_payer THE_ADVERTISER = {.principal = ADVERTISER};
static const struct vc_journal_payer THE_CONTAINER = {.container = true};

struct scene {
    void *fixture;
    struct vc_policy *policy;
    struct vc_journal *journal;
};

static int setup(void **state)
{
    static struct scene scene;

    scene = (struct scene){};
    assert_int_equal(vc_fixture_setup(&scene.fixture), 0);
    scene.policy = vc_fixture_policy(scene.fixture, nullptr, nullptr);
    scene.policy->journal.bytes = BYTES;
    assert_int_equal(vc_journal_new(scene.policy, &scene.journal, nullptr), VC_OK);
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    vc_journal_free(scene->journal);
    vc_policy_free(scene->policy);
    return vc_fixture_teardown(&scene->fixture);
}

/* An entry whose text nobody has to know. */
struct order {
    enum vc_entry_kind kind;
    unsigned seen, told; /* sets of 1u << principal */
    const char *path;
    int64_t time;
    bool always;
};

static enum vc_code append(struct scene *scene, struct vc_journal_payer payer, struct order order,
                           uint64_t *index)
{
    const struct vc_entry_field path = {"path", VC_FIELD_TEXT, .text = order.path};
    const struct vc_entry_field bytes = {"bytes", VC_FIELD_NUMBER, .number = 12345};
    struct vc_entry entry = {.kind = order.kind,
                             .time = order.time,
                             .always = order.always,
                             .by = {VC_SUBJECT_PRINCIPAL, SHOP},
                             .fields = &path,
                             .field_count = order.path != nullptr ? 1 : 0,
                             .details = &bytes,
                             .detail_count = 1};

    entry.seen_by.words[0] = order.seen;
    entry.told_to.words[0] = order.told;
    return vc_journal_append(scene->journal, payer, &entry, index, nullptr);
}

static void must_append(struct scene *scene, struct order order)
{
    uint64_t size = vc_journal_size(scene->journal), index = UINT64_MAX;

    assert_int_equal(append(scene, THE_SHOP, order, &index), VC_OK);
    assert_int_equal(index, size);
    assert_int_equal(vc_journal_size(scene->journal), size + 1);
}

static bool contains(struct vc_bytes text, const char *part)
{
    return text.size > 0 && memmem(text.data, text.size, part, strlen(part)) != nullptr;
}

/* ---- who sees what ---- */

struct watch {
    struct vc_journal_watcher watcher;
    struct scene *scene;
    size_t heard, told;
    uint64_t last;
    bool leaves;
    struct watch *takes_along;
};

static void on_added(void *user, uint64_t index, struct vc_bytes entry, struct vc_bytes details)
{
    struct watch *watch = user;
    struct vc_bytes same, same_details;

    assert_true(vc_journal_at(watch->scene->journal, watch->watcher.principal, index, &same,
                              &same_details));
    assert_ptr_equal(same.data, entry.data);
    assert_int_equal(same_details.size, details.size);
    watch->heard++;
    watch->told += details.size > 0;
    watch->last = index;
    if (watch->leaves)
        vc_journal_unwatch(watch->scene->journal, &watch->watcher);
    if (watch->takes_along != nullptr)
        vc_journal_unwatch(watch->scene->journal, &watch->takes_along->watcher);
}

static void watch(struct scene *scene, struct watch *watch, size_t principal)
{
    watch->scene = scene;
    watch->watcher = (struct vc_journal_watcher){on_added, watch, principal, nullptr};
    vc_journal_watch(scene->journal, &watch->watcher);
}

static void test_visibility(void **state)
{
    struct scene *scene = *state;
    struct watch shop = {}, advertiser = {};
    struct vc_bytes entry, details;

    watch(scene, &shop, SHOP);
    watch(scene, &advertiser, ADVERTISER);
    must_append(scene, (struct order){.kind = VC_ENTRY_WRITE, .seen = 3, .told = 1u << SHOP});
    must_append(scene, (struct order){.kind = VC_ENTRY_READ, .told = 1u << SHOP});
    must_append(scene, (struct order){.kind = VC_ENTRY_READ});
    assert_int_equal(shop.heard, 2);
    assert_int_equal(shop.told, 2);
    assert_int_equal(advertiser.heard, 1);
    assert_int_equal(advertiser.told, 0);
    assert_true(vc_journal_at(scene->journal, SHOP, 1, &entry, &details));
    assert_true(contains(entry, "\"kind\":\"read\""));
    assert_true(contains(details, "12345"));
    assert_true(vc_journal_at(scene->journal, ADVERTISER, 0, &entry, &details));
    assert_int_equal(details.size, 0);
    assert_false(vc_journal_at(scene->journal, ADVERTISER, 1, &entry, &details));
    assert_false(vc_journal_at(scene->journal, SHOP, 2, &entry, &details));
    assert_false(vc_journal_at(scene->journal, SHOP, 3, &entry, &details));
    vc_journal_unwatch(scene->journal, &shop.watcher);
    vc_journal_unwatch(scene->journal, &shop.watcher); /* twice is none */
    must_append(scene, (struct order){.kind = VC_ENTRY_WRITE, .seen = 3});
    assert_int_equal(shop.heard, 2);
    assert_int_equal(advertiser.heard, 2);
    vc_journal_unwatch(scene->journal, &advertiser.watcher);
}

static void test_observers(void **state)
{
    struct scene *scene = *state;
    struct vc_policy_observer observer = {.principal = ADVERTISER,
                                          .kinds = 1u << VC_ENTRY_RUN | 1u << VC_ENTRY_REFUSAL};
    struct vc_bytes entry, details;

    scene->policy->journal.observers = &observer;
    scene->policy->journal.observer_count = 1;
    for (size_t kind = 0; kind < VC_ENTRY_KINDS; kind++) {
        must_append(scene, (struct order){.kind = (enum vc_entry_kind)kind, .told = 1u << SHOP});
        assert_int_equal(vc_journal_at(scene->journal, ADVERTISER, kind, &entry, &details),
                         (observer.kinds >> kind & 1) != 0);
        if ((observer.kinds >> kind & 1) != 0)
            assert_int_equal(details.size, 0);
    }
    scene->policy->journal.observers = nullptr; /* it is this function's */
    scene->policy->journal.observer_count = 0;
}

static void test_watchers_leave_while_told(void **state)
{
    struct scene *scene = *state;
    struct watch first = {}, second = {}, third = {};

    watch(scene, &third, SHOP);
    watch(scene, &second, SHOP);
    watch(scene, &first, SHOP); /* told first */
    first.leaves = true;
    first.takes_along = &second;
    must_append(scene, (struct order){.kind = VC_ENTRY_READ, .seen = 3});
    assert_int_equal(first.heard, 1);
    assert_int_equal(second.heard, 0);
    assert_int_equal(third.heard, 1);
    must_append(scene, (struct order){.kind = VC_ENTRY_READ, .seen = 3});
    assert_int_equal(first.heard, 1);
    assert_int_equal(third.last, 1);
    vc_journal_unwatch(scene->journal, &third.watcher);
}

/* ---- the tree ---- */

static void test_salted_tree(void **state)
{
    struct scene *scene = *state;
    uint8_t leaves[3][VC_SHA256_SIZE], root[VC_SHA256_SIZE], expected[VC_SHA256_SIZE];
    struct vc_journal *other = nullptr;
    struct vc_bytes entry, details;

    vc_journal_root(scene->journal, root);
    vc_log_empty(expected);
    assert_memory_equal(root, expected, sizeof(root));
    for (size_t i = 0; i < VC_COUNT(leaves); i++) {
        must_append(scene, (struct order){.kind = VC_ENTRY_READ, .seen = 3, .path = "/same"});
        assert_true(vc_journal_at(scene->journal, SHOP, i, &entry, &details));
        vc_log_leaf(entry, leaves[i]);
    }
    assert_memory_not_equal(leaves[0], leaves[1], VC_SHA256_SIZE);
    vc_log_model_root((struct vc_log_model){leaves, VC_COUNT(leaves)}, expected);
    vc_journal_root(scene->journal, root);
    assert_memory_equal(root, expected, sizeof(root));
    assert_int_equal(vc_journal_new(scene->policy, &other, nullptr), VC_OK);
    assert_memory_not_equal(vc_journal_id(other), vc_journal_id(scene->journal),
                            VC_JOURNAL_ID_SIZE);
    vc_journal_free(other);
}

static void test_times_do_not_go_back(void **state)
{
    struct scene *scene = *state;
    const int64_t times[] = {1000, 500, 1001, 0, 3000};
    const char *said[] = {"00:16:40Z", "00:16:40Z", "00:16:41Z", "00:33:20Z", "00:50:00Z"};

    for (size_t i = 0; i < VC_COUNT(times); i++) {
        struct vc_bytes entry, details;

        if (i == 3) /* a receipt, meanwhile */
            assert_int_equal(vc_journal_time(scene->journal, 2000), 2000);
        must_append(scene, (struct order){.kind = VC_ENTRY_READ, .seen = 3, .time = times[i]});
        assert_true(vc_journal_at(scene->journal, SHOP, i, &entry, &details));
        assert_true(contains(entry, said[i]));
    }
    assert_int_equal(vc_journal_time(scene->journal, 0), 3000);
}

/* ---- room ---- */

static size_t fill(struct scene *scene, struct vc_journal_payer payer, enum vc_entry_kind kind)
{
    const struct order order = {.kind = kind, .path = "/some/path"};
    size_t count = 0;
    enum vc_code code = VC_OK;

    while (code == VC_OK) {
        code = append(scene, payer, order, nullptr);
        count += code == VC_OK;
    }
    assert_int_equal(code, VC_LIMIT);
    return count;
}

static void test_shares(void **state)
{
    struct scene *scene = *state;
    struct vc_journal *journal = scene->journal;
    uint64_t share = BYTES / 4, usual = share - share / 4;
    struct vc_err err = {};

    assert_int_equal(vc_journal_check_room(journal, SHOP, usual, &err), VC_OK);
    assert_int_equal(vc_journal_check_room(journal, SHOP, usual + 1, &err), VC_LIMIT);
    assert_string_equal(err.text, "journal.bytes: shop has filled its share");
    assert_int_equal(vc_journal_check_room(journal, SHOP, UINT64_MAX, nullptr), VC_LIMIT);
    assert_true(fill(scene, THE_SHOP, VC_ENTRY_READ) > 500);
    assert_int_equal(vc_journal_check_room(journal, SHOP, 512, nullptr), VC_LIMIT);
    assert_int_equal(vc_journal_check_room(journal, ADVERTISER, usual, nullptr), VC_OK);
    /* what is left is for narrowings, and for the end */
    assert_true(fill(scene, THE_SHOP, VC_ENTRY_NARROWING) > 500);
    assert_int_equal(vc_journal_check_room(journal, ADVERTISER, usual, nullptr), VC_OK);
    assert_true(fill(scene, THE_CONTAINER, VC_ENTRY_ATTESTED) > 500);
    assert_true(fill(scene, THE_CONTAINER, VC_ENTRY_NARROWING) > 500);
    assert_int_equal(append(scene, THE_CONTAINER, (struct order){.kind = VC_ENTRY_ENDED}, nullptr),
                     VC_OK);
    assert_int_equal(append(scene, THE_CONTAINER, (struct order){.kind = VC_ENTRY_ENDED}, nullptr),
                     VC_STATE);
    assert_true(vc_journal_size(journal) * 512 <= BYTES);
}

/* Who narrows over and over cannot be kept from what there are few of, and takes no room for the
 * rest from itself or anybody else. */
static void test_room_for_narrowings(void **state)
{
    struct scene *scene = *state;
    struct vc_journal *journal = scene->journal;
    uint64_t share = BYTES / 4, kept = share / 4 + share / 3;
    uint64_t before;

    assert_int_equal(vc_journal_check_narrowing(journal, SHOP, kept, nullptr), VC_OK);
    assert_int_equal(vc_journal_check_narrowing(journal, SHOP, kept + 1, nullptr), VC_LIMIT);
    assert_true(fill(scene, THE_SHOP, VC_ENTRY_NARROWING) > 500);
    assert_int_equal(vc_journal_check_narrowing(journal, SHOP, 512, nullptr), VC_LIMIT);
    assert_int_equal(vc_journal_check_narrowing(journal, ADVERTISER, kept, nullptr), VC_OK);
    assert_int_equal(vc_journal_check_room(journal, SHOP, share - share / 4, nullptr), VC_OK);
    before = vc_journal_size(journal);
    must_append(scene, (struct order){.kind = VC_ENTRY_NARROWING, .seen = 3, .always = true});
    assert_int_equal(vc_journal_size(journal), before + 1);
    assert_int_equal(append(scene, THE_SHOP, (struct order){.kind = VC_ENTRY_NARROWING}, nullptr),
                     VC_LIMIT);
    assert_int_equal(
        append(scene, THE_ADVERTISER, (struct order){.kind = VC_ENTRY_NARROWING}, nullptr), VC_OK);
}

/* Room that was there is there: what an entry takes is what was asked for. */
static void test_room_is_exact(void **state)
{
    struct scene *scene = *state;
    uint64_t left = BYTES / 4 - BYTES / 16;
    const struct order order = {.kind = VC_ENTRY_READ, .seen = 3, .told = 3, .path = "/p"};

    for (size_t i = 0; i < 100; i++) {
        struct vc_bytes entry, details;

        must_append(scene, order);
        assert_true(vc_journal_at(scene->journal, SHOP, i, &entry, &details));
        left -= entry.size + details.size + VC_JOURNAL_ENTRY_COST;
        assert_int_equal(vc_journal_check_room(scene->journal, SHOP, left, nullptr), VC_OK);
        assert_int_equal(vc_journal_check_room(scene->journal, SHOP, left + 1, nullptr), VC_LIMIT);
    }
}

static void test_refusals_are_said_once(void **state)
{
    struct scene *scene = *state;
    uint64_t index = UINT64_MAX, size;
    struct vc_bytes entry, details;

    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < VC_JOURNAL_REFUSALS_MAX; i++) {
            char path[32];

            (void)snprintf(path, sizeof(path), "/secret/%zu", i);
            assert_int_equal(append(scene, THE_SHOP,
                                    (struct order){.kind = VC_ENTRY_REFUSAL,
                                                   .told = 1u << SHOP,
                                                   .path = path,
                                                   .time = (int64_t)(round * 1000 + i)},
                                    &index),
                             VC_OK);
            assert_int_equal(index, i);
        }
        assert_int_equal(vc_journal_size(scene->journal), VC_JOURNAL_REFUSALS_MAX);
    }
    for (size_t i = 0; i < 1000; i++) {
        char path[32];

        (void)snprintf(path, sizeof(path), "/other/%zu", i);
        assert_int_equal(
            append(scene, THE_SHOP,
                   (struct order){.kind = VC_ENTRY_REFUSAL, .told = 1u << SHOP, .path = path},
                   &index),
            VC_OK);
        assert_int_equal(index, VC_JOURNAL_REFUSALS_MAX);
    }
    size = vc_journal_size(scene->journal);
    assert_int_equal(size, VC_JOURNAL_REFUSALS_MAX + 1);
    assert_true(vc_journal_at(scene->journal, SHOP, size - 1, &entry, &details));
    assert_true(contains(entry, "\"more\":true"));
    assert_false(contains(entry, "/other"));
}

/* ---- cuts ---- */

/* What a cut must be, by recursion over the halves of the next power of two. */
struct model {
    const struct vc_journal_cut *cut;
    const bool *seen;
    const uint8_t (*leaves)[VC_SHA256_SIZE];
    struct vc_buffer *text;
    size_t elements;
};

static bool is_hidden(const struct model *model, uint64_t first, uint64_t count)
{
    uint64_t since = model->cut->since;

    if (count > model->cut->size - first || (first < since && since < first + count))
        return false;
    for (uint64_t i = first; i < first + count; i++) {
        if (i >= since && model->seen[i])
            return false;
    }
    return true;
}

static void expect_range(struct model *model, uint64_t first, uint64_t count)
{
    uint8_t hash[VC_SHA256_SIZE];
    char hex[2 * VC_SHA256_SIZE + 1];

    if (first >= model->cut->size)
        return;
    if (is_hidden(model, first, count)) {
        vc_log_model_root((struct vc_log_model){model->leaves + first, count}, hash);
        vc_hex_encode(VC_BYTES(hash), hex);
        assert_int_equal(vc_buffer_printf(model->text, nullptr, "{\"leaves\":%llu,\"hash\":\"%s\"}",
                                          (unsigned long long)count, hex),
                         VC_OK);
        model->elements++;
    } else if (count == 1) {
        assert_int_equal(
            vc_buffer_printf(model->text, nullptr, "entry %llu;", (unsigned long long)first),
            VC_OK);
        model->elements++;
    } else {
        expect_range(model, first, count / 2);
        expect_range(model, first + count / 2, count / 2);
    }
}

/* The cut, with shown entries by their numbers. */
static void take_cut(struct vc_journal *journal, struct vc_journal_cut cut, struct vc_buffer *text)
{
    while (cut.at < cut.size) {
        vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
        uint64_t at = cut.at;

        assert_int_equal(vc_journal_cut_next(journal, &cut, &json, nullptr), VC_OK);
        if (contains(vc_buffer_bytes(&json), "{\"entry\":"))
            assert_int_equal(vc_buffer_printf(text, nullptr, "entry %llu;", (unsigned long long)at),
                             VC_OK);
        else
            assert_int_equal(vc_buffer_append(text, vc_buffer_bytes(&json), nullptr), VC_OK);
    }
    assert_int_equal(cut.at, cut.size);
}

constexpr size_t ENTRIES = 700;

static size_t compare_cut(struct vc_journal *journal, const struct vc_journal_cut *cut,
                          const bool *seen, const uint8_t (*leaves)[VC_SHA256_SIZE])
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {}, expected = {};
    struct model model = {cut, seen, leaves, &expected, 0};

    take_cut(journal, *cut, &text);
    if (cut->size > 0)
        expect_range(&model, 0, stdc_bit_ceil(cut->size));
    assert_int_equal(text.size, expected.size);
    if (text.size > 0)
        assert_memory_equal(text.data, expected.data, text.size);
    return model.elements;
}

static void test_cuts(void **state)
{
    struct scene *scene = *state;
    static uint8_t leaves[ENTRIES][VC_SHA256_SIZE];
    static bool seen[ENTRIES];
    unsigned seed = 20260107;
    size_t cuts = 0, elements = 0;
    struct vc_journal_cut cut;

    print_message("# seed %u\n", seed);
    srandom(seed);
    for (size_t i = 0; i < ENTRIES; i++) {
        struct vc_bytes entry, details;

        /* long runs of either, and single ones */
        seen[i] = random() % 16 == 0 ? random() % 2 == 0 : i > 0 && seen[i - 1];
        must_append(scene, (struct order){.kind = VC_ENTRY_READ,
                                          .seen = 1u << ADVERTISER | (seen[i] ? 1u << SHOP : 0)});
        assert_true(vc_journal_at(scene->journal, ADVERTISER, i, &entry, &details));
        vc_log_leaf(entry, leaves[i]);
        for (size_t repeat = 0; repeat < 3; repeat++) {
            uint64_t since = repeat == 0 ? 0 : (uint64_t)random() % (i + 2);

            assert_int_equal(vc_journal_cut_init(scene->journal, SHOP, since, &cut, nullptr),
                             VC_OK);
            elements += compare_cut(scene->journal, &cut, seen, leaves);
            cuts++;
        }
    }
    assert_int_equal(vc_journal_cut_init(scene->journal, SHOP, ENTRIES + 1, &cut, nullptr),
                     VC_LIMIT);
    /* one of long ago is still the same */
    cut = (struct vc_journal_cut){.principal = SHOP, .since = 100, .size = 333};
    elements += compare_cut(scene->journal, &cut, seen, leaves);
    print_message("# %zu cuts of %zu elements as the model's\n", cuts + 1, elements);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_visibility, setup, teardown),
        cmocka_unit_test_setup_teardown(test_observers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_watchers_leave_while_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_salted_tree, setup, teardown),
        cmocka_unit_test_setup_teardown(test_times_do_not_go_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shares, setup, teardown),
        cmocka_unit_test_setup_teardown(test_room_for_narrowings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_room_is_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals_are_said_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cuts, setup, teardown),
    };

    return cmocka_run_group_tests_name("journal", tests, nullptr, nullptr);
}
