/* SPDX-License-Identifier: MIT */

/* What several calls and a commit do together. */

#include "runtime/view_scene_test.h"

static void test_what_is_written_appears_at_commit(void **state)
{
    struct scene *made = *state;
    struct answer out =
        call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_CREATE | VC_OPEN_TRUNCATE, "out/new");
    struct answer log =
        call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_CREATE | VC_OPEN_APPEND, "log");
    struct answer work = call(made, VC_CALL_OPEN, VC_OPEN_READ | VC_OPEN_WRITE, "work/w");
    char seen[8] = "";

    assert_int_equal(pwrite(out.fd, "result", 6, 0), 6);
    assert_int_equal(pread(log.fd, seen, sizeof(seen), 0), 0); /* what was there stays unseen */
    assert_int_equal(pwrite(log.fd, "second", 6, 0), 6);
    assert_int_equal(pread(work.fd, seen, sizeof(seen), 0), 4);
    assert_int_equal(pwrite(work.fd, "W", 1, 0), 1);
    assert_int_equal(call(made, VC_CALL_STAT, 0, "out/new").head.size, 6);
    assert_null(vc_tree_find(made->tree, "/out/new"));
    assert_content(made->tree, "/work/w", "work");

    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    assert_content(made->tree, "/out/new", "result");
    assert_content(made->tree, "/log", "first,second");
    assert_content(made->tree, "/work/w", "Work");
    assert_content(made->tree, "/secret/s", "secret");
}

static void test_inputs_cannot_be_written_by_their_descriptor(void **state)
{
    struct answer in = call(*state, VC_CALL_OPEN, VC_OPEN_READ, "in/a");

    assert_true(in.fd >= 0);
    assert_int_equal(in.head.access, VC_ACCESS_READ);
    assert_int_equal(pwrite(in.fd, "x", 1, 0), -1);
    assert_int_equal(ftruncate(in.fd, 0), -1);
}

static void test_rename_keeps_what_is_being_written(void **state)
{
    struct scene *made = *state;
    struct answer out = call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_CREATE, "out/tmp");

    assert_int_equal(pwrite(out.fd, "done", 4, 0), 4);
    assert_int_equal(call2(made, VC_CALL_RENAME, 0, "out/tmp", "out/final").head.wasi_errno,
                     VC_WASI_SUCCESS);
    assert_int_equal(call2(made, VC_CALL_RENAME, 0, "in/a", "out/stolen").head.wasi_errno,
                     VC_WASI_ACCES);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    assert_content(made->tree, "/out/final", "done");
    assert_null(vc_tree_find(made->tree, "/out/tmp"));
}

static void test_limits(void **state)
{
    static constexpr uint32_t create = VC_OPEN_WRITE | VC_OPEN_CREATE;
    struct scene *made = *state;
    char path[16] = "out/0";
    char much[101] = "";
    struct answer out;
    struct vc_err err;

    for (unsigned i = 0; i < 8; i++, path[4]++) {
        out = call(made, VC_CALL_OPEN, create, path);
        assert_int_equal(out.head.wasi_errno, VC_WASI_SUCCESS);
    }
    assert_int_equal(call(made, VC_CALL_OPEN, create, path).head.wasi_errno, VC_WASI_NOSPC);
    assert_int_equal(pwrite(out.fd, much, sizeof(much), 0), sizeof(much));
    assert_int_equal(vc_view_commit(made->view, made->tree, &err), VC_LIMIT);
    assert_string_equal(err.text, "limits.output_bytes: more than 100");
    assert_null(vc_tree_find(made->tree, "/out/0"));
}

/* ---- several names, and none ---- */

