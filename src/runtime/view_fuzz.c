/* SPDX-License-Identifier: MIT */

/* Target: vc_view_call with a hostile worker's packets: each input is a sequence of [size, packet].
 * Property: whatever is asked, an error answer carries nothing else, a descriptor comes only with a
 * granted open, and after a commit nothing outside of what the program may write has changed. */

#include <stdlib.h>
#include <string.h>

#include "abi/wasi.h"
#include "base/reader.h"
#include "runtime/view.h"
#include "runtime/view_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(struct vc_tree *tree, const char *path)
{
    struct vc_draft *draft = nullptr;
    struct vc_blob *blob = nullptr;

    if (vc_draft_new(8, &draft, nullptr) != VC_OK ||
        vc_draft_add(draft, (struct vc_bytes){(const uint8_t *)path, 4}, nullptr) != VC_OK ||
        vc_draft_finish(draft, &blob, nullptr) != VC_OK ||
        vc_tree_put(tree, path, blob, nullptr) != VC_OK)
        abort();
    vc_blob_unref(blob);
}

static void call(struct vc_view *view, struct vc_bytes packet)
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
    }
    vc_buffer_done(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vc_tree_quota quota = {.files = 100, .bytes = 10000, .file_bytes = 1000};
    struct vc_reader reader = vc_reader_over((struct vc_bytes){data, size});
    struct vc_tree *tree = nullptr;
    struct vc_view *view = nullptr;

    if (vc_tree_new(&quota, &tree, nullptr) != VC_OK)
        abort();
    put(tree, "/in/a");
    put(tree, "/secret/b");
    put(tree, "/work/c");
    if (vc_view_new(vc_view_fixture(), 0, tree, &view, nullptr) != VC_OK)
        abort();
    while (vc_reader_left(&reader) > 0) {
        uint8_t length = vc_read_u8(&reader);

        call(view, vc_read_run(&reader, length));
    }
    if (vc_view_commit(view, tree, nullptr) == VC_OK &&
        (vc_tree_find(tree, "/secret/b") == nullptr || vc_tree_find(tree, "/in/a") == nullptr ||
         vc_tree_find(tree, "/in/a")->blob == nullptr))
        abort();
    vc_view_free(view);
    vc_tree_free(tree);
    return 0;
}
