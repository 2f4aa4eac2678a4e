/* SPDX-License-Identifier: MIT */

#include "vfs/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const struct vc_tree_quota quota = {.files = 8, .bytes = 100, .file_bytes = 60, .depth = 7};

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

struct origin_row {
    const char *name, *path;
    uint64_t tree, snapshot; /* what stands by it; 0 besides: there is nothing */
};

static void assert_origin(const struct vc_tree *tree, const char *path, uint64_t wanted)
{
    const struct vc_node *node = vc_tree_find(tree, path);

    if (node == nullptr) {
        assert_int_equal(wanted, 0);
        return;
    }
    assert_int_equal(node->origin, wanted);
}

/* A tree that 7 and 8 have written, and a snapshot in which 9 does. */
static void test_origin(void **)
{
    static const struct origin_row rows[] = {
        {"kept", "/in/kept", 7, 7},
        {"touched", "/in/touched", 7, 7},
        {"replaced", "/in/old", 7, 9},
        {"made", "/in/made", 0, 9},
        {"amended", "/in/amended", 8, 9},
        {"moved away", "/in/moved", 8, 0},
        {"moved to", "/to", 0, 9},
        {"removed", "/in/gone", 7, 0},
        {"directory, made for the first file in it", "/in", 8, 8},
    };
    static const struct vc_tree_quota roomy = {
        .files = 20, .bytes = 100, .file_bytes = 60, .depth = 7};
    struct vc_tree *tree = nullptr;
    struct vc_tree *snapshot = nullptr;
    struct vc_blob *blob = blob_of("x");

    assert_int_equal(vc_tree_new(&roomy, &tree, nullptr), VC_OK);
    assert_int_equal(put(tree, "/first", "f"), VC_OK);
    assert_origin(tree, "/first", 0);
    vc_tree_set_origin(tree, 8);
    assert_int_equal(put(tree, "/in/old", "a"), VC_OK);
    vc_tree_set_origin(tree, 7);
    for (const char *const *path =
             (const char *const[]){"/in/kept", "/in/touched", "/in/old", "/in/gone", nullptr};
         *path != nullptr; path++)
        assert_int_equal(put(tree, *path, "b"), VC_OK);
    vc_tree_set_origin(tree, 8);
    assert_int_equal(put(tree, "/in/amended", "c"), VC_OK);
    assert_int_equal(put(tree, "/in/moved", "d"), VC_OK);

    assert_int_equal(
        vc_tree_snapshot(tree, &(struct vc_tree_part){"/", VC_PART_TREE}, 1, &snapshot, nullptr),
        VC_OK);
    vc_tree_set_origin(snapshot, 9);
    assert_int_equal(put(snapshot, "/in/old", "e"), VC_OK);
    assert_int_equal(put(snapshot, "/in/made", "f"), VC_OK);
    vc_tree_amend(snapshot, "/in/amended", blob);
    vc_tree_set_times(snapshot, "/in/touched", &(struct vc_node_times){1, 2, 3});
    assert_int_equal(vc_tree_rename(snapshot, "/in/moved", "/to", nullptr), VC_OK);
    assert_int_equal(vc_tree_remove(snapshot, "/in/gone", nullptr), VC_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("row: %s\n", rows[i].name);
        assert_origin(tree, rows[i].path, rows[i].tree);
        assert_origin(snapshot, rows[i].path, rows[i].snapshot);
    }
    assert_int_equal(vc_tree_merge(tree, snapshot, nullptr), VC_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("row, merged: %s\n", rows[i].name);
        assert_origin(tree, rows[i].path, rows[i].snapshot);
    }
    assert_int_equal(put(tree, "/later", "g"), VC_OK); /* what is said here goes on after a merge */
    assert_origin(tree, "/later", 8);
    vc_tree_free(snapshot);
    vc_tree_free(tree);
    vc_blob_unref(blob);
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

static const struct vc_tree_part in[] = {{"/in", VC_PART_TREE}};
static const struct vc_tree_part all[] = {{"/", VC_PART_TREE}};

static struct vc_tree *snapshot_of(const struct vc_tree *tree, const struct vc_tree_part *parts,
                                   size_t count)
{
    struct vc_tree *snapshot = nullptr;

    assert_int_equal(vc_tree_snapshot(tree, parts, count, &snapshot, nullptr), VC_OK);
    return snapshot;
}

static void test_snapshot_and_merge(void **)
{
    struct vc_tree *tree = tree_new();
    struct vc_tree *run;

    assert_int_equal(put(tree, "/in/a", "one"), VC_OK);
    assert_int_equal(put(tree, "/in/b", "two"), VC_OK);
    assert_int_equal(put(tree, "/secret", "three"), VC_OK);
    run = snapshot_of(tree, in, VC_COUNT(in));
    assert_null(vc_tree_find(run, "/secret"));
    assert_int_equal(vc_tree_find(run, "/in/a")->version, vc_tree_find(tree, "/in/a")->version);

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
    struct vc_tree *run = snapshot_of(tree, in, VC_COUNT(in));

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
    static const struct {
        const char *name, *from, *to;
        enum vc_code expect;
    } rows[] = {
        {"a file", "/f", "/new", VC_OK},
        {"over a file", "/f", "/g", VC_OK},
        {"over a link", "/f", "/l", VC_OK},
        {"a link", "/l", "/d/m", VC_OK},
        {"a directory with what is in it", "/d", "/new", VC_OK},
        {"over an empty directory", "/d", "/e", VC_OK},
        {"onto itself", "/d", "/d", VC_OK},
        {"nothing", "/none", "/new", VC_NOT_FOUND},
        {"the root", "/", "/new", VC_NOT_FOUND},
        {"to below nothing", "/f", "/none/f", VC_NOT_FOUND},
        {"to below a file", "/f", "/g/f", VC_STATE},
        {"to below a link", "/f", "/l/f", VC_STATE},
        {"into itself", "/d", "/d/x/y", VC_STATE},
        {"over a directory with something in it", "/e", "/d", VC_STATE},
        {"a file over a directory", "/f", "/e", VC_STATE},
        {"a directory over a file", "/d", "/f", VC_STATE},
        {"too deep", "/d", "/e/2/3/4/5/6", VC_LIMIT},
    };
    static const struct vc_tree_quota wide = {
        .files = 20, .bytes = 100, .file_bytes = 60, .depth = 7};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_tree *tree = nullptr;
        uint64_t bytes;
        uint32_t files;
        enum vc_code code;

        assert_int_equal(vc_tree_new(&wide, &tree, nullptr), VC_OK);
        assert_int_equal(put(tree, "/f", "content"), VC_OK);
        assert_int_equal(put(tree, "/g", "other"), VC_OK);
        assert_int_equal(put(tree, "/d/x/y", "below"), VC_OK);
        assert_int_equal(put(tree, "/d-e", "beside"), VC_OK);
        assert_int_equal(vc_tree_put_link(tree, "/l", "f", nullptr), VC_OK);
        assert_int_equal(vc_tree_make_directory(tree, "/e/2/3/4/5", nullptr), VC_OK);
        if (rows[i].expect == VC_OK || strcmp(rows[i].to, "/e") == 0) {
            for (char path[] = "/e/2/3/4/5"; path[2] != '\0'; path[strlen(path) - 2] = '\0')
                assert_int_equal(vc_tree_remove(tree, path, nullptr), VC_OK);
        }
        bytes = vc_tree_byte_count(tree);
        files = vc_tree_file_count(tree);
        code = vc_tree_rename(tree, rows[i].from, rows[i].to, nullptr);
        if (code != rows[i].expect)
            fail_msg("%s: %s, wanted %s", rows[i].name, vc_code_name(code),
                     vc_code_name(rows[i].expect));
        if (code != VC_OK &&
            (vc_tree_byte_count(tree) != bytes || vc_tree_file_count(tree) != files ||
             vc_tree_find(tree, "/f") == nullptr))
            fail_msg("%s: refused, and something changed", rows[i].name);
        vc_tree_free(tree);
    }
}