static void test_second_names(void **state)
{
    struct scene *made = *state;
    struct answer first = call2(made, VC_CALL_LINK, 0, "work/w", "work/v");
    struct answer second;
    char seen[8] = "";

    expect("link", &first, VC_WASI_SUCCESS);
    first = call(made, VC_CALL_OPEN, VC_OPEN_READ | VC_OPEN_WRITE, "work/w");
    second = call(made, VC_CALL_OPEN, VC_OPEN_READ | VC_OPEN_WRITE, "work/v");
    assert_int_equal(first.head.inode, second.head.inode);
    assert_int_equal(first.head.links, 2);
    assert_int_equal(second.head.links, 2);
    assert_int_equal(pwrite(first.fd, "W", 1, 0), 1);
    assert_int_equal(pread(second.fd, seen, sizeof(seen), 0), 4);
    assert_memory_equal(seen, "Work", 4);
    first = call(made, VC_CALL_UNLINK, 0, "work/w");
    expect("unlink", &first, VC_WASI_SUCCESS);
    second = call(made, VC_CALL_STAT, 0, "work/v");
    assert_int_equal(second.head.links, 1);
    first = call2(made, VC_CALL_LINK, 0, "work/v", "out/u");
    expect("link", &first, VC_WASI_SUCCESS);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    assert_null(vc_tree_find(made->tree, "/work/w"));
    assert_content(made->tree, "/work/v", "Work");
    assert_content(made->tree, "/out/u", "Work");
    assert_int_not_equal(vc_tree_find(made->tree, "/work/v")->inode,
                         vc_tree_find(made->tree, "/out/u")->inode);
}

static void test_unlinked_files_count_until_the_end(void **state)
{
    struct scene *made = *state;
    struct answer out = call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_CREATE, "out/new");
    struct answer answer = call(made, VC_CALL_UNLINK, 0, "out/new");
    uint8_t much[200] = {};

    expect("unlink", &answer, VC_WASI_SUCCESS);
    assert_int_equal(pwrite(out.fd, much, sizeof(much), 0), sizeof(much));
    assert_int_equal(vc_view_output_bytes(made->view), sizeof(much));
    assert_true(vc_view_has_outputs(made->view));
    answer = ask(made, &(struct question){.call = VC_CALL_STAT_OPEN, .inode = out.head.inode});
    expect("stat", &answer, VC_WASI_SUCCESS);
    assert_int_equal(answer.head.size, sizeof(much));
    assert_int_equal(answer.head.links, 0);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr),
                     VC_OK); /* none is published */
    assert_null(vc_tree_find(made->tree, "/out/new"));
}

/* What was in a file when the run began to write it is no growth. */
static void test_growth(void **state)
{
    struct scene *made = *state;
    struct answer work = call(made, VC_CALL_OPEN, VC_OPEN_READ | VC_OPEN_WRITE, "work/w");
    uint8_t much[105] = {};

    assert_int_equal(pwrite(work.fd, much, 104, 0), 104);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    vc_view_free(made->view);
    assert_int_equal(
        vc_view_new(vc_view_fixture_force(vc_view_fixture()), 0, made->tree, &made->view, nullptr),
        VC_OK);
    work = call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_TRUNCATE, "work/w");
    assert_int_equal(pwrite(work.fd, much, 101, 0), 101);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_LIMIT);
    assert_int_equal(vc_view_limits_met(made->view), VC_RUN_LIMIT_OUTPUT);
}

/* ---- kinds, directories ---- */

static void test_another_kind_under_the_same_name(void **state)
{
    struct scene *made = *state;

    assert_int_equal(call(made, VC_CALL_UNLINK, 0, "work/w").head.wasi_errno, 0);
    assert_int_equal(call(made, VC_CALL_MKDIR, 0, "work/w").head.wasi_errno, 0);
    assert_int_equal(
        call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_CREATE, "work/w/f").head.wasi_errno, 0);
    assert_int_equal(call(made, VC_CALL_UNLINK, 0, "work/sub/x").head.wasi_errno, 0);
    assert_int_equal(call(made, VC_CALL_RMDIR, 0, "work/sub").head.wasi_errno, 0);
    assert_int_equal(
        call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_CREATE, "work/sub").head.wasi_errno, 0);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    assert_content(made->tree, "/work/w/f", "");
    assert_content(made->tree, "/work/sub", "");
}

