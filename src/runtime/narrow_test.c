/* SPDX-License-Identifier: MIT */

/* Where the policy in force changes: who is told, when, and of what nothing is kept. */

#include "runtime/narrow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/fixture.h"
#include "runtime/read_once.h"

static const char RULES[] =
    "\"narrowing\": [{\"principal\": \"shop\", \"may\": [\"take\", \"read_once\"], \"path\": "
    "\"/\"}, {\"principal\": \"shop\", \"may\": [\"expires\", \"freeze_inputs\"]}], \"storage\"";

struct scene {
    struct vc_fixture *fixture;
    struct vc_policy *policy;
    struct vc_narrower *narrower;
    size_t advertiser, shop;
    struct vc_narrower_watcher first, second, third;
    char told[16]; /* by whom, in order */
    size_t told_count;
    int64_t time;
};

static int64_t now(void *user)
{
    return ((struct scene *)user)->time;
}

static void tell(struct scene *scene, char who)
{
    assert_true(scene->told_count + 1 < sizeof(scene->told));
    scene->told[scene->told_count++] = who;
    scene->told[scene->told_count] = '\0';
}

static void on_first(void *user, const struct vc_narrowed *)
{
    tell(user, '1');
}

/* Leaves while it is told, and takes the next one with it. */
static void on_second(void *user, const struct vc_narrowed *)
{
    struct scene *scene = user;

    tell(scene, '2');
    vc_narrower_unwatch(scene->narrower, &scene->second);
    vc_narrower_unwatch(scene->narrower, &scene->third);
}

static void on_third(void *user, const struct vc_narrowed *)
{
    tell(user, '3');
}

static int set_up(void **state)
{
    static struct scene scene;
    struct vc_narrower_setup setup = {.now = now, .user = &scene};

    scene = (struct scene){.time = 1000};
    assert_int_equal(vc_fixture_setup((void **)&scene.fixture), 0);
    scene.policy = vc_fixture_policy(scene.fixture, "\"storage\"", RULES);
    setup.policy = scene.policy;
    assert_true(vc_policy_find_principal(scene.policy, "advertiser", &scene.advertiser));
    assert_true(vc_policy_find_principal(scene.policy, "shop", &scene.shop));
    assert_int_equal(vc_narrower_new(&setup, &scene.narrower, nullptr), VC_OK);
    scene.first = (struct vc_narrower_watcher){.changed = on_first, .user = &scene};
    scene.second = (struct vc_narrower_watcher){.changed = on_second, .user = &scene};
    scene.third = (struct vc_narrower_watcher){.changed = on_third, .user = &scene};
    *state = &scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    vc_narrower_free(scene->narrower);
    vc_policy_free(scene->policy);
    return vc_fixture_teardown((void **)&scene->fixture);
}

static enum vc_code narrow(struct scene *scene, size_t principal, const char *text, bool *changed,
                           struct vc_err *err)
{
    struct vc_narrowing narrowing;
    const struct vc_narrow_request request = {
        .who = {VC_SUBJECT_PRINCIPAL, principal},
        .principal = principal,
        .narrowing = &narrowing,
    };
    enum vc_code code = vc_narrowing_parse(
        scene->policy, (struct vc_bytes){(const uint8_t *)text, strlen(text)}, &narrowing, err);

    if (code != VC_OK)
        return code;
    return vc_narrower_narrow(scene->narrower, &request, changed, nullptr, err);
}

static const char FREEZE[] = "{\"freeze_inputs\": true}";

static void count(void *user, const struct vc_narrowed *narrowed)
{
    assert_int_equal(narrowed->time, 1000);
    ++*(size_t *)user;
}

static size_t kept(const struct scene *scene)
{
    size_t number = 0;

    vc_narrower_each(scene->narrower, count, &number);
    return number;
}

