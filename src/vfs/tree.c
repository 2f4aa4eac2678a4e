/* SPDX-License-Identifier: MIT */

/* Nodes stand in one array sorted by path, so that what lies below a directory is contiguous. */

#include "vfs/tree.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    struct vc_node node;
    bool changed;  /* since the snapshot was taken */
    bool original; /* in a snapshot: it was there when the snapshot was taken */
};

struct vc_tree {
    struct vc_tree_quota quota;
    struct entry *entries;
    size_t count, capacity;
    char **removed; /* of the originals, those removed: no more than there were */
    size_t removed_count;
    uint64_t bytes;
    uint64_t next_inode, next_version;
    struct vc_ledger *ledger; /* shared with its snapshots */
};

static constexpr size_t ENTRIES_FIRST = 16;
static constexpr uint64_t ROOT_INODE = 1;

static const struct vc_node root_node = {
    .path = "/", .kind = VC_NODE_IS_DIRECTORY, .inode = ROOT_INODE, .version = 0};

enum vc_code vc_tree_new(const struct vc_tree_quota *quota, struct vc_tree **tree,
                         struct vc_err *err)
{
    struct vc_tree *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    if (vc_ledger_new(&made->ledger, err) != VC_OK) {
        free(made);
        return VC_MEMORY;
    }
    made->quota = *quota;
    made->next_inode = ROOT_INODE + 1;
    made->next_version = 1;
    *tree = made;
    return VC_OK;
}

static void release(struct entry *entry)
{
    free((void *)(uintptr_t)entry->node.path); /* ours; const for those who look */
    vc_blob_unref(entry->node.blob);
}

static void forget_removals(struct vc_tree *tree)
{
    for (size_t i = 0; i < tree->removed_count; i++)
        free(tree->removed[i]);
    free(tree->removed);
    tree->removed = nullptr;
    tree->removed_count = 0;
}

void vc_tree_free(struct vc_tree *tree)
{
    if (tree == nullptr)
        return;
    for (size_t i = 0; i < tree->count; i++)
        release(&tree->entries[i]);
    forget_removals(tree);
    vc_ledger_unref(tree->ledger);
    free(tree->entries);
    free(tree);
}

/* Index of the path, or where it would stand. */
static size_t position(const struct vc_tree *tree, const char *path, bool *found)
{
    size_t low = 0;
    size_t high = tree->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(tree->entries[middle].node.path, path);

        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = false;
    return low;
}

static struct entry *find(const struct vc_tree *tree, const char *path)
{
    bool found;
    size_t at = position(tree, path, &found);

    return found ? &tree->entries[at] : nullptr;
}

const struct vc_node *vc_tree_find(const struct vc_tree *tree, const char *path)
{
    const struct entry *entry;

    if (strcmp(path, "/") == 0)
        return &root_node;
    entry = find(tree, path);
    return entry != nullptr ? &entry->node : nullptr;
}

static uint64_t node_size(const struct vc_node *node)
{
    return node->blob != nullptr ? vc_blob_size(node->blob) : 0;
}

/* Directories above `path` that are missing; VC_STATE if a file is among them. */
static enum vc_code check_parents(const struct vc_tree *tree, const char *path, size_t *missing,
                                  struct vc_err *err)
{
    char parent[VC_PATH_MAX];

    *missing = 0;
    vc_path_parent(path, parent);
    while (strcmp(parent, "/") != 0) {
        const struct vc_node *node = vc_tree_find(tree, parent);

        if (node == nullptr) {
            ++*missing;
        } else if (node->kind != VC_NODE_IS_DIRECTORY) {
            return vc_fail(err, VC_STATE, "%s is a file, not a directory", parent);
        }
        vc_path_parent(parent, parent);
    }
    return VC_OK;
}

static enum vc_code check_count(const struct vc_tree *tree, size_t more, struct vc_err *err)
{
    if (more > tree->quota.files || tree->count > tree->quota.files - more)
        return vc_fail(err, VC_LIMIT, "storage.files: at most %u", tree->quota.files);
    return VC_OK;
}

enum vc_code vc_tree_check_put(const struct vc_tree *tree, const char *path, uint64_t size,
                               struct vc_err *err)
{
    const struct vc_node *there = vc_tree_find(tree, path);
    uint64_t old = there != nullptr ? node_size(there) : 0;
    size_t missing;
    enum vc_code code = check_parents(tree, path, &missing, err);

