/* SPDX-License-Identifier: MIT */

/* Target: vc_view_call with a hostile worker's packets: each input is a sequence of [size, packet].
 * Property: whatever is asked, an error answer carries nothing else, a descriptor comes only with a
 * granted open, no descriptor and no link's text holds what the program may not read, and after a
 * commit nothing outside of what the program may write has changed. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/wasi.h"
#include "base/reader.h"
#include "runtime/view.h"
#include "runtime/view_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What stands where the program may not read, and is in nothing that it gets. */
static const char SECRET[] = "secret";
static const char OPEN[] = "public";

static void put(struct vc_tree *tree, const char *path, const char *text)
{
    struct vc_draft *draft = nullptr;
    struct vc_blob *blob = nullptr;

    if (vc_draft_new(8, &draft, nullptr) != VC_OK ||
        vc_draft_add(draft, (struct vc_bytes){(const uint8_t *)text, 6}, nullptr) != VC_OK ||
        vc_draft_finish(draft, &blob, nullptr) != VC_OK ||
        vc_tree_put(tree, path, blob, nullptr) != VC_OK)
        abort();
    vc_blob_unref(blob);
}

static void put_link(struct vc_tree *tree, const char *path, const char *target)
{
    if (vc_tree_put_link(tree, path, target, nullptr) != VC_OK)
        abort();
}

static void check_descriptor(int fd)
{
    char text[6];

    if (pread(fd, text, sizeof(text), 0) == sizeof(text) && memcmp(text, SECRET, 6) == 0)
        abort();
}

/* `says`: the program itself says the secret's words somewhere, and may hear them again. */
static void call(struct vc_view *view, struct vc_bytes packet, bool says)
{
    struct vc_buffer answer = {};
    struct vc_worker_answer head;
    int fd = -1;

    if (vc_view_call(view, packet, &answer, &fd, nullptr) == VC_OK) {
        if (answer.size < sizeof(head))
            abort();
        memcpy(&head, answer.data, sizeof(head));
        if (head.wasi_errno != VC_WASI_SUCCESS &&
            (fd >= 0 || answer.size != sizeof(head) || head.inode != 0 || head.size != 0))
            abort();
        if (fd >= 0 && head.node_kind != VC_NODE_FILE)
            abort();
        if (fd >= 0)
            check_descriptor(fd);
        if (!says && memmem(answer.data, answer.size, SECRET, 6) != nullptr)
            abort();
    }
    vc_buffer_done(&answer);
}

/* As it was put: the same kind, the same content. */
static void check_unchanged(const struct vc_tree *tree, const char *path, const char *text)
{
    const struct vc_node *node = vc_tree_find(tree, path);
    struct vc_bytes bytes;

    if (node == nullptr || node->kind != VC_NODE_IS_FILE || node->blob == nullptr ||
        vc_blob_bytes(node->blob, &bytes, nullptr) != VC_OK || bytes.size != 6 ||
        memcmp(bytes.data, text, 6) != 0)
        abort();
}

static bool check_whole(void *, const struct vc_node *node)
{
    if (node->kind == VC_NODE_IS_FILE && node->blob == nullptr)
        abort();
    if (!vc_path_within(node->path, "/in") && !vc_path_within(node->path, "/hidden") &&
        !vc_path_within(node->path, "/work") && !vc_path_within(node->path, "/out") &&
        !vc_path_within(node->path, "/program") && strcmp(node->path, "/log") != 0)
        abort();
    return true;
}

static void check_tree(const struct vc_tree *tree)
{
    const struct vc_node *log = vc_tree_find(tree, "/log");
    struct vc_bytes bytes;

    check_unchanged(tree, "/in/a", OPEN);
    check_unchanged(tree, "/hidden/b", SECRET);
    check_unchanged(tree, "/work/pinned", OPEN);
    check_unchanged(tree, "/program/p.wasm", SECRET);
    if (log == nullptr || log->blob == nullptr ||
        vc_blob_bytes(log->blob, &bytes, nullptr) != VC_OK || bytes.size < 6 ||
        memcmp(bytes.data, SECRET, 6) != 0)
        abort();
    (void)vc_tree_walk(tree, "/", check_whole, nullptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vc_tree_quota quota = {
        .files = 100, .bytes = 10000, .file_bytes = 1000, .depth = 8};
    struct vc_reader reader = vc_reader_over((struct vc_bytes){data, size});
    struct vc_tree *tree = nullptr;
    struct vc_view *view = nullptr;

    if (vc_tree_new(&quota, &tree, nullptr) != VC_OK)
        abort();
    put(tree, "/in/a", OPEN);
    put(tree, "/hidden/b", SECRET);
    put(tree, "/work/c", OPEN);
    put(tree, "/work/pinned", OPEN);
    put(tree, "/out/o", SECRET);
    put(tree, "/log", SECRET);
    put(tree, "/program/p.wasm", SECRET);
    put_link(tree, "/work/l", "../hidden/b");
    put_link(tree, "/work/m", "../out");
    put_link(tree, "/out/k", "../in/secret");
    if (vc_view_new(vc_view_fixture_force(vc_view_fixture()), 0, tree, &view, nullptr) != VC_OK)
        abort();
    while (vc_reader_left(&reader) > 0) {
        uint8_t length = vc_read_u8(&reader);

        call(view, vc_read_run(&reader, length), memmem(data, size, SECRET, 6) != nullptr);
    }
    (void)!vc_view_commit(view, tree, nullptr);
    check_tree(tree);
    vc_view_free(view);
    vc_tree_free(tree);
    return 0;
}