static void test_rename_of_a_directory(void **state)
{
    static const char paths[] = "/work/sub\0/out/new";
    struct scene *made = *state;
    struct answer open = call(made, VC_CALL_OPEN, VC_OPEN_READ | VC_OPEN_WRITE, "work/sub/x");
    struct answer answer = call2(made, VC_CALL_RENAME, 0, "work/dir/../sub/", "out/new/");

    expect("rename", &answer, VC_WASI_SUCCESS);
    assert_int_equal(answer.tail.size, sizeof(paths));
    assert_int_equal(answer.head.text_size, sizeof(paths));
    assert_memory_equal(answer.tail.data, paths, sizeof(paths));
    assert_int_equal(pwrite(open.fd, "B", 1, 0), 1);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    assert_content(made->tree, "/out/new/x", "Below");
    assert_null(vc_tree_find(made->tree, "/work/sub"));
}

/* What a run itself made it may take away and move without `delete`. */
static void test_own_things(void **state)
{
    struct vc_policy policy = *vc_view_fixture();
    struct vc_policy_right rights[] = {{{VC_SUBJECT_PROGRAM, 0}, VC_RIGHT_WRITE, nullptr, true}};
    static char out[] = "/out";
    struct scene *made;

    rights[0].path = out;
    policy.rights = rights;
    policy.right_count = VC_COUNT(rights);
    (void)scene_set_up_with(state, &policy);
    made = *state;
    assert_int_equal(call(made, VC_CALL_UNLINK, 0, "out/old").head.wasi_errno, VC_WASI_ACCES);
    assert_int_equal(call2(made, VC_CALL_RENAME, 0, "out/old", "out/x").head.wasi_errno,
                     VC_WASI_ACCES);
    assert_int_equal(call(made, VC_CALL_MKDIR, 0, "out/m").head.wasi_errno, 0);
    assert_int_equal(
        call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_CREATE, "out/m/f").head.wasi_errno, 0);
    assert_int_equal(call2(made, VC_CALL_RENAME, 0, "out/m", "out/n").head.wasi_errno, 0);
    assert_int_equal(call2(made, VC_CALL_RENAME, 0, "out/n/f", "out/old").head.wasi_errno, 0);
    /* what takes another's place is there to stay, however often it is replaced */
    assert_int_equal(call(made, VC_CALL_UNLINK, 0, "out/old").head.wasi_errno, VC_WASI_ACCES);
    assert_int_equal(call2(made, VC_CALL_RENAME, 0, "out/old", "out/x").head.wasi_errno,
                     VC_WASI_ACCES);
    assert_int_equal(
        call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_CREATE, "out/n/g").head.wasi_errno, 0);
    assert_int_equal(call2(made, VC_CALL_RENAME, 0, "out/n/g", "out/old").head.wasi_errno, 0);
    assert_int_equal(call(made, VC_CALL_UNLINK, 0, "out/old").head.wasi_errno, VC_WASI_ACCES);
    assert_int_equal(call(made, VC_CALL_RMDIR, 0, "out/n").head.wasi_errno, 0);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    assert_content(made->tree, "/out/old", "");
    (void)scene_tear_down(state);
    (void)scene_set_up(state);
}

/* Who may append to a file and delete it, and not read it, cannot take it to where it may read. */
static void test_what_is_unseen_stays_unseen(void **state)
{
    static char log[] = "/log", work[] = "/work";
    static struct vc_policy_right rights[] = {
        {{VC_SUBJECT_PROGRAM, 0}, VC_RIGHT_APPEND | VC_RIGHT_DELETE, log, false},
        {{VC_SUBJECT_PROGRAM, 0}, VC_RIGHT_READ | VC_RIGHT_WRITE, work, true},
    };
    struct vc_policy policy = *vc_view_fixture();
    struct scene *made;
    struct answer answer;

    policy.rights = rights;
    policy.right_count = VC_COUNT(rights);
    (void)scene_set_up_with(state, &policy);
    made = *state;
    assert_int_equal(call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_APPEND, "log").head.access,
                     VC_ACCESS_APPEND);
    answer = call2(made, VC_CALL_RENAME, 0, "log", "work/seen");
    expect("what stood there before", &answer, VC_WASI_ACCES);
    assert_int_equal(call(made, VC_CALL_UNLINK, 0, "log").head.wasi_errno, 0);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    assert_null(vc_tree_find(made->tree, "/work/seen"));
}

