/* SPDX-License-Identifier: MIT */

/* What a run finds in "/stream", and that nothing changes there. */

#include "runtime/view_scene_test.h"

static constexpr unsigned ALL =
    VC_RIGHT_READ | VC_RIGHT_WRITE | VC_RIGHT_APPEND | VC_RIGHT_LIST | VC_RIGHT_DELETE;

/* The program consumes prices and news, produces sum, and has no part in secret; it has every right
 * to every file. */
static struct vc_policy *policy_with_streams(void)
{
    static char prices[] = "prices", news[] = "news", sum[] = "sum", secret[] = "secret",
                root[] = "/";
    static struct vc_subject bank[] = {{VC_SUBJECT_PRINCIPAL, 0}};
    static struct vc_subject program[] = {{VC_SUBJECT_PROGRAM, 0}};
    static struct vc_policy_stream streams[] = {
        {.name = prices, .producer = {VC_SUBJECT_PRINCIPAL, 0}, .consumers = program},
        {.name = news, .producer = {VC_SUBJECT_PRINCIPAL, 0}, .consumers = program},
        {.name = sum, .producer = {VC_SUBJECT_PROGRAM, 0}, .consumers = bank},
        {.name = secret, .producer = {VC_SUBJECT_PRINCIPAL, 0}, .consumers = bank},
    };
    static struct vc_policy_right rights[] = {{{VC_SUBJECT_PROGRAM, 0}, ALL, root, true}};
    static struct vc_policy policy;

    policy = *vc_view_fixture();
    for (size_t i = 0; i < VC_COUNT(streams); i++)
        streams[i].consumer_count = 1;
    policy.streams = streams;
    policy.stream_count = VC_COUNT(streams);
    policy.rights = rights;
    policy.right_count = VC_COUNT(rights);
    return &policy;
}

/* Who opens streams here. */
struct opener {
    enum vc_code code;
    size_t stream;
    bool produces;
    unsigned asked;
    int fd;
};

static enum vc_code open_stream(void *user, size_t stream, bool produces,
                                struct vc_view_stream *opened, struct vc_err *)
{
    struct opener *opener = user;

    opener->stream = stream;
    opener->produces = produces;
    opener->asked++;
    if (opener->code == VC_OK)
        *opened = (struct vc_view_stream){.slot = 7, .window_bytes = 65536, .fd = opener->fd};
    return opener->code;
}

static int set_up(void **state)
{
    struct vc_policy *policy = policy_with_streams();
    int failed = scene_set_up_with(state, policy);
    struct scene *made = *state;

    scene_put_link(made->tree, "/work/to-sum", "../stream/sum");
    scene_put_link(made->tree, "/work/to-secret", "../stream/secret");
    scene_put_link(made->tree, "/work/to-streams", "../stream");
    vc_view_free(made->view);
    assert_int_equal(
        vc_view_new(vc_view_fixture_force(policy), 0, made->tree, &made->view, nullptr), VC_OK);
    return failed;
}

static constexpr uint32_t SHELL = VC_OPEN_WRITE | VC_OPEN_CREATE | VC_OPEN_TRUNCATE;
static const struct {
    const char *name;
    uint32_t flags;
    const char *path;
    uint32_t expect;
    size_t stream;
    bool produces;
} OPENINGS[] = {
    {"read", VC_OPEN_READ, "stream/prices", 0, 0, false},
    {"read another", VC_OPEN_READ, "stream/news", 0, 1, false},
    {"neither", 0, "stream/prices", 0, 0, false},
    {"read, made if missing", VC_OPEN_READ | VC_OPEN_CREATE, "stream/prices", 0, 0, false},
    {"write", VC_OPEN_WRITE, "stream/sum", 0, 2, true},
    {"write as a shell does", SHELL, "stream/sum", 0, 2, true},
    {"append", VC_OPEN_WRITE | VC_OPEN_APPEND | VC_OPEN_CREATE, "stream/sum", 0, 2, true},
    {"spelled", VC_OPEN_READ, "stream/../stream/./prices", 0, 0, false},
    {"by a link", VC_OPEN_WRITE | VC_CALL_FOLLOW, "work/to-sum", 0, 2, true},
    {"by a link to the directory", VC_OPEN_READ, "work/to-streams/prices", 0, 0, false},
    {"a link itself", VC_OPEN_WRITE, "work/to-sum", VC_WASI_LOOP, 0, false},
    {"both ways", VC_OPEN_READ | VC_OPEN_WRITE, "stream/sum", VC_WASI_ACCES, 0, false},
    {"both ways, from nothing", VC_OPEN_READ | SHELL, "stream/prices", VC_WASI_ACCES, 0, false},
    {"only if missing", SHELL | VC_OPEN_EXCLUSIVE, "stream/sum", VC_WASI_EXIST, 0, false},
    {"as a directory", VC_OPEN_READ | VC_OPEN_DIRECTORY, "stream/prices", VC_WASI_NOTDIR, 0, false},
    {"with a slash", VC_OPEN_READ, "stream/prices/", VC_WASI_NOTDIR, 0, false},
    {"below", VC_OPEN_READ, "stream/prices/x", VC_WASI_NOTDIR, 0, false},
    {"not the program's", VC_OPEN_READ, "stream/secret", VC_WASI_ACCES, 0, false},
    {"not the program's, to write", SHELL, "stream/secret", VC_WASI_ACCES, 0, false},
    {"not the program's, by a link", VC_OPEN_READ | VC_CALL_FOLLOW, "work/to-secret", VC_WASI_ACCES,
     0, false},
    {"none", VC_OPEN_READ, "stream/none", VC_WASI_ACCES, 0, false},
    {"a new one", SHELL, "stream/none", VC_WASI_ACCES, 0, false},
    {"the directory, to write", SHELL, "stream", VC_WASI_ISDIR, 0, false},
};

