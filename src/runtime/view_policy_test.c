/* SPDX-License-Identifier: MIT */

/* "/veracruz/policy.json" in what a run sees: told anew at each opening, and that nothing changes
 * there; and which files a run can be told of. */

#include "runtime/origin.h"
#include "runtime/view_scene_test.h"

static constexpr unsigned ALL =
    VC_RIGHT_READ | VC_RIGHT_WRITE | VC_RIGHT_APPEND | VC_RIGHT_LIST | VC_RIGHT_DELETE;

/* The program has every right to every file. */
static struct vc_policy *policy_of_everything(void)
{
    static char root[] = "/";
    static struct vc_policy_right rights[] = {{{VC_SUBJECT_PROGRAM, 0}, ALL, root, true}};
    static struct vc_policy policy;

    policy = *vc_view_fixture();
    policy.rights = rights;
    policy.right_count = VC_COUNT(rights);
    return &policy;
}

/* Who tells the policy here: how often it was asked, in so many bytes. */
struct teller {
    enum vc_code code;
    unsigned asked;
};

static enum vc_code tell(void *user, struct vc_buffer *json, struct vc_err *err)
{
    struct teller *teller = user;

    teller->asked++;
    for (unsigned i = 0; teller->code == VC_OK && i < teller->asked; i++) {
        enum vc_code code = vc_buffer_append_text(json, "{}", err);

        if (code != VC_OK)
            return code;
    }
    return teller->code;
}

/* Makes the view anew. The index is the one of the scene's policy. */
static void look_anew(struct scene *made)
{
    static struct vc_policy policy;

    policy = *policy_of_everything();
    policy.index = made->index;
    vc_view_free(made->view);
    assert_int_equal(
        vc_view_new(vc_view_fixture_force(&policy), 0, made->tree, &made->view, nullptr), VC_OK);
}

static int set_up(void **state)
{
    int failed = scene_set_up_with(state, policy_of_everything());
    struct scene *made = *state;

    scene_put_link(made->tree, "/work/to-policy", "../veracruz/policy.json");
    scene_put_link(made->tree, "/work/to-directory", "../veracruz");
    look_anew(made);
    return failed;
}

/* As the worker has it. */
static struct scene *start(void **state, struct teller *teller)
{
    struct scene *made = *state;

    look_anew(made);
    vc_view_set_policy(made->view, tell, teller);
    return made;
}

static constexpr uint32_t SHELL = VC_OPEN_WRITE | VC_OPEN_CREATE | VC_OPEN_TRUNCATE;
static const struct {
    const char *name;
    uint32_t flags;
    const char *path;
    uint32_t expect;
} OPENINGS[] = {
    {"read", VC_OPEN_READ, "veracruz/policy.json", 0},
    {"neither", 0, "veracruz/policy.json", 0},
    {"read, made if missing", VC_OPEN_READ | VC_OPEN_CREATE, "veracruz/policy.json", 0},
    {"spelled", VC_OPEN_READ, "veracruz/../veracruz//./policy.json", 0},
    {"by a link", VC_OPEN_READ | VC_CALL_FOLLOW, "work/to-policy", 0},
    {"by a link to the directory", VC_OPEN_READ, "work/to-directory/policy.json", 0},
    {"a link itself", VC_OPEN_READ, "work/to-policy", VC_WASI_LOOP},
    {"write", VC_OPEN_WRITE, "veracruz/policy.json", VC_WASI_ACCES},
    {"write as a shell does", SHELL, "veracruz/policy.json", VC_WASI_ACCES},
    {"append", VC_OPEN_WRITE | VC_OPEN_APPEND, "veracruz/policy.json", VC_WASI_ACCES},
    {"append alone", VC_OPEN_APPEND, "veracruz/policy.json", VC_WASI_ACCES},
    {"truncate alone", VC_OPEN_TRUNCATE, "veracruz/policy.json", VC_WASI_ACCES},
    {"both ways", VC_OPEN_READ | VC_OPEN_WRITE, "veracruz/policy.json", VC_WASI_ACCES},
    {"write by a link", SHELL | VC_CALL_FOLLOW, "work/to-policy", VC_WASI_ACCES},
    {"only if missing", SHELL | VC_OPEN_EXCLUSIVE, "veracruz/policy.json", VC_WASI_EXIST},
    {"as a directory", VC_OPEN_READ | VC_OPEN_DIRECTORY, "veracruz/policy.json", VC_WASI_NOTDIR},
    {"with a slash", VC_OPEN_READ, "veracruz/policy.json/", VC_WASI_NOTDIR},
    {"below", VC_OPEN_READ, "veracruz/policy.json/x", VC_WASI_NOTDIR},
    {"another", VC_OPEN_READ, "veracruz/none", VC_WASI_ACCES},
    {"a new one", SHELL, "veracruz/none", VC_WASI_ACCES},
    {"the directory, to write", SHELL, "veracruz", VC_WASI_ISDIR},
};