static void test_who_watches_is_told(void **state)
{
    struct scene *scene = *state;
    bool changed = false;

    vc_narrower_watch(scene->narrower, &scene->first);
    vc_narrower_watch(scene->narrower, &scene->second);
    vc_narrower_watch(scene->narrower, &scene->third);
    assert_int_equal(narrow(scene, scene->shop, FREEZE, &changed, nullptr), VC_OK);
    assert_true(changed);
    assert_string_equal(scene->told, "12");
    assert_int_equal(
        narrow(scene, scene->shop, "{\"expires\": \"2026-12-01T00:00:00Z\"}", &changed, nullptr),
        VC_OK);
    assert_true(changed);
    assert_string_equal(scene->told, "121");
    assert_int_equal(kept(scene), 2);
    vc_narrower_unwatch(scene->narrower, &scene->first);
}

static void test_what_changes_nothing_is_no_event(void **state)
{
    struct scene *scene = *state;
    bool changed = true;

    vc_narrower_watch(scene->narrower, &scene->first);
    assert_int_equal(narrow(scene, scene->shop, FREEZE, &changed, nullptr), VC_OK);
    assert_int_equal(narrow(scene, scene->shop, FREEZE, &changed, nullptr), VC_OK);
    assert_false(changed);
    assert_int_equal(kept(scene), 1);
    assert_string_equal(scene->told, "1");
}

static void test_refusals_change_nothing(void **state)
{
    static const struct {
        const char *name;
        bool shop;
        const char *text;
        enum vc_code code;
    } rows[] = {
        {"no rule", false, FREEZE, VC_REFUSED},
        {"no JSON", true, "freeze", VC_MALFORMED},
        {"nobody", true,
         "{\"take\": {\"may\": [\"read\"], \"path\": \"/x\", \"from\": [{\"principal\": "
         "\"eve\"}]}}",
         VC_NOT_FOUND},
    };
    struct scene *scene = *state;
    uint64_t version = vc_force_version(vc_narrower_force(scene->narrower));

    vc_narrower_watch(scene->narrower, &scene->first);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        bool changed = false;
        size_t who = rows[i].shop ? scene->shop : scene->advertiser;

        printf("# %s\n", rows[i].name);
        assert_int_equal(narrow(scene, who, rows[i].text, &changed, nullptr), rows[i].code);
        assert_false(changed);
    }
    assert_int_equal(vc_force_version(vc_narrower_force(scene->narrower)), version);
    assert_int_equal(kept(scene), 0);
    assert_string_equal(scene->told, "");
}

static void test_what_was_read_once_is_read(void **state)
{
    struct scene *scene = *state;
    const struct vc_force *force = vc_narrower_force(scene->narrower);
    const struct vc_subject shop = {VC_SUBJECT_PRINCIPAL, scene->shop};
    bool changed = false;

    assert_false(vc_force_reads_once(force, "/output/sum.txt"));
    assert_int_equal(vc_force_decide(force, shop, VC_RIGHT_READ, "/output/sum.txt", nullptr),
                     VC_OK);
    assert_int_equal(narrow(scene, scene->shop, "{\"read_once\": {\"path\": \"/output/sum.txt\"}}",
                            &changed, nullptr),
                     VC_OK);
    assert_true(vc_force_reads_once(force, "/output/sum.txt"));
    assert_int_equal(
        vc_narrower_note_read(scene->narrower, scene->shop, "/output/sum.txt", nullptr), VC_OK);
    assert_int_equal(vc_force_decide(force, shop, VC_RIGHT_READ, "/output/sum.txt", nullptr),
                     VC_REFUSED);
    assert_int_equal(kept(scene), 2);
}

/* ---- which version */

static void test_one_version(void **)
{
    vc_cleanup(vc_read_once_done) struct vc_read_once once = {};
    struct vc_err err = {};

    assert_int_equal(vc_read_once_claim(&once, 1, "/a", 7, nullptr), VC_OK);
    assert_int_equal(vc_read_once_claim(&once, 1, "/a", 7, nullptr), VC_OK);
    assert_int_equal(vc_read_once_claim(&once, 2, "/a", 8, nullptr), VC_OK);
    assert_int_equal(vc_read_once_claim(&once, 1, "/b", 8, nullptr), VC_OK);
    assert_int_equal(vc_read_once_claim(&once, 1, "/a", 8, &err), VC_STATE);
    assert_string_equal(err.text,
                        "/a is read once, and you have begun to read another version of it");
    vc_read_once_forget(&once, 1, "/a");
    vc_read_once_forget(&once, 1, "/a");
    assert_int_equal(vc_read_once_claim(&once, 1, "/a", 8, nullptr), VC_OK);
    assert_int_equal(vc_read_once_claim(&once, 2, "/a", 9, nullptr), VC_STATE);
}

