/* SPDX-License-Identifier: MIT */

/* Snapshots: what a run may know of a tree, and how its changes come back. */

#include <stdlib.h>
#include <string.h>

#include "vfs/tree_internal.h"

/* ---- taking one ---- */

struct range {
    size_t first, end;
};

/* What the tree lacks. */
struct phantom {
    const char *path; /* shared */
    enum vc_node_kind kind;
};

/* What a snapshot is made of: places in the tree, and directories and streams that it lacks. */
struct selection {
    const struct vc_tree *tree;
    struct range *ranges;
    size_t range_count, range_capacity;
    struct phantom *phantoms;
    size_t phantom_count, phantom_capacity;
};

static void selection_done(struct selection *selection)
{
    for (size_t i = 0; i < selection->phantom_count; i++)
        vc_shared_unref(selection->phantoms[i].path);
    free(selection->phantoms);
    free(selection->ranges);
}

/* Room for one element more. */
static void *grown(void *array, size_t count, size_t *capacity, size_t size)
{
    void *made;

    if (count < *capacity)
        return array;
    made = realloc(array, (2 * count + 16) * size);
    if (made != nullptr)
        *capacity = 2 * count + 16;
    return made;
}

static enum vc_code select_range(struct selection *selection, size_t first, size_t end,
                                 struct vc_err *err)
{
    struct range *ranges;

    if (first == end)
        return VC_OK;
    ranges = grown(selection->ranges, selection->range_count, &selection->range_capacity,
                   sizeof(*ranges));
    if (ranges == nullptr)
        return vc_fail_memory(err);
    selection->ranges = ranges;
    ranges[selection->range_count++] = (struct range){first, end};
    return VC_OK;
}

static enum vc_code select_phantom(struct selection *selection, const char *path,
                                   enum vc_node_kind kind, struct vc_err *err)
{
    struct phantom *phantoms = grown(selection->phantoms, selection->phantom_count,
                                     &selection->phantom_capacity, sizeof(*phantoms));
    const char *copy;

    if (phantoms == nullptr)
        return vc_fail_memory(err);
    selection->phantoms = phantoms;
    copy = vc_shared_new(path);
    if (copy == nullptr)
        return vc_fail_memory(err);
    phantoms[selection->phantom_count++] = (struct phantom){copy, kind};
    return VC_OK;
}

/* A directory as such. False in *on: something else is there, so nothing is below it. */
static enum vc_code select_directory(struct selection *selection, const char *path, bool *on,
                                     struct vc_err *err)
{
    bool found;
    size_t at = vc_tree_position(selection->tree, path, &found);

    *on = true;
    if (strcmp(path, "/") == 0)
        return VC_OK;
    if (!found)
        return select_phantom(selection, path, VC_NODE_IS_DIRECTORY, err);
    *on = selection->tree->entries[at]->node.kind == VC_NODE_IS_DIRECTORY;
    return *on ? select_range(selection, at, at + 1, err) : VC_OK;
}

/* The directories above `path`, topmost first. */
static enum vc_code select_way(struct selection *selection, const char *path, bool *on,
                               struct vc_err *err)
{
    char parent[VC_PATH_MAX];
    enum vc_code code = VC_OK;

    *on = true;
    for (const char *slash = strchr(path + 1, '/'); slash != nullptr && *on && code == VC_OK;
         slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - path);

        memcpy(parent, path, length);
        parent[length] = '\0';
        code = select_directory(selection, parent, on, err);
    }
    return code;
}

static enum vc_code select_part(struct selection *selection, const struct vc_tree_part *part,
                                struct vc_err *err)
{
    bool found;
    size_t at = vc_tree_position(selection->tree, part->path, &found);
    bool on;
    enum vc_code code = select_way(selection, part->path, &on, err);

    if (part->kind == VC_PART_STREAM || part->kind == VC_PART_TOLD) {
        return code == VC_OK && on && !found
                   ? select_phantom(
                         selection, part->path,
                         part->kind == VC_PART_STREAM ? VC_NODE_IS_STREAM : VC_NODE_IS_TOLD, err)
                   : code;
    }
    if (code == VC_OK && on && part->kind != VC_PART_NODE)
        code = select_directory(selection, part->path, &on, err);
    if (code != VC_OK || part->kind == VC_PART_DIRECTORY)
        return code;
    if (part->kind == VC_PART_NODE)
        return select_range(selection, at, at + found, err);
    return select_range(selection, at, vc_tree_end(selection->tree, at, part->path), err);
}