static void test_opening(void **state)
{
    for (size_t i = 0; i < VC_COUNT(OPENINGS); i++) {
        struct opener opener = {.fd = 1};
        struct answer answer;

        (void)set_up(state);
        vc_view_set_streams(((struct scene *)*state)->view, open_stream, &opener);
        answer = call(*state, VC_CALL_OPEN, OPENINGS[i].flags, OPENINGS[i].path);
        expect(OPENINGS[i].name, &answer, OPENINGS[i].expect);
        assert_int_equal(opener.asked, OPENINGS[i].expect == 0);
        if (OPENINGS[i].expect == 0 &&
            (opener.stream != OPENINGS[i].stream || opener.produces != OPENINGS[i].produces ||
             answer.fd != 1 || answer.head.slot != 7 || answer.head.window_bytes != 65536 ||
             answer.head.node_kind != VC_NODE_STREAM || answer.head.size != 0))
            fail_msg("%s: not what was opened", OPENINGS[i].name);
        (void)scene_tear_down(state);
    }
    (void)set_up(state);
}

static void test_refusals_of_opening(void **state)
{
    static const struct {
        enum vc_code code;
        uint32_t expect;
    } rows[] = {{VC_REFUSED, VC_WASI_ACCES},    {VC_STATE, VC_WASI_BUSY},
                {VC_CLOSED, VC_WASI_CONNRESET}, {VC_LIMIT, VC_WASI_NFILE},
                {VC_MEMORY, VC_WASI_NOMEM},     {VC_HOST, VC_WASI_IO}};
    struct scene *made = *state;
    struct answer answer = call(made, VC_CALL_OPEN, VC_OPEN_READ, "stream/prices");

    expect("nobody opens", &answer, VC_WASI_IO);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct opener opener = {.code = rows[i].code, .fd = 1};

        vc_view_set_streams(made->view, open_stream, &opener);
        answer = call(made, VC_CALL_OPEN, VC_OPEN_READ, "stream/prices");
        expect("refused", &answer, rows[i].expect);
    }
}

/* One call, which has to change nothing. */
static const struct change changes[] = {
    {"unlink", VC_CALL_UNLINK, 0, "stream/sum", nullptr, VC_WASI_ACCES},
    {"unlink another's", VC_CALL_UNLINK, 0, "stream/secret", nullptr, VC_WASI_ACCES},
    {"remove the directory", VC_CALL_RMDIR, 0, "stream", nullptr, VC_WASI_ACCES},
    {"make the directory", VC_CALL_MKDIR, 0, "stream", nullptr, VC_WASI_ACCES},
    {"make one in it", VC_CALL_MKDIR, 0, "stream/d", nullptr, VC_WASI_ACCES},
    {"make one below a stream", VC_CALL_MKDIR, 0, "stream/sum/d", nullptr, VC_WASI_NOTDIR},
    {"rename a stream", VC_CALL_RENAME, 0, "stream/sum", "work/s", VC_WASI_ACCES},
    {"rename within", VC_CALL_RENAME, 0, "stream/sum", "stream/s", VC_WASI_ACCES},
    {"rename to a new one", VC_CALL_RENAME, 0, "work/w", "stream/w", VC_WASI_ACCES},
    {"rename over one", VC_CALL_RENAME, 0, "work/w", "stream/sum", VC_WASI_ACCES},
    {"rename the directory", VC_CALL_RENAME, 0, "stream", "work/streams", VC_WASI_ACCES},
    {"rename over the directory", VC_CALL_RENAME, 0, "work/sub", "stream", VC_WASI_ACCES},
    {"link to a stream", VC_CALL_LINK, 0, "stream/sum", "work/s", VC_WASI_ACCES},
    {"link as a stream", VC_CALL_LINK, 0, "work/w", "stream/w", VC_WASI_ACCES},
    {"symbolic link as a stream", VC_CALL_SYMLINK, 0, "stream/l", "w", VC_WASI_ACCES},
    {"times of a stream", VC_CALL_SET_TIMES, VC_TIME_MODIFIED_NOW, "stream/sum", nullptr,
     VC_WASI_ACCES},
    {"times of the directory", VC_CALL_SET_TIMES, VC_TIME_MODIFIED_NOW, "stream", nullptr,
     VC_WASI_ACCES},
    {"times by a link", VC_CALL_SET_TIMES, VC_TIME_MODIFIED_NOW | VC_CALL_FOLLOW, "work/to-sum",
     nullptr, VC_WASI_ACCES},
    {"text of a stream", VC_CALL_READLINK, 0, "stream/sum", nullptr, VC_WASI_ACCES},
};

