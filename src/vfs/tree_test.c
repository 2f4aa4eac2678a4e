/* SPDX-License-Identifier: MIT */

#include "vfs/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct vc_tree_quota quota = {.files = 8, .bytes = 100, .file_bytes = 60};

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

static struct vc_tree *tree_new(void)
{
    struct vc_tree *tree = nullptr;

    assert_int_equal(vc_tree_new(&quota, &tree, nullptr), VC_OK);
    return tree;
}

static enum vc_code put(struct vc_tree *tree, const char *path, const char *text)
{
    struct vc_blob *blob = blob_of(text);
    enum vc_code code = vc_tree_put(tree, path, blob, nullptr);

    vc_blob_unref(blob);
    return code;
}

static void assert_content(const struct vc_tree *tree, const char *path, const char *text)
{
    const struct vc_node *node = vc_tree_find(tree, path);
    struct vc_bytes bytes;

    assert_non_null(node);
    assert_int_equal(vc_blob_bytes(node->blob, &bytes, nullptr), VC_OK);
    assert_int_equal(bytes.size, strlen(text));
    if (bytes.size > 0)
        assert_memory_equal(bytes.data, text, bytes.size);
}

static bool append_name(void *user, const struct vc_node *node)
{
    char *names = user;

    strcat(names, vc_path_name(node->path));
    strcat(names, " ");
    return true;
}

static void test_put_find_list(void **)
{
    struct vc_tree *tree = tree_new();
    char names[200] = "";

    assert_int_equal(put(tree, "/a/c", "one"), VC_OK);
    assert_int_equal(put(tree, "/a-b", "two"), VC_OK);
    assert_int_equal(put(tree, "/a/b/x", "three"), VC_OK);
    assert_content(tree, "/a/c", "one");
    assert_int_equal(vc_tree_find(tree, "/a")->kind, VC_NODE_IS_DIRECTORY);
    assert_null(vc_tree_find(tree, "/a/d"));
    assert_true(vc_tree_list(tree, "/", 0, append_name, names));
    assert_string_equal(names, "a a-b ");
    names[0] = '\0';
    assert_true(vc_tree_list(tree, "/a", 0, append_name, names));
    assert_string_equal(names, "b c ");
    names[0] = '\0';
    assert_true(vc_tree_list(tree, "/a", 1, append_name, names));
    assert_string_equal(names, "c ");
    assert_false(vc_tree_list(tree, "/a/c", 0, append_name, names));
    assert_int_equal(vc_tree_byte_count(tree), 11);
    assert_int_equal(put(tree, "/a/c", "longer"), VC_OK);
    assert_int_equal(vc_tree_byte_count(tree), 14);
    vc_tree_free(tree);
}

static void test_refusals(void **)
{
    struct vc_tree *tree = tree_new();

    assert_int_equal(put(tree, "/f", "x"), VC_OK);
    assert_int_equal(put(tree, "/f/g", "x"), VC_STATE);
    assert_int_equal(put(tree, "/", "x"), VC_STATE);
    assert_int_equal(vc_tree_make_directory(tree, "/f", nullptr), VC_STATE);
    assert_int_equal(vc_tree_make_directory(tree, "/d/e", nullptr), VC_OK);
    assert_int_equal(put(tree, "/d", "x"), VC_STATE);
    assert_int_equal(vc_tree_remove(tree, "/d", nullptr), VC_STATE);
    assert_int_equal(vc_tree_remove(tree, "/nothing", nullptr), VC_NOT_FOUND);
    assert_int_equal(vc_tree_remove(tree, "/", nullptr), VC_STATE);
    assert_int_equal(vc_tree_remove(tree, "/d/e", nullptr), VC_OK);
    assert_int_equal(vc_tree_remove(tree, "/d", nullptr), VC_OK);
    vc_tree_free(tree);
}

static void test_directory_behind_a_dash(void **)
{
    struct vc_tree *tree = tree_new();

    assert_int_equal(put(tree, "/a/c", "x"), VC_OK);
    assert_int_equal(put(tree, "/a-b", "x"), VC_OK);
    assert_int_equal(vc_tree_remove(tree, "/a", nullptr), VC_STATE);
    vc_tree_free(tree);
}