static void test_rename_takes_all_below(void **)
{
    struct vc_tree *tree = tree_new();

    assert_int_equal(put(tree, "/d/a", "one"), VC_OK);
    assert_int_equal(put(tree, "/d/s/b", "two"), VC_OK);
    assert_int_equal(put(tree, "/d-", "beside"), VC_OK);
    assert_int_equal(vc_tree_rename(tree, "/d", "/b", nullptr), VC_OK);
    assert_content(tree, "/b/a", "one");
    assert_content(tree, "/b/s/b", "two");
    assert_content(tree, "/d-", "beside");
    assert_null(vc_tree_find(tree, "/d"));
    assert_null(vc_tree_find(tree, "/d/a"));
    vc_tree_free(tree);
}

static void test_links(void **)
{
    struct vc_tree *tree = tree_new();
    char long_text[VC_TREE_TARGET_MAX + 2];

    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    assert_int_equal(vc_tree_put_link(tree, "/l", "somewhere", nullptr), VC_OK);
    assert_int_equal(vc_tree_byte_count(tree), 9);
    assert_string_equal(vc_tree_find(tree, "/l")->target, "somewhere");
    assert_int_equal(vc_tree_put_link(tree, "/m", long_text, nullptr), VC_LIMIT);
    assert_int_equal(put(tree, "/l/x", "no"), VC_STATE);
    assert_int_equal(put(tree, "/l", "a file now"), VC_OK);
    assert_null(vc_tree_find(tree, "/l")->target);
    assert_int_equal(vc_tree_byte_count(tree), 10);
    vc_tree_free(tree);
}

