/* SPDX-License-Identifier: MIT */

/* Without memory nothing changes: each allocation that a narrowing makes fails in its turn, and
 * what is in force is what it was, to the digest. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/force.h"
#include "policy/force_scene.h"

void *__real_calloc(size_t count, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);

/* How many allocations go well until one does not; 0: all of them do. */
static size_t until_failure;

static bool fails(void)
{
    return until_failure > 0 && --until_failure == 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? nullptr : __real_calloc(count, size);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
    return fails() ? nullptr : __real_reallocarray(old, count, size);
}

enum { POLICIES = 60, NARROWINGS = 20 };

static void digest_of(const struct vc_force *force, uint8_t digest[VC_SHA256_SIZE])
{
    assert_int_equal(vc_force_digest(force, digest, nullptr), VC_OK);
}

/* Returns how often it failed before it went well. */
static size_t narrow(struct vc_force *force, const struct vc_narrowing *narrowing)
{
    uint64_t version = vc_force_version(force);
    uint8_t before[VC_SHA256_SIZE];
    uint8_t after[VC_SHA256_SIZE];

    digest_of(force, before);
    for (size_t turn = 1;; turn++) {
        struct vc_err err = {};
        bool changed = false;
        enum vc_code code;

        until_failure = turn;
        code = vc_force_narrow(force, narrowing, &changed, &err);
        until_failure = 0;
        if (code == VC_OK)
            return turn - 1;
        assert_int_equal(code, VC_MEMORY);
        assert_false(changed);
        digest_of(force, after);
        assert_memory_equal(before, after, sizeof(after));
        assert_true(vc_force_version(force) == version);
    }
}

static size_t play(struct vc_scene *scene, uint64_t seed)
{
    vc_cleanup(vc_force_freep) struct vc_force *force = nullptr;
    vc_cleanup(vc_force_freep) struct vc_force *calm = nullptr;
    uint8_t digests[2][VC_SHA256_SIZE];
    size_t failures = 0;

    vc_scene_init(scene, seed);
    assert_int_equal(vc_force_new(&scene->policy, &force, nullptr), VC_OK);
    assert_int_equal(vc_force_new(&scene->policy, &calm, nullptr), VC_OK);
    for (size_t i = 0; i < NARROWINGS; i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        struct vc_model_intent intent;
        struct vc_narrowing narrowing;
        bool changed;

        vc_scene_intend(scene, 0, false, &intent);
        vc_scene_spell(scene, &intent, &text);
        assert_int_equal(
            vc_narrowing_parse(&scene->policy, vc_buffer_bytes(&text), &narrowing, nullptr), VC_OK);
        failures += narrow(force, &narrowing);
        assert_int_equal(vc_force_narrow(calm, &narrowing, &changed, nullptr), VC_OK);
        digest_of(force, digests[0]);
        digest_of(calm, digests[1]);
        assert_memory_equal(digests[0], digests[1], sizeof(digests[0]));
    }
    vc_scene_done(scene);
    return failures;
}

static void test_narrowing(void **)
{
    struct vc_scene *scene = malloc(sizeof(*scene));
    size_t failures = 0;

    assert_non_null(scene);
    for (uint64_t i = 0; i < POLICIES; i++)
        failures += play(scene, i);
    free(scene);
    print_message("# %zu allocations failed\n", failures);
    assert_true(failures > POLICIES);
}

static void test_new(void **)
{
    struct vc_scene *scene = malloc(sizeof(*scene));
    struct vc_force *force = nullptr;
    size_t failures = 0;

    assert_non_null(scene);
    vc_scene_init(scene, 1);
    do {
        until_failure = ++failures;
    } while (vc_force_new(&scene->policy, &force, nullptr) == VC_MEMORY);
    until_failure = 0;
    assert_int_equal(failures, 5); /* four of them, and then it goes well */
    assert_non_null(force);
    vc_force_free(force);
    vc_scene_done(scene);
    free(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_narrowing),
                                       cmocka_unit_test(test_new)};

    return cmocka_run_group_tests_name("force memory", tests, nullptr, nullptr);
}