static void test_quotas(void **)
{
    static const char sixty[] = "012345678901234567890123456789012345678901234567890123456789";
    struct vc_tree *tree = tree_new();

    assert_int_equal(put(tree, "/a", sixty), VC_OK);
    assert_int_equal(vc_tree_check_put(tree, "/b", 61, nullptr), VC_LIMIT);
    assert_int_equal(vc_tree_check_put(tree, "/b", 41, nullptr), VC_LIMIT);
    assert_int_equal(vc_tree_check_put(tree, "/b", 40, nullptr), VC_OK);
    assert_int_equal(vc_tree_check_put(tree, "/a", 60, nullptr), VC_OK); /* replaces its own */
    assert_int_equal(vc_tree_check_put(tree, "/b", UINT64_MAX, nullptr), VC_LIMIT);
    assert_int_equal(vc_tree_make_directory(tree, "/1/2/3/4/5/6/7", nullptr), VC_OK);
    assert_int_equal(put(tree, "/b", ""), VC_LIMIT); /* the ninth */
    assert_int_equal(put(tree, "/a", ""), VC_OK);
    assert_int_equal(vc_tree_file_count(tree), 8);
    vc_tree_free(tree);
}

static bool under_in(void *, const struct vc_node *node)
{
    return vc_path_within(node->path, "/in");
}

static void test_snapshot_and_merge(void **)
{
    struct vc_tree *tree = tree_new();
    struct vc_tree *run = nullptr;

    assert_int_equal(put(tree, "/in/a", "one"), VC_OK);
    assert_int_equal(put(tree, "/in/b", "two"), VC_OK);
    assert_int_equal(put(tree, "/secret", "three"), VC_OK);
    assert_int_equal(vc_tree_snapshot(tree, under_in, nullptr, &run, nullptr), VC_OK);
    assert_null(vc_tree_find(run, "/secret"));
    assert_int_equal(vc_tree_find(run, "/in/a")->inode, vc_tree_find(tree, "/in/a")->inode);

    assert_int_equal(put(tree, "/in/a", "changed meanwhile"), VC_OK);
    assert_content(run, "/in/a", "one");
    assert_int_equal(put(run, "/out/x", "result"), VC_OK);
    assert_int_equal(vc_tree_remove(run, "/in/b", nullptr), VC_OK);
    assert_null(vc_tree_find(tree, "/out/x"));

    assert_int_equal(vc_tree_merge(tree, run, nullptr), VC_OK);
    assert_content(tree, "/out/x", "result");
    assert_content(tree, "/in/a", "changed meanwhile");
    assert_content(tree, "/secret", "three");
    assert_null(vc_tree_find(tree, "/in/b"));
    vc_tree_free(run);
    vc_tree_free(tree);
}

static void test_merge_is_all_or_nothing(void **)
{
    struct vc_tree *tree = tree_new();
    struct vc_tree *run = nullptr;

    assert_int_equal(vc_tree_snapshot(tree, under_in, nullptr, &run, nullptr), VC_OK);
    assert_int_equal(put(run, "/a", "small"), VC_OK);
    assert_int_equal(put(run, "/b/c", "blocked"), VC_OK);
    assert_int_equal(put(tree, "/b", "a file"), VC_OK);
    assert_int_equal(vc_tree_merge(tree, run, nullptr), VC_STATE);
    assert_null(vc_tree_find(tree, "/a"));
    assert_content(tree, "/b", "a file");
    vc_tree_free(run);
    vc_tree_free(tree);
}

static void test_rename(void **)
{
    struct vc_tree *tree = tree_new();
    char sixty[61] = "";

    memset(sixty, 'x', 60);
    assert_int_equal(put(tree, "/a", sixty), VC_OK);
    assert_int_equal(put(tree, "/b", "old"), VC_OK);
    assert_int_equal(vc_tree_rename(tree, "/a", "/b", nullptr), VC_OK);
    assert_content(tree, "/b", sixty);
    assert_null(vc_tree_find(tree, "/a"));
    assert_int_equal(vc_tree_rename(tree, "/b", "/b/c", nullptr), VC_STATE);
    assert_int_equal(vc_tree_make_directory(tree, "/d", nullptr), VC_OK);
    assert_int_equal(vc_tree_rename(tree, "/d", "/e/f", nullptr), VC_OK);
    assert_null(vc_tree_find(tree, "/d"));
    assert_int_equal(vc_tree_rename(tree, "/e", "/g", nullptr), VC_STATE);
    assert_int_equal(vc_tree_rename(tree, "/none", "/g", nullptr), VC_NOT_FOUND);
    vc_tree_free(tree);
}