/* Names as they come, each with a space behind it; the last cookie. */
static uint64_t names_of(const struct answer *answer, char names[200])
{
    struct vc_worker_entry entry = {};

    names[0] = '\0';
    for (size_t at = 0; at < answer->tail.size; at += sizeof(entry) + entry.name_size) {
        memcpy(&entry, answer->tail.data + at, sizeof(entry));
        (void)snprintf(names + strlen(names), 200 - strlen(names), "%.*s ", (int)entry.name_size,
                       answer->tail.data + at + sizeof(entry));
    }
    return entry.cookie;
}

static struct answer list(struct scene *state, const char *directory, uint64_t cookie)
{
    struct answer answer =
        ask(state,
            &(struct question){.call = VC_CALL_READDIR, .directory = directory, .cookie = cookie});

    expect(directory, &answer, VC_WASI_SUCCESS);
    return answer;
}

static void test_listing(void **state)
{
    struct scene *made = *state;
    struct vc_worker_entry dots[2];
    struct answer answer = list(made, "/in", 0);
    char names[200];
    uint64_t cookie = names_of(&answer, names);

    assert_string_equal(names, ". .. a sub ");
    assert_int_equal(answer.head.entry_count, 4);
    memcpy(&dots[0], answer.tail.data, sizeof(dots[0]));
    memcpy(&dots[1], answer.tail.data + sizeof(dots[0]) + 1, sizeof(dots[1]));
    assert_int_equal(dots[0].inode, call(made, VC_CALL_STAT, 0, "in").head.inode);
    assert_int_equal(dots[1].inode, call(made, VC_CALL_STAT, 0, ".").head.inode);
    answer = list(made, "/in", dots[1].cookie);
    (void)names_of(&answer, names);
    assert_string_equal(names, "a sub ");
    answer = list(made, "/in", cookie);
    assert_int_equal(answer.head.entry_count, 0);
    answer = list(made, "/in", UINT64_MAX);
    assert_int_equal(answer.head.entry_count, 0);
    answer = list(made, "/work", 0); /* which the program finds open */
    memcpy(&dots[1], answer.tail.data + sizeof(dots[0]) + 1, sizeof(dots[1]));
    assert_int_equal(dots[1].inode, call(made, VC_CALL_STAT, 0, "work").head.inode);
}

/* A cookie stays good while others come and go, and if its own entry goes. */
static void test_cookies(void **state)
{
    struct scene *made = *state;
    struct answer answer;
    char names[200];
    uint64_t at_one;

    assert_int_equal(call(made, VC_CALL_MKDIR, 0, "work/sub/1").head.wasi_errno, 0);
    answer = list(made, "/work/sub", 0);
    at_one = names_of(&answer, names);
    assert_string_equal(names, ". .. x 1 ");
    assert_int_equal(call(made, VC_CALL_MKDIR, 0, "work/sub/0").head.wasi_errno, 0);
    assert_int_equal(call(made, VC_CALL_UNLINK, 0, "work/sub/x").head.wasi_errno, 0);
    answer = list(made, "/work/sub", at_one);
    (void)names_of(&answer, names);
    assert_string_equal(names, "0 ");
    assert_int_equal(call(made, VC_CALL_RMDIR, 0, "work/sub/1").head.wasi_errno, 0);
    answer = list(made, "/work/sub", at_one);
    (void)names_of(&answer, names);
    assert_string_equal(names, "0 ");
}

