/* SPDX-License-Identifier: MIT */

/* RENAME: what goes to a new path, with all that is below it, goes there by the rights on each of
 * the paths, or not at all. */

#include <string.h>

#include "runtime/view_internal.h"

/* What one run may have checked of directories that it moves, all its moves together: each node is
 * several questions to the policy, in the runtime's one thread. */
static constexpr uint32_t MOVED_MAX = 1 << 18;

/* Taking away needs `delete`, and since who may write the new path may read what is there then,
 * `read`; but for what this run itself put there, or wrote, all of it. */
static bool may_take(const struct vc_view *view, const struct vc_node *node)
{
    bool sees = node->kind == VC_NODE_IS_DIRECTORY || vc_view_wrote_all(view, node) ||
                (node->made && node->kind == VC_NODE_IS_LINK) ||
                vc_view_may(view, VC_RIGHT_READ, node->path);

    return sees && vc_view_may_remove(view, node, node->path);
}

/* What was asked for above, and for the new path. */
static uint32_t note(const struct vc_view *view, const struct vc_node *node, const char *to)
{
    uint32_t failure = vc_view_note_removal(view, node);

    if (failure == VC_WASI_SUCCESS && node->kind != VC_NODE_IS_DIRECTORY && !node->made &&
        !vc_view_wrote_all(view, node))
        failure = vc_view_note(view, VC_RIGHT_READ, node->path);
    return failure == VC_WASI_SUCCESS ? vc_view_note(view, VC_RIGHT_WRITE, to) : failure;
}

struct moving {
    struct vc_view *view;
    const char *from, *to;
    uint32_t failure;
};

static bool check_node(void *user, const struct vc_node *node)
{
    struct moving *moving = user;
    const char *rest = node->path + strlen(moving->from);
    char path[VC_PATH_MAX];
    size_t length = strlen(moving->to);

    if (rest[0] != '\0' && ++moving->view->moved > MOVED_MAX) {
        moving->view->met |= VC_RUN_LIMIT_FILES;
        moving->failure = VC_WASI_NOSPC;
        return false;
    }
    if (length + strlen(rest) >= sizeof(path)) {
        moving->failure = VC_WASI_NAMETOOLONG;
        return false;
    }
    memcpy(path, moving->to, length);
    memcpy(path + length, rest, strlen(rest) + 1);
    if (!may_take(moving->view, node) || !vc_view_may(moving->view, VC_RIGHT_WRITE, path))
        moving->failure = VC_WASI_ACCES;
    else
        moving->failure = note(moving->view, node, path);
    return moving->failure == VC_WASI_SUCCESS;
}

/* Every path that would come to be and every one that would go. */
static uint32_t check_rights(struct vc_view *view, const struct vc_place *from,
                             const struct vc_place *to)
{
    struct moving moving = {.view = view, .from = from->path, .to = to->path};

    if (from->node == nullptr) {
        if (!vc_view_may(view, VC_RIGHT_DELETE, from->path) ||
            !vc_view_may(view, VC_RIGHT_WRITE, to->path))
            return VC_WASI_ACCES;
        return VC_WASI_NOENT;
    }
    if (from->dot || to->dot)
        return VC_WASI_BUSY; /* the root, too, has no other name */
    (void)vc_tree_walk(view->tree, from->path, check_node, &moving);
    return moving.failure;
}

/* What POSIX says of the two. */
static uint32_t check_kinds(const struct vc_view *view, const struct vc_place *from,
                            const struct vc_place *to)
{
    bool directory = from->node->kind == VC_NODE_IS_DIRECTORY;

    if (!directory && (from->slash || to->slash))
        return VC_WASI_NOTDIR;
    if (strcmp(from->path, to->path) != 0 && vc_path_within(to->path, from->path))
        return VC_WASI_INVAL;
    if (to->node == nullptr)
        return VC_WASI_SUCCESS;
    if (directory && to->node->kind != VC_NODE_IS_DIRECTORY)
        return VC_WASI_NOTDIR;
    if (!directory && to->node->kind == VC_NODE_IS_DIRECTORY)
        return VC_WASI_ISDIR;
    if (directory && strcmp(from->path, to->path) != 0 && !vc_tree_is_empty(view->tree, to->path))
        return VC_WASI_NOTEMPTY;
    return VC_WASI_SUCCESS;
}

static uint32_t move(struct vc_view *view, const struct vc_place *from, const struct vc_place *to)
{
    uint64_t replaced = to->node != nullptr ? to->node->inode : 0;
    enum vc_code code;

    if (replaced == from->node->inode)
        return VC_WASI_SUCCESS; /* two names of one file: POSIX leaves both */
    code = vc_view_tree_said(view, vc_tree_rename(view->tree, from->path, to->path, nullptr));
    if (code == VC_OK && replaced != 0)
        vc_view_file_unlinked(view, replaced);
    return vc_view_errno(code);
}

static enum vc_code append_path(struct vc_buffer *out, const char *path)
{
    return vc_buffer_append(out, (struct vc_bytes){(const uint8_t *)path, strlen(path) + 1},
                            nullptr);
}

uint32_t vc_view_rename(struct vc_view *view, const struct vc_view_call *call,
                        struct vc_view_reply *reply)
{
    struct vc_place from;
    struct vc_place to;
    uint32_t failure =
        call->name[0] == '\0' || call->name2[0] == '\0' ? VC_WASI_NOENT : VC_WASI_SUCCESS;

    if (failure == VC_WASI_SUCCESS)
        failure = vc_view_resolve(view, call->directory, call->name, VC_FOLLOW_NEVER, &from);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_view_resolve(view, call->directory2, call->name2, VC_FOLLOW_NEVER, &to);
    if (failure == VC_WASI_SUCCESS)
        failure = check_rights(view, &from, &to);
    if (failure == VC_WASI_SUCCESS)
        failure = check_kinds(view, &from, &to);
    if (failure == VC_WASI_SUCCESS && (append_path(&reply->tail, from.path) != VC_OK ||
                                       append_path(&reply->tail, to.path) != VC_OK))
        failure = VC_WASI_NOMEM;
    reply->head.text_size = (uint32_t)reply->tail.size;
    return failure == VC_WASI_SUCCESS ? move(view, &from, &to) : failure;
}