static bool keep_all(void *, const struct vc_node *)
{
    return true;
}

/* What a run made and took away again is nobody else's. */
static void test_merge_leaves_what_came_meanwhile(void **)
{
    struct vc_tree *tree = tree_new();
    struct vc_tree *snapshot = nullptr;

    assert_int_equal(vc_tree_snapshot(tree, keep_all, nullptr, &snapshot, nullptr), VC_OK);
    assert_int_equal(put(snapshot, "/x", "a run's"), VC_OK);
    assert_int_equal(vc_tree_remove(snapshot, "/x", nullptr), VC_OK);
    assert_int_equal(put(snapshot, "/y", "a run's"), VC_OK);
    assert_int_equal(put(tree, "/x", "another's"), VC_OK);
    assert_int_equal(vc_tree_merge(tree, snapshot, nullptr), VC_OK);
    assert_content(tree, "/x", "another's");
    assert_content(tree, "/y", "a run's");
    vc_tree_free(snapshot);
    vc_tree_free(tree);
}

static void test_held_bytes(void **)
{
    struct vc_tree *tree = tree_new();
    struct vc_tree *snapshot = nullptr;

    assert_int_equal(put(tree, "/x", "four"), VC_OK);
    assert_int_equal(vc_tree_snapshot(tree, keep_all, nullptr, &snapshot, nullptr), VC_OK);
    assert_int_equal(vc_tree_held_bytes(tree), 4);
    assert_int_equal(put(tree, "/x", "sixsix"), VC_OK);
    assert_int_equal(vc_tree_byte_count(tree), 6);
    assert_int_equal(vc_tree_held_bytes(tree), 10);
    assert_int_equal(put(snapshot, "/y", "a"), VC_OK);
    assert_int_equal(vc_tree_merge(tree, snapshot, nullptr), VC_OK);
    assert_int_equal(vc_tree_held_bytes(tree), 11);
    vc_tree_free(snapshot);
    assert_int_equal(vc_tree_held_bytes(tree), 7);
    vc_tree_free(tree);
}

static void test_drafts(void **)
{
    struct vc_draft *draft = nullptr;

    assert_int_equal(vc_draft_new(2, &draft, nullptr), VC_OK);
    assert_int_equal(vc_draft_add(draft, (struct vc_bytes){(const uint8_t *)"ab", 2}, nullptr),
                     VC_OK);
    assert_int_equal(vc_draft_add(draft, (struct vc_bytes){(const uint8_t *)"c", 1}, nullptr),
                     VC_LIMIT);
    assert_int_equal(vc_draft_size(draft), 2);
    vc_draft_free(draft);
}

static void test_join(void **)
{
    struct vc_blob *first = blob_of("abc");
    struct vc_blob *second = blob_of("de");
    struct vc_blob *joined = nullptr;
    struct vc_bytes bytes;

    assert_int_equal(vc_blob_join(first, second, 2, &joined, nullptr), VC_LIMIT);
    assert_int_equal(vc_blob_join(first, second, 4, &joined, nullptr), VC_LIMIT);
    assert_int_equal(vc_blob_join(first, second, 5, &joined, nullptr), VC_OK);
    assert_int_equal(vc_blob_bytes(joined, &bytes, nullptr), VC_OK);
    assert_int_equal(bytes.size, 5);
    assert_memory_equal(bytes.data, "abcde", 5);
    vc_blob_unref(joined);
    vc_blob_unref(second);
    vc_blob_unref(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_find_list),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_directory_behind_a_dash),
        cmocka_unit_test(test_quotas),
        cmocka_unit_test(test_snapshot_and_merge),
        cmocka_unit_test(test_merge_is_all_or_nothing),
        cmocka_unit_test(test_merge_leaves_what_came_meanwhile),
        cmocka_unit_test(test_held_bytes),
        cmocka_unit_test(test_rename),
        cmocka_unit_test(test_drafts),
        cmocka_unit_test(test_join),
    };

    return cmocka_run_group_tests_name("tree", tests, nullptr, nullptr);
}
