/* SPDX-License-Identifier: MIT */

#include "local/folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static const struct vc_folder_guard all = {};

/* A folder of this machine, and the tree that it is read into. */
struct fixture {
    char outer[64]; /* temporary, beside and above the folder */
    char host[80];
    struct vc_folder *folder;
    struct vc_tree *tree;
};

static void host_path(const struct fixture *fixture, const char *name, char path[256])
{
    (void)snprintf(path, 256, "%s/%s", fixture->host, name);
}

static void host_file(const struct fixture *fixture, const char *name, const char *text)
{
    char path[256];
    struct vc_bytes bytes = {(const uint8_t *)text, strlen(text)};

    host_path(fixture, name, path);
    assert_int_equal(vc_file_store(path, bytes, 0640, nullptr), VC_OK);
}

static void host_directory(const struct fixture *fixture, const char *name)
{
    char path[256];

    host_path(fixture, name, path);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void host_link(const struct fixture *fixture, const char *name, const char *target)
{
    char path[256];

    host_path(fixture, name, path);
    assert_int_equal(symlink(target, path), 0);
}

static void assert_host(const struct fixture *fixture, const char *name, const char *text)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
    char path[256];

    host_path(fixture, name, path);
    if (text == nullptr) {
        assert_int_not_equal(access(path, F_OK), 0);
        return;
    }
    assert_int_equal(vc_file_load(path, 1000, &content, nullptr), VC_OK);
    assert_int_equal(content.size, strlen(text));
    if (content.size > 0)
        assert_memory_equal(content.data, text, content.size);
}

static void assert_tree(const struct fixture *fixture, const char *path, const char *text)
{
    const struct vc_node *node = vc_tree_find(fixture->tree, path);
    struct vc_bytes bytes;

    assert_non_null(node);
    assert_int_equal(node->kind, VC_NODE_IS_FILE);
    assert_int_equal(vc_blob_bytes(node->blob, &bytes, nullptr), VC_OK);
    assert_int_equal(bytes.size, strlen(text));
    assert_memory_equal(bytes.data, text, bytes.size);
}

static void put(struct fixture *fixture, const char *path, const char *text)
{
    struct vc_draft *draft = nullptr;
    struct vc_blob *blob = nullptr;

    assert_int_equal(vc_draft_new(1000, &draft, nullptr), VC_OK);
    assert_int_equal(
        vc_draft_add(draft, (struct vc_bytes){(const uint8_t *)text, strlen(text)}, nullptr),
        VC_OK);
    assert_int_equal(vc_draft_finish(draft, &blob, nullptr), VC_OK);
    assert_int_equal(vc_tree_put(fixture->tree, path, blob, nullptr), VC_OK);
    vc_blob_unref(blob);
}

static int setup(void **state)
{
    static const struct vc_tree_quota quota = {
        .files = 16, .bytes = 100, .file_bytes = 60, .depth = 32};
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == nullptr)
        return -1;
    (void)snprintf(fixture->outer, sizeof(fixture->outer), "/tmp/veracruz-folder-XXXXXX");
    if (mkdtemp(fixture->outer) == nullptr)
        return -1;
    (void)snprintf(fixture->host, sizeof(fixture->host), "%s/folder", fixture->outer);
    *state = fixture;
    return mkdir(fixture->host, 0755) == 0 &&
                   vc_tree_new(&quota, &fixture->tree, nullptr) == VC_OK &&
                   vc_folder_open(fixture->host, "/base/here", &fixture->folder, nullptr) == VC_OK
               ? 0
               : -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    vc_folder_free(fixture->folder);
    vc_tree_free(fixture->tree);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", fixture->outer);
    int status = system(command); /* NOLINT: a path of our own making */

    free(fixture);
    return status;
}

static enum vc_code load(struct fixture *fixture, const struct vc_folder_guard *guard,
                         struct vc_err *err)
{
    return vc_folder_load(fixture->folder, guard, fixture->tree, err);
}

static void test_load(void **state)
{
    struct fixture *fixture = *state;

    host_file(fixture, "a.csv", "1,2\n");
    host_directory(fixture, "empty");
    host_directory(fixture, "deep");
    host_directory(fixture, "deep/er");
    host_file(fixture, "deep/er/b", "b");
    host_link(fixture, "deep/link", "../a.csv");
    assert_int_equal(load(fixture, &all, nullptr), VC_OK);
    assert_tree(fixture, "/base/here/a.csv", "1,2\n");
    assert_tree(fixture, "/base/here/deep/er/b", "b");
    assert_tree(fixture, "/base/here/deep/link", "1,2\n");
    assert_int_equal(vc_tree_find(fixture->tree, "/base/here/empty")->kind, VC_NODE_IS_DIRECTORY);
}

