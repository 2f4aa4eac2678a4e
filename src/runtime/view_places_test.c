/* SPDX-License-Identifier: MIT */

/* One call on a fresh view: rights, links, "..", slashes, and each refusal. */

#include "runtime/view_scene_test.h"

/* Every right and its absence, each path in several spellings. */
static void test_decisions(void **state)
{
    static constexpr uint32_t create = VC_OPEN_WRITE | VC_OPEN_CREATE | VC_OPEN_TRUNCATE;
    static constexpr uint32_t append = VC_OPEN_WRITE | VC_OPEN_CREATE | VC_OPEN_APPEND;
    static const struct {
        const char *name;
        uint32_t call, flags;
        const char *path;
        uint32_t expect;
    } rows[] = {
        {"read", VC_CALL_OPEN, VC_OPEN_READ, "in/a", VC_WASI_SUCCESS},
        {"read, spelled", VC_CALL_OPEN, VC_OPEN_READ, "in/./sub/..//a", VC_WASI_SUCCESS},
        {"read nothing", VC_CALL_OPEN, VC_OPEN_READ, "in/none", VC_WASI_NOENT},
        {"read a secret", VC_CALL_OPEN, VC_OPEN_READ, "secret/s", VC_WASI_ACCES},
        {"read a secret, spelled", VC_CALL_OPEN, VC_OPEN_READ, "in/../secret/s", VC_WASI_ACCES},
        {"read what is not there either", VC_CALL_OPEN, VC_OPEN_READ, "secret/t", VC_WASI_ACCES},
        {"read an output of before", VC_CALL_OPEN, VC_OPEN_READ, "out/old", VC_WASI_ACCES},
        {"write an input", VC_CALL_OPEN, create, "in/a", VC_WASI_ACCES},
        {"create an input", VC_CALL_OPEN, create, "in/new", VC_WASI_ACCES},
        {"write its own module", VC_CALL_OPEN, create, "program/p.wasm", VC_WASI_ACCES},
        {"create an output", VC_CALL_OPEN, create, "out/new", VC_WASI_SUCCESS},
        {"replace an output", VC_CALL_OPEN, create, "out/old", VC_WASI_SUCCESS},
        {"see an output by writing", VC_CALL_OPEN, VC_OPEN_WRITE, "out/old", VC_WASI_ACCES},
        {"change a work file", VC_CALL_OPEN, VC_OPEN_READ | VC_OPEN_WRITE, "work/w",
         VC_WASI_SUCCESS},
        {"create twice", VC_CALL_OPEN, create | VC_OPEN_EXCLUSIVE, "out/old", VC_WASI_EXIST},
        {"create below nothing", VC_CALL_OPEN, create, "out/no/such", VC_WASI_NOENT},
        {"append", VC_CALL_OPEN, append, "log", VC_WASI_SUCCESS},
        {"overwrite what may be appended", VC_CALL_OPEN, create, "log", VC_WASI_ACCES},
        {"read what may be appended", VC_CALL_OPEN, VC_OPEN_READ, "log", VC_WASI_ACCES},
        {"a file as directory", VC_CALL_OPEN, VC_OPEN_READ | VC_OPEN_DIRECTORY, "in/a",
         VC_WASI_NOTDIR},
        {"a directory", VC_CALL_OPEN, VC_OPEN_DIRECTORY, "in", VC_WASI_SUCCESS},
        {"a directory for writing", VC_CALL_OPEN, create, "out", VC_WASI_ISDIR},
        {"the root", VC_CALL_OPEN, VC_OPEN_DIRECTORY, ".", VC_WASI_SUCCESS},
        {"stat", VC_CALL_STAT, 0, "in/a", VC_WASI_SUCCESS},
        {"stat a secret", VC_CALL_STAT, 0, "secret/s", VC_WASI_ACCES},
        {"stat a secret directory", VC_CALL_STAT, 0, "secret", VC_WASI_ACCES},
        {"a name that is absolute", VC_CALL_OPEN, VC_OPEN_READ, "/in/a", VC_WASI_NOTCAPABLE},
        {"no name", VC_CALL_OPEN, VC_OPEN_READ, "", VC_WASI_NOENT},
        {"list", VC_CALL_READDIR, 0, "in", VC_WASI_SUCCESS},
        {"list without the right", VC_CALL_READDIR, 0, "out", VC_WASI_ACCES},
        {"list a file", VC_CALL_READDIR, 0, "in/a", VC_WASI_NOTDIR},
        {"make a directory", VC_CALL_MKDIR, 0, "out/new-d", VC_WASI_SUCCESS},
        {"make one in an input", VC_CALL_MKDIR, 0, "in/d", VC_WASI_ACCES},
        {"make one that is there", VC_CALL_MKDIR, 0, "out", VC_WASI_EXIST},
        {"unlink", VC_CALL_UNLINK, 0, "out/old", VC_WASI_SUCCESS},
        {"unlink an input", VC_CALL_UNLINK, 0, "in/a", VC_WASI_ACCES},
        {"unlink a directory", VC_CALL_UNLINK, 0, "out", VC_WASI_ISDIR},
        {"remove a full directory", VC_CALL_RMDIR, 0, "work", VC_WASI_NOTEMPTY},
        {"a name with a newline", VC_CALL_STAT, 0, "in/a\n", VC_WASI_ILSEQ},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct answer answer;

        (void)scene_set_up(state);
        answer = call(*state, rows[i].call, rows[i].flags, rows[i].path);
        expect(rows[i].name, &answer, rows[i].expect);
        (void)scene_tear_down(state);
    }
    (void)scene_set_up(state);
}