static void test_listing_of_many(void **state)
{
    static struct vc_tree_quota wide = {
        .files = 10000, .bytes = 10000, .file_bytes = 1000, .depth = 8};
    struct scene *made = *state;
    uint64_t cookie = 0;
    unsigned count = 0;
    unsigned packets = 0;

    (void)scene_tear_down(state);
    assert_int_equal(vc_tree_new(&wide, &made->tree, nullptr), VC_OK);
    for (unsigned i = 0; i < 5000; i++) {
        char path[40];

        (void)snprintf(path, sizeof(path), "/in/file-%u", i);
        assert_int_equal(vc_tree_make_directory(made->tree, path, nullptr), VC_OK);
    }
    assert_int_equal(
        vc_view_new(vc_view_fixture_force(vc_view_fixture()), 0, made->tree, &made->view, nullptr),
        VC_OK);
    for (struct answer answer = list(made, "/in", 0); answer.head.entry_count > 0;
         answer = list(made, "/in", cookie)) {
        struct vc_worker_entry entry;

        for (size_t at = 0; at < answer.tail.size; at += sizeof(entry) + entry.name_size) {
            memcpy(&entry, answer.tail.data + at, sizeof(entry));
            assert_true(entry.cookie > cookie);
            cookie = entry.cookie;
            count++;
        }
        packets++;
    }
    assert_int_equal(count, 5002);
    assert_true(packets > 1);
}

/* What is below a moved directory is asked about path by path, so there is an end to it. */
static void test_moving_without_end(void **state)
{
    static const struct vc_tree_quota wide = {
        .files = 20000, .bytes = 10000, .file_bytes = 1000, .depth = 8};
    static constexpr unsigned FILES = 16384;
    struct scene *made = *state;
    unsigned moves = 0;
    uint32_t met = 0;

    (void)scene_tear_down(state);
    assert_int_equal(vc_tree_new(&wide, &made->tree, nullptr), VC_OK);
    for (unsigned i = 0; i < FILES; i++) {
        char path[40];

        (void)snprintf(path, sizeof(path), "/work/0/%u", i);
        assert_int_equal(vc_tree_make_directory(made->tree, path, nullptr), VC_OK);
    }
    assert_int_equal(
        vc_view_new(vc_view_fixture_force(vc_view_fixture()), 0, made->tree, &made->view, nullptr),
        VC_OK);
    for (; met == 0; moves++) {
        struct answer answer = call2(made, VC_CALL_RENAME, 0, moves % 2 == 0 ? "work/0" : "work/1",
                                     moves % 2 == 0 ? "work/1" : "work/0");

        met = vc_view_limits_met(made->view);
        expect("move", &answer, met == 0 ? VC_WASI_SUCCESS : VC_WASI_NOSPC);
    }
    assert_int_equal(met, VC_RUN_LIMIT_FILES);
    assert_int_equal(moves, (1 << 18) / FILES + 1);
    assert_int_equal(vc_tree_file_count(made->tree), FILES + 2);
}

/* A program finds the way to its rights, though nobody has put anything there yet. */
static void test_directories_of_the_policy(void **state)
{
    struct scene *made = *state;
    struct answer answer;

    vc_view_free(made->view);
    vc_tree_free(made->tree);
    assert_int_equal(vc_tree_new(&scene_quota, &made->tree, nullptr), VC_OK);
    assert_int_equal(
        vc_view_new(vc_view_fixture_force(vc_view_fixture()), 0, made->tree, &made->view, nullptr),
        VC_OK);
    answer = call(made, VC_CALL_STAT, 0, "out");
    expect("stat", &answer, VC_WASI_SUCCESS);
    assert_int_equal(answer.head.node_kind, VC_NODE_DIRECTORY);
    answer = call(made, VC_CALL_OPEN, VC_OPEN_DIRECTORY, "out");
    expect("open", &answer, VC_WASI_SUCCESS);
    answer = call(made, VC_CALL_MKDIR, 0, "out");
    expect("mkdir", &answer, VC_WASI_EXIST);
    answer = call(made, VC_CALL_STAT, 0, "log");
    expect("a file that is not there", &answer, VC_WASI_NOENT);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    assert_int_equal(vc_tree_file_count(made->tree), 0);
    answer = call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_CREATE, "out/f");
    expect("create", &answer, VC_WASI_SUCCESS);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    assert_int_equal(vc_tree_file_count(made->tree), 2);
}