/* Each row makes one thing that does not get in. */
static void make_outside(struct fixture *fixture)
{
    host_file(fixture, "../secret", "secret");
    host_link(fixture, "x", "../secret");
}

static void make_absolute(struct fixture *fixture)
{
    host_link(fixture, "x", "/etc/passwd");
}

static void make_loop(struct fixture *fixture)
{
    host_link(fixture, "x", "x");
}

static void make_dangling(struct fixture *fixture)
{
    host_link(fixture, "x", "nothing");
}

static void make_directory_link(struct fixture *fixture)
{
    host_directory(fixture, "d");
    host_link(fixture, "x", "d");
}

static void make_fifo(struct fixture *fixture)
{
    char path[256];

    host_path(fixture, "x", path);
    assert_int_equal(mkfifo(path, 0600), 0);
}

static void make_large(struct fixture *fixture)
{
    char text[62] = "";

    memset(text, 'x', sizeof(text) - 1);
    host_file(fixture, "x", text);
}

static void make_much(struct fixture *fixture)
{
    char text[52] = "";

    memset(text, 'x', sizeof(text) - 1);
    host_file(fixture, "w", text);
    host_file(fixture, "x", text);
}

static void make_many(struct fixture *fixture)
{
    char name[2] = "a";

    for (; name[0] <= 'x'; name[0]++)
        host_file(fixture, name, "");
}

static void make_control_character(struct fixture *fixture)
{
    host_file(fixture, "x\n", "");
}

static void test_refused(void **state)
{
    static const struct {
        const char *name;
        void (*make)(struct fixture *fixture);
        enum vc_code code;
        const char *text; /* within the error's */
    } rows[] = {
        {"link out", make_outside, VC_REFUSED, "folder/x: a link that leads out"},
        {"absolute link", make_absolute, VC_REFUSED, "folder/x: a link that leads out"},
        {"link to itself", make_loop, VC_REFUSED, "folder/x: a link that leads nowhere"},
        {"link to nothing", make_dangling, VC_NOT_FOUND, "folder/x: a link to nothing"},
        {"link to a directory", make_directory_link, VC_REFUSED, "folder/x: a link to a directory"},
        {"pipe", make_fifo, VC_REFUSED, "folder/x: neither a file nor a directory"},
        {"file too large", make_large, VC_LIMIT, "folder/x: storage.file_bytes"},
        {"all too large", make_much, VC_LIMIT, "folder/x: storage.bytes"},
        {"too many", make_many, VC_LIMIT, "storage.files"},
        {"control character", make_control_character, VC_MALFORMED, "control character"},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        void *own = nullptr;
        struct vc_err err = {};

        assert_int_equal(setup(&own), 0);
        rows[i].make(own);
        enum vc_code code = load(own, &all, &err);

        if (code != rows[i].code || strstr(err.text, rows[i].text) == nullptr)
            fail_msg("%s: %s: %s", rows[i].name, vc_code_name(code), err.text);
        assert_int_equal(teardown(&own), 0);
    }
}

static bool only_a(void *, const char *path, bool directory)
{
    return directory || strcmp(vc_path_name(path), "a") == 0;
}

static enum vc_code check_not_bad(void *, const char *path, struct vc_blob *content,
                                  struct vc_err *err)
{
    struct vc_bytes bytes;
    enum vc_code code = vc_blob_bytes(content, &bytes, err);

    if (code == VC_OK && bytes.size == 3 && memcmp(bytes.data, "bad", 3) == 0)
        return vc_fail(err, VC_UNTRUSTED, "%s is bad", vc_path_name(path));
    return code;
}

static void test_guard(void **state)
{
    struct fixture *fixture = *state;
    struct vc_folder_guard guard = {.wanted = only_a, .check = check_not_bad};
    struct vc_err err = {};

    host_file(fixture, "a", "good");
    host_file(fixture, "c", "bad");
    host_link(fixture, "d", "/etc/passwd"); /* not wanted: not even looked at */
    assert_int_equal(load(fixture, &guard, nullptr), VC_OK);
    assert_tree(fixture, "/base/here/a", "good");
    assert_null(vc_tree_find(fixture->tree, "/base/here/c"));
    host_file(fixture, "a", "bad");
    assert_int_equal(load(fixture, &guard, &err), VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "folder/a: a is bad"));
}