static void test_opening(void **state)
{
    for (size_t i = 0; i < VC_COUNT(OPENINGS); i++) {
        struct teller teller = {};
        struct answer answer;
        char text[8] = {};

        (void)set_up(state);
        answer = call(start(state, &teller), VC_CALL_OPEN, OPENINGS[i].flags, OPENINGS[i].path);
        expect(OPENINGS[i].name, &answer, OPENINGS[i].expect);
        if (OPENINGS[i].expect == 0 &&
            (teller.asked != 1 || answer.head.node_kind != VC_NODE_FILE || answer.head.size != 2 ||
             answer.head.access != VC_ACCESS_READ || answer.head.links != 1 ||
             pread(answer.fd, text, sizeof(text), 0) != 2 || strcmp(text, "{}") != 0 ||
             write(answer.fd, "x", 1) >= 0))
            fail_msg("%s: not what was told", OPENINGS[i].name);
        (void)scene_tear_down(state);
    }
    (void)set_up(state);
}

/* Each opening has what is so then, and stays what it is. */
static void test_each_opening(void **state)
{
    struct teller teller = {};
    struct scene *made = start(state, &teller);
    struct answer answer = call(made, VC_CALL_OPEN, VC_OPEN_READ, "veracruz/policy.json");
    uint64_t inode = answer.head.inode;
    int first = dup(answer.fd);
    char text[16] = {};

    assert_int_equal(answer.head.size, 2);
    answer = call(made, VC_CALL_STAT, 0, "veracruz/policy.json");
    expect("stat", &answer, VC_WASI_SUCCESS);
    assert_int_equal(answer.head.size, 4);
    assert_int_equal(answer.head.inode, inode);
    answer = call(made, VC_CALL_OPEN, VC_OPEN_READ, "veracruz/policy.json");
    assert_int_equal(answer.head.size, 6);
    assert_int_equal(pread(answer.fd, text, sizeof(text), 0), 6);
    assert_int_equal(pread(first, text, sizeof(text), 0), 2);
    (void)close(first);
    answer = ask(made, &(struct question){.call = VC_CALL_STAT_OPEN, .inode = inode});
    expect("stat of what is open", &answer, VC_WASI_SUCCESS);
    assert_int_equal(answer.head.inode, inode);
    assert_int_equal(answer.head.node_kind, VC_NODE_FILE);
    answer =
        ask(made, &(struct question){
                      .call = VC_CALL_TOUCH_OPEN, .flags = VC_TIME_MODIFIED_NOW, .inode = inode});
    expect("times of what is open", &answer, VC_WASI_ACCES);
    assert_int_equal(vc_view_output_bytes(made->view), 0);
    assert_false(vc_view_has_outputs(made->view));
}

static void test_refusals(void **state)
{
    static const struct {
        enum vc_code code;
        uint32_t expect;
    } rows[] = {{VC_LIMIT, VC_WASI_FBIG}, {VC_MEMORY, VC_WASI_NOMEM}, {VC_HOST, VC_WASI_IO}};
    struct teller teller = {};
    struct scene *made = start(state, &teller);
    struct answer answer;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        teller.code = rows[i].code;
        answer = call(made, VC_CALL_OPEN, VC_OPEN_READ, "veracruz/policy.json");
        expect("open", &answer, rows[i].expect);
        answer = call(made, VC_CALL_STAT, 0, "veracruz/policy.json");
        expect("stat", &answer, rows[i].expect);
    }
    vc_view_set_policy(made->view, nullptr, nullptr);
    answer = call(made, VC_CALL_OPEN, VC_OPEN_READ, "veracruz/policy.json");
    expect("nobody tells", &answer, VC_WASI_IO);
}