static int by_first(const void *left, const void *right)
{
    const struct range *a = left;
    const struct range *b = right;

    return (a->first > b->first) - (a->first < b->first);
}

static int by_path(const void *left, const void *right)
{
    const struct phantom *a = left;
    const struct phantom *b = right;

    return vc_tree_order(a->path, b->path);
}

static void sort(struct selection *selection)
{
    if (selection->range_count > 0)
        qsort(selection->ranges, selection->range_count, sizeof(struct range), by_first);
    if (selection->phantom_count > 0)
        qsort(selection->phantoms, selection->phantom_count, sizeof(struct phantom), by_path);
}

/* Numbers are given anew, in the order of paths: those of the tree would tell how much else there
 * is in it, and in which order it came. */
static enum vc_code copy_node(struct vc_tree *snapshot, const struct vc_node *node, bool phantom,
                              struct vc_err *err)
{
    struct vc_tree_entry *entry;
    enum vc_code code = vc_tree_append(snapshot, node, &entry, err);

    if (code != VC_OK)
        return code;
    entry->node.inode = snapshot->next_inode++;
    entry->node.serial = snapshot->next_serial++;
    entry->node.made = false;
    entry->phantom = phantom;
    snapshot->phantoms += phantom;
    return VC_OK;
}

/* Adds the phantoms that come before `path`; null: all that are left. */
static enum vc_code copy_phantoms(struct vc_tree *snapshot, const struct selection *selection,
                                  size_t *at, const char *path, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (; code == VC_OK && *at < selection->phantom_count; ++*at) {
        const struct phantom *phantom = &selection->phantoms[*at];

        if (path != nullptr && vc_tree_order(phantom->path, path) > 0)
            break;
        if (*at > 0 && strcmp(phantom->path, phantom[-1].path) == 0)
            continue;
        code = copy_node(snapshot, &(struct vc_node){.path = phantom->path, .kind = phantom->kind},
                         true, err);
    }
    return code;
}

static enum vc_code copy_selection(struct vc_tree *snapshot, const struct selection *selection,
                                   struct vc_err *err)
{
    size_t next = 0; /* of the tree's entries */
    size_t phantom = 0;
    enum vc_code code = VC_OK;

    for (size_t r = 0; code == VC_OK && r < selection->range_count; r++) {
        const struct range *range = &selection->ranges[r];

        next = next > range->first ? next : range->first;
        for (; code == VC_OK && next < range->end; next++) {
            const struct vc_node *node = &selection->tree->entries[next]->node;

            code = copy_phantoms(snapshot, selection, &phantom, node->path, err);
            if (code == VC_OK)
                code = copy_node(snapshot, node, false, err);
        }
    }
    return code == VC_OK ? copy_phantoms(snapshot, selection, &phantom, nullptr, err) : code;
}

static enum vc_code new_like(const struct vc_tree *tree, struct vc_tree **made, struct vc_err *err)
{
    enum vc_code code = vc_tree_new(&tree->quota, made, err);

    if (code != VC_OK)
        return code;
    vc_ledger_unref((*made)->ledger);
    (*made)->ledger = vc_ledger_ref(tree->ledger);
    (*made)->now_ns = tree->now_ns;
    return VC_OK;
}

enum vc_code vc_tree_snapshot(const struct vc_tree *tree, const struct vc_tree_part *parts,
                              size_t count, struct vc_tree **snapshot, struct vc_err *err)
{
    vc_cleanup(vc_tree_freep) struct vc_tree *made = nullptr;
    vc_cleanup(selection_done) struct selection selection = {.tree = tree};
    enum vc_code code = new_like(tree, &made, err);

    for (size_t i = 0; code == VC_OK && i < count; i++)
        code = select_part(&selection, &parts[i], err);
    if (code != VC_OK)
        return code;
    sort(&selection);
    code = copy_selection(made, &selection, err);
    if (code == VC_OK)
        *snapshot = vc_take(made);
    return code;
}

/* ---- merging it ---- */

static bool has_changes(const struct vc_tree *snapshot)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        if (snapshot->entries[i]->changed || snapshot->entries[i]->touched)
            return true;
    }
    return snapshot->removed_count > 0;
}