static bool may_all(void *, const char *, bool)
{
    return true;
}

static bool may_but_locked(void *, const char *path, bool)
{
    return strstr(path, "locked") == nullptr;
}

static enum vc_code store(struct fixture *fixture, vc_folder_may *may, struct vc_err *err)
{
    return vc_folder_store(fixture->folder, fixture->tree, may, nullptr, err);
}

static void test_store(void **state)
{
    struct fixture *fixture = *state;
    char path[256];
    struct stat before, after;

    host_file(fixture, "same", "same");
    host_file(fixture, "changed", "old");
    host_file(fixture, "gone", "gone");
    host_directory(fixture, "dir");
    host_file(fixture, "dir/gone", "gone");
    host_directory(fixture, "becomes-file");
    host_file(fixture, "becomes-dir", "x");
    assert_int_equal(load(fixture, &all, nullptr), VC_OK);
    host_path(fixture, "same", path);
    assert_int_equal(stat(path, &before), 0);
    put(fixture, "/base/here/changed", "new");
    put(fixture, "/base/here/one/two/three", "3");
    assert_int_equal(vc_tree_remove(fixture->tree, "/base/here/gone", nullptr), VC_OK);
    assert_int_equal(vc_tree_remove(fixture->tree, "/base/here/dir/gone", nullptr), VC_OK);
    assert_int_equal(vc_tree_remove(fixture->tree, "/base/here/dir", nullptr), VC_OK);
    assert_int_equal(vc_tree_remove(fixture->tree, "/base/here/becomes-file", nullptr), VC_OK);
    put(fixture, "/base/here/becomes-file", "f");
    assert_int_equal(vc_tree_remove(fixture->tree, "/base/here/becomes-dir", nullptr), VC_OK);
    put(fixture, "/base/here/becomes-dir/in", "i");
    assert_int_equal(vc_tree_make_directory(fixture->tree, "/base/here/empty", nullptr), VC_OK);
    put(fixture, "/base/elsewhere", "not of this folder");

    assert_int_equal(store(fixture, may_all, nullptr), VC_OK);
    assert_host(fixture, "same", "same");
    assert_host(fixture, "changed", "new");
    assert_host(fixture, "one/two/three", "3");
    assert_host(fixture, "gone", nullptr);
    assert_host(fixture, "dir", nullptr);
    assert_host(fixture, "becomes-file", "f");
    assert_host(fixture, "becomes-dir/in", "i");
    assert_host(fixture, "elsewhere", nullptr);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino); /* not even touched */
    host_path(fixture, "changed", path);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_mode & 0777, 0640); /* as it was */
    host_path(fixture, "empty", path);
    assert_int_equal(stat(path, &after), 0);
    assert_true(S_ISDIR(after.st_mode));
}

static void test_store_only_where_allowed(void **state)
{
    struct fixture *fixture = *state;

    host_file(fixture, "locked", "old");
    host_file(fixture, "locked-too", "stays");
    assert_int_equal(load(fixture, &all, nullptr), VC_OK);
    put(fixture, "/base/here/locked", "new");
    put(fixture, "/base/here/locked-new", "new");
    assert_int_equal(vc_tree_remove(fixture->tree, "/base/here/locked-too", nullptr), VC_OK);
    assert_int_equal(store(fixture, may_but_locked, nullptr), VC_OK);
    assert_host(fixture, "locked", "old");
    assert_host(fixture, "locked-new", nullptr);
    assert_host(fixture, "locked-too", "stays");
}

/* Somebody puts a link in the way between reading and writing. */
static void test_store_follows_no_link(void **state)
{
    struct fixture *fixture = *state;
    struct vc_err err = {};

    assert_int_equal(load(fixture, &all, nullptr), VC_OK);
    host_directory(fixture, "../outside");
    host_link(fixture, "trap", "../outside");
    put(fixture, "/base/here/trap/x", "x");
    assert_int_equal(store(fixture, may_all, &err), VC_HOST);
    assert_host(fixture, "../outside/x", nullptr);
}

static void test_store_replaces_link(void **state)
{
    struct fixture *fixture = *state;

    host_file(fixture, "a", "a");
    host_link(fixture, "l", "a");
    assert_int_equal(load(fixture, &all, nullptr), VC_OK);
    put(fixture, "/base/here/l", "new");
    assert_int_equal(store(fixture, may_all, nullptr), VC_OK);
    assert_host(fixture, "a", "a");
    assert_host(fixture, "l", "new");
}

static bool keeps_link(void *, const char *path)
{
    return strcmp(path, "/base/here/followed") != 0;
}