/* One call, which has to change nothing. */
static const struct change changes[] = {
    {"unlink", VC_CALL_UNLINK, 0, "veracruz/policy.json", nullptr, VC_WASI_ACCES},
    {"unlink another", VC_CALL_UNLINK, 0, "veracruz/none", nullptr, VC_WASI_ACCES},
    {"remove the directory", VC_CALL_RMDIR, 0, "veracruz", nullptr, VC_WASI_ACCES},
    {"remove it as a directory", VC_CALL_RMDIR, 0, "veracruz/policy.json", nullptr, VC_WASI_ACCES},
    {"make the directory", VC_CALL_MKDIR, 0, "veracruz", nullptr, VC_WASI_ACCES},
    {"make one in it", VC_CALL_MKDIR, 0, "veracruz/d", nullptr, VC_WASI_ACCES},
    {"make one below it", VC_CALL_MKDIR, 0, "veracruz/policy.json/d", nullptr, VC_WASI_NOTDIR},
    {"rename it", VC_CALL_RENAME, 0, "veracruz/policy.json", "work/p", VC_WASI_ACCES},
    {"rename within", VC_CALL_RENAME, 0, "veracruz/policy.json", "veracruz/p", VC_WASI_ACCES},
    {"rename onto itself", VC_CALL_RENAME, 0, "veracruz/policy.json", "veracruz/policy.json",
     VC_WASI_ACCES},
    {"rename to a new one", VC_CALL_RENAME, 0, "work/w", "veracruz/w", VC_WASI_ACCES},
    {"rename over it", VC_CALL_RENAME, 0, "work/w", "veracruz/policy.json", VC_WASI_ACCES},
    {"rename the directory", VC_CALL_RENAME, 0, "veracruz", "work/v", VC_WASI_ACCES},
    {"rename over the directory", VC_CALL_RENAME, 0, "work/sub", "veracruz", VC_WASI_ACCES},
    {"link to it", VC_CALL_LINK, 0, "veracruz/policy.json", "work/p", VC_WASI_ACCES},
    {"link in its place", VC_CALL_LINK, 0, "work/w", "veracruz/policy.json", VC_WASI_ACCES},
    {"link beside it", VC_CALL_LINK, 0, "work/w", "veracruz/w", VC_WASI_ACCES},
    {"symbolic link beside it", VC_CALL_SYMLINK, 0, "veracruz/l", "w", VC_WASI_ACCES},
    {"symbolic link in its place", VC_CALL_SYMLINK, 0, "veracruz/policy.json", "w", VC_WASI_ACCES},
    {"its times", VC_CALL_SET_TIMES, VC_TIME_MODIFIED_NOW, "veracruz/policy.json", nullptr,
     VC_WASI_ACCES},
    {"times of the directory", VC_CALL_SET_TIMES, VC_TIME_MODIFIED_NOW, "veracruz", nullptr,
     VC_WASI_ACCES},
    {"times by a link", VC_CALL_SET_TIMES, VC_TIME_MODIFIED_NOW | VC_CALL_FOLLOW, "work/to-policy",
     nullptr, VC_WASI_ACCES},
    {"text of it", VC_CALL_READLINK, 0, "veracruz/policy.json", nullptr, VC_WASI_ACCES},
};

static void test_nothing_changes_there(void **state)
{
    struct teller teller = {};
    struct scene *made = start(state, &teller);
    uint32_t count = vc_tree_file_count(made->tree);
    struct answer answer;

    expect_changes(made, changes, VC_COUNT(changes));
    answer = call(made, VC_CALL_OPEN, VC_OPEN_READ, "veracruz/policy.json");
    expect("still there", &answer, VC_WASI_SUCCESS);
    assert_int_equal(call(made, VC_CALL_MKDIR, 0, "work/new").head.wasi_errno, 0);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    assert_int_equal(vc_tree_file_count(made->tree), count + 1);
    assert_null(vc_tree_find(made->tree, "/veracruz"));
}

static void names_of(const struct answer *answer, char names[200])
{
    struct vc_worker_entry entry;
    size_t used = 0;

    for (size_t at = 0; at < answer->tail.size; at += sizeof(entry) + entry.name_size) {
        memcpy(&entry, answer->tail.data + at, sizeof(entry));
        used +=
            (size_t)snprintf(names + used, 200 - used, "%.*s:%u ", (int)entry.name_size,
                             (const char *)answer->tail.data + at + sizeof(entry), entry.node_kind);
    }
}

