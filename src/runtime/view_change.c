/* SPDX-License-Identifier: MIT */

/* Calls that change what is where, or its times: MKDIR, UNLINK, RMDIR, LINK, SYMLINK, SET_TIMES,
 * TOUCH_OPEN. */

#include <string.h>

#include "runtime/view_internal.h"

static constexpr uint32_t TIMES_ACCESSED = VC_TIME_ACCESSED | VC_TIME_ACCESSED_NOW;
static constexpr uint32_t TIMES_MODIFIED = VC_TIME_MODIFIED | VC_TIME_MODIFIED_NOW;

/* Where something new may come. A slash at the end of the name is for directories alone. */
static uint32_t new_place(const struct vc_view *view, const char *directory, const char *name,
                          bool is_directory, struct vc_place *place)
{
    uint32_t failure = name[0] == '\0'
                           ? VC_WASI_NOENT
                           : vc_view_resolve(view, directory, name, VC_FOLLOW_NEVER, place);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (!vc_view_may(view, VC_RIGHT_WRITE, place->path))
        return VC_WASI_ACCES;
    if (place->node != nullptr)
        return VC_WASI_EXIST;
    if (place->slash && !is_directory)
        return VC_WASI_NOENT;
    return vc_view_note(view, VC_RIGHT_WRITE, place->path);
}

uint32_t vc_view_mkdir(struct vc_view *view, const struct vc_view_call *call,
                       struct vc_view_reply *)
{
    struct vc_place place;
    uint32_t failure = new_place(view, call->directory, call->name, true, &place);
    enum vc_code code;

    if (failure != VC_WASI_SUCCESS)
        return failure;
    code = vc_view_charge(view, nullptr);
    if (code == VC_OK)
        code = vc_view_tree_said(view, vc_tree_make_directory(view->tree, place.path, nullptr));
    return vc_view_errno(code);
}

/* Whoever writes the new name writes the old one, so it needs what opening the old one to read and
 * write would. */
static bool may_link(const struct vc_view *view, const struct vc_node *node)
{
    bool sees = vc_view_wrote_all(view, node) || vc_view_may(view, VC_RIGHT_READ, node->path) ||
                (node->kind == VC_NODE_IS_LINK && node->made);

    return sees && vc_view_may(view, VC_RIGHT_WRITE, node->path);
}

static uint32_t note_link(const struct vc_view *view, const struct vc_node *node)
{
    uint32_t failure = VC_WASI_SUCCESS;

    if (!vc_view_wrote_all(view, node) && !node->made)
        failure = vc_view_note(view, VC_RIGHT_READ, node->path);
    return failure == VC_WASI_SUCCESS ? vc_view_note(view, VC_RIGHT_WRITE, node->path) : failure;
}

uint32_t vc_view_link(struct vc_view *view, const struct vc_view_call *call, struct vc_view_reply *)
{
    bool follow = (call->head.flags & VC_CALL_FOLLOW) != 0;
    struct vc_view_file *file = nullptr;
    struct vc_place from;
    struct vc_place to;
    uint32_t failure = vc_view_resolve(view, call->directory, call->name,
                                       follow ? VC_FOLLOW_ALWAYS : VC_FOLLOW_SLASH, &from);
    enum vc_code code;

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (from.node == nullptr)
        return vc_view_may_know(view, from.path, false) ? VC_WASI_NOENT : VC_WASI_ACCES;
    if (from.node->kind == VC_NODE_IS_DIRECTORY)
        return VC_WASI_PERM;
    if (!may_link(view, from.node))
        return VC_WASI_ACCES;
    failure = new_place(view, call->directory2, call->name2, false, &to);
    if (failure == VC_WASI_SUCCESS)
        failure = note_link(view, from.node);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    code = vc_view_charge(view, nullptr);
    if (code == VC_OK)
        code = vc_view_file_of(view, from.node, &file, nullptr);
    if (code == VC_OK)
        code = vc_view_tree_said(view, vc_tree_link(view->tree, from.path, to.path, nullptr));
    if (code == VC_OK)
        file->links++;
    return vc_view_errno(code);
}

uint32_t vc_view_symlink(struct vc_view *view, const struct vc_view_call *call,
                         struct vc_view_reply *)
{
    const char *text = call->name2;
    struct vc_place place;
    uint32_t failure;
    enum vc_code code;

    if (text[0] == '\0')
        return VC_WASI_NOENT;
    if (!vc_resolve_well_formed(text))
        return VC_WASI_ILSEQ;
    if (text[0] == '/')
        return VC_WASI_NOTCAPABLE;
    failure = new_place(view, call->directory, call->name, false, &place);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    code = vc_view_charge(view, nullptr);
    if (code == VC_OK)
        code = vc_view_tree_said(view, vc_tree_put_link(view->tree, place.path, text, nullptr));
    return vc_view_errno(code);
}