static void test_depth(void **)
{
    struct vc_tree *tree = tree_new();
    struct vc_err err;

    assert_int_equal(put(tree, "/1/2/3/4/5/6/7", "x"), VC_OK);
    assert_int_equal(vc_tree_make_directory(tree, "/1/2/3/4/5/6/d/8", &err), VC_LIMIT);
    assert_string_equal(err.text, "storage.depth: at most 7");
    assert_int_equal(vc_tree_check_put(tree, "/1/2/3/4/5/6/d/8", 1, &err), VC_LIMIT);
    assert_int_equal(vc_tree_put_link(tree, "/1/2/3/4/5/6/d/8", "x", &err), VC_LIMIT);
    vc_tree_free(tree);
}

/* Two names are one file within a run, and two afterwards. */
static void test_second_name(void **)
{
    struct vc_tree *tree = tree_new();
    struct vc_tree *run;

    assert_int_equal(put(tree, "/a", "text"), VC_OK);
    run = snapshot_of(tree, all, VC_COUNT(all));
    assert_int_equal(vc_tree_link(run, "/a", "/b", nullptr), VC_OK);
    assert_int_equal(vc_tree_link(run, "/a", "/b", nullptr), VC_STATE);
    assert_int_equal(vc_tree_link(run, "/none", "/c", nullptr), VC_NOT_FOUND);
    assert_int_equal(vc_tree_find(run, "/a")->inode, vc_tree_find(run, "/b")->inode);
    assert_int_equal(vc_tree_merge(tree, run, nullptr), VC_OK);
    assert_content(tree, "/b", "text");
    assert_int_not_equal(vc_tree_find(tree, "/a")->inode, vc_tree_find(tree, "/b")->inode);
    assert_int_equal(vc_tree_byte_count(tree), 8);
    assert_int_equal(vc_tree_held_bytes(tree), 4); /* the content is there once */
    vc_tree_free(run);
    vc_tree_free(tree);
}

/* A name may stand for another kind of thing afterwards. */
static void test_merge_changes_kinds(void **)
{
    struct vc_tree *tree = tree_new();
    struct vc_tree *run;

    assert_int_equal(put(tree, "/file", "x"), VC_OK);
    assert_int_equal(put(tree, "/directory/sub/x", "x"), VC_OK);
    assert_int_equal(vc_tree_put_link(tree, "/link", "file", nullptr), VC_OK);
    run = snapshot_of(tree, all, VC_COUNT(all));
    assert_int_equal(vc_tree_remove(run, "/file", nullptr), VC_OK);
    assert_int_equal(put(run, "/file/below", "y"), VC_OK);
    assert_int_equal(vc_tree_remove(run, "/directory/sub/x", nullptr), VC_OK);
    assert_int_equal(vc_tree_remove(run, "/directory/sub", nullptr), VC_OK);
    assert_int_equal(vc_tree_remove(run, "/directory", nullptr), VC_OK);
    assert_int_equal(vc_tree_put_link(run, "/directory", "file", nullptr), VC_OK);
    assert_int_equal(put(run, "/link", "z"), VC_OK);
    assert_int_equal(vc_tree_merge(tree, run, nullptr), VC_OK);
    assert_content(tree, "/file/below", "y");
    assert_string_equal(vc_tree_find(tree, "/directory")->target, "file");
    assert_content(tree, "/link", "z");
    vc_tree_free(run);
    vc_tree_free(tree);
}