    if (code != VC_OK)
        return code;
    if (there != nullptr && there->kind == VC_NODE_IS_DIRECTORY)
        return vc_fail(err, VC_STATE, "%s is a directory", path);
    if (size > tree->quota.file_bytes) {
        return vc_fail(err, VC_LIMIT, "storage.file_bytes: %ju, at most %ju", (uintmax_t)size,
                       (uintmax_t)tree->quota.file_bytes);
    }
    if (size > tree->quota.bytes || tree->bytes - old > tree->quota.bytes - size)
        return vc_fail(err, VC_LIMIT, "storage.bytes: at most %ju", (uintmax_t)tree->quota.bytes);
    return check_count(tree, missing + (there == nullptr), err);
}

/* Room for `more` entries: after it, insert cannot fail for want of memory but for the path's copy.
 */
static enum vc_code grow(struct vc_tree *tree, size_t more, struct vc_err *err)
{
    size_t capacity = tree->capacity > 0 ? tree->capacity : ENTRIES_FIRST;
    struct entry *grown;

    if (tree->count + more <= tree->capacity)
        return VC_OK;
    while (capacity < tree->count + more)
        capacity *= 2;
    grown = realloc(tree->entries, capacity * sizeof(*grown));
    if (grown == nullptr)
        return vc_fail_memory(err);
    tree->entries = grown;
    tree->capacity = capacity;
    return VC_OK;
}

static enum vc_code insert(struct vc_tree *tree, const char *path, enum vc_node_kind kind,
                           struct vc_blob *blob, struct vc_err *err)
{
    bool found;
    size_t at = position(tree, path, &found);
    char *copy = strdup(path);
    enum vc_code code = grow(tree, 1, err);

    if (copy == nullptr)
        code = vc_fail_memory(err);
    if (code != VC_OK) {
        free(copy);
        return code;
    }
    memmove(&tree->entries[at + 1], &tree->entries[at],
            (tree->count - at) * sizeof(tree->entries[0]));
    tree->entries[at] = (struct entry){.node = {.path = copy,
                                                .kind = kind,
                                                .inode = tree->next_inode++,
                                                .version = tree->next_version++,
                                                .blob = vc_blob_ref(blob)},
                                       .changed = true};
    if (blob != nullptr)
        vc_blob_charge(blob, tree->ledger);
    tree->count++;
    tree->bytes += node_size(&tree->entries[at].node);
    return VC_OK;
}

/* Makes the missing directories above `path`, topmost first; quotas were checked. */
static enum vc_code make_parents(struct vc_tree *tree, const char *path, struct vc_err *err)
{
    char parent[VC_PATH_MAX];

    for (const char *slash = strchr(path + 1, '/'); slash != nullptr;
         slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - path);
        enum vc_code code;

        memcpy(parent, path, length);
        parent[length] = '\0';
        if (find(tree, parent) != nullptr)
            continue;
        code = insert(tree, parent, VC_NODE_IS_DIRECTORY, nullptr, err);
        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}

enum vc_code vc_tree_put(struct vc_tree *tree, const char *path, struct vc_blob *blob,
                         struct vc_err *err)
{
    struct entry *there;
    enum vc_code code =
        vc_tree_check_put(tree, path, blob != nullptr ? vc_blob_size(blob) : 0, err);

    if (code == VC_OK)
        code = make_parents(tree, path, err);
    if (code != VC_OK)
        return code;
    there = find(tree, path);
    if (there == nullptr)
        return insert(tree, path, VC_NODE_IS_FILE, blob, err);
    tree->bytes -= node_size(&there->node);
    vc_blob_unref(there->node.blob);
    there->node.blob = vc_blob_ref(blob);
    if (blob != nullptr)
        vc_blob_charge(blob, tree->ledger);
    there->node.version = tree->next_version++;
    there->changed = true;
    tree->bytes += node_size(&there->node);
    return VC_OK;
}

enum vc_code vc_tree_make_directory(struct vc_tree *tree, const char *path, struct vc_err *err)
{
    size_t missing;
    enum vc_code code;

    if (vc_tree_find(tree, path) != nullptr)
        return vc_fail(err, VC_STATE, "%s is there already", path);
    code = check_parents(tree, path, &missing, err);
    if (code == VC_OK)
        code = check_count(tree, missing + 1, err);
    if (code == VC_OK)
        code = make_parents(tree, path, err);
    if (code == VC_OK)
        code = insert(tree, path, VC_NODE_IS_DIRECTORY, nullptr, err);
    return code;
}

