/* SPDX-License-Identifier: MIT */

/* Random changes to a tree and its snapshots, beside a naive model: a list of paths without order,
 * looked through from end to end. The seed is printed; VC_TEST_SEED repeats a failure. */

#include "vfs/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static constexpr size_t NODES_MAX = 40;
static constexpr unsigned ROUNDS = 300;
static constexpr unsigned STEPS = 60;
static const struct vc_tree_quota quota = {
    .files = NODES_MAX, .bytes = 1 << 20, .file_bytes = 1 << 20, .depth = 4};

struct model_node {
    char path[64];
    enum vc_node_kind kind;
    char content[16]; /* or the link's text */
};

struct model {
    struct model_node nodes[NODES_MAX];
    size_t count;
};

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Few names, so that they meet; some begin alike, and '-' comes before '/'. */
static void random_path(uint64_t *seed, char out[64])
{
    static const char *const names[] = {"a", "b", "a-", "a.b", "aa", "~"};
    size_t depth = 1 + next(seed) % 5; /* one more than the quota */

    out[0] = '\0';
    for (size_t i = 0; i < depth; i++) {
        strcat(out, "/");
        strcat(out, names[next(seed) % VC_COUNT(names)]);
    }
}

/* ---- the model ---- */

static struct model_node *model_find(struct model *model, const char *path)
{
    for (size_t i = 0; i < model->count; i++) {
        if (strcmp(model->nodes[i].path, path) == 0)
            return &model->nodes[i];
    }
    return nullptr;
}

static size_t depth_of(const char *path)
{
    size_t depth = 0;

    for (; *path != '\0'; path++)
        depth += *path == '/';
    return depth;
}

/* How many directories are missing above; -1: something else is there. */
static int model_missing(struct model *model, const char *path)
{
    char parent[VC_PATH_MAX];
    int missing = 0;

    for (vc_path_parent(path, parent); strcmp(parent, "/") != 0; vc_path_parent(parent, parent)) {
        const struct model_node *node = model_find(model, parent);

        if (node != nullptr && node->kind != VC_NODE_IS_DIRECTORY)
            return -1;
        missing += node == nullptr;
    }
    return missing;
}

static bool model_empty(struct model *model, const char *path)
{
    for (size_t i = 0; i < model->count; i++) {
        if (vc_path_within(model->nodes[i].path, path) && strcmp(model->nodes[i].path, path) != 0)
            return false;
    }
    return true;
}

static void model_drop(struct model *model, const char *path)
{
    struct model_node *node = model_find(model, path);

    *node = model->nodes[--model->count];
}

static struct model_node *model_make(struct model *model, const char *path, enum vc_node_kind kind)
{
    char parent[VC_PATH_MAX];
    struct model_node *node;

    vc_path_parent(path, parent);
    if (strcmp(parent, "/") != 0 && model_find(model, parent) == nullptr)
        (void)model_make(model, parent, VC_NODE_IS_DIRECTORY);
    node = &model->nodes[model->count++];
    *node = (struct model_node){.kind = kind};
    strcpy(node->path, path);
    return node;
}

static bool model_put(struct model *model, const char *path, enum vc_node_kind kind,
                      const char *content)
{
    struct model_node *node = model_find(model, path);
    int missing = model_missing(model, path);

    if (missing < 0 || depth_of(path) > quota.depth)
        return false;
    if (node != nullptr && (node->kind == VC_NODE_IS_DIRECTORY || kind == VC_NODE_IS_DIRECTORY))
        return false;
    if (node == nullptr && model->count + (size_t)missing + 1 > NODES_MAX)
        return false;
    if (node == nullptr)
        node = model_make(model, path, kind);
    node->kind = kind;
    strcpy(node->content, content);
    return true;
}

static bool model_remove(struct model *model, const char *path)
{
    if (model_find(model, path) == nullptr || !model_empty(model, path))
        return false;
    model_drop(model, path);
    return true;
}

static bool model_may_rename(struct model *model, const char *from, const char *to)
{
    const struct model_node *node = model_find(model, from);
    const struct model_node *there = model_find(model, to);
    char parent[VC_PATH_MAX];
    bool directory;

    vc_path_parent(to, parent);
    if (node == nullptr || vc_path_within(to, from))
        return false;
    if (strcmp(parent, "/") != 0 && (model_find(model, parent) == nullptr ||
                                     model_find(model, parent)->kind != VC_NODE_IS_DIRECTORY))
        return false;
    directory = node->kind == VC_NODE_IS_DIRECTORY;
    if (there != nullptr && (directory != (there->kind == VC_NODE_IS_DIRECTORY) ||
                             (directory && !model_empty(model, to))))
        return false;
    for (size_t i = 0; i < model->count; i++) {
        if (vc_path_within(model->nodes[i].path, from) &&
            depth_of(model->nodes[i].path) - depth_of(from) + depth_of(to) > quota.depth)
            return false;
    }
    return true;
}