/* ---- removing ---- */

static bool is_own(const struct vc_node *node)
{
    return node != nullptr && node->made && !node->replaces;
}

bool vc_view_may_remove(const struct vc_view *view, const struct vc_node *node, const char *path)
{
    return is_own(node) || vc_view_may(view, VC_RIGHT_DELETE, path);
}

uint32_t vc_view_note_removal(const struct vc_view *view, const struct vc_node *node)
{
    return is_own(node) ? VC_WASI_SUCCESS : vc_view_note(view, VC_RIGHT_DELETE, node->path);
}

static uint32_t removed_place(const struct vc_view *view, const struct vc_view_call *call,
                              struct vc_place *place)
{
    uint32_t failure = call->name[0] == '\0' ? VC_WASI_NOENT
                                             : vc_view_resolve(view, call->directory, call->name,
                                                               VC_FOLLOW_NEVER, place);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (!vc_view_may_remove(view, place->node, place->path))
        return VC_WASI_ACCES;
    return place->node == nullptr ? VC_WASI_NOENT : VC_WASI_SUCCESS;
}

uint32_t vc_view_unlink(struct vc_view *view, const struct vc_view_call *call,
                        struct vc_view_reply *)
{
    struct vc_place place;
    uint32_t failure = removed_place(view, call, &place);
    uint64_t inode;
    enum vc_code code;

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (place.node->kind == VC_NODE_IS_DIRECTORY)
        return VC_WASI_ISDIR;
    failure = vc_view_note_removal(view, place.node);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    inode = place.node->inode;
    code = vc_tree_remove(view->tree, place.path, nullptr);
    if (code == VC_OK)
        vc_view_file_unlinked(view, inode);
    return vc_view_errno(code);
}

uint32_t vc_view_rmdir(struct vc_view *view, const struct vc_view_call *call,
                       struct vc_view_reply *)
{
    struct vc_place place;
    uint32_t failure = removed_place(view, call, &place);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (place.node->kind != VC_NODE_IS_DIRECTORY)
        return VC_WASI_NOTDIR;
    if (place.dot)
        return VC_WASI_INVAL;
    if (!vc_tree_is_empty(view->tree, place.path))
        return VC_WASI_NOTEMPTY;
    failure = vc_view_note_removal(view, place.node);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    return vc_view_errno(vc_tree_remove(view->tree, place.path, nullptr));
}

/* ---- times ---- */

static bool times_contradict(uint32_t flags)
{
    return (flags & TIMES_ACCESSED) == TIMES_ACCESSED || (flags & TIMES_MODIFIED) == TIMES_MODIFIED;
}

uint32_t vc_view_set_times(struct vc_view *view, const struct vc_view_call *call,
                           struct vc_view_reply *)
{
    bool follow = (call->head.flags & VC_CALL_FOLLOW) != 0;
    struct vc_view_file *file = nullptr;
    struct vc_place place;
    uint32_t failure = vc_view_resolve(view, call->directory, call->name,
                                       follow ? VC_FOLLOW_ALWAYS : VC_FOLLOW_SLASH, &place);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (times_contradict(call->head.flags))
        return VC_WASI_INVAL;
    if (!vc_view_may(view, VC_RIGHT_WRITE, place.path))
        return VC_WASI_ACCES;
    if (place.node == nullptr)
        return VC_WASI_NOENT;
    if (strcmp(place.path, "/") == 0)
        return VC_WASI_PERM; /* the root has none */
    failure = vc_view_note(view, VC_RIGHT_WRITE, place.path);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (vc_view_file_of(view, place.node, &file, nullptr) != VC_OK)
        return VC_WASI_NOMEM;
    vc_view_file_set_times(view, file, &call->head);
    return VC_WASI_SUCCESS;
}

uint32_t vc_view_touch_open(struct vc_view *view, const struct vc_view_call *call,
                            struct vc_view_reply *)
{
    struct vc_view_file *file = vc_view_file_find(view, call->head.inode);

    if (vc_view_find_policy(view, call->head.inode) != nullptr)
        return VC_WASI_ACCES;
    if (file == nullptr || file->kind != VC_NODE_IS_FILE)
        return VC_WASI_BADF;
    if (times_contradict(call->head.flags))
        return VC_WASI_INVAL;
    if (!file->may_touch)
        return VC_WASI_ACCES;
    vc_view_file_set_times(view, file, &call->head);
    return VC_WASI_SUCCESS;
}