static bool has_children(const struct vc_tree *tree, size_t at)
{
    return at + 1 < tree->count &&
           vc_path_within(tree->entries[at + 1].node.path, tree->entries[at].node.path);
}

/* Children need not stand right behind: "/a" < "/a-b" < "/a/c". */
static bool directory_is_empty(const struct vc_tree *tree, const char *path, size_t at)
{
    size_t length = strlen(path);

    if (has_children(tree, at))
        return false;
    for (size_t i = at + 1; i < tree->count; i++) {
        const char *other = tree->entries[i].node.path;

        if (strncmp(other, path, length) != 0)
            return true;
        if (other[length] == '/')
            return false;
    }
    return true;
}

static enum vc_code remember_removal(struct vc_tree *tree, const char *path, struct vc_err *err)
{
    char **grown = realloc(tree->removed, (tree->removed_count + 1) * sizeof(*grown));
    char *copy = strdup(path);

    if (grown != nullptr)
        tree->removed = grown;
    if (grown == nullptr || copy == nullptr) {
        free(copy);
        return vc_fail_memory(err);
    }
    tree->removed[tree->removed_count++] = copy;
    return VC_OK;
}

enum vc_code vc_tree_remove(struct vc_tree *tree, const char *path, struct vc_err *err)
{
    bool found;
    size_t at = position(tree, path, &found);
    enum vc_code code;

    if (strcmp(path, "/") == 0)
        return vc_fail(err, VC_STATE, "the root cannot be removed");
    if (!found)
        return vc_fail(err, VC_NOT_FOUND, "%s: nothing there", path);
    if (tree->entries[at].node.kind == VC_NODE_IS_DIRECTORY && !directory_is_empty(tree, path, at))
        return vc_fail(err, VC_STATE, "%s is not empty", path);
    if (tree->entries[at].original) {
        code = remember_removal(tree, path, err);
        if (code != VC_OK)
            return code;
    }
    tree->bytes -= node_size(&tree->entries[at].node);
    release(&tree->entries[at]);
    tree->count--;
    memmove(&tree->entries[at], &tree->entries[at + 1],
            (tree->count - at) * sizeof(tree->entries[0]));
    return VC_OK;
}

enum vc_code vc_tree_rename(struct vc_tree *tree, const char *from, const char *to,
                            struct vc_err *err)
{
    const struct vc_node *node = vc_tree_find(tree, from);
    vc_cleanup(vc_blob_unrefp) struct vc_blob *blob = nullptr;
    bool found;
    size_t at;
    enum vc_code code;

    if (node == nullptr)
        return vc_fail(err, VC_NOT_FOUND, "%s: nothing there", from);
    if (strcmp(from, to) == 0)
        return VC_OK;
    if (vc_path_within(to, from))
        return vc_fail(err, VC_STATE, "%s lies within %s", to, from);
    if (node->kind == VC_NODE_IS_DIRECTORY) {
        at = position(tree, from, &found);
        if (!found || !directory_is_empty(tree, from, at))
            return vc_fail(err, VC_STATE, "%s is not empty", from);
        code = vc_tree_make_directory(tree, to, err);
    } else {
        blob = vc_blob_ref(node->blob);
        code = vc_tree_check_put(tree, to, 0, err); /* the bytes are counted already */
        if (code == VC_OK)
            code = vc_tree_remove(tree, from, err);
        return code == VC_OK ? vc_tree_put(tree, to, blob, err) : code;
    }
    return code == VC_OK ? vc_tree_remove(tree, from, err) : code;
}

bool vc_tree_list(const struct vc_tree *tree, const char *directory, size_t index,
                  bool (*visit)(void *user, const struct vc_node *node), void *user)
{
    const struct vc_node *node = vc_tree_find(tree, directory);
    char prefix[VC_PATH_MAX + 1];
    size_t length = strcmp(directory, "/") == 0 ? 1 : strlen(directory) + 1;
    bool found;

    if (node == nullptr || node->kind != VC_NODE_IS_DIRECTORY)
        return false;
    memcpy(prefix, directory, length - 1);
    memcpy(prefix + length - 1, "/", 2);
    for (size_t i = position(tree, prefix, &found); i < tree->count; i++) {
        const struct vc_node *child = &tree->entries[i].node;

        if (strncmp(child->path, prefix, length) != 0)
            break;
        if (strchr(child->path + length, '/') != nullptr)
            continue;
        if (index > 0) {
            index--;
        } else if (!visit(user, child)) {
            break;
        }
    }
    return true;
}