static void test_merge_of_a_renamed_directory(void **)
{
    struct vc_tree *tree = tree_new();
    struct vc_tree *run;

    assert_int_equal(put(tree, "/d/a", "one"), VC_OK);
    assert_int_equal(put(tree, "/d/s/b", "two"), VC_OK);
    run = snapshot_of(tree, all, VC_COUNT(all));
    assert_int_equal(vc_tree_rename(run, "/d", "/e", nullptr), VC_OK);
    assert_int_equal(put(tree, "/d/new", "meanwhile"), VC_OK);
    assert_int_equal(vc_tree_merge(tree, run, nullptr), VC_STATE); /* somebody else's is in it */
    assert_content(tree, "/d/a", "one");
    assert_int_equal(vc_tree_remove(tree, "/d/new", nullptr), VC_OK);
    assert_int_equal(vc_tree_merge(tree, run, nullptr), VC_OK);
    assert_content(tree, "/e/s/b", "two");
    assert_null(vc_tree_find(tree, "/d"));
    vc_tree_free(run);
    vc_tree_free(tree);
}

/* Nothing is written through a link that came meanwhile, nor below a file. */
static void test_merge_through_what_came_meanwhile(void **)
{
    static const struct vc_tree_part parts[] = {{"/out", VC_PART_TREE}};
    struct vc_tree *tree = tree_new();
    struct vc_tree *run = snapshot_of(tree, parts, VC_COUNT(parts));

    assert_int_equal(put(tree, "/secret/s", "s"), VC_OK);
    assert_int_equal(put(run, "/out/s", "mine"), VC_OK);
    assert_int_equal(vc_tree_put_link(tree, "/out", "secret", nullptr), VC_OK);
    assert_int_equal(vc_tree_merge(tree, run, nullptr), VC_STATE);
    assert_content(tree, "/secret/s", "s");
    vc_tree_free(run);
    vc_tree_free(tree);
}

/* Directories on the way are seen and cost nothing until something is in them. */
static void test_phantoms(void **)
{
    static const struct vc_tree_part parts[] = {
        {"/x/y/f", VC_PART_NODE}, {"/x/z", VC_PART_TREE},  {"/p/q", VC_PART_DIRECTORY},
        {"/in/a", VC_PART_NODE},  {"/in/a", VC_PART_NODE}, {"/file/below", VC_PART_TREE}};
    struct vc_tree *tree = tree_new();
    struct vc_tree *run;
    char names[200] = "";

    assert_int_equal(put(tree, "/in/a", "a"), VC_OK);
    assert_int_equal(put(tree, "/in/b", "b"), VC_OK);
    assert_int_equal(put(tree, "/file", "f"), VC_OK);
    run = snapshot_of(tree, parts, VC_COUNT(parts));
    assert_true(vc_tree_list(run, "/", 0, append_name, names));
    assert_string_equal(names, "in p x ");
    assert_int_equal(vc_tree_find(run, "/x/z")->kind, VC_NODE_IS_DIRECTORY);
    assert_int_equal(vc_tree_find(run, "/p/q")->kind, VC_NODE_IS_DIRECTORY);
    assert_null(vc_tree_find(run, "/x/y/f"));
    assert_null(vc_tree_find(run, "/in/b"));
    assert_int_equal(vc_tree_file_count(run), 2); /* /in, /in/a */
    assert_int_equal(vc_tree_merge(tree, run, nullptr), VC_OK);
    assert_null(vc_tree_find(tree, "/x"));
    assert_int_equal(put(run, "/x/y/f", "f"), VC_OK);
    assert_int_equal(vc_tree_merge(tree, run, nullptr), VC_OK);
    assert_content(tree, "/x/y/f", "f");
    assert_null(vc_tree_find(tree, "/x/z"));
    vc_tree_free(run);
    vc_tree_free(tree);
}

/* What a run is told of inodes and order is the same whatever else there is. */
static void test_numbers_tell_nothing(void **)
{
    struct vc_tree *one = tree_new();
    struct vc_tree *other = tree_new();
    struct vc_tree *of_one;
    struct vc_tree *of_other;

    assert_int_equal(put(one, "/in/a", "x"), VC_OK);
    assert_int_equal(put(one, "/in/b", "x"), VC_OK);
    assert_int_equal(put(other, "/secret", "x"), VC_OK);
    assert_int_equal(put(other, "/in/b", "x"), VC_OK);
    assert_int_equal(put(other, "/in/a", "x"), VC_OK);
    of_one = snapshot_of(one, in, VC_COUNT(in));
    of_other = snapshot_of(other, in, VC_COUNT(in));
    for (const char *const *path = (const char *const[]){"/in", "/in/a", "/in/b", nullptr};
         *path != nullptr; path++) {
        assert_int_equal(vc_tree_find(of_one, *path)->inode, vc_tree_find(of_other, *path)->inode);
        assert_int_equal(vc_tree_find(of_one, *path)->serial,
                         vc_tree_find(of_other, *path)->serial);
    }
    vc_tree_free(of_one);
    vc_tree_free(of_other);
    vc_tree_free(one);
    vc_tree_free(other);
}