/* ---- times ---- */

static constexpr uint64_t NOW_NS = 1800000000123456789;

static uint64_t now_ns(void)
{
    return NOW_NS;
}

static struct answer touch(struct scene *state, const char *name, uint32_t flags,
                           uint64_t modified_ns)
{
    return ask(state, &(struct question){.call = VC_CALL_SET_TIMES,
                                         .flags = flags,
                                         .directory = "/",
                                         .name = name,
                                         .modified_ns = modified_ns});
}

static void test_times_without_a_clock(void **state)
{
    struct scene *made = *state;
    struct answer answer = call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_CREATE, "work/new");
    uint64_t inode = answer.head.inode;

    assert_int_equal(answer.head.modified_ns, 0);
    assert_int_equal(answer.head.changed_ns, 0);
    answer = ask(made, &(struct question){.call = VC_CALL_TOUCH_OPEN,
                                          .flags = VC_TIME_MODIFIED | VC_TIME_ACCESSED_NOW,
                                          .inode = inode,
                                          .modified_ns = UINT64_MAX - 99});
    expect("touch", &answer, VC_WASI_SUCCESS);
    answer = ask(made, &(struct question){.call = VC_CALL_STAT_OPEN, .inode = inode});
    assert_int_equal(answer.head.modified_ns, UINT64_MAX - 99);
    assert_int_equal(answer.head.accessed_ns, 0);
    answer = touch(made, "work/dangling", VC_TIME_MODIFIED, 17);
    expect("a link itself", &answer, VC_WASI_SUCCESS);
    answer = call(made, VC_CALL_STAT, 0, "work/dangling");
    assert_int_equal(answer.head.modified_ns, 17);
    answer = touch(made, "work/sub", VC_TIME_MODIFIED, 18);
    expect("a directory", &answer, VC_WASI_SUCCESS);
    answer = call(made, VC_CALL_OPEN, VC_OPEN_READ, "in/a");
    answer = ask(made, &(struct question){.call = VC_CALL_TOUCH_OPEN,
                                          .flags = VC_TIME_MODIFIED,
                                          .inode = answer.head.inode});
    expect("an input that is open", &answer, VC_WASI_ACCES);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    assert_int_equal(vc_tree_find(made->tree, "/work/dangling")->times.modified_ns, 17);
    assert_int_equal(vc_tree_find(made->tree, "/work/sub")->times.modified_ns, 18);
    assert_int_equal(vc_tree_find(made->tree, "/work/new")->times.modified_ns, UINT64_MAX - 99);
}

static void test_times_with_a_clock(void **state)
{
    struct vc_policy policy = *vc_view_fixture();
    struct vc_policy_program program = policy.programs[0];
    struct scene *made;
    struct answer answer;

    program.clock = true;
    policy.programs = &program;
    (void)scene_set_up_with(state, &policy);
    made = *state;
    vc_view_free(made->view);
    vc_tree_set_clock(made->tree, now_ns);
    scene_put(made->tree, "/in/a", "changed");
    assert_int_equal(
        vc_view_new(vc_view_fixture_force(&policy), 0, made->tree, &made->view, nullptr), VC_OK);
    answer = call(made, VC_CALL_STAT, 0, "in/a");
    assert_int_equal(answer.head.modified_ns, NOW_NS / 1000000 * 1000000); /* no finer than that */
    answer = call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_CREATE, "work/new");
    assert_true(answer.head.modified_ns > 0 && answer.head.modified_ns % 1000000 == 0);
    answer = touch(made, "work/new", VC_TIME_MODIFIED, 1234567);
    expect("touch", &answer, VC_WASI_SUCCESS);
    answer = call(made, VC_CALL_STAT, 0, "work/new");
    assert_int_equal(answer.head.modified_ns, 1234567);
    answer = call(made, VC_CALL_OPEN, VC_OPEN_WRITE, "work/new");
    assert_int_equal(pwrite(answer.fd, "x", 1, 0), 1); /* which moves it on */
    answer = call(made, VC_CALL_STAT, 0, "work/new");
    assert_true(answer.head.modified_ns > 1234567);
    answer = touch(made, "work/w", VC_TIME_MODIFIED_NOW, 0);
    expect("now", &answer, VC_WASI_SUCCESS);
    answer = call(made, VC_CALL_STAT, 0, "work/w");
    assert_int_equal(answer.head.modified_ns, NOW_NS / 1000000 * 1000000);
    (void)scene_tear_down(state);
    (void)scene_set_up(state);
}