static const struct vc_folder_guard keep = {.keeps_link = keeps_link};

static void test_links(void **state)
{
    struct fixture *fixture = *state;
    char path[256];
    char target[32] = "";

    host_directory(fixture, "d");
    host_link(fixture, "d/up", "../a");
    host_link(fixture, "dir", "d");
    host_link(fixture, "dangling", "nothing");
    host_file(fixture, "file", "text");
    host_link(fixture, "followed", "file");
    assert_int_equal(load(fixture, &keep, nullptr), VC_OK);
    assert_int_equal(vc_tree_find(fixture->tree, "/base/here/followed")->kind, VC_NODE_IS_FILE);
    assert_string_equal(vc_tree_find(fixture->tree, "/base/here/d/up")->target, "../a");
    assert_string_equal(vc_tree_find(fixture->tree, "/base/here/dir")->target, "d");
    assert_string_equal(vc_tree_find(fixture->tree, "/base/here/dangling")->target, "nothing");
    assert_int_equal(vc_tree_put_link(fixture->tree, "/base/here/d/new", "../x/y", nullptr), VC_OK);
    assert_int_equal(vc_tree_put_link(fixture->tree, "/base/here/dir", "d/new", nullptr), VC_OK);
    assert_int_equal(vc_tree_remove(fixture->tree, "/base/here/dangling", nullptr), VC_OK);
    assert_int_equal(store(fixture, may_all, nullptr), VC_OK);
    host_path(fixture, "d/new", path);
    assert_int_equal(readlink(path, target, sizeof(target)), 6);
    assert_memory_equal(target, "../x/y", 6);
    host_path(fixture, "dir", path);
    assert_int_equal(readlink(path, target, sizeof(target)), 5);
    assert_memory_equal(target, "d/new", 5);
    host_path(fixture, "dangling", path);
    assert_int_equal(readlink(path, target, sizeof(target)), -1);
}

/* One table for both ways: what is not read is not written either. */
static void test_links_that_lead_out(void **)
{
    static const struct {
        const char *target;
        bool stays; /* of a link in the directory d/e of the folder */
    } rows[] = {
        {"x", true},           {"../x", true},         {"../../x", true},  {"./..//./../x/y", true},
        {"../../../x", false}, {"/etc/passwd", false}, {"..", true},       {"../..", true},
        {"../../..", false},   {"x/../y", false},      {"../x/..", false}, {"...", true},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        void *state = nullptr;
        struct vc_err err = {};

        assert_int_equal(setup(&state), 0);
        struct fixture *fixture = state;

        host_directory(fixture, "d");
        host_directory(fixture, "d/e");
        host_file(fixture, "a", "old");
        assert_int_equal(load(fixture, &keep, nullptr), VC_OK);
        put(fixture, "/base/here/a", "new");
        assert_int_equal(
            vc_tree_put_link(fixture->tree, "/base/here/d/e/l", rows[i].target, nullptr), VC_OK);
        if (store(fixture, may_all, &err) != (rows[i].stays ? VC_OK : VC_REFUSED))
            fail_msg("%s written: %s", rows[i].target, err.text);
        assert_host(fixture, "a", rows[i].stays ? "new" : "old");
        if (!rows[i].stays)
            host_link(fixture, "d/e/l", rows[i].target);
        if (load(fixture, &keep, &err) != (rows[i].stays ? VC_OK : VC_REFUSED))
            fail_msg("%s read: %s", rows[i].target, err.text);
        assert_int_equal(teardown(&state), 0);
    }
}

static void test_open(void **)
{
    struct vc_folder *folder = nullptr;
    struct vc_err err = {};

    assert_int_equal(vc_folder_open("/nonexistent", "/", &folder, &err), VC_NOT_FOUND);
    assert_string_equal(err.text, "/nonexistent: no such folder");
    assert_int_equal(vc_folder_open("/etc/passwd", "/", &folder, &err), VC_HOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test_setup_teardown(test_load, setup, teardown),
        cmocka_unit_test(test_refused),
        cmocka_unit_test_setup_teardown(test_guard, setup, teardown),
        cmocka_unit_test_setup_teardown(test_store, setup, teardown),
        cmocka_unit_test_setup_teardown(test_store_only_where_allowed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_store_follows_no_link, setup, teardown),
        cmocka_unit_test_setup_teardown(test_store_replaces_link, setup, teardown),
        cmocka_unit_test_setup_teardown(test_links, setup, teardown),
        cmocka_unit_test(test_links_that_lead_out),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