static void test_looking(void **state)
{
    struct teller teller = {};
    struct scene *made = start(state, &teller);
    struct answer answer =
        ask(made, &(struct question){.call = VC_CALL_READDIR, .directory = "/veracruz"});
    char names[200];

    expect("list", &answer, VC_WASI_SUCCESS);
    names_of(&answer, names);
    assert_string_equal(names, ".:2 ..:2 policy.json:1 ");
    answer = ask(made, &(struct question){.call = VC_CALL_READDIR, .directory = "/"});
    names_of(&answer, names);
    assert_string_equal(names, ".:2 ..:2 in:2 log:1 out:2 program:2 secret:2 veracruz:2 work:2 ");
    answer = call(made, VC_CALL_STAT, 0, "veracruz");
    assert_int_equal(answer.head.node_kind, VC_NODE_DIRECTORY);
    answer = call(made, VC_CALL_STAT, 0, "veracruz/none");
    expect("stat of none", &answer, VC_WASI_ACCES);
    assert_int_equal(teller.asked, 0);
}

/* Who has no right at all, and only a directory that leads there, finds it. */
static void test_without_rights(void **state)
{
    static struct vc_policy policy;
    struct teller teller = {};
    struct scene *made = *state;
    struct vc_policy_index index = {};
    struct answer answer;

    policy = *policy_of_everything();
    policy.right_count = 0;
    assert_int_equal(vc_policy_index_init(&index, &policy, nullptr), VC_OK);
    policy.index = index;
    vc_view_free(made->view);
    assert_int_equal(
        vc_view_new(vc_view_fixture_force(&policy), 0, made->tree, &made->view, nullptr), VC_OK);
    vc_view_set_policy(made->view, tell, &teller);
    answer = call(made, VC_CALL_OPEN, VC_OPEN_READ, "veracruz/policy.json");
    expect("open", &answer, VC_WASI_SUCCESS);
    answer = call(made, VC_CALL_OPEN, VC_OPEN_READ, "in/a");
    expect("another", &answer, VC_WASI_ACCES);
    vc_policy_index_done(&index);
}

/* ---- files ---- */

struct list {
    char text[400];
    size_t used, left;
};

static bool add(void *visitor, const struct vc_query_input *input)
{
    struct list *list = visitor;

    list->used += (size_t)snprintf(list->text + list->used, sizeof(list->text) - list->used,
                                   "%s %ju", input->path, (uintmax_t)input->bytes);
    if (input->known)
        list->used += (size_t)snprintf(list->text + list->used, sizeof(list->text) - list->used,
                                       " %d:%zu", input->from.kind, input->from.index);
    list->used += (size_t)snprintf(list->text + list->used, sizeof(list->text) - list->used, "\n");
    return --list->left > 0;
}

/* Those of the tree with who gave them, and those that the run writes are its own, as long as they
 * are by now; no directories, links, streams, nor the policy. */
static void test_files(void **state)
{
    struct teller teller = {};
    struct list list = {.left = 100};
    struct scene *made = *state;
    struct answer answer;

    vc_tree_set_origin(made->tree, vc_origin_of_principal(0));
    scene_put(made->tree, "/in/given", "by the bank");
    vc_tree_set_origin(made->tree, vc_origin_of_run(0, 9));
    scene_put(made->tree, "/in/made", "by a run");
    (void)start(state, &teller);
    answer = call(made, VC_CALL_OPEN, VC_OPEN_WRITE | VC_OPEN_CREATE, "work/new");
    assert_int_equal(write(answer.fd, "four", 4), 4);
    answer = call(made, VC_CALL_OPEN, VC_OPEN_WRITE, "work/w");
    expect("write", &answer, VC_WASI_SUCCESS);
    vc_view_each_file(made->view, add, &list);
    assert_string_equal(list.text,
                        "/in/a 5\n/in/given 11 0:0\n/in/made 8 1:0\n/in/sub/b 4\n/log 6\n"
                        "/out/d/e 16\n/out/old 3\n/program/p.wasm 6\n/secret/s 6\n"
                        "/work/new 4 1:0\n/work/pinned 6\n/work/sub/x 5\n"
                        "/work/w 4 1:0\n");
    list = (struct list){.left = 2};
    vc_view_each_file(made->view, add, &list);
    assert_string_equal(list.text, "/in/a 5\n/in/given 11 0:0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_opening, nullptr, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_each_opening, set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_refusals, set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_changes_there, set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_looking, set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_without_rights, set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_files, set_up, scene_tear_down),
    };

    return cmocka_run_group_tests_name("view_policy", tests, nullptr, nullptr);
}