static bool model_rename(struct model *model, const char *from, const char *to)
{
    if (strcmp(from, to) == 0)
        return model_find(model, from) != nullptr;
    if (!model_may_rename(model, from, to))
        return false;
    if (model_find(model, to) != nullptr)
        model_drop(model, to);
    for (size_t i = 0; i < model->count; i++) {
        char path[128];

        if (!vc_path_within(model->nodes[i].path, from))
            continue;
        (void)snprintf(path, sizeof(path), "%s%s", to, model->nodes[i].path + strlen(from));
        strcpy(model->nodes[i].path, path);
    }
    return true;
}

/* ---- both ---- */

static struct vc_blob *blob_of(const char *text)
{
    struct vc_draft *draft = nullptr;
    struct vc_blob *blob = nullptr;

    assert_int_equal(vc_draft_new(1000, &draft, nullptr), VC_OK);
    assert_int_equal(
        vc_draft_add(draft, (struct vc_bytes){(const uint8_t *)text, strlen(text)}, nullptr),
        VC_OK);
    assert_int_equal(vc_draft_finish(draft, &blob, nullptr), VC_OK);
    return blob;
}

static void step(struct vc_tree *tree, struct model *model, uint64_t *seed)
{
    char path[64];
    char other[64];
    char text[16];
    struct vc_blob *blob;
    enum vc_code code = VC_OK;
    bool expected = true;

    random_path(seed, path);
    random_path(seed, other);
    (void)snprintf(text, sizeof(text), "%u", (unsigned)(next(seed) % 1000));
    switch (next(seed) % 6) {
    case 0:
    case 1:
        blob = blob_of(text);
        code = vc_tree_put(tree, path, blob, nullptr);
        vc_blob_unref(blob);
        expected = model_put(model, path, VC_NODE_IS_FILE, text);
        break;
    case 2:
        code = vc_tree_put_link(tree, path, text, nullptr);
        expected = model_put(model, path, VC_NODE_IS_LINK, text);
        break;
    case 3:
        code = vc_tree_make_directory(tree, path, nullptr);
        expected = model_put(model, path, VC_NODE_IS_DIRECTORY, "");
        break;
    case 4:
        code = vc_tree_remove(tree, path, nullptr);
        expected = model_remove(model, path);
        break;
    default:
        code = vc_tree_rename(tree, path, other, nullptr);
        expected = model_rename(model, path, other);
        break;
    }
    if ((code == VC_OK) != expected)
        fail_msg("%s, %s: %s", path, other, vc_code_name(code));
}

struct seen {
    struct model *model;
    size_t count;
    const char *before;
    uint64_t bytes;
};

static bool compare_node(void *user, const struct vc_node *node)
{
    struct seen *seen = user;
    const struct model_node *expected = model_find(seen->model, node->path);
    const char *content = node->target;
    struct vc_bytes bytes;

    if (expected == nullptr || expected->kind != node->kind)
        fail_msg("%s: not what the model has", node->path);
    if (node->kind == VC_NODE_IS_FILE) {
        assert_int_equal(vc_blob_bytes(node->blob, &bytes, nullptr), VC_OK);
        assert_int_equal(bytes.size, strlen(expected->content));
        assert_memory_equal(bytes.data, expected->content, bytes.size);
    } else if (node->kind == VC_NODE_IS_LINK) {
        assert_string_equal(content, expected->content);
    }
    seen->bytes += strlen(expected->content);
    seen->count++;
    return true;
}

static void compare(const struct vc_tree *tree, struct model *model)
{
    struct seen seen = {.model = model};

    (void)vc_tree_walk(tree, "/", compare_node, &seen);
    assert_int_equal(seen.count, model->count);
    assert_int_equal(vc_tree_file_count(tree), model->count);
    assert_int_equal(vc_tree_byte_count(tree), seen.bytes);
    for (size_t i = 0; i < model->count; i++)
        assert_non_null(vc_tree_find(tree, model->nodes[i].path));
}

/* The tree itself is changed, then a snapshot of all of it, which is merged. */
static void round_of(uint64_t *seed)
{
    static const struct vc_tree_part all[] = {{"/", VC_PART_TREE}};
    struct vc_tree *tree = nullptr;
    struct vc_tree *run = nullptr;
    struct model model = {};

    assert_int_equal(vc_tree_new(&quota, &tree, nullptr), VC_OK);
    for (unsigned i = 0; i < STEPS; i++)
        step(tree, &model, seed);
    compare(tree, &model);
    assert_int_equal(vc_tree_snapshot(tree, all, VC_COUNT(all), &run, nullptr), VC_OK);
    compare(run, &model);
    for (unsigned i = 0; i < STEPS; i++)
        step(run, &model, seed);
    compare(run, &model);
    assert_int_equal(vc_tree_merge(tree, run, nullptr), VC_OK);
    compare(tree, &model);
    vc_tree_free(run);
    vc_tree_free(tree);
}

static void test_like_the_model(void **)
{
    const char *given = getenv("VC_TEST_SEED");
    uint64_t seed = given != nullptr ? strtoull(given, nullptr, 10) : (uint64_t)time(nullptr) | 1;

    print_message("# VC_TEST_SEED=%ju\n", (uintmax_t)seed);
    for (unsigned i = 0; i < ROUNDS; i++)
        round_of(&seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_like_the_model)};

    return cmocka_run_group_tests_name("tree_model", tests, nullptr, nullptr);
}
