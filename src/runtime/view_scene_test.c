/* SPDX-License-Identifier: MIT */

#include "runtime/view_scene_test.h"

void scene_put(struct vc_tree *tree, const char *path, const char *text)
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

void scene_put_link(struct vc_tree *tree, const char *path, const char *target)
{
    assert_int_equal(vc_tree_put_link(tree, path, target, nullptr), VC_OK);
}

const struct vc_tree_quota scene_quota = {
    .files = 100, .bytes = 10000, .file_bytes = 1000, .depth = 8};

static int set_up(void **state, const struct vc_policy *policy, struct vc_policy_index index)
{
    static struct scene made;

    made.index = index;
    assert_int_equal(vc_tree_new(&scene_quota, &made.tree, nullptr), VC_OK);
    scene_put(made.tree, "/in/a", "alpha");
    scene_put(made.tree, "/in/sub/b", "beta");
    scene_put(made.tree, "/secret/s", "secret");
    scene_put(made.tree, "/work/w", "work");
    scene_put(made.tree, "/work/pinned", "pinned");
    scene_put(made.tree, "/work/sub/x", "below");
    scene_put(made.tree, "/out/old", "old");
    scene_put(made.tree, "/out/d/e", "output of before");
    scene_put(made.tree, "/log", "first,");
    scene_put(made.tree, "/program/p.wasm", "module");
    scene_put_link(made.tree, "/work/absolute", "/secret/s");
    scene_put_link(made.tree, "/work/up", "../secret/s");
    scene_put_link(made.tree, "/work/to-input", "../in/a");
    scene_put_link(made.tree, "/work/to-module", "../program/p.wasm");
    scene_put_link(made.tree, "/work/self", "self");
    scene_put_link(made.tree, "/work/one", "two");
    scene_put_link(made.tree, "/work/two", "w");
    scene_put_link(made.tree, "/work/slash", "w/");
    scene_put_link(made.tree, "/work/dangling", "nothing");
    scene_put_link(made.tree, "/work/dir", "sub");
    scene_put_link(made.tree, "/out/hidden", "../work/w");
    assert_int_equal(vc_view_new(vc_view_fixture_force(policy), 0, made.tree, &made.view, nullptr),
                     VC_OK);
    *state = &made;
    return 0;
}

int scene_set_up_with(void **state, struct vc_policy *policy)
{
    assert_int_equal(vc_policy_index_init(&policy->index, policy, nullptr), VC_OK);
    return set_up(state, policy, policy->index);
}

int scene_set_up(void **state)
{
    return set_up(state, vc_view_fixture(), (struct vc_policy_index){});
}

int scene_tear_down(void **state)
{
    struct scene *made = *state;

    vc_view_free(made->view);
    vc_tree_free(made->tree);
    vc_policy_index_done(&made->index);
    return 0;
}

static uint32_t append(struct vc_buffer *packet, const char *text)
{
    if (text == nullptr)
        return 0;
    assert_int_equal(vc_buffer_append_text(packet, text, nullptr), VC_OK);
    return (uint32_t)strlen(text);
}

struct answer ask(struct scene *scene, const struct question *question)
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
        vc_view_call(scene->view, vc_buffer_bytes(&packet), &bytes, &answer.fd, nullptr), VC_OK);
    assert_true(bytes.size >= sizeof(answer.head) && bytes.size <= sizeof(tail));
    memcpy(&answer.head, bytes.data, sizeof(answer.head));
    memcpy(tail, bytes.data + sizeof(answer.head), bytes.size - sizeof(answer.head));
    answer.tail = (struct vc_bytes){tail, bytes.size - sizeof(answer.head)};
    vc_buffer_done(&packet);
    vc_buffer_done(&bytes);
    return answer;
}

struct answer call2(struct scene *scene, uint32_t kind, uint32_t flags, const char *name,
                    const char *name2)
{
    return ask(scene, &(struct question){.call = kind,
                                         .flags = flags,
                                         .directory = "/",
                                         .name = name,
                                         .directory2 = "/",
                                         .name2 = name2});
}

struct answer call(struct scene *scene, uint32_t kind, uint32_t flags, const char *name)
{
    return ask(scene,
               &(struct question){.call = kind, .flags = flags, .directory = "/", .name = name});
}

void expect(const char *what, const struct answer *answer, uint32_t expected)
{
    if (answer->head.wasi_errno != expected)
        fail_msg("%s: errno %u, wanted %u", what, answer->head.wasi_errno, expected);
    if (expected != VC_WASI_SUCCESS && (answer->fd >= 0 || answer->tail.size > 0))
        fail_msg("%s: something came with an error", what);
}

void expect_changes(struct scene *scene, const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct question question = {.call = changes[i].call,
                                    .flags = changes[i].flags,
                                    .directory = "/",
                                    .name = changes[i].path,
                                    .name2 = changes[i].other};
        struct answer answer;

        if (changes[i].call == VC_CALL_RENAME || changes[i].call == VC_CALL_LINK)
            question.directory2 = "/";
        answer = ask(scene, &question);
        expect(changes[i].name, &answer, changes[i].expect);
    }
}

void assert_content(const struct vc_tree *tree, const char *path, const char *text)
{
    const struct vc_node *node = vc_tree_find(tree, path);
    struct vc_bytes bytes;

    if (node == nullptr)
        fail_msg("%s is not there", path);
    assert_int_equal(vc_blob_bytes(node->blob, &bytes, nullptr), VC_OK);
    assert_int_equal(bytes.size, strlen(text));
    assert_memory_equal(bytes.data, text, bytes.size);
}