/* All of it, with its numbers. */
static enum vc_code copy_tree(const struct vc_tree *tree, struct vc_tree **copy, struct vc_err *err)
{
    vc_cleanup(vc_tree_freep) struct vc_tree *made = nullptr;
    struct vc_tree_entry *entry;
    enum vc_code code = new_like(tree, &made, err);

    if (code == VC_OK)
        code = vc_tree_grow(made, tree->count, err);
    for (size_t i = 0; code == VC_OK && i < tree->count; i++)
        code = vc_tree_append(made, &tree->entries[i]->node, &entry, err);
    if (code != VC_OK)
        return code;
    made->generation = tree->generation;
    made->next_inode = tree->next_inode;
    made->next_serial = tree->next_serial;
    made->next_version = tree->next_version;
    *copy = vc_take(made);
    return VC_OK;
}

static bool is_directory(const struct vc_tree_entry *entry)
{
    return entry->node.kind == VC_NODE_IS_DIRECTORY;
}

/* What was removed, unless something of its kind, which will take its place, is there again. */
static enum vc_code apply_removals(struct vc_tree *tree, const struct vc_tree *snapshot,
                                   struct vc_err *err)
{
    for (size_t i = 0; i < snapshot->removed_count; i++) {
        const char *path = snapshot->removed[i];
        const struct vc_tree_entry *there = vc_tree_entry(tree, path);
        const struct vc_tree_entry *now = vc_tree_entry(snapshot, path);
        enum vc_code code;

        if (there == nullptr || (now != nullptr && is_directory(now) == is_directory(there)))
            continue;
        code = vc_tree_remove(tree, path, err);
        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}

static enum vc_code apply_node(struct vc_tree *tree, const struct vc_node *node, struct vc_err *err)
{
    const struct vc_node *there = vc_tree_find(tree, node->path);

    if (node->kind == VC_NODE_IS_STREAM)
        return vc_fail(err, VC_STATE, "%s is a stream", node->path);
    if (node->kind == VC_NODE_IS_TOLD)
        return vc_fail(err, VC_STATE, "%s is no file of the tree", node->path);
    if (node->kind == VC_NODE_IS_FILE && node->blob == nullptr)
        return vc_fail(err, VC_STATE, "%s is still being written", node->path);
    if (node->kind == VC_NODE_IS_FILE)
        return vc_tree_put(tree, node->path, node->blob, err);
    if (node->kind == VC_NODE_IS_LINK)
        return vc_tree_put_link(tree, node->path, node->target, err);
    if (there != nullptr && there->kind == VC_NODE_IS_DIRECTORY)
        return VC_OK;
    return vc_tree_make_directory(tree, node->path, err);
}

/* What somebody else has put there meanwhile keeps its content. */
static void apply_times(struct vc_tree *tree, const struct vc_tree_entry *entry)
{
    const struct vc_node *there = vc_tree_find(tree, entry->node.path);

    if ((entry->changed || entry->touched) && there != nullptr && there->kind == entry->node.kind)
        vc_tree_set_times(tree, entry->node.path, &entry->node.times);
}

static enum vc_code apply_changes(struct vc_tree *tree, const struct vc_tree *snapshot,
                                  struct vc_err *err)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct vc_tree_entry *entry = snapshot->entries[i];
        enum vc_code code;

        if (!entry->changed)
            continue;
        tree->origin = entry->node.origin;
        code = apply_node(tree, &entry->node, err);
        if (code != VC_OK)
            return code;
    }
    for (size_t i = 0; i < snapshot->count; i++) /* once nothing more comes into a directory */
        apply_times(tree, snapshot->entries[i]);
    return VC_OK;
}

enum vc_code vc_tree_merge(struct vc_tree *tree, const struct vc_tree *snapshot, struct vc_err *err)
{
    vc_cleanup(vc_tree_freep) struct vc_tree *trial = nullptr;
    struct vc_tree old;
    enum vc_code code;

    if (!has_changes(snapshot))
        return VC_OK;
    code = copy_tree(tree, &trial, err);
    if (code == VC_OK)
        code = apply_removals(trial, snapshot, err);
    if (code == VC_OK)
        code = apply_changes(trial, snapshot, err);
    if (code != VC_OK)
        return code;
    trial->origin = tree->origin;
    /* The trial becomes the tree; the old one leaves with the trial's cleanup. */
    old = *tree;
    *tree = *trial;
    *trial = old;
    return VC_OK;
}