/* ---- places: links, "..", slashes ---- */

/* One call on a fresh view. */
struct row {
    const char *name;
    uint32_t call, flags;
    const char *directory, *at, *directory2, *other;
    uint32_t expect;
};

static void run_rows(void **state, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct question question = {.call = rows[i].call,
                                    .flags = rows[i].flags,
                                    .directory = rows[i].directory,
                                    .name = rows[i].at,
                                    .directory2 = rows[i].directory2,
                                    .name2 = rows[i].other};
        struct answer answer;

        (void)scene_set_up(state);
        answer = ask(*state, &question);
        expect(rows[i].name, &answer, rows[i].expect);
        (void)scene_tear_down(state);
    }
    (void)scene_set_up(state);
}

static void test_links_lead_nowhere_else(void **state)
{
    static constexpr uint32_t R = VC_OPEN_READ;
    static constexpr uint32_t F = VC_CALL_FOLLOW;
    static constexpr uint32_t C = VC_OPEN_WRITE | VC_OPEN_CREATE | VC_OPEN_TRUNCATE;
    static const struct row rows[] = {
        {"an absolute link", VC_CALL_OPEN, R | F, "/", "work/absolute", 0, 0, VC_WASI_NOTCAPABLE},
        {"a link to a secret", VC_CALL_OPEN, R | F, "/", "work/up", 0, 0, VC_WASI_ACCES},
        {"stat of a secret by a link", VC_CALL_STAT, F, "/", "work/up", 0, 0, VC_WASI_ACCES},
        {"a link above its directory", VC_CALL_OPEN, R | F, "/work", "up", 0, 0,
         VC_WASI_NOTCAPABLE},
        {"a link to an input", VC_CALL_OPEN, R | F, "/", "work/to-input", 0, 0, VC_WASI_SUCCESS},
        {"writing an input by a link", VC_CALL_OPEN, C | F, "/", "work/to-input", 0, 0,
         VC_WASI_ACCES},
        {"an input by a link, from below", VC_CALL_OPEN, R | F, "/work", "to-input", 0, 0,
         VC_WASI_NOTCAPABLE},
        {"times of an input by a link", VC_CALL_SET_TIMES, F | VC_TIME_MODIFIED, "/",
         "work/to-input", 0, 0, VC_WASI_ACCES},
        {"writing the module by a link", VC_CALL_OPEN, C | F, "/", "work/to-module", 0, 0,
         VC_WASI_ACCES},
        {"a second name of an input by a link", VC_CALL_LINK, F, "/", "work/to-input", "/",
         "work/mine", VC_WASI_ACCES},
        {"a loop", VC_CALL_OPEN, R | F, "/", "work/self", 0, 0, VC_WASI_LOOP},
        {"a loop on the way", VC_CALL_OPEN, R, "/", "work/self/x", 0, 0, VC_WASI_LOOP},
        {"a loop, not followed", VC_CALL_OPEN, R, "/", "work/self", 0, 0, VC_WASI_LOOP},
        {"a link to a link", VC_CALL_OPEN, R | F, "/work", "one", 0, 0, VC_WASI_SUCCESS},
        {"a link, not followed", VC_CALL_OPEN, R, "/work", "one", 0, 0, VC_WASI_LOOP},
        {"a link, as a directory, not followed", VC_CALL_OPEN, VC_OPEN_DIRECTORY, "/work", "dir", 0,
         0, VC_WASI_LOOP},
        {"a link to a directory, followed", VC_CALL_OPEN, VC_OPEN_DIRECTORY | F, "/work", "dir", 0,
         0, VC_WASI_SUCCESS},
        {"a link to a directory, before a slash", VC_CALL_OPEN, VC_OPEN_DIRECTORY, "/work", "dir/",
         0, 0, VC_WASI_SUCCESS},
        {"a link to a directory, on the way", VC_CALL_OPEN, R, "/work", "dir/x", 0, 0,
         VC_WASI_SUCCESS},
        {"a link to a file, as a directory", VC_CALL_OPEN, VC_OPEN_DIRECTORY | F, "/work", "two", 0,
         0, VC_WASI_NOTDIR},
        {"a link whose text ends with a slash", VC_CALL_OPEN, R | F, "/work", "slash", 0, 0,
         VC_WASI_NOTDIR},
        {"a dangling link", VC_CALL_OPEN, R | F, "/work", "dangling", 0, 0, VC_WASI_NOENT},
        {"creating by a dangling link", VC_CALL_OPEN, C | F, "/work", "dangling", 0, 0,
         VC_WASI_SUCCESS},
        {"creating alone, where a link is", VC_CALL_OPEN, C | F | VC_OPEN_EXCLUSIVE, "/work",
         "dangling", 0, 0, VC_WASI_EXIST},
        {"a link that may not be read", VC_CALL_OPEN, R | F, "/", "out/hidden", 0, 0,
         VC_WASI_ACCES},
        {"its text", VC_CALL_READLINK, 0, "/", "out/hidden", 0, 0, VC_WASI_ACCES},
        {"the text of a link", VC_CALL_READLINK, 0, "/", "work/up", 0, 0, VC_WASI_SUCCESS},
        {"the text of a file", VC_CALL_READLINK, 0, "/", "work/w", 0, 0, VC_WASI_INVAL},
        {"the text of nothing", VC_CALL_READLINK, 0, "/", "work/none", 0, 0, VC_WASI_NOENT},
        {"a link made", VC_CALL_SYMLINK, 0, "/work", "new", 0, "anywhere", VC_WASI_SUCCESS},
        {"a link to above", VC_CALL_SYMLINK, 0, "/work", "new", 0, "../../..", VC_WASI_SUCCESS},
        {"a link that is absolute", VC_CALL_SYMLINK, 0, "/work", "new", 0, "/", VC_WASI_NOTCAPABLE},
        {"a link without text", VC_CALL_SYMLINK, 0, "/work", "new", 0, "", VC_WASI_NOENT},
        {"a link with a newline", VC_CALL_SYMLINK, 0, "/work", "new", 0, "a\nb", VC_WASI_ILSEQ},
        {"a link where something is", VC_CALL_SYMLINK, 0, "/work", "w", 0, "x", VC_WASI_EXIST},
        {"a link, before a slash", VC_CALL_SYMLINK, 0, "/work", "new/", 0, "x", VC_WASI_NOENT},
        {"a link over a directory, before a slash", VC_CALL_SYMLINK, 0, "/work", "sub/", 0, "x",
         VC_WASI_EXIST},
        {"a link over a file, before a slash", VC_CALL_SYMLINK, 0, "/work", "w/", 0, "x",
         VC_WASI_NOTDIR},
        {"a link among inputs", VC_CALL_SYMLINK, 0, "/in", "new", 0, "a", VC_WASI_ACCES},
        {"a link over the module", VC_CALL_SYMLINK, 0, "/program", "p.wasm", 0, "x", VC_WASI_ACCES},
        {"a link above the module", VC_CALL_SYMLINK, 0, "/", "program", 0, "work", VC_WASI_ACCES},
        {"a link below the module", VC_CALL_SYMLINK, 0, "/", "program/p.wasm/x", 0, "x",
         VC_WASI_NOTDIR},
    };

    run_rows(state, rows, VC_COUNT(rows));
}

