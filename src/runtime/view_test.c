/* SPDX-License-Identifier: MIT */

#include "runtime/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "abi/wasi.h"
#include "runtime/view_fixture.h"

struct state {
    struct vc_tree *tree;
    struct vc_view *view;
};

static void put(struct vc_tree *tree, const char *path, const char *text)
{
    struct vc_draft *draft = nullptr;
    struct vc_blob *blob = nullptr;
    struct vc_bytes bytes = {(const uint8_t *)text, strlen(text)};

    assert_int_equal(vc_draft_new(1000, &draft, nullptr), VC_OK);
    assert_int_equal(vc_draft_add(draft, bytes, nullptr), VC_OK);
    assert_int_equal(vc_draft_finish(draft, &blob, nullptr), VC_OK);
    assert_int_equal(vc_tree_put(tree, path, blob, nullptr), VC_OK);
    vc_blob_unref(blob);
}

static void put_link(struct vc_tree *tree, const char *path, const char *target)
{
    assert_int_equal(vc_tree_put_link(tree, path, target, nullptr), VC_OK);
}

static const struct vc_tree_quota quota = {
    .files = 100, .bytes = 10000, .file_bytes = 1000, .depth = 8};

static int set_up_with(void **state, const struct vc_policy *policy)
{
    static struct state made;

    assert_int_equal(vc_tree_new(&quota, &made.tree, nullptr), VC_OK);
    put(made.tree, "/in/a", "alpha");
    put(made.tree, "/in/sub/b", "beta");
    put(made.tree, "/secret/s", "secret");
    put(made.tree, "/work/w", "work");
    put(made.tree, "/work/pinned", "pinned");
    put(made.tree, "/work/sub/x", "below");
    put(made.tree, "/out/old", "old");
    put(made.tree, "/out/d/e", "output of before");
    put(made.tree, "/log", "first,");
    put(made.tree, "/program/p.wasm", "module");
    put_link(made.tree, "/work/absolute", "/secret/s");
    put_link(made.tree, "/work/up", "../secret/s");
    put_link(made.tree, "/work/to-input", "../in/a");
    put_link(made.tree, "/work/to-module", "../program/p.wasm");
    put_link(made.tree, "/work/self", "self");
    put_link(made.tree, "/work/one", "two");
    put_link(made.tree, "/work/two", "w");
    put_link(made.tree, "/work/slash", "w/");
    put_link(made.tree, "/work/dangling", "nothing");
    put_link(made.tree, "/work/dir", "sub");
    put_link(made.tree, "/out/hidden", "../work/w");
    assert_int_equal(vc_view_new(policy, 0, made.tree, &made.view, nullptr), VC_OK);
    *state = &made;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, vc_view_fixture());
}

static int tear_down(void **state)
{
    struct state *made = *state;

    vc_view_free(made->view);
    vc_tree_free(made->tree);
    return 0;
}

struct answer {
    struct vc_worker_answer head;
    struct vc_bytes tail; /* until the next question */
    int fd;
};

/* What a test asks; null is "". */
struct question {
    uint32_t call, flags;
    const char *directory, *name, *directory2, *name2;
    uint64_t cookie, inode, accessed_ns, modified_ns;
};

static uint32_t append(struct vc_buffer *packet, const char *text)
{
    if (text == nullptr)
        return 0;
    assert_int_equal(vc_buffer_append_text(packet, text, nullptr), VC_OK);
    return (uint32_t)strlen(text);
}

static struct answer ask(struct state *state, const struct question *question)
{
    static uint8_t tail[VC_WORKER_MESSAGE_MAX]; /* of the last answer */
    struct vc_worker_call head = {.kind = VC_WORKER_CALL,
                                  .call = question->call,
                                  .flags = question->flags,
                                  .cookie = question->cookie,
                                  .inode = question->inode,
                                  .accessed_ns = question->accessed_ns,
                                  .modified_ns = question->modified_ns};
    struct vc_buffer packet = {};
    struct vc_buffer bytes = {};
    struct answer answer = {.fd = -1};

    assert_int_equal(vc_buffer_append(&packet, VC_BYTES_OF(head), nullptr), VC_OK);
    head.directory_size = append(&packet, question->directory);
    head.name_size = append(&packet, question->name);
    head.directory2_size = append(&packet, question->directory2);
    head.name2_size = append(&packet, question->name2);
    memcpy(packet.data, &head, sizeof(head));
    assert_int_equal(
        vc_view_call(state->view, vc_buffer_bytes(&packet), &bytes, &answer.fd, nullptr), VC_OK);
    assert_true(bytes.size >= sizeof(answer.head) && bytes.size <= sizeof(tail));
    memcpy(&answer.head, bytes.data, sizeof(answer.head));
    memcpy(tail, bytes.data + sizeof(answer.head), bytes.size - sizeof(answer.head));
    answer.tail = (struct vc_bytes){tail, bytes.size - sizeof(answer.head)};
    vc_buffer_done(&packet);
    vc_buffer_done(&bytes);
    return answer;
}

/* Names below the root. */
static struct answer call2(struct state *state, uint32_t kind, uint32_t flags, const char *name,
                           const char *name2)
{
    return ask(state, &(struct question){.call = kind,
                                         .flags = flags,
                                         .directory = "/",
                                         .name = name,
                                         .directory2 = "/",
                                         .name2 = name2});
}

static struct answer call(struct state *state, uint32_t kind, uint32_t flags, const char *name)
{
    return ask(state,
               &(struct question){.call = kind, .flags = flags, .directory = "/", .name = name});
}

static void expect(const char *what, const struct answer *answer, uint32_t expected)
{
    if (answer->head.wasi_errno != expected)
        fail_msg("%s: errno %u, wanted %u", what, answer->head.wasi_errno, expected);
    if (expected != VC_WASI_SUCCESS && (answer->fd >= 0 || answer->tail.size > 0))
        fail_msg("%s: something came with an error", what);
}

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

        (void)set_up(state);
        answer = call(*state, rows[i].call, rows[i].flags, rows[i].path);
        expect(rows[i].name, &answer, rows[i].expect);
        (void)tear_down(state);
    }
    (void)set_up(state);
}

static void assert_content(const struct vc_tree *tree, const char *path, const char *text)
{
    const struct vc_node *node = vc_tree_find(tree, path);
    struct vc_bytes bytes;

    if (node == nullptr)
        fail_msg("%s is not there", path);
    assert_int_equal(vc_blob_bytes(node->blob, &bytes, nullptr), VC_OK);
    assert_int_equal(bytes.size, strlen(text));
    assert_memory_equal(bytes.data, text, bytes.size);
}

static void test_what_is_written_appears_at_commit(void **state)
{
    struct state *made = *state;
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
    struct state *made = *state;
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
    struct state *made = *state;
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
    assert_string_equal(err.text, "limits.output_bytes: 101, at most 100");
    assert_null(vc_tree_find(made->tree, "/out/0"));
}

static void test_packets_out_of_form(void **state)
{
    struct state *made = *state;
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
        cmocka_unit_test_setup_teardown(test_decisions, nullptr, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_written_appears_at_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_inputs_cannot_be_written_by_their_descriptor, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_rename_keeps_what_is_being_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_packets_out_of_form, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("view", tests, nullptr, nullptr);
}