static void test_not_without_end(void **)
{
    vc_cleanup(vc_read_once_done) struct vc_read_once once = {};

    for (size_t i = 0; i < VC_READ_ONCE_OF_ONE_MAX; i++) {
        char path[32];

        (void)snprintf(path, sizeof(path), "/%zu", i);
        assert_int_equal(vc_read_once_claim(&once, 1, path, 7, nullptr), VC_OK);
    }
    assert_int_equal(vc_read_once_claim(&once, 1, "/more", 7, nullptr), VC_LIMIT);
    assert_int_equal(vc_read_once_claim(&once, 2, "/more", 7, nullptr), VC_OK);
}

/* ---- parts ---- */

static bool take_from_itself(struct scene *scene, size_t principal, const char *path,
                             struct vc_err *err)
{
    char text[400];
    bool changed = false;

    (void)snprintf(text, sizeof(text),
                   "{\"take\": {\"may\": [\"write\"], \"path\": \"%s\", \"from\": "
                   "[{\"principal\": \"%s\"}]}}",
                   path, scene->policy->principals[principal].name);
    return narrow(scene, principal, text, &changed, err) == VC_OK && changed;
}

/* How often one may who has no rule for it, until it may not. */
static size_t narrow_without_end(struct scene *scene, const char *above, size_t most)
{
    struct vc_err err = {};
    char path[256];

    for (size_t i = 0; i <= most; i++) {
        (void)snprintf(path, sizeof(path), "%s/%zu", above, i);
        if (!take_from_itself(scene, scene->shop, path, &err)) {
            assert_int_equal(err.code, VC_LIMIT);
            return i;
        }
    }
    fail_msg("it may for ever");
    return 0;
}

/* Others still may; and what cannot be kept from being done is done. */
static void check_others(struct scene *scene)
{
    struct vc_err err = {};
    bool changed = false;

    assert_true(take_from_itself(scene, scene->advertiser, "/input/viewers.csv", &err));
    assert_int_equal(narrow(scene, scene->shop, FREEZE, &changed, &err), VC_OK);
    assert_true(changed);
    assert_int_equal(
        vc_narrower_check_read(scene->narrower, scene->advertiser, "/output/sum.txt", &err), VC_OK);
    assert_int_equal(vc_narrower_note_read(scene->narrower, scene->shop, "/output/sum.txt", &err),
                     VC_OK);
}

static void test_parts(void **state)
{
    struct scene *scene = *state;
    size_t most = VC_NARROWINGS_MAX / scene->policy->principal_count;
    struct vc_err err = {};

    assert_int_equal(narrow_without_end(scene, "/input/buyers", most), most);
    assert_int_equal(vc_narrower_check_read(scene->narrower, scene->shop, "/output/sum.txt", &err),
                     VC_LIMIT);
    check_others(scene);
}

static void test_parts_of_names(void **state)
{
    static const char deep[] = "/input/buyers/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x";
    struct scene *scene = *state;
    size_t most = VC_NARROWING_NAMES_MAX / scene->policy->principal_count / 27;

    assert_int_equal(narrow_without_end(scene, deep, most), most);
    check_others(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_watches_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_changes_nothing_is_no_event, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refusals_change_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_read_once_is_read, set_up, tear_down),
        cmocka_unit_test(test_one_version),
        cmocka_unit_test(test_not_without_end),
        cmocka_unit_test_setup_teardown(test_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parts_of_names, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("narrow", tests, nullptr, nullptr);
}