static void test_places(void **state)
{
    static constexpr uint32_t R = VC_OPEN_READ;
    static constexpr uint32_t C = VC_OPEN_WRITE | VC_OPEN_CREATE;
    static const char longest[] =
        "work/"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xx";
    static const struct row rows[] = {
        {"up and down", VC_CALL_OPEN, R, "/", "in/.//sub/../../in/sub/../sub///./b", 0, 0,
         VC_WASI_SUCCESS},
        {"above the root", VC_CALL_OPEN, R, "/", "../in/a", 0, 0, VC_WASI_NOTCAPABLE},
        {"above the directory", VC_CALL_OPEN, R, "/in/sub", "../a", 0, 0, VC_WASI_NOTCAPABLE},
        {"above and back", VC_CALL_OPEN, R, "/in", "../in/a", 0, 0, VC_WASI_NOTCAPABLE},
        {"up from nothing", VC_CALL_OPEN, R, "/in", "none/../a", 0, 0, VC_WASI_NOENT},
        {"up from a file", VC_CALL_OPEN, R, "/in", "a/../a", 0, 0, VC_WASI_NOTDIR},
        {"below a file", VC_CALL_OPEN, R, "/in", "a/b", 0, 0, VC_WASI_NOTDIR},
        {"a file before a slash", VC_CALL_OPEN, R, "/in", "a/", 0, 0, VC_WASI_NOTDIR},
        {"a file before slashes", VC_CALL_STAT, 0, "/in", "a///", 0, 0, VC_WASI_NOTDIR},
        {"a directory before slashes", VC_CALL_OPEN, 0, "/in", "sub///", 0, 0, VC_WASI_SUCCESS},
        {"creating before a slash", VC_CALL_OPEN, C, "/work", "new/", 0, 0, VC_WASI_ISDIR},
        {"creating a directory by opening", VC_CALL_OPEN, C | VC_OPEN_DIRECTORY, "/work", "new", 0,
         0, VC_WASI_INVAL},
        {"a directory that is not there", VC_CALL_OPEN, R, "/nowhere", "a", 0, 0, VC_WASI_ACCES},
        {"a directory that was removed", VC_CALL_OPEN, R, "/work/none", "a", 0, 0, VC_WASI_NOENT},
        {"a directory that is a file", VC_CALL_OPEN, R, "/in/a", "b", 0, 0, VC_WASI_NOTDIR},
        {"a directory that is a link", VC_CALL_OPEN, R, "/work/dir", "x", 0, 0, VC_WASI_NOTDIR},
        {"a name of 256 bytes", VC_CALL_OPEN, C, "/", longest, 0, 0, VC_WASI_NAMETOOLONG},
        {"a directory itself", VC_CALL_STAT, 0, "/in", "", 0, 0, VC_WASI_SUCCESS},
        {"mkdir before a slash", VC_CALL_MKDIR, 0, "/work", "new/", 0, 0, VC_WASI_SUCCESS},
        {"mkdir of a dot", VC_CALL_MKDIR, 0, "/work", "sub/.", 0, 0, VC_WASI_EXIST},
        {"mkdir over a link", VC_CALL_MKDIR, 0, "/work", "dangling", 0, 0, VC_WASI_EXIST},
        {"mkdir over the module", VC_CALL_MKDIR, 0, "/", "program/p.wasm", 0, 0, VC_WASI_ACCES},
        {"mkdir too deep", VC_CALL_MKDIR, 0, "/work", "sub/3/4/5/6/7/8/9", 0, 0, VC_WASI_NOENT},
        {"unlinking a file before a slash", VC_CALL_UNLINK, 0, "/work", "w/", 0, 0, VC_WASI_NOTDIR},
        {"unlinking a directory before a slash", VC_CALL_UNLINK, 0, "/work", "sub/", 0, 0,
         VC_WASI_ISDIR},
        {"unlinking a link before a slash", VC_CALL_UNLINK, 0, "/work", "dir/", 0, 0,
         VC_WASI_NOTDIR},
        {"unlinking a link", VC_CALL_UNLINK, 0, "/work", "dir", 0, 0, VC_WASI_SUCCESS},
        {"unlinking a pinned file", VC_CALL_UNLINK, 0, "/work", "pinned", 0, 0, VC_WASI_ACCES},
        {"unlinking nothing", VC_CALL_UNLINK, 0, "/work", "none", 0, 0, VC_WASI_NOENT},
        {"rmdir of a file", VC_CALL_RMDIR, 0, "/work", "w", 0, 0, VC_WASI_NOTDIR},
        {"rmdir of a file before a slash", VC_CALL_RMDIR, 0, "/work", "w/", 0, 0, VC_WASI_NOTDIR},
        {"rmdir of a link", VC_CALL_RMDIR, 0, "/work", "dir/", 0, 0, VC_WASI_NOTDIR},
        {"rmdir of a dot", VC_CALL_RMDIR, 0, "/work", "sub/.", 0, 0, VC_WASI_INVAL},
        {"rmdir with something in it", VC_CALL_RMDIR, 0, "/work", "sub/", 0, 0, VC_WASI_NOTEMPTY},
        {"times of an input", VC_CALL_SET_TIMES, VC_TIME_MODIFIED, "/in", "a", 0, 0, VC_WASI_ACCES},
        {"times of what may be appended", VC_CALL_SET_TIMES, VC_TIME_MODIFIED, "/", "log", 0, 0,
         VC_WASI_ACCES},
        {"a time twice", VC_CALL_SET_TIMES, VC_TIME_MODIFIED | VC_TIME_MODIFIED_NOW, "/work", "w",
         0, 0, VC_WASI_INVAL},
        {"times of the root", VC_CALL_SET_TIMES, VC_TIME_MODIFIED, "/", ".", 0, 0, VC_WASI_ACCES},
        {"stat of what nobody has open", VC_CALL_STAT_OPEN, 0, 0, 0, 0, 0, VC_WASI_BADF},
        {"times of what nobody has open", VC_CALL_TOUCH_OPEN, 0, 0, 0, 0, 0, VC_WASI_BADF},
    };

    run_rows(state, rows, VC_COUNT(rows));
}

