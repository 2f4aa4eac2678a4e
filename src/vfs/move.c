/* SPDX-License-Identifier: MIT */

/* Renaming: a node and all that is below it take other paths, all of them or none. */

#include <stdlib.h>
#include <string.h>

#include "vfs/tree_internal.h"

/* What moves, and the paths that it is to have. */
struct move {
    const char *from, *to;
    size_t first, count;
    bool replaces;
    const char **paths;
    struct vc_tree_entry **entries;
};

static void move_done(struct move *move)
{
    for (size_t i = 0; move->paths != nullptr && i < move->count; i++)
        vc_shared_unref(move->paths[i]);
    free(move->paths);
    free(move->entries);
}

static enum vc_code check_target(const struct vc_tree *tree, const struct vc_node *node,
                                 const char *to, struct vc_err *err)
{
    const struct vc_node *there = vc_tree_find(tree, to);
    bool directory = node->kind == VC_NODE_IS_DIRECTORY;
    char above[VC_PATH_MAX];
    const struct vc_node *parent;

    if (vc_path_within(to, node->path))
        return vc_fail(err, VC_STATE, "%s lies within %s", to, node->path);
    vc_path_parent(to, above);
    parent = vc_tree_find(tree, above);
    if (parent == nullptr)
        return vc_fail(err, VC_NOT_FOUND, "%s: nothing there", above);
    if (parent->kind != VC_NODE_IS_DIRECTORY)
        return vc_fail(err, VC_STATE, "%s is not a directory", above);
    if (there == nullptr)
        return VC_OK;
    if (directory != (there->kind == VC_NODE_IS_DIRECTORY))
        return vc_fail(err, VC_STATE, "%s is %s directory", to, directory ? "no" : "a");
    if (directory && !vc_tree_is_empty(tree, to))
        return vc_fail(err, VC_STATE, "%s is not empty", to);
    return VC_OK;
}

static enum vc_code new_path(const struct vc_tree *tree, const struct move *move, const char *old,
                             const char **made, struct vc_err *err)
{
    const char *rest = old + strlen(move->from);
    size_t length = strlen(move->to);
    char path[VC_PATH_MAX];

    if (length + strlen(rest) >= sizeof(path))
        return vc_fail(err, VC_LIMIT, "a path of more than %zu bytes", VC_PATH_MAX - 1);
    memcpy(path, move->to, length);
    memcpy(path + length, rest, strlen(rest) + 1);
    if (vc_tree_depth(path) > tree->quota.depth)
        return vc_fail(err, VC_LIMIT, "storage.depth: at most %u", tree->quota.depth);
    *made = vc_shared_new(path);
    return *made != nullptr ? VC_OK : vc_fail_memory(err);
}

/* Everything that can fail. */
static enum vc_code prepare(struct vc_tree *tree, struct move *move, struct vc_err *err)
{
    enum vc_code code = vc_tree_grow_removed(tree, move->count + 1, err);

    move->paths = calloc(move->count, sizeof(*move->paths));
    move->entries = calloc(move->count, sizeof(struct vc_tree_entry *));
    if (move->paths == nullptr || move->entries == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; code == VC_OK && i < move->count; i++) {
        code =
            new_path(tree, move, tree->entries[move->first + i]->node.path, &move->paths[i], err);
    }
    return code;
}

static void take_out(struct vc_tree *tree, struct move *move)
{
    size_t behind = move->first + move->count;

    memcpy(move->entries, &tree->entries[move->first],
           move->count * sizeof(struct vc_tree_entry *));
    memmove(&tree->entries[move->first], &tree->entries[behind],
            (tree->count - behind) * sizeof(struct vc_tree_entry *));
    tree->count -= move->count;
    for (size_t i = move->count; i-- > 0;) /* what is in a directory before it */
        vc_tree_remember(tree, move->entries[i]);
}

/* They stay in their order, since they begin alike. */
static void put_in(struct vc_tree *tree, struct move *move)
{
    bool found;
    size_t at = vc_tree_position(tree, move->to, &found);

    memmove(&tree->entries[at + move->count], &tree->entries[at],
            (tree->count - at) * sizeof(struct vc_tree_entry *));
    tree->count += move->count;
    for (size_t i = 0; i < move->count; i++) {
        struct vc_tree_entry *entry = move->entries[i];

        vc_shared_unref(entry->node.path);
        entry->node.path = move->paths[i];
        move->paths[i] = nullptr;
        entry->node.made = true;
        entry->node.origin = tree->origin;
        entry->changed = true;
        tree->phantoms -= entry->phantom;
        entry->node.replaces = false; /* but for the first: only it can stand where another did */
        entry->phantom = false;
        tree->entries[at + i] = entry;
    }
    move->entries[0]->node.replaces = move->replaces;
    move->entries[0]->node.times.changed_ns = vc_tree_now(tree);
}

enum vc_code vc_tree_rename(struct vc_tree *tree, const char *from, const char *to,
                            struct vc_err *err)
{
    vc_cleanup(move_done) struct move move = {.from = from, .to = to};
    const struct vc_tree_entry *there;
    bool found;
    size_t at = vc_tree_position(tree, from, &found);
    enum vc_code code;

    if (!found)
        return vc_fail(err, VC_NOT_FOUND, "%s: nothing that can be moved", from);
    if (strcmp(from, to) == 0)
        return VC_OK;
    code = check_target(tree, &tree->entries[at]->node, to, err);
    if (code != VC_OK)
        return code;
    move.first = at;
    move.count = vc_tree_end(tree, at, from) - at;
    code = prepare(tree, &move, err);
    there = vc_tree_entry(tree, to);
    if (code == VC_OK && there != nullptr) {
        move.replaces = there->node.replaces || (!there->node.made && !there->phantom);
        code = vc_tree_remove(tree, to, err);
        move.first = vc_tree_position(tree, from, &found);
    }
    if (code != VC_OK)
        return code;
    take_out(tree, &move);
    put_in(tree, &move);
    vc_tree_touch_above(tree, from);
    vc_tree_touch_above(tree, to);
    return VC_OK;
}