static uint64_t at_seven(void)
{
    return 7;
}

static void test_times(void **)
{
    static const struct vc_node_times times = {1, 2, 3};
    struct vc_tree *tree = tree_new();
    struct vc_tree *run;

    assert_int_equal(put(tree, "/d/a", "x"), VC_OK);
    assert_int_equal(vc_tree_find(tree, "/d/a")->times.modified_ns, 0);
    vc_tree_set_clock(tree, at_seven);
    run = snapshot_of(tree, all, VC_COUNT(all));
    vc_tree_set_times(run, "/d", &times);
    vc_tree_set_times(run, "/d/a", &times);
    assert_int_equal(put(run, "/d/b", "x"), VC_OK);
    vc_tree_set_times(run, "/d/b", &times);
    assert_int_equal(put(tree, "/d/a", "meanwhile"), VC_OK);
    assert_int_equal(vc_tree_find(tree, "/d/a")->times.modified_ns, 7);
    assert_int_equal(vc_tree_merge(tree, run, nullptr), VC_OK);
    assert_content(tree, "/d/a", "meanwhile"); /* whoever only sets times puts nothing back */
    assert_int_equal(vc_tree_find(tree, "/d/a")->times.modified_ns, 2);
    assert_int_equal(vc_tree_find(tree, "/d/b")->times.accessed_ns, 1);
    vc_tree_free(run);
    vc_tree_free(tree);
}

static uint64_t monotonic_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Every run begins with one, in the one thread of the runtime. */
static void test_snapshot_of_many_is_quick(void **)
{
    static const struct vc_tree_quota large = {
        .files = 10000, .bytes = 100, .file_bytes = 60, .depth = 7};
    static constexpr size_t COUNT = 4096;
    static constexpr uint64_t WAY_TOO_LONG_US = 100000; /* a hundred times what it takes */
    struct vc_tree *tree = nullptr;
    uint64_t begin;
    uint64_t took;

    assert_int_equal(vc_tree_new(&large, &tree, nullptr), VC_OK);
    for (size_t i = 0; i < COUNT; i++) {
        char path[40];

        (void)snprintf(path, sizeof(path), "/in/%zu/file-%zu", i % 16, i);
        assert_int_equal(vc_tree_put(tree, path, nullptr, nullptr), VC_OK);
    }
    begin = monotonic_us();
    for (int i = 0; i < 10; i++)
        vc_tree_free(snapshot_of(tree, in, VC_COUNT(in)));
    took = (monotonic_us() - begin) / 10;
    print_message("# a snapshot of %zu files: %ju us\n", COUNT, (uintmax_t)took);
    assert_true(took < WAY_TOO_LONG_US);
    vc_tree_free(tree);
}

/* What a run made and took away again is nobody else's. */
static void test_merge_leaves_what_came_meanwhile(void **)
{
    struct vc_tree *tree = tree_new();
    struct vc_tree *snapshot = snapshot_of(tree, all, VC_COUNT(all));

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
    struct vc_tree *snapshot;

    assert_int_equal(put(tree, "/x", "four"), VC_OK);
    snapshot = snapshot_of(tree, all, VC_COUNT(all));
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
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_directory_behind_a_dash),
        cmocka_unit_test(test_quotas),
        cmocka_unit_test(test_snapshot_and_merge),
        cmocka_unit_test(test_merge_is_all_or_nothing),
        cmocka_unit_test(test_merge_leaves_what_came_meanwhile),
        cmocka_unit_test(test_held_bytes),
        cmocka_unit_test(test_rename),
        cmocka_unit_test(test_rename_takes_all_below),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_second_name),
        cmocka_unit_test(test_merge_changes_kinds),
        cmocka_unit_test(test_merge_of_a_renamed_directory),
        cmocka_unit_test(test_merge_through_what_came_meanwhile),
        cmocka_unit_test(test_phantoms),
        cmocka_unit_test(test_numbers_tell_nothing),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_snapshot_of_many_is_quick),
        cmocka_unit_test(test_drafts),
        cmocka_unit_test(test_join),
    };

    return cmocka_run_group_tests_name("tree", tests, nullptr, nullptr);
}