static void test_rename_rows(void **state)
{
    static constexpr uint32_t X = VC_CALL_RENAME;
    static const struct row rows[] = {
        {"a file", X, 0, "/work", "w", "/work", "v", VC_WASI_SUCCESS},
        {"a file over a file", X, 0, "/work", "w", "/out", "old", VC_WASI_SUCCESS},
        {"a file over itself", X, 0, "/work", "w", "/work", "sub/../w", VC_WASI_SUCCESS},
        {"a link", X, 0, "/work", "one", "/work", "v", VC_WASI_SUCCESS},
        {"a file over a link", X, 0, "/work", "w", "/work", "one", VC_WASI_SUCCESS},
        {"a directory", X, 0, "/work", "sub/", "/work", "new/", VC_WASI_SUCCESS},
        {"a directory to where all may be written", X, 0, "/work", "sub", "/out", "new",
         VC_WASI_SUCCESS},
        {"a file to before a slash", X, 0, "/work", "w", "/work", "v/", VC_WASI_NOTDIR},
        {"a file over a directory", X, 0, "/work", "w", "/work", "sub", VC_WASI_ISDIR},
        {"a directory over a file", X, 0, "/work", "sub", "/work", "w", VC_WASI_NOTDIR},
        {"a directory over a full one", X, 0, "/work", "sub", "/out", "d", VC_WASI_NOTEMPTY},
        {"a directory into itself", X, 0, "/work", "sub", "/work", "sub/y", VC_WASI_INVAL},
        {"nothing", X, 0, "/work", "none", "/work", "v", VC_WASI_NOENT},
        {"to below nothing", X, 0, "/work", "w", "/work", "none/v", VC_WASI_NOENT},
        {"a dot", X, 0, "/work/sub", ".", "/work", "v", VC_WASI_BUSY},
        {"an input", X, 0, "/in", "a", "/work", "v", VC_WASI_ACCES},
        {"over an input", X, 0, "/work", "w", "/in", "a", VC_WASI_ACCES},
        {"what may not be read", X, 0, "/out", "old", "/work", "v", VC_WASI_ACCES},
        {"a directory in which something may not be read", X, 0, "/out", "d", "/work", "v",
         VC_WASI_ACCES},
        {"the module", X, 0, "/program", "p.wasm", "/work", "v", VC_WASI_ACCES},
        {"over the module", X, 0, "/work", "w", "/program", "p.wasm", VC_WASI_ACCES},
        {"above the module", X, 0, "/work", "sub", "/", "program", VC_WASI_ACCES},
        {"the directory of the module", X, 0, "/", "program", "/work", "v", VC_WASI_ACCES},
        {"a pinned file", X, 0, "/work", "pinned", "/work", "v", VC_WASI_ACCES},
        {"over a pinned file", X, 0, "/work", "w", "/work", "pinned", VC_WASI_ACCES},
        {"the directory of a pinned file", X, 0, "/", "work", "/out", "v", VC_WASI_ACCES},
    };

    run_rows(state, rows, VC_COUNT(rows));
}

