/* SPDX-License-Identifier: MIT */

#include "runtime/contents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static constexpr uint64_t PATIENCE_MS = 20000;
static constexpr size_t WAITERS_MAX = 4;

struct scene {
    struct vc_loop *loop;
    struct vc_contents *contents;
    struct vc_contents_waiter waiters[WAITERS_MAX];
    size_t waiting;
    char order[WAITERS_MAX + 1]; /* in which they were told */
    struct vc_contents_waiter *leaves;
};

/* What a waiter is told with. */
struct told {
    struct scene *scene;
    char letter;
};

static struct vc_blob *blob_of(uint8_t fill, size_t size)
{
    struct vc_draft *draft = nullptr;
    struct vc_blob *blob = nullptr;
    uint8_t *bytes = malloc(size + 1);

    memset(bytes, fill, size);
    assert_int_equal(vc_draft_new(size, &draft, nullptr), VC_OK);
    assert_int_equal(vc_draft_add(draft, (struct vc_bytes){bytes, size}, nullptr), VC_OK);
    assert_int_equal(vc_draft_finish(draft, &blob, nullptr), VC_OK);
    free(bytes);
    return blob;
}

static void assert_known(struct vc_blob *blob)
{
    uint8_t found[VC_SHA256_SIZE];
    uint8_t wanted[VC_SHA256_SIZE];
    struct vc_bytes bytes;

    assert_true(vc_blob_digest(blob, found));
    assert_int_equal(vc_blob_bytes(blob, &bytes, nullptr), VC_OK);
    vc_sha256(bytes, wanted);
    assert_memory_equal(found, wanted, sizeof(found));
}

static void scene_init(struct scene *scene)
{
    *scene = (struct scene){};
    assert_int_equal(vc_loop_new(&scene->loop, nullptr), VC_OK);
    assert_int_equal(vc_contents_new(scene->loop, &scene->contents, nullptr), VC_OK);
}

static void scene_done(struct scene *scene)
{
    vc_contents_free(scene->contents);
    vc_loop_free(scene->loop);
}

static void on_known(void *user, enum vc_code code, const struct vc_err *)
{
    struct told *told = user;
    struct scene *scene = told->scene;

    assert_int_equal(code, VC_OK);
    scene->order[strlen(scene->order)] = told->letter;
    if (scene->leaves != nullptr) {
        vc_contents_leave(scene->contents, scene->leaves);
        scene->leaves = nullptr;
        scene->waiting--;
    }
    if (--scene->waiting == 0)
        vc_loop_stop(scene->loop);
}

static void on_late(void *)
{
    fail_msg("no answer");
}

static void run(struct scene *scene)
{
    struct vc_timer *late = nullptr;

    assert_int_equal(vc_loop_after(scene->loop, PATIENCE_MS, on_late, nullptr, &late, nullptr),
                     VC_OK);
    assert_int_equal(vc_loop_run(scene->loop, nullptr), VC_OK);
    vc_timer_cancel(late);
}

static bool await(struct scene *scene, struct told *told, struct vc_blob *blob)
{
    struct vc_contents_waiter *waiter = &scene->waiters[scene->waiting];
    bool now = false;

    *waiter = (struct vc_contents_waiter){.known = on_known, .user = told};
    assert_int_equal(vc_contents_await(scene->contents, blob, waiter, &now, nullptr), VC_OK);
    scene->waiting += !now;
    return now;
}

static void test_small_at_once(void **)
{
    static const size_t sizes[] = {0, 1, 4096, VC_CONTENTS_AT_ONCE};
    struct scene scene;

    scene_init(&scene);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        vc_cleanup(vc_blob_unrefp) struct vc_blob *blob = blob_of(7, sizes[i]);
        struct told told = {&scene, 'a'};

        assert_true(await(&scene, &told, blob));
        assert_known(blob);
    }
    scene_done(&scene);
}

/* Two contents, and three who wait: those of one content are told together, and nobody is told of
 * one that is known. */
static void test_large_one_after_the_other(void **)
{
    struct scene scene;
    vc_cleanup(vc_blob_unrefp) struct vc_blob *first = blob_of(1, VC_CONTENTS_AT_ONCE + 1);
    vc_cleanup(vc_blob_unrefp) struct vc_blob *second = blob_of(2, 3 << 20);
    struct told a = {&scene, 'a'}, b = {&scene, 'b'}, c = {&scene, 'c'};

    scene_init(&scene);
    assert_false(await(&scene, &a, first));
    assert_false(await(&scene, &b, second));
    assert_false(await(&scene, &c, first));
    run(&scene);
    assert_string_equal(scene.order, "acb");
    assert_known(first);
    assert_known(second);
    assert_true(await(&scene, &a, second));
    scene_done(&scene);
}

static void test_leaves_while_told(void **)
{
    struct scene scene;
    vc_cleanup(vc_blob_unrefp) struct vc_blob *first = blob_of(1, VC_CONTENTS_AT_ONCE + 1);
    struct told a = {&scene, 'a'}, b = {&scene, 'b'}, c = {&scene, 'c'};

    scene_init(&scene);
    assert_false(await(&scene, &a, first));
    assert_false(await(&scene, &b, first));
    assert_false(await(&scene, &c, first));
    scene.leaves = &scene.waiters[1];
    run(&scene);
    assert_string_equal(scene.order, "ac");
    scene_done(&scene);
}

/* Ended in the middle, nobody is called, and nothing is left behind. */
static void test_freed_while_waiting(void **)
{
    struct scene scene;
    vc_cleanup(vc_blob_unrefp) struct vc_blob *first = blob_of(1, 64 << 20);
    vc_cleanup(vc_blob_unrefp) struct vc_blob *second = blob_of(2, VC_CONTENTS_AT_ONCE + 1);
    struct told a = {&scene, 'a'}, b = {&scene, 'b'};

    scene_init(&scene);
    assert_false(await(&scene, &a, first));
    assert_false(await(&scene, &b, second));
    scene_done(&scene);
    assert_string_equal(scene.order, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_at_once),
        cmocka_unit_test(test_large_one_after_the_other),
        cmocka_unit_test(test_leaves_while_told),
        cmocka_unit_test(test_freed_while_waiting),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