uint32_t vc_tree_file_count(const struct vc_tree *tree)
{
    return (uint32_t)tree->count;
}

uint64_t vc_tree_byte_count(const struct vc_tree *tree)
{
    return tree->bytes;
}

uint64_t vc_tree_held_bytes(const struct vc_tree *tree)
{
    return vc_ledger_bytes(tree->ledger);
}

enum vc_code vc_tree_snapshot(const struct vc_tree *tree,
                              bool (*keep)(void *user, const struct vc_node *node), void *user,
                              struct vc_tree **snapshot, struct vc_err *err)
{
    vc_cleanup(vc_tree_freep) struct vc_tree *made = nullptr;
    enum vc_code code = vc_tree_new(&tree->quota, &made, err);

    if (code == VC_OK) {
        vc_ledger_unref(made->ledger);
        made->ledger = vc_ledger_ref(tree->ledger);
    }
    for (size_t i = 0; code == VC_OK && i < tree->count; i++) {
        const struct entry *entry = &tree->entries[i];

        if (!keep(user, &entry->node))
            continue;
        code = insert(made, entry->node.path, entry->node.kind, entry->node.blob, err);
        if (code == VC_OK) { /* sorted input: it was appended */
            made->entries[made->count - 1].node.inode = entry->node.inode;
            made->entries[made->count - 1].node.version = entry->node.version;
            made->entries[made->count - 1].changed = false;
            made->entries[made->count - 1].original = true;
        }
    }
    if (code != VC_OK)
        return code;
    made->next_inode = tree->next_inode;
    made->next_version = tree->next_version;
    *snapshot = vc_take(made);
    return VC_OK;
}

static bool keep_all(void *, const struct vc_node *)
{
    return true;
}

static bool has_changes(const struct vc_tree *snapshot)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        if (snapshot->entries[i].changed)
            return true;
    }
    return snapshot->removed_count > 0;
}

static enum vc_code apply_entry(struct vc_tree *tree, const struct entry *entry, struct vc_err *err)
{
    const struct vc_node *there = vc_tree_find(tree, entry->node.path);

    if (!entry->changed)
        return VC_OK;
    if (entry->node.kind == VC_NODE_IS_FILE)
        return vc_tree_put(tree, entry->node.path, entry->node.blob, err);
    if (there != nullptr && there->kind == VC_NODE_IS_DIRECTORY)
        return VC_OK;
    return vc_tree_make_directory(tree, entry->node.path, err);
}

/* What was removed and not put again. Children were removed before their directory. */
static enum vc_code apply_removals(struct vc_tree *tree, const struct vc_tree *snapshot,
                                   struct vc_err *err)
{
    for (size_t i = 0; i < snapshot->removed_count; i++) {
        const char *path = snapshot->removed[i];
        enum vc_code code;

        if (find(snapshot, path) != nullptr || find(tree, path) == nullptr)
            continue;
        code = vc_tree_remove(tree, path, err);
        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}

enum vc_code vc_tree_merge(struct vc_tree *tree, const struct vc_tree *snapshot, struct vc_err *err)
{
    vc_cleanup(vc_tree_freep) struct vc_tree *trial = nullptr;
    struct vc_tree old;
    enum vc_code code;

    if (!has_changes(snapshot))
        return VC_OK;
    code = vc_tree_snapshot(tree, keep_all, nullptr, &trial, err);
    if (code == VC_OK)
        code = apply_removals(trial, snapshot, err);
    for (size_t i = 0; code == VC_OK && i < snapshot->count; i++)
        code = apply_entry(trial, &snapshot->entries[i], err);
    if (code != VC_OK)
        return code;
    /* The trial becomes the tree; the old one leaves with the trial's cleanup. Whether `tree` is
     * itself somebody's snapshot does not matter here: only the runtime's one tree is merged into.
     */
    for (size_t i = 0; i < trial->count; i++)
        trial->entries[i].original = false;
    forget_removals(trial);
    old = *tree;
    *tree = *trial;
    *trial = old;
    return VC_OK;
}