static void test_link_rows(void **state)
{
    static constexpr uint32_t X = VC_CALL_LINK;
    static const struct row rows[] = {
        {"a file", X, 0, "/work", "w", "/work", "v", VC_WASI_SUCCESS},
        {"a link", X, 0, "/work", "dangling", "/work", "v", VC_WASI_SUCCESS},
        {"a dangling link, followed", X, VC_CALL_FOLLOW, "/work", "dangling", "/work", "v",
         VC_WASI_NOENT},
        {"a file where something is", X, 0, "/work", "w", "/work", "one", VC_WASI_EXIST},
        {"a file to itself", X, 0, "/work", "w", "/work", "w", VC_WASI_EXIST},
        {"a file to before a slash", X, 0, "/work", "w", "/work", "v/", VC_WASI_NOENT},
        {"a directory", X, 0, "/work", "sub", "/work", "v", VC_WASI_PERM},
        {"nothing", X, 0, "/work", "none", "/work", "v", VC_WASI_NOENT},
        {"an input", X, 0, "/in", "a", "/work", "v", VC_WASI_ACCES},
        {"what may only be written", X, 0, "/out", "old", "/work", "v", VC_WASI_ACCES},
        {"what may only be appended", X, 0, "/", "log", "/work", "v", VC_WASI_ACCES},
        {"a pinned file", X, 0, "/work", "pinned", "/work", "v", VC_WASI_ACCES},
        {"a file among inputs", X, 0, "/work", "w", "/in", "v", VC_WASI_ACCES},
        {"a file as the module", X, 0, "/work", "w", "/program", "p.wasm", VC_WASI_ACCES},
    };

    run_rows(state, rows, VC_COUNT(rows));
}