static void test_nothing_changes_there(void **state)
{
    struct scene *made = *state;
    uint32_t count = vc_tree_file_count(made->tree);

    expect_changes(made, changes, VC_COUNT(changes));
    assert_int_equal(call(made, VC_CALL_MKDIR, 0, "work/new").head.wasi_errno, 0);
    assert_int_equal(vc_view_commit(made->view, made->tree, nullptr), VC_OK);
    assert_int_equal(vc_tree_file_count(made->tree), count + 1);
    assert_null(vc_tree_find(made->tree, "/stream"));
}

static void names_of(const struct answer *answer, char names[200], uint32_t *kinds)
{
    struct vc_worker_entry entry;
    size_t used = 0;

    for (size_t at = 0; at < answer->tail.size; at += sizeof(entry) + entry.name_size) {
        memcpy(&entry, answer->tail.data + at, sizeof(entry));
        used += (size_t)snprintf(names + used, 200 - used, "%.*s ", (int)entry.name_size,
                                 (const char *)answer->tail.data + at + sizeof(entry));
        *kinds |= UINT32_C(1) << entry.node_kind;
    }
}

static void test_looking(void **state)
{
    struct scene *made = *state;
    struct answer answer = call(made, VC_CALL_STAT, 0, "stream/sum");
    char names[200];
    uint32_t kinds = 0;

    expect("stat", &answer, VC_WASI_SUCCESS);
    assert_int_equal(answer.head.node_kind, VC_NODE_STREAM);
    assert_int_equal(answer.head.size, 0);
    answer = call(made, VC_CALL_STAT, VC_CALL_FOLLOW, "work/to-sum");
    assert_int_equal(answer.head.node_kind, VC_NODE_STREAM);
    answer = call(made, VC_CALL_STAT, 0, "stream");
    assert_int_equal(answer.head.node_kind, VC_NODE_DIRECTORY);
    answer = call(made, VC_CALL_OPEN, VC_OPEN_DIRECTORY, "stream");
    expect("open the directory", &answer, VC_WASI_SUCCESS);
    answer = call(made, VC_CALL_STAT, 0, "stream/secret");
    expect("stat of another's", &answer, VC_WASI_ACCES);
    answer = call(made, VC_CALL_STAT, 0, "stream/none");
    expect("stat of none", &answer, VC_WASI_ACCES);
    answer = ask(made, &(struct question){.call = VC_CALL_READDIR, .directory = "/stream"});
    expect("list", &answer, VC_WASI_SUCCESS);
    names_of(&answer, names, &kinds);
    assert_string_equal(names, ". .. news prices sum ");
    assert_int_equal(kinds, 1 << VC_NODE_DIRECTORY | 1 << VC_NODE_STREAM);
    answer = ask(made, &(struct question){.call = VC_CALL_READDIR, .directory = "/"});
    names_of(&answer, names, &kinds);
    assert_string_equal(names, ". .. in log out program secret stream veracruz work ");
}

/* Who has no stream finds no directory of them, unless it is to find it open. */
static void test_without_streams(void **state)
{
    static char streams[] = "/stream";
    static struct vc_policy_preopen preopens[] = {{streams, streams}};
    struct vc_policy policy = *policy_with_streams();
    struct vc_policy_program program = policy.programs[0];
    struct scene *made = *state;
    struct answer answer;

    policy.stream_count = 0;
    policy.index = made->index;
    vc_view_free(made->view);
    assert_int_equal(
        vc_view_new(vc_view_fixture_force(&policy), 0, made->tree, &made->view, nullptr), VC_OK);
    answer = call(made, VC_CALL_STAT, 0, "stream");
    expect("stat", &answer, VC_WASI_ACCES);
    answer = call(made, VC_CALL_MKDIR, 0, "stream");
    expect("mkdir", &answer, VC_WASI_ACCES);
    program.preopens = preopens;
    program.preopen_count = 1;
    policy.programs = &program;
    vc_view_free(made->view);
    assert_int_equal(
        vc_view_new(vc_view_fixture_force(&policy), 0, made->tree, &made->view, nullptr), VC_OK);
    answer = ask(made, &(struct question){.call = VC_CALL_READDIR, .directory = "/stream"});
    expect("list", &answer, VC_WASI_SUCCESS);
    assert_int_equal(answer.head.entry_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_opening, nullptr, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_refusals_of_opening, set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_changes_there, set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_looking, set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_without_streams, set_up, scene_tear_down),
    };

    return cmocka_run_group_tests_name("view_stream", tests, nullptr, nullptr);
}
