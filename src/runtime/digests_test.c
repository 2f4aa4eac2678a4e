/* SPDX-License-Identifier: MIT */

#include "runtime/digests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static constexpr uint64_t PATIENCE_MS = 20000;
static const char module_text[] = "module";
static const char model_text[] = "model";

/* One program, which may read one of two pinned files. */
struct scene {
    struct vc_policy policy;
    struct vc_policy_program program;
    struct vc_policy_pin pins[2];
    struct vc_policy_right right;
    struct vc_loop *loop;
    struct vc_tree *tree;
    unsigned told;
    char reason[256]; /* "" if all was well */
};

static struct vc_bytes bytes_of(const char *text)
{
    return (struct vc_bytes){(const uint8_t *)text, strlen(text)};
}

static void scene_init(struct scene *scene)
{
    static char program_name[] = "p";
    static char program_path[] = "/p.wasm";
    static char model_path[] = "/data/model";
    static char other_path[] = "/secret/model";
    static const struct vc_tree_quota quota = {
        .files = 10, .bytes = 1 << 20, .file_bytes = 1 << 20, .depth = 8};

    *scene = (struct scene){};
    scene->program = (struct vc_policy_program){.name = program_name, .path = program_path};
    vc_sha256(bytes_of(module_text), scene->program.sha256);
    scene->pins[0].path = model_path;
    vc_sha256(bytes_of(model_text), scene->pins[0].sha256);
    scene->pins[1].path = other_path;
    scene->right = (struct vc_policy_right){
        .who = {VC_SUBJECT_PROGRAM, 0}, .may = VC_RIGHT_READ, .path = model_path};
    scene->policy = (struct vc_policy){.programs = &scene->program,
                                       .program_count = 1,
                                       .pins = scene->pins,
                                       .pin_count = 2,
                                       .rights = &scene->right,
                                       .right_count = 1};
    assert_int_equal(vc_policy_index_init(&scene->policy.index, &scene->policy, nullptr), VC_OK);
    assert_int_equal(vc_loop_new(&scene->loop, nullptr), VC_OK);
    assert_int_equal(vc_tree_new(&quota, &scene->tree, nullptr), VC_OK);
}

static void scene_done(struct scene *scene)
{
    vc_tree_free(scene->tree);
    vc_loop_free(scene->loop);
    vc_policy_index_done(&scene->policy.index);
}

static void put(struct scene *scene, const char *path, const char *text)
{
    vc_cleanup(vc_blob_unrefp) struct vc_blob *blob = nullptr;
    struct vc_draft *draft = nullptr;

    assert_int_equal(vc_draft_new(1 << 20, &draft, nullptr), VC_OK);
    assert_int_equal(vc_draft_add(draft, bytes_of(text), nullptr), VC_OK);
    assert_int_equal(vc_draft_finish(draft, &blob, nullptr), VC_OK);
    assert_int_equal(vc_tree_put(scene->tree, path, blob, nullptr), VC_OK);
}

static void on_done(void *user, const char *reason)
{
    struct scene *scene = user;

    scene->told++;
    (void)snprintf(scene->reason, sizeof(scene->reason), "%s", reason == nullptr ? "" : reason);
    vc_loop_stop(scene->loop);
}

static void on_late(void *)
{
    fail_msg("no answer");
}

/* True if the answer was there at once. */
static bool ask(struct scene *scene)
{
    const struct vc_digests_order order = {.loop = scene->loop,
                                           .policy = &scene->policy,
                                           .tree = scene->tree,
                                           .done = on_done,
                                           .user = scene};
    struct vc_digests *digests = nullptr;
    struct vc_timer *late = nullptr;

    scene->told = 0;
    assert_int_equal(vc_digests_check(&order, &digests, nullptr), VC_OK);
    if (digests == nullptr)
        return scene->told == 1;
    assert_int_equal(vc_loop_after(scene->loop, PATIENCE_MS, on_late, nullptr, &late, nullptr),
                     VC_OK);
    assert_int_equal(vc_loop_run(scene->loop, nullptr), VC_OK);
    vc_timer_cancel(late);
    assert_int_equal(scene->told, 1);
    return false;
}

static const struct row {
    const char *name;
    const char *module, *model, *other; /* null: not there */
    const char *reason;
} rows[] = {
    {"as promised", module_text, model_text, nullptr, ""},
    {"nothing pinned is there", module_text, nullptr, nullptr, ""},
    {"another module", "modulE", model_text, nullptr,
     "/p.wasm: not the content that the policy names"},
    {"another pinned file", module_text, "modem", nullptr,
     "/data/model: not the content that the policy names"},
    {"an empty pinned file", module_text, "", nullptr,
     "/data/model: not the content that the policy names"},
    {"another one that it may not read", module_text, model_text, "x", ""},
};

static void test_rows(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct scene scene;

        scene_init(&scene);
        put(&scene, "/p.wasm", row->module);
        if (row->model != nullptr)
            put(&scene, "/data/model", row->model);
        if (row->other != nullptr)
            put(&scene, "/secret/model", row->other);
        assert_false(ask(&scene)); /* hashed off the loop */
        assert_string_equal(scene.reason, row->reason);
        assert_true(ask(&scene)); /* and remembered, whatever was found */
        assert_string_equal(scene.reason, row->reason);
        scene_done(&scene);
    }
}

/* A new content is hashed anew. */
static void test_replaced(void **)
{
    struct scene scene;

    scene_init(&scene);
    put(&scene, "/p.wasm", module_text);
    put(&scene, "/data/model", model_text);
    assert_false(ask(&scene));
    assert_string_equal(scene.reason, "");
    put(&scene, "/data/model", "other");
    assert_false(ask(&scene));
    assert_string_equal(scene.reason, "/data/model: not the content that the policy names");
    scene_done(&scene);
}

static void test_cancelled(void **)
{
    struct scene scene;
    struct vc_digests *digests = nullptr;

    scene_init(&scene);
    put(&scene, "/p.wasm", module_text);
    assert_int_equal(vc_digests_check(&(struct vc_digests_order){.loop = scene.loop,
                                                                 .policy = &scene.policy,
                                                                 .tree = scene.tree,
                                                                 .done = on_done,
                                                                 .user = &scene},
                                      &digests, nullptr),
                     VC_OK);
    assert_non_null(digests);
    vc_digests_cancel(digests);
    vc_digests_cancel(nullptr);
    assert_int_equal(scene.told, 0);
    scene_done(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_cancelled),
    };

    return cmocka_run_group_tests_name("digests", tests, nullptr, nullptr);
}