/* ---- limits ---- */

static void test_limits_are_told_apart(void **state)
{
    struct scene *made = *state;
    struct answer answer;

    for (unsigned i = 0; i < 2; i++) {
        answer = call(made, VC_CALL_MKDIR, 0, i == 0 ? "work/3" : "work/3/4");
        expect("mkdir", &answer, VC_WASI_SUCCESS);
    }
    assert_int_equal(vc_view_limits_met(made->view), 0);
    for (const char *const *name =
             (const char *const[]){"work/3/4/5", "work/3/4/5/6", "work/3/4/5/6/7",
                                   "work/3/4/5/6/7/8", nullptr};
         *name != nullptr; name++) {
        answer = call(made, VC_CALL_MKDIR, 0, *name);
        expect(*name, &answer, VC_WASI_SUCCESS);
    }
    answer = call(made, VC_CALL_MKDIR, 0, "work/3/4/5/6/7/8/9");
    expect("the eighth name", &answer, VC_WASI_SUCCESS);
    assert_int_equal(vc_view_limits_met(made->view), 0);
    answer = call(made, VC_CALL_MKDIR, 0, "work/3/4/5/6/7/8/9/0");
    expect("storage.depth", &answer, VC_WASI_NOSPC);
    assert_int_equal(vc_view_limits_met(made->view), VC_RUN_LIMIT_STORAGE);
    answer =
        ask(made, &(struct question){
                      .call = VC_CALL_SYMLINK, .directory = "/work", .name = "s", .name2 = "x"});
    expect("limits.files", &answer, VC_WASI_NOSPC);
    assert_int_equal(vc_view_limits_met(made->view), VC_RUN_LIMIT_STORAGE | VC_RUN_LIMIT_FILES);
}

static void test_packets_out_of_form(void **state)
{
    struct scene *made = *state;
    struct vc_worker_call head = {
        .kind = VC_WORKER_CALL, .call = VC_CALL_STAT, .directory_size = 1, .name_size = 4};
    uint8_t packet[sizeof(head) + 6];
    struct vc_buffer answer = {};
    int fd = -1;

    memcpy(packet, &head, sizeof(head));
    memcpy(packet + sizeof(head), "/in/a!", 6);
    for (size_t size = 0; size <= sizeof(packet); size++) {
        enum vc_code expect = size == sizeof(head) + 5 ? VC_OK : VC_MALFORMED;

        assert_int_equal(
            vc_view_call(made->view, (struct vc_bytes){packet, size}, &answer, &fd, nullptr),
            expect);
    }
    head.call = 99;
    memcpy(packet, &head, sizeof(head));
    assert_int_equal(vc_view_call(made->view, (struct vc_bytes){packet, sizeof(packet) - 1},
                                  &answer, &fd, nullptr),
                     VC_MALFORMED);
    vc_buffer_done(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_written_appears_at_commit, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(test_inputs_cannot_be_written_by_their_descriptor,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_rename_keeps_what_is_being_written, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(test_limits, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_own_things, nullptr, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_unseen_stays_unseen, nullptr, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_times_with_a_clock, nullptr, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_second_names, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_unlinked_files_count_until_the_end, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(test_growth, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_another_kind_under_the_same_name, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(test_rename_of_a_directory, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_listing, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_cookies, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_listing_of_many, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_moving_without_end, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_directories_of_the_policy, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(test_times_without_a_clock, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_limits_are_told_apart, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_packets_out_of_form, scene_set_up, scene_tear_down),
    };

    return cmocka_run_group_tests_name("view", tests, nullptr, nullptr);
}