static void test_forty_links_and_no_more(void **state)
{
    struct scene *made = *state;
    char name[16] = "l0";
    char target[16];
    struct answer answer;

    vc_view_free(made->view);
    scene_put_link(made->tree, "/work/l0", "w");
    for (unsigned i = 1; i <= VC_RESOLVE_LINKS_MAX; i++) {
        char path[24];

        (void)snprintf(target, sizeof(target), "%s", name);
        (void)snprintf(name, sizeof(name), "l%u", i);
        (void)snprintf(path, sizeof(path), "/work/%s", name);
        scene_put_link(made->tree, path, target);
    }
    assert_int_equal(
        vc_view_new(vc_view_fixture_force(vc_view_fixture()), 0, made->tree, &made->view, nullptr),
        VC_OK);
    for (unsigned i = 0; i < 2; i++) { /* "l40" would be the 41st */
        answer = ask(made, &(struct question){.call = VC_CALL_OPEN,
                                              .flags = VC_OPEN_READ | VC_CALL_FOLLOW,
                                              .directory = "/work",
                                              .name = i == 0 ? target : name});
        expect(i == 0 ? "forty" : "forty-one", &answer, i == 0 ? VC_WASI_SUCCESS : VC_WASI_LOOP);
    }
}

/* A link that is changed afterwards takes nothing along: what was opened stays what it was. */
static void test_a_link_that_changes(void **state)
{
    static constexpr uint32_t C = VC_OPEN_WRITE | VC_OPEN_CREATE | VC_CALL_FOLLOW;
    struct scene *made = *state;
    struct answer answer =
        ask(made, &(struct question){
                      .call = VC_CALL_SYMLINK, .directory = "/work", .name = "l", .name2 = "new"});

    expect("link", &answer, VC_WASI_SUCCESS);
    answer = call(made, VC_CALL_OPEN, C, "work/l");
    expect("through it", &answer, VC_WASI_SUCCESS);
    assert_int_equal(pwrite(answer.fd, "mine", 4, 0), 4);
    answer = call(made, VC_CALL_UNLINK, 0, "work/l");
    expect("unlink", &answer, VC_WASI_SUCCESS);
    answer = ask(
        made, &(struct question){
                  .call = VC_CALL_SYMLINK, .directory = "/work", .name = "l", .name2 = "../in/a"});
    expect("another link", &answer, VC_WASI_SUCCESS);
    answer = call(made, VC_CALL_OPEN, C, "work/l");
    expect("through that", &answer, VC_WASI_ACCES);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    assert_content(made->tree, "/work/new", "mine");
    assert_content(made->tree, "/in/a", "alpha");
    assert_string_equal(vc_tree_find(made->tree, "/work/l")->target, "../in/a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_decisions, nullptr, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_links_lead_nowhere_else, nullptr, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_places, nullptr, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_rename_rows, nullptr, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_link_rows, nullptr, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_forty_links_and_no_more, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(test_a_link_that_changes, scene_set_up, scene_tear_down),
    };

    return cmocka_run_group_tests_name("view_places", tests, nullptr, nullptr);
}
